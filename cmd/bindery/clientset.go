package main

import (
	"cmp"
	"context"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// clientSetCmd is "bindery client set".
type clientSetCmd struct {
	Client       string  `arg:"" name:"client-uuid" help:"The Sync Client; all but its title, its credentials and what is said to be for dav is for phones."`
	Title        *string `help:"What you call it." placeholder:"TEXT"`
	Zone         *string `help:"The time zone of a phone that knows local times only, such as Europe/Vienna; empty for the server's." placeholder:"ZONE"`
	PushAddress  *string `help:"What the gateway knows the phone by, such as its number; empty for none." placeholder:"ADDRESS"`
	ServerID     *string `help:"The id of this server's profile on the phone; empty for \"bindery\"." placeholder:"ID"`
	AlertVersion *string `help:"Version of SyncML in which the phone is alerted: 1.0, 1.1 or 1.2; empty for the one that it speaks." placeholder:"VERSION"`
	collectionOptions
	Without []string `help:"With dav: dataclasses that it is not to have any more." placeholder:"CLASS"`
	consent
	ServerPasswordStdin bool `help:"Read the password by which the phone knows the server from the first line of the standard input; an empty line for none."`
	credentials
}

// Run changes how a phone is alerted, and shows it.
func (c *clientSetCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.visit(ctx, quiet(term), func(h *house) error {
		phone, err := c.named(ctx, h)
		if err != nil {
			return err
		}
		if err := c.authorise(ctx, term, h, phone); err != nil {
			return err
		}
		if c.collects() {
			return c.collect(ctx, term, h, phone)
		}
		if phone.Kind != syncml.KindName {
			return term.say(clientJSON(phone, h.nameOf(ctx, phone.Owner), syncml.AlertRecord{}), "%s %s: title %q\n", phone.Kind, phone.ID, visible(phone.Title))
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

// authorise replaces the credentials of a client on a source, if there are any to replace them by.
func (c *clientSetCmd) authorise(ctx context.Context, term *terminal, h *house, client bindings.Client) error {
	if !c.credentials.named() {
		return nil
	}
	at, err := h.remotes.Account(ctx, client.Owner, client.ID)
	if err != nil {
		return err
	}
	given, err := c.read(term, at.Server.Auth.Way)
	if err != nil {
		return err
	}
	return h.remotes.SetCredentials(ctx, client.Owner, client.ID, given)
}

// named finds the client, after changing what is known of it.
func (c *clientSetCmd) named(ctx context.Context, h *house) (bindings.Client, error) {
	if c.Title == nil && c.Zone == nil && !c.credentials.named() && !c.collects() {
		return h.phone(ctx, c.Client)
	}
	owner, err := h.ownerOf(ctx, c.Client)
	if err != nil {
		return bindings.Client{}, err
	}
	return h.bindings.ChangeClient(ctx, owner, c.Client, bindings.ClientChange{Title: c.Title, Zone: c.Zone})
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
	t.row("title", phone.Title)
	t.row("time zone", cmp.Or(phone.Zone, "the server's"))
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
