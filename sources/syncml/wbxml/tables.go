package wbxml

import "strings"

// Global tokens (WBXML 1.3, section 7.1), and the bits of a tag token.
const (
	tokSwitchPage = 0x00
	tokEnd        = 0x01
	tokEntity     = 0x02
	tokStrI       = 0x03
	tokLiteral    = 0x04
	tokStrT       = 0x83
	tokOpaque     = 0xC3

	hasContent = 0x40
	hasAttrs   = 0x80
	tagMask    = 0x3F
)

// A kind is a sort of document.
type kind int

const (
	kindUnknown kind = iota
	kindSyncML
	kindDevInf
)

// A dtd is a document type with a well-known public identifier. MetInf has one of its own since 1.2;
// such a document uses the code pages of SyncML.
type dtd struct {
	kind    kind
	version string
	number  uint32
	text    string
}

var dtds = []dtd{
	{kindSyncML, "1.0", 0x0FD1, "-//SYNCML//DTD SyncML 1.0//EN"},
	{kindDevInf, "1.0", 0x0FD2, "-//SYNCML//DTD DevInf 1.0//EN"},
	{kindSyncML, "1.1", 0x0FD3, "-//SYNCML//DTD SyncML 1.1//EN"},
	{kindDevInf, "1.1", 0x0FD4, "-//SYNCML//DTD DevInf 1.1//EN"},
	{kindSyncML, "1.2", 0x1201, "-//SYNCML//DTD SyncML 1.2//EN"},
	{kindDevInf, "1.2", 0x1203, "-//SYNCML//DTD DevInf 1.2//EN"},
	{kindSyncML, "1.2", 0x1202, "-//SYNCML//DTD MetInf 1.2//EN"},
}

func findDTD(k kind, version string) (dtd, bool) {
	for _, d := range dtds {
		if d.kind == k && d.version == version {
			return d, true
		}
	}
	return dtd{}, false
}

func dtdByNumber(n uint32) dtd {
	for _, d := range dtds {
		if d.number == n {
			return d
		}
	}
	return dtd{}
}

// dtdByText compares without case: phones do not agree on it.
func dtdByText(text string) dtd {
	for _, d := range dtds {
		if strings.EqualFold(d.text, text) {
			return d
		}
	}
	return dtd{}
}

// A page is a code page: the names of the tag tokens from 5 on, "" for a token that is not used.
type page []string

func (p page) name(token byte) string {
	if i := int(token) - firstTag; i >= 0 && i < len(p) {
		return p[i]
	}
	return ""
}

const firstTag = 5

// The code pages hold the tokens of all versions. Newer tokens are read in older documents too: some
// phones send them.
var (
	syncMLPage = page(strings.Split("Add Alert Archive Atomic Chal Cmd CmdID CmdRef Copy Cred Data "+
		"Delete Exec Final Get Item Lang LocName LocURI Map MapItem Meta MsgID MsgRef NoResp NoResults "+
		"Put Replace RespURI Results Search Sequence SessionID SftDel Source SourceRef Status Sync "+
		"SyncBody SyncHdr SyncML Target TargetRef  VerDTD VerProto NumberOfChanges MoreData Field "+
		"Filter Record FilterType SourceParent TargetParent Move Correlator", " "))
	metInfPage = page(strings.Split("Anchor EMI Format FreeID FreeMem Last Mark MaxMsgSize Mem MetInf "+
		"Next NextNonce SharedMem Size Type Version MaxObjSize FieldLevel", " "))
	devInfPage   = devInfTags("Size")
	devInf12Page = devInfTags("MaxSize")
)

// devInfTags gives the page of DevInf, in which 1.2 renamed Size.
func devInfTags(size string) page {
	return strings.Split("CTCap CTType DataStore DataType DevID DevInf DevTyp DisplayName DSMem Ext FwV "+
		"HwV Man MaxGUIDSize MaxID MaxMem Mod OEM ParamName PropName Rx Rx-Pref SharedMem "+size+
		" SourceRef SwV SyncCap SyncType Tx Tx-Pref ValEnum VerCT VerDTD XNam XVal UTC "+
		"SupportNumberOfChanges SupportLargeObjs Property PropParam MaxOccur NoTruncate  Filter-Rx "+
		"FilterCap FilterKeyword FieldLevel SupportHierarchicalSync", " ")
}

// pageOf gives a code page of a document and the namespace of its tags, nil if there is none.
func (d dtd) pageOf(number byte) (page, string) {
	switch {
	case d.kind == kindSyncML && number == 0:
		return syncMLPage, SyncMLSpace(d.version)
	case d.kind == kindSyncML && number == 1:
		return metInfPage, MetInfSpace
	case d.kind == kindDevInf && number == 0 && d.version == "1.2":
		return devInf12Page, DevInfSpace
	case d.kind == kindDevInf && number == 0:
		return devInfPage, DevInfSpace
	}
	return nil, ""
}

// Root tags, by which a document without a known public identifier is told.
const (
	tagSyncML = 0x2D
	tagDevInf = 0x0A
)
