package entry

import (
	"slices"
	"strconv"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// An eventField is one thing that an entry and an event, or an exception of it, both say; see contactField.
type eventField struct {
	what, elements, props, lost string
	read                        func(e *xmltree.Element, ev dataclass.Event, x Context)
	says                        func(ev dataclass.Event, x Context) []string
	write                       func(e *xmltree.Element, ev dataclass.Event, x Context)
	// edit makes an event that says more than an entry can say what the entry says; nil where read does.
	edit func(e *xmltree.Element, ev dataclass.Event, x Context)
	// series says that an exception has it of its series.
	series bool
}

// eventFields are all fields but the times. A field that is not here stays in the entry as it is.
var eventFields = []eventField{
	{
		what: "title", elements: "atom:title", props: "SUMMARY", lost: "blanks around it",
		read: func(e *xmltree.Element, ev dataclass.Event, _ Context) { ev.SetSummary(text(e, Atom, "title")) },
		says: func(ev dataclass.Event, _ Context) []string { return []string{clean(ev.Summary())} },
		write: func(e *xmltree.Element, ev dataclass.Event, _ Context) {
			setText(e, Atom, "title", clean(ev.Summary()))
		},
	},
	{
		what: "description", elements: "atom:content", props: "DESCRIPTION", lost: "blanks around it",
		read:  func(e *xmltree.Element, ev dataclass.Event, _ Context) { ev.SetBody(text(e, Atom, "content")) },
		says:  func(ev dataclass.Event, _ Context) []string { return []string{clean(ev.Body())} },
		write: func(e *xmltree.Element, ev dataclass.Event, _ Context) { setContent(e, clean(ev.Body())) },
	},
	{
		what: "place", elements: "gd:where/@valueString", props: "LOCATION", lost: "any but the first gd:where",
		read: func(e *xmltree.Element, ev dataclass.Event, _ Context) {
			ev.SetLocation(clean(place(e).Attr("", "valueString")))
		},
		says: func(ev dataclass.Event, _ Context) []string { return []string{clean(ev.Location())} },
		write: func(e *xmltree.Element, ev dataclass.Event, _ Context) {
			setValued(e, place(e), xmltree.New(GD, "where"), "valueString", clean(ev.Location()))
		},
	},
	whoField,
	reminderField,
	{
		what: "status", elements: "gd:eventStatus", props: "STATUS",
		lost: "CANCELLED of an event, which would delete it: its status stays. Of an exception it is what removes it from the series",
		read: func(e *xmltree.Element, ev dataclass.Event, _ Context) {
			ev.SetStatus(wordFor(statuses, valueOf(e, "eventStatus")))
		},
		says: func(ev dataclass.Event, _ Context) []string { return []string{value(statuses, ev.Status())} },
		write: func(e *xmltree.Element, ev dataclass.Event, _ Context) {
			if ev.Status() != "CANCELLED" {
				setValue(e, "eventStatus", value(statuses, ev.Status()))
			}
		},
	},
	{
		what: "transparency", elements: "gd:transparency", props: "TRANSP",
		read: func(e *xmltree.Element, ev dataclass.Event, _ Context) {
			ev.SetTransparent(valueOf(e, "transparency") == "event.transparent")
		},
		says: func(ev dataclass.Event, _ Context) []string { return []string{transparency(ev)} },
		write: func(e *xmltree.Element, ev dataclass.Event, _ Context) {
			setValue(e, "transparency", transparency(ev))
		},
	},
	{
		what: "visibility", elements: "gd:visibility", props: "CLASS", lost: "PUBLIC is the same as none; words of one's own are PRIVATE",
		read: func(e *xmltree.Element, ev dataclass.Event, _ Context) {
			ev.SetClass(wordFor(visibilities, valueOf(e, "visibility")))
		},
		says: func(ev dataclass.Event, _ Context) []string { return []string{value(visibilities, ev.Class())} },
		write: func(e *xmltree.Element, ev dataclass.Event, _ Context) {
			setValue(e, "visibility", value(visibilities, ev.Class()))
		},
	},
	{
		what: "identifier", elements: "gCal:uid", props: "UID", lost: "another one than the entry has", series: true,
		read: func(e *xmltree.Element, ev dataclass.Event, _ Context) {
			ev.SetUID(clean(child(e, GCal, "uid").Attr("", "value")))
		},
		says: func(dataclass.Event, Context) []string { return nil },
	},
	{
		what: "sequence", elements: "gCal:sequence", props: "SEQUENCE", lost: "a lower number than the entry has",
		read: func(e *xmltree.Element, ev dataclass.Event, _ Context) {
			if n := sequence(child(e, GCal, "sequence").Attr("", "value")); n > 0 {
				ev.SetText("SEQUENCE", strconv.Itoa(n))
			}
		},
		says: func(dataclass.Event, Context) []string { return nil },
	},
}

// A pair is a value of the protocol and the word that calendars have for it. Of several pairs with one word the
// first is written; the pair without a word stands for what has none.
type pair struct{ value, word string }

var (
	statuses = []pair{{"event.confirmed", "CONFIRMED"}, {"event.tentative", "TENTATIVE"}, {"event.confirmed", ""}}
	// What somebody keeps to himself stays so whatever he calls it.
	visibilities = []pair{{"event.default", ""}, {"event.default", "PUBLIC"}, {"event.public", "PUBLIC"}, {"event.confidential", "CONFIDENTIAL"}, {"event.private", "PRIVATE"}}
	answers      = []pair{
		{"event.invited", "NEEDS-ACTION"}, {"event.accepted", "ACCEPTED"}, {"event.declined", "DECLINED"}, {"event.tentative", "TENTATIVE"}, {"event.invited", ""},
	}
	duties = []pair{{"event.required", "REQ-PARTICIPANT"}, {"event.optional", "OPT-PARTICIPANT"}, {"event.required", ""}}
)

// value gives the value for a word; for an unknown one that of the last pair.
func value(pairs []pair, word string) string {
	for _, p := range pairs {
		if p.word == word {
			return p.value
		}
	}
	return pairs[len(pairs)-1].value
}

// wordFor gives the word for a value; empty if there is none.
func wordFor(pairs []pair, value string) string {
	for _, p := range pairs {
		if p.value == value {
			return p.word
		}
	}
	return ""
}

// valueOf gives the value of a child that has one, without the prefix.
func valueOf(e *xmltree.Element, local string) string {
	return strings.TrimPrefix(clean(child(e, GD, local).Attr("", "value")), gdRel)
}

// setValue writes a value with its prefix.
func setValue(e *xmltree.Element, local, value string) {
	setValued(e, child(e, GD, local), xmltree.New(GD, local), "value", gdRel+value)
}

// setValued writes an attribute of have, or of fresh if there is none; empty removes have and all that would take its
// place.
func setValued(e, have, fresh *xmltree.Element, attr, value string) {
	switch {
	case value == "" && have != nil:
		remove(e, slices.DeleteFunc(children(e, have.Space, have.Local), func(c *xmltree.Element) bool { return clean(c.Attr("", attr)) == "" })...)
	case value == "":
	case have == nil:
		insert(e, fresh.SetAttr("", attr, value))
	case clean(have.Attr("", attr)) != value:
		have.SetAttr("", attr, value)
	}
}

func transparency(ev dataclass.Event) string {
	if ev.Transparent() {
		return "event.transparent"
	}
	return "event.opaque"
}

// place gives the first gd:where that says something, or nil.
func place(e *xmltree.Element) *xmltree.Element {
	for _, el := range children(e, GD, "where") {
		if clean(el.Attr("", "valueString")) != "" {
			return el
		}
	}
	return nil
}

func sequence(s string) int {
	n, err := strconv.Atoi(clean(s))
	if err != nil || n < 0 || n > 1<<30 {
		return 0
	}
	return n
}
