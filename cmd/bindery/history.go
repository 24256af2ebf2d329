package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
)

// historyCmd is "bindery history".
type historyCmd struct {
	List historyListCmd `cmd:"" default:"withargs" help:"List what syncs overwrote or deleted, the newest first."`
	Show historyShowCmd `cmd:"" help:"Print one old version as it was."`
}

type historyListCmd struct {
	Binding int64  `help:"Only that binding, also if it was removed." placeholder:"ID"`
	Sync    int64  `help:"Only what that sync overwrote or deleted, by its number in the log." placeholder:"LOG"`
	Class   string `help:"Only that dataclass: Contacts, Events, Tasks or Notes." placeholder:"CLASS"`
	Limit   int    `help:"How many entries at most." default:"20"`
	Text    string `arg:"" optional:"" help:"Only items with that text in their name or title."`
}

// Validate checks limit and dataclass. Kong calls it.
func (c *historyListCmd) Validate() error {
	if c.Limit < 1 {
		return usagef("--limit: must be 1 or more")
	}
	if _, err := dataclass.ParseClass(c.Class); c.Class != "" && (err != nil || c.Class == string(dataclass.Calendar)) {
		return usagef("--class %s: there are Contacts, Events, Tasks and Notes", c.Class)
	}
	return nil
}

// Run lists old versions of all accounts.
func (c *historyListCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.found().visit(ctx, quiet(term), func(h *house) error {
		if err := h.knewBinding(ctx, c.Binding); err != nil {
			return err
		}
		if c.Sync != 0 {
			if _, _, err := h.ownerOfSync(ctx, c.Sync); err != nil {
				return err
			}
		}
		f := bindings.HistoryFilter{
			Binding: c.Binding, Sync: c.Sync, Class: dataclass.Class(c.Class), Text: c.Text, Limit: c.Limit,
		}
		names := make(map[string]string)
		var all []bindings.HistoryEntry
		err := h.each(ctx, func(a bindings.Account) error {
			names[a.ID] = a.Name
			list, err := h.bindings.History(ctx, a.ID, f)
			all = append(all, list...)
			return err
		})
		if err != nil {
			return err
		}
		slices.SortFunc(all, func(a, b bindings.HistoryEntry) int {
			return cmp.Or(b.When.Compare(a.When), cmp.Compare(b.ID, a.ID))
		})
		return c.print(term, all[:min(c.Limit, len(all))], names)
	})
}

func (c *historyListCmd) print(term *terminal, list []bindings.HistoryEntry, names map[string]string) error {
	if term.json {
		for _, e := range list {
			if err := term.line(versionJSON(e, names[e.Owner])); err != nil {
				return err
			}
		}
		return nil
	}
	if len(list) == 0 {
		term.printf("nothing was overwritten or deleted\n")
		return nil
	}
	t := newTable(term, "ID", "WHEN", "ACCOUNT", "BINDING", "SYNC", "DATACLASS", "ON", "WAS", "TITLE")
	for _, e := range list {
		t.row(strconv.FormatInt(e.ID, 10), e.When.Local().Format("2006-01-02 15:04:05"), names[e.Owner],
			strconv.FormatInt(e.Binding, 10), syncOf(e), string(e.Class), sideOf(e), wasOf(e), visible(e.Title))
	}
	return t.flush(nil)
}

// sideOf says who held a version.
func sideOf(e bindings.HistoryEntry) string {
	if e.Agreed {
		return "both"
	}
	return e.Side.String()
}

// syncOf names the sync that ended a version.
func syncOf(e bindings.HistoryEntry) string {
	if e.Sync == 0 {
		return "restore"
	}
	return strconv.FormatInt(e.Sync, 10)
}

// wasOf says what happened to a version.
func wasOf(e bindings.HistoryEntry) string { return strings.TrimSuffix(e.Verb.String(), "e") + "ed" }

// visible is a text that moves no cursor.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '.'
		}
		return r
	}, s)
}

type historyShowCmd struct {
	ID int64 `arg:"" name:"id" help:"The entry's number."`
}

// Run prints the version byte for byte.
func (c *historyShowCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.found().visit(ctx, quiet(term), func(h *house) error {
		e, err := h.historyEntry(ctx, c.ID)
		if err != nil {
			return err
		}
		if term.json {
			v := versionJSON(e, h.nameOf(ctx, e.Owner))
			v.Type, v.Content = e.Body.Type, string(e.Body.Data)
			return term.line(v)
		}
		if _, err := term.out.Write(e.Body.Data); err != nil {
			return fmt.Errorf("print: %w", err)
		}
		return nil
	})
}

// historyEntry finds an entry in all accounts.
func (h *house) historyEntry(ctx context.Context, id int64) (bindings.HistoryEntry, error) {
	var found bindings.HistoryEntry
	err := h.each(ctx, func(a bindings.Account) error {
		e, err := h.bindings.HistoryEntry(ctx, a.ID, id)
		if err == nil {
			found = e
		} else if errors.Is(err, bindings.ErrNotFound) {
			err = nil
		}
		return err
	})
	if err == nil && found.ID == 0 {
		err = fmt.Errorf("there is no history entry %d", id)
	}
	return found, err
}

// found gives the data directory of commands about what was synchronised: where nobody named one and the
// default one is not there, it is the state folder that sync remembers in.
func (p place) found() place {
	has := func(dir string) bool {
		_, err := os.Stat(filepath.Join(dir, databaseFile))
		return err == nil
	}
	if p != defaultData || has(string(p)) {
		return p
	}
	if dir, err := stateFolder(); err == nil && has(dir) {
		return place(dir)
	}
	return p
}
