package bindings

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources/faulty"
	"github.com/bindery-sync/bindery/sources/memory"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// again starts the program anew in the middle of a session.
func (s session) again() { s.w.boot() }

func TestRule_1_1_EveryStepIsTakenUpFromTheJournal(t *testing.T) {
	w := newWorld(t)
	mustPut(w, card("Ann"))
	s := w.session()
	s.again()
	s.put(true, replace("1", card("Ben")))
	s.again()
	s.start(engine.Slow)
	s.again()
	s.start(engine.Slow) // the phone asks again
	o := s.outbox()[0]
	s.again()
	s.settle(syncml.Answer{Op: o.Op, Kind: syncml.Sent})
	s.again()
	s.settle(syncml.Answer{Op: o.Op, Kind: syncml.Mapped, LUID: "2"})
	s.again()
	s.finish(true)
	want := [2]SideCounts{{ReplacesIn: 1, AddsOut: 1}, {AddsIn: 1, AddsOut: 1}}
	if got := w.lastLog(); got.ID != 1 || got.State != engine.StateDone || got.Sides != want {
		t.Errorf("log %+v", got)
	}
	if got := w.peerNames(); got != "Ann Ben" {
		t.Errorf("the peer holds %q", got)
	}
}

func TestRule_1_4_TwoPhonesMeetInConditionalWrites(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	w.phone.add(card("Ann"))
	w.mustSync()
	one, two := w.phone, newSimPhone()
	var err error
	if two.client, err = w.phones.Register(ctx, w.owner, "SIM-2"); err != nil {
		t.Fatal(err)
	}
	w.phone = two
	w.mustSync()
	one.edit("1", card("Ann", "NOTE:one"))
	two.edit(two.find("Ann"), card("Ann", "TITLE:two"))
	// The second phone's whole session happens while the first one's write is on its way.
	inner := false
	w.onCall = func(call string) {
		if call == "apply" && !inner {
			inner = true
			w.phone = two
			w.mustSync()
		}
	}
	w.phone = one
	other := one
	s := w.session()
	s.put(false, replace("1", other.items["1"]))
	s.start(engine.TwoWay)
	s.finish(true)
	if !inner {
		t.Fatal("the sessions did not meet")
	}
	clear(one.dirty)
	for range 2 {
		for _, p := range []*simPhone{one, two} {
			w.phone = p
			w.mustSync()
		}
	}
	w.mustAgree(1)
	got := string(one.items["1"].Data)
	if !strings.Contains(got, "NOTE:one") || !strings.Contains(got, "TITLE:two") {
		t.Errorf("an edit is lost:\n%s", got)
	}
}

// TestRule_1_5_NoSourceIsCalledInsideATransaction: the worlds of these tests watch every call of a source.
// Here the calls that come with a transaction of the caller are made in one, and call no source at all.
func TestRule_1_5_NoSourceIsCalledInsideATransaction(t *testing.T) {
	w := newWorld(t)
	mustPut(w, card("Ann"))
	s := w.session()
	s.start(engine.Slow)
	if len(w.calls) == 0 {
		t.Fatal("no call was seen")
	}
	o := s.outbox()[0]
	w.calls = nil
	s.settle(syncml.Answer{Op: o.Op, Kind: syncml.Sent}, syncml.Answer{Op: o.Op, Kind: syncml.Mapped, LUID: "1"})
	s.put(false, add("2", card("Ben")))
	s.finish(true)
	if len(w.calls) != 0 {
		t.Errorf("sources were called: %v", w.calls)
	}
}

