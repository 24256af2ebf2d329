package face

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"
)

// zoneText is a calendar with one time zone.
const zoneText = "BEGIN:VCALENDAR&#13;\nVERSION:2.0&#13;\nPRODID:-//invented//EN&#13;\nBEGIN:VTIMEZONE&#13;\nTZID:Europe/Oslo&#13;\nEND:VTIMEZONE&#13;\nEND:VCALENDAR"

func update(inside string) string {
	return `<d:propertyupdate xmlns:d="DAV:" xmlns:cal="urn:ietf:params:xml:ns:caldav" xmlns:card="urn:ietf:params:xml:ns:carddav">` + inside + `</d:propertyupdate>`
}

func setting(inside string) string { return update(`<d:set><d:prop>` + inside + `</d:prop></d:set>`) }

// Every property that a standard demands is told of every resource that has it, and those that say what can be done
// agree with what can be done.
func TestPropertiesOfStandards(t *testing.T) {
	w := newWorld(t)
	w.ask(http.StatusCreated, "PUT", contacts+"a", cardOf("a", "a"))
	w.ask(http.StatusCreated, "PUT", events+"e", eventOf("e", "DTSTART:20260101T100000Z"))
	access := []string{"supported-privilege-set", "current-user-privilege-set", "acl", "acl-restrictions", "inherited-acl-set"}
	for _, c := range []struct {
		path  string
		names []string
	}{
		{"/dav/", append(access, "supported-method-set", "supported-report-set", "principal-collection-set", "current-user-principal", "supportedlock", "lockdiscovery")},
		{"/dav/principals/ann/", append(access, "displayname", "resourcetype", "alternate-URI-set", "principal-URL", "group-membership")},
		{contacts, append(access, "getetag", "getlastmodified", "sync-token", "add-member", "cs:getctag", "card:supported-address-data", "card:max-resource-size", "card:supported-collation-set", "owner")},
		{events, append(access, "getlastmodified", "cal:supported-calendar-component-set", "cal:supported-calendar-data", "cal:max-resource-size", "cal:supported-collation-set")},
		{contacts + "a", append(access, "getetag", "getlastmodified", "getcontenttype", "getcontentlength", "resourcetype", "owner")},
		{events + "e", append(access, "getetag", "getlastmodified", "getcontenttype", "getcontentlength")},
	} {
		one := w.ask(http.StatusMultiStatus, "PROPFIND", c.path, prop(c.names...), "Depth: 0")
		for _, l := range lines(t, one.body) {
			if strings.Contains(l, " 404 ") {
				t.Error(l)
			}
		}
		if again := w.ask(http.StatusMultiStatus, "PROPFIND", c.path, prop(c.names...), "Depth: 0"); again.body != one.body {
			t.Errorf("%s tells something else the second time:\n%s\n%s", c.path, one.body, again.body)
		}
		// Each name is among those that propname tells.
		names := w.ask(http.StatusMultiStatus, "PROPFIND", c.path, `<propfind xmlns="DAV:"><propname/></propfind>`, "Depth: 0")
		for _, n := range c.names {
			_, local, found := strings.Cut(n, ":")
			if !found {
				local = n
			}
			has(t, names.body, c.path+" 200 "+local)
		}
	}
	methods := w.ask(http.StatusMultiStatus, "PROPFIND", contacts, prop("supported-method-set"), "Depth: 0").body
	for m := range strings.SplitSeq(w.ask(http.StatusOK, "OPTIONS", contacts, "").header.Get("Allow"), ", ") {
		if !strings.Contains(methods, `name="`+m+`"`) {
			t.Errorf("%s is allowed and not told", m)
		}
	}
}

func TestAllpropLeavesOutWhatIsDear(t *testing.T) {
	w := newWorld(t)
	w.ask(http.StatusMultiStatus, "PROPPATCH", events, setting(`<cal:calendar-description>x</cal:calendar-description><own xmlns="x:y">z</own>`))
	got := lines(t, w.ask(http.StatusMultiStatus, "PROPFIND", events, `<propfind xmlns="DAV:"><allprop/></propfind>`, "Depth: 0").body)
	if !slices.Contains(got, events+" 200 own=z") {
		t.Errorf("%q", got)
	}
	for _, not := range []string{"calendar-description", "acl", "supported-calendar-component-set", "current-user-privilege-set"} {
		if slices.ContainsFunc(got, func(l string) bool { return strings.Contains(l, " "+not) }) {
			t.Errorf("allprop tells %s", not)
		}
	}
	with := w.ask(http.StatusMultiStatus, "PROPFIND", events, `<propfind xmlns="DAV:"><allprop/><include><supported-report-set/></include></propfind>`, "Depth: 0")
	if !strings.Contains(with.body, "supported-report-set><") {
		t.Error("what is to be included is not told")
	}
}

