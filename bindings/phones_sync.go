package bindings

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/syncml"
)

func classOf(s string) dataclass.Class { return dataclass.Class(s) }

// maxRun bounds a run that goes on after its phone was answered.
const maxRun = 30 * time.Minute

// flights are the runs going on in this process, by phone database. The zero value is ready.
type flights struct {
	mu  sync.Mutex
	all map[string]*flight
	wg  sync.WaitGroup
}

type flight struct {
	began time.Time
	done  chan struct{}
	err   error
}

// join starts fn unless a run of that name is going on, and gives the run.
func (f *flights) join(name string, now time.Time, fn func() error) *flight {
	f.mu.Lock()
	defer f.mu.Unlock()
	if fl, ok := f.all[name]; ok {
		return fl
	}
	if f.all == nil {
		f.all = make(map[string]*flight)
	}
	fl := &flight{began: now, done: make(chan struct{})}
	f.all[name] = fl
	f.wg.Go(func() {
		defer f.land(name, fl)
		defer func() {
			if v := recover(); v != nil {
				fl.err = fmt.Errorf("panic in a run: %v", v)
			}
		}()
		fl.err = fn()
	})
	return fl
}

func (f *flights) land(name string, fl *flight) {
	f.mu.Lock()
	delete(f.all, name)
	f.mu.Unlock()
	close(fl.done)
}

// longRun is how long a run is at work before it is rather waited for than broken off by a new session.
const longRun = 20 * time.Second

// Busy implements syncml.Phones.
func (p *Phones) Busy(client string) bool {
	p.flight.mu.Lock()
	defer p.flight.mu.Unlock()
	for name, fl := range p.flight.all {
		if strings.HasPrefix(name, client+"/") && p.store.now().Sub(fl.began) > longRun {
			return true
		}
	}
	return false
}

