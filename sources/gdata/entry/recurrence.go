package entry

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/dataclass/contentline"
	"github.com/bindery-sync/bindery/dataclass/zone"
)

// maxRecurrence bounds the text of gd:recurrence in bytes, and maxLines its lines.
const (
	maxRecurrence = 256 << 10
	maxLines      = 2000
)

// recurrenceNames are the properties that may stand in gd:recurrence, longer names before names that they end in.
var recurrenceNames = []string{"DTSTART", "DTEND", "DURATION", "RRULE", "EXRULE", "RDATE", "EXDATE", "BEGIN", "END",
	"TZOFFSETFROM", "TZOFFSETTO", "TZNAME", "TZURL", "TZID", "LAST-MODIFIED", "X-LIC-LOCATION", "COMMENT"}

// wordy are those whose value holds blanks that say something.
var wordy = map[string]bool{"TZNAME": true, "TZID": true, "TZURL": true, "COMMENT": true}

// unmangled gives the lines of gd:recurrence, whatever was done to its white space: folded as in files, indented,
// joined to one line with blanks or without.
func unmangled(s string) ([]string, error) {
	if len(s) > maxRecurrence {
		return nil, fmt.Errorf("%w: a recurrence of %d bytes", dataclass.ErrTooBig, len(s))
	}
	var out []string
	begin := 0
	for i := 0; i <= len(s); {
		n := nameAt(s, i)
		if n == 0 && i < len(s) {
			i++
			continue
		}
		if line := tidyLine(s[begin:i]); line != "" {
			if out = append(out, line); len(out) > maxLines {
				return nil, fmt.Errorf("%w: a recurrence of more than %d lines", dataclass.ErrTooBig, maxLines)
			}
		}
		begin, i = i, i+max(n, 1)
	}
	return out, nil
}

// nameAt gives the length of the name of a property that begins at i; 0 if none does.
func nameAt(s string, i int) int {
	for _, name := range recurrenceNames {
		if len(s)-i > len(name) && strings.EqualFold(s[i:i+len(name)], name) && (s[i+len(name)] == ':' || s[i+len(name)] == ';') {
			return len(name)
		}
	}
	if i+2 >= len(s) || (s[i] != 'X' && s[i] != 'x') || s[i+1] != '-' || i > 0 && !isBlank(s[i-1]) {
		return 0
	}
	n := 2
	for i+n < len(s) && (s[i+n] == '-' || s[i+n]|0x20 >= 'a' && s[i+n]|0x20 <= 'z' || s[i+n] >= '0' && s[i+n] <= '9') {
		n++
	}
	if i+n < len(s) && (s[i+n] == ':' || s[i+n] == ';') {
		return n
	}
	return 0
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// tidyLine takes folds and blanks out of one line. Inside of a text a fold goes and other blanks are one.
func tidyLine(s string) string {
	s = strings.TrimSpace(s)
	head, value, ok := strings.Cut(s, ":")
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(head, ";")
	if name = strings.ToUpper(name); wordy[name] || strings.HasPrefix(name, "X-") {
		return head + ":" + strings.Join(strings.Fields(unfolded(value)), " ")
	}
	return strings.Join(strings.Fields(unfolded(head)), " ") + ":" + strings.TrimRight(strings.Join(strings.Fields(value), ""), ";")
}

// unfolded takes line ends out with the one blank that follows each.
func unfolded(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
	return strings.NewReplacer("\n ", "", "\n\t", "", "\n", "").Replace(s)
}

// itemOf gives the item with the times of gd:recurrence and nothing else.
func itemOf(lines []string) (*dataclass.Item, error) {
	var zones, times []string
	depth, started, zone := 0, false, false
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ":")
		name, _, _ = strings.Cut(strings.ToUpper(name), ";")
		if name == "BEGIN" {
			if depth == 0 {
				zone = strings.EqualFold(value, "VTIMEZONE")
			}
			depth++
		}
		switch {
		case depth > 0 && zone:
			zones = append(zones, line)
		case depth > 0: // nothing else has a place here
		case slices.Contains(timeNames, name):
			times = append(times, line)
			started = started || name == "DTSTART" && value != ""
		}
		if name == "END" && depth > 0 {
			depth--
		}
	}
	if !started {
		return nil, fmt.Errorf("%w: a recurrence without a start", dataclass.ErrMalformed)
	}
	all := slices.Concat([]string{"BEGIN:VCALENDAR", "VERSION:2.0"}, zones, []string{"BEGIN:VEVENT"}, times, []string{"END:VEVENT", "END:VCALENDAR", ""})
	return dataclass.Decode(dataclass.Events, dataclass.Body{Type: dataclass.ICalendar20.String(), Data: []byte(strings.Join(all, "\r\n"))})
}

