package dataclass

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass/recur"
)

// An Occurrence is one time at which an event or a task takes place.
type Occurrence struct {
	// Start and End are when it begins and is over. They are in the zone of the entry, and days and floating
	// times in the location that was asked for.
	Start, End time.Time
	// ID is when it would begin if no exception had moved it.
	ID time.Time
	// AllDay says that it is made of whole days.
	AllDay bool
	// Entry says the rest: it is the master, or the exception that holds for this time.
	Entry Entry
}

// maxOccurrences is how many occurrences are listed at most.
const maxOccurrences = 100_000

// Occurrences lists when the event takes place between from and to, in order of time: all rules and single dates,
// with the exceptions applied. An occurrence counts if it is not over at from and begins before to; one without
// length, if it does not lie before from. Days and floating times are taken to be in the location of from, times in
// a zone follow the zone.
//
// An exception that is cancelled takes its occurrence away; one for this and all later ones moves them
// all. An exception for a time at which the series has nothing is listed as well.
//
// At most limit occurrences are listed (100,000 if limit is less than 1). If there are more, the first ones come
// with [recur.ErrLimit]. A rule that cannot be read or expanded is [recur.ErrSyntax] or [recur.ErrUnsayable].
func (e Event) Occurrences(from, to time.Time, limit int) ([]Occurrence, error) {
	return e.occurrences(from, to, limit)
}

// Occurrences lists when the task is to be done; see Event.Occurrences. An occurrence begins with the task and ends
// when it is due; without a start both are when it is due.
func (t Task) Occurrences(from, to time.Time, limit int) ([]Occurrence, error) {
	return t.occurrences(from, to, limit)
}

func (e Entry) occurrences(from, to time.Time, limit int) ([]Occurrence, error) {
	if limit < 1 || limit > maxOccurrences {
		limit = maxOccurrences
	}
	x := newExpansion(e, from, to)
	var err error
	if x.master != nil {
		err = x.series(limit)
	}
	if err != nil && !errors.Is(err, recur.ErrLimit) {
		return nil, fmt.Errorf("expand the recurrence: %w", err)
	}
	for _, ex := range x.exceptions {
		if !ex.cancelled && !ex.used {
			x.put(x.occurrence(ex.entryPart, ex.id, ex.start))
		}
	}
	slices.SortStableFunc(x.out, func(a, b Occurrence) int { return a.Start.Compare(b.Start) })
	if len(x.out) > limit {
		return x.out[:limit], recur.ErrLimit
	}
	return x.out, err
}

// An entryPart is one component of the item as the expansion needs it.
type entryPart struct {
	entry  Entry
	reader *calendarReader
	start  moment
	length length
}

// A length is how long an occurrence is: days by the calendar, the rest by the clock.
type length struct {
	days  int
	exact time.Duration
}

// An exception is a part that stands for one occurrence, or for all from there on.
type exception struct {
	entryPart
	id        moment
	key       string // of id, written like the start of the series
	future    bool
	cancelled bool
	used      bool // the series has listed what it stands for
}

// An expansion is the work of listing occurrences.
type expansion struct {
	from, to   time.Time
	z          *zones
	master     *entryPart
	exceptions []*exception
	byKey      map[string]*exception
	future     []*exception // those for all later ones, in order
	out        []Occurrence
}

func newExpansion(e Entry, from, to time.Time) *expansion {
	root := e.it.root
	if e.comp == nil {
		root = e.it.neutral().root
	}
	x := &expansion{from: from, to: to, z: newZones(root), byKey: make(map[string]*exception)}
	for _, s := range sectionsOf(root, x.z) {
		s.zones = x.z
		part, ok := newPart(e, s)
		switch {
		case !ok && s.key == "":
		case s.key == "":
			x.master = &part
		default:
			x.except(part, s, ok)
		}
	}
	slices.SortStableFunc(x.future, func(a, b *exception) int { return a.id.wall().Compare(b.id.wall()) })
	return x
}

// newPart reads a component; false if it has no time.
func newPart(e Entry, s section) (entryPart, bool) {
	r := newCalendarReader(s)
	part := entryPart{reader: r, entry: Entry{it: e.it, key: s.key}}
	if e.comp != nil {
		part.entry.comp, part.entry.z = s.comp, e.z
	}
	if !r.started { // a task may have nothing but its end
		if p := s.comp.Find("DUE"); p != nil {
			r.start, r.started = momentOf(p)
		}
		part.start = r.start
		return part, r.started
	}
	part.start, part.length = r.start, r.lasts()
	return part, true
}

// lasts gives how long the component says that it is.
func (r *calendarReader) lasts() length {
	if r.endName == "" {
		return length{}
	}
	if p := r.comp.Find(r.endName); p != nil {
		if end, ok := momentOf(p); ok {
			return r.until(end)
		}
	}
	if p := r.comp.Find("DURATION"); p != nil {
		if days, d, ok := parseDuration(p.Value); ok && days >= 0 && d >= 0 {
			if r.start.date {
				return length{days: days + int(d/(24*time.Hour))}
			}
			return length{days, d}
		}
	}
	if r.start.date && r.endName == "DTEND" {
		return length{days: 1}
	}
	return length{}
}

// until gives the length up to an end.
func (r *calendarReader) until(end moment) length {
	if r.start.date {
		days := int(end.wall().Sub(r.start.wall()) / (24 * time.Hour))
		return length{days: min(max(days, 0), maxDays)}
	}
	a, ok1 := r.zones.instant(r.start)
	b, ok2 := r.zones.instant(end)
	if !ok1 || !ok2 {
		a, b = r.start.wall(), end.wall()
	}
	return length{exact: min(max(b.Sub(a), 0), maxDays*24*time.Hour)}
}

