package atom

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// Finder tells which clients hold an item.
type Finder interface {
	// Whereabouts gives what is known of an item at every client, the nearest first; nothing for an unknown one.
	Whereabouts(ctx context.Context, owner string, at bindings.Spot) ([]bindings.Sighting, error)
	// FindItems gives at most limit items whose title holds the text.
	FindItems(ctx context.Context, owner, text string, limit int) ([]bindings.Found, error)
}

const (
	wherePath = "/v2/syncengine/where"
	// maxFound is how many items a search shows.
	maxFound = 30
)

// A whereabout is an item and where it is.
type whereabout struct {
	spot  bindings.Spot
	title string
	at    []bindings.Sighting
}

// asksWhere reads which item a query names: by client, dataclass and item. It reports false for a query that names none.
func asksWhere(r *http.Request) (bindings.Spot, bool) {
	q := r.URL.Query()
	s := bindings.Spot{Client: q.Get("client"), Class: dataclass.Class(q.Get("dataclass")), Item: sources.ID(q.Get("item"))}
	return s, s.Client != "" && s.Item != ""
}

// whereabout looks where the item is that a query names. One that no binding knows is at its own client alone, if that
// is a datastore that has it.
func (a *api) whereabout(r *http.Request, spot bindings.Spot) (whereabout, error) {
	w := whereabout{spot: spot, title: string(spot.Item)}
	if !slices.Contains(stored, spot.Class) {
		return w, errNotStored
	}
	var err error
	if w.at, err = a.Where.Whereabouts(r.Context(), callerOf(r).ID, spot); err != nil {
		return w, err
	}
	if len(w.at) == 0 {
		c, err := a.store(r, spot.Client)
		if err != nil {
			return w, errUnknownItem
		}
		it, err := a.Content(c.Owner, c.ID).Get(r.Context(), spot.Class, spot.Item)
		if err != nil {
			return w, contentError(err)
		}
		w.title = itemTitle(spot.Class, it)
		w.at = []bindings.Sighting{{Spot: spot, Held: it.Body}}
		return w, nil
	}
	for _, s := range w.at {
		for _, b := range []dataclass.Body{s.Held, s.Due} {
			if it, err := dataclass.Decode(spot.Class, b); err == nil && it.Title() != "" {
				w.title = it.Title()
				return w, nil
			}
		}
	}
	return w, nil
}

// search finds the items whose names hold a text. Of one that several clients hold only one is given.
func (a *api) search(r *http.Request, text string) ([]bindings.Found, error) {
	list, err := a.Where.FindItems(r.Context(), callerOf(r).ID, text, maxFound)
	if err != nil {
		return nil, err
	}
	var out []bindings.Found
	seen := map[bindings.Spot]bool{}
	for _, f := range list {
		if seen[f.Spot] {
			continue
		}
		out = append(out, f)
		at, err := a.Where.Whereabouts(r.Context(), callerOf(r).ID, f.Spot)
		if err != nil {
			return nil, err
		}
		for _, s := range at {
			seen[s.Spot] = true
		}
	}
	return out, nil
}

// getWhere answers GET /v2/syncengine/where: by client, dataclass and item every client that holds that item, by text
// the items whose names hold it.
func (a *api) getWhere(w http.ResponseWriter, r *http.Request) error {
	spot, ok := asksWhere(r)
	if !ok {
		list, err := a.search(r, r.URL.Query().Get("text"))
		if err != nil {
			return err
		}
		entries := make([]dated, len(list))
		for i, f := range list {
			entries[i] = dated{a.foundEntry(r, f), callerOf(r).Created}
		}
		return a.collection(w, r, a.base(r)+wherePath, "Where is an item?", entries)
	}
	it, err := a.whereabout(r, spot)
	if err != nil {
		return err
	}
	known, _, err := a.parties(r.Context(), callerOf(r).ID)
	if err != nil {
		return err
	}
	entries := make([]dated, len(it.at))
	for i, s := range it.at {
		entries[i] = dated{a.sightingEntry(r, s, it.title, known), callerOf(r).Created}
	}
	return a.collection(w, r, a.base(r)+wherePath+whereQuery(spot), "Where is "+clean(it.title)+"?", entries)
}

