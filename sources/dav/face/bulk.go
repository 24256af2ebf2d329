package face

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/dav/davitem"
	"github.com/bindery-sync/bindery/sources/dav/davxml"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// Bulk requests carry many changes of one collection. They are an extension of Apple's, "Calendar Server Bulk Change
// Requests for *DAV Protocols" (doc/Extensions/calendarserver-bulk-change.txt of github.com/apple/ccs-calendarserver), of
// which this is section 4, the CRUD request; phones and Macs ask for it.

const (
	// maxBulk and maxBulkBytes are how many resources a bulk request may have, and how many bytes.
	maxBulk      = 1000
	maxBulkBytes = 8 << 20
	// bulkAtOnce is how many of them are one transaction: others want to write as well.
	bulkAtOnce = 500
)

func bulk(local string) davxml.Name { return davxml.Name{Space: davxml.Bulk, Local: local} }

// bulkRequests tells that there are bulk requests, and their bounds (section 5.1).
func bulkRequests(*call, *target) (*xmltree.Element, error) {
	return bulk("bulk-requests").New(bulk("crud").New(
		bulk("max-resources").Text(strconv.Itoa(maxBulk)), bulk("max-bytes").Text(strconv.Itoa(maxBulkBytes)))), nil
}

// post takes what is sent to a collection itself: an item without a name, or many changes.
func (c *call) post(t *target) error {
	kind, _, _ := strings.Cut(strings.ToLower(c.r.Header.Get("Content-Type")), ";")
	if kind = strings.TrimSpace(kind); t.kind == kindCollection && c.r.URL.RawQuery == "" && (kind == "application/xml" || kind == "text/xml") {
		return c.multiput(t)
	}
	return c.addMember(t)
}

// A wish is one of the changes of a bulk request, and what became of it.
type wish struct {
	t *target
	// href is the address as the client spells it; "" for a new item, which gets its name from the server.
	href string
	edit datastore.Edit
	// body says that the content is to be changed, props are other properties that are.
	body  bool
	props []property
	// uid is that of a new item, for the answer.
	uid string
	// done is what became of it; err is the reason if it was not carried out.
	done datastore.Outcome
	err  error
}

// multiput carries out a bulk request: each change under its own condition, and with its own answer.
func (c *call) multiput(t *target) error {
	if t.coll == nil {
		return errNotFound
	}
	if err := c.plainBody(); err != nil {
		return err
	}
	root, err := c.bulkBody()
	if err != nil {
		return err
	}
	if err := c.sameState(t.coll); err != nil {
		return err
	}
	var all []*wish
	for e := range root.Elements() {
		if davxml.Of(e) != bulk("resource") {
			continue
		}
		if len(all) == maxBulk {
			return errTooLarge
		}
		w := &wish{}
		w.err = c.readWish(t.coll, e, w)
		all = append(all, w)
	}
	for some := range slices.Chunk(all, bulkAtOnce) {
		if err := c.carryOut(t.coll, some); err != nil {
			c.o.Log.ErrorContext(c.ctx, "changes of a bulk request failed", "error", err)
			for _, w := range some {
				w.err = errors.Join(err, w.err)
			}
		}
	}
	t.coll.mark = nil
	return c.tellAll(t.coll, all)
}

// bulkBody reads the document of a bulk request.
func (c *call) bulkBody() (*xmltree.Element, error) {
	if c.r.ContentLength > maxBulkBytes {
		c.readOut()
		return nil, errTooLarge
	}
	data, err := c.readAll(maxBulkBytes, c.papers, perPaper)
	switch {
	case err != nil:
		return nil, cutOff(err)
	case len(data) > maxBulkBytes:
		c.readOut()
		return nil, errTooLarge
	}
	root, err := davxml.Parse(data, maxBulkBytes)
	if err == nil && (root == nil || davxml.Of(root) != bulk("multiput")) {
		err = badRequest("what is posted to a collection has to be a multiput")
	}
	return root, err
}

// stateSpace begins, in an If header, the URI that stands for what getctag says (section 6).
const stateSpace = "<" + davxml.Bulk + "ctag/"

