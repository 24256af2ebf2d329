package entry

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/dataclass/contentline"
	"github.com/bindery-sync/bindery/dataclass/recur"
)

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
	if out.SetEnd(end); end.Time.Sub(start.Time) != now.End().Time.Sub(now.Start().Time) {
		out.SetDuration(now.End().Time.Sub(now.Start().Time)) // the clock is changed in between: its two times say another length
	}
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
