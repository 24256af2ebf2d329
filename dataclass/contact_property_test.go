package dataclass

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A typedEdit is one edit through the typed view, with the names of the lines that it may touch.
type typedEdit struct {
	name   string
	edit   func(Contact)
	touch  []string
	holds  func(Contact) bool
	repeat func(Contact) // sets what is there
}

var typedEdits = []typedEdit{
	{"name", func(c Contact) { n := c.Name(); n.Given = "Eve;,"; c.SetName(n) }, []string{"N", "FN"},
		func(c Contact) bool { return c.Name().Given == "Eve;," }, func(c Contact) { c.SetName(c.Name()) }},
	{"formatted name", func(c Contact) { c.SetFormattedName("E, V;") }, []string{"FN"},
		func(c Contact) bool { return c.FormattedName() == "E, V;" }, func(c Contact) { c.SetFormattedName(c.FormattedName()) }},
	{"nicknames", func(c Contact) { c.SetNicknames("x,", "y") }, []string{"NICKNAME"},
		func(c Contact) bool { return slices.Equal(c.Nicknames(), []string{"x,", "y"}) }, func(c Contact) { c.SetNicknames(c.Nicknames()...) }},
	{"phone", func(c Contact) {
		c.SetPhones(append(c.Phones(), Typed{Value: "77", Types: []string{"work", "fax"}, Pref: 1, Label: "L"}))
	}, []string{"TEL", "X-ABLABEL"},
		func(c Contact) bool {
			p := c.Phones()
			return sameTyped(p[len(p)-1], Typed{"77", []string{"work", "fax"}, 1, "L"})
		}, func(c Contact) { c.SetPhones(c.Phones()) }},
	{"no phones", func(c Contact) { c.SetPhones(nil) }, []string{"TEL"},
		func(c Contact) bool { return c.Phones() == nil }, func(c Contact) { c.SetPhones(c.Phones()) }},
	{"mail", func(c Contact) { c.SetEmails([]Typed{{Value: "e@example.com", Types: []string{"home"}}}) }, []string{"EMAIL"},
		func(c Contact) bool { return len(c.Emails()) == 1 && c.Emails()[0].Value == "e@example.com" }, func(c Contact) { c.SetEmails(c.Emails()) }},
	{"label", func(c Contact) {
		u := c.URLs()
		for i := range u {
			u[i].Label = "new, label"
		}
		c.SetURLs(u)
	}, []string{"X-ABLABEL", "URL"},
		func(c Contact) bool {
			return !slices.ContainsFunc(c.URLs(), func(t Typed) bool { return t.Label != "new, label" })
		}, func(c Contact) { c.SetURLs(c.URLs()) }},
	{"messenger", func(c Contact) { c.SetIMs([]IM{{Service: "skype", Address: "ada l", Types: []string{"work"}}}) }, []string{"IMPP", "X-AIM", "X-SKYPE", "X-JABBER"},
		func(c Contact) bool {
			m := c.IMs()
			return len(m) == 1 && m[0].Service == "skype" && m[0].Address == "ada l" && slices.Equal(m[0].Types, []string{"work"})
		}, func(c Contact) { c.SetIMs(c.IMs()) }},
	{"address", func(c Contact) {
		a := append(c.Addresses(), Address{Street: "x;y\nz", Country: "C", Types: []string{"work"}, Delivery: "d\ne"})
		a[0].Locality = "New, Town"
		c.SetAddresses(a)
	}, []string{"ADR", "LABEL"}, func(c Contact) bool {
		a := c.Addresses()
		return a[0].Locality == "New, Town" && a[len(a)-1].Street == "x;y\nz" && a[len(a)-1].Delivery == "d\ne"
	}, func(c Contact) { c.SetAddresses(c.Addresses()) }},
	{"organisations", func(c Contact) {
		c.SetOrganizations([]Organization{{"a,", []string{"b;"}, "t", "r"}, {"c", nil, "u", ""}})
	}, []string{"ORG", "TITLE", "ROLE"},
		func(c Contact) bool {
			o := c.Organizations()
			return len(o) == 2 && o[0].Name == "a," && o[0].Units[0] == "b;" && o[0].Role == "r" && o[1].Title == "u"
		}, func(c Contact) { c.SetOrganizations(c.Organizations()) }},
	{"birthday", func(c Contact) { c.SetBirthday("1970-02-03") }, []string{"BDAY"},
		func(c Contact) bool { return c.Birthday() == "1970-02-03" }, func(c Contact) { c.SetBirthday(c.Birthday()) }},
	{"birthday without year", func(c Contact) { c.SetBirthday("--02-03") }, []string{"BDAY"},
		func(c Contact) bool { return c.Birthday() == "--02-03" }, func(c Contact) { c.SetBirthday(c.Birthday()) }},
	{"anniversary", func(c Contact) { c.SetAnniversary("1970-02-03") }, []string{"ANNIVERSARY", "X-ANNIVERSARY", "X-ABDATE", "X-ABLABEL"},
		func(c Contact) bool { return c.Anniversary() == "1970-02-03" }, func(c Contact) { c.SetAnniversary(c.Anniversary()) }},
	{"other date", func(c Contact) { c.SetDates([]Typed{{Value: "2001-02-03", Label: "Exam"}}) }, []string{"X-ABDATE", "X-ABLABEL"},
		func(c Contact) bool { return len(c.Dates()) == 1 && c.Dates()[0].Label == "Exam" }, func(c Contact) { c.SetDates(c.Dates()) }},
	{"relations", func(c Contact) {
		c.SetRelations([]Typed{{Value: "Bo, B", Types: []string{"child"}}, {Value: "Cy", Types: []string{"manager"}}, {Value: "Di", Label: "Aunt"}})
	}, []string{"RELATED", "X-SPOUSE", "X-EVOLUTION-SPOUSE", "X-MANAGER", "X-ASSISTANT", "AGENT", "X-ABRELATEDNAMES", "X-ABLABEL"},
		func(c Contact) bool {
			r := c.Relations()
			has := func(want Typed) bool {
				return slices.ContainsFunc(r, func(t Typed) bool { return sameTyped(t, want) })
			}
			return len(r) == 3 && has(Typed{Value: "Bo, B", Types: []string{"child"}}) && has(Typed{Value: "Cy", Types: []string{"manager"}}) && has(Typed{Value: "Di", Label: "Aunt"})
		}, func(c Contact) { c.SetRelations(c.Relations()) }},
	{"picture", func(c Contact) { c.SetPhoto([]byte{1, 2, 3, 4}, "image/png") }, []string{"PHOTO"},
		func(c Contact) bool { p, t := c.Photo(); return len(p) == 4 && t == "PNG" }, func(Contact) {}},
	{"categories", func(c Contact) { c.SetCategories("X-a,", "b") }, []string{"CATEGORIES"},
		func(c Contact) bool { return slices.Equal(c.Categories(), []string{"X-a,", "b"}) }, func(c Contact) { c.SetCategories(c.Categories()...) }},
	{"note", func(c Contact) { c.SetNote("n\n,;") }, []string{"NOTE"},
		func(c Contact) bool { return c.Note() == "n\n,;" }, func(c Contact) { c.SetNote(c.Note()) }},
	{"phonetic name", func(c Contact) { c.SetPhonetic(Name{Family: "f", Given: "g"}) }, []string{"X-PHONETIC-LAST-NAME", "X-PHONETIC-FIRST-NAME", "SOUND", "X-IRMC-N"},
		func(c Contact) bool { return c.Phonetic() == Name{Family: "f", Given: "g"} }, func(c Contact) { c.SetPhonetic(c.Phonetic()) }},
}

