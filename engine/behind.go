package engine

import "github.com/bindery-sync/bindery/dataclass"

// merged merges what both sides hold. A side that changed the item before it was told an older change of
// the other side is behind: for it, that older change is one that happens now, or the winner of the
// binding would have no say about it.
func (t thread) merged(base *dataclass.Item, v [2]dataclass.Version) (dataclass.Merged, error) {
	for _, s := range bothSides {
		if base != nil && v[s].Shadow != nil && t.isAnother(s) {
			return t.mergeAnother(base, v, s)
		}
		if base != nil && t.old.Owed[s] != None && t.d.Put[s] != nil && v[s].Shadow != nil && v[s].Shadow != v[s].Now {
			return t.mergeBehind(base, v, s)
		}
	}
	return dataclass.Merge3(base, v[Source], v[Target], t.winner)
}

// mergeBehind merges with side s behind: the three ways are what s was believed to hold, what s holds,
// and what both were to agree on with the other side's newest change.
func (t thread) mergeBehind(base *dataclass.Item, v [2]dataclass.Version, s Side) (dataclass.Merged, error) {
	o := s.Other()
	alone := v
	alone[s] = dataclass.Version{Shadow: base}
	first, err := dataclass.Merge3(base, alone[Source], alone[Target], t.winner)
	if err != nil {
		return first, err
	}
	pair := v
	pair[o] = dataclass.Version{Shadow: v[s].Shadow, Now: first.Item, Keeps: dataclass.Keeps{All: true}}
	m, err := dataclass.Merge3(v[s].Shadow, pair[Source], pair[Target], t.winner)
	if err != nil {
		return m, err
	}
	if m.Item, err = m.Item.Project(base.Format()); err != nil {
		return m, err
	}
	m.Shadow[o], m.Echoed[o] = first.Shadow[o], first.Echoed[o]
	for _, side := range bothSides {
		m.Lossy[side] = m.Shadow[side] == nil || m.Shadow[side].Fingerprint() != m.Item.Fingerprint()
	}
	return m, nil
}
