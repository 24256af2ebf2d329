package bindings

import (
	"context"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
)

// TestLogPagesAreFound: whatever the filter, a page of the log is found by an index and comes in its order, so that it
// costs the same however long the log is.
func TestLogPagesAreFound(t *testing.T) {
	p := newPair(t, pairOptions{})
	since := time.Date(2009, 3, 18, 0, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		f LogFilter
		// by are the indexes that there may be.
		by string
	}{
		"all": {LogFilter{}, "owner"}, "the next page": {LogFilter{Before: 7}, "owner"},
		"a binding": {LogFilter{Binding: 3}, "binding"}, "a binding's next page": {LogFilter{Binding: 3, Before: 7}, "binding"},
		"a state": {LogFilter{State: "held"}, "state"}, "a dataclass": {LogFilter{Class: dataclass.Notes}, "class"},
		"both": {LogFilter{State: "held", Class: dataclass.Notes}, "state"}, "most of a dataclass": {LogFilter{State: "done", Class: dataclass.Notes}, "class"}, "a state since": {LogFilter{State: "held", Since: since}, "state start"}, "since": {LogFilter{Since: since}, "owner start"},
		"since, the next page": {LogFilter{Since: since, Before: 7}, "owner start"},
		"everything":           {LogFilter{3, dataclass.Notes, "held", since, 7, 10}, "binding start"},
	} {
		t.Run(name, func(t *testing.T) {
			f := tt.f
			f.Limit = 50
			err := p.db.View(context.Background(), func(_ context.Context, db *gorm.DB) error {
				var rows []logRow
				st := f.pageOf(db.Session(&gorm.Session{DryRun: true}), "x").Scan(&rows).Statement
				var plan []struct{ Detail string }
				if err := db.Raw("EXPLAIN QUERY PLAN "+st.SQL.String(), st.Vars...).Scan(&plan).Error; err != nil {
					return err
				}
				if len(plan) == 0 {
					t.Error("no plan")
				}
				for _, step := range plan {
					_, index, _ := strings.Cut(step.Detail, "sync_log_by_")
					index, _, _ = strings.Cut(index, " ")
					if !strings.Contains(tt.by, index) {
						t.Errorf("%s, want one of %s", step.Detail, tt.by)
					}
					if strings.HasPrefix(step.Detail, "SCAN") && !strings.Contains(step.Detail, "CONSTANT") || strings.Contains(step.Detail, "TEMP B-TREE") {
						t.Errorf("%s in %s", step.Detail, st.SQL.String())
					}
				}
				return nil
			})
			p.ok(err)
		})
	}
}

// TestLogSince: what began before is left out, also where entries were not written in the order of their times.
func TestLogSince(t *testing.T) {
	p := newPair(t, pairOptions{})
	at := time.Date(2009, 3, 18, 12, 0, 0, 0, time.UTC)
	var ids []int64
	for _, minutes := range []int{-300, -30, 10, 5, 0, 20, -2, 30} { // the clock was set back by a little, twice
		p.clock = at.Add(time.Duration(minutes) * time.Minute)
		ids = append(ids, p.mustSync().ID)
	}
	for _, tt := range []struct {
		name  string
		since time.Time
		want  int
	}{
		{"all", at.Add(-time.Hour * 24), 8}, {"most", at.Add(-30 * time.Minute), 7}, {"five", at, 5}, {"the last", at.Add(30 * time.Minute), 1},
		{"none", at.Add(time.Hour), 0}, {"none for long", at.Add(time.Hour * 24 * 365), 0},
	} {
		list, err := p.store.LogPage(t.Context(), p.owner, LogFilter{Since: tt.since})
		if err != nil || len(list) != tt.want {
			t.Errorf("%s: %d of %v, want %d, %v", tt.name, len(list), ids, tt.want, err)
		}
		for _, e := range list {
			if e.Started.Before(tt.since) {
				t.Errorf("%s: %v", tt.name, e.Started)
			}
		}
	}
}

// TestLogPageSaysWhatTheEntrySays: a page is read by the places of its columns, an entry by their names. Every column has
// another value here, so that none can stand at another's place.
func TestLogPageSaysWhatTheEntrySays(t *testing.T) {
	p := newPair(t, pairOptions{})
	want := logRow{Ref: journalKey{p.owner, p.binding, "Contacts"}, Session: "s", Mode: 200, State: "held", Planned: true, Plan: "p", Why: "w"}
	numbers := want.fields()
	for i, f := range numbers {
		switch f := f.(type) {
		case *int:
			*f = 1000 + i
		case *int64:
			if i > 2 {
				*f = int64(1000 + i)
			}
		}
	}
	want.SourceKind, want.TargetKind = "syncml", "datastore"
	p.ok(p.db.Update(t.Context(), func(_ context.Context, tx *gorm.DB) error { return tx.Create(&want).Error }))
	entry, err := p.store.LogEntry(t.Context(), p.owner, want.ID)
	p.ok(err)
	page, err := p.store.LogPage(t.Context(), p.owner, LogFilter{Limit: 1})
	p.ok(err)
	if len(page) != 1 || page[0] != entry || page[0] != want.entry() {
		t.Errorf("page %+v\nentry %+v\nwant %+v", page, entry, want.entry())
	}
}
