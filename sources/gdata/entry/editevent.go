package entry

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// EditEvent gives a copy of an event with the edits that somebody made to its entry: have is the entry as he got it, want
// as he sends it. See EditContact. Exceptions are left alone, but those of times that the series has no more.
//
// Errors are those of ReadEvent and, for an item that is no event, dataclass.ErrUnsupported.
func EditEvent(it *dataclass.Item, have, want *xmltree.Element, x Context) (*dataclass.Item, error) {
	was, err := x.readMaster(have)
	if err != nil {
		return nil, fmt.Errorf("event: %w", err)
	}
	now, err := x.readMaster(want)
	if err != nil {
		return nil, fmt.Errorf("event: %w", err)
	}
	ev, err := viewOfCopy(it)
	if err != nil {
		return nil, fmt.Errorf("event: %w", err)
	}
	hidden, err := x.hidden(ev)
	if err != nil {
		return nil, fmt.Errorf("event: %w", err)
	}
	if ev, err = x.editTimes(ev, was, now); err != nil {
		return nil, fmt.Errorf("event: %w", err)
	}
	x.editFields(ev, was, now, want, false)
	if err := x.editHidden(ev, hidden, was, now, want); err != nil {
		return nil, fmt.Errorf("event: %w", err)
	}
	return ev.Item(), nil
}

// hidden gives the exceptions that say what their series says: nobody sees them in entries.
func (x Context) hidden(ev dataclass.Event) (map[string]bool, error) {
	list := ev.Exceptions()
	if len(list) == 0 {
		return nil, nil
	}
	series, err := alone(ev)
	if err != nil {
		return nil, err
	}
	var times []dataclass.When
	for _, ex := range list {
		at, _ := ex.RecurrenceID()
		times = append(times, like(at, ev.Start()))
	}
	known, _ := x.inSeries(series, times)
	out := make(map[string]bool)
	for i, ex := range list {
		_, future := ex.RecurrenceID()
		of, err := occurrenceOf(series, times[i])
		if err == nil && !future && ex.Status() != "CANCELLED" && known[x.moment(times[i])] && slices.Equal(x.saysAll(of), x.saysAll(ex)) {
			out[x.moment(times[i])] = true
		}
	}
	return out, nil
}

// editHidden makes such exceptions say what their series says now.
func (x Context) editHidden(ev dataclass.Event, hidden map[string]bool, was, now dataclass.Event, want *xmltree.Element) error {
	if len(hidden) == 0 {
		return nil
	}
	series, err := alone(ev)
	if err != nil {
		return err
	}
	for _, ex := range ev.Exceptions() {
		at, _ := ex.RecurrenceID()
		if at = like(at, ev.Start()); !hidden[x.moment(at)] {
			continue
		}
		of, err := occurrenceOf(series, at)
		if err != nil {
			return err
		}
		if !x.sameSpan(ex, of) {
			x.setTimes(ex, of)
		}
		x.editFields(ex, was, now, want, true)
	}
	return nil
}

func viewOfCopy(it *dataclass.Item) (dataclass.Event, error) {
	if it == nil {
		return dataclass.Event{}, fmt.Errorf("%w: no item", dataclass.ErrUnsupported)
	}
	return dataclass.AsEvent(it.Clone())
}

// editFields makes the event say those fields as now that was says otherwise.
func (x Context) editFields(ev, was, now dataclass.Event, want *xmltree.Element, instance bool) {
	for i := range eventFields {
		f := &eventFields[i]
		switch {
		case instance && f.series, slices.Equal(f.says(was, x), f.says(now, x)):
		case f.edit != nil:
			f.edit(want, ev, x)
		default:
			f.read(want, ev, x)
		}
	}
	if n := sequence(child(want, GCal, "sequence").Attr("", "value")); n > sequence(ev.Text("SEQUENCE")) {
		ev.SetText("SEQUENCE", fmt.Sprint(n))
	}
}

// WriteAlone gives the entry of an event that WriteEvent cannot write with its exceptions: that of the series alone, or,
// where there is no series, of the first exception as if it were an event of its own.
func WriteAlone(it *dataclass.Item, x Context) (*xmltree.Element, error) {
	e := New(EventKind)
	ev, err := asEvent(it)
	if err != nil {
		return nil, fmt.Errorf("event: %w", err)
	}
	if at, _ := ev.RecurrenceID(); !at.IsZero() {
		err := x.writeInstance(e, ev, false, ev.Start().Zone)
		return e, err
	}
	if ev, err = alone(ev); err != nil {
		return nil, fmt.Errorf("event: %w", err)
	}
	_, err = WriteEvent(ev.Item(), e, nil, x)
	return e, err
}

const (
	dayKey  = "20060102"
	timeKey = "20060102T150405Z"
)

// editReminders keeps the alarms that no entry can say, and all that is said of those that stay. One that goes makes room
// for one that comes, with its text.
func editReminders(e *xmltree.Element, ev dataclass.Event, x Context) {
	var says, want []keys
	var kept, mute []dataclass.Alarm
	for _, a := range ev.Alarms() {
		if r, ok := x.reminderOf(a, ev); ok {
			kept, says = append(kept, a), append(says, r.keys())
		} else {
			mute = append(mute, a)
		}
	}
	list := x.reminders().values(holder(e))
	for _, r := range list {
		want = append(want, r.keys())
	}
	again := func(a dataclass.Alarm, w int) dataclass.Alarm {
		n := x.alarm(list[w])
		if r, _ := x.reminderOf(a, ev); r.method != list[w].method {
			a.Action = n.Action
		}
		a.At, a.Offset, a.FromEnd = n.At, n.Offset, n.FromEnd
		return a
	}
	ev.SetAlarms(append(edit[dataclass.Alarm]{
		says: says, want: want, made: func(w int) dataclass.Alarm { return x.alarm(list[w]) }, moved: again, sorted: again,
	}.apply(kept), mute...))
}

// editGuests keeps what is said of those who stay.
func editGuests(e *xmltree.Element, ev dataclass.Event, x Context) {
	old := ev.Attendees()
	readGuests(e, ev, x)
	list := ev.Attendees()
	for i, now := range list {
		for _, o := range old {
			was, is := guestOf(o), guestOf(now)
			if !strings.EqualFold(was.address, is.address) {
				continue
			}
			if was.name != is.name {
				o.Name = now.Name
			}
			if was.status != is.status {
				o.Status = now.Status
			}
			if was.duty != is.duty {
				o.Role = now.Role
			}
			list[i] = o
			break
		}
	}
	ev.SetAttendees(list)
}
