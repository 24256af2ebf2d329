package bindings

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// A web is a number of datastores of one owner with bindings between them, and a runner that follows changes.
type web struct {
	*pair
	items   *datastore.Datastore
	clients []string
	bound   []Binding
	back    *Background
	run     *Runner
	// asked are the phones that were asked to come.
	asked []syncml.AlertRequest
}

// Alert implements Alerter.
func (w *web) Alert(_ context.Context, _, _ string, r syncml.AlertRequest) (syncml.AlertRecord, error) {
	w.asked = append(w.asked, r)
	return syncml.AlertRecord{}, nil
}

// newWeb makes datastores and binds those that ends names, two by two.
func newWeb(t *testing.T, n int, ends ...[2]int) *web {
	t.Helper()
	w := &web{pair: newPair(t, pairOptions{})}
	w.ok(w.db.Migrate(t.Context(), append(Migrations(), datastore.Migrations()...)))
	w.items = datastore.New(w.db, datastore.Options{Now: w.store.now})
	kinds := new(sources.Registry)
	kinds.Register(w.items.Kind())
	kinds.Register(syncml.NewKind(w.store.Mailbox()))
	w.back = w.store.Syncs(kinds, slog.New(slog.DiscardHandler)).Background(slog.New(slog.DiscardHandler), error.Error)
	w.run = w.store.Runner(RunnerOptions{Starter: w.back.Starter(w), Changes: w.items, Why: error.Error})
	w.items.OnWrite(w.run.Wake)
	for range n {
		c, err := w.store.CreateClient(t.Context(), w.owner, NewClient{Kind: kindDatastore})
		w.ok(err)
		w.clients = append(w.clients, c.ID)
	}
	for _, e := range ends {
		b, err := w.store.CreateBinding(t.Context(), w.owner, NewBinding{Source: w.clients[e[0]], Target: w.clients[e[1]]})
		w.ok(err)
		w.bound = append(w.bound, b)
	}
	return w
}

// enter puts a contact into a datastore as its user does; an id that is not empty is overwritten.
func (w *web) enter(client int, id sources.ID, name string) sources.ID {
	w.t.Helper()
	it, err := w.items.Items(w.owner, w.clients[client]).Put(w.t.Context(), dataclass.Contacts, id, "", card(name))
	w.ok(err)
	return it.ID
}

// settle turns the runner until nothing follows any more, and gives how many syncs there were. What has to wait a little
// is let wait.
func (w *web) settleDown() int {
	w.t.Helper()
	before := w.syncsDone()
	for range 60 {
		turnAll(w.t, w.run)
		list, err := w.items.Touched(w.t.Context(), 1)
		w.ok(err)
		_, due, err := w.store.firstDue(w.t.Context())
		w.ok(err)
		if len(list) == 0 && !due {
			return w.syncsDone() - before
		}
		w.clock = w.clock.Add(busyPause)
	}
	w.t.Fatal("it does not come to rest")
	return 0
}

func (w *web) syncsDone() int {
	log, err := w.store.LogPage(w.t.Context(), w.owner, LogFilter{Limit: 10_000})
	w.ok(err)
	return len(log)
}

// holds gives the names that a datastore has.
func (w *web) holds(client int) []string {
	w.t.Helper()
	list, err := w.items.Items(w.owner, w.clients[client]).List(w.t.Context(), dataclass.Contacts, "", 1000)
	w.ok(err)
	var out []string
	for _, it := range list {
		out = append(out, titleOf(string(dataclass.Contacts), it.Body))
	}
	slices.Sort(out)
	return out
}

func (w *web) mustAllHold(names ...string) {
	w.t.Helper()
	for i := range w.clients {
		if got := w.holds(i); !slices.Equal(got, names) {
			w.t.Errorf("client %d holds %v, wanted %v", i, got, names)
		}
	}
}

