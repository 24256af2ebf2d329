package peertest

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// BenchmarkGdata is 10,000 contacts (BINDERY_ITEMS says another number) on their way between two built servers by way of
// gdata, over loopback, from the one that starts the syncs (up) and to it (down): the first sync, one after one in a
// hundred was changed on each side, the sync that follows each of them and reads back what it wrote, and one where
// nothing changed. It prints a table of requests to the other server, wall time, and CPU and peak memory of each
// of the two; and then, unless BINDERY_ALONE is set, one of the same with vdirsyncer and Radicale. BINDERY_WAY says up or
// down for one of the two ways alone.
func BenchmarkGdata(b *testing.B) {
	n := loadSize(b, "BINDERY_ITEMS", 10_000)
	exe, err := Build(b.TempDir(), []string{"GOFLAGS=-buildvcs=false"})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		b.Logf("load %s", strings.Join(strings.Fields(loadOf(b))[:3], " "))
		for _, way := range gdataWays {
			if only := os.Getenv("BINDERY_WAY"); only != "" && only != way.name {
				continue
			}
			ours := gdataRound(b, exe, way, n)
			if os.Getenv("BINDERY_ALONE") == "" {
				gdataReference(b, way, n, ours)
			}
		}
	}
}

// A gdataWay is which of the two sides has everything in the beginning: 0 is the one that starts the syncs.
type gdataWay struct {
	name string
	full int
}

var gdataWays = []gdataWay{{"up", 0}, {"down", 1}}

// The syncs that are compared.
const (
	gdataFirst = "first"
	gdataEdits = "1 % on both sides"
	gdataNone  = "no-op"
)

// gdataRound plays everything between two new servers, and gives what the syncs took.
func gdataRound(b *testing.B, exe string, way gdataWay, n int) map[string]gdataUse {
	b.Helper()
	w := newGdataBench(b, exe)
	w.way = way
	w.enter(way.full, 0, n, "")
	w.sync(gdataFirst)
	w.sync("after that")
	w.enter(0, 0, n/100, gdataEdit[0])
	w.enter(1, n/2, n/2+n/100, gdataEdit[1])
	w.sync(gdataEdits)
	w.sync("after that")
	w.sync(gdataNone)
	w.compare(n)
	for _, s := range w.server {
		s.Stop(b)
	}
	return w.took
}

// A gdataBench is two servers that are bound to each other, and what they have used.
type gdataBench struct {
	*testing.B
	server  [2]*Server
	meter   [2]meter
	binding string
	way     gdataWay
	took    map[string]gdataUse
}

// A gdataUse is what a sync took: cpu is that of both sides.
type gdataUse struct{ wall, cpu time.Duration }

func newGdataBench(b *testing.B, exe string) *gdataBench {
	b.Helper()
	b.Setenv("BINDERY_ALLOW_PRIVATE_SOURCES", "127.0.0.0/8")
	w := &gdataBench{B: b, took: map[string]gdataUse{}}
	for i := range w.server {
		w.server[i] = Start(b, exe)
		w.server[i].Account(b, "ada")
		w.meter[i].pid = w.server[i].cmd.Process.Pid
		w.meter[i].watch(b)
	}
	w.binding = bindServers(b, w.server)
	w.server[0].Command(b, "", "binding", "set", "--no-on-change", "--classes", "Contacts", w.binding) // only what is measured runs
	return w
}

// gdataEdit is what is added to contacts on each side, with their numbers.
var gdataEdit = [2]string{"TEL;TYPE=WORK:+1 777 %07d", "TEL;TYPE=WORK:+1 888 %07d"}

// gdataCard is the contact with the number i, with one more property. It has no picture, which would be a request of its
// own, and a UID, without which vdirsyncer does not take it.
func gdataCard(i int, more string) string {
	var card strings.Builder
	for line := range strings.Lines(string(stranger(i))) {
		switch {
		case strings.HasPrefix(line, "PHOTO"):
			continue
		case strings.HasPrefix(line, "VERSION"):
			line += "UID:" + gdataUID(i) + "\r\n"
		case strings.HasPrefix(line, "END:") && more != "":
			line = fmt.Sprintf(more, i) + "\r\n" + line
		}
		card.WriteString(line)
	}
	return card.String()
}

