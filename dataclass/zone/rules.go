package zone

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

const (
	firstYear = 1900 // rules are followed from here
	lastYear  = 2200 // to here

	// The longest VTIMEZONE in use lists every change since 1883 one by one; that makes some 200. There are never
	// more types of time than a TZif file can count.
	maxObservances = maxTypes
	maxDates       = 1024
	// Every rule may give 300 changes.
	maxRules = 64
)

// rules are what a VTIMEZONE says.
type rules struct {
	tzid string
	obs  []observance
}

// An observance is a STANDARD or DAYLIGHT of a VTIMEZONE (RFC 5545 3.6.5). Its local times are counted in
// seconds from 1970 as if they were UTC.
type observance struct {
	from, to int // offsets in seconds
	dst      bool
	name     string
	dates    []int64
	rules    []yearly
}

// An onset is one change of the clock.
type onset struct {
	at       int64 // Unix time
	from, to int
	dst      bool
	name     string
}

// readRules reads a VTIMEZONE. It answers false for what it cannot follow to the letter.
func readRules(def *contentline.Component) (*rules, bool) {
	if def == nil {
		return nil, false
	}
	r := &rules{}
	left := budget{dates: maxDates, rules: maxRules}
	for i := range def.Props {
		p := &def.Props[i]
		if p.Is("TZID") {
			r.tzid = trim(p.Value)
		}
		if p.Comp == nil {
			continue
		}
		dst := strings.EqualFold(p.Comp.Name, "DAYLIGHT")
		if !dst && !strings.EqualFold(p.Comp.Name, "STANDARD") {
			continue
		}
		o, ok := readObservance(p.Comp, &left)
		if !ok || len(r.obs) >= maxObservances {
			return nil, false
		}
		o.dst = dst
		r.obs = append(r.obs, o)
	}
	return r, len(r.obs) > 0
}

// A budget is what a VTIMEZONE may still hold.
type budget struct{ dates, rules int }

func readObservance(c *contentline.Component, left *budget) (observance, bool) {
	var o observance
	var has struct{ start, from, to bool }
	var start int64
	var recur []string
	for i := range c.Props {
		p := &c.Props[i]
		ok := true
		switch strings.ToUpper(p.Name) {
		case "DTSTART":
			start, ok = readLocal(p.Value)
			has.start = true
		case "TZOFFSETFROM":
			o.from, ok = readOffset(strings.TrimSpace(p.Value))
			has.from = true
		case "TZOFFSETTO":
			o.to, ok = readOffset(strings.TrimSpace(p.Value))
			has.to = true
		case "TZNAME":
			o.name = contentline.Unescape(contentline.MIMEDir, p.Value)
		case "RRULE":
			recur = append(recur, p.Value)
			left.rules--
			ok = left.rules >= 0
		case "RDATE":
			ok = o.readDates(p.Value, left)
		}
		if !ok {
			return o, false
		}
	}
	if !has.start || !has.from || !has.to {
		return o, false
	}
	return o, o.recur(start, recur)
}

// readDates reads the list of an RDATE.
func (o *observance) readDates(list string, left *budget) bool {
	for v := range strings.SplitSeq(list, ",") {
		at, ok := readLocal(v)
		if left.dates--; !ok || left.dates < 0 {
			return false
		}
		o.dates = append(o.dates, at)
	}
	return true
}

// recur adds the start and the rules. A start that its own rule would not give, such as the first of January
// 1601, is no change of the clock, unless there is no other.
func (o *observance) recur(start int64, recur []string) bool {
	given := len(recur) == 0
	for _, text := range recur {
		y, count, ok := readYearly(text, start)
		if !ok {
			return false
		}
		given = given || y.gives(start)
		if count > 0 {
			o.dates = append(o.dates, y.first(count, o.from)...)
		} else {
			o.rules = append(o.rules, y)
		}
	}
	if (given || !o.happens()) && !slices.Contains(o.dates, start) {
		o.dates = append(o.dates, start)
	}
	return true
}

// happens reports whether there is any change at all in the years that rules are followed.
func (o *observance) happens() bool {
	return len(o.dates) > 0 || slices.ContainsFunc(o.rules, func(y yearly) bool {
		y.startYear += max(0, (firstYear-y.startYear+y.interval-1)/y.interval) * y.interval
		return len(y.first(1, o.from)) > 0
	})
}

// readLocal reads a local date with time, or a date alone, which means its midnight. A Z is no reason to take
// it for anything but local time: RFC 5545 3.6.5 allows nothing else here.
func readLocal(s string) (int64, bool) {
	s = strings.TrimSuffix(strings.TrimSpace(s), "Z")
	if len(s) == 8 {
		s += "T000000"
	}
	if len(s) != 15 || s[8] != 'T' {
		return 0, false
	}
	y, ok1 := number(s, 4)
	mo, ok2 := number(s[4:], 2)
	d, ok3 := number(s[6:], 2)
	h, ok4 := number(s[9:], 2)
	mi, ok5 := number(s[11:], 2)
	sec, ok6 := number(s[13:], 2)
	ok := ok1 && ok2 && ok3 && ok4 && ok5 && ok6
	if !ok || mo < 1 || mo > 12 || d < 1 || d > 31 || h > 23 || mi > 59 || sec > 60 {
		return 0, false
	}
	return time.Date(y, time.Month(mo), d, h, mi, sec, 0, time.UTC).Unix(), true
}

// appendYear adds the changes of one local year.
func (o *observance) appendYear(dst []onset, year int) []onset {
	dst = o.appendRules(dst, year)
	from, to := dayNumber(year, time.January, 1)*day, dayNumber(year+1, time.January, 1)*day
	for _, at := range o.dates {
		if from <= at && at < to {
			dst = append(dst, o.onset(at))
		}
	}
	return dst
}

// appendRules adds those that follow a rule.
func (o *observance) appendRules(dst []onset, year int) []onset {
	for i := range o.rules {
		if at, ok := o.rules[i].in(year, o.from); ok {
			dst = append(dst, o.onset(at))
		}
	}
	return dst
}

func (o *observance) onset(local int64) onset {
	return onset{at: local - int64(o.from), from: o.from, to: o.to, dst: o.dst, name: o.name}
}

// year gives the changes of one local year in order.
func (r *rules) year(year int) []onset {
	var all []onset
	for i := range r.obs {
		all = r.obs[i].appendYear(all, year)
	}
	return ordered(all)
}

// all gives every change in order.
func (r *rules) all() []onset {
	var all []onset
	for i := range r.obs {
		for _, at := range r.obs[i].dates {
			all = append(all, r.obs[i].onset(at))
		}
	}
	for y := firstYear; y <= lastYear; y++ { // nearly in order, which makes sorting cheap
		for i := range r.obs {
			all = r.obs[i].appendRules(all, y)
		}
	}
	return ordered(all)
}

// ordered sorts changes by time. Of several at the same time the one that counts is the one that the file
// names last.
func ordered(all []onset) []onset {
	slices.SortStableFunc(all, func(a, b onset) int { return cmp.Compare(a.at, b.at) })
	out := all[:0]
	for _, o := range all {
		if n := len(out); n > 0 && out[n-1].at == o.at {
			o.from = out[n-1].from
			out = out[:n-1]
		}
		out = append(out, o)
	}
	return out
}

// fixed gives the one offset that the rules know, if it is one.
func (r *rules) fixed() (int, bool) {
	for i := range r.obs {
		if o := &r.obs[i]; o.from != r.obs[0].to || o.to != r.obs[0].to {
			return 0, false
		}
	}
	return r.obs[0].to, true
}
