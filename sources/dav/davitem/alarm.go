package davitem

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/dataclass/contentline"
	"github.com/bindery-sync/bindery/dataclass/recur"
)

// maxRings is how many times one alarm is looked at.
const maxRings = 3000

// rings reports whether an alarm of a component goes off in a range (RFC 4791 section 9.9): with any instance, or again.
// Of what nobody can tell it is taken to.
func (q question) rings(r Range, c, alarm *contentline.Component) bool {
	r = r.in(q.z.floating)
	it, err := dataclass.DecodeBare(q.class, dataclass.Body{Type: dataclass.ICalendar20.String(), Data: q.data})
	if err != nil {
		return true
	}
	at, key := slices.Index(alarmsOf(c), alarm), idOf(c)
	occurrences := func(reach time.Duration) (list []dataclass.Occurrence, err error) {
		from, to := r.From.Add(-reach), r.To.Add(reach)
		if t, err := dataclass.AsTask(it); err == nil {
			return t.Occurrences(from, to, maxRings)
		}
		e, err := dataclass.AsEvent(it)
		if err != nil {
			return nil, err
		}
		return e.Occurrences(from, to, maxRings)
	}
	all := viewsOf(it)
	i := slices.IndexFunc(all, func(e dataclass.Entry) bool { return idOf(e.Section()) == key })
	if i < 0 || at >= len(all[i].Alarms()) {
		return true
	}
	a := all[i].Alarms()[at]
	if !a.At.IsZero() {
		return again(a, a.At.Time, r)
	}
	list, err := occurrences(reachOf(a))
	for _, o := range list {
		start := o.Start
		if a.FromEnd {
			start = o.End
		}
		if idOf(o.Entry.Section()) == key && again(a, start.Add(a.Offset), r) {
			return true
		}
	}
	return err != nil && !errors.Is(err, recur.ErrLimit)
}

// viewsOf gives the entries of an item: the master and its exceptions.
func viewsOf(it *dataclass.Item) []dataclass.Entry {
	if t, err := dataclass.AsTask(it); err == nil {
		out := []dataclass.Entry{t.Entry}
		for _, x := range t.Exceptions() {
			out = append(out, x.Entry)
		}
		return out
	}
	e, err := dataclass.AsEvent(it)
	if err != nil {
		return nil
	}
	out := []dataclass.Entry{e.Entry}
	for _, x := range e.Exceptions() {
		out = append(out, x.Entry)
	}
	return out
}

func idOf(c *contentline.Component) string {
	if p := c.Find("RECURRENCE-ID"); p != nil {
		return strings.TrimSpace(p.Value)
	}
	return ""
}

func alarmsOf(c *contentline.Component) []*contentline.Component {
	var out []*contentline.Component
	for i := range c.Props {
		if k := c.Props[i].Comp; k != nil && strings.EqualFold(k.Name, "VALARM") {
			out = append(out, k)
		}
	}
	return out
}

// reachOf gives how far from its entry an alarm may go off, at most a bit more than a year.
func reachOf(a dataclass.Alarm) time.Duration {
	const most = 400 * 24 * time.Hour
	later := time.Duration(min(a.Repeat, maxRings)) * min(a.Every, most)
	return min(24*time.Hour+min(a.Offset.Abs(), most)+min(later, most), most)
}

// again reports whether an alarm that goes off at t goes off in a range, then or one of the times after that.
func again(a dataclass.Alarm, t time.Time, r Range) bool {
	for range min(a.Repeat, maxRings) + 1 {
		if !t.Before(r.From) && t.Before(r.To) {
			return true
		}
		t = t.Add(a.Every)
	}
	return false
}
