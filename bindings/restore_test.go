package bindings

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/faulty"
	"github.com/bindery-sync/bindery/sources/memory"
)

// entries gives the ids of the history entries that a filter chooses, the oldest first.
func (p *pair) entries(f HistoryFilter) []int64 {
	p.t.Helper()
	list, err := p.store.History(p.t.Context(), p.owner, f)
	p.ok(err)
	var ids []int64
	for _, e := range list {
		ids = append(ids, e.ID)
	}
	slices.Reverse(ids)
	return ids
}

// restore restores entries and gives the outcomes.
func (p *pair) restore(ids ...int64) []Outcome {
	p.t.Helper()
	list, err := p.syncs.Restore(p.t.Context(), p.owner, ids...)
	p.ok(err)
	return outcomes(list)
}

func outcomes(list []Restored) []Outcome {
	var out []Outcome
	for _, r := range list {
		out = append(out, r.Outcome)
	}
	return out
}

// mustRest asks that a sync has nothing to do.
func (p *pair) mustRest() {
	p.t.Helper()
	if e := p.mustSync(); e.Sides != [2]SideCounts{} || e.Conflicts != 0 || e.Duplicates != 0 {
		p.t.Errorf("a sync of nothing did %+v", e)
	}
}

func uidCard(name string, lines ...string) dataclass.Body {
	return card(name, append([]string{"UID:uid-" + name}, lines...)...)
}

// TestRule_10_WhatWasDeletedComesBackOnBothSides deletes five contacts on either side: the user's fear.
func TestRule_10_WhatWasDeletedComesBackOnBothSides(t *testing.T) {
	for deleting := range sideNames {
		t.Run(sideNames[deleting], func(t *testing.T) {
			p := newPair(t, pairOptions{})
			for i := range 7 {
				p.put(0, uidCard(fmt.Sprint("P", i), "NOTE:old"))
			}
			p.mustSync()
			before := p.prints(0)
			for i := range 5 {
				p.remove(deleting, fmt.Sprint("P", i))
			}
			gone := p.mustSync()
			p.mustHold("P5 P6")
			ids := p.entries(HistoryFilter{Sync: gone.ID})
			for _, id := range ids {
				if got := p.restore(id); len(got) != 1 || got[0] != RestoredAdded {
					t.Fatalf("entry %d: %v", id, got)
				}
			}
			p.mustSync()
			p.mustHold("P0 P1 P2 P3 P4 P5 P6")
			for side := range p.sides {
				if !slices.Equal(before, p.prints(side)) {
					t.Errorf("%s holds\n%v, not\n%v", sideNames[side], p.prints(side), before)
				}
				for _, b := range p.items(side) {
					if !strings.Contains(string(b.Data), "UID:uid-"+nameOf(b)+"\r\n") {
						t.Errorf("%s has another UID", nameOf(b))
					}
				}
			}
			p.mustRest()
			for _, id := range ids {
				if got := p.restore(id); got[0] != RestoredAlready {
					t.Errorf("entry %d again: %v", id, got)
				}
			}
			p.mustRest()
		})
	}
}

// TestRule_10_AnOverwrittenEditComesBack restores an edit, undoes the restore, and redoes it.
func TestRule_10_AnOverwrittenEditComesBack(t *testing.T) {
	p := newPair(t, pairOptions{})
	p.put(0, card("Ann", "NOTE:old"))
	p.mustSync()
	p.edit(0, "Ann", "NOTE:new")
	p.mustSync()
	old, fresh := printString(t, card("Ann", "NOTE:old")), printString(t, card("Ann", "NOTE:new"))
	for i, want := range []string{old, fresh, old} {
		id := p.entries(HistoryFilter{})
		if i == 0 {
			id = id[:1]
		}
		if got := p.restore(id[len(id)-1]); got[0] != RestoredReplaced {
			t.Fatalf("step %d: %v", i, got)
		}
		p.mustSync()
		for side := range p.sides {
			if got := p.prints(side); len(got) != 1 || got[0] != want {
				t.Fatalf("step %d: %s holds %v, wanted %s", i, sideNames[side], got, want)
			}
		}
		p.mustRest()
	}
}

