package face

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestFirstCollectionsStay(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{contacts, events, tasks, "/dav/calendars/ann/notes/", "/dav/calendars/ann/", "/dav/", "/dav/principals/ann/"} {
		w.ask(http.StatusForbidden, "DELETE", path, "")
	}
}

// The user's fear: a calendar is deleted on one device and everything in it is gone for good.
func TestDeletedCollectionCanComeBack(t *testing.T) {
	w := newWorld(t)
	work := "/dav/calendars/ann/work/"
	w.ask(http.StatusCreated, "MKCALENDAR", work, `<C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop><D:displayname>Work &amp; co</D:displayname><C:calendar-description>x</C:calendar-description></D:prop></D:set></C:mkcalendar>`)
	w.ask(http.StatusForbidden, "MKCALENDAR", work, "")
	w.ask(http.StatusCreated, "PUT", work+"e", eventOf("e", "DTSTART:20260504T100000Z"))
	has(t, w.ask(http.StatusMultiStatus, "PROPFIND", work, prop("displayname", "cal:calendar-description"), "Depth: 0").body,
		work+" 200 displayname=Work & co", work+" 200 calendar-description=x")
	w.ask(http.StatusNoContent, "DELETE", work, "")
	w.ask(http.StatusNotFound, "PROPFIND", work, "", "Depth: 0")
	w.ask(http.StatusNotFound, "GET", work+"e", "")
	w.ask(http.StatusNotFound, "DELETE", work, "")
	w.ask(http.StatusCreated, "MKCALENDAR", work, "")
	w.ask(http.StatusNotFound, "GET", work+"e", "")
	w.mu.Lock()
	clear(w.removed) // somebody brings the first one back
	w.mu.Unlock()
	list := w.ask(http.StatusMultiStatus, "PROPFIND", "/dav/calendars/ann/", prop("displayname"), "Depth: 1")
	has(t, list.body, "/dav/calendars/ann/work/ 200 displayname=work", "/dav/calendars/ann/work-client-id-ann-1/ 200 displayname=Work & co")
	w.ask(http.StatusOK, "GET", "/dav/calendars/ann/work-client-id-ann-1/e", "")
}

func TestMakeCollections(t *testing.T) {
	w := newWorld(t)
	mkcol := func(inside string) string {
		return `<mkcol xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:A="urn:ietf:params:xml:ns:carddav"><set><prop>` + inside + `</prop></set></mkcol>`
	}
	book, calendar := `<resourcetype><collection/><A:addressbook/></resourcetype>`, `<resourcetype><collection/><C:calendar/></resourcetype>`
	only := func(names ...string) string {
		out := `<C:supported-calendar-component-set>`
		for _, n := range names {
			out += `<C:comp name="` + n + `"/>`
		}
		return out + `</C:supported-calendar-component-set>`
	}
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		want                     string
	}{
		{"an address book", "MKCOL", "/dav/addressbooks/ann/a1/", mkcol(book), 201, ""},
		{"without a body", "MKCOL", "/dav/addressbooks/ann/a2", "", 201, ""},
		{"a calendar by MKCOL", "MKCOL", "/dav/calendars/ann/c1/", mkcol(calendar), 201, "comp:VEVENT comp:VTODO comp:VJOURNAL"},
		{"of tasks", "MKCOL", "/dav/calendars/ann/c2/", mkcol(calendar + only("VTODO")), 201, "comp:VTODO"},
		{"of journals", "MKCOL", "/dav/calendars/ann/c3/", mkcol(calendar + only("VJOURNAL")), 201, "comp:VJOURNAL"},
		{"of several", "MKCOL", "/dav/calendars/ann/c4/", mkcol(calendar + only("VTODO", "VEVENT")), 201, "comp:VEVENT comp:VTODO"},
		{"of one that there is", "MKCOL", "/dav/calendars/ann/c7/", mkcol(calendar + only("VPOLL", "VEVENT")), 201, "comp:VEVENT"},
		{"of what there is not", "MKCOL", "/dav/calendars/ann/c5/", mkcol(calendar + only("VPOLL")), 403, "supported-calendar-component"},
		{"an address book among calendars", "MKCOL", "/dav/calendars/ann/c6/", mkcol(book), 403, "valid-resourcetype"},
		{"a calendar among address books", "MKCALENDAR", "/dav/addressbooks/ann/a3/", "", 403, "calendar-collection-location-ok"},
		{"one that is there", "MKCOL", contacts, "", 405, ""},
		{"inside another", "MKCOL", contacts + "x/", "", 403, ""},
		{"inside none", "MKCOL", "/dav/addressbooks/ann/none/x/", "", 409, ""},
		{"deep inside another", "MKCOL", contacts + "x/y/", "", 409, ""},
		{"an item deep inside another", "PUT", contacts + "x/y", cardOf("y", "y"), 409, ""},
		{"in the root", "MKCOL", "/dav/x/", "", 404, ""},
		{"a body that is none", "MKCOL", "/dav/addressbooks/ann/a4/", "xxx", 415, ""},
		{"a protected property", "MKCOL", "/dav/addressbooks/ann/a5/", mkcol(book + "<getetag>x</getetag>"), 403, "mkcol-response"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := w.as("ann", c.method, c.path, c.body)
			if a.status != c.status || c.status != 201 && !strings.Contains(a.body, c.want) {
				t.Fatalf("%d %s", a.status, a.body)
			}
			if c.status != 201 || c.want == "" {
				return
			}
			has(t, w.ask(http.StatusMultiStatus, "PROPFIND", c.path, prop("cal:supported-calendar-component-set"), "Depth: 0").body, c.path+" 200 supported-calendar-component-set="+c.want)
		})
	}
	if a := w.as("ann", "PROPFIND", "/dav/addressbooks/ann/a5/", "", "Depth: 0"); a.status != http.StatusNotFound {
		t.Errorf("what was refused was made: %d", a.status)
	}
}

