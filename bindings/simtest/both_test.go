package simtest

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/engine/journaltest"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// both is the database's Journal and the one in memory side by side: each call goes to both, and what they
// answer must be the same. So what many histories show on the one in memory holds for the other. All
// histories share it, each as an owner of its own.
type both struct {
	engine.Journal
	store  *bindings.Store
	memory *journaltest.Memory
	now    func() time.Time
	owner  string
	differ []string
	// plans translates the names of the database's plans.
	plans map[string]string
}

func newBoth(t *testing.T) *both {
	t.Helper()
	db, err := sqlstore.Open(context.Background(), sqlstore.Options{Path: filepath.Join(t.TempDir(), "both.db"), Unsafe: true, Readers: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.Migrate(context.Background(), bindings.Migrations()); err != nil {
		t.Fatal(err)
	}
	b := &both{plans: map[string]string{}}
	clock := func() time.Time { return b.now() }
	b.store, b.memory = bindings.Open(db, bindings.Options{Now: clock}), journaltest.New(clock)
	b.Journal = b.store.Journal()
	return b
}

// begin makes an owner for the next history, which runs by the clock now.
func (b *both) begin(t *testing.T, now func() time.Time) {
	t.Helper()
	b.now = now
	acc, err := b.store.CreateAccount(context.Background(), bindings.NewAccount{Name: fmt.Sprintf("nora%d", now().UnixNano()), NoLogin: true})
	if err != nil {
		t.Fatal(err)
	}
	b.owner = acc.ID
}

func (b *both) Bind(_ int64, class dataclass.Class, names [2]string) engine.Ref {
	ctx := context.Background()
	ref := engine.Ref{Owner: b.owner, Class: class}
	var ids [2]string
	for i, name := range names {
		list, err := b.store.Clients(ctx, b.owner, "sim"+strings.ToLower(name))
		if err == nil && len(list) == 0 {
			var c bindings.Client
			c, err = b.store.CreateClient(ctx, b.owner, bindings.NewClient{Kind: "sim" + strings.ToLower(name)})
			list = []bindings.Client{c}
		}
		if err != nil {
			b.say("bind", err)
			return ref
		}
		ids[i] = list[0].ID
	}
	made, err := b.store.CreateBinding(ctx, b.owner, bindings.NewBinding{Source: ids[0], Target: ids[1]})
	if err != nil {
		b.say("bind", err)
	}
	ref.Binding = made.ID
	b.memory.Bind(ref, names)
	return ref
}

func (b *both) say(what string, differ ...any) {
	b.differ = append(b.differ, what+":\n"+fmt.Sprintf(strings.Repeat("%+v\n", len(differ)), differ...))
}

// same compares what the two answered. An error is the same if both are one.
func (b *both) same(what string, one, two any, err1, err2 error) {
	if (err1 == nil) != (err2 == nil) {
		b.say(what, err1, err2)
	}
	if s1, s2 := fmt.Sprintf("%+v", one), fmt.Sprintf("%+v", two); err1 == nil && s1 != s2 {
		b.say(what, s1, s2)
	}
}

func (b *both) Kept(ref engine.Ref, text string) bool {
	kept := slices.ContainsFunc(b.memory.History(ref), func(k journaltest.Kept) bool { return strings.Contains(string(k.Body.Data), text) })
	return kept
}

func (b *both) Lease(ctx context.Context, ref engine.Ref, holder string, take bool) (engine.Lease, error) {
	l1, err1 := b.Journal.Lease(ctx, ref, holder, take)
	l2, err2 := b.memory.Lease(ctx, ref, holder, take)
	b.same("lease", l1, l2, err1, err2)
	return l1, err1
}

func (b *both) Release(ctx context.Context, l engine.Lease) error {
	err1, err2 := b.Journal.Release(ctx, l), b.memory.Release(ctx, l)
	b.same("release", nil, nil, err1, err2)
	return err1
}

func (b *both) Pending(ctx context.Context, l engine.Lease) (*engine.Run, []engine.Intent, error) {
	r1, l1, err1 := b.Journal.Pending(ctx, l)
	r2, l2, err2 := b.memory.Pending(ctx, l)
	b.same("pending", l1, l2, err1, err2)
	if r1 == nil || r2 == nil {
		b.same("pending run", r1 == nil, r2 == nil, nil, nil)
	} else {
		b.same("pending run", *r1, *r2, nil, nil)
	}
	return r1, l1, err1
}

func (b *both) Load(ctx context.Context, l engine.Lease) (engine.Memory, error) {
	m1, err1 := b.Journal.Load(ctx, l)
	m2, err2 := b.memory.Load(ctx, l)
	b.sameMemory("load", m1, m2, err1, err2)
	return m1, err1
}

func (b *both) Quiet(ctx context.Context, l engine.Lease) (engine.Memory, bool, error) {
	m1, quiet1, err1 := b.Journal.Quiet(ctx, l)
	m2, quiet2, err2 := b.memory.Quiet(ctx, l)
	b.same("quiet", quiet1, quiet2, err1, err2)
	b.sameMemory("quiet", m1, m2, err1, err2)
	return m1, quiet1, err1
}

func (b *both) Near(ctx context.Context, l engine.Lease, items [2][]sources.ID) ([]engine.Link, int, error) {
	l1, n1, err1 := b.Journal.Near(ctx, l, items)
	l2, n2, err2 := b.memory.Near(ctx, l, items)
	b.same("near", l1, l2, err1, err2)
	b.same("number of links", n1, n2, err1, err2)
	return l1, n1, err1
}

func (b *both) sameMemory(what string, m1, m2 engine.Memory, err1, err2 error) {
	for s := range m1.Known {
		k1, _ := m1.Known[s].MarshalJSON()
		k2, _ := m2.Known[s].MarshalJSON()
		b.same("known", string(k1), string(k2), err1, err2)
	}
	m1.Plans = slices.Clone(m1.Plans)
	for i := range m1.Plans {
		m1.Plans[i].ID = b.plans[m1.Plans[i].ID]
	}
	m1.Known, m2.Known = [2]*dataclass.Known{}, [2]*dataclass.Known{}
	b.same(what, m1, m2, err1, err2)
}

// Hold translates: the database's plans have names drawn by chance.
func (b *both) Hold(ctx context.Context, l engine.Lease, holds []engine.Hold, join bool) (string, error) {
	id1, err1 := b.Journal.Hold(ctx, l, holds, join)
	id2, err2 := b.memory.Hold(ctx, l, holds, join)
	b.same("hold", "", "", err1, err2)
	if err1 == nil && b.plans[id1] == "" {
		b.plans[id1] = id2
	}
	b.same("held plan", b.plans[id1], id2, err1, err2)
	return id1, err1
}

func (b *both) Decide(ref engine.Ref, state engine.PlanState) {
	ctx := context.Background()
	plans, err := b.store.Plans(ctx, ref.Owner, ref.Binding)
	for _, p := range plans {
		if state == engine.PlanApproved {
			err = errors.Join(err, b.store.Approve(ctx, ref.Owner, p.ID, ""))
		} else {
			err = errors.Join(err, b.store.Reject(ctx, ref.Owner, p.ID, ""))
		}
	}
	if b.memory.Decide(ref, state); err != nil {
		b.say("decide", err)
	}
}

// translated gives the names that the memory has for plans of the database.
func (b *both) translated(ids []string) []string {
	var out []string
	for _, id := range ids {
		out = append(out, b.plans[id])
	}
	return out
}

func (b *both) Kin(ctx context.Context, l engine.Lease, loose [2][]sources.ID) (engine.Kin, error) {
	k1, err1 := b.Journal.Kin(ctx, l, loose)
	k2, err2 := b.memory.Kin(ctx, l, loose)
	b.same("kin", k1, k2, err1, err2)
	return k1, err1
}

func (b *both) Links(ctx context.Context, l engine.Lease, ids []engine.LinkID) ([]engine.LinkWrite, error) {
	l1, err1 := b.Journal.Links(ctx, l, ids)
	l2, err2 := b.memory.Links(ctx, l, ids)
	b.same("links", l1, l2, err1, err2)
	return l1, err1
}

func (b *both) Intents(ctx context.Context, l engine.Lease, ids []int64) ([]engine.Intent, error) {
	l1, err1 := b.Journal.Intents(ctx, l, ids)
	l2, err2 := b.memory.Intents(ctx, l, ids)
	b.same("intents", l1, l2, err1, err2)
	return l1, err1
}

func (b *both) Heard(ctx context.Context, l engine.Lease, ids []int64, with bool) ([]engine.Intent, []engine.LinkWrite, error) {
	i1, l1, err1 := b.Journal.Heard(ctx, l, ids, with)
	i2, l2, err2 := b.memory.Heard(ctx, l, ids, with)
	b.same("heard intents", i1, i2, err1, err2)
	b.same("heard links", l1, l2, err1, err2)
	return i1, l1, err1
}

func (b *both) Open(ctx context.Context, l engine.Lease, session string, mode int) (engine.Run, error) {
	r1, err1 := b.Journal.Open(ctx, l, session, mode)
	r2, err2 := b.memory.Open(ctx, l, session, mode)
	b.same("open", r1, r2, err1, err2)
	return r1, err1
}

func (b *both) Intend(ctx context.Context, l engine.Lease, x engine.Batch) ([]engine.LinkID, []int64, error) {
	l1, i1, err1 := b.Journal.Intend(ctx, l, x)
	l2, i2, err2 := b.memory.Intend(ctx, l, x)
	b.same("intend links", l1, l2, err1, err2)
	b.same("intend ops", i1, i2, err1, err2)
	return l1, i1, err1
}

func (b *both) Settle(ctx context.Context, l engine.Lease, s engine.Settlement) error {
	err1, err2 := b.Journal.Settle(ctx, l, s), b.memory.Settle(ctx, l, s)
	b.same("settle", nil, nil, err1, err2)
	return err1
}

func (b *both) Close(ctx context.Context, l engine.Lease, c engine.Closing) error {
	c2 := c
	c2.Plan, c2.Settled = b.plans[c.Plan], b.translated(c.Settled)
	err1, err2 := b.Journal.Close(ctx, l, c), b.memory.Close(ctx, l, c2)
	b.same("close", nil, nil, err1, err2)
	return err1
}

// TestBothJournals plays histories on the database's Journal and the one in memory side by side.
func TestBothJournals(t *testing.T) {
	t.Parallel()
	b := newBoth(t)
	for seed := range uint64(*histories / 20) {
		w := newWorld(seed+1, shapeOf(seed+1), func(now func() time.Time) book {
			start := time.Date(2009, 3, 18, 9, 58, 17, int(seed), time.UTC)
			b.begin(t, func() time.Time { return start })
			b.now = now
			return b
		})
		w.play()
		if len(w.bad) > 0 || len(b.differ) > 0 {
			t.Fatalf("seed %d: %s\nthe two journals differ: %s", seed+1, strings.Join(w.bad, "\n"), strings.Join(b.differ[:min(3, len(b.differ))], "\n"))
		}
	}
}
