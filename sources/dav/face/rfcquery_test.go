package face

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// Letters beyond ASCII differ in case for i;ascii-casemap, which is how calendars are searched unless somebody asks
// otherwise, and not for i;unicode-casemap, which is how address books are.
func TestCollations(t *testing.T) {
	w := newWorld(t)
	w.ask(http.StatusCreated, "PUT", contacts+"a", cardOf("a", "ÅSE Berg"))
	w.ask(http.StatusCreated, "PUT", events+"a", eventOf("a", "DTSTART:20260101T100000Z", "SUMMARY:ÅSE Berg"))
	for _, c := range []struct {
		collation, text string
		cards, events   bool
	}{
		{"", "åse", true, false}, {"", "ÅSE BERG", true, true}, {"default", "berg", true, true},
		{"i;ascii-casemap", "åse", false, false}, {"i;ascii-casemap", "Åse bERG", true, true},
		{"i;unicode-casemap", "åse BERG", true, true}, {"i;octet", "ÅSE", true, true}, {"i;octet", "Åse", false, false},
	} {
		attr := ""
		if c.collation != "" {
			attr = ` collation="` + c.collation + `"`
		}
		card := cardQuery("anyof", `<card:prop-filter name="FN"><card:text-match`+attr+`>`+c.text+`</card:text-match></card:prop-filter>`, "")
		event := calQuery("VEVENT", `<cal:prop-filter name="SUMMARY"><cal:text-match`+attr+`>`+c.text+`</cal:text-match></cal:prop-filter>`)
		if got := len(hrefsIn(t, w.ask(http.StatusMultiStatus, "REPORT", contacts, card).body)) > 0; got != c.cards {
			t.Errorf("cards by %q: %q: %v", c.collation, c.text, got)
		}
		if got := len(hrefsIn(t, w.ask(http.StatusMultiStatus, "REPORT", events, event).body)) > 0; got != c.events {
			t.Errorf("events by %q: %q: %v", c.collation, c.text, got)
		}
	}
	for path, body := range map[string]string{
		contacts: cardQuery("anyof", `<card:prop-filter name="FN"><card:text-match collation="i;none">x</card:text-match></card:prop-filter>`, ""),
		events:   calQuery("VEVENT", `<cal:prop-filter name="SUMMARY"><cal:text-match collation="i;none">x</cal:text-match></cal:prop-filter>`),
	} {
		if a := w.ask(http.StatusForbidden, "REPORT", path, body); !strings.Contains(a.body, "supported-collation") {
			t.Error(a.body)
		}
	}
}

// An alarm goes off with each instance, and again.
func TestAlarmsInARange(t *testing.T) {
	w := newWorld(t)
	alarm := func(lines ...string) []string {
		return append(append([]string{"BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:x"}, lines...), "END:VALARM")
	}
	put := func(uid string, lines ...string) {
		w.ask(http.StatusCreated, "PUT", events+uid, eventOf(uid, lines...))
	}
	put("before", append([]string{"DTSTART:20260504T100000Z", "DTEND:20260504T110000Z"}, alarm("TRIGGER:-PT15M")...)...)
	put("end", append([]string{"DTSTART:20260504T080000Z", "DTEND:20260504T100000Z"}, alarm("TRIGGER;RELATED=END:-PT10M")...)...)
	put("fixed", append([]string{"DTSTART:20270101T100000Z"}, alarm("TRIGGER;VALUE=DATE-TIME:20260504T094700Z")...)...)
	put("weekly", append([]string{"DTSTART:20260105T100000Z", "RRULE:FREQ=WEEKLY"}, alarm("TRIGGER:-PT20M")...)...)
	put("again", append([]string{"DTSTART:20260504T093000Z"}, alarm("TRIGGER:PT0S", "REPEAT:4", "DURATION:PT5M")...)...)
	put("early", append([]string{"DTSTART:20260511T094500Z"}, alarm("TRIGGER:-P1W")...)...)
	put("other", append([]string{"DTSTART:20260504T094500Z"}, alarm("TRIGGER:-PT1H")...)...)
	put("silent", "DTSTART:20260504T094500Z")
	for _, c := range []struct {
		from, to string
		want     []string
	}{
		{"20260504T094500Z", "20260504T094600Z", []string{"again", "before", "early"}},
		{"20260504T094000Z", "20260504T095500Z", []string{"again", "before", "early", "end", "fixed", "weekly"}},
		{"20260504T084500Z", "20260504T084501Z", []string{"other"}},
		{"20260511T094000Z", "20260511T094100Z", []string{"weekly"}},
		{"20260504T120000Z", "20260504T130000Z", nil},
	} {
		body := calQuery("VEVENT", `<cal:comp-filter name="VALARM"><cal:time-range start="`+c.from+`" end="`+c.to+`"/></cal:comp-filter>`)
		if got := hrefsIn(t, w.ask(http.StatusMultiStatus, "REPORT", events, body).body); !slices.Equal(got, c.want) {
			t.Errorf("%s to %s: %v instead of %v", c.from, c.to, got, c.want)
		}
	}
}

