package dataclass

import (
	"slices"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// putSeries gives the side the rules of the whole item back, where what it holds is what these became, less what its
// user left out and with what he added; also if he moved the series.
func (t *told) putSeries() {
	moved, img, ok := t.moved()
	if !ok {
		return
	}
	if t.have.all(seriesGroup) == img.says.all(seriesGroup) {
		t.restore(seriesGroup, moved)
		return
	}
	now, sent, was := seriesOf(t.was), seriesOf(img.it), seriesOf(moved)
	listed := was.hasRules() && !sent.hasRules()
	if !now.alike(sent) || listed && t.anotherSeries(now, sent) {
		return
	}
	edited := moved.Clone()
	t.editTimes(edited, now, sent)
	if got, ok := t.imageOf(edited); listed || ok && got.says.all(seriesGroup) == t.have.all(seriesGroup) {
		t.restore(seriesGroup, edited)
	}
}

func (w wholeSeries) hasRules() bool { return len(w.rules)+len(w.except) > 0 }

// moved gives the whole item with the times that it names as it is if it begins when the side says, and its image.
func (t *told) moved() (whole *Item, img loweredImage, ok bool) {
	to, ok1 := startOrDue(t.was)
	from, ok2 := startOrDue(t.image.it)
	start, ok3 := startOrDue(t.whole)
	if !ok1 || !ok2 || !ok3 || !to.alike(from) {
		return nil, loweredImage{}, false
	}
	by := to.wall().Sub(from.wall())
	if by == 0 {
		return t.whole, t.image, true
	}
	whole = t.whole.Clone()
	for _, name := range []string{"DTSTART", "DTEND", "DUE", "EXDATE", "RDATE"} {
		shiftTimes(masterIn(whole.root), name, start, by)
	}
	img, ok = t.imageOf(whole)
	return whole, img, ok
}

// startOrDue is when an item begins or, as a task may say no more, is due.
func startOrDue(it *Item) (moment, bool) {
	c := masterIn(it.root)
	if c.Find("DTSTART") == nil {
		s := stampOf(c, "DUE")
		return s.moment, s.ok
	}
	return beginningOf(it)
}

// anotherSeries reports whether the side lists times of its own in place of those that it was sent: none of them is left,
// or its user left all of them out.
func (t *told) anotherSeries(now, sent wholeSeries) bool {
	kept := 0
	for key := range sent.in {
		if _, ok := now.in[key]; ok || len(now.in) == 0 && !t.tookAway(key) {
			kept++
		}
	}
	return kept == 0
}

// tookAway reports whether the side once sent the time that it sends no longer.
func (t *told) tookAway(key string) bool {
	for i, e := range t.image.says[seriesGroup] {
		if e.key != "RDATE" || e.parts[0].val != key {
			continue
		}
		if t.v.Keeps.All || t.v.Sent.has(e.hash(e.parts[0])) {
			return true
		}
		return i < len(t.image.raw[seriesGroup]) && t.v.Sent.has(t.image.raw[seriesGroup][i].hash(t.image.raw[seriesGroup][i].parts[0]))
	}
	return false
}

// editTimes leaves the times out that the user of the side left out, and adds those that he added.
func (t *told) editTimes(it *Item, now, sent wholeSeries) {
	was, c := seriesOf(it), masterIn(it.root)
	u := unfolding{now: was}
	more, back := make(map[string]bool), make(map[string]bool)
	var less, add []moment
	for key, m := range sent.in {
		if _, ok := now.in[key]; ok || !t.tookAway(key) {
			continue
		}
		if _, ok := was.in[key]; ok {
			more[key] = true
		} else {
			less = append(less, m)
		}
	}
	for key, m := range now.out {
		if _, ok := sent.out[key]; !ok {
			less = append(less, m)
		}
	}
	for key := range sent.out {
		if _, ok := now.out[key]; !ok {
			back[key] = true
		}
	}
	for key, m := range now.in {
		if _, ok := sent.in[key]; ok {
			continue
		}
		if _, out := was.out[key]; out {
			back[key] = true
		} else if _, in := was.in[key]; !in {
			add = append(add, m)
		}
	}
	u.drop(c, "RDATE", more)
	u.drop(c, "EXDATE", back)
	slices.SortFunc(less, byTime)
	slices.SortFunc(add, byTime)
	c.Props = append(append(c.Props, dateLines("EXDATE", less)...), dateLines("RDATE", add)...)
}

func byTime(a, b moment) int { return a.wall().Compare(b.wall()) }

// putAlarms puts alarms back in place of what each of them became. One at a time of its own, or that counts from the
// end, only if the item is when it was: else it would go off when nobody wants it. One that has no image was not sent.
func (t *told) putAlarms(whole masterSays) {
	there := make(map[string]bool)
	for _, e := range t.have[alarmGroup] {
		there[e.whole] = true
	}
	stays := t.have.all(timesGroup) == t.image.says.all(timesGroup)
	gone := make(map[string]bool)
	var back []contentline.Property
	for _, e := range whole[alarmGroup] {
		if there[e.whole] {
			continue
		}
		became, ok := t.alarmImage(e.prop.Comp)
		if !ok || len(became) > 0 && !stays && !fromStart(e.prop.Comp) || !allIn(became, there) {
			continue
		}
		for _, b := range became {
			gone[b] = true
		}
		if len(became) > 0 {
			t.back = append(t.back, e)
		}
		back = append(back, *e.prop)
	}
	if len(back) == 0 {
		return
	}
	c := masterIn(t.now.root)
	drop := make(map[*contentline.Component]bool)
	for _, e := range masterSaysOf(t.now)[alarmGroup] {
		drop[e.prop.Comp] = gone[e.whole]
	}
	c.Props = slices.DeleteFunc(c.Props, func(p contentline.Property) bool { return p.Comp != nil && p.Name == "" && drop[p.Comp] })
	c.Props = append(c.Props, back...)
}

// alarmImage lists what an alarm of the whole item becomes.
func (t *told) alarmImage(alarm *contentline.Component) ([]string, bool) {
	one := t.whole.Clone()
	c := masterIn(one.root)
	c.Props = slices.DeleteFunc(c.Props, func(p contentline.Property) bool { return p.Comp != nil && groupOf(&p) == alarmGroup })
	c.Props = append(c.Props, contentline.Property{Comp: alarm})
	img, ok := t.imageOf(one)
	if !ok {
		return nil, false
	}
	var out []string
	for _, e := range img.says[alarmGroup] {
		out = append(out, e.whole)
	}
	return out, true
}

// fromStart reports whether an alarm counts from the start.
func fromStart(c *contentline.Component) bool {
	p := c.Find("TRIGGER")
	if p == nil {
		return false
	}
	related, _ := p.Param("RELATED")
	_, _, ok := parseDuration(p.Value)
	return ok && upper(related) != "END"
}

func allIn(list []string, set map[string]bool) bool {
	return !slices.ContainsFunc(list, func(s string) bool { return !set[s] })
}
