package dataclass

import (
	"time"

	"github.com/bindery-sync/bindery/dataclass/contentline"
	"github.com/bindery-sync/bindery/dataclass/recur"
)

// set gives the series as recur wants it, and the lengths of those dates that have one of their own.
func (x *expansion) set() (recur.Set, map[string]length, error) {
	r := x.master.reader
	set := recur.Set{Start: r.recurStart()}
	var err error
	if set.Rules, err = rulesOf(r.comp, "RRULE"); err != nil {
		return set, nil, err
	}
	if set.ExRules, err = rulesOf(r.comp, "EXRULE"); err != nil {
		return set, nil, err
	}
	periods := make(map[string]length)
	at := func(m moment) time.Time {
		m = r.like(m)
		if t, ok := x.z.instant(m); ok {
			if _, zoned := x.z.instant(r.start); zoned {
				return t
			}
		}
		return m.wall()
	}
	eachTime(r.comp, "RDATE", func(m moment, period string) {
		set.RDates = append(set.RDates, at(m))
		if l, ok := x.period(m, period); ok {
			periods[x.z.momentKey(r.like(m), false)] = l
		}
	})
	eachTime(r.comp, "EXDATE", func(m moment, _ string) { set.ExDates = append(set.ExDates, at(m)) })
	return set, periods, nil
}

// period gives the length of a period that begins at m (RFC 5545 3.3.9).
func (x *expansion) period(m moment, end string) (length, bool) {
	if days, d, ok := parseDuration(end); ok && days >= 0 && d >= 0 {
		return length{days, d}, true
	}
	to, ok := parseMoment(end, m.tzid)
	if !ok {
		return length{}, false
	}
	r := *x.master.reader
	r.start = m
	return r.until(to), true
}

func rulesOf(c *contentline.Component, name string) ([]recur.Rule, error) {
	var out []recur.Rule
	for i := range c.Props {
		p := &c.Props[i]
		if !p.Is(name) || p.Junk {
			continue
		}
		r, err := recur.Parse(p.Value)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}
