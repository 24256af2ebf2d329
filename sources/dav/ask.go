package dav

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/dav/davxml"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

const xmlType = "application/xml; charset=utf-8"

// document prints the body of a request.
func document(root davxml.Name, inside ...*xmltree.Element) []byte {
	var b bytes.Buffer
	x := davxml.NewWriter(&b, root)
	for _, e := range inside {
		x.Element(e)
	}
	_ = x.Close() // a buffer takes everything
	return b.Bytes()
}

func dav(local string) davxml.Name { return davxml.Name{Space: davxml.DAV, Local: local} }

// props makes a DAV:prop that asks for properties.
func props(names ...davxml.Name) *xmltree.Element {
	p := dav("prop").New()
	for _, n := range names {
		p.Add(n.New())
	}
	return p
}

// A state is what a server says about a collection as a whole.
type state struct {
	token, ctag string
	knows       knows
}

// state asks what the collection's state is called, and what its server can do.
func (w *wire) state(ctx context.Context) (s state, err error) {
	body := document(dav("propfind"), props(dav("resourcetype"), dav("sync-token"), davxml.Name{Space: davxml.CS, Local: "getctag"},
		dav("supported-report-set"), davxml.Name{Space: davxml.CardDAV, Local: "supported-address-data"}, bulkName("bulk-requests")))
	found := false
	err = w.do(ctx, request{method: "PROPFIND", depth: "0", body: body, contentType: xmlType, read: func(resp *http.Response) error {
		s, found = state{}, false
		_, err := multistatus(resp, listings, func(r response) error {
			if !found {
				s, found = stateOf(r), r.status == 0 || r.status < 300
			}
			return nil
		})
		return err
	}})
	if err == nil && !found {
		err = badAnswer("the server does not speak of the collection")
	}
	return s, err
}

func stateOf(r response) state {
	s := state{
		token: strings.TrimSpace(r.find(davxml.DAV, "sync-token").Text()),
		ctag:  strings.TrimSpace(r.find(davxml.CS, "getctag").Text()),
	}
	for _, sup := range r.find(davxml.DAV, "supported-report-set").Children("supported-report") {
		s.knows.Sync = s.knows.Sync || sup.Child("report").Child("sync-collection") != nil
	}
	s.knows.Sync = s.knows.Sync || s.token != ""
	s.knows.learnBulk(r)
	for t := range r.find(davxml.CardDAV, "supported-address-data").Elements() { // servers disagree about their name
		if strings.EqualFold(t.Attr("", "content-type"), "text/vcard") {
			s.knows.Card3 = s.knows.Card3 || t.Attr("", "version") != "4.0"
			s.knows.Card4 = s.knows.Card4 || t.Attr("", "version") == "4.0"
		}
	}
	return s
}

// A listing is what a server says is in a collection, or was changed in it.
type listing struct {
	// whole says that it is all that there is; same that nothing was changed.
	whole, same bool
	// items are entity tags by path, times when each was changed last (Unix seconds, if the server says so); gone are the
	// paths of what was deleted.
	items map[string]string
	times map[string]int64
	gone  map[string]bool
	// refused is how the server refused the token of the last look (see refusal).
	refused int
	// token and ctag are what the state is called that was listed.
	token, ctag string
}

func newListing(whole bool) *listing {
	return &listing{whole: whole, items: make(map[string]string), times: make(map[string]int64), gone: make(map[string]bool)}
}

// maxPages is how many pages an answer of changes may have.
const maxPages = 10_000

// changes asks what was changed since a token, or for everything if that is "" (RFC 6578).
func (w *wire) changes(ctx context.Context, token string) (*listing, error) {
	l := newListing(token == "")
	had := map[string]bool{token: true}
	for range maxPages {
		more, next, err := w.changesPage(ctx, token, l)
		switch {
		case err != nil:
			return nil, err
		case next == "":
			return nil, badAnswer("no token for what was changed")
		case !more:
			l.token = next
			return l, nil
		case had[next]:
			return nil, badAnswer("the changes of the server have no end")
		}
		token, had[next] = next, true
	}
	return nil, &answerError{"the changes of the server have no end", dataclass.ErrTooBig}
}

// changesPage adds one page of changes to a listing. More says that there is another.
func (w *wire) changesPage(ctx context.Context, token string, l *listing) (more bool, next string, err error) {
	body := document(dav("sync-collection"), dav("sync-token").Text(token), dav("sync-level").Text("1"), props(dav("getetag"), dav("getlastmodified")))
	err = w.do(ctx, request{method: "REPORT", depth: "0", body: body, contentType: xmlType, read: func(resp *http.Response) error {
		more, next = false, ""
		rest, err := multistatus(resp, listings, func(r response) error {
			more = w.change(resp.Request, l, r) || more
			return nil
		})
		for _, e := range rest {
			if e.Local == "sync-token" {
				next = strings.TrimSpace(e.Text())
			}
		}
		return err
	}})
	return more, next, err
}

