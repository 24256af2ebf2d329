package atom

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/atom/pages"
	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// How many versions a page of the history shows, and how many items the summary of a restore.
const (
	pageHistory   = "50"
	shownRestored = 200
)

// historyPages are the pages of the history.
func (a *api) historyPages() map[string]page {
	return map[string]page{
		"/v2/syncengine/history":                {show: a.showHistory, replies: replies{"sync": a.formRestoreSync}},
		"/v2/syncengine/history/{entry:[0-9]+}": {show: a.showVersion, replies: replies{"restore": a.formRestore}},
	}
}

// showHistory answers GET /v2/syncengine/history/ for people.
func (a *api) showHistory(r *http.Request) (pages.View, error) {
	f, err := historyFilter(fillDays(r))
	if err != nil {
		return nil, err
	}
	limit := f.Limit
	f.Limit++
	list, err := a.History.History(r.Context(), callerOf(r).ID, f)
	if err != nil {
		return nil, unknown(err, errUnknownVersion)
	}
	names, err := a.sideNames(r)
	if err != nil {
		return nil, err
	}
	q := r.URL.Query()
	v := pages.History{
		Path: historyPath, Text: f.Text, Since: q.Get("since"), Until: q.Get("until"), Sync: f.Sync, SyncPath: logEntryPath(f.Sync),
		Classes: []pages.Choice{{Title: "everything"}}, Bindings: names.choices(f.Binding),
	}
	for _, name := range []string{"sync", "link", "item"} {
		if value := q.Get(name); value != "" {
			v.Hidden = append(v.Hidden, pages.Property{Name: name, Value: value})
		}
	}
	for _, class := range logClasses {
		v.Classes = append(v.Classes, pages.Choice{Value: string(class), Title: string(class), Chosen: class == f.Class})
	}
	if len(list) > limit {
		list = list[:limit]
		v.Next = pageURL(historyPath, r, list[limit-1].ID)
	}
	if f.Before != 0 {
		v.First = pageURL(historyPath, r, 0)
	}
	for _, e := range list {
		v.Rows = append(v.Rows, versionRow(e, names))
	}
	return v, nil
}

// choices are the bindings that a list can be narrowed to.
func (n sideNames) choices(chosen int64) []pages.Choice {
	out := []pages.Choice{{Title: "all"}}
	for _, id := range slices.Sorted(maps.Keys(n)) {
		out = append(out, pages.Choice{Value: number64(id), Title: n[id][0] + " ↔ " + n[id][1], Chosen: id == chosen})
	}
	return out
}

// fillDays makes of what a form sends what the API reads: days are times, the last one with all its hours, and a page
// is short.
func fillDays(r *http.Request) *http.Request {
	asked := r.Clone(r.Context())
	q := asked.URL.Query()
	for name, days := range map[string]int{"since": 0, "until": 1} {
		if day, err := time.Parse(time.DateOnly, q.Get(name)); err == nil {
			q.Set(name, day.AddDate(0, 0, days).Format(time.RFC3339))
		}
	}
	if q.Get("limit") == "" {
		q.Set("limit", pageHistory)
	}
	asked.URL.RawQuery = q.Encode()
	return asked
}

func versionRow(e bindings.HistoryEntry, names sideNames) pages.VersionRow {
	side := names.of(e.Binding)[e.Side]
	row := pages.VersionRow{
		Path: historyPath + number64(e.ID), Title: firstOf(e.Title, string(e.Item), "Item without a name"), Class: string(e.Class),
		When: e.When, What: verbs[e.Verb] + " on " + side,
	}
	if e.Agreed {
		row.What = "What both sides had agreed on, " + strings.ToLower(row.What)
	}
	return row
}

// showVersion answers GET /v2/syncengine/history/N for people.
func (a *api) showVersion(r *http.Request) (pages.View, error) {
	e, err := a.History.HistoryEntry(r.Context(), callerOf(r).ID, number(r, "entry"))
	if err != nil {
		return nil, unknown(err, errUnknownVersion)
	}
	names, err := a.sideNames(r)
	if err != nil {
		return nil, err
	}
	now, err := a.heldNow(r.Context(), e)
	if err != nil {
		return nil, err
	}
	v := pages.Version{
		Row: versionRow(e, names), Item: string(e.Item), Known: !now.IsZero(), Sides: [2]string{"This version", "Last known to be there"},
		Type: e.Body.Type, Raw: rawText(e.Body, rawMost),
	}
	if sides, ok := names[e.Binding]; ok {
		v.Of, v.BindingPath = sides[0]+" ↔ "+sides[1], bindingPath(e.Binding)
	}
	if e.Sync != 0 {
		v.SyncPath, v.RestoreSyncPath = logEntryPath(e.Sync), historyPath+"?sync="+number64(e.Sync)
	}
	if e.Link != 0 {
		v.AllPath = historyPath + "?link=" + number64(e.Link)
	}
	if e.Item != "" {
		v.WherePath = wherePath + whereQuery(bindings.Spot{Client: e.Client, Class: e.Class, Item: e.Item})
	}
	v.Rows, v.Same = versionFields(e, now)
	return v, nil
}

