package journaltest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
)

// errNoRun is what a write gets that needs an open run.
var errNoRun = errors.New("no run is open")

// Open implements engine.Record.
func (m *Memory) Open(_ context.Context, l engine.Lease, session string, mode int) (engine.Run, error) {
	s, err := m.write(l)
	if err != nil {
		return engine.Run{}, err
	}
	s.tryPassed(m.now())
	e := m.running(l.Ref)
	if e == nil {
		e = &Entry{
			Run: engine.Run{ID: int64(len(m.runs) + 1), Session: session, Mode: mode},
			Ref: l.Ref, State: engine.StateRunning,
		}
		m.runs = append(m.runs, e)
	}
	run := e.Run
	for _, old := range slices.Backward(m.runs) {
		if old.Ref == l.Ref && old.ID < run.ID && old.State != engine.StateHeld && len(run.Before) < 4 {
			run.Before = append(run.Before, old.ID)
		}
	}
	return run, nil
}

// Intend implements engine.Record.
func (m *Memory) Intend(_ context.Context, l engine.Lease, b engine.Batch) ([]engine.LinkID, []int64, error) {
	s, err := m.write(l)
	if err != nil {
		return nil, nil, err
	}
	run := m.running(l.Ref)
	if run == nil {
		return nil, nil, errNoRun
	}
	links := m.putLinks(s, b.Links)
	var intents []int64
	for _, in := range b.Intents {
		m.ops++
		in.ID, in.Link, in.Run = m.ops, links[int(in.Link)], run.ID
		s.intents[in.ID] = &intent{in, m.now()}
		intents = append(intents, in.ID)
	}
	s.undoubt(b.Undoubt)
	for _, d := range b.Doubts {
		pair := [2]engine.LinkID{links[d.Links[engine.Source]], links[d.Links[engine.Target]]}
		s.doubts = append(s.doubts, engine.Doubt{Links: pair, Score: d.Score})
	}
	s.drop(b.Drop)
	s.forget(b.Forget)
	for _, id := range b.Requeue {
		s.requeue(id, run.ID)
	}
	s.keep(b.History, links, run.ID)
	s.setAside(b)
	s.count(b.Failures, m.now())
	run.Tally.Add(b.Tally)
	return links, intents, nil
}

// putLinks stores links whole and gives their ids in their order.
func (m *Memory) putLinks(s *shelf, list []engine.LinkWrite) []engine.LinkID {
	ids := make([]engine.LinkID, len(list))
	for i, w := range list {
		if w.ID == 0 {
			m.links++
			w.ID = m.links
		}
		ids[i] = w.ID
		s.links[w.ID] = w
	}
	return ids
}

// drop ends links. A Replace that was on its way for one is over too; an Add may still be named.
func (s *shelf) drop(ids []engine.LinkID) {
	s.undoubt(ids)
	for _, id := range ids {
		delete(s.links, id)
		for _, side := range []engine.Side{engine.Source, engine.Target} {
			delete(s.failures, engine.Place{Link: id, Side: side})
		}
		s.over(id, func(in engine.Intent) bool { return in.Op.Verb == sources.Replace })
	}
}

// undoubt ends the doubtful pairs that links are in.
func (s *shelf) undoubt(ids []engine.LinkID) {
	s.doubts = slices.DeleteFunc(s.doubts, func(d engine.Doubt) bool {
		return slices.Contains(ids, d.Links[engine.Source]) || slices.Contains(ids, d.Links[engine.Target])
	})
}

// count stores new counts of failures; the last one of a link's side stands.
func (s *shelf) count(list []engine.Failure, now time.Time) {
	for _, f := range list {
		s.failures[engine.Place{Link: f.Link, Side: f.Side}] = failure{f, now}
	}
}

// tryPassed owes sides again what they failed to take by their own fault, where the pause is over.
func (s *shelf) tryPassed(now time.Time) {
	for p, f := range s.failures {
		w, ok := s.links[p.Link]
		if ok && f.Passing && w.Owed[p.Side] == engine.Aside && !f.at.Add(engine.Pause(f.Count)).After(now) {
			w.Owed[p.Side] = engine.Refused
			s.links[p.Link] = w
		}
	}
}

// over deletes those of a link's intents that are over.
func (s *shelf) over(link engine.LinkID, which func(engine.Intent) bool) {
	for id, in := range s.intents {
		if in.Link == link && which(in.Intent) {
			delete(s.intents, id)
		}
	}
}

