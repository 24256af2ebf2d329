package dataclass

import (
	"fmt"
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
			done = !l.cutNote(it, over)
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
func (l *limiter) leaveOutUntil(it *Item, over int, sort func(*contentline.Property) bool) bool {
	any := false
	for _, c := range limited(it) {
		var gone []int
		for i := len(c.Props) - 1; i >= 0 && over > 0; i-- {
			if p := &c.Props[i]; sort(p) {
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

// cutNote cuts the longest note or description so that it takes over bytes less, or leaves it
// out; false if there is none.
func (l *limiter) cutNote(it *Item, over int) bool {
	var longest *contentline.Property
	var in *contentline.Component
	at := 0
	for _, c := range limited(it) {
		for i := range c.Props {
			p := &c.Props[i]
			if isNote(p) && (longest == nil || len(p.Value) > len(longest.Value)) {
				longest, in, at = p, c, i
			}
		}
	}
	if longest == nil {
		return false
	}
	text := l.d.unescape(longest.Value)
	room := l.bytes(*longest) - over
	n := sort.Search(len(text), func(n int) bool { return l.bytes(l.beginning(*longest, text, n+1)) > room })
	if *longest = l.beginning(*longest, text, n); !saysNothing(longest) {
		return true
	}
	if !l.mandatory(upper(longest.Name)) {
		leaveOut(in, l.d, []int{at})
	}
	return true
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
	if l.d == plain {
		p.Value = text
	} else {
		p.Value = l.d.escape(text, textSeps(l.d))
	}
	return p
}
