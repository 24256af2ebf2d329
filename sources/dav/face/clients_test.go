package face

import (
	"net/http"
	"strings"
	"testing"
)

// An exchange is one request of a real client and lines that have to be in the answer.
type exchange struct {
	name, method, path, body string
	headers                  []string
	status                   int
	want                     []string
	// holds are texts of the answer or its header.
	holds []string
}

func play(t *testing.T, w *world, list []exchange) {
	t.Helper()
	for _, e := range list {
		t.Run(e.name, func(t *testing.T) {
			a := w.as("ann", e.method, e.path, e.body, e.headers...)
			if a.status != e.status {
				t.Fatalf("%d instead of %d\n%s", a.status, e.status, a.body)
			}
			if len(e.want) > 0 {
				has(t, a.body, e.want...)
			}
			for _, h := range e.holds {
				var head strings.Builder
				_ = a.header.Write(&head) // a strings.Builder takes everything
				if !strings.Contains(a.body, h) && !strings.Contains(head.String(), h) {
					t.Errorf("no %q in\n%s%s", h, head.String(), a.body)
				}
			}
		})
	}
}

// What an iPhone asks for when an account is set up and synchronised.
func TestAppleClient(t *testing.T) {
	w := newWorld(t)
	w.ask(http.StatusCreated, "PUT", contacts+"A1.vcf", cardOf("A1", "Ann"))
	apple := []string{"Depth: 0", "Prefer: return=minimal", "Brief: t", "User-Agent: iOS/18.1 (22B83) dataaccessd/1.0", "Content-Type: text/xml"}
	deep := append([]string{"Depth: 1"}, apple[1:]...)
	me, home := "/dav/principals/ann/", "/dav/addressbooks/ann/"
	play(t, w, []exchange{
		{name: "well-known cards", method: "PROPFIND", path: "/.well-known/carddav", headers: apple, body: prop("current-user-principal", "principal-URL", "resourcetype"), status: 301, holds: []string{"Location: /dav/"}},
		{name: "well-known calendars", method: "PROPFIND", path: "/.well-known/caldav", headers: apple, body: prop("current-user-principal", "principal-URL", "resourcetype"), status: 301, holds: []string{"Location: /dav/"}},
		{name: "root", method: "PROPFIND", path: "/dav/", headers: apple, body: prop("current-user-principal", "principal-URL", "resourcetype"), status: 207,
			want: []string{"/dav/ 200 current-user-principal=href(" + me + ")", "/dav/ 200 resourcetype=collection"}},
		{name: "options", method: "OPTIONS", path: me, headers: apple, status: 200, holds: []string{"access-control", "calendar-access", "addressbook", "extended-mkcol", "PROPPATCH"}},
		{name: "principal", method: "PROPFIND", path: me, headers: apple, body: prop("displayname", "cal:calendar-home-set", "card:addressbook-home-set", "cal:calendar-user-address-set", "cs:email-address-set", "supported-report-set", "principal-collection-set", "cal:schedule-inbox-URL", "cs:dropbox-home-URL", "resource-id"), status: 207,
			want: []string{me + " 200 calendar-home-set=href(/dav/calendars/ann/)", me + " 200 addressbook-home-set=href(/dav/addressbooks/ann/)", me + " 200 principal-collection-set=href(/dav/principals/)", me + " 200 displayname=ann"}},
		{name: "collections of cards", method: "PROPFIND", path: home, headers: deep, body: prop("add-member", "cs:bulk-requests", "current-user-privilege-set", "displayname", "cs:max-image-size", "card:max-resource-size", "owner", "quota-available-bytes", "resource-id", "resourcetype", "supported-report-set", "sync-token", "cs:getctag"), status: 207,
			want: []string{home + "contacts/ 200 resourcetype=collection addressbook", home + "contacts/ 200 displayname=Contacts", home + "contacts/ 200 owner=href(" + me + ")",
				home + "contacts/ 200 supported-report-set=supported-report(report(expand-property)) supported-report(report(sync-collection)) supported-report(report(addressbook-multiget)) supported-report(report(addressbook-query))"}},
		{name: "collections of calendars", method: "PROPFIND", path: "/dav/calendars/ann/", headers: deep, body: prop("displayname", "resourcetype", "cal:supported-calendar-component-set", "ical:calendar-color", "ical:calendar-order", "cs:getctag", "sync-token", "current-user-privilege-set", "cal:schedule-calendar-transp"), status: 207,
			want: []string{events + " 200 supported-calendar-component-set=comp:VEVENT", tasks + " 200 supported-calendar-component-set=comp:VTODO", "/dav/calendars/ann/notes/ 200 supported-calendar-component-set=comp:VJOURNAL", events + " 200 resourcetype=collection calendar"}},
		{name: "color", method: "PROPPATCH", path: events, headers: apple, body: `<A:propertyupdate xmlns:A="DAV:"><A:set><A:prop><D:calendar-color xmlns:D="http://apple.com/ns/ical/" symbolic-color="custom">#711A76FF</D:calendar-color></A:prop></A:set></A:propertyupdate>`, status: 200, holds: []string{"Preference-Applied: return=minimal"}},
		{name: "default alarm", method: "PROPPATCH", path: "/dav/calendars/ann/", headers: apple, body: `<A:propertyupdate xmlns:A="DAV:"><A:set><A:prop><B:default-alarm-vevent-date xmlns:B="urn:ietf:params:xml:ns:caldav">BEGIN:VALARM&#13;
END:VALARM</B:default-alarm-vevent-date></A:prop></A:set></A:propertyupdate>`, status: 200},
		{name: "both are kept", method: "PROPFIND", path: events, headers: apple, body: prop("ical:calendar-color"), status: 207, want: []string{events + " 200 calendar-color=#711A76FF"}},
		{name: "changes", method: "REPORT", path: contacts, headers: deep, body: `<A:sync-collection xmlns:A="DAV:"><A:sync-token/><A:sync-level>1</A:sync-level><A:prop><A:getetag/></A:prop></A:sync-collection>`, status: 207,
			holds: []string{contacts + "A1.vcf", "sync-token>urn:"}},
		{name: "cards", method: "REPORT", path: contacts, headers: deep, body: `<B:addressbook-multiget xmlns:B="urn:ietf:params:xml:ns:carddav"><A:prop xmlns:A="DAV:"><A:getetag/><B:address-data/></A:prop><A:href xmlns:A="DAV:">` + contacts + `A1.vcf</A:href><A:href xmlns:A="DAV:">` + contacts + `gone.vcf</A:href></B:addressbook-multiget>`, status: 207,
			want: []string{contacts + "gone.vcf 404", contacts + "A1.vcf 200 address-data=" + strings.TrimSpace(cardOf("A1", "Ann"))}},
		{name: "a group", method: "PUT", path: contacts + "G1.vcf", headers: []string{"If-None-Match: *", "Content-Type: text/vcard; charset=utf-8"}, status: 201, holds: []string{"Etag: "},
			body: "BEGIN:VCARD\r\nVERSION:3.0\r\nPRODID:-//Apple Inc.//iOS 18.1//EN\r\nN:Friends\r\nFN:Friends\r\nX-ADDRESSBOOKSERVER-KIND:group\r\nX-ADDRESSBOOKSERVER-MEMBER:urn:uuid:A1\r\nREV:2026-05-04T03:02:01Z\r\nUID:G1\r\nEND:VCARD\r\n"},
		{name: "a new list of tasks", method: "MKCALENDAR", path: "/dav/calendars/ann/0B1C/", headers: apple, status: 201,
			body: `<B:mkcalendar xmlns:B="urn:ietf:params:xml:ns:caldav"><A:set xmlns:A="DAV:"><A:prop><B:supported-calendar-component-set><B:comp name="VTODO"/></B:supported-calendar-component-set><D:calendar-order xmlns:D="http://apple.com/ns/ical/">3</D:calendar-order><A:displayname>Shopping</A:displayname></A:prop></A:set></B:mkcalendar>`},
		{name: "what it is", method: "PROPFIND", path: "/dav/calendars/ann/0B1C/", headers: apple, body: prop("displayname", "ical:calendar-order", "cal:supported-calendar-component-set"), status: 207,
			want: []string{"/dav/calendars/ann/0B1C/ 200 displayname=Shopping", "/dav/calendars/ann/0B1C/ 200 calendar-order=3", "/dav/calendars/ann/0B1C/ 200 supported-calendar-component-set=comp:VTODO"}},
		{name: "searching principals", method: "REPORT", path: me, headers: apple, body: `<A:principal-search-property-set xmlns:A="DAV:"/>`, status: 200, holds: []string{"principal-search-property-set"}},
		{name: "expanding", method: "REPORT", path: me, headers: apple, body: `<A:expand-property xmlns:A="DAV:"><A:property name="addressbook-home-set" namespace="urn:ietf:params:xml:ns:carddav"><A:property name="displayname"/></A:property></A:expand-property>`, status: 207,
			holds: []string{"<card:addressbook-home-set><d:response><d:href>" + home + "</d:href>", "<d:displayname>ann</d:displayname>"}},
	})
}

