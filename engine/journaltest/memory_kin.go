package journaltest

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
)

// member is one item of one client.
type member struct {
	client
	item sources.ID
}

// Kin implements engine.Recall: it looks through the other Refs of the owner if they lead from one client of
// this one to the other.
func (m *Memory) Kin(_ context.Context, l engine.Lease, loose [2][]sources.ID) (engine.Kin, error) {
	var kin engine.Kin
	ends := [2]client{m.who(l.Ref, engine.Source), m.who(l.Ref, engine.Target)}
	around := m.around(l.Ref, ends[engine.Source])
	families := map[member]int{}
	reached := false
	for _, ref := range around {
		a, b := m.who(ref, engine.Source), m.who(ref, engine.Target)
		reached = reached || a == ends[engine.Target] || b == ends[engine.Target]
		for _, id := range slices.Sorted(maps.Keys(m.shelf(ref).links)) {
			if w := m.shelf(ref).links[id]; !w.Doomed && w.Item[0] != "" && w.Item[1] != "" {
				join(families, member{a, w.Item[0]}, member{b, w.Item[1]})
			}
		}
	}
	if !reached {
		return kin, nil
	}
	for s := range kin {
		kin[s] = map[sources.ID]sources.ID{}
		for _, id := range loose[s] {
			if other := relative(families, member{ends[s], id}, ends[1-s]); other != "" {
				kin[s][id] = other
			}
		}
	}
	return kin, nil
}

// Elsewhere implements engine.Recall.
func (m *Memory) Elsewhere(_ context.Context, l engine.Lease, items [2][]sources.ID) (engine.Elsewhere, error) {
	var out engine.Elsewhere
	for s := range out {
		out[s] = map[sources.ID]bool{}
		here, there := m.who(l.Ref, engine.Side(s)), m.who(l.Ref, engine.Side(1-s))
		for _, ref := range m.around(l.Ref, here) {
			side, ok := m.sideOf(ref, here)
			if !ok || !m.bound(l.Ref, m.who(ref, side.Other()), there) {
				continue
			}
			for _, w := range m.shelf(ref).links {
				if id := w.Item[side]; !w.Doomed && w.Item[side.Other()] != "" && slices.Contains(items[s], id) {
					out[s][id] = true
				}
			}
		}
	}
	return out, nil
}

// sideOf gives the side of a Ref that a client is.
func (m *Memory) sideOf(ref engine.Ref, c client) (engine.Side, bool) {
	for _, s := range []engine.Side{engine.Source, engine.Target} {
		if m.who(ref, s) == c {
			return s, true
		}
	}
	return 0, false
}

// bound reports whether a Ref other than one has two clients as its sides.
func (m *Memory) bound(not engine.Ref, a, b client) bool {
	return slices.ContainsFunc(m.around(not, a), func(ref engine.Ref) bool {
		s, ok := m.sideOf(ref, a)
		return ok && m.who(ref, s.Other()) == b
	})
}

// around gives the other Refs of an owner and class that can be reached from a client.
func (m *Memory) around(not engine.Ref, from client) []engine.Ref {
	var all []engine.Ref
	for ref := range m.refs {
		if ref != not && ref.Owner == not.Owner && ref.Class == not.Class {
			all = append(all, ref)
		}
	}
	slices.SortFunc(all, func(a, b engine.Ref) int { return cmp.Compare(a.Binding, b.Binding) })
	seen, out := map[client]bool{from: true}, []engine.Ref(nil)
	for grown := true; grown; {
		grown = false
		for _, ref := range all {
			a, b := m.who(ref, engine.Source), m.who(ref, engine.Target)
			if (seen[a] || seen[b]) && !slices.Contains(out, ref) {
				seen[a], seen[b], grown = true, true, true
				out = append(out, ref)
			}
		}
	}
	return out
}

// join makes two items, and all that are one with them, members of one family.
func join(families map[member]int, a, b member) {
	for _, m := range []member{a, b} {
		if families[m] == 0 {
			families[m] = len(families) + 1
		}
	}
	one, two := families[a], families[b]
	for m, n := range families {
		if n == two {
			families[m] = one
		}
	}
}

// relative gives the item of a client that is in the family of another item, the first one by its id.
func relative(families map[member]int, of member, at client) sources.ID {
	var out sources.ID
	n := families[of]
	for m, k := range families {
		if n != 0 && k == n && m.client == at && (out == "" || m.item < out) {
			out = m.item
		}
	}
	return out
}