// except takes an exception; one without a time only hides what it stands for.
func (x *expansion) except(part entryPart, s section, timed bool) {
	p := s.comp.Find("RECURRENCE-ID")
	id, ok := momentOf(p)
	if !ok {
		if !timed {
			return
		}
		id = part.start // nobody knows what it stands for, but it takes place
	}
	ex := &exception{entryPart: part, id: id}
	if x.master != nil && ok {
		ex.id = x.master.reader.like(id)
	}
	ex.key = x.z.momentKey(ex.id, false)
	ex.future = strings.EqualFold(paramOf(p, "RANGE"), "THISANDFUTURE")
	ex.cancelled = strings.EqualFold(strings.TrimSpace(textOf(s.comp, "STATUS", cal20)), "CANCELLED") || !timed
	x.exceptions = append(x.exceptions, ex)
	if ex.future {
		x.future = append(x.future, ex)
	}
	if ok && x.byKey[ex.key] == nil {
		x.byKey[ex.key] = ex
	}
}

// series lists what the master says.
func (x *expansion) series(limit int) error {
	set, periods, err := x.set()
	if err != nil {
		return err
	}
	reach := x.reach()
	from, to := x.window(reach)
	for n := limit + len(x.exceptions) + 64; ; n *= 8 {
		x.out = x.out[:0]
		starts, err := set.Between(from, to, min(n, maxOccurrences))
		if err != nil && !errors.Is(err, recur.ErrLimit) {
			return err
		}
		for _, t := range starts {
			x.take(x.momentAt(t), periods)
		}
		if err == nil || len(x.out) > limit || n >= maxOccurrences {
			return err
		}
	}
}

// take lists the occurrence of the series at m, or what an exception makes of it.
func (x *expansion) take(m moment, periods map[string]length) {
	key := x.z.momentKey(m, false)
	if ex := x.byKey[key]; ex != nil {
		ex.used = true
		if !ex.cancelled {
			x.put(x.occurrence(ex.entryPart, m, ex.start))
		}
		return
	}
	part, at := *x.master, m
	if ex := x.since(m); ex != nil {
		if ex.cancelled {
			return
		}
		part = ex.entryPart
		at = ex.moved(m)
	}
	if l, ok := periods[key]; ok {
		part.length = l
	}
	x.put(x.occurrence(part, m, at))
}

// since gives the last exception for all later ones that lies before m.
func (x *expansion) since(m moment) *exception {
	at := m.wall()
	i := sort.Search(len(x.future), func(i int) bool { return !x.future[i].id.wall().Before(at) })
	if i == 0 {
		return nil
	}
	return x.future[i-1]
}

// moved gives where a later occurrence goes: as far as the exception itself was moved, on the clock.
func (ex *exception) moved(m moment) moment {
	by := ex.start.wall().Sub(ex.id.wall())
	return ex.start.with(m.wall().Add(by))
}

// occurrence gives what takes place at a time.
func (x *expansion) occurrence(p entryPart, id, at moment) Occurrence {
	end := at.with(at.wall().AddDate(0, 0, p.length.days))
	return Occurrence{
		Start: x.time(at), End: x.time(end).Add(p.length.exact), ID: x.time(id), AllDay: at.date, Entry: p.entry,
	}
}

// put lists an occurrence if it lies in the window.
func (x *expansion) put(o Occurrence) {
	if o.Start.Before(x.to) && (o.End.After(x.from) || !o.Start.Before(x.from)) {
		x.out = append(x.out, o)
	}
}

// time gives the instant of m; days and floating times are in the location of from.
func (x *expansion) time(m moment) time.Time {
	if t, ok := x.z.instant(m); ok {
		return t
	}
	return inLocation(m.wall(), x.from.Location())
}

// inLocation gives the instant at which clocks show this: of two the first, and for a time that clocks leap over
// what it would be without the leap.
func inLocation(wall time.Time, loc *time.Location) time.Time {
	_, before := time.Unix(wall.Unix()-24*60*60, 0).In(loc).Zone()
	first := time.Unix(wall.Unix()-int64(before), 0).In(loc)
	if clock(first).Equal(wall) {
		return first
	}
	y, mo, d := wall.Date()
	h, mi, s := wall.Clock()
	if t := time.Date(y, mo, d, h, mi, s, 0, loc); clock(t).Equal(wall) {
		return t
	}
	return first
}

// clock gives what a clock beside t shows, as if it stood in UTC.
func clock(t time.Time) time.Time {
	y, mo, d := t.Date()
	h, mi, s := t.Clock()
	return time.Date(y, mo, d, h, mi, s, 0, time.UTC)
}

// momentAt gives a time that the set listed in the way in which the series is written.
func (x *expansion) momentAt(t time.Time) moment { return x.master.start.with(t) }

// reach is how far from its place in the series an occurrence can begin or end.
func (x *expansion) reach() time.Duration {
	size := func(l length) time.Duration { return time.Duration(l.days)*24*time.Hour + l.exact }
	reach := size(x.master.length)
	for _, ex := range x.exceptions {
		by := ex.start.wall().Sub(ex.id.wall()).Abs()
		by = min(by, maxDays*24*time.Hour) + 28*time.Hour // the two may be in zones that far apart
		reach = max(reach, by+size(ex.length))
	}
	return reach
}

// window gives the bounds of the search: real ones if the series follows a zone, else those of the clock.
func (x *expansion) window(reach time.Duration) (from, to time.Time) {
	from, to = x.from, x.to
	if _, zoned := x.z.instant(x.master.start); !zoned {
		const leap = 3 * time.Hour // clocks leap no further
		from, to = clock(from).Add(-leap), clock(to.In(x.from.Location())).Add(leap)
	}
	return from.Add(-reach), to.Add(reach)
}
