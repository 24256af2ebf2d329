package main

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources/remote"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// clientReplaceCmd is "bindery client replace".
type clientReplaceCmd struct {
	Old string `arg:"" name:"old-uuid" help:"The phone that was."`
	New string `arg:"" name:"new" help:"The new phone: its UUID, or its device id; it need not have logged in yet."`
}

// Run lets the new phone take over.
func (c *clientReplaceCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.visit(ctx, quiet(term), func(h *house) error {
		old, err := h.phone(ctx, c.Old)
		if err != nil {
			return err
		}
		now, err := h.bindings.Phones(h.bindings.Syncs(h.kinds, h.log), false).Replace(ctx, old.Owner, old.ID, c.New)
		if err != nil {
			return err
		}
		return term.say(clientJSON(now, h.nameOf(ctx, now.Owner), syncml.AlertRecord{}),
			"phone %s takes the place of %s; its next sync compares all it holds\n", now.ID, old.ID)
	})
}

// clientRmCmd is "bindery client rm".
type clientRmCmd struct {
	Client string `arg:"" name:"client-uuid" help:"The Sync Client."`
	consent
}

// Run removes the client, whoever it belongs to.
func (c *clientRmCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.visit(ctx, quiet(term), func(h *house) error {
		owner, err := h.ownerOf(ctx, c.Client)
		if err != nil {
			return err
		}
		was, err := h.bindings.Client(ctx, owner, c.Client)
		if err != nil {
			return err
		}
		bound, err := h.bindings.BindingsOf(ctx, owner, was.ID)
		if err != nil {
			return err
		}
		name := visible(cmp.Or(was.Title, was.DeviceID, was.ID))
		if err := c.confirm(term, "%s %s and its %d bindings go; no item is deleted anywhere", was.Kind, name, len(bound)); err != nil {
			return err
		}
		if err := h.bindings.RemoveClient(ctx, owner, was.ID); err != nil {
			return err
		}
		if err := h.remotes.Forget(ctx, owner, was.ID); err != nil {
			return err
		}
		return term.say(clientJSON(was, h.nameOf(ctx, owner), syncml.AlertRecord{}),
			"removed %s %s; \"bindery client restore %s\" brings it back\n", was.Kind, name, was.ID)
	})
}

type jsonRemoved struct {
	UUID       string    `json:"uuid" says:"its name"`
	Kind       string    `json:"kind" says:"the kind of Sync Client"`
	Account    string    `json:"account" says:"whose it was"`
	Title      string    `json:"title,omitempty" says:"what the user called it"`
	Device     string    `json:"device_id,omitempty" says:"what a phone calls itself"`
	Removed    time.Time `json:"removed,omitzero" says:"when it was removed"`
	ReplacedBy string    `json:"replaced_by,omitempty" says:"the UUID of the phone that took its place"`
}

// clientRemovedCmd is "bindery client removed".
type clientRemovedCmd struct{}

// Run lists the removed clients of all accounts, the last one of each first.
func (c *clientRemovedCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.visit(ctx, quiet(term), func(h *house) error {
		t := newListing(term, "UUID", "KIND", "ACCOUNT", "DEVICE", "TITLE", "REMOVED", "REPLACED BY")
		err := h.each(ctx, func(a bindings.Account) error {
			list, err := h.bindings.RemovedClients(ctx, a.ID)
			for _, c := range list {
				v := jsonRemoved{c.ID, c.Kind, a.Name, c.Title, c.DeviceID, utc(c.At), c.ReplacedBy}
				t.row(v, c.ID, c.Kind, a.Name, visible(c.DeviceID), visible(c.Title), stamp(c.At), c.ReplacedBy)
			}
			return err
		})
		return t.flush(err)
	})
}

// clientRestoreCmd is "bindery client restore".
type clientRestoreCmd struct {
	Client string `arg:"" name:"client-uuid" help:"The removed Sync Client."`
}

// Run brings the client back, whoever it belonged to.
func (c *clientRestoreCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.visit(ctx, quiet(term), func(h *house) error {
		var back bindings.Client
		err := h.whoever(ctx, bindings.ErrNoClient, func(owner string) (err error) {
			back, err = h.bindings.RestoreClient(ctx, owner, c.Client)
			return err
		})
		switch {
		case err != nil:
			return err
		case back.ID == "":
			return fmt.Errorf("no Sync Client %q was removed; \"bindery client removed\" lists those that were", c.Client)
		}
		return term.say(clientJSON(back, h.nameOf(ctx, back.Owner), syncml.AlertRecord{}), "%s %s is back\n", back.Kind, back.ID)
	})
}

// bindingRestoreCmd is "bindery binding restore".
type bindingRestoreCmd struct {
	ID int64 `arg:"" name:"id" help:"The number of the removed binding."`
}

// Run brings the binding back, whoever it belonged to.
func (c *bindingRestoreCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.visit(ctx, quiet(term), func(h *house) error {
		var back bindings.Binding
		err := h.whoever(ctx, bindings.ErrNotFound, func(owner string) (err error) {
			back, err = h.bindings.RestoreBinding(ctx, owner, c.ID)
			return err
		})
		switch {
		case err != nil:
			return err
		case back.ID == 0:
			return fmt.Errorf("no binding %d was removed", c.ID)
		}
		return term.say(bindingJSON(back, h.nameOf(ctx, back.Owner)), "binding %d is back\n", back.ID)
	})
}

// clientAddCmd is "bindery client add".
type clientAddCmd struct {
	Kind    string `arg:"" help:"syncml for a phone that has not logged in yet, datastore for one more store, gdata for an account on a registered source, dav for an account on a CardDAV or CalDAV server." enum:"syncml,datastore,gdata,dav"`
	Address string `arg:"" optional:"" help:"With dav: what you know of it: a host, a mail address, or the URL of a server, an account or a collection."`
	Account string `help:"The account that is to have it, if there are several." placeholder:"NAME"`
	Title   string `help:"What you call it." placeholder:"TEXT"`
	Device  string `help:"What the phone calls itself, such as IMEI:490154203237518; without it the next unknown phone that logs in is meant." placeholder:"ID"`
	UUID    string `name:"uuid" help:"Its name everywhere; by default a new one." placeholder:"UUID"`
	Source  string `help:"With gdata: the source, by its name or its id." placeholder:"NAME"`
	credentials
	davOptions
}

// Run registers the client.
func (c *clientAddCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.visit(ctx, quiet(term), func(h *house) error {
		who, err := h.onlyAccount(ctx, "client add", c.Account)
		if err != nil {
			return err
		}
		n := bindings.NewClient{ID: c.UUID, Kind: c.Kind, DeviceID: c.Device, Title: c.Title}
		var made bindings.Client
		switch {
		case c.Kind == remote.KindDAV:
			return c.addDAV(ctx, term, h, who, n)
		case c.Address != "" || c.davOptions.named():
			err = usagef("client add: addresses and collections are for clients of the kind dav")
		case c.Kind == remote.KindGData:
			made, err = h.attach(ctx, term, who, c.Source, c.credentials, n)
		case c.Source != "" || c.credentials.named():
			err = usagef("client add: --source, --user and passwords are for clients of the kind gdata and dav")
		default:
			made, err = h.bindings.CreateClient(ctx, who.ID, n)
		}
		if err != nil {
			return err
		}
		return term.say(clientJSON(made, who.Name, syncml.AlertRecord{}), "registered %s %s\n", made.Kind, made.ID)
	})
}
