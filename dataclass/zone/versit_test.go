package zone

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestVersit(t *testing.T) {
	tests := []struct {
		zone     string
		from, to int
		tz       string
		daylight []string
	}{
		{"Europe/Oslo", 2024, 2025, "+01", []string{
			"TRUE;+02;20240331T020000;20241027T030000;CET;CEST",
			"TRUE;+02;20250330T020000;20251026T030000;CET;CEST",
		}},
		{"Australia/Sydney", 2024, 2024, "+10", []string{
			"TRUE;+11;20231001T020000;20240407T030000;AEST;AEDT",
			"TRUE;+11;20241006T020000;20250406T030000;AEST;AEDT",
		}},
		{"Australia/Lord_Howe", 2024, 2024, "+10:30", []string{
			"TRUE;+11;20231001T020000;20240407T020000;+1030;+11",
			"TRUE;+11;20241006T020000;20250406T020000;+1030;+11",
		}},
		{"Europe/Dublin", 2024, 2024, "+00", []string{"TRUE;+01;20240331T010000;20241027T020000;GMT;IST"}},
		{"Asia/Kathmandu", 2024, 2026, "+05:45", []string{"FALSE"}},
		{"America/St_Johns", 2024, 2024, "-03:30", []string{"TRUE;-02:30;20240310T020000;20241103T020000;NST;NDT"}},
		{"UTC", 2024, 2026, "+00", []string{"FALSE"}},
	}
	for _, tt := range tests {
		t.Run(tt.zone, func(t *testing.T) {
			tz, daylight := mustNamed(t, tt.zone).Versit(tt.from, tt.to)
			if tz != tt.tz || !slices.Equal(daylight, tt.daylight) {
				t.Errorf("got %s %q, want %s %q", tz, daylight, tt.tz, tt.daylight)
			}
		})
	}
}

