package main

import (
	"context"

	"github.com/bindery-sync/bindery/bindings"
)

// clientCmd is "bindery client".
type clientCmd struct {
	List    clientListCmd    `cmd:"" help:"List the registered Sync Clients of all accounts."`
	Add     clientAddCmd     `cmd:"" help:"Register a phone before its first log-in, one more datastore, or an account on another server."`
	Set     clientSetCmd     `cmd:"" help:"Name a Sync Client, say which collections one on a DAV server has, which time zone a phone is in and how it is alerted; without options, show it."`
	Replace clientReplaceCmd `cmd:"" help:"Put a new phone in the place of an old one, which is refused from then on. Nothing is doubled or lost."`
	Rm      clientRmCmd      `cmd:"" help:"Remove a Sync Client and its bindings. No item is deleted anywhere, and it can be brought back."`
	Removed clientRemovedCmd `cmd:"" help:"List removed Sync Clients."`
	Restore clientRestoreCmd `cmd:"" help:"Bring a removed Sync Client back, with its bindings."`
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