func TestRule_3_1_AChangeAfterTheLookShowsInTheNext(t *testing.T) {
	for _, at := range []string{"changes", "read", "apply", "commit"} {
		t.Run(at, func(t *testing.T) {
			p := newPair(t, pairOptions{})
			p.put(0, card("Ann"))
			p.put(1, card("Ben"))
			p.mustSync()
			p.edit(0, "Ann", "NOTE:before")
			p.remove(1, "Ben")
			done := false
			p.onCall = func(side int, call string) {
				if call == at && !done {
					done = true
					p.put(0, card("Cid"))
					p.put(1, card("Dan"))
					p.edit(1, "Ann", "TITLE:meanwhile")
				}
			}
			p.mustSync()
			p.onCall = nil
			if !done && at != "read" {
				t.Fatalf("no call of %s", at)
			}
			p.mustSync()
			if done {
				p.mustHold("Ann Cid Dan")
			}
			if got := fmt.Sprint(p.items(0)); done && !strings.Contains(string(p.items(0)[p.id(0, "Ann")].Data), "TITLE:meanwhile") {
				t.Errorf("the edit is lost: %s", got)
			}
			if got := p.mustSync(); got.Sides != [2]SideCounts{} {
				t.Errorf("a sync of nothing did %+v", got.Sides)
			}
		})
	}
}

func TestRule_3_2_AnItemThatNeverRestsStaysOwed(t *testing.T) {
	p := newPair(t, pairOptions{})
	p.put(0, card("Ann"))
	p.put(0, card("Ben"))
	p.mustSync()
	p.edit(0, "Ann", "NOTE:wanted")
	p.edit(0, "Ben", "NOTE:wanted")
	applies := 0
	p.onCall = func(side int, call string) {
		if side == 1 && call == "apply" {
			applies++
			p.edit(1, "Ann", fmt.Sprintf("TITLE:%d", applies))
		}
	}
	p.mustSync()
	if applies < 2 || applies > 10 {
		t.Errorf("%d attempts", applies)
	}
	ref := engine.Lease{Ref: p.ref()}
	mem, err := p.store.Journal().Load(t.Context(), ref)
	p.ok(err)
	owed := 0
	for _, l := range mem.Links {
		if l.Owed != [2]engine.Reason{} {
			owed++
		}
	}
	if owed != 1 {
		t.Errorf("%d links are owed something, wanted Ann's", owed)
	}
	p.onCall = nil
	p.mustSync()
	p.mustHold("Ann Ben")
	if got := string(p.items(1)[p.id(1, "Ann")].Data); !strings.Contains(got, "NOTE:wanted") || !strings.Contains(got, fmt.Sprintf("TITLE:%d", applies)) {
		t.Errorf("an edit is lost:\n%s", got)
	}
}

// wasCrashedAt names the point of the last crash.
func (p *pair) wasCrashedAt() string {
	if p == nil {
		return ""
	}
	return p.points.Where()
}

func TestRule_3_3_AnAddOfUnknownOutcomeIsRepeatedUnderItsKey(t *testing.T) {
	var p *pair
	for n := 1; p.wasCrashedAt() != "after apply"; n++ {
		p = newPair(t, pairOptions{})
		p.put(0, card("Ann"))
		p.put(0, card("Ann")) // her namesake
		p.points = faulty.CrashAt(n)
		p.boot()
		if _, err := p.sync(); err == nil {
			t.Fatal("no crash after the Add")
		}
	}
	p.afterCrash()
	p.mustSync()
	p.mustHold("Ann Ann")
	keys := map[string]int{}
	for _, line := range p.trace {
		if key, ok := strings.CutPrefix(line, "right add "); ok {
			keys[strings.Fields(key)[0]]++
		}
	}
	if len(keys) != 2 {
		t.Errorf("keys %v, wanted each of two repeated", keys)
	}
	for key, n := range keys {
		if n < 2 {
			t.Errorf("the Add with key %s was not repeated", key)
		}
	}
}

