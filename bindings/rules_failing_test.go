package bindings

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/memory"
)

// What a side fails to take by its own fault is set aside for a pause, which grows, and not until somebody changes the
// item: 5xx is about the server.
func TestRule_4_WhatAServerFailsAtIsTriedAgainLater(t *testing.T) {
	broken := fmt.Errorf("%w: the server answered 500 Internal Server Error", sources.ErrElsewhere)
	y := &picky{bad: refuses("Bad", broken)}
	p := newPair(t, pairOptions{memory: [2]memory.Options{{}, y.options()}})
	p.put(0, card("Bad"))
	var e LogEntry
	for run, want := range []int{1, 1, 1, 0, 0} { // three attempts at once, then the pause
		if got := p.attempts(&e); got != want || e.Quarantined != map[int]int{2: 1}[run] {
			t.Errorf("run %d: %d attempts, %d quarantined", run, got, e.Quarantined)
		}
	}
	pause := 10 * time.Minute
	for round := range 10 {
		list := p.quarantine()
		if len(list) != 1 || !strings.Contains(list[0].Why, "500") || !list[0].Until.Equal(list[0].Since.Add(pause)) {
			t.Fatalf("round %d: in quarantine %+v", round, list)
		}
		p.clock = list[0].Until.Add(-time.Second)
		if got := p.attempts(&e); got != 0 {
			t.Errorf("round %d: %d attempts within the pause", round, got)
		}
		p.clock = list[0].Until
		if got := p.attempts(&e); got != 1 || e.Quarantined != 0 {
			t.Errorf("round %d: %d attempts after the pause, %d quarantined", round, got, e.Quarantined)
		}
		if got := p.attempts(&e); got != 0 {
			t.Errorf("round %d: %d attempts right after that", round, got)
		}
		pause = min(2*pause, 24*time.Hour)
	}
	y.bad = nil
	p.clock = p.clock.Add(pause)
	p.mustSync()
	p.mustHold("Bad")
	if list := p.quarantine(); len(list) != 0 {
		t.Errorf("still in quarantine: %+v", list)
	}
	y.bad = refuses("Bad", broken)
	p.edit(0, "Bad", "NOTE:anew") // what was counted is forgotten
	for run, want := range []int{1, 1, 1, 0} {
		if got := p.attempts(&e); got != want {
			t.Errorf("anew, run %d: %d attempts", run, got)
		}
	}
}

// What a server then refuses for the item itself stays aside until the item changes.
func TestRule_4_WhatIsRefusedAfterAFaultStaysAside(t *testing.T) {
	y := &picky{bad: refuses("Bad", sources.ErrElsewhere)}
	p := newPair(t, pairOptions{memory: [2]memory.Options{{}, y.options()}})
	p.put(0, card("Bad"))
	var e LogEntry
	for range 3 {
		p.attempts(&e)
	}
	y.bad = refuses("Bad", sources.ErrTooBig)
	p.clock = p.clock.Add(time.Hour)
	if got := p.attempts(&e); got != 1 {
		t.Errorf("%d attempts after the pause", got)
	}
	p.clock = p.clock.Add(100 * 24 * time.Hour)
	if got := p.attempts(&e); got != 0 || !p.quarantine()[0].Until.IsZero() {
		t.Errorf("%d attempts, %+v", got, p.quarantine())
	}
	p.edit(0, "Bad", "NOTE:changed")
	if got := p.attempts(&e); got != 1 {
		t.Errorf("%d attempts after a change", got)
	}
}

// A person may ask for another attempt within the pause, and an edit is one.
func TestRule_4_APauseEndsBySomebody(t *testing.T) {
	for what, do := range map[string]func(p *pair){
		"asked": func(p *pair) { p.ok(p.store.RetryQuarantined(t.Context(), p.owner, p.quarantine()[0].ID)) },
		"edit":  func(p *pair) { p.edit(0, "Bad", "NOTE:changed") },
	} {
		y := &picky{bad: refuses("Bad", sources.ErrElsewhere)}
		p := newPair(t, pairOptions{memory: [2]memory.Options{{}, y.options()}})
		p.put(0, card("Bad"))
		var e LogEntry
		for range 4 {
			p.attempts(&e)
		}
		do(p)
		for run, want := range []int{1, 1, 1, 0} {
			if got := p.attempts(&e); got != want {
				t.Errorf("%s, run %d: %d attempts", what, run, got)
			}
		}
	}
}

// An edit that meets a server at fault is not lost, and neither is the other side's meanwhile.
func TestRule_4_EditsOnBothSidesOfAFault(t *testing.T) {
	y := &picky{}
	p := newPair(t, pairOptions{memory: [2]memory.Options{{}, y.options()}})
	p.put(0, card("Ann"))
	p.mustSync()
	y.bad = refuses("Ann", sources.ErrElsewhere)
	p.edit(0, "Ann", "TITLE:left")
	var e LogEntry
	for range 4 {
		p.attempts(&e)
	}
	y.bad = nil
	p.edit(1, "Ann", "NOTE:right")
	p.mustSync()
	for side := range p.sides {
		if b := string(p.items(side)[p.id(side, "Ann")].Data); !strings.Contains(b, "TITLE:left") || !strings.Contains(b, "NOTE:right") {
			t.Errorf("side %d: %s", side, b)
		}
	}
}

// What an earlier version set aside by a fault of the server is tried again after the upgrade.
func TestFaultsOfAnEarlierVersionPass(t *testing.T) {
	y := &picky{bad: refuses("Bad", fmt.Errorf("%w: the server answered 500 Internal Server Error", sources.ErrUnsupported))}
	p := newPair(t, pairOptions{memory: [2]memory.Options{{}, y.options()}})
	p.put(0, card("Bad"))
	var e LogEntry
	for range 4 {
		p.attempts(&e)
	}
	var step []string
	for _, m := range rulesMigrations() {
		if m.ID == failingMigration {
			step = m.SQLite
		}
	}
	p.ok(p.db.Update(t.Context(), func(_ context.Context, tx *gorm.DB) error { return tx.Exec(step[1]).Error }))
	p.clock = p.clock.Add(time.Hour)
	if got := p.attempts(&e); got != 1 || engine.Pause(4) != 20*time.Minute {
		t.Errorf("%d attempts", got)
	}
}