// asked makes a multiget of one event for a part of its content.
func asked(id, part string) string {
	body := request("cal:calendar-multiget", "<d:href>"+events+id+"</d:href>", "cal:calendar-data")
	return strings.Replace(body, "<cal:calendar-data/>", "<cal:calendar-data>"+part+"</cal:calendar-data>", 1)
}

func TestLimitOfARecurrenceSet(t *testing.T) {
	w := newWorld(t)
	exception := func(id, at, title string) string {
		return "BEGIN:VEVENT\r\nUID:s\r\nDTSTAMP:20260101T000000Z\r\nRECURRENCE-ID:" + id + "\r\nDTSTART:" + at + "\r\nDURATION:PT1H\r\nSUMMARY:" + title + "\r\nEND:VEVENT\r\n"
	}
	series := strings.Replace(eventOf("s", "DTSTART:20260501T100000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY", "SUMMARY:Master"), "END:VCALENDAR",
		exception("20260503T100000Z", "20260503T150000Z", "Near")+exception("20260504T100000Z", "20260620T100000Z", "Moved away")+
			exception("20260710T100000Z", "20260504T120000Z", "Moved here")+exception("20260711T100000Z", "20260711T120000Z", "Far")+"END:VCALENDAR", 1)
	w.ask(http.StatusCreated, "PUT", events+"s", series)
	a := w.ask(http.StatusMultiStatus, "REPORT", events, asked("s", `<cal:limit-recurrence-set start="20260503T000000Z" end="20260505T000000Z"/>`))
	for title, want := range map[string]bool{"Master": true, "Near": true, "Moved away": true, "Moved here": true, "Far": false} {
		if strings.Contains(a.body, "SUMMARY:"+title) != want {
			t.Errorf("%s: %v", title, !want)
		}
	}
	if !strings.Contains(a.body, "RRULE:FREQ=DAILY") {
		t.Error("the rule is lost")
	}
	for _, bad := range []string{`<cal:limit-recurrence-set/>`, `<cal:limit-recurrence-set start="20260503T000000Z" end="20260505T000000Z"/><cal:expand start="20260503T000000Z" end="20260505T000000Z"/>`} {
		w.ask(http.StatusForbidden, "REPORT", events, asked("s", bad))
	}
}

func TestPartsOfItems(t *testing.T) {
	w := newWorld(t)
	w.ask(http.StatusCreated, "PUT", events+"e", eventOf("e", "DTSTART:20260504T100000Z", "SUMMARY:Secret", "LOCATION:Town"))
	a := w.ask(http.StatusMultiStatus, "REPORT", events, asked("e", `<cal:comp name="VCALENDAR"><cal:allprop/><cal:comp name="VEVENT"><cal:prop name="UID"/><cal:prop name="SUMMARY" novalue="yes"/></cal:comp></cal:comp>`))
	if !strings.Contains(a.body, "UID:e&#13;\nSUMMARY:&#13;\nEND:VEVENT") || strings.Contains(a.body, "Secret") || !strings.Contains(a.body, "PRODID") {
		t.Error(a.body)
	}
	card := strings.Replace(cardOf("c", "Cleo"), "END:", "EMAIL:c@example.org\r\nNOTE:Secret\r\nEND:", 1)
	w.ask(http.StatusCreated, "PUT", contacts+"c", card)
	body := strings.Replace(request("card:addressbook-multiget", "<d:href>"+contacts+"c</d:href>", "card:address-data"), "<card:address-data/>",
		`<card:address-data><card:prop name="EMAIL"/><card:prop name="NOTE" novalue="yes"/></card:address-data>`, 1)
	has(t, w.ask(http.StatusMultiStatus, "REPORT", contacts, body).body, contacts+"c 200 address-data=BEGIN:VCARD\r\nVERSION:3.0\r\nEMAIL:c@example.org\r\nNOTE:\r\nEND:VCARD")
}

// An event in a local time keeps it when clocks change: it is another instant then.
func TestExpandOverTheChangeOfClocks(t *testing.T) {
	w := newWorld(t)
	w.ask(http.StatusCreated, "PUT", events+"f", eventOf("f", "DTSTART:20261023T090000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=5"))
	w.ask(http.StatusCreated, "PUT", events+"d", eventOf("d", "DTSTART;VALUE=DATE:20261024", "DTEND;VALUE=DATE:20261026", "RRULE:FREQ=WEEKLY;COUNT=2"))
	w.ask(http.StatusMultiStatus, "PROPPATCH", events, setting("<cal:calendar-timezone>"+zoneText+"</cal:calendar-timezone>"))
	a := w.ask(http.StatusMultiStatus, "REPORT", events, asked("f", `<cal:expand start="20261024T000000Z" end="20261027T000000Z"/>`))
	for _, want := range []string{"DTSTART:20261024T070000Z", "DTSTART:20261025T080000Z", "DTSTART:20261026T080000Z"} {
		if !strings.Contains(a.body, want) {
			t.Errorf("no %s in %s", want, a.body)
		}
	}
	a = w.ask(http.StatusMultiStatus, "REPORT", events, asked("d", `<cal:expand start="20261024T220000Z" end="20261027T000000Z"/>`))
	if n := strings.Count(a.body, "BEGIN:VEVENT"); n != 1 || !strings.Contains(a.body, "DTSTART;VALUE=DATE:20261024") || !strings.Contains(a.body, "DTEND;VALUE=DATE:20261026") {
		t.Errorf("%d: %s", n, a.body)
	}
}

