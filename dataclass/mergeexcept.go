package dataclass

import (
	"slices"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// A device that knows one component in an item is sent a series without its exceptions: their times are left out of it,
// or moved. What it sends back is taken here as if it had been sent all of it, so that an edit of the title is one of the
// title, and the exceptions stay.

// withExceptions gives a side that holds now the exceptions that the item was sent without: those of was. Whoever
// left out the time of one that the device shows took it away.
func (n *neutralizer) withExceptions(v Version, was *Item) Version {
	now := v.Now
	if now == nil || was == nil || was.class == Notes || masterIn(now.root) == nil || !v.knowsOneEntry(n.back[now]) || len(exceptionsIn(now.root)) > 0 {
		return v
	}
	sent := was.oneEntry()
	if sent == was || masterIn(was.root).Find("RECURRENCE-ID") != nil || v.endedSeries(was) {
		return v
	}
	u := unfolding{was: seriesOf(was), sent: seriesOf(sent), now: seriesOf(now), moved: seriesMove(was, now), left: make(map[string]bool)}
	v.Now, v.left = u.item(now), u.left
	n.back[v.Now], n.filled[v.Now] = n.back[now], true
	return v
}

func (v Version) knowsOneEntry(from *Item) bool {
	return from != nil && from.d == cal10 || v.Declares.Holds.Calendar.OneEntry
}

// endedSeries reports whether the side made one event of a series.
func (v Version) endedSeries(was *Item) bool {
	if recurs(masterIn(v.Now.root)) {
		return false
	}
	list := elementsOf(was)
	said := v.declared(was, list)
	return slices.ContainsFunc(list, func(e *element) bool {
		return (e.key == "RRULE" || e.key == "RDATE") && !said.lacks(e) && v.owns(e, e.parts[0])
	})
}

func exceptionsIn(root *contentline.Component) (out []*contentline.Component) {
	for i := range root.Props {
		if c := root.Props[i].Comp; c != nil && isTimed(c) && c.Find("RECURRENCE-ID") != nil {
			out = append(out, c)
		}
	}
	return out
}

// A wholeSeries is a series with the times that are left out of it and added to it, by their keys.
type wholeSeries struct {
	root, c *contentline.Component
	zones   *zones
	series
	out, in map[string]moment
}

func seriesOf(it *Item) wholeSeries {
	l := newLowerer(it.root, lowering{})
	w := wholeSeries{root: it.root, c: masterIn(it.root), zones: l.zones, out: make(map[string]moment), in: make(map[string]moment)}
	e := newItemLowering(l, w.c)
	w.series = e.readSeries()
	for _, m := range w.less {
		w.out[w.zones.momentKey(e.like(m), false)] = m
	}
	for _, m := range w.more {
		w.in[w.zones.momentKey(e.like(m), false)] = m
	}
	return w
}

// alike reports whether two series have the same rules.
func (w wholeSeries) alike(o wholeSeries) bool {
	keys := func(s wholeSeries) (all []string) {
		for _, r := range s.rules {
			all = append(all, "+"+r.Key(s.start))
		}
		for _, r := range s.except {
			all = append(all, "-"+r.Key(s.start))
		}
		slices.Sort(all)
		return all
	}
	return slices.Equal(keys(w), keys(o))
}

// An unfolding is what a series was, as what it was sent, and what it is now; moved is by how much it begins later, left is
// as in Version.
type unfolding struct {
	was, sent, now wholeSeries
	moved          time.Duration
	left           map[string]bool
}

// item gives what there is now with the exceptions.
func (u unfolding) item(now *Item) *Item {
	out := now.Clone()
	c := masterIn(out.root)
	less, more := u.added(u.sent.out, u.was.out), u.added(u.sent.in, u.was.in)
	start, _ := seriesStart(&Item{root: u.was.root})
	var back []*contentline.Component
	for _, ex := range exceptionsIn(u.was.root) {
		if u.tookAway(ex, less, more) {
			u.left[exceptionKey(ex.Find("RECURRENCE-ID"), u.was.zones)] = true
			continue
		}
		ex = ex.Clone()
		shiftTimes(ex, "RECURRENCE-ID", start, u.moved)
		back = append(back, ex)
	}
	u.drop(c, "EXDATE", less)
	u.drop(c, "RDATE", more)
	for key, m := range u.was.out {
		if _, sent := u.sent.out[key]; !sent { // where an exception took its place
			c.Props = append(c.Props, dateLines("EXDATE", []moment{m})...)
		}
	}
	if !u.was.alike(u.sent) && u.now.alike(u.sent) {
		u.wholeRules(c)
	}
	for _, ex := range back {
		u.insert(out, ex)
	}
	return out
}

// added are the times of a that b does not have, as they were and where they are if the series moved.
func (u unfolding) added(a, b map[string]moment) map[string]bool {
	out := make(map[string]bool)
	for key, m := range a {
		if _, ok := b[key]; ok {
			continue
		}
		out[key] = true
		out[u.sent.zones.momentKey(m.with(m.wall().Add(u.moved)), false)] = true
	}
	return out
}

// tookAway reports whether the device's user took an exception away. What is left of it is that its time is left out.
func (u unfolding) tookAway(ex *contentline.Component, less, more map[string]bool) bool {
	id, ok := momentOf(ex.Find("RECURRENCE-ID"))
	if !ok {
		return false
	}
	key := u.was.zones.momentKey(id, false)
	if !less[key] { // the device shows it at its time
		return u.leftOut(key)
	}
	s := stampOf(ex, "DTSTART")
	at := u.was.zones.momentKey(s.moment, false)
	if !s.ok || !more[at] || !u.leftOut(at) {
		return false
	}
	delete(less, key)
	less[at] = true
	return true
}

// leftOut reports whether a time is left out now that was not.
func (u unfolding) leftOut(key string) bool {
	_, now := u.now.out[key]
	_, before := u.sent.out[key]
	return now && !before
}

// drop removes times from a list.
func (u unfolding) drop(c *contentline.Component, name string, gone map[string]bool) {
	e := itemLowering{start: stampOf(c, "DTSTART")}
	c.Props = slices.DeleteFunc(c.Props, func(p contentline.Property) bool { return p.Is(name) && !p.Junk && p.Value == "" })
	for i := range c.Props {
		p := &c.Props[i]
		if !p.Is(name) || p.Junk || p.Group != "" {
			continue
		}
		values := slices.DeleteFunc(strings.Split(p.Value, ","), func(v string) bool {
			m, ok := parseMoment(v, tzidOf(p))
			return ok && gone[u.now.zones.momentKey(e.like(m), false)]
		})
		p.Value = strings.Join(values, ",")
	}
	c.Props = slices.DeleteFunc(c.Props, func(p contentline.Property) bool { return p.Is(name) && !p.Junk && p.Value == "" })
}

// wholeRules gives a series the rules back that were cut where an exception changed all later times.
func (u unfolding) wholeRules(c *contentline.Component) {
	rule := func(p contentline.Property) bool {
		return !p.Junk && p.Group == "" && (p.Is("RRULE") || p.Is("EXRULE"))
	}
	c.Props = slices.DeleteFunc(c.Props, rule)
	for _, p := range u.was.c.Props {
		if rule(p) {
			c.Props = append(c.Props, p)
		}
	}
}

// insert adds an exception, with the zones that it needs.
func (u unfolding) insert(it *Item, ex *contentline.Component) {
	for i := range ex.Props {
		if tzid := tzidOf(&ex.Props[i]); tzid != "" {
			it.root = withZone(it.root, u.was.root, tzid)
		}
	}
	it.root.Props = append(it.root.Props, contentline.Property{Comp: ex})
}
