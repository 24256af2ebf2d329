package atom

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// Matters keeps what waits for a person's word. Its errors are the classes of package bindings.
type Matters interface {
	Plans(ctx context.Context, owner string, binding int64) ([]bindings.Plan, error)
	Plan(ctx context.Context, owner, id string) (bindings.Plan, error)
	// Approve and Reject decide a plan, Decide a doubtful pair. Seen is the Mark that it had for whoever decides, or
	// empty; a bindings.ErrChanged says that it has another one.
	Approve(ctx context.Context, owner, id, seen string) error
	Reject(ctx context.Context, owner, id, seen string) error
	Doubts(ctx context.Context, owner string, binding int64) ([]bindings.DoubtfulPair, error)
	Decide(ctx context.Context, owner string, id int64, v engine.Verdict, seen string) error
	Quarantine(ctx context.Context, owner string, binding int64) ([]bindings.SetAside, error)
	RetryQuarantined(ctx context.Context, owner, id string) error
}

// ownFeed makes a feed of what only Bindery has, below /v2/syncengine/.
func (a *api) ownFeed(w http.ResponseWriter, r *http.Request, name, title string, entries []dated) error {
	url := a.base(r) + "/v2/syncengine/" + name + "/"
	return a.collection(w, r, url, title, entries)
}

// ownEntry begins an entry of such a feed.
func (a *api) ownEntry(r *http.Request, name, id, title, text string) *xmltree.Element {
	url := a.base(r) + "/v2/syncengine/" + name + "/" + id
	return xmltree.New(nsAtom, "entry").Add(
		a.author(r), xmltree.New(nsAtom, "content", xmltree.Text(clean(text))).SetAttr("", "type", "text"),
		element("id", url), link(url, "self", ""), link(url, "edit", ""), element("title", clean(title)))
}

// ownElement makes an element in Bindery's namespace that holds text.
func ownElement(local, text string) *xmltree.Element {
	return xmltree.New(nsOwn, local, xmltree.Text(clean(text)))
}

// bound names the binding of an entry.
func (a *api) bound(r *http.Request, binding int64) *xmltree.Element {
	return link(a.bindingURL(r, binding), "related", "application/atom+xml")
}

// listHolds answers GET /v2/syncengine/holds/.
func (a *api) listHolds(w http.ResponseWriter, r *http.Request) error {
	list, err := a.Matters.Plans(r.Context(), callerOf(r).ID, 0)
	if err != nil {
		return err
	}
	entries := make([]dated, len(list))
	for i, p := range list {
		entries[i] = dated{a.holdEntry(r, p), p.Made}
	}
	return a.ownFeed(w, r, "holds", "Held plans", entries)
}

// getHold answers GET /v2/syncengine/holds/ID.
func (a *api) getHold(w http.ResponseWriter, r *http.Request) error {
	p, err := a.Matters.Plan(r.Context(), callerOf(r).ID, pathWord(r, "plan"))
	if err != nil {
		return unknown(err, errUnknownHold)
	}
	return write(w, http.StatusOK, a.holdEntry(r, p))
}

// putHold answers PUT /v2/syncengine/holds/ID: its element state says approved or rejected. The next sync of the
// binding acts on it.
func (a *api) putHold(w http.ResponseWriter, r *http.Request) error {
	id, owner := pathWord(r, "plan"), callerOf(r).ID
	if _, err := a.Matters.Plan(r.Context(), owner, id); err != nil {
		return unknown(err, errUnknownHold)
	}
	entry, err := readEntry(r, errNoUpdate)
	if err != nil {
		return err
	}
	switch ownText(entry, "state") {
	case "approved":
		err = a.Matters.Approve(r.Context(), owner, id, "")
	case "rejected":
		err = a.Matters.Reject(r.Context(), owner, id, "")
	default:
		return errBadDecision
	}
	if err != nil {
		return err
	}
	return a.getHold(w, r)
}

func (a *api) holdEntry(r *http.Request, p bindings.Plan) *xmltree.Element {
	lines := make([]string, len(p.Held))
	held := xmltree.New(nsOwn, "changes")
	for i, h := range p.Held {
		lines[i] = fmt.Sprintf("%s of %s on the side of the %s (%s)", h.Verb, firstOf(h.Title, string(h.Item)), h.Side, h.Why)
		held.Add(ownElement("change", h.Title).SetAttr("", "side", h.Side).SetAttr("", "verb", h.Verb).SetAttr("", "id", clean(string(h.Item))))
	}
	title := fmt.Sprintf("%s of binding %d: %d held", p.Class, p.Binding, len(p.Held))
	if p.Slow {
		title = fmt.Sprintf("%s of binding %d: a slow sync", p.Class, p.Binding)
		lines = []string{"All items of both sides would be compared anew; the sync begins when it is approved"}
	}
	entry := a.ownEntry(r, "holds", p.ID, title, strings.Join(lines, "\n"))
	changed := p.Made
	if p.Decided.After(changed) {
		changed = p.Decided
	}
	return entry.Add(timestamp("published", p.Made), timestamp("updated", changed), a.bound(r, p.Binding),
		syncElement("dataclass", string(p.Class)), ownElement("state", p.State), held)
}

