package dataclass

import (
	"strconv"
	"strings"
	"time"
)

// A heavy is a body of one shape that gets bigger with n, and how big n may be before a limit stops it.
type heavy struct {
	name      string
	class     Class
	mediaType string
	make      func(n int) string
	most      int
}

// inCard gives cards of n times a line. In lines %i is a number and %d a time, other ones each time.
func inCard(version, head, line string) func(int) string {
	return func(n int) string {
		return "BEGIN:VCARD\nVERSION:" + version + "\nFN:a\n" + head + manyTimes(line, n) + "\nEND:VCARD\n"
	}
}

func inCalendar(version, name, head, line string) func(int) string {
	return func(n int) string {
		return "BEGIN:VCALENDAR\nVERSION:" + version + "\nBEGIN:" + name + "\nUID:1\nDTSTART:20240304T080000Z\nSUMMARY:a\n" + head +
			manyTimes(line, n) + "\nEND:" + name + "\nEND:VCALENDAR\n"
	}
}

// besideEvent gives calendars with n times a block beside a series.
func besideEvent(block string) func(int) string {
	return func(n int) string {
		return "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:1\nDTSTART;TZID=Z0:19500304T080000\nRRULE:FREQ=DAILY\nSUMMARY:a\nEND:VEVENT\n" +
			manyTimes(block, n) + "END:VCALENDAR\n"
	}
}

// besideZone gives calendars with a zone of n times these lines, and some dates in it.
func besideZone(head, lines, tail string) func(int) string {
	return func(n int) string {
		return "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VTIMEZONE\nTZID:Z\n" + head + manyTimes(lines, n) + tail + "END:VTIMEZONE\nBEGIN:VEVENT\nUID:1\n" +
			"DTSTART;TZID=Z:20240304T080000\nRRULE:FREQ=DAILY\n" + manyTimes("RDATE;TZID=Z:20240304T080000\n", 50) + "END:VEVENT\nEND:VCALENDAR\n"
	}
}

func longText(before, s, after string) func(int) string {
	return func(n int) string { return before + strings.Repeat(s, n) + after }
}

func manyTimes(line string, n int) string {
	if !strings.Contains(line, "%") {
		return strings.Repeat(line, n)
	}
	var b strings.Builder
	day := time.Date(1950, 1, 1, 8, 0, 0, 0, time.UTC)
	for i := range n {
		s := strings.ReplaceAll(line, "%i", strconv.Itoa(i))
		if strings.Contains(s, "%d") {
			s = strings.ReplaceAll(s, "%d", day.AddDate(0, 0, i).Format("20060102T150405Z"))
		}
		b.WriteString(s)
	}
	return b.String()
}

const anyZone = "BEGIN:VTIMEZONE\nTZID:Z%i\nBEGIN:STANDARD\nDTSTART:19701025T030000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\n" +
	"RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\nEND:STANDARD\nEND:VTIMEZONE\n"

