package bindings

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/faulty"
)

// person is an invented contact whose name has two parts.
func person(given, family string, lines ...string) dataclass.Body {
	b := card(given+" "+family, lines...)
	b.Data = []byte(strings.Replace(string(b.Data), "N:"+given+" "+family+";;", "N:"+family+";"+given+";", 1))
	return b
}

// hiding is a source that shows an item to nobody any more, without saying that it was deleted.
type hiding struct {
	sources.Source
	id *sources.ID
}

func (h hiding) Begin(ctx context.Context, class dataclass.Class, since sources.Cursor) (sources.Session, error) {
	s, err := h.Source.Begin(ctx, class, since)
	return hidingSession{s, h.id}, err
}

type hidingSession struct {
	sources.Session
	id *sources.ID
}

func (h hidingSession) Changes(ctx context.Context) iter.Seq2[sources.Change, error] {
	return func(yield func(sources.Change, error) bool) {
		for c, err := range h.Session.Changes(ctx) {
			if c.ID != *h.id && !yield(c, err) {
				return
			}
		}
	}
}

// mustBeAtRest asks for a slow sync and that it changes nothing.
func (p *pair) mustBeAtRest() {
	p.t.Helper()
	before := p.wrote
	for _, mode := range []int{engine.TwoWay, engine.Slow} {
		e, err := p.syncAs(mode)
		p.ok(err)
		if e.Mode != mode || e.Sides != [2]SideCounts{} || e.Held != 0 || e.Conflicts != 0 || e.Restored != 0 || p.wrote != before {
			p.t.Errorf("a sync of nothing in mode %d did %+v", mode, e)
		}
	}
}

func TestRule_7_1_ASlowSyncThatAPersonAskedForListsEverything(t *testing.T) {
	p := newPair(t, pairOptions{})
	var hidden sources.ID
	p.replace = func(side int, s sources.Source) sources.Source {
		if side == 0 {
			return hiding{s, &hidden}
		}
		return s
	}
	for _, name := range []string{"Absent", "Deleted", "Edited", "EditedAndDeleted"} {
		p.put(0, card(name))
	}
	p.mustSync()
	hidden = p.id(0, "Absent")
	p.remove(0, "Deleted")
	p.edit(1, "Edited", "NOTE:right")
	p.remove(0, "EditedAndDeleted")
	p.edit(1, "EditedAndDeleted", "NOTE:right")
	e, err := p.syncAs(engine.Slow)
	p.ok(err)
	if e.Mode != engine.Slow || e.Restored != 1 || e.Conflicts != 1 {
		t.Errorf("log %+v", e)
	}
	want := [2]SideCounts{{DeletesIn: 2, AddsOut: 2, ReplacesOut: 1}, {ReplacesIn: 2, DeletesOut: 1}}
	if e.Sides != want {
		t.Errorf("counted %+v, wanted %+v", e.Sides, want)
	}
	var right []string
	for _, b := range p.items(1) {
		right = append(right, nameOf(b))
	}
	if len(right) != 3 || strings.Contains(strings.Join(right, " "), " Deleted") {
		t.Errorf("right holds %q", right)
	}
	if got := len(p.items(0)); got != 4 { // the hidden one, and the one that came in its place
		t.Errorf("left holds %d", got)
	}
}

// TestRule_7_1_ADeletionBetweenTheTwoLooksIsOne deletes while the side is read: what the listing lacks and the look by
// the cursor tells as deleted is not brought back.
func TestRule_7_1_ADeletionBetweenTheTwoLooksIsOne(t *testing.T) {
	for at := 1; at <= 5; at++ {
		p := newPair(t, pairOptions{})
		p.put(0, card("Ann"))
		p.put(0, card("Ben"))
		p.mustSync()
		calls := 0
		p.onCall = func(side int, call string) {
			if side == 0 {
				if calls++; calls == at {
					p.remove(0, "Ann")
				}
			}
		}
		_, err := p.syncAs(engine.Slow)
		p.ok(err)
		p.onCall = nil
		p.mustSync()
		p.mustHold("Ben")
	}
}

