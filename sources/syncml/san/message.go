package san

import (
	"cmp"
	"fmt"
	"strconv"

	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
	"github.com/bindery-sync/bindery/sources/syncml/wbxml"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// anybody is the Target of a phone that the server has no name for.
const anybody = "/"

// encodeMessage writes the form of 1.0 and 1.1: an Alert for each database, in one message that is its whole
// package.
func encodeMessage(n Notification) ([]byte, error) {
	if err := n.check(); err != nil {
		return nil, err
	}
	if len(n.Syncs) == 0 {
		return nil, fmt.Errorf("%w: version %s names the databases", ErrRange, n.Version)
	}
	if len(n.Vendor) > 0 || n.UI != UIUnspecified || n.FromUser {
		return nil, fmt.Errorf("%w: version %s has no user interface, initiator or vendor's part", ErrRange, n.Version)
	}
	target := cmp.Or(n.Target, anybody)
	m := wire.Message{Final: true, Header: wire.Header{VerDTD: n.Version, VerProto: "SyncML/" + n.Version, MsgID: "1",
		SessionID: strconv.Itoa(int(n.SessionID)), Target: wire.Location{URI: target}, Source: wire.Location{URI: n.Server}}}
	for i, s := range n.Syncs {
		m.Commands = append(m.Commands, &wire.Alert{CmdID: strconv.Itoa(i + 1), Code: s.Mode, Items: []wire.Item{{
			Source: wire.Location{URI: s.URI}, Meta: wire.Meta{Type: s.Type}}}})
	}
	b, err := wbxml.Encode(m.Build(), wbxml.Options{DTD: n.Version})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRange, err)
	}
	if len(b) > MaxSize {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrRange, len(b), MaxSize)
	}
	return b, nil
}

// limits bound the tree of a message: fifteen databases take a few hundred nodes.
var limits = xmltree.Limits{Bytes: MaxSize, Depth: 16, Nodes: 2000}

func decodeMessage(data []byte) (Notification, error) {
	doc, err := wbxml.Decode(data, limits)
	if err != nil {
		return Notification{}, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	m, err := wire.Parse(doc.Root)
	if err != nil {
		return Notification{}, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if v := m.Header.VerDTD; v != "1.0" && v != "1.1" {
		return Notification{}, fmt.Errorf("%w: %.16q in a message", ErrVersion, v)
	}
	id, err := strconv.ParseUint(m.Header.SessionID, 10, 16)
	if err != nil {
		return Notification{}, fmt.Errorf("%w: session id %.16q", ErrFormat, m.Header.SessionID)
	}
	n := Notification{Version: m.Header.VerDTD, SessionID: uint16(id), Server: m.Header.Source.URI, Syncs: alerts(m)}
	if t := m.Header.Target.URI; t != anybody {
		n.Target = t
	}
	if len(n.Syncs) == 0 {
		return Notification{}, fmt.Errorf("%w: no Alert", ErrFormat)
	}
	if err := n.check(); err != nil {
		return Notification{}, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return n, nil
}

// alerts gives the databases of a message's Alerts; other commands are passed over.
func alerts(m *wire.Message) []Sync {
	var all []Sync
	for _, c := range m.Commands {
		a, ok := c.(*wire.Alert)
		if !ok {
			continue
		}
		for _, i := range a.Items {
			all = append(all, Sync{Mode: a.Code, Type: i.Meta.Type, URI: i.Source.URI})
		}
	}
	return all
}
