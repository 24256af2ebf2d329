package dataclass

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// An Item is one item as a property tree that keeps what nobody understood. Callers treat it as
// immutable, except through a typed view such as [Contact], which edits it in place. An Item may
// be read by several goroutines at once as long as none edits it.
type Item struct {
	class Class
	d     dialect
	root  *contentline.Component
}

// Decode reads one item of the class. The class [Calendar] takes an event or a task; the item
// says which it is.
//
// The content decides the dialect within the family that b.Type names: a card of version 3.0
// under text/x-vcard is taken as 3.0. b.Type may be empty. What has no VERSION gets the one that
// its type suggests. A charset counts only for text/plain; the others say it themselves.
//
// Errors: [ErrUnsupported] for a class, media type or version that cannot be read yet,
// [ErrTooBig] beyond the default limits of [contentline.Limits], 5,000 values in one list or 200
// recurrence rules, [ErrMalformed] for anything that is not exactly one item of the class: no
// BEGIN or END, another component, or more than blanks around it. A line without a colon is no
// error; it is kept as it is.
func Decode(class Class, b Body) (*Item, error) { return decodeBy(contentline.Parse, class, b) }

// DecodeBare is Decode of an item that is only looked at: it says the same and has the same fingerprint, but a card or
// a calendar item prints in its dialect's canonical form, not as it came.
func DecodeBare(class Class, b Body) (*Item, error) { return decodeBy(contentline.ParseBare, class, b) }

// A parser is one of the two ways to read a tree.
type parser func([]byte, contentline.Dialect, contentline.Limits) ([]*contentline.Component, error)

func decodeBy(parse parser, class Class, b Body) (*Item, error) {
	f := ParseFormat(b.Type)
	fam, known := f.family()
	known = known || f.Type == ""
	switch {
	case class == Contacts && known && fam == cards:
		return decodeCard(parse, b.Data, f)
	case (class == Events || class == Tasks || class == Calendar) && known && (fam == calendars || f.Type == ""):
		return decodeCalendarBy(parse, class, b.Data, f)
	case class == Notes && known && fam != cards || class == Notes && f.Type == "":
		if len(b.Data) > maxNote {
			line := 1 + bytes.Count(b.Data[:maxNote], []byte("\n"))
			return nil, fmt.Errorf("%w: line %d: more than %d bytes", ErrTooBig, line, maxNote)
		}
		return decodeNote(recoded(b), f)
	}
	return nil, fmt.Errorf("%w: %s as %q", ErrUnsupported, class, b.Type)
}

// decodeCard reads a vCard.
func decodeCard(parse parser, data []byte, f Format) (*Item, error) {
	guess := card30
	if bytes.Contains(data, []byte("VERSION:2.1")) {
		guess = card21
	}
	return decodeAs(parse, Contacts, data, f, "VCARD", guess)
}

// decodeAs reads a component in the dialect that its VERSION names. The guess spares reading it
// twice.
func decodeAs(parse parser, class Class, data []byte, f Format, name string, guess dialect) (*Item, error) {
	root, err := parseOne(parse, data, guess, name)
	if err != nil {
		return nil, err
	}
	actual, err := versionOf(root, f)
	if err != nil {
		return nil, err
	}
	if actual.lines() != guess.lines() {
		if root, err = parseOne(parse, data, actual, name); err != nil {
			return nil, err
		}
		if again, err := versionOf(root, f); err != nil || again != actual {
			return nil, fmt.Errorf("%w: VERSION depends on how lines are joined", ErrMalformed)
		}
	}
	if err := settle(root, actual); err != nil {
		return nil, err
	}
	return &Item{class: class, d: actual, root: root}, nil
}

func parseOne(parse parser, data []byte, d dialect, name string) (*contentline.Component, error) {
	all, err := parse(data, d.lines(), contentline.Limits{})
	switch {
	case errors.Is(err, contentline.ErrLimit):
		return nil, fmt.Errorf("%w: %w", ErrTooBig, err)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	case len(all) != 1:
		return nil, fmt.Errorf("%w: %d components instead of one", ErrMalformed, len(all))
	case !strings.EqualFold(all[0].Name, name):
		return nil, fmt.Errorf("%w: BEGIN:%.20q is no %s", ErrMalformed, all[0].Name, name)
	}
	return all[0], nil
}