func TestTimeZoneOfACalendarIsOne(t *testing.T) {
	w := newWorld(t)
	for name, bad := range map[string]string{"no calendar": "BOGUS", "no zone": "BEGIN:VCALENDAR&#13;\nVERSION:2.0&#13;\nEND:VCALENDAR", "an event": strings.ReplaceAll(zoneText, "VTIMEZONE", "VEVENT")} {
		a := w.ask(http.StatusMultiStatus, "PROPPATCH", events, setting("<cal:calendar-timezone>"+bad+"</cal:calendar-timezone><d:displayname>x</d:displayname>"))
		has(t, a.body, events+" 403 calendar-timezone", events+" 424 displayname")
		if !strings.Contains(a.body, "valid-calendar-data") {
			t.Errorf("%s: %s", name, a.body)
		}
	}
	has(t, w.ask(http.StatusMultiStatus, "PROPPATCH", events, setting("<cal:calendar-timezone>"+zoneText+"</cal:calendar-timezone>")).body, events+" 200 calendar-timezone")
	has(t, w.ask(http.StatusMultiStatus, "PROPPATCH", events, setting("<d:getetag>x</d:getetag>")).body, events+" 403 getetag")
}

func TestPreferences(t *testing.T) {
	w := newWorld(t)
	few := w.ask(http.StatusMultiStatus, "PROPFIND", contacts, prop("displayname", "cs:nothing"), "Depth: 0", "Prefer: return=minimal")
	if strings.Contains(few.body, "404") || few.header.Get("Preference-Applied") != "return=minimal" {
		t.Errorf("%v %s", few.header, few.body)
	}
	inner := w.ask(http.StatusMultiStatus, "PROPFIND", "/dav/calendars/ann/", prop("displayname"), "Depth: 1", "Prefer: depth-noroot, return=minimal")
	if got := lines(t, inner.body); len(got) != 3 {
		t.Errorf("%q", got)
	}
	done := w.ask(http.StatusOK, "PROPPATCH", contacts, setting("<d:displayname>Friends</d:displayname>"), "Prefer: return=minimal")
	if done.body != "" {
		t.Error(done.body)
	}
	has(t, w.ask(http.StatusMultiStatus, "PROPPATCH", contacts, setting("<d:getetag>x</d:getetag>"), "Prefer: return=minimal").body, contacts+" 403 getetag")
	// Bytes that are not those that were sent come at once, with their entity tag.
	noUID := strings.Replace(cardOf("a", "Ann"), "UID:a\r\n", "", 1)
	made := w.ask(http.StatusCreated, "PUT", contacts+"a", noUID, "Prefer: return=representation")
	got := w.ask(http.StatusOK, "GET", contacts+"a", "")
	if made.body != got.body || made.header.Get("ETag") != got.header.Get("ETag") || made.header.Get("Content-Location") != contacts+"a" {
		t.Errorf("%v %s", made.header, made.body)
	}
	again := w.ask(http.StatusOK, "PUT", contacts+"a", made.body, "Prefer: return=representation", "If-Match: "+made.header.Get("ETag"))
	if again.body != made.body || again.header.Get("ETag") == made.header.Get("ETag") {
		t.Errorf("%v %s", again.header, again.body)
	}
}

