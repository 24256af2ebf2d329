package bindings

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/memory"
)

// backgroundOf makes a background of the pair's that shows errors as they are.
func (p *pair) background() *Background {
	return p.syncs.Background(slog.New(slog.DiscardHandler), func(err error) string { return "Failed: " + err.Error() })
}

// entry gives a log entry as it is now.
func (p *pair) entry(id int64) LogEntry {
	p.t.Helper()
	e, err := p.store.LogEntry(p.t.Context(), p.owner, id)
	p.ok(err)
	return e
}

// begin begins a sync in the background, of contacts if nothing else is said.
func (p *pair) begin(b *Background, classes ...dataclass.Class) Started {
	p.t.Helper()
	if len(classes) == 0 {
		classes = []dataclass.Class{dataclass.Contacts}
	}
	got, err := b.Begin(p.t.Context(), nil, p.owner, p.binding, engine.TwoWay, classes...)
	p.ok(err)
	return got
}

// A sync in the background has its number when it is begun, keeps it to the end, and nobody else gets the binding
// meanwhile.
func TestBackgroundRuns(t *testing.T) {
	p := newPair(t, pairOptions{})
	for _, name := range []string{"Ann", "Bea", "Cem", "Dan", "Eva"} {
		p.put(0, card(name))
	}
	writing, goOn := make(chan bool), make(chan bool)
	p.onCall = func(side int, call string) {
		if side == 1 && call == "apply" {
			writing <- true
			<-goOn
		}
	}
	b := p.background()
	got := p.begin(b)
	if len(got.Entries) != 1 || got.Entries[0].State != engine.StateRunning || got.Entries[0].ID == 0 {
		t.Fatalf("%+v", got)
	}
	id := got.Entries[0].ID
	<-writing
	goOn <- true // the first batch of three
	<-writing
	if e := p.entry(id); e.State != engine.StateRunning || e.Sides[1].AddsOut != 3 {
		t.Errorf("in the middle: %+v", e)
	}
	if pr, ok := b.Progress(p.owner, id); !ok || pr != (engine.Progress{Read: [2]int{5, 0}, Planned: 5, Done: 3}) {
		t.Errorf("progress %+v, %v", pr, ok)
	}
	if _, ok := b.Progress("somebody", id); ok {
		t.Error("another owner sees the progress")
	}
	if _, err := b.Begin(t.Context(), nil, p.owner, p.binding, engine.TwoWay); !errors.Is(err, engine.ErrBusy) {
		t.Errorf("a second one: %v", err)
	}
	if _, err := p.sync(); !errors.Is(err, engine.ErrBusy) {
		t.Errorf("somebody who waits: %v", err)
	}
	p.ok(b.Sweep(t.Context()))
	goOn <- true
	b.Drain(t.Context())
	if e := p.entry(id); e.State != engine.StateDone || e.Sides[1].AddsOut != 5 || e.Why != "" {
		t.Errorf("at the end: %+v", e)
	}
	if _, ok := b.Progress(p.owner, id); ok {
		t.Error("there is progress after the end")
	}
	p.mustHold("Ann Bea Cem Dan Eva")
}

// refusesClass fails what a test says.
type refusesClass struct {
	sources.Source
	class dataclass.Class
	err   error
}

func (f refusesClass) Begin(ctx context.Context, class dataclass.Class, since sources.Cursor) (sources.Session, error) {
	if class == f.class {
		return nil, f.err
	}
	return f.Source.Begin(ctx, class, since)
}

