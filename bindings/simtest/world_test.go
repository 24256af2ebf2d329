package simtest

import (
	"context"
	"encoding/json"
	"fmt"
	"hash"
	"hash/fnv"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/engine/journaltest"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/memory"
)

// A client is what a user does with one.
type client interface {
	Put(dataclass.Class, dataclass.Body) (sources.ID, error)
	Edit(dataclass.Class, sources.ID, dataclass.Body) error
	Delete(dataclass.Class, sources.ID) error
	List(dataclass.Class) (map[sources.ID]dataclass.Body, error)
}

// A place is one client of the world: one that answers at once, or a phone.
type place struct {
	client
	index  int
	name   string
	memory *memory.Client
	phone  *handset
	caps   sources.Caps
}

// A bond is a binding between two places.
type bond struct {
	ref    engine.Ref
	ends   [2]*place
	winner dataclass.Winner
}

// book is a Journal with what the oracle wants to see.
type book interface {
	engine.Journal
	// Bind names the clients of a binding, and gives what the engine calls it.
	Bind(n int64, class dataclass.Class, names [2]string) engine.Ref
	// Kept reports whether the history of a Ref keeps a version with that text.
	Kept(ref engine.Ref, text string) bool
	// Decide is what a person says of all plans of a Ref.
	Decide(ref engine.Ref, state engine.PlanState)
}

// memoryBook is the Journal in memory.
type memoryBook struct{ *journaltest.Memory }

func (b memoryBook) Bind(n int64, class dataclass.Class, names [2]string) engine.Ref {
	ref := engine.Ref{Owner: "nora", Binding: n, Class: class}
	b.Memory.Bind(ref, names)
	return ref
}

func (b memoryBook) Kept(ref engine.Ref, text string) bool {
	return slices.ContainsFunc(b.History(ref), func(k journaltest.Kept) bool { return strings.Contains(string(k.Body.Data), text) })
}

// A world is all there is in a history.
type world struct {
	seed    uint64
	r       *rand.Rand // of the step that is under way
	shape   shape
	class   dataclass.Class
	clock   time.Time
	places  []*place
	bonds   []*bond
	lossy   []string // by place: the field that it cannot hold
	journal book
	engine  *engine.Engine
	truth   truth
	// reuses: a client that answers at once gives ids out anew.
	reuses bool
	// keys and values given out; gap is how many syncs had begun.
	keys, values, gap int
	// writes are the ops that clients carried out, wrote the same by place.
	writes int
	wrote  []int
	// ran is the mode of the newest sync, after a downgrade.
	ran int
	// now is the trouble of the sync under way; rough: there was any since all agreed; forgetful: a
	// client's deletions may not be known since then.
	now              *trouble
	victim           *bond
	rough, forgetful bool
	// met counts the troubles that really happened, for the test of the test.
	met map[string]int

	trace   hash.Hash64
	verbose bool
	lines   []string
	bad     []string
}

// A shape is what a seed makes of a world.
type shape struct {
	kind     string
	mirrored bool
	winner   [3]dataclass.Winner
	batch    int
	steps    int
	calm     bool
	// plain histories know neither refreshes nor one-way syncs nor sprees, as the first ones did.
	plain bool
}

// The kinds of world.
const (
	pair   = "pair"   // two clients that answer at once
	single = "phone"  // a phone and a client that answers at once
	twins  = "phones" // two phones bound to one client
	chain  = "chain"  // A-B-C
	ring   = "ring"   // A-B-C-A
)

func roll(seed uint64, salt int) *rand.Rand { return rand.New(rand.NewPCG(seed, uint64(salt))) }

// oneOf draws from a list; an element that stands there twice comes twice as often.
func oneOf[T any](r *rand.Rand, list ...T) T { return list[r.IntN(len(list))] }

func shapeOf(seed uint64) shape {
	r := roll(seed, 0)
	s := shape{
		kind:  oneOf(r, pair, pair, pair, single, single, single, single, twins, chain, ring),
		batch: oneOf(r, 1, 2, 3, 500), steps: 6 + r.IntN(8), calm: r.IntN(8) == 0,
	}
	for i := range s.winner {
		s.winner[i] = dataclass.Winner(r.IntN(2))
	}
	return s
}

// newWorld makes the world of a seed with a Journal that runs by the world's clock.
func newWorld(seed uint64, s shape, journal func(now func() time.Time) book) *world {
	w := &world{
		seed: seed, shape: s, r: roll(seed, 1), clock: time.Date(2009, 3, 18, 9, 58, 17, 0, time.UTC),
		truth: truth{}, now: &trouble{kind: calm}, trace: fnv.New64a(), met: map[string]int{},
	}
	w.class = oneOf(w.r, dataclass.Contacts, dataclass.Contacts, dataclass.Contacts, dataclass.Contacts,
		dataclass.Contacts, dataclass.Events, dataclass.Tasks, dataclass.Notes)
	w.journal = journal(func() time.Time { return w.clock })
	w.boot()
	switch s.kind {
	case pair:
		w.settle("AB", "AB")
	case single:
		w.settle("pB", "pB")
	case twins:
		w.settle("pqB", "pB", "qB")
	case chain:
		w.settle("ABC", "AB", "BC")
	case ring:
		w.settle("ABC", "AB", "BC", "CA")
	}
	return w
}

