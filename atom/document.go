package atom

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

// The namespaces of the documents.
const (
	// nsAtom is that of RFC 4287.
	nsAtom = "http://www.w3.org/2005/Atom"
	// nsSync is that of the Sync Engine API.
	nsSync = "http://schemas.obexcode.com/syncserver/2009"
	// nsOwn is that of what Bindery adds.
	nsOwn = "urn:bindery:sync:1"
)

// mediaType is that of every document.
const mediaType = "application/atom+xml; charset=utf-8"

// element makes an Atom element that holds text.
func element(local, text string) *xmltree.Element {
	return xmltree.New(nsAtom, local, xmltree.Text(text))
}

// syncElement makes an element of the Sync Engine API that holds text.
func syncElement(local, text string) *xmltree.Element {
	return xmltree.New(nsSync, local, xmltree.Text(text))
}

// link makes a link (RFC 4287 section 4.2.7); media may be empty.
func link(href, rel, media string) *xmltree.Element {
	l := xmltree.New(nsAtom, "link").SetAttr("", "href", href).SetAttr("", "rel", rel)
	if media != "" {
		l.SetAttr("", "type", media)
	}
	return l
}

// timestamp makes a date construct (RFC 4287 section 3.3), in UTC and whole seconds.
func timestamp(local string, t time.Time) *xmltree.Element {
	return element(local, t.UTC().Format(time.RFC3339))
}

// person makes an author (RFC 4287 section 3.2); mail may be empty.
func person(name, mail string) *xmltree.Element {
	p := xmltree.New(nsAtom, "author").AddText("name", name)
	if mail != "" {
		p.AddText("email", mail)
	}
	return p
}

// author is the author of an entry: the owner, with the contact address of this server.
func (a *api) author(r *http.Request) *xmltree.Element {
	return person(callerOf(r).Name, a.Contact)
}

// A dated element is an entry of a feed with the time of its last change.
type dated struct {
	entry   *xmltree.Element
	updated time.Time
}

// addEntries appends the feed's time of change and the entries. It is that of its newest entry, or of what else changed
// it, such as the removal of one; or else the time since which the owner could have any.
func addEntries(r *http.Request, feed *xmltree.Element, entries []dated, changed ...time.Time) *xmltree.Element {
	newest := callerOf(r).Created
	for _, t := range changed {
		if t.After(newest) {
			newest = t
		}
	}
	for _, e := range entries {
		if e.updated.After(newest) {
			newest = e.updated
		}
	}
	feed.Add(timestamp("updated", newest))
	for _, e := range entries {
		feed.Add(e.entry)
	}
	return feed
}

// number64 prints a number for a document.
func number64(n int64) string { return strconv.FormatInt(n, 10) }

// write sends an Atom document.
func write(w http.ResponseWriter, status int, doc *xmltree.Element) error {
	return writeAs(w, status, mediaType, doc)
}

// writeAs sends a document of that media type.
func writeAs(w http.ResponseWriter, status int, media string, doc *xmltree.Element) error {
	body := doc.Append(nil, xmltree.Options{Declaration: true, Indent: "  ", SpaceEmpty: true})
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "private, no-cache")
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // a caller that has gone reads no answer
	return nil
}

// readEntry reads the entry that a request carries. An empty body, or a document that is no entry, gives
// missing. Another media type than those of Atom and XML gives errMediaType. Bytes that are no XML, or too many, give the errors of package xmltree.
func readEntry(r *http.Request, missing error) (*xmltree.Element, error) {
	if err := readable(r); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, fmt.Errorf("read request: %w", err)
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, missing
	}
	doc, err := xmltree.Parse(body, xmltree.Limits{Bytes: maxItem, Depth: 16, Nodes: 4096, Attrs: 32})
	if err != nil {
		return nil, fmt.Errorf("read entry: %w", err)
	}
	if doc.Local != "entry" || !spoken(doc.Space) {
		return nil, missing
	}
	return doc, nil
}

// spoken tells whether elements of a namespace are read: examples of the API put the same element into
// one or the other.
func spoken(space string) bool { return space == nsAtom || space == nsSync || space == "" }

// child gives the first child of that name in a namespace that is read, nil if there is none.
func child(e *xmltree.Element, local string) *xmltree.Element {
	for _, c := range e.Children(local) {
		if spoken(c.Space) {
			return c
		}
	}
	return nil
}

// textOf gives the text of such a child, without the white space around it.
func textOf(e *xmltree.Element, local string) string {
	return strings.TrimSpace(child(e, local).Text())
}

// ownText gives the text of a child that only Bindery knows; it is read in any of the namespaces that are read.
func ownText(e *xmltree.Element, local string) string {
	for _, c := range e.Children(local) {
		if c.Space == nsOwn || spoken(c.Space) {
			return strings.TrimSpace(c.Text())
		}
	}
	return ""
}

// ownFlag reads such a child that is true or false, as XML Schema writes them; unsaid is what it is if it is missing.
func ownFlag(e *xmltree.Element, local string, unsaid bool) (bool, error) {
	switch ownText(e, local) {
	case "":
		return unsaid, nil
	case "true", "1":
		return true, nil
	case "false", "0":
		return false, nil
	}
	return false, &problem{http.StatusBadRequest, local + " is true or false"}
}
