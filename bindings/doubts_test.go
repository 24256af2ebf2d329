package bindings

import (
	"errors"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
)

func (p *pair) doubts() []DoubtfulPair {
	p.t.Helper()
	list, err := p.store.Doubts(p.t.Context(), p.owner, p.binding)
	p.ok(err)
	return list
}

func (p *pair) decide(v engine.Verdict) {
	p.t.Helper()
	p.ok(p.store.Decide(p.t.Context(), p.owner, p.doubts()[0].ID, v, ""))
}

// doubtful is a pair with one doubtful pair of items.
func doubtful(t *testing.T, o pairOptions) *pair {
	t.Helper()
	p := newPair(t, o)
	p.put(0, person("Anna", "Berg", "TEL:+49 30 1234567"))
	p.put(1, person("Anna", "Berg", "EMAIL:x@y.example"))
	if e := p.mustSync(); e.Held != 2 || e.Duplicates != 1 || e.Removed != 0 {
		t.Fatalf("log %+v", e)
	}
	p.mustHave(1, 1, 1)
	return p
}

// mustHave asks how many items left and right hold, and how many pairs are doubtful.
func (p *pair) mustHave(left, right, pairs int) {
	p.t.Helper()
	if l, r, n := len(p.items(0)), len(p.items(1)), len(p.doubts()); l != left || r != right || n != pairs {
		p.t.Errorf("%d items left, %d right, %d doubtful pairs; wanted %d, %d, %d", l, r, n, left, right, pairs)
	}
}

func TestRule_7_5_ADoubtfulPairStaysApart(t *testing.T) {
	p := doubtful(t, pairOptions{})
	p.mustBeAtRest()
	p.mustHave(1, 1, 1)
	d := p.doubts()[0]
	if d.Binding != p.binding || d.Class != "Contacts" || d.Score <= 0 || d.Since != p.clock || d.Verdict != engine.Open {
		t.Errorf("%+v", d)
	}
	for side, want := range []string{"TEL:", "EMAIL:"} {
		if it := d.Items[side]; it.Title != "Anna Berg" || it.Item != p.id(side, "Anna Berg") || !strings.Contains(string(it.Body.Data), want) {
			t.Errorf("%s: %+v", sideNames[side], it)
		}
	}
	p.sides[0].Forget() // a slow sync that nobody asked for
	p.sides[1].Forget()
	if e := p.mustSync(); e.Mode != engine.Slow || e.Held != 0 || e.Duplicates != 0 {
		t.Errorf("log %+v", e)
	}
	p.mustHave(1, 1, 1)
}

func TestRule_7_5_ADoubtfulItemFollowsItsOwnSide(t *testing.T) {
	p := doubtful(t, pairOptions{})
	p.edit(0, "Anna Berg", "TEL:+49 30 1234567", "NOTE:edited")
	if e := p.mustSync(); e.Sides[0].ReplacesIn != 1 || e.Sides[1] != (SideCounts{}) {
		t.Errorf("log %+v", e)
	}
	p.mustHave(1, 1, 1)
	if !strings.Contains(string(p.doubts()[0].Items[0].Body.Data), "edited") {
		t.Error("the review list shows an old version")
	}
	p.mustBeAtRest()
}

func TestRule_7_5_APersonSaysTheSame(t *testing.T) {
	p := doubtful(t, pairOptions{})
	p.edit(0, "Anna Berg", "TEL:+49 30 1234567", "NOTE:edited since")
	p.mustSync()
	p.decide(engine.Same)
	e := p.mustSync()
	p.mustHave(1, 1, 0)
	p.mustHold("Anna Berg")
	for _, b := range p.items(1) {
		for _, line := range []string{"TEL", "EMAIL", "edited since"} {
			if !strings.Contains(string(b.Data), line) {
				t.Errorf("%s is lost:\n%s", line, b.Data)
			}
		}
	}
	want := [2]SideCounts{{ReplacesOut: 1}, {ReplacesOut: 1}}
	if e.Duplicates != 0 || e.Removed != 1 || e.Held != 0 || e.Sides != want {
		t.Errorf("log %+v", e)
	}
	p.mustBeAtRest()
}

// TestRule_7_5_AVerdictIsAboutWhatWasCompared: the user compared two cards of Karl Huber. One of them becomes another
// person before the next sync; the two must not be mixed, and the user is asked again.
func TestRule_7_5_AVerdictIsAboutWhatWasCompared(t *testing.T) {
	for side := range 2 {
		p := doubtful(t, pairOptions{})
		p.decide(engine.Same)
		p.ok(p.sides[side].Edit(dataclass.Contacts, p.id(side, "Anna Berg"), person("Moon", "Zappa", "TEL:+49 89 7777777")))
		p.mustSync()
		p.mustHave(1, 1, 1)
		if d := p.doubts()[0]; d.Verdict != engine.Open {
			t.Errorf("the verdict %d stands", d.Verdict)
		}
		p.mustBeAtRest()
		p.mustHave(1, 1, 1)
		p.decide(engine.Same) // of what they say now
		p.mustSync()
		p.mustHave(1, 1, 0)
	}
}

// TestDecideWhatWasSeen: a page of yesterday, an item of today.
func TestDecideWhatWasSeen(t *testing.T) {
	p := doubtful(t, pairOptions{})
	seen := p.doubts()[0]
	p.edit(1, "Anna Berg", "EMAIL:moon@zappa.example")
	p.mustSync()
	now := p.doubts()[0]
	for _, v := range []engine.Verdict{engine.Open, engine.Same, engine.Two} {
		if err := p.store.Decide(t.Context(), p.owner, seen.ID, v, seen.Mark); !errors.Is(err, ErrChanged) {
			t.Errorf("verdict %d of what was: %v", v, err)
		}
	}
	if p.doubts()[0].Verdict != engine.Open {
		t.Error("it was decided")
	}
	p.ok(p.store.Decide(t.Context(), p.owner, now.ID, engine.Same, now.Mark))
	p.mustSync()
	p.mustHave(1, 1, 0)
}

