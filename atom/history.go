package atom

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// History keeps what syncs overwrote or deleted. Its errors are the classes of package bindings.
type History interface {
	History(ctx context.Context, owner string, f bindings.HistoryFilter) ([]bindings.HistoryEntry, error)
	HistoryEntry(ctx context.Context, owner string, id int64) (bindings.HistoryEntry, error)
}

// Restorer brings versions back.
type Restorer interface {
	Restore(ctx context.Context, owner string, entries ...int64) ([]bindings.Restored, error)
	// RestoreSync brings back all items that a sync overwrote or deleted; more counts the versions passed over.
	RestoreSync(ctx context.Context, owner string, sync int64) (list []bindings.Restored, more int, err error)
}

// listHistory answers GET /v2/syncengine/history/: the newest versions, of those that binding, dataclass, sync (a log
// entry), link (all versions of one item), item (its id), text (a part of the title), since and until choose. The link
// next leads to those that are older.
func (a *api) listHistory(w http.ResponseWriter, r *http.Request) error {
	f, err := historyFilter(r)
	if err != nil {
		return err
	}
	list, err := a.History.History(r.Context(), callerOf(r).ID, f)
	if err != nil {
		return unknown(err, errUnknownVersion)
	}
	entries := make([]dated, len(list))
	for i, e := range list {
		entries[i] = dated{a.versionEntry(r, e), e.When}
	}
	url := a.base(r) + historyPath
	feed := xmltree.New(nsAtom, "feed").Add(person(a.Operator, ""), element("id", url), link(selfURL(r, url), "self", ""), link(pageURL(url, r, 0), "first", ""), element("title", "History"))
	if len(list) == f.Limit {
		feed.Add(link(pageURL(url, r, list[len(list)-1].ID), "next", ""))
	}
	return write(w, http.StatusOK, addEntries(r, feed, entries))
}

const historyPath = "/v2/syncengine/history/"

// historyFilter reads what a query chooses of the history.
func historyFilter(r *http.Request) (bindings.HistoryFilter, error) {
	q := r.URL.Query()
	f := bindings.HistoryFilter{Class: dataclass.Class(q.Get("dataclass")), Item: sources.ID(q.Get("item")), Text: q.Get("text")}
	var err error
	if f.Class != "" && !slices.Contains(logClasses, f.Class) {
		return f, errBadClass
	}
	if f.Limit, err = number1(r, "limit", defaultContent, maxLog); err != nil {
		return f, err
	}
	for name, to := range map[string]*int64{"binding": &f.Binding, "sync": &f.Sync, "link": &f.Link, "before": &f.Before} {
		if s := q.Get(name); s != "" {
			if *to, err = strconv.ParseInt(s, 10, 64); err != nil || *to < 1 {
				return f, &problem{http.StatusBadRequest, name + " is a number"}
			}
		}
	}
	for name, to := range map[string]*time.Time{"since": &f.Since, "until": &f.Until} {
		if s := q.Get(name); s != "" {
			if *to, err = time.Parse(time.RFC3339, s); err != nil {
				return f, errBadTime
			}
		}
	}
	return f, nil
}

// getVersion answers GET /v2/syncengine/history/N: a version with the item itself.
func (a *api) getVersion(w http.ResponseWriter, r *http.Request) error {
	e, err := a.History.HistoryEntry(r.Context(), callerOf(r).ID, number(r, "entry"))
	if err != nil {
		return unknown(err, errUnknownVersion)
	}
	body := xmltree.New(nsOwn, "rendition", itemNodes(e.Body)...).SetAttr("", "type", itemContent(e.Body).Attr("", "type"))
	return write(w, http.StatusOK, a.versionEntry(r, e).Add(body))
}

// restoreVersion answers POST /v2/syncengine/history/N: the item is again what it was then. The next sync carries it
// on.
func (a *api) restoreVersion(w http.ResponseWriter, r *http.Request) error {
	list, err := a.Restorer.Restore(r.Context(), callerOf(r).ID, number(r, "entry"))
	if err != nil {
		return unknown(err, errUnknownVersion)
	}
	if len(list) != 1 {
		return fmt.Errorf("restore one version: %d were restored", len(list))
	}
	if e := list[0]; e.Outcome == bindings.RestoreFailed {
		a.Log.WarnContext(r.Context(), "restore failed", "request", requestID(r), "entry", e.Entry.ID, "error", e.Err)
		return errNoRestore
	}
	return sentence(w, http.StatusOK, "The item is "+list[0].Outcome.String())
}

func (a *api) versionEntry(r *http.Request, e bindings.HistoryEntry) *xmltree.Element {
	entry := a.ownEntry(r, "history", number64(e.ID), firstOf(e.Title, string(e.Item)),
		fmt.Sprintf("%s by a sync of binding %d, where the %s held it", verbs[e.Verb], e.Binding, e.Side))
	entry.Add(timestamp("published", e.When), timestamp("updated", e.When), a.bound(r, e.Binding),
		syncElement("dataclass", string(e.Class)), ownElement("side", e.Side.String()), ownElement("item_id", string(e.Item)),
		ownElement("verb", e.Verb.String()))
	if e.Sync != 0 {
		entry.Add(link(a.base(r)+"/v2/syncengine/synclog/"+number64(e.Sync), "via", "application/atom+xml"))
	}
	return entry
}

// verbs say what ended a version.
var verbs = map[sources.Verb]string{sources.Replace: "Overwritten", sources.Delete: "Deleted"}

// itemNodes are what itemContent holds.
func itemNodes(b dataclass.Body) []xmltree.Node { return itemContent(b).Nodes }
