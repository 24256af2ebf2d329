package wbxml

import "github.com/bindery-sync/bindery/sources/xmltree"

// Some servers and phones write no public identifier that means anything (1, "unknown"). Then the root
// tag tells SyncML from DevInf, and VerDTD, which comes later, tells the version.

// guessKind takes the document for what its first tag says; version 1.1 stands in for the unknown one.
func (d *decoder) guessKind(b byte) {
	k := kindUnknown
	switch b &^ hasContent {
	case tagSyncML:
		k = kindSyncML
	case tagDevInf:
		k = kindDevInf
	}
	d.dtd = dtd{kind: k, version: "1.1"}
	d.page, d.space = d.dtd.pageOf(d.number)
}

// guessVersion corrects the tree of a document of unknown version by its VerDTD.
func (d *decoder) guessVersion() {
	if d.doc.PublicID != "" {
		return
	}
	root := d.doc.Root
	version := root.Child("SyncHdr").Child("VerDTD").Text()
	if d.dtd.kind == kindDevInf {
		version = root.Child("VerDTD").Text()
	}
	switch {
	case d.dtd.kind == kindSyncML && (version == "1.0" || version == "1.2"):
		rename(root, func(e *xmltree.Element) {
			if e.Space == SyncMLSpace("1.1") {
				e.Space = SyncMLSpace(version)
			}
		})
	case d.dtd.kind == kindDevInf && version == "1.2":
		rename(root, func(e *xmltree.Element) {
			if e.Local == "Size" {
				e.Local = "MaxSize"
			}
		})
	}
}

// rename applies f to every element. Decode has bounded the depth.
func rename(e *xmltree.Element, f func(*xmltree.Element)) {
	f(e)
	for c := range e.Elements() {
		rename(c, f)
	}
}
