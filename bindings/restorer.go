package bindings

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
)

// restorer writes old versions to one side of a binding.
type restorer struct {
	store   *Store
	b       Binding
	ref     engine.Ref
	side    engine.Side
	keeps   [2]dataclass.Keeps
	session sources.Session
	// prints are the items that the side holds; equal and uids find them.
	prints map[sources.ID]dataclass.Fingerprint
	equal  map[dataclass.Fingerprint][]sources.ID
	uids   map[string][]sources.ID
	// taken are items that a version of this call stands for.
	taken map[sources.ID]bool
	// became are the items that earlier versions of this call were written to.
	became map[lineage]sources.ID
}

// A lineage names the item that history entries are versions of.
type lineage struct {
	binding, link int64
	class         string
	// side and item name it where no link is known.
	side int
	item string
}

func lineageOf(h historyRow) lineage {
	l := lineage{binding: h.Ref.Binding, class: h.Ref.Class, link: h.Link}
	if h.Link == 0 {
		l.side, l.item = h.Side, h.Item
	}
	return l
}

// wave splits off the first version of each item: the next ones are written when that is done.
func wave(todo []*restoring) (first, rest []*restoring) {
	seen := make(map[lineage]bool, len(todo))
	for _, t := range todo {
		if seen[t.of] {
			rest = append(rest, t)
			continue
		}
		seen[t.of] = true
		first = append(first, t)
	}
	return first, rest
}

// list takes the digest of everything that the side holds.
func (r *restorer) list(ctx context.Context) error {
	r.prints, r.equal = make(map[sources.ID]dataclass.Fingerprint), make(map[dataclass.Fingerprint][]sources.ID)
	r.uids, r.taken = make(map[string][]sources.ID), make(map[sources.ID]bool)
	r.became = make(map[lineage]sources.ID)
	for c, err := range r.session.Changes(ctx) {
		if err != nil {
			return fmt.Errorf("restore: list %s: %w", r.side, err)
		}
		if it, err := dataclass.Decode(r.ref.Class, c.Body); err == nil && c.Verb != sources.Delete {
			r.note(c.ID, it)
		}
	}
	return nil
}

func (r *restorer) note(id sources.ID, it *dataclass.Item) {
	print := it.Fingerprint()
	r.prints[id] = print
	r.equal[print] = append(r.equal[print], id)
	if uid := it.UID(); uid != "" {
		r.uids[uid] = append(r.uids[uid], id)
	}
}

// restoring is one version on its way.
type restoring struct {
	res  *Restored
	of   lineage
	link *engine.LinkWrite
	it   *dataclass.Item
	op   sources.Op
	// at is the item to be replaced, once it is known; nth counts the Adds of the version.
	at    sources.ID
	nth   int
	tries int
}

// maxRestoreTries is how often a version is tried that something changes under.
const maxRestoreTries = 20

// some restores a batch of versions.
func (r *restorer) some(ctx context.Context, heads []historyRow) ([]Restored, error) {
	out := make([]Restored, len(heads))
	todo := make([]*restoring, 0, len(heads))
	for i, h := range heads {
		e, err := r.store.HistoryEntry(ctx, r.ref.Owner, h.ID)
		if err != nil {
			return nil, err
		}
		t, err := r.prepare(ctx, e)
		if err != nil {
			return nil, err
		}
		e.Body = dataclass.Body{}
		out[i] = Restored{Entry: e, Side: r.side}
		t.of = lineageOf(h)
		if t.res = &out[i]; t.it == nil {
			out[i].Outcome, out[i].Err = RestoreFailed, errors.New("the version cannot be read")
			continue
		}
		todo = append(todo, t)
	}
	for len(todo) > 0 {
		var now []*restoring
		for now, todo = wave(todo); len(now) > 0; {
			var err error
			if now, err = r.round(ctx, now); err != nil {
				return out, err
			}
		}
	}
	return out, nil
}

