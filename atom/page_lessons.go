package atom

import (
	"fmt"

	"github.com/bindery-sync/bindery/atom/pages"
	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
)

// lessonOf says in words what was learned of a client.
func lessonOf(l bindings.Learned) pages.Lesson {
	out := pages.Lesson{Class: string(l.Class), When: l.Changed}
	for _, k := range l.Kept {
		text := firstOf(propertyWords[k.Name], k.Name)
		if k.Places > 1 {
			text += fmt.Sprintf(" (%d of them)", k.Places)
		}
		out.Kept = append(out.Kept, text)
	}
	for _, loss := range l.Losses {
		out.Losses = append(out.Losses, lossWords(loss))
	}
	return out
}

// lossWords says what a client does to a property.
func lossWords(l dataclass.Loss) string {
	text := firstOf(propertyWords[l.Name], l.Name)
	if l.Position > 0 {
		text += fmt.Sprintf(" number %d and on", l.Position)
	}
	if l.Component > 0 {
		text += fmt.Sprintf(", part %d", l.Component)
	}
	if l.Length > 0 {
		text += fmt.Sprintf(", what is behind the first %d", l.Length)
		if l.Octets {
			text += " bytes"
		} else {
			text += " characters"
		}
	}
	for _, w := range []struct {
		is   bool
		word string
	}{
		{l.Dropped, ", altogether"}, {l.Upper, ", small letters"}, {l.Lower, ", capitals"}, {l.Title, ", how words begin"},
		{l.ASCII, ", letters beyond ASCII"}, {l.Digits, ", all but digits"},
	} {
		if w.is {
			text += w.word
		}
	}
	return text
}
