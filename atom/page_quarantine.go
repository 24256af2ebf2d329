package atom

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/bindery-sync/bindery/atom/pages"
	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
)

const (
	quarantinePath = "/v2/syncengine/quarantine/"
	// pageAside is how many items a page of the quarantine shows.
	pageAside = 100
	// rawShown is how many bytes of an item are shown as they are, rawMost how many if all are asked for.
	rawShown, rawMost = 4000, 1 << 20
)

// quarantinePages are the pages of what is set aside.
func (a *api) quarantinePages() map[string]page {
	return map[string]page{
		"/v2/syncengine/quarantine":                       {show: a.showQuarantine},
		"/v2/syncengine/quarantine/{aside:[A-Za-z0-9-]+}": {show: a.showAside, forms: map[string]former{"retry": a.formRetry}},
	}
}

// showQuarantine answers GET /v2/syncengine/quarantine/ for people; from, a number, is how many are passed over.
func (a *api) showQuarantine(r *http.Request) (pages.View, error) {
	list, err := a.Matters.Quarantine(r.Context(), callerOf(r).ID, 0)
	if err != nil {
		return nil, err
	}
	names, err := a.sideNames(r)
	if err != nil {
		return nil, err
	}
	v := pages.Quarantine{Path: quarantinePath}
	from, _ := strconv.Atoi(r.URL.Query().Get("from")) // what is no number shows the beginning
	from = min(max(from, 0), len(list))
	if from > 0 {
		v.First = quarantinePath
	}
	if len(list)-from > pageAside {
		v.Next = quarantinePath + "?from=" + strconv.Itoa(from+pageAside)
	}
	for _, q := range list[from:min(from+pageAside, len(list))] {
		v.Items = append(v.Items, asideView(q, names.of(q.Binding)))
	}
	return v, nil
}

// showAside answers GET /v2/syncengine/quarantine/ID for people.
func (a *api) showAside(r *http.Request) (pages.View, error) {
	list, err := a.Matters.Quarantine(r.Context(), callerOf(r).ID, 0)
	if err != nil {
		return nil, err
	}
	names, err := a.sideNames(r)
	if err != nil {
		return nil, err
	}
	for _, q := range list {
		if q.ID != pathWord(r, "aside") {
			continue
		}
		v := asideView(q, names.of(q.Binding))
		most := rawShown
		if r.URL.Query().Get("show") == "all" {
			most = rawMost
		}
		v.Type, v.Raw, v.Left = q.Body.Type, rawText(q.Body, most), max(len(q.Body.Data)-most, 0)
		if _, err := dataclass.Decode(q.Class, q.Body); err == nil {
			v.Fields = itemFields(q.Class, q.Body)
		}
		return v, nil
	}
	return nil, errUnknownAside
}

// rawText is the beginning of an item as it is.
func rawText(b dataclass.Body, most int) string {
	return strings.ToValidUTF8(string(b.Data[:min(len(b.Data), most)]), "�")
}

func asideView(q bindings.SetAside, sides [2]string) pages.Aside {
	v := pages.Aside{
		ID: q.ID, Path: quarantinePath + urlWord(q.ID), Name: firstOf(q.Title, string(q.Item), "Item without a name"),
		Of: sides[0] + " ↔ " + sides[1], BindingPath: bindingPath(q.Binding), Class: string(q.Class),
		Item: string(q.Item), Why: capital(firstOf(strings.TrimSpace(q.Why), "It could not be synchronized")), Since: q.Since, Until: q.Until,
	}
	v.Side = sides[q.Side]
	if strings.Contains(q.ID, "-") { // a link's side that does not take what it is owed
		v.Side += " does not take it"
	} else {
		v.Side += " sent it"
	}
	return v
}

// capital makes a sentence of words that begin one.
func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// formRetry has the next sync try an item again.
func (a *api) formRetry(r *http.Request, _ url.Values) (done, error) {
	id := pathWord(r, "aside")
	err := a.Matters.RetryQuarantined(r.Context(), callerOf(r).ID, id)
	switch {
	case errors.Is(err, bindings.ErrNotFound):
		return done{path: quarantinePath, notice: pages.Meanwhile}, nil
	case errors.Is(err, engine.ErrBusy):
		return done{path: quarantinePath + urlWord(id), notice: pages.RetryBusy}, nil
	}
	return done{path: quarantinePath, notice: pages.RetryAsked}, err
}
