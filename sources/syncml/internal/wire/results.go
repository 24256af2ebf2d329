package wire

import "github.com/bindery-sync/bindery/sources/xmltree"

// A Results answers a Get.
type Results struct {
	CmdID  string
	NoResp bool
	MsgRef string
	CmdRef string
	Meta   Meta
	Items  []Item
}

// Name is "Results".
func (*Results) Name() string { return "Results" }

// ID is the command's CmdID.
func (r *Results) ID() string { return r.CmdID }

func parseResults(e *xmltree.Element) *Results {
	return &Results{CmdID: str(e, "CmdID"), NoResp: has(e, "NoResp"), MsgRef: str(e, "MsgRef"),
		CmdRef: str(e, "CmdRef"), Meta: parseMeta(e.Child("Meta")), Items: parseItems(e)}
}

func (r *Results) build(space string) *xmltree.Element {
	e := xmltree.New(space, "Results").Add(leaf(space, "CmdID", r.CmdID), leaf(space, "MsgRef", r.MsgRef),
		leaf(space, "CmdRef", r.CmdRef), r.Meta.build(space))
	return buildItems(e, r.Items)
}