// change takes one changed resource. It reports whether it says that there is more.
func (w *wire) change(req *http.Request, l *listing, r response) (more bool) {
	href, ok := hrefIn(req.URL, r.href)
	if !ok {
		return false
	}
	if r.status == http.StatusInsufficientStorage {
		return true
	}
	if strings.HasSuffix(href, "/") || href+"/" == pathOf(req.URL) {
		return false
	}
	delete(l.gone, href)
	delete(l.items, href)
	if r.status == http.StatusNotFound || r.status == http.StatusGone {
		l.gone[href] = true
		return false
	}
	l.items[href], l.times[href] = r.etag(), r.modified()
	return false
}

// list asks for everything that there is (RFC 4918 section 9.1).
func (w *wire) list(ctx context.Context) (*listing, error) {
	body := document(dav("propfind"), props(dav("getetag"), dav("getlastmodified"), dav("resourcetype")))
	var l *listing
	err := w.do(ctx, request{method: "PROPFIND", depth: "1", body: body, contentType: xmlType, read: func(resp *http.Response) error {
		l = newListing(true)
		_, err := multistatus(resp, listings, func(r response) error {
			href, ok := hrefIn(resp.Request.URL, r.href)
			switch {
			case r.status == http.StatusInsufficientStorage:
				return badAnswer("the server lists only some")
			case r.status == http.StatusNotFound, r.status == http.StatusGone:
			case ok && !r.collection() && href+"/" != pathOf(resp.Request.URL):
				l.items[href], l.times[href] = r.etag(), r.modified()
			}
			return nil
		})
		return err
	}})
	return l, err
}

// A found item is what a server has at a path.
type found struct {
	href string
	// gone says that there is nothing.
	gone bool
	// broken is how the server fails to give it (see notGiven), nil if it does not.
	broken error
	etag   string
	// modified is when it was changed last (Unix seconds), 0 if the server does not say.
	modified int64
	data     []byte
}

// several asks for several items at once. Those that the answer does not speak of are missing in what it gives.
func (w *wire) several(ctx context.Context, hrefs []string) (map[string]found, error) {
	name, data := davxml.Name{Space: davxml.CalDAV, Local: "calendar-multiget"}, davxml.Name{Space: davxml.CalDAV, Local: "calendar-data"}
	if w.class == dataclass.Contacts {
		name, data = davxml.Name{Space: davxml.CardDAV, Local: "addressbook-multiget"}, davxml.Name{Space: davxml.CardDAV, Local: "address-data"}
	}
	inside := []*xmltree.Element{props(dav("getetag"), dav("getlastmodified"), data)}
	asked := make(map[string]bool, len(hrefs))
	for _, h := range hrefs {
		inside, asked[h] = append(inside, davxml.Href(h)), true
	}
	var out map[string]found
	err := w.do(ctx, request{method: "REPORT", depth: "0", tries: 2, body: document(name, inside...), contentType: xmlType, read: func(resp *http.Response) error {
		out = make(map[string]found, len(hrefs))
		_, err := multistatus(resp, w.content(), func(r response) error {
			href, ok := hrefIn(resp.Request.URL, r.href)
			if !ok || !asked[href] {
				return nil
			}
			text := r.find(data.Space, data.Local)
			switch {
			case r.status == http.StatusNotFound || r.status == http.StatusGone:
				out[href] = found{href: href, gone: true}
			case text != nil && strings.TrimSpace(text.Text()) != "":
				out[href] = found{href: href, etag: r.etag(), modified: r.modified(), data: lines(text.Text())}
			}
			return nil
		})
		return err
	}})
	return out, err
}

// lines gives the text of an item with the line ends that XML took from it (XML 1.0 section 2.11).
func lines(text string) []byte {
	if strings.Contains(text, "\r") {
		return []byte(text)
	}
	return []byte(strings.ReplaceAll(text, "\n", "\r\n"))
}

// get asks for one item. What is no item at all, such as a page that asks somebody to sign in, is an error.
func (w *wire) get(ctx context.Context, href string) (found, error) {
	f := found{href: href}
	accept := "text/calendar"
	if w.class == dataclass.Contacts {
		accept = "text/vcard"
	}
	err := w.do(ctx, request{method: http.MethodGet, path: href, accept: accept, read: func(resp *http.Response) error {
		kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
		if resp.StatusCode != http.StatusOK || kind == "text/html" || kind == "application/xhtml+xml" {
			return badAnswer("the server answered an item with something else")
		}
		most := int64(w.d.o.MaxItemSize)*2 + 1
		data, err := io.ReadAll(io.LimitReader(resp.Body, most))
		if err != nil {
			return fmt.Errorf("read the answer of the server: %w", err)
		}
		if int64(len(data)) == most {
			return errBigAnswer
		}
		f.etag, f.modified, f.data = unpacked(resp.Header.Get("ETag")), seconds(resp.Header.Get("Last-Modified")), data
		return nil
	}})
	if notFound(err) {
		return found{href: href, gone: true}, nil
	}
	return f, err
}

// unpacked gives the entity tag that a server's property has where a proxy that packs answers made another of it.
func unpacked(etag string) string {
	for _, suffix := range []string{"-gzip", "--gzip", ";gzip", "-br"} {
		if rest, ok := strings.CutSuffix(etag, suffix+`"`); ok {
			return strings.TrimRight(rest, "-") + `"`
		}
	}
	return etag
}
