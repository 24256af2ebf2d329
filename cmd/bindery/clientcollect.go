package main

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/remote"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// collects reports whether the command is about the collections of a client.
func (c *clientSetCmd) collects() bool { return c.collectionOptions.named() || len(c.Without) > 0 }

// collect shows the collections of a client's account, or gives it others of them. What comes of that is said before.
func (c *clientSetCmd) collect(ctx context.Context, t *terminal, h *house, client bindings.Client) error {
	f, err := h.remotes.Look(ctx, client.Owner, client.ID)
	if err != nil {
		return err
	}
	for _, err := range f.Troubles {
		_, _ = fmt.Fprintf(t.err, "not all of it could be looked at: %s\n", visible(err.Error()))
	}
	if c.Look {
		return showFound(t, f)
	}
	was, err := h.remotes.Account(ctx, client.Owner, client.ID)
	if err != nil {
		return err
	}
	choice, err := c.choose(t, f, was.Server)
	if err != nil {
		return err
	}
	if !c.foretell(t, choice, was.Server) {
		return t.say(clientJSON(client, h.nameOf(ctx, client.Owner), syncml.AlertRecord{}), "nothing is to be changed\n")
	}
	if err := c.confirm(t, "The next synchronization compares all that there is"); err != nil {
		return err
	}
	changed, err := h.remotes.SetCollections(ctx, client.Owner, client.ID, f, choice)
	if err != nil {
		return err
	}
	now, err := h.remotes.Account(ctx, client.Owner, client.ID)
	if err != nil {
		return err
	}
	sayCollections(t, now.Server)
	return t.say(clientJSON(client, h.nameOf(ctx, client.Owner), syncml.AlertRecord{}), "changed %s %s: %v\n", client.Kind, client.ID, changed)
}

// choose says which collections the client is to have instead of its own. A class that is wanted keeps the one that it has.
func (c *clientSetCmd) choose(t *terminal, f remote.Finding, was remote.Server) (map[dataclass.Class]remote.Choice, error) {
	wanted := slices.DeleteFunc(c.wanted(), func(class dataclass.Class) bool { return was.Collections[class] != "" })
	given, out := c.given(), map[dataclass.Class]remote.Choice{}
	if len(c.Class) == 0 && len(given) == 0 && c.Make {
		return nil, usagef("client set: say with --class what a collection is to be made for")
	}
	if len(wanted)+len(given) > 0 {
		var err error
		if out, err = chooseFrom(t, f, wanted, given, c.Make); err != nil {
			return nil, err
		}
	}
	for _, class := range c.Without {
		if was.Collections[dataclass.Class(class)] == "" {
			return nil, usagef("client set: it has no %s", visible(class))
		}
		if _, both := out[dataclass.Class(class)]; both {
			return nil, usagef("client set: %s with a collection, and without", visible(class))
		}
		out[dataclass.Class(class)] = remote.Choice{}
	}
	return out, nil
}

// foretell says what a choice changes and what comes of it; false if nothing changes.
func (c *clientSetCmd) foretell(t *terminal, choice map[dataclass.Class]remote.Choice, was remote.Server) bool {
	some, moved := false, false
	for _, class := range slices.Sorted(maps.Keys(choice)) {
		from, to := was.Collections[class], choice[class].URL
		switch {
		case from == to && to != "":
			continue
		case choice[class].Make != "":
			to = "a new collection"
		case to == "":
			to = "nothing"
		}
		if some = true; from == "" {
			from = "nothing"
		} else {
			moved = true
		}
		_, _ = fmt.Fprintf(t.err, "%s: %s instead of %s\n", class, visible(to), visible(from))
	}
	if moved {
		_, _ = fmt.Fprint(t.err, "Nothing is deleted, neither in the old collection nor on the other side. What both have is compared with the new\n"+
			"collection by what it says; what one of them lacks is added there. What changed in the old collection since the last\n"+
			"synchronization stays there only: synchronize first if you want it.\n")
	}
	return some
}