// prepare finds out what is to be written: nothing, if the version cannot be read.
func (r *restorer) prepare(ctx context.Context, e HistoryEntry) (*restoring, error) {
	t := &restoring{}
	if e.Link != 0 {
		links, err := r.store.Journal().Links(ctx, engine.Lease{Ref: r.ref}, []engine.LinkID{engine.LinkID(e.Link)})
		if err != nil {
			return nil, err
		}
		if len(links) == 1 {
			t.link = &links[0]
		}
	}
	if it, err := dataclass.Decode(r.ref.Class, e.Body); err == nil {
		t.it = it
		if e.Side != r.side && !e.Agreed && t.link != nil && !t.link.Doomed {
			t.it = r.through(e, it, t.link)
		}
	}
	return t, nil
}

// through gives what the item would be if the side that held a version had sent it now: what that side
// cannot hold stays (docs/engine.md 5.3).
func (r *restorer) through(e HistoryEntry, it *dataclass.Item, l *engine.LinkWrite) *dataclass.Item {
	base, err := dataclass.Decode(r.ref.Class, l.Bodies.Base)
	if err != nil {
		return it
	}
	v := [2]dataclass.Version{{Shadow: base}, {Shadow: base}}
	was := base
	if sh, err := dataclass.Decode(r.ref.Class, l.Bodies.Shadow[e.Side]); err == nil {
		was = sh
	}
	sent := l.Sent[e.Side]
	if len(sent) == 1 { // all that is in the shadow
		sent = dataclass.Sent(nil).With(was)
	}
	v[e.Side] = dataclass.Version{Shadow: was, Now: it, Sent: sent, Keeps: r.keeps[e.Side]}
	m, err := dataclass.Merge3(base, v[0], v[1], dataclass.Winner(e.Side))
	if err != nil {
		return it
	}
	return m.Item
}

// round asks for one op for each version, and gives those that need another.
func (r *restorer) round(ctx context.Context, todo []*restoring) ([]*restoring, error) {
	var asked []*restoring
	for _, t := range todo {
		if t.tries++; t.tries > maxRestoreTries {
			t.res.Outcome, t.res.Err = RestoreFailed, sources.ErrConflict
			continue
		}
		ask, err := r.decide(ctx, t)
		if err != nil {
			return nil, err
		}
		if ask {
			asked = append(asked, t)
		}
	}
	if len(asked) == 0 {
		return nil, nil
	}
	ops := make([]sources.Op, len(asked))
	for i, t := range asked {
		ops[i] = t.op
	}
	res, err := r.session.Apply(ctx, ops)
	if err != nil {
		return nil, fmt.Errorf("restore on %s: %w", r.side, err)
	}
	var again []*restoring
	for i, t := range asked {
		more, err := r.answered(ctx, t, res[i])
		if err != nil {
			return nil, err
		}
		if more {
			again = append(again, t)
		}
	}
	return again, nil
}

// decide makes the op of a version; false if nothing is to be written.
func (r *restorer) decide(ctx context.Context, t *restoring) (bool, error) {
	if t.at == "" {
		id, err := r.find(ctx, t)
		if err != nil {
			return false, err
		}
		t.at = id
	}
	if t.at == "" {
		t.nth++
		t.op = sources.Op{Key: t.key(), Verb: sources.Add, Body: t.it.Body()}
		return true, nil
	}
	r.taken[t.at], r.became[t.of] = true, t.at
	now, err := r.read(ctx, t.at)
	if err != nil {
		return false, err
	}
	if now.Verb == sources.Delete {
		delete(r.prints, t.at)
		t.at = ""
		return r.decide(ctx, t)
	}
	if it, err := dataclass.Decode(r.ref.Class, now.Body); err == nil && it.Fingerprint() == t.it.Fingerprint() {
		t.res.Outcome = RestoredAlready
		return false, nil
	}
	t.op = sources.Op{Key: t.key(), Verb: sources.Replace, ID: t.at, IfRev: now.Rev, Body: t.it.Body()}
	if err := r.store.calm(ctx, r.ref, r.side, t.at); err != nil {
		return false, fmt.Errorf("restore: %w", err)
	}
	return true, r.keep(ctx, t, now)
}

