package dataclass

import (
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// noteNames are the texts of a vNote, and what they are called in a VJOURNAL.
var noteNames = [...]struct{ note, journal string }{
	{"BODY", "DESCRIPTION"},
	{"SUMMARY", "SUMMARY"},
	{"SUBJECT", "SUMMARY"},
}

// noteName gives the name that a text of a vNote has in a VJOURNAL, and "" for what is no such text.
func noteName(p *contentline.Property) string {
	for _, n := range noteNames {
		if p.Is(n.note) && !p.Junk {
			return n.journal
		}
	}
	return ""
}

// raiseNote gives the neutral form of a note: a VCALENDAR with a VJOURNAL whose SUMMARY and DESCRIPTION are
// the title and the body of the canonical reading; see noteText. So a note has the same neutral form in
// text/plain and in vNote, and as a VJOURNAL the same title and body.
//
// A tree of iCalendar that is canonical already is given back itself. The tree shares nothing with root that
// an edit would change.
func raiseNote(root *contentline.Component, d dialect) *contentline.Component {
	switch d {
	case plain:
		return raisePlain(root)
	case note11:
		return raiseVNote(root)
	}
	return canonicalJournals(root)
}

func raisePlain(root *contentline.Component) *contentline.Component {
	c := newCalendar("VJOURNAL")
	journal := c.Props[len(c.Props)-1].Comp
	writeNote(journal, readNote(contentline.Text([]byte(plainText(root)), "")))
	return c
}

// plainText gives the text of a note in text/plain, with the line ends that it has.
func plainText(root *contentline.Component) string {
	if p := root.Find("BODY"); p != nil {
		return p.Value
	}
	return ""
}

// newCalendar gives an empty tree of iCalendar with one component.
func newCalendar(name string) *contentline.Component {
	return &contentline.Component{Name: "VCALENDAR", Props: []contentline.Property{
		{Name: "VERSION", Value: "2.0"},
		{Name: "PRODID", Value: prodID},
		{Comp: &contentline.Component{Name: name}},
	}}
}

// prodID names the program that wrote a tree which no other program has written (RFC 5545 3.7.3).
const prodID = "-//Bindery//Bindery//EN"

func raiseVNote(root *contentline.Component) *contentline.Component {
	c := newCalendar("VJOURNAL")
	journal := c.Props[len(c.Props)-1].Comp
	for i := range root.Props {
		p := root.Props[i]
		if p.Is("VERSION") && !p.Junk {
			continue
		}
		if name := noteName(&p); name != "" {
			p.Name = name
		} else if p.Is("DCREATED") && !p.Junk {
			p.Name = "CREATED"
		}
		p = projectProperty(p, note11, cal20)
		journal.Props = append(journal.Props, p)
	}
	writeNote(journal, joinNote(journal))
	return c
}

// canonicalJournals gives root with every VJOURNAL in it in the canonical reading.
func canonicalJournals(root *contentline.Component) *contentline.Component {
	out := root
	for i := range root.Props {
		c := root.Props[i].Comp
		if c == nil || !strings.EqualFold(c.Name, "VJOURNAL") {
			continue
		}
		raw := rawNote(c)
		n := raw.canonical()
		if n == raw && single(c, "SUMMARY") && single(c, "DESCRIPTION") {
			continue
		}
		if out == root {
			out = root.Clone()
		}
		writeNote(out.Props[i].Comp, joinNote(c))
	}
	return out
}

func single(c *contentline.Component, name string) bool {
	n := 0
	for i := range c.Props {
		if c.Props[i].Is(name) && !c.Props[i].Junk {
			n++
		}
	}
	return n < 2
}

// rawNote gives the first title and the first body of a VJOURNAL as they stand.
func rawNote(c *contentline.Component) noteText {
	return noteText{textOf(c, "SUMMARY", cal20), textOf(c, "DESCRIPTION", cal20)}
}

// textOf gives the text of the first property with the name.
func textOf(c *contentline.Component, name string, d dialect) string {
	if p := c.Find(name); p != nil && !p.Base64 {
		return d.unescape(p.Value)
	}
	return ""
}

// joinNote gives the canonical reading of all titles and bodies of a VJOURNAL: of several titles the first
// is the title, the others and all bodies (RFC 5545 3.6.3 allows several) follow in their order.
func joinNote(c *contentline.Component) noteText {
	var n noteText
	var bodies []string
	for i := range c.Props {
		p := &c.Props[i]
		summary := p.Is("SUMMARY")
		if p.Junk || p.Base64 || (!summary && !p.Is("DESCRIPTION")) {
			continue
		}
		switch text := cal20.unescape(p.Value); {
		case isBlankText(text):
		case summary && n.title == "":
			n.title = text
		case !summary || !sameLine(text, n.title):
			bodies = append(bodies, text)
		}
	}
	n.body = strings.Join(bodies, "\n")
	return n.canonical()
}

// writeNote makes the title and the body of a VJOURNAL what n says.
func writeNote(c *contentline.Component, n noteText) {
	setOne(c, "SUMMARY", cal20.escape(n.title, ",;"))
	setOne(c, "DESCRIPTION", cal20.escape(n.body, ",;"))
}

// setOne makes the first property of the name have the escaped value and removes the others; all of them if
// the value is empty. A new property stands at the end. Base64 is no text and stays.
func setOne(c *contentline.Component, name, value string) {
	kept, done := c.Props[:0:0], value == ""
	for _, p := range c.Props {
		if !p.Is(name) || p.Junk || p.Base64 {
			kept = append(kept, p)
			continue
		}
		if !done {
			p.Value, done = value, true
			kept = append(kept, p)
		}
	}
	if !done {
		kept = append(kept, contentline.Property{Name: name, Value: value})
	}
	c.Props = kept
}

// lowerNote writes the neutral form of a note in a dialect. In text/plain that is the text of the
// canonical reading with CRLF line ends (RFC 2046 4.1.1) and nothing else. A vNote has all of the text in its
// BODY, because most phones know no more, and the title once more as SUMMARY. Every other dialect gets the
// tree as it is. Of a note with exceptions, vNote and text/plain hold the master.
func lowerNote(root *contentline.Component, to dialect) *contentline.Component {
	switch to {
	case plain:
		return plainNote(crlf(joinNote(journalOf(root)).text())).root
	case note11:
		return lowerVNote(journalOf(root))
	}
	return root
}

// journalOf gives the master of a note in its neutral form, an empty one if there is none.
func journalOf(root *contentline.Component) *contentline.Component {
	if all := sectionsOf(root, newZones(root)); len(all) > 0 {
		return all[0].comp
	}
	return &contentline.Component{Name: "VJOURNAL"}
}

func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

func lowerVNote(journal *contentline.Component) *contentline.Component {
	n := joinNote(journal)
	out := &contentline.Component{Name: "VNOTE", Props: make([]contentline.Property, 0, len(journal.Props)+3)}
	out.Props = append(out.Props, contentline.Property{Name: "VERSION", Value: note11.format().Version})
	if n.title != "" {
		out.Props = append(out.Props, contentline.Property{Name: "SUMMARY", Value: literal(n.title)})
	}
	out.Props = append(out.Props, contentline.Property{Name: "BODY", Value: literal(n.text())})
	for _, p := range journal.Props {
		if !p.Junk && (p.Is("SUMMARY") || p.Is("DESCRIPTION") || p.Is("VERSION")) {
			continue
		}
		if p.Is("CREATED") && !p.Junk {
			p.Name = "DCREATED"
		}
		out.Props = append(out.Props, projectProperty(p, cal20, note11))
	}
	return out
}

// literal escapes a text for a vNote no more than is needed: few phones take a backslash off.
func literal(s string) string { return note11.escape(s, "") }
