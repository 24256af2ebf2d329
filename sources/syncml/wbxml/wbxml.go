// Package wbxml reads and writes WAP Binary XML (WBXML 1.1 to 1.3) for SyncML 1.0 to 1.2, with the
// MetInf and DevInf documents that belong to it. Both directions go through the tree of package
// xmltree, so that whoever reads a phone's message need not know which encoding it came in.
//
// Elements get the namespaces that the XML encoding of the same message has: SyncMLSpace, MetInfSpace
// and DevInfSpace. Text keeps every byte. Attributes and processing instructions, which SyncML never
// uses, are refused both ways.
package wbxml

import (
	"errors"
	"strings"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

// Namespaces of the elements.
const (
	MetInfSpace = "syncml:metinf"
	DevInfSpace = "syncml:devinf"
)

// SyncMLSpace gives the namespace of SyncML elements for a DTD version such as "1.2".
func SyncMLSpace(version string) string { return "SYNCML:SYNCML" + version }

// ErrUnencodable means that WBXML has no way to write a tree: it has attributes or bad names, or the
// DTD version has no public identifier. Encode wraps it.
var ErrUnencodable = errors.New("tree cannot be written as WBXML")

// A Document is a decoded WBXML document.
type Document struct {
	// Version is the WBXML version byte: 1, 2 or 3 for WBXML 1.1 to 1.3.
	Version byte
	// PublicID is the formal public identifier as text, also if it came as a number; "" if it is none
	// of SyncML's. Then the root tag says what the document is, and VerDTD which version.
	PublicID string
	// Charset is the MIBenum of the character set, 106 for UTF-8. The tree is in UTF-8 anyway, but
	// for OPAQUE blocks.
	Charset uint
	// Root is the root element.
	Root *xmltree.Element
}

// Options choose how Encode writes.
type Options struct {
	// DTD is the version of SyncML or DevInf: "1.0", "1.1" or "1.2". "" takes it from the root's
	// namespace (SyncML) or its VerDTD (DevInf).
	DTD string
	// Version is the WBXML version byte, 1 to 3; 0 means 2, WBXML 1.2.
	Version byte
}

// DevInf finds the device information in an Item's Data, in whichever way a phone wraps it: a WBXML
// document in an OPAQUE block, an XML document as text or CDATA, or as elements. The error is that of
// Decode or of xmltree.Parse.
func DevInf(data *xmltree.Element, l xmltree.Limits) (*xmltree.Element, error) {
	if e := data.Child("DevInf"); e != nil {
		return e, nil
	}
	text := data.Text()
	if strings.HasPrefix(strings.TrimLeft(text, "\ufeff \t\r\n"), "<") {
		return xmltree.Parse([]byte(text), l)
	}
	doc, err := Decode([]byte(text), l)
	if err != nil {
		return nil, err
	}
	return doc.Root, nil
}
