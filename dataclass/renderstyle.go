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

// projectStyled converts the dialect, with the times of a vCalendar 1.0 as the side wants them.
func (it *Item) projectStyled(f Format, s CalendarStyle) (*Item, error) {
	to, ok := f.dialect()
	if !ok || to != cal10 || s == (CalendarStyle{}) || it.d.isCard() {
		return it.Project(f)
	}
	neutral, err := it.Project(ICalendar20)
	if err != nil {
		return nil, err
	}
	return neutral.projectCalendar(cal10, s.lowering())
}
