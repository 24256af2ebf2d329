package face

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

const xmlBody = "Content-Type: application/xml; charset=utf-8"

// multiput makes the body of a bulk request.
func multiput(resources ...string) string {
	return `<?xml version="1.0"?><m:multiput xmlns:m="http://me.com/_namespace/" xmlns:d="DAV:" xmlns:card="urn:ietf:params:xml:ns:carddav" xmlns:cal="urn:ietf:params:xml:ns:caldav">` +
		strings.Join(resources, "\n") + `</m:multiput>`
}

func escaped(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a builder takes everything
	return b.String()
}

// creating asks for a new card.
func creating(data string) string {
	return "<m:resource><d:set><d:prop><card:address-data>" + escaped(data) + "</card:address-data></d:prop></d:set></m:resource>"
}

// updating asks for other content of a card; with "" as the entity tag whatever it is now.
func updating(href, tag, data string) string {
	return "<m:resource><d:href>" + href + "</d:href>" + matching(tag) + "<d:set><d:prop><card:address-data>" + escaped(data) + "</card:address-data></d:prop></d:set></m:resource>"
}

func deleting(href, tag string) string {
	return "<m:resource><d:href>" + href + "</d:href>" + matching(tag) + "<m:delete/></m:resource>"
}

func matching(tag string) string {
	if tag == "" {
		return ""
	}
	return "<m:if-match><d:getetag>" + escaped(tag) + "</d:getetag></m:if-match>"
}

// nameOf is the address of a card that was made under that UID.
func nameOf(uid string) string {
	return contacts + memberName(dataclass.Contacts, dataclass.Body{Data: []byte(cardOf(uid, "x"))})
}

// bulk sends a bulk request as ann and gives the lines of its answer.
func (w *world) bulk(resources ...string) []string {
	w.t.Helper()
	list := lines(w.t, w.ask(http.StatusMultiStatus, "POST", contacts, multiput(resources...), xmlBody).body)
	return slices.DeleteFunc(list, func(l string) bool { return strings.Contains(l, " 200 getlastmodified=Mon, 04 May 2026 03:02:01 GMT") })
}

func (w *world) tag(path string) string {
	w.t.Helper()
	return w.ask(http.StatusOK, "HEAD", path, "").header.Get("ETag")
}

