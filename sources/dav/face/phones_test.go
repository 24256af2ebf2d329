package face

import (
	"net/http"
	"strings"
	"testing"
)

// What an iPhone sends once it is set up: its own labels, writes that came too late, and tokens that are none.
func TestAppleClientGoesOn(t *testing.T) {
	w := newWorld(t)
	own := "BEGIN:VCARD\r\nVERSION:3.0\r\nPRODID:-//Apple Inc.//iOS 18.1//EN\r\nN:Sample;Ada;;;\r\nFN:Ada Sample\r\nitem1.TEL:+1 555 0100\r\nitem1.X-ABLabel:Boat\r\n" +
		"item2.X-ABDATE;type=pref:2026-05-04\r\nitem2.X-ABLabel:_$!<Anniversary>!$_\r\nREV:2026-05-04T03:02:01Z\r\nUID:A1\r\nEND:VCARD\r\n"
	card := []string{"Content-Type: text/vcard; charset=utf-8", "User-Agent: iOS/18.1 (22B83) dataaccessd/1.0"}
	made := w.ask(http.StatusCreated, "PUT", contacts+"A1.vcf", own, append(card, "If-None-Match: *")...)
	tag := made.header.Get("ETag")
	if tag == "" {
		t.Error("no ETag for what is stored as it was sent")
	}
	apple := []string{"Depth: 0", "Prefer: return=minimal", "Brief: t", "Content-Type: text/xml"}
	deep := append([]string{"Depth: 1"}, apple[1:]...)
	me, home := "/dav/principals/ann/", "/dav/addressbooks/ann/"
	changes := func(token string) string {
		return `<A:sync-collection xmlns:A="DAV:"><A:sync-token>` + token + `</A:sync-token><A:sync-level>1</A:sync-level><A:limit><A:nresults>1</A:nresults></A:limit><A:prop><A:getetag/></A:prop></A:sync-collection>`
	}
	play(t, w, []exchange{
		{name: "who am I", method: "PROPFIND", path: me, headers: apple, body: prop("principal-URL", "resourcetype", "cal:calendar-user-address-set"), status: 207,
			want: []string{me + " 200 principal-URL=href(" + me + ")", me + " 200 resourcetype=collection principal"}, holds: []string{"calendar-user-address-set"}},
		{name: "state of the collection", method: "PROPFIND", path: home, headers: deep, body: prop("cs:getctag", "sync-token", "current-user-privilege-set"), status: 207, holds: []string{"getctag>", "sync-token>urn:", "write-content"}},
		{name: "its labels come back", method: "REPORT", path: contacts, headers: deep, status: 207, want: []string{contacts + "A1.vcf 200 address-data=" + strings.TrimSpace(own)},
			body: request("card:addressbook-multiget", "<d:href>"+contacts+"A1.vcf</d:href>", "getetag", "card:address-data")},
		{name: "made twice", method: "PUT", path: contacts + "A1.vcf", headers: append(card, "If-None-Match: *"), body: own, status: 412},
		{name: "the same person under another name", method: "PUT", path: contacts + "B2.vcf", headers: append(card, "If-None-Match: *"), body: own, status: 409, holds: []string{"no-uid-conflict", contacts + "A1.vcf"}},
		{name: "too late", method: "PUT", path: contacts + "A1.vcf", headers: append(card, `If-Match: "older"`), body: own, status: 412},
		{name: "an edit", method: "PUT", path: contacts + "A1.vcf", headers: append(card, "If-Match: "+tag), body: strings.Replace(own, "0100", "0101", 1), status: 204, holds: []string{"Etag: "}},
		{name: "deleted too late", method: "DELETE", path: contacts + "A1.vcf", headers: []string{"If-Match: " + tag}, status: 412},
		{name: "a second one", method: "PUT", path: contacts + "C3.vcf", headers: append(card, "If-None-Match: *"), body: cardOf("C3", "Cleo"), status: 201},
		{name: "a part of the changes", method: "REPORT", path: contacts, headers: deep, body: changes(""), status: 207, holds: []string{" 507 ", "sync-token>urn:"}},
		{name: "a token of its own making", method: "REPORT", path: contacts, headers: deep, body: changes("6C1A2B0E-77D0-4F0C-9D54-0A1B2C3D4E5F"), status: 403, holds: []string{"valid-sync-token"}},
		{name: "begins anew", method: "REPORT", path: contacts, headers: deep, body: strings.Replace(changes(""), "<A:limit><A:nresults>1</A:nresults></A:limit>", "", 1), status: 207, holds: []string{contacts + "A1.vcf", contacts + "C3.vcf"}},
	})
}

// What DAVx5 sends when it takes only newer events, and to whoever has vCard 4 or groups as categories.
func TestDAVx5ClientGoesOn(t *testing.T) {
	w := newWorld(t)
	event := eventOf("e1", "DTSTART:20260504T100000Z", "SUMMARY:Boat", "X-KEPT;X-P=1:unknown")
	four := "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:g4\r\nKIND:group\r\nFN:Crew\r\nMEMBER:urn:uuid:c5\r\nEND:VCARD\r\n"
	named := strings.Replace(cardOf("c5", "Cleo"), "END:VCARD", "CATEGORIES:Crew,Boat\\, small\r\nX-KEPT;X-P=1:unknown\r\nEND:VCARD", 1)
	between := func(from, to string) string {
		return calQuery("VEVENT", `<cal:time-range start="`+from+`" end="`+to+`"/>`)
	}
	one := []string{"Depth: 1", "Accept-Encoding: identity"}
	play(t, w, []exchange{
		{name: "an event", method: "PUT", path: events + "e1.ics", headers: []string{"If-None-Match: *", "Content-Type: text/calendar; charset=utf-8"}, body: event, status: 201, holds: []string{"Etag: "}},
		{name: "newer events", method: "REPORT", path: events, headers: one, body: between("20260501T000000Z", "20260601T000000Z"), status: 207, holds: []string{events + "e1.ics"}},
		{name: "what it does not know is kept", method: "GET", path: events + "e1.ics", status: 200, holds: []string{"X-KEPT;X-P=1:unknown"}},
		{name: "categories", method: "PUT", path: contacts + "c5.vcf", headers: []string{"If-None-Match: *", "Content-Type: text/vcard; charset=utf-8"}, body: named, status: 201, holds: []string{"Etag: "}},
		{name: "are as they were", method: "REPORT", path: contacts, headers: one, body: request("card:addressbook-multiget", "<d:href>"+contacts+"c5.vcf</d:href>", "getetag", "card:address-data"), status: 207,
			want: []string{contacts + "c5.vcf 200 address-data=" + strings.TrimSpace(named)}},
		{name: "a group of vCard 4", method: "PUT", path: contacts + "g4.vcf", headers: []string{"If-None-Match: *", "Content-Type: text/vcard; version=4.0"}, body: four, status: 201},
		{name: "asked for as such", method: "REPORT", path: contacts, headers: one, status: 207, holds: []string{"KIND:group", "MEMBER:urn:uuid:c5", "VERSION:4.0"},
			body: strings.Replace(request("card:addressbook-multiget", "<d:href>"+contacts+"g4.vcf</d:href>", "getetag", "card:address-data"), "<card:address-data/>", `<card:address-data content-type="text/vcard" version="4.0"/>`, 1)},
	})
	if body := w.ask(http.StatusMultiStatus, "REPORT", events, between("20260601T000000Z", "20260701T000000Z"), one...).body; strings.Contains(body, "e1.ics") {
		t.Errorf("an event of another month:\n%s", body)
	}
}