func TestFromVersit(t *testing.T) {
	const oslo = "TRUE;+02;20240331T020000;20241027T030000;CET;CEST"
	tests := []struct {
		name, tz string
		daylight []string
		want     string // Name, "" for rules, "-" for none
	}{
		{"hours", "+01", []string{oslo}, "Europe/Berlin"},
		{"hours and minutes", "+01:00", []string{oslo}, "Europe/Berlin"},
		{"basic", "+0100", []string{oslo}, "Europe/Berlin"},
		{"GMT", "GMT+01:00", []string{oslo}, "Europe/Berlin"},
		{"UTC and FALSE", "UTC", []string{"FALSE"}, "UTC"},
		{"several years", "+01", []string{"TRUE;+02;20230326T020000;20231029T030000;;", oslo}, "Europe/Berlin"},
		{"in UTC", "+01", []string{"TRUE;+02;20240331T010000Z;20241027T010000Z;;"}, "Europe/Berlin"},
		{"a second early", "+01", []string{"TRUE;+02;20240331T015959;20241027T025959;CET;CEST"}, "Europe/Berlin"},
		{"both in standard time", "+01", []string{"TRUE;+02;20240331T020000;20241027T020000;CET;CEST"}, "Europe/Berlin"},
		{"no names", "+01", []string{"TRUE;+02;20240331T020000;20241027T030000"}, "Europe/Berlin"},
		{"spaces", " +01 ", []string{" true ; +02 ; 20240331T020000 ; 20241027T030000 ; CET ; CEST "}, "Europe/Berlin"},
		{"the south", "+10", []string{"TRUE;+11;20241006T020000;20250406T030000;AEST;AEDT"}, "Australia/Sydney"},
		{"half an hour", "+10:30", []string{"TRUE;+11;20241006T020000;20250406T020000;;"}, "Australia/Lord_Howe"},
		{"America", "-05:00", []string{"TRUE;-04;20240310T020000;20241103T020000;EST;EDT"}, "America/New_York"},
		{"old America", "-05:00", []string{"TRUE;-04;19960407T020000;19961027T020000;EST;EDT"}, "America/New_York"},
		{"no daylight saving time", "+01", []string{"FALSE"}, "Etc/GMT-1"},
		{"no line", "-06", nil, "Etc/GMT+6"},
		{"no line, half an hour", "-0330", nil, ""},
		{"zero", "+00", []string{""}, "UTC"},
		{"a name", "Europe/Oslo", []string{oslo}, "Europe/Oslo"},
		{"days of nowhere", "+01", []string{"TRUE;+02;20240415T020000;20240915T030000;;"}, ""},
		{"an offset of nowhere", "+01:10", []string{"TRUE;+02:10;20240331T020000;20241027T030000;;"}, ""},
		{"one year of nowhere", "+01", []string{oslo, "TRUE;+02;20250415T020000;20251026T030000;;"}, ""},
		{"no offset", "", []string{oslo}, "-"},
		{"neither true nor false", "+01", []string{"MAYBE;+02;20240331T020000;20241027T030000"}, "-"},
		{"too short", "+01", []string{"TRUE;+02;20240331T020000"}, "-"},
		{"no time", "+01", []string{"TRUE;+02;tomorrow;20241027T030000;;"}, "-"},
		{"the wrong way round", "+01", []string{"TRUE;+02;20241027T030000;20240331T020000;;"}, "-"},
		{"too many", "+01", slices.Repeat([]string{oslo}, maxLines+1), "-"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := "-"
			if z, ok := FromVersit(tt.tz, tt.daylight); ok {
				got = z.Name()
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestFromVersitRules looks at a summer that no place has.
func TestFromVersitRules(t *testing.T) {
	z, ok := FromVersit("+01", []string{"TRUE;+02;20240415T020000;20240915T030000;A;B"})
	if !ok {
		t.Fatal("not understood")
	}
	for _, tt := range []struct{ local, want string }{
		{"2024-04-15 01:59:59", "2024-04-15 00:59:59"},
		{"2024-04-15 03:00:00", "2024-04-15 01:00:00"},
		{"2024-09-15 02:30:00", "2024-09-15 00:30:00"},
		{"2024-09-15 03:00:00", "2024-09-15 02:00:00"},
		{"2025-07-01 12:00:00", "2025-07-01 11:00:00"},
	} {
		if got := instantOf(t, z, tt.local).UTC().Format(time.DateTime); got != tt.want {
			t.Errorf("%s is %s, want %s", tt.local, got, tt.want)
		}
	}
	if z.Name() != "" || !strings.HasPrefix(z.Key(), "rules:") {
		t.Errorf("named %q, key %q", z.Name(), z.Key())
	}
}

// roundTrip writes and reads a zone. Where the reader finds a city it may be wrong before the first line and
// after the last, because nothing tells it that there is no line on purpose.
func roundTrip(t interface{ Errorf(string, ...any) }, a *Zone, from, to int) {
	tz, daylight := a.Versit(from, to)
	b, ok := FromVersit(tz, daylight)
	if !ok {
		t.Errorf("not understood: %s %q", tz, daylight)
		return
	}
	start := time.Date(from, 1, 1, 0, 0, 0, 0, a.Location())
	end := time.Date(to+1, 1, 1, 0, 0, 0, 0, a.Location())
	if all := strings.Split(strings.Join(daylight, ";"), ";"); b.Name() != "" && len(all) > 3 {
		base, _ := readOffset(tz)
		off, _ := readOffset(all[len(all)-5])
		first, _ := readMoment(all[2], base)
		last, _ := readMoment(all[len(all)-3], off)
		start, end = time.Unix(first-int64(base), 0), time.Unix(last-int64(off), 0)
	}
	if at, differ := differenceBetween(a.Location(), b.Location(), start, end); differ {
		t.Errorf("%s as %s %q reads as %q: wrong at %v", a.Name(), tz, daylight, b.Name(), at)
	}
}

func TestVersitRoundTrip(t *testing.T) {
	names := allNames()
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.SampledFrom(names).Draw(rt, "zone")
		from := rapid.IntRange(1900, 2190).Draw(rt, "from")
		to := from + rapid.IntRange(0, 9).Draw(rt, "years")
		roundTrip(rt, mustNamed(t, name), from, to)
	})
}

// TestVersitOfEveryZone covers the years that phones were made for.
func TestVersitOfEveryZone(t *testing.T) {
	for _, name := range allNames() {
		for from := 1995; from < 2038; from += 4 {
			roundTrip(t, mustNamed(t, name), from, from+3)
		}
	}
}
