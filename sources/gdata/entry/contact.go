package entry

import (
	"fmt"
	"slices"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// A contactField is one thing that an entry and a card both say. The table of them is the mapping, and the
// documentation of it.
type contactField struct {
	// what names it; elements and props are what it is called on both sides, lost is what of it does not cross.
	what, elements, props, lost string
	// read puts what the entry says into the card.
	read func(e *xmltree.Element, c dataclass.Contact, x Context)
	// says gives what of the card crosses, in a form that is equal for what is the same to an entry.
	says func(c dataclass.Contact, x Context) []string
	// write makes the entry say what the card says. It is asked only where that is something else.
	write func(e *xmltree.Element, c dataclass.Contact, x Context)
	// edit makes a card that says more than an entry can say what the entry says; nil where read does.
	edit func(e *xmltree.Element, c dataclass.Contact, x Context)
}

// contactFields are all fields of contacts. A field that is not here stays in the entry as it is.
var contactFields = []contactField{
	nameField,
	listField("phone numbers", "gd:phoneNumber", "TEL", &phones, dataclass.Contact.Phones, dataclass.Contact.SetPhones),
	listField("e-mail addresses", "gd:email", "EMAIL", &emails, dataclass.Contact.Emails, dataclass.Contact.SetEmails),
	imField,
	addressField,
	organizationField,
	nicknameField,
	birthdayField,
	anniversaryField,
	listField("other dates", "gContact:event", "X-ABDATE", &days, dataclass.Contact.Dates, dataclass.Contact.SetDates),
	listField("web pages", "gContact:website", "URL", &websites, dataclass.Contact.URLs, dataclass.Contact.SetURLs),
	listField("people", "gContact:relation", "RELATED, X-ABRELATEDNAMES", &relations, dataclass.Contact.Relations, dataclass.Contact.SetRelations),
	genderField,
	noteField,
	groupField,
	identifierField,
}

// ReadContact gives the card that says what the entry says, in x.Card. Photos are not in entries: see PhotoOf.
// Errors wrap dataclass.ErrMalformed, also for a tombstone, dataclass.ErrTooBig or, for x.Card,
// dataclass.ErrUnsupported.
func ReadContact(e *xmltree.Element, x Context) (*dataclass.Item, error) {
	if err := checkLiving(e, ContactKind); err != nil {
		return nil, fmt.Errorf("contact: %w", err)
	}
	c, err := readCard(e, x)
	if err != nil {
		return nil, fmt.Errorf("contact: %w", err)
	}
	return c.Item(), nil
}

func readCard(e *xmltree.Element, x Context) (dataclass.Contact, error) {
	if x.Card == (dataclass.Format{}) {
		x.Card = dataclass.VCard40
	}
	c, err := dataclass.NewContact(x.Card)
	if err != nil {
		return c, err
	}
	if bare(e) {
		identifierField.read(e, c, x)
		return c, nil
	}
	for i := range contactFields {
		contactFields[i].read(e, c, x)
	}
	return c, nil
}

// bare reports whether an entry has nothing that is a field.
func bare(e *xmltree.Element) bool {
	for c := range e.Elements() {
		if !is(c, Atom, "category") && !is(c, GD, "extendedProperty") {
			return false
		}
	}
	return true
}

// WriteContact edits the entry in place so that it says what the card says. What it says already is not
// touched, down to the bytes that Append makes of it, and what is no field stays. A second call changes nothing.
//
// For a new contact e is New(ContactKind). Categories without a group are left out: see MissingGroups. The photo
// is not written. Errors wrap dataclass.ErrMalformed, dataclass.ErrTooBig or, for an item that is no contact,
// dataclass.ErrUnsupported; the entry is as it was then.
func WriteContact(e *xmltree.Element, it *dataclass.Item, x Context) error {
	if err := checkLiving(e, ContactKind); err != nil {
		return fmt.Errorf("contact: %w", err)
	}
	c, err := dataclass.AsContact(it)
	if err != nil {
		return fmt.Errorf("contact: %w", err)
	}
	have, err := readCard(e, x)
	if err != nil {
		return fmt.Errorf("contact: %w", err)
	}
	for i := range contactFields {
		f := &contactFields[i]
		if !slices.Equal(f.says(have, x), f.says(c, x)) {
			f.write(e, c, x)
		}
	}
	if child(e, Atom, "id") == nil {
		joinMyContacts(e, x)
	}
	return nil
}

// listField makes the field of a list of typed values.
func listField(what, elements, props string, l *typedList, get func(dataclass.Contact) []dataclass.Typed,
	set func(dataclass.Contact, []dataclass.Typed)) contactField {
	wanted := func(c dataclass.Contact) []said {
		var out []said
		for _, t := range get(c) {
			if s := l.rels.of(t); s.value != "" && l.fits(s.value) {
				out = append(out, s)
			}
		}
		return out
	}
	return contactField{
		what: what, elements: elements, props: props, lost: l.lost,
		read: func(e *xmltree.Element, c dataclass.Contact, _ Context) {
			var out []dataclass.Typed
			for _, s := range l.values(e) {
				out = append(out, l.rels.back(s))
			}
			if len(out) > 0 {
				set(c, out)
			}
		},
		says: func(c dataclass.Contact, _ Context) []string { return l.says(onePrimary(wanted(c))) },
		write: func(e *xmltree.Element, c dataclass.Contact, x Context) {
			l.write(e, onePrimary(wanted(c)), x)
		},
		edit: func(e *xmltree.Element, c dataclass.Contact, _ Context) {
			set(c, l.rels.editTyped(get(c), l.values(e), l.fits))
		},
	}
}

// A typedList is a list whose values are texts with a type.
type typedList struct {
	list[said]
	rels *rels
	lost string
	// fits refuses values that the element cannot hold.
	fits func(value string) bool
}

// typedOf makes a list of elements whose value is where get finds it.
func typedOf(space, local string, r *rels, lost string, get func(el *xmltree.Element) string, set func(el *xmltree.Element, v string)) typedList {
	l := typedList{rels: r, lost: lost, fits: func(string) bool { return true }}
	l.list = list[said]{
		keys:  said.keys,
		blank: func(Context) *xmltree.Element { return xmltree.New(space, local) },
		hear: func(el *xmltree.Element) (said, bool) {
			if !is(el, space, local) {
				return said{}, false
			}
			s := r.hear(el)
			s.value = clean(get(el))
			return s, s.value != ""
		},
		edit: func(el *xmltree.Element, have, want said, blank bool) {
			r.edit(el, have, want, blank)
			if have.value != want.value {
				set(el, want.value)
			}
		},
	}
	return l
}

const (
	lostTypes = "a type that no rel stands for beside one that a rel stands for; a type beside a label; PREF beyond 1"
	lostPref  = "PREF beyond 1; types other than home and work"
)

var (
	phones = typedOf(GD, "phoneNumber", &phoneRels, lostTypes, (*xmltree.Element).Text, func(el *xmltree.Element, v string) {
		el.Nodes = []xmltree.Node{xmltree.Text(v)}
		setAttr(el, "uri", "") // it is the old number
	})
	emails   = typedOf(GD, "email", &placeRels, lostPref, attr("address"), intoAttr("address"))
	websites = typedOf(GContact, "website", &webRels, lostPref, attr("href"), intoAttr("href"))
	// Version 3 has no rel for people without a type, so they get a label.
	relations = typedOf(GContact, "relation", &relationRels, lostTypes, (*xmltree.Element).Text, intoText)
	days      = dayList()
)

func attr(local string) func(*xmltree.Element) string {
	return func(el *xmltree.Element) string { return el.Attr("", local) }
}

func intoAttr(local string) func(*xmltree.Element, string) {
	return func(el *xmltree.Element, v string) { setAttr(el, local, v) }
}

func intoText(el *xmltree.Element, v string) { el.Nodes = []xmltree.Node{xmltree.Text(v)} }
