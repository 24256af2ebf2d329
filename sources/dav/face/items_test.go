package face

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// The user's fear: a client's odd line is lost or rewritten, or another device's edit is overwritten.
func TestBytesComeBack(t *testing.T) {
	w := newWorld(t)
	odd := "begin:vcard\nVERSION:3.0\nX-Odd;p=\"a;b\":1\\,2\nUID:u1\nFN:Ann\n  B\nitem1.X-ABLabel:_$!<Home>!$_\nTEL:1\nEND:VCARD\n"
	a := w.ask(http.StatusCreated, "PUT", contacts+"any%20name%2Fwith%23odd.vcf", odd, "If-None-Match: *", "Content-Type: text/vcard")
	got := w.ask(http.StatusOK, "GET", contacts+"any%20name%2Fwith%23odd.vcf", "")
	if got.body != odd || got.header.Get("ETag") != a.header.Get("ETag") || a.header.Get("ETag") == "" {
		t.Errorf("%q with %v instead of %v", got.body, got.header, a.header)
	}
	if head := w.ask(http.StatusOK, "HEAD", contacts+"any%20name%2Fwith%23odd.vcf", ""); head.body != "" || head.header.Get("Content-Length") != fmt.Sprint(len(odd)) {
		t.Errorf("HEAD: %q %v", head.body, head.header)
	}
	w.ask(http.StatusNotModified, "GET", contacts+"any%20name%2Fwith%23odd.vcf", "", "If-None-Match: "+a.header.Get("ETag"))
	list := w.ask(http.StatusMultiStatus, "PROPFIND", contacts, prop("getetag"), "Depth: 1")
	has(t, list.body, contacts+"any%20name%2Fwith%23odd.vcf 200 getetag="+a.header.Get("ETag"))
	multi := w.ask(http.StatusMultiStatus, "REPORT", contacts, request("card:addressbook-multiget", "<d:href>"+contacts+"any%20name%2fwith%23odd.vcf</d:href>", "card:address-data"))
	has(t, multi.body, contacts+"any%20name%2Fwith%23odd.vcf 200 address-data="+strings.TrimSpace(odd))
}

func TestConditions(t *testing.T) {
	w := newWorld(t)
	first := w.ask(http.StatusCreated, "PUT", contacts+"a.vcf", cardOf("a", "One"), "If-None-Match: *").header.Get("ETag")
	w.ask(http.StatusPreconditionFailed, "PUT", contacts+"a.vcf", cardOf("a", "Two"), "If-None-Match: *")
	second := w.ask(http.StatusNoContent, "PUT", contacts+"a.vcf", cardOf("a", "Two"), "If-Match: "+first).header.Get("ETag")
	for _, tag := range []string{first, "W/" + second, `"x"`, "nonsense", `""`} {
		w.ask(http.StatusPreconditionFailed, "PUT", contacts+"a.vcf", cardOf("a", "Three"), "If-Match: "+tag)
		w.ask(http.StatusPreconditionFailed, "DELETE", contacts+"a.vcf", "", "If-Match: "+tag)
	}
	for _, lists := range []string{"([" + first + "])", "(<urn:uuid:lock>)", "(<urn:uuid:lock> [" + second + "])", "(Not [" + second + "])", "(", "([" + second + "]", second} {
		w.ask(http.StatusPreconditionFailed, "PUT", contacts+"a.vcf", cardOf("a", "Three"), "If: "+lists)
	}
	w.ask(http.StatusPreconditionFailed, "PUT", contacts+"none.vcf", cardOf("n", "None"), "If-Match: *")
	w.ask(http.StatusPreconditionFailed, "DELETE", contacts+"none.vcf", "", "If-Match: *")
	if got := w.ask(http.StatusOK, "GET", contacts+"a.vcf", ""); got.body != cardOf("a", "Two") {
		t.Errorf("a refused request changed it to %q", got.body)
	}
	second = w.ask(http.StatusNoContent, "PUT", contacts+"a.vcf", cardOf("a", "Two"), "If: (["+second+"])").header.Get("ETag")
	w.ask(http.StatusNoContent, "DELETE", contacts+"a.vcf", "", "If-Match: "+second)
	w.ask(http.StatusNotFound, "DELETE", contacts+"a.vcf", "")
	w.ask(http.StatusNotFound, "GET", contacts+"a.vcf", "")
	again := w.ask(http.StatusCreated, "PUT", contacts+"a.vcf", cardOf("a", "One"), "If-None-Match: *").header.Get("ETag")
	if again == first || again == second {
		t.Error("a name that is used again has an old entity tag")
	}
}

