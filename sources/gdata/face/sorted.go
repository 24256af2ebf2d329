package face

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// How many places a listing that is sorted by time has at most, and how many times of one series.
const (
	maxPlaces = 50_000
	maxTimes  = 1000
)

// expandedYears is how long before and after now the series are that are asked for without a bound.
const expandedYears = 1

// A place is where an entry stands in a listing that is sorted by time.
type place struct {
	at time.Time
	id string
}

// sorted answers GET of events in the order of their beginnings, and of series as single events. It looks at every event
// for each page, and its pages are numbered: who wants to know all that changed asks by updated-min.
func (c *call) sorted(ctx context.Context, s *events) error {
	mark, err := s.stock().Mark(ctx)
	if err != nil {
		return err
	}
	places, err := s.places(ctx)
	if err != nil {
		return err
	}
	slices.SortStableFunc(places, func(a, b place) int {
		if c.q.newest {
			return b.at.Compare(a.at)
		}
		return a.at.Compare(b.at)
	})
	l := &listing{call: c, s: s, mark: mark, out: feedWriter{w: c.w, zips: takesGzip(c.r), used: &c.zips}}
	if err := l.start(ctx); err != nil {
		return err
	}
	c.w.Header().Set("Content-Type", feedType)
	l.pos.index = c.q.start
	from := min(c.q.start-1, len(places))
	to := min(from+c.q.max, len(places))
	l.out.begin(l.head(`W/"` + mark.Tag + `"`))
	for _, p := range places[from:to] {
		now, err := s.one(ctx, p.id)
		if faultStatus(err) == http.StatusNotFound {
			continue // it was deleted meanwhile
		}
		if err != nil {
			return err
		}
		l.out.add(l.finish(now))
	}
	tail := []*xmltree.Element{search("totalResults", len(places))}
	if to < len(places) {
		values := c.r.URL.Query()
		values.Set("start-index", strconv.Itoa(to+1))
		tail = append(tail, link("next", atomType, c.base+c.r.URL.EscapedPath()+"?"+values.Encode()))
	}
	l.out.end(tail...)
	return l.out.err
}

func faultStatus(err error) int {
	if err == nil {
		return 0
	}
	f, _ := faultOf(err)
	return f.status
}

// places lists what the query asks for.
func (s *events) places(ctx context.Context) ([]place, error) {
	var out []place
	first := int64(0)
	if !s.q.min.IsZero() {
		var err error
		if first, err = s.stock().First(ctx, s.q.min); err != nil {
			return nil, err
		}
	}
	for {
		items, err := s.stock().Since(ctx, first, datastore.Order{Living: true})
		if err != nil || len(items) == 0 {
			return out, err
		}
		first = items[len(items)-1].Change
		for _, it := range items {
			if !s.q.before.IsZero() && !it.Changed.Before(s.q.before) {
				continue
			}
			list, err := s.placesOf(ctx, it)
			if err != nil {
				return nil, err
			}
			if out = append(out, list...); len(out) > maxPlaces {
				return nil, badRequest("invalidParameter", "There are too many events: ask for less time by start-min and start-max.")
			}
		}
	}
}

// placesOf gives where the entries of one event stand.
func (s *events) placesOf(ctx context.Context, it datastore.Item) ([]place, error) {
	raw, err := s.kept.get(ctx, it.ID)
	if err != nil {
		return nil, err
	}
	list, err := s.show(it, raw[it.ID])
	if err != nil || !s.holds(it, list[0]) {
		return nil, err
	}
	item, err := dataclass.Decode(dataclass.Events, it.Body)
	if err != nil {
		return []place{{it.Changed, string(it.ID)}}, nil // it cannot be read, and nobody shall take it for deleted
	}
	ev, err := dataclass.AsEvent(item)
	if err != nil {
		return nil, err
	}
	if s.q.single && has(list[0].el, entry.GD, "recurrence") {
		return s.expanded(it, ev), nil
	}
	var out []place
	for _, e := range list {
		at, ok := startOf(e.el)
		if !ok {
			at = ev.Start().Time
		}
		if e.of == "" || !s.q.single && !entry.Deleted(e.el) {
			out = append(out, place{at, e.id})
		}
	}
	return out, nil
}

// expanded gives the times of a series as events of their own.
func (s *events) expanded(it datastore.Item, ev dataclass.Event) []place {
	from, to := s.window()
	if from.IsZero() {
		from = s.Now().In(s.location()).AddDate(-expandedYears, 0, 0)
	}
	if to.IsZero() {
		to = s.Now().AddDate(expandedYears, 0, 0)
	}
	all, _ := ev.Occurrences(from, to, maxTimes) // of more than that there are the first ones
	out := make([]place, 0, len(all))
	for _, o := range all {
		key := o.ID.UTC().Format("20060102T150405Z")
		if o.AllDay {
			key = o.ID.Format("20060102")
		}
		out = append(out, place{o.Start, string(it.ID) + "_" + key})
	}
	return out
}

// startOf gives when the entry of an event that takes place once begins.
func startOf(e *xmltree.Element) (time.Time, bool) {
	s := e.Child("when").Attr("", "startTime")
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// has reports whether an entry has an element of that name.
func has(e *xmltree.Element, space, local string) bool {
	for c := range e.Elements() {
		if c.Space == space && c.Local == local {
			return true
		}
	}
	return false
}
