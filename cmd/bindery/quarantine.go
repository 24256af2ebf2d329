package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/bindery-sync/bindery/bindings"
)

// quarantineCmd is "bindery quarantine".
type quarantineCmd struct {
	List  quarantineListCmd  `cmd:"" help:"List the items that were set aside, and why."`
	Retry quarantineRetryCmd `cmd:"" help:"Let the next sync try items again."`
}

type quarantineListCmd struct {
	Binding int64 `help:"Only that binding." placeholder:"ID"`
}

// Run lists the quarantine of all accounts.
func (c *quarantineListCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.visit(ctx, quiet(term), func(h *house) error {
		if err := h.knowsBinding(ctx, c.Binding); err != nil {
			return err
		}
		t := newListing(term, "ID", "SINCE", "ACCOUNT", "BINDING", "DATACLASS", "SIDE", "ITEM", "TITLE", "WHY")
		err := h.each(ctx, func(a bindings.Account) error {
			list, err := h.bindings.Quarantine(ctx, a.ID, c.Binding)
			for _, e := range list {
				t.row(quarantineJSON(e, a.Name), e.ID, stamp(e.Since), a.Name, strconv.FormatInt(e.Binding, 10), string(e.Class), e.Side.String(),
					strconv.Quote(string(e.Item)), strconv.Quote(e.Title), strconv.Quote(e.Why))
			}
			return err
		})
		return t.flush(err)
	})
}

type quarantineRetryCmd struct {
	Binding int64    `help:"All items of that binding." placeholder:"ID"`
	ID      []string `arg:"" optional:"" name:"id" help:"Items as the list names them."`
}

// Run releases the items, whoever they belong to.
func (c *quarantineRetryCmd) Run(ctx context.Context, term *terminal, p place) error {
	if len(c.ID) == 0 && c.Binding == 0 {
		return usagef("quarantine retry: name items, or a binding with --binding")
	}
	return p.visit(ctx, quiet(term), func(h *house) error {
		if err := h.knowsBinding(ctx, c.Binding); err != nil {
			return err
		}
		done := make(map[string]bool)
		err := h.each(ctx, func(a bindings.Account) error {
			list, err := h.bindings.Quarantine(ctx, a.ID, c.Binding)
			if err != nil {
				return err
			}
			for _, e := range list {
				if !c.wants(e.ID) {
					continue
				}
				if err := h.bindings.RetryQuarantined(ctx, a.ID, e.ID); err != nil {
					return whom(err)
				}
				done[e.ID] = true
				if term.json {
					err = cmpErr(err, term.line(quarantineJSON(e, a.Name)))
				}
			}
			return err
		})
		for _, id := range c.ID {
			if !done[id] {
				err = errors.Join(err, fmt.Errorf("there is no item %q in quarantine", id))
			}
		}
		if err == nil || len(done) > 0 {
			term.aside("%d to be tried again\n", len(done))
		}
		return err
	})
}

func (c *quarantineRetryCmd) wants(id string) bool {
	for _, want := range c.ID {
		if want == id {
			return true
		}
	}
	return len(c.ID) == 0
}
