package face

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// What no client should send: it is bounded, is told what is wrong, and changes nothing.
func TestBadRequests(t *testing.T) {
	w := newWorld(t)
	w.ask(http.StatusCreated, "PUT", contacts+"a", cardOf("a", "a"))
	bomb := `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><propfind xmlns="DAV:"><prop>&b;</prop></propfind>`
	deep := strings.Repeat("<a>", 5000) + strings.Repeat("</a>", 5000)
	wide := `<propfind xmlns="DAV:"><prop>` + strings.Repeat("<x/>", 300_000) + `</prop></propfind>`
	var names strings.Builder
	for i := range 600 {
		fmt.Fprintf(&names, "<x%d/>", i)
	}
	many := `<propfind xmlns="DAV:"><prop>` + names.String() + `</prop></propfind>`
	for _, c := range []struct {
		name, method, path, body, depth string
		status                          int
		want                            string
	}{
		{"endless depth", "PROPFIND", contacts, "", "infinity", 403, "propfind-finite-depth"},
		{"no depth", "PROPFIND", "/dav/", "", "", 403, "propfind-finite-depth"},
		{"a depth that is none", "PROPFIND", contacts, "", "7", 400, ""},
		{"entities", "PROPFIND", contacts, bomb, "0", 400, ""},
		{"too deep", "PROPFIND", contacts, deep, "0", 413, ""},
		{"too long", "PROPFIND", contacts, "<x>" + strings.Repeat(" ", maxXML) + "</x>", "0", 413, ""},
		{"the same again and again", "PROPFIND", contacts, wide, "0", 207, ""},
		{"too many properties", "PROPFIND", contacts, many, "0", 400, ""},
		{"not XML", "PROPFIND", contacts, "BEGIN:VCARD", "0", 400, ""},
		{"half of it", "REPORT", contacts, "<sync-collection xmlns='DAV:'>", "0", 400, ""},
		{"something else", "PROPFIND", contacts, "<x/>", "0", 400, ""},
		{"two questions", "PROPFIND", contacts, `<propfind xmlns="DAV:"><allprop/><propname/></propfind>`, "0", 400, ""},
		{"no report", "REPORT", contacts, "", "0", 400, ""},
		{"an unknown report", "REPORT", contacts, "<x/>", "0", 403, "supported-report"},
		{"a report of something else", "REPORT", contacts, request("cal:calendar-multiget", "", "getetag"), "0", 403, "supported-report"},
		{"a report of nothing", "REPORT", contacts + "none", request("card:addressbook-query", "", "getetag"), "0", 404, ""},
		{"an empty limit", "REPORT", contacts, syncBody("", "<d:limit><d:nresults>0</d:nresults></d:limit>"), "0", 400, ""},
		{"a format that is not sent", "REPORT", contacts, strings.Replace(request("card:addressbook-multiget", "", "card:address-data"), "<card:address-data/>", `<card:address-data content-type="application/vcard+json"/>`, 1), "0", 403, "supported-address-data"},
		{"locks", "LOCK", contacts + "a", "", "0", 405, ""},
		{"posts", "POST", contacts, "", "", 405, ""},
		{"an address that is none", "PROPFIND", "/dav/calendars/ann/%ff/", "", "0", 403, ""},
		{"a place that is none", "PROPFIND", "/dav/calendars/ann/events/a/b/c", "", "0", 404, ""},
		{"an update without a body", "PROPPATCH", contacts, "", "", 400, ""},
		{"conditions that make no sense", "PUT", contacts + "a", cardOf("a", "b"), "", 412, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			headers := []string{"If-None-Match: *"}
			if c.depth != "" {
				headers = append(headers, "Depth: "+c.depth)
			}
			a := w.as("ann", c.method, c.path, c.body, headers...)
			if a.status != c.status || !strings.Contains(a.body, c.want) {
				t.Errorf("%d %.500s", a.status, a.body)
			}
		})
	}
	if got := w.ask(http.StatusOK, "GET", contacts+"a", ""); got.body != cardOf("a", "a") {
		t.Errorf("%q", got.body)
	}
}

// A multiget of a hundred thousand addresses is answered, without reading what it does not name.
func TestHugeMultiget(t *testing.T) {
	w := newWorld(t)
	w.ask(http.StatusCreated, "PUT", contacts+"a", cardOf("a", "a"))
	w.ask(http.StatusCreated, "PUT", contacts+"b", cardOf("b", "b"))
	var hrefs strings.Builder
	hrefs.WriteString(strings.Repeat("<d:href>"+contacts+"a</d:href>", 50_000))
	for i := range 50_000 {
		fmt.Fprintf(&hrefs, "<d:href>%sx%d</d:href>", contacts, i)
	}
	a := w.ask(http.StatusMultiStatus, "REPORT", contacts, request("card:addressbook-multiget", hrefs.String(), "card:address-data"))
	if there, gone := strings.Count(a.body, "BEGIN:VCARD"), strings.Count(a.body, "HTTP/1.1 404"); there != 1 || gone != 50_000 {
		t.Errorf("%d are there, %d not", there, gone)
	}
}

