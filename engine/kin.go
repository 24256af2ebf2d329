package engine

import (
	"context"

	"github.com/bindery-sync/bindery/sources"
)

// Kin says of items of one side which item of the other side they stand for, as other bindings of the
// same owner know: where bindings make a ring, an item reaches a client on two ways, and its two ends are
// one item even where the clients in between wrote it differently.
type Kin [2]map[sources.ID]sources.ID

// kin asks the journal about the items that this binding has no link of.
func (r *run) kin(ctx context.Context) (Kin, error) {
	var loose [2][]sources.ID
	for _, s := range bothSides {
		for _, d := range r.sides[s].digests {
			if _, linked := r.byItem[s][d.ID]; !linked && d.Verb != sources.Delete && !d.Bad {
				loose[s] = append(loose[s], d.ID)
			}
		}
	}
	if len(loose[Source]) == 0 && len(loose[Target]) == 0 {
		return Kin{}, nil
	}
	return r.engine.Journal.Kin(ctx, r.lease, loose)
}

// attachKin gives an item that has no link yet to the link of the item it stands for, if that lost the
// item on this side, or pairs it with that item.
func (p *planner) attachKin() {
	for _, s := range bothSides {
		if len(p.in.Kin[s]) == 0 {
			continue
		}
		other := make(map[sources.ID]*Digest, len(p.loose[s.Other()]))
		for _, d := range p.loose[s.Other()] {
			other[d.ID] = d
		}
		taken := make(map[*Digest]bool)
		for _, d := range p.loose[s] {
			if p.attachOneKin(s, d, other, taken) {
				taken[d] = true
			}
		}
		p.loose[s], p.loose[s.Other()] = without(p.loose[s], taken), without(p.loose[s.Other()], taken)
	}
}

func (p *planner) attachOneKin(s Side, d *Digest, other map[sources.ID]*Digest, taken map[*Digest]bool) bool {
	id, ok := p.in.Kin[s][d.ID]
	if !ok || d.Bad || d.Slow {
		return false
	}
	if o := other[id]; o != nil && !o.Bad && !o.Slow && !taken[o] {
		taken[o] = true
		out := Decision{Act: Pair, Duplicate: true}
		out.Put[s], out.Put[s.Other()] = d, o
		p.out = append(p.out, out)
		return true
	}
	n := p.by[s.Other()][id]
	if n == nil {
		n = p.revived[s.Other()][id]
	}
	if n == nil || n.bad[s] {
		return false
	}
	if n.put[s] != nil || n.has(s) {
		return true // a second copy of one item, brought back on two ways: to send it on would make a third, without end
	}
	n.put[s], n.gone[s], n.lost[s] = d, false, false
	return true
}
