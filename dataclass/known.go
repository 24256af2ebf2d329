package dataclass

import (
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"
)

// Known is what was learned of how one side keeps the items of one class (docs/engine.md 5.3, 5.4):
// of each property how much of it came back and from which places of its list, what the side never
// does to it, and what it was seen to do to it. The zero value knows nothing. It depends only on what
// it was shown and in which order; it is not for concurrent use. It is kept as JSON, and never grows
// beyond some 100 properties. All of it was learned while the side declared one and the same (Declares).
type Known struct {
	props map[string]*knownProp
	// changed says that something was learned since Known was made or read.
	changed bool
}

// knownProp is what is known of one property, by its name in the neutral dialect.
type knownProp struct {
	// Kept is the largest size that came back from each place in the list of the property; 0 for none.
	Kept []int `json:"kept,omitempty"`
	// Slots is the same for each place among the properties of one set of types.
	Slots map[string][]int `json:"slots,omitempty"`
	// Parts is the largest size that came back of each component, in characters; Octets in octets.
	Parts  []int `json:"parts,omitempty"`
	Octets []int `json:"octets,omitempty"`
	// Never is what the side is known not to do: a value came back that it would have altered.
	Never change `json:"never,omitempty"`
	// Shapes are the forms of numbers that came back, by their length; one form for each length may be
	// that of the side.
	Shapes map[int]string `json:"shapes,omitempty"`
	// Does are the changes that items were seen to come back with, by what was done to them.
	Does map[change][]string `json:"does,omitempty"`
	// Cut and CutOctets are the lengths that texts came back with.
	Cut       *knownCut `json:"cut,omitempty"`
	CutOctets *knownCut `json:"cut_octets,omitempty"`
	// Lacks are the items that came back without a component, by its number, from 1.
	Lacks map[int][]string `json:"lacks,omitempty"`
	// Under is the mark of the declaration under which all of it was learned, Now what that sends whole, and Was
	// what all declarations before it did; only the entry of declaredKey has them.
	Under string  `json:"under,omitempty"`
	Now   *listed `json:"now,omitempty"`
	Was   *listed `json:"was,omitempty"`
	// Dropped are the items that came back without the property, by the place in its list, from 1.
	Dropped map[int][]string `json:"dropped,omitempty"`
}

// knownCut is a length and the items that came back with it.
type knownCut struct {
	Length int `json:"length"`
	// Slack is how much longer the limit may be.
	Slack int      `json:"slack,omitempty"`
	Items []string `json:"items"`
}

// Bounds of what is remembered.
const (
	maxKnownProps  = 100
	maxKnownPlaces = 12
	maxKnownSlots  = 8
	maxKnownSlot   = 64
	maxKnownShapes = 16
	maxKnownItem   = 40
	// learnedAfter is how many items have to come back altered in the same way.
	learnedAfter = 3
)

// ParseKnown reads what [Known.MarshalJSON] wrote; empty data is nothing known. What is out of bounds
// is an error: it is not ours.
func ParseKnown(data []byte) (*Known, error) {
	k := &Known{}
	if len(data) == 0 {
		return k, nil
	}
	if err := json.Unmarshal(data, &k.props); err != nil {
		return nil, fmt.Errorf("read what is known of a side: %w", err)
	}
	if len(k.props) > maxKnownProps {
		return nil, fmt.Errorf("%w: %d properties are known of a side", ErrTooBig, len(k.props))
	}
	for name, p := range k.props {
		if p == nil {
			return nil, fmt.Errorf("%w: nothing is known of %.40q", ErrMalformed, name)
		}
	}
	return k, nil
}

// MarshalJSON writes what is known: the same bytes for the same knowledge.
func (k *Known) MarshalJSON() ([]byte, error) {
	if k == nil || len(k.props) == 0 {
		return []byte("{}"), nil
	}
	return json.Marshal(k.props)
}

// Changed reports whether something was learned since k was made or read.
func (k *Known) Changed() bool { return k != nil && k.changed }

// prop gives what is known of a property, nil if nothing is.
func (k *Known) prop(name string) *knownProp {
	if k == nil {
		return nil
	}
	return k.props[name]
}

// entry gives what is known of a property to write to; nil if there is no room for one more.
func (k *Known) entry(name string) *knownProp {
	if p := k.props[name]; p != nil {
		return p
	}
	if len(k.props) >= maxKnownProps || !limitName(name) {
		return nil
	}
	if k.props == nil {
		k.props = make(map[string]*knownProp)
	}
	p := &knownProp{}
	k.props[name], k.changed = p, true
	return p
}

