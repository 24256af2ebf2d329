package atom

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// How many entries a log feed shows: what ?limit= asks for, up to maxLog.
const (
	defaultLog = 500
	maxLog     = 1000
)

// getLog answers GET /v2/syncengine/synchronization/: the newest synchronizations of all bindings,
// removed ones too.
func (a *api) getLog(w http.ResponseWriter, r *http.Request) error {
	return a.writeLog(w, r, 0, a.base(r)+"/v2/syncengine/synclog")
}

// getBindingLog answers GET /v2/syncengine/N/synchronization/.
func (a *api) getBindingLog(w http.ResponseWriter, r *http.Request) error {
	b, err := a.binding(r)
	if err != nil {
		return err
	}
	return a.writeLog(w, r, b.ID, a.bindingURL(r, b.ID)+"/synclog")
}

// writeLog sends a page of a log feed (RFC 5005 section 3). The API gives both feeds the same id, and links that end in
// all.xml, the feed's own one twice; those addresses are served.
func (a *api) writeLog(w http.ResponseWriter, r *http.Request, binding int64, url string) error {
	f, err := logFilter(r)
	if err != nil {
		return err
	}
	if binding != 0 {
		f.Binding = binding
	}
	limit := f.Limit
	f.Limit++
	list, err := a.SyncLog.LogPage(r.Context(), callerOf(r).ID, f)
	if err != nil {
		return err
	}
	more := len(list) > limit
	list = list[:min(len(list), limit)]
	entries := make([]dated, 0, len(list))
	for _, e := range list {
		entries = append(entries, dated{a.logEntry(r, e), logTime(e)})
	}
	feed := xmltree.New(nsAtom, "feed").Add(
		person(a.Operator, ""), element("id", a.base(r)+"/v2/syncengine/synclog"),
		link(selfURL(r, url+"/all.xml/all.xml"), "self", ""), link(url+"/all.xml", "alternate", "text/html"),
		element("title", "SyncEngine Log"),
	)
	if more {
		feed.Add(link(pageURL(url+"/all.xml", r, list[len(list)-1].ID), "next", ""))
	}
	if f.Before != 0 {
		feed.Add(link(pageURL(url+"/all.xml", r, 0), "first", ""))
	}
	return write(w, http.StatusOK, addEntries(r, feed, entries))
}

// pageURL is the address of the page that begins behind an entry, with the filters of this one; 0 is the first page.
func pageURL(url string, r *http.Request, before int64) string {
	q := r.URL.Query()
	if q.Del("before"); before != 0 {
		q.Set("before", number64(before))
	}
	if len(q) == 0 {
		return url
	}
	return url + "?" + q.Encode()
}

// logFilter reads the filters of a log feed: limit, before, binding, dataclass, status, since.
func logFilter(r *http.Request) (f bindings.LogFilter, err error) {
	q := r.URL.Query()
	if f.Limit, err = limitOf(r); err != nil {
		return f, err
	}
	if s := q.Get("before"); s != "" {
		if f.Before, err = strconv.ParseInt(s, 10, 64); err != nil || f.Before < 1 {
			return f, errBadPage
		}
	}
	if s := q.Get("binding"); s != "" {
		if f.Binding, err = strconv.ParseInt(s, 10, 64); err != nil || f.Binding < 1 {
			return f, errBadBinding
		}
	}
	if s := q.Get("since"); s != "" {
		if f.Since, err = time.Parse(time.RFC3339, s); err != nil {
			return f, errBadTime
		}
	}
	if f.State = q.Get("status"); f.State != "" && !slices.Contains(logStates, f.State) {
		return f, errBadState
	}
	if f.Class = dataclass.Class(q.Get("dataclass")); f.Class != "" && !slices.Contains(logClasses, f.Class) {
		return f, errBadClass
	}
	return f, nil
}

// What the filters of a log feed may name.
var (
	logStates  = []string{"running", stateDone, "held", "abandoned"}
	logClasses = []dataclass.Class{dataclass.Contacts, dataclass.Events, dataclass.Tasks, dataclass.Notes, dataclass.Calendar}
)

func limitOf(r *http.Request) (int, error) { return number1(r, "limit", defaultLog, maxLog) }

