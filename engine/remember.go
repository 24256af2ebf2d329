package engine

import (
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// remember keeps the version that an op of link i overwrites or deletes on side s.
func (b *loom) remember(t thread, op sources.Op, s Side, i int) {
	if op.Verb == sources.Add {
		b.rememberAbsent(t, s)
		return
	}
	v := Version{Link: t.old.ID, New: i + 1, Side: s, Item: op.ID, Verb: op.Verb}
	switch d := t.d.Put[s]; {
	case d != nil:
		v.Body = t.now[s].Body
	default:
		v.Body = t.old.Bodies.Shadow[s]
		v.Again = t.d.Act == Push && t.old.Owed[s] != Withheld
	}
	b.History = append(b.History, v)
}

// rememberAbsent keeps what an item said on a side that has lost it and gets it again otherwise than it was: it had not
// been told yet what both had come to, and nothing else knows its last state any more.
func (b *loom) rememberAbsent(t thread, s Side) {
	if l := &t.old; t.d.Act == Restore && l.Item[s] != "" && l.Owed[s] != None && l.Link.Shadow[s] != l.Link.Base {
		b.History = append(b.History, Version{
			Link: l.ID, Side: s, Item: l.Item[s], Verb: sources.Replace, Body: l.Bodies.Shadow[s],
		})
	}
}

// rememberAgreed keeps the item as both sides had agreed on it, where an edit or a deletion of one side is
// carried to another that did not hold all of it: what the user had before is more than what is
// overwritten. Where that other side was edited too, its own version is what the write loses.
func (b *loom) rememberAgreed(t thread, i int, written []Side) {
	l := &b.Links[i]
	ends := l.Doomed && !t.old.Doomed
	if t.old.ID == 0 || t.old.Doomed || !ends && l.Link.Base == t.old.Link.Base || !ends && len(written) == 0 {
		return
	}
	v := Version{Link: t.old.ID, Agreed: true, Verb: sources.Replace, Body: t.old.Bodies.Base}
	if ends {
		v.Verb = sources.Delete
	}
	for _, s := range written {
		if t.holds(s) == t.old.Link.Base {
			return
		}
		v.Side, v.Item = s, t.old.Item[s]
		v.Spare = v.Spare || t.d.Put[s] != nil && t.d.Put[s].Print != t.old.Link.Shadow[s]
	}
	b.History = append(b.History, v)
}

// holds is the fingerprint of what a side held when the thread was planned.
func (t thread) holds(s Side) dataclass.Fingerprint {
	if d := t.d.Put[s]; d != nil {
		return d.Print
	}
	return t.old.Link.Shadow[s]
}

// lastSeen keeps what is known of an item that is gone on both sides.
func (b *loom) lastSeen(t thread) {
	if t.old.Doomed {
		return // kept when its deletion was sent
	}
	b.History = append(b.History, Version{
		Link: t.old.ID, Side: Source, Item: t.old.Item[Source], Agreed: true, Verb: sources.Delete, Body: t.old.Bodies.Base,
	})
}