// listReviews answers GET /v2/syncengine/reviews/: pairs of items that may be one.
func (a *api) listReviews(w http.ResponseWriter, r *http.Request) error {
	list, err := a.Matters.Doubts(r.Context(), callerOf(r).ID, 0)
	if err != nil {
		return err
	}
	entries := make([]dated, len(list))
	for i, d := range list {
		entries[i] = dated{a.reviewEntry(r, d), d.Since}
	}
	return a.ownFeed(w, r, "reviews", "Doubtful pairs", entries)
}

func (a *api) review(r *http.Request) (bindings.DoubtfulPair, error) {
	list, err := a.Matters.Doubts(r.Context(), callerOf(r).ID, 0)
	if err != nil {
		return bindings.DoubtfulPair{}, err
	}
	for _, d := range list {
		if d.ID == number(r, "entry") {
			return d, nil
		}
	}
	return bindings.DoubtfulPair{}, errUnknownReview
}

// getReview answers GET /v2/syncengine/reviews/N.
func (a *api) getReview(w http.ResponseWriter, r *http.Request) error {
	d, err := a.review(r)
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, a.reviewEntry(r, d))
}

// verdicts are what can be said of a doubtful pair.
var verdicts = map[string]engine.Verdict{"open": engine.Open, "same": engine.Same, "two": engine.Two}

// putReview answers PUT /v2/syncengine/reviews/N: its element verdict says same, two, or open to take that back.
func (a *api) putReview(w http.ResponseWriter, r *http.Request) error {
	d, err := a.review(r)
	if err != nil {
		return err
	}
	entry, err := readEntry(r, errNoUpdate)
	if err != nil {
		return err
	}
	v, ok := verdicts[ownText(entry, "verdict")]
	if !ok {
		return errBadVerdict
	}
	if err := a.Matters.Decide(r.Context(), callerOf(r).ID, d.ID, v, ""); err != nil {
		return unknown(err, errUnknownReview)
	}
	d.Verdict = v
	return write(w, http.StatusOK, a.reviewEntry(r, d))
}

func (a *api) reviewEntry(r *http.Request, d bindings.DoubtfulPair) *xmltree.Element {
	var titles [2]string
	for s, it := range d.Items {
		titles[s] = firstOf(it.Title, string(it.Item))
	}
	entry := a.ownEntry(r, "reviews", number64(d.ID), titles[0]+" / "+titles[1],
		fmt.Sprintf("Are they the same, or two? %s of binding %d", d.Class, d.Binding))
	verdict := "open"
	for word, v := range verdicts {
		if v == d.Verdict {
			verdict = word
		}
	}
	entry.Add(timestamp("published", d.Since), timestamp("updated", d.Since), a.bound(r, d.Binding),
		syncElement("dataclass", string(d.Class)), ownElement("verdict", verdict))
	for s, it := range d.Items {
		side := xmltree.New(nsOwn, "rendition", itemNodes(it.Body)...).SetAttr("", "side", engine.Side(s).String()).SetAttr("", "id", clean(string(it.Item)))
		entry.Add(side.SetAttr("", "type", itemContent(it.Body).Attr("", "type")))
	}
	return entry
}

// listQuarantine answers GET /v2/syncengine/quarantine/.
func (a *api) listQuarantine(w http.ResponseWriter, r *http.Request) error {
	list, err := a.Matters.Quarantine(r.Context(), callerOf(r).ID, 0)
	if err != nil {
		return err
	}
	entries := make([]dated, len(list))
	for i, q := range list {
		entries[i] = dated{a.asideEntry(r, q), q.Since}
	}
	return a.ownFeed(w, r, "quarantine", "Quarantine", entries)
}

// getQuarantined answers GET /v2/syncengine/quarantine/ID.
func (a *api) getQuarantined(w http.ResponseWriter, r *http.Request) error {
	list, err := a.Matters.Quarantine(r.Context(), callerOf(r).ID, 0)
	if err != nil {
		return err
	}
	for _, q := range list {
		if q.ID == pathWord(r, "aside") {
			return write(w, http.StatusOK, a.asideEntry(r, q))
		}
	}
	return errUnknownAside
}

// retryQuarantined answers POST /v2/syncengine/quarantine/ID: the next sync tries the item again.
func (a *api) retryQuarantined(w http.ResponseWriter, r *http.Request) error {
	if err := a.Matters.RetryQuarantined(r.Context(), callerOf(r).ID, pathWord(r, "aside")); err != nil {
		return unknown(err, errUnknownAside)
	}
	return sentence(w, http.StatusAccepted, "The next sync tries it again")
}

func (a *api) asideEntry(r *http.Request, q bindings.SetAside) *xmltree.Element {
	entry := a.ownEntry(r, "quarantine", q.ID, firstOf(q.Title, string(q.Item), q.ID), q.Why)
	return entry.Add(timestamp("published", q.Since), timestamp("updated", q.Since), a.bound(r, q.Binding),
		syncElement("dataclass", string(q.Class)), ownElement("side", q.Side.String()), ownElement("item_id", string(q.Item)))
}

// unknown gives the API's own sentence for what the caller does not have.
func unknown(err error, p *problem) error {
	if errors.Is(err, bindings.ErrNotFound) {
		return p
	}
	return err
}
