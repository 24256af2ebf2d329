// Package schedule says when something is due: at an interval, or by an expression of cron, in the time of a zone, not in
// quiet hours, and not all at the same second. It is pure: it has no clock, and the same schedule gives the same times.
package schedule

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"time"
	_ "time/tzdata" // zones are the same on every machine
)

// Bounds of a schedule.
const (
	// MinEvery and MaxEvery bound an interval.
	MinEvery = time.Minute
	MaxEvery = 366 * 24 * time.Hour
	// MaxJitter bounds the jitter.
	MaxJitter = 12 * time.Hour
)

// ErrInvalid is what every error of Parse wraps. Its text says to a user what is wrong.
var ErrInvalid = errors.New("the schedule makes no sense")

// A Spec is a schedule as it is written.
type Spec struct {
	// Every is an interval, counted from Base; Cron five fields as in crontab(5): minute, hour, day of the month, month and
	// day of the week, with lists, ranges, steps and names. Exactly one of them is set.
	Every time.Duration
	Cron  string
	// QuietFrom and QuietTo, such as 22:00 and 06:30, bound the hours in which nothing is due; what would be is due at
	// their end. Both or neither are set. They may lie around midnight.
	QuietFrom, QuietTo string
	// Jitter delays each time by less than that, by an amount that Seed and the time tell.
	Jitter time.Duration
	// Zone is the IANA name of the zone of Cron and the quiet hours; UTC if it is empty.
	Zone string
	Seed uint64
	Base time.Time
}

// A Schedule says when it is due.
type Schedule struct {
	spec  Spec
	cron  cron
	zone  *time.Location
	quiet quiet
}

// Parse reads a Spec. Its errors wrap ErrInvalid.
func Parse(spec Spec) (Schedule, error) {
	s := Schedule{spec: spec}
	var err error
	switch {
	case (spec.Every != 0) == (spec.Cron != ""):
		return s, fault("a schedule has either an interval or a cron expression")
	case spec.Every != 0 && (spec.Every < MinEvery || spec.Every > MaxEvery):
		return s, fault("the interval must be between %s and 366 days", "1 minute")
	case spec.Jitter < 0 || spec.Jitter > MaxJitter:
		return s, fault("the jitter must be between nothing and 12 hours")
	case spec.Zone == "Local":
		return s, fault("%q is no time zone; they are named like Europe/Oslo", spec.Zone)
	}
	if s.zone, err = time.LoadLocation(spec.Zone); err != nil {
		return s, fault("%.64q is no time zone; they are named like Europe/Oslo", spec.Zone)
	}
	if s.quiet, err = parseQuiet(spec.QuietFrom, spec.QuietTo); err != nil {
		return s, err
	}
	if spec.Cron != "" {
		if s.cron, err = parseCron(spec.Cron); err != nil {
			return s, err
		}
		if _, ok := s.nominal(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)); !ok {
			return s, fault("no day is ever %q", spec.Cron)
		}
	}
	return s, nil
}

func fault(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
}

// maxSkips bounds how many times are looked at until one is due after a given time.
const maxSkips = 100_000

// Next gives a time that is due after another, in UTC: the first, but that jitter may let a later one come before it,
// which is passed over then. Times that quiet hours put off to the same moment are due once. It reports false if there is
// none, and for a zero Schedule.
func (s Schedule) Next(after time.Time) (time.Time, bool) {
	if s.zone == nil {
		return time.Time{}, false
	}
	// What is due after it may have been put off by jitter, or by the quiet hours in which that began.
	at := after.Add(-s.spec.Jitter)
	if since, in := s.quiet.since(at, s.zone); in {
		at = since.Add(-s.spec.Jitter)
	}
	for range maxSkips {
		var ok bool
		if at, ok = s.nominal(at); !ok {
			return time.Time{}, false
		}
		if due := s.due(at); due.After(after) {
			return due.UTC(), true
		}
	}
	return time.Time{}, false
}

// due puts off a time by jitter, and to the end of quiet hours.
func (s Schedule) due(at time.Time) time.Time {
	due := at.Add(s.jitter(at))
	if end, quiet := s.quiet.end(due, s.zone); quiet {
		return end.Add(s.jitter(end))
	}
	return due
}

// jitter gives the delay of a time, in whole seconds.
func (s Schedule) jitter(at time.Time) time.Duration {
	seconds := uint64(s.spec.Jitter / time.Second)
	if seconds == 0 {
		return 0
	}
	h := fnv.New64a()
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], s.spec.Seed)
	binary.BigEndian.PutUint64(b[8:], uint64(at.Unix()))
	_, _ = h.Write(b[:]) // never fails
	return time.Duration(h.Sum64()%seconds) * time.Second
}

// nominal gives the next time without jitter and quiet hours.
func (s Schedule) nominal(after time.Time) (time.Time, bool) {
	if s.spec.Every == 0 {
		return s.cron.next(after, s.zone)
	}
	gone := after.Sub(s.spec.Base)
	n := gone / s.spec.Every
	at := s.spec.Base.Add(n * s.spec.Every)
	for !at.After(after) { // before Base, n is rounded up
		at = at.Add(s.spec.Every)
	}
	return at, true
}
