package atom

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// Items are what one datastore client holds; a datastore.Items is one.
type Items interface {
	Put(ctx context.Context, class dataclass.Class, id sources.ID, ifRev sources.Revision, body dataclass.Body) (datastore.Item, error)
	Delete(ctx context.Context, class dataclass.Class, id sources.ID, ifRev sources.Revision) error
	Get(ctx context.Context, class dataclass.Class, id sources.ID) (datastore.Item, error)
	List(ctx context.Context, class dataclass.Class, after sources.ID, limit int) ([]datastore.Item, error)
	Mark(ctx context.Context, class dataclass.Class) (datastore.Mark, error)
}

// How many items a page of content has.
const (
	defaultContent = 100
	maxContent     = 500
)

// contentPath is the address of items; below it are the client, the dataclass and the item.
const contentPath = "/v2/services/datastore/content"

// stored are the dataclasses that datastores hold.
var stored = []dataclass.Class{dataclass.Contacts, dataclass.Events, dataclass.Tasks, dataclass.Notes}

// A shelf is one dataclass of one datastore client of the caller's.
type shelf struct {
	items  Items
	client bindings.Client
	class  dataclass.Class
}

// shelf finds what the path names, or for the collection itself what client and dataclass in the query name: by
// default the oldest datastore of the caller, and its contacts.
func (a *api) shelf(r *http.Request) (shelf, error) {
	id, class := pathWord(r, "uuid"), dataclass.Class(pathWord(r, "class"))
	if id == "" {
		id, class = r.URL.Query().Get("client"), dataclass.Class(firstOf(r.URL.Query().Get("dataclass"), string(dataclass.Contacts)))
	}
	if !slices.Contains(stored, class) {
		return shelf{}, errNotStored
	}
	c, err := a.store(r, id)
	if err != nil {
		return shelf{}, err
	}
	return shelf{a.Content(c.Owner, c.ID), c, class}, nil
}

// store finds a datastore client of the caller; "" is the oldest.
func (a *api) store(r *http.Request, id string) (bindings.Client, error) {
	if id == "" {
		list, err := a.Clients.Clients(r.Context(), callerOf(r).ID, kindDatastore)
		if err != nil || len(list) == 0 {
			return bindings.Client{}, errors.Join(err, errUnknownClient)
		}
		return list[0], nil
	}
	c, err := a.Clients.Client(r.Context(), callerOf(r).ID, id)
	if errors.Is(err, bindings.ErrNoClient) || errors.Is(err, bindings.ErrInvalid) || err == nil && c.Kind != kindDatastore {
		return c, errUnknownClient
	}
	return c, err
}

// listContent answers GET /v2/services/datastore/content/: a page of the items of one dataclass.
func (a *api) listContent(w http.ResponseWriter, r *http.Request) error {
	s, err := a.shelf(r)
	if err != nil {
		return err
	}
	limit, err := number1(r, "limit", defaultContent, maxContent)
	if err != nil {
		return err
	}
	// Before the list, so that the feed is not younger than what it shows; and of the whole, since a deletion is in no entry.
	mark, err := s.items.Mark(r.Context(), s.class)
	if err != nil {
		return contentError(err)
	}
	list, err := s.items.List(r.Context(), s.class, sources.ID(r.URL.Query().Get("after")), limit)
	if err != nil {
		return contentError(err)
	}
	entries := make([]dated, len(list))
	for i, it := range list {
		entries[i] = dated{a.itemEntry(r, s, it), it.Changed}
	}
	url := a.base(r) + contentPath + "/" + s.client.ID + "/" + string(s.class)
	feed := xmltree.New(nsAtom, "feed").Add(
		person(a.Operator, ""), element("id", url), link(selfURL(r, url), "self", ""), link(afterURL(url, limit, ""), "first", ""), element("title", string(s.class)+" of "+firstOf(s.client.Title, s.client.ID)))
	if len(list) > 0 { // a page may end early where items are big, so only an empty one is the last
		feed.Add(link(afterURL(url, limit, list[len(list)-1].ID), "next", ""))
	}
	return write(w, http.StatusOK, addEntries(r, feed, entries, mark.Next))
}

func afterURL(base string, limit int, after sources.ID) string {
	q := url.Values{"limit": {fmt.Sprint(limit)}}
	if after != "" {
		q.Set("after", string(after))
	}
	return base + "?" + q.Encode()
}

// getContent answers GET of one item.
func (a *api) getContent(w http.ResponseWriter, r *http.Request) error {
	s, err := a.shelf(r)
	if err != nil {
		return err
	}
	if _, ok := wantedFile(r); ok {
		return errNotAcceptable
	}
	it, err := s.items.Get(r.Context(), s.class, itemID(r))
	if err != nil {
		return contentError(err)
	}
	return write(w, http.StatusOK, a.itemEntry(r, s, it))
}

// postContent answers POST: it adds an item, sent in the content of an entry or as it is.
func (a *api) postContent(w http.ResponseWriter, r *http.Request) error {
	s, err := a.shelf(r)
	if err != nil {
		return err
	}
	if r.URL.Query().Has("dry") {
		return errDryItem
	}
	body, err := readItem(r, s.class, "")
	if err != nil {
		return err
	}
	it, err := s.items.Put(r.Context(), s.class, "", "", body)
	if err != nil {
		return contentError(err)
	}
	w.Header().Set("Location", a.itemURL(r, s, it))
	return write(w, http.StatusCreated, a.itemEntry(r, s, it))
}

