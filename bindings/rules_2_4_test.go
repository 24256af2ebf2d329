package bindings

import (
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/syncml"
)

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

// A phone that resumes has named what it took of the session that stopped: what it did not answer for is sent
// again under its old name, what it acknowledged without naming it is not.
func TestRule_2_4_APhoneThatResumesIsRepeatedTo(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	s.start(engine.Slow)
	s.finish(true)
	mustPut(w, card("Ann"))
	mustPut(w, card("Ben"))
	s = w.session()
	s.start(engine.TwoWay)
	out := s.outbox()
	s.settle(syncml.Answer{Op: out[0].Op, Kind: syncml.Sent}, syncml.Answer{Op: out[1].Op, Kind: syncml.Sent},
		syncml.Answer{Op: out[0].Op, Kind: syncml.Acknowledged})
	s = w.session()
	st, err := w.phones.Standing(t.Context(), s.ph, simDB)
	if err != nil || !st.NeedSlow || !st.Unnamed {
		t.Fatalf("standing %+v, %v", st, err)
	}
	db := simDB
	db.Resumed = true
	s.ok(w.phones.Start(t.Context(), s.ph, db, engine.TwoWay, time.Minute))
	again := s.outbox()
	if len(again) != 1 || again[0].GUID != out[1].GUID {
		t.Errorf("the outbox holds %+v, wanted %s again", again, out[1].GUID)
	}
	s.finish(true)
	if !w.session().needSlow() {
		t.Error("the item that has no name is forgotten")
	}
}
