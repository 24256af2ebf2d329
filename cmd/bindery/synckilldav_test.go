//go:build unix

package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
)

// TestSyncAddressKilled kills the real program at the k-th request of its life, before the server has carried it out or
// after, with the answer lost, and lets it run through after: nothing is lost, nothing doubled, no file left over. Of a server
// that takes every write by itself, the writes are among the first ten requests. BINDERY_LONG takes every request.
func TestSyncAddressKilled(t *testing.T) {
	w := newDAVWorld(t)
	points := map[bool][]int{false: {1, 3, 4, 7, 12}, true: {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}}
	if os.Getenv("BINDERY_LONG") != "" {
		for k := range 40 {
			points[false], points[true] = append(points[false], k+1), append(points[true], k+1)
		}
	}
	for _, done := range []bool{false, true} {
		for _, single := range []bool{false, true} {
			for _, k := range points[single] {
				t.Run(fmt.Sprint("request ", k, " done ", done, " single ", single), func(t *testing.T) {
					w.syncWorld = newSyncWorld(t)
					w.b = w.at("nora", davBook)
					w.single(single)
					w.emptyBook()
					w.killedAt(k, done, map[bool]int{false: 4, true: 9}[single])
					if many := slices.Contains(w.requests(), "POST "+davBook); many == single {
						t.Errorf("many writes in one request: %v", many)
					}
				})
			}
		}
	}
}

// single says whether the server takes every write by itself from now on.
func (w *davWorld) single(yes bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.through, w.asked = nil, nil
	if !yes {
		return
	}
	w.through = func(face http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			r.Header.Del("Accept-Encoding")
			answer := httptest.NewRecorder()
			face.ServeHTTP(answer, r)
			maps.Copy(rw.Header(), answer.Header())
			rw.Header().Del("Content-Length")
			rw.WriteHeader(answer.Code)
			_, _ = rw.Write(bytes.ReplaceAll(answer.Body.Bytes(), []byte("bulk-requests"), []byte("no-such-thing"))) // nobody may be there
		})
	}
}

func (w *davWorld) emptyBook() {
	w.t.Helper()
	for at := range w.held(davBook) {
		w.drop(at)
	}
}

// killedAt kills a first sync, one that goes on with it, and one of edits on both sides. The first is known to have that many
// requests: asked, read, written (all at once, where the server takes that) and read back.
func (w *davWorld) killedAt(k int, done bool, requests int) {
	names := w.fill(w.a, "p-", 8)
	for i := range 3 { // some are on both sides, some at the server alone
		w.put(fmt.Sprintf("own-%d.vcf", i), person(fmt.Sprint("own-", i), names[i], fmt.Sprintf("TEL;TYPE=CELL:+1 555 %07d", i)))
		names = append(names, fmt.Sprint("Own ", i))
		w.put(fmt.Sprintf("alone-%d.vcf", i), person(fmt.Sprint("alone-", i), names[len(names)-1]))
	}
	if !w.killed(k, done) && k <= requests {
		w.t.Errorf("it was not killed at its request %d", k)
	}
	w.killed(k/2+1, done)
	w.mustExec()
	w.both(names...)

	w.write(w.a, "file-0003.vcf", person("p-3", names[3], "TITLE:Folder"))
	w.put(nameAt(w, names[4]), person("p-4", names[4], "TITLE:Server"))
	w.remove(w.a, "file-0005.vcf")
	w.drop(nameAt(w, names[6]))
	w.write(w.a, "new.vcf", person("", "Newcomer"))
	w.killed(k, done)
	w.put(nameAt(w, names[7]), person("p-7", names[7], "TITLE:Late"))
	w.killed(2, done)
	w.mustExec()
	w.both(append([]string{names[0], names[1], names[2], names[3], names[4], names[7], "Newcomer"}, names[8:]...)...)
	for title, want := range map[string]int{"TITLE:Folder": 2, "TITLE:Server": 2, "TITLE:Late": 2} {
		if got := strings.Count(fmt.Sprint(w.read(w.a), w.held(davBook)), title); got != want {
			w.t.Errorf("%s is there %d times", title, got)
		}
	}
	w.still(exitDone)
}

// killed runs the program and kills it at its k-th request, if it gets there; with done the server carries that out.
func (w *davWorld) killed(k int, done bool) bool {
	w.t.Helper()
	var mu sync.Mutex
	n, started := 0, make(chan struct{})
	cmd := exec.CommandContext(w.t.Context(), "bindery", w.args()...)
	w.meets(func(rw http.ResponseWriter, r *http.Request, face http.Handler) {
		<-started
		mu.Lock()
		n++
		now := n
		mu.Unlock()
		if now < k {
			face.ServeHTTP(rw, r)
			return
		}
		if now == k && done {
			face.ServeHTTP(discarded{http.Header{}}, r)
		}
		_ = cmd.Process.Kill() // it may be dead
		panic(http.ErrAbortHandler)
	})
	defer w.meets(nil)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	var killed *exec.ExitError
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	close(started)
	if err := cmd.Wait(); err != nil && (!errors.As(err, &killed) || killed.ExitCode() != -1) {
		w.t.Fatalf("%v: %s", err, out.String())
	}
	return killed != nil
}

