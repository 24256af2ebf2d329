package face

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
)

// faceRow is how far the face has looked at a class of a client, and the number and time of the last change of a group.
type faceRow struct {
	Owner   string `gorm:"column:owner_id;primaryKey"`
	Client  string `gorm:"column:client_id;primaryKey"`
	Class   string `gorm:"column:class;primaryKey"`
	Seen    int64  `gorm:"column:seen"`
	Counter int64  `gorm:"column:counter"`
	Clock   int64  `gorm:"column:clock"`
}

// TableName names the table for gorm.
func (faceRow) TableName() string { return "gdata_faces" }

// groupRow is a group of contacts: a category that has an id. Was is the category that contacts may still have under it
// while it is renamed or removed.
type groupRow struct {
	Owner     string `gorm:"column:owner_id;primaryKey"`
	Client    string `gorm:"column:client_id;primaryKey"`
	ID        string `gorm:"column:id;primaryKey"`
	Title     string `gorm:"column:title"`
	Was       string `gorm:"column:was"`
	Dead      bool   `gorm:"column:dead"`
	Changed   int64  `gorm:"column:changed"`
	ChangedAt int64  `gorm:"column:changed_at"`
}

// TableName names the table for gorm.
func (groupRow) TableName() string { return "gdata_groups" }

// A groupStore keeps the groups of one client. Contacts have categories; a category gets an id when the face first sees it.
type groupStore struct {
	*call
}

// groupClass is what the entries of groups are kept under.
const groupClass dataclass.Class = "Groups"

func (g groupStore) rows(db *gorm.DB) *gorm.DB {
	return db.Table("gdata_groups").Where("owner_id = ? AND client_id = ?", g.who.owner, g.client.ID)
}

func (g groupStore) face(db *gorm.DB) (faceRow, error) {
	row := faceRow{Owner: g.who.owner, Client: g.client.ID, Class: string(dataclass.Contacts)}
	err := db.Where("owner_id = ? AND client_id = ? AND class = ?", row.Owner, row.Client, row.Class).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = nil
	}
	return row, err
}

// all gives the groups that there are.
func (g groupStore) all(ctx context.Context) (list []groupRow, err error) {
	err = g.DB.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return g.rows(db).Where("dead = 0").Order("id").Find(&list).Error
	})
	return list, err
}

// catchUp gives every category of the contacts a group, and ends what was begun with groups.
func (g groupStore) catchUp(ctx context.Context) error {
	for {
		var row faceRow
		var pending []groupRow
		err := g.DB.View(ctx, func(_ context.Context, db *gorm.DB) (err error) {
			if row, err = g.face(db); err != nil {
				return err
			}
			return g.rows(db).Where("was <> ''").Find(&pending).Error
		})
		if err != nil {
			return fmt.Errorf("look at groups: %w", err)
		}
		for _, p := range pending {
			if err := g.move(ctx, p); err != nil {
				return err
			}
		}
		list, err := g.items.Since(ctx, dataclass.Contacts, row.Seen, datastore.Order{})
		if err != nil || len(list) == 0 {
			return err
		}
		if err := g.learn(ctx, list); err != nil {
			return fmt.Errorf("learn groups: %w", err)
		}
	}
}

// learn makes the groups that are missing for contacts, and drops what is kept of those that were deleted.
func (g groupStore) learn(ctx context.Context, list []datastore.Item) error {
	var titles []string
	var dead []sources.ID
	for _, it := range list {
		if it.Dead {
			dead = append(dead, it.ID)
		}
		titles = append(titles, categoriesOf(it.Body)...)
	}
	return g.DB.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
		row, err := g.face(tx)
		if err != nil {
			return err
		}
		if len(dead) > 0 {
			if err := (kept{g.DB, g.who.owner, g.client.ID, dataclass.Contacts}).remove(ctx, dead...); err != nil {
				return err
			}
		}
		if err := g.missing(ctx, tx, &row, titles); err != nil {
			return err
		}
		row.Seen = max(row.Seen, list[len(list)-1].Change)
		return tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error
	})
}

func (g groupStore) missing(ctx context.Context, tx *gorm.DB, row *faceRow, titles []string) error {
	slices.Sort(titles)
	if titles = slices.Compact(titles); len(titles) == 0 {
		return nil
	}
	var have []string
	if err := g.rows(tx).Where("dead = 0").Pluck("title", &have).Error; err != nil {
		return err
	}
	if err := g.tick(ctx, row); err != nil {
		return err
	}
	for _, title := range titles {
		if slices.Contains(have, title) {
			continue
		}
		if _, err := g.add(tx, row, title); err != nil {
			return err
		}
	}
	return nil
}

// tick begins a new time of changes. It is after that of all earlier ones, and not before what Mark says to be covered.
func (g groupStore) tick(ctx context.Context, row *faceRow) error {
	m, err := g.items.Mark(ctx, dataclass.Contacts)
	row.Clock = max(g.Now().UnixMilli(), row.Clock+1)
	if !m.Covered.IsZero() {
		row.Clock = max(row.Clock, m.Covered.UnixMilli())
	}
	return err
}

// add makes a group. The id is that of no other one, also not of one that was forgotten because a backup was brought back.
func (g groupStore) add(tx *gorm.DB, row *faceRow, title string) (groupRow, error) {
	row.Counter++
	sum := sha256.Sum256([]byte(fmt.Sprint(g.client.ID, "\x00", title, "\x00", row.Counter, "\x00", row.Clock)))
	id := strconv.FormatInt(row.Counter, 36) + hex.EncodeToString(sum[:5])
	r := groupRow{Owner: row.Owner, Client: row.Client, ID: id, Title: title, Changed: row.Counter, ChangedAt: row.Clock}
	return r, tx.Create(&r).Error
}

