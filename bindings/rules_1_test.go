package bindings

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/syncml"
)

func TestRule_1_2_PendingIsNotAcknowledged(t *testing.T) {
	w := newWorld(t)
	mustPut(w, card("Ann"))
	s := w.session()
	s.start(engine.Slow)
	out := s.outbox()
	if len(out) != 1 || out[0].Verb != sources.Add || out[0].GUID == "" || len(out[0].GUID) > 4 {
		t.Fatalf("outbox %+v", out)
	}
	s.settle(syncml.Answer{Op: out[0].Op, Kind: syncml.Sent})
	s.finish(true)
	if got := w.lastLog().Sides[engine.Source]; got != (engine.Counts{}) {
		t.Errorf("an op that nobody acknowledged was counted: %+v", got)
	}
}

func TestRule_1_3_TheFenceStopsWhoeverLostTheLease(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	j := w.store.Journal()
	ref := engine.Ref{Owner: w.owner, Binding: 1, Class: dataclass.Contacts}
	old, err := j.Lease(ctx, ref, "one", false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Lease(ctx, ref, "two", false); !errors.Is(err, engine.ErrBusy) {
		t.Errorf("a second holder got %v, wanted ErrBusy", err)
	}
	if _, err := j.Open(ctx, old, "one", 200); err != nil {
		t.Fatal(err)
	}
	fresh, err := j.Lease(ctx, ref, "two", true)
	if err != nil {
		t.Fatal(err)
	}
	writes := map[string]func(l engine.Lease) error{
		"open":   func(l engine.Lease) error { _, err := j.Open(ctx, l, "x", 200); return err },
		"intend": func(l engine.Lease) error { _, _, err := j.Intend(ctx, l, engine.Batch{}); return err },
		"settle": func(l engine.Lease) error { return j.Settle(ctx, l, engine.Settlement{}) },
		"close":  func(l engine.Lease) error { return j.Close(ctx, l, engine.Closing{}) },
	}
	for name, write := range writes {
		if err := write(old); !errors.Is(err, engine.ErrFenced) {
			t.Errorf("%s by the old lease: %v, wanted ErrFenced", name, err)
		}
		if err := write(fresh); err != nil {
			t.Errorf("%s by the new lease: %v", name, err)
		}
	}
	if err := j.Release(ctx, old); !errors.Is(err, engine.ErrFenced) {
		t.Errorf("release of the old lease: %v", err)
	}
}

func TestRule_1_4_ANewSessionTakesOver(t *testing.T) {
	w := newWorld(t)
	mustPut(w, card("Ann"))
	old := w.session()
	old.put(true, replace("1", card("Ben")))
	old.start(engine.Slow)
	old.put(false, add("2", card("Cid"))) // came after the plan
	fresh := w.session()
	ctx := context.Background()
	for name, err := range map[string]error{
		"put":    w.phones.Put(ctx, old.ph, simDB, false, []syncml.Incoming{add("3", card("Dan"))}),
		"start":  w.phones.Start(ctx, old.ph, simDB, 200, time.Second),
		"settle": w.phones.Settle(ctx, old.ph, simDB, []syncml.Answer{{Op: 1, Kind: syncml.Sent}}),
		"finish": w.phones.Finish(ctx, old.ph, simDB, true),
	} {
		if !errors.Is(err, syncml.ErrTakenOver) {
			t.Errorf("%s by the older session: %v, wanted ErrTakenOver", name, err)
		}
	}
	if got := w.lastLog().State; got != engine.StateAbandoned {
		t.Errorf("the older run ended %q", got)
	}
	fresh.start(engine.TwoWay)
	if got := w.peerNames(); got != "Ann Ben Cid" {
		t.Errorf("the older session's inbox was not kept: the peer holds %s", got)
	}
	if out := fresh.outbox(); len(out) != 1 || !strings.Contains(string(out[0].Body.Data), "Ann") {
		t.Errorf("what the older session did not send is not sent now: %+v", out)
	}
}

// TestRule_1_4_ANewSessionComesBetween lets a newer session begin after the older one was let in and before it
// has the lease.
func TestRule_1_4_ANewSessionComesBetween(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	mustPut(w, card("Ann"))
	old := w.session()
	old.put(true, replace("1", card("Ben")))
	in, err := w.phones.place(ctx, old.ph, simDB)
	if err != nil {
		t.Fatal(err)
	}
	fresh := w.session()
	fresh.put(true, replace("1", card("Cid")))
	fresh.start(engine.Slow)
	open, called := w.lastLog(), len(w.calls)
	for name, err := range map[string]error{
		"start": w.phones.run(ctx, old.ph, in, runAs{session: sessionName(old.ph), mode: engine.Slow, listing: true, db: simDB}),
		"flush": w.phones.run(ctx, old.ph, in, runAs{session: sessionName(old.ph) + "/flush", mode: engine.TwoWay}),
	} {
		if !errors.Is(err, syncml.ErrTakenOver) {
			t.Errorf("%s by the older session: %v, wanted ErrTakenOver", name, err)
		}
	}
	if got := w.lastLog(); got.ID != open.ID || got.State != engine.StateRunning || len(w.calls) != called {
		t.Errorf("the older session ended the newer one's run %d (%s), or called the peer: %v", open.ID, got.State, w.calls[called:])
	}
	if out := fresh.outbox(); len(out) != 1 || !strings.Contains(string(out[0].Body.Data), "Ann") {
		t.Errorf("the newer session is to send %+v", out)
	}
	fresh.finish(true)
}

func TestRule_1_6_ASlowPeerDoesNotKeepThePhoneWaiting(t *testing.T) {
	w := newWorld(t)
	gate := make(chan struct{})
	w.onCall = func(call string) {
		if call == "begin" {
			<-gate
		}
	}
	s := w.session()
	s.put(true, replace("1", card("Ann")))
	ctx := context.Background()
	for range 2 {
		if err := w.phones.Start(ctx, s.ph, simDB, engine.Slow, time.Millisecond); !errors.Is(err, syncml.ErrWorking) {
			t.Fatalf("start gave %v, wanted ErrWorking", err)
		}
	}
	close(gate)
	s.start(engine.Slow)
	s.finish(true)
	if got := w.peerNames(); got != "Ann" {
		t.Errorf("the peer holds %q", got)
	}
	if got := w.lastLog().Sides[engine.Target].AddsOut; got != 1 {
		t.Errorf("%d adds out, wanted 1: the run was not joined", got)
	}
}
