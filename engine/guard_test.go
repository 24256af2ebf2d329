package engine

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// watched makes n links of which the source deleted the first.
func watched(n, gone int, change func(i int, d *Digest)) *watch {
	w := &watch{links: make(map[LinkID]*Link)}
	in := Input{}
	for i := range n {
		l := Link{ID: LinkID(i + 1), Base: dataclass.Fingerprint{byte(i), 1}}
		for _, s := range bothSides {
			l.Item[s], l.Shadow[s] = sources.ID(fmt.Sprint(s, i)), l.Base
		}
		in.Links = append(in.Links, l)
		w.links[l.ID] = &l
		if i < gone {
			d := Digest{ID: l.Item[Source], Rev: "r", Verb: sources.Delete}
			if change != nil {
				change(i, &d)
			}
			in.Changes[Source] = append(in.Changes[Source], d)
		}
	}
	w.changes, w.decisions = in.Changes, Plan(in)
	return w
}

func TestRule_8_1_WhatCounts(t *testing.T) {
	for name, tc := range map[string]struct {
		n, gone int
		change  func(i int, d *Digest)
		infers  bool
		aside   int
		want    int
		why     Why
	}{
		"few":                            {100, 10, nil, false, 0, 0, 0},
		"many":                           {100, 21, nil, false, 0, 21, ManyDeleted},
		"a sync of another binding":      {100, 100, func(_ int, d *Digest) { d.Synced = true }, true, 0, 0, 0},
		"half by another binding's sync": {100, 40, func(i int, d *Digest) { d.Synced = i%2 == 0 }, false, 0, 0, 0},
		"our own":                        {100, 100, func(_ int, d *Digest) { d.Own = true }, true, 0, 0, 0},
		"emptied":                        {3, 3, nil, true, 0, 3, Emptied},
		"emptied but for garbage":        {3, 3, nil, true, 1, 0, 0},
		"used again": {40, 40, func(_ int, d *Digest) {
			d.Verb, d.Renewed, d.Synced, d.Print = sources.Add, true, true, dataclass.Fingerprint{200}
		}, false, 0, 40, ManyDeleted},
	} {
		t.Run(name, func(t *testing.T) {
			w := watched(tc.n, tc.gone, tc.change)
			w.infers[Source], w.aside[Source] = tc.infers, tc.aside
			list := w.guard()
			if len(list) != tc.want || len(list) > 0 && list[0].Why != tc.why {
				t.Errorf("%d held: %+v", len(list), list)
			}
		})
	}
}

// TestRule_8_2_ADecisionCovers asks that a ruling lets through exactly the hold that it names.
func TestRule_8_2_ADecisionCovers(t *testing.T) {
	h := Hold{Link: 1, Side: Source, Verb: sources.Delete, Rev: "1", Print: dataclass.Fingerprint{1}, Item: "a", Title: "A"}
	for name, change := range map[string]func(*Hold){
		"link": func(h *Hold) { h.Link = 2 }, "side": func(h *Hold) { h.Side = Target },
		"verb": func(h *Hold) { h.Verb = sources.Replace }, "revision": func(h *Hold) { h.Rev = "2" },
		"content": func(h *Hold) { h.Print[0] = 2 },
	} {
		o := h
		if change(&o); o.covers(h) || h.covers(o) {
			t.Errorf("another %s is covered", name)
		}
	}
	o := h
	if o.Title = "B"; !h.covers(o) {
		t.Error("a title is no part of a decision")
	}
}

// TestRule_8_1_GuardProperties: the order of changes does not matter, what is held is over the limit, and once
// all of it is approved nothing is.
func TestRule_8_1_GuardProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 80).Draw(t, "links")
		w := watched(n, rapid.IntRange(0, n).Draw(t, "gone"), nil)
		list := w.guard()
		if len(list) > 0 && (len(list) <= fewItems || len(list)*5 <= n) {
			t.Fatalf("%d of %d are held", len(list), n)
		}
		again := *w
		again.decisions, again.changes[Source] = slices.Clone(w.decisions), slices.Clone(w.changes[Source])
		slices.Reverse(again.decisions)
		slices.Reverse(again.changes[Source])
		if len(again.guard()) != len(list) {
			t.Fatal("the order matters")
		}
		plan := HeldPlan{ID: "p", State: PlanApproved}
		for _, x := range list {
			plan.Holds = append(plan.Holds, x.Hold)
		}
		w.ruled = rulings([]HeldPlan{plan})
		if left := w.guard(); len(left) > 0 {
			t.Fatalf("%d are held although all were approved", len(left))
		}
	})
}