// TestRule_10_WhatARestoreOverwritesIsKept restores over an edit that no sync has seen.
func TestRule_10_WhatARestoreOverwritesIsKept(t *testing.T) {
	p := newPair(t, pairOptions{})
	p.put(0, card("Ann", "NOTE:old"))
	p.mustSync()
	p.edit(0, "Ann", "NOTE:new")
	p.mustSync()
	p.edit(1, "Ann", "NOTE:unseen")
	p.restore(p.entries(HistoryFilter{})[0])
	mustKeep(t, p.store, p.owner, []dataclass.Body{card("Ann", "NOTE:unseen")})
	p.mustSync()
	list, err := p.store.History(t.Context(), p.owner, HistoryFilter{Text: "ann"})
	p.ok(err)
	if !slices.ContainsFunc(list, func(e HistoryEntry) bool { return e.Sync == 0 }) {
		t.Errorf("no entry is a restore's: %+v", list)
	}
}

// TestRule_10_AWholeSyncComesBack undoes edits, deletions and conflicts of one sync at once; what it added
// stays.
func TestRule_10_AWholeSyncComesBack(t *testing.T) {
	p := newPair(t, pairOptions{})
	for _, name := range []string{"Ann", "Bob", "Cleo", "Dan"} {
		p.put(0, card(name, "NOTE:old"))
	}
	p.mustSync()
	p.edit(0, "Ann", "NOTE:new")
	p.remove(1, "Bob")
	p.edit(0, "Cleo", "NOTE:left")
	p.edit(1, "Cleo", "NOTE:right")
	p.put(1, card("Eve"))
	p.put(0, card("Eve"))
	e := p.mustSync()
	list, more, err := p.syncs.RestoreSync(t.Context(), p.owner, e.ID)
	p.ok(err)
	if len(list) != 3 || more != 1 {
		t.Errorf("%d restored, %d passed over: %v", len(list), more, list)
	}
	p.mustSync()
	p.mustHold("Ann Bob Cleo Dan Eve")
	want := []string{
		printString(t, card("Ann", "NOTE:old")), printString(t, card("Bob", "NOTE:old")),
		printString(t, card("Cleo", "NOTE:right")), printString(t, card("Dan", "NOTE:old")), printString(t, card("Eve")),
	}
	slices.Sort(want)
	if got := p.prints(0); !slices.Equal(got, want) {
		t.Errorf("got\n%v, wanted\n%v", got, want)
	}
	p.mustRest()
	if _, _, err := p.syncs.RestoreSync(t.Context(), p.owner, 999); !errors.Is(err, ErrNotFound) {
		t.Errorf("a sync that was never: %v", err)
	}
}

// TestRule_10_ARestoreDiesAnywhere lets a restore of a whole sync die at each step; the same command again
// ends in the same state.
func TestRule_10_ARestoreDiesAnywhere(t *testing.T) {
	for n := 1; n < 60; n++ {
		p := newPair(t, pairOptions{})
		for i := range 5 {
			p.put(0, card(fmt.Sprint("P", i), "NOTE:old"))
		}
		p.mustSync()
		p.remove(0, "P0")
		p.remove(0, "P1")
		p.edit(0, "P2", "NOTE:new")
		e := p.mustSync()
		p.points = faulty.CrashAt(n)
		p.boot()
		_, _, err := p.syncs.RestoreSync(t.Context(), p.owner, e.ID)
		if err != nil && !isCrash(err) {
			t.Fatal(err)
		}
		p.afterCrash()
		if n%2 == 0 { // a sync in between
			p.mustSync()
		}
		if _, _, err := p.syncs.RestoreSync(t.Context(), p.owner, e.ID); err != nil {
			t.Fatal(err)
		}
		p.mustSync()
		p.mustHold("P0 P1 P2 P3 P4")
		p.mustRest()
		if t.Failed() {
			t.Fatalf("after a crash at step %d", n)
		}
		if err == nil {
			if n < 5 {
				t.Fatalf("a restore has %d steps", n)
			}
			return
		}
	}
	t.Error("no restore came to its end")
}

