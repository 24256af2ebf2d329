package engine

import (
	"strconv"

	"github.com/bindery-sync/bindery/dataclass"
)

// learns gives what is known of a side, to be used and added to; nil for a side whose kind promises to
// give everything back, of which there is nothing to learn.
func (r *run) learns(s Side) *dataclass.Known {
	if r.job.Sides[s].Caps.Keeps.All {
		return nil
	}
	return r.mem.Known[s]
}

// learn notes what the side made of what it was believed to hold (docs/engine.md 5.3).
func (t thread) learn(c *cloth, s Side, v dataclass.Version) {
	if v.Known != nil && c.link.ID != 0 {
		v.Known.Learn(strconv.FormatInt(int64(c.link.ID), 36), v)
	}
}

// suffices reports whether what a side is expected to hold of the merged item is what it holds already:
// then it is not owed anything (docs/engine.md 5.5).
func (t thread) suffices(s Side, m dataclass.Merged) bool {
	sh := m.Shadow[s]
	return sh != nil && !t.keeps[s].All && dataclass.SameHeld(m.Item, sh, t.takes[s].Takes, t.takes[s].Holds, t.known[s])
}