// foundEntry is an item that a search found, with a link to where it is.
func (a *api) foundEntry(r *http.Request, f bindings.Found) *xmltree.Element {
	url := a.base(r) + wherePath + whereQuery(f.Spot)
	return xmltree.New(nsAtom, "entry").Add(
		a.author(r), xmltree.New(nsAtom, "content", xmltree.Text(string(f.Class))).SetAttr("", "type", "text"),
		element("id", url), link(url, "related", mediaType), element("title", clean(firstOf(f.Title, string(f.Item)))),
		timestamp("updated", callerOf(r).Created), syncElement("dataclass", string(f.Class)),
		ownElement("client", f.Client), ownElement("item_id", string(f.Item)))
}

// sightingEntry is what one binding knows of an item at one client.
func (a *api) sightingEntry(r *http.Request, s bindings.Sighting, title string, known parties) *xmltree.Element {
	id := fmt.Sprintf("%s%s#%d-%s", a.base(r), wherePath, s.Link, s.Side)
	entry := xmltree.New(nsAtom, "entry").Add(
		a.author(r), xmltree.New(nsAtom, "content", xmltree.Text(clean(sightingWords(s)))).SetAttr("", "type", "text"),
		element("id", id), element("title", clean(title+", "+known[s.Client].Title)), timestamp("updated", callerOf(r).Created),
		syncElement("dataclass", string(s.Class)), ownElement("client", s.Client), ownElement("item_id", string(s.Item)))
	if s.Binding != 0 {
		entry.Add(a.bound(r, s.Binding), ownElement("owed", owedNames[s.Owed]))
	}
	if !s.Held.IsZero() {
		entry.Add(xmltree.New(nsOwn, "rendition", itemNodes(s.Held)...).SetAttr("", "type", itemContent(s.Held).Attr("", "type")))
	}
	return entry
}

// sightingWords say how an item stands at a client.
func sightingWords(s bindings.Sighting) string {
	switch {
	case s.Doomed && s.Item == "":
		return "It was deleted here, and is being deleted elsewhere."
	case s.Doomed:
		return "It is to be deleted here."
	case s.Owed != engine.None:
		return owedWords[s.Owed]
	case s.Item == "":
		return "It is not here."
	}
	return "It has what it is to have."
}

// owedNames are what programs know reasons by.
var owedNames = map[engine.Reason]string{
	engine.None: "none", engine.Waiting: "waiting", engine.Unsent: "unsent", engine.Unacknowledged: "unacknowledged",
	engine.Unmapped: "unmapped", engine.Refused: "refused", engine.Contended: "contended", engine.Withheld: "withheld",
	engine.Aside: "quarantined", engine.Doubtful: "doubtful", engine.Held: "held", engine.OutOfRange: "out_of_range",
	engine.Undecided: "undecided",
}

// owedWords say why a client does not hold yet what it is to hold.
var owedWords = map[engine.Reason]string{
	engine.Waiting:        "The next sync brings it.",
	engine.Unsent:         "It was not sent before the session broke off; the next sync brings it.",
	engine.Unacknowledged: "It was sent, and no answer came; the next sync finds out.",
	engine.Unmapped:       "It was sent, and the client has not said yet what it calls it there.",
	engine.Refused:        "The client did not take it; the next sync tries again.",
	engine.Contended:      "It changed under every attempt to write it; the next sync tries again.",
	engine.Withheld:       "The binding does not write this side.",
	engine.Aside:          "The client did not take it three times: it is in quarantine.",
	engine.Doubtful:       "It may be one that the client has already: it waits in the doubtful pairs.",
	engine.Held:           "What the other side did to it waits for your word, with what is held.",
	engine.OutOfRange:     "It is outside of what this side is sent.",
	engine.Undecided:      "It was deleted elsewhere, and another binding decides whether that stands.",
}
