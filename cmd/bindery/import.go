package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/bindery-sync/bindery/bindings/transfer"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
)

// importCmd is "bindery import".
type importCmd struct {
	Account string `help:"The account whose datastore is to get the items, if there are several." placeholder:"NAME"`
	Client  string `help:"The Sync Client that is to get the items, if it is not the account's only datastore." placeholder:"UUID"`
	DryRun  bool   `help:"Say what would be done, and write nothing."`
	Path    string `arg:"" name:"file" help:"A file of items (.vcf, .ics, .vcs, .vnt, .txt), or a folder of such files."`
}

// Run reads the files twice: first to compare all items with those that are there, then to write them.
func (c *importCmd) Run(ctx context.Context, term *terminal, p place) error {
	files, err := importFiles(c.Path)
	if err != nil {
		return err
	}
	return p.found().visit(ctx, quiet(term), func(h *house) error {
		client, err := c.client(ctx, h)
		if err != nil {
			return err
		}
		bar := newProgress(term)
		src, caps, err := bar.watch(h.kinds).Open(ctx, client)
		if err != nil {
			return err
		}
		if !caps.ServerInitiated {
			return usagef("import: %s is a phone, which starts its syncs itself", client.ID)
		}
		o := c.options(term, bar)
		if client.Kind == datastore.KindName {
			o.Together = h.db.Together
		}
		rep, err := transfer.Import(ctx, src, caps, fileList(files), o)
		bar.end()
		if err != nil {
			err = fmt.Errorf("import: %w", err)
		}
		return errors.Join(err, c.report(term, rep))
	})
}

// options are those of the command line, with what a person sees of an import.
func (c *importCmd) options(term *terminal, bar *progress) transfer.Options {
	o := transfer.Options{Dry: c.DryRun, NewKey: func() sources.Key { return sources.Key(rand.Text()) }}
	o.Tell = func(n transfer.Note) {
		bar.end()
		_, _ = fmt.Fprintf(term.err, "%s:%d: %s\n", n.File, n.Line, visible(n.Text))
	}
	if bar.out != nil {
		o.Begin = bar.start
	}
	return o
}

// fileList are the files that names name.
func fileList(names []string) []transfer.File {
	list := make([]transfer.File, len(names))
	for i, name := range names {
		list[i] = transfer.File{
			Name: name, Plain: strings.EqualFold(filepath.Ext(name), ".txt"),
			Open: func() (io.ReadCloser, error) { return os.Open(name) },
		}
	}
	return list
}

// client finds who is to get the items.
func (c *importCmd) client(ctx context.Context, h *house) (sources.Client, error) {
	out := sources.Client{ID: c.Client, Origin: transfer.Origin}
	if c.Account == "" && c.Client != "" {
		owner, err := h.ownerOf(ctx, c.Client)
		if err != nil {
			return out, err
		}
		out.Owner = owner
	} else {
		list, err := h.accountsNamed(ctx, c.Account)
		if err != nil {
			return out, err
		}
		if len(list) != 1 {
			return out, usagef("import: there are %d accounts; choose one with --account", len(list))
		}
		out.Owner = list[0].ID
	}
	if out.ID == "" {
		list, err := h.bindings.Clients(ctx, out.Owner, datastore.KindName)
		if err != nil {
			return out, err
		}
		if len(list) != 1 {
			return out, usagef("import: the account has %d datastores; choose one with --client", len(list))
		}
		out.ID = list[0].ID
	}
	found, err := h.bindings.Client(ctx, out.Owner, out.ID)
	out.ID, out.Kind = found.ID, found.Kind
	return out, err
}

// report prints the table, and gives the exit status.
func (c *importCmd) report(term *terminal, rep transfer.Report) error {
	t := newListing(term, "DATACLASS", "READ", "ADDED", "MERGED", "THERE ALREADY", "DOUBTFUL", "FAILED")
	for _, class := range transfer.Classes {
		n := rep.Classes[class]
		if n == nil {
			continue
		}
		t.row(jsonImport{string(class), n.Read, n.Added, n.Merged, n.There, n.Doubtful, n.Failed}, string(class), fmt.Sprint(n.Read),
			fmt.Sprint(n.Added), fmt.Sprint(n.Merged), fmt.Sprint(n.There), fmt.Sprint(n.Doubtful), fmt.Sprint(n.Failed))
	}
	if err := t.flush(nil); err != nil {
		return err
	}
	if rep.Unreadable > 0 {
		term.aside("%d items could not be read\n", rep.Unreadable)
	}
	if c.DryRun {
		term.aside("nothing was written\n")
	}
	if rep.Partly() {
		return errPartly
	}
	return nil
}

// importFiles lists the files of an import. An export of several clients is no folder of items: nobody wants
// those of one account in another's datastore.
func importFiles(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, usagef("import: %w", err)
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	files, manifests, err := walkItems(path)
	switch {
	case err != nil:
		return nil, fmt.Errorf("import: %w", err)
	case manifests > 0:
		return nil, usagef("import: %s is a whole export; name the folder of one Sync Client in it", path)
	case len(files) == 0:
		return nil, usagef("import: %s holds no .vcf, .ics, .vcs, .vnt or .txt file", path)
	}
	return files, nil
}
