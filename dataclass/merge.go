package dataclass

import (
	"errors"
	"fmt"
)

// largerWins lets the larger value stand, in byte order of what is normalised.
const largerWins Winner = -1

// Larger gives one item of two whose values take turns (docs/engine.md 5.6): of each property that they
// have in two ways the larger value, in byte order of the normalised value, and whatever only one of
// them has. It does not matter which of them comes first, up to the order of properties.
func Larger(a, b *Item) (*Item, error) {
	m, err := Merge3(nil, Version{Now: a}, Version{Now: b}, largerWins)
	return m.Item, err
}

// A Version is what one side of a link holds, as [Merge3] takes it.
type Version struct {
	// Shadow is what the side was believed to hold; nil if nothing.
	Shadow *Item
	// Now is what the side holds now; nil if it is unchanged and holds Shadow.
	Now *Item
	// Sent are the values that the side had sent before Now.
	Sent Sent
	// Keeps is what the side's kind promises to keep.
	Keeps Keeps
	// Known is what was learned of the side; nil for a side of which nothing is to be learned, whose
	// every change is an edit.
	Known *Known
	// Declares is what the side declares to hold. What of Shadow it does not is never deleted by its absence,
	// and what it says to cut is no edit where it comes back cut.
	Declares Declaration
	// left are the exceptions, by the keys of their sections, that the side took away by leaving out their times.
	left map[string]bool
}

// declared is what of a shadow the side declares to hold, after what it was seen to hold beyond that.
func (v Version) declared(shadow *Item, list []*element) *declared {
	by := v.Declares
	by.Holds = by.Holds.Corrected(v.Known)
	return &declared{by: by, shadow: shadow, list: list}
}

// Merged is the result of [Merge3].
type Merged struct {
	// Item is the merged item, in the dialect of the base. Without a base a card is in the newer dialect
	// of the two, which can say more. Of events, tasks and notes it is in iCalendar as soon as one of the
	// inputs is, or if they are in different dialects. It may be one of the inputs.
	Item *Item
	// Shadow is what each side is believed to hold after this: its Now with what an ignored
	// absence keeps, or its Shadow if Now is nil. It may be one of the inputs.
	Shadow [2]*Item
	// Echoed are the values of Shadow that a side gave back altered, and that are no edit: with the
	// values of its Now they are what the side has sent. With them goes a note of what it did not give back and
	// did not delete.
	Echoed [2]Sent
	// Conflict says that something was changed differently on both sides.
	Conflict bool
	// Lossy says for each side that it holds something else than Item and has to be told.
	Lossy [2]bool
}

// errNothing means that there is no item at all to merge.
var errNothing = errors.New("nothing to merge")

// Merge3 merges what both sides of a link hold, property by property and lists element by
// element, as docs/engine.md 5 and 6 demand.
//
// Each side's change is found against its own shadow and applied to base. Elements are
// recognised by what they say (e-mail in lower case, a number by its digits, a picture by its
// bytes), then by type set and place in the list. A value that became another one is a change; a
// value that is missing was deleted only if the side promises to keep the property or once sent
// the value, else its absence is ignored and the side's new shadow keeps it. What both sides
// changed differently is decided by w and reported as a conflict; where one side changed what the
// other deleted, the change stands and is a conflict as well. REV, PRODID, VERSION, UID and
// properties without a value take no part: those of base stay.
//
// Without a base the shadows do not count: the result is the union of both, nothing is removed,
// and w decides single values that differ, which is a conflict. Of a number with and without the code of
// its country, and of an e-mail, web or postal address and a part of it, the one that says more is kept
// if each can only belong to the other; that is no conflict. Numbers and addresses have the types that
// they have on either side.
//
// The result depends on the arguments alone, and swapping the sides and the winner mirrors it, up
// to the order of what both sides added. The inputs are not changed. The error is not nil only if
// the items are of different classes, or if there is none.
func Merge3(base *Item, first, second Version, w Winner) (Merged, error) {
	sides := [2]Version{first, second}
	if err := sameClass(base, first.Shadow, first.Now, second.Shadow, second.Now); err != nil {
		return Merged{}, err
	}
	if any := anyOf(base, first.Shadow, first.Now, second.Shadow, second.Now); any != nil && !any.d.isCard() {
		return neutralMerge(base, sides, w)
	}
	return mergeNeutral(base, sides, w)
}

