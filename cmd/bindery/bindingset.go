package main

import (
	"context"

	"github.com/bindery-sync/bindery/bindings"
)

// bindingSetCmd is "bindery binding set".
type bindingSetCmd struct {
	ID          int64  `arg:"" name:"id" help:"The binding's number."`
	Conflict    string `help:"Whose value stands where both changed the same." enum:"source,target," default:""`
	DeleteWins  *bool  `help:"An item that one side deletes and the other edits is deleted." negatable:""`
	RemoveTwins *bool  `help:"A slow sync keeps one of items of a side that say exactly the same." negatable:""`
}

// Run changes what was named, and prints what the binding does then.
func (c *bindingSetCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.visit(ctx, quiet(term), func(h *house) error {
		b, err := h.binding(ctx, c.ID)
		if err == nil && c.Conflict != "" {
			b, err = h.bindings.SetWinner(ctx, b.Owner, b.ID, c.Conflict)
		}
		if err == nil && c.DeleteWins != nil {
			b, err = h.bindings.SetDeleteWins(ctx, b.Owner, b.ID, *c.DeleteWins)
		}
		if err == nil && c.RemoveTwins != nil {
			b, err = h.bindings.SetRemoveTwins(ctx, b.Owner, b.ID, *c.RemoveTwins)
		}
		if err != nil {
			return err
		}
		showBinding(term, b)
		return nil
	})
}

// showBinding prints what a binding does, a line for each option.
func showBinding(term *terminal, b bindings.Binding) {
	yes := map[bool]string{true: "yes", false: "no"}
	term.printf("binding %d\nconflict: %s\ndelete wins: %s\nremove twins: %s\n", b.ID, b.Winner, yes[b.DeleteWins], yes[b.RemoveTwins])
}
