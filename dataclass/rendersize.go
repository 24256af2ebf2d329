package dataclass

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// shrink leaves things out of an item, which is its own, until it has at most limit bytes, in
// this order: pictures, sounds, keys, attachments and cards inside the card, the last one first;
// X- properties, the last one first; at last notes and descriptions are cut, the longest first.
// If that is not enough the error is [ErrTooBig].
func (l *limiter) shrink(it *Item, limit int) error {
	for step := 0; limit > 0; {
		over := len(it.Body().Data) - limit
		if over <= 0 {
			return nil
		}
		l.changed = true
		done := false
		switch step {
		case 0:
			done = !l.leaveOutUntil(it, over, l.isBulk)
		case 1:
			done = !l.leaveOutUntil(it, over, isExtension)
		case 2:
			done = !l.cutNotes(it, over)
		default:
			return fmt.Errorf("%w: %d bytes more than the %d that are held", ErrTooBig, over, limit)
		}
		if done {
			step++
		}
	}
	return nil
}

func (l *limiter) isBulk(p *contentline.Property) bool {
	if p.Comp != nil && p.Name == "" {
		return false
	}
	k := l.d.trait(upper(p.Name)).kind
	return !p.Junk && (k == kindMedia || k == kindAgent)
}

func isExtension(p *contentline.Property) bool {
	return !p.Junk && len(p.Name) > 2 && strings.EqualFold(p.Name[:2], "X-")
}

// leaveOutUntil leaves out properties of a sort until about over bytes are saved; false if there
// are none.
func (l *limiter) leaveOutUntil(it *Item, over int, is func(*contentline.Property) bool) bool {
	any := false
	for _, c := range limited(it) {
		var gone []int
		for i := len(c.Props) - 1; i >= 0 && over > 0; i-- {
			if p := &c.Props[i]; is(p) {
				over -= l.bytes(*p)
				gone = append(gone, i)
			}
		}
		any = any || len(gone) > 0
		leaveOut(c, l.d, gone)
	}
	return any
}

// bytes gives what a property takes when it is printed.
func (l *limiter) bytes(p contentline.Property) int {
	alone := contentline.Component{Name: "X", Props: []contentline.Property{p}}
	return len(contentline.Print(&alone, l.d.lines())) - len("BEGIN:X\r\nEND:X\r\n")
}

// A spot is a property in its component.
type spot struct {
	in *contentline.Component
	at int
}

func (s spot) prop() *contentline.Property { return &s.in.Props[s.at] }

// cutNotes makes notes and descriptions take about over bytes less: the longest is left out, or
// cut if that is enough, then the next one. It is false if there are none.
func (l *limiter) cutNotes(it *Item, over int) bool {
	var notes []spot
	for _, c := range limited(it) {
		for i := range c.Props {
			if isNote(&c.Props[i]) {
				notes = append(notes, spot{c, i})
			}
		}
	}
	slices.SortStableFunc(notes, func(a, b spot) int { return len(b.prop().Value) - len(a.prop().Value) })
	gone := make(map[*contentline.Component][]int)
	for _, n := range notes {
		if over <= 0 {
			break
		}
		size := l.bytes(*n.prop())
		if over -= size - l.cutNote(n.prop(), size-over); saysNothing(n.prop()) && !l.mandatory(upper(n.prop().Name)) {
			gone[n.in] = append(gone[n.in], n.at)
		}
	}
	for c, list := range gone {
		leaveOut(c, l.d, list)
	}
	return len(notes) > 0
}

// cutNote cuts a text so that its property takes at most room bytes, down to nothing, and gives
// what it takes. A property without a text takes nothing, as it is left out.
func (l *limiter) cutNote(p *contentline.Property, room int) int {
	if text := readPart(p.Value, kindText, l.d); room > 0 {
		n := sort.Search(len(text), func(n int) bool { return l.bytes(l.beginning(*p, text, n+1)) > room })
		*p = l.beginning(*p, text, n)
	} else {
		p.Value = ""
	}
	if saysNothing(p) && !l.mandatory(upper(p.Name)) {
		return 0
	}
	return l.bytes(*p)
}

func isNote(p *contentline.Property) bool {
	switch upper(p.Name) {
	case "NOTE", "DESCRIPTION", "COMMENT", "BODY":
		return !p.Junk && !p.Base64 && p.Comp == nil && !saysNothing(p)
	}
	return false
}

// beginning gives a property with the first n bytes of its text, or a little less.
func (l *limiter) beginning(p contentline.Property, text string, n int) contentline.Property {
	if n < len(text) {
		text = measure{limit: n, octets: utf8Charset}.cut(text)
	}
	p.Value = writePart(text, kindText, l.d)
	return p
}
