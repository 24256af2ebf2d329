package sqlstore

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"gorm.io/gorm"
)

// What is looked up by Wanted is found, each by the index, and what is not there is not.
func TestWanted(t *testing.T) {
	db := testStore(t, Options{})
	err := db.Update(t.Context(), func(_ context.Context, tx *gorm.DB) error {
		for _, s := range []string{"CREATE TABLE t (a TEXT, b TEXT) STRICT", "CREATE INDEX t_ab ON t (a, b) WHERE b <> ''"} {
			if err := tx.Exec(s).Error; err != nil {
				return err
			}
		}
		for i := range 100 {
			if err := tx.Exec("INSERT INTO t VALUES ('a', ?)", fmt.Sprint(i)).Error; err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	with, args := Wanted([]string{"7", "none", "", "99'"})
	query := with + "SELECT b FROM wanted CROSS JOIN t INDEXED BY t_ab ON b = value AND b <> '' WHERE a = ?"
	err = db.View(t.Context(), func(_ context.Context, db *gorm.DB) error {
		var found []string
		if err := db.Raw(query, append(args, "a")...).Scan(&found).Error; err != nil {
			return err
		}
		if len(found) != 1 || found[0] != "7" {
			t.Errorf("found %q", found)
		}
		var plan []struct{ Detail string }
		if err := db.Raw("EXPLAIN QUERY PLAN "+query, append(args, "a")...).Scan(&plan).Error; err != nil {
			return err
		}
		if s := fmt.Sprint(plan); !strings.Contains(s, "t_ab (a=? AND b=?)") {
			t.Error(s)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
