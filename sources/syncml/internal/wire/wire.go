// Package wire holds the commands of SyncML 1.1 and 1.2 as Go values: it reads them from an element
// tree, whatever that was decoded from, and builds the tree of a reply.
//
// Phones order elements as they like and write namespaces as they like, or none; so reading looks at
// local names only and never at order, but for the order of commands. What a phone leaves out is the
// zero value. Nothing here interprets: limits and meaning are the server's.
package wire

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

// The namespaces that replies are built in, beside the one of Space.
const (
	metinf = "syncml:metinf"
	devinf = "syncml:devinf"
)

// ErrMessage means that a tree is no SyncML message, or one without what its answer needs.
var ErrMessage = errors.New("not a SyncML message")

// Space is the namespace of messages of one version of the representation protocol, such as "1.2".
func Space(verDTD string) string { return "SYNCML:SYNCML" + verDTD }

// A Message is one SyncML message (Representation Protocol 5.1).
type Message struct {
	Header   Header
	Commands []Command
	// Final marks the last message of a package.
	Final bool
}

// A Command is one command of a message: *Alert, *Change, *Get, *Group, *Map, *Other, *Put, *Results,
// *Status or *Sync.
type Command interface {
	// Name is the element's name, as the Cmd of a Status repeats it.
	Name() string
	// ID is the command's CmdID.
	ID() string
	build(space string) *xmltree.Element
}

// Parse reads a message. It returns ErrMessage for another document, and for one without a header,
// session id, message id or source: such a message cannot be answered.
func Parse(root *xmltree.Element) (*Message, error) {
	hdr, body := root.Child("SyncHdr"), root.Child("SyncBody")
	if root == nil || root.Local != "SyncML" || hdr == nil || body == nil {
		return nil, fmt.Errorf("%w: no SyncHdr or no SyncBody", ErrMessage)
	}
	m := &Message{Header: parseHeader(hdr), Final: body.Child("Final") != nil}
	if h := m.Header; h.SessionID == "" || h.MsgID == "" || h.Source.URI == "" {
		return nil, fmt.Errorf("%w: no SessionID, MsgID or Source", ErrMessage)
	}
	m.Commands = parseCommands(body)
	return m, nil
}

func parseCommands(body *xmltree.Element) []Command {
	var all []Command
	for e := range body.Elements() {
		if c := parseCommand(e); c != nil {
			all = append(all, c)
		}
	}
	return all
}

// parseCommand gives nil for an element that is no command.
func parseCommand(e *xmltree.Element) Command {
	switch e.Local {
	case "Alert":
		return parseAlert(e)
	case "Add", "Replace", "Delete":
		return parseChange(e)
	case "Get":
		return parseGet(e)
	case "Atomic", "Sequence":
		return parseGroup(e)
	case "Map":
		return parseMap(e)
	case "Put":
		return parsePut(e)
	case "Results":
		return parseResults(e)
	case "Status":
		return parseStatus(e)
	case "Sync":
		return parseSync(e)
	case "Copy", "Exec", "Move", "Search":
		return parseOther(e)
	}
	return nil
}

// Build makes the tree of a message in the namespace of its header's VerDTD.
func (m *Message) Build() *xmltree.Element {
	space := Space(m.Header.VerDTD)
	body := xmltree.New(space, "SyncBody")
	for _, c := range m.Commands {
		body.Add(c.build(space))
	}
	if m.Final {
		body.Add(xmltree.New(space, "Final"))
	}
	return xmltree.New(space, "SyncML").Add(m.Header.build(space), body)
}

// Element makes the tree of one command, for measuring it.
func Element(c Command, verDTD string) *xmltree.Element { return c.build(Space(verDTD)) }

// str is the trimmed text of a child.
func str(e *xmltree.Element, local string) string {
	return strings.TrimSpace(e.Child(local).Text())
}

// num is a child's number, or missing if there is none that fits.
func num(e *xmltree.Element, local string, missing int) int {
	n, err := strconv.Atoi(str(e, local))
	if err != nil || n < 0 {
		return missing
	}
	return n
}

func has(e *xmltree.Element, local string) bool { return e.Child(local) != nil }

// leaf makes an element with text, nil if the text is empty.
func leaf(space, local, value string) *xmltree.Element {
	if value == "" {
		return nil
	}
	return xmltree.New(space, local, xmltree.Text(value))
}

// flag makes an empty element, nil if on is false.
func flag(space, local string, on bool) *xmltree.Element {
	if !on {
		return nil
	}
	return xmltree.New(space, local)
}

// number makes an element with a number, nil if it is zero.
func number(space, local string, n int) *xmltree.Element {
	if n == 0 {
		return nil
	}
	return leaf(space, local, strconv.Itoa(n))
}
