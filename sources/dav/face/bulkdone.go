package face

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/dav/davitem"
	"github.com/bindery-sync/bindery/sources/dav/davxml"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// carryOut carries out some changes in one transaction. An error means that none of them was.
func (c *call) carryOut(l *collection, some []*wish) error {
	return c.o.Store.Update(c.ctx, func(ctx context.Context, _ *gorm.DB) error {
		whole := c.o.Store.Whole(ctx) // what fails there ends all
		var writes []*wish
		for _, w := range some {
			switch w.done = (datastore.Outcome{}); {
			case w.err != nil:
			case len(w.props) == 0:
				writes = append(writes, w)
			default:
				if err := c.write(whole, l, writes); err != nil {
					return err
				}
				if writes = nil; !c.both(ctx, l, w) {
					return w.done.Err
				}
			}
		}
		return errors.Join(c.write(whole, l, writes), ctx.Err())
	})
}

// both carries out a change of properties, and of content if it has some: all of it, or nothing. It reports whether the
// others can go on.
func (c *call) both(ctx context.Context, l *collection, w *wish) bool {
	err := c.o.Store.Update(ctx, func(ctx context.Context, _ *gorm.DB) error {
		if w.body {
			if err := c.write(ctx, l, []*wish{w}); err != nil || w.done.Err != nil {
				return errors.Join(err, w.done.Err)
			}
		} else if err := c.look(ctx, l, w); err != nil {
			return err
		}
		k, _ := w.t.key()
		return c.setProperties(ctx, k, w.props)
	})
	if err != nil {
		w.done = datastore.Outcome{Err: err}
	}
	return err == nil || asFault(err) != nil || errors.Is(err, sources.ErrConflict) || gone(err)
}

// look holds the condition of a change of properties alone.
func (c *call) look(ctx context.Context, l *collection, w *wish) error {
	h, err := c.items(l).Head(ctx, w.t.coll.Class, w.edit.ID)
	if err == nil && w.edit.If.Revs != nil && !slices.Contains(w.edit.If.Revs, h.Rev) {
		err = sources.ErrConflict
	}
	w.done.Item = datastore.Item{ID: h.ID, Rev: h.Rev, Changed: h.Changed}
	return err
}

// write carries out the changes of content.
func (c *call) write(ctx context.Context, l *collection, list []*wish) error {
	if len(list) == 0 {
		return nil
	}
	if l.Parts != nil {
		return c.writeParts(ctx, list)
	}
	edits := make([]datastore.Edit, len(list))
	for i, w := range list {
		edits[i] = w.edit
	}
	done, err := c.items(l).EditEach(ctx, l.Class, edits)
	if err != nil {
		return err
	}
	var fresh []string
	for i, w := range list {
		if w.done = done[i]; w.href == "" && errors.Is(w.done.Err, sources.ErrConflict) {
			if err := c.elseNamed(ctx, l, w); err != nil {
				return err
			}
		}
		if w.done.Err == nil && (w.done.Made || w.edit.Delete) {
			fresh = append(fresh, string(w.edit.ID))
		}
	}
	return c.dropAllProperties(ctx, l, fresh)
}

// writeParts is write for a calendar of several sorts of entries: one change after the other, each in its part.
func (c *call) writeParts(ctx context.Context, list []*wish) error {
	for _, w := range list {
		if w.body {
			err := c.alone(ctx, w.t, dataclass.Peek(w.edit.Body.Data).UID, w.edit.If)
			if asFault(err) != nil || errors.Is(err, sources.ErrConflict) {
				w.done = datastore.Outcome{Err: err}
				continue
			}
			if err != nil {
				return err
			}
		}
		if err := c.write(ctx, w.t.coll, []*wish{w}); err != nil {
			return err
		}
	}
	return nil
}

