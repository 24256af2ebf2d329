package dataclass

import "github.com/bindery-sync/bindery/dataclass/zone"

// dayStyles are the words of CalendarStyle.AllDay.
var dayStyles = map[string]dayStyle{
	"": daysToMidnight, "midnight": daysToMidnight, "last-minute": daysToLastMinute, "24h": daysTo24, "date": daysAsDate,
}

// lowering gives the style as the writer of vCalendar 1.0 wants it.
func (s CalendarStyle) lowering() lowering {
	o := lowering{
		days: dayStyles[s.AllDay], epocEntryType: s.EpocEntryType, alarmsUTC: s.AlarmsUTC, noAALARM: s.DisplayOnly,
		since: s.Since, threePriorities: s.ThreePriorities, prefixCategories: s.PrefixCategories,
	}
	if z, ok := zone.Named(s.Local); ok {
		o.local = z.Location()
	}
	return o
}

// projectStyled converts the dialect, with the times of a vCalendar 1.0 as the side wants them. A
// vCalendar 1.0 whose times are so already stays as it is: it does not tell for which zone its
// alarms were made, nor on which scale its priorities are.
func (it *Item) projectStyled(f Format, s CalendarStyle) (*Item, error) {
	to, ok := f.dialect()
	if ok && to == cal20 && s.OneEntry && it.class != Notes && !it.d.isCard() {
		out, err := it.Project(f)
		if err != nil {
			return nil, err
		}
		return out.oneEntry(), nil
	}
	s.OneEntry = false
	if !ok || to != cal10 || s == (CalendarStyle{}) || it.class == Notes || it.d.isCard() {
		return it.Project(f)
	}
	if it.d != cal10 {
		return it.projectCalendar(cal10, s.lowering())
	}
	s.ThreePriorities = false
	if out, err := it.neutral().projectCalendar(cal10, s.lowering()); err != nil || !timesAlike(it, out) {
		return out, err
	}
	return it.Clone(), nil
}

// timesAlike reports whether the events or tasks of two items begin and end alike, to the letter.
func timesAlike(a, b *Item) bool {
	x, y := limited(a), limited(b)
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		for _, name := range []string{"DTSTART", "DTEND", "DUE"} {
			p, q := x[i].Find(name), y[i].Find(name)
			if p != nil && q != nil && p.Value != q.Value {
				return false
			}
		}
	}
	return true
}
