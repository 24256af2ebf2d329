package face

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"io"
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

// The user's fear: a program deletes a calendar that it believes to be as it was, and somebody has just written into it.
func TestConditionsOnCollections(t *testing.T) {
	w := newWorld(t)
	work := "/dav/calendars/ann/work/"
	w.ask(http.StatusCreated, "MKCALENDAR", work, "")
	token := func() string {
		body := w.ask(http.StatusMultiStatus, "PROPFIND", work, prop("sync-token"), "Depth: 0").body
		_, rest, _ := strings.Cut(body, "<d:sync-token>")
		token, _, _ := strings.Cut(rest, "<")
		return token
	}
	old := token()
	w.ask(http.StatusCreated, "PUT", work+"a", eventOf("a", "DTSTART:20260101T100000Z"), "If: <"+work+"> (<"+old+">)")
	now := token()
	for name, head := range map[string]string{
		"a token of before": "If: (<" + old + ">)", "what is no token": "If: (<foobar>)", "a lock": "If: (<opaquelocktoken:1>)",
		"the tag of before": `If-Match: "` + old + `"`, "not the token of now": "If: (Not <" + now + ">)", "another's": "If: </dav/calendars/bob/events/> (<" + now + ">)",
		"elsewhere": "If: <http://elsewhere.example" + work + "> (<" + now + ">)", "nothing": "If: <" + work + "none/> (<" + now + ">)",
	} {
		t.Run(name, func(t *testing.T) {
			w.ask(http.StatusPreconditionFailed, "DELETE", work, "", head)
			w.ask(http.StatusPreconditionFailed, "PROPPATCH", work, `<d:propertyupdate xmlns:d="DAV:"><d:set><d:prop><d:displayname>x</d:displayname></d:prop></d:set></d:propertyupdate>`, head)
		})
	}
	w.ask(http.StatusPreconditionFailed, "PUT", work+"a", eventOf("a", "DTSTART:20260101T100000Z", "SUMMARY:2"), "If: <"+work+"> (<"+old+">)")
	w.ask(http.StatusPreconditionFailed, "PUT", work+"a", eventOf("a", "DTSTART:20260101T100000Z", "SUMMARY:2"), "If: (<"+now+">)")
	w.ask(http.StatusCreated, "PUT", contacts+"b", cardOf("b", "b")) // of another collection of the account
	w.ask(http.StatusNoContent, "PUT", work+"a", eventOf("a", "DTSTART:20260101T100000Z", "SUMMARY:2"), "If: (<urn:x>) (Not <DAV:no-lock>)")
	w.ask(http.StatusNoContent, "DELETE", work+"a", "", "If: <"+work+"> (<"+token()+">)")
	w.ask(http.StatusNoContent, "DELETE", work, "", "If: (<"+token()+">)")
}

// FuzzIf: nobody's header ends the server, and what holds is well-formed.
func FuzzIf(f *testing.F) {
	for _, s := range []string{`(["a"])`, `<x> (Not <y> ["z"]) (<w>)`, "(not", "()", "<", `(<a>) <b> ([c])`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		lists, ok := parseIf(s)
		for _, l := range lists {
			if ok && len(l.states) == 0 {
				t.Fatalf("an empty list of %q", s)
			}
		}
	})
}

// A list of names or categories is met by one of them, and as a whole.
func TestTextsOfLists(t *testing.T) {
	w := newWorld(t)
	w.ask(http.StatusCreated, "PUT", contacts+"a", strings.Replace(cardOf("a", "a"), "END:", "NICKNAME:foo,eri\\,c\r\nEND:", 1))
	w.ask(http.StatusCreated, "PUT", contacts+"b", strings.Replace(cardOf("b", "b"), "END:", "NICKNAME:eric\r\nEND:", 1))
	for match, want := range map[string][]string{
		`match-type="equals">foo`: {"a"}, `match-type="equals">eri,c`: {"a"}, `match-type="equals">FOO,eri,c`: {"a"}, `match-type="equals">eric`: {"b"},
		`match-type="equals">c`: nil, `match-type="starts-with">eri`: {"a", "b"}, `match-type="equals" negate-condition="yes">foo`: {"b"},
		`negate-condition="yes">eri`: nil,
	} {
		body := cardQuery("anyof", `<card:prop-filter name="NICKNAME"><card:text-match `+match+`</card:text-match></card:prop-filter>`, "")
		if got := hrefsIn(t, w.ask(http.StatusMultiStatus, "REPORT", contacts, body).body); !slices.Equal(got, want) {
			t.Errorf("%s: %v instead of %v", match, got, want)
		}
	}
}

