package face_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/sources/gdata/entry"
)

func TestSignIn(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct {
		name, method, auth string
		want               int
	}{
		{"nobody", "GET", "", 401},
		{"another scheme", "GET", "GoogleLogin auth=x", 401},
		{"a wrong password", "GET", "Basic YW5uOndyb25n", 401},
		{"no base64", "GET", "Basic %%%", 401},
		{"a token that there is not", "GET", "Bearer x", 401},
		{"a token that reads", "GET", "Bearer read-ann", 200},
		{"a token that reads, writing", "POST", "Bearer read-ann", 403},
		{"a token that writes", "POST", "bearer write-ann", 201},
		{"an account without datastores", "GET", "Bearer write-none", 404},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body := ""
			if tt.method == "POST" {
				body = contact("X", "")
			}
			a := w.do(tt.method, contactsPath, body, "Authorization", tt.auth).is(tt.want)
			if tt.want == 401 && len(a.header.Values("WWW-Authenticate")) != 2 {
				t.Errorf("challenges %v", a.header.Values("WWW-Authenticate"))
			}
		})
	}
	for range 20 {
		w.do("GET", contactsPath, "", "Authorization", "Basic YW5uOndyb25n")
	}
	if a := w.do("GET", contactsPath, "").is(429); a.header.Get("Retry-After") == "" {
		t.Error("no word of when to come again")
	}
	w.do("POST", contactsPath, contact("X", ""), "Sec-Fetch-Site", "cross-site", "Authorization", "Bearer write-ann").is(403)
	w.do("POST", contactsPath, contact("X", ""), "X-HTTP-Method-Override", "DELETE", "Authorization", "Bearer read-ann").is(403)
}

// Everybody has what is his own and learns nothing of others.
func TestIsolation(t *testing.T) {
	w := newWorld(t)
	mine := w.post("Mine", "")
	w.do("POST", groupsPath, group("Secret", "")).is(201)
	w.do("POST", eventsPath, event("Secret", nine)).is(201)
	id := entry.ID(mine)
	bob := []string{"Authorization", "Bearer write-bob"}
	for _, path := range []string{
		"/m8/feeds/contacts/ann%40example.org/full", "/m8/feeds/contacts/s1/full/" + id, "/m8/feeds/groups/s1/full", "/m8/feeds/photos/media/s2/" + id,
		"/calendar/feeds/s1/private/full", "/calendar/feeds/ann%40example.org/private/full", "/m8/feeds/contacts/nobody/full",
	} {
		w.do("GET", path, "", bob...).is(403)
	}
	for _, path := range []string{contactsPath + "/" + id, "/m8/feeds/photos/media/default/" + id, "/m8/feeds/contacts/s3/full/" + id} {
		w.do("GET", path, "", bob...).is(404)
	}
	for _, path := range []string{contactsPath, groupsPath, eventsPath, contactsPath + "?showdeleted=true"} {
		if p := w.do("GET", path, "", bob...).is(200).page(); len(p.Entries) != 0 {
			t.Errorf("%s shows %s", path, titles(p))
		}
	}
	w.do("PUT", contactsPath+"/"+id, contact("Theirs", ""), append(bob, "If-Match", "*")...).is(404)
	w.do("DELETE", contactsPath+"/"+id, "", append(bob, "If-Match", "*")...).is(404)
	// One's own second datastore is another one; it is named by its id, in whatever case.
	if p := w.do("GET", "/m8/feeds/contacts/S2/full", "").is(200).page(); len(p.Entries) != 0 {
		t.Error(titles(p))
	}
	for _, user := range []string{"s1", "ann%40example.org", "ANN@example.org", "default"} {
		p := w.do("GET", "/m8/feeds/contacts/"+user+"/full", "").is(200).page()
		if titles(p) != "Mine" || !strings.Contains(entry.Link(p.Entries[0], "edit"), "/ann%40example.org/full/") {
			t.Errorf("%s: %s at %s", user, titles(p), entry.Link(p.Entries[0], "edit"))
		}
	}
}