// versionFields compare a version with what stands there now, if that is known.
func versionFields(e bindings.HistoryEntry, now dataclass.Body) (rows []pages.Compared, same bool) {
	fields := [2][]pages.Property{itemFields(e.Class, e.Body)}
	if now.IsZero() {
		for _, f := range fields[0] {
			rows = append(rows, pages.Compared{Name: f.Name, Values: [2]string{f.Value}})
		}
		return rows, false
	}
	fields[1] = itemFields(e.Class, now)
	rows = compareFields(fields)
	return rows, len(rows) > 0 && !rows[0].Differs
}

// formRestore makes an item what it was.
func (a *api) formRestore(r *http.Request, _ url.Values) (pages.View, error) {
	list, err := a.Restorer.Restore(r.Context(), callerOf(r).ID, number(r, "entry"))
	if err != nil {
		return nil, unknown(err, errUnknownVersion)
	}
	return a.restored(r, list, 0)
}

// formRestoreSync makes all items what they were before a synchronization.
func (a *api) formRestoreSync(r *http.Request, f url.Values) (pages.View, error) {
	sync, err := strconv.ParseInt(f.Get("sync"), 10, 64)
	switch {
	case err != nil:
		return nil, errUnknownEntry
	case f.Get("sure") == "":
		return nil, errNotSure
	}
	list, passed, err := a.Restorer.RestoreSync(r.Context(), callerOf(r).ID, sync)
	if err != nil {
		return nil, unknown(err, errUnknownEntry)
	}
	return a.restored(r, list, passed)
}

// restored says what became of versions.
func (a *api) restored(r *http.Request, list []bindings.Restored, passed int) (pages.View, error) {
	names, err := a.sideNames(r)
	if err != nil {
		return nil, err
	}
	v := pages.Restoring{Name: "Restored", Passed: passed}
	seen := map[int64]bool{}
	for _, e := range list {
		countRestored(&v, e.Outcome)
		if e.Outcome == bindings.RestoreFailed {
			a.Log.WarnContext(r.Context(), "restore failed", "request", requestID(r), "entry", e.Entry.ID, "error", e.Err)
		}
		if id := e.Entry.Binding; !seen[id] && names[id] != [2]string{} {
			seen[id] = true
			v.Bindings = append(v.Bindings, pages.Crumb{Title: names[id][0] + " ↔ " + names[id][1], Path: bindingPath(id)})
		}
		if len(v.Rows) == shownRestored {
			v.More++
			continue
		}
		row, err := a.restoredRow(r, e)
		if err != nil {
			return nil, err
		}
		v.Rows = append(v.Rows, row)
	}
	if v.Failed == len(list) {
		v.Name = "Not restored"
	}
	return v, nil
}

func countRestored(v *pages.Restoring, o bindings.Outcome) {
	switch o {
	case bindings.RestoredAdded:
		v.Added++
	case bindings.RestoredReplaced:
		v.Replaced++
	case bindings.RestoredAlready:
		v.Already++
	default:
		v.Failed++
	}
}

// restoredRow says what became of one version. A restore that replaced an item wrote what it was to the history just
// now: that is what undoes it.
func (a *api) restoredRow(r *http.Request, e bindings.Restored) (pages.RestoredRow, error) {
	row := pages.RestoredRow{
		Path: historyPath + number64(e.Entry.ID), Title: firstOf(e.Entry.Title, string(e.Entry.Item), "Version "+number64(e.Entry.ID)),
		Outcome: e.Outcome.String(), Failed: e.Outcome == bindings.RestoreFailed,
	}
	if full, err := a.History.HistoryEntry(r.Context(), callerOf(r).ID, e.Entry.ID); err == nil {
		row.Title = firstOf(full.Title, row.Title)
	}
	if e.Outcome != bindings.RestoredReplaced || e.Entry.Link == 0 {
		return row, nil
	}
	newest, err := a.History.History(r.Context(), callerOf(r).ID, bindings.HistoryFilter{Link: e.Entry.Link, Limit: 1})
	if err != nil {
		return row, err
	}
	if len(newest) == 1 && newest[0].Sync == 0 && newest[0].ID != e.Entry.ID && newest[0].Verb == sources.Replace {
		row.UndoPath = historyPath + number64(newest[0].ID)
	}
	return row, nil
}
