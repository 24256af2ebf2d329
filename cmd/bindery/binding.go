package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/bindery-sync/bindery/bindings"
)

// bindingCmd is "bindery binding".
type bindingCmd struct {
	List    bindingListCmd    `cmd:"" help:"List the bindings of all accounts."`
	Add     bindingAddCmd     `cmd:"" help:"Bind two Sync Clients of one account."`
	Set     bindingSetCmd     `cmd:"" help:"Change what a binding does; without options, show it."`
	Restore bindingRestoreCmd `cmd:"" help:"Bring a removed binding back; it goes on where it stopped."`
	Rm      bindingRmCmd      `cmd:"" help:"Remove a binding. No item is deleted anywhere."`
}

type bindingListCmd struct {
	Removed bool `help:"List those that were removed, and can be brought back."`
}

// Run lists the bindings by account, in the order in which they were made.
func (c *bindingListCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.visit(ctx, quiet(term), func(h *house) error {
		t := newListing(term, "ID", "ACCOUNT", "SOURCE", "KIND", "TARGET", "KIND", "CONFLICT")
		err := h.each(ctx, func(a bindings.Account) error {
			list, err := c.of(ctx, h, a.ID)
			for _, b := range list {
				t.row(bindingJSON(b, a.Name), strconv.FormatInt(b.ID, 10), a.Name, b.Source, b.Kinds[0], b.Target, b.Kinds[1], b.Winner)
			}
			return err
		})
		return t.flush(err)
	})
}

// of gives the bindings of an account that are to be listed.
func (c *bindingListCmd) of(ctx context.Context, h *house, owner string) ([]bindings.Binding, error) {
	if !c.Removed {
		return h.bindings.Bindings(ctx, owner)
	}
	removed, err := h.bindings.RemovedBindings(ctx, owner)
	list := make([]bindings.Binding, len(removed))
	for i, b := range removed {
		list[i] = b.Binding
	}
	return list, err
}

type bindingAddCmd struct {
	Source   string `arg:"" name:"source-uuid" help:"The binding's source."`
	Target   string `arg:"" name:"target-uuid" help:"The binding's target."`
	Conflict string `help:"Whose value stands where both changed the same." enum:"source,target" default:"source"`

	DeleteWins bool     `help:"An item that one side deletes and the other edits is deleted."`
	Direction  string   `help:"Which sides are written: both (two-way), or only one of them (to-target, to-source)." enum:"two-way,to-target,to-source" default:"two-way"`
	Classes    []string `help:"The dataclasses that are synchronised, with commas between them; all is what both clients have." placeholder:"CLASS"`
	AskSlow    bool     `help:"Hold every slow sync after the first until somebody approves of it."`
}

// Run binds the two clients for the account that has both.
func (c *bindingAddCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.visit(ctx, quiet(term), func(h *house) error {
		owner, err := h.ownerOf(ctx, c.Source, c.Target)
		if err != nil {
			return err
		}
		n := bindings.NewBinding{Source: c.Source, Target: c.Target, Winner: c.Conflict, DeleteWins: c.DeleteWins}
		direction := bindings.Direction(c.Direction)
		n.Settings = bindings.Change{Direction: &direction, AskSlow: &c.AskSlow, Classes: wantedClasses(c.Classes)}
		b, err := h.bindings.CreateBinding(ctx, owner, n)
		if err != nil {
			return err
		}
		return term.say(bindingJSON(b, h.nameOf(ctx, b.Owner)), "created binding %d\n", b.ID)
	})
}

// ownerOf finds the one account that has all of the clients.
func (h *house) ownerOf(ctx context.Context, clients ...string) (string, error) {
	var owners []string
	err := h.each(ctx, func(a bindings.Account) error {
		for _, id := range clients {
			if _, err := h.bindings.Client(ctx, a.ID, id); errors.Is(err, bindings.ErrNoClient) {
				return nil
			} else if err != nil {
				return err
			}
		}
		owners = append(owners, a.ID)
		return nil
	})
	switch {
	case err != nil:
		return "", err
	case len(owners) == 0 && len(clients) == 1:
		return "", fmt.Errorf("no account has the Sync Client %q", clients[0])
	case len(owners) == 0:
		return "", fmt.Errorf("no account has both %q", clients)
	case len(owners) > 1:
		return "", fmt.Errorf("%d accounts have both %q: bind them over the API", len(owners), clients)
	}
	return owners[0], nil
}

type bindingRmCmd struct {
	ID int64 `arg:"" name:"id" help:"The binding's number."`
	consent
}

// Run removes the binding, whoever it belongs to.
func (c *bindingRmCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.visit(ctx, quiet(term), func(h *house) error {
		b, err := h.binding(ctx, c.ID)
		if err != nil {
			return err
		}
		if err := c.confirm(term, "binding %d would be synchronised no more; no item is deleted, and \"bindery binding restore %d\" brings it back as it was", b.ID, b.ID); err != nil {
			return err
		}
		if err := h.bindings.RemoveBinding(ctx, b.Owner, b.ID); err != nil {
			return err
		}
		return term.say(bindingJSON(b, h.nameOf(ctx, b.Owner)), "removed binding %d\n", b.ID)
	})
}

// binding finds a binding in all accounts.
func (h *house) binding(ctx context.Context, id int64) (bindings.Binding, error) {
	found := bindings.Binding{}
	err := h.each(ctx, func(a bindings.Account) error {
		b, err := h.bindings.Binding(ctx, a.ID, id)
		switch {
		case err == nil:
			found = b
		case !errors.Is(err, bindings.ErrForbidden) && !errors.Is(err, bindings.ErrNotFound):
			return err
		}
		return nil
	})
	if err == nil && found.ID == 0 {
		err = fmt.Errorf("there is no binding %d", id)
	}
	return found, err
}