func TestRequests(t *testing.T) {
	w := newWorld(t)
	e := w.post("Ann", "")
	edit := href(e, "edit")
	for _, tt := range []struct {
		name, method, path, body string
		header                   []string
		want                     int
	}{
		{"alt", "GET", contactsPath + "?alt=atom", "", nil, 200},
		{"another alt", "GET", contactsPath + "?alt=json", "", nil, 400},
		{"unknown", "GET", contactsPath + "?frob=1", "", nil, 200},
		{"unknown and strict", "GET", contactsPath + "?frob=1&strict=true", "", nil, 400},
		{"of another feed and strict", "GET", contactsPath + "?start-min=2026-01-01T00:00:00Z&strict=true", "", nil, 400},
		{"strict", "GET", contactsPath + "?strict=true&max-results=1&prettyprint=true&requirestotal=true", "", nil, 200},
		{"max-results", "GET", contactsPath + "?max-results=x", "", nil, 400},
		{"max-results below 0", "GET", contactsPath + "?max-results=-1", "", nil, 400},
		{"max-results without end", "GET", contactsPath + "?max-results=999999999", "", nil, 200},
		{"start-index", "GET", contactsPath + "?start-index=0", "", nil, 400},
		{"start-index beyond", "GET", contactsPath + "?start-index=999999999999", "", nil, 200},
		{"page", "GET", contactsPath + "?page=frob", "", nil, 400},
		{"page of nobody", "GET", contactsPath + "?page=dS4tMS4wLjAuMA", "", nil, 400},
		{"updated-min", "GET", contactsPath + "?updated-min=yesterday", "", nil, 400},
		{"updated-min, plus not encoded", "GET", contactsPath + "?updated-min=2026-11-20T00:00:00+01:00", "", nil, 200},
		{"updated-min, a day", "GET", contactsPath + "?updated-min=2026-11-20", "", nil, 200},
		{"requirealldeleted alone", "GET", contactsPath + "?requirealldeleted=true", "", nil, 400},
		{"requirealldeleted of long ago", "GET", contactsPath + "?requirealldeleted=true&showdeleted=true&updated-min=2000-01-01T00:00:00Z", "", nil, 410},
		{"orderby", "GET", contactsPath + "?orderby=name", "", nil, 400},
		{"orderby starttime of contacts", "GET", contactsPath + "?orderby=starttime", "", nil, 400},
		{"sortorder", "GET", contactsPath + "?orderby=lastmodified&sortorder=up", "", nil, 400},
		{"query that is none", "GET", contactsPath + "?%zz", "", nil, 400},
		{"long query", "GET", contactsPath + "?q=" + strings.Repeat("a", 9000), "", nil, 400},
		{"version 2", "GET", edit, "", []string{"GData-Version", "2"}, 200},
		{"version 9", "GET", edit, "", []string{"GData-Version", "9"}, 400},
		{"version in the query", "GET", edit + "?v=3.0", "", []string{"GData-Version", ""}, 200},
		{"thin", "GET", "/m8/feeds/contacts/default/thin", "", nil, 200},
		{"property", "GET", "/m8/feeds/contacts/default/property-a", "", nil, 200},
		{"no projection", "GET", "/m8/feeds/contacts/default/frob", "", nil, 404},
		{"public", "GET", "/calendar/feeds/default/public/full", "", nil, 404},
		{"no feed", "GET", "/m8/feeds/frob/default/full", "", nil, 404},
		{"short", "GET", "/m8/feeds/", "", nil, 404},
		{"long", "GET", contactsPath + "/a/b/c/d/e", "", nil, 404},
		{"an empty part", "GET", "/m8/feeds//contacts/default/full", "", nil, 404},
		{"id that is no id", "GET", contactsPath + "/%00%ff", "", nil, 404},
		{"delete a feed", "DELETE", contactsPath, "", nil, 405},
		{"patch", "PATCH", edit, contact("X", ""), nil, 405},
		{"patch in a post", "POST", edit, contact("X", ""), []string{"X-HTTP-Method-Override", "PATCH"}, 405},
		{"override with nonsense", "POST", edit, contact("X", ""), []string{"X-HTTP-Method-Override", "FROB"}, 400},
		{"put in a post", "POST", edit, contact("Bea", ""), []string{"X-HTTP-Method-Override", "PUT", "If-Match", "*"}, 200},
		{"put without a condition", "PUT", edit, contact("X", ""), nil, 428},
		{"put with another one's tag", "PUT", edit, contact("X", ""), []string{"If-Match", `"x", W/"y"`}, 412},
		{"tag in a list, weak and bare", "GET", edit, "", []string{"If-None-Match", `"x", *`}, 304},
		{"json", "POST", contactsPath, "{}", []string{"Content-Type", "application/json"}, 415},
		{"no type", "POST", contactsPath, contact("Cleo", ""), []string{"Content-Type", ""}, 201},
		{"a feed", "POST", contactsPath, "<feed" + namespaces + "/>", nil, 400},
		{"an event", "POST", contactsPath, event("Tea", nine), nil, 400},
		{"a contact as event", "POST", eventsPath, contact("X", ""), nil, 400},
		{"an event without time", "POST", eventsPath, event("Tea", ""), nil, 400},
		{"an exception of nothing", "POST", eventsPath, event("Tea", nine+`<gd:originalEvent id="nobody"><gd:when startTime="2026-11-24T09:00:00Z"/></gd:originalEvent>`), nil, 404},
		{"an exception without time", "POST", eventsPath, event("Tea", nine+`<gd:originalEvent id="nobody"/>`), nil, 400},
		{"empty", "POST", contactsPath, " ", nil, 400},
		{"a bomb", "POST", contactsPath, `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><entry>&b;</entry>`, nil, 400},
		{"too deep", "POST", contactsPath, strings.Repeat("<entry>", 10_000), nil, 413},
		{"too wide", "POST", contactsPath, contact("X", strings.Repeat("<gd:email address='a@b'/>", 30_000)), nil, 413},
		{"too long", "POST", contactsPath, contact("X", strings.Repeat("x", 10<<20)), nil, 413},
		{"too many of one", "POST", contactsPath, contact("X", strings.Repeat("<gd:email address='a@b'/>", 600)), nil, 413},
		{"no UTF-8", "POST", contactsPath, contact("\xff\xfe", ""), nil, 400},
		{"control characters", "POST", contactsPath, contact("a&#0;b", ""), nil, 400},
		{"a batch too long", "POST", contactsPath + "/batch", "<feed" + namespaces + ">" + strings.Repeat("<entry/>", 2000) + "</feed>", nil, 413},
		{"an empty batch", "POST", contactsPath + "/batch", "<feed" + namespaces + "/>", nil, 200},
		{"a picture too big", "PUT", "/m8/feeds/photos/media/default/" + entry.ID(e), "\x89PNG\r\n\x1a\n" + strings.Repeat("x", 5<<20), []string{"Content-Type", "image/png"}, 413},
		{"head", "HEAD", contactsPath, "", nil, 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := w.do(tt.method, tt.path, tt.body, tt.header...).is(tt.want)
			if a.status >= 400 && a.status != 412 {
				if f := a.tree(); f.Child("error").Child("internalReason").Text() == "" || f.Child("error").Child("code").Text() == "" {
					t.Errorf("says nothing: %s", a.body)
				}
			}
			if a.status == 405 && a.header.Get("Allow") == "" {
				t.Error("no word of what is allowed")
			}
		})
	}
}