func gdataUID(i int) string { return fmt.Sprintf("%08x-0000-4000-8000-%012x", i*7919, i) }

// enter imports the people from lo up to but not including hi, with one more property each, into one of the servers.
func (w *gdataBench) enter(i, lo, hi int, more string) {
	w.Helper()
	var book strings.Builder
	for n := lo; n < hi; n++ {
		book.WriteString(gdataCard(n, more))
	}
	path := filepath.Join(w.TempDir(), "book.vcf")
	if err := os.WriteFile(path, []byte(book.String()), 0o600); err != nil {
		w.Fatal(err)
	}
	w.server[i].Command(w, "", "import", "--account", "ada", path)
}

// sync lets the two synchronise, and tells what that took.
func (w *gdataBench) sync(what string) {
	w.Helper()
	var cpu [2]time.Duration
	before := w.requests()
	w.do(http.MethodGet, 0, "/metrics") // whoever has signed in is known for some minutes: that is not measured
	for i := range w.meter {
		cpu[i], _ = w.meter[i].read()
	}
	began := time.Now()
	said := w.do(http.MethodPost, 0, "/v2/syncengine/"+w.binding+"/synchronization/")
	wall := time.Since(began)
	if strings.Contains(said, ">abandoned<") || strings.Contains(said, ">held<") {
		w.Fatal(said)
	}
	row := fmt.Sprintf("| %s | %s | %d | %.2f s |", w.way.name, what, w.requests()-before, wall.Seconds())
	used := gdataUse{wall: wall}
	for i := range w.meter {
		after, peak := w.meter[i].read()
		used.cpu += after - cpu[i]
		row += fmt.Sprintf(" %.2f s, %d MiB |", (after - cpu[i]).Seconds(), peak>>20)
	}
	w.Log(row)
	w.took[what] = used
}

// requests is how many the other server's face has answered so far.
func (w *gdataBench) requests() (n int) {
	w.Helper()
	for line := range strings.Lines(w.do(http.MethodGet, 1, "/metrics")) {
		if strings.Contains(line, `http_requests_total{`) && strings.Contains(line, `face="gdata"`) {
			_, value, _ := strings.Cut(strings.TrimSpace(line), "} ")
			count, err := strconv.Atoi(value)
			if err != nil {
				w.Fatal(err)
			}
			n += count
		}
	}
	return n
}

// compare asks that both sides have all people, each with what was entered on either side.
func (w *gdataBench) compare(n int) {
	w.Helper()
	for i, s := range w.server {
		all := w.do(http.MethodGet, i, "/v2/services/datastore/content/"+uuidOf(w, s, "ada", "datastore")+"/Contacts?file=vcf")
		wantPeople(w, fmt.Sprintf("server %d", i), all, n)
	}
}

// wantPeople asks of a file of contacts that it has n of them, and all that were edited on either side.
func wantPeople(t testing.TB, who, all string, n int) {
	t.Helper()
	for what, want := range map[string]int{"BEGIN:VCARD": n, "777 00": n / 100, "888 00": n / 100} {
		if got := strings.Count(all, what); got != want {
			t.Errorf("%s: %d of %q, want %d", who, got, what, want)
		}
	}
}

func (w *gdataBench) do(method string, i int, path string) string {
	w.Helper()
	r, err := http.NewRequestWithContext(w.Context(), method, strings.TrimSuffix(w.server[i].URL, "/syncml")+path, http.NoBody)
	if err != nil {
		w.Fatal(err)
	}
	r.SetBasicAuth("ada", "ada")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		w.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		w.Fatal(method, path, res.Status, string(body), err)
	}
	return string(body)
}
