package journaltest

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/bindery-sync/bindery/engine"
)

// Hold implements engine.Record.
func (m *Memory) Hold(_ context.Context, l engine.Lease, holds []engine.Hold, join bool) (string, error) {
	s, err := m.write(l)
	if err != nil {
		return "", err
	}
	id := engine.PlanOf(s.plans, holds, join)
	if id == "" {
		m.held++
		id = fmt.Sprint("plan", m.held)
		s.plans = append(s.plans, engine.HeldPlan{ID: id, Holds: joined(nil, holds)})
		return id, nil
	}
	at := slices.IndexFunc(s.plans, func(p engine.HeldPlan) bool { return p.ID == id })
	if join {
		s.plans[at].Holds = joined(s.plans[at].Holds, holds)
	} else { // what it holds is what is held now
		p := s.plans[at]
		s.plans = append(slices.Delete(slices.Clone(s.plans), at, at+1), p)
	}
	return id, nil
}

// joined adds holds to those of a plan, in order; of two about one side of a link the later counts.
func joined(have, more []engine.Hold) []engine.Hold {
	have = slices.DeleteFunc(slices.Clone(have), func(h engine.Hold) bool {
		return slices.ContainsFunc(more, func(n engine.Hold) bool { return n.Link == h.Link && n.Side == h.Side })
	})
	have = append(have, more...)
	slices.SortFunc(have, func(a, b engine.Hold) int {
		return cmp.Or(cmp.Compare(a.Link, b.Link), cmp.Compare(a.Side, b.Side))
	})
	return have
}

// Decide is what a person says of the plans of a Ref that are not done: approved or rejected.
func (m *Memory) Decide(ref engine.Ref, state engine.PlanState) {
	s := m.shelf(ref)
	s.plans = slices.Clone(s.plans)
	for i := range s.plans {
		s.plans[i].State = state
	}
}
