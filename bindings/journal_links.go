package bindings

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
)

// isRestless tells the links that need something by themselves. There is an index of them, which is used only where this
// is asked in these words.
const isRestless = "(doomed <> 0 OR source_item = '' OR source_owed <> 0 OR target_item = '' OR target_owed <> 0)"

// Quiet implements engine.Recall. What is asked of a link is less than what a digest holds, and costs a small part of
// reading them all.
func (j *journal) Quiet(ctx context.Context, l engine.Lease) (engine.Memory, bool, error) {
	var m engine.Memory
	var restless bool
	k := keyOf(l.Ref)
	if err := j.spread(ctx, l); err != nil {
		return m, false, err
	}
	err := j.store.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		err := db.Raw("SELECT EXISTS (SELECT 1 FROM journal_links WHERE "+journalWhere+" AND "+isRestless+")", k.args()...).
			Scan(&restless).Error
		return errors.Join(err, loadRest(db, k, &m))
	})
	if err != nil {
		return m, false, fmt.Errorf("look at binding %d, %s: %w", l.Ref.Binding, l.Ref.Class, err)
	}
	return m, !restless, nil
}

// loadLinks reads the digests of all links. Every run does, most of them to find that nothing is to be done:
// so the rows are scanned without the mapper, which takes twice the time for each.
func loadLinks(db *gorm.DB, k journalKey, m *engine.Memory) (err error) {
	quick := db.WithContext(context.WithoutCancel(db.Statement.Context))
	rows, err := quick.Model(&journalLinkRow{}).Select(linkDigestColumns).Where(journalWhere, k.args()...).Order("id").Rows()
	if err != nil {
		return err
	}
	m.Links, err = scanLinks(rows, nil)
	return err
}

// scanLinks adds the links that rows of linkDigestColumns give, and closes them.
func scanLinks(rows *sql.Rows, list []engine.Link) (_ []engine.Link, err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	var scan linkScan
	for rows.Next() {
		l, err := scan.link(rows)
		if err != nil {
			return list, err
		}
		list = append(list, l)
	}
	return list, rows.Err()
}

// Near implements engine.Recall.
func (j *journal) Near(ctx context.Context, l engine.Lease, items [2][]sources.ID) ([]engine.Link, int, error) {
	if err := j.spread(ctx, l); err != nil {
		return nil, 0, err
	}
	var out []engine.Link
	var all int64
	k := keyOf(l.Ref)
	err := j.store.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		for s, col := range []string{"source_item", "target_item"} {
			for _, chunk := range chunks(unique(items[s])) {
				rows, err := db.Model(&journalLinkRow{}).Select(linkDigestColumns).
					Where(journalWhere+" AND "+col+" IN ? AND "+col+" <> ''", k.args(chunk)...).Rows()
				if err != nil {
					return err
				}
				if out, err = scanLinks(rows, out); err != nil {
					return err
				}
			}
		}
		return db.Model(&journalLinkRow{}).Where(journalWhere, k.args()...).Count(&all).Error
	})
	if err != nil {
		return nil, 0, fmt.Errorf("read links of binding %d: %w", l.Ref.Binding, err)
	}
	slices.SortFunc(out, func(a, b engine.Link) int { return cmp.Compare(a.ID, b.ID) })
	return slices.CompactFunc(out, func(a, b engine.Link) bool { return a.ID == b.ID }), int(all), nil
}

// A linkScan reads rows of linkDigestColumns.
type linkScan struct {
	id        int64
	doomed    bool
	base      sql.RawBytes
	item, rev [2]string
	owed      [2]int64
	print     [2]sql.RawBytes
	lost      string
}

func (s *linkScan) link(rows *sql.Rows) (engine.Link, error) {
	err := rows.Scan(&s.id, &s.doomed, &s.base,
		&s.item[0], &s.rev[0], &s.owed[0], &s.print[0], &s.item[1], &s.rev[1], &s.owed[1], &s.print[1], &s.lost)
	l := engine.Link{ID: engine.LinkID(s.id), Doomed: s.doomed, Base: printOf(s.base), Lost: sources.ID(s.lost)}
	for _, side := range []engine.Side{engine.Source, engine.Target} {
		l.Item[side], l.Rev[side] = sources.ID(s.item[side]), sources.Revision(s.rev[side])
		l.Owed[side], l.Shadow[side] = engine.Reason(s.owed[side]), printOf(s.print[side])
	}
	return l, err
}
