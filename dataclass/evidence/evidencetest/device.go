package evidencetest

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A Device is what one sort of device does to what it stores.
type Device struct {
	Name                                string
	Cut                                 int // characters of every text
	Upper                               bool
	ASCII                               func(string) string // what it does to other letters
	OneField, Comma                     bool                // the whole name in one field; family name first, with a comma
	Swap                                bool                // given and family name
	National                            bool                // numbers without the code of the country
	Phones, LastPhones                  int                 // how many numbers it holds: the first or the last ones
	NoTypes                             bool
	NoMail, NoPhones, NoCompany, NoRest bool
	LowerMail                           bool
	KeepUID                             bool
}

// store gives what the device makes of a card.
func (d Device) store(c Card) Card {
	c.Phones = d.numbers(c.Phones)
	if d.NoMail {
		c.Mails = nil
	} else if len(c.Mails) > 0 {
		c.Mails = []string{d.mail(c.Mails[0])}
	}
	if d.NoCompany {
		c.Company, c.Title = "", ""
	}
	if d.NoRest {
		c.Birthday, c.Note, c.Street, c.Post, c.Town, c.Middle = "", "", "", "", "", ""
	}
	if !d.KeepUID {
		c.UID = ""
	}
	d.name(&c)
	for _, s := range []*string{&c.Given, &c.Middle, &c.Family, &c.Company, &c.Title, &c.Note, &c.Street, &c.Town} {
		*s = d.text(*s)
	}
	return c
}

func (d Device) name(c *Card) {
	switch {
	case d.OneField && d.Comma && c.Family != "":
		c.Family, c.Given, c.Middle = join(c.Family+",", c.Given, c.Middle, c.Suffix), "", ""
		c.Suffix = ""
	case d.OneField:
		c.Family, c.Given, c.Middle = join(c.Given, c.Middle, c.Family, c.Suffix), "", ""
		c.Suffix = ""
	case d.Swap:
		c.Given, c.Family = c.Family, c.Given
	}
}

func join(list ...string) string { return strings.Join(strings.Fields(strings.Join(list, " ")), " ") }

func (d Device) text(s string) string {
	s = norm.NFC.String(s)
	if d.ASCII != nil {
		s = d.ASCII(s)
	}
	if d.Upper {
		s = strings.ToUpper(s)
	}
	if d.Cut > 0 && utf8.RuneCountInString(s) > d.Cut {
		s = strings.TrimSpace(string([]rune(s)[:d.Cut]))
	}
	return s
}

func (d Device) mail(s string) string {
	if d.LowerMail {
		s = strings.ToLower(s)
	}
	if d.Cut > 0 && len(s) > d.Cut*2 {
		s = s[:d.Cut*2]
	}
	return s
}

func (d Device) numbers(list []Number) []Number {
	var out []Number
	for i, n := range list {
		if d.NoPhones || d.Phones > 0 && i >= d.Phones || d.LastPhones > 0 && i < len(list)-d.LastPhones {
			continue
		}
		if d.NoTypes {
			n.Type = ""
		}
		out = append(out, n)
	}
	return out
}

// plainASCII leaves the accents away.
func plainASCII(s string) string {
	return mapped(s, func(r rune) string {
		if l, ok := map[rune]string{'ß': "ss", 'ł': "l", 'Ł': "L", 'ø': "o", 'ı': "i"}[r]; ok {
			return l
		}
		for _, c := range norm.NFD.String(string(r)) {
			if c < utf8.RuneSelf {
				return string(c)
			}
		}
		return string(r) // such a device does not know these letters at all; it keeps them
	})
}

// spelledOut writes umlauts with an e.
func spelledOut(s string) string {
	return plainASCII(mapped(s, func(r rune) string {
		if l, ok := map[rune]string{'ä': "ae", 'ö': "oe", 'ü': "ue", 'Ä': "Ae", 'Ö': "Oe", 'Ü': "Ue", 'å': "aa"}[r]; ok {
			return l
		}
		return string(r)
	}))
}

// questionMarks writes a question mark for each letter of Latin script that ASCII lacks.
func questionMarks(s string) string {
	return mapped(s, func(r rune) string {
		if r >= utf8.RuneSelf && unicode.Is(unicode.Latin, r) {
			return "?"
		}
		return string(r)
	})
}

// droppedLetters leaves them away.
func droppedLetters(s string) string {
	return mapped(s, func(r rune) string {
		if r >= utf8.RuneSelf && unicode.Is(unicode.Latin, r) {
			return ""
		}
		return string(r)
	})
}

func mapped(s string, f func(rune) string) string {
	var b strings.Builder
	for _, r := range norm.NFC.String(s) {
		if r < utf8.RuneSelf {
			b.WriteRune(r)
		} else {
			b.WriteString(f(r))
		}
	}
	return b.String()
}

func asciiOnly(s string) string {
	s = plainASCII(s)
	out := mapped(strings.ReplaceAll(s, " ", ""), func(r rune) string { return string('a' + r%26) })
	return out
}
