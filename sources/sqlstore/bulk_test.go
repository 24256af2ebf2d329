package sqlstore

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"
	"pgregory.net/rapid"
)

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestInsertRows: whatever the values, and however many rows have them in common, each row is stored as it is.
func TestInsertRows(t *testing.T) {
	s := testStore(t, Options{})
	columns := []string{"a", "b", "c", "d"}
	type row struct {
		A int64
		B string
		C []byte
		D *int64
	}
	ok(t, s.Update(context.Background(), func(_ context.Context, tx *gorm.DB) error {
		return tx.Exec("CREATE TABLE bulk (id INTEGER PRIMARY KEY, a INTEGER, b TEXT, c BLOB, d INTEGER)").Error
	}))
	rapid.Check(t, func(t *rapid.T) {
		want := make([]row, rapid.IntRange(0, 3*rowsAtOnce).Draw(t, "rows"))
		a, b := rapid.Int64Range(0, 1), rapid.SampledFrom([]string{"", "x"})
		allA, allB := rapid.Bool().Draw(t, "same a"), rapid.Bool().Draw(t, "same b")
		for i := range want {
			want[i] = row{A: a.Draw(t, "a"), B: b.Draw(t, "b"), C: []byte{byte(i)}}
			if allA {
				want[i].A = 7
			}
			if allB {
				want[i].B = "all"
			}
		}
		var got []row
		err := s.Update(context.Background(), func(_ context.Context, tx *gorm.DB) error {
			if err := tx.Exec("DELETE FROM bulk").Error; err != nil {
				return err
			}
			err := InsertRows(tx, "bulk", columns, len(want), func(args []any, i int) []any {
				return append(args, want[i].A, want[i].B, want[i].C, nil)
			})
			if err != nil {
				return err
			}
			return tx.Raw("SELECT a, b, c, d FROM bulk ORDER BY id").Scan(&got).Error
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(got)+len(want) > 0 && !cmp.Equal(want, got) {
			t.Fatal(cmp.Diff(want, got))
		}
	})
}

// TestInsertRowsFailing: of rows that cannot all be stored none is, also where the transaction around them goes on.
func TestInsertRowsFailing(t *testing.T) {
	s := testStore(t, Options{})
	ctx := context.Background()
	ok(t, s.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		return tx.Exec("CREATE TABLE bulk (id INTEGER PRIMARY KEY, a INTEGER NOT NULL)").Error
	}))
	for _, n := range []int{2, rowsAtOnce, 3 * rowsAtOnce} {
		var inner error
		ok(t, s.Update(ctx, func(ctx context.Context, _ *gorm.DB) error {
			inner = s.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
				return InsertRows(tx, "bulk", []string{"id", "a"}, n, func(args []any, i int) []any { return append(args, min(i, n-2), 1) })
			})
			return nil
		}))
		var left int64
		ok(t, s.View(ctx, func(_ context.Context, db *gorm.DB) error { return db.Table("bulk").Count(&left).Error }))
		if inner == nil || left != 0 {
			t.Errorf("%d rows, the last two with one id: %d are stored, error %v", n, left, inner)
		}
	}
}
