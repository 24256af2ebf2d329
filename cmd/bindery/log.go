package main

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/bindery-sync/bindery/bindings"
)

// logCmd is "bindery log".
type logCmd struct {
	Binding int64 `help:"Only that binding, also if it was removed." placeholder:"ID"`
	Limit   int   `help:"How many entries at most." default:"20"`
}

// Validate checks the limit. Kong calls it.
func (c *logCmd) Validate() error {
	if c.Limit < 1 {
		return usagef("--limit: must be 1 or more")
	}
	return nil
}

// Run prints the log of all accounts, the newest entry first.
func (c *logCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.visit(ctx, quiet(term), func(h *house) error {
		if err := h.knewBinding(ctx, c.Binding); err != nil {
			return err
		}
		names := make(map[string]string)
		var all []bindings.LogEntry
		err := h.each(ctx, func(a bindings.Account) error {
			names[a.ID] = a.Name
			list, err := h.bindings.Log(ctx, a.ID, c.Binding, c.Limit)
			all = append(all, list...)
			return err
		})
		if err != nil {
			return err
		}
		slices.SortFunc(all, func(a, b bindings.LogEntry) int { return cmp.Compare(b.ID, a.ID) })
		t := newListing(term, "ID", "STARTED", "ACCOUNT", "BINDING", "DATACLASS", "MODE", "STATE",
			"SOURCE IN", "OUT", "TARGET IN", "OUT", "CONFLICTS")
		for _, e := range all[:min(c.Limit, len(all))] {
			t.row(logJSON(e, names[e.Owner]), logRow(e, names[e.Owner])...)
		}
		return t.flush(nil)
	})
}

// figures prints adds/replaces/deletes.
func figures(adds, replaces, deletes int) string {
	return strconv.Itoa(adds) + "/" + strconv.Itoa(replaces) + "/" + strconv.Itoa(deletes)
}

// logRow gives the cells of one entry.
func logRow(e bindings.LogEntry, account string) []string {
	row := []string{
		strconv.FormatInt(e.ID, 10), stamp(e.Started), account, strconv.FormatInt(e.Binding, 10),
		string(e.Class), strconv.Itoa(e.Mode), e.State,
	}
	for _, s := range e.Sides {
		row = append(row, figures(s.AddsIn, s.ReplacesIn, s.DeletesIn), figures(s.AddsOut, s.ReplacesOut, s.DeletesOut))
	}
	return append(row, strconv.Itoa(e.Conflicts))
}
