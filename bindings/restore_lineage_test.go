package bindings

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestRule_10_AllVersionsOfOneItemAreOneItem restores every version of a contact in one call, gone or there.
func TestRule_10_AllVersionsOfOneItemAreOneItem(t *testing.T) {
	for _, there := range []bool{false, true} {
		for _, backwards := range []bool{false, true} {
			t.Run(fmt.Sprintf("there %v, backwards %v", there, backwards), func(t *testing.T) {
				p := newPair(t, pairOptions{})
				p.put(0, uidCard("Ann", "NOTE:first"))
				p.mustSync()
				p.edit(0, "Ann", "UID:uid-Ann", "NOTE:second")
				p.mustSync()
				p.edit(1, "Ann", "UID:uid-Ann", "NOTE:third")
				p.mustSync()
				p.remove(0, "Ann")
				p.mustSync()
				ids := p.entries(HistoryFilter{})
				if len(ids) < 3 {
					t.Fatalf("the history has %v", ids)
				}
				if there {
					for _, id := range []int64{ids[2], ids[1]} {
						p.restore(id)
						p.mustSync()
					}
				}
				want := "NOTE:third"
				if backwards {
					slices.Reverse(ids)
					want = "NOTE:first"
				}
				p.restore(ids...)
				p.mustSync()
				p.mustHold("Ann")
				for _, b := range p.items(1) {
					if !strings.Contains(string(b.Data), want) {
						t.Errorf("the last version does not stand: %s", b.Data)
					}
				}
				p.mustRest()
			})
		}
	}
}
