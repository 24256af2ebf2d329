package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/bindings/transfer"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/datastore"
)

type jsonExportFile struct {
	Client string                  `json:"client" says:"the datastore's UUID"`
	File   string                  `json:"file" says:"where the items are"`
	Items  map[dataclass.Class]int `json:"items" says:"how many items of each dataclass are in it"`
	Left   int                     `json:"left_out" says:"how many could not be written"`
}

// asFile writes a whole datastore into one file of cards or one calendar.
func (c *exportCmd) asFile(ctx context.Context, term *terminal, h *house) error {
	format, classes := dataclass.VCard30, []dataclass.Class{dataclass.Contacts}
	switch suffix := strings.ToLower(filepath.Ext(c.Dir)); suffix {
	case ".vcf":
	case ".ics":
		format, classes = dataclass.ICalendar20, []dataclass.Class{dataclass.Events, dataclass.Tasks, dataclass.Notes}
	default:
		return usagef("export: a whole store goes into a .vcf or .ics file, not %q", suffix)
	}
	client, err := (&importCmd{Account: c.Account, Client: c.Client}).client(ctx, h)
	if err != nil {
		return err
	}
	if client.Kind != datastore.KindName {
		return usagef("export: %s is a %s; it holds its items itself", client.ID, client.Kind)
	}
	var done transfer.Exported
	err = newFile(c.Dir, func(w io.Writer) (err error) {
		done, err = transfer.Export(ctx, h.items.Items(client.Owner, client.ID), w, format, classes...)
		return err
	})
	if err != nil {
		return err
	}
	n := 0
	for _, k := range done.Items {
		n += k
	}
	if err := term.say(jsonExportFile{client.ID, c.Dir, done.Items, done.Left}, "%d items are in %s\n", n, c.Dir); err != nil {
		return err
	}
	if done.Left > 0 {
		term.aside("%d items could not be written\n", done.Left)
		return errPartly
	}
	return nil
}

// newFile makes a file that appears when it is complete. One that is there already is an error.
func newFile(name string, fill func(io.Writer) error) error {
	if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		return usagef("export: %s is there already", name)
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".bindery-export-")
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	err = fill(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Link(f.Name(), name) // which overwrites nothing
	}
	if errors.Is(err, errors.ErrUnsupported) {
		err = os.Rename(f.Name(), name)
	}
	if rerr := os.Remove(f.Name()); !errors.Is(rerr, fs.ErrNotExist) {
		err = errors.Join(err, rerr)
	}
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

// accountExportCmd is "bindery account export".
type accountExportCmd struct {
	Name string `arg:"" help:"The account's name."`
	File string `arg:"" help:"The .zip file to make; it must not exist."`
}

type jsonAccountFile struct {
	Account string `json:"account" says:"the account's name"`
	File    string `json:"file" says:"where everything is"`
}

// Run writes everything that an account owns into one archive.
func (c *accountExportCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.visit(ctx, quiet(term), func(h *house) error {
		who, err := h.accountNamed(ctx, c.Name)
		if err != nil {
			return err
		}
		err = newFile(c.File, func(w io.Writer) error {
			return transfer.Account(ctx, w, who, h.bindings, func(client string) transfer.Items { return h.items.Items(who.ID, client) }, h.davKeeps)
		})
		if err != nil {
			return err
		}
		return term.say(jsonAccountFile{who.Name, c.File}, "everything of %s is in %s\n", who.Name, c.File)
	})
}

// accountNamed gives the account of that name.
func (h *house) accountNamed(ctx context.Context, name string) (bindings.Account, error) {
	a, err := h.bindings.AccountByName(ctx, name)
	if err != nil {
		return a, fmt.Errorf("%w: %s", err, name)
	}
	return a, nil
}

// accountRmCmd is "bindery account rm".
type accountRmCmd struct {
	Name string `arg:"" help:"The account's name."`
	consent
}

type jsonAccountGone struct {
	Account  string `json:"account" says:"the account that is gone"`
	Clients  int    `json:"clients" says:"how many Sync Clients went with it"`
	Bindings int    `json:"bindings" says:"how many bindings"`
	Items    int    `json:"items" says:"how many items of its datastores"`
}

// Run removes an account with everything that it owns, for good, after saying what that is.
func (c *accountRmCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.visit(ctx, quiet(term), func(h *house) error {
		who, err := h.accountNamed(ctx, c.Name)
		if err != nil {
			return err
		}
		gone, err := h.estate(ctx, who)
		if err != nil {
			return err
		}
		err = c.confirm(term, "%s goes for good, with %d Sync Clients, %d bindings, %d items, the history and the log; \"bindery account export %s FILE.zip\" keeps a copy",
			who.Name, gone.Clients, gone.Bindings, gone.Items, who.Name)
		if err != nil {
			return err
		}
		if err := h.bindings.RemoveAccount(ctx, who.ID); err != nil {
			return err
		}
		return term.say(gone, "removed account %s\n", who.Name)
	})
}

// estate counts what an account owns.
func (h *house) estate(ctx context.Context, who bindings.Account) (jsonAccountGone, error) {
	v := jsonAccountGone{Account: who.Name}
	clients, err := h.bindings.Clients(ctx, who.ID, "")
	if err != nil {
		return v, err
	}
	for _, c := range clients {
		v.Clients++
		if c.Kind != datastore.KindName {
			continue
		}
		n, err := h.countItems(ctx, who.ID, c.ID)
		if err != nil {
			return v, err
		}
		v.Items += n
	}
	list, err := h.bindings.Bindings(ctx, who.ID)
	v.Bindings = len(list)
	return v, err
}
