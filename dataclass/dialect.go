package dataclass

import "github.com/bindery-sync/bindery/dataclass/contentline"

// A dialect is a [Format] that Bindery can read and write, as the code that handles properties
// tells them apart.
type dialect uint8

const (
	card21 dialect = iota
	card30
	card40
	cal10
	cal20
	note11
	plain
)

// formats gives the Format behind each dialect.
var formats = [...]Format{
	card21: VCard21, card30: VCard30, card40: VCard40,
	cal10: VCalendar10, cal20: ICalendar20,
	note11: VNote11, plain: PlainText,
}

// A family is a set of dialects whose items can be converted into each other.
type family uint8

const (
	cards family = iota
	calendars
	notes
)

func (d dialect) format() Format { return formats[d] }

// lines gives the way in which the dialect folds, encodes and escapes.
func (d dialect) lines() contentline.Dialect {
	if d.versit() {
		return contentline.Versit
	}
	return contentline.MIMEDir
}

// versit reports whether the dialect is one of the versit Consortium's.
func (d dialect) versit() bool { return d == card21 || d == cal10 || d == note11 }

func (d dialect) isCard() bool { return d <= card40 }

func (d dialect) unescape(s string) string { return contentline.Unescape(d.lines(), s) }

func (d dialect) escape(s, seps string) string { return contentline.Escape(d.lines(), s, seps) }

// trait tells what is known about a property by its name in upper case.
func (d dialect) trait(name string) trait {
	if d.isCard() {
		return cardTrait(name)
	}
	return calendarTrait(name)
}