// The user's fear: a meeting of next week was cancelled, and the phone does not hear of it because it asks by time.
func TestCancelledInstances(t *testing.T) {
	w := newWorld(t)
	w.ask(http.StatusCreated, "PUT", events+"a", eventOf("a", "DTSTART:20260101T100000Z", "DTEND:20260101T110000Z", "RRULE:FREQ=DAILY;COUNT=3",
		"END:VEVENT", "BEGIN:VEVENT", "UID:a", "DTSTAMP:20260101T000000Z", "RECURRENCE-ID:20260102T100000Z", "DTSTART:20260109T100000Z", "STATUS:CANCELLED"))
	ask := func(from, to string) string {
		body := calQuery("VEVENT", `<cal:time-range start="`+from+`" end="`+to+`"/>`)
		body = strings.Replace(body, "<d:getetag/>", `<cal:calendar-data><cal:expand start="`+from+`" end="`+to+`"/></cal:calendar-data>`, 1)
		return w.ask(http.StatusMultiStatus, "REPORT", events, body).body
	}
	if a := ask("20260109T000000Z", "20260110T000000Z"); !strings.Contains(a, "STATUS:CANCELLED") || !strings.Contains(a, "RECURRENCE-ID:20260102T100000Z") || strings.Contains(a, "X-BINDERY") {
		t.Error(a)
	}
	if a := ask("20260103T000000Z", "20260104T000000Z"); strings.Contains(a, "CANCELLED") || !strings.Contains(a, "DTSTART:20260103T100000Z") {
		t.Error(a)
	}
	if a := ask("20260102T000000Z", "20260103T000000Z"); strings.Contains(a, "VEVENT") {
		t.Error(a)
	}
	busy := `<cal:free-busy-query xmlns:cal="urn:ietf:params:xml:ns:caldav"><cal:time-range start="20260101T000000Z" end="20260201T000000Z"/></cal:free-busy-query>`
	if a := w.ask(http.StatusOK, "REPORT", events, busy).body; strings.Count(a, "FREEBUSY:") != 2 {
		t.Error(a)
	}
}

// What was copied or moved is told where it is, by the name that the client gave it.
func TestTransfersTellWhere(t *testing.T) {
	w := newWorld(t)
	w.ask(http.StatusCreated, "MKCALENDAR", "/dav/calendars/ann/new/", "")
	w.ask(http.StatusCreated, "PUT", events+"a%2520b.ics", eventOf("a", "DTSTART:20260101T100000Z"))
	for _, method := range []string{"COPY", "MOVE"} {
		to := w.srv.URL + "/dav/calendars/ann/new/" + method + "%20%2520.ics"
		if method == "MOVE" {
			w.ask(http.StatusNoContent, "DELETE", "/dav/calendars/ann/new/COPY%20%2520.ics", "")
		}
		if a := w.ask(http.StatusCreated, method, events+"a%2520b.ics", "", "Destination: "+to); a.header.Get("Location") != to {
			t.Errorf("%s: %q", method, a.header.Get("Location"))
		}
		w.ask(http.StatusOK, "GET", strings.TrimPrefix(to, w.srv.URL), "")
	}
}

// An item can be asked for at its own address, and nothing else there.
func TestMultigetOfAnItem(t *testing.T) {
	w := newWorld(t)
	w.ask(http.StatusCreated, "PUT", events+"a", eventOf("a", "DTSTART:20260101T100000Z"))
	w.ask(http.StatusCreated, "PUT", events+"b", eventOf("b", "DTSTART:20260101T100000Z"))
	w.ask(http.StatusCreated, "PUT", contacts+"c", cardOf("c", "c"))
	body := request("cal:calendar-multiget", "<d:href>"+events+"a</d:href><d:href>"+events+"b</d:href>", "getetag")
	a := w.ask(http.StatusMultiStatus, "REPORT", events+"a", body)
	if got := hrefsIn(t, a.body); !slices.Equal(got, []string{"b 404", "a"}) {
		t.Errorf("%v: %s", got, a.body)
	}
	if got := hrefsIn(t, w.ask(http.StatusMultiStatus, "REPORT", contacts+"c", request("card:addressbook-multiget", "<d:href>"+contacts+"c</d:href>", "getetag")).body); !slices.Equal(got, []string{"c"}) {
		t.Error(got)
	}
	w.ask(http.StatusNotFound, "REPORT", events+"none", body)
}

