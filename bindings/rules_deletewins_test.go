package bindings

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
)

func newDeletePair(t *testing.T, o pairOptions) *pair {
	t.Helper()
	p := newPair(t, o)
	b, err := p.store.SetDeleteWins(context.Background(), p.owner, p.binding, true)
	p.ok(err)
	if !b.DeleteWins {
		t.Fatal("the binding does not say so")
	}
	p.put(0, card("Ann"))
	p.mustSync()
	return p
}

// history gives the bodies of the versions that syncs overwrote or deleted.
func (p *pair) history() string {
	p.t.Helper()
	var rows []historyRow
	p.ok(p.db.View(context.Background(), func(_ context.Context, db *gorm.DB) error {
		return db.Where("owner_id = ?", p.owner).Order("id").Find(&rows).Error
	}))
	var all strings.Builder
	for _, r := range rows {
		all.Write(r.Body)
	}
	return all.String()
}

func TestRule_6_3_ADeleteWinsIfTheBindingSaysSo(t *testing.T) {
	for _, winner := range []string{WinnerSource, WinnerTarget} {
		for deleter := range 2 {
			for _, mirrored := range []bool{false, true} {
				t.Run(fmt.Sprint(winner, " wins, ", sideNames[deleter], " deletes, mirrored ", mirrored), func(t *testing.T) {
					p := newDeletePair(t, pairOptions{winner: winner, mirrored: mirrored})
					p.remove(deleter, "Ann")
					p.edit(1-deleter, "Ann", "NOTE:edited")
					got := p.mustSync()
					p.mustHold("")
					if got.Conflicts != 1 || !strings.Contains(p.history(), "NOTE:edited") {
						t.Errorf("%d conflicts, history:\n%s", got.Conflicts, p.history())
					}
					if e := p.mustSync(); e.Sides != [2]SideCounts{} {
						t.Errorf("the next sync: %+v", e)
					}
				})
			}
		}
	}
}

// The edit happens between the look and the write.
func TestRule_6_3_ADeleteWinsOverAnEditUnderIt(t *testing.T) {
	for deleter := range 2 {
		p := newDeletePair(t, pairOptions{})
		p.remove(deleter, "Ann")
		done := false
		p.onCall = func(side int, call string) {
			if side == 1-deleter && call == "apply" && !done {
				done = true
				p.edit(side, "Ann", "NOTE:late")
			}
		}
		p.mustSync()
		p.onCall = nil
		p.mustSync()
		p.mustHold("")
		if !strings.Contains(p.history(), "NOTE:late") {
			t.Errorf("the edit is nowhere:\n%s", p.history())
		}
	}
}

// The delete happens under the write of the edit.
func TestRule_6_3_ADeleteUnderTheWriteWins(t *testing.T) {
	for deleter := range 2 {
		p := newDeletePair(t, pairOptions{})
		p.edit(1-deleter, "Ann", "NOTE:edited")
		done := false
		p.onCall = func(side int, call string) {
			if side == deleter && call == "apply" && !done {
				done = true
				p.remove(side, "Ann")
			}
		}
		p.mustSync()
		p.onCall = nil
		p.mustSync()
		p.mustHold("")
	}
}

func TestRule_6_3_DeleteWinsDoesNotMakeAbsenceADelete(t *testing.T) {
	p := newDeletePair(t, pairOptions{})
	p.put(1, card("Ben"))
	p.mustSync()
	p.ok(p.sides[0].Delete(dataclass.Contacts, p.id(0, "Ben")))
	p.sides[0].Forget()
	p.edit(1, "Ben", "NOTE:edited")
	p.mustSync()
	p.mustHold("Ann Ben")
}
