package wire

import "github.com/bindery-sync/bindery/sources/xmltree"

// A Get asks for data, in practice for device information.
type Get struct {
	CmdID  string
	NoResp bool
	Meta   Meta
	Items  []Item
}

// Name is "Get".
func (*Get) Name() string { return "Get" }

// ID is the command's CmdID.
func (g *Get) ID() string { return g.CmdID }

func parseGet(e *xmltree.Element) *Get {
	return &Get{CmdID: str(e, "CmdID"), NoResp: has(e, "NoResp"), Meta: parseMeta(e.Child("Meta")),
		Items: parseItems(e)}
}

func (g *Get) build(space string) *xmltree.Element {
	e := xmltree.New(space, "Get").Add(leaf(space, "CmdID", g.CmdID), g.Meta.build(space))
	return buildItems(e, g.Items)
}
