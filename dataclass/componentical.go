package dataclass

import (
	"strings"

	"github.com/emersion/go-ical"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// Component fills a go-ical container with the entry, for libraries that want one. Values stay escaped, as
// that package expects; what it has no place for is left out: groups and lines without a colon. It shares
// nothing with the item, and it is not read back. Its encoder refuses what is no complete iCalendar.
func (e Entry) Component() *ical.Component {
	c, _ := e.look()
	return icalComponent(c)
}

// Calendar fills a go-ical container with the whole item: time zones, master and exceptions; see Component.
func (e Entry) Calendar() *ical.Calendar { return e.it.icalCalendar() }

// Component fills a go-ical container with the note as a VJOURNAL; see Entry.Component.
func (n Note) Component() *ical.Component {
	return icalComponent(journalOf(raiseNote(n.it.root, n.it.d)))
}

// Calendar fills a go-ical container with the whole note; see Component.
func (n Note) Calendar() *ical.Calendar {
	return &ical.Calendar{Component: icalComponent(raiseNote(n.it.root, n.it.d))}
}

func (it *Item) icalCalendar() *ical.Calendar {
	return &ical.Calendar{Component: icalComponent(it.neutral().root)}
}

func icalComponent(c *contentline.Component) *ical.Component {
	out := ical.NewComponent(upper(c.Name))
	for i := range c.Props {
		p := &c.Props[i]
		if p.Comp != nil && p.Name == "" {
			out.Children = append(out.Children, icalComponent(p.Comp))
		} else if p.Name != "" && !p.Junk {
			out.Props.Add(icalProp(p))
		}
	}
	return out
}

// icalProp gives one property. That package writes a parameter as it is, so that quotes and line ends
// must not be in it.
func icalProp(p *contentline.Property) *ical.Prop {
	out := ical.NewProp(p.Name)
	out.Value = oneLine(p.Value)
	for _, q := range p.Params {
		name := q.Name
		if name == "" {
			name = "TYPE"
		}
		for _, v := range q.Values() {
			out.Params.Add(name, strings.NewReplacer("\n", " ", `"`, "'").Replace(v))
		}
	}
	if p.Base64 {
		out.Params.Set("ENCODING", "BASE64")
		out.Params.Set("VALUE", "BINARY")
	}
	return out
}

// calendarTitle gives a short name of a calendar item or a note for people: its summary, else the first line of
// its text, on one line and of at most 100 characters; empty if there is neither. The tree is that of the item in
// its own dialect.
func calendarTitle(root *contentline.Component, d dialect) string {
	c, names := root, []string{"SUMMARY", "DESCRIPTION"}
	switch d {
	case plain:
		return shortTitle(firstLine(contentline.Text([]byte(plainText(root)), "")))
	case note11:
		names = []string{"SUMMARY", "SUBJECT", "BODY"}
	default:
		if c = masterIn(root); c == nil {
			return ""
		}
	}
	for _, name := range names {
		if t := shortTitle(firstLine(textOf(c, name, d))); t != "" {
			return t
		}
	}
	return ""
}

// shortTitle puts a text on one line of at most maxTitle characters.
func shortTitle(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	n := 0
	for i := range text {
		if n++; n > maxTitle {
			runes := []rune(text[:i])
			return string(runes[:maxTitle-1]) + "…"
		}
	}
	return text
}