// versionOf finds the dialect of a component: by its VERSION, without one by its media type. The
// types of one family are often confused, so that the type does not count where there is a
// VERSION.
func versionOf(root *contentline.Component, f Format) (dialect, error) {
	if p := root.Find("VERSION"); p != nil {
		f.Version = strings.TrimSpace(p.Value)
		if f.Version == "" {
			return 0, fmt.Errorf("%w: empty VERSION", ErrMalformed)
		}
	}
	if f.Type == "" {
		f.Type = typeOf[upper(root.Name)]
	}
	d, ok := f.dialect()
	if !ok {
		return 0, fmt.Errorf("%w: %s version %.20q", ErrUnsupported, root.Name, f.Version)
	}
	return d, nil
}

// typeOf gives the media type that is assumed for a component where none is told.
var typeOf = map[string]string{"VCARD": "text/x-vcard", "VCALENDAR": "text/calendar", "VNOTE": "text/x-vnote"}

// maxList is how many values one list of an item may have.
const maxList = 5000

// maxItemRules is how many RRULE and EXRULE lines an item may have. Each of them may take as long to
// understand as thousands of other lines.
const maxItemRules = 200

// settle gives the tree the one form that later code relies on: it has a VERSION, and text that
// came as base64 is text. A list that is too long is an error.
func settle(root *contentline.Component, d dialect) error {
	if root.Find("VERSION") == nil {
		v := contentline.Property{Name: "VERSION", Value: d.format().Version}
		root.Props = append([]contentline.Property{v}, root.Props...)
	}
	if !d.isCard() && rulesIn(root) > maxItemRules {
		return fmt.Errorf("%w: more than %d recurrence rules", ErrTooBig, maxItemRules)
	}
	return settleProps(root, d)
}

// rulesIn counts the recurrence rules of the components of an item. Those of time zones do not count.
func rulesIn(root *contentline.Component) int {
	n := 0
	for i := range root.Props {
		c := root.Props[i].Comp
		if c == nil || classOf[upper(c.Name)] == "" {
			continue
		}
		for j := range c.Props {
			if p := &c.Props[j]; p.Is("RRULE") || p.Is("EXRULE") {
				n++
			}
		}
	}
	return n
}

// settleProps settles the properties of a component and, in a calendar, of those inside it.
func settleProps(root *contentline.Component, d dialect) error {
	var lists map[string]int
	for i := range root.Props {
		p := &root.Props[i]
		name := upper(p.Name)
		t := d.trait(name)
		if p.Base64 && t.isText() {
			base64Text(p, d)
		}
		if n := strings.Count(p.Value, ",") + strings.Count(p.Value, ";"); n > 0 && t.isList() {
			if lists == nil {
				lists = make(map[string]int)
			}
			if lists[name] += 1 + n; lists[name] > maxList {
				return fmt.Errorf("%w: more than %d values of %s", ErrTooBig, maxList, name)
			}
		}
		if p.Comp != nil && !d.isCard() {
			if err := settleProps(p.Comp, d); err != nil {
				return err
			}
		}
	}
	return nil
}

// Class gives the class of the item.
func (it *Item) Class() Class { return it.class }

// Format gives the dialect of the item.
func (it *Item) Format() Format { return it.d.format() }

// Body prints the item in its own dialect, with CRLF line ends. Decoding the body gives an equal
// tree, and the body of that is the same bytes again.
func (it *Item) Body() Body {
	if it.d == plain {
		return Body{Type: PlainText.String(), Data: []byte(plainText(it.root))}
	}
	return Body{Type: it.d.format().String(), Data: contentline.Print(it.root, it.d.lines())}
}

// Clone gives an independent copy: editing one does not change the other.
func (it *Item) Clone() *Item {
	return &Item{class: it.class, d: it.d, root: it.root.Clone()}
}
