package evidencetest

import (
	"fmt"
	"strconv"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/dataclass/evidence"
)

// Typists makes up two registers of the same n people, the second one typed in anew: up to five slips in a record, two
// in a field, values that are missing, and given and family names that changed places. Without phones it is like the
// registers on which the linking of records is commonly measured.
func Typists(seed uint64, n int, phones bool) Case {
	p := newPick(seed, "typists")
	given, family := english().given, english().family
	given = append(given, german().given...)
	family = append(family, german().family...)
	m := &maker{pick: p}
	var all []Card
	for range n {
		c := Card{Given: p.often(given), Family: p.often(family)}
		c.Street = strconv.Itoa(1+p.IntN(250)) + " " + p.of(words("Ashby Bellamy Carina Dunlop Elder Fenwick Gleeson Harper Irvine Jandamarra Kelleway Lawley Mulga Narrabundah Osburn Petterd")) +
			" " + p.of(words("Street Place Circuit Crescent Close Avenue"))
		c.Post, c.Town = strconv.Itoa(2000+p.IntN(2500)), p.of(english().towns)
		c.Birthday = fmt.Sprintf("%d-%02d-%02d", 1905+p.IntN(95), 1+p.IntN(12), 1+p.IntN(28))
		if phones {
			c.Phones = []Number{m.number(culture{code: "61", trunk: "0"}, "home")}
		}
		all = append(all, c)
	}
	out := Case{Partner: make([]int, n)}
	place := p.Perm(n)
	out.B, out.Items[1] = make([]evidence.Entry, n), make([]*dataclass.Item, n)
	for i, c := range all {
		it := c.item(dataclass.VCard30, false)
		out.Items[0] = append(out.Items[0], it)
		out.A = append(out.A, evidence.Entry{ID: fmt.Sprint("a", i), Digest: evidence.Of(it)})
		j := place[i]
		p.retype(&c)
		out.Items[1][j] = c.item(dataclass.VCard30, false)
		out.B[j] = evidence.Entry{ID: fmt.Sprint("b", j), Digest: evidence.Of(out.Items[1][j])}
		out.Partner[i] = j
	}
	return out
}

// retype makes slips in a card.
func (p pick) retype(c *Card) {
	fields := []*string{&c.Given, &c.Family, &c.Street, &c.Post, &c.Town, &c.Birthday}
	if len(c.Phones) > 0 {
		c.Phones = []Number{c.Phones[0]}
		fields = append(fields, &c.Phones[0].Rest)
	}
	for range p.IntN(6) {
		switch f := fields[p.IntN(len(fields))]; {
		case p.chance(0.08):
			*f = ""
		case p.chance(0.04):
			c.Given, c.Family = c.Family, c.Given
		default:
			*f = p.slip(*f)
		}
	}
	if len(c.Phones) > 0 && len(c.Phones[0].Rest) < 4 {
		c.Phones = nil
	}
}

// slip makes one mistake of the hand.
func (p pick) slip(s string) string {
	r := []rune(s)
	if len(r) < 3 {
		return s
	}
	at := p.IntN(len(r) - 1)
	other := rune('a' + p.IntN(26))
	if r[at] >= '0' && r[at] <= '9' {
		other = rune('0' + p.IntN(10))
	} else if r[at] == '-' || r[at+1] == '-' {
		return s
	}
	switch p.IntN(4) {
	case 0:
		r[at] = other
	case 1:
		r[at], r[at+1] = r[at+1], r[at]
	case 2:
		r = append(r[:at], r[at+1:]...)
	default:
		return string(r[:at]) + string(other) + string(r[at:])
	}
	return string(r)
}