// Of zones there are always more than are remembered from one run to the next.
var heavies = []heavy{
	{"picture", Contacts, "", inCard("2.1", "PHOTO;BASE64:", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n "), 20_000},
	{"picture, 3.0", Contacts, "", inCard("3.0", "PHOTO;ENCODING=b:", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n "), 20_000},
	{"picture, 4.0", Contacts, "", inCard("4.0", "PHOTO:data:image/jpeg;base64,", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), 20_000},
	{"phones", Contacts, "", inCard("3.0", "", "TEL;TYPE=CELL:555%i\n"), 9000},
	{"phones 2.1", Contacts, "", inCard("2.1", "", "TEL;CELL:555%i\n"), 9000},
	{"phones 4.0", Contacts, "", inCard("4.0", "", "TEL;VALUE=uri;TYPE=cell;PREF=1:tel:555%i\n"), 9000},
	{"same phones", Contacts, "", inCard("3.0", "", "TEL:555\n"), 9000},
	{"mails", Contacts, "", inCard("3.0", "", "EMAIL:a%i@example.org\n"), 9000},
	{"addresses with labels", Contacts, "", inCard("3.0", "", "ADR:;;Street %i;x\nLABEL:Street %i\\nx\n"), 4900},
	{"labels", Contacts, "", inCard("3.0", "", "LABEL:Street %i\n"), 9000},
	{"addresses with labels in 4.0", Contacts, "", inCard("4.0", "", "ADR;LABEL=x%i:;;Street %i;x\n"), 9000},
	{"relations in 4.0", Contacts, "", inCard("4.0", "", "RELATED;TYPE=spouse:x%i\n"), 9000},
	{"names", Contacts, "", inCard("3.0", "", "N:a%i;b\nFN:b a%i\n"), 5000},
	{"names in 4.0", Contacts, "", inCard("4.0", "", "N:a%i;b\nFN:b a%i\n"), 5000},
	{"organisations in 4.0", Contacts, "", inCard("4.0", "", "ORG:a%i\nTITLE:b%i\n"), 5000},
	{"messengers", Contacts, "", inCard("3.0", "", "X-AIM:a%i\nIMPP:aim:a%i\n"), 5000},
	{"dates with labels", Contacts, "", inCard("3.0", "", "g%i.X-ABDATE:2000-01-01\ng%i.X-ABLabel:anniversary\n"), 5000},
	{"groups", Contacts, "", inCard("3.0", "", "g%i.URL:u%i\ng%i.X-ABLabel:l%i\n"), 5000},
	{"one group", Contacts, "", inCard("3.0", "", "g.URL:u%i\ng.X-ABLabel:l%i\n"), 5000},
	{"altid", Contacts, "", inCard("4.0", "", "NOTE;ALTID=1;LANGUAGE=l%i:u%i\n"), 9000},
	{"altids", Contacts, "", inCard("4.0", "", "NOTE;ALTID=%i:u%i\n"), 9000},
	{"unknown properties", Contacts, "", inCard("2.1", "", "X-A%i:u%i\n"), 9000},
	{"junk", Contacts, "", inCard("2.1", "", "junk %i\n"), 9000},
	{"agents", Contacts, "", inCard("2.1", "", "AGENT:\nBEGIN:VCARD\nVERSION:2.1\nFN:u%i\nEND:VCARD\n"), 3000},
	{"agents in 3.0", Contacts, "", inCard("3.0", "", "AGENT:BEGIN:VCARD\\nVERSION:3.0\\nFN:u%i\\nEND:VCARD\n"), 3000},
	{"note", Contacts, "", inCard("2.1", "NOTE;QUOTED-PRINTABLE:", "a=C3=BC=\n"), 100000},
	{"a single line", Contacts, "", inCard("3.0", "NOTE:", "abcde"), 400000},
	{"zero bytes", Contacts, "", inCard("3.0", "NOTE:", "\x00"), 400000},
	{"no UTF-8", Contacts, "", inCard("3.0", "NOTE:", "\xff"), 400000},
	{"categories", Contacts, "", inCard("3.0", "CATEGORIES:x", ",a%i"), 2400},
	{"relations", Contacts, "", inCard("3.0", "", "X-SPOUSE:x%i\nX-ASSISTANT:z%i\n"), 5000},
	{"photos", Contacts, "", inCard("3.0", "", "PHOTO;ENCODING=b:AAAA\n"), 9000},
	{"places and zones", Contacts, "", inCard("4.0", "", "GEO:geo:1,%i\nTZ:+01\n"), 5000},
	{"sounds", Contacts, "", inCard("2.1", "", "SOUND;X-IRMC-N:a%i;b\n"), 5000},

	{"exdates", Events, "", inCalendar("2.0", "VEVENT", "RRULE:FREQ=DAILY\n", "EXDATE:%d\n"), 4000},
	{"exdate list", Events, "", inCalendar("2.0", "VEVENT", "RRULE:FREQ=DAILY\nEXDATE:20240101T080000Z", ",%d"), 2400},
	{"EXDATE list in 1.0", Events, "", inCalendar("1.0", "VEVENT", "RRULE:D1 #0\nEXDATE:20240101T080000Z", ";%d"), 2400},
	{"EXDATE in 1.0", Events, "", inCalendar("1.0", "VEVENT", "RRULE:D1 #0\n", "EXDATE:%d\n"), 4000},
	{"rdates", Events, "", inCalendar("2.0", "VEVENT", "", "RDATE:%d\n"), 4000},
	{"rules", Events, "", inCalendar("2.0", "VEVENT", "", "RRULE:FREQ=DAILY;INTERVAL=%i;COUNT=3\n"), 190},
	{"rules without end", Events, "", inCalendar("2.0", "VEVENT", "", "RRULE:FREQ=DAILY;INTERVAL=%i\n"), 190},
	{"rules with counts", Events, "", inCalendar("2.0", "VEVENT", "", "RRULE:FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1;COUNT=100\n"), 190},
	{"rules in 1.0", Events, "", inCalendar("1.0", "VEVENT", "", "RRULE:D%i #3\n"), 190},
	{"a rule with many days", Events, "", inCalendar("2.0", "VEVENT", "RRULE:FREQ=YEARLY;BYYEARDAY=1", ",%i"), 2400},
	{"EXRULE", Events, "", inCalendar("2.0", "VEVENT", "RRULE:FREQ=DAILY\n", "EXRULE:FREQ=WEEKLY;COUNT=100\n"), 190},
	{"attendees", Events, "", inCalendar("2.0", "VEVENT", "", "ATTENDEE;CN=a%i:mailto:a%i@example.org\n"), 9000},
	{"same attendee", Events, "", inCalendar("2.0", "VEVENT", "", "ATTENDEE;CN=a:mailto:a@example.org\n"), 9000},
	{"attendees10", Events, "", inCalendar("1.0", "VEVENT", "", "ATTENDEE;ROLE=OWNER:A%i <a%i@example.org>\n"), 9000},
	{"alarms", Events, "", inCalendar("2.0", "VEVENT", "", "BEGIN:VALARM\nACTION:DISPLAY\nDESCRIPTION:x%i\nTRIGGER:-PT%iM\nEND:VALARM\n"), 2400},
	{"same alarms", Events, "", inCalendar("2.0", "VEVENT", "", "BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT5M\nEND:VALARM\n"), 2400},
	{"alarms10", Events, "", inCalendar("1.0", "VEVENT", "", "DALARM:%d;;;x%i\n"), 9000},
	{"same alarms10", Events, "", inCalendar("1.0", "VEVENT", "", "DALARM:20240303T084500Z;;;x\nAALARM:20240303T084500Z;;;\n"), 4000},
	{"zones", Events, "", func(n int) string { return besideEvent(anyZone)(n + 100) }, 1100},
	{"a zone with many changes", Events, "", besideZone("", "BEGIN:STANDARD\nDTSTART:%d\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nEND:STANDARD\n"+
		"BEGIN:DAYLIGHT\nDTSTART:%d\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nEND:DAYLIGHT\n", ""), 1000},
	{"a zone with many dates", Events, "", besideZone("BEGIN:STANDARD\nDTSTART:19500101T080000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nRDATE:19500202T080000",
		",%d", "\nEND:STANDARD\n"), 2400},
	{"exceptions", Events, "", besideEvent("BEGIN:VEVENT\nUID:1\nRECURRENCE-ID:%d\nDTSTART:%d\nSUMMARY:y%i\nEND:VEVENT\n"), 2000},
	{"same exceptions", Events, "", besideEvent("BEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20240304T080000Z\nDTSTART:%d\nSUMMARY:y%i\nEND:VEVENT\n"), 2000},
	{"future exceptions", Events, "", besideEvent("BEGIN:VEVENT\nUID:1\nRECURRENCE-ID;RANGE=THISANDFUTURE:%d\nDTSTART:%d\nSUMMARY:a\nEND:VEVENT\n"), 2000},
	{"attach", Events, "", inCalendar("2.0", "VEVENT", "", "ATTACH:http://example.org/%i\n"), 9000},
	{"description", Tasks, "", inCalendar("2.0", "VTODO", "DESCRIPTION:", "abcde"), 400000},
	{"comments", Tasks, "", inCalendar("2.0", "VTODO", "", "COMMENT:a%i\n"), 9000},
	{"categories in 1.0", Tasks, "", inCalendar("1.0", "VTODO", "CATEGORIES:a", ";a%i"), 2400},
	{"unknown properties in 1.0", Tasks, "", inCalendar("1.0", "VTODO", "", "X-A:a%i\n"), 9000},
	{"text", Notes, "text/plain", longText("", "a line of text\n", ""), 50000},
	{"one line", Notes, "text/plain", longText("", "a", ""), 500000},
	{"text of zero bytes", Notes, "text/plain", longText("a", "\x00", "b"), 500000},
	{"carriage returns", Notes, "text/plain", longText("a", "\r", "b\xff"), 500000},
	{"text that is no UTF-8", Notes, "text/plain", longText("a", "\xff", "b"), 500000},
	{"vnote", Notes, "", longText("BEGIN:VNOTE\nVERSION:1.1\nBODY;QUOTED-PRINTABLE:", "a=0D=0A=\n", "\nEND:VNOTE\n"), 50000},
	{"vnote bodies", Notes, "", func(n int) string { return "BEGIN:VNOTE\nVERSION:1.1\n" + manyTimes("BODY:a%i\n", n) + "END:VNOTE\n" }, 5000},
	{"journal", Notes, "", inCalendar("2.0", "VJOURNAL", "DESCRIPTION:", `abcde\n`), 100000},
	{"descriptions", Notes, "", inCalendar("2.0", "VJOURNAL", "", "DESCRIPTION:a%i\n"), 5000},
	{"summaries", Notes, "", inCalendar("2.0", "VJOURNAL", "", "SUMMARY:a%i\n"), 5000},
}
