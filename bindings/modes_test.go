package bindings

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources/faulty"
)

func (p *pair) syncAs(mode int) (LogEntry, error) {
	return p.syncs.Synchronize(context.Background(), p.owner, p.binding, dataclass.Contacts, mode)
}

// leads are the sides whose changes count, by mode: left is the source of these bindings.
var leads = map[int]int{
	engine.OneWayFromClient: 0, engine.RefreshFromClient: 0, engine.OneWayFromServer: 1, engine.RefreshFromServer: 1,
}

// TestModesCarryOneWay plays random histories with one-way syncs, each with a crash, and two-way syncs
// after them: the lead is not written, and nothing is lost or doubled by the detour.
func TestModesCarryOneWay(t *testing.T) {
	for _, mode := range []int{engine.OneWayFromClient, engine.OneWayFromServer} {
		for seed := range seeds(6) {
			t.Run(fmt.Sprint(mode, seed), func(t *testing.T) {
				t.Parallel()
				lead := leads[mode]
				r, direct := rand.New(rand.NewPCG(uint64(seed), 202)), rand.New(rand.NewPCG(uint64(seed), 202))
				p, twin := newPair(t, pairOptions{}), newPair(t, pairOptions{})
				for round := range 4 {
					p.usersByName(r, round)
					twin.usersByName(direct, round)
					before, wrote := p.prints(lead), p.wrote[lead]
					p.points = faulty.CrashAt(1 + r.IntN(60))
					direct.IntN(60)
					p.boot()
					if _, err := p.syncAs(mode); err != nil && !isCrash(err) {
						t.Fatal(err)
					}
					p.afterCrash()
					e, err := p.syncAs(mode)
					if err != nil || e.Mode != mode {
						t.Fatalf("mode %d, %v", e.Mode, err)
					}
					if after := p.prints(lead); !slices.Equal(before, after) || p.wrote[lead] != wrote {
						t.Fatalf("round %d: the lead held\n%v\nand holds\n%v", round, before, after)
					}
					if again, err := p.syncAs(mode); err != nil || again.Sides != [2]SideCounts{} {
						t.Fatalf("round %d: a sync of nothing did %+v, %v", round, again.Sides, err)
					}
					p.mustSync()
					twin.mustSync()
					if l, r := p.prints(0), p.prints(1); !slices.Equal(l, r) {
						t.Fatalf("round %d: the sides differ:\n%v\n%v", round, l, r)
					}
					if one, two := p.prints(0), twin.prints(0); !slices.Equal(one, two) {
						t.Fatalf("round %d: with a one-way sync in between\n%v\nwithout\n%v", round, one, two)
					}
				}
			})
		}
	}
}

// TestModesRefresh plays random histories with refreshes, each with a crash: the follower holds what the
// lead held, the lead is not written, and what was overwritten is in the history.
func TestModesRefresh(t *testing.T) {
	for _, mode := range []int{engine.RefreshFromClient, engine.RefreshFromServer} {
		for seed := range seeds(6) {
			t.Run(fmt.Sprint(mode, seed), func(t *testing.T) {
				t.Parallel()
				lead := leads[mode]
				r := rand.New(rand.NewPCG(uint64(seed), 203))
				p := newPair(t, pairOptions{})
				for round := range 4 {
					p.users(r, round)
					before, lost, wrote := p.prints(lead), p.prints(1-lead), p.wrote[lead]
					p.points = faulty.CrashAt(1 + r.IntN(60))
					p.boot()
					if _, err := p.syncAs(mode); err != nil && !isCrash(err) {
						t.Fatal(err)
					}
					p.afterCrash()
					if _, err := p.syncAs(mode); err != nil {
						t.Fatal(err)
					}
					if !slices.Equal(before, p.prints(lead)) || !slices.Equal(before, p.prints(1-lead)) || p.wrote[lead] != wrote {
						t.Fatalf("round %d: the lead held\n%v\nholds\n%v\nthe other\n%v", round, before, p.prints(lead), p.prints(1-lead))
					}
					p.mustBeKept(lost)
					if e := p.mustSync(); e.Sides != [2]SideCounts{} || e.Conflicts != 0 {
						t.Fatalf("round %d: a two-way sync after it did %+v", round, e)
					}
					p.mustSync()
				}
			})
		}
	}
}

// mustBeKept asks that each of these contents is still held by a side or by the history.
func (p *pair) mustBeKept(prints []string) {
	p.t.Helper()
	kept := make(map[string]bool)
	for side := range p.sides {
		for _, s := range p.prints(side) {
			kept[s] = true
		}
	}
	var rows []historyRow
	p.ok(p.db.View(context.Background(), func(ctx context.Context, g *gorm.DB) error {
		return g.Where("owner_id = ?", p.owner).Find(&rows).Error
	}))
	for _, row := range rows {
		kept[printString(p.t, dataclass.Body{Type: row.Type, Data: row.Body})] = true
	}
	for _, s := range prints {
		if !kept[s] {
			p.t.Fatalf("%s is lost", s)
		}
	}
}

// TestModesRefreshOverWhatWasWithheld refreshes from a side that a one-way sync had not told an edit.
func TestModesRefreshOverWhatWasWithheld(t *testing.T) {
	p := newPair(t, pairOptions{})
	p.put(0, card("Ann"))
	p.mustSync()
	p.edit(1, "Ann", "NOTE:right")
	if _, err := p.syncAs(engine.OneWayFromClient); err != nil {
		t.Fatal(err)
	}
	want := p.prints(0)
	if _, err := p.syncAs(engine.RefreshFromClient); err != nil {
		t.Fatal(err)
	}
	p.mustHold("Ann")
	if !slices.Equal(want, p.prints(1)) {
		t.Errorf("left holds %v, right %v", want, p.prints(1))
	}
}

// TestModesABrokenRefreshIsNotGoneOnWith lets a refresh die and a two-way sync follow: it is a run of its own.
func TestModesABrokenRefreshIsNotGoneOnWith(t *testing.T) {
	p := newPair(t, pairOptions{})
	p.put(0, card("Ann"))
	p.mustSync()
	p.put(1, card("Bob"))
	p.points = faulty.CrashAt(4)
	p.boot()
	if _, err := p.syncAs(engine.RefreshFromClient); !isCrash(err) {
		t.Fatalf("got %v", err)
	}
	p.afterCrash()
	if e := p.mustSync(); e.Mode != engine.TwoWay || e.State != engine.StateDone {
		t.Errorf("got %+v", e)
	}
	p.mustHold("Ann Bob")
	list, err := p.store.Log(t.Context(), p.owner, 0, 10)
	p.ok(err)
	if len(list) != 3 || list[1].Mode != engine.RefreshFromClient || list[1].State != engine.StateAbandoned {
		t.Errorf("the log says %+v", list)
	}
}

func TestModesThatAreNone(t *testing.T) {
	p := newPair(t, pairOptions{})
	for _, mode := range []int{0, 199, 206} {
		if _, err := p.syncAs(mode); !errors.Is(err, ErrInvalid) {
			t.Errorf("mode %d: %v", mode, err)
		}
	}
}
