package entry

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// maxExceptions is how many exceptions a series may have.
const maxExceptions = 1000

// ReadEvent gives the item, in iCalendar 2.0, that says what the entry of an event and the entries of its
// exceptions say together: an exception is a section with a RECURRENCE-ID, a cancelled one an EXDATE, and one that
// says what its series says is none.
//
// Errors wrap dataclass.ErrMalformed (an event or an exception without a time that can be read, a master that is
// missing, deleted or an exception) or dataclass.ErrTooBig.
func ReadEvent(master *xmltree.Element, exceptions []*xmltree.Element, x Context) (*dataclass.Item, error) {
	ev, err := x.readMaster(master)
	if err != nil {
		return nil, fmt.Errorf("event: %w", err)
	}
	if child(master, GD, "recurrence") == nil {
		return ev.Item(), nil
	}
	all, err := x.instances(exceptions, ev.Start())
	if err == nil {
		ev, err = x.readExceptions(ev, all)
	}
	if err != nil {
		return nil, fmt.Errorf("event: %w", err)
	}
	return ev.Item(), nil
}

// readExceptions gives a series with its exceptions.
func (x Context) readExceptions(ev dataclass.Event, all []instance) (dataclass.Event, error) {
	gone := ev.ExceptionDates()
	var same, cancelled []dataclass.When
	var live, plain []dataclass.Event
	for _, in := range all {
		if in.cancelled {
			cancelled = append(cancelled, in.at)
			continue
		}
		ex, differs, err := x.readException(ev, in)
		if err != nil {
			return ev, err
		}
		if differs {
			live = append(live, ex)
		} else {
			plain, same = append(plain, ex), append(same, in.at)
		}
	}
	there, _ := x.inSeries(ev, same)
	for i, at := range same {
		if !there[x.moment(at)] { // the series does not say it, for it has nothing then
			live = append(live, plain[i])
		}
	}
	// What a series that was moved has no more is still there as cancelled, and says nothing.
	known, complete := x.inSeries(ev, cancelled)
	for _, at := range cancelled {
		if known[x.moment(at)] || !complete {
			gone = append(gone, at)
		}
	}
	ev.SetExceptionDates(gone...)
	return withExceptions(ev, live)
}

// readMaster reads an entry without its exceptions.
func (x Context) readMaster(e *xmltree.Element) (dataclass.Event, error) {
	ev, err := dataclass.NewEvent(dataclass.ICalendar20)
	if err != nil {
		return ev, err
	}
	if err := checkLiving(e, EventKind); err != nil {
		return ev, err
	}
	if _, is := Original(e); is {
		return ev, fmt.Errorf("%w: an exception without its series", dataclass.ErrMalformed)
	}
	if rec := child(e, GD, "recurrence"); rec != nil {
		ev, err = x.readSeries(rec.Text())
	} else {
		err = x.readTimes(e, ev)
	}
	if err != nil {
		return ev, err
	}
	for i := range eventFields {
		eventFields[i].read(e, ev, x)
	}
	return ev, nil
}

// readSeries gives the event with the times of gd:recurrence.
func (x Context) readSeries(text string) (dataclass.Event, error) {
	lines, err := unmangled(text)
	if err != nil {
		return dataclass.Event{}, err
	}
	it, err := itemOf(lines)
	if err != nil {
		return dataclass.Event{}, err
	}
	ev, err := dataclass.AsEvent(it)
	if err != nil {
		return ev, err
	}
	if ev.Start().IsZero() {
		return ev, fmt.Errorf("%w: a recurrence without a start", dataclass.ErrMalformed)
	}
	x.groundAll(ev)
	return ev, nil
}

// readTimes puts the times of gd:when into an event.
func (x Context) readTimes(e *xmltree.Element, ev dataclass.Event, zones ...string) error {
	when := child(e, GD, "when")
	start, ok := x.when(when.Attr("", "startTime"), zones...)
	if !ok {
		return fmt.Errorf("%w: an event without a time", dataclass.ErrMalformed)
	}
	ev.SetStart(start)
	end, ok := x.when(when.Attr("", "endTime"), zones...)
	if !ok || end.Date != start.Date || end.Time.Before(start.Time) || end.Date && end.Equal(start) {
		end = start // none, or one that nobody can mean
		if start.Date {
			end.Time = start.Time.AddDate(0, 0, 1)
		}
	}
	ev.SetEnd(end)
	return nil
}

