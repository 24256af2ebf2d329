package wire

import "github.com/bindery-sync/bindery/sources/xmltree"

// An Other is a command that is optional and not spoken here: Copy, Exec, Move or Search.
type Other struct {
	Verb   string
	CmdID  string
	NoResp bool
}

// Name is the verb.
func (o *Other) Name() string { return o.Verb }

// ID is the command's CmdID.
func (o *Other) ID() string { return o.CmdID }

func parseOther(e *xmltree.Element) *Other {
	return &Other{Verb: e.Local, CmdID: str(e, "CmdID"), NoResp: has(e, "NoResp")}
}

func (o *Other) build(space string) *xmltree.Element {
	return xmltree.New(space, o.Verb).Add(leaf(space, "CmdID", o.CmdID))
}
