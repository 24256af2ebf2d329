package evidencetest

import (
	"fmt"
	"strconv"
	"strings"
)

// A Card is what a contact says, before it is written as one.
type Card struct {
	UID, Given, Middle, Family, Suffix string
	Phones                             []Number
	Mails                              []string
	Company, Title, Birthday, Note     string
	Street, Post, Town                 string
}

// A Number is a phone number in its national and its international form.
type Number struct {
	Code, Trunk, Rest, Type string
}

// maker draws people.
type maker struct {
	pick
	cultures []culture
	out      []Card
	mains    []firm
}

// A firm is where colleagues share a number.
type firm struct {
	name, domain, street, post, town string
	main                             Number
	home                             culture
}

// people makes up n contacts.
func people(p pick, n int, cultures []culture) []Card {
	m := &maker{pick: p, cultures: cultures}
	for range max(2, n/60) {
		m.mains = append(m.mains, m.firm())
	}
	for len(m.out) < n {
		switch x := m.Float64(); {
		case x < 0.03:
			m.roleCard()
		case x < 0.07:
			m.household()
		case x < 0.11:
			m.colleagues()
		case x < 0.145 && len(m.out) > 0:
			m.namesake()
		case x < 0.15:
			m.juniorAndSenior()
		default:
			m.out = append(m.out, m.person(m.cultures[m.IntN(len(m.cultures))]))
		}
	}
	m.out = m.out[:n]
	for i := range m.out {
		m.out[i].UID = fmt.Sprintf("u-%d-%s", i, m.digits(8))
	}
	return m.out
}

func (m *maker) firm() firm {
	c := m.cultures[m.IntN(len(m.cultures))]
	name := m.of(words("Nordwerk Alpha Blueline Castor Delphi Everest Fabrika Granit Horizon Iris Jupiter Kometa Lumen Meridian Novum Orbit Pluton Quarz")) +
		" " + m.of(words("GmbH Ltd SA Systems Trading Logistics Group Bau Media Consulting Foods Tools"))
	return firm{
		name: name + " " + m.digits(2), domain: strings.ToLower(strings.Fields(name)[0]) + m.digits(3) + ".example",
		street: m.street(c), post: m.digits(5), town: m.of(c.towns), main: m.number(c, "work"), home: c,
	}
}

func (m *maker) street(c culture) string { return m.of(c.streets) + " " + strconv.Itoa(1+m.IntN(150)) }

func (m *maker) number(c culture, kind string) Number {
	rest := m.digits(3) + m.digits(7)
	if kind == "cell" {
		rest = "17" + m.digits(8)
	}
	return Number{c.code, c.trunk, rest, kind}
}

// person makes up somebody. Not everything is known of everybody.
func (m *maker) person(c culture) Card {
	p := Card{Given: m.often(c.given), Family: m.often(c.family)}
	if c.twoFamilies {
		p.Family += " " + m.often(c.family)
	}
	if m.chance(0.12) {
		p.Middle = m.often(c.given)
	}
	if m.chance(0.8) {
		p.Phones = append(p.Phones, m.number(c, "cell"))
	}
	if m.chance(0.4) || len(p.Phones) == 0 {
		p.Phones = append(p.Phones, m.number(c, "home"))
	}
	if m.chance(0.6) {
		p.Mails = append(p.Mails, strings.ToLower(asciiOnly(p.Given)+"."+asciiOnly(p.Family)+m.digits(m.IntN(3))+"@"+m.of(words("mail.example post.example web.example inbox.example"))))
	}
	if m.chance(0.3) {
		f := m.mains[m.IntN(len(m.mains))]
		p.Company, p.Title = f.name, m.title()
	}
	if m.chance(0.3) {
		p.Birthday = fmt.Sprintf("%d-%02d-%02d", 1935+m.IntN(75), 1+m.IntN(12), 1+m.IntN(28))
	}
	if m.chance(0.35) {
		p.Street, p.Post, p.Town = m.street(c), m.digits(5), m.of(c.towns)
	}
	if m.chance(0.1) {
		p.Note = m.of(words("Skatclub Nachbar Klassentreffen Handwerker Verein Chor Urlaub")) + " " + m.digits(4)
	}
	return p
}

func (m *maker) title() string {
	return m.of(words("Manager Engineer Clerk Buyer Director Assistant Accountant Driver"))
}

// roleCard adds what has no person behind it.
func (m *maker) roleCard() {
	c := m.cultures[m.IntN(len(m.cultures))]
	p := Card{Given: m.of(words("Taxi Sales Info Support Reception Pizza Doctor Office Service Home")), Phones: []Number{m.number(c, "work")}}
	if m.chance(0.4) {
		f := m.mains[m.IntN(len(m.mains))]
		p.Company, p.Phones = f.name, []Number{f.main}
		p.Phones[0].Rest = p.Phones[0].Rest[:8] + m.digits(2)
	}
	m.out = append(m.out, p)
}

// household adds people who share a landline, an address and a name.
func (m *maker) household() {
	c := m.cultures[m.IntN(len(m.cultures))]
	line, first := m.number(c, "home"), m.person(c)
	first.Street, first.Post, first.Town = m.street(c), m.digits(5), m.of(c.towns)
	taken := make(map[string]bool)
	for range 2 + m.IntN(3) {
		p := m.person(c)
		if taken[p.Given] {
			continue // nobody calls two children the same
		}
		taken[p.Given] = true
		p.Family, p.Street, p.Post, p.Town = first.Family, first.Street, first.Post, first.Town
		p.Phones = []Number{line}
		if m.chance(0.7) {
			p.Phones = append(p.Phones, m.number(c, "cell"))
		}
		m.out = append(m.out, p)
	}
}

// colleagues adds people who share a switchboard.
func (m *maker) colleagues() {
	f := m.mains[m.IntN(len(m.mains))]
	for range 2 + m.IntN(4) {
		p := m.person(f.home)
		p.Company, p.Title, p.Birthday = f.name, m.title(), ""
		p.Street, p.Post, p.Town = f.street, f.post, f.town
		p.Phones = []Number{f.main}
		if m.chance(0.5) {
			p.Phones = append(p.Phones, m.number(f.home, "cell"))
		}
		p.Mails = []string{strings.ToLower(asciiOnly(p.Given) + "." + asciiOnly(p.Family) + "@" + f.domain)}
		m.out = append(m.out, p)
	}
}

// namesake adds somebody with the name of somebody else.
func (m *maker) namesake() {
	other := m.out[m.IntN(len(m.out))]
	p := m.person(m.cultures[m.IntN(len(m.cultures))])
	p.Given, p.Family, p.Middle = other.Given, other.Family, ""
	m.out = append(m.out, p)
}

// juniorAndSenior adds father and son, of one name and one landline.
func (m *maker) juniorAndSenior() {
	c := m.cultures[m.IntN(len(m.cultures))]
	a := m.person(c)
	line := m.number(c, "home")
	b := m.person(c)
	b.Given, b.Family, b.Middle, a.Suffix, b.Suffix = a.Given, a.Family, a.Middle, "Sr.", "Jr."
	a.Phones, b.Phones = []Number{line}, []Number{m.number(c, "cell"), line}
	b.Street, b.Post, b.Town = a.Street, a.Post, a.Town
	m.out = append(m.out, a, b)
}
