package dataclass

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

// A modelEvent is an event as a user sees it: for each component, master first, the lines in
// iCalendar.
type modelEvent struct {
	zones  string
	master []string
	rids   []string
	others [][]string
}

func (m modelEvent) text() string {
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//Test//EN\r\n" + m.zones)
	write := func(lines []string) {
		b.WriteString("BEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20240101T000000Z\r\n" + join(lines) + "END:VEVENT\r\n")
	}
	write(m.master)
	for i, o := range m.others {
		write(append([]string{m.rids[i]}, o...))
	}
	return b.String() + "END:VCALENDAR\r\n"
}

func (m modelEvent) clone() modelEvent {
	m.master = append([]string(nil), m.master...)
	m.rids = append([]string(nil), m.rids...)
	m.others = append([][]string(nil), m.others...)
	for i := range m.others {
		m.others[i] = append([]string(nil), m.others[i]...)
	}
	return m
}

// drawStart draws a start, its parameters and the end that goes with it.
func drawStart(t *rapid.T, label string) []string {
	day := rapid.IntRange(1, 28).Draw(t, label+" day")
	hour := rapid.IntRange(0, 22).Draw(t, label+" hour")
	month := rapid.IntRange(1, 12).Draw(t, label+" month")
	switch rapid.IntRange(0, 3).Draw(t, label+" kind") {
	case 0:
		return []string{fmt.Sprintf("DTSTART;VALUE=DATE:2024%02d%02d", month, day)}
	case 1:
		return []string{fmt.Sprintf("DTSTART:2024%02d%02dT%02d0000", month, day, hour), "DURATION:PT1H"}
	case 2:
		return []string{fmt.Sprintf("DTSTART:2024%02d%02dT%02d0000Z", month, day, hour), fmt.Sprintf("DTEND:2024%02d%02dT%02d3000Z", month, day, hour)}
	}
	zone := rapid.SampledFrom([]string{"Europe/Oslo", "Australia/Sydney", "America/New_York", "Office", `"W. Europe Standard Time"`}).Draw(t, label+" zone")
	return []string{fmt.Sprintf("DTSTART;TZID=%s:2024%02d%02dT%02d0000", zone, month, day, hour), fmt.Sprintf("DTEND;TZID=%s:2024%02d%02dT%02d0000", zone, month, day, hour+1)}
}

// drawLine draws a line of a property that an event has once.
func drawLine(t *rapid.T, label string) string {
	text := rapid.StringMatching(`[a-zö]{1,8}( [a-z]{1,8})?`).Draw(t, label)
	return rapid.SampledFrom([]string{
		"SUMMARY:", "LOCATION:", "DESCRIPTION:", "X-OWN:", "X-OWN;X-P=q:", "STATUS:TENTATIVE;", "COLOR:", "URL:http://example.org/",
	}).Draw(t, label+" name") + text
}

func drawEvent(t *rapid.T) modelEvent {
	m := modelEvent{zones: ownZone}
	m.master = append(drawStart(t, "master"), "SUMMARY:"+rapid.StringMatching(`[a-z]{1,8}`).Draw(t, "summary"))
	for _, l := range rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) string { return drawLine(t, "line") }), 0, 4, nameOf).Draw(t, "lines") {
		if nameOf(l) != "SUMMARY" {
			m.master = append(m.master, l)
		}
	}
	for i := range rapid.IntRange(0, 2).Draw(t, "attendees") {
		m.master = append(m.master, fmt.Sprintf("ATTENDEE;CN=A%d;PARTSTAT=ACCEPTED:mailto:a%d@example.org", i, i))
	}
	for i := range rapid.IntRange(0, 2).Draw(t, "alarms") {
		m.master = append(m.master, fmt.Sprintf("BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT%dM\r\nEND:VALARM", 5*(i+1)))
	}
	if rapid.Bool().Draw(t, "recurs") {
		m.master = append(m.master, rapid.SampledFrom([]string{"RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY;COUNT=9", "RRULE:FREQ=MONTHLY;UNTIL=20260101T000000Z"}).Draw(t, "rule"))
		for i := range rapid.IntRange(0, 2).Draw(t, "left out") {
			m.master = append(m.master, fmt.Sprintf("EXDATE:2025010%dT090000Z,2025020%dT090000Z", i+1, i+1))
		}
		for i := range rapid.IntRange(0, 2).Draw(t, "exceptions") {
			m.rids = append(m.rids, fmt.Sprintf("RECURRENCE-ID:2025030%dT090000Z", i+1))
			m.others = append(m.others, append(drawStart(t, "exception"), fmt.Sprintf("SUMMARY:moved %d", i)))
		}
	}
	return m
}

func nameOf(line string) string { return line[:strings.IndexAny(line, ":;")] }

// drawEventEdit changes one thing and says what.
func drawEventEdit(t *rapid.T, m modelEvent, label string) (modelEvent, string) {
	out := m.clone()
	switch how := rapid.IntRange(0, 7).Draw(t, label+" how"); {
	case how == 0:
		out.master = setLine(out.master, "SUMMARY:new "+rapid.StringMatching(`[a-z]{1,8}`).Draw(t, label))
		return out, "SUMMARY"
	case how == 1:
		out.master = setLine(out.master, "LOCATION:new "+rapid.StringMatching(`[a-z]{1,8}`).Draw(t, label))
		return out, "LOCATION"
	case how == 2:
		kept := out.master[:0]
		for _, l := range out.master {
			if n := nameOf(l); n != "DTSTART" && n != "DTEND" && n != "DURATION" {
				kept = append(kept, l)
			}
		}
		out.master = append(drawStart(t, label), kept...)
		return out, "DTSTART"
	case how == 3:
		out.master = append(out.master, "ATTENDEE:mailto:"+rapid.StringMatching(`[b-z]{1,8}`).Draw(t, label)+"@example.com")
		return out, "ATTENDEE"
	case how == 4:
		out.master = append(out.master, "BEGIN:VALARM\r\nACTION:AUDIO\r\nTRIGGER:-PT"+rapid.StringMatching(`[1-9][0-9]`).Draw(t, label)+"M\r\nEND:VALARM")
		return out, "VALARM"
	case how == 5:
		out.master = append(out.master, "EXDATE:202512"+rapid.StringMatching(`[12][0-8]`).Draw(t, label)+"T090000Z")
		return out, "EXDATE"
	case how == 6 && len(out.others) > 0:
		i := rapid.IntRange(0, len(out.others)-1).Draw(t, label+" exception")
		out.others[i] = setLine(out.others[i], "SUMMARY:new "+rapid.StringMatching(`[a-z]{1,8}`).Draw(t, label))
		return out, out.rids[i]
	}
	n := rapid.IntRange(1, 9).Draw(t, label+" new exception")
	out.rids = append(out.rids, fmt.Sprintf("RECURRENCE-ID:2025040%dT090000Z", n))
	out.others = append(out.others, []string{"DTSTART:20250410T100000Z", "SUMMARY:new " + label})
	return out, out.rids[len(out.rids)-1]
}

// setLine replaces the line of a name, or adds it.
func setLine(lines []string, line string) []string {
	for i, l := range lines {
		if nameOf(l) == nameOf(line) {
			lines[i] = line
			return lines
		}
	}
	return append(lines, line)
}
