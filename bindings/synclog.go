package bindings

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
)

// SideCounts are the figures of one side of a sync (docs/engine.md 9).
type SideCounts = engine.Counts

// A LogEntry says what one synchronisation of one binding and dataclass did.
type LogEntry struct {
	ID      int64
	Owner   string
	Binding int64
	Class   dataclass.Class
	// Mode is the effective SyncML alert code, after a downgrade.
	Mode int
	// State is "running", "done", "held" or "abandoned".
	State string
	// Why is a sentence that says why it was abandoned, "" if nothing is known.
	Why string
	// Plan is what the guard held of it, "" if nothing.
	Plan              string
	Started, Finished time.Time
	// Kinds are the kinds of the two clients, source first.
	Kinds                                             [2]string
	Duplicates, Removed, Conflicts, Held, Quarantined int
	// Restored are items that one side's listing lacked and that were added again.
	Restored int
	Sides    [2]SideCounts
}

type countsRow struct {
	AddsIn      int `gorm:"column:adds_in"`
	ReplacesIn  int `gorm:"column:replaces_in"`
	DeletesIn   int `gorm:"column:deletes_in"`
	AddsOut     int `gorm:"column:adds_out"`
	ReplacesOut int `gorm:"column:replaces_out"`
	DeletesOut  int `gorm:"column:deletes_out"`
}

// logRow is one row of sync_log: an open run, or a finished one.
type logRow struct {
	ID          int64      `gorm:"column:id;primaryKey;autoIncrement"`
	Ref         journalKey `gorm:"embedded"`
	Session     string     `gorm:"column:session"`
	Mode        int        `gorm:"column:mode"`
	State       string     `gorm:"column:state"`
	Planned     bool       `gorm:"column:planned"`
	Plan        string     `gorm:"column:plan"`
	Why         string     `gorm:"column:why"`
	Started     int64      `gorm:"column:started_at"`
	Finished    int64      `gorm:"column:finished_at"`
	SourceKind  string     `gorm:"column:source_kind"`
	TargetKind  string     `gorm:"column:target_kind"`
	Duplicates  int        `gorm:"column:duplicates"`
	Removed     int        `gorm:"column:removed"`
	Conflicts   int        `gorm:"column:conflicts"`
	Held        int        `gorm:"column:held"`
	Quarantined int        `gorm:"column:quarantined"`
	Restored    int        `gorm:"column:restored"`
	Source      countsRow  `gorm:"embedded;embeddedPrefix:source_"`
	Target      countsRow  `gorm:"embedded;embeddedPrefix:target_"`
}

func (logRow) TableName() string { return "sync_log" }

// logColumns are the columns of fields.
const logColumns = `id, owner_id, binding_id, class, session, mode, state, planned, plan, why, started_at, finished_at,
	source_kind, target_kind, duplicates, removed, conflicts, held, quarantined, restored,
	source_adds_in, source_replaces_in, source_deletes_in, source_adds_out, source_replaces_out, source_deletes_out,
	target_adds_in, target_replaces_in, target_deletes_in, target_adds_out, target_replaces_out, target_deletes_out`

// fields are where the columns are read into, in their order.
func (r *logRow) fields() []any {
	f := []any{
		&r.ID, &r.Ref.Owner, &r.Ref.Binding, &r.Ref.Class, &r.Session, &r.Mode, &r.State, &r.Planned, &r.Plan, &r.Why, &r.Started, &r.Finished,
		&r.SourceKind, &r.TargetKind, &r.Duplicates, &r.Removed, &r.Conflicts, &r.Held, &r.Quarantined, &r.Restored,
	}
	for _, c := range []*countsRow{&r.Source, &r.Target} {
		f = append(f, &c.AddsIn, &c.ReplacesIn, &c.DeletesIn, &c.AddsOut, &c.ReplacesOut, &c.DeletesOut)
	}
	return f
}