func TestAddMember(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ coll, body, taken string }{
		{contacts, cardOf("u", "Ann"), "no-uid-conflict"}, {events, eventOf("u", "DTSTART:20260101T100000Z"), "no-uid-conflict"},
	} {
		has(t, w.ask(http.StatusMultiStatus, "PROPFIND", c.coll, prop("add-member"), "Depth: 0").body, c.coll+" 200 add-member=href("+c.coll+"?add-member)")
		made := w.ask(http.StatusCreated, "POST", c.coll+"?add-member", c.body)
		at := made.header.Get("Location")
		if got := w.ask(http.StatusOK, "GET", at, ""); got.body != c.body || got.header.Get("ETag") != made.header.Get("ETag") || !strings.HasPrefix(at, c.coll) {
			t.Errorf("%s: %v %s", at, got.header, got.body)
		}
		w.ask(http.StatusPreconditionFailed, "POST", c.coll+"?add-member", c.body) // it came twice
		w.ask(http.StatusCreated, "MOVE", at, "", "Destination: "+w.srv.URL+c.coll+"renamed", "Overwrite: T")
		if a := w.ask(http.StatusConflict, "POST", c.coll+"?add-member", c.body); !strings.Contains(a.body, c.taken) {
			t.Error(a.body)
		}
		w.ask(http.StatusForbidden, "POST", c.coll+"?add-member", "nonsense")
	}
	noUID := strings.Replace(cardOf("a", "Bob"), "UID:a\r\n", "", 1)
	w.ask(http.StatusCreated, "POST", contacts+"?add-member", noUID)
	w.ask(http.StatusMethodNotAllowed, "POST", contacts, cardOf("x", "x"))
	w.ask(http.StatusMethodNotAllowed, "POST", "/dav/calendars/ann/?add-member", cardOf("x", "x"))
	w.ask(http.StatusNotFound, "POST", "/dav/calendars/ann/none/?add-member", cardOf("x", "x"))
	if a := w.as("", "POST", contacts+"?add-member", cardOf("x", "x"), "Authorization: Bearer bindery_read_ann"); a.status != http.StatusForbidden {
		t.Errorf("who may only read: %d", a.status)
	}
}

// If-None-Match with entity tags is met unless the item is one of them.
func TestIfNoneMatchOfTags(t *testing.T) {
	w := newWorld(t)
	tag := w.ask(http.StatusCreated, "PUT", contacts+"a", cardOf("a", "a"), `If-None-Match: "x", "y"`).header.Get("ETag")
	w.ask(http.StatusPreconditionFailed, "PUT", contacts+"a", cardOf("a", "b"), `If-None-Match: "x", `+tag)
	w.ask(http.StatusPreconditionFailed, "DELETE", contacts+"a", "", `If-None-Match: `+tag)
	w.ask(http.StatusNoContent, "PUT", contacts+"a", cardOf("a", "b"), `If-None-Match: "x"`)
	w.ask(http.StatusNoContent, "DELETE", contacts+"a", "", `If-None-Match: `+tag)
}

func TestPrincipalReports(t *testing.T) {
	w := newWorld(t)
	me := "/dav/principals/ann/"
	report := func(root, inside string) string {
		return `<d:` + root + ` xmlns:d="DAV:">` + inside + `<d:prop><d:displayname/></d:prop></d:` + root + `>`
	}
	search := func(match string) string {
		return report("principal-property-search", `<d:property-search><d:prop><d:displayname/></d:prop><d:match>`+match+`</d:match></d:property-search>`)
	}
	told := []string{me + " 200 displayname=ann"}
	for _, c := range []struct {
		name, path, body string
		want             []string
	}{
		{"myself", "/dav/principals/", report("principal-match", "<d:self/>"), told},
		{"myself by my own address", me, report("principal-match", "<d:self/>"), told},
		{"by name", "/dav/principals/", search("AN"), told},
		{"nobody", "/dav/principals/", search("bob"), nil},
		{"by what is not searched", "/dav/principals/", strings.ReplaceAll(search("ann"), "<d:displayname/></d:prop><d:match>", "<d:owner/></d:prop><d:match>"), nil},
		{"of nothing", "/dav/principals/", report("principal-property-search", ""), nil},
		{"of the access list", "/dav/", report("acl-principal-prop-set", ""), told},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := lines(t, w.ask(http.StatusMultiStatus, "REPORT", c.path, c.body, "Depth: 0").body); !slices.Equal(got, c.want) {
				t.Errorf("%q", got)
			}
		})
	}
	if a := w.ask(http.StatusOK, "REPORT", me, `<d:principal-search-property-set xmlns:d="DAV:"/>`); !strings.Contains(a.body, "displayname") {
		t.Error(a.body)
	}
}

// MKCALENDAR and MKCOL name what is not met.
func TestMakingNamesItsPreconditions(t *testing.T) {
	w := newWorld(t)
	if a := w.ask(http.StatusForbidden, "MKCALENDAR", events, ""); !strings.Contains(a.body, "resource-must-be-null") {
		t.Error(a.body)
	}
	if a := w.ask(http.StatusForbidden, "MKCALENDAR", events+"inside/", ""); !strings.Contains(a.body, "calendar-collection-location-ok") {
		t.Error(a.body)
	}
	body := `<cal:mkcalendar xmlns:d="DAV:" xmlns:cal="urn:ietf:params:xml:ns:caldav"><d:set><d:prop><cal:calendar-timezone>BOGUS</cal:calendar-timezone></d:prop></d:set></cal:mkcalendar>`
	if a := w.ask(http.StatusMultiStatus, "MKCALENDAR", "/dav/calendars/ann/new/", body); !strings.Contains(a.body, "valid-calendar-data") {
		t.Error(a.body)
	}
	w.ask(http.StatusNotFound, "PROPFIND", "/dav/calendars/ann/new/", "", "Depth: 0")
}

