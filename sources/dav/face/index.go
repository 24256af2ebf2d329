package face

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/dav/davitem"
)

// The index lets a query look only at items that it may find. Nobody who writes items keeps it: who asks brings it up to
// date first, by what was changed since the last time. So it can be thrown away at any time.

// indexRow is one row of dav_index.
type indexRow struct {
	Owner  string `gorm:"column:owner_id;primaryKey"`
	Client string `gorm:"column:client_id;primaryKey"`
	Class  string `gorm:"column:class;primaryKey"`
	ID     string `gorm:"column:id;primaryKey"`
	Starts int64  `gorm:"column:starts"` // Unix seconds
	Ends   int64  `gorm:"column:ends"`
	Words  string `gorm:"column:words"`
}

// TableName names the table for gorm.
func (indexRow) TableName() string { return "dav_index" }

// indexedRow says up to which number the index goes.
type indexedRow struct {
	Owner  string `gorm:"column:owner_id;primaryKey"`
	Client string `gorm:"column:client_id;primaryKey"`
	Class  string `gorm:"column:class;primaryKey"`
	Epoch  string `gorm:"column:epoch"`
	Upto   int64  `gorm:"column:upto"`
}

// TableName names the table for gorm.
func (indexedRow) TableName() string { return "dav_indexed" }

// indexForm changes when more, or something else, is put into the index: one of another form is thrown away.
const indexForm = "3 "

// indexBatch is how many items are read into the index at once.
const indexBatch = 500

// index brings the index of a collection up to date.
func (c *call) index(l *collection) error {
	st, err := c.stands(l)
	if err != nil {
		return err
	}
	from, err := c.indexedTo(l, st)
	for err == nil && from < st.Last {
		var heads []datastore.Head
		if heads, err = c.items(l).Heads(c.ctx, l.Class, from, from >= 0, indexBatch); err != nil || len(heads) == 0 {
			break
		}
		from = heads[len(heads)-1].Number
		err = c.indexSome(l, st.Epoch, heads, from)
	}
	if err != nil {
		return fmt.Errorf("bring the index up to date: %w", err)
	}
	return nil
}

// indexedTo gives the number up to which the index goes; -1 after an index that cannot go on was thrown away.
func (c *call) indexedTo(l *collection, st datastore.Mark) (int64, error) {
	var row indexedRow
	err := c.o.Store.View(c.ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where("owner_id = ? AND client_id = ? AND class = ?", c.user.Owner, l.Client, string(l.Class)).Take(&row).Error
	})
	if err == nil && row.Epoch == indexForm+st.Epoch && row.Upto >= st.Floor && row.Upto <= st.Last {
		return row.Upto, nil
	}
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return 0, err
	}
	return -1, c.o.Store.Update(c.ctx, func(_ context.Context, tx *gorm.DB) error {
		return tx.Where("owner_id = ? AND client_id = ? AND class = ?", c.user.Owner, l.Client, string(l.Class)).Delete(&indexRow{}).Error
	})
}

// indexSome puts some changes into the index. Who does it at the same time and is behind is put right the next time,
// because the number goes back as well.
func (c *call) indexSome(l *collection, epoch string, heads []datastore.Head, upto int64) error {
	alive := make(map[sources.ID]bool)
	var dead []string
	for _, h := range heads {
		if h.Dead {
			dead = append(dead, string(h.ID))
		} else {
			alive[h.ID] = true
		}
	}
	var rows []indexRow
	err := c.bodies(l, slices.Collect(maps.Keys(alive)), func(item datastore.Item) error {
		delete(alive, item.ID)
		rows = append(rows, c.indexed(l, item))
		return nil
	})
	if err != nil {
		return err
	}
	for id := range alive { // deleted since
		dead = append(dead, string(id))
	}
	return c.o.Store.Update(c.ctx, func(_ context.Context, tx *gorm.DB) error {
		for chunk := range slices.Chunk(dead, indexBatch) {
			err := tx.Where("owner_id = ? AND client_id = ? AND class = ? AND id IN ?", c.user.Owner, l.Client, string(l.Class), chunk).Delete(&indexRow{}).Error
			if err != nil {
				return err
			}
		}
		over := clause.OnConflict{UpdateAll: true}
		if len(rows) > 0 {
			if err := tx.Clauses(over).Create(&rows).Error; err != nil {
				return err
			}
		}
		return tx.Clauses(over).Create(&indexedRow{c.user.Owner, l.Client, string(l.Class), indexForm + epoch, upto}).Error
	})
}