func TestRule_7_3_TheSamePersonWithOtherFieldsIsOne(t *testing.T) {
	p := newPair(t, pairOptions{})
	p.put(0, person("Wilhelmina", "Abendroth", "UID:left-1", "TEL;TYPE=CELL:+49 151 2345678", "EMAIL:wa@abendroth.example", "NOTE:left"))
	p.put(1, person("Wilhelmina", "Abendroth", "UID:right-9", "EMAIL:wa@abendroth.example", "TEL;TYPE=CELL:+49 151 2345678", "ORG:Lumen"))
	e := p.mustSync()
	p.mustHold("Wilhelmina Abendroth")
	if e.Duplicates != 1 || e.Removed != 1 || e.Mode != engine.Slow || e.Conflicts != 0 {
		t.Errorf("log %+v", e)
	}
	for side := range p.sides {
		for _, b := range p.items(side) {
			for _, line := range []string{"NOTE:left", "ORG:Lumen", "2345678"} {
				if !strings.Contains(string(b.Data), line) {
					t.Errorf("%s lost %s:\n%s", sideNames[side], line, b.Data)
				}
			}
		}
	}
	p.mustBeAtRest()
}

// TestRule_7_3_TheLoserOfAUnionIsKept: single values that differ are decided by the winner; the other stands in the
// history.
func TestRule_7_3_TheLoserOfAUnionIsKept(t *testing.T) {
	for _, winner := range []string{WinnerSource, WinnerTarget} {
		p := newPair(t, pairOptions{winner: winner})
		p.put(0, person("Wilhelmina", "Abendroth", "TEL;TYPE=CELL:+49 151 2345678", "EMAIL:wa@abendroth.example", "BDAY:1961-01-01"))
		p.put(1, person("Wilhelmina", "Abendroth", "TEL;TYPE=CELL:+49 151 2345678", "EMAIL:wa@abendroth.example", "BDAY:1961-01-07"))
		lost := append(p.prints(0), p.prints(1)...)
		e := p.mustSync()
		p.mustHold("Wilhelmina Abendroth")
		if e.Conflicts != 1 || e.Duplicates != 1 {
			t.Errorf("log %+v", e)
		}
		want := map[string]string{WinnerSource: "1961-01-01", WinnerTarget: "1961-01-07"}[winner]
		for _, b := range p.items(0) {
			if !strings.Contains(string(b.Data), want) {
				t.Errorf("%s wins:\n%s", winner, b.Data)
			}
		}
		p.mustBeKept(lost)
		p.mustBeAtRest()
	}
}

// TestRule_7_3_TheLoserOfAUnionIsKeptForAPhone is the same for a side that answers later.
func TestRule_7_3_TheLoserOfAUnionIsKeptForAPhone(t *testing.T) {
	for _, winner := range []string{WinnerSource, WinnerTarget} {
		w := newWorld(t)
		_, err := w.store.SetWinner(t.Context(), w.owner, 1, winner)
		if err != nil {
			t.Fatal(err)
		}
		w.phone.add(person("Wilhelmina", "Abendroth", "TEL:+49 151 2345678", "EMAIL:wa@abendroth.example", "NOTE:the phone's note"))
		mustPut(w, person("Wilhelmina", "Abendroth", "TEL:+49 151 2345678", "EMAIL:wa@abendroth.example", "NOTE:the other's note"))
		w.mustSync()
		w.mustAgree(1)
		loser := map[string]string{WinnerSource: "the other's note", WinnerTarget: "the phone's note"}[winner]
		if !w.inHistory(loser) {
			t.Errorf("%s wins: %q is lost", winner, loser)
		}
		if e := w.lastLog(); e.Conflicts != 1 || e.Duplicates != 1 || e.Removed != 1 {
			t.Errorf("log %+v", e)
		}
	}
}

