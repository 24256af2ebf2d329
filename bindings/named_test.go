package bindings

import (
	"slices"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/memory"
)

// A user answers an invitation on one side while its file comes to the other: one UID is one item, whatever the two say.
func TestRule_7_4_EqualUIDsAreOneItem(t *testing.T) {
	for _, winner := range []string{WinnerSource, WinnerTarget} {
		t.Run(winner, func(t *testing.T) {
			p := newPair(t, pairOptions{winner: winner})
			p.put(0, card("Old", "UID:old"))
			p.mustSync()
			p.put(0, card("Ann", "UID:one", "TITLE:left", "NOTE:left"))
			p.put(1, card("Ann", "UID:one", "TITLE:right", "TEL:+1555"))
			got := p.mustSync()
			p.mustHold("Ann Old")
			if got.Duplicates != 1 || got.Conflicts != 1 {
				t.Errorf("log %+v", got)
			}
			title := map[string]string{WinnerSource: "TITLE:left", WinnerTarget: "TITLE:right"}[winner]
			for _, b := range p.items(0) {
				text := string(b.Data)
				if strings.Contains(text, "FN:Ann") && !(strings.Contains(text, title) && strings.Contains(text, "NOTE:left") && strings.Contains(text, "TEL:+1555")) {
					t.Errorf("something is lost:\n%s", text)
				}
			}
			if got := p.mustSync(); got.Sides != [2]SideCounts{} {
				t.Errorf("the next sync: %+v", got)
			}
		})
	}
}

// Two people stay two: namesakes without a UID, and different people whose UIDs are one by mistake.
func TestRule_7_4_TwoPeopleStayTwo(t *testing.T) {
	for name, c := range map[string][2]string{
		"namesakes":         {"Ann|UID:one|TITLE:left", "Ann|UID:two|TITLE:right"},
		"no UID":            {"Ann|TITLE:left", "Ann|TITLE:right"},
		"a UID used twice":  {"Ann|UID:one|TEL:+47 11 11 11 11|BDAY:1970-01-01|EMAIL:ann@left.example", "Zoe|UID:one|TEL:+47 99 99 99 99|BDAY:1999-12-31|EMAIL:zoe@right.example"},
		"several of a side": {"Ann|UID:one|TITLE:left", "Bob|UID:one|TITLE:right;Cid|UID:one|TITLE:right"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, pairOptions{})
			p.mustSync()
			n := 0
			for side, list := range c {
				for _, one := range strings.Split(list, ";") {
					parts := strings.Split(one, "|")
					p.put(side, card(parts[0], parts[1:]...))
					n++
				}
			}
			p.mustSync()
			p.mustSync()
			if got := len(p.items(0)); got != n || !slices.Equal(p.prints(0), p.prints(1)) {
				t.Errorf("%d items, wanted %d", got, n)
			}
		})
	}
}

// A file that is renamed and edited at once is the item that it was: what the other side changed meanwhile meets it, and
// nothing is made anew there.
func TestRule_7_4_AnItemThatMovesAndChanges(t *testing.T) {
	for side := range 2 {
		p := newPair(t, pairOptions{})
		p.put(side, card("Ann", "UID:one", "TITLE:old"))
		p.put(side, card("Ben", "UID:two"))
		p.mustSync()
		was := p.id(1-side, "Ann")
		p.remove(side, "Ann")
		p.put(side, card("Ann", "UID:one", "TITLE:new"))
		p.edit(1-side, "Ann", "UID:one", "TITLE:old", "ROLE:meanwhile")
		got := p.mustSync()
		p.mustHold("Ann Ben")
		if p.id(1-side, "Ann") != was || got.Conflicts != 0 {
			t.Errorf("%s moves: the other side's item is another; log %+v", sideNames[side], got)
		}
		for _, b := range p.items(side) {
			if text := string(b.Data); strings.Contains(text, "FN:Ann") && !(strings.Contains(text, "TITLE:new") && strings.Contains(text, "ROLE:meanwhile")) {
				t.Errorf("an edit is lost:\n%s", text)
			}
		}
	}
}

// An item that one side would not take, because its user was entering it there, is the one that he entered.
func TestRule_7_4_WhatWasOwedIsEntered(t *testing.T) {
	busy := true
	refuse := func(op sources.Op) error {
		if busy && op.Verb == sources.Add {
			return sources.ErrConflict
		}
		return nil
	}
	p := newPair(t, pairOptions{memory: [2]memory.Options{{}, {Refuse: refuse}}})
	p.mustSync()
	p.put(0, card("Ann", "UID:one", "NOTE:left"))
	p.mustSync()
	busy = false
	p.put(1, card("Ann", "UID:one", "TITLE:right"))
	p.mustSync()
	p.mustSync()
	p.mustHold("Ann")
}
