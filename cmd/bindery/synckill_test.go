//go:build unix

package main

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestSyncKilled kills the real program again and again, at moments spread over the time that a sync
// takes, and lets it run through after: nothing is lost, nothing doubled, and no file is left over.
// BINDERY_LONG takes 5,000 files and more moments.
func TestSyncKilled(t *testing.T) {
	n, kills := 500, 8
	if os.Getenv("BINDERY_LONG") != "" {
		n, kills = 5000, 60
	}
	whole := firstSync(t, n)
	seed := uint64(time.Now().UnixNano())
	t.Logf("a first sync takes %v; seed %d", whole, seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	for i := range kills {
		after := whole * time.Duration(i+1) / time.Duration(kills+1)
		if !t.Run(fmt.Sprint("after ", after.Round(time.Millisecond)), func(t *testing.T) { killed(t, n, after, rnd) }) {
			break
		}
	}
}

// firstSync is how long the first sync of n files takes.
func firstSync(t *testing.T, n int) time.Duration {
	t.Helper()
	w := newSyncWorld(t)
	w.fill(w.a, "a-", n)
	begun := time.Now()
	w.mustExec()
	return time.Since(begun)
}

// exec runs the program and gives its output; after a time it is killed. Zero lets it run through.
func (w *syncWorld) exec(kill time.Duration) (string, error) {
	w.t.Helper()
	cmd := exec.CommandContext(w.t.Context(), "bindery", w.args()...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	if kill > 0 {
		timer := time.AfterFunc(kill, func() { _ = cmd.Process.Kill() }) // it may be done
		defer timer.Stop()
	}
	err := cmd.Wait()
	return out.String(), err
}

func (w *syncWorld) mustExec() {
	w.t.Helper()
	if out, err := w.exec(0); err != nil {
		w.t.Fatalf("sync: %v: %s", err, out)
	}
}

// TestSyncAtOnce lets several processes synchronise the same folders at once, one of them with a memory of
// its own: each does its work or says that another is at it, and nothing is doubled.
func TestSyncAtOnce(t *testing.T) {
	w := newSyncWorld(t)
	names := w.fill(w.a, "a-", 200)
	stranger := *w
	stranger.dataDir += "-other"
	for range 3 {
		var wg sync.WaitGroup
		for _, one := range []*syncWorld{w, w, &stranger} {
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
	w.whole(names)
	w.rest(exitDone)
	stranger.mustExec()
	w.whole(names)
}

// killed kills a first sync, and then one of edits on both sides, whose user edits on in between.
func killed(t *testing.T, n int, after time.Duration, rnd *rand.Rand) {
	w := newSyncWorld(t)
	names := w.fill(w.a, "a-", n/2)
	for i := n / 2; i < n; i++ { // the other half is on the other side, under names of its own
		name := fmt.Sprintf("Person %04d", i)
		names = append(names, name)
		w.write(w.b, fmt.Sprintf("own-%04d.vcf", i), person("", name))
	}
	for _, share := range []time.Duration{1, 2} { // twice, the second time earlier
		_, _ = w.exec(after / share) // whether it was killed or came to its end
	}
	w.mustExec()
	w.whole(names)
	names = w.edits(names, rnd)
	_, _ = w.exec(after / 3)
	w.late(names, rnd)
	_, _ = w.exec(after / 2)
	w.mustExec()
	w.whole(names)
	w.rest(exitDone)
}

// whole checks that both folders hold the same people once.
func (w *syncWorld) whole(names []string) {
	w.t.Helper()
	w.once(w.a, names...)
	w.once(w.b, names...)
	if a, b := contents(w.read(w.a)), contents(w.read(w.b)); !equalCounts(a, b) {
		w.t.Errorf("the folders differ")
	}
}

func contents(files map[string]string) map[string]int {
	count := map[string]int{}
	for _, data := range files {
		count[data]++
	}
	return count
}

func equalCounts(a, b map[string]int) bool {
	for k, n := range a {
		if b[k] != n {
			return false
		}
	}
	return len(a) == len(b)
}

// edits changes, deletes and adds some people on both sides, and gives who is to be there after.
func (w *syncWorld) edits(names []string, rnd *rand.Rand) []string {
	w.t.Helper()
	rnd.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	var newcomers []string // each on one side until the next sync
	for i, dir := range []string{w.a, w.b} {
		files := w.read(dir)
		for _, name := range names[i*10 : i*10+10] {
			file := fileOf(files, name)
			w.write(dir, file, strings.Replace(files[file], "END:VCARD", "TITLE:Edited\r\nEND:VCARD", 1))
		}
		for _, name := range names[len(names)-4:] {
			w.remove(dir, fileOf(files, name))
		}
		names = names[:len(names)-4]
		fresh := fmt.Sprintf("Newcomer %d", i)
		w.write(dir, fmt.Sprintf("fresh-%d.vcf", i), person("", fresh))
		newcomers = append(newcomers, fresh)
		rnd.Shuffle(len(names)-20, func(i, j int) { names[20+i], names[20+j] = names[20+j], names[20+i] })
	}
	return append(names, newcomers...)
}

// late edits cards on one side that a killed sync may just have brought there.
func (w *syncWorld) late(names []string, rnd *rand.Rand) {
	w.t.Helper()
	files := w.read(w.b)
	for range 5 {
		name := names[rnd.IntN(len(names))]
		if file := fileOf(files, name); file != "" {
			w.write(w.b, file, strings.Replace(files[file], "END:VCARD", "NOTE:Late\r\nEND:VCARD", 1))
		}
	}
}

func fileOf(files map[string]string, name string) string {
	for file, data := range files {
		if strings.Contains(data, "\nFN:"+name+"\r") {
			return file
		}
	}
	return ""
}
