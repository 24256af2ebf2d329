package dataclass

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A change is what a side may do to a text, besides cutting it; a set of bits.
type change uint8

// The changes. Respelled is a number of the same digits in another form.
const (
	changeUpper change = 1 << iota
	changeLower
	changeTitle
	changeASCII
	changeDigits
	changeRespelled
)

// changes are those that are tried, the simpler ones first.
var changes = []change{
	0, changeUpper, changeLower, changeTitle, changeASCII,
	changeASCII | changeUpper, changeASCII | changeLower, changeASCII | changeTitle,
}

// phoneChanges are those that are tried with numbers.
var phoneChanges = []change{0, changeDigits}

// into adds a change to a loss. How a side spells numbers cannot be foretold.
func (c change) into(l *Loss) {
	l.Upper = l.Upper || c&changeUpper != 0
	l.Lower = l.Lower || c&changeLower != 0
	l.Title = l.Title || c&changeTitle != 0
	l.ASCII = l.ASCII || c&changeASCII != 0
	l.Digits = l.Digits || c&changeDigits != 0
}

// of does to a text what the change does.
func (c change) of(s string) string {
	var l Loss
	c.into(&l)
	return l.apply(s, "TEL")
}

// titled writes each word with a capital and small letters.
func titled(s string) string {
	inWord := false
	return strings.Map(func(r rune) rune {
		first := !inWord
		inWord = unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) || r == '\'' && inWord
		if first {
			return unicode.ToTitle(r)
		}
		return unicode.ToLower(r)
	}, s)
}

// texts are the components of a value.
func (e *element) texts() []string { return strings.Split(e.parts[0].val, "\x1F") }

// unalteredBy gives the changes that a side does not do, as it sends this value.
func unalteredBy(e *element) change {
	all := changes[1:5]
	if e.key == "TEL" {
		all = phoneChanges[1:]
	}
	var out change
	for _, c := range all {
		for _, t := range e.texts() {
			if c.of(t) != t {
				out |= c
			}
		}
	}
	return out
}

// shape notes the form in which a number came back. Two forms of one length are not one side's habit.
func (p *knownProp) shape(e *element) bool {
	if e.key != "TEL" || p.Never&changeRespelled != 0 {
		return false
	}
	val := e.parts[0].val
	n := len(dialled(val))
	form := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return '9'
		}
		return r
	}, val)
	if len(form) > maxKnownSlot || n == 0 {
		return false
	}
	switch old, ok := p.Shapes[n]; {
	case ok && old != form:
		p.Never, p.Shapes = p.Never|changeRespelled, nil
		return true
	case ok || len(p.Shapes) >= maxKnownShapes:
		return false
	}
	if p.Shapes == nil {
		p.Shapes = make(map[int]string)
	}
	p.Shapes[n] = form
	return true
}

// An alteration is how one value may have become another one on a side.
type alteration struct {
	how change
	// length and octets are those of the longest component that was cut; 0 if none was. Slack is how much
	// longer the limit may be, as blanks at the end do not show, and half how many octets more, as half a
	// character does not either.
	length, octets, slack, half int
	// lacks are the components that are missing, from 0.
	lacks []int
}

// alteration finds out how a side may have made n of s. It is false if it cannot have, or if the side
// is known not to do so.
func (p *knownProp) alteration(s, n *element) (alteration, bool) {
	if !hasImage(s) || !hasImage(n) || s.key != n.key {
		return alteration{}, false
	}
	all, never := changes, change(0)
	if p != nil {
		never = p.Never
	}
	if s.key == "TEL" {
		all = phoneChanges
	}
	was, is := s.texts(), n.texts()
	for _, how := range all {
		if how&never != 0 {
			continue
		}
		if a, ok := p.cutOf(how, was, is); ok {
			return a, true
		}
	}
	respelled := s.key == "TEL" && never&changeRespelled == 0 && dialled(s.parts[0].val) == dialled(n.parts[0].val)
	return alteration{how: changeRespelled}, respelled
}

// cutOf compares components after a change: each is the same, or the beginning of what it was, or
// missing, and the side is not known to hold more of it.
func (p *knownProp) cutOf(how change, was, is []string) (alteration, bool) {
	a, common := alteration{how: how}, false
	if len(is) > len(was) {
		return a, false
	}
	for i, old := range was {
		old, part := how.of(old), ""
		if i < len(is) {
			part = is[i]
		}
		switch {
		case part == old:
			common = common || part != ""
			continue
		case !strings.HasPrefix(old, part):
			return a, false
		}
		length := utf8.RuneCountInString(part)
		slack, half := slackOf(old[len(part):])
		if p.holdsMore(i, length+slack, len(part)+slack+half) {
			return a, false
		}
		common = common || part != ""
		if part == "" && len(was) > 1 {
			a.lacks = append(a.lacks, i)
		}
		if length > a.length {
			a.length, a.octets, a.slack, a.half = length, len(part), slack, half
		}
	}
	return a, common
}

// slackOf is how much of what was cut off may have had room: blanks, and part of a character.
func slackOf(rest string) (blanks, half int) {
	text := strings.TrimLeft(rest, " ")
	_, width := utf8.DecodeRuneInString(text)
	return len(rest) - len(text), max(width-1, 0)
}

// holdsMore reports whether a component ever came back that is longer than that, in characters and in
// octets: the limit may be one of either.
func (p *knownProp) holdsMore(part, runes, octets int) bool {
	return p != nil && part < len(p.Parts) && part < len(p.Octets) && p.Parts[part] > runes && p.Octets[part] > octets
}

// echoes reports whether n, which a side sends where it was believed to hold s, is what the side made
// of s and no edit (docs/engine.md 5.4): it is what the side was learned to make of it, or a lossy
// image of it that comes back for the first time since it was written, or comes back again.
func (v Version) echoes(s, n *element) bool {
	if v.Known == nil || !hasImage(s) || s.key != n.key {
		return false
	}
	p := v.Known.prop(s.key)
	if p != nil {
		if l, ok := p.loss(s.key); ok && l.gives(s, n) {
			return true
		}
	}
	if p != nil && v.Known.unsure(s.key) {
		before := *p
		before.Parts = nil
		p = &before
	}
	a, ok := p.alteration(s, n)
	if !ok {
		return false
	}
	return a.how == changeRespelled || !v.Sent.has(s.hash(s.parts[0])) || v.Sent.has(n.hash(n.parts[0]))
}

// gives reports whether a loss makes n of s.
func (l *Loss) gives(s, n *element) bool {
	was, is := s.texts(), n.texts()
	for i, old := range was {
		part := ""
		if i < len(is) {
			part = is[i]
		}
		if strings.TrimSpace(l.apply(old, s.key)) != part {
			return false
		}
	}
	return len(is) <= len(was)
}

func compareLosses(a, b Loss) int {
	return cmp.Or(strings.Compare(a.Name, b.Name), cmp.Compare(a.Position, b.Position), cmp.Compare(a.Component, b.Component))
}
