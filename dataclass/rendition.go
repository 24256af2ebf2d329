package dataclass

import (
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// Renditions are two elements, one of each side, that say one value in two ways, one of which says more:
// a number with and without the code of its country, an address and what a device with less room left of
// it. Only a union asks for them: with a base the change tells what became of what.

// fuller says which of two elements is kept.
type fuller int8

const (
	neither fuller = iota // they are not renditions of one value
	firstSaysMore
	secondSaysMore
)

// mirrored swaps the two.
func (f fuller) mirrored() fuller {
	switch f {
	case firstSaysMore:
		return secondSaysMore
	case secondSaysMore:
		return firstSaysMore
	}
	return neither
}

// firstIf gives which one is kept of two that are renditions.
func firstIf(first bool) fuller {
	if first {
		return firstSaysMore
	}
	return secondSaysMore
}

// compared says whether two elements are renditions of one value; swapping them mirrors the answer.
type compared func(a, b *element) fuller

// renditions pairs what match left over, one to one: an element that could belong to several of the other
// side belongs to none. A number that both have from abroad goes before one that only one of them has.
// It notes the pairs in pairs and taken, and gives them by their index in a.
func renditions(a, b []*element, pairs []int, taken []bool) map[int]rendition {
	out := make(map[int]rendition)
	for _, same := range []compared{sameAbroad, sameRendition} {
		for i, r := range unambiguous(a, b, pairs, taken, same) {
			pairs[i], taken[r.at] = r.at, true
			out[i] = r
		}
	}
	return out
}

// A rendition is the element of the other side and which one is kept.
type rendition struct {
	at   int
	kept fuller
}

// of gives the one of two elements that is kept; nil for the zero value.
func (r rendition) of(a, b *element) *element {
	switch r.kept {
	case firstSaysMore:
		return a
	case secondSaysMore:
		return b
	}
	return nil
}

// maxRenditions bounds how many elements of a side are compared with each of the other; a card that has
// more left over keeps them all.
const maxRenditions = 200

// unambiguous gives the pairs of which neither element fits a second one.
func unambiguous(a, b []*element, pairs []int, taken []bool, same compared) map[int]rendition {
	left, right := freeOf(a, func(i int) bool { return pairs[i] >= 0 }), freeOf(b, func(j int) bool { return taken[j] })
	if len(left) > maxRenditions || len(right) > maxRenditions {
		return nil
	}
	out, fits := make(map[int]rendition), make(map[int]int)
	for _, i := range left {
		mine := 0
		for _, j := range right {
			if kept := renditionOf(a[i], b[j], same); kept != neither {
				out[i] = rendition{j, kept}
				fits[j]++
				mine++
			}
		}
		if mine > 1 {
			delete(out, i)
		}
	}
	for i, r := range out {
		if fits[r.at] > 1 {
			delete(out, i)
		}
	}
	return out
}

// freeOf gives the indexes of elements that may have renditions and are not paired.
func freeOf(list []*element, paired func(int) bool) []int {
	var out []int
	for i, e := range list {
		if !paired(i) && e.hasRenditions() {
			out = append(out, i)
		}
	}
	return out
}

// hasRenditions reports whether an element is of a sort that is said in several ways: a number or an
// address on a card.
func (e *element) hasRenditions() bool {
	switch e.key {
	case "TEL", "EMAIL", "ADR", "URL":
		return e.d.isCard() && !e.prop.Base64
	}
	return false
}

// renditionOf compares two elements if they are of one sort.
func renditionOf(a, b *element, same compared) fuller {
	if a.key != b.key {
		return neither
	}
	return same(a, b)
}

// sameAbroad compares two numbers with the code of their country.
func sameAbroad(a, b *element) fuller {
	if a.key != "TEL" {
		return neither
	}
	x, y := readNumber(a.parts[0].val), readNumber(b.parts[0].val)
	if !x.same(y) || !x.abroad || !y.abroad || x.digits != y.digits {
		return neither
	}
	return firstIf(plainer(a.parts[0].val, b.parts[0].val))
}

// plainer reports whether a is the plainer way to write a number: with a plus, without what is not
// dialled from abroad.
func plainer(a, b string) bool {
	if p, q := strings.HasPrefix(a, "+"), strings.HasPrefix(b, "+"); p != q {
		return p
	}
	if p, q := len(dialled(a)), len(dialled(b)); p != q {
		return p < q
	}
	return a < b
}

// sameRendition compares two elements by the rules of their sort.
func sameRendition(a, b *element) fuller {
	x, y := a.parts[0].val, b.parts[0].val
	switch a.key {
	case "TEL":
		return sameNumber(readNumber(x), readNumber(y))
	case "EMAIL":
		return longer(x, y, cutMail)
	case "URL":
		return longer(x, y, cutURL)
	case "ADR":
		if a.bucket != "" && b.bucket != "" && a.bucket != b.bucket {
			return neither // at home and at work
		}
		return longer(x, y, lessAddress)
	}
	return neither
}

// longer asks a rule for both ways round.
func longer(a, b string, cut func(short, long string) bool) fuller {
	switch {
	case cut(a, b):
		return secondSaysMore
	case cut(b, a):
		return firstSaysMore
	}
	return neither
}

// rendered gives the union of two renditions of one value, one of each side: the value that says more, the
// types of both, and of the rest what the winner has. Only that can be a conflict.
func (m *merger) rendered(sides [2]*element, kept *element) *composed {
	c := compose(sides[m.winner])
	c.put(kept.parts[0], kept)
	for _, p := range sides[1-m.winner].parts {
		mine, ok := sides[m.winner].get(p.name)
		switch {
		case !ok:
			c.put(p, sides[1-m.winner])
		case mine != p.val && p.name != partValue && p.name != partTypes:
			m.out.Conflict = true
		}
	}
	if t, src := bothTypes(sides, kept.d); src != nil {
		c.put(t, src)
	}
	return c
}

// bothTypes gives the types of two elements as a part of one element that has them all; nil if one has
// none, or if they cannot be said together.
func bothTypes(sides [2]*element, d dialect) (part, *element) {
	if sides[0].bucket == sides[1].bucket || sides[0].bucket == "" || sides[1].bucket == "" {
		return part{}, nil
	}
	var words []string
	seen := make(map[string]bool)
	for _, e := range sides {
		for _, t := range typesOf(nil, e.said, e.trait.kind) {
			w := typeWord(upper(t), e.key, e.trait.kind)
			if w != "" && w != partPref && !seen[w] {
				seen[w] = true
				words = append(words, t)
			}
		}
	}
	r := elementReader{d: d, places: make(map[string]int), seen: make(map[string]*element)}
	p := contentline.Property{Name: sides[0].key, Value: "1", Params: withTypes(nil, words, d)}
	r.component(&contentline.Component{Name: "VCARD", Props: []contentline.Property{p}})
	if len(r.out) != 1 {
		return part{}, nil
	}
	val, ok := r.out[0].get(partTypes)
	if !ok {
		return part{}, nil
	}
	return part{partTypes, val}, r.out[0]
}
