package engine

import (
	"fmt"
	"slices"

	"github.com/bindery-sync/bindery/dataclass"
)

// A Swing is a link's memory of what the last runs overwrote, by which an oscillation is recognised
// (docs/engine.md 5.6): two clients that each write a value in their own way would hand it to and fro
// for ever. The zero value remembers nothing.
type Swing struct {
	// Run is the run that wrote a side last; 0 if there is nothing to remember.
	Run int64 `json:"run,omitempty"`
	// Over is what that run overwrote on each side; zero if nothing.
	Over [2]dataclass.Fingerprint `json:"over,omitzero"`
	// Count is how many runs in a row a side returned what the run before had overwritten on it; Loose
	// says that there were runs in between in which nothing happened to the item.
	Count int  `json:"count,omitempty"`
	Loose bool `json:"loose,omitempty"`
	// Turns is how many runs in a row another binding of a ring brought what both sides had agreed on before.
	Turns int `json:"turns,omitempty"`
	// Bases are what both sides were to agree on before, the newest first.
	Bases []dataclass.Fingerprint `json:"bases,omitempty"`
	// Settled says that the oscillation was recognised: who returns the smaller value is left alone.
	Settled bool `json:"settled,omitempty"`
}

// How often a value has to return. Where there are more than two clients, a run may pass in which it is
// on its way through the others; people may take turns in that way as well, if rarely so often.
const (
	swingRuns      = 3
	looseSwingRuns = 5
	ringRuns       = 6
	maxQuietRuns   = 2
)

// maxSwingBases is how many states an item goes through that two clients hand to and fro, and a third
// one between them.
const maxSwingBases = 6

// returned gives the side that returns, as the whole item, what the last run overwrote on it.
func (t thread) returned(m dataclass.Merged) (Side, bool) {
	was := t.old.Swing
	if t.agreed() {
		return 0, false
	}
	for _, s := range bothSides {
		d := t.d.Put[s]
		if d == nil || was.Over[s].IsZero() {
			continue
		}
		if d.Print == was.Over[s] || m.Shadow[s] != nil && m.Shadow[s].Fingerprint() == was.Over[s] {
			return s, true
		}
	}
	return 0, false
}

// agreed reports whether both sides show the same: then nobody hands anything to and fro.
func (t thread) agreed() bool {
	a, b := t.d.Put[Source], t.d.Put[Target]
	return a != nil && b != nil && a.Print == b.Print
}

// passed is how many runs lie between the one that the link remembers and this one; false if it is too
// long ago to be remembered.
func (t thread) passed() (int, bool) {
	was := t.old.Swing.Run
	if was == 0 || was >= t.run {
		return 0, false
	}
	at := slices.Index(t.before, was)
	return at, at >= 0 && at <= maxQuietRuns
}

// swing brings an oscillation to rest: when it is recognised both sides get the larger value, and when a
// side returns the smaller one even so, it is left with it.
func (t thread) swing(c *cloth, base *dataclass.Item, m dataclass.Merged) (dataclass.Merged, error) {
	was := t.old.Swing
	c.link.Swing = Swing{}
	passed, recent := t.passed()
	if base == nil || t.d.Act != Merge || !recent {
		return m, nil
	}
	now := Swing{Count: was.Count, Loose: was.Loose || passed > 0, Turns: was.Turns, Settled: was.Settled, Bases: was.Bases}
	s, ok := t.returned(m)
	switch {
	case ok:
		now.Count++
	case !t.agreed() && slices.Contains(was.Bases, m.Item.Fingerprint()):
		now.Loose = true // on its way through a third client
		if t.comesRound() {
			now.Turns++
		}
	default:
		now = Swing{}
	}
	now.Bases = append([]dataclass.Fingerprint{t.old.Link.Base}, now.Bases[:min(len(now.Bases), maxSwingBases-1)]...)
	if c.link.Swing = now; now.Turns < ringRuns && !(ok && now.swings()) {
		return m, nil
	}
	larger, err := dataclass.Larger(m.Item, base)
	if err != nil {
		return m, fmt.Errorf("oscillation: %w", err)
	}
	c.swung = !was.Settled
	c.link.Swing.Settled = true
	m.Item = larger
	for _, side := range bothSides {
		m.Lossy[side] = m.Shadow[side] == nil || m.Shadow[side].Fingerprint() != larger.Fingerprint()
	}
	if ok && was.Settled && larger.Fingerprint() == t.old.Link.Base {
		c.link.Swing.Over, c.link.Swing.Run = was.Over, t.run
		m.Lossy[s] = false
	}
	return m, nil
}

// swings reports whether a value has returned often enough.
func (w Swing) swings() bool {
	return w.Count >= looseSwingRuns || w.Count >= swingRuns && !w.Loose
}

// comesRound reports whether all that changed was written by other bindings that make a ring with this one: two
// values that users wrote at the same time follow each other round it.
func (t thread) comesRound() bool {
	found := false
	for _, s := range bothSides {
		if d := t.d.Put[s]; d != nil && d.Print != t.old.Link.Shadow[s] {
			if !t.ring[s] {
				return false
			}
			found = true
		}
	}
	return found
}

// overwrites notes what the run is about to overwrite.
func (t thread) overwrites(c *cloth, m dataclass.Merged) {
	for _, s := range bothSides {
		if c.link.Owed[s] == Waiting && c.link.Item[s] != "" && m.Shadow[s] != nil {
			c.link.Swing.Over[s], c.link.Swing.Run = m.Shadow[s].Fingerprint(), t.run
		}
	}
	if c.link.Swing.Run == 0 {
		c.link.Swing = Swing{}
	}
}
