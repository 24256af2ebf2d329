package wire

import (
	"strconv"
	"strings"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

// A Meta is the meta information of a header, a command or an item (Meta-Information DTD).
type Meta struct {
	Format     string
	Type       string
	Version    string
	NextNonce  string
	Anchor     *Anchor
	Size       int
	MaxMsgSize int
	MaxObjSize int
	// DataPos is how much of a large object came before this piece, where the phone says so in an EMI
	// (datapos=N); 0 if it does not.
	DataPos int
	// Mem is how much room the device has, nil if it does not say.
	Mem *Mem
}

// An Anchor is the pair of marks by which two sides tell whether they ended the last session alike.
type Anchor struct {
	Last string
	Next string
}

// parseMeta accepts the elements inside a MetInf element too.
func parseMeta(e *xmltree.Element) Meta {
	if in := e.Child("MetInf"); in != nil {
		e = in
	}
	m := Meta{
		Format: str(e, "Format"), Type: str(e, "Type"), Version: str(e, "Version"),
		NextNonce: str(e, "NextNonce"), Size: num(e, "Size", 0),
		MaxMsgSize: num(e, "MaxMsgSize", 0), MaxObjSize: num(e, "MaxObjSize", 0),
	}
	m.Anchor, m.DataPos, m.Mem = parseAnchor(e), dataPos(e), parseMem(e.Child("Mem"))
	return m
}

func dataPos(e *xmltree.Element) int {
	for _, c := range e.Children("EMI") {
		if n, ok := strings.CutPrefix(c.Text(), "datapos="); ok {
			at, err := strconv.Atoi(n)
			if err == nil && at > 0 {
				return at
			}
		}
	}
	return 0
}

func parseAnchor(e *xmltree.Element) *Anchor {
	a := e.Child("Anchor")
	if a == nil {
		return nil
	}
	return &Anchor{Last: str(a, "Last"), Next: str(a, "Next")}
}

// build writes Type before Format where only these two stand: some phones read a challenge in this
// order only.
func (m Meta) build(space string) *xmltree.Element {
	pos := ""
	if m.DataPos > 0 {
		pos = "datapos=" + strconv.Itoa(m.DataPos)
	}
	e := xmltree.New(space, "Meta").Add(
		leaf(metinf, "Type", m.Type), leaf(metinf, "Format", m.Format), m.Anchor.build(),
		leaf(metinf, "Version", m.Version), leaf(metinf, "NextNonce", m.NextNonce),
		number(metinf, "Size", m.Size), number(metinf, "MaxMsgSize", m.MaxMsgSize),
		number(metinf, "MaxObjSize", m.MaxObjSize), leaf(metinf, "EMI", pos), m.Mem.build())
	if len(e.Nodes) == 0 {
		return nil
	}
	return e
}

func (a *Anchor) build() *xmltree.Element {
	if a == nil {
		return nil
	}
	return xmltree.New(metinf, "Anchor").Add(leaf(metinf, "Last", a.Last), leaf(metinf, "Next", a.Next))
}