// elseNamed makes a new item under another name, if its own is that of an item with another UID: that had this one once.
func (c *call) elseNamed(ctx context.Context, l *collection, w *wish) error {
	var taken *datastore.TakenError
	if errors.As(w.done.Err, &taken) {
		return nil
	}
	there, err := c.items(l).Get(ctx, l.Class, w.edit.ID)
	if err != nil {
		return fmt.Errorf("look for a name: %w", err)
	}
	if w.uid == "" || dataclass.Peek(there.Body.Data).UID == w.uid {
		w.done.Err = &datastore.TakenError{By: there.ID}
		return nil
	}
	w.t.name = memberName(l.Class, dataclass.Body{Data: []byte(w.t.name)})
	w.edit.ID = w.t.id()
	done, err := c.items(l).EditEach(ctx, l.Class, []datastore.Edit{w.edit})
	if err == nil {
		w.done = done[0]
	}
	return err
}

// dropAllProperties forgets the kept properties of items.
func (c *call) dropAllProperties(ctx context.Context, l *collection, names []string) error {
	if len(names) == 0 {
		return nil
	}
	return c.o.Store.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		return tx.Where("owner_id = ? AND client_id = ? AND part = ? AND item IN ?", c.user.Owner, l.Client, string(l.Class), names).Delete(&propertyRow{}).Error
	})
}

// tellAll answers a bulk request: one response for each change, in their order.
func (c *call) tellAll(l *collection, all []*wish) error {
	if strings.Contains(c.r.Header.Get("If"), stateSpace) {
		token, err := c.syncToken(l)
		if err != nil {
			return err
		}
		c.w.Header().Set("CTag", token) // section 8.2
	}
	w, end := c.xml(http.StatusMultiStatus)
	x := davxml.Multistatus(w)
	for _, one := range all {
		if err := c.tell(x, one); err != nil {
			c.broken(err)
		}
	}
	return c.finish(x, end)
}

// tell says what became of one change.
func (c *call) tell(x *davxml.Writer, w *wish) error {
	err := w.err
	if err == nil && w.done.Err != nil {
		if err = c.notPut(w.t, w.done.Err); gone(w.done.Err) {
			err = errNotFound
		}
	}
	switch {
	case err != nil:
		x.Element(c.failed(w, err))
	case w.edit.Delete:
		x.Status(w.href, http.StatusOK, nil)
	default:
		return c.told(x, w)
	}
	return nil
}

// failed says why a change was not carried out. A new item has no address; what identifies it is its UID.
func (c *call) failed(w *wish, err error) *xmltree.Element {
	f := asFault(err)
	if f == nil {
		f = &fault{status: http.StatusInternalServerError}
	}
	e := dav("response").New(davxml.Href(w.href), dav("status").Text(davxml.StatusLine(f.status)))
	reason := dav("error").New()
	if f.condition != nil {
		reason.Add(f.condition)
	}
	if w.uid != "" {
		reason.Add(cs("uid").Text(w.uid))
	}
	if len(reason.Nodes) > 0 {
		e.Add(reason)
	}
	return e
}

// told says that an item was written, and what it is now as far as PUT tells it. With the option return-changed-data it has
// the content of one that is sent otherwise than it was stored (section 8.1).
func (c *call) told(x *davxml.Writer, w *wish) error {
	ok := davxml.PropStat{Status: http.StatusOK}
	t := w.t
	t.head = headOf(w.done.Item)
	sent, same := davitem.Sent(t.coll.Class, t.uid(), w.edit.Body, davitem.Form{})
	changed := w.body && !same && strings.Contains(c.r.Header.Get("X-MobileMe-DAV-Options"), "return-changed-data")
	if same || changed || !w.body {
		tag, err := c.etag(t)
		if err != nil {
			return fmt.Errorf("after a write: %w", err)
		}
		ok.Props = append(ok.Props, dav("getetag").Text(tag), dav("getlastmodified").Text(t.head.Changed.Format(http.TimeFormat)))
	}
	if w.href == "" {
		if w.uid == "" || !same {
			w.uid = dataclass.Peek(sent).UID
		}
		ok.Props = append(ok.Props, cs("uid").Text(w.uid))
	}
	if changed {
		ok.Props = append(ok.Props, dataName(t.coll.Class).Text(string(sent)))
	}
	for _, p := range w.props {
		ok.Props = append(ok.Props, p.Name.New())
	}
	href := w.href
	if href == "" {
		href = c.href(t)
	}
	x.Response(href, ok)
	return nil
}