// What fails says why in its entry, does not keep other dataclasses back, and the next sync is not hindered.
func TestBackgroundFails(t *testing.T) {
	p := newPair(t, pairOptions{})
	p.put(0, card("Ann"))
	p.replace = func(side int, s sources.Source) sources.Source {
		if side == 1 {
			return refusesClass{s, dataclass.Events, sources.ErrAuth}
		}
		return s
	}
	b := p.background()
	got := p.begin(b, dataclass.Events, dataclass.Contacts)
	b.Drain(t.Context())
	if e := p.entry(got.Entries[0].ID); e.State != engine.StateAbandoned || e.Class != dataclass.Events || !strings.Contains(e.Why, sources.ErrAuth.Error()) || e.Finished.IsZero() {
		t.Errorf("what failed: %+v", e)
	}
	if e := p.entry(got.Entries[1].ID); e.State != engine.StateDone || e.Sides[1].AddsOut != 1 {
		t.Errorf("what did not: %+v", e)
	}
	p.replace = nil
	if e, err := p.syncs.Synchronize(t.Context(), p.owner, p.binding, dataclass.Events, engine.TwoWay); err != nil || e.State != engine.StateDone {
		t.Errorf("later: %+v, %v", e, err)
	}
}

// A panic is a failure like any other.
func TestBackgroundPanics(t *testing.T) {
	p := newPair(t, pairOptions{})
	p.onCall = func(int, string) { panic("hidden reason") }
	b := p.background()
	got := p.begin(b)
	b.Drain(t.Context())
	p.onCall = nil
	if e := p.entry(got.Entries[0].ID); e.State != engine.StateAbandoned || !strings.HasPrefix(e.Why, "Failed: ") {
		t.Errorf("%+v", e)
	}
}

// TestBackgroundSurvivesItsProgram: a number that was given is always answered, also when the program died at any
// point of the run.
func TestBackgroundSurvivesItsProgram(t *testing.T) {
	p := newPair(t, pairOptions{})
	p.put(0, card("Ann"))
	b := p.background()
	s := &backgroundSync{binding: Binding{ID: p.binding, Owner: p.owner}, mode: engine.TwoWay, classes: []dataclass.Class{dataclass.Contacts, dataclass.Notes}}
	var err error
	s.binding, err = p.store.Binding(t.Context(), p.owner, p.binding)
	p.ok(err)
	begun, s, err := b.open(t.Context(), s)
	p.ok(err)
	_, err = p.store.Journal().Lease(t.Context(), p.ref(), backgroundHolder, false) // at work
	p.ok(err)
	p.boot() // and it dies
	b = p.background()
	p.ok(b.Sweep(t.Context()))
	for i, e := range begun.Entries {
		if now := p.entry(e.ID); now.State != engine.StateAbandoned || !strings.Contains(now.Why, "broke off") || now.ID != s.runs[i] {
			t.Errorf("after its death: %+v", now)
		}
	}
	again := p.begin(b)
	b.Drain(t.Context())
	if e := p.entry(again.Entries[0].ID); e.State != engine.StateDone || e.Sides[1].AddsOut != 1 {
		t.Errorf("the next: %+v", e)
	}
	p.mustHold("Ann")
}

// Sweep leaves alone what is not its own: the runs of phones and of other programs, and whoever is at work.
func TestSweepLeavesOthersAlone(t *testing.T) {
	for _, tt := range []struct {
		name, session string
		atWork        bool
		want          string
	}{
		{"a phone's", "phone/7", false, engine.StateRunning},
		{"another program's", "bindery sync", false, engine.StateRunning},
		{"nobody's, at work", "", true, engine.StateRunning},
		{"nobody's", "", false, engine.StateAbandoned},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPair(t, pairOptions{})
			j := p.store.Journal()
			l, err := j.Lease(t.Context(), p.ref(), tt.session, false)
			p.ok(err)
			run, err := j.Open(t.Context(), l, tt.session, engine.TwoWay)
			p.ok(err)
			if !tt.atWork {
				p.ok(j.Release(t.Context(), l))
			}
			p.ok(p.background().Sweep(t.Context()))
			if e := p.entry(run.ID); e.State != tt.want {
				t.Errorf("%+v", e)
			}
		})
	}
}

