package face

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// What the test suites of other servers and clients found here.

const journals = "/dav/calendars/ann/notes/"

// journalOf makes a journal entry.
func journalOf(uid string, inside ...string) string {
	return strings.ReplaceAll(eventOf(uid, inside...), "VEVENT", "VJOURNAL")
}

// The user's fear: notes of days that come again are on one device and not on the other.
func TestJournalsRecur(t *testing.T) {
	w := newWorld(t)
	w.ask(http.StatusCreated, "PUT", journals+"yearly", journalOf("yearly", "DTSTART:20000101T090000Z", "RRULE:FREQ=YEARLY"))
	w.ask(http.StatusCreated, "PUT", journals+"day", journalOf("day", "DTSTART;VALUE=DATE:20000101"))
	w.ask(http.StatusCreated, "PUT", journals+"undated", journalOf("undated"))
	w.ask(http.StatusCreated, "PUT", journals+"moved", journalOf("moved", "DTSTART:20050101T090000Z", "RRULE:FREQ=YEARLY;COUNT=2",
		"END:VJOURNAL", "BEGIN:VJOURNAL", "UID:moved", "DTSTAMP:20260101T000000Z", "RECURRENCE-ID:20060101T090000Z", "DTSTART:20060301T090000Z"))
	for _, c := range []struct {
		name, from, to string
		want           []string
	}{
		{"the first", "19991229T000000Z", "20000202T000000Z", []string{"day", "yearly"}},
		{"within the day", "20000101T120000Z", "20000101T130000Z", []string{"day"}},
		{"another instance", "20051229T000000Z", "20060102T000000Z", []string{"yearly"}},
		{"a moved one", "20060228T000000Z", "20060302T000000Z", []string{"moved"}},
		{"far away", "20131229T000000Z", "21520202T000000Z", []string{"yearly"}},
		{"between instances", "20060102T000000Z", "20060202T000000Z", nil},
		{"before all", "19981229T000000Z", "19991012T000000Z", nil},
	} {
		body := calQuery("VJOURNAL", `<cal:time-range start="`+c.from+`" end="`+c.to+`"/>`)
		if got := hrefsIn(t, w.ask(http.StatusMultiStatus, "REPORT", journals, body).body); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v instead of %v", c.name, got, c.want)
		}
	}
	body := request("cal:calendar-multiget", "<d:href>"+journals+"moved</d:href>", "cal:calendar-data")
	body = strings.Replace(body, "<cal:calendar-data/>", `<cal:calendar-data><cal:expand start="20050101T000000Z" end="20070101T000000Z"/></cal:calendar-data>`, 1)
	a := w.ask(http.StatusMultiStatus, "REPORT", journals, body)
	for _, line := range []string{"BEGIN:VJOURNAL", "DTSTART:20050101T090000Z", "RECURRENCE-ID:20060101T090000Z", "DTSTART:20060301T090000Z"} {
		if !strings.Contains(a.body, line) {
			t.Errorf("no %s in %s", line, a.body)
		}
	}
	if strings.Contains(a.body, "VEVENT") || strings.Contains(a.body, "RRULE") {
		t.Error(a.body)
	}
}

// A task that only says when it is due is in a range that does not begin then and may end then (RFC 4791 section 9.9).
func TestTasksThatAreOnlyDue(t *testing.T) {
	w := newWorld(t)
	tasks := "/dav/calendars/ann/tasks/"
	w.ask(http.StatusCreated, "PUT", tasks+"due", strings.ReplaceAll(eventOf("due", "DUE:20130901T160000Z"), "VEVENT", "VTODO"))
	for _, c := range []struct {
		from, to string
		want     bool
	}{
		{"20130901T160000Z", "20130901T183000Z", false}, {"20130901T155959Z", "20130901T160000Z", true},
		{"20130901T150000Z", "20130901T170000Z", true}, {"20130901T150000Z", "20130901T155959Z", false},
	} {
		body := calQuery("VTODO", `<cal:time-range start="`+c.from+`" end="`+c.to+`"/>`)
		if got := len(hrefsIn(t, w.ask(http.StatusMultiStatus, "REPORT", tasks, body).body)) == 1; got != c.want {
			t.Errorf("%s to %s: %v", c.from, c.to, got)
		}
	}
}