// number1 reads a number of the query, from 1 to most; unsaid is what it is if it is missing.
func number1(r *http.Request, name string, unsaid, most int) (int, error) {
	s := r.URL.Query().Get(name)
	if s == "" {
		return unsaid, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > most {
		return 0, &problem{http.StatusBadRequest, fmt.Sprintf("The %s must be a number from 1 to %d", name, most)}
	}
	return n, nil
}

// getLogEntry answers GET /v2/syncengine/synclog/N.
func (a *api) getLogEntry(w http.ResponseWriter, r *http.Request) error {
	e, err := a.SyncLog.LogEntry(r.Context(), callerOf(r).ID, number(r, "entry"))
	if errors.Is(err, bindings.ErrNotFound) {
		return errUnknownEntry
	}
	if err != nil {
		return err
	}
	if wantsStream(r) {
		return a.streamEntry(w, r, e)
	}
	if e.State == engine.StateRunning {
		w.Header().Set("Retry-After", strconv.Itoa(lookAgain))
	}
	entry := a.logEntry(r, e)
	entry.Nodes = append([]xmltree.Node{{Elem: a.author(r)}}, entry.Nodes...) // no feed has it here
	return write(w, http.StatusOK, entry)
}

// logTime is when an entry was written: at the end of its synchronization, or while that still runs at
// its start.
func logTime(e bindings.LogEntry) time.Time {
	if e.Finished.IsZero() {
		return e.Started
	}
	return e.Finished
}

// logEntry shows one synchronization, without an author: a feed has it.
func (a *api) logEntry(r *http.Request, e bindings.LogEntry) *xmltree.Element {
	url := a.base(r) + "/v2/syncengine/synclog/" + number64(e.ID)
	entry := xmltree.New(nsAtom, "entry").Add(
		xmltree.New(nsAtom, "content").SetAttr("", "src", url).SetAttr("", "type", "html"),
		element("id", url), link(url, "self", ""), link(url, "alternate", "text/html"),
		timestamp("published", logTime(e)), timestamp("updated", logTime(e)),
		element("title", e.Kinds[0]+" - "+e.Kinds[1]), element("summary", logSummary(e)),
		logStats(e), syncElement("sync_mode", strconv.Itoa(e.Mode)), element("dataclass", string(e.Class)),
	)
	return a.addProgress(addOwn(entry, e), e)
}

// addProgress appends how far a synchronization is that is under way.
func (a *api) addProgress(entry *xmltree.Element, e bindings.LogEntry) *xmltree.Element {
	if e.State != engine.StateRunning {
		return entry
	}
	p, ok := a.Background.Progress(e.Owner, e.ID)
	if !ok {
		return entry
	}
	progress := xmltree.New(nsOwn, "progress")
	for _, n := range []struct {
		name  string
		count int
	}{
		{"source_read", p.Read[engine.Source]}, {"target_read", p.Read[engine.Target]}, {"planned", p.Planned}, {"done", p.Done},
	} {
		progress.AddText(n.name, strconv.Itoa(n.count))
	}
	return entry.Add(progress)
}

// logStats holds what was counted.
func logStats(e bindings.LogEntry) *xmltree.Element {
	return xmltree.New(nsSync, "sync_stats").
		AddText("duplicates_detected", strconv.Itoa(e.Duplicates)).
		AddText("duplicates_removed", strconv.Itoa(e.Removed)).
		AddText("conflicts_detected", strconv.Itoa(e.Conflicts)).
		Add(logSide("source", e.Kinds[0], e.Sides[0]), logSide("target", e.Kinds[1], e.Sides[1]))
}

func logSide(side, kind string, c bindings.SideCounts) *xmltree.Element {
	stats := xmltree.New(nsSync, "statistics")
	for _, n := range []struct {
		name  string
		count int
	}{
		{"adds_in", c.AddsIn}, {"replaces_in", c.ReplacesIn}, {"deletes_in", c.DeletesIn},
		{"adds_out", c.AddsOut}, {"replaces_out", c.ReplacesOut}, {"deletes_out", c.DeletesOut},
	} {
		stats.AddText(n.name, strconv.Itoa(n.count))
	}
	return xmltree.New(nsSync, side).Add(xmltree.New(nsSync, "sync_source").SetAttr("", "type", kind), stats)
}

// addOwn appends what the API has no element for, where there is anything to tell.
func addOwn(entry *xmltree.Element, e bindings.LogEntry) *xmltree.Element {
	if e.State != "" && e.State != stateDone {
		entry.Add(xmltree.New(nsOwn, "state", xmltree.Text(e.State)))
	}
	if e.Why != "" {
		entry.Add(ownElement("why", e.Why))
	}
	for _, n := range []struct {
		name  string
		count int
	}{{"held", e.Held}, {"quarantined", e.Quarantined}, {"restored", e.Restored}} {
		if n.count > 0 {
			entry.Add(xmltree.New(nsOwn, n.name, xmltree.Text(strconv.Itoa(n.count))))
		}
	}
	return entry
}

// stateDone is the LogEntry.State of a synchronization that reached its end.
const stateDone = "done"

// logSummary says the entry in one line: RFC 4287 section 4.1.2 demands a summary beside content that
// is elsewhere.
func logSummary(e bindings.LogEntry) string {
	s := fmt.Sprintf("%s, sync mode %d", e.Class, e.Mode)
	for i, c := range e.Sides {
		s += fmt.Sprintf("; %s: %d received, %d sent", e.Kinds[i],
			c.AddsIn+c.ReplacesIn+c.DeletesIn, c.AddsOut+c.ReplacesOut+c.DeletesOut)
	}
	return s
}
