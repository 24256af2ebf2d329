package face

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// both is a calendar of which nobody said what it holds.
const both = "/dav/calendars/ann/both/"

// todoOf makes a task.
func todoOf(uid string, inside ...string) string {
	return strings.ReplaceAll(eventOf(uid, inside...), "VEVENT", "VTODO")
}

// mixedWorld has a calendar with an event, a task and a journal entry, two minutes apart from each other on one day.
func mixedWorld(t *testing.T) *world {
	w := newWorld(t)
	w.ask(http.StatusCreated, "MKCALENDAR", both, "")
	w.ask(http.StatusCreated, "PUT", both+"e", eventOf("e", "DTSTART:20260504T100000Z", "DTEND:20260504T110000Z", "SUMMARY:lunch"))
	w.ask(http.StatusCreated, "PUT", both+"t", todoOf("t", "DUE:20260504T100200Z", "SUMMARY:dishes"))
	w.ask(http.StatusCreated, "PUT", both+"j", journalOf("j", "DTSTART:20260504T100400Z", "SUMMARY:diary"))
	return w
}

// The user's fear: a calendar with events and tasks is brought over from another server, and half of it is refused.
func TestCalendarOfSeveralSorts(t *testing.T) {
	w := mixedWorld(t)
	w.open()
	has(t, w.ask(http.StatusMultiStatus, "PROPFIND", both, prop("cal:supported-calendar-component-set", "resourcetype"), "Depth: 0").body,
		both+" 200 supported-calendar-component-set=comp:VEVENT comp:VTODO comp:VJOURNAL", both+" 200 resourcetype=collection calendar")
	list := w.ask(http.StatusMultiStatus, "PROPFIND", both, prop("getetag"), "Depth: 1").body
	if got := hrefsIn(t, list); !slices.Equal(got, []string{"", "e", "t", "j"}) {
		t.Errorf("the listing: %v", got)
	}
	get := request("cal:calendar-multiget", "<d:href>"+both+"j</d:href><d:href>"+both+"none</d:href><d:href>"+both+"t</d:href>", "getetag")
	if got := hrefsIn(t, w.ask(http.StatusMultiStatus, "REPORT", both, get).body); !slices.Equal(got, []string{"t", "j", "none 404"}) {
		t.Errorf("the multiget: %v", got)
	}
	for _, c := range []struct {
		comp, inside string
		want         []string
	}{
		{"VEVENT", "", []string{"e"}}, {"VTODO", "", []string{"t"}}, {"VJOURNAL", "", []string{"j"}},
		{"VTODO", `<cal:time-range start="20260504T100000Z" end="20260504T100300Z"/>`, []string{"t"}},
		{"VEVENT", `<cal:time-range start="20260505T100000Z" end="20260505T100300Z"/>`, nil},
		{"VTODO", `<cal:prop-filter name="SUMMARY"><cal:text-match>lunch</cal:text-match></cal:prop-filter>`, nil},
		{"VEVENT", `<cal:prop-filter name="SUMMARY"><cal:text-match>lunch</cal:text-match></cal:prop-filter>`, []string{"e"}},
	} {
		if got := hrefsIn(t, w.ask(http.StatusMultiStatus, "REPORT", both, calQuery(c.comp, c.inside)).body); !slices.Equal(got, c.want) {
			t.Errorf("%s %s: %v", c.comp, c.inside, got)
		}
	}
	for window, want := range map[string][]string{"start=\"20260504T100300Z\" end=\"20260504T120000Z\"": {"e", "j"}, "start=\"20260504T100100Z\" end=\"20260504T100300Z\"": {"e", "t"}, "end=\"20260503T000000Z\"": nil} {
		ask := request("cal:calendar-query", `<cal:filter><cal:comp-filter name="VCALENDAR"><cal:time-range `+window+`/></cal:comp-filter></cal:filter>`, "getetag")
		if got := hrefsIn(t, w.ask(http.StatusMultiStatus, "REPORT", both, ask).body); !slices.Equal(got, want) {
			t.Errorf("entries of all sorts, %s: %v", window, got)
		}
	}
	all := request("cal:calendar-query", `<cal:filter><cal:comp-filter name="VCALENDAR"/></cal:filter>`, "getetag")
	for _, at := range []string{both, "/dav/calendars/ann/"} {
		if got := hrefsIn(t, w.ask(http.StatusMultiStatus, "REPORT", at, all, "Depth: 1").body); !slices.Equal(got, []string{"e", "t", "j"}) {
			t.Errorf("all of %s: %v", at, got)
		}
	}
	if got := w.ask(http.StatusOK, "REPORT", both, `<cal:free-busy-query xmlns:cal="urn:ietf:params:xml:ns:caldav"><cal:time-range start="20260504T000000Z" end="20260505T000000Z"/></cal:free-busy-query>`).body; !strings.Contains(got, "FREEBUSY:20260504T100000Z/20260504T110000Z") {
		t.Error(got)
	}
	for name, want := range map[string]string{"e": "SUMMARY:lunch", "t": "SUMMARY:dishes", "j": "SUMMARY:diary"} {
		if got := w.ask(http.StatusOK, "GET", both+name, "").body; !strings.Contains(got, want) {
			t.Errorf("%s: %s", name, got)
		}
	}
	w.ask(http.StatusNoContent, "DELETE", both+"t", "")
	w.ask(http.StatusNotFound, "GET", both+"t", "")
	w.ask(http.StatusNotFound, "DELETE", both+"t", "")
}

