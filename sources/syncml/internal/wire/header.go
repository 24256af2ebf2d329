package wire

import "github.com/bindery-sync/bindery/sources/xmltree"

// A Header is the SyncHdr of a message.
type Header struct {
	VerDTD    string
	VerProto  string
	SessionID string
	MsgID     string
	Target    Location
	Source    Location
	RespURI   string
	// NoResp asks for no Status at all.
	NoResp bool
	Cred   *Cred
	Meta   Meta
}

// A Location is a Target or Source: a URI, and a name for people or for log-in.
type Location struct {
	URI  string
	Name string
}

// IsZero reports whether the location is missing.
func (l Location) IsZero() bool { return l == Location{} }

func parseHeader(e *xmltree.Element) Header {
	return Header{
		VerDTD: str(e, "VerDTD"), VerProto: str(e, "VerProto"), SessionID: str(e, "SessionID"),
		MsgID: str(e, "MsgID"), Target: parseLocation(e.Child("Target")),
		Source: parseLocation(e.Child("Source")), RespURI: str(e, "RespURI"), NoResp: has(e, "NoResp"),
		Cred: parseCred(e.Child("Cred")), Meta: parseMeta(e.Child("Meta")),
	}
}

func (h Header) build(space string) *xmltree.Element {
	return xmltree.New(space, "SyncHdr").Add(
		leaf(space, "VerDTD", h.VerDTD), leaf(space, "VerProto", h.VerProto),
		leaf(space, "SessionID", h.SessionID), leaf(space, "MsgID", h.MsgID),
		h.Target.build(space, "Target"), h.Source.build(space, "Source"),
		leaf(space, "RespURI", h.RespURI), h.Cred.build(space), h.Meta.build(space))
}

func parseLocation(e *xmltree.Element) Location {
	return Location{URI: str(e, "LocURI"), Name: str(e, "LocName")}
}

func (l Location) build(space, local string) *xmltree.Element {
	if l.IsZero() {
		return nil
	}
	return xmltree.New(space, local).Add(
		xmltree.New(space, "LocURI", xmltree.Text(l.URI)), leaf(space, "LocName", l.Name))
}
