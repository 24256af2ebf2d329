package dataclass

import (
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// cardTrait knows the properties of vCard 2.1, 3.0 (RFC 2426, RFC 4770) and 4.0 (RFC 6350,
// RFC 6474, RFC 6715, RFC 8605, RFC 9554, RFC 9555), and those of the field that have a meaning of
// their own. What is only another name for one of these is an alias. The name is in upper case.
func cardTrait(name string) trait {
	switch name {
	case "N", "ORG":
		return trait{kindParts, true}
	case "ADR", "X-IRMC-N":
		return trait{kindParts, false}
	case "FN", "NOTE", "TITLE", "ROLE", "SORT-STRING", "MAILER", "CLASS", "NAME", "BIRTHPLACE", "DEATHPLACE",
		"X-PHONETIC-FIRST-NAME", "X-PHONETIC-MIDDLE-NAME", "X-PHONETIC-LAST-NAME", "X-EVOLUTION-FILE-AS":
		return trait{kindText, true}
	case "EMAIL", "LABEL", "LANG", "XML", "EXPERTISE", "HOBBY", "INTEREST", "PRONOUNS", "GRAMGENDER":
		return trait{kindText, false}
	case "TEL":
		return trait{kindPhone, false}
	case "NICKNAME":
		return trait{kindTexts, true}
	case "CATEGORIES":
		return trait{kindList, false}
	case "URL", "SOURCE", "FBURL", "CALURI", "CALADRURI", "MEMBER", "CONTACT-URI", "ORG-DIRECTORY", "SOCIALPROFILE":
		return trait{kindURI, false}
	case "IMPP":
		return trait{kindIM, false}
	case "BDAY", "ANNIVERSARY", "DEATHDATE":
		return trait{kindDate, true}
	case "X-ABDATE":
		return trait{kindDate, false}
	case "PHOTO", "LOGO":
		return trait{kindMedia, true}
	case "SOUND", "KEY":
		return trait{kindMedia, false}
	case "AGENT":
		return trait{kindAgent, true}
	case "RELATED":
		return trait{kindRelation, false}
	case "X-ABRELATEDNAMES":
		return trait{kindText, false}
	case "GEO":
		return trait{kindGeo, true}
	case "TZ":
		return trait{kindZone, true}
	case "GENDER":
		return trait{kindGender, true}
	case "KIND":
		return trait{kindBeing, true}
	case "VERSION", "PRODID", "REV", "UID", "PROFILE", "CREATED":
		return trait{kindRecord, true}
	}
	return aliasTrait(name)
}

// A reading is a card with what its properties say in the words that all dialects share, so that
// the same is compared with the same.
type reading struct {
	d      dialect
	root   *contentline.Component
	owners []int                 // for each property the one it describes, or itself; nil: all themselves
	mates  map[int][]int         // who describes each
	name   int                   // the property that gives the structured name: N, or an FN that stands in for it; -1
	silent map[int]bool          // FN that only repeat what the card says elsewhere
	from   map[int]int           // for these the property that they repeat
	used   map[string]bool       // groups, in upper case; nil until one is made
	lender *Item                 // a card with a name that this one may lack
	lent   *contentline.Property // that name, in this dialect
}

// readCard reads a component of a card. Of a calendar it tells no more than the groups.
func readCard(root *contentline.Component, d dialect) reading {
	return readCardBeside(root, d, nil)
}

// readCardBeside reads a card with the structured name of another one; see elementsBeside.
func readCardBeside(root *contentline.Component, d dialect, other *Item) reading {
	r := reading{d: d, root: root, name: -1}
	if other != nil && other.d.isCard() {
		r.lender = other
	}
	r.owners, r.mates = groups(root)
	if d.isCard() {
		r.readNames()
		r.pair()
	}
	return r
}

// speaks reports whether a property says something of its own.
func (r *reading) speaks(i int) bool {
	return (r.owners == nil || r.owners[i] == i) && !r.silent[i]
}

// own makes room for owners of properties.
func (r *reading) own(mate, owner int) {
	if r.owners == nil {
		r.owners = make([]int, len(r.root.Props))
		for i := range r.owners {
			r.owners[i] = i
		}
	}
	if r.mates == nil {
		r.mates = make(map[int][]int)
	}
	r.owners[mate] = owner
	r.mates[owner] = append(r.mates[owner], mate)
}

// said gives a property under the name and with the types by which all dialects know it. The
// value stays in the escapes of the dialect. Most properties are given as they are.
func (r *reading) said(i int) *contentline.Property {
	p := &r.root.Props[i]
	if !r.d.isCard() || p.Junk {
		return p
	}
	if i == r.name && !p.Is("N") {
		if r.lent != nil {
			return r.lent
		}
		n, _ := r.nameFromFN(i)
		return &contentline.Property{Name: "N", Value: joinName(n, r.d)}
	}
	a := r.alias(i)
	if a == nil {
		if agent := relatedAgent(p, r.d); agent != nil {
			return agent
		}
		return r.unaddressed(p)
	}
	return a.said(p, r.d)
}

// described gives the properties that describe one, without those that are said already: the
// label that makes an X-ABDATE an anniversary.
func (r *reading) described(i int) []int {
	mates := r.mates[i]
	if len(mates) == 0 || !r.d.isCard() {
		return mates
	}
	if a := r.alias(i); a == nil || !a.labelled() {
		return mates
	}
	out := make([]int, 0, len(mates))
	for k, j := range mates {
		if k != r.labelAt(i) {
			out = append(out, j)
		}
	}
	return out
}

// implied gives the properties that stand and fall with one without saying anything themselves.
func (r *reading) implied(i int) []int {
	var out []int
	for j, of := range r.from {
		if of == i {
			out = append(out, j)
		}
	}
	if a := r.alias(i); a != nil && a.labelled() {
		out = append(out, r.mates[i][r.labelAt(i)])
	}
	return out
}

// labelAt gives the place of the only X-ABLabel among the mates of a property, or -1.
func (r *reading) labelAt(i int) int {
	at := -1
	for k, j := range r.mates[i] {
		if r.root.Props[j].Is("X-ABLABEL") {
			if at >= 0 {
				return -1
			}
			at = k
		}
	}
	return at
}

// label gives the text of the only label of a property in lower case and without the marks of a
// label that is translated; empty if it has none, or one with parameters.
func (r *reading) label(i int) string {
	at := r.labelAt(i)
	if at < 0 {
		return ""
	}
	p := &r.root.Props[r.mates[i][at]]
	if len(p.Params) > 0 || p.Base64 || p.Comp != nil {
		return ""
	}
	return plainLabel(r.d.unescape(p.Value))
}

// plainLabel gives the Home of _$!<Home>!$_, in lower case.
func plainLabel(s string) string {
	s = strings.TrimSpace(s)
	if rest, ok := strings.CutPrefix(s, "_$!<"); ok {
		s = strings.TrimSuffix(rest, ">!$_")
	}
	return strings.ToLower(s)
}

// alias finds the alias by which a property goes, or nil.
func (r *reading) alias(i int) *alias {
	p := &r.root.Props[i]
	if p.Junk || len(p.Name) < 5 || (p.Name[0] != 'X' && p.Name[0] != 'x' && !p.Is("AGENT") && !p.Is("SOUND")) {
		return nil
	}
	return findAlias(p, r.d, func() string { return r.label(i) })
}