// A name and a UID are there once in a calendar, whatever sort of entry has them (RFC 4791 section 4.1).
func TestOnceInACalendarOfSeveralSorts(t *testing.T) {
	w := mixedWorld(t)
	w.ask(http.StatusCreated, "MKCALENDAR", "/dav/calendars/ann/other/", "")
	w.ask(http.StatusCreated, "PUT", "/dav/calendars/ann/other/e", todoOf("e"))
	w.ask(http.StatusCreated, "PUT", tasks+"mine", todoOf("j"))
	tag := w.ask(http.StatusOK, "GET", both+"e", "").header.Get("ETag")
	for _, c := range []struct {
		name, method, path, body string
		headers                  []string
		status                   int
		want                     string
	}{
		{"a task with the UID of an event", "PUT", both + "x", todoOf("e"), nil, 409, "<cal:no-uid-conflict><d:href>" + both + "e</d:href>"},
		{"a task in the place of an event", "PUT", both + "e", todoOf("e"), nil, 403, "supported-calendar-component"},
		{"and on its condition", "PUT", both + "e", todoOf("e"), []string{"If-Match: " + tag}, 403, "supported-calendar-component"},
		{"a new task in the place of an event", "PUT", both + "e", todoOf("x"), []string{"If-None-Match: *"}, 412, ""},
		{"an event and a task in one", "PUT", both + "x", strings.Replace(eventOf("x"), "END:VCALENDAR", "BEGIN:VTODO\r\nUID:x\r\nEND:VTODO\r\nEND:VCALENDAR", 1), nil, 403, "valid-calendar-object-resource"},
		{"neither of them", "PUT", both + "x", strings.ReplaceAll(eventOf("x"), "VEVENT", "VFREEBUSY"), nil, 403, "supported-calendar-component"},
		{"a card", "PUT", both + "x", cardOf("x", "x"), nil, 403, "supported-calendar-data"},
		{"a task that comes from elsewhere", "MOVE", tasks + "mine", "", []string{"Destination: " + both + "m"}, 409, "no-uid-conflict"},
		{"onto an entry of another sort", "MOVE", tasks + "mine", "", []string{"Destination: " + both + "e"}, 403, "supported-calendar-component"},
		{"an event into a list of tasks", "MOVE", both + "e", "", []string{"Destination: " + tasks + "e"}, 403, ""},
	} {
		if a := w.as("ann", c.method, c.path, c.body, c.headers...); a.status != c.status || !strings.Contains(a.body, c.want) {
			t.Errorf("%s: %d %s", c.name, a.status, a.body)
		}
	}
	w.ask(http.StatusNoContent, "PUT", both+"e", eventOf("e", "SUMMARY:later"), "If-Match: "+tag)
	w.ask(http.StatusPreconditionFailed, "PUT", both+"e", eventOf("e", "SUMMARY:too late"), "If-Match: "+tag)
	w.ask(http.StatusPreconditionFailed, "DELETE", both+"t", "", "If-Match: "+tag)
	w.ask(http.StatusCreated, "MOVE", both+"t", "", "Destination: "+both+"t2")
	w.ask(http.StatusCreated, "MOVE", both+"t2", "", "Destination: "+tasks+"t")
	w.ask(http.StatusCreated, "COPY", both+"j", "", "Destination: "+journals+"j")
	list := w.ask(http.StatusMultiStatus, "PROPFIND", both, prop("getetag"), "Depth: 1").body
	if got := hrefsIn(t, list); !slices.Equal(got, []string{"", "j", "e"}) {
		t.Errorf("what is left: %v", got)
	}
}

