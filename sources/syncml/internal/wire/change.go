package wire

import "github.com/bindery-sync/bindery/sources/xmltree"

// The verbs of a Change.
const (
	Add     = "Add"
	Replace = "Replace"
	Delete  = "Delete"
)

// A Change is an Add, Replace or Delete of items.
type Change struct {
	Verb   string
	CmdID  string
	NoResp bool
	Meta   Meta
	Items  []Item
	// SoftDelete marks a Delete that only frees the phone's memory.
	SoftDelete bool
}

// Name is the verb.
func (c *Change) Name() string { return c.Verb }

// ID is the command's CmdID.
func (c *Change) ID() string { return c.CmdID }

func parseChange(e *xmltree.Element) *Change {
	return &Change{Verb: e.Local, CmdID: str(e, "CmdID"), NoResp: has(e, "NoResp"),
		Meta: parseMeta(e.Child("Meta")), Items: parseItems(e), SoftDelete: has(e, "SftDel")}
}

func (c *Change) build(space string) *xmltree.Element {
	e := xmltree.New(space, c.Verb).Add(leaf(space, "CmdID", c.CmdID),
		flag(space, "SftDel", c.SoftDelete), c.Meta.build(space))
	return buildItems(e, c.Items)
}