// Wait returns when the runs that go on in the background are over, or when ctx ends. A program calls it
// before it closes the database.
func (p *Phones) Wait(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		p.flight.wg.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// sessionName names a phone's session to the engine.
func sessionName(p syncml.Phone) string { return p.Client + "/" + strconv.FormatInt(p.Fence, 10) }

// Start implements syncml.Syncs.
func (p *Phones) Start(ctx context.Context, phone syncml.Phone, db syncml.Database, mode int, wait time.Duration) error {
	pl, err := p.place(ctx, phone, db)
	if err != nil {
		return err
	}
	name := sessionName(phone) + "/" + string(db.Class)
	bg, cancel := context.WithTimeout(context.WithoutCancel(ctx), maxRun)
	fl := p.flight.join(name, p.store.now(), func() error {
		defer cancel()
		return p.run(bg, phone, pl, runAs{session: sessionName(phone), mode: mode, listing: db.Complete || isComplete(mode), db: db})
	})
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-fl.done:
		return fl.err
	case <-t.C:
		return fmt.Errorf("phone %s, %s: %w", phone.Client, db.Class, syncml.ErrWorking)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// isComplete reports whether a phone's package in that mode is all that its database holds: a refresh from
// the server finds an empty one, for the phone has wiped it or is about to.
func isComplete(mode int) bool {
	return mode == engine.Slow || mode == engine.RefreshFromClient || mode == engine.RefreshFromServer
}

type runAs struct {
	session string
	mode    int
	listing bool
	// flush says that what is in the inbox has to be planned: that it is held is an error.
	flush bool
	// db says what the phone declares; zero if it is not there.
	db syncml.Database
}

// run runs the engine's step Start for a phone and empties what it planned from the inbox.
func (p *Phones) run(ctx context.Context, phone syncml.Phone, pl place, as runAs) error {
	st, err := p.state(ctx, pl.ref)
	if err != nil {
		return err
	}
	shape := func(job *engine.Job) {
		// A newer session may have begun since the phone was looked up. From here on it is noticed: it takes
		// the lease (docs/engine.md 1.4).
		job.Admit = func(ctx context.Context) error { return p.acting(ctx, phone) }
		job.Way, job.Lead, _ = wayOf(as.mode, pl.side)
		pl.binding.direct(job, pl.side) // what was admitted before the direction changed is done
		party := &job.Sides[pl.side]
		party.Listing, party.Repeats = as.listing, st.MapsLate
		party.Strange = st.Strange && st.cursor(pl.side) == ""
		party.Resumes, party.Range = as.db.Resumed, party.Range.And(as.db.Within)
		party.Takes, party.Holds = as.db.Takes, as.db.Holds
	}
	rep, err := p.syncs.start(ctx, pl.binding, pl.ref.Class, as.mode, as.session, shape)
	if err != nil {
		if over := p.acting(ctx, phone); errors.Is(over, syncml.ErrTakenOver) {
			return over
		}
		if errors.Is(err, ErrUnbound) {
			return fmt.Errorf("phone %s, %s: %w: %w", phone.Client, pl.ref.Class, syncml.ErrNotBound, err)
		}
		return err
	}
	if as.flush && rep.State == engine.StateHeld {
		return fault(ErrInUse, "the sync waits for a person's word, plan %s", rep.Plan)
	}
	if st, err = p.state(ctx, pl.ref); err != nil {
		return err
	}
	upTo, err := strconv.ParseInt(string(st.cursor(pl.side)), 10, 64)
	if err != nil {
		return nil // the kind's cursor is not ours to read; the rows stay until it is
	}
	return p.store.purgeInbox(ctx, phone.Owner, phone.Client, pl.ref.Class, upTo)
}

// Flush implements syncml.Syncs.
func (p *Phones) Flush(ctx context.Context, phone syncml.Phone, db syncml.Database) error {
	pl, err := p.place(ctx, phone, db)
	if err != nil {
		return err
	}
	st, err := p.state(ctx, pl.ref)
	if err != nil {
		return err
	}
	after, err := strconv.ParseInt(string(st.cursor(pl.side)), 10, 64)
	if err != nil {
		after = 0
	}
	n, err := p.store.inboxCount(ctx, phone.Owner, phone.Client, db.Class, after)
	if err != nil || n == 0 {
		return err
	}
	if err := p.run(ctx, phone, pl, runAs{session: sessionName(phone) + "/flush", mode: engine.TwoWay, db: db, flush: true}); err != nil {
		return fmt.Errorf("plan what phone %s left: %w", phone.Client, err)
	}
	return p.Finish(ctx, phone, db, false)
}

// Knows implements syncml.Syncs: an item is known by its link, by the inbox, or by the quarantine.
func (p *Phones) Knows(ctx context.Context, phone syncml.Phone, db syncml.Database, luids []string) (map[string]bool, error) {
	pl, err := p.place(ctx, phone, db)
	if err != nil {
		return nil, err
	}
	items := make(map[string]string, len(luids))
	ids := make([]string, 0, len(luids))
	for _, l := range unique(luids) {
		id := string(syncml.ItemID(db.Name, l))
		items[id] = l
		ids = append(ids, id)
	}
	known := make(map[string]bool, len(ids))
	err = p.store.db.View(ctx, func(_ context.Context, g *gorm.DB) error {
		for _, chunk := range chunks(ids) {
			held, err := p.held(g, pl, phone, chunk)
			if err != nil {
				return err
			}
			for _, id := range held {
				known[items[id]] = true
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look up items of phone %s: %w", phone.Client, err)
	}
	return known, nil
}

// held gives those of the items that the phone was known to hold.
func (p *Phones) held(g *gorm.DB, pl place, phone syncml.Phone, ids []string) ([]string, error) {
	var rows []inboxRow
	err := g.Select("item, verb").Where(inboxWhere+" AND item IN ?", phone.Owner, phone.Client, string(pl.ref.Class), ids).
		Find(&rows).Error
	if err != nil {
		return nil, err
	}
	var linked, aside, held []string
	col := []string{"source_item", "target_item"}[pl.side]
	err = g.Model(&journalLinkRow{}).Where(journalWhere+" AND "+col+" IN ? AND "+col+" <> ''", keyOf(pl.ref).args(ids)...).Pluck(col, &linked).Error
	if err != nil {
		return nil, err
	}
	err = g.Model(&quarantineRow{}).Where(journalWhere+" AND side = ? AND item IN ?", keyOf(pl.ref).args(int(pl.side), ids)...).
		Pluck("item", &aside).Error
	gone := make(map[string]bool)
	for _, r := range rows {
		if gone[r.Item] = sources.Verb(r.Verb) == sources.Delete; !gone[r.Item] {
			held = append(held, r.Item)
		}
	}
	for _, id := range append(linked, aside...) {
		if !gone[id] {
			held = append(held, id)
		}
	}
	return held, err
}

// Settle implements syncml.Syncs.
func (p *Phones) Settle(ctx context.Context, phone syncml.Phone, db syncml.Database, answers []syncml.Answer) error {
	if len(answers) == 0 {
		return nil
	}
	return p.store.db.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
		pl, err := p.spot(ctx, phone, db)
		if err != nil {
			return err
		}
		if err := p.noteLateMaps(tx, pl, answers); err != nil {
			return err
		}
		list := make([]engine.Answer, len(answers))
		for i, a := range answers {
			list[i] = heard(db, a)
		}
		return p.syncs.engine.Settle(ctx, pl.ref, list)
	})
}

// heard translates a phone's answer for the engine.
func heard(db syncml.Database, a syncml.Answer) engine.Answer {
	out := engine.Answer{Intent: a.Op}
	switch a.Kind {
	case syncml.Sent:
		out.State = engine.Sent
	case syncml.Acknowledged:
		out.State = engine.Acknowledged
	case syncml.Mapped:
		out.State, out.Item = engine.Mapped, syncml.ItemID(db.Name, a.LUID)
	default:
		if out.Err = a.Err; out.Err == nil {
			out.Err = sources.ErrUnsupported
		}
	}
	return out
}

// noteLateMaps remembers that a phone brings Maps of an earlier session: from then on an open Add may
// be repeated under its old name (docs/engine.md 2.4).
func (p *Phones) noteLateMaps(tx *gorm.DB, pl place, answers []syncml.Answer) error {
	var ids []int64
	for _, a := range answers {
		if a.Kind == syncml.Mapped {
			ids = append(ids, a.Op)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	run, err := runningRow(tx, keyOf(pl.ref))
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return err
	}
	var late int64
	slices.Sort(ids)
	for _, chunk := range chunks(ids) {
		var n int64
		where, args := whereIDs(keyOf(pl.ref), chunk)
		err := tx.Raw("SELECT count(*) FROM journal_intents WHERE "+where+" AND run_id <> ? AND state IN (?, ?)",
			append(args, run.ID, int(engine.Sent), int(engine.Acknowledged))...).Scan(&n).Error
		if err != nil {
			return err
		}
		late += n
	}
	if late == 0 {
		return nil
	}
	return tx.Model(&journalStateRow{}).Where(journalWhere, keyOf(pl.ref).args()...).Update("maps_late", true).Error
}

// Finish implements syncml.Syncs.
func (p *Phones) Finish(ctx context.Context, phone syncml.Phone, db syncml.Database, complete bool) error {
	return p.store.db.Update(ctx, func(ctx context.Context, _ *gorm.DB) error {
		pl, err := p.place(ctx, phone, db)
		if err != nil {
			return err
		}
		return p.syncs.engine.Finish(ctx, pl.ref, complete)
	})
}

var (
	_ syncml.Phones = (*Phones)(nil)
	_ syncml.Syncs  = (*Phones)(nil)
)