func TestRule_7_5_APersonSaysTwo(t *testing.T) {
	p := doubtful(t, pairOptions{})
	p.decide(engine.Two)
	e := p.mustSync()
	p.mustHave(2, 2, 0)
	p.mustHold("Anna Berg Anna Berg")
	if want := (SideCounts{AddsOut: 1}); e.Sides != [2]SideCounts{want, want} || e.Held != 0 {
		t.Errorf("log %+v", e)
	}
	p.mustBeAtRest()
	p.mustHave(2, 2, 0)
}

// TestRule_7_5_ADeletionEndsTheDoubt: with one of the two gone there is nothing to confuse the other with; it goes to the
// other side like any item. The deletion says nothing about it.
func TestRule_7_5_ADeletionEndsTheDoubt(t *testing.T) {
	for side := range 2 {
		p := doubtful(t, pairOptions{})
		p.remove(side, "Anna Berg")
		e := p.mustSync()
		p.mustHave(1, 1, 0)
		p.mustHold("Anna Berg")
		if e.Sides[side].AddsOut != 1 || e.Sides[1-side].DeletesOut != 0 {
			t.Errorf("log %+v", e)
		}
		p.mustBeAtRest()
	}
}

// TestRule_7_5_ItemsThatBecomeEqualAreOne: the users have decided without the list.
func TestRule_7_5_ItemsThatBecomeEqualAreOne(t *testing.T) {
	p := doubtful(t, pairOptions{})
	p.edit(1, "Anna Berg", "TEL:+49 30 1234567")
	p.edit(0, "Anna Berg", "TEL:+49 30 1234567")
	p.mustSync()
	p.mustHave(1, 1, 0)
	p.mustHold("Anna Berg")
	p.mustBeAtRest()
}

// TestRule_7_5_ACopyEnteredOnTheOtherSideIsThatItem: a user who misses the held item and enters it again makes no double.
func TestRule_7_5_ACopyEnteredOnTheOtherSideIsThatItem(t *testing.T) {
	p := doubtful(t, pairOptions{})
	p.put(0, person("Anna", "Berg", "EMAIL:x@y.example"))
	p.mustSync()
	p.mustHave(2, 2, 0)
	p.mustHold("Anna Berg Anna Berg")
	p.mustBeAtRest()
}

// TestRule_7_5_OneWayAndRefresh: a one-way sync does not break a doubt, a refresh ends it.
func TestRule_7_5_OneWayAndRefresh(t *testing.T) {
	for _, mode := range []int{engine.OneWayFromClient, engine.OneWayFromServer} {
		p := doubtful(t, pairOptions{})
		_, err := p.syncAs(mode)
		p.ok(err)
		p.mustHave(1, 1, 1)
		p.mustBeAtRest()
		p.mustHave(1, 1, 1)
	}
	p := doubtful(t, pairOptions{})
	lost := p.prints(1)
	_, err := p.syncAs(engine.RefreshFromClient)
	p.ok(err)
	p.mustHave(1, 1, 0)
	p.mustHold("Anna Berg")
	p.mustBeKept(lost)
	p.mustBeAtRest()
}

// TestRule_7_5_APhoneAndADoubt plays it with a phone: it is held back from the phone, comes back in a slow sync, survives
// a phone that lost everything, and is merged or added when a person says so.
func TestRule_7_5_APhoneAndADoubt(t *testing.T) {
	for _, v := range []engine.Verdict{engine.Same, engine.Two} {
		for _, reset := range []string{"", "new LUIDs", "empty"} {
			w := newWorld(t)
			luid := w.phone.add(person("Anna", "Berg", "TEL:+49 30 1234567"))
			mustPut(w, person("Anna", "Berg", "EMAIL:x@y.example"))
			w.mustSync()
			switch body := w.phone.items[luid]; reset {
			case "new LUIDs":
				delete(w.phone.items, luid)
				w.phone.add(marked(body, "NOTE:since"))
			case "empty":
				delete(w.phone.items, luid)
			}
			if err := w.syncPhone(true); err != nil {
				t.Fatal(err)
			}
			w.mustSync()
			_, peer := w.prints()
			if len(w.phone.items) != 1 || len(peer) != 1 {
				t.Fatalf("%q: %d items on the phone, %d on the other side", reset, len(w.phone.items), len(peer))
			}
			list, err := w.store.Doubts(t.Context(), w.owner, 0)
			if err != nil || len(list) != 1 {
				t.Fatalf("%q: %d pairs, %v", reset, len(list), err)
			}
			if err := w.store.Decide(t.Context(), w.owner, list[0].ID, v, ""); err != nil {
				t.Fatal(err)
			}
			w.mustSync()
			w.mustSync()
			w.mustAgree(int(v))
		}
	}
}

func TestDecideRefuses(t *testing.T) {
	p := doubtful(t, pairOptions{})
	id := p.doubts()[0].ID
	for _, err := range []error{
		p.store.Decide(t.Context(), p.owner, id+1, engine.Same, ""),
		p.store.Decide(t.Context(), "nobody", id, engine.Same, ""),
	} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("got %v", err)
		}
	}
	if err := p.store.Decide(t.Context(), p.owner, id, engine.Verdict(7), ""); !errors.Is(err, ErrInvalid) {
		t.Errorf("got %v", err)
	}
	p.decide(engine.Same)
	p.decide(engine.Open) // taken back before the next sync
	p.mustSync()
	p.mustHave(1, 1, 1)
}
