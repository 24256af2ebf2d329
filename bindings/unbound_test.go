package bindings

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// removals are the ways in which a binding ends.
var removals = map[string]func(p *pair){
	"the binding": func(p *pair) { p.ok(p.store.RemoveBinding(p.t.Context(), p.owner, p.binding)) },
	"a client": func(p *pair) {
		b, err := p.store.Binding(p.t.Context(), p.owner, p.binding)
		p.ok(err)
		p.ok(p.store.RemoveClient(p.t.Context(), p.owner, b.Target))
	},
}

// A sync whose binding is removed brings the batch to its end that is under way, and writes no other; its entry says so.
// When the binding comes back it goes on, and nothing is there twice.
func TestASyncStopsWhenItsBindingIsRemoved(t *testing.T) {
	for what, remove := range removals {
		for _, background := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, background %v", what, background), func(t *testing.T) {
				p := newPair(t, pairOptions{})
				for i := range 9 {
					p.put(0, card(fmt.Sprint("Ann", i)))
				}
				applied := 0
				p.onCall = func(side int, call string) {
					if side != 1 || call != "apply" {
						return
					}
					if applied++; applied == 2 {
						remove(p)
					}
				}
				var run int64
				if background {
					b := p.background()
					run = p.begin(b).Entries[0].ID
					b.Drain(t.Context())
				} else {
					_, err := p.sync()
					var failed *engine.Failed
					if !errors.Is(err, ErrUnbound) || !errors.Is(err, ErrNotFound) || !errors.As(err, &failed) {
						t.Fatalf("it ended with %v", err)
					}
					run = failed.Mark.Run
				}
				p.onCall = nil
				if e := p.entry(run); applied != 2 || e.State != engine.StateAbandoned || e.Why != whyUnbound || e.Finished.IsZero() || e.Sides[1].AddsOut != 6 {
					t.Errorf("%d batches, %+v", applied, e)
				}
				if n := len(p.items(1)); n != 6 {
					t.Errorf("%d items were written", n)
				}
				if what == "a client" {
					list, err := p.store.RemovedClients(t.Context(), p.owner)
					p.ok(err)
					_, err = p.store.RestoreClient(t.Context(), p.owner, list[0].ID)
					p.ok(err)
				} else {
					_, err := p.store.RestoreBinding(t.Context(), p.owner, p.binding)
					p.ok(err)
				}
				p.mustSync()
				p.mustHold("Ann0 Ann1 Ann2 Ann3 Ann4 Ann5 Ann6 Ann7 Ann8")
			})
		}
	}
}

// A sync whose binding is removed right before it begins leaves no entry, and writes nothing.
func TestARemovedBindingIsNotBegun(t *testing.T) {
	p := newPair(t, pairOptions{})
	p.put(0, card("Ann"))
	b, err := p.store.Binding(t.Context(), p.owner, p.binding)
	p.ok(err)
	job, err := p.syncs.job(t.Context(), b, dataclass.Contacts, engine.TwoWay, "")
	p.ok(err)
	p.ok(p.store.RemoveBinding(t.Context(), p.owner, p.binding))
	if _, err := p.syncs.run(t.Context(), job); !errors.Is(err, ErrUnbound) {
		t.Errorf("it ended with %v", err)
	}
	if list, err := p.store.Log(t.Context(), p.owner, 0, 10); err != nil || len(list) != 0 || len(p.items(1)) != 0 {
		t.Errorf("%+v, %v, %d written", list, err, len(p.items(1)))
	}
}

// The sync of a phone that never comes again to a binding which was removed does not say for ever that it is running.
func TestSweepEndsWhatAPhoneLeftOfARemovedBinding(t *testing.T) {
	w := newWorld(t)
	mustPut(w, card("Ann"))
	s := w.session()
	s.start(engine.Slow)
	b, err := w.store.Bindings(t.Context(), w.owner)
	if err != nil {
		t.Fatal(err)
	}
	background := w.phones.syncs.Background(w.phones.syncs.engine.Log, func(err error) string { return err.Error() })
	sweep := func() LogEntry {
		t.Helper()
		if err := background.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		return w.lastLog()
	}
	if e := sweep(); e.State != engine.StateRunning {
		t.Errorf("while it is bound: %+v", e)
	}
	if err := w.store.RemoveBinding(t.Context(), w.owner, b[0].ID); err != nil {
		t.Fatal(err)
	}
	if err := w.phones.Start(t.Context(), s.ph, simDB, engine.TwoWay, time.Minute); !errors.Is(err, syncml.ErrNotBound) {
		t.Errorf("the phone is told %v", err)
	}
	if e := sweep(); e.State != engine.StateAbandoned || e.Why != whyUnbound {
		t.Errorf("when it was removed: %+v", e)
	}
}
