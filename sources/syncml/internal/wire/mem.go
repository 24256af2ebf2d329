package wire

import (
	"strconv"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

// A Mem is how much a database of a device still takes (Meta-Information 1.2, Mem). What is not told is -1.
type Mem struct {
	// Shared says that the memory is that of other databases as well.
	Shared bool
	// FreeMem is in bytes, FreeID in items.
	FreeMem int
	FreeID  int
}

// parseMem reads the examples of SyncML 1.0 too, which write FreeId.
func parseMem(e *xmltree.Element) *Mem {
	if e == nil {
		return nil
	}
	return &Mem{Shared: has(e, "SharedMem"), FreeMem: num(e, "FreeMem", -1), FreeID: num(e, "FreeID", num(e, "FreeId", -1))}
}

func (m *Mem) build() *xmltree.Element {
	if m == nil {
		return nil
	}
	e := xmltree.New(metinf, "Mem").Add(flag(metinf, "SharedMem", m.Shared))
	if m.FreeMem >= 0 {
		e.Add(leaf(metinf, "FreeMem", strconv.Itoa(m.FreeMem)))
	}
	if m.FreeID >= 0 {
		e.Add(leaf(metinf, "FreeID", strconv.Itoa(m.FreeID)))
	}
	return e
}
