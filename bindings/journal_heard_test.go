package bindings

import (
	"context"
	"slices"
	"testing"

	"github.com/bindery-sync/bindery/engine"
)

// TestP14_WhatIsHeardIsOnesOwn: intents are found by their ids, whether or not these follow each other, and only those
// of the owner and the binding that are asked for.
func TestP14_WhatIsHeardIsOnesOwn(t *testing.T) {
	ctx := context.Background()
	p := newPair(t, pairOptions{})
	j, l, links, intents := p.intend(packedBatch("Ann", "Bob", "Cid"))
	other, elsewhere := l, l
	other.Ref.Owner = "mallory"
	elsewhere.Ref.Binding++
	for name, ids := range map[string][]int64{"in a row": intents, "with a gap": {intents[2], intents[0]}} {
		list, of, err := j.Heard(ctx, l, ids, true)
		p.ok(err)
		if len(list) != len(ids) || len(of) != len(ids) || list[0].ID != intents[0] || of[0].ID != links[0] || list[len(ids)-1].ID != intents[2] {
			t.Errorf("%s: %+v, %+v", name, list, of)
		}
		for _, l := range []engine.Lease{other, elsewhere} {
			if list, of, err := j.Heard(ctx, l, ids, true); err != nil || len(list)+len(of) > 0 {
				t.Errorf("%s, %+v: %+v, %+v, %v", name, l.Ref, list, of, err)
			}
		}
	}
	if _, of, err := j.Heard(ctx, l, slices.Clone(intents), false); err != nil || len(of) > 0 {
		t.Errorf("links that nobody asked for: %+v, %v", of, err)
	}
}