func TestUIDIsOnce(t *testing.T) {
	w := newWorld(t)
	w.ask(http.StatusCreated, "PUT", contacts+"a.vcf", cardOf("same", "One"))
	taken := func(a answer, by string) {
		t.Helper()
		if want := "no-uid-conflict(href(" + by + "))"; !strings.Contains(a.body, "no-uid-conflict") || !strings.Contains(a.body, "href>"+by+"<") {
			t.Errorf("no %s in %s", want, a.body)
		}
	}
	taken(w.ask(http.StatusConflict, "PUT", contacts+"b.vcf", cardOf("same", "Two")), contacts+"a.vcf")
	taken(w.ask(http.StatusConflict, "PUT", contacts+"a.vcf", cardOf("other", "Two")), contacts+"a.vcf")
	w.ask(http.StatusCreated, "PUT", events+"a.ics", eventOf("same", "DTSTART:20260101T100000Z"))
	taken(w.ask(http.StatusConflict, "PUT", events+"b.ics", eventOf("same", "DTSTART:20260101T100000Z")), events+"a.ics")
	w.ask(http.StatusNoContent, "DELETE", contacts+"a.vcf", "")
	w.ask(http.StatusCreated, "PUT", contacts+"b.vcf", cardOf("same", "Two"))
}

