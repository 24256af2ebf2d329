package main

import (
	"context"

	"github.com/bindery-sync/bindery/bindings"
)

// clientCmd is "bindery client".
type clientCmd struct {
	List clientListCmd `cmd:"" help:"List the registered Sync Clients of all accounts."`
	Set  clientSetCmd  `cmd:"" help:"Say how a phone is alerted; without options, show it."`
}

type clientListCmd struct{}

// Run lists the clients by account, in the order in which they were registered.
func (c *clientListCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.visit(ctx, quiet(term), func(h *house) error {
		t := newListing(term, "UUID", "KIND", "ACCOUNT", "DEVICE", "TITLE", "ALERTED", "ANSWERED")
		err := h.each(ctx, func(a bindings.Account) error {
			list, err := h.bindings.Clients(ctx, a.ID, "")
			if err != nil {
				return err
			}
			alerts, err := h.alerter(nil).Records(ctx, a.ID)
			for _, c := range list {
				r := alerts[c.ID]
				t.row(clientJSON(c, a.Name, r), c.ID, c.Kind, a.Name, c.DeviceID, c.Title, stamp(r.Sent), answered(r))
			}
			return err
		})
		return t.flush(err)
	})
}
