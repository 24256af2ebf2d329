package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/bindery-sync/bindery/dataclass"
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
		im := &importer{term: term, files: files, dry: c.DryRun, bar: newProgress(term), counts: map[dataclass.Class]*importCounts{}}
		if im.source, im.caps, err = im.bar.watch(h.kinds).Open(ctx, client); err != nil {
			return err
		}
		if !im.caps.ServerInitiated {
			return usagef("import: %s is a phone, which starts its syncs itself", client.ID)
		}
		err = im.run(ctx)
		im.bar.end()
		if err != nil {
			return errors.Join(fmt.Errorf("import: %w", err), im.report())
		}
		return im.report()
	})
}

// importOrigin is where the writes of an import come from: every binding takes them for a user's.
const importOrigin = "import"

// client finds who is to get the items.
func (c *importCmd) client(ctx context.Context, h *house) (sources.Client, error) {
	out := sources.Client{ID: c.Client, Origin: importOrigin}
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

// importCounts are the figures of one dataclass.
type importCounts struct{ found, added, merged, there, doubtful, failed int }

func (im *importer) count(class dataclass.Class) *importCounts {
	if im.counts[class] == nil {
		im.counts[class] = &importCounts{}
	}
	return im.counts[class]
}

// tell says something about an item of a file.
func (im *importer) tell(file string, line int, format string, args ...any) {
	im.bar.end()
	_, _ = fmt.Fprintf(im.term.err, "%s:%d: %s\n", file, line, fmt.Sprintf(format, args...))
}

// report prints the table, and gives the exit status.
func (im *importer) report() error {
	t := newListing(im.term, "DATACLASS", "READ", "ADDED", "MERGED", "THERE ALREADY", "DOUBTFUL", "FAILED")
	partly := im.unreadable > 0
	for _, class := range syncOrder {
		n := im.counts[class]
		if n == nil {
			continue
		}
		partly = partly || n.doubtful > 0 || n.failed > 0
		t.row(jsonImport{string(class), n.found, n.added, n.merged, n.there, n.doubtful, n.failed}, string(class), fmt.Sprint(n.found), fmt.Sprint(n.added), fmt.Sprint(n.merged), fmt.Sprint(n.there),
			fmt.Sprint(n.doubtful), fmt.Sprint(n.failed))
	}
	if err := t.flush(nil); err != nil {
		return err
	}
	if im.unreadable > 0 {
		im.term.aside("%d items could not be read\n", im.unreadable)
	}
	if im.dry {
		im.term.aside("nothing was written\n")
	}
	if partly {
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
