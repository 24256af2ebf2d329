package bindings

import (
	"testing"
	"time"

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
