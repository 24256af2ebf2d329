package bindings

import (
	"context"
	"slices"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// A batch that names an item which is linked already is found; one that does not is fine.
func TestCheckOfBatches(t *testing.T) {
	w := newWorld(t)
	b := w.only()
	k := journalKey{Owner: w.owner, Binding: b.ID, Class: "Contacts"}
	link := func(id int64, source, target string) journalLinkRow {
		return journalLinkRow{ID: id, Ref: k, BasePrint: []byte("p"), Source: journalSide{Item: source, Print: []byte("p")}, Target: journalSide{Item: target, Print: []byte("p")}}
	}
	p := pack{links: []journalLinkRow{link(2, "new", ""), link(3, "", "other")}}
	names := func() (out []string) {
		for _, c := range Checks(CheckOptions{Now: time.Now(), HistoryKept: HistoryKept}) {
			found, err := c.Find(t.Context(), w.store.db)
			mustGo(t, err)
			if len(found) > 0 {
				out = append(out, c.Name)
			}
		}
		return out
	}
	mustGo(t, w.store.db.Update(t.Context(), func(_ context.Context, tx *gorm.DB) error {
		return tx.Create(&packRow{Ref: k, Body: p.append(nil)}).Error
	}))
	if got := names(); len(got) > 0 {
		t.Errorf("%v", got)
	}
	mustGo(t, w.store.db.Update(t.Context(), func(_ context.Context, tx *gorm.DB) error {
		l := link(1, "new", "whatever")
		return sqlstore.InsertRows(tx, "journal_links", linkColumns, 1, func(args []any, _ int) []any { return l.values(args) })
	}))
	if got := names(); !slices.Contains(got, "batch-twice") {
		t.Errorf("%v", got)
	}
}

// Every check has its own name, and says what it means and what to do.
func TestChecksSpeak(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Checks(CheckOptions{}) {
		if c.Name == "" || seen[c.Name] || !endsWell(c.Means) || !endsWell(c.Do) {
			t.Errorf("%+v", c)
		}
		seen[c.Name] = true
	}
	var none sqlstore.Check
	if endsWell(none.Means) {
		t.Error("nothing is no sentence")
	}
}

func endsWell(s string) bool { return len(s) > 20 && s[len(s)-1] == '.' }