// putContent answers PUT: it replaces an item that there is, whatever it has become meanwhile, unless the request says by
// If-Match what it is to be.
func (a *api) putContent(w http.ResponseWriter, r *http.Request) error {
	s, err := a.shelf(r)
	if err != nil {
		return err
	}
	was, err := s.items.Get(r.Context(), s.class, itemID(r))
	if err != nil {
		return contentError(err)
	}
	body, err := readItem(r, s.class, was.Body.Type)
	if err != nil {
		return err
	}
	var it datastore.Item
	err = a.together(r.Context(), func(ctx context.Context) error {
		now, err := s.items.Get(ctx, s.class, was.ID)
		if err == nil {
			it, err = s.items.Put(ctx, s.class, now.ID, now.Rev, body)
		}
		return err
	})
	if err != nil {
		return contentError(err)
	}
	return write(w, http.StatusOK, a.itemEntry(r, s, it))
}

// deleteContent answers DELETE of one item.
func (a *api) deleteContent(w http.ResponseWriter, r *http.Request) error {
	s, err := a.shelf(r)
	if err != nil {
		return err
	}
	if err := s.items.Delete(r.Context(), s.class, itemID(r), ""); err != nil {
		return contentError(err)
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

func contentError(err error) error {
	switch {
	case errors.Is(err, bindings.ErrNotFound):
		return errUnknownClient
	case errors.Is(err, sources.ErrGone):
		return errUnknownItem
	case errors.Is(err, sources.ErrConflict):
		return errChanged
	case errors.Is(err, sources.ErrTooBig):
		return errItemTooBig
	}
	return err
}

func itemID(r *http.Request) sources.ID { return sources.ID(pathWord(r, "item")) }

func (a *api) itemURL(r *http.Request, s shelf, it datastore.Item) string {
	return a.base(r) + contentPath + "/" + s.client.ID + "/" + string(s.class) + "/" + urlWord(string(it.ID))
}

func (a *api) itemEntry(r *http.Request, s shelf, it datastore.Item) *xmltree.Element {
	url := a.itemURL(r, s, it)
	title := string(it.ID)
	if read, err := dataclass.Decode(s.class, it.Body); err == nil {
		title = firstOf(read.Title(), title)
	}
	content := itemContent(it.Body)
	entry := xmltree.New(nsAtom, "entry").Add(
		a.author(r), content, element("id", url), link(url, "self", ""), link(url, "edit", ""),
		element("title", clean(title)), timestamp("updated", it.Changed))
	if content.Attr("", "type") == inBase64 {
		entry.Add(element("summary", clean(title))) // RFC 4287 section 4.1.2 demands one
	}
	return entry.Add(syncElement("dataclass", string(s.class)))
}

// inBase64 is the type of content that XML cannot carry.
const inBase64 = "application/octet-stream"

// itemContent holds an item as text; one that XML cannot carry in base64 (RFC 4287 section 4.1.3.3).
func itemContent(b dataclass.Body) *xmltree.Element {
	if printable(string(b.Data)) && strings.HasPrefix(b.Type, "text/") {
		return xmltree.New(nsAtom, "content", xmltree.Text(string(b.Data))).SetAttr("", "type", b.Type)
	}
	return xmltree.New(nsAtom, "content", xmltree.Text(base64.StdEncoding.EncodeToString(b.Data))).SetAttr("", "type", inBase64)
}

// fromBase64 undoes that; blanks and the ends of lines count for nothing.
func fromBase64(text []byte) ([]byte, error) {
	return base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(text)), ""))
}

// printable reports whether XML 1.0 can carry a text (section 2.2).
func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(c rune) bool {
		return c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0xFFFE || c == 0xFFFF
	})
}

// clean leaves out what XML cannot carry.
func clean(s string) string {
	return strings.Map(func(c rune) rune {
		if !printable(string(c)) {
			return -1
		}
		return c
	}, strings.ToValidUTF8(s, ""))
}

// itemTypes are the media types of items.
var itemTypes = []string{"text/vcard", "text/x-vcard", "text/calendar", "text/x-vcalendar", "text/plain", "text/x-vnote"}

// readItem reads an item of a class: the content of an Atom entry, or the whole body of a request in one of the
// item's own media types. What came in base64 says itself what it is, or is of the type was. What cannot be read as such
// an item is refused.
func readItem(r *http.Request, class dataclass.Class, was string) (dataclass.Body, error) {
	body, err := itemBody(r)
	if err != nil {
		return body, err
	}
	if body.Type == inBase64 {
		body.Type = was
		if body.Data, err = fromBase64(body.Data); err != nil {
			return body, errNoItem
		}
	}
	it, err := dataclass.Decode(class, body)
	switch {
	case errors.Is(err, dataclass.ErrTooBig):
		return body, errItemTooBig
	case err != nil:
		return body, errNoItem
	}
	body.Type = it.Format().String()
	return body, nil
}

func itemBody(r *http.Request) (dataclass.Body, error) {
	said := r.Header.Get("Content-Type")
	media, _, _ := mime.ParseMediaType(said) // "" is none of the types
	switch {
	case slices.Contains(itemTypes, media):
		data, err := io.ReadAll(r.Body)
		if err != nil {
			return dataclass.Body{}, fmt.Errorf("read item: %w", err)
		}
		return dataclass.Body{Type: said, Data: data}, nil
	case readable(r) != nil:
		return dataclass.Body{}, errItemType
	}
	entry, err := readEntry(r, errNoItemEntry)
	if err != nil {
		return dataclass.Body{}, err
	}
	content := child(entry, "content")
	if content == nil {
		return dataclass.Body{}, errNoItemEntry
	}
	return dataclass.Body{Type: content.Attr("", "type"), Data: []byte(content.Text())}, nil
}