func (s *shelf) forget(ids []int64) {
	for _, id := range ids {
		delete(s.intents, id)
	}
}

// requeue puts an open Add into the outbox again, with what its link holds now.
func (s *shelf) requeue(id, run int64) {
	in := s.intents[id]
	if in == nil {
		return
	}
	w := s.links[in.Link]
	in.State, in.Run = engine.Queued, run
	in.Print, in.Op.Body = w.Link.Base, w.Bodies.Base
}

func (s *shelf) keep(list []engine.Version, links []engine.LinkID, run int64) {
	for _, v := range list {
		if v.New > 0 && v.New <= len(links) {
			v.Link = links[v.New-1]
		}
		if !v.Body.IsZero() {
			s.history = append(s.history, Kept{v, run})
		}
	}
}

func (s *shelf) setAside(b engine.Batch) {
	for _, q := range b.Quarantine {
		s.quarantine[q.Side][q.Item] = q
	}
	for side, ids := range b.Release {
		for _, id := range ids {
			delete(s.quarantine[side], id)
		}
	}
}

// Settle implements engine.Record.
func (m *Memory) Settle(_ context.Context, l engine.Lease, st engine.Settlement) error {
	s, err := m.write(l)
	if err != nil {
		return err
	}
	m.putLinks(s, st.Links)
	for _, h := range st.Held {
		s.hold(h)
	}
	s.drop(st.Drop)
	s.forget(st.Forget)
	for _, in := range st.Intents {
		s.advance(in)
	}
	for _, p := range st.Answered {
		s.over(p.Link, func(in engine.Intent) bool { return in.Side == p.Side && in.Op.Verb == sources.Replace })
	}
	s.owe(st.Reasons)
	s.count(st.Failures, m.now())
	if run := m.latest(l.Ref); run != nil {
		run.Tally.Add(st.Tally)
	}
	return nil
}

// hold notes that a side holds its link's base now.
func (s *shelf) hold(h engine.Holding) {
	w, ok := s.links[h.Link]
	if !ok {
		return
	}
	w.Item[h.Side], w.Rev[h.Side] = h.Item, h.Rev
	w.Owed[h.Side] = engine.None
	w.Link.Shadow[h.Side], w.Bodies.Shadow[h.Side] = w.Link.Base, w.Bodies.Base
	s.links[h.Link] = w
}

// advance stores the new state of an intent. A Mapped one needs its body no longer.
func (s *shelf) advance(now engine.Intent) {
	in := s.intents[now.ID]
	if in == nil {
		return
	}
	in.State = now.State
	if now.State == engine.Mapped {
		in.Item, in.Op.Body = now.Item, dataclass.Body{Type: in.Op.Body.Type}
	}
}

// owe changes reasons of sides that are still owed something.
func (s *shelf) owe(list []engine.Owing) {
	for _, o := range list {
		if w, ok := s.links[o.Link]; ok && w.Owed[o.Side] != engine.None {
			w.Owed[o.Side] = o.Reason
			s.links[o.Link] = w
		}
	}
}

// mappedKept is how long a settled Add is remembered.
const mappedKept = 90 * 24 * time.Hour

// Close implements engine.Record.
func (m *Memory) Close(_ context.Context, l engine.Lease, c engine.Closing) error {
	s, err := m.write(l)
	if err != nil {
		return err
	}
	run := m.running(l.Ref)
	if run == nil {
		return errNoRun
	}
	for side, cur := range c.Cursors {
		if cur != nil {
			s.cursors[side], s.ranges[side] = *cur, c.Ranges[side]
		}
	}
	s.plans = slices.DeleteFunc(s.plans, func(p engine.HeldPlan) bool { return slices.Contains(c.Settled, p.ID) })
	s.forget(c.Forget)
	s.owe(c.Reasons)
	for side, known := range c.Known {
		if known.Changed() {
			text, err := json.Marshal(known)
			if err != nil {
				return fmt.Errorf("write what is known of a client: %w", err)
			}
			m.known[m.who(l.Ref, engine.Side(side))] = text
		}
	}
	run.Tally.Add(c.Tally)
	if c.Mode != 0 {
		run.Mode = c.Mode
	}
	if !c.Finished {
		run.Planned = true
		return nil
	}
	run.State = c.State
	old := m.now().Add(-mappedKept)
	for id, in := range s.intents {
		if in.State == engine.Mapped && in.made.Before(old) {
			delete(s.intents, id)
		}
	}
	return nil
}