// An instance is the entry of one exception.
type instance struct {
	el        *xmltree.Element
	at        dataclass.When // the occurrence that it stands for
	key       string
	cancelled bool
}

// instances gives the exceptions of a series in order of time, each time once; of several for one time one that is
// not cancelled.
func (x Context) instances(list []*xmltree.Element, start dataclass.When) ([]instance, error) {
	if len(list) > maxExceptions {
		return nil, fmt.Errorf("%w: more than %d exceptions", dataclass.ErrTooBig, maxExceptions)
	}
	var out []instance
	for _, e := range list {
		if err := check(e, EventKind); err != nil {
			return nil, err
		}
		at, ok := x.original(e, start)
		if !ok {
			return nil, fmt.Errorf("%w: an exception that does not say of what", dataclass.ErrMalformed)
		}
		out = append(out, instance{e, at, x.moment(at), Deleted(e)})
	}
	slices.SortStableFunc(out, func(a, b instance) int {
		if c := a.at.Time.Compare(b.at.Time); c != 0 || a.cancelled == b.cancelled {
			return c
		}
		if a.cancelled {
			return 1
		}
		return -1
	})
	return slices.CompactFunc(out, func(a, b instance) bool { return a.key == b.key }), nil
}

// original gives the time of the series that an exception stands for, in the way in which the series is written.
func (x Context) original(e *xmltree.Element, start dataclass.When) (dataclass.When, bool) {
	s := clean(child(child(e, GD, "originalEvent"), GD, "when").Attr("", "startTime"))
	if start.Date && len(s) > len(dayLayout) {
		s = s[:len(dayLayout)]
	}
	w, ok := x.when(s, start.Zone)
	if !w.Date && start.Zone == "" {
		w = dataclass.When{Time: w.Time.UTC()}
	}
	return like(w, start), ok
}

// like gives a time that names an occurrence in the way in which the series is written: a day names the one on it, and
// a time the day that it is on.
func like(w, start dataclass.When) dataclass.When {
	y, m, d := w.Time.Date()
	switch {
	case w.Date == start.Date || w.IsZero():
		return w
	case start.Date:
		return dataclass.When{Time: time.Date(y, m, d, 0, 0, 0, 0, time.UTC), Date: true}
	}
	h, mi, s := start.Time.Clock()
	start.Time = time.Date(y, m, d, h, mi, s, 0, start.Time.Location())
	return start
}

func allLike(list []dataclass.When, start dataclass.When) []dataclass.When {
	out := make([]dataclass.When, len(list))
	for i, w := range list {
		out[i] = like(w, start)
	}
	return out
}

// readException gives what the entry of an exception says, as the exception of a copy of its series, and whether that is
// something else than the series says.
func (x Context) readException(series dataclass.Event, in instance) (ex dataclass.Event, differs bool, err error) {
	if ex, err = occurrenceOf(series, in.at); err != nil {
		return ex, false, err
	}
	of := x.saysAll(ex)
	if err := x.readTimes(in.el, ex, series.Start().Zone); err != nil {
		return ex, false, err
	}
	for i := range eventFields {
		if !eventFields[i].series {
			eventFields[i].read(in.el, ex, x)
		}
	}
	return ex, !slices.Equal(of, x.saysAll(ex)), nil
}

// occurrenceOf gives what a series without exceptions says of one occurrence, as an exception of a copy of it.
func occurrenceOf(series dataclass.Event, at dataclass.When) (dataclass.Event, error) {
	ev, err := dataclass.AsEvent(series.Item().Clone())
	if err != nil {
		return ev, err
	}
	return ev.AddException(at)
}

// maxListed is how many occurrences of a series are listed to tell which of some times are among them.
const maxListed = 20_000