// key is made of the entry, so that what a restore that died has added is not added again.
func (t *restoring) key() sources.Key {
	return sources.Key(fmt.Sprintf("restore:%d:%d", t.res.Entry.ID, t.nth))
}

// find gives the item that a version is one of, "" if it is gone: the one of its link, the one under its
// name, one that says the same, or one of the same UID that the evidence does not contradict.
func (r *restorer) find(ctx context.Context, t *restoring) (sources.ID, error) {
	if id, ok := r.became[t.of]; ok {
		if _, there := r.prints[id]; there {
			return id, nil
		}
	}
	named := []sources.ID{}
	if t.link != nil {
		named = append(named, t.link.Item[r.side])
	}
	if t.res.Entry.Side == r.side {
		named = append(named, t.res.Entry.Item)
	}
	for _, id := range append(named, r.equal[t.it.Fingerprint()]...) {
		if _, there := r.prints[id]; there && !r.taken[id] {
			return id, nil
		}
	}
	for _, id := range r.uids[t.it.UID()] {
		if _, there := r.prints[id]; !there || r.taken[id] {
			continue
		}
		c, err := r.read(ctx, id)
		if err != nil {
			return "", err
		}
		if it, err := dataclass.Decode(r.ref.Class, c.Body); err == nil && !dataclass.Contradicts(t.it, it) {
			return id, nil
		}
	}
	return "", nil
}

// read gives an item as it is now.
func (r *restorer) read(ctx context.Context, id sources.ID) (sources.Change, error) {
	for c, err := range r.session.Read(ctx, []sources.ID{id}) {
		if err != nil {
			return c, fmt.Errorf("restore: read %s: %w", r.side, err)
		}
		return c, nil
	}
	return sources.Change{ID: id, Verb: sources.Delete}, nil
}

// keep puts what is to be overwritten into the history.
func (r *restorer) keep(ctx context.Context, t *restoring, now sources.Change) error {
	row := historyRow{
		Ref: keyOf(r.ref), Side: int(r.side), Item: string(t.at), Verb: int(sources.Replace),
		Type: now.Body.Type, Body: now.Body.Data, At: micros(r.store.now()),
	}
	if t.link != nil && t.link.Item[r.side] == t.at {
		row.Link = int64(t.link.ID)
	}
	err := r.store.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		if known, err := refreshHistory(tx, row); known || err != nil {
			return err
		}
		return tx.Create(&row).Error
	})
	if err != nil {
		return fmt.Errorf("restore: keep what is overwritten: %w", err)
	}
	return nil
}

// answered takes in what became of an op; true if the version needs another one.
func (r *restorer) answered(ctx context.Context, t *restoring, res sources.Result) (bool, error) {
	switch {
	case res.State == sources.Done && t.op.Verb == sources.Replace:
		t.res.Outcome = RestoredReplaced
		return false, nil
	case res.State == sources.Done:
		return r.added(ctx, t, res.ID)
	case errors.Is(res.Err, sources.ErrConflict), errors.Is(res.Err, sources.ErrGone):
		return true, nil
	case errors.Is(res.Err, sources.ErrUnknownOutcome):
		return false, fmt.Errorf("restore on %s: %w", r.side, res.Err)
	}
	t.res.Outcome, t.res.Err = RestoreFailed, res.Err
	return false, nil
}

// added looks what stands behind the result of an Add. An earlier restore of the version may have made the
// item: then it is replaced if it was edited since, and added under a new key if it was deleted.
func (r *restorer) added(ctx context.Context, t *restoring, id sources.ID) (bool, error) {
	now, err := r.read(ctx, id)
	if err != nil || now.Verb == sources.Delete {
		return true, err
	}
	if _, before := r.prints[id]; before {
		t.at = id
		return true, nil
	}
	r.taken[id], r.became[t.of] = true, id
	r.note(id, t.it)
	t.res.Outcome = RestoredAdded
	return false, nil
}
