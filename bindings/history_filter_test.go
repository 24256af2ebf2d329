package bindings

import (
	"errors"
	"slices"
	"testing"
	"time"
)

// TestHistoryGoesBackInTime pages through a history with small pages, and chooses by time: each version is there once,
// and no foreign version says where a page begins.
func TestHistoryGoesBackInTime(t *testing.T) {
	p := newPair(t, pairOptions{})
	p.put(0, card("Ann", "NOTE:0"))
	p.mustSync()
	for _, note := range []string{"NOTE:1", "NOTE:2", "NOTE:3"} {
		p.edit(0, "Ann", note)
		p.mustSync()
	}
	list, err := p.store.History(t.Context(), p.owner, HistoryFilter{})
	p.ok(err)
	if len(list) < 3 {
		t.Fatalf("only %d versions", len(list))
	}
	var paged []int64
	for f := (HistoryFilter{Limit: 2}); ; f.Before = paged[len(paged)-1] {
		some, err := p.store.History(t.Context(), p.owner, f)
		p.ok(err)
		for _, e := range some {
			paged = append(paged, e.ID)
		}
		if len(some) < f.Limit {
			break
		}
	}
	var all []int64
	for _, e := range list {
		all = append(all, e.ID)
	}
	if !slices.Equal(paged, all) {
		t.Errorf("by pages %v, at once %v", paged, all)
	}
	oldest := list[len(list)-1].When
	for _, tc := range []struct {
		name string
		f    HistoryFilter
		n    int
	}{
		{"since the oldest", HistoryFilter{Since: oldest}, len(list)},
		{"until the oldest", HistoryFilter{Until: oldest}, 0},
		{"until after the newest", HistoryFilter{Until: list[0].When.Add(time.Microsecond)}, len(list)},
		{"since after the newest", HistoryFilter{Since: list[0].When.Add(time.Microsecond)}, 0},
		{"of the item", HistoryFilter{Link: list[0].Link}, len(list)},
	} {
		if got := p.entries(tc.f); len(got) != tc.n {
			t.Errorf("%s: %d versions, want %d", tc.name, len(got), tc.n)
		}
	}
	for name, f := range map[string]HistoryFilter{"nobody's": {Before: 9999}, "no entry": {Before: -1}} {
		if got, err := p.store.History(t.Context(), p.owner, f); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if got, err := p.store.History(t.Context(), "00000000-0000-4000-8000-000000000000", HistoryFilter{Before: all[0]}); !errors.Is(err, ErrNotFound) {
		t.Errorf("a stranger: %v, %v", got, err)
	}
}
