package face

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// cardQuery makes an addressbook-query; filter stands in the filter.
func cardQuery(test, filter, rest string) string {
	return request("card:addressbook-query", `<card:filter test="`+test+`">`+filter+`</card:filter>`+rest, "getetag")
}

func TestAddressQuery(t *testing.T) {
	w := newWorld(t)
	with := func(uid, name, lines string) {
		w.ask(http.StatusCreated, "PUT", contacts+uid, strings.Replace(cardOf(uid, name), "END:", lines+"END:", 1))
	}
	with("a", "Ann Øst", "EMAIL;TYPE=home:ann@example.org\r\nTEL:+47 1\r\n")
	with("b", "Bob", "EMAIL;TYPE=work:bob@example.com\r\nNOTE:likes\\nann@example.org\r\n")
	with("c", "Cleo", "item1.EMAIL:cleo@example.org\r\n")
	text := func(prop, attrs, s string) string {
		return fmt.Sprintf(`<card:prop-filter name="%s"><card:text-match %s>%s</card:text-match></card:prop-filter>`, prop, attrs, s)
	}
	for _, c := range []struct {
		name, test, filter string
		want               []string
	}{
		{"a part of a name", "anyof", text("FN", "", "o"), []string{"b", "c"}},
		{"whatever its case", "anyof", text("FN", "", "ØST"), []string{"a"}},
		{"with its case", "anyof", text("FN", `collation="i;octet"`, "bob"), nil},
		{"the beginning", "anyof", text("EMAIL", `match-type="starts-with"`, "ann"), []string{"a"}},
		{"the end", "anyof", text("EMAIL", `match-type="ends-with"`, ".org"), []string{"a", "c"}},
		{"all of it", "anyof", text("FN", `match-type="equals"`, "bob"), []string{"b"}},
		{"one of two", "anyof", text("FN", "", "bob") + text("TEL", "", "47"), []string{"a", "b"}},
		{"both", "allof", text("FN", "", "e") + text("EMAIL", "", "org"), []string{"c"}},
		{"not this", "anyof", text("EMAIL", `negate-condition="yes"`, "org"), []string{"b"}},
		{"defined", "anyof", `<card:prop-filter name="TEL"/>`, []string{"a"}},
		{"not defined", "anyof", `<card:prop-filter name="TEL"><card:is-not-defined/></card:prop-filter>`, []string{"b", "c"}},
		{"by a parameter", "anyof", `<card:prop-filter name="EMAIL"><card:param-filter name="TYPE"><card:text-match>work</card:text-match></card:param-filter></card:prop-filter>`, []string{"b"}},
		{"a text that people do not look for", "anyof", text("NOTE", "", "ann@"), []string{"b"}},
		{"by UID", "anyof", text("UID", `match-type="equals"`, "c"), []string{"c"}},
		{"nothing asked", "anyof", "", []string{"a", "b", "c"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := w.ask(http.StatusMultiStatus, "REPORT", contacts, cardQuery(c.test, c.filter, ""), "Depth: 1")
			if got := hrefsIn(t, a.body); !slices.Equal(got, c.want) {
				t.Errorf("%v instead of %v", got, c.want)
			}
		})
	}
	limited := w.ask(http.StatusMultiStatus, "REPORT", contacts, cardQuery("anyof", text("FN", "", "o"), "<card:limit><card:nresults>1</card:nresults></card:limit>"))
	if got := hrefsIn(t, limited.body); !slices.Equal(got, []string{"b", " 507"}) {
		t.Errorf("limited: %v", got)
	}
	bad := w.ask(http.StatusForbidden, "REPORT", contacts, cardQuery("anyof", text("FN", `collation="x"`, "o"), ""))
	if !strings.Contains(bad.body, "supported-collation") {
		t.Error(bad.body)
	}
}

// The index does not hide what was changed since it was made.
func TestQueryAfterChanges(t *testing.T) {
	w := newWorld(t)
	find := func(name string) []string {
		t.Helper()
		a := w.ask(http.StatusMultiStatus, "REPORT", contacts, cardQuery("anyof", `<card:prop-filter name="FN"><card:text-match>`+name+`</card:text-match></card:prop-filter>`, ""))
		return hrefsIn(t, a.body)
	}
	wants := func(name string, want ...string) {
		t.Helper()
		if got := find(name); !slices.Equal(got, want) {
			t.Errorf("%s: %v instead of %v", name, got, want)
		}
	}
	wants("Ann")
	w.ask(http.StatusCreated, "PUT", contacts+"a", cardOf("a", "Ann"))
	wants("Ann", "a")
	w.ask(http.StatusNoContent, "PUT", contacts+"a", cardOf("a", "Bob"))
	w.ask(http.StatusCreated, "PUT", contacts+"b", cardOf("b", "Ann"))
	wants("Ann", "b")
	wants("Bob", "a")
	w.ask(http.StatusNoContent, "DELETE", contacts+"b", "")
	if err := w.items.Items("id-ann", "client-ann").Forget(t.Context(), farFuture); err != nil {
		t.Fatal(err)
	}
	wants("Ann")
	w.ask(http.StatusCreated, "PUT", contacts+"b", cardOf("b", "Ann"))
	w.open()
	wants("Ann", "b")
}

