package dataclass

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass/recur"
)

var eventEdits = []struct {
	name        string
	edit        func(Event)
	gone, fresh string // lines, joined by |
}{
	{"summary", func(e Event) { e.SetSummary("a;b") }, "Summary;LANGUAGE=nb:Møte\\, kaf| fe", `Summary;LANGUAGE=nb:a\;b`},
	{"body", func(e Event) { e.SetBody("x\r\ny") }, `DESCRIPTION;ALTREP="cid:1":first line\nsecond`, `DESCRIPTION;ALTREP="cid:1":x\ny`},
	{"no body", func(e Event) { e.SetBody("") }, `DESCRIPTION;ALTREP="cid:1":first line\nsecond`, ""},
	{"new text", func(e Event) { e.SetText("COMMENT", "c") }, "", "COMMENT:c"},
	{"location", func(e Event) { e.SetLocation("Room 2") }, "LOCATION:Room 1", "LOCATION:Room 2"},
	{"URL", func(e Event) { e.SetURL("http://example.org/c,d") }, "URL:http://example.org/a,b", "URL:http://example.org/c,d"},
	{"status", func(e Event) { e.SetStatus("cancelled") }, "STATUS:confirmed", "STATUS:CANCELLED"},
	{"class", func(e Event) { e.SetClass("") }, "CLASS:PRIVATE", ""},
	{"priority", func(e Event) { e.SetPriority(12) }, "PRIORITY:5", "PRIORITY:9"},
	{"transparent", func(e Event) { e.SetTransparent(true) }, "TRANSP:OPAQUE", "TRANSP:TRANSPARENT"},
	{"place", func(e Event) { e.SetGeo(-1, 2.5) }, "GEO:59.9;10.7", "GEO:-1.000000;2.500000"},
	{"no place on earth", func(e Event) { e.SetGeo(91, 0) }, "", ""},
	{"no place", func(e Event) { e.ClearGeo() }, "GEO:59.9;10.7", ""},
	{"start in UTC", func(e Event) { e.SetStart(When{Time: time.Date(2024, 3, 5, 8, 0, 0, 0, time.UTC)}) },
		`dtstart;X-A=b;TZID="Our Zone":20240304T090000`, "dtstart;X-A=b:20240305T080000Z"},
	{"start on a day", func(e Event) { e.SetStart(When{Time: time.Date(2024, 3, 5, 8, 0, 0, 0, time.UTC), Date: true}) },
		`dtstart;X-A=b;TZID="Our Zone":20240304T090000`, "dtstart;X-A=b;VALUE=DATE:20240305"},
	{"start floating", func(e Event) { e.SetStart(When{Time: time.Date(2024, 3, 5, 8, 0, 0, 0, time.UTC), Floating: true}) },
		`dtstart;X-A=b;TZID="Our Zone":20240304T090000`, "dtstart;X-A=b:20240305T080000"},
	{"start in the same zone", func(e Event) { e.SetStart(When{Time: time.Date(2024, 7, 1, 8, 0, 0, 0, time.UTC), Zone: "Our Zone"}) },
		`dtstart;X-A=b;TZID="Our Zone":20240304T090000`, `dtstart;X-A=b;TZID="Our Zone":20240701T100000`},
	{"start in the same zone by its name", func(e Event) {
		e.SetStart(When{Time: time.Date(2024, 7, 1, 8, 0, 0, 0, time.UTC), Zone: "Europe/Oslo"})
	},
		`dtstart;X-A=b;TZID="Our Zone":20240304T090000`, `dtstart;X-A=b;TZID="Our Zone":20240701T100000`},
	{"start that the zone cannot say", func(e Event) {
		e.SetStart(When{Time: time.Date(2024, 10, 27, 1, 30, 0, 0, time.UTC), Zone: "Our Zone"})
	},
		`dtstart;X-A=b;TZID="Our Zone":20240304T090000`, `dtstart;X-A=b:20241027T013000Z`},
	{"start in no year", func(e Event) { e.SetStart(When{Time: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}) }, "", ""},
	{"end", func(e Event) { e.SetEnd(When{Time: time.Date(2024, 3, 4, 11, 0, 0, 0, time.UTC), Zone: "Our Zone"}) },
		"DTEND;TZID=Our Zone:20240304T103000", "DTEND;TZID=Our Zone:20240304T120000"},
	{"duration", func(e Event) { e.SetDuration(26 * time.Hour) }, "DTEND;TZID=Our Zone:20240304T103000", "DURATION:P1DT2H"},
	{"rule", func(e Event) { e.SetRules(recur.Rule{Freq: recur.Daily, Count: 3}) }, "RRULE:freq=WEEKLY;BYDAY=MO", "RRULE:FREQ=DAILY;COUNT=3"},
	{"same rule", func(e Event) { e.SetRules(e.Rules()...) }, "", ""},
	{"no rule", func(e Event) { e.SetRules() }, "RRULE:freq=WEEKLY;BYDAY=MO", ""},
	{"one exception date less", func(e Event) { e.SetExceptionDates(append(e.ExceptionDates()[:1:1], e.ExceptionDates()[2])...) },
		"EXDATE;TZID=Our Zone:20240311T090000,20240318T090000", "EXDATE;TZID=Our Zone:20240311T090000"},
	{"one more", func(e Event) {
		e.SetExceptionDates(append(e.ExceptionDates(), When{Time: time.Date(2024, 4, 8, 7, 0, 0, 0, time.UTC)})...)
	}, "", "EXDATE:20240408T070000Z"},
	{"no exception dates", func(e Event) { e.SetExceptionDates() }, "EXDATE;TZID=Our Zone:20240311T090000,20240318T090000|EXDATE:20240325T080000Z", ""},
	{"no recurrence dates", func(e Event) { e.SetRecurrenceDates() }, "RDATE;VALUE=PERIOD:20240306T080000Z/PT1H", ""},
	{"same recurrence dates", func(e Event) { e.SetRecurrenceDates(e.RecurrenceDates()...) }, "", ""},
	{"one category less", func(e Event) { e.SetCategories("work", "second") }, `CATEGORIES:work,a\,b`, "CATEGORIES:work"},
	{"one category more", func(e Event) { e.SetCategories("second", "work", "a,b", "c,d") }, "", `CATEGORIES:c\,d`},
	{"another category", func(e Event) { e.SetCategories("work", "a,b", "x") }, "CATEGORIES:second", "CATEGORIES:x"},
	{"answer", func(e Event) {
		list := e.Attendees()
		list[0].Status = "DECLINED"
		e.SetAttendees(list)
	}, "ATTENDEE;CN=Ola;X-B=c;PARTSTAT=ACCEPTED;ROLE=CHAIR:mailto:ola@example.org", "ATTENDEE;CN=Ola;X-B=c;PARTSTAT=DECLINED;ROLE=CHAIR:mailto:ola@example.org"},
	{"one attendee less", func(e Event) { e.SetAttendees(e.Attendees()[:1]) }, "ATTENDEE;RSVP=TRUE:mailto:per@example.org", ""},
	{"one attendee more", func(e Event) {
		e.SetAttendees(append(e.Attendees(), Attendee{Address: "a@example.org", Name: `A "B"; C`, Role: "opt-participant", RSVP: true}))
	}, "", `ATTENDEE;CN="A ^'B^'; C";ROLE=OPT-PARTICIPANT;RSVP=TRUE:mailto:a@example.or|g`},
	{"organizer", func(e Event) { e.SetOrganizer(Attendee{Address: "Kari@example.org", Name: "K"}) },
		`ORGANIZER;CN="Example, Kari":MAILTO:kari@example.org`, "ORGANIZER;CN=K:MAILTO:kari@example.org"},
	{"no organizer", func(e Event) { e.SetOrganizer(Attendee{}) }, `ORGANIZER;CN="Example, Kari":MAILTO:kari@example.org`, ""},
	{"attachment", func(e Event) { e.SetAttachments(append(e.Attachments(), Attachment{URI: "cid:2", Name: "a b"})) }, "", "ATTACH;X-FILENAME=a b:cid:2"},
	{"type of an attachment", func(e Event) { e.SetAttachments([]Attachment{{URI: "http://example.org/x.txt"}}) },
		"ATTACH;FMTTYPE=text/plain:http://example.org/x.txt", "ATTACH:http://example.org/x.txt"},
	{"alarm", func(e Event) {
		list := e.Alarms()
		list[0].Offset = -30 * time.Minute
		e.SetAlarms(list)
	}, "TRIGGER:-PT15M", "TRIGGER:-PT30M"},
	{"text of an alarm", func(e Event) {
		list := e.Alarms()
		list[0].Text = "now"
		e.SetAlarms(list)
	}, "DESCRIPTION:soon", "DESCRIPTION:now"},
	{"alarm that does not repeat", func(e Event) {
		list := e.Alarms()
		list[1].Repeat = 0
		e.SetAlarms(list)
	}, "REPEAT:2|DURATION:PT5M", ""},
	{"same alarms in another order", func(e Event) { l := e.Alarms(); e.SetAlarms([]Alarm{l[1], l[0]}) }, "", ""},
	{"alarm relative to the end", func(e Event) { e.SetAlarms(append(e.Alarms(), Alarm{Offset: time.Hour, FromEnd: true, Text: "x"})) }, "",
		"BEGIN:VALARM|ACTION:DISPLAY|TRIGGER;RELATED=END:PT1H|DESCRIPTION:x|END:VALARM"},
	{"exception", func(e Event) { e.Exceptions()[0].SetSummary("b") }, "SUMMARY:moved", "SUMMARY:b"},
	{"no exception", func(e Event) { id, _ := e.Exceptions()[0].RecurrenceID(); e.RemoveException(id) },
		"BEGIN:VEVENT|UID:1234|RECURRENCE-ID;TZID=Our Zone:20240401T090000|DTSTART;TZID=Our Zone:20240401T110000|DTEND;TZID=Our Zone:20240401T120000|SUMMARY:moved|END:VEVENT", ""},
	{"remove", func(e Event) { e.Remove("x-unknown") }, `x-unknown;x-p="a;b":c\,d`, ""},
}

