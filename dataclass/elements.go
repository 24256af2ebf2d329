package dataclass

import (
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// An element is what a merge moves as one: a property with the properties that describe it, or
// one category of a list.
type element struct {
	in     *section // of a calendar item; nil for a card
	key    string   // property name in upper case; junkKey for a line without a colon
	trait  trait
	d      dialect
	index  int // of the property in its component; -1 for what is only implied there
	prop   *contentline.Property
	said   *contentline.Property // the same under the name that all dialects share
	mates  []*contentline.Property
	mateAt []int  // where the mates stand in the component
	twins  []int  // where the same is said once more, and what describes that
	text   string // the category
	parts  []part // parts[0] is the value
	ident  string // what the element is recognised by among those of its key
	bucket string // elements left over are paired within a bucket: the type set
	place  int    // position among the elements of its key
	nth    int    // position among those of its key and bucket
	whole  string // key and parts: everything the element says
}

// A part is what can change of an element by itself. Val is normalised and never empty.
type part struct{ name, val string }

// Names of parts. The value comes first; parameters have ";NAME", described-by properties
// ".NAME" and a number.
const (
	partValue = "="
	partTypes = "TYPE"
	partPref  = "PREF"
)

// slot is the key, with the section in front if it is not the first one.
func (e *element) slot() string {
	if e.in == nil || e.in.key == "" {
		return e.key
	}
	return e.in.key + "\x00" + e.key
}

// get gives a part by name.
func (e *element) get(name string) (string, bool) {
	for _, p := range e.parts {
		if p.name == name {
			return p.val, true
		}
	}
	return "", false
}

// sum is the normalised form of everything the element says.
func (e *element) sum() string {
	b := append(make([]byte, 0, 64), e.slot()...)
	for _, p := range e.parts {
		b = append(append(b, 0), p.name...)
		b = append(append(b, 0), p.val...)
	}
	return string(b)
}

// elementsOf lists what the item says, without bookkeeping and empty properties.
func elementsOf(it *Item) []*element { return elementsBeside(it, nil) }

// elementsBeside reads a card that may have no structured name beside another one, which has: a
// formatted name that is made of that name stands for it, and any other for itself.
func elementsBeside(it, other *Item) []*element {
	if it == nil {
		return nil
	}
	r := elementReader{
		d:      it.d,
		beside: other,
		places: make(map[string]int), seen: make(map[string]*element),
	}
	if it.d.isCard() {
		r.component(it.root)
		return r.out
	}
	for _, s := range sectionsOf(it.root, newZones(it.root)) {
		r.section = newCalendarReader(s)
		r.component(s.comp)
		r.implied()
	}
	return r.out
}

type elementReader struct {
	d       dialect
	section *calendarReader // nil for a card
	beside  *Item           // lends a card its name; may be nil
	places  map[string]int
	seen    map[string]*element
	out     []*element
}

func (r *elementReader) component(root *contentline.Component) {
	card := readCardBeside(root, r.d, r.beside)
	for i := range root.Props {
		if card.speaks(i) {
			r.read(&card, i)
		}
	}
}

// element makes an element of a property.
func (r *elementReader) element(key string, t trait, p *contentline.Property, i int) *element {
	e := &element{key: key, trait: t, d: r.d, index: i, prop: p, said: p}
	if r.section != nil {
		e.in = &r.section.section
	}
	return e
}

// junkKey is the key of lines without a colon. No property has such a name, not even one whose name is
// empty: the two are never merged.
const junkKey = "\x01"

func (r *elementReader) read(card *reading, i int) {
	p := card.said(i)
	name := upper(p.Name)
	if p.Junk {
		name = junkKey
	}
	t := r.d.trait(name)
	switch t.kind {
	case kindRecord:
		return
	case kindList:
		r.list(p, i, name, t)
		return
	}
	if r.section != nil && r.section.takes(t.kind, p) {
		r.timed(p, i, name, t)
		return
	}
	e := r.element(name, t, &card.root.Props[i], i)
	val := elementValue(p, r.d, t.kind)
	if val == "" {
		return
	}
	e.parts = append(make([]part, 0, 3), part{partValue, val})
	e.readParams(p)
	e.said = p
	for _, j := range card.described(i) {
		e.mates, e.mateAt = append(e.mates, card.mate(j)), append(e.mateAt, j)
	}
	if m := asProperty(p, r.d); m != nil {
		e.mates, e.mateAt = append(e.mates, m), append(e.mateAt, -1)
	}
	e.readMates()
	e.twins = card.implied(i)
	e.ident = identity(name, t, val)
	r.add(e)
}

// list makes an element of each text of a list.
func (r *elementReader) list(p *contentline.Property, i int, name string, t trait) {
	for _, c := range rawCategories(p, r.d) {
		v := norm.NFC.String(c)
		e := r.element(name, t, p, i)
		e.text, e.parts = c, []part{{partValue, v}}
		e.ident = strings.ToLower(v)
		r.add(e)
	}
}

// add keeps an element, unless the same was said before.
func (r *elementReader) add(e *element) {
	e.whole = e.sum()
	if twin := r.seen[e.whole]; twin != nil {
		twin.twins = append(append(append(twin.twins, e.index), e.mateAt...), e.twins...)
		return
	}
	r.seen[e.whole] = e
	slot := e.slot()
	e.place = r.places[slot]
	r.places[slot]++
	bucket := slot + "\x00" + e.bucket
	e.nth = r.places[bucket]
	r.places[bucket]++
	r.out = append(r.out, e)
}

// elementValue is the normalised value of a property or nested component.
func elementValue(p *contentline.Property, d dialect, k kind) string {
	var space [128]byte
	b := appendValue(space[:0], p, d, k)
	if p.Comp != nil && k != kindAgent {
		fp := fingerprintOf(p.Comp, d)
		b = append(append(b, p.Comp.Name...), fp[:]...)
	}
	return string(b)
}

// readParams makes parts of the types and of the other parameters.
func (e *element) readParams(p *contentline.Property) {
	if len(p.Params) == 0 {
		return
	}
	types := normalTypes(nil, p, e.key, e.trait.kind)
	pref := false
	kept := types[:0]
	for _, t := range types {
		if t == partPref {
			pref = true
			continue
		}
		kept = append(kept, t)
	}
	if len(kept) > 0 {
		e.bucket = strings.Join(kept, ",")
		e.parts = append(e.parts, part{partTypes, e.bucket})
	}
	if pref {
		e.parts = append(e.parts, part{partPref, partPref})
	}
	others := otherParams(nil, p, e.trait.kind)
	if e.in != nil {
		others = calendarParams(others)
	}
	for _, q := range others {
		name, val, _ := strings.Cut(q, "=")
		name = ";" + name
		if last := &e.parts[len(e.parts)-1]; last.name == name {
			last.val += "\x00" + val
		} else {
			e.parts = append(e.parts, part{name, "=" + val})
		}
		if e.trait.kind == kindUnknown {
			e.bucket += ";" + q
		}
	}
}

// readMates makes parts of the properties that describe this one.
func (e *element) readMates() {
	kept, at := e.mates[:0], e.mateAt[:0]
	count := make(map[string]int, len(e.mates))
	for i, m := range e.mates {
		name := upper(m.Name)
		m2 := canon{dialect: e.d}
		if !m2.property(m) {
			continue
		}
		kept, at = append(kept, m), append(at, e.mateAt[i])
		e.parts = append(e.parts, part{matePart(name, count[name]), string(m2.buf)})
		count[name]++
	}
	e.mates, e.mateAt = kept, at
}

func matePart(name string, n int) string { return "." + name + "#" + strconv.Itoa(n) }

// mate gives the described-by property behind a part name.
func (e *element) mate(partName string) *contentline.Property {
	count := make(map[string]int, len(e.mates))
	for _, m := range e.mates {
		name := upper(m.Name)
		if matePart(name, count[name]) == partName {
			return m
		}
		count[name]++
	}
	return nil
}

// identity is what an element of a list is recognised by: e-mail and web addresses in lower
// case, numbers by their digits, postal addresses by their letters and digits.
func identity(key string, t trait, val string) string {
	switch {
	case key == "TEL":
		if digits := dialled(val); digits != "" {
			return digits
		}
	case key == "EMAIL":
		return strings.ToLower(val)
	case key == "ADR":
		return letters(val)
	case t.kind == kindURI:
		return strings.TrimSuffix(strings.ToLower(val), "/")
	}
	return val
}

// dialled keeps what a phone would dial, letters included.
func dialled(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9', r >= 'A' && r <= 'Z', r == '*', r == '#':
			return r
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		}
		return -1
	}, s)
}

// letters keeps letters and digits, in lower case.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if isWord(r) {
			return r
		}
		return -1
	}, strings.ToLower(s))
}
