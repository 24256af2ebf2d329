package face

import (
	"context"
	"errors"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// errOneByOne says that entries cannot be inserted together.
var errOneByOne = errors.New("entries have to be inserted one by one")

// A manyShelf can insert many entries at once: all of them, or with an error none. That is for the usual case, in which
// nothing is wrong with any; with whichever something is, the others find out one by one.
type manyShelf interface {
	// alone reports whether an entry is to be inserted by itself.
	alone(e *xmltree.Element) bool
	insertAll(ctx context.Context, list []*xmltree.Element) ([]shown, error)
}

// operateAll does operations in their order, inserts that follow each other together if the shelf can.
func (c *call) operateAll(ctx context.Context, s shelf, ops []entry.BatchEntry) []entry.BatchEntry {
	done := make([]entry.BatchEntry, 0, len(ops))
	many, can := s.(manyShelf)
	for len(ops) > 0 {
		n := 0
		for can && n < len(ops) && ops[n].Op == entry.Insert && !many.alone(ops[n].Entry) {
			n++
		}
		if n > 1 {
			if now, err := many.insertAll(ctx, entriesOf(ops[:n])); err == nil {
				for i := range now {
					done = append(done, c.carriedOut(ops[i], now[i]))
				}
				ops = ops[n:]
				continue
			}
		}
		n = max(n, 1)
		for _, op := range ops[:n] {
			done = append(done, c.operate(ctx, s, op))
		}
		ops = ops[n:]
	}
	return done
}

func entriesOf(ops []entry.BatchEntry) []*xmltree.Element {
	list := make([]*xmltree.Element, len(ops))
	for i, op := range ops {
		list[i] = op.Entry
	}
	return list
}

// An arrival is a new contact or event on its way in, with what is kept beside it.
type arrival struct {
	body dataclass.Body
	raw  []byte
	mark string
	item *dataclass.Item
	// made is the entry as it is shown in version 3, and tag its entity tag; nil where it has to be made of body and raw.
	made *xmltree.Element
	tag  string
	// photo is the tag of its picture.
	photo string
	// named is the UID that the entry of a contact names, as it stands in the card; "" if it got one here.
	named string
}

// alone implements manyShelf.
func (s *contacts) alone(*xmltree.Element) bool { return false }

// arrive reads an entry that is to become a contact.
func (s *contacts) arrive(e *xmltree.Element) (a arrival, err error) {
	x := s.x
	x.Card = dataclass.VCard40
	card, err := entry.ReadContact(e, x)
	if err != nil {
		return a, err
	}
	if a.named = dataclass.Peek(card.Body().Data).UID; a.named == "" {
		card = s.rename(card)
	}
	a.raw, a.mark, a.made, err = s.leftOver(e, card)
	if a.item, a.body = card, card.Body(); a.made != nil {
		a.photo = photoTag(card)
		a.tag = tagOfEntry(a.made, []byte(a.photo))
	}
	return a, err
}

// showNew gives the entry of a contact that has just come in, as show would.
func (s *contacts) showNew(it datastore.Item, a arrival) (shown, error) {
	if a.made == nil || s.version == 2 {
		list, err := s.show(it, a.raw)
		if err != nil {
			return shown{}, err
		}
		return list[0], nil
	}
	return shown{id: string(it.ID), etag: a.tag, changed: it.Changed, el: a.made, photo: a.photo}, nil
}

// insertAll implements manyShelf. Entries of which one was posted before are not inserted together.
func (s *contacts) insertAll(ctx context.Context, list []*xmltree.Element) ([]shown, error) {
	arrivals := make([]arrival, len(list))
	bodies := make([]dataclass.Body, len(list))
	var marks []string
	err := each(len(list), func(i int) (err error) {
		arrivals[i], err = s.arrive(list[i])
		return err
	})
	if err != nil {
		return nil, errors.Join(errOneByOne, err)
	}
	for i, a := range arrivals {
		if a.mark != "" && contains(marks, a.mark) {
			return nil, errOneByOne
		}
		if bodies[i] = a.body; a.mark != "" {
			marks = append(marks, a.mark)
		}
	}
	out := make([]shown, len(list))
	_, err = s.within(ctx, func(ctx context.Context) (shown, error) { // whatever fails leaves nothing behind
		if again, err := s.kept.postedAny(ctx, marks); err != nil || again {
			return shown{}, errors.Join(errOneByOne, err)
		}
		if taken, err := s.takenAny(ctx, arrivals); err != nil || taken {
			return shown{}, errors.Join(errOneByOne, err)
		}
		items, err := s.items.PutNew(ctx, dataclass.Contacts, bodies)
		if err != nil {
			return shown{}, err
		}
		if err := s.kept.putNew(ctx, arrivals, items); err != nil {
			return shown{}, err
		}
		if err := s.noGroups(ctx, items, bodies); err != nil {
			return shown{}, err
		}
		for i, it := range items {
			now, err := s.showNew(it, arrivals[i])
			if err != nil {
				return shown{}, err
			}
			out[i] = now
		}
		return shown{}, nil
	})
	return out, err
}

// noGroups spares catchUp contacts that have just come in without categories, if it has seen all that was there before.
func (s *contacts) noGroups(ctx context.Context, items []datastore.Item, bodies []dataclass.Body) error {
	if slices.ContainsFunc(bodies, hasCategories) {
		return nil
	}
	g := groupStore{s.call}
	return s.DB.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
		row, err := g.face(tx)
		if err != nil || row.Seen == 0 {
			return err
		}
		unseen, err := s.items.Since(ctx, dataclass.Contacts, row.Seen, datastore.Order{Limit: 1})
		if err != nil || len(unseen) == 0 || unseen[0].ID != items[0].ID {
			return err
		}
		row.Seen = items[len(items)-1].Change
		return tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error
	})
}