// Every change has its own condition and its own answer, in the order of the request: what is wrong with one is no harm to
// the others.
func TestBulkEachByItself(t *testing.T) {
	w := newWorld(t)
	w.ask(http.StatusCreated, "PUT", contacts+"a", cardOf("a", "a"))
	w.ask(http.StatusCreated, "PUT", contacts+"b", cardOf("b", "b"))
	w.ask(http.StatusCreated, "PUT", contacts+"c", cardOf("c", "c"))
	a, b := w.tag(contacts+"a"), w.tag(contacts+"b")
	got := w.bulk(
		creating(cardOf("new", "New")),
		creating("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:broken\r\nFN:no end"),
		creating(cardOf("a", "again")),
		updating(contacts+"a", a, cardOf("a", "Ann")),
		updating(contacts+"b", a, cardOf("b", "Ben")),
		updating(contacts+"b", b, cardOf("another", "Ben")),
		updating(contacts+"none", "", cardOf("none", "None")),
		updating("/dav/addressbooks/bob/contacts/x", "", cardOf("x", "X")),
		deleting(contacts+"none", ""),
		deleting(contacts+"b", a),
		deleting(contacts+"c", ""),
		deleting(events+"e", ""),
		creating(strings.Replace(cardOf("old", "Old"), "3.0", "2.1", 1)),
		"<m:resource><d:set><d:prop><cal:calendar-data>x</cal:calendar-data></d:prop></d:set></m:resource>",
		"<m:resource/>",
	)
	want := []string{
		nameOf("new") + " 200 getetag=" + w.tag(nameOf("new")), nameOf("new") + " 200 uid=new",
		" 403 valid-address-data uid(broken)",
		" 409 no-uid-conflict(href(" + contacts + "a)) uid(a)",
		contacts + "a 200 getetag=" + w.tag(contacts+"a"),
		contacts + "b 412",
		contacts + "b 409 no-uid-conflict(href(" + contacts + "b))",
		contacts + "none 404",
		"/dav/addressbooks/bob/contacts/x 404",
		contacts + "none 404",
		contacts + "b 412",
		contacts + "c 200",
		events + "e 403",
		" 403 supported-address-data uid(old)",
		" 403 supported-address-data",
		" 400",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for path, body := range map[string]string{nameOf("new"): cardOf("new", "New"), contacts + "a": cardOf("a", "Ann"), contacts + "b": cardOf("b", "b")} {
		if is := w.ask(http.StatusOK, "GET", path, "").body; is != body {
			t.Errorf("%s is %q", path, is)
		}
	}
	w.ask(http.StatusNotFound, "GET", contacts+"c", "")
}

// The entity tag is the one that a GET gives, and is only given of what is sent as it was stored; with return-changed-data
// the rest comes with its content.
func TestBulkETags(t *testing.T) {
	w := newWorld(t)
	plain, noUID := cardOf("p", "P"), strings.Replace(cardOf("", "N"), "UID:\r\n", "", 1)
	got := w.bulk(creating(plain), creating(noUID))
	if got[0] != nameOf("p")+" 200 getetag="+w.tag(nameOf("p")) || len(got) != 3 || !strings.Contains(got[2], " 200 uid=bindery-") {
		t.Errorf("%q", got)
	}
	if is := w.ask(http.StatusOK, "GET", nameOf("p"), "").body; is != plain {
		t.Errorf("%q", is)
	}
	fresh := strings.Replace(cardOf("", "Q"), "UID:\r\n", "", 1)
	a := w.ask(http.StatusMultiStatus, "POST", contacts, multiput(creating(fresh)), xmlBody, "X-MobileMe-DAV-Options: return-changed-data")
	if !strings.Contains(a.body, "UID:bindery-") || !strings.Contains(a.body, "getetag") {
		t.Errorf("%s", a.body)
	}
}

// A request that is repeated because its answer was lost makes nothing a second time, and says where it is.
func TestBulkRepeated(t *testing.T) {
	w := newWorld(t)
	noUID := strings.Replace(cardOf("", "N"), "UID:\r\n", "", 1)
	list := []string{creating(cardOf("a", "A")), creating(noUID), creating(cardOf("b", "B")), creating(cardOf("b", "twice"))}
	first := w.bulk(list...)
	if !strings.Contains(first[len(first)-1], "409 no-uid-conflict(href("+nameOf("b")) {
		t.Errorf("%q", first)
	}
	for _, l := range w.bulk(list...) {
		if !strings.HasPrefix(l, " 409 no-uid-conflict(href("+contacts) {
			t.Errorf("%q", l)
		}
	}
	if n, err := w.items.Items("id-ann", "client-ann").Count(t.Context(), dataclass.Contacts); n != 3 || err != nil {
		t.Errorf("%d items, %v", n, err)
	}
}

// An item keeps its place when it gets another UID; a new one of the old UID then gets a place of its own.
func TestBulkNameInUse(t *testing.T) {
	w := newWorld(t)
	w.bulk(creating(cardOf("a", "A")))
	id := sources.ID(strings.TrimPrefix(nameOf("a"), contacts))
	body := dataclass.Body{Type: "text/vcard;version=3.0", Data: []byte(cardOf("other", "A"))}
	if _, err := w.items.Items("id-ann", "client-ann").Put(t.Context(), dataclass.Contacts, id, "", body); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		got := w.bulk(creating(cardOf("a", "Second")))
		if n, err := w.items.Items("id-ann", "client-ann").Count(t.Context(), dataclass.Contacts); n != 2 || err != nil {
			t.Fatalf("%d items, %v: %q", n, err, got)
		}
	}
}

// Within one request a UID that is freed can be used, and what was made can be changed by the next.
func TestBulkInOrder(t *testing.T) {
	w := newWorld(t)
	w.ask(http.StatusCreated, "PUT", contacts+"a", cardOf("a", "a"))
	got := w.bulk(deleting(contacts+"a", ""), creating(cardOf("a", "moved")), updating(nameOf("a"), "", cardOf("a", "edited")))
	if got[0] != contacts+"a 200" || got[len(got)-1] != nameOf("a")+" 200 getetag="+w.tag(nameOf("a")) {
		t.Errorf("%q", got)
	}
	if is := w.ask(http.StatusOK, "GET", nameOf("a"), "").body; is != cardOf("a", "edited") {
		t.Errorf("%q", is)
	}
}