// inSeries tells which of some times a series without exceptions has an occurrence at, by their keys; and whether it has
// none at the others, which a bounded search may not find out.
func (x Context) inSeries(series dataclass.Event, times []dataclass.When) (known map[string]bool, complete bool) {
	out := make(map[string]bool)
	if len(times) == 0 {
		return out, true
	}
	loc, _, _ := x.place()
	var from, to time.Time
	for _, at := range times {
		t := x.ground(at).Time.In(loc)
		if at.Date {
			y, m, d := at.Time.Date()
			t = time.Date(y, m, d, 0, 0, 0, 0, loc)
		}
		if from.IsZero() || t.Before(from) {
			from = t
		}
		if t.After(to) {
			to = t
		}
	}
	all, err := series.Occurrences(from, to.Add(time.Second), maxListed)
	for _, o := range all {
		if o.AllDay {
			out[o.ID.Format(dayLayout)] = true
		} else {
			out[x.moment(dataclass.When{Time: o.ID})] = true
		}
	}
	return out, err == nil
}

// saysAll gives what an occurrence says to an entry.
func (x Context) saysAll(ev dataclass.Event) []string {
	start, end := x.span(ev)
	out := []string{x.moment(start), x.moment(end)}
	for i := range eventFields {
		out = append(append(out, eventFields[i].what), eventFields[i].says(ev, x)...)
	}
	return out
}

// writeTimes makes gd:when say the times of a single event, or of an exception of a series in a zone. Have is what
// the entry says.
func (x Context) writeTimes(e *xmltree.Element, have, ev dataclass.Event, zone string) {
	start, end := x.span(ev)
	when := child(e, GD, "when")
	if when == nil {
		when = xmltree.New(GD, "when")
		insert(e, when)
	} else if _, ok := x.when(when.Attr("", "startTime")); ok && x.sameSpan(have, ev) {
		return // also where the end is implied
	}
	for _, t := range []struct {
		name string
		at   dataclass.When
	}{{"startTime", start}, {"endTime", end}} {
		old, _ := x.when(when.Attr("", t.name))
		if x.moment(old) != x.moment(t.at) {
			when.SetAttr("", t.name, x.stamp(t.at, zone))
		}
	}
}

// span gives when an event begins and is over, without anything that floats. An end that is a time is what the clock
// shows then; one that is a duration is so much later, whatever the clock does.
func (x Context) span(ev dataclass.Event) (start, end dataclass.When) {
	start, end = x.ground(ev.Start()), x.ground(ev.End())
	if ev.Start().Floating && ev.Text("DTEND") == "" {
		end = start
		end.Time = end.Time.Add(ev.Duration())
	}
	return start, end
}

func (x Context) sameSpan(a, b dataclass.Event) bool {
	start, end := x.span(a)
	start2, end2 := x.span(b)
	return x.moment(start) == x.moment(start2) && x.moment(end) == x.moment(end2)
}

// writeFields makes an entry say what an event says but for its times. Have is what it says.
func (x Context) writeFields(e *xmltree.Element, have, ev dataclass.Event) {
	for i := range eventFields {
		if f := &eventFields[i]; f.write != nil && !slices.Equal(f.says(have, x), f.says(ev, x)) {
			f.write(e, ev, x)
		}
	}
	if uid := clean(ev.UID()); uid != "" && child(e, GCal, "uid") == nil {
		insert(e, xmltree.New(GCal, "uid").SetAttr("", "value", uid))
	}
	seq := child(e, GCal, "sequence")
	if n := sequence(ev.Text("SEQUENCE")); n > sequence(seq.Attr("", "value")) {
		setValued(e, seq, xmltree.New(GCal, "sequence"), "value", fmt.Sprint(n))
	}
}

// asSync marks an entry that is going to be sent: uid and sequence count, and nobody gets a mail. That an event is
// confirmed is meant where nothing stands, but not by everybody who reads it.
func asSync(e *xmltree.Element, ev dataclass.Event) {
	if ev.Status() == "CONFIRMED" && child(e, GD, "eventStatus") == nil {
		setValue(e, "eventStatus", value(statuses, ev.Status()))
	}
	for _, f := range []struct{ name, value string }{{"syncEvent", "true"}, {"sendEventNotifications", "false"}} {
		setValued(e, child(e, GCal, f.name), xmltree.New(GCal, f.name), "value", f.value)
	}
}

// recurs reports whether an event needs a recurrence to be said, be it one of a single occurrence.
func recurs(ev dataclass.Event) bool {
	return strings.TrimSpace(ev.Text("RRULE")+ev.Text("RDATE")+ev.Text("EXDATE")) != "" || len(ev.Exceptions()) > 0
}
