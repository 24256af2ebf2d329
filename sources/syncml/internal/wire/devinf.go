package wire

import (
	"strconv"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

// A DevInf is what a device tells about itself (DevInf 1.1 and 1.2).
type DevInf struct {
	VerDTD          string
	Man             string
	Mod             string
	OEM             string
	FwV             string
	SwV             string
	HwV             string
	DevID           string
	DevTyp          string
	UTC             bool
	NumberOfChanges bool
	LargeObjs       bool
	Stores          []DataStore
	// CTCaps are those of DevInf 1.0 and 1.1, for all stores.
	CTCaps []CTCap `json:",omitempty"`
}

// A DataStore is one database in a DevInf.
type DataStore struct {
	SourceRef   string
	DisplayName string
	MaxGUIDSize int
	RxPref      ContentType
	Rx          []ContentType
	TxPref      ContentType
	Tx          []ContentType
	SyncCap     []int
	// CTCaps are those of DevInf 1.2.
	CTCaps []CTCap `json:",omitempty"`
}

// A ContentType is a media type and its version.
type ContentType struct {
	Type    string
	Version string
}

// ParseDevInf reads a DevInf element.
func ParseDevInf(e *xmltree.Element) DevInf {
	d := DevInf{VerDTD: str(e, "VerDTD"), Man: str(e, "Man"), Mod: str(e, "Mod"), OEM: str(e, "OEM"),
		FwV: str(e, "FwV"), SwV: str(e, "SwV"), HwV: str(e, "HwV"), DevID: str(e, "DevID"),
		DevTyp: str(e, "DevTyp"), UTC: has(e, "UTC"),
		NumberOfChanges: has(e, "SupportNumberOfChanges"), LargeObjs: has(e, "SupportLargeObjs")}
	for _, s := range e.Children("DataStore") {
		d.Stores = append(d.Stores, parseDataStore(s))
	}
	d.CTCaps = ctCaps(e)
	return d
}

func parseDataStore(e *xmltree.Element) DataStore {
	s := DataStore{SourceRef: str(e, "SourceRef"), DisplayName: str(e, "DisplayName"),
		MaxGUIDSize: num(e, "MaxGUIDSize", 0), RxPref: parseContentType(e.Child("Rx-Pref")),
		Rx: parseContentTypes(e, "Rx"), TxPref: parseContentType(e.Child("Tx-Pref")),
		Tx: parseContentTypes(e, "Tx"), CTCaps: ctCaps(e)}
	for _, t := range texts(e.Child("SyncCap"), "SyncType") {
		if n, err := strconv.Atoi(t); err == nil {
			s.SyncCap = append(s.SyncCap, n)
		}
	}
	return s
}

func parseContentType(e *xmltree.Element) ContentType {
	return ContentType{Type: str(e, "CTType"), Version: str(e, "VerCT")}
}

func parseContentTypes(e *xmltree.Element, local string) []ContentType {
	var all []ContentType
	for _, c := range e.Children(local) {
		all = append(all, parseContentType(c))
	}
	return all
}

// Build makes the tree, in the order of the DTD.
func (d DevInf) Build() *xmltree.Element {
	e := xmltree.New(devinf, "DevInf").Add(leaf(devinf, "VerDTD", d.VerDTD), leaf(devinf, "Man", d.Man),
		leaf(devinf, "Mod", d.Mod), leaf(devinf, "OEM", d.OEM), leaf(devinf, "FwV", d.FwV),
		leaf(devinf, "SwV", d.SwV), leaf(devinf, "HwV", d.HwV), leaf(devinf, "DevID", d.DevID),
		leaf(devinf, "DevTyp", d.DevTyp), flag(devinf, "UTC", d.UTC),
		flag(devinf, "SupportNumberOfChanges", d.NumberOfChanges),
		flag(devinf, "SupportLargeObjs", d.LargeObjs))
	for _, s := range d.Stores {
		e.Add(s.build())
	}
	return e
}

func (s DataStore) build() *xmltree.Element {
	e := xmltree.New(devinf, "DataStore").Add(leaf(devinf, "SourceRef", s.SourceRef),
		leaf(devinf, "DisplayName", s.DisplayName), number(devinf, "MaxGUIDSize", s.MaxGUIDSize),
		s.RxPref.build("Rx-Pref"))
	for _, t := range s.Rx {
		e.Add(t.build("Rx"))
	}
	e.Add(s.TxPref.build("Tx-Pref"))
	for _, t := range s.Tx {
		e.Add(t.build("Tx"))
	}
	syncCap := xmltree.New(devinf, "SyncCap")
	for _, n := range s.SyncCap {
		syncCap.Add(leaf(devinf, "SyncType", strconv.Itoa(n)))
	}
	return e.Add(syncCap)
}

func (t ContentType) build(local string) *xmltree.Element {
	return xmltree.New(devinf, local).Add(leaf(devinf, "CTType", t.Type), leaf(devinf, "VerCT", t.Version))
}
