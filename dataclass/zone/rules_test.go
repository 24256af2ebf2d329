package zone

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/teambition/rrule-go"
	"pgregory.net/rapid"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// drawRule draws an RRULE that readYearly knows.
func drawRule(t *rapid.T) string {
	days := []string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}
	parts := []string{"FREQ=YEARLY", fmt.Sprintf("BYMONTH=%d", rapid.IntRange(1, 12).Draw(t, "month"))}
	wd := rapid.SampledFrom(days).Draw(t, "weekday")
	switch rapid.IntRange(0, 4).Draw(t, "kind") {
	case 0:
		n := rapid.SampledFrom([]int{-5, -4, -3, -2, -1, 1, 2, 3, 4, 5}).Draw(t, "n")
		parts = append(parts, fmt.Sprintf("BYDAY=%d%s", n, wd))
	case 1:
		first := rapid.IntRange(1, 22).Draw(t, "from day")
		list := make([]string, 7)
		for i := range list {
			list[i] = fmt.Sprint(first + i)
		}
		parts = append(parts, "BYDAY="+wd, "BYMONTHDAY="+strings.Join(list, ","))
	case 2:
		parts = append(parts, fmt.Sprintf("BYMONTHDAY=%d", rapid.SampledFrom([]int{1, 15, 28, 29, 30, 31, -1, -7}).Draw(t, "day")))
	case 3:
		parts = append(parts, "BYDAY="+wd, fmt.Sprintf("BYSETPOS=%d", rapid.SampledFrom([]int{-5, -2, -1, 1, 3, 5}).Draw(t, "pos")))
	}
	switch rapid.IntRange(0, 3).Draw(t, "end") {
	case 1:
		parts = append(parts, fmt.Sprintf("COUNT=%d", rapid.IntRange(1, 60).Draw(t, "count")))
	case 2:
		parts = append(parts, fmt.Sprintf("UNTIL=%d0701T000000Z", rapid.IntRange(1971, 2040).Draw(t, "until")))
	}
	if n := rapid.IntRange(1, 4).Draw(t, "interval"); n > 1 {
		parts = append(parts, fmt.Sprintf("INTERVAL=%d", n))
	}
	return strings.Join(parts, ";")
}

// TestRulesAgainstLibrary compares with another implementation of RFC 5545.
func TestRulesAgainstLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := drawRule(t)
		start := time.Date(rapid.IntRange(1970, 2000).Draw(t, "year"), time.Month(rapid.IntRange(1, 12).Draw(t, "start month")),
			rapid.IntRange(1, 28).Draw(t, "start day"), 2, 0, 0, 0, time.UTC)
		opt, err := rrule.StrToROption(text)
		if err != nil {
			t.Fatal(err)
		}
		opt.Dtstart = start
		other, err := rrule.NewRRule(*opt)
		if err != nil {
			t.Fatal(err)
		}
		var want []int64
		for _, at := range other.Between(start, time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC), true) {
			want = append(want, at.Unix())
		}
		var o observance
		if !o.recur(start.Unix(), []string{text}) {
			t.Fatalf("%s is refused", text)
		}
		if len(want) == 0 {
			want = []int64{start.Unix()} // an observance that never begins makes no sense
		}
		r := rules{obs: []observance{o}}
		var got []int64
		for y := 1970; y < 2100; y++ {
			for _, on := range r.year(y) {
				got = append(got, on.at)
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%s from %v: got %v, want %v", text, start, got, want)
		}
	})
}

// drawZone draws a VTIMEZONE as no sane program would write it.
func drawZone(t *rapid.T) *contentline.Component {
	offset := rapid.Custom(func(t *rapid.T) string {
		if rapid.Bool().Draw(t, "plain") {
			return rapid.SampledFrom([]string{"+0000", "+0100", "+0200", "-0500", "+0530"}).Draw(t, "offset")
		}
		return basicOffset(rapid.IntRange(-86399, 86399).Draw(t, "seconds"))
	})
	moment := rapid.Custom(func(t *rapid.T) string {
		at := rapid.Int64Range(-315619200, 2208988800)
		if rapid.Bool().Draw(t, "near") {
			at = rapid.Int64Range(1711800000, 1712000000)
		}
		return time.Unix(at.Draw(t, "at"), 0).UTC().Format(localFormat)
	})
	c := &contentline.Component{Name: "VTIMEZONE"}
	for range rapid.IntRange(1, 6).Draw(t, "observances") {
		o := &contentline.Component{Name: rapid.SampledFrom([]string{"STANDARD", "DAYLIGHT"}).Draw(t, "kind")}
		put(o, "DTSTART", moment.Draw(t, "start"))
		put(o, "TZOFFSETFROM", offset.Draw(t, "from"))
		put(o, "TZOFFSETTO", offset.Draw(t, "to"))
		put(o, "TZNAME", rapid.SampledFrom([]string{"", "CET", `a\;"`, "é", "much too long"}).Draw(t, "name"))
		if rapid.Bool().Draw(t, "has rule") {
			put(o, "RRULE", drawRule(t))
		}
		if rapid.Bool().Draw(t, "has dates") {
			put(o, "RDATE", strings.Join(rapid.SliceOfN(moment, 1, 5).Draw(t, "dates"), ","))
		}
		c.Props = append(c.Props, contentline.Property{Comp: o})
	}
	return c
}

// TestAnyRules holds for every VTIMEZONE: the location shows what the observance that began last says, and
// what is written from it is the same again.
func TestAnyRules(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		def := drawZone(rt)
		text := contentline.Print(def, contentline.MIMEDir)
		r, ok := readRules(def)
		if !ok {
			rt.Fatalf("not understood:\n%s", text)
		}
		all := r.all()
		z := byRules(r)
		unix := rapid.Int64Range(-315619200, 2208988800).Draw(rt, "instant")
		want := all[0].from
		for _, o := range all {
			if o.at <= unix {
				want = o.to
			}
		}
		if got := offsetAt(z.Location(), unix); got != want {
			rt.Fatalf("at %d: got %d, want %d\n%s", unix, got, want, text)
		}
		checkWritten(rt, z)
	})
}

// checkWritten writes a zone in both ways, reads it, and looks at one local time.
func checkWritten(t interface{ Fatalf(string, ...any) }, z *Zone) {
	at := z.Instant(2024, 3, 31, 2, 30, 0)
	if d := at.Sub(time.Date(2024, 3, 31, 2, 30, 0, 0, time.UTC)); d.Abs() >= 24*time.Hour {
		t.Fatalf("a day away: %v", d)
	}
	tz, daylight := z.Versit(2023, 2025)
	if _, ok := FromVersit(tz, daylight); !ok && len(daylight) <= maxLines {
		t.Fatalf("%s %q is not understood", tz, daylight)
	}
	c := Component("x", z.Location(), 2023, 2025)
	again, ok := Resolve("x", c)
	if !ok && len(c.Props) <= maxObservances {
		t.Fatalf("not understood:\n%s", contentline.Print(c, contentline.MIMEDir))
	}
	if !ok {
		return
	}
	if at, differ := firstDifference(z.Location(), again.Location(), 2023, 2025); differ {
		t.Fatalf("written and read it is wrong at %v:\n%s", at, contentline.Print(c, contentline.MIMEDir))
	}
}
