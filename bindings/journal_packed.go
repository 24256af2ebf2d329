package bindings

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// packRow is one row of journal_packs.
type packRow struct {
	ID   int64      `gorm:"column:id;primaryKey"`
	Ref  journalKey `gorm:"embedded"`
	Body []byte     `gorm:"column:body"`
}

func (packRow) TableName() string { return "journal_packs" }

// addAll stores the links and intents of a batch, in one row if it can.
func addAll(tx *gorm.DB, k journalKey, b engine.Batch, run, now int64) ([]engine.LinkID, []int64, *pack, error) {
	if packable(b) {
		links, intents, p, err := addPack(tx, k, b, run, now)
		if p != nil || err != nil {
			return links, intents, p, err
		}
	}
	links, err := putLinks(tx, k, b.Links)
	if err != nil {
		return nil, nil, nil, err
	}
	intents, err := addIntents(tx, k, b, links, run, now)
	return links, intents, nil, err
}

// addPack stores a packable batch and gives the ids of its links and intents, and what it stored. It gives nil, and has
// stored nothing, if a client of the binding answers later: what such a client brings is compared with the links in
// between.
func addPack(tx *gorm.DB, k journalKey, b engine.Batch, run, now int64) ([]engine.LinkID, []int64, *pack, error) {
	var later string
	err := tx.Raw("SELECT deferred_id FROM bindings WHERE owner_id = ? AND id = ?", k.Owner, k.Binding).Scan(&later).Error
	if err != nil || later != "" {
		return nil, nil, nil, err
	}
	n := len(b.Links)
	link, err := takeIDs(tx, "journal_links", n)
	if err != nil {
		return nil, nil, nil, err
	}
	intent, err := takeIDs(tx, "journal_intents", n)
	if err != nil {
		return nil, nil, nil, err
	}
	links, intents := make([]engine.LinkID, n), make([]int64, n)
	p, size := &pack{links: make([]journalLinkRow, n), intents: make([]journalIntentRow, n)}, 0
	prints := make([]dataclass.Fingerprint, 0, 3*n) // the engine goes on with its own
	for i := range b.Links {
		l := &p.links[i]
		*l = linkRow(k, &b.Links[i])
		for _, own := range []*[]byte{&l.BasePrint, &l.Source.Print, &l.Target.Print} {
			prints = append(prints, printOf(*own))
			*own = prints[len(prints)-1][:]
		}
		l.ID = link + int64(i)
		links[i] = engine.LinkID(l.ID)
		size += packedBytes + len(l.BaseBody)
	}
	for i := range b.Intents {
		in := b.Intents[i]
		at := int(in.Link)
		in.ID, in.Link = intent+int64(i), links[at]
		intents[i] = in.ID
		p.intents[i] = intentRow(k, &in, b.Links[at].Bodies.Base, run, now)
	}
	row := packRow{Ref: k, Body: p.append(make([]byte, 0, size))}
	if err := tx.Create(&row).Error; err != nil {
		return nil, nil, nil, err
	}
	p.id = row.ID
	return links, intents, p, nil
}

// packs are what was packed last and is not settled yet, by the ids of the rows, of which none is given twice. It spares
// reading what was written a moment ago; the rows alone say what there is.
type packs struct {
	mu   sync.Mutex
	last map[journalKey]*pack
}

// keep remembers a pack whose row is committed.
func (c *packs) keep(k journalKey, p *pack) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last == nil {
		c.last = make(map[journalKey]*pack)
	}
	c.last[k] = p
}

// take gives the pack of a Ref, and forgets it.
func (c *packs) take(k journalKey) *pack {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.last[k]
	delete(c.last, k)
	return p
}

// spread writes what was packed into rows of its own, so that it can be read. Each method that reads links or intents
// begins with it; there is something to do only after a run that broke off.
func (j *journal) spread(ctx context.Context, l engine.Lease) error {
	k := keyOf(l.Ref)
	var any bool
	err := j.store.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Raw("SELECT EXISTS (SELECT 1 FROM journal_packs WHERE "+journalWhere+")", k.args()...).Scan(&any).Error
	})
	if err == nil && any {
		err = j.store.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
			_, err := unpack(tx, k, nil, engine.Settlement{})
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("read what binding %d was at: %w", l.Ref.Binding, err)
	}
	return nil
}

// unpack writes the rows of packed batches as they are after st, and gives what is left of st to be done. Last is the one
// that was packed last, if it is known.
func unpack(tx *gorm.DB, k journalKey, last *pack, st engine.Settlement) (engine.Settlement, error) {
	var ids []int64
	err := tx.Model(&packRow{}).Where(journalWhere, k.args()...).Order("id").Pluck("id", &ids).Error
	if err != nil || len(ids) == 0 {
		return st, err
	}
	for _, id := range ids {
		p, err := packOf(tx, k, id, last)
		if err != nil {
			return st, err
		}
		st.Held, st.Forget = p.hold(st.Held), p.forget(st.Forget)
		if err := p.store(tx); err != nil {
			return st, err
		}
	}
	return st, tx.Where(journalWhere, k.args()...).Delete(&packRow{}).Error
}

// packOf gives what is in a row.
func packOf(tx *gorm.DB, k journalKey, id int64, last *pack) (pack, error) {
	if last != nil && last.id == id {
		return *last, nil
	}
	var row packRow
	if err := tx.Where(journalWhere+" AND id = ?", k.args(id)...).Take(&row).Error; err != nil {
		return pack{}, err
	}
	return unpackRows(k, row.Body)
}

// store writes the rows.
func (p *pack) store(tx *gorm.DB) error {
	err := sqlstore.InsertRows(tx, "journal_links", linkColumns, len(p.links), func(args []any, i int) []any { return p.links[i].values(args) })
	if err != nil {
		return err
	}
	return sqlstore.InsertRows(tx, "journal_intents", intentColumns, len(p.intents), func(args []any, i int) []any { return p.intents[i].values(args) })
}

// hold notes which sides hold their link's base now, as the journal's hold does, and gives those of other links.
func (p *pack) hold(list []engine.Holding) []engine.Holding {
	at := make(map[engine.LinkID]int, len(p.links))
	for i := range p.links {
		at[engine.LinkID(p.links[i].ID)] = i
	}
	return slices.DeleteFunc(slices.Clone(list), func(h engine.Holding) bool {
		i, ok := at[h.Link]
		if ok {
			l := &p.links[i]
			*l.side(h.Side) = journalSide{
				Item: string(h.Item), Rev: string(h.Rev), Print: l.BasePrint, Held: heldBase, Sent: l.side(h.Side).Sent,
			}
		}
		return ok
	})
}

// forget drops intents that are over, and gives those of other batches.
func (p *pack) forget(list []int64) []int64 {
	over := make(map[int64]bool, len(list))
	for _, id := range list {
		over[id] = true
	}
	var left []journalIntentRow
	for i := range p.intents {
		if id := p.intents[i].ID; !over[id] {
			left = append(left, p.intents[i])
		} else {
			delete(over, id)
		}
	}
	p.intents = left
	return slices.DeleteFunc(slices.Clone(list), func(id int64) bool { return !over[id] })
}
