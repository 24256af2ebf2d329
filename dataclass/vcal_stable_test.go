package dataclass

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

var versitLines = []string{
	"SUMMARY:Tea; cake, and\\; more", "DESCRIPTION;ENCODING=QUOTED-PRINTABLE:a=0D=0Ab", "LOCATION:Room\\\\1", "STATUS:CONFIRMED",
	"STATUS:NEEDS ACTION", "STATUS:DECLINED", "CLASS:PRIVATE", "TRANSP:1", "TRANSP:0", "PRIORITY:3", "CATEGORIES:MEETING;X-Choir",
	"RESOURCES:EASEL;PROJECTOR", "GEO:1.5,2.5", "URL:http://example.com/a;b,c", "ATTACH;VALUE=URL:file:///a,b;c", "RELATED-TO:other-1",
	"ATTENDEE;ROLE=OWNER;STATUS=SENT:Ada Byte <ada@example.com>", "ATTENDEE;ROLE=ORGANIZER:ben@example.com",
	"ATTENDEE;EXPECT=FYI;RSVP=YES:\"Byte, Cy\" <cy@example.com>", "ATTENDEE;ROLE=DELEGATE;EXPECT=IMMEDIATE:Di", "X-FOO;BAR=1:a;b\\,c",
	"AALARM:20240303T084500Z;;;", "AALARM;TYPE=WAVE;VALUE=URL:20240303T084500Z;PT5M;3;file:///a.wav", "DALARM:20240303T084500Z;;;Go now",
	"DALARM:20240302T090000;PT10M;;", "MALARM:20240303T080000Z;;;ada@example.com;Hello", "PALARM:20240303T080000Z;;;file:///bin/bell",
	"X-EPOCAGENDAENTRYTYPE:EVENT", "X-EPOCAGENDAENTRYTYPE:APPOINTMENT", "X-FUNAMBOL-ALLDAY:0", "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE",
	"DCREATED:20240101T000000", "LAST-MODIFIED:20240101T000000Z", "SEQUENCE:2", "RNUM:3", "EXDATE:20240310T090000Z;20240311", "RDATE:20240404T090000Z",
	"COMPLETED:20240305T000000Z", "no colon at all", "FOO:bar",
}

// TestRaisingSettles generates items as devices write them: what is raised survives lowering and raising.
func TestRaisingSettles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		form := rapid.SampledFrom([]string{"T000000", "T000000Z", "T090000", "T090000Z", "T233000Z", "T230000Z", ""}).Draw(t, "form")
		at := time.Date(2024, 3, 3, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 366).Draw(t, "day"))
		until := at.AddDate(0, 0, rapid.IntRange(0, 2).Draw(t, "days"))
		end := rapid.SampledFrom([]string{form, "T000000", "T235900", "T240000Z", "T100000", "T100000Z"}).Draw(t, "end")
		name := rapid.SampledFrom([]string{"VEVENT", "VTODO"}).Draw(t, "name")
		lines := []string{"DTSTART:" + at.Format("20060102") + form}
		if name == "VTODO" {
			lines = append(lines, "DUE:"+until.Format("20060102")+end)
		} else {
			lines = append(lines, "DTEND:"+until.Format("20060102")+end)
		}
		if rapid.Bool().Draw(t, "recurs") {
			lines = append(lines, "RRULE:"+rapid.SampledFrom([]string{
				"D1 #0", "D2 #5", "W1 #0", "W2 MO WE #0", "W1 SU #4", "MD1 #0", "MD1 1 LD #0", "MP1 1+ TU #0", "YM1 #0", "YD1 #0", "D1 20240601",
				"W1 20250101T230000Z", "D1", "MP1 2+ WE 1- FR #3", "W1 TU 1200 TH 1130 #10",
			}).Draw(t, "rule"))
		}
		lines = append(lines, rapid.SliceOfNDistinct(rapid.SampledFrom(versitLines), 0, 8, rapid.ID[string]).Draw(t, "lines")...)
		zone := rapid.SampledFrom([]string{"", berlin, "TZ:+05:30\nDAYLIGHT:FALSE\n--\n", "TZ:-05\n--\n", "TZ:bad\n--\n"}).Draw(t, "zone")
		root := calendarTree(t, "1.0", name, zone+strings.Join(lines, "\n"))
		up := reparse(t, raiseCalendar(root), contentline.MIMEDir)
		down := reparse(t, lowerCalendar(up, lowering{}), contentline.Versit)
		again := raiseCalendar(down)
		if neutralSum(up) != neutralSum(again) {
			t.Fatalf("lines\n%s\nraised\n%s\nlowered\n%s\nraised again\n%s", strings.Join(lines, "\n"), itemLines(up, contentline.MIMEDir),
				contentline.Print(down, contentline.Versit), itemLines(again, contentline.MIMEDir))
		}
	})
}