// What a phone left in the datastore is sent as what DAV clients read, under a name and a UID that stay.
func TestItemsOfPhones(t *testing.T) {
	w := newWorld(t)
	it := w.items.Items("id-ann", "client-ann")
	put := func(class dataclass.Class, id, kind, data string) string {
		t.Helper()
		item, err := it.Put(t.Context(), class, sources.ID(id), "", dataclass.Body{Type: kind, Data: []byte(data)})
		if err != nil {
			t.Fatal(err)
		}
		return string(item.ID)
	}
	card := put(dataclass.Contacts, "", "text/x-vcard", "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=BCrgens;Ann\r\nTEL;CELL:123\r\nEND:VCARD\r\n")
	event := put(dataclass.Events, "", "text/x-vcalendar", "BEGIN:VCALENDAR\r\nVERSION:1.0\r\nBEGIN:VEVENT\r\nDTSTART:20260504T100000Z\r\nSUMMARY:Tea\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
	note := put(dataclass.Notes, "", "text/plain", "Milk\nand bread")
	for _, c := range []struct{ path, id, want string }{
		{contacts, card, "N:Jürgens;Ann"}, {events, event, "SUMMARY:Tea"}, {"/dav/calendars/ann/notes/", note, "BEGIN:VJOURNAL"},
	} {
		a := w.ask(http.StatusOK, "GET", c.path+c.id, "")
		if !strings.Contains(a.body, c.want) || !strings.Contains(a.body, "UID:bindery-"+c.id+"\r\n") {
			t.Errorf("%s: %s", c.path, a.body)
		}
		// The client edits it and stores it with its UID.
		edited := strings.Replace(a.body, "\r\nEND:V", "\r\nX-EDIT:1\r\nEND:V", 1)
		put := w.ask(http.StatusNoContent, "PUT", c.path+c.id, edited, "If-Match: "+a.header.Get("ETag"))
		if got := w.ask(http.StatusOK, "GET", c.path+c.id, ""); got.body != edited || put.header.Get("ETag") != got.header.Get("ETag") {
			t.Errorf("%s: %q instead of %q", c.path, got.body, edited)
		}
	}
	four := w.ask(http.StatusOK, "GET", contacts+card, "", "Accept: text/vcard; version=4.0")
	if !strings.Contains(four.body, "VERSION:4.0") || !strings.HasSuffix(four.header.Get("ETag"), `-v4"`) {
		t.Errorf("%v %s", four.header, four.body)
	}
	w.ask(http.StatusNoContent, "DELETE", contacts+card, "", "If-Match: "+four.header.Get("ETag"))
}

// The user's fear: a card that a program folded in the middle of a letter is refused, and stops the sync; or it, and a file
// of a folder in another character set, is shown with question marks that the next edit writes over the letters.
func TestItemsThatAreNotUTF8(t *testing.T) {
	w := newWorld(t)
	folded := cardOf("f", "Zo\xc3\r\n \xab")
	if a := w.ask(http.StatusCreated, "PUT", contacts+"f.vcf", folded); a.header.Get("ETag") != "" {
		t.Errorf("an entity tag %s of what is not sent as it was stored", a.header.Get("ETag"))
	}
	latin := strings.ReplaceAll(cardOf("l", "Zo\xeb"), "\xc3\xab", "\xeb")
	if _, err := w.items.Items("id-ann", "client-ann").Put(t.Context(), dataclass.Contacts, "l.vcf", "", dataclass.Body{Type: "text/vcard", Data: []byte(latin)}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"f.vcf", "l.vcf"} {
		got := w.ask(http.StatusOK, "GET", contacts+name, "")
		if !strings.Contains(got.body, "Zoë") || !utf8.ValidString(got.body) {
			t.Errorf("%s: %q", name, got.body)
		}
		multi := w.ask(http.StatusMultiStatus, "REPORT", contacts, request("card:addressbook-multiget", "<d:href>"+contacts+name+"</d:href>", "card:address-data"))
		if !strings.Contains(multi.body, "FN:Zoë") {
			t.Errorf("%s: %s", name, multi.body)
		}
		edited := strings.Replace(got.body, "END:VCARD", "X-EDIT:1\r\nEND:VCARD", 1)
		w.ask(http.StatusNoContent, "PUT", contacts+name, edited, "If-Match: "+got.header.Get("ETag"))
		if again := w.ask(http.StatusOK, "GET", contacts+name, ""); again.body != edited {
			t.Errorf("%s: %q instead of %q", name, again.body, edited)
		}
	}
}

// A card of version 4.0 is kept as it is, and told as 3.0 to who did not ask: then its entity tag is not told before.
func TestCard4(t *testing.T) {
	w := newWorld(t)
	card := "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:g\r\nKIND:group\r\nFN:Friends\r\nMEMBER:urn:uuid:a\r\nEND:VCARD\r\n"
	a := w.ask(http.StatusCreated, "PUT", contacts+"g.vcf", card)
	if a.header.Get("ETag") != "" {
		t.Error("the entity tag of other bytes was told")
	}
	three := w.ask(http.StatusOK, "GET", contacts+"g.vcf", "")
	for _, line := range []string{"VERSION:3.0", "X-ADDRESSBOOKSERVER-KIND:group", "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:a"} {
		if !strings.Contains(three.body, line+"\r\n") {
			t.Errorf("no %s in\n%s", line, three.body)
		}
	}
	if four := w.ask(http.StatusOK, "GET", contacts+"g.vcf", "", "Accept: text/vcard;version=4.0, text/vcard;q=0.5"); four.body != card {
		t.Errorf("%q", four.body)
	}
	multi := w.ask(http.StatusMultiStatus, "REPORT", contacts, strings.Replace(request("card:addressbook-multiget", "<d:href>"+contacts+"g.vcf</d:href>", "card:address-data"),
		"<card:address-data/>", `<card:address-data content-type="text/vcard" version="4.0"/>`, 1))
	has(t, multi.body, contacts+"g.vcf 200 address-data="+strings.TrimSpace(card))
}

func TestRefusedItems(t *testing.T) {
	w := newWorld(t)
	w.limit = 4096
	w.open()
	card, event := cardOf("u", "Ann"), eventOf("u", "DTSTART:20260101T100000Z")
	for _, c := range []struct{ name, path, body, kind, want string }{
		{"a card among events", events, card, "text/vcard", "supported-calendar-data"},
		{"a card among events that says nothing", events, card, "", "supported-calendar-data"},
		{"an event among cards", contacts, event, "text/calendar", "supported-address-data"},
		{"a task among events", events, strings.ReplaceAll(event, "VEVENT", "VTODO"), "text/calendar", "supported-calendar-component"},
		{"a picture", contacts, card, "image/png", "supported-address-data"},
		{"an old card", contacts, strings.Replace(card, "3.0", "2.1", 1), "text/vcard", "supported-address-data"},
		{"not UTF-8", contacts, strings.Replace(card, "Ann", "An\xff", 1), "text/vcard", "valid-address-data"},
		{"nothing", contacts, "", "text/vcard", "valid-address-data"},
		{"no end", events, strings.Replace(event, "END:VCALENDAR\r\n", "", 1), "text/calendar", "valid-calendar-data"},
		{"two cards", contacts, card + card, "text/vcard", "valid-address-data"},
		{"two events", events, strings.Replace(event, "END:VCALENDAR\r\n", "BEGIN:VEVENT\r\nUID:v\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", 1), "text/calendar", "valid-calendar"},
		{"too big", contacts, strings.Replace(card, "END", "NOTE:"+strings.Repeat("x", 5000)+"\r\nEND", 1), "text/vcard", "max-resource-size"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := w.as("ann", "PUT", c.path+"x", c.body, "Content-Type: "+c.kind)
			if a.status != http.StatusForbidden || !strings.Contains(a.body, c.want) {
				t.Errorf("%d %s", a.status, a.body)
			}
			if got := w.as("ann", "GET", c.path+"x", ""); got.status != http.StatusNotFound {
				t.Errorf("something was stored: %d", got.status)
			}
		})
	}
	w.ask(http.StatusConflict, "PUT", "/dav/addressbooks/ann/none/x", card)
	w.ask(http.StatusMethodNotAllowed, "PUT", contacts, card)
	w.ask(http.StatusForbidden, "PUT", contacts+"%2e%2e", card)
}

