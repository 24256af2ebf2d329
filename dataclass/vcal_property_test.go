package dataclass

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/bindery-sync/bindery/dataclass/contentline"
	"github.com/bindery-sync/bindery/dataclass/recur"
	"github.com/bindery-sync/bindery/dataclass/zone"
)

// meetings gives the first times at which the event of a tree of iCalendar begins, and how long it lasts.
func meetings(t rapid.TB, root *contentline.Component, limit int) []string {
	t.Helper()
	z := newZones(root)
	var c *contentline.Component
	for i := range root.Props {
		if p := root.Props[i].Comp; p != nil && isTimed(p) {
			c = p
			break
		}
	}
	start, ok := momentOf(c.Find("DTSTART"))
	if !ok {
		t.Fatalf("no start in\n%s", contentline.Print(root, contentline.MIMEDir))
	}
	find := func(tzid string) *time.Location {
		if at := z.find(tzid); at != nil {
			return at.Location()
		}
		t.Fatalf("no zone %q", tzid)
		return nil
	}
	set := recur.Set{Start: startOf(start, z.instant, find)}
	for i := range c.Props {
		p := &c.Props[i]
		switch {
		case p.Is("RRULE"):
			r, err := recur.Parse(p.Value)
			if err != nil {
				t.Fatalf("rule %q: %v", p.Value, err)
			}
			set.Rules = append(set.Rules, r)
		case p.Is("RDATE"), p.Is("EXDATE"):
			for _, text := range strings.Split(p.Value, ",") {
				m, ok := parseMoment(text, tzidOf(p))
				if !ok || m.date != start.date || (m.tzid == "" && !m.utc) != set.Start.Floating && !start.date {
					t.Fatalf("%s: %q does not fit the start", p.Name, text)
				}
				at := m.wall()
				if known, ok := z.instant(m); ok {
					at = known
				}
				if p.Is("RDATE") {
					set.RDates = append(set.RDates, at)
				} else {
					set.ExDates = append(set.ExDates, at)
				}
			}
		}
	}
	times, err := set.Between(set.Start.Time.AddDate(-1, 0, 0), set.Start.Time.AddDate(150, 0, 0), limit)
	if err != nil && len(times) < limit {
		t.Fatalf("expand: %v after %d", err, len(times))
	}
	out := []string{lasting(t, c, start, z)}
	for _, at := range times {
		switch {
		case start.date:
			out = append(out, at.Format("2006-01-02"))
		case set.Start.Floating:
			out = append(out, at.Format("2006-01-02T15:04:05"))
		default:
			out = append(out, at.UTC().Format("2006-01-02T15:04:05Z"))
		}
	}
	return out
}

func lasting(t rapid.TB, c *contentline.Component, start moment, z *zones) string {
	p := c.Find("DTEND")
	if p == nil {
		return "0s"
	}
	end, ok := momentOf(p)
	if !ok {
		t.Fatalf("end %q", p.Value)
	}
	a, ok1 := z.instant(start)
	b, ok2 := z.instant(end)
	if ok1 != ok2 {
		t.Fatalf("start and end of different forms: %v, %v", start, end)
	}
	if !ok1 {
		a, b = start.wall(), end.wall()
	}
	return b.Sub(a).String()
}

var meetingZones = []string{
	"Europe/Oslo", "Europe/London", "America/New_York", "America/Los_Angeles", "America/St_Johns", "Australia/Sydney",
	"Australia/Lord_Howe", "Pacific/Auckland", "America/Santiago", "America/Sao_Paulo", "Asia/Kolkata", "Asia/Tokyo",
	"Africa/Johannesburg", "Africa/Casablanca", "Pacific/Apia", "UTC", "floating", "date",
}

var meetingRules = []string{
	"FREQ=DAILY", "FREQ=DAILY;INTERVAL=3;COUNT=40", "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", "FREQ=WEEKLY", "FREQ=WEEKLY;INTERVAL=2",
	"FREQ=WEEKLY;BYDAY=MO", "FREQ=WEEKLY;BYDAY=SU,MO,SA", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU",
	"FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=MO,SU", "FREQ=WEEKLY;COUNT=30;BYDAY=TU,TH", "FREQ=MONTHLY", "FREQ=MONTHLY;BYMONTHDAY=1",
	"FREQ=MONTHLY;BYMONTHDAY=-1", "FREQ=MONTHLY;BYMONTHDAY=28,1", "FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=1,15",
	"FREQ=MONTHLY;BYDAY=2WE", "FREQ=MONTHLY;BYDAY=-1FR;COUNT=20", "FREQ=YEARLY", "FREQ=YEARLY;BYMONTH=1,7", "FREQ=YEARLY;COUNT=5",
	"FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=1", "FREQ=YEARLY;BYYEARDAY=1,200", "FREQ=MONTHLY;BYMONTHDAY=31",
}