func TestNoEndOfCollections(t *testing.T) {
	w := newWorld(t)
	last := 0
	for i := 0; i <= maxCollections; i++ {
		last = w.as("ann", "MKCOL", "/dav/addressbooks/ann/x"+strings.Repeat("x", i), "").status
	}
	if last != http.StatusInsufficientStorage {
		t.Errorf("%d", last)
	}
}

func TestDeadProperties(t *testing.T) {
	w := newWorld(t)
	w.ask(http.StatusCreated, "PUT", contacts+"a", cardOf("a", "a"))
	update := func(inside string) string {
		return `<propertyupdate xmlns="DAV:" xmlns:i="http://apple.com/ns/ical/">` + inside + `</propertyupdate>`
	}
	for _, path := range []string{contacts, contacts + "a", "/dav/principals/ann/", "/dav/calendars/ann/"} {
		set := update(`<set><prop><i:calendar-color symbolic-color="red">#FF0000FF</i:calendar-color><own xmlns="x:y"><b z="1">t</b></own></prop></set>`)
		has(t, w.ask(http.StatusMultiStatus, "PROPPATCH", path, set).body, path+" 200 calendar-color", path+" 200 own")
		w.open()
		got := w.ask(http.StatusMultiStatus, "PROPFIND", path, request("d:propfind", "", "ical:calendar-color"), "Depth: 0")
		if !strings.Contains(got.body, `<ical:calendar-color symbolic-color="red">#FF0000FF</ical:calendar-color>`) {
			t.Errorf("%s: %s", path, got.body)
		}
		has(t, w.ask(http.StatusMultiStatus, "PROPFIND", path, `<propfind xmlns="DAV:"><allprop/></propfind>`, "Depth: 0").body, path+" 200 own=b(t)")
		has(t, w.ask(http.StatusMultiStatus, "PROPFIND", path, `<propfind xmlns="DAV:"><propname/></propfind>`, "Depth: 0").body, path+" 200 own", path+" 200 resourcetype")
		// All or nothing.
		both := update(`<remove><prop><i:calendar-color/></prop></remove><set><prop><getetag>x</getetag></prop></set>`)
		has(t, w.ask(http.StatusMultiStatus, "PROPPATCH", path, both).body, path+" 403 getetag", path+" 424 calendar-color")
		has(t, w.ask(http.StatusMultiStatus, "PROPFIND", path, prop("ical:calendar-color"), "Depth: 0").body, path+" 200 calendar-color=#FF0000FF")
		w.ask(http.StatusMultiStatus, "PROPPATCH", path, update(`<remove><prop><i:calendar-color/></prop></remove>`))
		has(t, w.ask(http.StatusMultiStatus, "PROPFIND", path, prop("ical:calendar-color"), "Depth: 0").body, path+" 404 calendar-color")
	}
	// Another item of the same name begins without.
	w.ask(http.StatusNoContent, "DELETE", contacts+"a", "")
	w.ask(http.StatusCreated, "PUT", contacts+"a", cardOf("a", "a"))
	if got := lines(t, w.ask(http.StatusMultiStatus, "PROPFIND", contacts+"a", `<propfind xmlns="DAV:"><allprop/></propfind>`, "Depth: 0").body); slices.Contains(got, contacts+"a 200 own=b(t)") {
		t.Error("a new item has the properties of an old one")
	}
	big := update(`<set><prop><big xmlns="x">` + strings.Repeat("x", maxPropertySize) + `</big></prop></set>`)
	has(t, w.ask(http.StatusMultiStatus, "PROPPATCH", contacts, big).body, contacts+" 507 big")
	w.ask(http.StatusMultiStatus, "PROPPATCH", contacts, update(`<set><prop><displayname>Friends</displayname></prop></set>`))
	has(t, w.ask(http.StatusMultiStatus, "PROPFIND", contacts, prop("displayname"), "Depth: 0").body, contacts+" 200 displayname=Friends")
}