// calQuery makes a calendar-query for components of a name with what stands in their filter.
func calQuery(comp, inside string) string {
	return request("cal:calendar-query", `<cal:filter><cal:comp-filter name="VCALENDAR"><cal:comp-filter name="`+comp+`">`+inside+`</cal:comp-filter></cal:comp-filter></cal:filter>`, "getetag")
}

func TestCalendarQuery(t *testing.T) {
	w := newWorld(t)
	put := func(uid string, lines ...string) {
		w.ask(http.StatusCreated, "PUT", events+uid, eventOf(uid, lines...))
	}
	put("may", "DTSTART:20260504T100000Z", "DTEND:20260504T110000Z", "SUMMARY:Tea")
	put("weekly", "DTSTART;TZID=Europe/Oslo:20260101T100000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY", "SUMMARY:Team")
	put("ended", "DTSTART:20260101T100000Z", "RRULE:FREQ=DAILY;COUNT=3", "SUMMARY:Course", "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT5M", "END:VALARM")
	put("day", "DTSTART;VALUE=DATE:20260504", "SUMMARY;LANGUAGE=en:Holiday")
	put("zero", "DTSTART:20260504T000000Z", "SUMMARY:Midnight")
	between := func(a, b string) string { return fmt.Sprintf(`<cal:time-range start="%s" end="%s"/>`, a, b) }
	for _, c := range []struct {
		name, inside string
		want         []string
	}{
		{"all", "", []string{"day", "ended", "may", "weekly", "zero"}},
		{"a day", between("20260504T000000Z", "20260505T000000Z"), []string{"day", "may", "zero"}},
		{"the first instant is in", between("20260504T100000Z", "20260504T100001Z"), []string{"day", "may"}},
		{"the last one is not", between("20260504T110000Z", "20260504T120000Z"), []string{"day"}},
		{"a Thursday far away", between("20300103T080000Z", "20300103T120000Z"), []string{"weekly"}},
		{"open at the end", `<cal:time-range start="20260601T000000Z"/>`, []string{"weekly"}},
		{"open at the beginning", `<cal:time-range end="20260103T000000Z"/>`, []string{"ended", "weekly"}},
		{"a text", `<cal:prop-filter name="SUMMARY"><cal:text-match collation="i;ascii-casemap">TEA</cal:text-match></cal:prop-filter>`, []string{"may", "weekly"}},
		{"a parameter", `<cal:prop-filter name="SUMMARY"><cal:param-filter name="LANGUAGE"><cal:text-match>en</cal:text-match></cal:param-filter></cal:prop-filter>`, []string{"day"}},
		{"an alarm", `<cal:comp-filter name="VALARM"/>`, []string{"ended"}},
		{"no alarm", `<cal:comp-filter name="VALARM"><cal:is-not-defined/></cal:comp-filter>`, []string{"day", "may", "weekly", "zero"}},
		{"no rule", `<cal:prop-filter name="RRULE"><cal:is-not-defined/></cal:prop-filter>`, []string{"day", "may", "zero"}},
		{"a property's time", `<cal:prop-filter name="DTEND">` + between("20260504T000000Z", "20260505T000000Z") + `</cal:prop-filter>`, []string{"may"}},
		{"a text and a time", `<cal:prop-filter name="SUMMARY"><cal:text-match>Tea</cal:text-match></cal:prop-filter>` + between("20260504T000000Z", "20260505T000000Z"), []string{"may"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := w.ask(http.StatusMultiStatus, "REPORT", events, calQuery("VEVENT", c.inside), "Depth: 1")
			if got := hrefsIn(t, a.body); !slices.Equal(got, c.want) {
				t.Errorf("%v instead of %v", got, c.want)
			}
		})
	}
	w.ask(http.StatusMultiStatus, "REPORT", events, calQuery("VTODO", ""), "Depth: 1")
	for name, inside := range map[string]string{
		"no time": between("yesterday", "20260505T000000Z"), "backwards": between("20260505T000000Z", "20260504T000000Z"),
		"no range": "<cal:time-range/>", "what": "<cal:what/>",
	} {
		if a := w.ask(http.StatusForbidden, "REPORT", events, calQuery("VEVENT", inside)); !strings.Contains(a.body, "valid-filter") {
			t.Errorf("%s: %s", name, a.body)
		}
	}
}

