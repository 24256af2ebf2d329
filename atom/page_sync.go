package atom

import (
	"fmt"

	"github.com/bindery-sync/bindery/atom/pages"
	"github.com/bindery-sync/bindery/bindings"
)

// modeWords say how was synchronised, by sync_mode.
var modeWords = map[int]string{
	200: "two-way", 201: "two-way, compared anew", 202: "from the source only", 203: "target replaced by the source",
	204: "from the target only", 205: "source replaced by the target",
}

// stateWords say how a synchronization stands.
var stateWords = map[string]string{
	"running": "running", stateDone: "done", "held": "held until you decide", "abandoned": "broken off",
}

// syncRow shows one synchronization in a list.
func syncRow(e bindings.LogEntry) pages.SyncRow {
	row := pages.SyncRow{
		ID: e.ID, Path: logEntryPath(e.ID), Binding: e.Binding, BindingPath: bindingPath(e.Binding), Class: string(e.Class),
		Mode: firstOf(modeWords[e.Mode], fmt.Sprintf("sync mode %d", e.Mode)), State: firstOf(stateWords[e.State], e.State),
		Running: e.State == "running", Bad: e.State == "abandoned" || e.State == "held", When: logTime(e),
	}
	for s, c := range e.Sides {
		row.Changes[s] = pages.Changes{Added: c.AddsOut, Replaced: c.ReplacesOut, Deleted: c.DeletesOut}
	}
	for _, n := range []struct {
		count int
		one   string
		many  string
	}{
		{e.Conflicts, "conflict", "conflicts"}, {e.Held, "change held", "changes held"},
		{e.Quarantined, "item set aside", "items set aside"}, {e.Restored, "item added again", "items added again"},
	} {
		switch {
		case n.count == 1:
			row.Notes = append(row.Notes, "1 "+n.one)
		case n.count > 1:
			row.Notes = append(row.Notes, fmt.Sprintf("%d %s", n.count, n.many))
		}
	}
	return row
}