// Old clients say is-defined, and return-minimal.
func TestWordsOfDrafts(t *testing.T) {
	w := newWorld(t)
	w.ask(http.StatusCreated, "PUT", events+"a", eventOf("a", "DTSTART:20260101T100000Z", "LOCATION;ALTREP=\"cid:x\":here"))
	w.ask(http.StatusCreated, "PUT", events+"b", eventOf("b", "DTSTART:20260101T100000Z"))
	for inside, want := range map[string]int{
		"<cal:is-defined/>": 2, `<cal:prop-filter name="LOCATION"><cal:is-defined/></cal:prop-filter>`: 1,
		`<cal:prop-filter name="LOCATION"><cal:param-filter name="ALTREP"><cal:is-defined/></cal:param-filter></cal:prop-filter>`: 1,
	} {
		if got := hrefsIn(t, w.ask(http.StatusMultiStatus, "REPORT", events, calQuery("VEVENT", inside)).body); len(got) != want {
			t.Errorf("%s: %v", inside, got)
		}
	}
	patch := `<d:propertyupdate xmlns:d="DAV:"><d:set><d:prop><x xmlns="urn:x">1</x></d:prop></d:set></d:propertyupdate>`
	w.ask(http.StatusOK, "PROPPATCH", events, patch, "Prefer: return-minimal")
}

// Who asks for all properties is told of none that they are missing.
func TestAllPropertiesMissNothing(t *testing.T) {
	w := newWorld(t)
	w.ask(http.StatusCreated, "MKCALENDAR", "/dav/calendars/ann/new/", "")
	for _, body := range []string{"", `<propfind xmlns="DAV:"><allprop/></propfind>`, `<propfind xmlns="DAV:"><propname/></propfind>`} {
		for _, path := range []string{"/dav/", "/dav/calendars/ann/new/", events, contacts, "/dav/principals/ann/", "/dav/files/ann/"} {
			if a := w.ask(http.StatusMultiStatus, "PROPFIND", path, body, "Depth: 0"); strings.Contains(a.body, "404") {
				t.Errorf("%s %s: %s", path, body, a.body)
			}
		}
	}
	a := w.ask(http.StatusMultiStatus, "PROPFIND", events, `<propfind xmlns="DAV:"><allprop/><include><x xmlns="urn:x"/></include></propfind>`, "Depth: 0")
	if !strings.Contains(a.body, "404") {
		t.Error(a.body)
	}
}

// A principal has nothing in it: whoever asks for everything below is told of it.
func TestDepthOfAPrincipal(t *testing.T) {
	w := newWorld(t)
	for _, depth := range []string{"Depth: infinity", "X-None: 1"} {
		w.ask(http.StatusMultiStatus, "PROPFIND", "/dav/principals/ann/", prop("displayname"), depth)
		w.ask(http.StatusForbidden, "PROPFIND", "/dav/calendars/ann/", prop("displayname"), depth)
	}
}

// Any resource can be asked for its properties and what they lead to (RFC 3253 section 3.8).
func TestExpandPropertyOfACalendar(t *testing.T) {
	w := newWorld(t)
	w.ask(http.StatusCreated, "PUT", events+"a", eventOf("a", "DTSTART:20260101T100000Z"))
	body := `<expand-property xmlns="DAV:"><property name="owner"><property name="displayname"/></property><property name="getetag"/></expand-property>`
	for _, path := range []string{events, events + "a", "/dav/"} {
		a := w.ask(http.StatusMultiStatus, "REPORT", path, body, "Depth: 0")
		if path != "/dav/" && !strings.Contains(a.body, "<d:displayname>ann</d:displayname>") {
			t.Errorf("%s: %s", path, a.body)
		}
	}
	w.ask(http.StatusNotFound, "REPORT", events+"none", body, "Depth: 0")
}

// A calendar that cannot be made as it is wanted is not made, and the answer says why of each property.
func TestCalendarThatCannotBeMade(t *testing.T) {
	w := newWorld(t)
	body := `<cal:mkcalendar xmlns:d="DAV:" xmlns:cal="urn:ietf:params:xml:ns:caldav"><d:set><d:prop><d:getetag>x</d:getetag><d:displayname>x</d:displayname></d:prop></d:set></cal:mkcalendar>`
	a := w.ask(http.StatusMultiStatus, "MKCALENDAR", "/dav/calendars/ann/new/", body)
	has(t, a.body, "/dav/calendars/ann/new/ 403 getetag", "/dav/calendars/ann/new/ 424 displayname")
	w.ask(http.StatusNotFound, "PROPFIND", "/dav/calendars/ann/new/", "", "Depth: 0")
	w.ask(http.StatusForbidden, "MKCALENDAR", events, body)
}
