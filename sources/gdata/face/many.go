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
	// arriveAll reads entries; nothing is asked of the database.
	arriveAll(list []*xmltree.Element) ([]arrival, error)
	insertAll(ctx context.Context, list []arrival) ([]shown, error)
}

// A stretch is operations that follow each other. Together are their entries where they may be inserted together.
type stretch struct {
	ops      []entry.BatchEntry
	together []arrival
}

// stretches reads what operations bring, as far as that can be done before there is a transaction: while one batch is
// kept, another one can be read.
func stretches(s shelf, ops []entry.BatchEntry) (out []stretch) {
	many, can := s.(manyShelf)
	for len(ops) > 0 {
		n := 0
		for can && n < len(ops) && ops[n].Op == entry.Insert && !many.alone(ops[n].Entry) {
			n++
		}
		next := stretch{ops: ops[:max(n, 1)]}
		if n > 1 {
			if list, err := many.arriveAll(entriesOf(next.ops)); err == nil {
				next.together = list
			}
		}
		out, ops = append(out, next), ops[len(next.ops):]
	}
	return out
}

// operateAll does operations in their order, inserts that follow each other together if the shelf can.
func (c *call) operateAll(ctx context.Context, s shelf, list []stretch) (done []entry.BatchEntry) {
	many, _ := s.(manyShelf)
	for _, next := range list {
		if next.together != nil {
			if now, err := many.insertAll(ctx, next.together); err == nil {
				for i := range now {
					done = append(done, c.carriedOut(next.ops[i], now[i]))
				}
				continue
			}
		}
		for _, op := range next.ops {
			done = append(done, c.operate(ctx, s, op))
		}
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

// arriveAll implements manyShelf.
func (s *contacts) arriveAll(list []*xmltree.Element) ([]arrival, error) {
	arrivals := make([]arrival, len(list))
	return arrivals, each(len(list), func(i int) (err error) {
		arrivals[i], err = s.arrive(list[i])
		return err
	})
}

// insertAll implements manyShelf. Entries of which one was posted before are not inserted together.
func (s *contacts) insertAll(ctx context.Context, arrivals []arrival) ([]shown, error) {
	bodies := make([]dataclass.Body, len(arrivals))
	var marks []string
	for i, a := range arrivals {
		if a.mark != "" && contains(marks, a.mark) {
			return nil, errOneByOne
		}
		if bodies[i] = a.body; a.mark != "" {
			marks = append(marks, a.mark)
		}
	}
	out := make([]shown, len(arrivals))
	_, err := s.within(ctx, func(ctx context.Context) (shown, error) { // whatever fails leaves nothing behind
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
