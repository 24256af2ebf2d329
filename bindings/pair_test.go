package bindings

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/faulty"
	"github.com/bindery-sync/bindery/sources/memory"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// pair is two clients that answer at once, left and right, and the binding between them. Its clock
// stands still unless it is moved, and nothing in it is drawn from the system.
type pair struct {
	t       testing.TB
	opts    pairOptions
	path    string
	clock   time.Time
	rand    *rand.ChaCha8
	kinds   [2]*memory.Kind
	sides   [2]*memory.Client // left, right
	owner   string
	binding int64
	points  *faulty.Points
	// onCall is called before each call of a side.
	onCall func(side int, call string)
	// replace, if set, puts another source in place of a side's.
	replace func(side int, s sources.Source) sources.Source
	// poor sides promise to keep no property.
	poor [2]bool
	// infers are sides that infer deletes from their listings.
	infers [2]bool
	// wrote are the writes that really changed a side; trace is all that was asked of them.
	wrote [2]SideCounts
	trace []string
	seen  [2]map[sources.Revision]bool
	log   bytes.Buffer

	db    *sqlstore.Store
	store *Store
	syncs *Syncs
}

type pairOptions struct {
	// mirrored makes the right one the source of the binding.
	mirrored bool
	winner   string
	seed     byte
	// batch is the engine's batch size; 0 means 3, so that small histories have many batches.
	batch int
	// memory are the options of both kinds.
	memory [2]memory.Options
}

var sideNames = [2]string{"left", "right"}

func newPair(t testing.TB, o pairOptions) *pair {
	if o.batch == 0 {
		o.batch = 3
	}
	p := &pair{
		t: t, opts: o, path: filepath.Join(t.TempDir(), "bindery.db"),
		clock: time.Date(2009, 3, 18, 9, 58, 17, 0, time.UTC), rand: rand.NewChaCha8([32]byte{o.seed}),
		seen: [2]map[sources.Revision]bool{{}, {}},
	}
	for i, name := range sideNames {
		p.kinds[i] = memory.NewKind(name, o.memory[i])
	}
	p.boot()
	t.Cleanup(func() { _ = p.db.Close() })
	ctx := context.Background()
	p.ok(p.db.Migrate(ctx, Migrations()))
	acc, err := p.store.CreateAccount(ctx, NewAccount{Name: simOwnerName, Password: "correct horse"})
	p.ok(err)
	p.owner = acc.ID
	var ids [2]string
	for i, name := range sideNames {
		c, err := p.store.CreateClient(ctx, p.owner, NewClient{Kind: name})
		p.ok(err)
		ids[i], p.sides[i] = c.ID, p.kinds[i].Client(p.owner, c.ID)
	}
	nb := NewBinding{Source: ids[p.sideOf(engine.Source)], Target: ids[p.sideOf(engine.Target)], Winner: o.winner}
	b, err := p.store.CreateBinding(ctx, p.owner, nb)
	p.ok(err)
	p.binding = b.ID
	return p
}

