package bindings

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/engine"
)

// TestRule_12_AServerThatWentBack: what a server shows again after a backup was brought back to it is nobody's edit. What
// was edited since, on either side, is given back to it; what was added since as well.
func TestRule_12_AServerThatWentBack(t *testing.T) {
	for back := range 2 {
		for _, winner := range []string{WinnerSource, WinnerTarget} {
			t.Run(fmt.Sprintf("%s goes back, %s wins", sideNames[back], winner), func(t *testing.T) {
				p := newPair(t, pairOptions{winner: winner})
				for _, name := range []string{"Ann", "Ben", "Cid", "Dan", "Eve", "Fay"} {
					p.put(0, card(name, "NOTE:old"))
				}
				p.mustSync()
				copied := p.sides[back].Backup()
				p.edit(back, "Ann", "NOTE:by its own user")
				p.edit(1-back, "Ben", "NOTE:by the other")
				p.edit(1-back, "Eve", "NOTE:before")
				p.mustSync()
				p.put(back, card("Gus"))
				p.mustSync()
				p.sides[back].BringBack(copied)
				p.edit(back, "Cid", "NOTE:after it went back")
				p.edit(1-back, "Dan", "NOTE:meanwhile")
				p.edit(1-back, "Eve", "NOTE:before", "TITLE:meanwhile")
				got := p.mustSync()
				p.mustHold("Ann Ben Cid Dan Eve Fay Gus")
				notes := strings.Join(p.notes(1-back), "; ")
				want := "Ann by its own user; Ben by the other; Cid after it went back; Dan meanwhile; Eve before; Fay old; Gus "
				if notes != want || got.Conflicts != 0 || got.Mode != engine.Slow {
					t.Errorf("%s\nwanted %s\nlog %+v", notes, want, got)
				}
				if got := p.mustSync(); got.Sides != [2]SideCounts{} {
					t.Errorf("the next sync: %+v", got)
				}
			})
		}
	}
}

// TestRule_12_WhatWentBackIsNoEditAgainstADelete: the other side's deletion stands.
func TestRule_12_WhatWentBackIsNoEditAgainstADelete(t *testing.T) {
	p := newPair(t, pairOptions{})
	p.put(0, card("Ann", "NOTE:old"))
	p.put(0, card("Ben", "NOTE:old"))
	p.mustSync()
	copied := p.sides[1].Backup()
	p.edit(0, "Ann", "NOTE:new")
	p.mustSync()
	p.sides[1].BringBack(copied)
	p.remove(0, "Ann")
	p.mustSync()
	p.mustHold("Ben")
}

// TestRule_12_WhatWentBackIsNoMassOfChanges: the guard has nothing to hold.
func TestRule_12_WhatWentBackIsNoMassOfChanges(t *testing.T) {
	p := newPair(t, pairOptions{})
	for i := range 12 {
		p.put(1, card(fmt.Sprintf("N%02d", i), "NOTE:old"))
	}
	p.mustSync()
	copied := p.sides[1].Backup()
	for i := range 12 {
		if i == 6 {
			p.mustSync() // in two lots, which are not too many
		}
		p.edit(0, fmt.Sprintf("N%02d", i), "NOTE:new")
	}
	p.mustSync()
	p.sides[1].BringBack(copied)
	if got := p.mustSync(); got.Held != 0 || strings.Contains(strings.Join(p.notes(1), ";"), "old") {
		t.Errorf("log %+v\n%v", got, p.notes(1))
	}
}

// notes gives each item's name and note, sorted.
func (p *pair) notes(side int) []string {
	p.t.Helper()
	var out []string
	for _, b := range p.items(side) {
		note := ""
		for _, line := range strings.Split(string(b.Data), "\r\n") {
			if text, ok := strings.CutPrefix(line, "NOTE:"); ok {
				note = text
			}
		}
		out = append(out, nameOf(b)+" "+note)
	}
	slices.Sort(out)
	return out
}
