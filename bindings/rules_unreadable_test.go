package bindings

import (
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/memory"
)

// unreadable is what a program leaves that dies while it writes a file.
func unreadable() dataclass.Body {
	return dataclass.Body{Type: "text/vcard;version=3.0", Data: []byte{}}
}

// emptied is a pair whose left Ann cannot be read while the right one was edited. It gives the id and what was there.
func emptied(t *testing.T, syncs int) (p *pair, was dataclass.Body) {
	p = newPair(t, pairOptions{})
	id := p.put(0, uidCard("Ann"))
	p.put(0, uidCard("Ben"))
	p.mustSync()
	was = p.items(0)[id]
	p.ok(p.sides[0].Edit(dataclass.Contacts, id, unreadable()))
	p.edit(1, "Ann", "UID:uid-Ann", "NOTE:right")
	for run := range syncs {
		e := p.mustSync()
		want := LogEntry{}
		if run == 0 {
			want.Quarantined, want.Sides[p.sideOf(0)].ReplacesIn, want.Sides[1].ReplacesIn = 1, 1, 1
		}
		if e.Quarantined != want.Quarantined || e.Sides != want.Sides {
			t.Errorf("sync %d: %d set aside, counted %+v", run, e.Quarantined, e.Sides)
		}
		if got := p.items(0)[id]; len(got.Data) != 0 {
			t.Errorf("sync %d wrote over what cannot be read: %s", run, got.Data)
		}
	}
	if list := p.quarantine(); len(list) != 1 || list[0].Side != engine.Source {
		t.Errorf("in quarantine: %+v", list)
	}
	return p, was
}

// TestRule_4_WhatCanBeReadAgainGetsWhatItIsOwed: a file that is put back as it was gets the edit that was
// made elsewhere meanwhile, however many syncs saw it broken.
func TestRule_4_WhatCanBeReadAgainGetsWhatItIsOwed(t *testing.T) {
	for _, syncs := range []int{1, 2, 5} {
		p, was := emptied(t, syncs)
		var id = p.emptyItem(0)
		p.ok(p.sides[0].Edit(dataclass.Contacts, id, was))
		p.mustSync()
		if b := p.items(0)[id]; !strings.Contains(string(b.Data), "NOTE:right") {
			t.Errorf("after %d syncs the edit is missing: %s", syncs, b.Data)
		}
		if list := p.quarantine(); len(list) != 0 {
			t.Errorf("after %d syncs in quarantine: %+v", syncs, list)
		}
		p.mustHold("Ann Ben")
		p.mustRest()
	}
}

// emptyItem gives the item of a side that has no content.
func (p *pair) emptyItem(side int) sources.ID {
	p.t.Helper()
	for id, b := range p.items(side) {
		if len(b.Data) == 0 {
			return id
		}
	}
	p.t.Fatal("no item is empty")
	return ""
}

// What was set aside before its item broke is tried again when the item can be read again, too, be it under a new revision or
// under that which it had before.
func TestRule_4_WhatCanBeReadAgainIsTriedAgain(t *testing.T) {
	for name, same := range map[string]bool{"new revision": false, "old revision": true} {
		t.Run(name, func(t *testing.T) { triedAgain(t, same) })
	}
}

func triedAgain(t *testing.T, same bool) {
	y := &picky{}
	left := y.options()
	left.ContentRevisions = same
	p := newPair(t, pairOptions{memory: [2]memory.Options{left, {}}})
	id := p.put(0, uidCard("Ann"))
	p.mustSync()
	was := p.items(0)[id]
	y.bad = refuses("Ann", sources.ErrUnsupported)
	p.edit(1, "Ann", "UID:uid-Ann", "NOTE:right")
	for range 3 {
		p.mustSync()
	}
	y.bad = nil
	p.ok(p.sides[0].Edit(dataclass.Contacts, id, unreadable()))
	p.mustSync()
	p.ok(p.sides[0].Edit(dataclass.Contacts, id, was))
	p.mustSync()
	p.mustHold("Ann")
	if b, list := p.items(0)[id], p.quarantine(); len(list) != 0 || !strings.Contains(string(b.Data), "NOTE:right") {
		t.Errorf("in quarantine %+v, left holds %s", list, b.Data)
	}
	p.mustRest()
}

// What nothing is owed leaves the quarantine when it is as it was, under the revision that it had.
func TestRule_4_WhatIsAsItWasLeavesTheQuarantine(t *testing.T) {
	for name, same := range map[string]bool{"new revision": false, "old revision": true} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, pairOptions{memory: [2]memory.Options{{ContentRevisions: same}, {}}})
			id := p.put(0, uidCard("Ann"))
			p.mustSync()
			was := p.items(0)[id]
			p.ok(p.sides[0].Edit(dataclass.Contacts, id, unreadable()))
			p.mustSync()
			if list := p.quarantine(); len(list) != 1 {
				t.Fatalf("in quarantine: %+v", list)
			}
			p.ok(p.sides[0].Edit(dataclass.Contacts, id, was))
			p.mustSync()
			if list := p.quarantine(); len(list) != 0 {
				t.Errorf("in quarantine still: %+v", list)
			}
			p.mustHold("Ann")
			p.mustRest()
		})
	}
}
