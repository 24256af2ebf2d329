package bindings

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// lastLog is the newest entry of the world's sync log.
func (w *world) lastLog() LogEntry {
	w.t.Helper()
	list, err := w.store.Log(context.Background(), w.owner, 0, 1)
	if err != nil || len(list) != 1 {
		w.t.Fatalf("log: %v, %v", list, err)
	}
	return list[0]
}

func (w *world) mustSync() {
	w.t.Helper()
	if err := w.syncPhone(false); err != nil {
		w.t.Fatal(err)
	}
}

// mustAgree asks that both sides hold the same n items.
func (w *world) mustAgree(n int) {
	w.t.Helper()
	phone, peer := w.prints()
	if strings.Join(phone, "\n") != strings.Join(peer, "\n") {
		w.t.Errorf("the sides differ:\nphone\n%s\npeer\n%s", strings.Join(phone, "\n"), strings.Join(peer, "\n"))
	}
	if len(phone) != n {
		w.t.Errorf("%d items, wanted %d:\n%s", len(phone), n, strings.Join(phone, "\n"))
	}
}

// session is one conversation, for tests that play its steps themselves.
type session struct {
	w  *world
	ph syncml.Phone
}

func (w *world) session() session {
	w.t.Helper()
	ph, err := w.phones.TakeOver(context.Background(), w.owner, w.phone.client)
	if err != nil {
		w.t.Fatal(err)
	}
	return session{w, ph}
}

func (s session) ok(err error) {
	s.w.t.Helper()
	if err != nil {
		s.w.t.Fatal(err)
	}
}

func (s session) put(slow bool, rows ...syncml.Incoming) {
	s.w.t.Helper()
	s.ok(s.w.phones.Put(context.Background(), s.ph, simDB, slow, rows))
}

func (s session) start(mode int) {
	s.w.t.Helper()
	s.ok(s.w.phones.Start(context.Background(), s.ph, simDB, mode, time.Minute))
}

func (s session) outbox() []syncml.Outgoing {
	s.w.t.Helper()
	out, err := s.w.phones.Outbox(context.Background(), s.ph, simDB, 0, 100)
	s.ok(err)
	return out
}

func (s session) settle(answers ...syncml.Answer) {
	s.w.t.Helper()
	s.ok(s.w.phones.Settle(context.Background(), s.ph, simDB, answers))
}

func (s session) finish(complete bool) {
	s.w.t.Helper()
	s.ok(s.w.phones.Finish(context.Background(), s.ph, simDB, complete))
}

func (s session) needSlow() bool {
	s.w.t.Helper()
	st, err := s.w.phones.Standing(context.Background(), s.ph, simDB)
	s.ok(err)
	return st.NeedSlow
}

func add(luid string, b dataclass.Body) syncml.Incoming {
	return syncml.Incoming{LUID: luid, Verb: sources.Add, Body: b}
}

func replace(luid string, b dataclass.Body) syncml.Incoming {
	return syncml.Incoming{LUID: luid, Verb: sources.Replace, Body: b}
}

func remove(luid string) syncml.Incoming {
	return syncml.Incoming{LUID: luid, Verb: sources.Delete}
}

func (w *world) peerNames() string {
	w.t.Helper()
	_, peer := w.prints()
	var names []string
	for _, p := range peer {
		names = append(names, strings.Fields(p)[0])
	}
	return strings.Join(names, " ")
}

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

// sentOnly plays a session in which a phone was sent Ann and never answered.
func sentOnly(w *world) (session, syncml.Outgoing) {
	w.t.Helper()
	mustPut(w, card("Ann"))
	s := w.session()
	s.start(engine.Slow)
	o := s.outbox()[0]
	s.settle(syncml.Answer{Op: o.Op, Kind: syncml.Sent})
	return s, o
}

func TestRule_2_4_AnUnmappedAddAsksForASlowSync(t *testing.T) {
	w := newWorld(t)
	s, o := sentOnly(w)
	s.settle(syncml.Answer{Op: o.Op, Kind: syncml.Acknowledged})
	s.finish(true)
	s = w.session()
	if !s.needSlow() {
		t.Fatal("a two-way sync is allowed although the phone did not name an item")
	}
	s.put(true, replace("41", card("Ann")))
	s.start(engine.Slow)
	s.finish(true)
	if out := s.outbox(); len(out) != 0 {
		t.Errorf("the item is sent again: %+v", out)
	}
	if got := w.peerNames(); got != "Ann" {
		t.Errorf("the peer holds %q", got)
	}
	if w.session().needSlow() {
		t.Error("the next sync is to be slow again")
	}
}

