package bindings

import (
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/sources/memory"
)

// TestRule_5_6_TwoClientsThatWriteANumberInTwoWays: without an end to it they would be at it for ever.
func TestRule_5_6_TwoClientsThatWriteANumberInTwoWays(t *testing.T) {
	p := newPair(t, pairOptions{memory: [2]memory.Options{{Store: plusForm.store}, {Store: zeroForm.store}}})
	p.put(0, card("Ann", "TEL:+49301234", "ROLE:boss"))
	for range 8 {
		p.mustSync()
	}
	before := p.wrote
	p.quiet()
	if got := p.line(0, "Ann", "TEL") + p.line(1, "Ann", "TEL"); got != "TEL:+49301234TEL:0049301234" {
		t.Errorf("they hold %s", got)
	}
	if n := strings.Count(p.log.String(), "two clients write an item in two ways"); n != 1 {
		t.Errorf("logged %d times", n)
	}
	if n := before[0].ReplacesOut + before[1].ReplacesOut; n > 6 {
		t.Errorf("%d writes until rest", n)
	}
	p.change(1, "Ann", "ROLE:boss", "ROLE:owner")
	for range 8 {
		p.mustSync()
	}
	p.quiet()
	if got := p.line(0, "Ann", "ROLE"); got != "ROLE:owner" {
		t.Errorf("an edit after that is %q", got)
	}
}

// TestRule_5_6_WhatAPersonTakesBackIsAnEdit: a task may be completed, reopened and completed again, by one
// person or by two who see each other's work.
func TestRule_5_6_WhatAPersonTakesBackIsAnEdit(t *testing.T) {
	for _, tt := range []struct {
		name  string
		who   []int // who turns the value over, before each sync
		quiet int   // syncs of nothing in between
	}{
		{"one person", []int{0, 0, 0, 0, 0, 0, 0, 0}, 0},
		{"another person", []int{1, 1, 1, 1, 1, 1, 1, 1}, 1},
		{"two persons in turn, with time between", []int{0, 1, 0, 1, 0, 1, 0, 1}, 3},
		{"two persons, a sync between", []int{0, 1, 0, 1}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPair(t, pairOptions{})
			p.put(0, card("Ann", "NOTE:open"))
			p.mustSync()
			was, is := "NOTE:open", "NOTE:done"
			for i, side := range tt.who {
				p.change(side, "Ann", was, is)
				p.mustSync()
				if got := p.line(1-side, "Ann", "NOTE"); got != is {
					t.Fatalf("turn %d: the other side holds %q, wanted %q", i, got, is)
				}
				for range tt.quiet {
					p.mustSync()
				}
				was, is = is, was
			}
		})
	}
}