// TestRule_10_RestoredAgain restores an item that was edited, or deleted, after it had been restored.
func TestRule_10_RestoredAgain(t *testing.T) {
	for _, tc := range []struct {
		name string
		do   func(p *pair)
		want Outcome
	}{
		{"edited", func(p *pair) { p.edit(0, "Ann", "NOTE:later") }, RestoredReplaced},
		{"edited beyond recognition", func(p *pair) {
			p.ok(p.sides[0].Edit(dataclass.Contacts, p.id(0, "Ann"), card("Zoe", "TEL:1234567")))
		}, RestoredReplaced},
		{"deleted", func(p *pair) { p.remove(0, "Ann") }, RestoredAdded},
		{"left alone", func(*pair) {}, RestoredAlready},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := newPair(t, pairOptions{})
			p.put(0, card("Ann", "NOTE:old", "TEL:7654321"))
			p.mustSync()
			p.remove(0, "Ann")
			p.mustSync()
			id := p.entries(HistoryFilter{})[0]
			for range 3 {
				p.restore(id)
				p.mustSync()
				tc.do(p)
				p.mustSync()
				if got := p.restore(id); got[0] != tc.want {
					t.Errorf("got %v, wanted %v", got, tc.want)
				}
				p.mustSync()
				p.mustHold("Ann")
				if got := p.prints(1)[0]; got != printString(t, card("Ann", "NOTE:old", "TEL:7654321")) {
					t.Errorf("right holds %s", got)
				}
			}
			p.mustRest()
		})
	}
}

// TestRule_10_WhatTheUserMadeAgainIsNotDoubled restores a contact that the user has brought back by other
// means meanwhile.
func TestRule_10_WhatTheUserMadeAgainIsNotDoubled(t *testing.T) {
	for _, tc := range []struct {
		name string
		back dataclass.Body
		want Outcome
	}{
		{"equal", uidCard("Ann", "NOTE:old"), RestoredAlready},
		{"of the same UID", uidCard("Ann", "NOTE:newer"), RestoredReplaced},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := newPair(t, pairOptions{})
			p.put(0, uidCard("Ann", "NOTE:old"))
			p.mustSync()
			p.remove(0, "Ann")
			p.mustSync()
			p.put(1, tc.back)
			if got := p.restore(p.entries(HistoryFilter{})...); got[0] != tc.want {
				t.Errorf("got %v", got)
			}
			p.mustSync()
			p.mustHold("Ann")
			p.mustRest()
		})
	}
}

// TestRule_10_AStrangerOfTheSameUIDIsLeftAlone does not overwrite somebody else whom a careless program gave
// the UID.
func TestRule_10_AStrangerOfTheSameUIDIsLeftAlone(t *testing.T) {
	p := newPair(t, pairOptions{})
	p.put(0, uidCard("Ann", "TEL:7654321"))
	p.mustSync()
	p.remove(0, "Ann")
	p.mustSync()
	p.put(1, card("Zoe", "UID:uid-Ann", "TEL:1234567"))
	if got := p.restore(p.entries(HistoryFilter{})...); got[0] != RestoredAdded {
		t.Errorf("got %v", got)
	}
	p.mustSync()
	p.mustHold("Ann Zoe")
}

// TestRule_10_AnEditDuringARestoreIsNotLost lets the user edit the item between the restore's look and its
// write.
func TestRule_10_AnEditDuringARestoreIsNotLost(t *testing.T) {
	p := newPair(t, pairOptions{})
	p.put(0, card("Ann", "NOTE:old"))
	p.mustSync()
	p.edit(0, "Ann", "NOTE:new")
	p.mustSync()
	id := p.entries(HistoryFilter{})[0]
	edited := false
	p.onCall = func(side int, call string) {
		if call == "apply" && side == 1 && !edited {
			edited = true
			p.edit(1, "Ann", "NOTE:just now")
		}
	}
	if got := p.restore(id); got[0] != RestoredReplaced || !edited {
		t.Fatalf("got %v, edited %v", got, edited)
	}
	mustKeep(t, p.store, p.owner, []dataclass.Body{card("Ann", "NOTE:just now")})
}

// TestRule_10_APhonesItemComesBack restores on the datastore what a phone, or its peer, deleted.
func TestRule_10_APhonesItemComesBack(t *testing.T) {
	for _, deleter := range []string{"phone", "peer"} {
		t.Run(deleter, func(t *testing.T) {
			w := newWorld(t)
			w.phone.add(card("Ann", "NOTE:old"))
			w.phone.add(card("Bob"))
			w.mustSync()
			if deleter == "phone" {
				w.phone.remove(w.phone.find("Ann"))
			} else {
				peerDeletes(w, "Ann")
			}
			w.mustSync()
			w.mustAgree(1)
			list, err := w.store.History(t.Context(), w.owner, HistoryFilter{Text: "ann"})
			if err != nil || len(list) != 1 {
				t.Fatal(list, err)
			}
			w.mustRestore(list[0].ID, RestoredAdded)
			w.mustSync()
			w.mustAgree(2)
			w.mustRestore(list[0].ID, RestoredAlready)
			w.mustSync()
			w.mustAgree(2)
		})
	}
}

