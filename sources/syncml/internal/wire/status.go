package wire

import (
	"strconv"
	"strings"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

// A Status answers one command of the other side.
type Status struct {
	CmdID  string
	MsgRef string
	// CmdRef is the CmdID of the command, "0" for the header.
	CmdRef string
	Cmd    string
	// TargetRefs and SourceRefs name the items that it is about; none means all of the command's.
	TargetRefs []string
	SourceRefs []string
	Chal       *Chal
	Code       int
	Items      []Item
}

// A Chal asks for credentials; beside 212 it carries the nonce of the next session.
type Chal struct {
	Type      string
	NextNonce []byte
}

// Name is "Status".
func (*Status) Name() string { return "Status" }

// ID is the command's CmdID.
func (s *Status) ID() string { return s.CmdID }

func parseStatus(e *xmltree.Element) *Status {
	return &Status{CmdID: str(e, "CmdID"), MsgRef: str(e, "MsgRef"), CmdRef: str(e, "CmdRef"),
		Cmd: str(e, "Cmd"), TargetRefs: texts(e, "TargetRef"), SourceRefs: texts(e, "SourceRef"),
		Chal: parseChal(e.Child("Chal")), Code: num(e, "Data", 0), Items: parseItems(e)}
}

func parseChal(e *xmltree.Element) *Chal {
	if e == nil {
		return nil
	}
	m := parseMeta(e.Child("Meta"))
	nonce, err := DecodeBase64(m.NextNonce)
	if err != nil {
		nonce = []byte(m.NextNonce)
	}
	return &Chal{Type: m.Type, NextNonce: nonce}
}

func texts(e *xmltree.Element, local string) []string {
	var all []string
	for _, c := range e.Children(local) {
		all = append(all, strings.TrimSpace(c.Text()))
	}
	return all
}

func (s *Status) build(space string) *xmltree.Element {
	e := xmltree.New(space, "Status").Add(leaf(space, "CmdID", s.CmdID), leaf(space, "MsgRef", s.MsgRef),
		leaf(space, "CmdRef", s.CmdRef), leaf(space, "Cmd", s.Cmd))
	for _, r := range s.TargetRefs {
		e.Add(leaf(space, "TargetRef", r))
	}
	for _, r := range s.SourceRefs {
		e.Add(leaf(space, "SourceRef", r))
	}
	e.Add(s.Chal.build(space), leaf(space, "Data", strconv.Itoa(s.Code)))
	return buildItems(e, s.Items)
}

func (c *Chal) build(space string) *xmltree.Element {
	if c == nil {
		return nil
	}
	m := Meta{Type: c.Type, Format: "b64"}
	if len(c.NextNonce) > 0 {
		m.NextNonce = encodeBase64(c.NextNonce)
	}
	return xmltree.New(space, "Chal").Add(m.build(space))
}

// AnchorItem is the item of a Status of an Alert: it repeats the other side's Next.
func AnchorItem(next string) Item {
	return Item{Data: Data{Elem: (&Anchor{Next: next}).build()}}
}
