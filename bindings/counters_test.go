package bindings

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// diffBodies is what happened to a side between two looks at it.
func diffBodies[K comparable](was, now map[K]dataclass.Body) (adds, replaces, deletes int) {
	for id, b := range now {
		if old, ok := was[id]; !ok {
			adds++
		} else if string(old.Data) != string(b.Data) {
			replaces++
		}
	}
	for id := range was {
		if _, ok := now[id]; !ok {
			deletes++
		}
	}
	return adds, replaces, deletes
}

func clone[K comparable](m map[K]dataclass.Body) map[K]dataclass.Body {
	out := make(map[K]dataclass.Body, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

// TestP15_CountersEqualWhatPhonesSaw plays random histories of two phones without faults and compares each
// log entry with the contents of the phone and of the datastore before and after.
func TestP15_CountersEqualWhatPhonesSaw(t *testing.T) {
	for seed := range uint64(seeds(8)) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			c := newChronicle(t, 1000+seed)
			last := make([]map[sources.ID]dataclass.Body, 2) // the datastore as each phone's binding left it
			last[0], last[1] = map[sources.ID]dataclass.Body{}, map[sources.ID]dataclass.Body{}
			for range 12 {
				for range c.r.IntN(5) {
					c.user()
				}
				i := c.r.IntN(2)
				c.phone = c.phones[i]
				c.checkedSync(c.r.IntN(5) == 0, last[i])
				items, err := c.peer.List(dataclass.Contacts)
				if err != nil {
					t.Fatal(err)
				}
				last[i] = items
			}
		})
	}
}

// checkedSync syncs the phone and checks the log entry. Last is the datastore after this phone's last sync.
func (c *chronicle) checkedSync(slow bool, last map[sources.ID]dataclass.Body) {
	c.t.Helper()
	phoneWas, dirty := clone(c.phone.items), c.phone.package3(false)
	peerWas, err := c.peer.List(dataclass.Contacts)
	if err != nil {
		c.t.Fatal(err)
	}
	if err := c.syncPhone(slow); err != nil {
		c.t.Fatalf("%v\n%s", err, strings.Join(c.log, "\n"))
	}
	got := c.lastLog()
	var want [2]SideCounts
	if got.Mode == engine.Slow {
		want[0].ReplacesIn = len(phoneWas)
	} else {
		for _, row := range dirty {
			switch row.Verb {
			case sources.Add:
				want[0].AddsIn++
			case sources.Replace:
				want[0].ReplacesIn++
			case sources.Delete:
				want[0].DeletesIn++
			}
		}
	}
	want[1].AddsIn, want[1].ReplacesIn, want[1].DeletesIn = diffBodies(last, peerWas)
	want[0].AddsOut, want[0].ReplacesOut, want[0].DeletesOut = diffBodies(phoneWas, c.phone.items)
	peerNow, err := c.peer.List(dataclass.Contacts)
	if err != nil {
		c.t.Fatal(err)
	}
	want[1].AddsOut, want[1].ReplacesOut, want[1].DeletesOut = diffBodies(peerWas, peerNow)
	if got.Sides != want {
		c.t.Fatalf("%s\nthe log says\n%+v, the sides saw\n%+v", strings.Join(c.log, "\n"), got, want)
	}
}

// TestP15_ALateMapCountsInTheSyncThatSentTheAdd: a Map that comes at the beginning of the next session
// proves an Add that nobody acknowledged.
func TestP15_ALateMapCountsInTheSyncThatSentTheAdd(t *testing.T) {
	w := newWorld(t)
	s, o := sentOnly(w)
	s.finish(false)
	s = w.session()
	s.settle(syncml.Answer{Op: o.Op, Kind: syncml.Mapped, LUID: "41"})
	if got := w.lastLog().Sides[engine.Source].AddsOut; got != 1 {
		t.Errorf("%d adds out, wanted 1", got)
	}
}