// The connection ends in the middle of an item: nothing is stored, what was there stays.
func TestPutCutInHalf(t *testing.T) {
	w := newWorld(t)
	w.ask(http.StatusCreated, "PUT", contacts+"a.vcf", cardOf("a", "One"))
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(w.srv.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	half := cardOf("a", "Two")
	_, err = fmt.Fprintf(conn, "PUT %sa.vcf HTTP/1.1\r\nHost: x\r\nAuthorization: Basic YW5uOmFubg==\r\nContent-Length: %d\r\n\r\n%s", contacts, len(half)+10, half)
	if err == nil {
		err = conn.(*net.TCPConn).CloseWrite()
	}
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, res.Body) // only the status counts
	_ = res.Body.Close()
	if res.StatusCode != http.StatusBadRequest {
		t.Errorf("%s", res.Status)
	}
	if got := w.ask(http.StatusOK, "GET", contacts+"a.vcf", ""); got.body != cardOf("a", "One") {
		t.Errorf("%q", got.body)
	}
}

func TestForeignAccount(t *testing.T) {
	w := newWorld(t)
	w.ask(http.StatusCreated, "PUT", contacts+"a.vcf", cardOf("a", "One"))
	for _, method := range []string{"GET", "PUT", "DELETE", "PROPFIND", "REPORT", "PROPPATCH", "MKCOL", "OPTIONS"} {
		if a := w.as("bob", method, contacts+"a.vcf", cardOf("a", "Two"), "Depth: 0"); a.status != http.StatusForbidden {
			t.Errorf("%s: %d", method, a.status)
		}
		if a := w.as("", method, contacts+"a.vcf", ""); a.status != http.StatusUnauthorized || !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Basic ") {
			t.Errorf("%s without a name: %d", method, a.status)
		}
	}
	hrefs := "<d:href>" + contacts + "a.vcf</d:href><d:href>/dav/addressbooks/bob/contacts/a.vcf</d:href><d:href>" + events + "a.vcf</d:href><d:href>%zz</d:href>"
	a := w.as("bob", "REPORT", "/dav/addressbooks/bob/contacts/", request("card:addressbook-multiget", hrefs, "card:address-data"))
	for _, l := range lines(t, a.body) {
		if !strings.HasSuffix(l, " 404") {
			t.Errorf("bob is told %s", l)
		}
	}
}

