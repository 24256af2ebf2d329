package entry

import (
	"fmt"
	"slices"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// EditInstance is EditEvent for one occurrence of a series: have and want are entries with the gd:originalEvent of it, of
// which want may be cancelled. What the series says of the occurrence anyway makes no exception.
func EditInstance(it *dataclass.Item, have, want *xmltree.Element, x Context) (*dataclass.Item, error) {
	ev, err := seriesOf(it)
	if err != nil {
		return nil, fmt.Errorf("event: %w", err)
	}
	at, ok := x.original(have, ev.Start())
	if !ok {
		return nil, fmt.Errorf("event: %w: an exception that does not say of what", dataclass.ErrMalformed)
	}
	if Deleted(want) {
		return x.cancel(ev, at), nil
	}
	zone := ev.Start().Zone
	was, err := x.readInstance(have, zone)
	if err != nil {
		return nil, fmt.Errorf("event: %w", err)
	}
	now, err := x.readInstance(want, zone)
	if err != nil {
		return nil, fmt.Errorf("event: %w", err)
	}
	there, err := x.has(ev, at)
	if err != nil {
		return nil, fmt.Errorf("event: %w", err)
	}
	if there && !Deleted(have) && slices.Equal(x.saysAll(was), x.saysAll(now)) {
		return it, nil
	}
	if err := x.editInstance(ev, at, was, now, want, there); err != nil {
		return nil, fmt.Errorf("event: %w", err)
	}
	return ev.Item(), nil
}

// seriesOf gives a view of a copy of a series, in a format that has exceptions.
func seriesOf(it *dataclass.Item) (dataclass.Event, error) {
	ev, err := viewOfCopy(it)
	if err == nil && it.Format() != dataclass.ICalendar20 {
		ev, err = asEvent(it)
	}
	if err == nil && (ev.Start().IsZero() || !recurs(ev)) {
		err = fmt.Errorf("%w: no series", dataclass.ErrMalformed)
	}
	return ev, err
}

// CancelInstance gives a copy of a series without one occurrence, that of an entry with gd:originalEvent.
func CancelInstance(it *dataclass.Item, have *xmltree.Element, x Context) (*dataclass.Item, error) {
	ev, err := seriesOf(it)
	if err != nil {
		return nil, fmt.Errorf("event: %w", err)
	}
	at, ok := x.original(have, ev.Start())
	if !ok {
		return nil, fmt.Errorf("event: %w: an exception that does not say of what", dataclass.ErrMalformed)
	}
	return x.cancel(ev, at), nil
}

func (x Context) cancel(ev dataclass.Event, at dataclass.When) *dataclass.Item {
	for _, ex := range ev.Exceptions() {
		if id, future := ex.RecurrenceID(); !future && x.moment(like(id, ev.Start())) == x.moment(at) {
			ev.RemoveException(id)
			break
		}
	}
	except, there := ev.ExceptionDates(), true
	if series, err := alone(ev); err == nil {
		known, complete := x.inSeries(series, []dataclass.When{at})
		there = known[x.moment(at)] || !complete // of a time that the series has not nothing has to be taken out
	}
	if !x.keys(except)[x.moment(at)] && there {
		ev.SetExceptionDates(append(except, x.restyle(at, ev.Start()))...)
	}
	return ev.Item()
}

// readInstance gives what the entry of an exception says as an event of its own.
func (x Context) readInstance(e *xmltree.Element, zone string) (dataclass.Event, error) {
	ev, err := dataclass.NewEvent(dataclass.ICalendar20)
	if err != nil {
		return ev, err
	}
	if err := check(e, EventKind); err != nil {
		return ev, err
	}
	if child(e, GD, "when") != nil || !Deleted(e) {
		if err := x.readTimes(e, ev, zone); err != nil {
			return ev, err
		}
	}
	for i := range eventFields {
		eventFields[i].read(e, ev, x)
	}
	return ev, nil
}

// editInstance makes an exception that says what now says. There tells that the series has that occurrence.
func (x Context) editInstance(ev dataclass.Event, at dataclass.When, was, now dataclass.Event, want *xmltree.Element, there bool) error {
	ev.SetExceptionDates(slices.DeleteFunc(ev.ExceptionDates(), func(w dataclass.When) bool {
		return x.moment(like(w, ev.Start())) == x.moment(at)
	})...)
	existed := x.isException(ev, at)
	ex, err := ev.AddException(x.restyle(at, ev.Start()))
	if err != nil {
		return err
	}
	of := x.saysAll(ex)
	if ex.Status() == "CANCELLED" {
		ex.SetStatus(now.Status())
	}
	if !x.sameSpan(ex, now) {
		x.setTimes(ex, now)
	}
	x.editFields(ex, was, now, want, true)
	if there && !existed && slices.Equal(of, x.saysAll(ex)) {
		ev.RemoveException(x.restyle(at, ev.Start()))
	}
	return nil
}

// Instance gives the entry of one occurrence of a series, whether it is an exception or not, and whether the series has
// one then. Key is that of InstanceKey. The error wraps dataclass.ErrMalformed if there is no series.
func Instance(it *dataclass.Item, key string, x Context) (e *xmltree.Element, there bool, err error) {
	ev, err := seriesOf(it)
	if err != nil {
		return nil, false, fmt.Errorf("event: %w", err)
	}
	at, ok := readKey(key)
	if !ok {
		return nil, false, fmt.Errorf("event: %w: no occurrence", dataclass.ErrMalformed)
	}
	at = like(x.restyle(at, ev.Start()), ev.Start())
	out := x.keys(allLike(ev.ExceptionDates(), ev.Start()))[x.moment(at)]
	if there, err = x.has(ev, at); err != nil {
		return nil, false, fmt.Errorf("event: %w", err)
	}
	ex, err := ev.AddException(at)
	if err != nil {
		return nil, false, fmt.Errorf("event: %w", err)
	}
	e = OfInstance(x.stamp(at, ev.Start().Zone))
	if err := x.writeInstance(e, ex, false, ev.Start().Zone); err != nil {
		return nil, false, fmt.Errorf("event: %w", err)
	}
	if out || ex.Status() == "CANCELLED" {
		setValue(e, "eventStatus", cancelled)
	}
	return e, there, nil
}

// OfInstance gives the entry of an exception that says nothing but what occurrence it is of.
func OfInstance(startTime string) *xmltree.Element {
	return New(EventKind).Add(xmltree.New(GD, "originalEvent").Add(xmltree.New(GD, "when").SetAttr("", "startTime", startTime)))
}

// has reports whether a series has an occurrence, be it an exception or one that is taken out.
func (x Context) has(ev dataclass.Event, at dataclass.When) (bool, error) {
	k := x.moment(at)
	if x.keys(allLike(ev.ExceptionDates(), ev.Start()))[k] || x.isException(ev, at) {
		return true, nil
	}
	series, err := alone(ev)
	if err != nil {
		return false, err
	}
	known, _ := x.inSeries(series, []dataclass.When{at})
	return known[k], nil
}

func (x Context) isException(ev dataclass.Event, at dataclass.When) bool {
	return slices.ContainsFunc(ev.Exceptions(), func(ex dataclass.Event) bool {
		id, _ := ex.RecurrenceID()
		return x.moment(like(id, ev.Start())) == x.moment(at)
	})
}

// InstanceKey gives the name of the occurrence that the entry of an exception stands for: its day, or its time in UTC. It is
// empty for what is no exception.
func InstanceKey(e *xmltree.Element, x Context) string {
	w, ok := x.when(clean(child(child(e, GD, "originalEvent"), GD, "when").Attr("", "startTime")))
	switch {
	case !ok:
		return ""
	case w.Date:
		return w.Time.Format(dayKey)
	}
	return x.ground(w).Time.UTC().Format(timeKey)
}

func readKey(key string) (dataclass.When, bool) {
	if t, err := time.Parse(timeKey, key); err == nil {
		return dataclass.When{Time: t}, writable(t)
	}
	t, err := time.Parse(dayKey, key)
	return dataclass.When{Time: t, Date: true}, err == nil && writable(t)
}

// IsInstanceKey reports whether a text could be an InstanceKey.
func IsInstanceKey(s string) bool {
	_, ok := readKey(s)
	return ok
}