func (r *logRow) tally() engine.Tally {
	return engine.Tally{
		Duplicates: r.Duplicates, Removed: r.Removed, Conflicts: r.Conflicts, Held: r.Held,
		Quarantined: r.Quarantined, Restored: r.Restored,
		Sides: [2]engine.Counts{engine.Counts(r.Source), engine.Counts(r.Target)},
	}
}

func (r *logRow) run() engine.Run {
	return engine.Run{ID: r.ID, Session: r.Session, Mode: r.Mode, Planned: r.Planned, Tally: r.tally()}
}

func (r *logRow) entry() LogEntry {
	return LogEntry{
		ID: r.ID, Owner: r.Ref.Owner, Binding: r.Ref.Binding, Class: dataclass.Class(r.Ref.Class),
		Mode: r.Mode, State: r.State, Why: r.Why, Plan: r.Plan, Started: fromMicros(r.Started), Finished: fromMicros(r.Finished),
		Kinds: [2]string{r.SourceKind, r.TargetKind}, Duplicates: r.Duplicates, Removed: r.Removed,
		Conflicts: r.Conflicts, Held: r.Held, Quarantined: r.Quarantined, Restored: r.Restored,
		Sides: [2]SideCounts{SideCounts(r.Source), SideCounts(r.Target)},
	}
}

// runningRow finds the open run of a Ref; gorm.ErrRecordNotFound if there is none.
func runningRow(db *gorm.DB, k journalKey) (logRow, error) {
	var row logRow
	err := db.Where(journalWhere+" AND state = 'running'", k.args()...).Order("id").Take(&row).Error
	return row, err
}

// kindsOf fills in the kinds of the binding's clients.
func kindsOf(tx *gorm.DB, row *logRow) error {
	var kinds struct{ Source, Target string }
	err := tx.Raw(`SELECT cs.kind AS source, ct.kind AS target FROM bindings b
		JOIN clients cs ON cs.owner_id = b.owner_id AND cs.id = b.source_id
		JOIN clients ct ON ct.owner_id = b.owner_id AND ct.id = b.target_id
		WHERE b.owner_id = ? AND b.id = ?`, row.Ref.Owner, row.Ref.Binding).Scan(&kinds).Error
	row.SourceKind, row.TargetKind = kinds.Source, kinds.Target
	return err
}

// addTally adds figures to a run.
func addTally(tx *gorm.DB, owner string, run int64, t engine.Tally) error {
	set := map[string]any{}
	add := func(col string, n int) {
		if n != 0 {
			set[col] = gorm.Expr(col+" + ?", n)
		}
	}
	add("duplicates", t.Duplicates)
	add("removed", t.Removed)
	add("conflicts", t.Conflicts)
	add("held", t.Held)
	add("quarantined", t.Quarantined)
	add("restored", t.Restored)
	for i, side := range []string{"source_", "target_"} {
		c := t.Sides[i]
		add(side+"adds_in", c.AddsIn)
		add(side+"replaces_in", c.ReplacesIn)
		add(side+"deletes_in", c.DeletesIn)
		add(side+"adds_out", c.AddsOut)
		add(side+"replaces_out", c.ReplacesOut)
		add(side+"deletes_out", c.DeletesOut)
	}
	if len(set) == 0 {
		return nil
	}
	return tx.Model(&logRow{}).Where("owner_id = ? AND id = ?", owner, run).Updates(set).Error
}

// tallyLatest adds figures to the newest run. It may be over: a phone's answer that comes late, such as a
// Map at the beginning of its next session, belongs to the run that sent what it answers.
func tallyLatest(tx *gorm.DB, k journalKey, t engine.Tally) error {
	if t == (engine.Tally{}) {
		return nil
	}
	var run logRow
	err := tx.Select("id").Where(journalWhere, k.args()...).Order("id DESC").Take(&run).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return addTally(tx, k.Owner, run.ID, t)
}