// Observe takes note of what a side sent: that it holds so much of each property in this place, that it does not alter
// what would have been altered, and that it knows series with their exceptions.
func (k *Known) Observe(it *Item) {
	if k == nil || it == nil {
		return
	}
	for _, e := range elementsOf(it.neutral()) {
		if p := k.entry(e.key); p != nil {
			k.changed = p.observe(e) || k.changed
		}
	}
	if it.d != cal20 || it.class == Notes || len(exceptionsIn(it.root)) == 0 || masterIn(it.root).Find("RECURRENCE-ID") != nil {
		return
	}
	if p := k.entry(exceptionsKey); p != nil {
		k.changed = raise(&p.Kept, 0, 1) || k.changed
	}
}

// exceptionsKey is the entry of a side that sent a series with its exceptions as components of their own.
const exceptionsKey = "RECURRENCE-ID"

// observe notes one value; it reports whether that is news.
func (p *knownProp) observe(e *element) bool {
	size := sizeOf(e)
	news := raise(&p.Kept, e.place, size)
	news = p.raiseSlot(e.bucket, e.nth, size) || news
	news = p.holdsPlace(e.place+1) || news
	if !hasImage(e) {
		return news
	}
	longest := 0
	for i, part := range e.texts() {
		n := utf8.RuneCountInString(part)
		news = raise(&p.Parts, i, n) || news
		news = raise(&p.Octets, i, len(part)) || news
		if part != "" && len(p.Lacks[i+1]) > 0 {
			delete(p.Lacks, i+1)
			news = true
		}
		longest = max(longest, n)
	}
	news = p.outgrow(longest, e) || news
	if never := p.Never | unalteredBy(e); never != p.Never {
		p.Never, news = never, true
		for c := range p.Does {
			if c&never != 0 {
				delete(p.Does, c)
			}
		}
	}
	return p.shape(e) || news
}

// raise notes a size at a place of a list; it reports whether it is larger than what was known.
func raise(list *[]int, place, size int) bool {
	if place >= maxKnownPlaces {
		return false
	}
	for len(*list) <= place {
		*list = append(*list, 0)
	}
	if (*list)[place] >= size {
		return false
	}
	(*list)[place] = size
	return true
}

func (p *knownProp) raiseSlot(slot string, nth, size int) bool {
	list, ok := p.Slots[slot]
	if !ok && (len(p.Slots) >= maxKnownSlots || len(slot) > maxKnownSlot) {
		return false
	}
	if !raise(&list, nth, size) {
		return false
	}
	if p.Slots == nil {
		p.Slots = make(map[string][]int)
	}
	p.Slots[slot] = list
	return true
}

// holdsPlace forgets that nothing came back from a place or from one in front of it.
func (p *knownProp) holdsPlace(place int) bool {
	news := false
	for at := range p.Dropped {
		if at <= place {
			delete(p.Dropped, at)
			news = true
		}
	}
	return news
}

// outgrow forgets lengths that a value shows to be none.
func (p *knownProp) outgrow(runes int, e *element) bool {
	news := false
	if p.Cut != nil && runes > p.Cut.Length+p.Cut.Slack {
		p.Cut, news = nil, true
	}
	if p.CutOctets == nil {
		return news
	}
	for _, part := range e.texts() {
		if len(part) > p.CutOctets.Length+p.CutOctets.Slack {
			p.CutOctets = nil
			return true
		}
	}
	return news
}

// keeps reports whether the side is known to give back a value of that size in that place, both in the
// list and among those of its types: many devices have one slot for each.
func (k *Known) keeps(e *element) bool {
	p := k.prop(e.key)
	if p == nil || k.unsure(e.key) || e.place >= len(p.Kept) || e.nth >= len(p.Slots[e.bucket]) {
		return false
	}
	size := sizeOf(e)
	return size <= p.Kept[e.place] && size <= p.Slots[e.bucket][e.nth]
}

// holds reports whether the side ever sent the property.
func (k *Known) holds(name string) bool {
	p := k.prop(name)
	return p != nil && len(p.Kept) > 0
}

// sizeOf is how much a value takes: the bytes of data, the characters of text, and at least 1.
func sizeOf(e *element) int {
	if e.prop.Base64 {
		return max(1, dataSize(e.prop.Value))
	}
	return max(1, utf8.RuneCountInString(e.parts[0].val))
}