// A day is where the calendar says that it is.
func TestFloatingTimes(t *testing.T) {
	w := newWorld(t)
	w.ask(http.StatusCreated, "PUT", events+"day", eventOf("day", "DTSTART;VALUE=DATE:20260504"))
	evening := calQuery("VEVENT", `<cal:time-range start="20260503T220000Z" end="20260503T230000Z"/>`)
	if got := hrefsIn(t, w.ask(http.StatusMultiStatus, "REPORT", events, evening).body); len(got) != 0 {
		t.Errorf("in UTC: %v", got)
	}
	zone := "BEGIN:VCALENDAR&#13;\nVERSION:2.0&#13;\nBEGIN:VTIMEZONE&#13;\nTZID:Europe/Oslo&#13;\nEND:VTIMEZONE&#13;\nEND:VCALENDAR"
	body := strings.Replace(evening, "</cal:calendar-query>", "<cal:timezone>"+zone+"</cal:timezone></cal:calendar-query>", 1)
	if got := hrefsIn(t, w.ask(http.StatusMultiStatus, "REPORT", events, body).body); len(got) != 1 {
		t.Errorf("in Oslo: %v", got)
	}
	w.ask(http.StatusMultiStatus, "PROPPATCH", events, `<propertyupdate xmlns="DAV:"><set><prop><z:calendar-timezone xmlns:z="urn:ietf:params:xml:ns:caldav">`+zone+`</z:calendar-timezone></prop></set></propertyupdate>`)
	if got := hrefsIn(t, w.ask(http.StatusMultiStatus, "REPORT", events, evening).body); len(got) != 1 {
		t.Errorf("in a calendar of Oslo: %v", got)
	}
}

func TestTaskQuery(t *testing.T) {
	w := newWorld(t)
	put := func(uid string, lines ...string) {
		w.ask(http.StatusCreated, "PUT", tasks+uid, strings.ReplaceAll(eventOf(uid, lines...), "VEVENT", "VTODO"))
	}
	put("due", "DUE:20260504T100000Z")
	put("open", "SUMMARY:Some day")
	put("done", "COMPLETED:20260303T100000Z", "STATUS:COMPLETED")
	put("later", "DTSTART:20260601T100000Z", "DUE:20260602T100000Z")
	for name, c := range map[string]struct {
		inside string
		want   []string
	}{
		"May":      {`<cal:time-range start="20260501T000000Z" end="20260531T000000Z"/>`, []string{"due", "open"}},
		"March":    {`<cal:time-range start="20260301T000000Z" end="20260331T000000Z"/>`, []string{"done", "open"}},
		"not done": {`<cal:prop-filter name="COMPLETED"><cal:is-not-defined/></cal:prop-filter>`, []string{"due", "later", "open"}},
	} {
		a := w.ask(http.StatusMultiStatus, "REPORT", tasks, calQuery("VTODO", c.inside), "Depth: 1")
		if got := hrefsIn(t, a.body); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v instead of %v", name, got, c.want)
		}
	}
}