// A LogFilter chooses entries of the sync log. Each field that is not zero narrows the choice.
type LogFilter struct {
	Binding int64
	Class   dataclass.Class
	// State is one of LogEntry's.
	State string
	// Since leaves out what began before. What was written down before something that began more than an hour earlier is
	// left out too: its time is that of a clock that was set back since.
	Since time.Time
	// Before is the id of an entry: only older ones are given.
	Before int64
	// Limit is how many are given at most; 0 means 100.
	Limit int
}

// logSlack is by how much a clock may have been set back without an entry being missed.
const logSlack = time.Hour

// sinceWhere lets a query end where the time ends that is looked for: entries are read by their ids, and behind the
// first one of that time there is nothing to look for.
const sinceWhere = `started_at >= ? AND id >= COALESCE((SELECT id FROM sync_log AS s WHERE s.owner_id = ? AND s.started_at >= ?
	ORDER BY s.started_at LIMIT 1), 9223372036854775807)`

// pageOf is the query of a page of an owner's log.
func (f LogFilter) pageOf(db *gorm.DB, owner string) *gorm.DB {
	where, args := "owner_id = ?", []any{owner}
	for _, c := range []struct {
		set   bool
		where string
		value any
	}{
		{f.Binding != 0, "binding_id = ?", f.Binding}, {f.Class != "", "class = ?", string(f.Class)},
		{f.State != "", "state = ?", f.State}, {f.Before != 0, "id < ?", f.Before},
	} {
		if c.set {
			where, args = where+" AND "+c.where, append(args, c.value)
		}
	}
	if !f.Since.IsZero() {
		where += " AND " + sinceWhere
		args = append(args, micros(f.Since), owner, micros(f.Since.Add(-logSlack)))
	}
	return db.Raw("SELECT "+logColumns+" FROM sync_log INDEXED BY sync_log_by_"+f.index()+" WHERE "+where+" ORDER BY id DESC LIMIT ?", append(args, f.Limit)...)
}

// index is what a page is looked for by, since SQLite does not know what is rare: most entries are done.
func (f LogFilter) index() string {
	switch {
	case f.Binding != 0:
		return "binding"
	case f.State != "" && f.State != engine.StateDone:
		return "state"
	case f.Class != "":
		return "class"
	}
	return "owner"
}

// Log lists what was synchronised, newest first: of one binding, or of all the owner's for 0. A limit of
// 0 means 100.
func (s *Store) Log(ctx context.Context, owner string, binding int64, limit int) ([]LogEntry, error) {
	return s.LogPage(ctx, owner, LogFilter{Binding: binding, Limit: max(limit, 0)})
}

// LogPage lists those of the owner's syncs that the filter chooses, the newest first.
func (s *Store) LogPage(ctx context.Context, owner string, f LogFilter) ([]LogEntry, error) {
	if f.Limit == 0 {
		f.Limit = 100
	}
	var out []LogEntry
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) (err error) {
		out, err = scanLog(f.pageOf(db, owner))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read sync log: %w", err)
	}
	return out, nil
}

// scanLog reads entries by their places: a third of what a page cost went into looking for fields by name.
func scanLog(q *gorm.DB) (out []LogEntry, err error) {
	rows, err := q.Rows()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var row logRow
	fields := row.fields()
	for rows.Next() {
		if err := rows.Scan(fields...); err != nil {
			return nil, err
		}
		out = append(out, row.entry())
	}
	return out, rows.Err()
}

// LogEntry gives one entry of the owner's log, or an ErrNotFound.
func (s *Store) LogEntry(ctx context.Context, owner string, id int64) (LogEntry, error) {
	var row logRow
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where("owner_id = ? AND id = ?", owner, id).Take(&row).Error
	})
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return LogEntry{}, fault(ErrNotFound, "there is no log entry %d", id)
	}
	if err != nil {
		return LogEntry{}, fmt.Errorf("read log entry %d: %w", id, err)
	}
	return row.entry(), nil
}
