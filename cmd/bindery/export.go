package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/filedir"
)

// exportCmd is "bindery export".
type exportCmd struct {
	Account string `help:"Only that account." placeholder:"NAME"`
	AsFile  bool   `help:"Write all of one datastore into one file instead: contacts into a .vcf, events, tasks and notes into an .ics."`
	Client  string `help:"With --as-file: the datastore, if the account has several." placeholder:"UUID"`
	Dir     string `arg:"" name:"dir" help:"The folder to make; it must not exist, or be empty. With --as-file the file; it must not exist."`
}

// Run writes every item of every datastore into a new folder, which appears when it is complete.
func (c *exportCmd) Run(ctx context.Context, term *terminal, p place) error {
	if c.AsFile {
		return p.found().visit(ctx, quiet(term), func(h *house) error { return c.asFile(ctx, term, h) })
	}
	if c.Client != "" {
		return usagef("export: --client is for --as-file")
	}
	if err := wantEmpty(c.Dir); err != nil {
		return err
	}
	return p.found().visit(ctx, quiet(term), func(h *house) error {
		accounts, err := h.accountsNamed(ctx, c.Account)
		if err != nil {
			return err
		}
		parent := filepath.Dir(filepath.Clean(c.Dir))
		temp, err := os.MkdirTemp(parent, ".bindery-export-")
		if err != nil {
			return fmt.Errorf("export: %w", err)
		}
		x := export{h: h, root: temp}
		if err := x.all(ctx, accounts); err != nil {
			return errors.Join(fmt.Errorf("export: %w", err), os.RemoveAll(temp))
		}
		if err := settleExport(temp, c.Dir); err != nil {
			return errors.Join(fmt.Errorf("export: %w", err), os.RemoveAll(temp))
		}
		return term.say(jsonExport{Items: x.items, Clients: x.clients, Folder: c.Dir}, "%d items of %d Sync Clients are in %s\n", x.items, x.clients, c.Dir)
	})
}

// wantEmpty refuses a folder that holds something.
func wantEmpty(dir string) error {
	list, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return usagef("export: %w", err)
	case len(list) > 0:
		return usagef("export: %s is not empty", dir)
	}
	return nil
}

// settleExport gives a complete export its name. An empty folder of that name gives way.
func settleExport(temp, dir string) error {
	if err := flushDisk(); err != nil {
		return err
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Rename(temp, dir)
}

// accountsNamed gives the account of that name, or all.
func (h *house) accountsNamed(ctx context.Context, name string) ([]bindings.Account, error) {
	if name == "" {
		return h.bindings.Accounts(ctx)
	}
	a, err := h.bindings.AccountByName(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("account %q: %w", name, err)
	}
	return []bindings.Account{a}, nil
}

// manifestFile is the export's account of itself.
const manifestFile = "manifest.json"

// The manifest says what is in an export. Its form does not change; new fields may come.
type manifest struct {
	Version  int               `json:"version"`
	Made     time.Time         `json:"made"`
	Accounts []manifestAccount `json:"accounts"`
}

type manifestAccount struct {
	Name     string            `json:"name"`
	Admin    bool              `json:"admin"`
	Clients  []manifestClient  `json:"clients"`
	Bindings []manifestBinding `json:"bindings"`
}

type manifestClient struct {
	UUID   string `json:"uuid"`
	Kind   string `json:"kind"`
	Device string `json:"device_id,omitempty"`
	Title  string `json:"title,omitempty"`
	// Folder is where its items are, relative to the manifest; Path where the folder of a client of the
	// kind filedir lies, which holds its items itself.
	Folder string                  `json:"folder,omitempty"`
	Path   string                  `json:"path,omitempty"`
	Items  map[dataclass.Class]int `json:"items,omitempty"`
}

type manifestBinding struct {
	ID     int64  `json:"id"`
	Source string `json:"source"`
	Target string `json:"target"`
	Winner string `json:"conflict_winner"`
}

// export is one export at work.
type export struct {
	h              *house
	root           string
	items, clients int
}

func (x *export) all(ctx context.Context, accounts []bindings.Account) error {
	m := manifest{Version: 1, Made: time.Now().UTC().Truncate(time.Second), Accounts: []manifestAccount{}}
	for _, a := range accounts {
		one, err := x.account(ctx, a)
		if err != nil {
			return err
		}
		m.Accounts = append(m.Accounts, one)
	}
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(x.root, manifestFile), append(data, '\n'), 0o600)
}