func TestRule_2_4_AnAddThatNeverArrivedIsSentAgainUnderANewName(t *testing.T) {
	w := newWorld(t)
	s, o := sentOnly(w)
	s.finish(false)
	s = w.session()
	s.start(engine.Slow)
	out := s.outbox()
	if len(out) != 1 || out[0].GUID == o.GUID {
		t.Errorf("the outbox holds %+v, after %+v", out, o)
	}
}

func TestRule_2_4_AMapAloneProvesTheAdd(t *testing.T) {
	w := newWorld(t)
	s, o := sentOnly(w)
	s.settle(syncml.Answer{Op: o.Op, Kind: syncml.Mapped, LUID: "41"})
	s.finish(true)
	if got := w.lastLog().Sides[engine.Source].AddsOut; got != 1 {
		t.Errorf("%d adds out, wanted 1", got)
	}
	s = w.session()
	if s.needSlow() {
		t.Error("the next sync is to be slow")
	}
	s.put(false, remove("41"))
	s.start(engine.TwoWay)
	if got := w.peerNames(); got != "" {
		t.Errorf("the Map made no link: the peer holds %q", got)
	}
}

func TestRule_2_4_APhoneThatCachesMapsIsRepeatedTo(t *testing.T) {
	w := newWorld(t)
	s, o := sentOnly(w)
	s.finish(false)
	s = w.session()
	s.settle(syncml.Answer{Op: o.Op, Kind: syncml.Mapped, LUID: "41"}) // a Map of the session before
	s.put(true, replace("41", card("Ann")))
	s.start(engine.Slow)
	s.finish(true)
	mustPut(w, card("Ben"))
	s = w.session()
	s.start(engine.TwoWay)
	ben := s.outbox()[0]
	s.settle(syncml.Answer{Op: ben.Op, Kind: syncml.Sent})
	s.finish(false)
	s = w.session()
	if s.needSlow() {
		t.Error("a phone that is known to cache Maps is asked for a slow sync")
	}
	s.start(engine.TwoWay)
	out := s.outbox()
	if len(out) != 1 || out[0].GUID != ben.GUID {
		t.Errorf("the outbox holds %+v, wanted %s again", out, ben.GUID)
	}
}

func TestRule_2_4_ASecondMapIsASecondCopy(t *testing.T) {
	w := newWorld(t)
	s, o := sentOnly(w)
	s.settle(syncml.Answer{Op: o.Op, Kind: syncml.Mapped, LUID: "41"})
	s.settle(syncml.Answer{Op: o.Op, Kind: syncml.Mapped, LUID: "41"}) // P6: a resend is nothing
	s.finish(true)
	s = w.session()
	s.settle(syncml.Answer{Op: o.Op, Kind: syncml.Mapped, LUID: "42"})
	s.start(engine.TwoWay)
	out := s.outbox()
	if len(out) != 1 || out[0].Verb != sources.Delete || out[0].LUID != "42" {
		t.Errorf("the outbox holds %+v, wanted a Delete of 42", out)
	}
}

func TestRule_2_4_AnUnknownLUIDIsFirstMatchedToAnUnmappedAdd(t *testing.T) {
	w := newWorld(t)
	s, o := sentOnly(w)
	s.settle(syncml.Answer{Op: o.Op, Kind: syncml.Acknowledged})
	s.put(false, replace("41", card("Ann")))
	s.finish(true)
	s = w.session()
	s.start(engine.TwoWay)
	s.finish(true)
	if got := w.peerNames(); got != "Ann" {
		t.Errorf("the peer holds %q", got)
	}
}