// TestCalendarsAreBounded converts lists and trees as long as a parser lets through.
func TestCalendarsAreBounded(t *testing.T) {
	days := make([]string, 9000)
	for i := range days {
		days[i] = time.Date(2000, 1, 1+i, 9, 0, 0, 0, time.UTC).Format("20060102T150405Z")
	}
	exdate := "DTSTART:20000101T090000Z\nRRULE:D1 #0\nEXDATE:" + strings.Join(days, ";")
	up := raiseCalendar(versitEvent(t, exdate))
	if n := strings.Count(itemLines(up, contentline.MIMEDir), ",") + 1; n != maxList {
		t.Errorf("%d exceptions raised, want %d", n, maxList)
	}
	ical := calendarTree(t, "2.0", "VEVENT", "DTSTART:20000101T090000Z\nRRULE:FREQ=DAILY\nEXDATE:"+strings.Join(days, ","))
	down := lowerCalendar(ical, lowering{})
	if n := strings.Count(itemLines(down, contentline.Versit), ";") + 1; n != maxList {
		t.Errorf("%d exceptions lowered, want %d", n, maxList)
	}
	many := &contentline.Component{Name: "VCALENDAR"}
	for i := range 3000 {
		c := &contentline.Component{Name: "VEVENT", Props: []contentline.Property{
			{Name: "DTSTART", Value: "20000101T090000Z"}, {Name: "RRULE", Value: "FREQ=DAILY"},
			{Name: "RECURRENCE-ID", Value: fmt.Sprintf("2000%02d%02dT090000Z", i/28%12+1, i%28+1)}}}
		many.Props = append(many.Props, contentline.Property{Comp: c})
	}
	many.Props = append(many.Props, contentline.Property{Comp: &contentline.Component{Name: "VEVENT", Props: []contentline.Property{
		{Name: "DTSTART", Value: "20000101T090000Z"}, {Name: "RRULE", Value: "FREQ=DAILY"}}}})
	got := itemLines(lowerCalendar(many, lowering{}), contentline.Versit)
	if n := strings.Count(got, "20000101T090000Z"); n != 2 || strings.Count(got, ";") != 334 {
		t.Errorf("got %d, %.400s", n, got)
	}
}

// TestCalendarsCostWhatTheyHold counts what n and 2n properties of each sort allocate.
func TestCalendarsCostWhatTheyHold(t *testing.T) {
	for _, line := range []string{
		"EXDATE:20240310T090000Z", "RDATE:20240404T090000Z", "ATTENDEE;ROLE=OWNER:Ada <ada@example.com>", "AALARM:20240303T084500Z",
		"DALARM:20240303T084500Z;;;x", "CATEGORIES:a;b;c", "RRULE:W1 SU #0", "X-FUNAMBOL-ALLDAY:0", "DTSTART:20240303T090000Z", "DESCRIPTION:a",
	} {
		cost := func(n int) float64 {
			root := versitEvent(t, "DTSTART:20240303T090000Z\nDTEND:20240303T100000Z\nRRULE:D1 #3\n"+strings.Repeat(line+"\n", n))
			return testing.AllocsPerRun(2, func() { lowerCalendar(raiseCalendar(root), lowering{}) })
		}
		if once, twice := cost(1000), cost(2000); twice > 2.5*once+1000 {
			t.Errorf("%s: %v allocations, twice as many: %v", line, once, twice)
		}
	}
}
