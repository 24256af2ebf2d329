package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
)

// stateFailed is the state of a report whose sync did not come to its end.
const stateFailed = "failed"

// A syncReport prints what became of each dataclass: a table at the end, or one JSON object a line at once.
type syncReport struct {
	term *terminal
	rows [][]string
	// notes follow the table.
	notes []string
	err   error
}

func newSyncReport(term *terminal) *syncReport { return &syncReport{term: term} }

// done reports a sync that came to its end.
func (r *syncReport) done(e bindings.LogEntry) { r.put(e, e.State) }

// failed reports one that did not.
func (r *syncReport) failed(class dataclass.Class, e bindings.LogEntry, err error) {
	r.put(e, stateFailed)
	_, _ = fmt.Fprintf(r.term.err, "bindery: %s: %v\n", class, whom(err))
}

// note adds a paragraph for the reader of the table.
func (r *syncReport) note(text string) { r.notes = append(r.notes, text) }

func (r *syncReport) put(e bindings.LogEntry, state string) {
	if !r.term.json {
		r.rows = append(r.rows, textReport(e, state))
		return
	}
	r.err = cmpErr(r.err, r.term.line(jsonReportOf(e, state)))
}

// end prints the table.
func (r *syncReport) end() error {
	switch {
	case r.term.json || r.err != nil:
		return r.err
	case len(r.rows) == 0:
		r.term.printf("nothing to synchronise\n")
		return nil
	}
	t := newTable(r.term, "DATACLASS", "MODE", "STATE", "SOURCE IN", "OUT", "TARGET IN", "OUT",
		"CONFLICTS", "DUPLICATES", "HELD", "QUARANTINED")
	for _, row := range r.rows {
		t.row(row...)
	}
	if err := t.flush(nil); err != nil {
		return err
	}
	for _, text := range r.notes {
		r.term.printf("%s", text)
	}
	return nil
}

// textReport gives the cells of one dataclass. Figures are adds/replaces/deletes, as in the log.
func textReport(e bindings.LogEntry, state string) []string {
	row := []string{string(e.Class), strconv.Itoa(e.Mode), state}
	for _, s := range e.Sides {
		row = append(row, figures(s.AddsIn, s.ReplacesIn, s.DeletesIn), figures(s.AddsOut, s.ReplacesOut, s.DeletesOut))
	}
	for _, n := range []int{e.Conflicts, e.Duplicates, e.Held, e.Quarantined} {
		row = append(row, strconv.Itoa(n))
	}
	return row
}

// jsonReport is the report of one dataclass, in the words of the API. Its form does not change.
type jsonReport struct {
	Mode        int       `json:"sync_mode" says:"the mode that took effect (SyncML code)"`
	Class       string    `json:"dataclass" says:"the dataclass"`
	Duplicates  int       `json:"duplicates_detected" says:"pairs recognised by content"`
	Removed     int       `json:"duplicates_removed" says:"of these: left as one"`
	Conflicts   int       `json:"conflicts_detected" says:"items that both sides changed differently"`
	Held        int       `json:"held" says:"changes that wait for a decision"`
	Quarantined int       `json:"quarantined" says:"items set aside"`
	Log         int64     `json:"log_id" says:"number in the log"`
	State       string    `json:"state" says:"done, held, running, abandoned, planned or failed"`
	Plan        string    `json:"plan" says:"the plan that is held, empty for none"`
	Source      jsonSides `json:"source" says:"figures of the source"`
	Target      jsonSides `json:"target" says:"figures of the target"`
}

// jsonSides are the figures of one side: in is received from that client, out is sent to it.
type jsonSides struct {
	AddsIn      int `json:"adds_in" says:"received from it: new items"`
	ReplacesIn  int `json:"replaces_in" says:"changed items"`
	DeletesIn   int `json:"deletes_in" says:"deleted items"`
	AddsOut     int `json:"adds_out" says:"sent to it: new items"`
	ReplacesOut int `json:"replaces_out" says:"changed items"`
	DeletesOut  int `json:"deletes_out" says:"deleted items"`
}

func jsonReportOf(e bindings.LogEntry, state string) jsonReport {
	return jsonReport{
		Mode: e.Mode, Class: string(e.Class), Duplicates: e.Duplicates, Removed: e.Removed, Conflicts: e.Conflicts,
		Held: e.Held, Quarantined: e.Quarantined, Log: e.ID, State: state, Plan: e.Plan,
		Source: jsonSides(e.Sides[0]), Target: jsonSides(e.Sides[1]),
	}
}

// worthTelling leaves out names that are hidden, and those under which the convention keeps a folder's own
// name and colour: a sync that runs every hour is not to speak of them every hour.
func worthTelling(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool {
		return strings.HasPrefix(n, ".") || n == "color" || n == "displayname"
	})
}

// ignoredLine says in one line which files are no items.
func ignoredLine(names []string) string {
	shown := make([]string, 0, 5)
	for _, n := range names[:min(len(names), 5)] {
		shown = append(shown, strconv.Quote(n))
	}
	if len(names) > len(shown) {
		shown = append(shown, fmt.Sprintf("and %d more", len(names)-len(shown)))
	}
	return fmt.Sprintf("%d ignored: %s", len(names), strings.Join(shown, ", "))
}
