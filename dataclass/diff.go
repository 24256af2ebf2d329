package dataclass

import (
	"slices"
	"strconv"
)

// A diff is what one side did since its shadow.
type diff struct {
	edits map[*element]*edit // by element of the base
	adds  []*element         // elements of Now that the base does not have
	now   []*element
	kept  []*composed            // elements of the shadow whose absence is ignored
	patch map[*element]*composed // elements of Now with parts of the shadow that are kept
	blind map[*element]bool      // elements of the base whose absence is ignored
	// echoed are elements of the shadow that the side gave back altered
	echoed []*element
	said   *declared
	// missed are elements of the shadow whose absence is ignored
	missed []*element
}

// An edit is what one side did to one element.
type edit struct {
	gone  bool
	src   *element // as it is now
	parts []partEdit
}

// A partEdit is a part that became val, or went.
type partEdit struct {
	part
	gone bool
	src  *element
}

// find gives the change of a part, if there is one.
func (ed *edit) find(name string) *partEdit {
	if ed == nil || ed.gone {
		return nil
	}
	for i := range ed.parts {
		if ed.parts[i].name == name {
			return &ed.parts[i]
		}
	}
	return nil
}

// diff compares Now with Shadow and says what that means for the elements of the base.
func (v Version) diff(base *Item, elements []*element) diff {
	d := diff{edits: make(map[*element]*edit), patch: make(map[*element]*composed), blind: make(map[*element]bool)}
	shadow := elements
	if v.Shadow != base {
		shadow = elementsBeside(v.Shadow, base)
	}
	d.said = v.declared(v.Shadow, shadow)
	d.now = elementsSince(v.Now, v.Shadow, shadow, base)
	toNow, toBase := match(shadow, d.now, true), match(shadow, elements, true)
	oldNow, oldBase := make([]bool, len(d.now)), make([]bool, len(elements))
	for i, s := range shadow {
		var b, n *element
		if j := toBase[i]; j >= 0 {
			b, oldBase[j] = elements[j], true
		}
		if j := toNow[i]; j >= 0 {
			n, oldNow[j] = d.now[j], true
		}
		d.known(v, s, n, b)
	}
	d.fresh(withoutRepeats(without(d.now, oldNow), v.Shadow, base), without(elements, oldBase))
	return d
}

// known handles an element s of the shadow that is n now (nil: missing) and b in the base (nil:
// not there).
func (d *diff) known(v Version, s, n, b *element) {
	if n == nil {
		d.missing(v, s, b)
		return
	}
	changes := d.compareParts(v, s, n)
	switch {
	case len(changes) == 0:
	case b == nil:
		d.adds = append(d.adds, n)
	default:
		d.edits[b] = zonedAs(b, s, &edit{src: n, parts: changes})
	}
}

// missing handles an element that the side does not send.
func (d *diff) missing(v Version, s, b *element) {
	switch {
	case b != nil && s.in != nil && v.left[s.in.key]:
		d.edits[b] = &edit{gone: true}
	case d.said.lacks(s): // it is there on the other side only
		d.blind[b] = true
	case !v.owns(s, s.parts[0]):
		d.kept, d.missed = append(d.kept, compose(s)), append(d.missed, s)
		d.blind[b] = true
	case b != nil:
		d.edits[b] = &edit{gone: true}
	}
}

// compareParts lists what changed from s to n, and notes what n keeps of s.
func (d *diff) compareParts(v Version, s, n *element) []partEdit {
	changes := partsOver(s, n)
	if len(changes) > 0 && changes[0].name == partValue && (v.echoes(s, n) || d.said.gives(s, n)) {
		changes = changes[1:]
		d.echoed = append(d.echoed, s)
		d.keepPart(n, s.parts[0], s)
	}
	for _, p := range s.parts {
		if _, ok := n.get(p.name); ok {
			continue
		}
		if v.owns(s, p) {
			changes = append(changes, partEdit{part: p, gone: true, src: n})
			continue
		}
		d.keepPart(n, p, s)
	}
	return changes
}

// keepPart notes that the side is believed to hold a part of s although it did not send it with n.
func (d *diff) keepPart(n *element, p part, s *element) {
	if d.patch[n] == nil {
		d.patch[n] = compose(n)
	}
	d.patch[n].put(p, s)
}

