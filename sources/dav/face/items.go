package face

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/dav/davitem"
	"github.com/bindery-sync/bindery/sources/dav/davxml"
)

// get answers GET and HEAD.
func (c *call) get(t *target) error {
	switch t.kind {
	case kindFile:
		return c.getFile(t)
	case kindCollection:
		return c.getWhole(t)
	}
	done, err := c.load(t)
	defer done()
	if err != nil {
		return err
	}
	h := c.w.Header()
	if t.kind != kindItem {
		h.Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(c.w, "This address is for CardDAV and CalDAV programs.\n") // a client that hung up wants no answer
		return nil
	}
	tag, err := c.etag(t)
	if err != nil {
		return err
	}
	form := davitem.Form{Card4: t.coll.Class == dataclass.Contacts && wantsCard4(c.r)}
	if form.Card4 {
		tag = strings.TrimSuffix(tag, `"`) + card4Tag + `"`
	}
	h["ETag"] = []string{tag}
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Vary", "Accept")
	h.Set("Last-Modified", t.head.Changed.Format(http.TimeFormat))
	if inm := c.r.Header.Get("If-None-Match"); inm != "" && (inm == "*" || hasTag(inm, tag)) {
		c.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	if im := c.r.Header.Get("If-Match"); im != "" && im != "*" && !hasTag(im, tag) {
		return errCondition
	}
	c.send(t, form, http.StatusOK)
	return nil
}

// send answers with the content of an item, whose body is read.
func (c *call) send(t *target, form davitem.Form, status int) {
	data, _ := t.sent(form)
	h := c.w.Header()
	h.Set("Content-Type", mediaType(t.coll))
	h.Set("Content-Length", strconv.Itoa(len(data)))
	h.Set("X-Content-Type-Options", "nosniff")
	c.w.WriteHeader(status)
	if c.r.Method != http.MethodHead {
		_, _ = c.out.Write(data) // a client that hung up wants no answer
	}
}

// wantsCard4 reports whether a request asks for vCard 4.0 by its Accept, and not as much for 3.0.
func wantsCard4(r *http.Request) bool {
	four, three := -1.0, -1.0
	for _, part := range strings.Split(strings.Join(r.Header.Values("Accept"), ","), ",") {
		kind, params, err := mime.ParseMediaType(part)
		if err != nil || kind != "text/vcard" {
			continue
		}
		q := 1.0
		if v, err := strconv.ParseFloat(params["q"], 64); err == nil {
			q = v
		}
		if params["version"] == "4.0" {
			four = max(four, q)
		} else {
			three = max(three, q)
		}
	}
	return four > 0 && four > three
}

// hasTag reports whether a list of entity tags has one; weak ones never match.
func hasTag(list, tag string) bool {
	for _, t := range strings.Split(list, ",") {
		if strings.TrimSpace(t) == tag {
			return true
		}
	}
	return false
}

// condition reads If-Match and If-None-Match of a request that changes an item (RFC 9110 section 13.1).
func (c *call) condition(l *collection) (datastore.Condition, error) {
	var cond datastore.Condition
	im := strings.Join(c.r.Header.Values("If-Match"), ",")
	if c.pinned != nil {
		cond = *c.pinned
	}
	if im != "" {
		cond.Present = true
		if strings.TrimSpace(im) != "*" {
			var err error
			if cond.Revs, err = c.revsOf(l, im); err != nil {
				return cond, err
			}
		}
	}
	if inm := strings.Join(c.r.Header.Values("If-None-Match"), ","); inm != "" {
		if cond.Absent = strings.TrimSpace(inm) == "*"; !cond.Absent {
			var err error
			if cond.Not, err = c.revsOf(l, inm); err != nil {
				return cond, err
			}
		}
	}
	return cond, nil
}

// revsOf gives the revisions that a list of entity tags stands for, as far as they are of this collection.
func (c *call) revsOf(l *collection, list string) ([]sources.Revision, error) {
	revs := []sources.Revision{}
	for _, tag := range strings.Split(list, ",") {
		rev, ok, err := c.revOf(l, strings.TrimSpace(tag))
		if err != nil {
			return nil, err
		}
		if ok {
			revs = append(revs, rev)
		}
	}
	return revs, nil
}

// put stores an item: the same bytes.
func (c *call) put(t *target) error {
	switch {
	case t.kind == kindFile:
		return c.putFile(t)
	case t.kind != kindItem:
		return errNotHere
	case t.coll == nil:
		return errNoParent
	}
	if err := c.wholeBody(); err != nil {
		return err
	}
	body, err := c.content(t)
	if err != nil {
		return err
	}
	cond, err := c.condition(t.coll)
	if err != nil {
		return err
	}
	cond.Unique, cond.For = true, datastore.MadeOf(dataclass.Peek(body.Data).UID)
	return c.store(t, body, cond)
}

// store stores a body as an item, if a condition is met, and answers.
func (c *call) store(t *target, body dataclass.Body, cond datastore.Condition) error {
	var item datastore.Item
	made := false
	err := c.o.Store.Update(c.ctx, func(ctx context.Context, _ *gorm.DB) (err error) {
		if err := c.alone(ctx, t, dataclass.Peek(body.Data).UID, cond); err != nil {
			return err
		}
		item, made, err = c.items(t.coll).PutIf(ctx, t.coll.Class, t.id(), cond, body)
		if err == nil && made {
			k, _ := t.key()
			err = c.dropProperties(ctx, k)
		}
		return err
	})
	if err != nil {
		return c.notPut(t, err)
	}
	t.coll.mark, t.coll.whole().mark, t.head, t.body = nil, nil, headOf(item), &body
	return c.stored(t, made)
}

// stored answers a request that stored an item. Its entity tag is told if what was stored is what will be sent, or is
// sent at once.
func (c *call) stored(t *target, made bool) error {
	status := http.StatusNoContent
	if made {
		status = http.StatusCreated
	}
	shown := c.prefer("return=representation")                                  // RFC 8144 section 2.2
	if _, same := t.sent(davitem.Form{}); same && packing(c.r) == "" || shown { // RFC 9110 section 9.3.4
		tag, err := c.etag(t)
		if err != nil {
			return fmt.Errorf("after a write: %w", err)
		}
		c.w.Header()["ETag"] = []string{tag}
	}
	if shown {
		c.w.Header().Set("Content-Location", c.href(t))
		if !made {
			status = http.StatusOK
		}
		c.send(t, davitem.Form{}, status)
		return nil
	}
	c.w.Header().Set("Content-Length", "0")
	c.w.WriteHeader(status)
	return nil
}

// content reads and checks what is to be stored, and has t be in the part of its collection that takes it. All of it is read:
// a body that is cut off is stored nowhere.
func (c *call) content(t *target) (dataclass.Body, error) {
	class, most := t.coll.Class, int64(c.o.MaxItemSize)
	if c.r.ContentLength > most {
		c.readOut()
		return dataclass.Body{}, unacceptable(class, dataclass.ErrTooBig)
	}
	whole, err := c.unpacked()
	if err != nil {
		return dataclass.Body{}, err
	}
	data, err := c.readAllOf(whole, most, c.big, perWrite)
	if err != nil {
		return dataclass.Body{}, cutOff(err)
	}
	if int64(len(data)) > most {
		c.readOut()
		return dataclass.Body{}, unacceptable(class, dataclass.ErrTooBig)
	}
	if !fits(class, c.r.Header.Get("Content-Type")) {
		return dataclass.Body{}, unacceptable(class, davitem.ErrType)
	}
	t.coll = t.coll.taking(data)
	class = t.coll.Class
	body, err := davitem.Accept(class, data)
	if err != nil {
		c.o.Log.InfoContext(c.ctx, "refused an item", "class", class, "error", err)
		return body, unacceptable(class, err)
	}
	return body, nil
}

// fits reports whether a Content-Type can be that of an item of the class. What says nothing is let through: the
// content decides.
func fits(class dataclass.Class, contentType string) bool {
	kind, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	switch strings.TrimSpace(kind) {
	case "", "application/octet-stream", "text/plain":
		return true
	case "text/vcard", "text/x-vcard", "text/directory":
		return class == dataclass.Contacts
	case "text/calendar", "application/ics":
		return class != dataclass.Contacts
	}
	return false
}

// notPut says why an item could not be written.
func (c *call) notPut(t *target, err error) error {
	var taken *datastore.TakenError
	switch {
	case errors.As(err, &taken):
		space := davxml.CalDAV
		if t.coll.Class == dataclass.Contacts {
			space = davxml.CardDAV
		}
		by := t.coll.item(datastore.Head{ID: taken.By})
		return refuse(http.StatusConflict, space, "no-uid-conflict", davxml.Href(c.href(by)))
	case errors.Is(err, sources.ErrConflict):
		return errCondition
	case errors.Is(err, sources.ErrTooBig):
		return unacceptable(t.coll.Class, err)
	}
	return err
}

// delete removes an item, or puts a collection away from where it can be brought back.
func (c *call) delete(t *target) error {
	switch {
	case t.kind == kindFile:
		return c.deleteFile(t)
	case t.kind == kindCollection:
		return c.deleteCollection(t)
	case t.kind != kindItem:
		return &fault{status: http.StatusForbidden, text: "this cannot be deleted"}
	case t.coll == nil:
		return errNotFound
	}
	cond, err := c.condition(t.coll)
	if err != nil {
		return err
	}
	err = c.items(t.coll).DeleteIf(c.ctx, t.coll.Class, t.id(), cond)
	switch {
	case gone(err):
		return errNotFound
	case errors.Is(err, sources.ErrConflict):
		return errCondition
	case err != nil:
		return err
	}
	k, _ := t.key()
	if err := c.dropProperties(c.ctx, k); err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// deleteCollection takes the datastore client of a collection away; its items stay where they are until somebody
// brings it back. Those that show a part of a datastore cannot be deleted.
func (c *call) deleteCollection(t *target) error {
	switch {
	case t.coll == nil:
		return errNotFound
	case t.coll.Fixed:
		return &fault{status: http.StatusForbidden, text: "this collection shows a part of a datastore, which can be removed as a whole, and not by DAV"}
	}
	if err := c.o.Clients.Remove(c.ctx, c.user.Owner, t.coll.Client); err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}