func TestGzip(t *testing.T) {
	w := newWorld(t)
	for range 30 {
		w.post("Ann", "<content>"+strings.Repeat("x", 100)+"</content>")
	}
	plain := w.do("GET", contactsPath+"?max-results=30", "").is(200)
	zipped := w.do("GET", contactsPath+"?max-results=30", "", "Accept-Encoding", "br, gzip;q=0.5").is(200)
	if zipped.header.Get("Content-Encoding") != "gzip" || len(zipped.body) > len(plain.body)/3 {
		t.Fatalf("%d bytes of %d, %v", len(zipped.body), len(plain.body), zipped.header)
	}
	z, err := gzip.NewReader(bytes.NewReader(zipped.body))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(z); err != nil || !bytes.Equal(got, plain.body) {
		t.Errorf("another feed: %v", err)
	}
	if a := w.do("GET", contactsPath, "", "Accept-Encoding", "gzip;q=0").is(200); a.header.Get("Content-Encoding") != "" {
		t.Error("compressed for who does not want it")
	}
	etag := plain.header.Get("ETag")
	if !strings.HasPrefix(etag, "W/") {
		t.Errorf("tag of a feed: %s", etag)
	}
	w.do("GET", contactsPath+"?max-results=30", "", "If-None-Match", etag).is(304)
	w.post("Bea", "")
	w.do("GET", contactsPath+"?max-results=30", "", "If-None-Match", etag).is(200)
}

// A feed of many entries is one answer, and what of it is in memory is little.
func TestBigFeed(t *testing.T) {
	w := newWorld(t)
	feed := "<feed" + namespaces + ">" + strings.Repeat("<entry><batch:operation type='insert'/><title>Ann</title><content>"+strings.Repeat("x", 500)+"</content></entry>", 1000) + "</feed>"
	w.do("POST", contactsPath+"/batch", feed).is(200)
	w.do("POST", contactsPath+"/batch", feed).is(200)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, contactsPath+"?max-results=10000", http.NoBody)
	r.SetBasicAuth("ann", "ann")
	out := &pieces{ResponseRecorder: httptest.NewRecorder()}
	w.handler.ServeHTTP(out, r)
	p := answer{t, out.Code, out.Header(), out.Body.Bytes()}.page()
	if len(p.Entries) != 2000 || p.Total != 2000 || p.Next != "" {
		t.Errorf("%d entries of %d", len(p.Entries), p.Total)
	}
	if out.most > 1<<20 || out.most == 0 {
		t.Errorf("%d bytes at once", out.most)
	}
}

// pieces notes the longest piece that was written.
type pieces struct {
	*httptest.ResponseRecorder
	most int
}

func (p *pieces) Write(b []byte) (int, error) {
	p.most = max(p.most, len(b))
	return p.ResponseRecorder.Write(b)
}