// What a calendar may not hold is refused by name, and nothing is stored.
func TestCalendarObjects(t *testing.T) {
	w := newWorld(t)
	event := eventOf("e", "DTSTART:20260504T100000Z")
	second := strings.Replace(event, "END:VCALENDAR", "BEGIN:%[1]s\r\nUID:%[2]s\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260505T100000Z\r\nEND:%[1]s\r\nEND:VCALENDAR", 1)
	for name, body := range map[string]string{
		"two UIDs": fmt.Sprintf(second, "VEVENT", "f"), "two sorts": fmt.Sprintf(second, "VTODO", "e"),
		"a method": strings.Replace(event, "BEGIN:VEVENT", "METHOD:PUBLISH\r\nBEGIN:VEVENT", 1),
	} {
		if a := w.ask(http.StatusForbidden, "PUT", events+"e", body); !strings.Contains(a.body, "valid-calendar-object-resource") {
			t.Errorf("%s: %s", name, a.body)
		}
		w.ask(http.StatusNotFound, "GET", events+"e", "")
	}
}

func TestPropertiesGoWithItems(t *testing.T) {
	w := newWorld(t)
	w.ask(http.StatusCreated, "MKCALENDAR", "/dav/calendars/ann/work/", "")
	put := func(path, uid string) {
		w.ask(http.StatusCreated, "PUT", path, eventOf(uid, "DTSTART:20260504T100000Z"))
	}
	own := func(path string) string {
		return w.ask(http.StatusMultiStatus, "PROPFIND", path, `<propfind xmlns="DAV:"><prop><own xmlns="x:y"/></prop></propfind>`, "Depth: 0").body
	}
	to := func(path string) string { return "Destination: " + w.srv.URL + path }
	put(events+"a", "a")
	put("/dav/calendars/ann/work/b", "a")
	w.ask(http.StatusMultiStatus, "PROPPATCH", events+"a", setting(`<own xmlns="x:y">first</own>`))
	w.ask(http.StatusMultiStatus, "PROPPATCH", "/dav/calendars/ann/work/b", setting(`<own xmlns="x:y">second</own>`))
	w.ask(http.StatusNoContent, "COPY", events+"a", "", to("/dav/calendars/ann/work/b"))
	has(t, own("/dav/calendars/ann/work/b"), "/dav/calendars/ann/work/b 200 own=first")
	has(t, own(events+"a"), events+"a 200 own=first")
	w.ask(http.StatusCreated, "MOVE", events+"a", "", to(events+"c"))
	has(t, own(events+"c"), events+"c 200 own=first")
	put(events+"a", "new")
	has(t, own(events+"a"), events+"a 404 own")
}

// A report or a calendar may name its zone; a name or a zone that is none is refused and not taken for UTC.
func TestZonesByName(t *testing.T) {
	w := newWorld(t)
	w.ask(http.StatusCreated, "PUT", events+"day", eventOf("day", "DTSTART;VALUE=DATE:20260504"))
	evening := calQuery("VEVENT", `<cal:time-range start="20260503T220000Z" end="20260503T230000Z"/>`)
	with := func(inside string) string {
		return strings.Replace(evening, "</cal:calendar-query>", inside+"</cal:calendar-query>", 1)
	}
	found := func(body string) int {
		return len(hrefsIn(t, w.ask(http.StatusMultiStatus, "REPORT", events, body).body))
	}
	if found(evening) != 0 || found(with("<cal:timezone-id>Europe/Oslo</cal:timezone-id>")) != 1 {
		t.Error("the zone does not count")
	}
	for inside, want := range map[string]string{
		"<cal:timezone-id>Nowhere/None</cal:timezone-id>": "valid-timezone", "<cal:timezone>BOGUS</cal:timezone>": "valid-calendar-data",
	} {
		if a := w.ask(http.StatusForbidden, "REPORT", events, with(inside)); !strings.Contains(a.body, want) {
			t.Error(a.body)
		}
	}
	set := func(zone string) string {
		return w.ask(http.StatusMultiStatus, "PROPPATCH", events, setting("<cal:calendar-timezone-id>"+zone+"</cal:calendar-timezone-id>")).body
	}
	if body := set("Nowhere/None"); !strings.Contains(body, "valid-timezone") {
		t.Error(body)
	}
	has(t, set("Europe/Oslo"), events+" 200 calendar-timezone-id")
	if found(evening) != 1 {
		t.Error("the calendar's zone does not count")
	}
}
