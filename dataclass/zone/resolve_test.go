package zone

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// vtimezone writes a definition: lines of the zone itself, then observances, each a kind and its lines.
func vtimezone(lines string, observances ...string) string {
	var b strings.Builder
	b.WriteString("BEGIN:VTIMEZONE\nTZID:x\n" + lines)
	for _, o := range observances {
		kind, rest, _ := strings.Cut(o, " ")
		fmt.Fprintf(&b, "BEGIN:%s\n%s\nEND:%s\n", kind, strings.ReplaceAll(rest, " ", "\n"), kind)
	}
	return b.String() + "END:VTIMEZONE\n"
}

const (
	cetWinter = "STANDARD DTSTART:16010101T030000 TZOFFSETFROM:+0200 TZOFFSETTO:+0100 RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10"
	cetSummer = "DAYLIGHT DTSTART:16010101T020000 TZOFFSETFROM:+0100 TZOFFSETTO:+0200 RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3"
	// Daylight saving time from May to September, which no place has.
	ownWinter = "STANDARD DTSTART:16010101T030000 TZOFFSETFROM:+0200 TZOFFSETTO:+0100 RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=9"
	ownSummer = "DAYLIGHT DTSTART:16010101T020000 TZOFFSETFROM:+0100 TZOFFSETTO:+0200 RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=5"
	// The rules of the United States from 1987 to 2006.
	oldWinter = "STANDARD DTSTART:19871025T020000 TZOFFSETFROM:-0400 TZOFFSETTO:-0500 RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10"
	oldSummer = "DAYLIGHT DTSTART:19870405T020000 TZOFFSETFROM:-0500 TZOFFSETTO:-0400 RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=4"
	always1   = "STANDARD DTSTART:19700101T000000 TZOFFSETFROM:+0100 TZOFFSETTO:+0100"
	always9   = "STANDARD DTSTART:19700101T000000 TZOFFSETFROM:+0900 TZOFFSETTO:+0900"
	always530 = "STANDARD DTSTART:19700101T000000 TZOFFSETFROM:+0530 TZOFFSETTO:+0530"
	malformed = "STANDARD DTSTART:19700101T000000 TZOFFSETFROM:+0100"
)

