package face

import (
	"net/http"
	"strings"
	"testing"
)

// expandOf gives the answer to who asks for the instances of one event in a range.
func expandOf(w *world, name, start, end string) string {
	return w.ask(http.StatusMultiStatus, "REPORT", events, asked(name, `<cal:expand start="`+start+`" end="`+end+`"/>`)).body
}

// A series is never sent as if it were its instances: whoever cannot be told all of them is told why.
func TestExpandOfMuch(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		name, rule, start, end string
		instances              int
		status, condition      string // of the content; "" if it is told
	}{
		{"minutes", "FREQ=MINUTELY;COUNT=2000000000", "20360101T100000Z", "20360101T110000Z", 60, "", ""},
		{"seconds", "FREQ=SECONDLY;COUNT=900000000", "20280101T100000Z", "20280101T100100Z", 60, "", ""},
		{"days", "FREQ=DAILY;COUNT=100000", "20600101T000000Z", "20600111T000000Z", 10, "", ""},
		{"none", "FREQ=MINUTELY;COUNT=20", "20360101T100000Z", "20360101T110000Z", 0, "", ""},
		{"a year of hours", "FREQ=HOURLY", "20270101T000000Z", "20280101T000000Z", 0, "507", "number-of-matches-within-limits"},
		{"an hour of seconds", "FREQ=SECONDLY", "20270101T000000Z", "20270101T010000Z", 0, "507", "number-of-matches-within-limits"},
		{"no such hour", "FREQ=SECONDLY;BYHOUR=25", "20270101T000000Z", "20270101T010000Z", 0, "403", "valid-calendar-data"},
		{"no step", "FREQ=DAILY;INTERVAL=0", "20270101T000000Z", "20270101T010000Z", 0, "403", "valid-calendar-data"},
		{"another calendar", "RSCALE=HEBREW;FREQ=YEARLY;BYMONTH=5L", "20270101T000000Z", "20270101T010000Z", 0, "403", "valid-calendar-data"},
	} {
		t.Run(c.name, func(t *testing.T) {
			name := strings.ReplaceAll(c.name, " ", "-")
			sent := eventOf(name, "DTSTART:20260102T100000Z", "DURATION:PT1S", "RRULE:"+c.rule)
			w.ask(http.StatusCreated, "PUT", events+name, sent)
			got := expandOf(w, name, c.start, c.end)
			if n := strings.Count(got, "RECURRENCE-ID:"); n != c.instances || strings.Contains(got, "RRULE") {
				t.Errorf("%d instances, want %d: %.900s", n, c.instances, got)
			}
			if c.status != "" && !(strings.Contains(got, " "+c.status+" ") && strings.Contains(got, c.condition)) {
				t.Errorf("no %s %s in %s", c.status, c.condition, got)
			}
			if a := w.ask(http.StatusOK, "GET", events+name, ""); a.body != sent {
				t.Errorf("the bytes are not those that were sent: %s", a.body)
			}
		})
	}
}

// Who looks for a free time is not told that an event does not take place because its rule cannot be read.
func TestFreeBusyOfMuch(t *testing.T) {
	w := newWorld(t)
	ask := func(day string) string {
		return `<c:free-busy-query xmlns:c="urn:ietf:params:xml:ns:caldav"><c:time-range start="` + day + `T000000Z" end="` + day + `T235959Z"/></c:free-busy-query>`
	}
	w.ask(http.StatusCreated, "PUT", events+"odd", eventOf("odd", "DTSTART:20260504T100000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;BYHOUR=25"))
	a := w.ask(http.StatusOK, "REPORT", events, ask("20260504"))
	if !strings.Contains(a.body, "FREEBUSY:20260504T100000Z/20260504T110000Z") {
		t.Error(a.body)
	}
	if a = w.ask(http.StatusOK, "REPORT", events, ask("20260505")); strings.Contains(a.body, "FREEBUSY:") {
		t.Error(a.body)
	}
	w.ask(http.StatusCreated, "PUT", events+"much", eventOf("much", "DTSTART:20260504T100000Z", "DURATION:PT1S", "RRULE:FREQ=SECONDLY"))
	a = w.ask(http.StatusForbidden, "REPORT", events, ask("20260505"))
	if !strings.Contains(a.body, "number-of-matches-within-limits") {
		t.Error(a.body)
	}
}
