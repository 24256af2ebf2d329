package engine

import "slices"

// A moving is what one side deleted and what is new there: a file may have been renamed and edited at once, or an entry
// cut here and pasted there.
type moving struct {
	links []*node
	items []*Digest
}

// elsewhere gives, for each side that keeps UIDs as the other does, what may only have another id now.
func (p *planner) elsewhere() (m [2]moving) {
	if !p.in.UIDs || p.in.Way == Refresh {
		return m
	}
	for _, s := range bothSides {
		for _, n := range p.nodes {
			if n.mayHaveMoved(s) {
				m[s].links = append(m[s].links, n)
			}
		}
		for _, d := range p.loose[s] {
			if !d.Bad {
				m[s].items = append(m[s].items, d)
			}
		}
		if len(m[s].links) == 0 || len(m[s].items) == 0 {
			m[s] = moving{}
		}
	}
	return m
}

// with adds what is to be known of moves.
func (w Wants) with(m [2]moving) Wants {
	for s := range m {
		for _, d := range m[s].items {
			w.Items[s] = append(w.Items[s], d.ID)
		}
		slices.Sort(w.Items[s])
		w.Items[s] = slices.Compact(w.Items[s])
		for _, n := range m[s].links {
			w.Links = append(w.Links, n.link.ID)
		}
	}
	slices.Sort(w.Links)
	w.Links = slices.Compact(w.Links)
	return w
}

// attachNamed gives a new item to the link of the item that its side deleted and that had the same UID, if nothing else
// has it: what the other side changed meanwhile meets it.
func (p *planner) attachNamed(f Facts) {
	for s, m := range p.elsewhere() {
		links := make(map[uint64]*node)
		for _, n := range m.links {
			uid := f.Links[n.link.ID].UID
			if _, twice := links[uid]; twice {
				n = nil
			}
			links[uid] = n
		}
		items := make(map[uint64]*Digest)
		for _, d := range m.items {
			uid := f.Items[s][d.ID].UID
			if _, twice := items[uid]; twice {
				d = nil
			}
			items[uid] = d
		}
		for uid, d := range items {
			if n := links[uid]; uid != 0 && d != nil && n != nil {
				n.put[s], n.gone[s], n.synced[s] = d, false, false
				p.taken[d] = true
			}
		}
		p.loose[s] = without(p.loose[s], p.taken)
	}
}