// When something was made is told of whatever is stored (RFC 4918 section 15.1). It stays when the thing is changed, and where
// it moves; a copy is new.
func TestCreationDate(t *testing.T) {
	w := newWorld(t)
	w.now = time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	date := func(path string) string {
		t.Helper()
		a := w.ask(http.StatusMultiStatus, "PROPFIND", path, prop("creationdate"), "Depth: 0").body
		_, rest, _ := strings.Cut(a, "creationdate>")
		at, _, _ := strings.Cut(rest, "<")
		return at
	}
	want := func(path, at string) {
		t.Helper()
		if got := date(path); got != at {
			t.Errorf("%s was made at %q, want %q", path, got, at)
		}
	}
	first, later := "2026-05-04T03:02:01Z", "2026-05-05T00:00:00Z"
	w.ask(http.StatusCreated, "PUT", contacts+"a.vcf", cardOf("a", "Ann"))
	w.ask(http.StatusCreated, "PUT", contacts+"old.vcf", cardOf("old", "Old"))
	w.ask(http.StatusCreated, "PUT", contacts+"older.vcf", cardOf("older", "Older"))
	err := w.db.Update(t.Context(), func(_ context.Context, tx *gorm.DB) error { // as they were before it was kept
		return tx.Exec("UPDATE datastore_items SET created_at = 0 WHERE id LIKE 'old%'").Error
	})
	if err != nil {
		t.Fatal(err)
	}
	w.now = time.Date(2026, 5, 5, 0, 0, 0, 0, time.UTC)
	w.ask(http.StatusNoContent, "PUT", contacts+"a.vcf", cardOf("a", "Anna"))
	w.ask(http.StatusNoContent, "PUT", contacts+"old.vcf", cardOf("old", "Olda"))
	want(contacts, "2026-04-03T02:01:00Z")
	want(contacts+"a.vcf", first)
	want(contacts+"old.vcf", first)
	want(contacts+"older.vcf", first)
	w.ask(http.StatusCreated, "MOVE", contacts+"a.vcf", "", "Destination: "+contacts+"b.vcf")
	want(contacts+"b.vcf", first)
	w.ask(http.StatusNoContent, "DELETE", contacts+"b.vcf", "")
	w.ask(http.StatusCreated, "PUT", contacts+"b.vcf", cardOf("b", "Ben"))
	want(contacts+"b.vcf", later)
	err = w.db.Update(t.Context(), func(_ context.Context, tx *gorm.DB) error { // changed before it was kept
		return tx.Exec("UPDATE datastore_items SET created_at = 0, created = 0 WHERE id = 'older.vcf'").Error
	})
	if err != nil {
		t.Fatal(err)
	}
	want(contacts+"older.vcf", "")
	w.ask(http.StatusNoContent, "PUT", contacts+"older.vcf", cardOf("older", "Oldest"))
	want(contacts+"older.vcf", "")
	list := w.ask(http.StatusMultiStatus, "PROPFIND", contacts, `<propfind xmlns="DAV:"><allprop/></propfind>`, "Depth: 1").body
	if n := strings.Count(list, "<d:creationdate>"); n != 3 {
		t.Errorf("%d dates of a collection and two items in\n%s", n, list)
	}
	file := "/dav/files/ann/x"
	w.ask(http.StatusCreated, "PUT", file, "x")
	made := date(file)
	if _, err := time.Parse(time.RFC3339, made); err != nil {
		t.Errorf("%q: %v", made, err)
	}
	w.ask(http.StatusNoContent, "PUT", file, "y")
	want(file, made)
	a := w.ask(http.StatusMultiStatus, "PROPPATCH", contacts+"b.vcf", setting("<creationdate xmlns=\"DAV:\">2020-01-01T00:00:00Z</creationdate>"))
	if !strings.Contains(a.body, "cannot-modify-protected-property") {
		t.Errorf("it can be set: %s", a.body)
	}
}