func TestRule_7_3_AUIDThatBothSidesKeep(t *testing.T) {
	renamed := [2]dataclass.Body{
		person("Wilhelmina", "Abendroth", "UID:one", "TEL:+49 151 2345678", "BDAY:1960-01-01"),
		person("Mina", "Vogelsang", "UID:one", "TEL:+49 151 2345678", "BDAY:1971-03-04"),
	}
	other := [2]dataclass.Body{
		person("Wilhelmina", "Abendroth", "UID:one", "TEL:+49 151 2345678"),
		person("Kasimir", "Dudek", "UID:one", "TEL:+49 30 99887766"),
	}
	tests := []struct {
		name  string
		items [2]dataclass.Body
		more  bool // another item has that UID
		left  int
	}{
		{"a woman who married is one", renamed, false, 1},
		{"what the evidence contradicts is two", other, false, 2},
		{"a UID that two items of a side have tells nothing", renamed, true, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPair(t, pairOptions{})
			p.put(0, tt.items[0])
			p.put(1, tt.items[1])
			if tt.more {
				p.put(1, person("Oleksandra", "Hryb", "UID:one", "EMAIL:oh@hryb.example"))
			}
			e := p.mustSync()
			if l := len(p.items(0)); !tt.more && l != tt.left || tt.more && e.Removed != 0 {
				t.Errorf("left holds %d, wanted %d; log %+v", l, tt.left, e)
			}
		})
	}
}

// TestRule_7_3_APhoneProvesThatItKeepsUIDs: a phone's UIDs count from the day on which several items come back with what was
// written, and only as long as none comes back with another.
func TestRule_7_3_APhoneProvesThatItKeepsUIDs(t *testing.T) {
	for _, tt := range []struct {
		name  string
		store func(dataclass.Body) dataclass.Body
		want  int
	}{
		{"it keeps them", nil, 1},
		{"it drops them", func(b dataclass.Body) dataclass.Body {
			b.Data = []byte(strings.ReplaceAll(string(b.Data), "UID:", "X-OLD:"))
			return b
		}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			for i := range 4 {
				mustPut(w, card(fmt.Sprintf("P%d", i), fmt.Sprintf("UID:u%d", i)))
			}
			w.phone.store = tt.store
			w.mustSync()
			mustPut(w, person("Wilhelmina", "Abendroth", "UID:one", "TEL:+49 151 2345678", "BDAY:1960-01-01"))
			w.phone.add(person("Mina", "Vogelsang", "UID:one", "TEL:+49 151 2345678", "BDAY:1971-03-04"))
			if err := w.syncPhone(true); err != nil {
				t.Fatal(err)
			}
			if e := w.lastLog(); e.Removed != tt.want {
				t.Errorf("%d pairs were made one, wanted %d: %+v", e.Removed, tt.want, e)
			}
		})
	}
}

// TestRule_7_4_NamesakesEnteredOnOneDayAreTwo: in a two-way sync nobody asks the evidence.
func TestRule_7_4_NamesakesEnteredOnOneDayAreTwo(t *testing.T) {
	p := newPair(t, pairOptions{})
	p.put(0, card("Ann"))
	p.mustSync()
	p.put(0, person("Anna", "Berg", "TEL:+49 30 1234567", "NOTE:left"))
	p.put(1, person("Anna", "Berg", "TEL:+49 30 1234567", "ORG:right"))
	e := p.mustSync()
	p.mustHold("Ann Anna Berg Anna Berg")
	if e.Mode != engine.TwoWay || e.Duplicates != 0 || e.Held != 0 {
		t.Errorf("log %+v", e)
	}
	p.mustBeAtRest()
}

// TestRule_7_2_APhoneThatWasResetAndChanged gives all items of a phone new LUIDs, some of them with other people's old
// ones, and edits them before the slow sync: nobody is doubled, and nobody becomes somebody else.
func TestRule_7_2_APhoneThatWasResetAndChanged(t *testing.T) {
	names := [][2]string{{"Wilhelmina", "Abendroth"}, {"Kasimir", "Dudek"}, {"Oleksandra", "Hryb"}, {"Jean-Luc", "Tessier"},
		{"Morwenna", "Pascoe"}, {"Ignatius", "Fitzwilliam"}, {"Solveig", "Brandvold"}, {"Tiberiu", "Munteanu"}}
	w := newWorld(t)
	for i, n := range names {
		b := person(n[0], n[1], fmt.Sprintf("TEL;TYPE=CELL:+49 151 55%d1234%d", i, i), fmt.Sprintf("EMAIL:p%d@mail%d.example", i, i))
		if i%2 == 0 {
			mustPut(w, b)
		} else {
			w.phone.add(b)
		}
	}
	w.mustSync()
	w.mustAgree(len(names))
	old := w.phone.items
	w.phone.items, w.phone.next = map[string]dataclass.Body{}, 1
	for i, n := range names {
		for _, b := range old {
			if nameOf(b) == n[0]+" "+n[1] {
				w.phone.add(marked(b, fmt.Sprintf("TEL;TYPE=HOME:+49 30 700%d999", i)))
			}
		}
	}
	if err := w.syncPhone(true); err != nil {
		t.Fatal(err)
	}
	e := w.lastLog()
	w.mustSync()
	w.mustAgree(len(names))
	if e.Held != 0 || e.Restored != 0 || e.Sides[engine.Source].AddsOut != 0 || e.Sides[engine.Target].AddsOut != 0 {
		t.Errorf("log %+v", e)
	}
	for _, b := range w.phone.items {
		if strings.Count(string(b.Data), "TEL") != 2 {
			t.Errorf("not its own numbers:\n%s", b.Data)
		}
	}
}

