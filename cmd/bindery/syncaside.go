package main

import (
	"context"
	"fmt"
)

// noteSetAside tells the reader of the table what no sync tries again by itself, whichever sync set it aside, and which
// pairs wait for a decision.
func (h *house) noteSetAside(ctx context.Context, out *syncReport, p pair) error {
	if out.term.json {
		return nil
	}
	list, err := h.bindings.Quarantine(ctx, p.binding.Owner, p.binding.ID)
	if err == nil && len(list) > 0 {
		out.note(setAsideLine(len(list)))
	}
	if err != nil {
		return err
	}
	doubts, err := h.bindings.Doubts(ctx, p.binding.Owner, p.binding.ID)
	if err == nil && len(doubts) > 0 {
		out.note(doubtfulLine(len(doubts)))
	}
	return err
}

func doubtfulLine(n int) string {
	what := "1 pair of items is"
	if n > 1 {
		what = fmt.Sprintf("%d pairs of items are", n)
	}
	return what + " doubtful, each item on its own side only: see bindery review\n"
}

func setAsideLine(n int) string {
	what := "1 item is"
	if n > 1 {
		what = fmt.Sprintf("%d items are", n)
	}
	return what + " set aside and not synchronised: see bindery quarantine list\n"
}