// discarded is an answer that nobody gets.
type discarded struct{ header http.Header }

// Header implements http.ResponseWriter.
func (d discarded) Header() http.Header { return d.header }

// WriteHeader implements http.ResponseWriter.
func (discarded) WriteHeader(int) {}

// Write implements http.ResponseWriter.
func (discarded) Write(p []byte) (int, error) { return len(p), nil }

// TestSyncAddressAtOnce lets several processes synchronise one folder with one address at once, one of them with a memory
// of its own: each does its work or says that another is at it, and nothing is doubled.
func TestSyncAddressAtOnce(t *testing.T) {
	w := newDAVWorld(t)
	names := w.fill(w.a, "p-", 20)
	stranger := *w.syncWorld
	stranger.dataDir += "-other"
	for range 2 {
		var wg sync.WaitGroup
		for _, one := range []*syncWorld{w.syncWorld, w.syncWorld, &stranger} {
			wg.Go(func() {
				out, err := one.exec(0)
				var failed *exec.ExitError
				if err != nil && (!errors.As(err, &failed) || failed.ExitCode() != exitFailed || !strings.Contains(out, "being synchronised by")) {
					t.Errorf("sync: %v: %s", err, out)
				}
			})
		}
		wg.Wait()
	}
	w.mustExec()
	w.both(names...)
	w.still(exitDone)
	if _, err := stranger.exec(0); err != nil {
		t.Error(err)
	}
	w.both(names...)
	if got := w.collections(); len(got) != 1 {
		t.Errorf("%q", got)
	}
}

// TestSyncAddressKilledThenEdited kills the first sync at each of its requests, and before the next one the user gives everybody
// another number, on the one side or the other. What the killed sync wrote is linked, with what it wrote: the edit goes over, and
// the old number neither comes back nor stays beside the new one.
func TestSyncAddressKilledThenEdited(t *testing.T) {
	w := newDAVWorld(t)
	for _, done := range []bool{false, true} {
		for _, single := range []bool{false, true} {
			for k := 1; k <= 9; k++ {
				if !single && k > 4 {
					break // it has no more requests
				}
				t.Run(fmt.Sprint("request ", k, " done ", done, " single ", single), func(t *testing.T) {
					w.syncWorld = newSyncWorld(t)
					w.b = w.at("nora", davBook)
					w.single(single)
					w.emptyBook()
					w.killedThenEdited(k, done)
				})
			}
		}
	}
}

// killedThenEdited is one of its cases.
func (w *davWorld) killedThenEdited(k int, done bool) {
	w.t.Helper()
	names := w.fill(w.a, "p-", 6)
	for i := range 4 {
		names = append(names, fmt.Sprint("Alone ", i))
		w.put(fmt.Sprintf("alone-%d.vcf", i), person(fmt.Sprint("alone-", i), names[len(names)-1], fmt.Sprintf("TEL;TYPE=CELL:+1 555 99%05d", i)))
	}
	if !w.killed(k, done) {
		w.t.Fatalf("it was not killed at its request %d", k)
	}
	both := 0
	for i, name := range names {
		file, at := fileOf(w.read(w.a), name), fileOf(w.held(davBook), name)
		if file != "" && at != "" {
			both++
		}
		number := fmt.Sprintf("TEL;TYPE=CELL:+1 777 %07d", i)
		if file != "" && (i%2 == 0 || at == "") {
			w.write(w.a, file, renumbered(w.read(w.a)[file], number))
		} else {
			w.put(at, renumbered(w.held(davBook)[at], number))
		}
	}
	w.mustExec()
	w.both(names...)
	all := fmt.Sprint(w.read(w.a), w.held(davBook))
	if n := strings.Count(all, "555"); n > 0 {
		w.t.Errorf("%d old numbers are there; %d people had been on both sides", n, both)
	}
	if n := strings.Count(all, "TEL"); n != 2*len(names) {
		w.t.Errorf("%d numbers are there, want %d", n, 2*len(names))
	}
	w.still(exitDone)
}

// renumbered gives a card another number in place of those that it has.
func renumbered(card, number string) string {
	lines := slices.DeleteFunc(strings.Split(card, "\r\n"), func(line string) bool { return strings.HasPrefix(line, "TEL") })
	return strings.Replace(strings.Join(lines, "\r\n"), "END:VCARD", number+"\r\nEND:VCARD", 1)
}
