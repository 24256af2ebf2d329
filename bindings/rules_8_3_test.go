package bindings

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/faulty"
)

// phoneCrowd is a phone and a peer that hold n people in step.
func phoneCrowd(t testing.TB, n int) *world {
	t.Helper()
	w := newWorld(t)
	for i := range n {
		w.phone.add(card(one(i)))
	}
	w.mustSyncPhone(false)
	if _, peer := w.prints(); len(peer) != n {
		t.Fatalf("the peer holds %d", len(peer))
	}
	return w
}

func (w *world) mustSyncPhone(slow bool) LogEntry {
	w.t.Helper()
	if err := w.syncPhone(slow); err != nil {
		w.t.Fatal(err)
	}
	return w.lastLog()
}

func (w *world) dropFromPhone(from, to int) {
	w.t.Helper()
	for i := from; i < to; i++ {
		luid := w.phone.find(one(i))
		if luid == "" {
			w.t.Fatalf("the phone has no %s", one(i))
		}
		w.phone.remove(luid)
	}
}

// peerID finds an item of the peer by name, "" if there is none.
func (w *world) peerID(name string) sources.ID {
	w.t.Helper()
	items, err := w.peer.List(dataclass.Contacts)
	if err != nil {
		w.t.Fatal(err)
	}
	for id, b := range items {
		if nameOf(b) == name {
			return id
		}
	}
	return ""
}

func (w *world) mustCount(phone, peer int) {
	w.t.Helper()
	a, b := w.prints()
	if len(a) != phone || len(b) != peer {
		w.t.Fatalf("the phone holds %d and the peer %d, wanted %d and %d", len(a), len(b), phone, peer)
	}
}

// A phone that lost most of its address book ends its session well and goes on syncing; the peer keeps all,
// and nothing of it is sent to the phone before somebody has decided, in no mode.
func TestRule_8_3_APhonesDeletionsAreHeld(t *testing.T) {
	w := phoneCrowd(t, 40)
	w.dropFromPhone(0, 30)
	w.phone.edit(w.phone.find(one(35)), card(one(35), "NOTE:meanwhile"))
	w.phone.add(card("New"))
	e := w.mustSyncPhone(false)
	w.mustCount(11, 41)
	if e.State != engine.StateDone || e.Held != 30 || e.Plan == "" || e.Sides[1].ReplacesOut != 1 || e.Sides[1].AddsOut != 1 {
		t.Errorf("entry %+v", e)
	}
	for _, slow := range []bool{false, true, false} {
		again := w.mustSyncPhone(slow)
		w.mustCount(11, 41)
		if again.Held != 0 || again.Sides[0].AddsOut+again.Sides[1].DeletesOut != 0 {
			t.Errorf("slow %t: %+v", slow, again)
		}
	}
}

func TestRule_8_3_ApprovalAndRejection(t *testing.T) {
	for _, approve := range []bool{true, false} {
		t.Run(strconv.FormatBool(approve), func(t *testing.T) {
			w := phoneCrowd(t, 40)
			w.dropFromPhone(0, 30)
			e := w.mustSyncPhone(false)
			decide := w.store.Reject
			if approve {
				decide = w.store.Approve
			}
			if err := decide(t.Context(), w.owner, e.Plan, ""); err != nil {
				t.Fatal(err)
			}
			w.mustSyncPhone(false)
			if approve {
				w.mustCount(10, 10)
			} else {
				w.mustCount(40, 40)
			}
			if again := w.mustSyncPhone(false); again.Sides != [2]SideCounts{} {
				t.Errorf("a sync of nothing did %+v", again)
			}
			if list, err := w.store.Plans(t.Context(), w.owner, 0); err != nil || len(list) != 0 {
				t.Errorf("plans %+v, %v", list, err)
			}
		})
	}
}

// What happens to a single item ends its hold: an edit of the peer sends it, a deletion of the peer is the end,
// an item of the phone that matches is the item. The others stay held, and approval covers those alone.
func TestRule_8_3_SingleItemsLeaveTheHold(t *testing.T) {
	w := phoneCrowd(t, 40)
	w.dropFromPhone(0, 30)
	e := w.mustSyncPhone(false)
	if err := w.peer.Edit(dataclass.Contacts, w.peerID(one(0)), card(one(0), "NOTE:still needed")); err != nil {
		t.Fatal(err)
	}
	if err := w.peer.Delete(dataclass.Contacts, w.peerID(one(1))); err != nil {
		t.Fatal(err)
	}
	w.phone.add(card(one(2)))
	w.mustSyncPhone(false)
	w.mustCount(12, 39)
	if w.phone.find(one(0)) == "" || w.phone.find(one(2)) == "" || w.peerID(one(1)) != "" {
		t.Error("the edited item, or the one that came again, is not there, or the deleted one is")
	}
	if err := w.store.Approve(t.Context(), w.owner, e.Plan, ""); err != nil {
		t.Fatal(err)
	}
	w.mustSyncPhone(false)
	w.mustCount(12, 12)
	for i := range 3 {
		if want := i != 1; (w.peerID(one(i)) != "") != want {
			t.Errorf("%s on the peer: %t", one(i), !want)
		}
	}
}

