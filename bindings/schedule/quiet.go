package schedule

import "time"

// quiet are hours of each day, in minutes from midnight. To may be less than from: then they lie around midnight.
type quiet struct {
	set      bool
	from, to int
}

func parseQuiet(from, to string) (quiet, error) {
	if from == "" && to == "" {
		return quiet{}, nil
	}
	q := quiet{set: true}
	for _, end := range []struct {
		text string
		at   *int
	}{{from, &q.from}, {to, &q.to}} {
		t, err := time.Parse("15:04", end.text)
		if err != nil {
			return quiet{}, fault("quiet hours are written like 22:00 and 06:30")
		}
		*end.at = t.Hour()*60 + t.Minute()
	}
	if q.from == q.to {
		return quiet{}, fault("quiet hours begin and end at different times")
	}
	return q, nil
}

// since gives a time before the quiet hours that t is in began, and false if it is in none.
func (q quiet) since(t time.Time, zone *time.Location) (time.Time, bool) {
	if _, in := q.end(t, zone); !in {
		return t, false
	}
	local := t.In(zone)
	gone := (local.Hour()*60 + local.Minute() - q.from + 24*60) % (24 * 60)
	return t.Add(-time.Duration(gone)*time.Minute - changes), true
}

// changes is more than clocks are ever put forward or back in one night.
const changes = 3 * time.Hour

// end gives the end of the quiet hours that a time is in, and false if it is in none. Where the clocks jump over the end,
// they end when the clocks have jumped; where they show it twice, the first time counts.
func (q quiet) end(t time.Time, zone *time.Location) (time.Time, bool) {
	if !q.set {
		return t, false
	}
	local := t.In(zone)
	at := local.Hour()*60 + local.Minute()
	day := 0
	switch {
	case q.from < q.to && (at < q.from || at >= q.to), q.from > q.to && at < q.from && at >= q.to:
		return t, false
	case q.from > q.to && at >= q.from:
		day = 1
	}
	for _, end := range instants(local.Year(), local.Month(), local.Day()+day, q.to/60, q.to%60, zone) {
		if end.After(t) {
			return end, true
		}
	}
	// The clocks were put back over the end: it has passed already, and these hours are quiet once only.
	return t, false
}

// NotBefore puts a time off to the end of quiet hours, if it is in them.
func (s Schedule) NotBefore(t time.Time) time.Time {
	if s.zone == nil {
		return t
	}
	end, _ := s.quiet.end(t, s.zone)
	return end
}
