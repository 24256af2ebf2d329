package bindings

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/faulty"
	"github.com/bindery-sync/bindery/sources/memory"
)

// witness sees each rendition that a write of ours overwrites or deletes.
type witness struct {
	sources.Source
	saw func(dataclass.Body)
}

func (w witness) Begin(ctx context.Context, class dataclass.Class, since sources.Cursor) (sources.Session, error) {
	s, err := w.Source.Begin(ctx, class, since)
	if err != nil {
		return nil, err
	}
	return witnessSession{s, w.saw}, nil
}

type witnessSession struct {
	sources.Session
	saw func(dataclass.Body)
}

func (s witnessSession) Apply(ctx context.Context, ops []sources.Op) ([]sources.Result, error) {
	before := make([]sources.Change, len(ops))
	for i, op := range ops {
		if op.Verb == sources.Add {
			continue
		}
		for c, err := range s.Read(ctx, []sources.ID{op.ID}) {
			if err != nil {
				return nil, err
			}
			before[i] = c
		}
	}
	res, err := s.Session.Apply(ctx, ops)
	for i, r := range res {
		if r.State == sources.Done && before[i].Verb != sources.Delete && before[i].Rev != r.Rev {
			s.saw(before[i].Body)
		}
	}
	return res, err
}

// watchLosses gives the list of what our writes overwrite or delete from now on.
func (p *pair) watchLosses() *[]dataclass.Body {
	var lost []dataclass.Body
	p.replace = func(_ int, s sources.Source) sources.Source {
		return witness{s, func(b dataclass.Body) {
			if !b.IsZero() {
				lost = append(lost, b)
			}
		}}
	}
	p.boot()
	return &lost
}