func (w *world) mustRestore(id int64, want Outcome) {
	w.t.Helper()
	list, err := w.phones.syncs.Restore(w.t.Context(), w.owner, id)
	if err != nil || len(list) != 1 || list[0].Outcome != want {
		w.t.Errorf("restore %d: %+v, %v", id, list, err)
	}
}

// TestRule_10_APhonesVersionTakesNoPictureAway restores what a phone held, which keeps no picture, over the
// datastore's item, which has one.
func TestRule_10_APhonesVersionTakesNoPictureAway(t *testing.T) {
	w := newWorld(t)
	mustPut(w, card("Ann", "NOTE:old", "PHOTO;VALUE=URI:https://example.org/invented.jpg"))
	w.phone.store = func(b dataclass.Body) dataclass.Body {
		b.Data = []byte(strings.Replace(string(b.Data), "PHOTO;VALUE=URI:https://example.org/invented.jpg\r\n", "", 1))
		return b
	}
	w.mustSync()
	w.phone.edit(w.phone.find("Ann"), card("Ann", "NOTE:phone"))
	w.mustSync()
	peerEdits(w, "Ann", "NOTE:peer", "PHOTO;VALUE=URI:https://example.org/invented.jpg")
	w.mustSync()
	list, err := w.store.History(t.Context(), w.owner, HistoryFilter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		e, err := w.store.HistoryEntry(t.Context(), w.owner, e.ID)
		if err != nil {
			t.Fatal(err)
		}
		if e.Client == w.phone.client && strings.Contains(string(e.Body.Data), "NOTE:phone") {
			w.mustRestore(e.ID, RestoredReplaced)
		}
	}
	items, err := w.peer.List(dataclass.Contacts)
	if err != nil {
		t.Fatal(err)
	}
	got := string(items[peerID(w, "Ann")].Data)
	if !strings.Contains(got, "NOTE:phone") || !strings.Contains(got, "PHOTO") {
		t.Errorf("the datastore holds\n%s", got)
	}
}

// TestRule_10_ARemovedBindingStillHasAHistory restores after the two were unbound.
func TestRule_10_ARemovedBindingStillHasAHistory(t *testing.T) {
	p := newPair(t, pairOptions{})
	p.put(0, card("Ann"))
	p.mustSync()
	p.remove(0, "Ann")
	p.mustSync()
	p.ok(p.store.RemoveBinding(t.Context(), p.owner, p.binding))
	if got := p.restore(p.entries(HistoryFilter{})...); got[0] != RestoredAdded || len(p.items(1)) != 1 {
		t.Errorf("got %v, right holds %v", got, p.prints(1))
	}
}

// TestRule_10_WhatCannotBeRestored says so, and stops nothing.
func TestRule_10_WhatCannotBeRestored(t *testing.T) {
	p := newPair(t, pairOptions{memory: [2]memory.Options{{}, {MaxItemSize: 400}}})
	p.put(0, card("Ann"))
	p.put(0, card("Bob"))
	p.mustSync()
	p.edit(0, "Ann", "NOTE:"+strings.Repeat("x", 500))
	p.mustSync()
	p.remove(0, "Ann")
	p.remove(0, "Bob")
	p.mustSync()
	ids := p.entries(HistoryFilter{})
	list, err := p.syncs.Restore(t.Context(), p.owner, ids...)
	p.ok(err)
	var failed, added int
	for _, r := range list {
		switch {
		case r.Outcome == RestoreFailed && errors.Is(r.Err, sources.ErrTooBig):
			failed++
		case r.Outcome == RestoredAdded:
			added++
		}
	}
	if failed != 1 || added < 2 {
		t.Errorf("got %+v", list)
	}
	for _, owner := range []string{"somebody else", ""} {
		if _, err := p.syncs.Restore(t.Context(), owner, ids...); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: %v", owner, err)
		}
	}
}

// TestRule_10_MirroredBindingsRestoreToo restores in a binding whose source is the right one.
func TestRule_10_MirroredBindingsRestoreToo(t *testing.T) {
	p := newPair(t, pairOptions{mirrored: true})
	p.put(0, card("Ann"))
	p.mustSync()
	p.remove(0, "Ann")
	e := p.mustSync()
	list, _, err := p.syncs.RestoreSync(t.Context(), p.owner, e.ID)
	p.ok(err)
	if len(list) != 1 || list[0].Side != engine.Source {
		t.Errorf("got %+v", list)
	}
	p.mustSync()
	p.mustHold("Ann")
}

