package atom

import (
	"cmp"
	"net/http"
	"net/url"
	"reflect"
	"slices"

	"github.com/bindery-sync/bindery/atom/pages"
	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
)

// wherePages are the pages that say where an item is.
func (a *api) wherePages() map[string]page {
	return map[string]page{wherePath: {show: a.showWhere}}
}

// whereQuery names an item in the address of the page that says where it is.
func whereQuery(s bindings.Spot) string {
	return "?" + url.Values{"client": {s.Client}, "dataclass": {string(s.Class)}, "item": {string(s.Item)}}.Encode()
}

// showWhere answers GET /v2/syncengine/where for people.
func (a *api) showWhere(r *http.Request) (pages.View, error) {
	spot, ok := asksWhere(r)
	if !ok {
		return a.showFound(r)
	}
	it, err := a.whereabout(r, spot)
	if err != nil {
		return nil, err
	}
	known, _, err := a.parties(r.Context(), callerOf(r).ID)
	if err != nil {
		return nil, err
	}
	names, err := a.sideNames(r)
	if err != nil {
		return nil, err
	}
	waits, err := a.waitingAt(r)
	if err != nil {
		return nil, err
	}
	v := pages.Where{Name: it.title, Class: string(spot.Class), Places: placesOf(it.at, known, names, waits)}
	v.Changes, err = a.changesOf(r, it.at, names)
	return v, err
}

// showFound searches.
func (a *api) showFound(r *http.Request) (pages.View, error) {
	v := pages.Where{Text: r.URL.Query().Get("text")}
	list, err := a.search(r, v.Text)
	if err != nil {
		return nil, err
	}
	known, _, err := a.parties(r.Context(), callerOf(r).ID)
	if err != nil {
		return nil, err
	}
	for _, f := range list {
		v.Found = append(v.Found, pages.Entry{
			Title: firstOf(f.Title, string(f.Item)), Path: wherePath + whereQuery(f.Spot), Text: string(f.Class) + ", " + known[f.Client].Title,
		})
	}
	v.More = len(list) >= maxFound/2 // others may have been the same items at other clients
	return v, nil
}

// A heldSpot is an item as a plan names it.
type heldSpot struct {
	binding int64
	side    string
	item    sources.ID
}

// spotsWaiting tells why an item may not be everywhere, though no link says so.
type spotsWaiting struct {
	// deleted are the items whose deletion a plan holds before a sync wrote anything.
	deleted map[heldSpot]bool
	// bound are the clients that a binding synchronizes.
	bound map[string]bool
}

// deletes reports whether an item is there no more, and a plan holds what that means for the others.
func (w spotsWaiting) deletes(s bindings.Sighting) bool {
	return w.deleted[heldSpot{s.Binding, s.Side.String(), s.Item}]
}

// waitingAt looks what waits for the caller's word, and which clients are synchronized.
func (a *api) waitingAt(r *http.Request) (spotsWaiting, error) {
	out := spotsWaiting{map[heldSpot]bool{}, map[string]bool{}}
	plans, err := a.Matters.Plans(r.Context(), callerOf(r).ID, 0)
	if err != nil {
		return out, err
	}
	for _, p := range plans {
		for _, h := range p.Held {
			if h.Verb == sources.Delete.String() {
				out.deleted[heldSpot{p.Binding, h.Side, h.Item}] = true
			}
		}
	}
	list, err := a.Bindings.Bindings(r.Context(), callerOf(r).ID)
	for _, b := range list {
		out.bound[b.Source], out.bound[b.Target] = true, true
	}
	return out, err
}

// stateOf says how an item stands in one binding.
func stateOf(s bindings.Sighting, names sideNames, waits spotsWaiting) pages.PlaceState {
	state := pages.PlaceState{Text: sightingWords(s), Waits: s.Owed != engine.None || s.Doomed}
	if s.Binding != 0 {
		sides := names.of(s.Binding)
		state.Binding, state.Path = sides[0]+" ↔ "+sides[1], bindingPath(s.Binding)
	}
	switch {
	case waits.deletes(s):
		state.Text, state.Waits = "It was deleted there. The deletion is held, and waits for your word; until then nothing is deleted elsewhere.", true
	case s.Binding == 0 && waits.bound[s.Client]:
		state.Text, state.Waits = "No synchronization has taken it anywhere yet: it waits for the next one, or for your word on what is held.", true
	case s.Binding == 0:
		state.Text = "No binding synchronizes it."
	}
	return state
}

// placesOf puts together what several bindings know of one client.
func placesOf(at []bindings.Sighting, known parties, names sideNames, waits spotsWaiting) []pages.Place {
	var out []pages.Place
	index := map[bindings.Spot]int{}
	for _, s := range at {
		i, ok := index[s.Spot]
		if !ok {
			i = len(out)
			index[s.Spot] = i
			out = append(out, pages.Place{Party: known[s.Client], Item: string(s.Item), ItemPath: spotPath(s.Spot, known)})
		}
		p := &out[i]
		p.States = append(p.States, stateOf(s, names, waits))
		switch {
		case waits.deletes(s):
			p.ItemPath = ""
		case p.Fields == nil && !s.Held.IsZero():
			p.Fields = itemFields(s.Class, s.Held)
		}
	}
	for i := 1; i < len(out); i++ {
		if out[i].Fields != nil && reflect.DeepEqual(out[i].Fields, out[0].Fields) {
			out[i].SameAs = out[0].Party.Title
		}
	}
	return out
}

// spotPath is where an item of a datastore can be looked at; "" for other clients.
func spotPath(s bindings.Spot, known parties) string {
	if known[s.Client].Kind != kindDatastore || s.Item == "" {
		return ""
	}
	return contentPath + "/" + s.Client + "/" + string(s.Class) + "/" + urlWord(string(s.Item))
}

// shownChanges is how many old versions of an item are listed.
const shownChanges = 10

// changesOf are the last versions of an item that syncs ended, in all bindings.
func (a *api) changesOf(r *http.Request, at []bindings.Sighting, names sideNames) ([]pages.VersionRow, error) {
	var list []bindings.HistoryEntry
	seen := map[int64]bool{0: true}
	for _, s := range at {
		if seen[s.Link] {
			continue
		}
		seen[s.Link] = true
		some, err := a.History.History(r.Context(), callerOf(r).ID, bindings.HistoryFilter{Link: s.Link, Limit: shownChanges})
		if err != nil {
			return nil, err
		}
		list = append(list, some...)
	}
	slices.SortStableFunc(list, func(a, b bindings.HistoryEntry) int { return cmp.Compare(b.When.UnixMicro(), a.When.UnixMicro()) })
	var out []pages.VersionRow
	for _, e := range list[:min(len(list), shownChanges)] {
		out = append(out, versionRow(e, names))
	}
	return out, nil
}
