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

// BenchmarkGdata is 10,000 contacts (BINDERY_ITEMS says another number) of one built server on their way to another one
// by way of gdata, over loopback: the first sync, one after one in a hundred was changed on each side, the
// sync that follows each of them and reads back what it wrote, and one where nothing changed. It prints a table: requests to the other server, wall time, and CPU and peak memory of each of the two.
func BenchmarkGdata(b *testing.B) {
	n := loadSize(b, "BINDERY_ITEMS", 10_000)
	for b.Loop() {
		w := newGdataBench(b)
		w.enter(0, 0, n, "")
		w.sync("first")
		w.sync("after that")
		w.enter(0, 0, n/100, "TEL;TYPE=WORK:+1 777 %07d")
		w.enter(1, n/2, n/2+n/100, "TEL;TYPE=WORK:+1 888 %07d")
		w.sync("1 % on both sides")
		w.sync("after that")
		w.sync("no-op")
		w.compare(n)
	}
}

// A gdataBench is two servers that are bound to each other, and what they have used.
type gdataBench struct {
	*testing.B
	server  [2]*Server
	meter   [2]meter
	binding string
}

func newGdataBench(b *testing.B) *gdataBench {
	b.Helper()
	b.Setenv("BINDERY_ALLOW_PRIVATE_SOURCES", "127.0.0.0/8")
	exe, err := Build(b.TempDir(), []string{"GOFLAGS=-buildvcs=false"})
	if err != nil {
		b.Fatal(err)
	}
	w := &gdataBench{B: b}
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

// enter imports the people from lo up to but not including hi, with one more property each, into one of the servers.
func (w *gdataBench) enter(i, lo, hi int, more string) {
	w.Helper()
	var book strings.Builder
	for n := lo; n < hi; n++ {
		for line := range strings.Lines(string(stranger(n))) {
			switch {
			case strings.HasPrefix(line, "PHOTO"): // a picture is a request of its own
			case strings.HasPrefix(line, "END:") && more != "":
				fmt.Fprintf(&book, more+"\r\n%s", n, line)
			default:
				book.WriteString(line)
			}
		}
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
	for i := range w.meter {
		cpu[i], _ = w.meter[i].read()
	}
	before, began := w.requests(), time.Now()
	said := w.do(http.MethodPost, 0, "/v2/syncengine/"+w.binding+"/synchronization/")
	wall := time.Since(began)
	if strings.Contains(said, ">abandoned<") || strings.Contains(said, ">held<") {
		w.Fatal(said)
	}
	row := fmt.Sprintf("| %s | %d | %.2f s |", what, w.requests()-before, wall.Seconds())
	for i := range w.meter {
		after, peak := w.meter[i].read()
		row += fmt.Sprintf(" %.2f s, %d MiB |", (after - cpu[i]).Seconds(), peak>>20)
	}
	w.Log(row)
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
		for what, want := range map[string]int{"BEGIN:VCARD": n, "777 00": n / 100, "888 00": n / 100} {
			if got := strings.Count(all, what); got != want {
				w.Errorf("server %d: %d of %q, want %d", i, got, what, want)
			}
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