// What DAVx5 asks for: cards and events by sync-collection, tasks by calendar-query.
func TestDAVx5Client(t *testing.T) {
	w := newWorld(t)
	me := "/dav/principals/ann/"
	zero, one := []string{"Depth: 0", "Accept-Encoding: identity"}, []string{"Depth: 1", "Accept-Encoding: identity"}
	task := strings.ReplaceAll(eventOf("t1", "DUE:20260504T100000Z", "X-DAVX5-KEPT:yes"), "VEVENT", "VTODO")
	play(t, w, []exchange{
		{name: "options", method: "OPTIONS", path: "/dav/", status: 200, holds: []string{"addressbook"}},
		{name: "root", method: "PROPFIND", path: "/dav/", headers: zero, body: prop("resourcetype", "displayname", "card:addressbook-description", "card:addressbook-home-set", "current-user-principal"), status: 207,
			want: []string{"/dav/ 200 current-user-principal=href(" + me + ")", "/dav/ 404 addressbook-home-set"}},
		{name: "homes", method: "PROPFIND", path: me, headers: zero, body: prop("displayname", "cal:calendar-home-set", "card:addressbook-home-set", "group-membership", "cal:calendar-proxy-read-for"), status: 207,
			want: []string{me + " 200 calendar-home-set=href(/dav/calendars/ann/)", me + " 200 group-membership", me + " 404 calendar-proxy-read-for"}},
		{name: "collections", method: "PROPFIND", path: "/dav/calendars/ann/", headers: one, body: prop("resourcetype", "displayname", "owner", "current-user-privilege-set", "cal:calendar-description", "ical:calendar-color", "cal:calendar-timezone", "cal:supported-calendar-component-set", "cs:source"), status: 207,
			want: []string{tasks + " 200 displayname=Tasks", tasks + " 404 calendar-color", tasks + " 200 current-user-privilege-set=privilege(read) privilege(read-current-user-privilege-set) privilege(write) privilege(write-properties) privilege(write-content) privilege(bind) privilege(unbind) privilege(all) privilege(read-free-busy)"}},
		{name: "capabilities", method: "PROPFIND", path: contacts, headers: zero, body: prop("card:max-resource-size", "card:supported-address-data", "supported-report-set", "cs:getctag", "sync-token"), status: 207,
			want: []string{contacts + " 200 max-resource-size=8388608", contacts + " 200 supported-address-data=address-data-type"}, holds: []string{`content-type="text/vcard" version="3.0"`}},
		{name: "a new task", method: "PUT", path: tasks + "t1.ics", headers: []string{"If-None-Match: *", "Content-Type: text/calendar; charset=utf-8"}, body: task, status: 201, holds: []string{"Etag: "}},
		{name: "tasks", method: "REPORT", path: tasks, headers: one, body: calQuery("VTODO", ""), status: 207, holds: []string{tasks + "t1.ics"}},
		{name: "get them", method: "REPORT", path: tasks, headers: zero, body: request("cal:calendar-multiget", "<d:href>"+tasks+"t1.ics</d:href>", "getcontenttype", "getetag", "cal:calendar-data"), status: 207,
			want: []string{tasks + "t1.ics 200 calendar-data=" + strings.TrimSpace(task), tasks + "t1.ics 200 getcontenttype=text/calendar; charset=utf-8; component=vtodo"}},
		{name: "changes of events", method: "REPORT", path: events, headers: zero, body: `<sync-collection xmlns="DAV:"><sync-token/><sync-level>1</sync-level><limit><nresults>5000</nresults></limit><prop><getetag/></prop></sync-collection>`, status: 207, holds: []string{"sync-token>urn:"}},
	})
}