func TestRule_2_4_ADeletedItemIsDeletedWhenThePhoneNamesIt(t *testing.T) {
	w := newWorld(t)
	s, o := sentOnly(w)
	s.finish(false)
	if err := w.peer.Delete(dataclass.Contacts, peerID(w, "Ann")); err != nil {
		t.Fatal(err)
	}
	s = w.session()
	s.settle(syncml.Answer{Op: o.Op, Kind: syncml.Mapped, LUID: "41"})
	s.start(engine.TwoWay)
	out := s.outbox()
	if len(out) != 1 || out[0].Verb != sources.Delete || out[0].LUID != "41" {
		t.Errorf("the outbox holds %+v, wanted a Delete of 41", out)
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

func TestRule_3_1_OurOwnWritesAreNoChanges(t *testing.T) {
	w := newWorld(t)
	firstContact(w)
	w.mustSync()
	w.mustAgree(11)
	for range 2 { // P5: quiescence
		w.calls = nil
		w.mustSync()
		got := w.lastLog()
		if got.Sides != [2]SideCounts{} || got.Duplicates != 0 || got.Conflicts != 0 {
			t.Errorf("a sync of nothing did %+v", got)
		}
		for _, c := range w.calls {
			if c == "apply" {
				t.Error("a sync of nothing wrote the peer")
			}
		}
	}
}

func TestRule_3_2_AnItemThatChangesUnderTheWrite(t *testing.T) {
	tests := []struct {
		name  string
		phone func(p *simPhone)
		peer  func(w *world) error
		want  string
	}{
		{"edit against edit", func(p *simPhone) { p.edit("1", card("Ann", "NOTE:phone")) },
			func(w *world) error {
				return w.peer.Edit(dataclass.Contacts, peerID(w, "Ann"), card("Ann", "TITLE:peer"))
			}, "NOTE:phone TITLE:peer"},
		{"edit against delete", func(p *simPhone) { p.edit("1", card("Ann", "NOTE:phone")) },
			func(w *world) error { return w.peer.Delete(dataclass.Contacts, peerID(w, "Ann")) }, "NOTE:phone"},
		{"delete against edit", func(p *simPhone) { p.remove("1") },
			func(w *world) error {
				return w.peer.Edit(dataclass.Contacts, peerID(w, "Ann"), card("Ann", "TITLE:peer"))
			}, "TITLE:peer"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.phone.add(card("Ann"))
			w.mustSync()
			tt.phone(w.phone)
			done := false
			w.onCall = func(call string) {
				if call == "apply" && !done {
					done = true
					if err := tt.peer(w); err != nil {
						t.Error(err)
					}
				}
			}
			w.mustSync()
			w.mustSync()
			w.mustAgree(1)
			items, err := w.peer.List(dataclass.Contacts)
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range items {
				for _, line := range strings.Fields(tt.want) {
					if !strings.Contains(string(b.Data), line) {
						t.Errorf("%s is lost:\n%s", line, b.Data)
					}
				}
			}
		})
	}
}

func TestRule_4_WhatIsRefusedStaysOwed(t *testing.T) {
	for _, class := range []error{sources.ErrQuota, sources.ErrTooBig, sources.ErrUnsupported} {
		w := newWorld(t)
		mustPut(w, card("Ann"))
		s := w.session()
		s.start(engine.Slow)
		o := s.outbox()[0]
		s.settle(syncml.Answer{Op: o.Op, Kind: syncml.Sent}, syncml.Answer{Op: o.Op, Kind: syncml.Refused, Err: class})
		s.finish(true)
		s = w.session()
		if s.needSlow() {
			t.Errorf("%v: a refused Add asks for a slow sync", class)
		}
		s.start(engine.TwoWay)
		if out := s.outbox(); len(out) != 1 {
			t.Errorf("%v: the item is not offered again: %+v", class, out)
		}
	}
}

func TestRule_4_AReplaceOfWhatIsGoneComesAsAnAdd(t *testing.T) {
	w := newWorld(t)
	w.phone.add(card("Ann"))
	w.mustSync()
	if err := w.peer.Edit(dataclass.Contacts, peerID(w, "Ann"), card("Ann", "NOTE:new")); err != nil {
		t.Fatal(err)
	}
	delete(w.phone.items, "1") // without telling
	w.mustSync()
	w.mustSync()
	w.mustAgree(1)
}

func TestRule_9_Counting(t *testing.T) {
	w := newWorld(t)
	firstContact(w)
	w.mustSync()
	got := w.lastLog()
	want := LogEntry{Mode: 201, State: "done", Kinds: [2]string{"syncml", "datastore"}, Duplicates: 1, Removed: 1,
		Sides: [2]SideCounts{{ReplacesIn: 6, AddsOut: 5}, {AddsIn: 6, AddsOut: 5}}}
	check := func() {
		t.Helper()
		want.ID, want.Owner, want.Binding, want.Class = got.ID, got.Owner, got.Binding, got.Class
		want.Started, want.Finished = got.Started, got.Finished
		if got != want {
			t.Errorf("log\n%+v, wanted\n%+v", got, want)
		}
	}
	check()
	w.phone.edit(w.phone.find("Phone0"), card("Phone0", "NOTE:x"))
	w.phone.add(card("New"))
	w.phone.remove(w.phone.find("Phone1"))
	if err := w.peer.Delete(dataclass.Contacts, peerID(w, "Peer1")); err != nil {
		t.Fatal(err)
	}
	if err := w.peer.Edit(dataclass.Contacts, peerID(w, "Peer0"), card("Peer0", "NOTE:y")); err != nil {
		t.Fatal(err)
	}
	mustPut(w, card("Newer"))
	w.mustSync()
	got = w.lastLog()
	want = LogEntry{Mode: 200, State: "done", Kinds: want.Kinds, Sides: [2]SideCounts{
		{AddsIn: 1, ReplacesIn: 1, DeletesIn: 1, AddsOut: 1, ReplacesOut: 1, DeletesOut: 1},
		{AddsIn: 1, ReplacesIn: 1, DeletesIn: 1, AddsOut: 1, ReplacesOut: 1, DeletesOut: 1}}}
	check()
}

func TestRule_6_ConflictsAreDecidedAndTheLoserIsKept(t *testing.T) {
	for _, winner := range []string{WinnerSource, WinnerTarget} {
		t.Run(winner+" wins", func(t *testing.T) {
			w := newWorld(t)
			ctx := context.Background()
			if _, err := w.store.SetWinner(ctx, w.owner, 1, winner); err != nil {
				t.Fatal(err)
			}
			w.phone.add(card("Ann", "NOTE:old"))
			w.mustSync()
			w.phone.edit("1", card("Ann", "NOTE:phone", "TITLE:T"))
			if err := w.peer.Edit(dataclass.Contacts, peerID(w, "Ann"), card("Ann", "NOTE:peer", "ROLE:R")); err != nil {
				t.Fatal(err)
			}
			w.mustSync()
			w.mustAgree(1)
			if got := w.lastLog().Conflicts; got != 1 {
				t.Errorf("%d conflicts", got)
			}
			kept, lost := "NOTE:phone", "NOTE:peer"
			if winner == WinnerTarget {
				kept, lost = lost, kept
			}
			b := string(w.phone.items["1"].Data)
			for _, line := range []string{kept, "TITLE:T", "ROLE:R"} {
				if !strings.Contains(b, line) {
					t.Errorf("%s is not in the merged card:\n%s", line, b)
				}
			}
			if !w.inHistory(lost) {
				t.Errorf("%s is not in the history", lost)
			}
		})
	}
}

func TestHistoryKeepsWhatIsDeleted(t *testing.T) {
	w := newWorld(t)
	w.phone.add(card("Ann", "NOTE:dear"))
	w.mustSync()
	w.phone.remove("1")
	w.mustSync()
	w.mustAgree(0)
	if !w.inHistory("NOTE:dear") {
		t.Error("the deleted card is not in the history")
	}
}

// TestP14_IsolationOfOwners lets two owners have phones and items of the same names.
func TestP14_IsolationOfOwners(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	other, err := w.store.CreateAccount(ctx, NewAccount{Name: "olaf", Password: "battery staple"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.phones.TakeOver(ctx, other.ID, w.phone.client); err == nil {
		t.Error("another owner takes over the phone")
	}
	foreign := syncml.Phone{Owner: other.ID, Client: w.phone.client, Fence: 1}
	for name, err := range map[string]error{
		"put":    w.phones.Put(ctx, foreign, simDB, false, []syncml.Incoming{add("1", card("X"))}),
		"start":  w.phones.Start(ctx, foreign, simDB, 200, time.Second),
		"finish": w.phones.Finish(ctx, foreign, simDB, true),
	} {
		if err == nil {
			t.Errorf("%s as another owner goes through", name)
		}
	}
	w.phone.add(card("Ann"))
	w.mustSync()
	if list, err := w.store.Log(ctx, other.ID, 0, 10); err != nil || len(list) != 0 {
		t.Errorf("another owner reads the log: %v, %v", list, err)
	}
}

// poorPhone keeps vCard 2.1 without photos and with at most three numbers.
func poorPhone(t *testing.T) func(dataclass.Body) dataclass.Body {
	return func(b dataclass.Body) dataclass.Body {
		it, err := dataclass.Decode(dataclass.Contacts, b)
		if err != nil {
			t.Fatal(err)
		}
		if it, err = it.Project(dataclass.VCard21); err != nil {
			t.Fatal(err)
		}
		var out []string
		tels, photo := 0, false
		for _, line := range strings.Split(string(it.Body().Data), "\r\n") {
			switch {
			case strings.HasPrefix(line, "PHOTO"):
				photo = true
				continue
			case photo && (line == "" || strings.HasPrefix(line, " ")):
				continue
			case strings.HasPrefix(line, "TEL"):
				if tels++; tels > 3 {
					continue
				}
			}
			photo = false
			out = append(out, line)
		}
		return dataclass.Body{Type: it.Body().Type, Data: []byte(strings.Join(out, "\r\n"))}
	}
}

func TestRule_5_3_APhoneThatCannotKeepAPhotoDeletesNone(t *testing.T) {
	w := newWorld(t)
	w.phone.store = poorPhone(t)
	full := card("Ann", "TEL;TYPE=CELL:+15550001", "TEL;TYPE=HOME:+15550002", "TEL;TYPE=WORK:+15550003",
		"TEL;TYPE=FAX:+15550004", "PHOTO;ENCODING=b;TYPE=JPEG:AAECAwQFBgcICQ==", "X-UNKNOWN:kept")
	mustPut(w, full)
	w.mustSync()
	luid := w.phone.find("Ann")
	poor := string(w.phone.items[luid].Data)
	if strings.Contains(poor, "PHOTO") || strings.Count(poor, "TEL") != 3 || !strings.Contains(poor, "VERSION:2.1") {
		t.Fatalf("the phone is not poor:\n%s", poor)
	}
	edited := strings.Replace(poor, "5550001", "5559999", 1)
	edited = strings.Replace(edited, "END:VCARD", "NOTE:from the phone\r\nEND:VCARD", 1)
	w.phone.edit(luid, dataclass.Body{Type: "text/x-vcard", Data: []byte(edited)})
	w.mustSync()
	got, err := w.peer.Get(dataclass.Contacts, peerID(w, "Ann"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"+15559999", "+15550002", "+15550003", "+15550004", "AAECAwQFBgcICQ", "from the phone", "X-UNKNOWN"} {
		if !strings.Contains(string(got.Data), want) {
			t.Errorf("%s is lost:\n%s", want, got.Data)
		}
	}
	if strings.Contains(string(got.Data), "+15550001") {
		t.Errorf("the changed number stands beside the old one:\n%s", got.Data)
	}
	if out := w.lastLog().Sides[engine.Source]; out.ReplacesOut != 0 {
		t.Errorf("the phone was sent what it cannot keep: %+v", out)
	}
	// A number that the phone itself had is deleted when it comes back without.
	again := strings.Replace(edited, "TEL;WORK:+15550003\r\n", "", 1)
	if again == edited {
		t.Fatalf("no such number:\n%s", edited)
	}
	w.phone.edit(luid, dataclass.Body{Type: "text/x-vcard", Data: []byte(again)})
	w.mustSync()
	if got, err = w.peer.Get(dataclass.Contacts, peerID(w, "Ann")); err != nil || strings.Contains(string(got.Data), "+15550003") {
		t.Errorf("a number that the phone had sent and deleted is still there (%v):\n%s", err, got.Data)
	}
	if !strings.Contains(string(got.Data), "+15550004") || !strings.Contains(string(got.Data), "PHOTO") {
		t.Errorf("what the phone never had is gone with it:\n%s", got.Data)
	}
}

// TestPendingEditAgainstPhoneEdit lets a phone edit an item before it was told the peer's edit of the
// same property: the binding's winner decides also then.
func TestRule_6_2_AnEditThatThePhoneWasNotToldYet(t *testing.T) {
	for _, winner := range []string{WinnerSource, WinnerTarget} {
		w := newWorld(t)
		if _, err := w.store.SetWinner(context.Background(), w.owner, 1, winner); err != nil {
			t.Fatal(err)
		}
		w.phone.add(card("Ann", "NOTE:old"))
		w.mustSync()
		if err := w.peer.Edit(dataclass.Contacts, peerID(w, "Ann"), card("Ann", "NOTE:peer")); err != nil {
			t.Fatal(err)
		}
		s := w.session()
		s.start(engine.TwoWay)
		s.finish(false) // the phone died before it was sent anything
		w.phone.edit("1", card("Ann", "NOTE:phone"))
		w.mustSync()
		w.mustAgree(1)
		kept, lost := "NOTE:phone", "NOTE:peer"
		if winner == WinnerTarget {
			kept, lost = lost, kept
		}
		if got := string(w.phone.items["1"].Data); !strings.Contains(got, kept) {
			t.Errorf("%s wins, and the card holds:\n%s", winner, got)
		}
		if got := w.lastLog().Conflicts; got != 1 || !w.inHistory(lost) {
			t.Errorf("%s wins: %d conflicts, loser in the history: %v", winner, got, w.inHistory(lost))
		}
	}
}
