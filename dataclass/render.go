package dataclass

import "github.com/bindery-sync/bindery/dataclass/contentline"

// Render gives what is to be sent to a side that takes the format: the item in its dialect, within
// the limits that it declares. What was learned to be lost is sent all the same: the side may hold
// it tomorrow, another person may read it there, and nothing is lost by trying. See
// docs/engine.md 5.2; [Expect] is the other half.
//
// Errors are those of [Item.ProjectFor].
func Render(it *Item, f Format, c Capabilities) (*Item, error) {
	return it.ProjectFor(f, c.Declared())
}

// Expect gives what a side is expected to send back, and to show to its user, after it was sent
// what [Render] gives: that, less what the side was learned to lose. It is what becomes the shadow
// (docs/engine.md 5.1), so that a return that is equal to it is an echo and not an edit. Without
// losses it is what Render gives.
//
// Errors are those of [Item.ProjectFor].
func Expect(it *Item, f Format, c Capabilities) (*Item, error) { return it.ProjectFor(f, c) }

// SameHeld reports whether a side is expected to hold the same of two items, after what it declares (f
// and c; the zero Format is the item's own) and what was learned of it. It is false if that cannot be
// told. Items that are equal anyway need not be asked about.
func SameHeld(a, b *Item, f Format, c Capabilities, k *Known) bool {
	c = c.Corrected(k)
	if c.Losses = append(c.Losses, k.Losses()...); f == (Format{}) && c.declaresNothing() {
		return false
	}
	x, err := a.heldBy(f, c)
	if err != nil {
		return false
	}
	y, err := b.heldBy(f, c)
	return err == nil && x.Fingerprint() == y.Fingerprint()
}

// heldBy gives what is expected of an item, in the neutral dialect: in that of the side the limits are
// applied first, in the neutral one the losses.
func (it *Item) heldBy(f Format, c Capabilities) (*Item, error) {
	if f == (Format{}) {
		f = it.Format()
	}
	out, err := Render(it, f, c)
	if err != nil || len(c.Losses) == 0 {
		return out, err
	}
	n := out.neutral()
	return n.ProjectFor(n.Format(), Capabilities{Losses: c.Losses})
}

// ProjectFor gives the item as a side could hold it: in the dialect of f, as [Item.Project] has it,
// with the characters, properties, counts and sizes of c, and less its losses. It depends on the
// arguments alone, and projecting the result again gives an equal item. The item is not changed;
// the result shares nothing that a typed view would edit.
//
// Text that is too long is cut, never inside of what is seen as one character. What would be wrong
// when cut is left out instead: a phone number, a mail or web address, a date, a rule, a picture,
// a category, and a property that nobody understands. A mail or web address with characters that
// the side lacks is left out as well. Which of several values stays tells [Limit], what goes first
// where the whole is too big tells [Capabilities] in MaxSize: pictures, sounds and attachments,
// then X- properties, both from the end, then notes are cut.
//
// Errors: [ErrUnsupported] for a format that cannot be written, [ErrTooBig] if the item does not
// fit in MaxSize even so, and what [Capabilities.Validate] reports.
func (it *Item) ProjectFor(f Format, c Capabilities) (*Item, error) {
	l, err := limitsOf(c)
	if err != nil {
		return nil, err
	}
	out, err := it.projectStyled(f, c.Calendar)
	if err != nil {
		return nil, err
	}
	return l.applied(out.Clone())
}

// limits are what Capabilities say, looked up once for many items.
type limits struct {
	c      Capabilities
	cs     *charset
	byName map[string][]*Limit
}

// limitsOf checks Capabilities and prepares them.
func limitsOf(c Capabilities) (limits, error) {
	if err := c.Validate(); err != nil {
		return limits{}, err
	}
	cs, _ := charsetNamed(c.Charset)
	return limits{c: c, cs: cs, byName: c.limitsOf()}, nil
}

// applied brings an item, which is its own, within the limits.
func (ls *limits) applied(it *Item) (*Item, error) {
	l := limiter{d: it.d, c: &ls.c, cs: ls.cs, limits: ls.byName}
	for range maxRounds {
		if err := l.round(it); err != nil {
			return nil, err
		}
		if !l.changed {
			break
		}
	}
	return it, nil
}

// maxRounds bounds how often limits are applied to what limits and losses left, such as a text
// that is longer after a character was spelled out. One is the rule, two are rare.
const maxRounds = 8

// round applies everything once.
func (l *limiter) round(it *Item) error {
	l.changed = false
	if l.cs != utf8Charset {
		l.changed = foldComponent(it.root, l.d, l.cs)
	}
	for _, c := range limited(it) {
		l.component(c)
	}
	if err := l.shrink(it, l.c.MaxSize); err != nil {
		return err
	}
	if len(l.c.Losses) > 0 {
		for _, c := range limited(it) {
			l.lose(c)
		}
	}
	return nil
}

// limited lists the components whose properties limits are about: the card, the note, or the
// events and tasks of a calendar.
func limited(it *Item) []*contentline.Component {
	if it.d != cal10 && it.d != cal20 {
		return []*contentline.Component{it.root}
	}
	var out []*contentline.Component
	for i := range it.root.Props {
		if c := it.root.Props[i].Comp; c != nil && classOf[upper(c.Name)] != "" {
			out = append(out, c)
		}
	}
	return out
}
