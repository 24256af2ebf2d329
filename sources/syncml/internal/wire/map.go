package wire

import "github.com/bindery-sync/bindery/sources/xmltree"

// A Map tells which names the phone gave to items that were added to it.
type Map struct {
	CmdID  string
	NoResp bool
	Target Location
	Source Location
	Items  []MapItem
}

// A MapItem is one pair: the temporary GUID that the item was sent with, and its LUID.
type MapItem struct {
	GUID string
	LUID string
}

// Name is "Map".
func (*Map) Name() string { return "Map" }

// ID is the command's CmdID.
func (m *Map) ID() string { return m.CmdID }

func parseMap(e *xmltree.Element) *Map {
	m := &Map{CmdID: str(e, "CmdID"), NoResp: has(e, "NoResp"), Target: parseLocation(e.Child("Target")),
		Source: parseLocation(e.Child("Source"))}
	for _, i := range e.Children("MapItem") {
		m.Items = append(m.Items, MapItem{GUID: str(i.Child("Target"), "LocURI"),
			LUID: str(i.Child("Source"), "LocURI")})
	}
	return m
}

func (m *Map) build(space string) *xmltree.Element {
	e := xmltree.New(space, "Map").Add(leaf(space, "CmdID", m.CmdID), m.Target.build(space, "Target"),
		m.Source.build(space, "Source"))
	for _, i := range m.Items {
		e.Add(xmltree.New(space, "MapItem").Add(Location{URI: i.GUID}.build(space, "Target"),
			Location{URI: i.LUID}.build(space, "Source")))
	}
	return e
}
