package recur

import "time"

// WithUntil is the rule with its UNTIL in the type that RFC 5545, 3.3.10, demands for the start: a date
// for an all-day start, a local time for a floating one, else UTC. An UNTIL of another type becomes the
// last occurrence that it includes, so that no reader in another zone can see one more or one less. A
// rule without UNTIL, or with one of the right type, stays as it is.
func (r Rule) WithUntil(start Start) Rule {
	kind := UntilUTC
	switch {
	case start.Date:
		kind = UntilDate
	case start.Floating:
		kind = UntilLocal
	}
	if r.Until.Kind == NoUntil || r.Until.Kind == kind {
		return r
	}
	endless := r
	endless.Count = 0
	last, ok := endless.last(start)
	if !ok {
		last, _ = r.end(start)
	}
	r.Until = start.until(kind, last)
	return r
}

// until is an UNTIL of this kind for the digits of an occurrence.
func (s Start) until(kind UntilKind, wall time.Time) Until {
	switch kind {
	case UntilDate:
		return Until{UntilDate, midnight(inYears(wall))}
	case UntilLocal:
		return Until{UntilLocal, inYears(wall)}
	}
	return Until{UntilUTC, inYears(s.at(wall).UTC())}
}

// inYears is t, or the nearest time whose year has four digits: an end in the year 9999, with which
// some programs say "for ever", is in the year 10000 elsewhere.
func inYears(t time.Time) time.Time {
	return sooner(later(t, time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC))
}
