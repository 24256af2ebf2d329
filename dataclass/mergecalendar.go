package dataclass

import (
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// neutralMerge merges calendar items and notes in the neutral dialect and gives the result in
// the dialects that were given: each shadow in that of its side, the item in that of the base,
// unless somebody speaks iCalendar, which can say everything. A format that consists of nothing but text
// keeps the text.
func neutralMerge(base *Item, sides [2]Version, w Winner) (Merged, error) {
	n := neutralizer{back: make(map[*Item]*Item), filled: make(map[*Item]bool)}
	neutralBase := n.item(base)
	var neutral [2]Version
	for i, v := range sides {
		neutral[i] = v
		neutral[i].Shadow, neutral[i].Now = n.item(v.Shadow), n.item(v.Now)
		if v.Now != nil && (v.Now.d == plain || v.Now.d == note11) {
			neutral[i].Keeps.Names = append(textKept(v.Known), v.Keeps.Names...)
		}
	}
	for i := range neutral {
		clock := neutral[i].Declares.Holds.Calendar.Local
		neutral[i].Now, neutral[i].Shadow = n.inZoneOf(neutralBase, neutral[i].Now, clock), n.inZoneOf(neutralBase, neutral[i].Shadow, clock)
	}
	n.alignZones(neutralBase, &neutral)
	n.asTold(neutralBase, &neutral)
	for i := range neutral {
		was := neutral[i].Shadow
		if other := neutral[1-i]; base == nil {
			was = other.Now
			if was == nil {
				was = other.Shadow
			}
		}
		neutral[i] = n.withExceptions(neutral[i], was)
	}
	n.followSeries(&neutralBase, &neutral)
	out, err := mergeNeutral(neutralBase, neutral, w)
	if err != nil {
		return Merged{}, err
	}
	if out.Item, err = n.restoreWhole(out.Item, n.dialectOf(base, sides)); err != nil {
		return Merged{}, err
	}
	for i, v := range sides {
		d := cal20
		if v.Now != nil {
			d = v.Now.d
		} else if v.Shadow != nil {
			d = v.Shadow.d
		}
		if out.Shadow[i], err = n.restore(out.Shadow[i], d); err != nil {
			return Merged{}, err
		}
	}
	return out, nil
}

// textKept are the properties that a side which speaks of nothing but text keeps. One that cuts texts may
// cut the whole second part off, unless it ever sent one.
func textKept(k *Known) []string {
	if k != nil && !k.holds("DESCRIPTION") {
		return []string{"SUMMARY"}
	}
	return []string{"SUMMARY", "DESCRIPTION"}
}

// A neutralizer remembers which item a neutral one was made of, and which of them say more than it: what a side could not
// hold was put back.
type neutralizer struct {
	back   map[*Item]*Item
	filled map[*Item]bool
}

func (n *neutralizer) item(it *Item) *Item {
	if it == nil {
		return nil
	}
	out := it.neutral()
	n.back[out] = it
	return out
}

// restore gives the item that a neutral one was made of, or makes one in the dialect.
func (n *neutralizer) restore(it *Item, d dialect) (*Item, error) {
	if it == nil {
		return nil, nil
	}
	if from := n.back[it]; from != nil {
		return from, nil
	}
	return it.Project(d.format())
}

// restoreWhole is restore for an item that everybody is to have, with what was put back.
func (n *neutralizer) restoreWhole(it *Item, d dialect) (*Item, error) {
	if it != nil && n.filled[it] {
		return it.Project(d.format())
	}
	return n.restore(it, d)
}

// dialectOf chooses the dialect of the merged item.
func (n *neutralizer) dialectOf(base *Item, sides [2]Version) dialect {
	var first *Item
	for _, it := range []*Item{base, sides[0].Now, sides[1].Now, sides[0].Shadow, sides[1].Shadow} {
		switch {
		case it == nil:
		case it.d == cal20:
			return cal20
		case first == nil:
			first = it
		case it.d != first.d:
			return cal20
		}
	}
	if first == nil {
		return cal20
	}
	return first.d
}

// alignZones renames time zones of the sides that have the name of another one in the base.
func (n *neutralizer) alignZones(base *Item, sides *[2]Version) {
	ref := base
	for i := range sides {
		for _, it := range []**Item{&sides[i].Shadow, &sides[i].Now} {
			switch {
			case *it == nil || *it == ref:
			case ref == nil:
				ref = *it
			default:
				renamed := renameZones(ref.root, *it)
				n.back[renamed] = n.back[*it]
				*it = renamed
			}
		}
	}
}

// renameZones gives it with other names for time zones that mean something else in ref; it
// itself if there are none.
func renameZones(ref *contentline.Component, it *Item) *Item {
	ours, theirs := newZones(ref), newZones(it.root)
	for i := range it.root.Props {
		def := it.root.Props[i].Comp
		if def == nil || !strings.EqualFold(def.Name, "VTIMEZONE") {
			continue
		}
		p := def.Find("TZID")
		if p == nil || zoneComponent(ref, zoneName(p)) == nil {
			continue
		}
		tzid := zoneName(p)
		a, b := ours.find(tzid), theirs.find(tzid)
		if a == nil || b == nil || a.Key() == b.Key() {
			continue
		}
		it = it.Clone()
		renameZone(it.root, tzid, tzid+" ("+b.Key()+")")
	}
	return it
}

func renameZone(c *contentline.Component, from, to string) {
	for i := range c.Props {
		p := &c.Props[i]
		if p.Comp != nil {
			renameZone(p.Comp, from, to)
		}
		if p.Is("TZID") && zoneName(p) == from && strings.EqualFold(c.Name, "VTIMEZONE") {
			p.Value = cal20.escape(to, ",;")
		}
		if tzidOf(p) != from || from == "" {
			continue
		}
		params := append([]contentline.Param(nil), p.Params...)
		for j := range params {
			if strings.EqualFold(params[j].Name, "TZID") {
				params[j].Value = quoteParam(to)
			}
		}
		p.Params = params
	}
}

// together lets what belongs together be decided together: an exception that one side deleted
// and the other changed stays whole, and an end never comes before its start.
func (m *merger) together(elements []*element, diffs [2]diff) {
	sections := make(map[string][]*element)
	var order []string
	for _, e := range elements {
		if e.in == nil {
			return
		}
		if sections[e.in.key] == nil {
			order = append(order, e.in.key)
		}
		sections[e.in.key] = append(sections[e.in.key], e)
	}
	for _, key := range order {
		for i := range diffs {
			if removed(diffs[i], sections[key]) && touches(diffs[1-i], key) {
				for _, e := range sections[key] {
					delete(diffs[i].edits, e)
				}
				m.out.Conflict = true
			}
		}
		m.inOrder(sections[key], diffs)
	}
}

// removed reports whether a side removed all elements.
func removed(d diff, list []*element) bool {
	for _, e := range list {
		if ed := d.edits[e]; ed == nil || !ed.gone {
			return false
		}
	}
	return true
}

// touches reports whether a side changed or added anything in a section.
func touches(d diff, key string) bool {
	for e, ed := range d.edits {
		if e.in.key == key && !ed.gone {
			return true
		}
	}
	for _, e := range d.adds {
		if e.in.key == key {
			return true
		}
	}
	return false
}

// inOrder looks at start and end of a section as they would become. If both sides moved one of
// them and the two do not fit together, only the winner moves them.
func (m *merger) inOrder(list []*element, diffs [2]diff) {
	var start, end *element
	for _, e := range list {
		switch e.key {
		case "DTSTART":
			start = e
		case "DTEND", "DUE":
			end = e
		}
	}
	if start == nil || end == nil {
		return
	}
	moved := func(i int) bool { return diffs[i].edits[start] != nil || diffs[i].edits[end] != nil }
	if !moved(0) || !moved(1) || fits(m.becomes(start, diffs), m.becomes(end, diffs)) {
		return
	}
	loser := diffs[1-m.winner]
	delete(loser.edits, start)
	delete(loser.edits, end)
	m.out.Conflict = true
}

// becomes gives the element that decides what e will say.
func (m *merger) becomes(e *element, diffs [2]diff) *element {
	for _, i := range []int{m.winner, 1 - m.winner} {
		if ed := diffs[i].edits[e]; ed != nil && ed.src != nil && ed.find(partValue) != nil {
			return ed.src
		}
	}
	return e
}

// fits reports whether an end may follow a start: both are days or both are times, and it does
// not come first. What cannot be told fits.
func fits(start, end *element) bool {
	a, okA := momentOf(start.prop)
	b, okB := momentOf(end.prop)
	if !okA || !okB {
		return true // a duration, or nothing that we understand
	}
	if a.date || b.date {
		return a.date == b.date && !b.wall().Before(a.wall())
	}
	from, okA := start.in.zones.instant(a)
	to, okB := end.in.zones.instant(b)
	if !okA || !okB {
		return okA == okB && !b.wall().Before(a.wall())
	}
	return !to.Before(from)
}
