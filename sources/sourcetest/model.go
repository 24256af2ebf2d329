package sourcetest

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/memory"
)

// rapidModel lets rapid choose what user and engine do, and compares with the reference kind.
func rapidModel(t *testing.T, opts Options, class dataclass.Class) {
	rapid.Check(t, func(rt *rapid.T) {
		m := newModel(newKit(t, rt, opts, class), func(n int) int { return rapid.IntRange(0, n-1).Draw(rt, "choice") })
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			m.step()
		}
	})
}

// model does the same to the client under test and to the oracle and compares what they show.
type model struct {
	*kit
	choose func(n int) int
	oracle *memory.Client
	origin sources.Source
	bodies int
	toReal map[sources.ID]sources.ID // by the oracle's id
	all    []sources.ID              // the oracle's ids, dead ones too
	revs   map[sources.ID][2]sources.Revision
	cur    [2]sources.Cursor
	adds   []repeatable
	// told are the oracle's items that the client under test was told of, or has told of.
	told map[sources.ID]bool
}

// repeatable is an add that was carried out, with the id it got.
type repeatable struct {
	op sources.Op
	id sources.ID
}

func newModel(k *kit, choose func(n int) int) *model {
	oracle := memory.New(memory.Options{Classes: []dataclass.Class{k.class}})
	return &model{
		kit: k, choose: choose, oracle: oracle, origin: oracle.Source("engine"),
		toReal: map[sources.ID]sources.ID{}, revs: map[sources.ID][2]sources.Revision{},
		told: map[sources.ID]bool{},
	}
}

func (m *model) step() {
	m.Helper()
	steps := []func(){m.userPuts, m.userEdits, m.userDeletes, m.looks, m.looks, m.engineAdds, m.replaces, m.removes, m.reopens}
	steps[m.choose(len(steps))]()
}

func (m *model) next() int {
	m.bodies++
	return m.bodies
}

func (m *model) any() (id sources.ID, ok bool) {
	if len(m.all) == 0 {
		return "", false
	}
	return m.all[m.choose(len(m.all))], true
}

func (m *model) userPuts() {
	n := m.next()
	id, err := m.oracle.Put(m.class, m.body(n))
	m.must(err, "oracle")
	m.known(id, m.put(n))
}

// known notes a new item, which the client under test calls theirs. If the client has used an id again, its former item is forgotten.
func (m *model) known(id, theirs sources.ID) {
	m.all = slices.DeleteFunc(m.all, func(old sources.ID) bool { return m.toReal[old] == theirs })
	for _, old := range slices.Collect(maps.Keys(m.toReal)) {
		if m.toReal[old] == theirs {
			delete(m.toReal, old)
		}
	}
	m.toReal[id] = theirs
	m.all = append(m.all, id)
}

func (m *model) userEdits() {
	id, ok := m.any()
	if !ok {
		return
	}
	n := m.next()
	want := m.oracle.Edit(m.class, id, m.body(n))
	m.sameErr(want, m.client.Edit(m.class, m.toReal[id], m.body(n)))
}

func (m *model) userDeletes() {
	id, ok := m.any()
	if !ok {
		return
	}
	m.sameErr(m.oracle.Delete(m.class, id), m.client.Delete(m.class, m.toReal[id]))
}

// sameErr compares errors of one class: sources.ErrGone or none.
func (m *model) sameErr(want, got error) {
	m.Helper()
	if want == nil {
		m.must(got, "user's change")
		return
	}
	m.is(got, sources.ErrGone, "user's change")
}

func (m *model) looks() {
	m.Helper()
	full := m.choose(4) == 0
	since := m.cur
	if full {
		since = [2]sources.Cursor{}
	}
	want, wantCur := m.lookAt(m.origin, since[0])
	got, gotCur := m.look(since[1])
	for id, w := range want {
		if m.toReal[id] == "" {
			continue
		}
		g, listed := got[m.toReal[id]]
		m.compare(id, w, g, listed, full || since[1] == "")
		delete(got, m.toReal[id])
	}
	for id, g := range got {
		if g.Verb != sources.Delete {
			m.Fatalf("item %s did not change and is listed", id)
		}
	}
	if m.choose(3) > 0 { // else the cursor was lost on the way to the caller
		m.cur = [2]sources.Cursor{wantCur, gotCur}
	}
}

func (m *model) compare(id sources.ID, want, got sources.Change, listed, full bool) {
	m.Helper()
	switch {
	case !listed && want.Own && !full:
		return // an own write need not come back
	case !listed && want.Verb == sources.Delete && (!m.opts.Caps.Tombstones || m.opts.Compares && !m.told[id]):
		return
	case !listed:
		m.Fatalf("item %s is not listed", m.toReal[id])
	case got.Own && !want.Own:
		m.Fatalf("item %s was last changed by the user and is marked as own", got.ID)
	case want.Verb == sources.Delete:
		m.isDelete(got)
	case got.Verb != want.Verb || !m.opts.Same(want.Body, got.Body):
		m.Fatalf("item %s: %s %q, want %s %q", got.ID, got.Verb, got.Body.Data, want.Verb, want.Body.Data)
	}
	m.told[id] = true
	m.revs[id] = [2]sources.Revision{want.Rev, got.Rev}
}

// both applies an op to the oracle and its twin to the client, and compares the results.
func (m *model) both(op sources.Op) (want, got sources.Result) {
	m.Helper()
	twin := op
	if op.Verb != sources.Add {
		twin.ID = m.toReal[op.ID]
	}
	if op.IfRev != "" {
		op.IfRev, twin.IfRev = m.revs[op.ID][0], m.revs[op.ID][1]
	}
	want, got = m.applyAt(m.origin, op)[0], m.apply(twin)[0]
	if want.State != got.State {
		m.Fatalf("%s: state %d, error %v, want state %d, error %v", op.Verb, got.State, got.Err, want.State, want.Err)
	}
	for _, class := range []error{sources.ErrGone, sources.ErrConflict} {
		if errors.Is(want.Err, class) {
			m.is(got.Err, class, "%s", op.Verb)
		}
	}
	if want.State == sources.Done && op.Verb == sources.Replace {
		m.revs[op.ID] = [2]sources.Revision{want.Rev, got.Rev}
	}
	return want, got
}

func (m *model) engineAdds() {
	if m.opts.Caps.KeyedAdd && len(m.adds) > 0 && m.choose(3) == 0 {
		again := m.adds[m.choose(len(m.adds))]
		if _, got := m.both(again.op); got.ID != again.id {
			m.Fatalf("the key of item %s gives %s", again.id, got.ID)
		}
		return
	}
	op := m.add(m.next())
	want, got := m.both(op)
	m.told[want.ID] = true
	m.adds = append(m.adds, repeatable{op, got.ID})
	m.known(want.ID, got.ID)
}

func (m *model) replaces() {
	if id, ok := m.any(); ok {
		m.both(m.replace(id, m.condition(id), m.next()))
	}
}

func (m *model) removes() {
	if id, ok := m.any(); ok {
		m.both(m.remove(id, m.condition(id)))
	}
}

// condition is the revision last seen, now and then.
func (m *model) condition(id sources.ID) sources.Revision {
	if seen := m.revs[id]; m.opts.Caps.Conditional && seen[1] != "" && m.choose(2) == 0 {
		return seen[0]
	}
	return ""
}

func (m *model) reopens() {
	m.must(m.client.Reopen(), "reopen")
	m.source = m.client.Source("engine")
}
