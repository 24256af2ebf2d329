package wire

import "github.com/bindery-sync/bindery/sources/xmltree"

// A Group is an Atomic or a Sequence: commands that belong together.
type Group struct {
	Verb     string
	CmdID    string
	NoResp   bool
	Commands []Command
}

// Name is the verb.
func (g *Group) Name() string { return g.Verb }

// ID is the command's CmdID.
func (g *Group) ID() string { return g.CmdID }

func parseGroup(e *xmltree.Element) *Group {
	return &Group{Verb: e.Local, CmdID: str(e, "CmdID"), NoResp: has(e, "NoResp"), Commands: parseCommands(e)}
}

func (g *Group) build(space string) *xmltree.Element {
	e := xmltree.New(space, g.Verb).Add(leaf(space, "CmdID", g.CmdID))
	for _, c := range g.Commands {
		e.Add(c.build(space))
	}
	return e
}
