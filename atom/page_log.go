package atom

import (
	"errors"
	"net/http"
	"strings"

	"github.com/bindery-sync/bindery/atom/pages"
	"github.com/bindery-sync/bindery/bindings"
)

// logPages are the pages of the sync log.
func (a *api) logPages() map[string]page {
	all, one := page{show: a.showLog}, page{show: a.showBindingLog}
	return map[string]page{
		"/v2/syncengine/synchronization":                     all,
		"/v2/syncengine/synclog":                             all,
		"/v2/syncengine/synclog/all.xml":                     all,
		"/v2/syncengine/synclog/all.xml/all.xml":             all,
		"/v2/syncengine/{id:[0-9]+}/synchronization":         one,
		"/v2/syncengine/{id:[0-9]+}/synclog/all.xml":         one,
		"/v2/syncengine/{id:[0-9]+}/synclog/all.xml/all.xml": one,
		"/v2/syncengine/synclog/{entry:[0-9]+}":              {show: a.showLogEntry},
	}
}

// pageLog is how many synchronizations a page shows, if it is not said.
const pageLog = "50"

// showLog answers GET of the sync log for people.
func (a *api) showLog(r *http.Request) (pages.View, error) {
	return a.logView(r, bindings.Binding{}, nil)
}

// showBindingLog answers GET of a binding's synchronizations for people.
func (a *api) showBindingLog(r *http.Request) (pages.View, error) {
	b, err := a.binding(r)
	if err != nil {
		return nil, err
	}
	known, _, err := a.parties(r.Context(), b.Owner)
	if err != nil {
		return nil, err
	}
	return a.logView(r, b, known)
}

// logView is a page of the log of a binding, or of all for the zero one.
func (a *api) logView(r *http.Request, b bindings.Binding, known parties) (pages.View, error) {
	asked := fillFilter(r)
	f, err := logFilter(asked)
	if err != nil {
		return nil, err
	}
	limit := f.Limit
	f.Binding, f.Limit = b.ID, limit+1
	list, err := a.SyncLog.LogPage(r.Context(), callerOf(r).ID, f)
	if err != nil {
		return nil, err
	}
	v := pages.Log{Path: r.URL.EscapedPath(), Since: r.URL.Query().Get("since"), Classes: []pages.Choice{{Title: "everything"}}, States: []pages.Choice{{Title: "in any way"}}}
	if len(list) > limit {
		list = list[:limit]
		v.Next = pageURL(v.Path, r, list[limit-1].ID)
	}
	if f.Before != 0 {
		v.First = pageURL(v.Path, r, 0)
	}
	for _, e := range list {
		v.Rows = append(v.Rows, syncRow(e))
	}
	if b.ID == 0 {
		if err := a.nameBindings(r, v.Rows); err != nil {
			return nil, err
		}
	}
	for _, class := range logClasses {
		v.Classes = append(v.Classes, pages.Choice{Value: string(class), Title: string(class), Chosen: class == f.Class})
	}
	for _, state := range logStates {
		v.States = append(v.States, pages.Choice{Value: state, Title: stateWords[state], Chosen: state == f.State})
	}
	if b.ID != 0 {
		sides := known.sides(b)
		v.Of = sides[0].Title + " ↔ " + sides[1].Title
		v.Trail = []pages.Crumb{{Title: v.Of, Path: bindingPath(b.ID)}}
	}
	return v, nil
}

// nameBindings says of synchronizations of several bindings which is whose.
func (a *api) nameBindings(r *http.Request, rows []pages.SyncRow) error {
	list, err := a.Bindings.Bindings(r.Context(), callerOf(r).ID)
	if err != nil {
		return err
	}
	known, _, err := a.parties(r.Context(), callerOf(r).ID)
	if err != nil {
		return err
	}
	names := make(map[int64]string, len(list))
	for _, b := range list {
		names[b.ID] = known[b.Source].Title + " ↔ " + known[b.Target].Title
	}
	for i := range rows {
		if rows[i].Between = names[rows[i].Binding]; rows[i].Between == "" {
			rows[i].Between, rows[i].BindingPath = "removed binding "+number64(rows[i].Binding), ""
		}
	}
	return nil
}

// fillFilter makes of what a form sends what the API reads: a day is a time, and a page is short.
func fillFilter(r *http.Request) *http.Request {
	asked := r.Clone(r.Context())
	q := asked.URL.Query()
	if q.Get("limit") == "" {
		q.Set("limit", pageLog)
	}
	if day := q.Get("since"); len(day) == len("2009-03-18") {
		q.Set("since", day+"T00:00:00Z")
	}
	asked.URL.RawQuery = q.Encode()
	return asked
}

