package face

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/dav/davitem"
	"github.com/bindery-sync/bindery/sources/dav/davxml"
)

// A calendar may hold several sorts of entries (RFC 4791 section 5.2.3). It then consists of parts, collections of one class
// each, that are classes of the same datastore client and have its address. What is known of an item is known of its part;
// tokens, properties and conditions of the calendar are those of the whole.

// sortsOf are the classes that a calendar can hold, in the order in which they are told.
var sortsOf = []dataclass.Class{dataclass.Events, dataclass.Tasks, dataclass.Notes}

// classes gives the names of what a collection holds, as its row, its tokens and its properties have them.
func (l *collection) classes() string {
	if l.Parts == nil {
		return string(l.Class)
	}
	names := make([]string, len(l.Parts))
	for i, p := range l.Parts {
		names[i] = string(p.Class)
	}
	return strings.Join(names, ",")
}

// ofSorts makes a collection hold the classes of that name: one, or parts of several.
func (l *collection) ofSorts(classes string) *collection {
	names := strings.Split(classes, ",")
	if len(names) == 1 {
		l.Class = dataclass.Class(classes)
		return l
	}
	one := *l
	for _, n := range names {
		part := one
		part.Class, part.of = dataclass.Class(n), l
		l.Parts = append(l.Parts, &part)
	}
	return l
}

// each gives the collections of one class that a collection consists of: mostly itself.
func (l *collection) each() []*collection {
	if l.Parts == nil {
		return []*collection{l}
	}
	return l.Parts
}

// whole gives the collection that a part belongs to, and any other itself.
func (l *collection) whole() *collection {
	if l != nil && l.of != nil {
		return l.of
	}
	return l
}

// part gives the part, of the collection that l is or is a part of, for items of a class; nil if there is none.
func (l *collection) part(class dataclass.Class) *collection {
	for _, p := range l.whole().each() {
		if p.Class == class {
			return p
		}
	}
	return nil
}

// taking gives the part that an item with this content belongs to. If it does not belong into any, one that refuses it.
func (l *collection) taking(data []byte) *collection {
	if class, ok := davitem.ClassOf(dataclass.Peek(data).Inner); ok && l.whole().Parts != nil {
		if p := l.part(class); p != nil {
			return p
		}
	}
	return l.each()[0]
}

// settle finds out in which part of its collection an item is: in that which has it, else in the first one.
func (c *call) settle(t *target) error {
	if t.kind != kindItem || t.coll == nil || t.coll.Parts == nil {
		return nil
	}
	for _, p := range t.coll.Parts {
		_, err := c.items(p).Head(c.ctx, p.Class, t.id())
		if !gone(err) {
			t.coll = p
			return err
		}
	}
	t.coll = t.coll.Parts[0]
	return nil
}

// alone returns a refusal if another part of the calendar has an item of that name, or with that UID: both are there once in
// a calendar, whatever sort of entry has them.
func (c *call) alone(ctx context.Context, t *target, uid string, cond datastore.Condition) error {
	for _, p := range t.coll.whole().Parts {
		if p == t.coll {
			continue
		}
		by, err := c.items(p).Named(ctx, p.Class, uid)
		if err != nil {
			return err
		}
		if id, taken := by[uid]; taken && (cond.Absent || id != t.id()) {
			return &datastore.TakenError{By: id}
		}
		_, err = c.items(p).Head(ctx, p.Class, t.id())
		switch {
		case err == nil && cond.Absent:
			return sources.ErrConflict
		case err == nil:
			return refuse(http.StatusForbidden, davxml.CalDAV, "supported-calendar-component")
		case !errors.Is(err, sources.ErrGone):
			return err
		}
	}
	return nil
}

// A seat is what there is to know of an item, or of one that was deleted, and the collection of one class that it is in.
type seat struct {
	in *collection
	datastore.Head
}

// maxSeats is how many seats are listed at once.
const maxSeats = 5000

// seats lists what was changed in a collection after a number, as datastore.Items.Heads does, from all its parts in the order
// of the changes: a client numbers the changes of all its classes in one row. The tombstone of a name that another part has is
// left out, as it would hide the item.
func (c *call) seats(l *collection, after int64, tombstones bool, limit int) ([]seat, error) {
	if limit < 1 || limit > maxSeats {
		limit = maxSeats
	}
	var list []seat
	for _, p := range l.each() {
		heads, err := c.items(p).Heads(c.ctx, p.Class, after, tombstones, limit)
		if err != nil {
			return nil, err
		}
		list = slices.Grow(list, len(heads))
		for _, h := range heads {
			list = append(list, seat{p, h})
		}
	}
	if l.Parts == nil {
		return list, nil
	}
	slices.SortFunc(list, func(a, b seat) int { return cmp.Compare(a.Number, b.Number) })
	return list[:min(limit, len(list))], nil
}

// movedOn reports whether the name of a deleted item is that of an item in another part.
func (c *call) movedOn(s seat) (bool, error) {
	if !s.Dead {
		return false, nil
	}
	for _, p := range s.in.whole().Parts {
		if p == s.in {
			continue
		}
		if _, err := c.items(p).Head(c.ctx, p.Class, s.ID); !gone(err) {
			return err == nil, err
		}
	}
	return false, nil
}

// standsOf tells where a calendar of several sorts stands: where the part does that has come farthest.
func (c *call) standsOf(l *collection) (datastore.Mark, error) {
	var all datastore.Mark
	for _, p := range l.Parts {
		st, err := c.stands(p)
		if err != nil {
			return all, err
		}
		if st.Last >= all.Last {
			all = st
		}
	}
	return all, nil
}
