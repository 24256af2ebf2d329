package peertest

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// two are two servers, of which the first has an account on the second, bound to its own datastore; and a phone at each.
type two struct {
	server [2]*Server
	phone  [2]*Device
	// binding is that between the servers, a number of the first one.
	binding string
	rng     *rand.Rand
	// people and plans are what there has to be in the end: by number, the mark of the last edit, or the title.
	people map[int]int
	plans  map[int]string
	next   int
	edits  int
	kills  int
}

// newTwo sets the two up from the command line, as an administrator does.
func newTwo(t *testing.T, seed uint64) *two {
	t.Helper()
	client := Need(t)
	t.Setenv("BINDERY_ALLOW_PRIVATE_SOURCES", "127.0.0.0/8")
	w := &two{rng: rand.New(rand.NewPCG(seed, 1)), people: map[int]int{}, plans: map[int]string{}}
	for i := range w.server {
		w.server[i] = Start(t, program(t))
		w.server[i].Account(t, "ada")
		w.phone[i] = client.Device(t, Settings{URL: w.server[i].URL, User: "ada", Password: "ada", ID: fmt.Sprintf("phone-%d", i)})
		w.phone[i].Calendar(t)
	}
	w.binding = bindServers(t, w.server)
	return w
}

// bindServers gives ada of the first server an account on the second, bound to her datastore, and the number of the binding.
func bindServers(t testing.TB, servers [2]*Server) string {
	t.Helper()
	a := servers[0]
	a.Command(t, "", "source", "add", "--account", "ada", "other", strings.TrimSuffix(servers[1].URL, "/syncml"))
	own := uuidOf(t, a, "ada", "datastore")
	a.Command(t, "ada\n", "client", "add", "--account", "ada", "--source", "other", "--user", "ada", "--password-stdin", "gdata")
	made := a.Command(t, "", "binding", "add", "--output", "json", own, uuidOf(t, a, "ada", "gdata"))
	var b struct {
		ID json.Number `json:"id"`
	}
	if err := json.Unmarshal([]byte(made), &b); err != nil || b.ID == "" {
		t.Fatalf("%v in %s", err, made)
	}
	return b.ID.String()
}

// uuidOf gives the only client of a kind that an account has.
func uuidOf(t testing.TB, s *Server, account, kind string) string {
	t.Helper()
	var found []string
	for line := range strings.Lines(s.Command(t, "", "client", "list", "--output", "json")) {
		var c struct{ UUID, Kind, Account string }
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		if c.Kind == kind && c.Account == account {
			found = append(found, c.UUID)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d clients of kind %s", len(found), kind)
	}
	return found[0]
}

// syllables make names of which no two are alike, so that nobody has to be asked who is who.
var syllables = strings.Fields("bor dul fex gam hip jor kul lem mox nid pra quo ros sti tuk vel wob xan yel zug")

// stranger is Contact with a name that is not like any other.
func stranger(i int) []byte {
	at := func(n int) string { return syllables[n%len(syllables)] }
	given := strings.ToUpper(at(i + 3)[:1]) + at(i + 3)[1:] + at(7*i+i/20)
	family := strings.ToUpper(at(i)[:1]) + at(i)[1:] + at(i/20) + at(11*i+5)
	lines := strings.Split(string(Contact(i)), "\r\n")
	for j, l := range lines {
		switch {
		case strings.HasPrefix(l, "N:"):
			lines[j] = "N:" + family + ";" + given + ";;;"
		case strings.HasPrefix(l, "FN:"):
			lines[j] = "FN:" + given + " " + family
		}
	}
	return []byte(strings.Join(lines, "\r\n"))
}

// edit lets one of the two users do something. Even people and events are the first one's, so that no two edits ever
// stand against each other and it is known what there has to be.
func (w *two) edit(t *testing.T) {
	t.Helper()
	w.edits++
	i := w.rng.IntN(2)
	d := w.phone[i]
	switch what := w.rng.IntN(10); {
	case what < 3:
		n := 2*w.next + i
		w.next++
		d.Put(t, fmt.Sprintf("new-%d", n), stranger(n))
		w.people[n] = 0
	case what < 5:
		n := 2*w.next + i
		w.next++
		w.plans[n] = fmt.Sprintf("Event %d", n)
		d.PutEvent(t, fmt.Sprintf("new-%d", n), Event(n, w.plans[n]))
	case what < 7:
		if n, ok := pickOf(w, w.people, i); ok {
			w.people[n] = w.edits
			d.Edit(t, n, w.edits)
		}
	case what < 9:
		if n, ok := pickOf(w, w.plans, i); ok {
			w.plans[n] = fmt.Sprintf("Event %d again %d", n, w.edits)
			d.PutEvent(t, d.FindEvent(t, n), Event(n, w.plans[n]))
		}
	default:
		if n, ok := pickOf(w, w.people, i); ok && len(w.people) > 8 {
			delete(w.people, n)
			d.Remove(t, n)
		} else if n, ok := pickOf(w, w.plans, i); ok && len(w.plans) > 8 {
			delete(w.plans, n)
			d.RemoveEvent(t, d.FindEvent(t, n))
		}
	}
}

// pickOf draws something of the user i.
func pickOf[V any](w *two, all map[int]V, i int) (int, bool) {
	var own []int
	for n := range all {
		if n%2 == i {
			own = append(own, n)
		}
	}
	if len(own) == 0 {
		return 0, false
	}
	slices.Sort(own)
	return own[w.rng.IntN(len(own))], true
}

// start synchronises the two servers and reports whether all went well.
func (w *two) start(t *testing.T) (ok bool, said string) {
	t.Helper()
	url := strings.TrimSuffix(w.server[0].URL, "/syncml") + "/v2/syncengine/" + w.binding + "/synchronization/"
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth("ada", "ada")
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		return false, err.Error()
	}
	defer func() { _ = got.Body.Close() }()
	body, err := io.ReadAll(got.Body)
	return err == nil && got.StatusCode == http.StatusOK && !strings.Contains(string(body), ">abandoned<"), fmt.Sprint(got.Status, " ", string(body))
}