// Other properties are set with the content, or not at all.
func TestBulkProperties(t *testing.T) {
	w := newWorld(t)
	w.ask(http.StatusCreated, "PUT", contacts+"a", cardOf("a", "a"))
	with := func(res, props string) string { return strings.Replace(res, "<d:prop>", "<d:prop>"+props, 1) }
	colour := `<x:colour xmlns:x="urn:x">red</x:colour>`
	got := w.bulk(
		with(updating(contacts+"a", "", cardOf("a", "Ann")), colour),
		with(creating(cardOf("b", "b")), `<d:getetag>"mine"</d:getetag>`),
		with(creating(cardOf("c", "c")), `<x:big xmlns:x="urn:x">`+strings.Repeat("x", maxPropertySize+1)+`</x:big>`),
		"<m:resource><d:href>"+contacts+"a</d:href>"+matching(`"old"`)+"<d:set><d:prop>"+colour+"</d:prop></d:set></m:resource>",
		"<m:resource><d:href>"+contacts+"none</d:href><d:set><d:prop>"+colour+"</d:prop></d:set></m:resource>",
		creating(cardOf("d", "d")),
	)
	want := []string{
		contacts + "a 200 getetag=" + w.tag(contacts+"a"), contacts + "a 200 colour",
		" 403 cannot-modify-protected-property uid(b)", " 507 uid(c)", contacts + "a 412", contacts + "none 404",
		nameOf("d") + " 200 getetag=" + w.tag(nameOf("d")), nameOf("d") + " 200 uid=d",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	has(t, w.ask(207, "PROPFIND", contacts+"a", `<propfind xmlns="DAV:"><prop><x:colour xmlns:x="urn:x"/></prop></propfind>`, "Depth: 0").body, contacts+"a 200 colour=red")
	got = w.bulk("<m:resource><d:href>" + contacts + "a</d:href><d:remove><d:prop><x:colour xmlns:x='urn:x'/></d:prop></d:remove></m:resource>")
	if len(got) != 2 || got[1] != contacts+"a 200 colour" {
		t.Errorf("%q", got)
	}
}

// A client can ask that nobody changed anything since it looked; then it is told how the collection is called afterwards.
func TestBulkState(t *testing.T) {
	w := newWorld(t)
	w.ask(http.StatusCreated, "PUT", contacts+"a", cardOf("a", "a"))
	state := func() string {
		for _, l := range lines(t, w.ask(207, "PROPFIND", contacts, prop("cs:getctag"), "Depth: 0").body) {
			return strings.TrimPrefix(l, contacts+" 200 getctag=")
		}
		return ""
	}
	iff := func() string { return "If: (<http://me.com/_namespace/ctag/" + url.PathEscape(state()) + ">)" }
	before := iff()
	a := w.ask(207, "POST", contacts, multiput(creating(cardOf("b", "b"))), xmlBody, before)
	if a.header.Get("CTag") != state() {
		t.Errorf("%q is not %q", a.header.Get("CTag"), state())
	}
	a = w.ask(412, "POST", contacts, multiput(creating(cardOf("c", "c"))), xmlBody, before)
	if !strings.Contains(a.body, "ctag-ok") {
		t.Error(a.body)
	}
	w.ask(404, "GET", nameOf("c"), "")
	w.ask(207, "POST", contacts, multiput(creating(cardOf("c", "c"))), xmlBody, iff())
}

// What is said of the bounds holds; nothing that is refused as a whole changes anything.
func TestBulkBounds(t *testing.T) {
	w := newWorld(t)
	w.limit = 20_000
	w.open()
	has(t, w.ask(207, "PROPFIND", contacts, strings.Replace(prop("displayname"), "<d:displayname/>", `<m:bulk-requests xmlns:m="http://me.com/_namespace/"/>`, 1), "Depth: 0").body,
		contacts+" 200 bulk-requests=crud(max-resources(1000) max-bytes(8388608))")
	many := make([]string, maxBulk+1)
	for i := range many {
		many[i] = deleting(contacts+fmt.Sprint("x", i), "")
	}
	big := creating(cardOf("big", strings.Repeat("x", 20_000)))
	for _, c := range []struct {
		name, user, path, body, header string
		status                         int
		want                           string
	}{
		{"too many", "ann", contacts, multiput(many...), xmlBody, 413, ""},
		{"too long", "ann", contacts, multiput(strings.Repeat(" ", maxBulkBytes)), xmlBody, 413, ""},
		{"too deep", "ann", contacts, multiput(strings.Repeat("<a>", 100) + strings.Repeat("</a>", 100)), xmlBody, 413, ""},
		{"cut in half", "ann", contacts, multiput(creating(cardOf("a", "a")))[:350], xmlBody, 400, ""},
		{"something else", "ann", contacts, "<x/>", xmlBody, 400, ""},
		{"nothing", "ann", contacts, "", xmlBody, 400, ""},
		{"a card", "ann", contacts, cardOf("a", "a"), "Content-Type: text/vcard", 405, ""},
		{"packed", "ann", contacts, multiput(creating(cardOf("a", "a"))), "Content-Encoding: gzip", 405, ""},
		{"of a home", "ann", "/dav/addressbooks/ann/", multiput(creating(cardOf("a", "a"))), xmlBody, 405, ""},
		{"of no collection", "ann", "/dav/addressbooks/ann/none/", multiput(creating(cardOf("a", "a"))), xmlBody, 404, ""},
		{"of somebody else's", "bob", contacts, multiput(creating(cardOf("a", "a"))), xmlBody, 403, "need-privileges"},
		{"of nobody", "", contacts, multiput(creating(cardOf("a", "a"))), xmlBody, 401, ""},
		{"one too big", "ann", contacts, multiput(big, creating(cardOf("ok", "ok"))), xmlBody, 207, "max-resource-size"},
		{"none", "ann", contacts, multiput(), xmlBody, 207, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if a := w.as(c.user, "POST", c.path, c.body, c.header); a.status != c.status || !strings.Contains(a.body, c.want) {
				t.Errorf("%d %.500s", a.status, a.body)
			}
		})
	}
	if n, err := w.items.Items("id-ann", "client-ann").Count(t.Context(), dataclass.Contacts); n != 1 || err != nil {
		t.Errorf("%d items, %v", n, err)
	}
	if a := w.as("ann", "POST", contacts, multiput(creating(cardOf("r", "r"))), xmlBody, "Authorization: Bearer bindery_read_ann"); a.status != 403 {
		t.Errorf("read only: %d", a.status)
	}
}

