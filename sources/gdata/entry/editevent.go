package entry

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/dataclass/contentline"
	"github.com/bindery-sync/bindery/dataclass/recur"
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

func viewOfCopy(it *dataclass.Item) (dataclass.Event, error) {
	if it == nil {
		return dataclass.Event{}, fmt.Errorf("%w: no item", dataclass.ErrUnsupported)
	}
	return dataclass.AsEvent(it.Clone())
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

// restyle gives a time as another one is written: in its zone, in UTC, or floating.
func (x Context) restyle(w, of dataclass.When) dataclass.When {
	if w.Date || of.Date || w.IsZero() || of.IsZero() {
		return w
	}
	t := x.ground(w).Time
	switch {
	case of.Floating:
		loc, _, _ := x.place()
		t = t.In(loc)
		y, m, d := t.Date()
		h, mi, s := t.Clock()
		return dataclass.When{Time: time.Date(y, m, d, h, mi, s, 0, time.UTC), Floating: true}
	case of.Zone != "":
		return dataclass.When{Time: t.In(of.Time.Location()), Zone: of.Zone}
	}
	return dataclass.When{Time: t.UTC()}
}

// setTimes gives an event the times of another one, in the way in which its own are written.
func (x Context) setTimes(ev, now dataclass.Event) {
	of := ev.Start()
	_, end := x.span(now)
	ev.SetStart(x.restyle(now.Start(), of))
	if _, have := x.span(ev); x.moment(have) != x.moment(end) {
		ev.SetEnd(x.restyle(end, of))
	}
}

// editTimes makes an event take place as now says, if was says otherwise.
func (x Context) editTimes(ev, was, now dataclass.Event) (dataclass.Event, error) {
	if !recurs(was) && !recurs(now) {
		if !x.sameSpan(was, now) {
			x.setTimes(ev, now)
		}
		return ev, nil
	}
	same := false
	if recurs(was) && recurs(now) {
		a, err := x.seriesKey(was)
		if err != nil {
			return ev, err
		}
		b, err := x.seriesKey(now)
		if err != nil {
			return ev, err
		}
		same = a == b
	}
	x.revive(ev, was, now)
	if same {
		x.editExceptionDates(ev, was, now)
		return ev, nil
	}
	return x.splice(ev, now)
}

// revive removes the exceptions that cancel what was takes out, as they do, and now does not.
func (x Context) revive(ev, was, now dataclass.Event) {
	start := ev.Start()
	before, after := x.keys(allLike(was.ExceptionDates(), start)), x.keys(allLike(now.ExceptionDates(), start))
	var back []dataclass.When
	for _, ex := range ev.Exceptions() {
		at, _ := ex.RecurrenceID()
		if k := x.moment(like(at, start)); ex.Status() == "CANCELLED" && before[k] && !after[k] {
			back = append(back, at)
		}
	}
	for _, at := range back {
		ev.RemoveException(at)
	}
}

// seriesKey is equal for series that take place at the same times but for what is taken out.
func (x Context) seriesKey(ev dataclass.Event) (dataclass.Fingerprint, error) {
	text, err := x.recurrence(ev.Item(), nil)
	if err != nil {
		return dataclass.Fingerprint{}, err
	}
	return keyOf(text)
}

// editExceptionDates takes out what now takes out and was does not, and the other way round.
func (x Context) editExceptionDates(ev, was, now dataclass.Event) {
	start := ev.Start()
	before, after := x.keys(allLike(was.ExceptionDates(), start)), x.keys(allLike(now.ExceptionDates(), start))
	var out []dataclass.When
	changed := false
	for _, w := range ev.ExceptionDates() {
		k := x.moment(like(w, start))
		if before[k] && !after[k] {
			changed = true
			continue
		}
		out = append(out, w)
		before[k] = true
	}
	for _, w := range allLike(now.ExceptionDates(), start) {
		if k := x.moment(w); !before[k] {
			before[k], changed = true, true
			out = append(out, x.restyle(w, start))
		}
	}
	if changed {
		ev.SetExceptionDates(out...)
	}
}

// splice puts the lines that say when now takes place in the place of those of ev, and drops exceptions of times that
// there are no more.
func (x Context) splice(ev, now dataclass.Event) (dataclass.Event, error) {
	ev, err := asEvent(ev.Item())
	if err != nil {
		return ev, err
	}
	root, err := treeOf(ev.Item())
	if err != nil {
		return ev, err
	}
	if now, err = x.floating(now, ev.Start()); err != nil {
		return ev, err
	}
	from, err := treeOf(now.Item())
	if err != nil {
		return ev, err
	}
	master, of := masterOf(root), masterOf(from)
	if master == nil || of == nil {
		return ev, fmt.Errorf("%w: no series", dataclass.ErrUnsupported)
	}
	var lines, zones []contentline.Property
	for _, p := range of.Props {
		if isTime(p) {
			lines = append(lines, p)
		}
	}
	at := max(slices.IndexFunc(master.Props, isTime), 0)
	rest := slices.DeleteFunc(slices.Clone(master.Props), isTime)
	master.Props = slices.Concat(rest[:min(at, len(rest))], lines, rest[min(at, len(rest)):])
	known := zoneNames(root.Props)
	for _, p := range from.Props {
		if id := zoneName(p); id != "" && !slices.Contains(known, id) {
			zones = append(zones, p)
		}
	}
	first := max(slices.IndexFunc(root.Props, func(p contentline.Property) bool { return p.Comp != nil }), 0)
	root.Props = slices.Concat(root.Props[:first], zones, root.Props[first:])
	if ev, err = eventOf(root); err != nil {
		return ev, err
	}
	return x.dropStrays(ev)
}

// floating gives a copy of an event with times that float, if those of another one do.
func (x Context) floating(now dataclass.Event, of dataclass.When) (dataclass.Event, error) {
	if !of.Floating || of.Date || now.Start().Date || now.Start().Floating {
		return now, nil
	}
	out, err := viewOfCopy(now.Item())
	if err != nil {
		return out, err
	}
	rules := out.Rules()
	for i, r := range rules {
		if r.Until.Kind == recur.UntilUTC {
			rules[i].Until = recur.Until{Kind: recur.UntilLocal, Time: x.restyle(dataclass.When{Time: r.Until.Time}, of).Time}
		}
	}
	start, end := x.restyle(now.Start(), of), x.restyle(now.End(), of)
	out.SetStart(start)
	out.SetEnd(end)
	out.SetRules() // an UNTIL is of the type of the start
	out.SetRules(rules...)
	again := func(list []dataclass.When) []dataclass.When {
		for i := range list {
			list[i] = x.restyle(list[i], of)
		}
		return list
	}
	out.SetRecurrenceDates(again(now.RecurrenceDates())...)
	out.SetExceptionDates(again(now.ExceptionDates())...)
	return out, nil
}

func isTime(p contentline.Property) bool {
	return p.Comp == nil && !p.Junk && slices.Contains(timeNames, strings.ToUpper(p.Name))
}

// dropStrays removes the exceptions of times that the series has not.
func (x Context) dropStrays(ev dataclass.Event) (dataclass.Event, error) {
	var times []dataclass.When
	for _, ex := range ev.Exceptions() {
		at, _ := ex.RecurrenceID()
		times = append(times, like(at, ev.Start()))
	}
	if len(times) == 0 {
		return ev, nil
	}
	series, err := alone(ev)
	if err != nil {
		return ev, err
	}
	known, complete := x.inSeries(series, times)
	for _, at := range times {
		if complete && !known[x.moment(at)] {
			ev.RemoveException(at)
		}
	}
	return ev, nil
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

const (
	dayKey  = "20060102"
	timeKey = "20060102T150405Z"
)

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
