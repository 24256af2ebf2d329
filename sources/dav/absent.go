package dav

import (
	"context"
	"fmt"
)

// errLeavesOut means that a listing was not one.
var errLeavesOut = badAnswer("the server leaves out items that are there")

// askAll is how many items that are said to be gone are all asked for; of more, as many are.
const askAll = 10

// trust asks for some of the items that a whole listing lacks, or of many that are told to be deleted, before it is
// believed: if the server has one of them, nothing of what it said counts. Those of another address are not asked for.
func (m *merging) trust(ctx context.Context, moved bool) error {
	var gone []string
	for _, r := range m.gone {
		if !r.Dead {
			gone = append(gone, r.Href)
		}
	}
	if moved || !m.l.whole && len(gone) <= askAll {
		return nil
	}
	return m.wire.areGone(ctx, gone)
}

// areGone asks for some items one by one. It returns errLeavesOut if one of them is there.
func (w *wire) areGone(ctx context.Context, hrefs []string) error {
	return inFlight(ctx, w.d.o.Reads, spread(hrefs), func(ctx context.Context, href string) error {
		f, err := w.get(ctx, href)
		if err != nil {
			return fmt.Errorf("ask for what the server leaves out: %w", err)
		}
		if _, ours := classify(w.class, f.data); !f.gone && ours {
			return errLeavesOut
		}
		return nil
	})
}

// spread chooses which of the items are asked for: from the first to the last.
func spread(list []string) []string {
	if len(list) <= askAll {
		return list
	}
	out := make([]string, askAll)
	for i := range out {
		out[i] = list[i*(len(list)-1)/(askAll-1)]
	}
	return out
}

// certain asks once more for an item of ours that is not there, and of which the listing says nothing: the server tells of no
// deletion, and would not tell either that it has the item after all. What it fails to answer then is for the next look: it is
// not asked any more in this one, and so taken for missed.
func (m *merging) certain(ctx context.Context, f found) (found, error) {
	again, err := m.wire.get(ctx, f.href)
	switch {
	case err == nil:
		return m.mended(ctx, again)
	case ctx.Err() != nil:
		return f, err
	}
	delete(m.asked, f.href)
	return f, nil
}
