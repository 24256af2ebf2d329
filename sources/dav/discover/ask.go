package discover

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/dav/davxml"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// asker sends requests to one site.
type asker struct {
	http *http.Client
	home *url.URL
	// trust are addresses of other sites that may be asked.
	trust []*url.URL
	left  int
}

// may reports whether an address may be asked.
func (a *asker) may(u *url.URL) bool {
	return SameSite(a.home, u) || slices.ContainsFunc(a.trust, func(t *url.URL) bool { return SameSite(t, u) })
}

// newAsker makes an asker of the site of an address, and of those that are trusted besides.
func newAsker(c *http.Client, home *url.URL, trust ...*url.URL) *asker {
	own := *c
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &asker{http: &own, home: home, trust: trust, left: MaxRequests}
}

// properties is what every PROPFIND asks for.
const properties = `<?xml version="1.0" encoding="utf-8"?>
<d:propfind xmlns:d="DAV:" xmlns:card="urn:ietf:params:xml:ns:carddav" xmlns:cal="urn:ietf:params:xml:ns:caldav">` +
	`<d:prop><d:resourcetype/><d:displayname/><d:current-user-principal/><card:addressbook-home-set/><cal:calendar-home-set/>` +
	`<cal:supported-calendar-component-set/><d:current-user-privilege-set/><d:supported-report-set/></d:prop></d:propfind>`

// look asks for the properties of one resource.
func (a *asker) look(ctx context.Context, u *url.URL) (resource, error) {
	all, err := a.propfind(ctx, u, "0")
	if err != nil {
		return resource{}, err
	}
	for _, r := range all {
		if same(r.at, r.asked) {
			return r, nil
		}
	}
	if len(all) == 1 { // servers behind others spell their own paths differently
		r := all[0]
		r.at = r.asked
		return r, nil
	}
	return resource{}, &Error{Class: ErrAnswer, Host: u.Host}
}

// propfind asks for properties, following redirects, and gives the resources of the answer.
func (a *asker) propfind(ctx context.Context, u *url.URL, depth string) ([]resource, error) {
	for range maxRedirects + 1 {
		h := http.Header{"Depth": {depth}, "Content-Type": {"application/xml; charset=utf-8"}, "Prefer": {"return=minimal"}}
		got, err := a.send(ctx, "PROPFIND", u, h, properties)
		if err != nil {
			return nil, err
		}
		if got.to != "" {
			if u, err = a.link(u, got.to); err != nil {
				return nil, err
			}
			continue
		}
		if got.status != http.StatusMultiStatus {
			if got.status < 300 {
				return nil, &Error{Class: ErrNoDAV, Host: u.Host}
			}
			return nil, refused(u.Host, got.status)
		}
		return a.resources(u, got.body)
	}
	return nil, &Error{Class: ErrNoDAV, Host: u.Host}
}

// answer is that to one request.
type answer struct {
	status int
	// to is where a redirect leads.
	to   string
	body []byte
}

// send sends one request to an address of the site, and to nobody else.
func (a *asker) send(ctx context.Context, method string, u *url.URL, h http.Header, body string) (answer, error) {
	if !a.may(u) {
		return answer{}, a.elsewhere(u)
	}
	if a.left--; a.left < 0 {
		return answer{}, &Error{Class: ErrAnswer, Host: u.Host, stop: true}
	}
	r, err := http.NewRequestWithContext(ctx, method, u.String(), strings.NewReader(body))
	if err != nil {
		return answer{}, &Error{Class: ErrAddress}
	}
	r.Header = h
	res, err := a.http.Do(r)
	if err != nil {
		return answer{}, failed(ctx, u.Host, err)
	}
	defer func() { _ = res.Body.Close() }()
	got := answer{status: res.StatusCode}
	switch res.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		got.to = res.Header.Get("Location")
	}
	got.body, err = io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	if err != nil {
		return answer{}, failed(ctx, u.Host, err)
	}
	return got, nil
}

// elsewhere says that an address is of another site.
func (a *asker) elsewhere(u *url.URL) error {
	return &Error{Class: ErrElsewhere, Host: a.home.Host, Address: (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()}
}

// link resolves an address that a server gave. Plain HTTP becomes HTTPS if that was asked: servers behind others do not
// know how they are asked. It returns an ErrAnswer for what is no http address.
func (a *asker) link(base *url.URL, text string) (*url.URL, error) {
	u, err := base.Parse(strings.TrimSpace(text))
	if err != nil || len(text) > maxAddress || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil, &Error{Class: ErrAnswer, Host: base.Host}
	}
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	if base.Scheme == "https" && u.Scheme == "http" {
		u.Scheme, u.Host = "https", u.Hostname()
		if u.Host == base.Hostname() {
			u.Host = base.Host
		}
	}
	return u, nil
}

// resource is what an answer says of one address.
type resource struct {
	// at is its address, asked the one that was asked.
	at, asked *url.URL
	name      string
	types     []davxml.Name
	principal *url.URL
	// anonymous tells that nobody is signed in.
	anonymous        bool
	books, calendars []*url.URL
	components       *xmltree.Element
	privileges       *xmltree.Element
	reports          *xmltree.Element
	isCollection     bool
}