// TestRule_3_4_ALostCursorProvesNothing: without a trustworthy memory absence deletes nothing, and what is
// known of ids makes no copies.
func TestRule_3_4_ALostCursorProvesNothing(t *testing.T) {
	p := newPair(t, pairOptions{})
	for _, name := range []string{"A", "B", "C", "D"} {
		p.put(0, card(name))
	}
	p.mustSync()
	p.edit(0, "A", "NOTE:left")
	p.edit(1, "B", "NOTE:right")
	p.remove(0, "C") // nobody can tell any more
	p.remove(1, "D") // this side remembers
	p.sides[0].Forget()
	got := p.mustSync()
	if got.Restored != 1 || got.Mode != engine.Slow {
		t.Errorf("log %+v", got)
	}
	p.mustHold("A B C")
	if got := p.mustSync(); got.Sides != [2]SideCounts{} || got.Mode != engine.TwoWay {
		t.Errorf("the next sync: %+v", got)
	}
}

func TestRule_4_OneRefusedItemStopsNothing(t *testing.T) {
	p := newPair(t, pairOptions{memory: [2]memory.Options{{}, {MaxItemSize: 200}}})
	p.put(0, card("Small"))
	p.put(0, card("Big", "NOTE:"+strings.Repeat("x", 300)))
	for range 3 { // nothing is forgotten, and nothing read for ever
		p.trace = nil
		p.mustSync()
		if got := len(p.items(1)); got != 1 {
			t.Fatalf("%d items at the small side", got)
		}
	}
	if n := strings.Count(strings.Join(p.trace, "\n"), "right add"); n != 1 {
		t.Errorf("the refused item is offered %d times", n)
	}
	p.edit(0, "Big", "NOTE:short")
	p.mustSync()
	p.mustHold("Big Small")
}

func TestRule_6_3_AnEditSurvivesADelete(t *testing.T) {
	for _, winner := range []string{WinnerSource, WinnerTarget} {
		for deleter := range 2 {
			t.Run(fmt.Sprintf("%s wins, %s deletes", winner, sideNames[deleter]), func(t *testing.T) {
				p := newPair(t, pairOptions{winner: winner})
				p.put(0, card("Ann"))
				p.mustSync()
				old := p.id(deleter, "Ann")
				p.remove(deleter, "Ann")
				p.edit(1-deleter, "Ann", "NOTE:edited")
				got := p.mustSync()
				p.mustHold("Ann")
				if got.Conflicts != 1 || p.id(deleter, "Ann") == old {
					t.Errorf("%d conflicts, the item is %s after %s", got.Conflicts, p.id(deleter, "Ann"), old)
				}
				p.remove(deleter, "Ann") // a deletion of what lives again is one
				p.mustSync()
				p.mustHold("")
			})
		}
	}
}

func TestRule_9_TheModeIsTheOneThatTookEffect(t *testing.T) {
	p := newPair(t, pairOptions{})
	p.put(0, card("Ann"))
	for i, want := range []int{engine.Slow, engine.TwoWay, engine.TwoWay} {
		if got := p.mustSync().Mode; got != want {
			t.Errorf("sync %d: mode %d, wanted %d", i, got, want)
		}
	}
	p.sides[1].Forget()
	if got := p.mustSync().Mode; got != engine.Slow {
		t.Errorf("after a cursor was lost: mode %d", got)
	}
}

// TestRule_2_4_AGUIDIsUsedForNoOtherOp collects the names of all Adds of some broken sessions.
func TestRule_2_4_AGUIDIsUsedForNoOtherOp(t *testing.T) {
	w := newWorld(t)
	guids := map[string]string{}
	for i := range 6 {
		mustPut(w, card(fmt.Sprintf("P%d", i)))
		s := w.session()
		s.start(engine.Slow)
		for _, o := range s.outbox() {
			name := nameOf(o.Body)
			if was, ok := guids[o.GUID]; ok && was != name {
				t.Errorf("%s is the name of %s and of %s", o.GUID, was, name)
			}
			guids[o.GUID] = name
			if i%2 == 0 {
				s.settle(syncml.Answer{Op: o.Op, Kind: syncml.Sent})
			}
		}
		s.finish(false)
	}
	if len(guids) < 6 {
		t.Errorf("only %d names", len(guids))
	}
}