// indexed makes the row of an item.
func (c *call) indexed(l *collection, item datastore.Item) indexRow {
	row := indexRow{Owner: c.user.Owner, Client: l.Client, Class: string(l.Class), ID: string(item.ID)}
	t := l.item(headOf(item))
	t.body = &item.Body
	data, _ := t.sent(davitem.Form{})
	if l.Class == dataclass.Contacts {
		row.Words = davitem.Words(data)
		return row
	}
	r := davitem.SpanOf(l.Class, data)
	row.Starts, row.Ends = r.From.Unix(), r.To.Unix()
	return row
}

// A search narrows what a query looks at. The zero search looks at everything.
type search struct {
	needle string
	span   *davitem.Range
}

// found calls fn for every item that the search may find.
func (c *call) found(l *collection, s search, fn func(*target) error) error {
	if s.needle == "" && s.span == nil {
		return c.every(l, fn)
	}
	if err := c.index(l); err != nil {
		return err
	}
	var last indexRow // as far as was looked
	for {
		var rows []indexRow
		err := c.o.Store.View(c.ctx, func(_ context.Context, db *gorm.DB) error {
			return s.after(db.Model(&indexRow{}).Where("owner_id = ? AND client_id = ? AND class = ?", c.user.Owner, l.Client, string(l.Class)), last).
				Limit(manyAtOnce).Find(&rows).Error
		})
		if err != nil {
			return fmt.Errorf("ask the index: %w", err)
		}
		if len(rows) == 0 {
			return nil
		}
		last = rows[len(rows)-1]
		ids := make([]sources.ID, len(rows))
		for i, r := range rows {
			ids[i] = sources.ID(r.ID)
		}
		if err := c.each(l, ids, fn); err != nil {
			return err
		}
	}
}

// after narrows a query of a collection's index to what the search may find, behind the row last: by when it is over if
// there is a range of time, else by id.
func (s search) after(q *gorm.DB, last indexRow) *gorm.DB {
	if s.span != nil {
		from := indexRow{Ends: s.span.From.Unix()}
		if last.ID != "" {
			from = last
		}
		return q.Select("id, ends").Where("class <> 'Contacts' AND (ends, id) > (?, ?) AND starts < ?", from.Ends, from.ID, s.span.To.Unix()+1).Order("ends, id")
	}
	return q.Select("id").Where("id > ? AND instr(words, ?) > 0", last.ID, s.needle).Order("id")
}

// each calls fn for items that are there, with their content.
func (c *call) each(l *collection, ids []sources.ID, fn func(*target) error) error {
	return c.bodies(l, ids, func(item datastore.Item) error {
		t := l.item(headOf(item))
		t.body = &item.Body
		return fn(t)
	})
}

// every calls fn for every item once, with its content.
func (c *call) every(l *collection, fn func(*target) error) error {
	seen := make(map[sources.ID]bool)
	for after := int64(0); ; {
		heads, err := c.items(l).Heads(c.ctx, l.Class, after, false, 0)
		if err != nil || len(heads) == 0 {
			return err
		}
		var ids []sources.ID
		for _, h := range heads {
			if after = h.Number; !seen[h.ID] {
				seen[h.ID] = true
				ids = append(ids, h.ID)
			}
		}
		if err := c.each(l, ids, fn); err != nil {
			return err
		}
	}
}