// hasCategories reports whether a card may have categories.
func hasCategories(body dataclass.Body) bool {
	return bytes.Contains(bytes.ToUpper(body.Data), []byte("CATEGORIES"))
}

// categoriesOf gives the categories of a card as titles of groups.
func categoriesOf(body dataclass.Body) []string {
	if !hasCategories(body) {
		return nil
	}
	card, err := dataclass.Decode(dataclass.Contacts, body)
	if err != nil {
		return nil
	}
	c, err := dataclass.AsContact(card)
	if err != nil {
		return nil
	}
	var out []string
	for _, s := range c.Categories() {
		if s = titleOf(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// titleOf gives a category as the title of its group.
func titleOf(category string) string {
	return strings.TrimSpace(strings.ToValidUTF8(category, "\uFFFD"))
}

// change gives a group another title, or ends it. What its contacts say follows.
func (g groupStore) change(ctx context.Context, id, title string, dead bool) error {
	err := g.DB.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
		row, err := g.face(tx)
		if err != nil {
			return err
		}
		if err := g.tick(ctx, &row); err != nil {
			return err
		}
		row.Counter++
		var r groupRow
		if err := g.rows(tx).Where("id = ? AND dead = 0", id).Take(&r).Error; err != nil {
			return err
		}
		if dead || title != r.Title {
			r.Was = r.Title
		}
		r.Title, r.Dead, r.Changed, r.ChangedAt = title, dead, row.Counter, row.Clock
		if err := tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&r).Error; err != nil {
			return err
		}
		return tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error
	})
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return errNoEntry
	}
	if err != nil {
		return fmt.Errorf("change a group: %w", err)
	}
	return g.catchUp(ctx)
}

// move makes the contacts of a group say its new title, or nothing if it was deleted.
func (g groupStore) move(ctx context.Context, r groupRow) error {
	for after := int64(0); ; {
		list, err := g.items.Since(ctx, dataclass.Contacts, after, datastore.Order{Living: true})
		if err != nil {
			return err
		}
		if len(list) == 0 {
			break
		}
		after = list[len(list)-1].Change
		for _, it := range list {
			if err := g.recategorise(ctx, it, r); err != nil {
				return err
			}
		}
	}
	return g.DB.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		return g.rows(tx).Where("id = ? AND changed = ?", r.ID, r.Changed).Update("was", "").Error
	})
}

func (g groupStore) recategorise(ctx context.Context, it datastore.Item, r groupRow) error {
	if !slices.Contains(categoriesOf(it.Body), r.Was) {
		return nil
	}
	card, err := dataclass.Decode(dataclass.Contacts, it.Body)
	if err != nil {
		return nil // it has been read just now
	}
	c, err := dataclass.AsContact(card)
	if err != nil {
		return nil // it has been read just now
	}
	var out []string
	for _, s := range c.Categories() {
		if titleOf(s) == r.Was {
			s = r.Title
			if r.Dead {
				continue
			}
		}
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	c.SetCategories(out...)
	_, err = g.items.Put(ctx, dataclass.Contacts, it.ID, it.Rev, c.Item().Body())
	if errors.Is(err, sources.ErrConflict) {
		return nil // it was changed meanwhile and comes again
	}
	return err
}

// Mark implements stock. What was lost when the server was brought back from a backup was lost of groups as well.
func (g groupStore) Mark(ctx context.Context) (m datastore.Mark, err error) {
	of, err := g.items.Mark(ctx, dataclass.Contacts)
	if err != nil {
		return m, err
	}
	err = g.DB.View(ctx, func(_ context.Context, db *gorm.DB) error {
		row, err := g.face(db)
		m = datastore.Mark{Tag: fmt.Sprintf("groups.%d.%d", row.Counter, row.Clock), Change: row.Counter, Next: of.Covered, Covered: of.Covered}
		if next := time.UnixMilli(row.Clock + 1).UTC(); row.Counter > 0 && next.After(m.Next) {
			m.Next = next
		}
		return err
	})
	return m, err
}

// First implements stock.
func (g groupStore) First(ctx context.Context, t time.Time) (n int64, err error) {
	err = g.DB.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return g.rows(db).Where("changed_at < ?", t.UnixMilli()).Select("COALESCE(MAX(changed), 0)").Scan(&n).Error
	})
	return n, err
}

// Since implements stock.
func (g groupStore) Since(ctx context.Context, after int64, o datastore.Order) ([]datastore.Item, error) {
	var rows []groupRow
	err := g.DB.View(ctx, func(_ context.Context, db *gorm.DB) error {
		q := g.rows(db).Limit(max(o.Limit, 1)).Offset(o.Skip)
		switch {
		case o.Newest && after > 0:
			q = q.Where("changed < ?", after).Order("changed DESC")
		case o.Newest:
			q = q.Order("changed DESC")
		default:
			q = q.Where("changed > ?", after).Order("changed")
		}
		if o.Living {
			q = q.Where("dead = 0")
		}
		return q.Find(&rows).Error
	})
	out := make([]datastore.Item, 0, len(rows))
	for _, r := range rows {
		out = append(out, r.item())
	}
	return out, err
}

// Count implements stock.
func (g groupStore) Count(ctx context.Context) (int, error) {
	list, err := g.all(ctx)
	return len(list), err
}

// item gives a group as a listing takes it: the title is its body.
func (r groupRow) item() datastore.Item {
	return datastore.Item{ID: sources.ID(r.ID), Change: r.Changed, Changed: time.UnixMilli(r.ChangedAt).UTC(), Dead: r.Dead,
		Body: dataclass.Body{Type: "text/plain", Data: []byte(r.Title)}}
}
