package peertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

// The namespaces of entries.
const (
	nsAtom    = "http://www.w3.org/2005/Atom"
	nsGD      = "http://schemas.google.com/g/2005"
	nsContact = "http://schemas.google.com/contact/2008"
)

// A gdataDoor is a small GData client with an address book of its own. It is honest: it reads what changed, keeps what it
// does not understand, says what it has seen when it writes, puts its edits on top of what somebody else wrote meanwhile,
// and gives way to a deletion.
type gdataDoor struct {
	*book
	url  string
	mark string // updated of the last feed, "" before the first
	list []*gdataEntry
	keys int
	// overwrote is told that the client put its value of a slot on another one that it had read just before.
	overwrote func(n int, slot, old, value string)
	// moved counts entries that were read or written.
	moved int
}

// A gdataEntry is a person as the server gave it, if it did already, and what the user did since.
type gdataEntry struct {
	*book
	tree   *xmltree.Element
	posted bool
	// posting is what was sent first, and is sent again until it is answered.
	posting *xmltree.Element
	wants   map[string]string
	gone    bool
}

func newGDataDoor(s *Server, b *book) *gdataDoor {
	return &gdataDoor{book: b, url: strings.TrimSuffix(s.URL, "/syncml") + b.feed}
}

// look gives what the user sees.
func (g *gdataDoor) look(testing.TB) []who {
	var all []who
	for _, e := range g.list {
		if e.gone || e.of() != "" {
			continue
		}
		one := g.says(e.shown())
		for _, x := range g.exceptions(e) {
			one.except(g.says(x.shown()))
		}
		all = append(all, one)
	}
	return all
}

func (g *gdataDoor) add(_ testing.TB, n int, have map[string]string) {
	g.keys++
	e := &gdataEntry{book: g.book, tree: g.entry(n), wants: maps.Clone(have)}
	e.tree.Add(xmltree.New(nsGD, "extendedProperty").SetAttr("", "name", "doors").SetAttr("", "value", fmt.Sprint("new ", g.keys)))
	g.list = append(g.list, e)
}

func (g *gdataDoor) edit(_ testing.TB, n int, slot, value string) {
	e := g.find(n)
	if slot == exceptional {
		g.exceptions(e)[0].wants["title"] = value
		return
	}
	e.wants[slot] = value
}

// of gives the series that an exception is one of; "" for what is none.
func (e *gdataEntry) of() string { return e.tree.Child("originalEvent").Attr("", "id") }

// exceptions gives those of a series.
func (g *gdataDoor) exceptions(e *gdataEntry) (list []*gdataEntry) {
	at := e.tree.Child("id").Text()
	id := at[strings.LastIndexByte(at, '/')+1:]
	for _, x := range g.list {
		if of := x.of(); of != "" && of == id {
			list = append(list, x)
		}
	}
	return list
}

// without leaves an entry, and the exceptions of it, out of the book.
func (g *gdataDoor) without(e *gdataEntry) {
	gone := append(g.exceptions(e), e)
	g.list = slices.DeleteFunc(g.list, func(o *gdataEntry) bool { return slices.Contains(gone, o) })
}

// remove deletes a person. One that was not posted yet is posted first: it may have been, and the answer was lost.
func (g *gdataDoor) remove(_ testing.TB, n int) { g.find(n).gone = true }

func (g *gdataDoor) held(_ testing.TB, n int) who { return g.says(g.find(n).tree) }

func (g *gdataDoor) find(n int) *gdataEntry {
	for _, e := range g.list {
		if !e.gone && e.of() == "" && g.says(e.tree).numberOf() == n {
			return e
		}
	}
	panic(fmt.Sprintf("the GData client has no person %d", n))
}

// shown is the entry with the user's edits on it.
func (e *gdataEntry) shown() *xmltree.Element {
	t := cloneTree(e.tree)
	n := e.says(t).numberOf()
	for _, slot := range slices.Sorted(maps.Keys(e.wants)) {
		e.set(t, slot, e.wants[slot], n)
	}
	return t
}