// round lets everything synchronise once; amid it, one of the servers is killed if the dice say so.
func (w *two) round(t *testing.T, calm bool) (ok bool, said string) {
	t.Helper()
	done := make(chan struct{})
	if calm || w.rng.IntN(2) == 0 {
		close(done)
	} else {
		w.kills++
		victim, after := w.server[w.rng.IntN(2)], time.Duration(w.rng.IntN(3000))*time.Millisecond
		go func() {
			defer close(done)
			time.Sleep(after)
			victim.Restart(t)
		}()
	}
	ok = true
	for _, step := range []func() (bool, string){
		func() (bool, string) { return w.phone[0].SyncAll(t, Impatient(5)...) },
		func() (bool, string) { return w.phone[1].SyncAll(t, Impatient(5)...) },
		func() (bool, string) { return w.start(t) },
	} {
		if good, out := step(); !good {
			ok, said = false, said+"\n"+out
		}
	}
	<-done
	return ok, said
}

// settle synchronises without trouble until everybody has had the chance to learn everything.
func (w *two) settle(t *testing.T) {
	t.Helper()
	calm := 0
	var said string
	for range 20 {
		var ok bool
		if ok, said = w.round(t, true); ok {
			calm++
		}
		if calm == 3 {
			return
		}
	}
	t.Fatalf("it does not come to rest:\n%s", said)
}

// compare asks that both phones hold the same, and what their users entered.
func (w *two) compare(t *testing.T) {
	t.Helper()
	if diff := cmp.Diff(w.phone[0].Contents(t), w.phone[1].Contents(t)); diff != "" {
		t.Errorf("contacts of the first and the second phone:\n%s", diff)
	}
	if diff := cmp.Diff(w.phone[0].Plans(t), w.phone[1].Plans(t)); diff != "" {
		t.Errorf("events of the first and the second phone:\n%s", diff)
	}
	people := []int{}
	for n := range w.people {
		people = append(people, n)
	}
	slices.Sort(people)
	if diff := cmp.Diff(people, w.phone[0].People(t)); diff != "" {
		t.Errorf("people:\n%s", diff)
	}
	for n, mark := range w.people {
		if mark != 0 && !strings.Contains(w.phone[1].read(t, w.phone[1].find(t, n)), fmt.Sprintf("+1 777 %07d", mark)) {
			t.Errorf("person %d has lost the edit %d", n, mark)
		}
	}
	if got := len(w.phone[0].Plans(t)); got != len(w.plans) {
		t.Errorf("%d events, want %d", got, len(w.plans))
	}
	for n, title := range w.plans {
		luid := w.phone[1].FindEvent(t, n)
		if luid == "" || !strings.Contains(w.phone[1].events(t)[luid], "SUMMARY:"+title) {
			t.Errorf("event %d is not %q", n, title)
		}
	}
}

// TestTwoServers: contacts and events that are entered on a phone of one server arrive on the phone of the other and stay
// equal property by property, through random edits on both, with both servers killed at random. With BINDERY_LONG=1
// 1,000 edits.
func TestTwoServers(t *testing.T) {
	edits, batch := 24, 8
	if os.Getenv("BINDERY_LONG") == "1" {
		edits, batch = 1000, 20
	}
	w := newTwo(t, 7)
	for i := range 2 { // so that there is something before they meet
		for n := i; n < 8; n += 2 {
			w.phone[i].Put(t, fmt.Sprintf("old-%d", n), stranger(n))
			w.people[n] = 0
		}
	}
	w.next = 4
	w.settle(t)
	w.compare(t)
	for w.edits < edits && !t.Failed() {
		for range batch {
			w.edit(t)
		}
		w.round(t, false)
		if w.edits%(5*batch) == 0 {
			w.settle(t)
			w.compare(t)
			t.Logf("after %d edits and %d kills: %d people, %d events", w.edits, w.kills, len(w.people), len(w.plans))
		}
	}
	w.settle(t)
	w.compare(t)
	t.Logf("%d edits, %d kills; %d people, %d events", w.edits, w.kills, len(w.people), len(w.plans))
	for _, s := range w.server {
		s.Command(t, "", "doctor")
	}
}