// Who stops the program is not kept waiting for ever, and loses nothing.
func TestDrainBreaksOff(t *testing.T) {
	p := newPair(t, pairOptions{})
	for _, name := range []string{"Ann", "Bea", "Cem", "Dan"} {
		p.put(0, card(name))
	}
	ctx, stop := context.WithCancel(t.Context())
	batches := 0
	b := p.background()
	p.onCall = func(side int, call string) {
		if batches++; side == 1 && call == "apply" {
			stop()
			<-b.stop.Done()
		}
	}
	got := p.begin(b, dataclass.Contacts, dataclass.Notes)
	b.Drain(ctx)
	for _, e := range got.Entries {
		if e = p.entry(e.ID); e.State != engine.StateAbandoned || !strings.Contains(e.Why, "server was stopped") {
			t.Errorf("%+v", e)
		}
	}
	if _, err := b.Begin(t.Context(), nil, p.owner, p.binding, engine.TwoWay); !errors.Is(err, sources.ErrBusy) {
		t.Errorf("begun after the end: %v", err)
	}
	p.onCall = nil
	p.mustSync()
	p.mustHold("Ann Bea Cem Dan")
}

// Somebody who waits goes before what has not had its turn, and that says so.
func TestBackgroundIsOvertaken(t *testing.T) {
	p := newPair(t, pairOptions{})
	b := p.background()
	for range backgroundWorkers {
		b.workers <- struct{}{}
	}
	got := p.begin(b)
	other := p.mustSync()
	for range backgroundWorkers {
		<-b.workers
	}
	b.Drain(t.Context())
	if e := p.entry(got.Entries[0].ID); e.State != engine.StateAbandoned || e.Why != "Another synchronization took its place" || other.ID == e.ID {
		t.Errorf("%+v", e)
	}
	if list, err := p.store.Log(t.Context(), p.owner, 0, 10); err != nil || len(list) != 2 {
		t.Errorf("%+v, %v", list, err)
	}
}