// What is said of the calendar, or on the condition that it is unchanged, is said of the whole.
func TestWholeOfACalendarOfSeveralSorts(t *testing.T) {
	w := mixedWorld(t)
	set := `<propertyupdate xmlns="DAV:"><set><prop><own xmlns="x:y">%s</own></prop></set></propertyupdate>`
	for _, at := range []string{both, both + "t", both + "j"} {
		w.ask(http.StatusMultiStatus, "PROPPATCH", at, fmt.Sprintf(set, at))
	}
	list := w.ask(http.StatusMultiStatus, "PROPFIND", both, `<propfind xmlns="DAV:"><prop><own xmlns="x:y"/></prop></propfind>`, "Depth: 1").body
	has(t, list, both+" 200 own="+both, both+"t 200 own="+both+"t", both+"j 200 own="+both+"j", both+"e 404 own")
	state := tokenIn(t, w.ask(http.StatusMultiStatus, "REPORT", both, syncBody("", "")).body)
	iff := "If: <" + both + "> (<" + state + ">)"
	w.ask(http.StatusCreated, "PUT", both+"t2", todoOf("t2"), iff)
	w.ask(http.StatusPreconditionFailed, "PUT", both+"e2", eventOf("e2"), iff)
	w.ask(http.StatusPreconditionFailed, "DELETE", both+"t2", "", "If: ([\"no\"])")
	posted := w.ask(http.StatusCreated, "POST", both+"?add-member", todoOf("posted"), "Content-Type: text/calendar").header.Get("Location")
	if got := w.ask(http.StatusOK, "GET", posted, "").body; got != todoOf("posted") {
		t.Error(got)
	}
	w.ask(http.StatusConflict, "POST", both+"?add-member", eventOf("posted"), "Content-Type: text/calendar")
}

// A bulk request may have entries of all sorts, each with its own answer.
func TestBulkOfSeveralSorts(t *testing.T) {
	w := mixedWorld(t)
	cal := func(s string) string { return strings.ReplaceAll(s, "card:address-data", "cal:calendar-data") }
	got := lines(t, w.ask(http.StatusMultiStatus, "POST", both, multiput(
		cal(creating(todoOf("t2"))), cal(creating(eventOf("e2"))), cal(creating(eventOf("t"))), cal(updating(both+"e", "", eventOf("e", "SUMMARY:x"))),
		cal(updating(both+"t", "", eventOf("t"))), deleting(both+"j", ""), deleting(both+"none", "")), xmlBody).body)
	text := strings.Join(got, "\n")
	for _, want := range []string{"uid=t2", "uid=e2", " 409 no-uid-conflict(href(" + both + "t)) uid(t)", both + "e 200 getetag", both + "t 403 supported-calendar-component", both + "j 200", both + "none 404"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	list := w.ask(http.StatusMultiStatus, "PROPFIND", both, prop("getcontenttype"), "Depth: 1").body
	if got := hrefsIn(t, list); len(got) != 5 || slices.Contains(got, "j") {
		t.Errorf("what is there: %v", got)
	}
}

// The user's fear: a phone that asks for changes misses one, or drops what is there. Whatever is put, changed, deleted and put
// again as an entry of another sort, who follows by tokens and small pages knows what a listing says.
func TestTokensOfACalendarOfSeveralSorts(t *testing.T) {
	for seed := range uint64(6) {
		w := newWorld(t)
		w.ask(http.StatusCreated, "MKCALENDAR", both, "")
		r := rand.New(rand.NewPCG(seed, 1))
		sorts := []func(string, ...string) string{eventOf, todoOf, journalOf}
		known, token := map[string]string{}, ""
		for step := range 40 {
			name := string(rune('a' + r.IntN(4)))
			if r.IntN(3) == 0 {
				w.as("ann", "DELETE", both+name, "")
			} else {
				w.as("ann", "PUT", both+name, sorts[r.IntN(3)](name, fmt.Sprint("SUMMARY:", step)))
			}
			if r.IntN(4) == 0 {
				token = follow(t, w, known, token)
			}
		}
		follow(t, w, known, token)
		is := map[string]string{}
		for _, l := range lines(t, w.ask(http.StatusMultiStatus, "PROPFIND", both, prop("getetag"), "Depth: 1").body) {
			if href, tag, _ := strings.Cut(l, " 200 getetag="); href != both {
				is[href] = tag
			}
		}
		if fmt.Sprint(is) != fmt.Sprint(known) {
			t.Errorf("seed %d: %v is known, and there is %v", seed, known, is)
		}
	}
}

// follow asks for changes by pages of two until there are no more, and gives the last token.
func follow(t *testing.T, w *world, known map[string]string, token string) string {
	for more := true; more; {
		more = false
		a := w.ask(http.StatusMultiStatus, "REPORT", both, syncBody(token, "<d:limit><d:nresults>2</d:nresults></d:limit>"))
		for _, l := range lines(t, a.body) {
			switch href, rest, _ := strings.Cut(l, " "); {
			case strings.HasPrefix(rest, "507"):
				more = true
			case rest == "404":
				delete(known, href)
			case strings.HasPrefix(rest, "200 getetag="):
				known[href] = strings.TrimPrefix(rest, "200 getetag=")
			}
		}
		next := tokenIn(t, a.body)
		if more && next == token {
			t.Fatal("a page that does not go on")
		}
		token = next
	}
	return token
}