// TestRule_7_2_BothSidesMarriedHer gives all items of a phone new LUIDs after most people were entered anew, on the phone and on
// the other side alike, so that nothing tells of who they were: nobody is doubled.
func TestRule_7_2_BothSidesMarriedHer(t *testing.T) {
	w := newWorld(t)
	for i, n := range []string{"Abendroth", "Dudek", "Hryb", "Tessier", "Pascoe"} {
		w.phone.add(person("Wilhelmina", n, fmt.Sprintf("TEL:+49 151 55%d1234%d", i, i)))
	}
	w.mustSync()
	w.mustAgree(5)
	anew := make(map[string]dataclass.Body)
	for i, n := range []string{"Abendroth", "Dudek", "Hryb", "Tessier"} {
		anew["Wilhelmina "+n] = person("Kasimir", "Vogel"+n, fmt.Sprintf("EMAIL:kv%d@mail.example", i), fmt.Sprintf("BDAY:19%d0-02-03", i+6))
	}
	for _, b := range w.phone.items {
		if other, ok := anew[nameOf(b)]; ok {
			if err := w.peer.Edit(dataclass.Contacts, peerID(w, nameOf(b)), other); err != nil {
				t.Fatal(err)
			}
		}
	}
	old := w.phone.items
	w.phone.items, w.phone.next = map[string]dataclass.Body{}, 2
	for _, luid := range slices.Sorted(maps.Keys(old)) {
		b := old[luid]
		if other, ok := anew[nameOf(b)]; ok {
			b = other
		}
		w.phone.add(b)
	}
	if err := w.syncPhone(true); err != nil {
		t.Fatal(err)
	}
	e := w.lastLog()
	w.mustSync()
	w.mustAgree(5)
	if e.Held != 0 || e.Restored != 0 || e.Sides[engine.Source].AddsOut != 0 || e.Sides[engine.Target].AddsOut != 0 {
		t.Errorf("log %+v", e)
	}
}

// TestRule_7_5_CrashAtEveryStep breaks a first sync with doubtful pairs off at every step: in the end each is a pair
// once, and nothing was added to a side that may hold it.
func TestRule_7_5_CrashAtEveryStep(t *testing.T) {
	for at := 1; ; at++ {
		p := newPair(t, pairOptions{batch: 2})
		for i := range 3 {
			p.put(0, person("Anna", fmt.Sprintf("Berg%c", 'k'+i), "TEL:+49 30 1234567"+fmt.Sprint(i)))
			p.put(1, person("Anna", fmt.Sprintf("Berg%c", 'k'+i), fmt.Sprintf("EMAIL:a%d@x%d.example", i, i)))
		}
		p.put(0, card("Left"))
		p.put(1, card("Right"))
		p.points = faulty.CrashAt(at)
		p.boot()
		_, err := p.sync()
		if err == nil {
			if at < 20 {
				t.Fatalf("only %d steps", at)
			}
			return
		}
		p.crashed(err)
		p.afterCrash()
		p.mustSync()
		if got := len(p.doubts()); got != 3 || len(p.items(0)) != 5 || len(p.items(1)) != 5 {
			t.Fatalf("after a crash at step %d: %d pairs, %d and %d items", at, got, len(p.items(0)), len(p.items(1)))
		}
		list, err := p.store.Log(t.Context(), p.owner, 0, 10)
		p.ok(err)
		held := 0
		for _, e := range list {
			held += e.Held
		}
		if held != 6 {
			t.Fatalf("after a crash at step %d: %d held", at, held)
		}
		p.mustBeAtRest()
	}
}
