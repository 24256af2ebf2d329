package entry

import (
	"fmt"
	"slices"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// EditContact gives a copy of a card with the edits that somebody made to its entry: have is the entry as he got it, want
// as he sends it. It is how a server takes an update without losing what an entry cannot say. Fields that both
// entries say the same of are not touched, and of a list that changed the values that stay keep all that the card says
// of them. Entries that say the same give a card with the same bytes.
//
// Errors are those of ReadContact and, for an item that is no contact, dataclass.ErrUnsupported.
func EditContact(it *dataclass.Item, have, want *xmltree.Element, x Context) (*dataclass.Item, error) {
	if _, err := dataclass.AsContact(it); err != nil {
		return nil, fmt.Errorf("contact: %w", err)
	}
	for _, e := range []*xmltree.Element{have, want} {
		if err := checkLiving(e, ContactKind); err != nil {
			return nil, fmt.Errorf("contact: %w", err)
		}
	}
	x.Card = it.Format()
	was, err := readCard(have, x)
	if err != nil {
		return nil, fmt.Errorf("contact: %w", err)
	}
	now, err := readCard(want, x)
	if err != nil {
		return nil, fmt.Errorf("contact: %w", err)
	}
	c, err := dataclass.AsContact(it.Clone())
	if err != nil {
		return nil, fmt.Errorf("contact: %w", err)
	}
	for i := range contactFields {
		f := &contactFields[i]
		switch {
		case slices.Equal(f.says(was, x), f.says(now, x)):
		case f.edit != nil:
			f.edit(want, c, x)
		default:
			f.read(want, c, x)
		}
	}
	return c.Item(), nil
}

// An edit is what becomes of the values of a list of a card when it is to say what an entry says.
type edit[T any] struct {
	// says are what the values of the card say to an entry, of them those that cannot be said are left out; want is
	// what it is to be.
	says, want []keys
	// made gives a new value for want[w]; moved gives the value of the card with the value, sorted with the type of
	// want[w].
	made          func(w int) T
	moved, sorted func(v T, w int) T
}

// apply gives the new list. Stored are the values that says is about.
func (e edit[T]) apply(stored []T) []T {
	to := assign(e.says, e.want)
	var out []T
	for i, w := range to {
		switch {
		case w < 0:
		case e.says[i].all == e.want[w].all:
			out = append(out, stored[i])
		case e.says[i].value == e.want[w].value:
			out = append(out, e.sorted(stored[i], w))
		default:
			out = append(out, e.moved(stored[i], w))
		}
	}
	for w := range e.want {
		if !slices.Contains(to, w) {
			out = append(out, e.made(w))
		}
	}
	return out
}

// editTyped gives the values of a card that say what an entry says; those that no entry can say stay.
func (r *rels) editTyped(stored []dataclass.Typed, want []said, fits func(string) bool) []dataclass.Typed {
	var kept, mute []dataclass.Typed
	var says []said
	for _, t := range stored {
		if s := r.of(t); s.value != "" && fits(s.value) {
			kept, says = append(kept, t), append(says, s)
		} else {
			mute = append(mute, t)
		}
	}
	want = onePrimary(want)
	out := edit[dataclass.Typed]{
		says: allKeys(onePrimary(says)), want: allKeys(want),
		made: func(w int) dataclass.Typed { return r.back(want[w]) },
		moved: func(t dataclass.Typed, w int) dataclass.Typed {
			t.Value = want[w].value
			return withPrimary(t, want[w].primary)
		},
		sorted: func(_ dataclass.Typed, w int) dataclass.Typed { return r.back(want[w]) },
	}.apply(kept)
	return append(out, mute...)
}

func withPrimary(t dataclass.Typed, primary bool) dataclass.Typed {
	if primary != (t.Pref == 1) {
		t.Pref = 0
		if primary {
			t.Pref = 1
		}
	}
	return t
}

func allKeys(list []said) []keys {
	out := make([]keys, len(list))
	for i, s := range list {
		out[i] = s.keys()
	}
	return out
}

func editIMs(e *xmltree.Element, c dataclass.Contact, _ Context) {
	want := onePrimary(ims.values(e))
	var kept, mute []dataclass.IM
	var says []said
	for _, m := range c.IMs() {
		s := saidOf(m)
		if s.value == "" {
			mute = append(mute, m)
			continue
		}
		kept, says = append(kept, m), append(says, s)
	}
	made := func(w int) dataclass.IM {
		t := imRels.back(want[w])
		return dataclass.IM{Service: want[w].service, Address: t.Value, Types: t.Types, Pref: t.Pref, Label: t.Label}
	}
	c.SetIMs(append(edit[dataclass.IM]{
		says: allKeys(onePrimary(says)), want: allKeys(want), made: made,
		moved: func(m dataclass.IM, w int) dataclass.IM {
			n := made(w)
			m.Service, m.Address, m.Pref = n.Service, n.Address, n.Pref
			return m
		},
		sorted: func(_ dataclass.IM, w int) dataclass.IM { return made(w) },
	}.apply(kept), mute...))
}

func editAddresses(e *xmltree.Element, c dataclass.Contact, x Context) {
	want := primaryOnce(x.addresses().values(e))
	var kept []dataclass.Address
	var says []postal
	for _, a := range c.Addresses() {
		if p := postalOf(a); p.lines() != "" {
			kept, says = append(kept, a), append(says, p)
		}
	}
	made := func(w int) dataclass.Address {
		a, t := want[w].a, addressRels.back(want[w].said)
		a.Types, a.Pref, a.Label = t.Types, t.Pref, t.Label
		return a
	}
	c.SetAddresses(edit[dataclass.Address]{
		says: x.addresses().all(primaryOnce(says)), want: x.addresses().all(want), made: made,
		moved: func(a dataclass.Address, w int) dataclass.Address {
			n := made(w)
			n.Types, n.Label = a.Types, a.Label
			return n
		},
		sorted: func(a dataclass.Address, w int) dataclass.Address {
			n := made(w)
			a.Types, a.Pref, a.Label = n.Types, n.Pref, n.Label
			return a
		},
	}.apply(kept))
}

// primaryOnce leaves one address primary: the first.
func primaryOnce(list []postal) []postal {
	found := false
	for i := range list {
		list[i].primary = list[i].primary && !found
		found = found || list[i].primary
	}
	return list
}

func editOrganizations(e *xmltree.Element, c dataclass.Contact, _ Context) {
	want := organizations.values(e)
	var kept []dataclass.Organization
	var says []organization
	for _, o := range c.Organizations() {
		if s := organizationOf(o); s != (organization{}) {
			kept, says = append(kept, o), append(says, s)
		}
	}
	made := func(w int) dataclass.Organization { return want[w].back() }
	c.SetOrganizations(edit[dataclass.Organization]{
		says: organizations.all(says), want: organizations.all(want), made: made,
		moved: func(_ dataclass.Organization, w int) dataclass.Organization { return made(w) },
		sorted: func(o dataclass.Organization, w int) dataclass.Organization {
			n, old := made(w), organizationOf(o)
			if old.units == want[w].units {
				n.Units = o.Units // a unit may hold what looks like the end of one
			}
			return n
		},
	}.apply(kept))
}

func editGender(e *xmltree.Element, c dataclass.Contact, x Context) {
	c.SetText(genderName(c), "")
	readGender(e, c, x)
}

func editAnniversary(e *xmltree.Element, c dataclass.Contact, _ Context) {
	day := ""
	if all := anniversaries(e); len(all) > 0 {
		day = dayOf(all[0])
	}
	c.SetAnniversary(day)
}

// editCategories keeps the categories that no group stands for.
func editCategories(e *xmltree.Element, c dataclass.Contact, x Context) {
	var want, out []string
	for _, m := range x.memberships().values(e) {
		want = append(want, m.title)
	}
	for _, s := range c.Categories() {
		if _, known := x.group(clean(s)); !known || slices.Contains(want, clean(s)) {
			out = append(out, s)
		}
	}
	for _, s := range want {
		if !slices.ContainsFunc(out, func(have string) bool { return clean(have) == s }) {
			out = append(out, s)
		}
	}
	c.SetCategories(out...)
}