func TestResolve(t *testing.T) {
	tests := []struct{ name, tzid, def, want string }{
		{"name alone", "Europe/Oslo", "", "Europe/Oslo"},
		{"nothing", "nowhere", "", "-"},
		{"name and its rules", "Europe/Oslo", vtimezone("", cetWinter, cetSummer), "Europe/Oslo"},
		{"Windows name and its rules", "W. Europe Standard Time", vtimezone("", cetWinter, cetSummer), "Europe/Berlin"},
		{"rules alone", "Customized Time Zone", vtimezone("", cetWinter, cetSummer), ""},
		{"rules that somebody changed", "W. Europe Standard Time", vtimezone("", ownWinter, ownSummer), ""},
		{"another zone's rules", "Europe/Berlin", vtimezone("", oldWinter, oldSummer), ""},
		{"another offset", "Europe/Berlin", vtimezone("", always9), "Etc/GMT-9"},
		{"rules of old", "America/New_York", vtimezone("", oldWinter, oldSummer), "America/New_York"},
		{"rules of old, Windows", "Eastern Standard Time", vtimezone("", oldWinter, oldSummer), "America/New_York"},
		{"no daylight saving time written", "Europe/Berlin", vtimezone("", always1), "Europe/Berlin"},
		{"GMT that means London", "GMT", vtimezone("",
			"STANDARD DTSTART:19961027T020000 TZOFFSETFROM:+0100 TZOFFSETTO:+0000 RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10",
			"DAYLIGHT DTSTART:19810329T010000 TZOFFSETFROM:+0000 TZOFFSETTO:+0100 RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3"), ""},
		{"a second early", "Pacific SA Standard Time", vtimezone("",
			"STANDARD DTSTART:16010101T235959 TZOFFSETFROM:-0300 TZOFFSETTO:-0400 RRULE:FREQ=YEARLY;BYDAY=1SA;BYMONTH=4",
			"DAYLIGHT DTSTART:16010101T235959 TZOFFSETFROM:-0400 TZOFFSETTO:-0300 RRULE:FREQ=YEARLY;BYDAY=1SA;BYMONTH=9"), "America/Santiago"},
		{"X-LIC-LOCATION", "mine", vtimezone("X-LIC-LOCATION:Europe/Oslo\n", cetWinter, cetSummer), "Europe/Oslo"},
		{"X-LIC-LOCATION elsewhere", "mine", vtimezone("X-LIC-LOCATION:Asia/Tokyo\n", cetWinter, cetSummer), ""},
		{"X-LIC-LOCATION knows better", "Asia/Tokyo", vtimezone("X-LIC-LOCATION:Europe/Oslo\n", cetWinter, cetSummer), "Europe/Oslo"},
		{"X-LIC-LOCATION, no rules", "mine", vtimezone("X-LIC-LOCATION:Europe/Oslo\n"), "Europe/Oslo"},
		{"X-MICROSOFT-CDO-TZID", "mine", vtimezone("X-MICROSOFT-CDO-TZID:4\n", cetWinter, cetSummer), "Europe/Berlin"},
		{"X-MICROSOFT-CDO-TZID out of range", "mine", vtimezone("X-MICROSOFT-CDO-TZID:99\n", cetWinter, cetSummer), ""},
		{"TZNAME", "mine", vtimezone("", cetWinter+" TZNAME:Europe/Paris", cetSummer), "Europe/Paris"},
		{"TZNAME that is an abbreviation", "mine", vtimezone("", cetWinter+" TZNAME:CET", cetSummer+" TZNAME:CEST"), ""},
		{"whole hours", "mine", vtimezone("", always9), "Etc/GMT-9"},
		{"half hours", "mine", vtimezone("", always530), ""},
		{"malformed, named", "Europe/Oslo", vtimezone("", malformed), "Europe/Oslo"},
		{"malformed", "mine", vtimezone("", malformed), "-"},
		{"empty", "mine", vtimezone(""), "-"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var def *contentline.Component
			if tt.def != "" {
				def = parse(t, tt.def)
			}
			got := "-"
			if z, ok := Resolve(tt.tzid, def); ok {
				got = z.Name()
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestRules says when the clock changes by a rule, in the words of many programs.
func TestRules(t *testing.T) {
	tests := []struct{ name, summer, local, utc string }{
		{"before", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "2024-03-31 01:59:59", "2024-03-31 00:59:59"},
		{"last Sunday", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "2024-03-31 03:00:00", "2024-03-31 01:00:00"},
		{"small letters", "RRULE:freq=yearly;bymonth=3;byday=-1su", "2024-03-31 03:00:00", "2024-03-31 01:00:00"},
		{"second Sunday", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU", "2024-03-10 03:00:00", "2024-03-10 01:00:00"},
		{"Sunday from the 8th", "RRULE:FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=8,9,10,11,12,13,14;BYDAY=SU", "2024-03-10 03:00:00", "2024-03-10 01:00:00"},
		{"last by position", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=SU;BYSETPOS=-1", "2024-03-31 03:00:00", "2024-03-31 01:00:00"},
		{"third by position", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=SU;BYSETPOS=3", "2024-03-17 03:00:00", "2024-03-17 01:00:00"},
		{"monthly", "RRULE:FREQ=MONTHLY;BYMONTH=3;BYDAY=-1SU", "2024-03-31 03:00:00", "2024-03-31 01:00:00"},
		{"day of the month", "RRULE:FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=20", "2024-03-20 03:00:00", "2024-03-20 01:00:00"},
		{"day from the end", "RRULE:FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=-1", "2024-03-31 03:00:00", "2024-03-31 01:00:00"},
		{"day of the start", "RRULE:FREQ=YEARLY", "2024-03-05 03:00:00", "2024-03-05 01:00:00"},
		{"its own hour", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;BYHOUR=5", "2024-03-31 04:59:59", "2024-03-31 03:59:59"},
		{"Lotus", "RRULE:FREQ=YEARLY;BYMINUTE=0;BYHOUR=2;BYDAY=-1SU;BYMONTH=3", "2024-03-31 03:00:00", "2024-03-31 01:00:00"},
		{"its own minute", "RRULE:FREQ=YEARLY;BYSECOND=30;BYMINUTE=15;BYMONTH=3;BYDAY=-1SU", "2024-03-31 02:15:29", "2024-03-31 01:15:29"},
		{"after its own minute", "RRULE:FREQ=YEARLY;BYSECOND=30;BYMINUTE=15;BYMONTH=3;BYDAY=-1SU", "2024-03-31 03:15:30", "2024-03-31 01:15:30"},
		{"ended", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;UNTIL=20230326T010000Z", "2024-04-15 12:00:00", "2024-04-15 11:00:00"},
		{"not ended yet", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;UNTIL=20240331T010000Z", "2024-04-15 12:00:00", "2024-04-15 10:00:00"},
		{"ended by a local time", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;UNTIL=20240331T020000", "2024-04-15 12:00:00", "2024-04-15 10:00:00"},
		{"ended by a date", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;UNTIL=20240331", "2024-04-15 12:00:00", "2024-04-15 10:00:00"},
		{"counted out", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;COUNT=4", "2024-04-15 12:00:00", "2024-04-15 11:00:00"},
		{"counted", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;COUNT=5", "2024-04-15 12:00:00", "2024-04-15 10:00:00"},
		{"every other year", "RRULE:FREQ=YEARLY;INTERVAL=2;BYMONTH=3;BYDAY=-1SU", "2023-04-15 12:00:00", "2023-04-15 11:00:00"},
		{"in the other year", "RRULE:FREQ=YEARLY;INTERVAL=2;BYMONTH=3;BYDAY=-1SU", "2024-04-15 12:00:00", "2024-04-15 10:00:00"},
		{"plus sign, blank and end", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY= +2SU;WKST=MO;", "2024-03-10 03:00:00", "2024-03-10 01:00:00"},
		{"once", "X-NONE:1", "2024-04-15 12:00:00", "2024-04-15 11:00:00"},
		{"dates", "RDATE:20230401T020000,20240401T020000", "2024-04-15 12:00:00", "2024-04-15 10:00:00"},
		{"dates on several lines", "RDATE:20230401T020000\nRDATE:20240401T020000", "2024-04-15 12:00:00", "2024-04-15 10:00:00"},
		{"dates that are days", "RDATE;VALUE=DATE:20240401", "2024-04-01 01:00:00", "2024-03-31 23:00:00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			def := parse(t, "BEGIN:VTIMEZONE\nTZID:x\nBEGIN:STANDARD\nDTSTART:20201101T030000\n"+
				"TZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nRRULE:FREQ=YEARLY\nEND:STANDARD\nBEGIN:DAYLIGHT\n"+
				"DTSTART:20200305T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\n"+tt.summer+"\nEND:DAYLIGHT\nEND:VTIMEZONE\n")
			z, ok := Resolve("mine", def)
			if !ok {
				t.Fatal("not understood")
			}
			if got := instantOf(t, z, tt.local).UTC().Format(time.DateTime); got != tt.utc {
				t.Errorf("got %s, want %s", got, tt.utc)
			}
		})
	}
}

func TestRulesRefused(t *testing.T) {
	const good = "DTSTART:20200329T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\n"
	tests := []struct{ name, old, new string }{
		{"no start", "DTSTART:20200329T020000\n", ""},
		{"start that is no time", "20200329T020000", "soon"},
		{"start in month 13", "20200329T", "20201329T"},
		{"no offset before", "TZOFFSETFROM:+0100\n", ""},
		{"no offset after", "TZOFFSETTO:+0200\n", ""},
		{"offset that is none", "+0200", "east"},
		{"offset of a day", "+0200", "+2400"},
		{"offset with a rest", "+0200", "+0200000"},
		{"every second", "FREQ=YEARLY", "FREQ=SECONDLY"},
		{"every month", "FREQ=YEARLY;BYMONTH=3", "FREQ=MONTHLY"},
		{"no frequency", "FREQ=YEARLY;", ""},
		{"two months", "BYMONTH=3", "BYMONTH=3,4"},
		{"no such month", "BYMONTH=3", "BYMONTH=13"},
		{"no such day", "-1SU", "-1XX"},
		{"no such Sunday", "-1SU", "-9SU"},
		{"every Sunday", "BYMONTH=3;BYDAY=-1SU", "BYDAY=SU"},
		{"days without end", "-1SU", strings.Repeat("SU,", 40) + "SU"},
		{"week numbers", "BYDAY=-1SU", "BYWEEKNO=13"},
		{"no interval", "FREQ=YEARLY", "FREQ=YEARLY;INTERVAL=0"},
		{"no count", "FREQ=YEARLY", "FREQ=YEARLY;COUNT=0"},
		{"end that is no time", "FREQ=YEARLY", "FREQ=YEARLY;UNTIL=never"},
		{"dates that are none", "RRULE:", "RDATE:20210101T000000,,\nRRULE:"},
		{"periods", "RRULE:", "RDATE;VALUE=PERIOD:20210101T000000/PT1H\nRRULE:"},
		{"too many dates", "RRULE:", "RDATE:20210101T000000" + strings.Repeat(",20210101T000000", maxDates) + "\nRRULE:"},
		{"too many rules", "RRULE:", strings.Repeat("RRULE:FREQ=YEARLY\n", maxRules) + "RRULE:"},
	}
	wrap := func(s string) *contentline.Component {
		return parse(t, "BEGIN:VTIMEZONE\nBEGIN:DAYLIGHT\n"+s+"END:DAYLIGHT\nEND:VTIMEZONE\n")
	}
	if _, ok := Resolve("mine", wrap(good)); !ok {
		t.Fatal("the good one is not understood")
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bad := strings.Replace(good, tt.old, tt.new, 1)
			if bad == good {
				t.Fatal("nothing replaced")
			}
			if z, ok := Resolve("mine", wrap(bad)); ok {
				t.Errorf("understood as %s", z.Key())
			}
		})
	}
}

// TestManyTypes has as many kinds of time as are allowed, and one more.
func TestManyTypes(t *testing.T) {
	def := func(n int) *contentline.Component {
		var obs []string
		for i := range n {
			obs = append(obs, fmt.Sprintf("DAYLIGHT DTSTART:%d0101T000000 TZOFFSETFROM:+0000 TZOFFSETTO:+%02d%02d TZNAME:A%d",
				1950+i, i/60, i%60, i))
		}
		return parse(t, vtimezone("", obs...))
	}
	z, ok := Resolve("mine", def(maxObservances))
	if !ok {
		t.Fatal("not understood")
	}
	if got := offsetAt(z.Location(), time.Date(2199, 6, 1, 0, 0, 0, 0, time.UTC).Unix()); got != 249*60 {
		t.Errorf("the last offset is %d", got)
	}
	if _, ok := Resolve("mine", def(maxObservances+1)); ok {
		t.Error("one too many is understood")
	}
}

// TestKeyOfRules says what two VTIMEZONEs may differ in and mean the same.
func TestKeyOfRules(t *testing.T) {
	key := func(def string) string {
		z, ok := Resolve("mine", parse(t, def))
		if !ok {
			t.Fatalf("not understood: %s", def)
		}
		return z.Key()
	}
	base := key(vtimezone("", ownWinter, ownSummer))
	tests := []struct {
		name, def string
		same      bool
	}{
		{"order", vtimezone("", ownSummer, ownWinter), true},
		{"names", vtimezone("X-A:B\n", ownWinter+" TZNAME:W", ownSummer+" TZNAME:S"), true},
		{"start", vtimezone("", strings.Replace(ownWinter, "1601", "1970", 1), strings.Replace(ownSummer, "1601", "1970", 1)), true},
		{"words", vtimezone("", strings.Replace(ownWinter, "BYDAY=1SU", "BYMONTHDAY=1,2,3,4,5,6,7;BYDAY=SU", 1), ownSummer), true},
		{"day", vtimezone("", strings.Replace(ownWinter, "1SU", "2SU", 1), ownSummer), false},
		{"hour", vtimezone("", strings.Replace(ownWinter, "T03", "T04", 1), ownSummer), false},
		{"no summer", vtimezone("", ownWinter), false},
		{"no change", vtimezone("", always1), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := key(tt.def); (got == base) != tt.same {
				t.Errorf("got %s, base %s", got, base)
			}
		})
	}
}

// TestNameWinsOverItsOwnRules holds for every zone and every span of years that somebody may have exported.
func TestNameWinsOverItsOwnRules(t *testing.T) {
	for _, name := range allNames() {
		loc := mustNamed(t, name).Location()
		for from := 1995; from < 2036; from += 3 {
			for _, years := range []int{0, 4} {
				z, ok := Resolve(name, Component(name, loc, from, from+years))
				if !ok || z.Name() != name {
					t.Errorf("%s %d–%d: got %v", name, from, from+years, z)
				}
			}
		}
	}
}

func FuzzResolve(f *testing.F) {
	f.Add("W. Europe Standard Time", vtimezone("", cetWinter, cetSummer))
	f.Add("mine", vtimezone("X-LIC-LOCATION:Europe/Oslo\n", ownWinter, ownSummer))
	f.Add("mine", vtimezone("X-MICROSOFT-CDO-TZID:10\n", oldWinter+" TZNAME:EST", oldSummer+" RDATE:20240101T000000"))
	f.Add("mine", vtimezone("", always530, malformed))
	f.Add("mine", vtimezone("", "STANDARD DTSTART:00010101 TZOFFSETFROM:-235959 TZOFFSETTO:235959 RRULE:FREQ=YEARLY;COUNT=10000"))
	f.Fuzz(func(t *testing.T, tzid, text string) {
		all, err := contentline.Parse([]byte(text), contentline.MIMEDir, contentline.Limits{Bytes: 1 << 16})
		if err != nil || len(all) == 0 {
			return
		}
		z, ok := Resolve(tzid, all[0])
		if ok != (z != nil) {
			t.Fatalf("%v, %v", z, ok)
		}
		if !ok {
			return
		}
		if z.Key() == "" || z.Location() == nil {
			t.Fatal("no key or no location")
		}
		checkWritten(t, z)
	})
}

func BenchmarkResolve(b *testing.B) {
	named := parse(b, vtimezone("", cetWinter, cetSummer))
	own := parse(b, vtimezone("", ownWinter, ownSummer))
	b.Run("named", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Resolve("W. Europe Standard Time", named)
		}
	})
	b.Run("contradicted", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Resolve("W. Europe Standard Time", own)
		}
	})
	b.Run("by rules to a location", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			z, _ := Resolve("mine", own)
			z.Location()
		}
	})
}