// drawMeeting draws an event of iCalendar, with every occurrence of RRULE in it sayable in 1.0.
func drawMeeting(t *rapid.T) *contentline.Component {
	tzid := rapid.SampledFrom(meetingZones).Draw(t, "zone")
	day := time.Date(rapid.IntRange(2004, 2030).Draw(t, "year"), 1, 1, 0, 0, 0, 0, time.UTC).
		AddDate(0, 0, rapid.IntRange(0, 364).Draw(t, "day"))
	m := moment{}.with(day.Add(time.Duration(rapid.IntRange(0, 95).Draw(t, "quarter")) * 15 * time.Minute))
	length := time.Duration(rapid.IntRange(1, 200).Draw(t, "length")) * 15 * time.Minute
	var add []contentline.Property
	switch tzid {
	case "UTC":
		m.utc = true
	case "floating":
	case "date":
		m = moment{date: true}.with(day)
		length = time.Duration(rapid.IntRange(1, 4).Draw(t, "days")) * 24 * time.Hour
	default:
		z, _ := zone.Named(tzid)
		m.tzid = tzid
		// A time that a change of the clock leaps over is nobody's meeting.
		m = m.with(inZone(z.Instant(m.y, m.mo, m.d, m.h, m.mi, m.s), z.Location()))
		add = append(add, contentline.Property{Comp: zone.Component(tzid, z.Location(), m.y, m.y+30)})
	}
	end := m.with(m.wall().Add(length))
	c := &contentline.Component{Name: "VEVENT", Props: []contentline.Property{
		{Name: "UID", Value: "meeting-1"}, m.property("DTSTART"), end.property("DTEND"),
		{Name: "SUMMARY", Value: "Tea; and, cake"},
	}}
	if rapid.Bool().Draw(t, "recurs") {
		rule := rapid.SampledFrom(meetingRules).Draw(t, "rule")
		c.Props = append(c.Props, contentline.Property{Name: "RRULE", Value: rule})
		z := newZones(&contentline.Component{Props: add})
		r, err := recur.Parse(rule)
		if err != nil {
			t.Fatal(err)
		}
		start := startOf(m, z.instant, func(string) *time.Location { return z.find(tzid).Location() })
		times, _ := recur.Set{Start: start, Rules: []recur.Rule{r}}.Between(start.Time, start.Time.AddDate(100, 0, 0), 12)
		for _, at := range times {
			ex := m.with(inZone(at, at.Location())) // which the clocks may have leapt over
			if rapid.IntRange(0, 4).Draw(t, "except") == 0 && ex.h == m.h && ex.mi == m.mi {
				c.Props = append(c.Props, ex.property("EXDATE"))
			}
		}
	}
	root := &contentline.Component{Name: "VCALENDAR", Props: []contentline.Property{{Name: "VERSION", Value: "2.0"}}}
	root.Props = append(append(root.Props, add...), contentline.Property{Comp: c})
	return root
}

// reparse prints and parses a tree, as between two programs.
func reparse(t rapid.TB, root *contentline.Component, d contentline.Dialect) *contentline.Component {
	t.Helper()
	all, err := contentline.Parse(contentline.Print(root, d), d, contentline.Limits{})
	if err != nil || len(all) != 1 {
		t.Fatalf("parse again: %v", err)
	}
	return all[0]
}

func TestNoMeetingMoves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		root := drawMeeting(t)
		down := reparse(t, lowerCalendar(root, lowering{}), contentline.Versit)
		up := reparse(t, raiseCalendar(down), contentline.MIMEDir)
		want, got := meetings(t, root, 60), meetings(t, up, 60)
		if text := string(contentline.Print(down, contentline.Versit)); !strings.Contains(text, "RRULE:") && len(got) <= len(want) {
			want = want[:len(got)] // vCalendar 1.0 cannot say the rule
		}
		if fmt.Sprint(want) != fmt.Sprint(got) {
			t.Fatalf("was\n%s\nlowered\n%s\nraised\n%s\nwant %v\ngot  %v", contentline.Print(root, contentline.MIMEDir),
				contentline.Print(down, contentline.Versit), contentline.Print(up, contentline.MIMEDir), want, got)
		}
		if strings.Contains(string(contentline.Print(up, contentline.MIMEDir)), "TZID:Zone-of-Device") {
			return // the lines of a summer that is cut short may tell more of the zone on the second reading
		}
		again := raiseCalendar(lowerCalendar(up, lowering{}))
		if a, b := neutralSum(up), neutralSum(again); a != b {
			t.Fatalf("not stable:\n%s\nlowered\n%s\nraised again:\n%s", contentline.Print(up, contentline.MIMEDir),
				contentline.Print(lowerCalendar(up, lowering{}), contentline.Versit), contentline.Print(again, contentline.MIMEDir))
		}
	})
}

// TestNoMeetingMovesAtHome is the same for a device that wants local time, whose owner lives in the zone.
func TestNoMeetingMovesAtHome(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		root := drawMeeting(t)
		home, _ := zone.Named("UTC")
		for i := range root.Props {
			if c := root.Props[i].Comp; c != nil && c.Name == "VTIMEZONE" {
				home, _ = zone.Named(c.Find("TZID").Value)
			}
		}
		days := dayStyle(rapid.IntRange(0, 3).Draw(t, "days"))
		down := reparse(t, lowerCalendar(root, lowering{local: home.Location(), days: days}), contentline.Versit)
		text := string(contentline.Print(down, contentline.Versit))
		if strings.Contains(text, "TZ:") || strings.Contains(text, "Z\r\n") && days != daysTo24 {
			t.Fatalf("not local:\n%s", text)
		}
		want, got := meetings(t, root, 60)[1:], meetings(t, raiseCalendar(down), 60)[1:]
		if !strings.Contains(text, "RRULE:") && len(got) <= len(want) {
			want = want[:len(got)]
		}
		for i := range want {
			if at, err := time.Parse("2006-01-02T15:04:05", got[min(i, len(got)-1)]); err == nil && strings.HasSuffix(want[i], "Z") {
				at = home.Instant(at.Year(), int(at.Month()), at.Day(), at.Hour(), at.Minute(), 0)
				got[i] = at.UTC().Format("2006-01-02T15:04:05Z")
			}
			if i >= len(got) || want[i] != got[i] {
				t.Fatalf("was\n%s\nlowered\n%s\nwant %v\ngot  %v", contentline.Print(root, contentline.MIMEDir), text, want, got)
			}
		}
	})
}

// neutralSum is the fingerprint of a tree of iCalendar.
func neutralSum(root *contentline.Component) Fingerprint {
	return (&Item{class: Events, d: cal20, root: root}).Fingerprint()
}
