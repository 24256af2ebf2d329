package zone

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

var update = flag.Bool("update", false, "write the golden files")

// allNames gives the IANA ids of today in order.
func allNames() []string {
	var names []string
	for _, e := range index() {
		names = append(names, e.name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// mustNamed gives a zone that there is.
func mustNamed(t testing.TB, name string) *Zone {
	t.Helper()
	z, ok := Named(name)
	if !ok {
		t.Fatalf("no zone %q", name)
	}
	return z
}

// reread prints a VTIMEZONE, parses it and resolves it by its rules alone.
func reread(t testing.TB, c *contentline.Component) *Zone {
	t.Helper()
	def := parse(t, string(contentline.Print(c, contentline.MIMEDir)))
	z, ok := Resolve("no such zone", def)
	if !ok {
		t.Fatalf("not understood:\n%s", contentline.Print(c, contentline.MIMEDir))
	}
	return z
}

func parse(t testing.TB, text string) *contentline.Component {
	t.Helper()
	all, err := contentline.Parse([]byte(text), contentline.MIMEDir, contentline.Limits{})
	if err != nil || len(all) != 1 {
		t.Fatalf("parse: %v (%d components)\n%s", err, len(all), text)
	}
	return all[0]
}

// firstDifference gives an instant of the local years from..to at which the offsets differ.
func firstDifference(a, b *time.Location, from, to int) (time.Time, bool) {
	return differenceBetween(a, b, time.Date(from, 1, 1, 0, 0, 0, 0, a), time.Date(to+1, 1, 1, 0, 0, 0, 0, a))
}

func differenceBetween(a, b *time.Location, at, limit time.Time) (time.Time, bool) {
	for at.Before(limit) {
		if offsetAt(a, at.Unix()) != offsetAt(b, at.Unix()) {
			return at, true
		}
		endA, _ := next(at.In(a), limit)
		endB, _ := next(at.In(b), limit)
		at = endA
		if endB.Before(endA) {
			at = endB
		}
	}
	return at, false
}

// TestComponentOfEveryZone covers every zone and every change of the clock in it.
func TestComponentOfEveryZone(t *testing.T) {
	spans := []struct{ from, to int }{{1900, 1950}, {1970, 2030}, {2005, 2012}, {2024, 2024}, {2023, 2037}, {2090, 2120}}
	for _, name := range allNames() {
		loc := mustNamed(t, name).Location()
		for _, s := range spans {
			c := Component("x", loc, s.from, s.to)
			if at, differ := firstDifference(loc, reread(t, c).Location(), s.from, s.to); differ {
				t.Errorf("%s %d–%d: wrong at %v:\n%s", name, s.from, s.to, at, contentline.Print(c, contentline.MIMEDir))
			}
		}
	}
}

// TestComponentGoesOn asks for the years after those that were asked for.
func TestComponentGoesOn(t *testing.T) {
	for _, name := range []string{
		"Europe/Oslo", "America/New_York", "Australia/Sydney", "America/Santiago", "Australia/Lord_Howe",
		"Europe/Dublin", "Asia/Jerusalem", "Pacific/Chatham", "Asia/Kathmandu", "America/Nuuk",
	} {
		loc := mustNamed(t, name).Location()
		z := reread(t, Component("x", loc, 2024, 2024))
		if at, differ := firstDifference(loc, z.Location(), 2024, 2150); differ {
			t.Errorf("%s: wrong at %v", name, at)
		}
	}
}

// TestComponentByTheHour draws zones, years and hours.
func TestComponentByTheHour(t *testing.T) {
	names := allNames()
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.SampledFrom(names).Draw(rt, "zone")
		from := rapid.IntRange(1900, 2190).Draw(rt, "from")
		to := from + rapid.IntRange(0, 10).Draw(rt, "years")
		loc := mustNamed(t, name).Location()
		z := reread(t, Component("x", loc, from, to))
		hour := rapid.IntRange(0, (to-from+1)*365*24-1).Draw(rt, "hour")
		want := time.Date(from, 1, 1, hour, 0, 0, 0, loc)
		if got := want.In(z.Location()); got.Format(time.DateTime) != want.Format(time.DateTime) {
			rt.Fatalf("%v reads as %v", want, got)
		}
		y, mo, d := want.Date()
		a := mustNamed(t, name).Instant(y, int(mo), d, want.Hour(), 30, 0)
		if b := z.Instant(y, int(mo), d, want.Hour(), 30, 0); !a.Equal(b) {
			rt.Fatalf("%v is %v by name and %v by rules", want, a, b)
		}
	})
}

func TestComponentGolden(t *testing.T) {
	tests := []struct {
		name, zone string
		from, to   int
	}{
		{"oslo", "Europe/Oslo", 2024, 2026},
		{"new-york", "America/New_York", 2005, 2026},
		{"sydney", "Australia/Sydney", 2024, 2026},
		{"santiago", "America/Santiago", 2024, 2026},
		{"lord-howe", "Australia/Lord_Howe", 2024, 2026},
		{"dublin", "Europe/Dublin", 2024, 2026},
		{"casablanca", "Africa/Casablanca", 2024, 2026},
		{"kolkata", "Asia/Kolkata", 2024, 2026},
		{"apia", "Pacific/Apia", 2010, 2013},
		{"tehran", "Asia/Tehran", 2018, 2026},
		{"utc", "UTC", 2024, 2026},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			loc := mustNamed(t, tt.zone).Location()
			got := contentline.Print(Component(tt.zone, loc, tt.from, tt.to), contentline.MIMEDir)
			path := filepath.Join("testdata", "component", tt.name+".ics")
			if *update {
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestComponentTakesOddArguments(t *testing.T) {
	tests := []struct {
		name     string
		loc      *time.Location
		from, to int
		want     string
	}{
		{"no location", nil, 2024, 2024, "TZOFFSETTO:+0000"},
		{"years the wrong way round", time.UTC, 2024, 2020, "TZOFFSETTO:+0000"},
		{"years out of range", time.FixedZone("x", 5400), -5, 99999, "TZOFFSETTO:+0130"},
		{"seconds", time.FixedZone("x", -3601), 2024, 2024, "TZOFFSETTO:-010001"},
		{"a name with a comma", time.UTC, 2024, 2024, `TZID:a\,b`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := Component("a,b", tt.loc, tt.from, tt.to)
			got := string(contentline.Print(c, contentline.MIMEDir))
			if !strings.Contains(got, tt.want+"\r\n") || strings.Count(got, "BEGIN:STANDARD") != 1 {
				t.Errorf("no %s in\n%s", tt.want, got)
			}
			reread(t, c)
		})
	}
}