// sync posts what is new, reads what changed, and writes edits and deletions.
// If it is slow, the client has forgotten when it read the last feed.
func (g *gdataDoor) sync(ctx context.Context, slow bool) error {
	if slow {
		g.mark = ""
	}
	for _, e := range g.list {
		if e.posted {
			continue
		}
		wants := maps.Clone(e.wants)
		if e.posting == nil {
			e.posting = e.shown()
		}
		got, err := g.do(ctx, http.MethodPost, g.url, e.posting)
		if err != nil {
			return err
		}
		e.tree, e.posted, e.wants = got, true, map[string]string{}
		for slot, v := range wants { // posted before an answer was lost, and edited since
			if g.says(got).Slots[slot] != v && slot != "x" {
				e.wants[slot] = v
			}
		}
	}
	if err := g.pull(ctx); err != nil {
		return err
	}
	for _, e := range slices.Clone(g.list) {
		if !slices.Contains(g.list, e) {
			continue // an exception of what is gone
		}
		if err := g.push(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// pull reads what changed since the last feed, or everything if the server does not remember so far back.
func (g *gdataDoor) pull(ctx context.Context) error {
	q := url.Values{"showdeleted": {"true"}, "max-results": {"7"}, "orderby": {"lastmodified"}}
	if g.mark != "" {
		q.Set("updated-min", g.mark)
		q.Set("requirealldeleted", "true")
	}
	mark, listed := "", map[string]bool{}
	for next := g.url + "?" + q.Encode(); next != ""; {
		feed, err := g.do(ctx, http.MethodGet, next, nil)
		if err != nil {
			return err
		}
		if mark == "" {
			mark = feed.Child("updated").Text()
		}
		for _, e := range feed.Children("entry") {
			g.take(e)
			listed[e.Child("id").Text()] = true
		}
		next = linkOf(feed, "next")
	}
	if g.mark == "" {
		g.list = slices.DeleteFunc(g.list, func(e *gdataEntry) bool { return e.posted && !listed[e.tree.Child("id").Text()] })
	}
	g.mark = mark
	return nil
}

// take puts an entry that was read into the book.
func (g *gdataDoor) take(got *xmltree.Element) {
	g.moved++
	at := slices.IndexFunc(g.list, func(e *gdataEntry) bool { return e.posted && e.tree.Child("id").Text() == got.Child("id").Text() })
	deleted := got.Child("deleted") != nil || strings.HasSuffix(got.Child("eventStatus").Attr("", "value"), "canceled")
	switch {
	case at < 0 && !deleted:
		g.list = append(g.list, &gdataEntry{book: g.book, tree: got, posted: true, wants: map[string]string{}})
	case at >= 0 && deleted:
		g.without(g.list[at])
	case at >= 0:
		if e := g.list[at]; e.gone && etagOf(e.tree) != etagOf(got) {
			e.gone = false // somebody edited whom the user deleted
		}
		g.list[at].tree = got
	}
}

// push writes what the user did to one entry.
func (g *gdataDoor) push(ctx context.Context, e *gdataEntry) error {
	for range 3 {
		method, body := http.MethodPut, e.shown()
		switch {
		case e.gone:
			method, body = http.MethodDelete, nil
		case len(e.wants) == 0:
			return nil
		}
		g.moved++
		got, err := g.do(ctx, method, linkOf(e.tree, "edit"), body, "If-Match", etagOf(e.tree))
		var refused *gdataError
		switch {
		case err == nil && e.gone, errors.As(err, &refused) && refused.status == http.StatusNotFound:
			g.without(e)
			return nil
		case err == nil:
			g.tell(e)
			e.tree, e.wants = got, map[string]string{}
			return nil
		case refused == nil || refused.status != http.StatusPreconditionFailed:
			return err
		}
		if got, err = g.do(ctx, http.MethodGet, linkOf(e.tree, "edit"), nil); err != nil {
			return err
		}
		e.gone, e.tree = false, got
	}
	return errors.New("an entry changes with every look")
}

// tell says which values the client has written over.
func (g *gdataDoor) tell(e *gdataEntry) {
	had := g.says(e.tree)
	for slot, v := range e.wants {
		for _, old := range valuesOf(had.Slots[slot]) {
			if old != v {
				g.overwrote(had.numberOf(), e.slotOf(slot), old, v)
			}
		}
	}
}

// slotOf gives what users call a slot of the entry.
func (e *gdataEntry) slotOf(slot string) string {
	if e.of() != "" && slot == "title" {
		return exceptional
	}
	return slot
}

// A gdataError is an answer that is no success.
type gdataError struct {
	status int
	text   string
}

func (e *gdataError) Error() string { return fmt.Sprint(e.status, " ", e.text) }

// do asks the server and reads its answer, which may be empty.
func (g *gdataDoor) do(ctx context.Context, method, address string, body *xmltree.Element, header ...string) (*xmltree.Element, error) {
	var sent []byte
	if body != nil {
		sent = body.Append(nil, xmltree.Options{})
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(sent))
	if err != nil {
		return nil, err
	}
	r.SetBasicAuth("ann", "ann")
	r.Header.Set("GData-Version", g.version)
	r.Header.Set("Content-Type", "application/atom+xml")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	if res.StatusCode/100 != 2 {
		return nil, &gdataError{res.StatusCode, fmt.Sprintf("%s %s: %.300s\n%s", method, address, data, sent)}
	}
	if len(data) == 0 {
		return nil, nil
	}
	return xmltree.Parse(data, xmltree.Limits{})
}

func etagOf(e *xmltree.Element) string { return e.Attr(nsGD, "etag") }

func linkOf(e *xmltree.Element, rel string) string {
	for _, l := range e.Children("link") {
		if l.Attr("", "rel") == rel {
			return l.Attr("", "href")
		}
	}
	return ""
}

func cloneTree(e *xmltree.Element) *xmltree.Element {
	c := &xmltree.Element{Space: e.Space, Local: e.Local, Attrs: slices.Clone(e.Attrs)}
	for _, n := range e.Nodes {
		if n.Elem != nil {
			n.Elem = cloneTree(n.Elem)
		}
		c.Nodes = append(c.Nodes, n)
	}
	return c
}
