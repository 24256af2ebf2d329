package dataclass

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// Fingerprint identifies the content of the item, whatever its dialect. It does not see: order,
// folding, encoding and character set; PRODID, REV, UID and VERSION; the case and order of names,
// parameters and types; TYPE=INTERNET of an EMAIL and TYPE=VOICE of a TEL; the media type of a
// picture; the spelling of a date; properties without a value; empty components at the end of N,
// ORG and ADR; blanks around a value; Unicode composition; the names of groups (but not what is
// in a group together); that a property occurs twice; which of its names a property goes by
// (X-SPOUSE is a RELATED of the type spouse); and names that are made of other names (complete).
//
// Of a calendar item it does not see either: DTSTAMP, CREATED, LAST-MODIFIED, SEQUENCE, METHOD;
// the text of a VTIMEZONE and the name of a zone, as long as the same is meant; of a single time
// not even the zone, only the instant; whether the end stands as a time, as a duration or is
// implied; values that are meant where none stands; bookkeeping inside an alarm; the spelling of
// a recurrence rule.
func (it *Item) Fingerprint() Fingerprint {
	if it.d.isCard() {
		return fingerprintOf(it.root, it.d)
	}
	elements := elementsOf(it.neutral())
	records := make([][]byte, 0, len(elements)+1)
	records = append(records, []byte(it.class))
	for _, e := range elements {
		records = append(records, []byte(e.whole))
	}
	return digest(records)
}

func fingerprintOf(root *contentline.Component, d dialect) Fingerprint {
	c := canon{dialect: d, buf: make([]byte, 0, roomFor(root)), ends: make([]int, 0, len(root.Props))}
	c.component(root)
	return c.sum()
}

// roomFor is about how many bytes the records of a component take.
func roomFor(root *contentline.Component) int {
	n := 0
	for i := range root.Props {
		n += len(root.Props[i].Name) + len(root.Props[i].Value) + 16
	}
	return n
}

// A canon collects one record for each property, without regard to dialect.
type canon struct {
	dialect dialect
	buf     []byte
	ends    []int // where each record ends in buf
}

func (c *canon) component(root *contentline.Component) {
	r := readCard(root, c.dialect)
	for i := range root.Props {
		if !r.speaks(i) {
			continue
		}
		p := r.said(i)
		if p.Is("CATEGORIES") {
			c.categories(p)
			continue
		}
		start := len(c.buf)
		if !c.property(p) {
			c.buf = c.buf[:start]
			continue
		}
		c.mates(&r, i)
		c.ends = append(c.ends, len(c.buf))
	}
}

// categories appends a record for each, so that it does not matter how many properties they
// stand in.
func (c *canon) categories(p *contentline.Property) {
	for _, text := range rawCategories(p, c.dialect) {
		c.buf = appendText(append(c.buf, "CATEGORIES\x00"...), text)
		c.ends = append(c.ends, len(c.buf))
	}
}

// property appends the record of p; false if p says nothing.
func (c *canon) property(p *contentline.Property) bool {
	name := upper(p.Name)
	t := c.dialect.trait(name)
	if t.kind == kindRecord {
		return false
	}
	c.buf = append(append(c.buf, name...), 0)
	before := len(c.buf)
	c.buf = appendValue(c.buf, p, c.dialect, t.kind)
	if p.Comp != nil && t.kind != kindAgent {
		fp := fingerprintOf(p.Comp, c.dialect)
		c.buf = append(append(append(c.buf, upper(p.Comp.Name)...), 0), fp[:]...)
	}
	if len(c.buf) == before {
		return false
	}
	if len(p.Params) > 0 {
		c.params(p, name, t.kind)
	}
	return true
}

func (c *canon) params(p *contentline.Property, name string, k kind) {
	var space [8]string
	for _, t := range normalTypes(space[:0], p, name, k) {
		c.buf = append(append(c.buf, 0, 't'), t...)
	}
	for _, t := range otherParams(space[:0], p, k) {
		c.buf = append(append(c.buf, 0, 'p'), t...)
	}
}

// mates appends the properties that only describe the one before them, in whatever order.
func (c *canon) mates(r *reading, i int) {
	var records []string
	add := func(p *contentline.Property) {
		m := canon{dialect: c.dialect}
		if m.property(p) {
			records = append(records, string(m.buf))
		}
	}
	for _, j := range r.described(i) {
		add(r.mate(j))
	}
	if m := asProperty(r.said(i), r.d); m != nil {
		add(m)
	}
	slices.Sort(records)
	for _, r := range records {
		c.buf = append(append(c.buf, 0, 'g'), r...)
	}
}

// sum digests the records, sorted, each once.
func (c *canon) sum() Fingerprint {
	var space [32][]byte
	records := space[:0]
	start := 0
	for _, end := range c.ends {
		records = append(records, c.buf[start:end])
		start = end
	}
	return digest(records)
}

// digest gives the fingerprint of the set of the records.
func digest(records [][]byte) Fingerprint {
	slices.SortFunc(records, bytes.Compare)
	size := 8
	for _, r := range records {
		size += len(r) + 4
	}
	var space [1024]byte
	all := append(slices.Grow(space[:0], size), "bindery1"...)
	for i, r := range records {
		if i > 0 && bytes.Equal(r, records[i-1]) {
			continue
		}
		all = append(binary.BigEndian.AppendUint32(all, uint32(len(r))), r...)
	}
	digest := sha256.Sum256(all)
	var f Fingerprint
	copy(f[:], digest[:])
	if f.IsZero() {
		f[0] = 1
	}
	return f
}

// maxMates is how many properties may describe another one. A group with more describes nothing.
const maxMates = 32

// groups gives for each property the index of the one it describes: itself, or, for the X-
// properties of a group such as item1.X-ABLabel, the first property of that group that is more
// than a description; and the other way round who describes each. Both are nil without groups.
func groups(root *contentline.Component) (owners []int, mates map[int][]int) {
	var heads map[string]int
	for i := range root.Props {
		g := upper(root.Props[i].Group)
		if g == "" {
			continue
		}
		if heads == nil {
			heads = make(map[string]int)
		}
		j, ok := heads[g]
		if !ok || rank(&root.Props[i]) < rank(&root.Props[j]) {
			heads[g] = i
		}
	}
	if heads == nil {
		return nil, nil
	}
	owners, mates = make([]int, len(root.Props)), make(map[int][]int)
	for i := range root.Props {
		owners[i] = i
		if p := &root.Props[i]; p.Group != "" && rank(p) > 0 {
			if head := heads[upper(p.Group)]; head != i {
				mates[head] = append(mates[head], i)
			}
		}
	}
	for head, list := range mates {
		if len(list) > maxMates {
			delete(mates, head)
			continue
		}
		for _, i := range list {
			owners[i] = head
		}
	}
	return owners, mates
}

// rank says how well a property can stand for its group: 0 best.
func rank(p *contentline.Property) int {
	switch name := upper(p.Name); {
	case name == "X-ABLABEL" || name == "X-ABADR":
		return 2
	case len(name) > 2 && name[:2] == "X-":
		return 1
	}
	return 0
}