// An edit changes the lines that it has to change and leaves the others as they are.
func TestEventSettersChangeOneLine(t *testing.T) {
	for _, tt := range eventEdits {
		t.Run(tt.name, func(t *testing.T) {
			e := mustEvent(t, richEvent)
			before := e.Item().Body()
			tt.edit(e)
			gone, fresh := changed(before, e.Item().Body())
			join := func(lines []string) string {
				s := strings.ReplaceAll(strings.Join(lines, ""), "\r\n ", "|")
				return strings.TrimSuffix(strings.ReplaceAll(s, "\r\n", "|"), "|")
			}
			if got, want := join(gone), strings.ReplaceAll(tt.gone, "| ", "|"); got != want {
				t.Errorf("gone  %s\nwant  %s", got, want)
			}
			if got := join(fresh); got != tt.fresh {
				t.Errorf("fresh %s\nwant  %s", got, tt.fresh)
			}
		})
	}
}

func TestNewZoneIsAdded(t *testing.T) {
	e := mustEvent(t, richEvent)
	before := e.Item().Body()
	w := When{Time: time.Date(2024, 7, 1, 12, 0, 0, 0, time.UTC), Zone: "America/New_York"}
	e.SetStart(w)
	gone, fresh := changed(before, e.Item().Body())
	if len(gone) != 1 || !slices.Contains(fresh, "TZID:America/New_York\r\n") || !slices.Contains(fresh, `dtstart;X-A=b;TZID=America/New_York:20240701T080000`+"\r\n") {
		t.Errorf("gone %q\nfresh %q", gone, fresh)
	}
	if got := e.Start(); !got.Equal(w) || got.Zone != w.Zone {
		t.Errorf("start %v", got)
	}
	once := string(e.Item().Body().Data)
	e.SetEnd(When{Time: time.Date(2024, 7, 1, 13, 0, 0, 0, time.UTC), Zone: "America/New_York"})
	if n := strings.Count(string(e.Item().Body().Data), "BEGIN:VTIMEZONE"); n != 2 || strings.Count(once, "BEGIN:VTIMEZONE") != 2 {
		t.Errorf("%d zones", n)
	}
}