// settle makes places, a letter each, where p and q are phones, and bonds between them.
func (w *world) settle(places string, bonds ...string) {
	byName := map[byte]*place{}
	for i := range places {
		p := w.newPlace(i, places[i:i+1])
		w.places, byName[places[i]] = append(w.places, p), p
	}
	for i, b := range bonds {
		ends := [2]*place{byName[b[0]], byName[b[1]]}
		winner := w.shape.winner[i]
		if w.shape.mirrored {
			ends[0], ends[1], winner = ends[1], ends[0], 1-winner
		}
		ref := w.journal.Bind(int64(i+1), w.class, [2]string{ends[0].name, ends[1].name})
		w.bonds = append(w.bonds, &bond{ref: ref, ends: ends, winner: winner})
	}
}

func (w *world) newPlace(i int, name string) *place {
	p := &place{index: i, name: name}
	w.lossy, w.wrote = append(w.lossy, ""), append(w.wrote, 0)
	if name == "p" || name == "q" {
		p.phone = newHandset()
		p.phone.cache, p.phone.reuse = w.r.IntN(2) == 0, w.r.IntN(2) == 0
		if s := styles[w.class]; len(s.fields) > 1 && w.r.IntN(4) == 0 {
			w.lossy[i] = s.fields[1]
			p.phone.store = without(s.fields[1])
		}
		p.client, p.caps = p.phone, mailboxCaps
		return p
	}
	o := memory.Options{Name: name, Classes: []dataclass.Class{w.class}, MaxBatch: oneOf(w.r, 0, 0, 1, 2), ReuseIDs: w.r.IntN(6) == 0}
	p.memory, w.reuses = memory.New(o), w.reuses || o.ReuseIDs
	p.client, p.caps = p.memory, p.memory.Caps()
	return p
}

// boot starts the program anew: nothing of an earlier one is left but what it stored.
func (w *world) boot() {
	w.engine = &engine.Engine{
		Journal: tap{w, w.journal}, NewKey: w.newKey, Log: slog.New(slog.DiscardHandler), BatchSize: w.shape.batch,
	}
}

func (w *world) newKey() sources.Key {
	w.keys++
	return sources.Key(fmt.Sprintf("k%d", w.keys))
}

// note adds to the trace.
func (w *world) note(parts ...string) {
	for _, p := range parts {
		_, _ = w.trace.Write([]byte(p))
		_, _ = w.trace.Write([]byte{0})
	}
	if w.verbose {
		w.lines = append(w.lines, strings.ReplaceAll(strings.Join(parts, " "), "\r\n", "|"))
	}
}

// mark adds a point to the trace. It is not told: there are too many.
func (w *world) mark(name string) { _, _ = w.trace.Write([]byte(name)) }

// complain notes that a property does not hold.
func (w *world) complain(format string, args ...any) {
	w.bad = append(w.bad, fmt.Sprintf(format, args...))
	w.note("!!", w.bad[len(w.bad)-1])
}

// source is the engine's way to a place.
func (w *world) source(p *place, b *bond) sources.Source {
	if p.phone != nil {
		return tapped{mailbox{p.phone}, w, p}
	}
	return tapped{p.memory.Source(fmt.Sprintf("binding-%d", b.ref.Binding)), w, p}
}

// record counts a write that changed a side.
func (w *world) record(p *place, op sources.Op, res sources.Result) {
	if res.State == sources.Done {
		w.writes++
		w.wrote[p.index]++
	}
	w.note("op", p.name, op.Verb.String(), string(op.Key), string(op.ID), string(op.IfRev), string(op.Body.Data),
		fmt.Sprint(int(res.State)), string(res.ID), string(res.Rev), fmt.Sprint(res.Err))
}

// peek reads what is known of a bond.
func (w *world) peek(b *bond) engine.Memory {
	m, err := w.journal.Load(context.Background(), engine.Lease{Ref: b.ref})
	if err != nil {
		w.complain("load: %v", err)
	}
	return m
}

// digest is all that is known of a bond, for comparison.
func (w *world) digest(b *bond) string {
	m := w.peek(b)
	ids := make([]engine.LinkID, len(m.Links))
	for i, l := range m.Links {
		ids[i] = l.ID
	}
	known, _ := json.Marshal(m.Known)
	m.Known = [2]*dataclass.Known{}
	links, err := w.journal.Links(context.Background(), engine.Lease{Ref: b.ref}, ids)
	return fmt.Sprint(m, links, string(known), err)
}
