package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
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
	Output  string `help:"${enum}." enum:"text,json" default:"text"`
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

// jsonVersion is a history entry as a line of JSON. Its form does not change.
type jsonVersion struct {
	ID      int64     `json:"id"`
	At      time.Time `json:"at"`
	Account string    `json:"account"`
	Binding int64     `json:"binding"`
	Class   string    `json:"dataclass"`
	Sync    int64     `json:"log_id"`
	Side    string    `json:"side"`
	Client  string    `json:"client"`
	Item    string    `json:"item"`
	Verb    string    `json:"verb"`
	Title   string    `json:"title"`
}

func (c *historyListCmd) print(term *terminal, list []bindings.HistoryEntry, names map[string]string) error {
	if c.Output == "json" {
		for _, e := range list {
			line, err := json.Marshal(jsonVersion{
				e.ID, e.When, names[e.Owner], e.Binding, string(e.Class), e.Sync, sideOf(e), e.Client,
				string(e.Item), e.Verb.String(), e.Title,
			})
			if err != nil {
				return fmt.Errorf("print history: %w", err)
			}
			term.printf("%s\n", line)
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