// More than one transaction's worth of events arrive, with line ends as XML leaves them, and the collection tells of all.
func TestBulkEvents(t *testing.T) {
	w := newWorld(t)
	var list []string
	for i := range bulkAtOnce + 5 {
		data := strings.ReplaceAll(eventOf(fmt.Sprint("e", i), "DTSTART:20260504T100000Z", "SUMMARY:a & b"), "\r", "")
		list = append(list, "<m:resource><d:set><d:prop><cal:calendar-data>"+escaped(data)+"</cal:calendar-data></d:prop></d:set></m:resource>")
	}
	got := lines(t, w.ask(207, "POST", events, multiput(list...), xmlBody).body)
	if len(got) != 3*len(list) {
		t.Fatalf("%d lines", len(got))
	}
	last := strings.Fields(got[len(got)-1])[0]
	a := w.ask(200, "GET", last, "")
	if want := eventOf(fmt.Sprint("e", len(list)-1), "DTSTART:20260504T100000Z", "SUMMARY:a & b"); a.body != want || !strings.Contains(got[len(got)-3], a.header.Get("ETag")) {
		t.Errorf("%q: %q", got[len(got)-3:], a.body)
	}
	if all := lines(t, w.ask(207, "REPORT", events, syncBody("", "")).body); len(all) < len(list) {
		t.Errorf("%d of %d in sync-collection", len(all), len(list))
	}
}
