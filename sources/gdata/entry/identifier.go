package entry

import (
	"slices"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// identifierName is the name of the property that holds the UID of a contact: an entry has no other place for it.
const identifierName = "bindery-uid"

// maxIdentifier is how many bytes a UID may have to be written.
const maxIdentifier = 1000

var identifierField = contactField{
	what: "identifier of a contact", elements: "gd:extendedProperty[@name=" + identifierName + "]", props: "UID",
	lost: "another one than the entry has",
	read: func(e *xmltree.Element, c dataclass.Contact, _ Context) {
		if uid := Identifier(e); uid != "" {
			c.SetText("UID", uid)
		}
	},
	says: func(c dataclass.Contact, _ Context) []string { return []string{clean(c.UID())} },
	write: func(e *xmltree.Element, c dataclass.Contact, _ Context) {
		if Identifier(e) == "" {
			SetIdentifier(e, c.UID())
		}
	},
	edit: func(*xmltree.Element, dataclass.Contact, Context) {}, // it says which contact it is, for good
}

// Identifier gives the UID that the entry of a contact names; empty if it names none.
func Identifier(e *xmltree.Element) string {
	for c := range e.Elements() {
		if IsIdentifier(c) {
			return clean(c.Attr("", "value"))
		}
	}
	return ""
}

// SetIdentifier makes the entry of a contact name a UID in place of any other; an empty one, or one of more than 1,000
// bytes, takes it away.
func SetIdentifier(e *xmltree.Element, uid string) {
	e.Nodes = slices.DeleteFunc(e.Nodes, func(n xmltree.Node) bool { return n.Elem != nil && IsIdentifier(n.Elem) })
	if uid = clean(uid); uid != "" && len(uid) <= maxIdentifier {
		e.Add(xmltree.New(GD, "extendedProperty").SetAttr("", "name", identifierName).SetAttr("", "value", uid))
	}
}

// IsIdentifier reports whether an element names the UID of a contact.
func IsIdentifier(c *xmltree.Element) bool {
	return is(c, GD, "extendedProperty") && c.Attr("", "name") == identifierName
}

// UID gives the UID that an entry names, of a contact or an event; empty if it names none.
func UID(e *xmltree.Element) string {
	if uid := child(e, GCal, "uid"); uid != nil {
		return clean(uid.Attr("", "value"))
	}
	return Identifier(e)
}

// addMarkName is the name of the property by which an Add marks the entry that it makes.
const addMarkName = "bindery-add"

// AddMark gives the mark of the Add that made an entry; empty if it has none.
func AddMark(e *xmltree.Element) string {
	for c := range e.Elements() {
		if is(c, GD, "extendedProperty") && c.Attr("", "name") == addMarkName {
			return c.Attr("", "value")
		}
	}
	return ""
}

// SetAddMark marks an entry that an Add is to make.
func SetAddMark(e *xmltree.Element, mark string) {
	e.Add(xmltree.New(GD, "extendedProperty").SetAttr("", "name", addMarkName).SetAttr("", "value", mark))
}
