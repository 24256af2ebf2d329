package dataclass

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
)

// A Declaration is what a side declares to hold of items, and in which dialect it takes them. The zero value
// declares nothing.
type Declaration struct {
	Takes Format
	Holds Capabilities
}

// limits reports whether less than everything is declared to be held.
func (d Declaration) limits() bool {
	return len(d.Holds.Limits) > 0 || d.Holds.Complete || len(d.Holds.Parts) > 0 || d.Holds.MaxSize > 0 || d.Holds.Charset != ""
}

// Corrected gives c without what the side itself has shown to be wrong: a property that it does not list and
// sends, more values than it says to hold, and longer ones, and that it knows one component in an item if it sent a series
// with its exceptions. What is never to be sent stays so: no device declares that.
func (c Capabilities) Corrected(k *Known) Capabilities {
	c.Calendar.OneEntry = c.Calendar.OneEntry && !k.holds(exceptionsKey)
	mark := c.mark()
	if mark == "" || k.declared() != mark {
		return c
	}
	c.Limits = slices.Clone(c.Limits)
	for i := range c.Limits {
		if p := k.prop(neutralName(c.Limits[i].Name)); p != nil {
			p.correct(&c.Limits[i])
		}
	}
	if !c.Complete {
		return c
	}
	named := c.limitsOf()
	for _, name := range slices.Sorted(maps.Keys(k.props)) {
		if !k.holds(name) {
			continue
		}
		for _, own := range ownNames(name) {
			if len(named[own]) == 0 && len(c.Limits) < maxLimits {
				c.Limits = append(c.Limits, Limit{Name: own})
			}
		}
	}
	return c
}

// correct takes from a limit what the side was seen to exceed.
func (p *knownProp) correct(l *Limit) {
	if l.Count > 0 && len(l.Only) == 0 && len(p.Kept) > l.Count {
		l.Count = 0
	}
	seen := p.Parts
	switch {
	case len(seen) == 0:
		seen = p.Kept
	case l.Octets:
		seen = p.Octets
	}
	if len(seen) > 0 && slices.Max(seen) > l.Size {
		l.Size = 0
	}
}

// declaredKey is the entry of the declaration among the properties; none has such a name.
const declaredKey = ":"

// Declares tells what the side declares now. What was learned under another declaration is forgotten: a device
// that declares something else has become another one, which may hold less or more.
func (k *Known) Declares(c Capabilities) {
	mark := c.mark()
	if k == nil || k.declared() == mark {
		return
	}
	was := &listed{}
	if p := k.prop(declaredKey); p != nil {
		was = was.and(p.Was).and(p.Now)
	}
	k.props = map[string]*knownProp{declaredKey: {Under: mark, Now: c.whole(), Was: was}}
	k.changed = true
}

// listed are the properties of which a declaration has everything sent. The zero value is all of them.
type listed struct {
	// Some says that it is no more than Only.
	Some bool     `json:"some,omitempty"`
	Only []string `json:"only,omitempty"`
	// Except are those that are not.
	Except []string `json:"except,omitempty"`
}

// whole lists the properties that are sent whole under c, by their names in the neutral dialect.
func (c *Capabilities) whole() *listed {
	out := &listed{Some: c.Complete}
	for i := range c.Limits {
		l := &c.Limits[i]
		name := neutralName(l.Name)
		if l.Never || l.Count > 0 || l.Size > 0 || len(l.Values) > 0 {
			out.Except = append(out.Except, name)
		} else if c.Complete {
			out.Only = append(out.Only, name)
		}
	}
	return out
}

// and gives the properties that are in both.
func (l *listed) and(o *listed) *listed {
	if o == nil {
		return l
	}
	out := &listed{Some: l.Some || o.Some, Except: append(slices.Clone(l.Except), o.Except...)}
	slices.Sort(out.Except)
	out.Except = slices.Compact(out.Except)
	for _, name := range append(slices.Clone(l.Only), o.Only...) {
		if (!l.Some || slices.Contains(l.Only, name)) && (!o.Some || slices.Contains(o.Only, name)) && !slices.Contains(out.Only, name) {
			out.Only = append(out.Only, name)
		}
	}
	return out
}

func (l *listed) has(name string) bool {
	return l == nil || (!l.Some || slices.Contains(l.Only, name)) && !slices.Contains(l.Except, name)
}

// unsure reports whether what was written of a property may never have been sent, or not whole, because of what
// the side declared then. Then only what it sent itself tells what it had.
func (k *Known) unsure(name string) bool {
	p := k.prop(declaredKey)
	return p != nil && !p.Was.has(name)
}

// declared is the mark of the declaration under which everything was learned.
func (k *Known) declared() string {
	if p := k.prop(declaredKey); p != nil {
		return p.Under
	}
	return ""
}

// mark names a declaration, so that what was learned under it can be told from what was learned under another;
// "" for one that says nothing of properties.
func (c *Capabilities) mark() string {
	if !c.Complete && len(c.Limits) == 0 {
		return ""
	}
	text, err := json.Marshal(struct {
		Limits   []Limit
		Complete bool
	}{c.Limits, c.Complete})
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:6])
}

// neutralName is what the neutral dialect calls a property of another.
func neutralName(name string) string {
	switch name = upper(name); name {
	case "AALARM", "DALARM", "PALARM", "MALARM":
		return "VALARM"
	}
	return name
}

// ownNames are what other dialects call a property of the neutral one, and its own name.
func ownNames(name string) []string {
	if name == "VALARM" {
		return []string{name, "AALARM", "DALARM"}
	}
	return []string{name}
}

// declared works out, when first asked, what of a shadow a side declares to hold.
type declared struct {
	by     Declaration
	shadow *Item
	list   []*element
	// image is what the declaration makes of an element: nil if it is not held. An element that is not there
	// is one that the declaration says nothing of.
	image map[*element]*element
}

// of gives what the side declares to hold of an element: the element itself as a rule, another one with less of
// its value, or nil.
func (d *declared) of(e *element) *element {
	if d.by.limits() && d.image == nil {
		d.work()
	}
	if img, ok := d.image[e]; ok {
		return img
	}
	return e
}

// lacks reports whether an element is declared not to be held.
func (d *declared) lacks(e *element) bool { return d.of(e) == nil }

// gives reports whether n is what the declaration leaves of e.
func (d *declared) gives(e, n *element) bool {
	img := d.of(e)
	return img != nil && img != e && img.parts[0].val == n.parts[0].val
}

// work compares the shadow as the side's dialect writes it with what of that is declared to be held. A shadow
// that cannot be written so tells nothing.
func (d *declared) work() {
	d.image = make(map[*element]*element)
	takes := d.by.Takes
	if takes == (Format{}) {
		takes = d.shadow.Format()
	}
	all, err := d.shadow.ProjectFor(takes, Capabilities{Calendar: d.by.Holds.Calendar})
	if err != nil {
		return
	}
	less, err := all.ProjectFor(takes, d.by.Holds.Declared())
	if err != nil {
		return
	}
	written, held := elementsOf(all.neutral()), elementsOf(less.neutral())
	toWritten, toHeld := match(d.list, written, false), match(written, held, true)
	for i, e := range d.list {
		switch j := toWritten[i]; {
		case j < 0:
		case toHeld[j] < 0:
			d.image[e] = nil
		case held[toHeld[j]].parts[0].val != written[j].parts[0].val:
			d.image[e] = held[toHeld[j]]
		}
	}
}