// sameState holds the condition that nothing was changed in the collection, if the request has one.
func (c *call) sameState(l *collection) error {
	_, tag, asked := strings.Cut(c.r.Header.Get("If"), stateSpace)
	if !asked {
		return nil
	}
	tag, _, _ = strings.Cut(tag, ">")
	is, err := url.PathUnescape(tag)
	if err != nil {
		return badRequest("the If header is not well-formed")
	}
	token, err := c.syncToken(l)
	if err == nil && is != token {
		err = refuse(http.StatusPreconditionFailed, davxml.Bulk, "ctag-ok")
	}
	return err
}

// readWish reads one change of a bulk request. An error is the reason why it is not carried out.
func (c *call) readWish(l *collection, e *xmltree.Element, w *wish) error {
	w.href = strings.Clone(strings.TrimSpace(e.Child("href").Text()))
	if w.href != "" {
		if w.t = c.byHref(w.href); w.t == nil {
			return errNotFound
		}
		if w.t.coll != l {
			return &fault{status: http.StatusForbidden, text: "this is not in the collection"}
		}
		if err := c.settle(w.t); err != nil {
			return err
		}
		if err := c.unchanged(l, e, w); err != nil {
			return err
		}
	}
	if w.edit.Delete = w.href != "" && elementOf(e, bulk("delete")) != nil; w.edit.Delete {
		w.edit.ID = w.t.id()
		return nil
	}
	return c.readSet(l, e, w)
}

// unchanged reads the condition of a change.
func (c *call) unchanged(l *collection, e *xmltree.Element, w *wish) (err error) {
	w.edit.If.Present = true
	m := elementOf(e, bulk("if-match"))
	if m == nil {
		return nil
	}
	if tag := strings.TrimSpace(m.Child("getetag").Text()); tag != "*" {
		w.edit.If.Revs, err = c.revsOf(l, tag)
	}
	return err
}

// readSet reads the new content and properties of an item.
func (c *call) readSet(l *collection, e *xmltree.Element, w *wish) error {
	steps, err := davxml.ParsePropPatch(e, "resource")
	if err != nil {
		return err
	}
	data, bare := dataName(l.Class), steps[:0:0]
	content := elementOf(e.Child("set"), data) // some leave DAV:prop out
	for _, s := range steps {
		switch {
		case s.Name == data && s.Value != nil:
			content = s.Value
		case s.Name == card("address-data"), s.Name == cal("calendar-data"):
			return unacceptable(l.Class, davitem.ErrType)
		default:
			bare = append(bare, s)
		}
	}
	switch {
	case content != nil:
		err = c.readContent(l, content, w)
	case w.href == "" || len(bare) == 0:
		err = badRequest("a change without content")
	default:
		w.edit.ID = w.t.id()
	}
	keep, refused := patched(bare)
	for _, f := range refused {
		return f
	}
	w.props = keep
	return err
}

// readContent reads the new content of an item.
func (c *call) readContent(l *collection, e *xmltree.Element, w *wish) error {
	data := lineEnds(e.Text())
	uid := dataclass.Peek(data).UID
	if w.body = true; w.href == "" {
		w.uid = uid
	}
	if len(data) > c.o.MaxItemSize {
		return unacceptable(l.Class, dataclass.ErrTooBig)
	}
	part := l.taking(data)
	body, err := davitem.Accept(part.Class, data)
	if err != nil {
		c.o.Log.InfoContext(c.ctx, "refused an item", "class", part.Class, "error", err)
		return unacceptable(part.Class, err)
	}
	if w.edit.If.Unique = true; w.href == "" {
		w.t = part.item(datastore.Head{})
		w.t.name, w.edit.If.Absent = memberNamed(part.Class, uid, body), true
	}
	w.t.coll = part
	w.edit.ID, w.edit.Body = w.t.id(), body
	w.edit.If.For = datastore.MadeOf(uid)
	return nil
}

// lineEnds gives an item the line ends that XML took from it (XML 1.0 section 2.11).
func lineEnds(text string) []byte {
	if strings.Contains(text, "\r") {
		return []byte(text)
	}
	return []byte(strings.ReplaceAll(text, "\n", "\r\n"))
}

// dataName gives the name of the property that is an item's content.
func dataName(class dataclass.Class) davxml.Name {
	if class == dataclass.Contacts {
		return card("address-data")
	}
	return cal("calendar-data")
}

func elementOf(e *xmltree.Element, n davxml.Name) *xmltree.Element {
	for k := range e.Elements() {
		if davxml.Of(k) == n {
			return k
		}
	}
	return nil
}