func TestAddException(t *testing.T) {
	e := mustEvent(t, richEvent)
	before := e.Item().Body()
	x, err := e.AddException(When{Time: time.Date(2024, 4, 8, 7, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	if id, future := x.RecurrenceID(); future || id.Zone != "Our Zone" || !id.Equal(x.Start()) {
		t.Errorf("stands for %v", id)
	}
	if x.Duration() != 90*time.Minute || len(x.Rules()) != 0 || x.Summary() != e.Summary() || len(x.Alarms()) != 2 {
		t.Errorf("says %v", x)
	}
	x.SetSummary("other")
	again, err := e.AddException(When{Time: time.Date(2024, 4, 8, 7, 0, 0, 0, time.UTC)})
	if err != nil || again.Summary() != "other" || len(e.Exceptions()) != 2 {
		t.Errorf("made twice: %v", err)
	}
	if gone, _ := changed(before, e.Item().Body()); len(gone) != 0 {
		t.Errorf("gone %q", gone)
	}
	e.RemoveException(When{Time: time.Date(2024, 4, 8, 7, 0, 0, 0, time.UTC)})
	if after := e.Item().Body(); string(after.Data) != string(before.Data) {
		t.Errorf("not gone:\n%s", after.Data)
	}
	if _, err := mustEvent(t, eventOf("SUMMARY:a")).AddException(When{Time: time.Unix(0, 0)}); !errors.Is(err, ErrMalformed) {
		t.Errorf("no start: %v", err)
	}
}
