package bindings

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/syncml"
)

func TestRule_2_1_Inbox(t *testing.T) {
	tests := []struct {
		name string
		play func(s session)
		want string // names at the peer, which had Ann as LUID 1 and Ben as LUID 2
	}{
		{"the newest of a LUID wins", func(s session) {
			s.put(false, replace("1", card("Ann2")))
			s.put(false, replace("1", card("Ann3")))
		}, "Ann3 Ben"},
		{"a resend counts once", func(s session) {
			s.put(false, add("3", card("Cid")))
			s.put(false, add("3", card("Cid")))
		}, "Ann Ben Cid"},
		{"an Add after a Delete of the same LUID keeps both", func(s session) {
			s.put(false, remove("1"))
			s.put(false, add("1", card("Cid")))
		}, "Ben Cid"},
		{"in one message too", func(s session) { s.put(false, remove("1"), add("1", card("Cid"))) }, "Ben Cid"},
		{"a Delete after an Add of the same LUID", func(s session) { s.put(false, add("3", card("Cid")), remove("3")) }, "Ann Ben"},
		{"an Add of a linked LUID is a Replace", func(s session) { s.put(false, add("1", card("Ann2"))) }, "Ann2 Ben"},
		{"a Replace of an unknown LUID is an Add", func(s session) { s.put(false, replace("9", card("Cid"))) }, "Ann Ben Cid"},
		{"a Delete of an unknown LUID is nothing", func(s session) { s.put(false, remove("9")) }, "Ann Ben"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			s := w.session()
			s.put(true, replace("1", card("Ann")), replace("2", card("Ben")))
			s.start(engine.Slow)
			s.finish(true)
			s = w.session()
			tt.play(s)
			s.start(engine.TwoWay)
			s.finish(true)
			if got := w.peerNames(); got != tt.want {
				t.Errorf("the peer holds %q, wanted %q", got, tt.want)
			}
			if out := s.outbox(); len(out) != 0 {
				t.Errorf("the phone is sent its own changes: %+v", out)
			}
		})
	}
}

func TestRule_2_1_AnOlderSessionIsPlannedBeforeASlowPackage(t *testing.T) {
	w := newWorld(t)
	w.phone.add(card("Ann"))
	w.phone.add(card("Ben"))
	w.mustSync()
	s := w.session()
	s.put(false, remove("1"))
	s = w.session() // the phone died; now it lists what it has
	s.ok(w.phones.Flush(context.Background(), s.ph, simDB))
	if got := w.peerNames(); got != "Ben" {
		t.Errorf("after the flush the peer holds %q", got)
	}
	s.put(true, replace("2", card("Ben")))
	s.start(engine.Slow)
	if out := s.outbox(); len(out) != 0 {
		t.Errorf("the deleted item comes back: %+v", out)
	}
}

func TestRule_2_1_AnUnfinishedSlowPackageProvesNoAbsence(t *testing.T) {
	w := newWorld(t)
	w.phone.add(card("Ann"))
	w.phone.add(card("Ben"))
	w.mustSync()
	s := w.session()
	s.put(true, replace("7", card("Ann"))) // a reset phone, that dies after its first item
	s = w.session()
	s.ok(w.phones.Flush(context.Background(), s.ph, simDB))
	if got := w.peerNames(); got != "Ann Ann Ben" && got != "Ann Ben" {
		t.Errorf("the peer holds %q", got)
	}
	if got := w.lastLog(); got.Restored != 0 {
		t.Errorf("absence was taken for a loss: %+v", got)
	}
}

func TestRule_2_3_OneGarbageCardAmongAHundred(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	var rows []syncml.Incoming
	for i := range 100 {
		b := card(fmt.Sprintf("P%02d", i))
		if i == 50 {
			b.Data = []byte("this is no card\x00\xff")
		}
		rows = append(rows, add(fmt.Sprint(i), b))
	}
	s.put(true, rows...)
	s.start(engine.Slow)
	s.finish(true)
	if got := w.lastLog(); got.Quarantined != 1 || got.Sides[engine.Target].AddsOut != 99 || got.State != engine.StateDone {
		t.Errorf("log %+v", got)
	}
	s = w.session()
	if s.needSlow() {
		t.Error("the next sync is to be slow")
	}
	s.put(false, replace("50", card("P50")))
	s.start(engine.TwoWay)
	s.finish(true)
	if items, err := w.peer.List(dataclass.Contacts); err != nil || len(items) != 100 {
		t.Errorf("a mended card is not taken: %d items, %v", len(items), err)
	}
}

func TestRule_2_3_GarbageOverALinkedItemLeavesTheOtherSideAlone(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	s.put(true, replace("1", card("Ann")))
	s.start(engine.Slow)
	s.finish(true)
	s = w.session()
	s.put(false, replace("1", dataclass.Body{Type: "text/x-vcard", Data: []byte("BEGIN:VCARD")}))
	s.start(engine.TwoWay)
	s.finish(true)
	if got := w.peerNames(); got != "Ann" {
		t.Errorf("the peer holds %q", got)
	}
	if got := w.lastLog().Quarantined; got != 1 {
		t.Errorf("%d quarantined", got)
	}
}

func TestRule_2_5_TheCursorMovesOnlyForASideThatWasRead(t *testing.T) {
	w := newWorld(t)
	w.phone.add(card("Ann"))
	w.onCall = func(call string) {
		if call == "commit" {
			w.failNext = sources.ErrBusy
		}
	}
	if err := w.syncPhone(false); err == nil {
		t.Fatal("the sync went well although the peer failed")
	}
	st, err := w.phones.state(context.Background(), engine.Ref{Owner: w.owner, Binding: 1, Class: dataclass.Contacts})
	if err != nil || st.SourceCursor != "" || st.TargetCursor != "" {
		t.Errorf("cursors %q, %q after a run that broke off (%v)", st.SourceCursor, st.TargetCursor, err)
	}
	w.onCall, w.failNext = nil, nil
	w.mustSync()
	w.mustAgree(1)
}

func TestRule_2_6_Registration(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	again, err := w.phones.Register(ctx, w.owner, simDevice)
	if err != nil || again != w.phone.client {
		t.Errorf("the same device is another client: %s, %v", again, err)
	}
	waiting, err := w.store.CreateClient(ctx, w.owner, NewClient{Kind: "syncml", Title: "new phone"})
	if err != nil {
		t.Fatal(err)
	}
	claimed, err := w.phones.Register(ctx, w.owner, "SIM-2")
	if err != nil || claimed != waiting.ID {
		t.Errorf("an unknown device became %s (%v), wanted the client that waits, %s", claimed, err, waiting.ID)
	}
	list, err := w.store.BindingsOf(ctx, w.owner, w.phone.client)
	if err != nil || len(list) != 1 {
		t.Fatalf("bindings %v, %v", list, err)
	}
	if err := w.store.RemoveBinding(ctx, w.owner, list[0].ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.phones.Register(ctx, w.owner, simDevice); err != nil {
		t.Fatal(err)
	}
	s := w.session()
	if _, err := w.phones.Standing(ctx, s.ph, simDB); !errors.Is(err, syncml.ErrNotBound) {
		t.Errorf("a phone whose binding was removed: %v, wanted ErrNotBound", err)
	}
}
