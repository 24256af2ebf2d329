package bindings

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources/memory"
)

// TestRule_7_1_ASideThatReturnsAfterThirteenMonths: what was deleted meanwhile is not known any more, so the
// sync is slow and loses nothing.
func TestRule_7_1_ASideThatReturnsAfterThirteenMonths(t *testing.T) {
	for months, want := range map[int]struct {
		mode, restored int
		left           string
	}{11: {engine.TwoWay, 0, "Ann Dan"}, 13: {engine.Slow, 1, "Ann Ben Dan"}} {
		var p *pair
		now := func() time.Time { return p.clock }
		p = newPair(t, pairOptions{memory: [2]memory.Options{{}, {Now: now}}})
		p.put(0, card("Ann"))
		p.put(0, card("Ben"))
		p.mustSync()
		p.mustSync() // reads its own writes
		p.remove(1, "Ben")
		p.put(1, card("Dan"))
		p.clock = p.clock.AddDate(0, months, 0)
		e := p.mustSync()
		p.mustHold(want.left)
		if e.Mode != want.mode || e.Restored != want.restored {
			t.Errorf("after %d months: mode %d, %d restored", months, e.Mode, e.Restored)
		}
	}
}

// TestRule_7_1_APhoneThatReturnsAfterThirteenMonths: the datastore has forgotten what was deleted there while
// the phone lay in a drawer. Both sides come to hold the same; nothing that the phone has is lost, and
// nothing is there twice.
func TestRule_7_1_APhoneThatReturnsAfterThirteenMonths(t *testing.T) {
	for months, want := range map[int]string{11: "Ann Dan Eve", 13: "Ann Ben Dan Eve"} {
		w := newWorld(t)
		now := time.Date(2009, 3, 18, 0, 0, 0, 0, time.UTC)
		w.peers = memory.NewKind("datastore", memory.Options{Now: func() time.Time { return now }})
		stores, err := w.store.Clients(context.Background(), w.owner, "datastore")
		if err != nil || len(stores) != 1 {
			t.Fatal(stores, err)
		}
		w.peer = w.peers.Client(w.owner, stores[0].ID)
		w.boot()
		w.phone.add(card("Ann"))
		w.phone.add(card("Ben"))
		w.mustSync()
		w.mustSync()
		if err := w.peer.Delete(dataclass.Contacts, peerID(w, "Ben")); err != nil {
			t.Fatal(err)
		}
		mustPut(w, card("Dan"))
		now = now.AddDate(0, months, 0)
		w.phone.add(card("Eve"))
		w.mustSync()
		w.mustSync()
		w.mustAgree(len(strings.Fields(want)))
		if got := w.peerNames(); got != want {
			t.Errorf("after %d months both hold %q, wanted %q", months, got, want)
		}
	}
}