// The user's fear: a calendar gets another address, and what is in it, or what somebody keeps under that address, is lost.
func TestCollectionsAreRenamed(t *testing.T) {
	w := newWorld(t)
	home := "/dav/calendars/ann/"
	w.ask(http.StatusCreated, "MKCALENDAR", home+"one/", "")
	w.ask(http.StatusCreated, "MKCALENDAR", home+"other/", "")
	w.ask(http.StatusCreated, "PUT", home+"one/a", eventOf("a", "DTSTART:20260101T100000Z"))
	w.ask(http.StatusMultiStatus, "PROPPATCH", home+"one/", `<d:propertyupdate xmlns:d="DAV:"><d:set><d:prop><d:displayname>Mine</d:displayname></d:prop></d:set></d:propertyupdate>`)
	to := func(name string) string { return "Destination: " + w.srv.URL + home + name }
	w.ask(http.StatusForbidden, "MOVE", home+"one/", "", to("other/"))
	w.ask(http.StatusPreconditionFailed, "MOVE", home+"one/", "", to("other/"), "Overwrite: F")
	w.ask(http.StatusForbidden, "COPY", home+"one/", "", to("two/"))
	w.ask(http.StatusForbidden, "MOVE", home+"events/", "", to("two/"))
	w.ask(http.StatusForbidden, "MOVE", home+"one/", "", "Destination: "+w.srv.URL+"/dav/addressbooks/ann/two/")
	w.ask(http.StatusNotFound, "MOVE", home+"none/", "", to("two/"))
	w.ask(http.StatusCreated, "MOVE", home+"one/", "", to("two/"))
	w.ask(http.StatusNotFound, "GET", home+"one/a", "")
	w.ask(http.StatusOK, "GET", home+"two/a", "")
	has(t, w.ask(http.StatusMultiStatus, "PROPFIND", home+"two/", prop("displayname"), "Depth: 0").body, home+"two/ 200 displayname=Mine")
	w.ask(http.StatusNoContent, "DELETE", home+"other/", "")
	w.ask(http.StatusCreated, "MOVE", home+"two/", "", to("other/")) // the one that was deleted can still be brought back
	w.ask(http.StatusOK, "GET", home+"other/a", "")
}

// The user's fear: a program packs what it sends, and what comes back is something else, or a small request fills the
// memory.
func TestPackedItems(t *testing.T) {
	w := newWorld(t)
	w.limit = 1 << 20
	w.open()
	pack := func(how, text string) string {
		var b bytes.Buffer
		var z io.WriteCloser = gzip.NewWriter(&b)
		if how == "deflate" {
			z = zlib.NewWriter(&b)
		}
		if _, err := io.WriteString(z, text); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	item := eventOf("a", "DTSTART:20260101T100000Z", "SUMMARY:packed")
	for _, how := range []string{"gzip", "x-gzip", "deflate", "identity"} {
		body := item
		if how != "identity" {
			body = pack(how, item)
		}
		put := w.ask(http.StatusCreated, "PUT", events+"a", body, "Content-Encoding: "+how)
		if got := w.ask(http.StatusOK, "GET", events+"a", ""); got.body != item || (put.header.Get("ETag") != "") != (how == "identity") {
			t.Errorf("%s: %q, %q", how, put.header.Get("ETag"), got.body)
		}
		w.ask(http.StatusNoContent, "DELETE", events+"a", "")
	}
	bomb := pack("gzip", strings.Replace(item, "packed", strings.Repeat("a", 32<<20), 1))
	for _, c := range []struct {
		name, body, how string
		status          int
	}{
		{"not packed", item, "gzip", 400}, {"cut off", pack("gzip", item)[:60], "gzip", 400}, {"nothing", "", "deflate", 400},
		{"twice", pack("gzip", item), "gzip, gzip", 415}, {"unknown", item, "br", 415}, {"a bomb", bomb, "gzip", 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := w.ask(c.status, "PUT", events+"a", c.body, "Content-Encoding: "+c.how)
			if c.status == 415 && a.header.Get("Accept-Encoding") != packings {
				t.Error(a.header)
			}
		})
	}
	w.ask(http.StatusNotFound, "GET", events+"a", "")
	w.ask(http.StatusCreated, "POST", events+"?add-member", pack("gzip", item), "Content-Encoding: gzip")
}

// Instances keep how long they are as it was said (RFC 4791 section 7.8.3), unless a day of the zone has not 24 hours.
func TestExpandedDurations(t *testing.T) {
	w := newWorld(t)
	for uid, lines := range map[string][]string{
		"hour": {"DTSTART:20260101T100000Z", "DURATION:PT1H"}, "days": {"DTSTART;VALUE=DATE:20260101", "DURATION:P2D"},
		"night": {"DTSTART;TZID=Europe/Berlin:20260328T200000", "DURATION:P1D"}, "end": {"DTSTART:20260101T100000Z", "DTEND:20260101T110000Z"},
	} {
		w.ask(http.StatusCreated, "PUT", events+uid, eventOf(uid, lines...))
	}
	for uid, want := range map[string][]string{
		"hour": {"DURATION:PT1H"}, "days": {"DURATION:P2D"}, "night": {"DTSTART:20260328T190000Z", "DTEND:20260329T180000Z"}, "end": {"DTEND:20260101T110000Z"},
	} {
		body := request("cal:calendar-multiget", "<d:href>"+events+uid+"</d:href>", "cal:calendar-data")
		body = strings.Replace(body, "<cal:calendar-data/>", `<cal:calendar-data><cal:expand start="20260101T000000Z" end="20270101T000000Z"/></cal:calendar-data>`, 1)
		a := w.ask(http.StatusMultiStatus, "REPORT", events, body).body
		for _, line := range want {
			if !strings.Contains(a, line) {
				t.Errorf("%s: no %s in %s", uid, line, a)
			}
		}
		if strings.Contains(a, "DURATION") && strings.Contains(a, "DTEND") {
			t.Errorf("%s: both in %s", uid, a)
		}
	}
}