func (x *export) account(ctx context.Context, a bindings.Account) (manifestAccount, error) {
	m := manifestAccount{Name: a.Name, Admin: a.Admin, Clients: []manifestClient{}, Bindings: []manifestBinding{}}
	list, err := x.h.bindings.Clients(ctx, a.ID, "")
	if err != nil {
		return m, err
	}
	for _, c := range list {
		one := manifestClient{UUID: c.ID, Kind: c.Kind, Device: c.DeviceID, Title: c.Title}
		switch c.Kind {
		case datastore.KindName:
			err = x.client(ctx, a, &one)
		case filedir.KindName:
			one.Path, err = x.h.folders.Path(ctx, a.ID, c.ID)
		}
		if err != nil {
			return m, err
		}
		m.Clients = append(m.Clients, one)
	}
	bound, err := x.h.bindings.Bindings(ctx, a.ID)
	for _, b := range bound {
		m.Bindings = append(m.Bindings, manifestBinding{b.ID, b.Source, b.Target, b.Winner})
	}
	return m, err
}

// client writes the items of a datastore.
func (x *export) client(ctx context.Context, a bindings.Account, m *manifestClient) error {
	name := a.Name
	if !plainName(name) {
		name = a.ID
	}
	m.Folder, m.Items = name+"/"+m.UUID, map[dataclass.Class]int{}
	x.clients++
	for _, class := range x.h.items.Caps().Classes {
		n, err := x.class(ctx, a.ID, m.UUID, class, filepath.Join(x.root, name, m.UUID, string(class)))
		if err != nil {
			return err
		}
		if n > 0 {
			m.Items[class] = n
		}
		x.items += n
	}
	return nil
}

// class writes the items of one dataclass, each as it is stored.
func (x *export) class(ctx context.Context, owner, client string, class dataclass.Class, dir string) (int, error) {
	items, taken, n := x.h.items.Items(owner, client), map[string]bool{}, 0
	for after := sources.ID(""); ; {
		page, err := items.List(ctx, class, after, 0)
		if err != nil || len(page) == 0 {
			return n, err
		}
		if n == 0 {
			if err := os.MkdirAll(dir, 0o700); err != nil {
				return n, err
			}
		}
		for _, it := range page {
			name := exportName(class, it, taken)
			if err := os.WriteFile(filepath.Join(dir, name), it.Body.Data, 0o600); err != nil {
				return n, err
			}
			n++
		}
		after = page[len(page)-1].ID
	}
}

// exportName gives a file name that no other item of the folder has: the item's UID where that is plain.
func exportName(class dataclass.Class, it datastore.Item, taken map[string]bool) string {
	stem, suffix := string(it.ID), suffixOf(it.Body.Type)
	if decoded, err := dataclass.Decode(class, it.Body); err == nil {
		suffix = suffixOf(decoded.Format().String())
		if uid := decoded.UID(); plainName(uid) {
			stem = uid
		}
	}
	if !plainName(stem) {
		stem = "item"
	}
	name := stem + suffix
	for i := 2; taken[strings.ToLower(name)]; i++ {
		name = fmt.Sprintf("%s-%d%s", stem, i, suffix)
	}
	taken[strings.ToLower(name)] = true
	return name
}

// suffixOf gives the suffix of a file of that media type.
func suffixOf(mediaType string) string {
	switch dataclass.ParseFormat(mediaType).Type {
	case dataclass.VCard21.Type, dataclass.VCard30.Type, "text/directory":
		return ".vcf"
	case dataclass.ICalendar20.Type:
		return ".ics"
	case dataclass.VCalendar10.Type:
		return ".vcs"
	case dataclass.VNote11.Type:
		return ".vnt"
	}
	return ".txt"
}

// plainName reports whether every file system takes a name as it is.
func plainName(s string) bool {
	if s == "" || len(s) > 200 || s[0] == '.' || s[0] == '-' {
		return false
	}
	switch strings.ToLower(s) {
	case "con", "prn", "aux", "nul":
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("_.-+@", r)
	})
}