// What a user enters at one end of a chain of four arrives at the other end by itself, and that is the end of it.
func TestChangesRunThroughAChain(t *testing.T) {
	w := newWeb(t, 4, [2]int{0, 1}, [2]int{1, 2}, [2]int{2, 3})
	id := w.enter(0, "", "Ann")
	w.enter(3, "", "Bea")
	if n := w.settleDown(); n > 8 {
		t.Errorf("%d syncs", n)
	}
	w.mustAllHold("Ann", "Bea")
	w.enter(0, id, "Anna")
	if n := w.settleDown(); n != 3 {
		t.Errorf("an edit took %d syncs", n)
	}
	w.mustAllHold("Anna", "Bea")
	w.ok(w.items.Items(w.owner, w.clients[0]).Delete(t.Context(), dataclass.Contacts, id, ""))
	if n := w.settleDown(); n > 6 {
		t.Errorf("a deletion took %d syncs", n)
	}
	w.mustAllHold("Bea")
	if n := w.settleDown(); n != 0 {
		t.Errorf("%d syncs of nothing", n)
	}
	w.back.Drain(t.Context())
}

// A ring of three comes to rest too, also where two users wrote the same at the same time.
func TestChangesComeToRestInARing(t *testing.T) {
	w := newWeb(t, 3, [2]int{0, 1}, [2]int{1, 2}, [2]int{2, 0})
	ids := [3]sources.ID{w.enter(0, "", "Ann")}
	w.settleDown()
	w.mustAllHold("Ann")
	for c := range ids {
		list, err := w.items.Items(w.owner, w.clients[c]).List(t.Context(), dataclass.Contacts, "", 10)
		w.ok(err)
		ids[c] = list[0].ID
	}
	for round := range 5 {
		for c, name := range []string{"Anna", "Anne", "Hanna"}[:1+round%3] {
			w.enter(c, ids[c], fmt.Sprint(name, round))
		}
		if n := w.settleDown(); n > 40 {
			t.Errorf("round %d took %d syncs", round, n)
		}
		first := w.holds(0)
		if len(first) != 1 {
			t.Fatalf("round %d: %v", round, first)
		}
		w.mustAllHold(first...)
	}
	w.back.Drain(t.Context())
}

// Many changes are one run; a change during a run is one more after it.
func TestChangesAreGathered(t *testing.T) {
	w := newWeb(t, 2, [2]int{0, 1})
	for i := range 20 {
		w.enter(0, "", fmt.Sprint("N", i))
	}
	if n := w.settleDown(); n != 1 {
		t.Errorf("20 changes took %d syncs", n)
	}
	f := &fakeStarter{}
	w.run.o.Starter = f
	f.during = func() {
		f.during = nil
		for i := range 5 {
			w.enter(0, "", fmt.Sprint("M", i))
			w.run.follow(t.Context())
		}
	}
	w.enter(0, "", "Ann")
	w.settleDown()
	if len(f.runs) != 2 || !slices.Equal(f.runs[0].classes, []dataclass.Class{dataclass.Contacts}) {
		t.Errorf("%+v", f.runs)
	}
}

// A binding follows changes as far as its settings say: not if it is switched off, not against its direction, not of
// dataclasses that it does not synchronise.
func TestChangesAndSettings(t *testing.T) {
	no, way := false, ToSource
	for name, tc := range map[string]struct {
		change Change
		from   int
		want   int
	}{
		"as it is":         {Change{}, 0, 1},
		"as it is, back":   {Change{}, 1, 1},
		"switched off":     {Change{OnChange: &no}, 0, 0},
		"never from there": {Change{Direction: &way}, 0, 0},
		"only from there":  {Change{Direction: &way}, 1, 1},
		"other classes":    {Change{Classes: &[]dataclass.Class{dataclass.Events}}, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWeb(t, 2, [2]int{0, 1})
			_, err := w.store.Change(t.Context(), w.owner, w.bound[0].ID, tc.change)
			w.ok(err)
			w.enter(tc.from, "", "Ann")
			if n := w.settleDown(); n != tc.want {
				t.Errorf("%d syncs", n)
			}
			if n := w.settleDown(); n != 0 {
				t.Errorf("%d more", n)
			}
		})
	}
}

