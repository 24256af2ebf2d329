package dataclass

import (
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// asTold lets what sides of vCalendar 1.0 hold be compared with what they were sent: see asToldIn.
func (n *neutralizer) asTold(base *Item, sides *[2]Version) {
	for i := range sides {
		v, ref := &sides[i], base
		if v.Now == nil {
			continue
		}
		switch from := n.back[v.Shadow]; {
		case base == nil:
			if ref = sides[1-i].Now; ref == nil {
				ref = sides[1-i].Shadow
			}
			v.Now = n.atTimesOf(ref, v.Now, v.Declares.Holds.Calendar.Local)
		case from != nil && from.d != cal10:
			ref = v.Shadow
		case v.Shadow != nil: // it sent that itself
			var sent []*element
			v.Shadow, sent = n.asToldIn(base, v.Shadow, *v)
			v.Sent = v.Sent.Union(sentOf(sent, nil))
		}
		v.Now, _ = n.asToldIn(ref, v.Now, *v)
	}
}

// toldAgain gives what the side holds now, in the neutral dialect, with what its format cannot say of the shadow.
func (v Version) toldAgain() *Item {
	was, now := v.Shadow.neutral(), v.Now.neutral()
	if v.Shadow.d == cal10 {
		return now
	}
	n := neutralizer{back: map[*Item]*Item{now: v.Now}, filled: make(map[*Item]bool)}
	now, _ = n.asToldIn(was, n.inZoneOf(was, now, v.Declares.Holds.Calendar.Local), v)
	return now
}

// atTimesOf gives what a side holds in the zone of ref, if it begins when ref does: without a base nothing else tells that
// the two say one time in two ways.
func (n *neutralizer) atTimesOf(ref, now *Item, clock string) *Item {
	moved := n.inZoneOf(ref, now, clock)
	if moved == now {
		return now
	}
	a, _ := beginningOf(ref)
	if b, ok := beginningOf(moved); !ok || a != b {
		return now
	}
	return moved
}

// asToldIn gives what a side of vCalendar 1.0 holds with what that format cannot say put back as ref has it, the whole
// item that the side was sent: a rule that was listed as times, an alarm that counts from the end, the length of a
// period. The side holds an image of these (lowerCalendar), and that it sends the image back is no edit; whatever
// differs from the image is. An occurrence that is missing from a list was taken away only if the side had sent it
// before (docs/engine.md 5.3). Items of other dialects, and notes, are returned as they are. The elements are those that
// were put back in place of something that the side holds.
func (n *neutralizer) asToldIn(ref, now *Item, v Version) (*Item, []*element) {
	if ref == nil || now == nil || now == ref || now.class == Notes || n.back[now] == nil || n.back[now].d != cal10 {
		return now, nil
	}
	alone := ref.oneEntry()
	have, whole := masterSaysOf(now), masterSaysOf(alone)
	if have == nil || whole == nil || len(have.differ(whole)) == 0 {
		return now, nil
	}
	t := told{n: n, ref: ref, v: v, whole: alone, was: now, now: now.Clone(), have: have}
	var ok bool
	if t.image, ok = t.imageOf(alone); !ok {
		return now, nil
	}
	t.putBack(whole)
	n.back[t.now], n.filled[t.now] = n.back[now], true
	return t.now, t.back
}

// told is what asToldIn works on: the whole item without its exceptions, its image, and what the side holds.
type told struct {
	n          *neutralizer
	ref, whole *Item
	image      loweredImage
	v          Version
	was, now   *Item // before and after something was put back
	have       masterSays
	back       []*element // what was put back
}

// A loweredImage is what becomes of an item on the way to the side and back. Raw says what it does before its times are those
// of the zone that the whole item is in.
type loweredImage struct {
	it        *Item
	says, raw masterSays
}

// imageOf gives the image of an item; false if that cannot be told.
func (t *told) imageOf(it *Item) (loweredImage, bool) {
	lowered, err := it.projectCalendar(cal10, t.v.Declares.Holds.Calendar.lowering())
	if err != nil {
		return loweredImage{}, false
	}
	raised := lowered.neutral()
	t.n.back[raised] = lowered
	out := loweredImage{it: t.n.inZoneOf(t.ref, raised, t.v.Declares.Holds.Calendar.Local), raw: masterSaysOf(raised)}
	out.says = masterSaysOf(out.it)
	return out, out.says != nil
}

// putBack puts back what the image explains, group by group.
func (t *told) putBack(whole masterSays) {
	for _, name := range t.have.differ(whole) {
		if name != seriesGroup && name != alarmGroup && t.have.all(name) == t.image.says.all(name) {
			t.restore(name, t.whole)
		}
	}
	if t.have.all(seriesGroup) != whole.all(seriesGroup) {
		t.putSeries()
	}
	if t.have.all(alarmGroup) != whole.all(alarmGroup) {
		t.putAlarms(whole)
	}
}

// restore lets the properties of a group be those of another item.
func (t *told) restore(name string, from *Item) {
	t.back = append(t.back, masterSaysOf(from)[name]...)
	c := masterIn(t.now.root)
	c.Props = slices.DeleteFunc(c.Props, func(p contentline.Property) bool { return groupOf(&p) == name })
	for _, p := range masterIn(from.root).Props {
		if groupOf(&p) == name {
			c.Props = append(c.Props, p)
			if tzid := tzidOf(&p); tzid != "" {
				t.now.root = withZone(t.now.root, from.root, tzid)
				c = masterIn(t.now.root)
			}
		}
	}
}

// The groups of properties that say one thing together; any other property is a group of its own.
const (
	seriesGroup = "RRULE"
	timesGroup  = "DTSTART"
	alarmGroup  = "VALARM"
)

// groupOf names the group of a property; nothing for a line that is none.
func groupOf(p *contentline.Property) string {
	if p.Junk || p.Group != "" {
		return ""
	}
	if p.Comp != nil && p.Name == "" {
		return upper(p.Comp.Name)
	}
	return groupNamed(upper(p.Name))
}

func groupNamed(name string) string {
	switch name {
	case "RRULE", "EXRULE", "RDATE", "EXDATE":
		return seriesGroup
	case "DTSTART", "DTEND", "DUE", "DURATION":
		return timesGroup
	}
	if unsaid(name) != "" {
		return seriesGroup
	}
	return name
}

// masterSays are the elements of a master, by their groups.
type masterSays map[string][]*element

// masterSaysOf reads the master of an item; nil if it has none.
func masterSaysOf(it *Item) masterSays {
	if c := masterIn(it.root); c == nil || c.Find("RECURRENCE-ID") != nil {
		return nil
	}
	out := make(masterSays)
	for _, e := range elementsOf(it) {
		if e.in == nil || e.in.key != "" || e.prop.Group != "" || e.key == junkKey {
			continue
		}
		name := groupNamed(e.key)
		out[name] = append(out[name], e)
	}
	return out
}

// all is everything that a group says, in one order.
func (g masterSays) all(name string) string {
	all := make([]string, len(g[name]))
	for i, e := range g[name] {
		all[i] = e.whole
	}
	slices.Sort(all)
	return strings.Join(all, "\x1e")
}

// differ lists, in order, the groups in which two items say something else.
func (g masterSays) differ(o masterSays) []string {
	var out []string
	for name := range g {
		if g.all(name) != o.all(name) {
			out = append(out, name)
		}
	}
	for name := range o {
		if g[name] == nil {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}
