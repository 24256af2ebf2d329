package wire

import "github.com/bindery-sync/bindery/sources/xmltree"

// A Put hands over data unasked, in practice device information.
type Put struct {
	CmdID  string
	NoResp bool
	Meta   Meta
	Items  []Item
}

// Name is "Put".
func (*Put) Name() string { return "Put" }

// ID is the command's CmdID.
func (p *Put) ID() string { return p.CmdID }

func parsePut(e *xmltree.Element) *Put {
	return &Put{CmdID: str(e, "CmdID"), NoResp: has(e, "NoResp"), Meta: parseMeta(e.Child("Meta")),
		Items: parseItems(e)}
}

func (p *Put) build(space string) *xmltree.Element {
	e := xmltree.New(space, "Put").Add(leaf(space, "CmdID", p.CmdID), p.Meta.build(space))
	return buildItems(e, p.Items)
}
