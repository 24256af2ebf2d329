package syncml

import (
	"context"

	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// A freeMem is how much a phone says that a database of it still takes (Meta-Information 1.2, 5.2.7: Mem). What it does
// not say is -1.
type freeMem struct {
	// Shared says that the other databases take of the same memory.
	Shared bool `json:",omitempty"`
	Bytes  int
	Items  int
}

// hears takes what a phone says about its memory, with its Alert or its Sync; the last word counts. A phone that
// says 0 to both leaves both out.
func (d *database) hears(m *wire.Mem) {
	if m == nil || m.FreeMem < 0 && m.FreeID < 0 || m.FreeMem == 0 && m.FreeID == 0 {
		return
	}
	d.Free = &freeMem{Shared: m.Shared, Bytes: m.FreeMem, Items: m.FreeID}
}

// hasRoom reports whether the phone takes another item of that size.
func (d *database) hasRoom(size int) bool {
	r := d.Free
	return !d.Full && (r == nil || r.Items != 0 && (r.Bytes < 0 || r.Bytes >= size))
}

// spend notes what an op takes of the room, or gives back.
func (t *turn) spend(db *database, op *Outgoing) {
	for _, d := range t.state.Databases {
		if d.Free == nil || d != db && !(d.Free.Shared && db.Free != nil && db.Free.Shared) {
			continue
		}
		switch {
		case op.Verb == sources.Add:
			if d.Free.Bytes >= 0 {
				d.Free.Bytes = max(0, d.Free.Bytes-len(op.Body.Data))
			}
			if d == db && d.Free.Items > 0 {
				d.Free.Items--
			}
		case op.Verb == sources.Delete && d == db && d.Free.Items >= 0:
			d.Free.Items++
		}
	}
}

// waits reports whether an op stays in the outbox: the phone has no room for it, or its model wants no Replace
// now. It is owed, and is tried in the next session; that says nothing against the item.
func (t *turn) waits(ctx context.Context, db *database, op *Outgoing) bool {
	if op.Verb != sources.Add || t.isSplitting(op) || db.hasRoom(len(op.Body.Data)) {
		return t.putsOff(db, op.Verb)
	}
	if !db.ToldFull {
		t.o.Log.InfoContext(ctx, "the phone has no room for more items", "client", t.phone.Client, "database", db.Name)
		db.ToldFull = true
	}
	return true
}

// isSplitting reports whether pieces of an op's item are on their way.
func (t *turn) isSplitting(op *Outgoing) bool {
	return t.state.Splitting != nil && t.state.Splitting.Op == op.Op
}
