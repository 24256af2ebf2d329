package sqlstore

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"pgregory.net/rapid"
)

// A mappedPart is embedded, as the rooms do it.
type mappedPart struct {
	Dead  bool  `gorm:"column:dead"`
	First int64 `gorm:"column:first"` // a word of SQL
}

type mappedRow struct {
	Owner string `gorm:"column:owner_id;primaryKey"`
	ID    string `gorm:"column:id;primaryKey"`
	Key   string `gorm:"column:key"`
	Body  []byte `gorm:"column:body"`
	mappedPart
	Life mappedPart `gorm:"embedded;embeddedPrefix:life_"`
}

func (mappedRow) TableName() string { return "mapped" }

type bareRow struct {
	A string `gorm:"column:a;primaryKey"`
	B string `gorm:"column:b;primaryKey"`
}

func (bareRow) TableName() string { return "bare" }

func mappedStore(t *testing.T) *Store {
	s := testStore(t, Options{})
	ok(t, s.Update(t.Context(), func(_ context.Context, tx *gorm.DB) error {
		for _, text := range []string{
			`CREATE TABLE mapped (owner_id TEXT NOT NULL, id TEXT NOT NULL, key TEXT NOT NULL, body BLOB,
				dead INTEGER NOT NULL DEFAULT 0, first INTEGER NOT NULL DEFAULT 0, life_dead INTEGER NOT NULL, life_first INTEGER NOT NULL,
				other TEXT NOT NULL DEFAULT 'kept', PRIMARY KEY (owner_id, id)) WITHOUT ROWID`,
			`CREATE UNIQUE INDEX mapped_key ON mapped (owner_id, key) WHERE key <> ''`,
			`CREATE TABLE bare (a TEXT NOT NULL, b TEXT NOT NULL, PRIMARY KEY (a, b)) WITHOUT ROWID`,
		} {
			if err := tx.Exec(text).Error; err != nil {
				return err
			}
		}
		return nil
	}))
	return s
}

// allMapped gives the rows of a table, by their ids.
func allMapped(t *rapid.T, s *Store) (rows []mappedRow) {
	if err := s.View(context.Background(), func(_ context.Context, db *gorm.DB) error { return db.Order("owner_id, id").Find(&rows).Error }); err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestSave: rows are stored as the mapper stores them, whatever was there, and however many there are.
func TestSave(t *testing.T) {
	s := mappedStore(t)
	row := rapid.Custom(func(t *rapid.T) *mappedRow {
		return &mappedRow{
			Owner: rapid.SampledFrom([]string{"ada", "bob"}).Draw(t, "owner"), ID: rapid.StringMatching(`[a-d]?[0-9]{0,2}`).Draw(t, "id"),
			Body: rapid.SampledFrom([][]byte{nil, {}, {0, 1}}).Draw(t, "body"),
			Life: mappedPart{rapid.Bool().Draw(t, "dead"), rapid.Int64().Draw(t, "first")},
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		was, now := rapid.SliceOfN(row, 0, 3).Draw(t, "was"), rapid.SliceOfN(row, 0, 2*rowsAtOnce+3).Draw(t, "now")
		var got [2][]mappedRow
		for i, write := range []func(tx *gorm.DB, rows []*mappedRow) error{
			Save[*mappedRow],
			func(tx *gorm.DB, rows []*mappedRow) error {
				for _, r := range rows {
					if err := tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(r).Error; err != nil {
						return err
					}
				}
				return nil
			},
		} {
			err := s.Update(context.Background(), func(_ context.Context, tx *gorm.DB) error {
				if err := tx.Exec("DELETE FROM mapped").Error; err != nil {
					return err
				}
				if err := write(tx, was); err != nil {
					return err
				}
				return write(tx, now)
			})
			if err != nil {
				t.Fatal(err)
			}
			got[i] = allMapped(t, s)
		}
		if !cmp.Equal(got[1], got[0], cmp.AllowUnexported(mappedRow{})) {
			t.Fatal(cmp.Diff(got[1], got[0], cmp.AllowUnexported(mappedRow{})))
		}
	})
}

// TestSaveKeepsTheRest: columns that the type does not have stay as they are, and rows that are nothing but a key are stored once.
func TestSaveKeepsTheRest(t *testing.T) {
	s := mappedStore(t)
	var other string
	var bare int64
	ok(t, s.Update(t.Context(), func(_ context.Context, tx *gorm.DB) error {
		r := []mappedRow{{Owner: "ada", ID: "1", Body: []byte("x")}}
		if err := Save(tx, r); err != nil {
			return err
		}
		if err := tx.Exec("UPDATE mapped SET other = 'mine'").Error; err != nil {
			return err
		}
		if err := Save(tx, r); err != nil {
			return err
		}
		if err := Save(tx, []bareRow{{"a", "b"}, {"a", "c"}, {"a", "b"}}); err != nil {
			return err
		}
		if err := tx.Table("bare").Count(&bare).Error; err != nil {
			return err
		}
		return tx.Raw("SELECT other FROM mapped").Scan(&other).Error
	}))
	if other != "mine" || bare != 2 {
		t.Errorf("another column %q, %d rows of keys", other, bare)
	}
}

// TestInsertAndSaveFailing: a row that may not be stored is an error, and leaves nothing behind; no rows are none.
func TestInsertAndSaveFailing(t *testing.T) {
	s := mappedStore(t)
	first := []*mappedRow{{Owner: "ada", ID: "1", Key: "k"}}
	ok(t, s.Update(t.Context(), func(_ context.Context, tx *gorm.DB) error { return Insert(tx, first) }))
	many := make([]*mappedRow, 3*rowsAtOnce)
	for i := range many {
		many[i] = &mappedRow{Owner: "ada", ID: string(rune('a' + i))}
	}
	sameKey := slices.Concat(many[:len(many)-1], []*mappedRow{{Owner: "ada", ID: "2", Key: "k"}})
	for name, write := range map[string]func(tx *gorm.DB) error{
		"insert over a row":              func(tx *gorm.DB) error { return Insert(tx, append(many, first...)) },
		"insert with a key that is used": func(tx *gorm.DB) error { return Insert(tx, sameKey) },
		"save with a key that is used":   func(tx *gorm.DB) error { return Save(tx, sameKey) },
	} {
		if err := s.Update(t.Context(), func(_ context.Context, tx *gorm.DB) error { return write(tx) }); err == nil {
			t.Errorf("%s: no error", name)
		}
		var left int64
		ok(t, s.View(t.Context(), func(_ context.Context, db *gorm.DB) error { return db.Table("mapped").Count(&left).Error }))
		if left != 1 {
			t.Errorf("%s: %d rows are stored", name, left)
		}
	}
	ok(t, s.Update(t.Context(), func(_ context.Context, tx *gorm.DB) error {
		if err := Insert(tx, []*mappedRow(nil)); err != nil {
			return err
		}
		return Save(tx, []mappedRow{})
	}))
}