// TestRule_10_TheGuardLetsARestoreThrough restores a sync that replaced everything, and one that deleted nearly
// everything: the person who restores has decided already.
func TestRule_10_TheGuardLetsARestoreThrough(t *testing.T) {
	for _, tc := range []struct {
		name string
		mode int
		do   func(p *pair, name string)
	}{
		{"edited", engine.RefreshFromClient, func(p *pair, name string) { p.edit(0, name, "NOTE:new") }},
		{"deleted", engine.RefreshFromClient, func(p *pair, name string) { p.remove(0, name) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := newPair(t, pairOptions{})
			for i := range 20 {
				p.put(0, card(fmt.Sprintf("P%02d", i), "NOTE:old"))
			}
			p.mustSync()
			before := p.prints(0)
			for i := range 19 {
				tc.do(p, fmt.Sprintf("P%02d", i))
			}
			e, err := p.syncAs(tc.mode)
			p.ok(err)
			list, _, err := p.syncs.RestoreSync(t.Context(), p.owner, e.ID)
			p.ok(err)
			if len(list) != 19 {
				t.Errorf("%d restored", len(list))
			}
			if e := p.mustSync(); e.State != engine.StateDone || e.Held != 0 {
				t.Errorf("the sync after it: %+v", e)
			}
			if got := p.prints(0); !slices.Equal(got, before) || !slices.Equal(got, p.prints(1)) {
				t.Errorf("left holds\n%v\nright\n%v\nbefore\n%v", got, p.prints(1), before)
			}
			p.mustRest()
		})
	}
}

// TestRule_10_ATwinThatIsRemovedIsKept lets a slow sync remove one of two equal contacts, as the binding asks.
func TestRule_10_ATwinThatIsRemovedIsKept(t *testing.T) {
	p := newPair(t, pairOptions{})
	lost := p.watchLosses()
	p.put(0, card("Ann", "NOTE:twin"))
	p.put(0, card("Ann", "NOTE:twin"))
	p.put(1, card("Bob"))
	_, err := p.store.SetRemoveTwins(t.Context(), p.owner, p.binding, true)
	p.ok(err)
	for range 2 {
		_, err = p.syncAs(engine.Slow)
		p.ok(err)
	}
	p.mustHold("Ann Bob")
	if len(*lost) != 1 {
		t.Errorf("%d items were deleted", len(*lost))
	}
	mustKeep(t, p.store, p.owner, *lost)
}

// TestRule_10_ThePictureThatAPhoneCannotHoldComesBack deletes, on the phone, contacts whose pictures only the
// datastore has, as many as it takes until that is known of the phone.
func TestRule_10_ThePictureThatAPhoneCannotHoldComesBack(t *testing.T) {
	const photo = "PHOTO;VALUE=URI:https://example.org/invented.jpg"
	w := newWorld(t)
	w.phone.store = func(b dataclass.Body) dataclass.Body {
		b.Data = []byte(strings.Replace(string(b.Data), photo+"\r\n", "", 1))
		return b
	}
	for i := range 5 {
		mustPut(w, card(fmt.Sprint("P", i), photo))
	}
	w.mustSync()
	for range 2 {
		for i := range 5 {
			luid := w.phone.find(fmt.Sprint("P", i))
			w.phone.edit(luid, marked(w.phone.items[luid], fmt.Sprintf("X-MARK-%d:1", w.phone.steps)))
		}
		w.mustSync()
	}
	before, err := w.peer.List(dataclass.Contacts)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		w.phone.remove(w.phone.find(fmt.Sprint("P", i)))
	}
	w.mustSync()
	if items, err := w.peer.List(dataclass.Contacts); err != nil || len(items) != 0 {
		t.Fatalf("the datastore still holds %d, %v", len(items), err)
	}
	if _, _, err := w.phones.syncs.RestoreSync(t.Context(), w.owner, w.lastLog().ID); err != nil {
		t.Fatal(err)
	}
	after, err := w.peer.List(dataclass.Contacts)
	if err != nil || len(after) != len(before) {
		t.Fatalf("%d items are back, %v", len(after), err)
	}
	for _, b := range after {
		if !strings.Contains(string(b.Data), photo) {
			t.Errorf("without its picture:\n%s", b.Data)
		}
	}
	w.mustSync()
	w.mustSync()
	if len(w.phone.items) != 5 {
		t.Errorf("the phone holds %d", len(w.phone.items))
	}
}