// Learn compares what a side was believed to hold with what it sends now, and notes what of it came
// back altered or not at all. Item names the item: what is learned is learned of three different ones.
// Only what the side itself never sent before counts, for only that was written to it.
func (k *Known) Learn(item string, v Version) {
	if k == nil || v.Shadow == nil || v.Now == nil || len(item) > maxKnownItem {
		return
	}
	was, is := v.Shadow.neutral(), v.toldAgain()
	shadow := elementsBeside(was, is)
	now := elementsBeside(is, was)
	pairs := match(shadow, now, true)
	said := v.declared(was, shadow)
	for i, s := range shadow {
		switch j := pairs[i]; {
		case v.Sent.has(s.hash(s.parts[0])), said.of(s) != s: // it was not written as it is
		case j < 0:
			k.missed(item, s)
		case now[j].parts[0].val != s.parts[0].val:
			k.altered(item, s, now[j])
		}
	}
}

// missed notes that a value did not come back.
func (k *Known) missed(item string, s *element) {
	p := k.entry(s.key)
	if p == nil || s.place < len(p.Kept) && p.Kept[s.place] > 0 || s.place >= maxKnownPlaces {
		return
	}
	if p.Dropped == nil {
		p.Dropped = make(map[int][]string)
	}
	list, news := witness(p.Dropped[s.place+1], item)
	p.Dropped[s.place+1], k.changed = list, k.changed || news
}

// witness adds an item to those that came back so.
func witness(list []string, item string) ([]string, bool) {
	if len(list) >= learnedAfter || slices.Contains(list, item) {
		return list, false
	}
	return append(list, item), true
}

// altered notes how a value came back.
func (k *Known) altered(item string, s, n *element) {
	p := k.entry(s.key)
	if p == nil {
		return
	}
	a, ok := p.alteration(s, n)
	if !ok {
		return
	}
	news := p.lacked(item, a.lacks)
	if a.how != 0 {
		if p.Does == nil {
			p.Does = make(map[change][]string)
		}
		var first bool
		p.Does[a.how], first = witness(p.Does[a.how], item)
		news = news || first
	}
	if a.length > 0 {
		news = cutWitness(&p.Cut, a.length, a.slack, item) || news
		news = cutWitness(&p.CutOctets, a.octets, a.slack+a.half, item) || news
	}
	k.changed = k.changed || news
}

// lacked notes components that did not come back, of those that never did.
func (p *knownProp) lacked(item string, components []int) bool {
	news := false
	for _, i := range components {
		if i < len(p.Parts) && p.Parts[i] > 0 || i >= maxKnownPlaces {
			continue
		}
		if p.Lacks == nil {
			p.Lacks = make(map[int][]string)
		}
		list, first := witness(p.Lacks[i+1], item)
		p.Lacks[i+1], news = list, news || first
	}
	return news
}

// cutWitness notes a length, which may be a little more. What is longer than what was seen so far shows
// that to be no limit.
func cutWitness(c **knownCut, length, slack int, item string) bool {
	switch {
	case *c == nil, length > (*c).Length+(*c).Slack:
		*c = &knownCut{Length: length, Slack: slack}
	case length+slack < (*c).Length:
		return false
	}
	to := min(length+slack, (*c).Length+(*c).Slack)
	(*c).Length = max(length, (*c).Length)
	(*c).Slack = to - (*c).Length
	var news bool
	(*c).Items, news = witness((*c).Items, item)
	return news
}

// Losses gives what was learned that the side loses, for [Expect]: what three items came back with.
// The names are those of the neutral dialect, iCalendar 2.0 for all but cards.
func (k *Known) Losses() []Loss {
	if k == nil {
		return nil
	}
	var out []Loss
	for name, p := range k.props {
		if l, ok := p.loss(name); ok {
			out = append(out, l)
		}
		for n, items := range p.Lacks {
			if len(items) >= learnedAfter {
				out = append(out, Loss{Name: name, Component: n, Dropped: true})
			}
		}
		for at, items := range p.Dropped {
			if len(items) >= learnedAfter {
				out = append(out, Loss{Name: name, Position: at, Dropped: true})
			}
		}
	}
	slices.SortFunc(out, compareLosses)
	return out[:min(len(out), maxLimits)]
}

// loss is what is learned of the values of a property.
func (p *knownProp) loss(name string) (Loss, bool) {
	l := Loss{Name: name}
	for c, items := range p.Does {
		if len(items) >= learnedAfter {
			c.into(&l)
		}
	}
	switch {
	case p.Cut != nil && len(p.Cut.Items) >= learnedAfter:
		l.Length = p.Cut.Length
	case p.CutOctets != nil && len(p.CutOctets.Items) >= learnedAfter:
		l.Length, l.Octets = p.CutOctets.Length, true
	}
	return l, l != Loss{Name: name}
}