// showLogEntry answers GET /v2/syncengine/synclog/N for people.
func (a *api) showLogEntry(r *http.Request) (pages.View, error) {
	owner := callerOf(r).ID
	e, err := a.SyncLog.LogEntry(r.Context(), owner, number(r, "entry"))
	if errors.Is(err, bindings.ErrNotFound) {
		return nil, errUnknownEntry
	}
	if err != nil {
		return nil, err
	}
	v := pages.LogEntry{Row: syncRow(e), Started: e.Started, Finished: e.Finished, Conflicts: e.Conflicts, Counts: sideCounts(e.Sides)}
	if v.Sides, err = a.entrySides(r, &v.Row, e); err != nil {
		return nil, err
	}
	v.Flow = pages.Flow{Sides: [2]string{v.Sides[0].Title, v.Sides[1].Title}, Out: v.Row.Changes}
	for s, c := range e.Sides {
		v.Flow.In[s] = pages.Changes{Added: c.AddsIn, Replaced: c.ReplacesIn, Deleted: c.DeletesIn}
	}
	if e.State == "held" {
		v.Warnings = append(v.Warnings, pages.Warning{Text: "It would delete or change a lot. That waits for your word.", Path: heldPath(e)})
	}
	if e.State == "abandoned" {
		v.Warnings = append(v.Warnings, pages.Warning{Text: strings.TrimSpace("It broke off. Nothing is lost: the next synchronization goes on from there. " + e.Why), Bad: true})
	}
	if v.Row.Running && a.Background != nil {
		p, _ := a.Background.Progress(owner, e.ID)
		v.Progress = pages.Progress{Read: p.Read, Planned: p.Planned, Done: p.Done}
	}
	if v.Losses, v.MoreLosses, err = a.losses(r, e, v.Sides); err != nil {
		return nil, err
	}
	v.HistoryPath = "/v2/syncengine/history/?sync=" + number64(e.ID)
	v.Failed, err = a.failedIn(r, e)
	return v, err
}

// heldPath is where the plan is that waits.
func heldPath(e bindings.LogEntry) string {
	if e.Plan == "" {
		return "/v2/syncengine/holds/"
	}
	return "/v2/syncengine/holds/" + urlWord(e.Plan)
}

// entrySides names the two sides of a synchronization. Its binding may be removed: then their kinds are known.
func (a *api) entrySides(r *http.Request, row *pages.SyncRow, e bindings.LogEntry) (sides [2]pages.Party, err error) {
	b, err := a.Bindings.Binding(r.Context(), e.Owner, e.Binding)
	if errors.Is(err, bindings.ErrNotFound) {
		row.BindingPath = ""
		return [2]pages.Party{{Title: "Source", Kind: e.Kinds[0]}, {Title: "Target", Kind: e.Kinds[1]}}, nil
	}
	if err != nil {
		return sides, err
	}
	known, _, err := a.parties(r.Context(), e.Owner)
	return known.sides(b), err
}

// sideCounts are the figures of both sides, by line.
func sideCounts(sides [2]bindings.SideCounts) []pages.Count {
	one := func(name string, of func(bindings.SideCounts) int) pages.Count {
		return pages.Count{Name: name, Values: [2]int{of(sides[0]), of(sides[1])}}
	}
	return []pages.Count{
		one("Told: added", func(c bindings.SideCounts) int { return c.AddsIn }),
		one("Told: changed", func(c bindings.SideCounts) int { return c.ReplacesIn }),
		one("Told: deleted", func(c bindings.SideCounts) int { return c.DeletesIn }),
		one("Was sent: added", func(c bindings.SideCounts) int { return c.AddsOut }),
		one("Was sent: changed", func(c bindings.SideCounts) int { return c.ReplacesOut }),
		one("Was sent: deleted", func(c bindings.SideCounts) int { return c.DeletesOut }),
	}
}

// failedIn lists what is set aside of the binding and dataclass of a synchronization.
func (a *api) failedIn(r *http.Request, e bindings.LogEntry) ([]pages.Entry, error) {
	if e.Quarantined == 0 {
		return nil, nil
	}
	list, err := a.Matters.Quarantine(r.Context(), e.Owner, e.Binding)
	if err != nil {
		return nil, err
	}
	var out []pages.Entry
	for _, q := range list {
		if q.Class == e.Class {
			out = append(out, pages.Entry{
				Title: firstOf(q.Title, string(q.Item), "Item without a name"), Path: "/v2/syncengine/quarantine/" + urlWord(q.ID),
				Text: strings.TrimSpace(q.Why), Updated: q.Since,
			})
		}
	}
	return out, nil
}
