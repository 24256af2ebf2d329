package dataclass

import (
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass/recur"
)

// exceptions says of the exceptions of the master what vCalendar 1.0 has words for. What it shows is true; what it
// cannot say it leaves out.
//
//   - The time that an exception replaces becomes an EXDATE.
//   - An exception that is as long as the master and has its summary takes place all the same: at the
//     time of the master as one of its occurrences, at another time as RDATE.
//   - Where an exception for all later times moves them, makes them longer or shorter or cancels them, the rules
//     end before it. Those that are as long as before become RDATEs, under the summary of the master: of the
//     first five years at most 100. If it changes none of this, the rules go on.
func (e *itemLowering) exceptions(s *series) {
	x := e.expansion()
	if x == nil {
		return
	}
	moved := movedSeries{e: e, x: x, series: s}
	if cut := x.cut(); cut != nil {
		moved.end(cut)
	}
	for _, ex := range x.exceptions {
		if !ex.future {
			moved.single(ex)
		} else if ex.matters(x) {
			moved.less = append(moved.less, ex.id)
		}
	}
	moved.settle()
}

// expansion gives the exceptions of the component; nil if there are none.
func (e *itemLowering) expansion() *expansion {
	if e.c != e.master { // nobody may write a second master
		return nil
	}
	it := &Item{class: Events, d: cal20, root: e.root}
	x := newExpansion(Entry{it: it, comp: e.c, z: e.zones}, time.Time{}, time.Time{})
	if x.master == nil || x.master.reader.comp != e.c || len(x.exceptions) == 0 {
		return nil
	}
	return x
}

// cut gives the first exception for all later times with which the rules cannot go on.
func (x *expansion) cut() *exception {
	for _, ex := range x.future {
		if ex.matters(x) {
			return ex
		}
	}
	return nil
}

// matters reports whether the exception is about more than what the occurrences say.
func (ex *exception) matters(x *expansion) bool {
	return ex.cancelled || ex.length != x.master.length || x.z.momentKey(ex.start, false) != ex.key
}

// A movedSeries collects what the exceptions make of a series.
type movedSeries struct {
	*series
	e     *itemLowering
	x     *expansion
	ended bool
	from  time.Time // where the rules end, if they have ended
	less  []moment
	more  []moment
}

// single takes an exception for one time.
func (s *movedSeries) single(ex *exception) {
	if !strings.EqualFold(ex.reader.comp.Name, s.e.c.Name) {
		return
	}
	title := func(p *entryPart) string { return strings.TrimSpace(textOf(p.reader.comp, "SUMMARY", cal20)) }
	stands := !ex.cancelled && ex.length == s.x.master.length && title(&ex.entryPart) == title(s.x.master)
	if stands && !ex.matters(s.x) && !s.behind(ex.id) {
		return
	}
	if s.less = append(s.less, ex.id); stands {
		s.more = append(s.more, ex.start)
	}
}

func (s *movedSeries) behind(m moment) bool { return s.ended && !s.at(m).Before(s.from) }

// at gives a time as the series counts them.
func (s *movedSeries) at(m moment) time.Time {
	if t, ok := s.x.z.instant(m); ok {
		return t
	}
	return m.wall()
}

// end ends the rules before an exception, and lists what takes place from there on.
func (s *movedSeries) end(cut *exception) {
	set, _, err := s.x.set()
	if err != nil {
		return
	}
	s.ended, s.from = true, s.at(cut.id)
	times, _ := set.Between(s.from, s.from.AddDate(listedYears, 0, 0), listedTimes)
	for _, t := range times {
		m := s.x.momentAt(t)
		ex := s.x.byKey[s.x.z.momentKey(m, false)]
		if ex == nil {
			ex = s.x.since(m)
		}
		if ex != nil && ex.future && !ex.cancelled && ex.length == s.x.master.length {
			s.more = append(s.more, ex.moved(m))
		}
	}
	var dates []moment
	for _, m := range s.series.more {
		if !s.behind(s.e.like(m)) {
			dates = append(dates, m)
		}
	}
	s.series.more = dates
	if s.behind(s.e.start.moment) {
		s.rules, s.except = nil, nil
		s.less = append(s.less, s.e.start.moment)
	}
	for i, r := range s.rules {
		s.rules[i] = endBefore(r, s.start, s.from)
	}
}

// endBefore gives the rule without what happens from an instant on.
func endBefore(r recur.Rule, start recur.Start, at time.Time) recur.Rule {
	if r.Count > maxCount {
		r.Count = 0
	}
	if last, ok := r.Last(start); ok && last.Before(at) {
		return r
	}
	r.Count = 0
	at = at.Add(-time.Second)
	switch {
	case start.Date:
		r.Until = recur.Until{Kind: recur.UntilDate, Time: dayOf(at)}
	case start.Floating:
		r.Until = recur.Until{Kind: recur.UntilLocal, Time: at}
	default:
		r.Until = recur.Until{Kind: recur.UntilUTC, Time: at.UTC()}
	}
	return r
}

// settle adds what was collected to the series. What takes place at a time that another exception, or an EXDATE,
// took away takes place.
func (s *movedSeries) settle() {
	placed := make(map[string]bool, len(s.more))
	for _, m := range s.more {
		placed[s.key(m)] = true
	}
	var less []moment
	for _, m := range append(s.series.less, s.less...) {
		if !placed[s.key(m)] && len(less) < maxList {
			less = append(less, m)
		}
	}
	s.series.less = less
	first := s.key(s.e.start.moment) // which takes place unless it is taken away
	for _, m := range s.more {
		if len(s.series.more) < maxList && s.key(m) != first {
			s.series.more = append(s.series.more, m)
		}
	}
}

func (s *movedSeries) key(m moment) string { return s.e.zones.momentKey(s.e.like(m), false) }

// like gives a time in the form of the start. A day among times stands for what happens on it at the usual time.
func (e *itemLowering) like(m moment) moment {
	if s := e.start; m.date && s.ok && !s.date {
		return s.with(time.Date(m.y, time.Month(m.mo), m.d, s.h, s.mi, s.s, 0, time.UTC))
	}
	return m
}
