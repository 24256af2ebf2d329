package face

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/bindery-sync/bindery/dataclass/zone"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// maxLooked is how many items are looked at for one page: one that a search finds little for is short.
const maxLooked = 20_000

// neverUpdated is the time of the feed of a datastore that nothing was written to. There is nothing that somebody who has
// seen it could not be told of.
var neverUpdated = time.UnixMilli(1).UTC()

// A listing is one page of a feed on its way.
type listing struct {
	*call
	s    shelf
	mark datastore.Mark
	pos  page
	skip int
	// low is where a listing of the newest first ends.
	low           int64
	shown, looked int
	out           feedWriter
}

// list answers GET of a feed.
func (c *call) list(ctx context.Context, s shelf) error {
	mark, err := s.stock().Mark(ctx)
	if err != nil {
		return err
	}
	etag := fmt.Sprintf(`W/"%s.%d"`, mark.Tag, c.version)
	c.w.Header().Set("ETag", etag)
	if !c.q.future && fresh(c.r, etag) {
		c.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	if c.q.allDelete && !mark.Next.IsZero() && c.q.min.Before(mark.Covered) && !c.q.min.Equal(neverUpdated) {
		return errCovered
	}
	l := &listing{call: c, s: s, mark: mark, out: feedWriter{w: c.w, zips: takesGzip(c.r), used: &c.zips}}
	if err := l.start(ctx); err != nil {
		return err
	}
	c.w.Header().Set("Content-Type", feedType)
	l.out.begin(l.head(etag))
	more, err := l.entries(ctx)
	if err != nil {
		return err
	}
	tail, err := l.tail(ctx, more)
	if err != nil {
		return err
	}
	l.out.end(tail...)
	return l.out.err
}

// start finds where the page begins.
func (l *listing) start(ctx context.Context) (err error) {
	first := int64(0)
	if !l.q.min.IsZero() {
		if first, err = l.s.stock().First(ctx, l.q.min); err != nil {
			return err
		}
	}
	if l.low = first; l.q.page != nil {
		l.pos = *l.q.page
		return nil
	}
	updated := l.mark.Next
	if updated.IsZero() {
		updated = neverUpdated
	}
	l.pos = page{after: first, top: l.mark.Change, back: l.q.newest, index: l.q.start, updated: updated}
	if l.pos.back {
		l.pos.after = 0
	}
	l.skip = l.q.start - 1
	return nil
}

// entries writes the entries of the page and tells whether there are more.
func (l *listing) entries(ctx context.Context) (more bool, err error) {
	for l.shown < l.q.max && l.looked < maxLooked {
		items, err := l.next(ctx, min(l.q.max-l.shown, 500))
		if err != nil || len(items) == 0 {
			return false, err
		}
		if len(items) >= manyEntries {
			l.Bulk()
		}
		list, err := l.entriesOf(ctx, items)
		if err != nil {
			return false, err
		}
		l.out.add(list...)
		if l.out.err != nil {
			return false, l.out.err
		}
	}
	again := *l
	rest, err := again.next(ctx, 1)
	return len(rest) > 0, err
}

// next gives the next items of the listing.
func (l *listing) next(ctx context.Context, limit int) ([]datastore.Item, error) {
	o := datastore.Order{Living: !l.q.showDeleted, Newest: l.pos.back, Skip: l.skip, Limit: limit}
	list, err := l.s.stock().Since(ctx, l.pos.after, o)
	if err != nil {
		return nil, err
	}
	l.skip = 0
	for i, it := range list {
		if l.pos.back && it.Change <= l.low {
			list = list[:i]
			break
		}
	}
	if len(list) == 0 && l.pos.back {
		l.pos.back, l.pos.after = false, l.pos.top
		return l.next(ctx, limit)
	}
	if len(list) > 0 {
		l.pos.after = list[len(list)-1].Change
	}
	return list, nil
}

// entriesOf gives those entries of items that the query asks for.
func (l *listing) entriesOf(ctx context.Context, items []datastore.Item) ([]*xmltree.Element, error) {
	ids := make([]sources.ID, len(items))
	for i, it := range items {
		ids[i] = it.ID
	}
	raw, err := l.s.raw().get(ctx, ids...)
	if err != nil {
		return nil, err
	}
	l.looked += len(items)
	if !l.q.before.IsZero() {
		items = slices.DeleteFunc(items, func(it datastore.Item) bool { return !it.Changed.Before(l.q.before) })
	}
	entries := make([][]shown, len(items))
	err = each(len(items), func(i int) (err error) {
		entries[i], err = l.s.show(items[i], raw[items[i].ID])
		return err
	})
	if err != nil {
		return nil, err
	}
	var out []*xmltree.Element
	for i, it := range items {
		list := slices.DeleteFunc(entries[i], func(e shown) bool { return !l.s.holds(it, e) })
		for _, e := range l.embed(list) {
			out = append(out, l.finish(e))
			l.shown++
		}
	}
	return out, nil
}

// head gives the feed with what stands before its entries.
func (l *listing) head(etag string) *xmltree.Element {
	feed := xmltree.New(entry.Atom, "feed").SetAttr(entry.GD, "etag", etag)
	self := l.base + l.at.kind.feedPath(l.user, l.full())
	title, generator := l.who.name+"'s Contacts", "Contacts"
	if l.at.kind == eventFeed {
		title, generator = l.title(), "Calendar"
	}
	feed.AddText("id", self).AddText("updated", stamp(l.pos.updated)).Add(kindOf(l.at.kind.term())).AddText("title", title)
	feed.Add(
		link(entry.RelFeed, atomType, self), link(entry.RelPost, atomType, self), link(entry.RelBatch, atomType, self+"/batch"),
		link("self", atomType, l.base+l.r.URL.EscapedPath()+withMark(l.r.URL.RawQuery)),
		xmltree.New(entry.Atom, "author").AddText("name", l.who.name),
		xmltree.New(entry.Atom, "generator", xmltree.Text(generator)).SetAttr("", "version", "1.0"))
	if l.at.kind == eventFeed {
		feed.Add(xmltree.New(entry.GCal, "timezone").SetAttr("", "value", l.zone()))
	}
	return feed.Add(search("startIndex", l.pos.index), search("itemsPerPage", l.q.max))
}

// withMark gives a query as it stands in an address.
func withMark(raw string) string {
	if raw == "" {
		return ""
	}
	return "?" + raw
}

func kindOf(k entry.Kind) *xmltree.Element {
	return xmltree.New(entry.Atom, "category").SetAttr("", "scheme", entry.GD+"#kind").SetAttr("", "term", string(k))
}

func search(local string, n int) *xmltree.Element {
	return xmltree.New(entry.OpenSearch, local, xmltree.Text(strconv.Itoa(n)))
}

// tail gives what stands after the entries: only now it is known whether there are more.
func (l *listing) tail(ctx context.Context, more bool) ([]*xmltree.Element, error) {
	total := l.pos.index - 1 + l.shown
	if !more {
		return []*xmltree.Element{search("totalResults", total)}, nil
	}
	all, err := l.s.stock().Count(ctx)
	if err != nil {
		return nil, err
	}
	values := l.r.URL.Query()
	next := l.pos
	next.index = total + 1
	values.Set("page", next.String())
	values.Set("start-index", strconv.Itoa(next.index))
	href := l.base + l.r.URL.EscapedPath() + "?" + values.Encode()
	return []*xmltree.Element{search("totalResults", max(total+1, all)), link("next", atomType, href)}, nil
}

// title is what the owner calls the datastore.
func (c *call) title() string {
	if c.client.Title != "" {
		return c.client.Title
	}
	return c.user
}

// zone is the time zone of the calendars.
func (c *call) zone() string {
	if c.Zone != "" {
		return c.Zone
	}
	return "UTC"
}

// window is when events are asked for; zero for any time.
func (c *call) window() (from, to time.Time) {
	from, to = c.q.from, c.q.to
	if now := c.Now(); c.q.future && from.Before(now) {
		from = now
	}
	if !from.IsZero() {
		from = from.In(c.location()) // days and times that float are those of the calendar
	}
	return from, to
}

// location is that of the time zone of the calendars.
func (c *call) location() *time.Location {
	if z, ok := zone.Named(c.zone()); ok {
		return z.Location()
	}
	return time.UTC
}