// resources reads a multistatus. It returns an ErrNoDAV for what is none.
func (a *asker) resources(u *url.URL, body []byte) ([]resource, error) {
	root, err := davxml.Parse(body, maxBody)
	switch {
	case errors.Is(err, xmltree.ErrLimit):
		return nil, &Error{Class: ErrAnswer, Host: u.Host}
	case err != nil || root == nil || davxml.Of(root) != (davxml.Name{Space: davxml.DAV, Local: "multistatus"}):
		return nil, &Error{Class: ErrNoDAV, Host: u.Host}
	}
	var out []resource
	var gone error
	for _, e := range root.Children("response") {
		// Some servers say of a single resource that it is not there in an answer of success.
		if status := strings.Fields(e.Child("status").Text()); len(status) > 1 && status[1] != "200" {
			code, err := strconv.Atoi(status[1])
			if err != nil {
				code = http.StatusNotFound
			}
			gone = refused(u.Host, code)
			continue
		}
		at, err := a.link(u, e.Child("href").Text())
		if err != nil || !a.may(at) {
			continue
		}
		r := resource{at: at, asked: u}
		for _, stat := range e.Children("propstat") {
			if status := strings.Fields(stat.Child("status").Text()); len(status) < 2 || status[1] != "200" {
				continue
			}
			for p := range stat.Child("prop").Elements() {
				a.property(&r, p)
			}
		}
		out = append(out, r)
	}
	if len(out) == 0 && gone != nil {
		return nil, gone
	}
	return out, nil
}

// property takes one property.
func (a *asker) property(r *resource, p *xmltree.Element) {
	switch davxml.Of(p) {
	case davxml.Name{Space: davxml.DAV, Local: "resourcetype"}:
		for t := range p.Elements() {
			r.types = append(r.types, davxml.Of(t))
		}
		r.isCollection = slices.Contains(r.types, davxml.Name{Space: davxml.DAV, Local: "collection"})
	case davxml.Name{Space: davxml.DAV, Local: "displayname"}:
		r.name = trim(p.Text())
	case davxml.Name{Space: davxml.DAV, Local: "current-user-principal"}:
		r.anonymous = p.Child("unauthenticated") != nil
		if at := a.hrefs(r.asked, p); len(at) > 0 {
			r.principal = at[0]
		}
	case davxml.Name{Space: davxml.CardDAV, Local: "addressbook-home-set"}:
		r.books = a.hrefs(r.asked, p)
	case davxml.Name{Space: davxml.CalDAV, Local: "calendar-home-set"}:
		r.calendars = a.hrefs(r.asked, p)
	case davxml.Name{Space: davxml.CalDAV, Local: "supported-calendar-component-set"}:
		r.components = p
	case davxml.Name{Space: davxml.DAV, Local: "current-user-privilege-set"}:
		r.privileges = p
	case davxml.Name{Space: davxml.DAV, Local: "supported-report-set"}:
		r.reports = p
	}
}

// hrefs gives the addresses in a property.
func (a *asker) hrefs(base *url.URL, p *xmltree.Element) []*url.URL {
	var out []*url.URL
	for _, h := range p.Children("href") {
		if u, err := a.link(base, h.Text()); err == nil && strings.TrimSpace(h.Text()) != "" {
			out = append(out, u)
		}
	}
	return out
}

// trim bounds a name, and leaves out what is no letter of it.
func trim(s string) string {
	r := []rune(strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }), " "))
	return strings.TrimSpace(string(r[:min(len(r), maxName)]))
}

// collection gives an address book or a calendar; others are none.
func (r resource) collection() (Collection, bool) {
	c := Collection{URL: r.at.String(), Name: r.name, CanDelete: true}
	is := func(space, local string) bool {
		return slices.Contains(r.types, davxml.Name{Space: space, Local: local})
	}
	switch {
	case is(davxml.CardDAV, "addressbook"):
		c.Classes = []dataclass.Class{dataclass.Contacts}
	case is(davxml.CalDAV, "calendar"):
		c.Classes = componentClasses(r.components)
	}
	if len(c.Classes) == 0 || is(davxml.CalDAV, "schedule-inbox") || is(davxml.CalDAV, "schedule-outbox") || r.deleted() {
		return c, false
	}
	if r.privileges != nil {
		c.ReadOnly = !granted(r.privileges, "write-content") && !granted(r.privileges, "bind")
		c.CanDelete = granted(r.privileges, "unbind")
	}
	if is(davxml.CS, "subscribed") {
		c.ReadOnly, c.CanDelete = true, false
	}
	for _, s := range r.reports.Children("supported-report") {
		c.Sync = c.Sync || s.Child("report").Child("sync-collection") != nil
	}
	return c, true
}

// deleted tells that a calendar is in a waste bin, as some servers show them.
func (r resource) deleted() bool {
	return slices.ContainsFunc(r.types, func(n davxml.Name) bool { return n.Local == "deleted-calendar" || n.Local == "trash-bin" })
}

// componentClasses gives the dataclasses of the components that a calendar takes.
func componentClasses(set *xmltree.Element) []dataclass.Class {
	all := []dataclass.Class{dataclass.Events, dataclass.Tasks, dataclass.Notes}
	if set == nil {
		return all
	}
	names := map[dataclass.Class]string{dataclass.Events: "VEVENT", dataclass.Tasks: "VTODO", dataclass.Notes: "VJOURNAL"}
	return slices.DeleteFunc(all, func(c dataclass.Class) bool {
		return !slices.ContainsFunc(set.Children("comp"), func(e *xmltree.Element) bool { return strings.EqualFold(e.Attr("", "name"), names[c]) })
	})
}

// granted reports whether a privilege, or one that has it in it, is among those of the user (RFC 3744 section 3.12).
func granted(set *xmltree.Element, name string) bool {
	for _, p := range set.Children("privilege") {
		if p.Child(name) != nil || p.Child("write") != nil || p.Child("all") != nil {
			return true
		}
	}
	return false
}

// document writes a tree as the body of a request.
func document(e *xmltree.Element, root davxml.Name) string {
	var b bytes.Buffer
	x := davxml.NewWriter(&b, root)
	x.Element(e)
	if x.Close() != nil {
		return ""
	}
	return b.String()
}
