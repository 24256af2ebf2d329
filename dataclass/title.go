package dataclass

import (
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// maxTitle is how many characters a title has at most.
const maxTitle = 100

// Title gives a short name for people, on one line and of at most 100 characters: the formatted
// name, else the name, the organisation, an e-mail address or a number; the summary of an event or a task,
// the title of a note, else the first line of its text; empty if there is none.
func (it *Item) Title() string {
	if !it.d.isCard() {
		return calendarTitle(it.root, it.d)
	}
	for _, name := range []string{"FN", "N", "ORG", "EMAIL", "TEL"} {
		for i := range it.root.Props {
			if p := &it.root.Props[i]; p.Is(name) {
				if t := it.titleFrom(p, name); t != "" {
					return t
				}
			}
		}
	}
	return ""
}

func (it *Item) titleFrom(p *contentline.Property, name string) string {
	d := it.d
	text := d.unescape(p.Value)
	switch name {
	case "N":
		n := nameFrom(p, d)
		text = strings.Join([]string{n.Prefix, n.Given, n.Additional, n.Family, n.Suffix}, " ")
	case "TEL":
		text = phoneText(text)
	case "ORG":
		text = strings.Join(parts(p, d), " ")
	}
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > maxTitle {
		text = string(r[:maxTitle-1]) + "…"
	}
	return text
}

// parts gives the components of a structured value as texts.
func parts(p *contentline.Property, d dialect) []string {
	out := contentline.Split(p.Value, ";")
	for i, s := range out {
		out[i] = d.unescape(s)
	}
	return out
}