func TestPacked(t *testing.T) {
	w := newWorld(t)
	a := w.ask(http.StatusMultiStatus, "PROPFIND", contacts, prop("displayname"), "Depth: 0", "Accept-Encoding: gzip, deflate")
	if a.header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("%v", a.header)
	}
	z, err := gzip.NewReader(strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	has(t, string(data), contacts+" 200 displayname=Contacts")
	for _, no := range []string{"gzip;q=0", "identity", "br"} {
		if a := w.ask(http.StatusMultiStatus, "PROPFIND", contacts, "", "Depth: 0", "Accept-Encoding: "+no); a.header.Get("Content-Encoding") != "" {
			t.Errorf("%s: %v", no, a.header)
		}
	}
}

// Items as big as they may be do not come all at once into memory, and come.
func TestBigItems(t *testing.T) {
	w := newWorld(t)
	var hrefs strings.Builder
	for i := range 4 {
		name := fmt.Sprint(i)
		card := strings.Replace(cardOf(name, name), "END:", "PHOTO;ENCODING=b:"+strings.Repeat("QUJD", 200_000)+"\r\nEND:", 1)
		w.ask(http.StatusCreated, "PUT", contacts+name, card)
		hrefs.WriteString("<d:href>" + contacts + name + "</d:href>")
	}
	a := w.ask(http.StatusMultiStatus, "REPORT", contacts, request("card:addressbook-multiget", hrefs.String(), "card:address-data"))
	if n := strings.Count(a.body, "END:VCARD"); n != 4 {
		t.Errorf("%d cards", n)
	}
	tooBig := strings.Replace(cardOf("x", "x"), "END:", "PHOTO;ENCODING=b:"+strings.Repeat("QUJD", 2_600_000)+"\r\nEND:", 1)
	if a := w.ask(http.StatusForbidden, "PUT", contacts+"x", tooBig); !strings.Contains(a.body, "max-resource-size") {
		t.Error(a.body)
	}
}

// Twenty phones that fetch their photos at once do not fill the memory: whoever wants something big waits for his turn,
// and nobody else does.
func TestBigItemsTakeTurns(t *testing.T) {
	w := newWorld(t)
	big := strings.Replace(cardOf("big", "Big"), "END:", "PHOTO;ENCODING=b:"+strings.Repeat("QUJD", bigBody/4)+"\r\nEND:", 1)
	w.ask(http.StatusCreated, "PUT", contacts+"big", big)
	w.ask(http.StatusCreated, "PUT", contacts+"small", cardOf("small", "Small"))
	fill := func() func() {
		leave, err := w.face.big.enter(t.Context(), maxRoom)
		if err != nil {
			t.Fatal(err)
		}
		return leave
	}
	leave := fill()
	within := func(method, path, big string) error {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, method, w.srv.URL+path, strings.NewReader(big))
		if err != nil {
			t.Fatal(err)
		}
		req.SetBasicAuth("ann", "ann")
		res, err := http.DefaultClient.Do(req)
		if err == nil {
			_ = res.Body.Close() // only whether it comes counts
		}
		return err
	}
	fetch := func(name string) string {
		return request("card:addressbook-multiget", "<d:href>"+contacts+name+"</d:href>", "card:address-data")
	}
	for _, r := range [][3]string{
		{"GET", contacts + "big", ""}, {"PUT", contacts + "big", big}, {"REPORT", contacts, fetch("big")},
		{"REPORT", contacts, strings.Replace(syncBody("", ""), "<d:getetag/>", "<card:address-data/>", 1)}, {"REPORT", contacts, cardQuery("anyof", "", "")},
	} {
		if err := within(r[0], r[1], r[2]); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%.60s did not wait: %v", r, err)
		}
	}
	w.ask(http.StatusMultiStatus, "REPORT", contacts, fetch("small"))
	w.ask(http.StatusOK, "GET", contacts+"small", "")
	has(t, w.ask(http.StatusMultiStatus, "PROPFIND", contacts+"big", prop("displayname"), "Depth: 0").body, contacts+"big 404 displayname")
	w.ask(http.StatusMultiStatus, "PROPFIND", contacts, prop("getetag"), "Depth: 1")
	leave()
	if got := w.ask(http.StatusOK, "GET", contacts+"big", ""); got.body != big {
		t.Errorf("%d bytes", len(got.body))
	}
	has(t, w.ask(http.StatusMultiStatus, "PROPFIND", contacts+"big", prop("getcontentlength"), "Depth: 0").body, fmt.Sprintf("%sbig 200 getcontentlength=%d", contacts, len(big)))
	if a := w.ask(http.StatusMultiStatus, "REPORT", contacts, request("card:addressbook-multiget", "<d:href>"+contacts+"big</d:href><d:href>"+contacts+"small</d:href><d:href>"+contacts+"none</d:href>", "card:address-data")); strings.Count(a.body, "END:VCARD") != 2 {
		t.Error("not both items")
	}
	fill()() // every turn is over, at the latest now
}
