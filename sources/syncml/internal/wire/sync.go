package wire

import (
	"strconv"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

// A Sync holds the changes of one database, or a part of them.
type Sync struct {
	CmdID  string
	NoResp bool
	Target Location
	Source Location
	Meta   Meta
	// NumberOfChanges is nil if it is not told.
	NumberOfChanges *int
	Commands        []Command
}

// Name is "Sync".
func (*Sync) Name() string { return "Sync" }

// ID is the command's CmdID.
func (s *Sync) ID() string { return s.CmdID }

func parseSync(e *xmltree.Element) *Sync {
	s := &Sync{CmdID: str(e, "CmdID"), NoResp: has(e, "NoResp"), Target: parseLocation(e.Child("Target")),
		Source: parseLocation(e.Child("Source")), Meta: parseMeta(e.Child("Meta")),
		Commands: parseCommands(e)}
	if n := num(e, "NumberOfChanges", -1); n >= 0 {
		s.NumberOfChanges = &n
	}
	return s
}

func (s *Sync) build(space string) *xmltree.Element {
	e := xmltree.New(space, "Sync").Add(leaf(space, "CmdID", s.CmdID), s.Target.build(space, "Target"),
		s.Source.build(space, "Source"), s.Meta.build(space))
	if s.NumberOfChanges != nil {
		e.Add(leaf(space, "NumberOfChanges", strconv.Itoa(*s.NumberOfChanges)))
	}
	for _, c := range s.Commands {
		e.Add(c.build(space))
	}
	return e
}