// partsOver lists the parts of n that s does not have or has otherwise.
func partsOver(s, n *element) []partEdit {
	var changes []partEdit
	for _, p := range n.parts {
		if old, ok := s.get(p.name); !ok || old != p.val {
			changes = append(changes, partEdit{part: p, src: n})
		}
	}
	return changes
}

// owns reports whether the absence of a part means that it was deleted.
func (v Version) owns(e *element, p part) bool {
	return v.Keeps.All || slices.Contains(v.Keeps.Names, e.key) || slices.Contains(v.Keeps.Names, upper(e.prop.Name)) || v.Sent.has(e.hash(p)) ||
		p.name == partValue && v.Known.keeps(e) && !v.Sent.has(e.missedHash())
}

// fresh handles elements of Now that the shadow did not have. One that the base has (it came
// from the other side, or from before) is laid over it; the others are additions.
func (d *diff) fresh(now, base []*element) {
	for i, j := range match(now, base, false) {
		if j < 0 {
			d.adds = append(d.adds, now[i])
			continue
		}
		d.edits[base[j]] = &edit{src: now[i], parts: partsOver(base[j], now[i])}
	}
}

// shadow gives Now with what the side is believed to hold although it did not send it.
func (d *diff) shadow(now *Item) *Item {
	if len(d.kept) == 0 && len(d.patch) == 0 {
		return now
	}
	return assemble(now, d.now, d.patch, d.kept)
}

func without(list []*element, taken []bool) []*element {
	var out []*element
	for i, e := range list {
		if !taken[i] {
			out = append(out, e)
		}
	}
	return out
}

// match pairs the elements of a with those of b, one to one: the result holds for each of a the
// index in b, or -1. It pairs what says the same, then what is recognised as the same, then
// single properties in order, and with leftovers what is cut or folded to the same, what has the
// same types and the same place among those, and last what stands in the same place and has lost
// or gained its types.
func match(a, b []*element, leftovers bool) []int {
	m := matcher{a: a, b: b, out: make([]int, len(a)), taken: make([]bool, len(b))}
	for i := range m.out {
		m.out[i] = -1
	}
	m.inPlace()
	m.round(func(e *element) string { return e.whole })
	m.round(func(e *element) string { return e.slot() + "\x00" + e.ident + "\x00" + e.bucket })
	m.round(func(e *element) string { return e.slot() + "\x00" + e.ident })
	m.round(func(e *element) string {
		if e.trait.single {
			return e.slot()
		}
		return ""
	})
	if leftovers {
		m.images()
		m.round(func(e *element) string { return e.slot() + "\x00" + e.bucket + "\x00" + strconv.Itoa(e.nth) })
		m.untyped()
	}
	return m.out
}

type matcher struct {
	a, b  []*element
	out   []int
	taken []bool
}

// inPlace pairs what says the same in the same place, which is nearly everything as a rule. No
// two elements of a list say the same.
func (m *matcher) inPlace() {
	for i := range min(len(m.a), len(m.b)) {
		if m.a[i].whole == m.b[i].whole {
			m.out[i], m.taken[i] = i, true
		}
	}
}

// round pairs what has the same key, first with first. An empty key pairs with nothing.
func (m *matcher) round(key func(e *element) string) {
	if !slices.Contains(m.out, -1) || !slices.Contains(m.taken, false) {
		return
	}
	free := make(map[string][]int)
	for j, e := range m.b {
		if m.taken[j] {
			continue
		}
		if k := key(e); k != "" {
			free[k] = append(free[k], j)
		}
	}
	for i, e := range m.a {
		if m.out[i] >= 0 {
			continue
		}
		k := key(e)
		if queue := free[k]; len(queue) > 0 {
			m.out[i], m.taken[queue[0]] = queue[0], true
			free[k] = queue[1:]
		}
	}
}

// untyped pairs elements in the same place of their list if one of them has no types.
func (m *matcher) untyped() {
	at := make(map[string]int)
	for j, e := range m.b {
		if !m.taken[j] {
			at[e.slot()+"\x00"+strconv.Itoa(e.place)] = j
		}
	}
	for i, e := range m.a {
		if m.out[i] >= 0 {
			continue
		}
		j, ok := at[e.slot()+"\x00"+strconv.Itoa(e.place)]
		if ok && !m.taken[j] && (e.bucket == "" || m.b[j].bucket == "") {
			m.out[i], m.taken[j] = j, true
		}
	}
}