// A phone is not disturbed unless its binding says so; then it is asked to come once, and left alone for a while. If it has
// come by itself meanwhile, nobody asks it.
func TestChangesAskPhones(t *testing.T) {
	w := newWeb(t, 1)
	phone, err := w.store.CreateClient(t.Context(), w.owner, NewClient{Kind: kindSyncML, DeviceID: "IMEI:1"})
	w.ok(err)
	b, err := w.store.CreateBinding(t.Context(), w.owner, NewBinding{Source: phone.ID, Target: w.clients[0]})
	w.ok(err)
	w.enter(0, "", "Ann")
	w.settleDown()
	if len(w.asked) != 0 || b.OnChange {
		t.Errorf("asked %+v", w.asked)
	}
	yes := true
	_, err = w.store.Change(t.Context(), w.owner, b.ID, Change{OnChange: &yes})
	w.ok(err)
	w.enter(0, "", "Bea")
	w.settleDown()
	if len(w.asked) != 1 || !slices.Equal(w.asked[0].Classes, []dataclass.Class{dataclass.Contacts}) {
		t.Fatalf("asked %+v", w.asked)
	}
	at := w.clock
	for i := range 4 {
		w.enter(0, "", fmt.Sprint("N", i))
		turnAll(t, w.run)
		w.clock = w.clock.Add(time.Minute)
	}
	if len(w.asked) != 1 {
		t.Errorf("asked %d times within %s", len(w.asked), w.clock.Sub(at))
	}
	w.clock = at.Add(alertRest + time.Second)
	turnAll(t, w.run)
	if len(w.asked) != 2 {
		t.Errorf("asked %d times", len(w.asked))
	}
	w.enter(0, "", "Cem")
	turnAll(t, w.run)
	job := engine.Ref{Owner: w.owner, Binding: b.ID, Class: dataclass.Contacts}
	lease, err := w.store.Journal().Lease(t.Context(), job, "session", false)
	w.ok(err)
	_, err = w.store.Journal().Open(t.Context(), lease, "session", engine.TwoWay)
	w.ok(err)
	w.clock = w.clock.Add(2 * alertRest)
	turnAll(t, w.run)
	if len(w.asked) != 2 {
		t.Errorf("asked a phone that had come by itself")
	}
}

// What is usual is so from the first moment on, and stays where nobody says otherwise.
func TestChangesUsually(t *testing.T) {
	w := newWeb(t, 2, [2]int{0, 1})
	for kind, want := range map[string]bool{kindSyncML: false, kindFolder: false, "gdata": true, kindDatastore: true} {
		c, err := w.store.CreateClient(t.Context(), w.owner, NewClient{Kind: kind})
		w.ok(err)
		b, err := w.store.CreateBinding(t.Context(), w.owner, NewBinding{Source: c.ID, Target: w.clients[0]})
		w.ok(err)
		if b.OnChange != want || b.UsuallyOnChange() != want {
			t.Errorf("%s: %v, usually %v", kind, b.OnChange, b.UsuallyOnChange())
		}
		other := !want
		if b, err = w.store.Change(t.Context(), w.owner, b.ID, Change{OnChange: &other}); err != nil || b.OnChange != other {
			t.Errorf("%s: %+v, %v", kind, b, err)
		}
	}
}

// What another process wrote, or this one before it died, is followed too.
func TestChangesOfOtherProcesses(t *testing.T) {
	w := newWeb(t, 2, [2]int{0, 1})
	other := datastore.New(w.db, datastore.Options{}) // tells nobody
	_, err := other.Items(w.owner, w.clients[1]).Put(t.Context(), dataclass.Contacts, "", "", card("Ann"))
	w.ok(err)
	if n := w.settleDown(); n != 1 {
		t.Errorf("%d syncs", n)
	}
	w.mustAllHold("Ann")
}

// A change is on its way within two seconds.
func TestChangesAreFollowedSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWeb(t, 2, [2]int{0, 1})
		w.store.now = time.Now
		f := slowStarter{make(chan bool), make(chan bool)}
		w.run.o.Starter = f
		ctx, stop := context.WithCancel(t.Context())
		over := make(chan bool)
		go func() { w.run.Run(ctx); close(over) }()
		time.Sleep(runnerEvery + time.Millisecond)
		for range 3 {
			began := time.Now()
			w.enter(0, "", "Ann")
			<-f.began
			if took := time.Since(began); took > 2*runnerRest {
				t.Errorf("begun after %s", took)
			}
			f.goOn <- true
		}
		// Somebody who writes and writes does not put it off.
		began := time.Now()
		w.enter(0, "", "Bea")
		for writes := true; writes; {
			select {
			case <-f.began:
				writes = false
			case <-time.After(runnerRest / 4):
				w.run.Wake()
			}
		}
		if took := time.Since(began); took > 2*runnerRest {
			t.Errorf("begun after %s", took)
		}
		f.goOn <- true
		stop()
		<-over
		w.ok(w.db.Close())
	})
}
