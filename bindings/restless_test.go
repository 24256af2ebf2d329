package bindings

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// TestRestlessLinksAreFoundByTheirIndex: whether a link needs something is not asked of each of them.
func TestRestlessLinksAreFoundByTheirIndex(t *testing.T) {
	db, err := sqlstore.Open(t.Context(), sqlstore.Options{Path: filepath.Join(t.TempDir(), "x.db"), Unsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.Migrate(t.Context(), Migrations()); err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{"SELECT 1", "SELECT count(*)"} {
		var plan []struct{ Detail string }
		err = db.View(t.Context(), func(_ context.Context, g *gorm.DB) error {
			return g.Raw("EXPLAIN QUERY PLAN "+query+" FROM journal_links WHERE "+journalWhere+" AND "+isRestless, "o", 1, "contacts").Scan(&plan).Error
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(plan) != 1 || !strings.Contains(plan[0].Detail, "journal_links_restless") {
			t.Errorf("%s: %+v", query, plan)
		}
	}
}