func (p *pair) ok(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// sideOf is left (0) or right (1).
func (p *pair) sideOf(s engine.Side) int {
	if p.opts.mirrored {
		return int(s.Other())
	}
	return int(s)
}

func (p *pair) ref() engine.Ref {
	return engine.Ref{Owner: p.owner, Binding: p.binding, Class: dataclass.Contacts}
}

// boot starts the program anew.
func (p *pair) boot() {
	if p.db != nil {
		p.ok(p.db.Close())
	}
	db, err := sqlstore.Open(context.Background(), sqlstore.Options{
		Path: p.path, Unsafe: true, Readers: 2,
		Fault: func(pt sqlstore.Point) error { return p.points.Hit(string(pt)) },
	})
	p.ok(err)
	p.db = db
	kinds := &sources.Registry{}
	for i := range p.kinds {
		kinds.Register(p.watched(i))
	}
	p.store = Open(db, Options{Now: func() time.Time { return p.clock }, Rand: p.rand})
	p.store.logins.derive = func(string, phc) []byte { return make([]byte, sumSize) }
	p.syncs = p.store.Syncs(kinds, slog.New(slog.NewTextHandler(&p.log, nil)))
	p.syncs.engine.BatchSize = p.opts.batch
}

// watched is the kind of one side, seen by the recorder and by the faults.
func (p *pair) watched(i int) sources.Kind {
	k := p.kinds[i].Kind()
	if p.poor[i] {
		k.Caps.Keeps = dataclass.Keeps{}
	}
	k.Caps.Inferred = p.infers[i]
	open := k.Open
	k.Open = func(ctx context.Context, c sources.Client) (sources.Source, error) {
		s, err := open(ctx, c)
		if err != nil {
			return nil, err
		}
		if p.replace != nil {
			s = p.replace(i, s)
		}
		sleep := func(ctx context.Context, call string) error {
			if p.db.InUpdate(ctx) {
				p.t.Errorf("rule 1.5: %s was called inside a transaction", call)
			}
			p.trace = append(p.trace, sideNames[i]+" "+call)
			if p.onCall != nil {
				p.onCall(i, call)
			}
			return nil
		}
		return faulty.Wrap(recorded{s, p, i}, faulty.Options{Points: p.points, Sleep: sleep}), nil
	}
	return k
}

// recorded notes what is written to a side.
type recorded struct {
	sources.Source
	p    *pair
	side int
}

func (r recorded) Begin(ctx context.Context, class dataclass.Class, since sources.Cursor) (sources.Session, error) {
	s, err := r.Source.Begin(ctx, class, since)
	if err != nil {
		return nil, err
	}
	return recordedSession{s, r}, nil
}

type recordedSession struct {
	sources.Session
	r recorded
}

func (s recordedSession) Apply(ctx context.Context, ops []sources.Op) ([]sources.Result, error) {
	res, err := s.Session.Apply(ctx, ops)
	p := s.r.p
	for i, r := range res {
		p.trace = append(p.trace, fmt.Sprintf("%s %s %s %q if %q: %s -> %d %s %s", sideNames[s.r.side],
			ops[i].Verb, ops[i].Key, ops[i].ID, ops[i].IfRev, ops[i].Body.Data, r.State, r.ID, r.Rev))
		if r.State == sources.Done && r.Rev != "" && !p.seen[s.r.side][r.Rev] {
			p.seen[s.r.side][r.Rev] = true
			countOut(&p.wrote[s.r.side], ops[i].Verb)
		}
	}
	return res, err
}

// countOut counts one more write.
func countOut(c *SideCounts, v sources.Verb) {
	switch v {
	case sources.Add:
		c.AddsOut++
	case sources.Replace:
		c.ReplacesOut++
	case sources.Delete:
		c.DeletesOut++
	}
}

func (p *pair) sync() (LogEntry, error) {
	return p.syncs.Synchronize(context.Background(), p.owner, p.binding, dataclass.Contacts, engine.TwoWay)
}

func (p *pair) mustSync() LogEntry {
	p.t.Helper()
	e, err := p.sync()
	p.ok(err)
	return e
}

func (p *pair) put(side int, b dataclass.Body) sources.ID {
	p.t.Helper()
	id, err := p.sides[side].Put(dataclass.Contacts, b)
	p.ok(err)
	return id
}

func (p *pair) items(side int) map[sources.ID]dataclass.Body {
	p.t.Helper()
	items, err := p.sides[side].List(dataclass.Contacts)
	p.ok(err)
	return items
}

// id finds an item by name.
func (p *pair) id(side int, name string) sources.ID {
	p.t.Helper()
	for id, b := range p.items(side) {
		if nameOf(b) == name {
			return id
		}
	}
	p.t.Fatalf("%s has no %s", sideNames[side], name)
	return ""
}

func (p *pair) edit(side int, name string, lines ...string) {
	p.t.Helper()
	p.ok(p.sides[side].Edit(dataclass.Contacts, p.id(side, name), card(name, lines...)))
}

func (p *pair) remove(side int, name string) {
	p.t.Helper()
	p.ok(p.sides[side].Delete(dataclass.Contacts, p.id(side, name)))
}

// prints gives the contents of a side, sorted.
func (p *pair) prints(side int) []string {
	p.t.Helper()
	out := []string{}
	for _, b := range p.items(side) {
		out = append(out, printString(p.t, b))
	}
	slices.Sort(out)
	return out
}

// mustHold asks that both sides hold the names, each once.
func (p *pair) mustHold(names string) {
	p.t.Helper()
	for side := range p.sides {
		var have []string
		for _, b := range p.items(side) {
			have = append(have, nameOf(b))
		}
		slices.Sort(have)
		if got := strings.Join(have, " "); got != names {
			p.t.Errorf("%s holds %q, wanted %q", sideNames[side], got, names)
		}
	}
	if l, r := p.prints(0), p.prints(1); !slices.Equal(l, r) {
		p.t.Errorf("the sides differ:\n%v\n%v", l, r)
	}
}

// afterCrash lets time pass until the lease of the dead process has run out, and starts a new one.
func (p *pair) afterCrash() {
	p.points = nil
	p.boot()
	p.clock = p.clock.Add(engine.LeaseTime + time.Second)
}

// settleDown syncs without faults until nothing is left to do.
func (p *pair) settleDown() {
	p.t.Helper()
	p.afterCrash()
	p.mustSync()
	p.mustSync()
}

// dump gives all rows of all tables, without the named columns.
func dump(t testing.TB, db *sqlstore.Store, without ...string) []string {
	t.Helper()
	var out []string
	err := db.View(context.Background(), func(_ context.Context, g *gorm.DB) error {
		var tables []string
		if err := g.Raw("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name").Scan(&tables).Error; err != nil {
			return err
		}
		for _, table := range tables {
			var rows []map[string]any
			if err := g.Raw("SELECT * FROM " + table).Scan(&rows).Error; err != nil {
				return err
			}
			for _, r := range rows {
				for _, col := range without {
					delete(r, col)
				}
				out = append(out, table+" "+fmt.Sprint(r)) // a map prints in the order of its keys
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return out
}

// leaseColumns change with every step, and say nothing of what was synchronised.
var leaseColumns = []string{"fence", "lease_until", "lease_holder"}

func isCrash(err error) bool { return errors.Is(err, faulty.ErrCrash) }