// bodyLines gives the lines of the body, with the name of the property each belongs to.
func bodyLines(it *Item) (lines, names []string) {
	name := ""
	for _, l := range strings.Split(string(it.Body().Data), "\r\n") {
		head, _, ok := strings.Cut(l, ":")
		head, _, _ = strings.Cut(head, ";")
		head = strings.TrimSpace(head[strings.LastIndexByte(head, '.')+1:])
		if ok && !strings.HasPrefix(l, " ") && (head == upper(head) || head == strings.ToLower(head) || head == "X-ABLabel") {
			name = upper(head)
		}
		lines, names = append(lines, l), append(names, name)
	}
	return lines, names
}

// drawForeign draws a card as somebody else may have written it: folded elsewhere, in lower case.
func drawForeign(t *rapid.T) *Item {
	c := drawRows(t)
	f := cardFormats.Draw(t, "dialect")
	text := strings.ReplaceAll(string(c.in(t, f).Body().Data), "NOTE:a", "note:a\r\n  ")
	if f != VCard40 {
		text = strings.ReplaceAll(text, "TEL;", "tel ; ")
	}
	return mustDecode(t, text)
}

func TestTypedEditLeavesEveryOtherLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		it := drawForeign(t)
		before, names := bodyLines(it)
		e := typedEdits[rapid.IntRange(0, len(typedEdits)-1).Draw(t, "edit")]
		c, err := AsContact(it)
		if err != nil {
			t.Fatal(err)
		}
		if e.name == "address" && len(c.Addresses()) == 0 {
			c.AddAddress(Address{Street: "s"})
		}
		e.edit(c)
		if !e.holds(c) {
			t.Fatalf("%s is not set:\n%s", e.name, it.Body().Data)
		}
		after, _ := bodyLines(it)
		for i, l := range before {
			if !slices.Contains(e.touch, names[i]) && !slices.Contains(after, l) {
				t.Fatalf("%s touched %q:\n%s", e.name, l, it.Body().Data)
			}
		}
		checkItem(t, it)
		again, err := AsContact(mustDecode(t, string(it.Body().Data)))
		if err != nil || !e.holds(again) {
			t.Fatalf("%s is not kept:\n%s", e.name, it.Body().Data)
		}
	})
}

func TestSettingWhatIsThereChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		it := drawForeign(t)
		before := string(it.Body().Data)
		c, err := AsContact(it)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range typedEdits {
			if e.repeat(c); string(it.Body().Data) != before {
				t.Fatalf("%s changed\n%s\nto\n%s", e.name, before, it.Body().Data)
			}
		}
	})
}
