package discover_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/sources/dav/discover"
)

// A page is what one address of a scripted server answers to PROPFIND.
type page struct {
	// to redirects, status is another answer than 207, and html makes it one of a web site.
	to     string
	status int
	html   bool
	// props are the properties, below the pages that depth 1 shows as well.
	props string
	below []string
	// inside is a status that is said within an answer of success.
	inside string
}

// world are scripted servers by scheme, host and path. No request leaves the test.
type world struct {
	pages map[string]page
	// asked are the requests that were sent.
	asked []string
	fail  map[string]error
}

// RoundTrip implements http.RoundTripper.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return nil, err
		}
	}
	w.asked = append(w.asked, r.Method+" "+r.URL.String())
	host := r.URL.Scheme + "://" + r.URL.Host
	if err := w.fail[host]; err != nil {
		return nil, err
	}
	known := false
	for at := range w.pages {
		known = known || strings.HasPrefix(at, host+"/")
	}
	if !known {
		return nil, &net.DNSError{Err: "no such host", Name: r.URL.Host, IsNotFound: true}
	}
	rec := httptest.NewRecorder()
	w.serve(rec, r)
	res := rec.Result()
	res.Request = r
	return res, nil
}

func (w *world) serve(rec *httptest.ResponseRecorder, r *http.Request) {
	p, ok := w.pages[r.URL.String()]
	switch {
	case !ok:
		http.NotFound(rec, r)
	case p.to != "":
		http.Redirect(rec, r, p.to, http.StatusMovedPermanently)
	case p.html:
		_, _ = io.WriteString(rec, "<!DOCTYPE html><html><body>Hello</body></html>")
	case p.inside != "":
		rec.WriteHeader(http.StatusMultiStatus)
		_, _ = fmt.Fprintf(rec, `<d:multistatus xmlns:d="DAV:"><d:response><d:href>http%%3A//%s</d:href><d:status>HTTP/1.1 %s</d:status></d:response></d:multistatus>`, r.URL.Path, p.inside)
	case p.status != 0:
		rec.WriteHeader(p.status)
	default:
		rec.WriteHeader(http.StatusMultiStatus)
		_, _ = io.WriteString(rec, `<d:multistatus xmlns:d="DAV:" xmlns:card="urn:ietf:params:xml:ns:carddav" xmlns:cal="urn:ietf:params:xml:ns:caldav" xmlns:cs="http://calendarserver.org/ns/">`)
		respond(rec, r.URL.Path, p)
		if r.Header.Get("Depth") == "1" {
			for _, name := range p.below {
				child := r.URL.ResolveReference(r.URL.JoinPath(name))
				respond(rec, child.Path, w.pages[child.String()])
			}
		}
		_, _ = io.WriteString(rec, `</d:multistatus>`)
	}
}

func respond(w io.Writer, path string, p page) {
	_, _ = fmt.Fprintf(w, `<d:response><d:href>%s</d:href><d:propstat><d:prop>%s</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat>`+
		`<d:propstat><d:prop><d:owner/></d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat></d:response>`, path, p.props)
}

func (w *world) client() *http.Client { return &http.Client{Transport: w} }

// Properties as servers write them.
const (
	collection = `<d:resourcetype><d:collection/></d:resourcetype>`
	book       = `<d:resourcetype><d:collection/><card:addressbook/></d:resourcetype>`
	calendar   = `<d:resourcetype><d:collection/><cal:calendar/></d:resourcetype>`
	readOnly   = `<d:current-user-privilege-set><d:privilege><d:read/></d:privilege></d:current-user-privilege-set>`
	syncs      = `<d:supported-report-set><d:supported-report><d:report><d:sync-collection/></d:report></d:supported-report></d:supported-report-set>`
)

func principal(href string) string {
	return `<d:current-user-principal><d:href>` + href + `</d:href></d:current-user-principal>`
}

func homes(books, calendars string) string {
	var out string
	if books != "" {
		out += `<card:addressbook-home-set><d:href>` + books + `</d:href></card:addressbook-home-set>`
	}
	if calendars != "" {
		out += `<cal:calendar-home-set><d:href>` + calendars + `</d:href></cal:calendar-home-set>`
	}
	return out
}

func named(name string) string { return `<d:displayname>` + name + `</d:displayname>` }

func components(names ...string) string {
	out := `<cal:supported-calendar-component-set>`
	for _, n := range names {
		out += `<cal:comp name="` + n + `"/>`
	}
	return out + `</cal:supported-calendar-component-set>`
}

// records is a Resolver that knows some records.
type records struct {
	srv map[string][]*net.SRV
	txt map[string][]string
}

func (r records) LookupSRV(_ context.Context, service, proto, name string) (string, []*net.SRV, error) {
	full := "_" + service + "._" + proto + "." + name
	if list, ok := r.srv[full]; ok {
		return full, list, nil
	}
	return "", nil, &net.DNSError{Err: "no such host", IsNotFound: true}
}

func (r records) LookupTXT(_ context.Context, name string) ([]string, error) {
	if list, ok := r.txt[name]; ok {
		return list, nil
	}
	return nil, errors.New("nothing")
}

// summary is what was found in a few words.
func summary(a discover.Account) string {
	var out []string
	for _, c := range a.Collections {
		s := c.URL + " " + c.Name
		for _, class := range c.Classes {
			s += " " + string(class)
		}
		if c.ReadOnly {
			s += " read-only"
		}
		if c.Sync {
			s += " sync"
		}
		out = append(out, s)
	}
	return strings.Join(out, "\n")
}

func want(t *testing.T, got, want string) {
	t.Helper()
	if got != strings.TrimSpace(want) {
		t.Errorf("found\n%s\ninstead of\n%s", got, want)
	}
}
