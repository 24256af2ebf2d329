// Package journaltest holds an engine.Journal in memory, for tests that play many thousand syncs, and the
// suite of cases that every Journal passes, so that what is shown on the one in memory holds for the one
// that the program uses.
package journaltest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
)

// A Memory is an engine.Journal that lives as long as the process. A write happens whole or not at all.
// It is not safe for concurrent use: simulations are single-threaded.
type Memory struct {
	now   func() time.Time
	refs  map[engine.Ref]*shelf
	runs  []*Entry
	links engine.LinkID // the last one given out
	ops   int64         // the last intent given out
	known map[client][]byte
	held  int // the last plan given out
}

// client names one client of a class.
type client struct {
	owner, name string
	class       dataclass.Class
}

// An Entry is a run as the sync log keeps it.
type Entry struct {
	engine.Run
	Ref   engine.Ref
	State string
}

// A Kept is a version that the history keeps.
type Kept struct {
	engine.Version
	Run int64
}

// shelf is what is known of one Ref.
type shelf struct {
	fence      int64
	until      time.Time
	holder     string
	cursors    [2]sources.Cursor
	links      map[engine.LinkID]engine.LinkWrite
	intents    map[int64]*intent
	quarantine [2]map[sources.ID]engine.Quarantined
	history    []Kept
	failures   map[engine.Place]failure
	doubts     []engine.Doubt
	clients    [2]string
	ranges     [2]dataclass.Range
	plans      []engine.HeldPlan
}

// failure is the last one of a link's side, and when it was.
type failure struct {
	engine.Failure
	at time.Time
}

type intent struct {
	engine.Intent
	made time.Time
}

// New makes an empty Journal whose leases run by the clock now.
func New(now func() time.Time) *Memory {
	return &Memory{now: now, refs: map[engine.Ref]*shelf{}, known: map[client][]byte{}}
}

// Bind names the clients of a Ref: what is learned of one is known to every Ref that it is in.
func (m *Memory) Bind(ref engine.Ref, names [2]string) { m.shelf(ref).clients = names }

// who is one client of a Ref.
func (m *Memory) who(ref engine.Ref, s engine.Side) client {
	name := m.shelf(ref).clients[s]
	if name == "" {
		name = fmt.Sprint(ref.Binding, s)
	}
	return client{ref.Owner, name, ref.Class}
}

// History gives the versions kept of ref, oldest first.
func (m *Memory) History(ref engine.Ref) []Kept { return m.shelf(ref).history }

// Log gives the runs of ref, oldest first.
func (m *Memory) Log(ref engine.Ref) []Entry {
	var out []Entry
	for _, e := range m.runs {
		if e.Ref == ref {
			out = append(out, *e)
		}
	}
	return out
}

func (m *Memory) shelf(ref engine.Ref) *shelf {
	s := m.refs[ref]
	if s == nil {
		s = &shelf{
			links: map[engine.LinkID]engine.LinkWrite{}, intents: map[int64]*intent{}, failures: map[engine.Place]failure{},
		}
		for side := range s.quarantine {
			s.quarantine[side] = map[sources.ID]engine.Quarantined{}
		}
		m.refs[ref] = s
	}
	return s
}

// Lease implements engine.Leases.
func (m *Memory) Lease(_ context.Context, ref engine.Ref, holder string, take bool) (engine.Lease, error) {
	s := m.shelf(ref)
	if !take && s.until.After(m.now()) && (holder == "" || s.holder != holder) {
		return engine.Lease{Ref: ref}, fmt.Errorf("binding %d, %s: %w", ref.Binding, ref.Class, engine.ErrBusy)
	}
	s.fence++
	s.until, s.holder = m.now().Add(engine.LeaseTime), holder
	return engine.Lease{Ref: ref, Fence: s.fence}, nil
}

// Release implements engine.Leases.
func (m *Memory) Release(_ context.Context, l engine.Lease) error {
	s, err := m.write(l)
	if err != nil {
		return err
	}
	s.until = time.Time{}
	return nil
}

// write checks the fence and prolongs the lease.
func (m *Memory) write(l engine.Lease) (*shelf, error) {
	s := m.shelf(l.Ref)
	if s.fence != l.Fence {
		return nil, fmt.Errorf("binding %d, %s: %w", l.Ref.Binding, l.Ref.Class, engine.ErrFenced)
	}
	s.until = m.now().Add(engine.LeaseTime)
	return s, nil
}

// running is the open run of a Ref, nil if there is none.
func (m *Memory) running(ref engine.Ref) *Entry {
	for _, e := range m.runs {
		if e.Ref == ref && e.State == engine.StateRunning {
			return e
		}
	}
	return nil
}

// latest is the newest run of a Ref, nil if there is none.
func (m *Memory) latest(ref engine.Ref) *Entry {
	for _, e := range slices.Backward(m.runs) {
		if e.Ref == ref {
			return e
		}
	}
	return nil
}