// timeNames are the properties that say when an event takes place.
var timeNames = []string{"DTSTART", "DTEND", "DURATION", "RRULE", "EXRULE", "RDATE", "EXDATE"}

// recurrence gives the text of gd:recurrence for the master of an item, with these exception dates. What floats
// gets the zone of the calendar.
func (x Context) recurrence(it *dataclass.Item, except []dataclass.When) (string, error) {
	ev, err := asEvent(it)
	if err != nil {
		return "", err
	}
	x.groundAll(ev)
	ev.SetExceptionDates(x.grounded(except)...)
	root, err := treeOf(ev.Item())
	if err != nil {
		return "", err
	}
	master := masterOf(root)
	if master == nil {
		return "", fmt.Errorf("%w: no master", dataclass.ErrMalformed)
	}
	out := &contentline.Component{Name: "X"}
	used := make(map[string]bool)
	for _, p := range master.Props {
		if p.Junk || p.Comp != nil || !slices.Contains(timeNames, strings.ToUpper(p.Name)) {
			continue
		}
		if tzid, ok := p.Param("TZID"); ok {
			used[strings.Trim(tzid, `"`)] = true
		}
		out.Props = append(out.Props, p)
	}
	out.Props = append(out.Props, zonesFor(root, used, ev.Start().Time.Year())...)
	text := string(contentline.Print(out.Canonical(), contentline.MIMEDir))
	text = strings.NewReplacer("\r\n ", "", "\r\n", "\n").Replace(text)
	return strings.TrimSuffix(strings.TrimPrefix(text, "BEGIN:X\n"), "END:X\n"), nil
}

// masterOf gives the event that is no exception.
func masterOf(root *contentline.Component) *contentline.Component {
	for _, p := range root.Props {
		if p.Comp != nil && strings.EqualFold(p.Comp.Name, "VEVENT") && p.Comp.Find("RECURRENCE-ID") == nil {
			return p.Comp
		}
	}
	return nil
}

// zonesFor gives the VTIMEZONEs that are used, also those that the item names and does not bring.
func zonesFor(root *contentline.Component, used map[string]bool, year int) []contentline.Property {
	var out []contentline.Property
	for _, p := range root.Props {
		if id := zoneName(p); used[id] {
			used[id] = false
			out = append(out, p)
		}
	}
	for _, tzid := range slices.Sorted(keysOf(used)) {
		if z, ok := zone.Named(tzid); ok {
			out = append(out, contentline.Property{Comp: zone.Component(tzid, z.Location(), year, year+zoneYears)})
		}
	}
	return out
}

// zoneYears is how many years a VTIMEZONE is written for at least.
const zoneYears = 10

func keysOf(used map[string]bool) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for k, missing := range used {
			if missing && !yield(k) {
				return
			}
		}
	}
}

// asEvent gives a view of a copy of an item, in iCalendar 2.0.
func asEvent(it *dataclass.Item) (dataclass.Event, error) {
	if it == nil {
		return dataclass.Event{}, fmt.Errorf("%w: no item", dataclass.ErrUnsupported)
	}
	it, err := it.Project(dataclass.ICalendar20)
	if err != nil {
		return dataclass.Event{}, err
	}
	return dataclass.AsEvent(it)
}

// groundAll gives every time of an event that floats the zone of the calendar.
func (x Context) groundAll(ev dataclass.Event) {
	start := ev.Start()
	if !start.Floating {
		return
	}
	rules, lasts, byEnd := ev.Rules(), ev.Duration(), ev.Text("DTEND") != ""
	ev.SetStart(x.ground(start))
	if byEnd { // every occurrence is as long as the first, by the clock of somebody who does not change it
		end := ev.Start()
		end.Time = end.Time.Add(lasts)
		ev.SetEnd(end)
	}
	ev.SetRules() // an UNTIL is of the type of the start
	ev.SetRules(rules...)
	ev.SetRecurrenceDates(x.grounded(ev.RecurrenceDates())...)
	ev.SetExceptionDates(x.grounded(ev.ExceptionDates())...)
}

func (x Context) grounded(list []dataclass.When) []dataclass.When {
	out := make([]dataclass.When, len(list))
	for i := range list {
		out[i] = x.ground(list[i])
	}
	return out
}
