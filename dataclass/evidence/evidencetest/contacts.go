package evidencetest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/dataclass/evidence"
)

// Contacts makes up two sides with about n contacts each, the second one on the device, where 10 % were edited since.
func Contacts(seed uint64, n int, d Device, heldOut bool) Case {
	p := newPick(seed, d.Name)
	cultures := tunedCultures()
	if heldOut {
		cultures = heldOutCultures()
	}
	all := people(p, n, cultures)
	editor := &maker{pick: p, cultures: cultures, mains: []firm{{name: "Other Corp", domain: "other.example"}}}
	a, b, partner := sides(p, all, func(c Card) Card {
		c = d.store(c)
		c.Phones, c.Mails = slices.Clone(c.Phones), slices.Clone(c.Mails)
		if p.chance(0.1) {
			editor.edit(&c, d)
		}
		return c
	})
	out := Case{Partner: partner}
	for i, c := range a {
		out.Items[0] = append(out.Items[0], c.item(dataclass.VCard30, false))
		out.A = append(out.A, evidence.Entry{ID: fmt.Sprint("a", i), Digest: evidence.Of(out.Items[0][i])})
	}
	for i, c := range b {
		out.Items[1] = append(out.Items[1], c.item(dataclass.VCard21, d.National))
		out.B = append(out.B, evidence.Entry{ID: fmt.Sprint("b", i), Digest: evidence.Of(out.Items[1][i])})
	}
	return out
}

// edit does what people do to a contact.
func (m *maker) edit(c *Card, d Device) {
	culture := m.cultures[m.IntN(len(m.cultures))]
	switch x := m.Float64(); {
	case x < 0.3:
		c.Phones = append(c.Phones, m.number(culture, "cell"))
	case x < 0.42 && len(c.Phones) > 0:
		c.Phones[m.IntN(len(c.Phones))] = m.number(culture, "cell")
	case x < 0.55 && !d.NoMail:
		c.Mails = []string{"new." + m.digits(5) + "@other.example"}
	case x < 0.65 && !d.NoCompany:
		c.Company, c.Title = "Other Corp", m.title()
	case x < 0.75 && !d.NoRest:
		c.Street, c.Post, c.Town = m.street(culture), m.digits(5), m.of(culture.towns)
	case x < 0.85 && !d.NoRest:
		c.Note = strings.TrimSpace(c.Note + " called " + m.digits(3))
	case x < 0.9 && len(c.Family) > 4:
		at := 1 + m.IntN(3)
		c.Family = c.Family[:at] + c.Family[at:] + "e"
	case x < 0.93:
		c.Given += " B."
	case x < 0.95 && c.Given != "" && c.Family != "":
		c.Family = m.often(culture.family)
	default:
		c.Phones = append(c.Phones, m.number(culture, "work"))
	}
}

// item writes the card.
func (c Card) item(f dataclass.Format, national bool) *dataclass.Item {
	v, err := dataclass.NewContact(f)
	if err != nil {
		panic(err) // f is one of two formats that exist
	}
	v.SetName(dataclass.Name{Family: c.Family, Given: c.Given, Additional: c.Middle, Suffix: c.Suffix})
	v.SetFormattedName(join(c.Given, c.Middle, c.Family, c.Suffix))
	var phones, mails []dataclass.Typed
	for i, n := range c.Phones {
		t := dataclass.Typed{Value: "+" + n.Code + " " + n.Rest[:3] + " " + n.Rest[3:]}
		if national {
			t.Value = n.Trunk + n.Rest
		} else if i == 1 {
			t.Value = "00" + n.Code + n.Rest
		}
		if n.Type != "" {
			t.Types = []string{n.Type}
		}
		phones = append(phones, t)
	}
	v.SetPhones(phones)
	for _, m := range c.Mails {
		mails = append(mails, dataclass.Typed{Value: m})
	}
	v.SetEmails(mails)
	if c.Company != "" {
		v.SetOrg(c.Company)
	}
	v.SetTitle(c.Title)
	v.SetBirthday(c.Birthday)
	v.SetNote(c.Note)
	if c.Street != "" {
		v.AddAddress(dataclass.Address{Street: c.Street, PostalCode: c.Post, Locality: c.Town})
	}
	v.SetText("UID", c.UID)
	return v.Item()
}