// Pending implements engine.Recall.
func (m *Memory) Pending(_ context.Context, l engine.Lease) (*engine.Run, []engine.Intent, error) {
	var run *engine.Run
	if e := m.running(l.Ref); e != nil {
		open := e.Run
		run = &open
	}
	return run, m.shelf(l.Ref).open(), nil
}

// open gives the open intents; only those that are Intended with their bodies.
func (s *shelf) open() []engine.Intent {
	out := []engine.Intent{}
	for _, id := range slices.Sorted(maps.Keys(s.intents)) {
		in := s.intents[id].Intent
		if in.State >= engine.Mapped {
			continue
		}
		if in.State != engine.Intended {
			in.Op.Body.Data = nil
		}
		out = append(out, in)
	}
	return out
}

// Load implements engine.Recall.
func (m *Memory) Load(_ context.Context, l engine.Lease) (engine.Memory, error) {
	s := m.shelf(l.Ref)
	out, err := m.rest(l)
	out.Links = []engine.Link{}
	for _, id := range slices.Sorted(maps.Keys(s.links)) {
		out.Links = append(out.Links, s.links[id].Link)
	}
	return out, err
}

// Quiet implements engine.Recall.
func (m *Memory) Quiet(_ context.Context, l engine.Lease) (engine.Memory, bool, error) {
	out, err := m.rest(l)
	for _, w := range m.shelf(l.Ref).links {
		for side := range w.Item {
			if w.Doomed || w.Item[side] == "" || w.Owed[side] != engine.None {
				return out, false, err
			}
		}
	}
	return out, true, err
}

// Near implements engine.Recall.
func (m *Memory) Near(_ context.Context, l engine.Lease, items [2][]sources.ID) ([]engine.Link, int, error) {
	s := m.shelf(l.Ref)
	var out []engine.Link
	for _, id := range slices.Sorted(maps.Keys(s.links)) {
		link := s.links[id].Link
		for side, item := range link.Item {
			if item != "" && slices.Contains(items[side], item) {
				out = append(out, link)
				break
			}
		}
	}
	return out, len(s.links), nil
}

// rest is what is known of a Ref but for its links.
func (m *Memory) rest(l engine.Lease) (engine.Memory, error) {
	s := m.shelf(l.Ref)
	out := engine.Memory{
		Cursors: s.cursors, Ranges: s.ranges, Intents: s.open(), Doubts: slices.Clone(s.doubts), Plans: slices.Clone(s.plans),
	}
	for side := range s.quarantine {
		out.Quarantine[side] = make(map[sources.ID]bool)
		for id := range s.quarantine[side] {
			out.Quarantine[side][id] = true
		}
		known, err := dataclass.ParseKnown(m.known[m.who(l.Ref, engine.Side(side))])
		if err != nil {
			known = &dataclass.Known{}
		}
		out.Known[side] = known
	}
	return out, nil
}

// Links implements engine.Recall.
func (m *Memory) Links(_ context.Context, l engine.Lease, ids []engine.LinkID) ([]engine.LinkWrite, error) {
	s := m.shelf(l.Ref)
	var out []engine.LinkWrite
	for _, id := range sorted(ids) {
		if w, ok := s.links[id]; ok {
			for side := range w.Failures {
				w.Failures[side] = s.failures[engine.Place{Link: id, Side: engine.Side(side)}].Count
			}
			out = append(out, w)
		}
	}
	return out, nil
}

// Intents implements engine.Recall.
func (m *Memory) Intents(_ context.Context, l engine.Lease, ids []int64) ([]engine.Intent, error) {
	s := m.shelf(l.Ref)
	var out []engine.Intent
	for _, id := range sorted(ids) {
		if in, ok := s.intents[id]; ok {
			out = append(out, in.Intent)
		}
	}
	return out, nil
}

// Heard implements engine.Recall.
func (m *Memory) Heard(ctx context.Context, l engine.Lease, ids []int64, links bool) ([]engine.Intent, []engine.LinkWrite, error) {
	intents, err := m.Intents(ctx, l, ids)
	var of []engine.LinkID
	for i := range intents {
		intents[i].Op.Body = dataclass.Body{}
		of = append(of, intents[i].Link)
	}
	if err != nil || !links {
		return intents, nil, err
	}
	list, err := m.Links(ctx, l, of)
	for i, w := range list {
		list[i] = engine.LinkWrite{Link: w.Link, Failures: w.Failures}
	}
	return intents, list, err
}

// sorted gives each id once, in ascending order.
func sorted[T engine.LinkID | int64](ids []T) []T {
	out := slices.Clone(ids)
	slices.Sort(out)
	return slices.Compact(out)
}

var _ engine.Journal = (*Memory)(nil)
