package zone

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// instantOf reads a local time such as 2024-03-31 02:30:00.
func instantOf(t testing.TB, z *Zone, local string) time.Time {
	t.Helper()
	u, err := time.Parse(time.DateTime, local)
	if err != nil {
		t.Fatal(err)
	}
	return z.Instant(u.Year(), int(u.Month()), u.Day(), u.Hour(), u.Minute(), u.Second())
}

// TestMeetingsDoNotMove says which instant a local time is, by name and by the rules of a VTIMEZONE.
func TestMeetingsDoNotMove(t *testing.T) {
	tests := []struct{ name, zone, local, utc string }{
		{"winter", "Europe/Oslo", "2024-01-15 09:00:00", "2024-01-15 08:00:00"},
		{"summer", "Europe/Oslo", "2024-07-15 09:00:00", "2024-07-15 07:00:00"},
		{"before the gap", "Europe/Oslo", "2024-03-31 01:59:59", "2024-03-31 00:59:59"},
		{"start of the gap", "Europe/Oslo", "2024-03-31 02:00:00", "2024-03-31 01:00:00"},
		{"in the gap", "Europe/Oslo", "2024-03-31 02:30:00", "2024-03-31 01:30:00"},
		{"end of the gap", "Europe/Oslo", "2024-03-31 03:00:00", "2024-03-31 01:00:00"},
		{"in the fold", "Europe/Oslo", "2024-10-27 02:30:00", "2024-10-27 00:30:00"},
		{"end of the fold", "Europe/Oslo", "2024-10-27 03:00:00", "2024-10-27 02:00:00"},
		{"the gap of RFC 5545", "America/New_York", "2007-03-11 02:30:00", "2007-03-11 07:30:00"},
		{"the fold of RFC 5545", "America/New_York", "2007-11-04 01:30:00", "2007-11-04 05:30:00"},
		{"old rules", "America/New_York", "2006-03-20 09:00:00", "2006-03-20 14:00:00"},
		{"new rules", "America/New_York", "2007-03-20 09:00:00", "2007-03-20 13:00:00"},
		{"summer in January", "Australia/Sydney", "2024-01-15 09:00:00", "2024-01-14 22:00:00"},
		{"winter in July", "Australia/Sydney", "2024-07-15 09:00:00", "2024-07-14 23:00:00"},
		{"southern gap", "Australia/Sydney", "2024-10-06 02:30:00", "2024-10-05 16:30:00"},
		{"southern fold", "Australia/Sydney", "2024-04-07 02:30:00", "2024-04-06 15:30:00"},
		{"no midnight", "America/Santiago", "2024-09-08 00:30:00", "2024-09-08 04:30:00"},
		{"two late evenings", "America/Santiago", "2024-04-06 23:30:00", "2024-04-07 02:30:00"},
		{"half an hour's gap", "Australia/Lord_Howe", "2024-10-06 02:15:00", "2024-10-05 15:45:00"},
		{"half an hour's fold", "Australia/Lord_Howe", "2024-04-07 01:45:00", "2024-04-06 14:45:00"},
		{"after half an hour's gap", "Australia/Lord_Howe", "2024-10-06 02:30:00", "2024-10-05 15:30:00"},
		{"Ramadan", "Africa/Casablanca", "2024-03-20 09:00:00", "2024-03-20 09:00:00"},
		{"after Ramadan", "Africa/Casablanca", "2024-05-20 09:00:00", "2024-05-20 08:00:00"},
		{"Irish winter", "Europe/Dublin", "2024-01-15 09:00:00", "2024-01-15 09:00:00"},
		{"Irish summer", "Europe/Dublin", "2024-07-15 09:00:00", "2024-07-15 08:00:00"},
		{"Irish fold", "Europe/Dublin", "2024-10-27 01:30:00", "2024-10-27 00:30:00"},
		{"half an hour", "Asia/Kolkata", "2024-07-15 09:00:00", "2024-07-15 03:30:00"},
		{"three quarters", "Asia/Kathmandu", "2024-07-15 09:00:00", "2024-07-15 03:15:00"},
		{"before the date line", "Pacific/Apia", "2011-12-29 23:00:00", "2011-12-30 09:00:00"},
		{"the day that was not", "Pacific/Apia", "2011-12-30 12:00:00", "2011-12-30 22:00:00"},
		{"after the date line", "Pacific/Apia", "2011-12-31 00:00:00", "2011-12-30 10:00:00"},
		{"while Iran changed its clocks", "Asia/Tehran", "2022-07-15 09:00:00", "2022-07-15 04:30:00"},
		{"since it does not", "Asia/Tehran", "2023-07-15 09:00:00", "2023-07-15 05:30:00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			named := mustNamed(t, tt.zone)
			local, err := time.Parse(time.DateTime, tt.local)
			if err != nil {
				t.Fatal(err)
			}
			ruled := reread(t, Component("x", named.Location(), local.Year()-1, local.Year()+1))
			for how, z := range map[string]*Zone{"name": named, "rules": ruled} {
				if got := instantOf(t, z, tt.local).UTC().Format(time.DateTime); got != tt.utc {
					t.Errorf("by %s: got %s, want %s", how, got, tt.utc)
				}
			}
		})
	}
}

// TestInstantCarriesOver takes what time.Date takes.
func TestInstantCarriesOver(t *testing.T) {
	z := mustNamed(t, "Europe/Oslo")
	got := z.Instant(2024, 12, 31, 24, 0, 60)
	if want := "2025-01-01T00:01:00+01:00"; got.Format(time.RFC3339) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

// TestInstantIsTheFirst holds for every zone: a local time that an instant shows means that instant or an
// earlier one that shows the same.
func TestInstantIsTheFirst(t *testing.T) {
	names := allNames()
	rapid.Check(t, func(rt *rapid.T) {
		z := mustNamed(t, rapid.SampledFrom(names).Draw(rt, "zone"))
		unix := rapid.Int64Range(-2208988800, 7258118400).Draw(rt, "instant")
		at := time.Unix(unix, 0).In(z.Location())
		y, mo, d := at.Date()
		got := z.Instant(y, int(mo), d, at.Hour(), at.Minute(), at.Second())
		if got.Format(time.DateTime) != at.Format(time.DateTime) || got.After(at) {
			rt.Fatalf("%v became %v", at, got)
		}
	})
}