// A deletion on the peer's side is held from the phone in the same way.
func TestRule_8_3_ThePeersDeletionsAreHeld(t *testing.T) {
	w := phoneCrowd(t, 40)
	for i := range 30 {
		if err := w.peer.Delete(dataclass.Contacts, w.peerID(one(i))); err != nil {
			t.Fatal(err)
		}
	}
	e := w.mustSyncPhone(false)
	w.mustCount(40, 10)
	if e.Held != 30 {
		t.Errorf("entry %+v", e)
	}
	w.mustSyncPhone(true)
	w.mustCount(40, 10)
	if err := w.store.Approve(t.Context(), w.owner, e.Plan, ""); err != nil {
		t.Fatal(err)
	}
	w.mustSyncPhone(false)
	w.mustCount(10, 10)
}

func TestRule_8_3_MassReplacesAreHeld(t *testing.T) {
	for _, approve := range []bool{true, false} {
		t.Run(strconv.FormatBool(approve), func(t *testing.T) {
			w := phoneCrowd(t, 20)
			_, good := w.prints()
			for luid, b := range w.phone.items {
				w.phone.edit(luid, card(nameOf(b), "NOTE:broken"))
			}
			bad, _ := w.prints()
			e := w.mustSyncPhone(false)
			if _, peer := w.prints(); !slices.Equal(peer, good) || e.Held != 20 || e.State != engine.StateDone {
				t.Fatalf("entry %+v, peer %v", e, peer)
			}
			w.mustSyncPhone(false)
			w.mustSyncPhone(true)
			if _, peer := w.prints(); !slices.Equal(peer, good) {
				t.Fatalf("peer %v", peer)
			}
			decide, want := w.store.Reject, good
			if approve {
				decide, want = w.store.Approve, bad
			}
			if err := decide(t.Context(), w.owner, e.Plan, ""); err != nil {
				t.Fatal(err)
			}
			w.mustSyncPhone(false)
			w.mustSyncPhone(false)
			if phone, peer := w.prints(); !slices.Equal(phone, want) || !slices.Equal(peer, want) {
				t.Errorf("phone %v\npeer %v", phone, peer)
			}
		})
	}
}

// A run that breaks off while it marks what is held leaves nothing that a second run would let through for
// being few.
func TestRule_8_3_ABrokenRunHoldsAll(t *testing.T) {
	for at := 1; ; at += 3 {
		w := phoneCrowd(t, 40)
		w.phones.syncs.engine.BatchSize = 7
		w.dropFromPhone(0, 30)
		w.points = faulty.CrashAt(at)
		w.boot()
		w.phones.syncs.engine.BatchSize = 7
		err := w.syncPhone(false)
		w.points = nil
		w.boot()
		w.mustSyncPhone(false)
		w.mustSyncPhone(false)
		w.mustCount(10, 40)
		if err == nil {
			return
		}
		if at > 400 {
			t.Fatal("no end")
		}
	}
}

// TestRule_8_3_AnApprovalCoversWhatWasSeen: somebody looks at a plan of 15 deletions; the phone deletes 20 more, which
// join it. His old page must not let the 20 through.
func TestRule_8_3_AnApprovalCoversWhatWasSeen(t *testing.T) {
	w := phoneCrowd(t, 60)
	w.dropFromPhone(0, 15)
	id := w.mustSyncPhone(false).Plan
	seen, err := w.store.Plan(t.Context(), w.owner, id)
	if err != nil || len(seen.Held) != 15 {
		t.Fatalf("%d held, %v", len(seen.Held), err)
	}
	w.dropFromPhone(15, 35)
	if again := w.mustSyncPhone(false); again.Plan != "" && again.Plan != id {
		t.Fatalf("another plan %q", again.Plan)
	}
	for _, decide := range []func(context.Context, string, string, string) error{w.store.Approve, w.store.Reject} {
		if err := decide(t.Context(), w.owner, id, seen.Mark); !errors.Is(err, ErrChanged) {
			t.Errorf("got %v", err)
		}
	}
	w.mustSyncPhone(false)
	w.mustCount(25, 60)
	now, err := w.store.Plan(t.Context(), w.owner, id)
	if err != nil || len(now.Held) != 35 || now.State != "open" || now.Mark == seen.Mark {
		t.Fatalf("%d held, %s, %v", len(now.Held), now.State, err)
	}
	if err := w.store.Approve(t.Context(), w.owner, id, now.Mark); err != nil {
		t.Fatal(err)
	}
	w.mustSyncPhone(false)
	w.mustCount(25, 25)
}