func anyOf(items ...*Item) *Item {
	for _, it := range items {
		if it != nil {
			return it
		}
	}
	return nil
}

// mergeNeutral merges items that can be compared as they are.
func mergeNeutral(base *Item, sides [2]Version, w Winner) (Merged, error) {
	m := merger{sides: sides, winner: 0, larger: w == largerWins}
	if w == Second {
		m.winner = 1
	}
	if base == nil {
		m.union()
	} else {
		m.threeWay(base)
	}
	if m.out.Item == nil {
		return Merged{}, errNothing
	}
	m.told()
	return m.out, nil
}

func sameClass(items ...*Item) error {
	var class Class
	for _, it := range items {
		if it == nil {
			continue
		}
		if class != "" && it.class != class {
			return fmt.Errorf("%w: merging %s with %s", ErrUnsupported, class, it.class)
		}
		class = it.class
	}
	return nil
}

type merger struct {
	sides  [2]Version
	winner int
	larger bool
	out    Merged
}

// told finds out which side holds something else than the result.
func (m *merger) told() {
	fp := m.out.Item.Fingerprint()
	for i, s := range m.out.Shadow {
		m.out.Lossy[i] = s == nil || (s != m.out.Item && s.Fingerprint() != fp)
	}
}

// union merges without a base.
func (m *merger) union() {
	var now [2]*Item
	for i, v := range m.sides {
		if now[i] = v.Now; now[i] == nil {
			now[i] = v.Shadow
		}
	}
	m.out.Shadow = now
	if now[0] == nil || now[1] == nil {
		if m.out.Item = now[0]; now[0] == nil {
			m.out.Item = now[1]
		}
		return
	}
	lead := m.winner
	if now[1-lead].d > now[lead].d {
		lead = 1 - lead
	}
	m.out.Item = m.unite(now[lead], now[1-lead], lead)
}

// unite adds to the leading side's item what only the other has.
func (m *merger) unite(a, b *Item, lead int) *Item {
	ea, eb := elementsBeside(a, b), elementsBeside(b, a)
	pairs := match(ea, eb, m.larger)
	taken := make([]bool, len(eb))
	for _, j := range pairs {
		if j >= 0 {
			taken[j] = true
		}
	}
	var alike map[int]rendition
	if !m.larger { // values that take turns are decided by their order alone
		alike = renditions(ea, eb, pairs, taken)
	}
	final := make(map[*element]*composed)
	for i, e := range ea {
		if j := pairs[i]; j >= 0 {
			sides := [2]*element{e, eb[j]}
			if lead == 1 {
				sides = [2]*element{eb[j], e}
			}
			final[e] = m.paired(sides, alike[i].of(e, eb[j]))
		}
	}
	var adds []*composed
	for j, e := range eb {
		if !taken[j] {
			adds = append(adds, compose(e))
		}
	}
	return assemble(a, ea, final, adds)
}

// paired gives the union of two elements, of which one is to be kept if they are renditions of one value.
// Of two spellings the winner's is.
func (m *merger) paired(sides [2]*element, kept *element) *composed {
	switch {
	case kept != nil:
		return m.rendered(sides, kept)
	case !m.larger && sides[0].hasRenditions() && sameThing(sides[0], sides[1]):
		return m.rendered(sides, sides[m.winner])
	}
	return m.both(sides)
}

// both gives the union of two spellings of one element, one of each side.
func (m *merger) both(sides [2]*element) *composed {
	if m.larger {
		m.winner = 0
		if sides[0].parts[0].val < sides[1].parts[0].val {
			m.winner = 1
		}
	}
	c := compose(sides[m.winner])
	other := sides[1-m.winner]
	for _, p := range other.parts {
		mine, ok := sides[m.winner].get(p.name)
		switch {
		case !ok:
			c.put(p, other)
		case mine == p.val:
		case p.name == partValue && sameThing(sides[0], sides[1]):
		default:
			m.out.Conflict = true
		}
	}
	return c
}

// sameThing reports whether two elements differ at most in how the same thing is spelled.
func sameThing(a, b *element) bool { return !a.trait.single && a.ident == b.ident }

