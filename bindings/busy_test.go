package bindings

import (
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// A new session takes over (1.4), but what has been at work for long it would only break off, again and again.
func TestRule_1_4_ALongRunIsWaitedFor(t *testing.T) {
	w := newWorld(t)
	clock := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	w.store.now = func() time.Time { return clock }
	done := make(chan struct{})
	w.phones.flight.join(w.phone.client+"/1/Contacts", clock, func() error { <-done; return nil })
	if w.phones.Busy(w.phone.client) {
		t.Error("a run that has just begun counts as long")
	}
	clock = clock.Add(21 * time.Second)
	if !w.phones.Busy(w.phone.client) || w.phones.Busy("another") {
		t.Error("a run of this phone, and of no other, has been at work for long")
	}
	close(done)
	if err := w.phones.Wait(t.Context()); err != nil || w.phones.Busy(w.phone.client) {
		t.Errorf("a run that is over counts: %v", err)
	}
}

// What a phone asks for in a session narrows what it is sent in it, and nothing else.
func TestRule_3_5_AFilterOfThePhone(t *testing.T) {
	w := newWorld(t)
	for _, day := range []string{"20260110", "20260310"} {
		if _, err := w.peer.Put(dataclass.Events, event(day, day)); err != nil {
			t.Fatal(err)
		}
	}
	db := syncml.Database{Name: "./calendar", Class: dataclass.Events, Complete: true,
		Within: dataclass.Range{From: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}}
	sent := func(mode int) int {
		t.Helper()
		s := w.session()
		s.ok(w.phones.Start(t.Context(), s.ph, db, mode, time.Minute))
		out, err := w.phones.Outbox(t.Context(), s.ph, db, 0, 100)
		s.ok(err)
		for _, o := range out {
			s.ok(w.phones.Settle(t.Context(), s.ph, db, []syncml.Answer{{Op: o.Op, Kind: syncml.Mapped, LUID: o.GUID}}))
		}
		s.ok(w.phones.Finish(t.Context(), s.ph, db, true))
		return len(out)
	}
	if n := sent(engine.Slow); n != 1 {
		t.Errorf("the phone is sent %d events, asked for those of March", n)
	}
	db.Complete = false
	if n := sent(engine.TwoWay); n != 0 {
		t.Errorf("again with the same filter: %d", n)
	}
	db.Within = dataclass.Range{}
	if n := sent(engine.TwoWay); n != 1 {
		t.Errorf("without the filter: %d", n)
	}
	if list, err := w.peer.List(dataclass.Events); err != nil || len(list) != 2 {
		t.Errorf("the peer holds %d events, %v", len(list), err)
	}
}
