package phonetest

import (
	"slices"
	"strings"
)

// The kinds of values that a contact has beside its name.
const (
	Tel   = "TEL"
	Email = "EMAIL"
	Note  = "NOTE"
	Title = "TITLE"
	Org   = "ORG"
	Photo = "PHOTO" // raw bytes
)

// A Value is one property of a contact. Type is CELL, HOME or WORK of a number, else empty.
type Value struct {
	Kind, Type, Text string
}

// A Contact is a card as its user sees it.
type Contact struct {
	Family, Given string
	Values        []Value
	// Rest are lines that a user does not see, in vCard 3.0 and unfolded: only who has no limits keeps them.
	Rest []string
}

// Clone copies a contact.
func (c Contact) Clone() Contact {
	c.Values, c.Rest = slices.Clone(c.Values), slices.Clone(c.Rest)
	return c
}

// Texts gives the texts of a kind in their order.
func (c Contact) Texts(kind string) (all []string) {
	for _, v := range c.Values {
		if v.Kind == kind {
			all = append(all, v.Text)
		}
	}
	return all
}

// Has reports whether a value with that kind and text is there.
func (c Contact) Has(kind, text string) bool { return slices.Contains(c.Texts(kind), text) }

// folds are what ASCII phones make of letters.
var folds = strings.NewReplacer("ä", "a", "ö", "o", "ü", "u", "Ä", "A", "Ö", "O", "Ü", "U", "ß", "ss", "é", "e", "è", "e", "ø", "o", "å", "a")

// ascii folds a text; what has no fold becomes a question mark.
func ascii(s string) string {
	return strings.Map(func(r rune) rune {
		if r > 126 {
			return '?'
		}
		return r
	}, folds.Replace(s))
}