func TestTokens(t *testing.T) {
	w := newWorld(t)
	auth := func(name, secret string) string {
		req, _ := http.NewRequestWithContext(context.Background(), "GET", "http://x/", nil)
		req.SetBasicAuth(name, secret)
		return "Authorization: " + req.Header.Get("Authorization")
	}
	for _, c := range []struct {
		name, auth string
		put        int
	}{
		{"an app password", auth("ann", "bindery_write_ann"), http.StatusCreated},
		{"one that may only read", auth("ann", "bindery_read_ann"), http.StatusForbidden},
		{"a bearer", "Authorization: Bearer bindery_write_ann", http.StatusCreated},
		{"another account's", auth("ann", "bindery_write_bob"), http.StatusUnauthorized},
		{"nobody's", auth("ann", "bindery_write_eve"), http.StatusUnauthorized},
		{"a wrong password", auth("ann", "x"), http.StatusUnauthorized},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := contacts + strings.ReplaceAll(c.name, " ", "-")
			if a := w.as("", "PUT", path, cardOf(c.name, "x"), c.auth); a.status != c.put {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
	a := w.as("", "PROPFIND", contacts, prop("current-user-privilege-set"), "Depth: 0", auth("ann", "bindery_read_ann"))
	has(t, a.body, contacts+" 200 current-user-privilege-set=privilege(read) privilege(read-current-user-privilege-set)")
}

func TestGuessesEnd(t *testing.T) {
	w := newWorld(t)
	var codes []int
	for range 15 {
		codes = append(codes, w.as("", "PROPFIND", "/dav/", "", "Depth: 0", "Authorization: Basic YW5uOng=").status)
	}
	if codes[0] != http.StatusUnauthorized || codes[14] != http.StatusTooManyRequests {
		t.Errorf("%v", codes)
	}
}

func TestOwnerIsErasedWhole(t *testing.T) {
	w := newWorld(t)
	w.ask(http.StatusCreated, "MKCOL", "/dav/addressbooks/ann/more/", "")
	w.ask(http.StatusMultiStatus, "PROPPATCH", contacts, `<propertyupdate xmlns="DAV:"><set><prop><x xmlns="y">1</x></prop></set></propertyupdate>`)
	count := func() int {
		t.Helper()
		n := 0
		for _, table := range []string{"dav_collections", "dav_properties"} {
			found, err := w.db.Findings(t.Context(), "SELECT owner_id AS owner, '' AS what FROM "+table)
			if err != nil {
				t.Fatal(err)
			}
			n += len(found)
		}
		return n
	}
	if count() != 2 {
		t.Fatalf("%d rows", count())
	}
	if err := w.db.EraseOwner(t.Context(), "id-ann"); err != nil {
		t.Fatal(err)
	}
	if count() != 0 {
		t.Errorf("%d rows are left", count())
	}
}

// Whatever a program calls an item, as far as it can be a name at all: it is listed, fetched and named in a report by the
// address that the server tells, and two names that only look the same are two items.
func TestOddNamesComeBackAsTheyWere(t *testing.T) {
	w := newWorld(t)
	names := []string{
		"a%20b.vcf", "a%2Fb.vcf", "..%2F..%2Fx", "%C3%A9.vcf", "e%CC%81.vcf", "a+b.vcf", "a;b=c", "a%23b", "a:b", "a&b%3Cc", "a%22b", "a%5Cb",
		"%41.vcf", "a%2520b.vcf", "%E2%80%8B", strings.Repeat("y", 512),
	}
	for i, name := range names {
		w.ask(http.StatusCreated, "PUT", contacts+name, cardOf(fmt.Sprint("odd", i), "x"), "If-None-Match: *")
	}
	var hrefs strings.Builder
	listed := 0
	for _, line := range lines(t, w.ask(http.StatusMultiStatus, "PROPFIND", contacts, prop("getcontenttype"), "Depth: 1").body) {
		href, rest, _ := strings.Cut(line, " ")
		if !strings.Contains(rest, "vcard") {
			continue
		}
		listed++
		w.ask(http.StatusOK, "GET", href, "")
		hrefs.WriteString("<d:href>" + escaped(href) + "</d:href>")
	}
	if listed != len(names) {
		t.Errorf("%d are listed of %d", listed, len(names))
	}
	a := w.ask(http.StatusMultiStatus, "REPORT", contacts, request("card:addressbook-multiget", hrefs.String(), "card:address-data"))
	for i := range names {
		if !strings.Contains(a.body, fmt.Sprintf("UID:odd%d&#13;", i)) {
			t.Errorf("%s is not in the report", names[i])
		}
	}
	for _, name := range []string{"a%00b", "a%0Ab", "%FF", "..", strings.Repeat("y", 513), "%E2%80%A8%1F"} {
		w.ask(http.StatusForbidden, "PUT", contacts+name, cardOf("never", "x"))
	}
}
