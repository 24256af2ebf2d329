package sqlstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	"gorm.io/gorm"
)

// The bytes of a row stay what they are when the next row is read, the query is over, and others follow it.
func TestBlobsAreTheirReaders(t *testing.T) {
	s := testStore(t, Options{})
	read := func() (all []Blob) {
		err := s.View(t.Context(), func(_ context.Context, db *gorm.DB) error {
			rows, err := db.Raw(`WITH RECURSIVE c (v) AS (VALUES (1) UNION ALL SELECT v + 1 FROM c WHERE v < 40)
				SELECT CAST(printf('%0*d', 100 * v, v) AS BLOB) FROM c`).Rows()
			if err != nil {
				return err
			}
			for rows.Next() {
				var b Blob
				if err := rows.Scan(&b); err != nil {
					return errors.Join(err, rows.Close())
				}
				all = append(all, b)
			}
			return errors.Join(rows.Err(), rows.Close())
		})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	first, second := read(), read()
	for i, b := range first {
		if want := fmt.Appendf(nil, "%0*d", 100*(i+1), i+1); !bytes.Equal(b, want) || !bytes.Equal(second[i], want) {
			t.Fatalf("row %d: %.40q", i, b)
		}
		for j := range b {
			b[j] = 'x'
		}
		if second[i][0] == 'x' {
			t.Fatal("two readers have the same bytes")
		}
	}
	if len(first) != 40 {
		t.Errorf("%d rows", len(first))
	}
}

// What a column may hold is read, and nothing else.
func TestBlob(t *testing.T) {
	for _, c := range []struct {
		src  any
		want string
		bad  bool
	}{{nil, "", false}, {[]byte("a"), "a", false}, {"b", "b", false}, {int64(1), "before", true}} {
		b := Blob("before")
		if err := b.Scan(c.src); (err != nil) != c.bad || string(b) != c.want {
			t.Errorf("%v: %q, %v", c.src, b, err)
		}
	}
}