// threeWay merges on a base.
func (m *merger) threeWay(base *Item) {
	m.out.Item = base
	m.out.Shadow = [2]*Item{m.sides[0].Shadow, m.sides[1].Shadow}
	if m.sides[0].Now == nil && m.sides[1].Now == nil {
		return
	}
	elements := elementsOf(base)
	var diffs [2]diff
	for i, v := range m.sides {
		if v.Now == nil {
			continue
		}
		diffs[i] = v.diff(base, elements)
		m.out.Shadow[i], m.out.Echoed[i] = diffs[i].shadow(v.Now), sentOf(diffs[i].echoed, diffs[i].missed)
	}
	same := m.sides[0].Now != nil && m.sides[1].Now != nil && m.sides[0].Now.Fingerprint() == m.sides[1].Now.Fingerprint()
	if same {
		m.once(&diffs)
	}
	m.together(elements, diffs)
	final := make(map[*element]*composed)
	for _, e := range elements {
		if e0, e1 := diffs[0].edits[e], diffs[1].edits[e]; e0 != nil || e1 != nil {
			final[e] = m.decide(e, [2]*edit{e0, e1})
		}
	}
	m.out.Item = assemble(base, elements, final, m.additions(diffs, final))
	if same {
		m.out.Conflict = false
	}
}

// once counts one time what both sides made of the item, if they made the same of it: if they list it in
// another order they may seem to have come to it by other edits. The winner's are taken, and of the other
// side what it deleted and the winner cannot know of.
func (m *merger) once(diffs *[2]diff) {
	mine, other := diffs[m.winner], &diffs[1-m.winner]
	for e, ed := range other.edits {
		if !ed.gone || !mine.blind[e] {
			delete(other.edits, e)
		}
	}
	other.adds = nil
}

// decide applies what the sides did to one element of the base; nil means that it is gone.
func (m *merger) decide(e *element, edits [2]*edit) *composed {
	gone := [2]bool{edits[0] != nil && edits[0].gone, edits[1] != nil && edits[1].gone}
	switch {
	case gone[0] && edits[1] == nil, gone[1] && edits[0] == nil, gone[0] && gone[1]:
		return nil
	case gone[0] || gone[1]: // an edit survives a delete
		m.out.Conflict = true
	}
	c := compose(e)
	for i, ed := range edits {
		if ed == nil || ed.gone {
			continue
		}
		for _, change := range ed.parts {
			if rival := edits[1-i].find(change.name); rival == nil || m.stands(e, i, change, *rival) {
				c.apply(change)
			}
		}
	}
	return c
}

// stands decides between a part's change on side i and the other side's change of the same part.
func (m *merger) stands(e *element, i int, mine, rival partEdit) bool {
	switch {
	case mine.gone == rival.gone && mine.val == rival.val:
		return i == m.winner
	case mine.gone != rival.gone:
		m.out.Conflict = true
		return rival.gone
	case mine.name == partValue && !e.trait.single && mine.src.ident != rival.src.ident &&
		(mine.src.ident == e.ident || rival.src.ident == e.ident):
		return rival.src.ident == e.ident // a new value stands against a new spelling of the old
	case mine.name == partValue && sameThing(mine.src, rival.src):
		return i == m.winner
	}
	m.out.Conflict = true
	return i == m.winner
}

// additions joins what both sides added. What one side added and the other changed something
// into is there already.
func (m *merger) additions(diffs [2]diff, final map[*element]*composed) []*composed {
	pairs := match(diffs[0].adds, diffs[1].adds, false)
	taken := make([]bool, len(diffs[1].adds))
	var out []*composed
	there := diffs[1].became(final)
	for i, e := range diffs[0].adds {
		if j := pairs[i]; j >= 0 {
			taken[j] = true
			out = append(out, m.both([2]*element{e, diffs[1].adds[j]}))
		} else if !there[e.whole] {
			out = append(out, compose(e))
		}
	}
	there = diffs[0].became(final)
	for j, e := range diffs[1].adds {
		if !taken[j] && !there[e.whole] {
			out = append(out, compose(e))
		}
	}
	return out
}

// became lists what elements of the base were changed into by this side.
func (d diff) became(final map[*element]*composed) map[string]bool {
	out := make(map[string]bool)
	for b, ed := range d.edits {
		if c := final[b]; c != nil && c.pure() == ed.src && ed.src != nil {
			out[ed.src.whole] = true
		}
	}
	return out
}