// kept gives all versions of the history.
func kept(t testing.TB, s *Store, owner string) []historyRow {
	t.Helper()
	var rows []historyRow
	err := s.db.View(context.Background(), func(_ context.Context, g *gorm.DB) error {
		return g.Where("owner_id = ?", owner).Order("id").Find(&rows).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// mustKeep asks that each of these bodies is in the history, byte for byte.
func mustKeep(t testing.TB, s *Store, owner string, lost []dataclass.Body) {
	t.Helper()
	have := make(map[string]bool)
	for _, r := range kept(t, s, owner) {
		have[string(r.Body)] = true
	}
	for _, b := range lost {
		if !have[string(b.Data)] {
			t.Fatalf("overwritten or deleted, and not in the history:\n%s", b.Data)
		}
	}
}

// TestRule_10_WhatASyncOverwritesOrDeletesIsKept plays random histories in every mode, with crashes, and
// asks that each rendition that a write of ours ended is in the history.
func TestRule_10_WhatASyncOverwritesOrDeletesIsKept(t *testing.T) {
	modes := []int{engine.TwoWay, engine.Slow, engine.OneWayFromClient, engine.OneWayFromServer, engine.RefreshFromClient, engine.RefreshFromServer}
	for _, mode := range modes {
		for seed := range seeds(3) {
			t.Run(fmt.Sprint(mode, seed), func(t *testing.T) {
				t.Parallel()
				r := rand.New(rand.NewPCG(uint64(seed), uint64(mode)))
				p := newPair(t, pairOptions{})
				lost := p.watchLosses()
				for round := range 4 {
					p.usersByName(r, round)
					p.points = faulty.CrashAt(1 + r.IntN(60))
					p.boot()
					if _, err := p.syncAs(mode); err != nil && !isCrash(err) {
						t.Fatal(err)
					}
					p.afterCrash()
					if _, err := p.syncAs(mode); err != nil {
						t.Fatal(err)
					}
				}
				p.mustSync()
				if len(*lost) == 0 {
					t.Fatal("nothing was overwritten or deleted")
				}
				mustKeep(t, p.store, p.owner, *lost)
			})
		}
	}
}

// TestRule_10_WhatAPhoneLosesIsKept asks the same of a phone: an edit and a deletion of the peer, and a
// conflict, whoever wins it.
func TestRule_10_WhatAPhoneLosesIsKept(t *testing.T) {
	w := newWorld(t)
	w.phone.add(card("Ann", "NOTE:one"))
	w.phone.add(card("Bob"))
	w.phone.add(card("Cleo"))
	w.mustSync()
	had := []dataclass.Body{w.phone.items[w.phone.find("Ann")], w.phone.items[w.phone.find("Bob")]}
	peerEdits(w, "Ann", "NOTE:two")
	peerDeletes(w, "Bob")
	mustPut(w, card("Dan"))
	w.phone.edit(w.phone.find("Cleo"), card("Cleo", "TITLE:phone"))
	peerEdits(w, "Cleo", "TITLE:peer")
	w.mustSync()
	if w.phone.find("Bob") != "" {
		t.Fatal("the phone still has Bob")
	}
	if title := string(w.phone.items[w.phone.find("Cleo")].Data); strings.Contains(title, "TITLE:peer") {
		had = append(had, card("Cleo", "TITLE:phone"))
	} else {
		had = append(had, card("Cleo", "TITLE:peer"))
	}
	mustKeep(t, w.store, w.owner, had)
}

// peerEdits and peerDeletes are what the user of the datastore does.
func peerEdits(w *world, name string, lines ...string) {
	w.t.Helper()
	if err := w.peer.Edit(dataclass.Contacts, peerID(w, name), card(name, lines...)); err != nil {
		w.t.Fatal(err)
	}
}

func peerDeletes(w *world, name string) {
	w.t.Helper()
	if err := w.peer.Delete(dataclass.Contacts, peerID(w, name)); err != nil {
		w.t.Fatal(err)
	}
}

// TestRule_10_WhatOnlyOneSideCouldHoldIsKept deletes, or edits, an item of which the other side holds an older
// or poorer version: what the user had before is kept, not only what the other side held.
func TestRule_10_WhatOnlyOneSideCouldHoldIsKept(t *testing.T) {
	long := "NOTE:" + strings.Repeat("x", 400)
	for _, tc := range []struct {
		name string
		do   func(p *pair)
	}{
		{"deleted", func(p *pair) { p.remove(0, "Ann") }},
		{"shortened", func(p *pair) { p.edit(0, "Ann", "NOTE:short") }},
		{"shortened, and edited on the other side", func(p *pair) {
			p.edit(0, "Ann", "NOTE:short")
			p.edit(1, "Ann", "TITLE:right")
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := newPair(t, pairOptions{memory: [2]memory.Options{{}, {MaxItemSize: 200}}})
			p.put(0, card("Ann"))
			p.mustSync()
			p.edit(0, "Ann", long)
			p.mustSync()
			tc.do(p)
			p.mustSync()
			mustKeep(t, p.store, p.owner, []dataclass.Body{card("Ann", long)})
		})
	}
}

// TestRule_10_WhatIsRefusedEveryTimeIsKeptOnce lets a side refuse an edit in every sync.
func TestRule_10_WhatIsRefusedEveryTimeIsKeptOnce(t *testing.T) {
	p := newPair(t, pairOptions{memory: [2]memory.Options{{}, {MaxItemSize: 200}}})
	p.put(0, card("Ann"))
	p.mustSync()
	p.edit(0, "Ann", "NOTE:"+strings.Repeat("x", 400))
	for range 5 {
		p.mustSync()
	}
	if n := len(kept(t, p.store, p.owner)); n != 1 {
		t.Errorf("%d versions are kept", n)
	}
}

// TestRule_10_BothDeleted keeps what both sides deleted.
func TestRule_10_BothDeleted(t *testing.T) {
	p := newPair(t, pairOptions{})
	p.put(0, card("Ann"))
	p.mustSync()
	p.remove(0, "Ann")
	p.remove(1, "Ann")
	p.mustSync()
	list, err := p.store.History(t.Context(), p.owner, HistoryFilter{})
	p.ok(err)
	if len(list) != 1 || list[0].Title != "Ann" || !list[0].Agreed || list[0].Verb != sources.Delete {
		t.Errorf("got %+v", list)
	}
}

// TestRule_10_VersionsStayForNinetyDays purges by the injected clock: nothing that is younger, all that is
// older.
func TestRule_10_VersionsStayForNinetyDays(t *testing.T) {
	p := newPair(t, pairOptions{})
	for _, name := range []string{"Ann", "Bob"} {
		p.put(0, card(name))
	}
	p.mustSync()
	p.remove(0, "Ann")
	p.mustSync()
	p.clock = p.clock.Add(10 * 24 * time.Hour)
	p.remove(0, "Bob")
	p.mustSync()
	for _, tc := range []struct {
		after time.Duration
		gone  int
		left  string
	}{
		{80*24*time.Hour - time.Second, 0, "Bob Ann"},
		{2 * time.Second, 1, "Bob"},
		{9 * 24 * time.Hour, 0, "Bob"},
		{2 * 24 * time.Hour, 1, ""},
	} {
		p.clock = p.clock.Add(tc.after)
		n, err := p.store.PurgeHistory(t.Context(), HistoryKept)
		p.ok(err)
		list, err := p.store.History(t.Context(), p.owner, HistoryFilter{})
		p.ok(err)
		var names []string
		for _, e := range list {
			names = append(names, e.Title)
		}
		if got := strings.Join(names, " "); n != tc.gone || got != tc.left {
			t.Errorf("%d purged, %q left, wanted %d and %q", n, got, tc.gone, tc.left)
		}
	}
}

// TestRule_10_PurgingUsesTheIndex asks the database how it finds what is old.
func TestRule_10_PurgingUsesTheIndex(t *testing.T) {
	p := newPair(t, pairOptions{})
	var plan []struct{ Detail string }
	p.ok(p.db.View(t.Context(), func(_ context.Context, g *gorm.DB) error {
		return g.Raw("EXPLAIN QUERY PLAN "+oldHistory, p.owner, 1, 1).Scan(&plan).Error
	}))
	if len(plan) != 1 || !strings.Contains(plan[0].Detail, "history_by_owner (owner_id=? AND at<?)") {
		t.Errorf("the plan is %+v", plan)
	}
}

// TestRule_10_HistoryIsFound lists by every filter, the newest first, and shows nobody another's.
func TestRule_10_HistoryIsFound(t *testing.T) {
	p := newPair(t, pairOptions{})
	for i := range 50 {
		p.put(0, card(fmt.Sprintf("Person%02d", i)))
	}
	p.mustSync()
	p.clock = p.clock.Add(time.Minute)
	p.edit(0, "Person07", "NOTE:new")
	first := p.mustSync()
	p.clock = p.clock.Add(time.Minute)
	for i := range 45 {
		p.remove(1, fmt.Sprintf("Person%02d", i))
	}
	p.ok(p.store.Approve(t.Context(), p.owner, p.mustSync().Plan, ""))
	second := p.mustSync()
	for _, tc := range []struct {
		name string
		f    HistoryFilter
		n    int
	}{
		{"all", HistoryFilter{}, 46},
		{"limited", HistoryFilter{Limit: 30}, 30},
		{"text", HistoryFilter{Text: "PERSON07"}, 2},
		{"text of nobody", HistoryFilter{Text: "zzz"}, 0},
		{"first sync", HistoryFilter{Sync: first.ID}, 1},
		{"second sync", HistoryFilter{Sync: second.ID}, 45},
		{"binding", HistoryFilter{Binding: p.binding}, 46},
		{"other binding", HistoryFilter{Binding: p.binding + 1}, 0},
		{"class", HistoryFilter{Class: dataclass.Contacts}, 46},
		{"other class", HistoryFilter{Class: dataclass.Notes}, 0},
	} {
		list, err := p.store.History(t.Context(), p.owner, tc.f)
		p.ok(err)
		if len(list) != tc.n {
			t.Errorf("%s: %d entries, wanted %d", tc.name, len(list), tc.n)
		}
		for i := 1; i < len(list); i++ {
			if list[i].When.After(list[i-1].When) {
				t.Errorf("%s: entry %d is newer than the one before it", tc.name, i)
			}
		}
	}
	if list, err := p.store.History(t.Context(), "somebody else", HistoryFilter{}); err != nil || len(list) != 0 {
		t.Errorf("somebody else sees %v, %v", list, err)
	}
	if _, err := p.store.HistoryEntry(t.Context(), "somebody else", 1); err == nil {
		t.Error("somebody else sees an entry")
	}
	e, err := p.store.HistoryEntry(t.Context(), p.owner, 1)
	if err != nil || e.Title != "Person07" || !strings.Contains(string(e.Body.Data), "FN:Person07") || e.Verb != sources.Replace {
		t.Errorf("got %+v, %v", e, err)
	}
}

// TestRule_10_PurgingGoesOnUntilAllIsGone purges more than fits into one transaction.
func TestRule_10_PurgingGoesOnUntilAllIsGone(t *testing.T) {
	p := newPair(t, pairOptions{batch: 500})
	const n = 3*rowsPerStatement/2 + 1
	for i := range n {
		p.put(0, card(fmt.Sprint("P", i)))
	}
	p.mustSync()
	for id := range p.items(0) {
		p.ok(p.sides[0].Delete(dataclass.Contacts, id))
	}
	_, err := p.syncAs(engine.RefreshFromClient)
	p.ok(err)
	p.clock = p.clock.Add(HistoryKept + time.Second)
	if got, err := p.store.PurgeHistory(t.Context(), HistoryKept); got != n || err != nil {
		t.Errorf("%d purged, %v", got, err)
	}
	if left := len(kept(t, p.store, p.owner)); left != 0 {
		t.Errorf("%d left", left)
	}
}
