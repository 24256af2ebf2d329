package face

import (
	"context"
	"errors"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// alone implements manyShelf: an exception is an edit of its series.
func (s *events) alone(e *xmltree.Element) bool {
	_, is := entry.Original(e)
	return is
}

// arrive reads an entry that is to become an event. One without an identifier gets one.
func (s *events) arrive(e *xmltree.Element) (a arrival, uid string, err error) {
	ev, err := entry.ReadEvent(e, nil, s.x)
	if err == nil {
		err = telling{e, ev}.forwards(telling{})
	}
	if err != nil {
		return a, "", err
	}
	view, err := dataclass.AsEvent(ev)
	if err != nil {
		return a, "", err
	}
	if uid = view.UID(); uid == "" {
		uid = s.newUID()
		view.SetUID(uid)
	}
	view.SetText("DTSTAMP", s.Now().UTC().Format("20060102T150405Z"))
	a.item = view.Item()
	a.body, a.raw, a.mark = a.item.Body(), s.leftOver(e, a.item, nil), mark(uid)
	return a, uid, nil
}

// arriveAll implements manyShelf.
func (s *events) arriveAll(list []*xmltree.Element) (arrivals []arrival, err error) {
	arrivals = make([]arrival, len(list))
	for i, e := range list {
		if arrivals[i], _, err = s.arrive(e); err != nil {
			return nil, err
		}
	}
	return arrivals, nil
}

// insertAll implements manyShelf. Events of which one was posted before are not inserted together.
func (s *events) insertAll(ctx context.Context, arrivals []arrival) ([]shown, error) {
	bodies := make([]dataclass.Body, len(arrivals))
	marks, uids := make([]string, len(arrivals)), make([]string, len(arrivals))
	for i, a := range arrivals {
		if contains(marks, a.mark) {
			return nil, errOneByOne
		}
		bodies[i], marks[i], uids[i] = a.body, a.mark, dataclass.Peek(a.body.Data).UID
	}
	out := make([]shown, len(arrivals))
	_, err := s.within(ctx, func(ctx context.Context) (shown, error) { // whatever fails leaves nothing behind
		if again, err := s.kept.postedAny(ctx, marks); err != nil || again {
			return shown{}, errors.Join(errOneByOne, err)
		}
		if by, err := s.items.Named(ctx, dataclass.Events, uids...); err != nil || len(by) > 0 {
			return shown{}, errors.Join(errOneByOne, err)
		}
		items, err := s.items.PutNew(ctx, dataclass.Events, bodies)
		if err != nil {
			return shown{}, err
		}
		if err := s.kept.putNew(ctx, arrivals, items); err != nil {
			return shown{}, err
		}
		for i, it := range items {
			now, err := s.show(it, arrivals[i].raw)
			if err != nil {
				return shown{}, err
			}
			out[i] = now[0]
		}
		return shown{}, nil
	})
	return out, err
}
