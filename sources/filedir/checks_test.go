package filedir_test

import (
	"context"
	"strings"
	"testing"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/filedir"
)

// A sound folder has no finding; a listing that cannot be read, or that is ahead of its folder, has one.
func TestChecks(t *testing.T) {
	for name, tc := range map[string]struct{ statement, want string }{
		"sound":            {"", ""},
		"ahead":            {"UPDATE filedir_folders SET counter = 0", "has not reached"},
		"a page cut short": {"UPDATE filedir_pages SET body = substr(body, 1, length(body) - 1)", "listing cannot be read"},
		"adds of nothing":  {"INSERT INTO filedir_adds (owner_id, client_id, body) SELECT owner_id, client_id, x'ff' FROM filedir_folders", "being made"},
	} {
		h := newHouse(t, filedir.Options{})
		c := h.client(t, "ann", "")
		c.write("a.vcf", card("1", "Ada"))
		c.changes(dataclass.Contacts, "")
		if tc.statement != "" {
			err := h.store.Update(t.Context(), func(_ context.Context, tx *gorm.DB) error { return tx.Exec(tc.statement).Error })
			if err != nil {
				t.Fatal(err)
			}
		}
		list, err := filedir.Checks()[0].Find(t.Context(), h.store)
		if err != nil || (tc.want == "") != (len(list) == 0) || len(list) > 0 && (!strings.Contains(list[0].What, tc.want) || list[0].Owner == "") {
			t.Errorf("%s: %+v, %v", name, list, err)
		}
	}
}
