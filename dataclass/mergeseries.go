package dataclass

import (
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// followSeries lets the exceptions of a series follow it, where one side moved all of it and the other changed or
// added exceptions meanwhile: these name the times of the series as it was, and without this they would stay behind
// as meetings of no series, beside what the mover made of them. What base, both shadows and the other side say of
// the series is taken as if it had been said of the moved one; not what is written in another form, or in another zone, than its beginning: that is
// no time of the series. Where nothing tells that the exceptions moved as well,
// everything stays as it is.
func (n *neutralizer) followSeries(base **Item, sides *[2]Version) {
	if *base == nil || sides[0].Now == nil || sides[1].Now == nil {
		return
	}
	moves := [2]time.Duration{seriesMove(*base, sides[0].Now), seriesMove(*base, sides[1].Now)}
	start, _ := seriesStart(*base)
	for i := range sides {
		if moves[i] == 0 || moves[1-i] != 0 {
			continue
		}
		for _, name := range []string{"RECURRENCE-ID", "EXDATE"} {
			if !leftBehind(*base, sides[i].Now, name) {
				for _, it := range []**Item{base, &sides[0].Shadow, &sides[1].Shadow, &sides[1-i].Now} {
					*it = n.shift(*it, name, start, moves[i])
				}
			}
		}
		return
	}
}

// seriesMove gives by how much the series begins later in now than in base, as its clock shows it; 0 if it is no
// series in both, or begins in another form or zone.
func seriesMove(base, now *Item) time.Duration {
	from, ok := seriesStart(base)
	to, ok2 := seriesStart(now)
	if !ok || !ok2 || !from.alike(to) {
		return 0
	}
	return to.wall().Sub(from.wall())
}

func seriesStart(it *Item) (moment, bool) {
	c := masterIn(it.root)
	if c == nil || c.Find("RECURRENCE-ID") != nil || c.Find("RRULE") == nil && c.Find("RDATE") == nil {
		return moment{}, false
	}
	return beginningOf(it)
}

// leftBehind reports whether now still has one of the times of base under the name.
func leftBehind(base, now *Item, name string) bool {
	was := make(map[moment]bool)
	eachNamed(base.root, name, func(m moment) { was[m] = true })
	left := false
	eachNamed(now.root, name, func(m moment) { left = left || was[m] })
	return left
}

func eachNamed(root *contentline.Component, name string, visit func(moment)) {
	for i := range root.Props {
		if c := root.Props[i].Comp; c != nil && classOf[upper(c.Name)] != "" {
			eachTime(c, name, func(m moment, _ string) { visit(m) })
		}
	}
}

// alike reports whether two times are written in one form and zone.
func (m moment) alike(o moment) bool { return m.date == o.date && m.utc == o.utc && m.tzid == o.tzid }

// shift gives the item with all times under the name moved that are written like start; itself if there are none.
func (n *neutralizer) shift(it *Item, name string, start moment, by time.Duration) *Item {
	if it == nil {
		return nil
	}
	found := false
	eachNamed(it.root, name, func(m moment) { found = found || m.alike(start) })
	if !found {
		return it
	}
	out := it.Clone()
	for i := range out.root.Props {
		if c := out.root.Props[i].Comp; c != nil && classOf[upper(c.Name)] != "" {
			shiftTimes(c, name, start, by)
		}
	}
	n.back[out] = n.back[it]
	return out
}

// shiftTimes moves such times of a component.
func shiftTimes(c *contentline.Component, name string, start moment, by time.Duration) {
	for i := range c.Props {
		p := &c.Props[i]
		if !p.Is(name) {
			continue
		}
		values := strings.Split(p.Value, ",")
		for j, v := range values {
			if m, ok := parseMoment(v, tzidOf(p)); ok && m.alike(start) {
				values[j] = m.with(m.wall().Add(by)).String()
			}
		}
		p.Value = strings.Join(values, ",")
	}
}