func TestExpand(t *testing.T) {
	w := newWorld(t)
	series := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//invented//EN\r\nBEGIN:VEVENT\r\nUID:s\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;TZID=Europe/Oslo:20260326T100000\r\nDTEND;TZID=Europe/Oslo:20260326T110000\r\nRRULE:FREQ=WEEKLY\r\nEXDATE;TZID=Europe/Oslo:20260409T100000\r\nSUMMARY:Team\r\nEND:VEVENT\r\n" +
		"BEGIN:VEVENT\r\nUID:s\r\nDTSTAMP:20260101T000000Z\r\nRECURRENCE-ID;TZID=Europe/Oslo:20260416T100000\r\nDTSTART;TZID=Europe/Oslo:20260416T150000\r\nDTEND;TZID=Europe/Oslo:20260416T160000\r\nSUMMARY:Team late\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	w.ask(http.StatusCreated, "PUT", events+"s", series)
	body := request("cal:calendar-multiget", "<d:href>"+events+"s</d:href>", "cal:calendar-data")
	body = strings.Replace(body, "<cal:calendar-data/>", `<cal:calendar-data><cal:expand start="20260325T000000Z" end="20260420T000000Z"/></cal:calendar-data>`, 1)
	a := w.ask(http.StatusMultiStatus, "REPORT", events, body)
	for _, want := range []string{"DTSTART:20260326T090000Z", "DTSTART:20260402T080000Z", "DTSTART:20260416T130000Z", "RECURRENCE-ID:20260416T080000Z", "DTEND:20260416T140000Z", "SUMMARY:Team late"} {
		if !strings.Contains(a.body, want) {
			t.Errorf("no %s", want)
		}
	}
	for _, not := range []string{"RRULE", "20260409", "TZID", "EXDATE"} {
		if strings.Contains(a.body, not) {
			t.Errorf("%s in %s", not, a.body)
		}
	}
	some := strings.Replace(request("cal:calendar-multiget", "<d:href>"+events+"s</d:href>", "cal:calendar-data"), "<cal:calendar-data/>",
		`<cal:calendar-data><cal:comp name="VCALENDAR"><cal:prop name="VERSION"/><cal:comp name="VEVENT"><cal:prop name="UID"/></cal:comp></cal:comp></cal:calendar-data>`, 1)
	has(t, w.ask(http.StatusMultiStatus, "REPORT", events, some).body,
		events+"s 200 calendar-data=BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:s\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:s\r\nEND:VEVENT\r\nEND:VCALENDAR")
}

func TestFreeBusy(t *testing.T) {
	w := newWorld(t)
	for uid, lines := range map[string][]string{
		"a": {"DTSTART:20260504T100000Z", "DTEND:20260504T110000Z"}, "b": {"DTSTART:20260504T103000Z", "DTEND:20260504T120000Z"},
		"c": {"DTSTART:20260504T130000Z", "DTEND:20260504T140000Z", "TRANSP:TRANSPARENT"}, "d": {"DTSTART:20260504T150000Z", "DTEND:20260504T160000Z", "STATUS:CANCELLED"},
		"e": {"DTSTART:20260504T170000Z", "DTEND:20260504T180000Z", "STATUS:TENTATIVE"}, "f": {"DTSTART:20260501T230000Z", "DURATION:PT2H", "RRULE:FREQ=DAILY"},
	} {
		w.ask(http.StatusCreated, "PUT", events+uid, eventOf(uid, lines...))
	}
	body := `<c:free-busy-query xmlns:c="urn:ietf:params:xml:ns:caldav"><c:time-range start="20260504T000000Z" end="20260505T000000Z"/></c:free-busy-query>`
	a := w.ask(http.StatusOK, "REPORT", events, body, "Depth: 1")
	want := "FREEBUSY:20260504T000000Z/20260504T010000Z\r\nFREEBUSY:20260504T100000Z/20260504T120000Z\r\nFREEBUSY:20260504T230000Z/20260505T000000Z\r\nFREEBUSY;FBTYPE=BUSY-TENTATIVE:20260504T170000Z/20260504T180000Z\r\n"
	if !strings.Contains(a.body, want) {
		t.Errorf("%s", a.body)
	}
	w.ask(http.StatusBadRequest, "REPORT", events, strings.Replace(body, "20260505", "20260503", 1))
}

// A range of time finds all that there is to find also where that is more than is looked at at once, whenever it ends.
func TestManyInARange(t *testing.T) {
	w := newWorld(t)
	const n = 2*manyAtOnce + 50
	for i := range n {
		// Many end at the same time, which is where one would lose count.
		w.ask(http.StatusCreated, "PUT", fmt.Sprintf("%s%d", events, i), eventOf(fmt.Sprint("u", i), fmt.Sprintf("DTSTART:202605%02dT100000Z", 4+i%3), "DURATION:PT1H"))
	}
	for _, c := range []struct {
		from, to string
		want     int
	}{
		{"20260501T000000Z", "20260601T000000Z", n}, {"20260504T000000Z", "20260505T000000Z", (n + 2) / 3}, {"20260507T000000Z", "20260601T000000Z", 0},
	} {
		a := w.ask(http.StatusMultiStatus, "REPORT", events, calQuery("VEVENT", `<cal:time-range start="`+c.from+`" end="`+c.to+`"/>`))
		seen := make(map[string]bool)
		list := hrefsIn(t, a.body)
		for _, h := range list {
			seen[h] = true
		}
		if len(list) != c.want || len(seen) != c.want {
			t.Errorf("%s to %s: %d, %d of them different, instead of %d", c.from, c.to, len(list), len(seen), c.want)
		}
	}
}
