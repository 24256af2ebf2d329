package entry

import (
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// nameParts are the children of gd:name, and which part of a name they are.
var nameParts = []struct {
	local string
	of    func(n *dataclass.Name) *string
	yomi  bool
}{
	{"namePrefix", func(n *dataclass.Name) *string { return &n.Prefix }, false},
	{"givenName", func(n *dataclass.Name) *string { return &n.Given }, true},
	{"additionalName", func(n *dataclass.Name) *string { return &n.Additional }, true},
	{"familyName", func(n *dataclass.Name) *string { return &n.Family }, true},
	{"nameSuffix", func(n *dataclass.Name) *string { return &n.Suffix }, false},
}

var nameField = contactField{
	what: "name", elements: "gd:name, gd:name/*/@yomi, atom:title", props: "N, FN, X-PHONETIC-LAST-NAME, X-PHONETIC-FIRST-NAME, X-PHONETIC-MIDDLE-NAME",
	lost: "how a part is spoken if the part is empty; in version 2 everything but FN",
	read: func(e *xmltree.Element, c dataclass.Contact, _ Context) {
		var n, spoken dataclass.Name
		name := child(e, GD, "name")
		for _, p := range nameParts {
			el := child(name, GD, p.local)
			*p.of(&n) = clean(el.Text())
			if p.yomi {
				*p.of(&spoken) = clean(el.Attr("", "yomi"))
			}
		}
		full := text(name, GD, "fullName")
		if full == "" {
			full = text(e, Atom, "title")
		}
		c.SetNames(n, full)
		c.SetFormattedName(fullName(c))
		c.SetPhonetic(spoken)
	},
	says: func(c dataclass.Contact, x Context) []string {
		out := []string{fullName(c)}
		if x.Version == 2 {
			return out
		}
		n, spoken := c.Name(), c.Phonetic()
		for _, p := range nameParts {
			part := clean(*p.of(&n))
			out = append(out, part)
			if p.yomi && part != "" {
				out = append(out, clean(*p.of(&spoken)))
			}
		}
		return out
	},
	write: func(e *xmltree.Element, c dataclass.Contact, x Context) {
		full := fullName(c)
		setText(e, Atom, "title", full)
		if x.Version == 2 && child(e, GD, "name") == nil {
			return
		}
		writeName(e, c, full)
	},
}

// fullName gives FN, or what would be one.
func fullName(c dataclass.Contact) string {
	if s := clean(c.FormattedName()); s != "" {
		return s
	}
	n := c.Name()
	var out []string
	for _, p := range nameParts {
		if s := clean(*p.of(&n)); s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, " ")
}

func writeName(e *xmltree.Element, c dataclass.Contact, full string) {
	name := child(e, GD, "name")
	if name == nil {
		name = xmltree.New(GD, "name")
		insert(e, name)
	}
	n, spoken := c.Name(), c.Phonetic()
	for _, p := range nameParts {
		part := clean(*p.of(&n))
		setText(name, GD, p.local, part)
		if el := child(name, GD, p.local); p.yomi && el != nil && clean(el.Attr("", "yomi")) != clean(*p.of(&spoken)) {
			setAttr(el, "yomi", clean(*p.of(&spoken)))
		}
	}
	setText(name, GD, "fullName", full)
	if len(name.Nodes) == 0 && len(name.Attrs) == 0 {
		remove(e, children(e, GD, "name")...) // a second one would be the name now
	}
}

var nicknameField = contactField{
	what: "nicknames", elements: "gContact:nickname", props: "NICKNAME",
	lost: "where one of several nicknames ends, if it holds a comma itself",
	read: func(e *xmltree.Element, c dataclass.Contact, _ Context) {
		c.SetNicknames(apart(text(e, GContact, "nickname"), ", ")...)
	},
	says: func(c dataclass.Contact, _ Context) []string { return []string{together(c.Nicknames(), ", ")} },
	write: func(e *xmltree.Element, c dataclass.Contact, _ Context) {
		setText(e, GContact, "nickname", together(c.Nicknames(), ", "))
	},
}

// together joins texts to one that apart takes apart again.
func together(list []string, sep string) string {
	var out []string
	for _, s := range list {
		out = append(out, apart(s, sep)...)
	}
	return strings.Join(out, sep)
}

// apart gives the texts that stand between separators, without empty ones.
func apart(s, sep string) []string {
	var out []string
	for part := range strings.SplitSeq(clean(s), sep) {
		if part = clean(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

var genderField = contactField{
	what: "gender", elements: "gContact:gender", props: "GENDER", lost: "anything but male and female",
	read: readGender,
	edit: editGender,
	says: func(c dataclass.Contact, _ Context) []string { return []string{gender(c)} },
	write: func(e *xmltree.Element, c dataclass.Contact, _ Context) {
		setValued(e, child(e, GContact, "gender"), xmltree.New(GContact, "gender"), "value", gender(c))
	},
}

func readGender(e *xmltree.Element, c dataclass.Contact, _ Context) {
	for _, g := range genders {
		if clean(child(e, GContact, "gender").Attr("", "value")) == g.value {
			c.SetText(genderName(c), g.word)
		}
	}
}

var genders = []pair{{"male", "M"}, {"female", "F"}}

// genderName gives the name that the property has in the format of the card.
func genderName(c dataclass.Contact) string {
	if c.Item().Format() == dataclass.VCard40 {
		return "GENDER"
	}
	return "X-GENDER"
}

func gender(c dataclass.Contact) string {
	sex, _, _ := strings.Cut(c.Text(genderName(c)), ";")
	for _, g := range genders {
		if sex = strings.ToUpper(clean(sex)); sex == g.word || sex == strings.ToUpper(g.value) {
			return g.value
		}
	}
	return ""
}

var noteField = contactField{
	what: "note", elements: "atom:content", props: "NOTE", lost: "blanks around the note",
	read: func(e *xmltree.Element, c dataclass.Contact, _ Context) { c.SetNote(text(e, Atom, "content")) },
	says: func(c dataclass.Contact, _ Context) []string { return []string{clean(c.Note())} },
	write: func(e *xmltree.Element, c dataclass.Contact, _ Context) {
		setContent(e, clean(c.Note()))
	},
}

// setContent writes atom:content as plain text.
func setContent(e *xmltree.Element, s string) {
	if setText(e, Atom, "content", s); s != "" {
		child(e, Atom, "content").SetAttr("", "type", "text")
	}
}

var birthdayField = contactField{
	what: "birthday", elements: "gContact:birthday", props: "BDAY",
	lost: "the time of a birthday; one of which only a year or a month is known, or that is a text",
	read: func(e *xmltree.Element, c dataclass.Contact, _ Context) {
		c.SetBirthday(date(child(e, GContact, "birthday").Attr("", "when")))
	},
	says: func(c dataclass.Contact, _ Context) []string { return []string{date(c.Birthday())} },
	write: func(e *xmltree.Element, c dataclass.Contact, _ Context) {
		day := date(c.Birthday())
		old := children(e, GContact, "birthday")
		switch {
		case day == "":
			remove(e, old...)
		case len(old) == 0:
			insert(e, xmltree.New(GContact, "birthday").SetAttr("", "when", day))
		default:
			old[0].SetAttr("", "when", day)
		}
	},
}

var anniversaryField = contactField{
	what: "anniversary", elements: "gContact:event[@rel=anniversary]", props: "ANNIVERSARY",
	lost: "the time of it; one of which only a year or a month is known, or that is a text; any but the first",
	read: func(e *xmltree.Element, c dataclass.Contact, _ Context) {
		if all := anniversaries(e); len(all) > 0 {
			c.SetAnniversary(dayOf(all[0]))
		}
	},
	edit: editAnniversary,
	says: func(c dataclass.Contact, _ Context) []string { return []string{date(c.Anniversary())} },
	write: func(e *xmltree.Element, c dataclass.Contact, _ Context) {
		day, all := date(c.Anniversary()), anniversaries(e)
		switch {
		case day == "":
			remove(e, all...) // a second one would come back as the first
		case len(all) == 0:
			el := xmltree.New(GContact, "event").SetAttr("", "rel", "anniversary")
			setDay(el, day)
			insert(e, el)
		default:
			setDay(all[0], day)
		}
	},
}

// anniversaries gives the anniversaries that have a date.
func anniversaries(e *xmltree.Element) []*xmltree.Element {
	return slices.DeleteFunc(children(e, GContact, "event"), func(el *xmltree.Element) bool {
		return !isAnniversary(el) || dayOf(el) == ""
	})
}

func isAnniversary(el *xmltree.Element) bool {
	return cleanLabel(el.Attr("", "label")) == "" && clean(el.Attr("", "rel")) == "anniversary"
}

func dayOf(el *xmltree.Element) string { return date(child(el, GD, "when").Attr("", "startTime")) }

func setDay(el *xmltree.Element, day string) {
	when := child(el, GD, "when")
	if when == nil {
		when = xmltree.New(GD, "when")
		insert(el, when)
	}
	when.SetAttr("", "startTime", day)
}

// dayList is the list of gContact:event but for anniversaries.
func dayList() typedList {
	l := typedOf(GContact, "event", &dayRels, "the time of a date; one that is a text or lacks more than the year", dayOf, setDay)
	l.fits = func(v string) bool { return date(v) == v }
	hear := l.hear
	l.hear = func(el *xmltree.Element) (said, bool) {
		if isAnniversary(el) {
			return said{}, false
		}
		return hear(el)
	}
	return l
}

// date gives a day as both sides write it, 2006-01-02 or --01-02; empty for anything else. Of a time it is the
// day.
func date(s string) string {
	s, _, _ = strings.Cut(clean(s), "T")
	digits := "0000-00-00"
	if strings.HasPrefix(s, "--") {
		digits = "--00-00"
	}
	if len(s) != len(digits) {
		return ""
	}
	for i := range len(s) {
		if isDigit := s[i] >= '0' && s[i] <= '9'; isDigit != (digits[i] == '0') || !isDigit && s[i] != digits[i] {
			return ""
		}
	}
	if md := s[len(s)-5:]; md[:2] < "01" || md[:2] > "12" || md[3:] < "01" || md[3:] > "31" {
		return ""
	}
	return s
}
