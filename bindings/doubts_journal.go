package bindings

import (
	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
)

// doubtRow is a doubtful pair (docs/engine.md 7.5).
type doubtRow struct {
	Ref     journalKey `gorm:"embedded"`
	Source  int64      `gorm:"column:source_link"`
	Target  int64      `gorm:"column:target_link"`
	ID      int64      `gorm:"column:id"`
	Score   float64    `gorm:"column:score"`
	Since   int64      `gorm:"column:since"`
	Verdict int        `gorm:"column:verdict"`
	// JudgedSource and JudgedTarget are the fingerprints of what the verdict is about.
	JudgedSource []byte `gorm:"column:judged_source"`
	JudgedTarget []byte `gorm:"column:judged_target"`
}

func (doubtRow) TableName() string { return "doubts" }

func loadDoubts(db *gorm.DB, k journalKey, m *engine.Memory) error {
	var rows []doubtRow
	if err := db.Where(journalWhere, k.args()...).Order("id").Find(&rows).Error; err != nil {
		return err
	}
	for _, r := range rows {
		m.Doubts = append(m.Doubts, engine.Doubt{
			Links: [2]engine.LinkID{engine.LinkID(r.Source), engine.LinkID(r.Target)},
			Score: r.Score, Verdict: engine.Verdict(r.Verdict),
			Judged: [2]dataclass.Fingerprint{printOf(r.JudgedSource), printOf(r.JudgedTarget)},
		})
	}
	return nil
}

// reopenDoubts takes back what was said of pairs whose items say something else now: nobody has compared that.
func reopenDoubts(tx *gorm.DB, k journalKey, writes []engine.LinkWrite) error {
	for _, l := range writes {
		for _, own := range []engine.Side{engine.Source, engine.Target} {
			if l.ID == 0 || l.Owed[own.Other()] != engine.Doubtful {
				continue
			}
			name := own.String()
			err := tx.Model(&doubtRow{}).Where(journalWhere+" AND "+name+"_link = ? AND verdict = ? AND judged_"+name+" <> ?",
				k.args(int64(l.ID), int(engine.Same), l.Link.Shadow[own][:])...).Update("verdict", int(engine.Open)).Error
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// putDoubts records pairs that are new, and ends those of links that are in doubt no more.
func putDoubts(tx *gorm.DB, k journalKey, b engine.Batch, links []engine.LinkID, now int64) error {
	if err := reopenDoubts(tx, k, b.Links); err != nil {
		return err
	}
	if err := dropDoubts(tx, k, b.Undoubt); err != nil || len(b.Doubts) == 0 {
		return err
	}
	first, err := takeIDs(tx, "doubts", len(b.Doubts))
	if err != nil {
		return err
	}
	rows := make([]doubtRow, len(b.Doubts))
	for i, d := range b.Doubts {
		rows[i] = doubtRow{
			Ref: k, ID: first + int64(i), Score: d.Score, Since: now,
			Source: int64(links[d.Links[engine.Source]]), Target: int64(links[d.Links[engine.Target]]),
		}
	}
	return tx.CreateInBatches(&rows, rowsPerStatement).Error
}

// dropDoubts ends the doubtful pairs that links are in.
func dropDoubts(tx *gorm.DB, k journalKey, links []engine.LinkID) error {
	for _, chunk := range chunks(links) {
		err := tx.Where(journalWhere+" AND (source_link IN ? OR target_link IN ?)", k.args(chunk, chunk)...).
			Delete(&doubtRow{}).Error
		if err != nil {
			return err
		}
	}
	return nil
}
