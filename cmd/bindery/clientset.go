package main

import (
	"context"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// clientSetCmd is "bindery client set".
type clientSetCmd struct {
	Client              string  `arg:"" name:"client-uuid" help:"The phone."`
	PushAddress         *string `help:"What the gateway knows the phone by, such as its number; empty for none." placeholder:"ADDRESS"`
	ServerID            *string `help:"The id of this server's profile on the phone; empty for \"bindery\"." placeholder:"ID"`
	AlertVersion        *string `help:"Version of SyncML in which the phone is alerted: 1.0, 1.1 or 1.2; empty for the one that it speaks." placeholder:"VERSION"`
	ServerPasswordStdin bool    `help:"Read the password by which the phone knows the server from the first line of the standard input; an empty line for none."`
}

// Run changes how a phone is alerted, and shows it.
func (c *clientSetCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.visit(ctx, quiet(term), func(h *house) error {
		phone, err := h.phone(ctx, c.Client)
		if err != nil {
			return err
		}
		change := syncml.ReachChange{Address: c.PushAddress, ServerID: c.ServerID, Version: c.AlertVersion}
		if c.ServerPasswordStdin {
			password, err := readLine(term.in)
			if err != nil {
				return err
			}
			change.Password = &password
		}
		alerter := h.alerter(nil)
		if change != (syncml.ReachChange{}) {
			if err := alerter.SetReach(ctx, phone.Owner, phone.ID, change); err != nil {
				return howToAlert(err, phone.ID)
			}
		}
		return showReach(ctx, term, alerter, phone)
	})
}

// showReach prints how a phone is alerted and what became of it the last time.
func showReach(ctx context.Context, term *terminal, alerter *syncml.Alerter, phone bindings.Client) error {
	all, err := alerter.Records(ctx, phone.Owner)
	if err != nil {
		return err
	}
	rec := all[phone.ID]
	if rec.ServerID == "" {
		rec.ServerID = syncml.DefaultServerID
	}
	if rec.Version == "" {
		rec.Version = "as the phone speaks"
	}
	password := "none"
	if rec.Keyed {
		password = "set"
	}
	if term.json {
		return term.line(reachJSON(phone, rec))
	}
	t := newTable(term, "SETTING", "VALUE")
	t.row("push address", rec.Address)
	t.row("server id", rec.ServerID)
	t.row("alert version", rec.Version)
	t.row("server password", password)
	t.row("alerted", stamp(rec.Sent))
	t.row("answered", answered(rec))
	t.row("failed", rec.Error)
	return t.flush(nil)
}

// answered says whether a phone came after it was alerted; "" if it never was.
func answered(r syncml.AlertRecord) string {
	switch {
	case r.Sent.IsZero():
		return ""
	case r.Error != "":
		return "failed"
	case r.Answered.IsZero():
		return "no"
	case r.ByID:
		return stamp(r.Answered) + " by its session id"
	}
	return stamp(r.Answered)
}