// One owner does not take the whole background, and all owners not more than there is.
func TestBackgroundIsBounded(t *testing.T) {
	b := newPair(t, pairOptions{}).background()
	for i := range int64(backgroundOwner) {
		if err := b.reserve(Binding{ID: i, Owner: "a"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.reserve(Binding{ID: 100, Owner: "a"}); !errors.Is(err, sources.ErrBusy) {
		t.Errorf("one more of an owner's: %v", err)
	}
	for i := int64(backgroundOwner); i < backgroundAll; i++ {
		if err := b.reserve(Binding{ID: i, Owner: strings.Repeat("b", int(i)/backgroundOwner)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.reserve(Binding{ID: 101, Owner: "c"}); !errors.Is(err, sources.ErrBusy) {
		t.Errorf("one more of all: %v", err)
	}
	b.free(Binding{ID: 3, Owner: "a"})
	if err := b.reserve(Binding{ID: 100, Owner: "a"}); err != nil {
		t.Errorf("when one is over: %v", err)
	}
}

// What cannot be begun leaves no entry that runs.
func TestBackgroundRefuses(t *testing.T) {
	p := newPair(t, pairOptions{memory: [2]memory.Options{}})
	b := p.background()
	if _, err := p.store.Journal().Lease(t.Context(), engine.Ref{Owner: p.owner, Binding: p.binding, Class: dataclass.Notes}, "bindery sync", false); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name    string
		owner   string
		binding int64
		mode    int
		classes []dataclass.Class
		want    error
	}{
		{"no such mode", p.owner, p.binding, 7, nil, ErrInvalid},
		{"no such binding", p.owner, p.binding + 1, 200, nil, ErrNotFound},
		{"another owner", "somebody", p.binding, 200, nil, ErrForbidden},
		{"the second is busy", p.owner, p.binding, 200, []dataclass.Class{dataclass.Contacts, dataclass.Notes}, engine.ErrBusy},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := b.Begin(t.Context(), nil, tt.owner, tt.binding, tt.mode, tt.classes...); !errors.Is(err, tt.want) {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
	list, err := p.store.LogPage(t.Context(), p.owner, LogFilter{State: engine.StateRunning})
	if err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	p.begin(b) // the binding is free again
	b.Drain(t.Context())
}

// A phone is called, as Request does.
func TestBackgroundCallsThePhone(t *testing.T) {
	who, phones := benchHouse(t)
	list, err := phones.store.Bindings(t.Context(), who.Owner)
	if err != nil {
		t.Fatal(err)
	}
	b := phones.syncs.Background(slog.New(slog.DiscardHandler), nil)
	got, err := b.Begin(t.Context(), &calls{}, who.Owner, list[0].ID, engine.TwoWay)
	if err != nil || got.Alerted != who.Client {
		t.Errorf("%+v, %v", got, err)
	}
}

// What a binding may not do it does not do in the background either, also if that was said after the sync was begun.
func TestBackgroundKeepsTheSettings(t *testing.T) {
	p := newPair(t, pairOptions{})
	p.put(1, card("Zoe"))
	b := p.background()
	for range backgroundWorkers {
		b.workers <- struct{}{}
	}
	p.begin(b)
	p.tell(Change{Direction: new(ToTarget)})
	for range backgroundWorkers {
		<-b.workers
	}
	b.Drain(t.Context())
	if len(p.items(0)) != 0 {
		t.Error("the side that is only to be read was written")
	}
	b = p.background()
	if got, err := b.Begin(t.Context(), nil, p.owner, p.binding, engine.RefreshFromServer, dataclass.Contacts); !errors.Is(err, ErrInvalid) {
		t.Errorf("against the direction: %+v, %v", got, err)
	}
}

// TestBackgroundRunTakesUpAtOnce: a program that was killed in the middle of a sync does not keep the binding busy for the
// next one, which is the only program of its name; somebody else waits until the lease ends.
func TestBackgroundRunTakesUpAtOnce(t *testing.T) {
	p := newPair(t, pairOptions{})
	p.put(0, card("Ann"))
	ref := engine.Ref{Owner: p.owner, Binding: p.binding, Class: dataclass.Contacts}
	_, err := p.store.Journal().Lease(t.Context(), ref, backgroundHolder, false)
	p.ok(err)
	if _, err := p.syncs.Request(t.Context(), nil, p.owner, p.binding, engine.TwoWay, dataclass.Contacts); !errors.Is(err, engine.ErrBusy) {
		t.Fatalf("somebody else: %v", err)
	}
	b := p.background()
	got, err := b.Run(t.Context(), nil, p.owner, p.binding, engine.TwoWay, dataclass.Contacts)
	if err != nil || len(got.Entries) != 1 || got.Entries[0].State != engine.StateDone || got.Entries[0].Sides[engine.Source].AddsIn != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestBackgroundRunsOneOfABinding: who waits for a sync does not start a second one beside it.
func TestBackgroundRunsOneOfABinding(t *testing.T) {
	p := newPair(t, pairOptions{})
	p.put(0, card("Ann"))
	b := p.background()
	busy := false
	p.onCall = func(side int, call string) {
		if side == 1 && call == "apply" {
			_, err := b.Run(t.Context(), nil, p.owner, p.binding, engine.TwoWay, dataclass.Contacts)
			busy = errors.Is(err, engine.ErrBusy)
		}
	}
	_, err := b.Run(t.Context(), nil, p.owner, p.binding, engine.TwoWay, dataclass.Contacts)
	if err != nil || !busy {
		t.Errorf("%v, the second was busy: %v", err, busy)
	}
}

// TestDrainBreaksOffWhoIsWaitedFor: a client whose answer never ends does not keep the program from ending, although
// somebody waits for the sync.
func TestDrainBreaksOffWhoIsWaitedFor(t *testing.T) {
	p := newPair(t, pairOptions{})
	reading := make(chan bool)
	p.replace = func(side int, src sources.Source) sources.Source {
		if side == 1 {
			return endless{reading}
		}
		return src
	}
	b := p.background()
	failed := make(chan error, 1)
	go func() {
		_, err := b.Run(context.Background(), nil, p.owner, p.binding, engine.TwoWay, dataclass.Contacts)
		failed <- err
	}()
	<-reading
	over, end := context.WithCancel(t.Context())
	end()
	b.Drain(over)
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// endless is a source whose look ends only when it is broken off.
type endless struct{ reading chan<- bool }

func (e endless) Begin(ctx context.Context, _ dataclass.Class, _ sources.Cursor) (sources.Session, error) {
	e.reading <- true
	<-ctx.Done()
	return nil, ctx.Err()
}
