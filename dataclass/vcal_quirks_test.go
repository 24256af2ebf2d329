package dataclass

import (
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

func TestRaiseDays(t *testing.T) {
	day := func(first, after string) string {
		return "DTSTART;VALUE=DATE:" + first + "\nDTEND;VALUE=DATE:" + after
	}
	checkRaised(t, "VEVENT", []lineCase{
		{"midnight to midnight", "DTSTART:20240303T000000\nDTEND:20240306T000000", day("20240303", "20240306")},
		{"to the last minute", "DTSTART:20240303T000000\nDTEND:20240304T235900", day("20240303", "20240305")},
		{"to the last second", "DTSTART:20240303T000000\nDTEND:20240303T235959", day("20240303", "20240304")},
		{"P800: to 24:00, falsely in UTC", "DTSTART:20240303T000000Z\nDTEND:20240303T240000Z", day("20240303", "20240304")},
		{"P800: the same beside a zone", berlin + "DTSTART:20240303T000000Z\nDTEND:20240303T240000Z", day("20240303", "20240304")},
		{"a day falsely in UTC to 23:59", "DTSTART:20240303T000000Z\nDTEND:20240303T235900Z", day("20240303", "20240304")},
		{"P990: entry type", "DTSTART:20240303T000000\nDTEND:20240304T000000\nX-EPOCAGENDAENTRYTYPE:EVENT", day("20240303", "20240304")},
		{
			"Nokia: anniversary without an end",
			"DTSTART:19750505T000000\nRRULE:YM1 #0\nX-EPOCAGENDAENTRYTYPE:ANNIVERSARY",
			"DTSTART;VALUE=DATE:19750505\nRRULE:FREQ=YEARLY;BYMONTH=5\nX-EPOCAGENDAENTRYTYPE:ANNIVERSARY",
		},
		{"Nokia: a day that ends when it begins", "DTSTART:20240303T000000\nDTEND:20240303T000000\nX-EPOCAGENDAENTRYTYPE:EVENT", day("20240303", "20240304")},
		{"a flag of Funambol", "DTSTART:20240303T000000\nX-FUNAMBOL-ALLDAY:1", "DTSTART;VALUE=DATE:20240303"},
		{
			"a flag of Outlook", "DTSTART:20240302T230000Z\nDTEND:20240303T230000Z\nX-MICROSOFT-CDO-ALLDAYEVENT:TRUE",
			day("20240303", "20240304") + "\nX-MICROSOFT-CDO-ALLDAYEVENT:TRUE",
		},
		{
			"a flag, seen from America", "DTSTART:20240303T080000Z\nDTEND:20240304T080000Z\nX-FUNAMBOL-ALLDAY:1\nEXDATE:20240310T070000Z",
			day("20240303", "20240304") + "\nEXDATE;VALUE=DATE:20240310",
		},
		{"midnight of the zone in UTC", berlin + "DTSTART:20240614T220000Z\nDTEND:20240615T220000Z", day("20240615", "20240616")},
		{
			"its exceptions", berlin + "DTSTART:20240614T220000Z\nDTEND:20240615T220000Z\nRRULE:D1 20241101T230000Z\nEXDATE:20241031T230000Z",
			day("20240615", "20240616") + "\nRRULE:FREQ=DAILY;UNTIL=20241102\nEXDATE;VALUE=DATE:20241101",
		},
		{"dates", "DTSTART:20240303\nDTEND:20240303", day("20240303", "20240304")},
		{"dates, the end exclusive", "DTSTART:20240303\nDTEND:20240305", day("20240303", "20240305")},
		{
			"an evening that ends at midnight", "DTSTART:20240303T200000\nDTEND:20240304T000000",
			"DTSTART:20240303T200000\nDTEND:20240304T000000",
		},
		{"an instant at midnight", "DTSTART:20240303T000000\nDTEND:20240303T000000", "DTSTART:20240303T000000"},
		{
			"midnight of nobody's zone", "DTSTART:20240303T000000Z\nDTEND:20240304T000000Z",
			"DTSTART:20240303T000000Z\nDTEND:20240304T000000Z",
		},
		{
			"a flag that says no", "DTSTART:20240303T000000\nDTEND:20240304T000000\nX-FUNAMBOL-ALLDAY:0",
			"DTSTART:20240303T000000\nDTEND:20240304T000000",
		},
	})
}

func TestRaiseTimes(t *testing.T) {
	checkRaised(t, "VEVENT", []lineCase{
		{"in UTC", "DTSTART:20240303T090000Z\nDTEND:20240303T100000Z", "DTSTART:20240303T090000Z\nDTEND:20240303T100000Z"},
		{"floating", "DTSTART:20240303T090000\nDTEND:20240303T100000", "DTSTART:20240303T090000\nDTEND:20240303T100000"},
		{"without seconds", "DTSTART:20240303T0900Z\nDTEND:20240303T1000Z", "DTSTART:20240303T090000Z\nDTEND:20240303T100000Z"},
		{"with an offset", "DTSTART:20240303T090000+0200\nDTEND:2024-03-03T02:30-05:30", "DTSTART:20240303T070000Z\nDTEND:20240303T080000Z"},
		{"with parts of a second", "DTSTART:2024-03-03T09:00:00.000Z\nDTEND:20240303T110000,5+01", "DTSTART:20240303T090000Z\nDTEND:20240303T100000Z"},
		{"with what is no offset", "DTSTART:20240303T100000+99", "DTSTART:20240303T100000+99"},
		{
			"a single time stays in UTC", berlin + "DTSTART:20240703T090000Z\nDTEND:20240703T100000Z",
			"DTSTART:20240703T090000Z\nDTEND:20240703T100000Z",
		},
		{
			"a broken TZ is none", "TZ:somewhere\nDAYLIGHT:TRUE\n--\nDTSTART:20240303T090000Z\nRRULE:D1 #0",
			"DTSTART:20240303T090000Z\nRRULE:FREQ=DAILY",
		},
		{
			"a broken DAYLIGHT", "TZ:+01\nDAYLIGHT:TRUE;x\n--\nDTSTART:20240303T090000Z\nRRULE:D1 #0",
			"DTSTART:20240303T090000Z\nRRULE:FREQ=DAILY",
		},
		{
			"TZ in the event", "TZ:+05:30\nDAYLIGHT:FALSE\nDTSTART:20240303T200000Z\nRRULE:W1 SU #0",
			"DTSTART;TZID=Zone-of-Device:20240304T013000\nRRULE:FREQ=WEEKLY;BYDAY=MO",
		},
		{
			"a device that says the local day", "TZ:+05:30\nDAYLIGHT:FALSE\n--\nDTSTART:20240303T200000Z\nRRULE:W1 MO #0",
			"DTSTART;TZID=Zone-of-Device:20240304T013000\nRRULE:FREQ=WEEKLY;BYDAY=MO",
		},
		{
			"a rule that only UTC can say", "TZ:+05:30\nDAYLIGHT:FALSE\n--\nDTSTART:20240305T200000Z\nRRULE:MP1 1+ TU #0",
			"DTSTART:20240305T200000Z\nRRULE:FREQ=MONTHLY;BYDAY=1TU",
		},
		{
			"exceptions by day", "DTSTART:20240303T090000\nRRULE:D1 #9\nEXDATE:20240304T000000;20240305",
			"DTSTART:20240303T090000\nRRULE:FREQ=DAILY;COUNT=9\nEXDATE:20240304T090000,20240305T090000",
		},
		{
			"several rules", "DTSTART:20240304T090000\nRRULE:W1 MO #0\nRRULE:MD1 1 #0\nEXRULE:YM1 3 #0\nRDATE:20240401T090000",
			"DTSTART:20240304T090000\nRRULE:FREQ=WEEKLY;BYDAY=MO\nRRULE:FREQ=MONTHLY;BYMONTHDAY=1\n" +
				"EXRULE:FREQ=YEARLY;BYMONTH=3\nRDATE:20240401T090000",
		},
		{
			"a rule that only 1.0 can say", "DTSTART:20240305T090000\nRRULE:W1 TU 1200 TH 1130 #10",
			"DTSTART:20240305T090000\nX-VCALENDAR-RRULE:W1 TU 1200 TH 1130 #10",
		},
		{
			"a rule that nobody can read", "DTSTART:20240305T090000\nRRULE:now and then; mostly",
			"DTSTART:20240305T090000\nX-VCALENDAR-RRULE:now and then; mostly",
		},
		{
			"SE T700: the last day in UTC", berlin + "DTSTART:20240303T233000Z\nRRULE:W1 SU 20240331T220000Z",
			"DTSTART;TZID=Europe/Berlin:20240304T003000\nRRULE:FREQ=WEEKLY;UNTIL=20240331T223000Z;BYDAY=MO",
		},
		{"Funambol: no end at all", "DTSTART:20240303T090000Z\nDTEND:45001231T230000Z", "DTSTART:20240303T090000Z"},
		{"no time", "DTSTART:soon\nDTEND:later", "DTSTART:soon\nDTEND:later"},
	})
}

func TestRaiseTask(t *testing.T) {
	checkRaised(t, "VTODO", []lineCase{
		{"Windows Mobile: due at local midnight", "DUE:20240303T000000", "DUE;VALUE=DATE:20240303"},
		{"due at the end of the day", "DUE:20240303T235900", "DUE;VALUE=DATE:20240303"},
		{"due at 24:00", "DUE:20240303T240000", "DUE;VALUE=DATE:20240303"},
		{"due at midnight of the zone", berlin + "DUE:20240302T230000Z", "DUE;VALUE=DATE:20240303"},
		{"due at some time", "DTSTART:20240303T000000\nDUE:20240303T170000", "DTSTART:20240303T000000\nDUE:20240303T170000"},
		{"due on a day, begun on another", "DTSTART:20240301T000000\nDUE:20240303T000000", "DTSTART;VALUE=DATE:20240301\nDUE;VALUE=DATE:20240303"},
		{"Funambol: never due", "SUMMARY:x\nDUE:45001231T230000Z", "SUMMARY:x"},
		{"S40: no start", "SUMMARY:x\nDUE:20240303T120000Z\nPRIORITY:2", "SUMMARY:x\nDUE:20240303T120000Z\nPRIORITY:2"},
		{"completed", "SUMMARY:x\nCOMPLETED:20240303T120000Z", "SUMMARY:x\nCOMPLETED:20240303T120000Z\nSTATUS:COMPLETED"},
		{"statuses", "STATUS:NEEDS ACTION", "STATUS:NEEDS-ACTION"},
		{"accepted", "STATUS:ACCEPTED", "STATUS:IN-PROCESS"},
		{"entry type", "SUMMARY:x\nX-EPOCAGENDAENTRYTYPE:TODO", "SUMMARY:x"},
		{
			"alarm before it is due", "DUE:20240303T120000Z\nAALARM:20240303T114500Z",
			"DUE:20240303T120000Z\nBEGIN:VALARM\nACTION:DISPLAY\nDESCRIPTION:Reminder\nTRIGGER;RELATED=END:-PT15M\nEND:VALARM",
		},
	})
}

func TestRaiseWords(t *testing.T) {
	checkRaised(t, "VEVENT", []lineCase{
		{"confirmed", "STATUS:CONFIRMED", "STATUS:CONFIRMED"},
		{"accepted", "STATUS:ACCEPTED", "STATUS:CONFIRMED"},
		{"declined", "STATUS:DECLINED", "STATUS:CANCELLED"},
		{"needs action", "SUMMARY:x\nSTATUS:NEEDS ACTION", "SUMMARY:x"},
		{"Funambol Outlook: a number as status", "SUMMARY:x\nSTATUS:0", "SUMMARY:x"},
		{"unknown status", "STATUS:X-MAYBE", "STATUS:X-MAYBE"},
		{"opaque", "TRANSP:0", "TRANSP:OPAQUE"},
		{"transparent", "TRANSP:1", "TRANSP:TRANSPARENT"},
		{"very transparent", "TRANSP:2", "TRANSP:TRANSPARENT"},
		{"P800 and Nokia: categories", "CATEGORIES:X-Choir;MEETING,PHONE CALL", "CATEGORIES:Choir,MEETING,PHONE CALL"},
		{"resources", "RESOURCES:PROJECTOR;EASEL", "RESOURCES:PROJECTOR,EASEL"},
		{"geo", "GEO:37.24,-17.87", "GEO:37.24;-17.87"},
		{"texts", "SUMMARY:Tea; cake, and\\; more", `SUMMARY:Tea\; cake\, and\; more`},
		{"newlines", "DESCRIPTION;ENCODING=QUOTED-PRINTABLE:a=0D=0Ab", `DESCRIPTION:a\nb`},
		{"soft line break", "SUMMARY;QUOTED-PRINTABLE;CHARSET=UTF-8:K=C3=B8b=\n brød", "SUMMARY:Køb brød"},
		{"created", "DCREATED:20240101T000000Z\nLAST-MODIFIED:20240102T000000Z\nSEQUENCE:3\nRNUM:4", "CREATED:20240101T000000Z\nLAST-MODIFIED:20240102T000000Z\nSEQUENCE:3"},
		{"what nobody knows", "X-FOO;BAR=1:a;b,c\nFOO:x", "X-FOO;BAR=1:a;b,c\nFOO:x"},
		{"attendee", "ATTENDEE;ROLE=ATTENDEE;STATUS=NEEDS ACTION;RSVP=YES;EXPECT=REQUEST:Ada Byte <ada@example.com>",
			`ATTENDEE;CN=Ada Byte;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;ROLE=OPT-PARTICIPANT:m` + "\n ailto:ada@example.com"},
		{"organizer", "ATTENDEE;ROLE=ORGANIZER:Ada Byte <ada@example.com>", "ORGANIZER;CN=Ada Byte:mailto:ada@example.com"},
		{"organizer of whom more is said", `ATTENDEE;ROLE=ORGANIZER;SENT-BY="mailto:ben@example.com";LANGUAGE=en:Ada <ada@example.com>`,
			`ORGANIZER;CN=Ada;SENT-BY="mailto:ben@example.com";LANGUAGE=en:mailto:ada@ex` + "\n ample.com"},
		{"owner who is coming", "ATTENDEE;ROLE=OWNER;STATUS=CONFIRMED:ada@example.com",
			"ORGANIZER:mailto:ada@example.com\nATTENDEE;PARTSTAT=ACCEPTED:mailto:ada@example.com"},
		{"owner beside an organizer", "ATTENDEE;ROLE=OWNER:ada@example.com\nATTENDEE;ROLE=ORGANIZER:ben@example.com",
			"ATTENDEE;ROLE=CHAIR:mailto:ada@example.com\nORGANIZER:mailto:ben@example.com"},
		{"only a name", "ATTENDEE:Ada Byte", "ATTENDEE:Ada Byte"},
	})
}

func TestRaiseAlarms(t *testing.T) {
	valarm := func(lines string) string { return "\nBEGIN:VALARM\n" + lines + "\nEND:VALARM" }
	reminder := "ACTION:DISPLAY\nDESCRIPTION:Reminder\nTRIGGER:"
	start := "DTSTART:20240303T090000Z\n"
	checkRaised(t, "VEVENT", []lineCase{
		{"only a time", start + "AALARM:20240303T084500Z", start[:len(start)-1] + valarm(reminder+"-PT15M")},
		{"both for one reminder", start + "AALARM:20240303T084500Z;;;\nDALARM:20240303T084500Z;;;", start[:len(start)-1] + valarm(reminder+"-PT15M")},
		{"with a text", start + "DALARM:20240303T084500Z;;;Go\\; now", start[:len(start)-1] + valarm("ACTION:DISPLAY\nDESCRIPTION:Go\\; now\nTRIGGER:-PT15M")},
		{"Nokia: with a sound", start + "AALARM;TYPE=X-EPOCSOUND:20240303T080000Z;;0;z:\\sounds\\a.wav",
			start[:len(start)-1] + valarm("ACTION:AUDIO\nATTACH;TYPE=X-EPOCSOUND:z:\\\\sounds\\\\a.wav\nTRIGGER:-PT1H")},
		{"repeated", start + "DALARM:20240303T084500Z;PT5M;2;x", start[:len(start)-1] + valarm("ACTION:DISPLAY\nDESCRIPTION:x\nTRIGGER:-PT15M\nDURATION:PT5M\nREPEAT:2")},
		{"mail", start + "MALARM:20240302T090000Z;;;ada@example.com;Go", start[:len(start)-1] +
			valarm("ACTION:EMAIL\nATTENDEE:mailto:ada@example.com\nSUMMARY:Reminder\nDESCRIPTION:Go\nTRIGGER:-P1D")},
		{"program", start + "PALARM;VALUE=URL:20240303T090000Z;;;file:///bell", start[:len(start)-1] + valarm("ACTION:PROCEDURE\nATTACH;VALUE=uri:file:///bell\nTRIGGER:PT0S")},
		{"floating", "DTSTART:20240303T090000\nAALARM:20240303T084500", "DTSTART:20240303T090000" + valarm(reminder+"-PT15M")},
		{"of a whole day", "DTSTART:20240303\nAALARM:20240302T180000", "DTSTART;VALUE=DATE:20240303" + valarm(reminder+"-PT6H")},
		{"in other terms than the start", "DTSTART:20240303T090000\nAALARM:20240303T084500Z",
			"DTSTART:20240303T090000" + valarm("ACTION:DISPLAY\nDESCRIPTION:Reminder\nTRIGGER;VALUE=DATE-TIME:20240303T084500Z")},
		{"without a start", "SUMMARY:x\nDALARM:20240303T084500Z", "SUMMARY:x" + valarm("ACTION:DISPLAY\nDESCRIPTION:Reminder\nTRIGGER;VALUE=DATE-TIME:20240303T084500Z")},
		{"empty", "SUMMARY:x\nDALARM:;;;", "SUMMARY:x"},
		{"no time", "SUMMARY:x\nDALARM:soon;;;", "SUMMARY:x\nDALARM:soon;;;"},
		{"relative already", start + "DALARM:-PT10M", start[:len(start)-1] + valarm(reminder+"-PT10M")},
		{"across a change of clocks", berlin + "DTSTART:20240331T080000Z\nRRULE:D1 #0\nAALARM:20240330T080000Z",
			"DTSTART;TZID=Europe/Berlin:20240331T100000\nRRULE:FREQ=DAILY" + valarm(reminder+"-P1D")},
	})
}

func TestLower(t *testing.T) {
	oslo, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	zoned := "DTSTART;TZID=Europe/Oslo:20240304T003000\nDTEND;TZID=Europe/Oslo:20240304T013000\nRRULE:FREQ=WEEKLY;BYDAY=MO"
	days := "DTSTART;VALUE=DATE:20240303\nDTEND;VALUE=DATE:20240305"
	alarm := "\nBEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT15M\nEND:VALARM"
	for _, c := range []struct {
		name, in string
		o        lowering
		want     string
	}{
		{"on another day in UTC", zoned, lowering{}, "DTSTART:20240304T003000\nDTEND:20240304T013000\nRRULE:W1 MO #0"},
		{"late on Friday", "DTSTART;TZID=America/New_York:20240308T200000\nDTEND;TZID=America/New_York:20240308T210000\nRRULE:FREQ=WEEKLY;BYDAY=FR" +
			"\nEXDATE;TZID=America/New_York:20240315T200000", lowering{},
			"DTSTART:20240308T200000\nDTEND:20240308T210000\nRRULE:W1 FR #0\nEXDATE:20240315T200000"},
		{"late on the last day", "DTSTART;TZID=America/New_York:20240331T200000\nDTEND;TZID=America/New_York:20240331T210000\nRRULE:FREQ=MONTHLY;BYMONTHDAY=-1", lowering{},
			"DTSTART:20240331T200000\nDTEND:20240331T210000\nRRULE:MD1 1- #0"},
		{"on the same day in UTC", "DTSTART;TZID=Europe/Oslo:20240304T090000\nDTEND;TZID=Europe/Oslo:20240304T100000\nRRULE:FREQ=WEEKLY;BYDAY=MO", lowering{},
			"DTSTART:20240304T080000Z\nDTEND:20240304T090000Z\nRRULE:W1 MO #0"},
		{"local for a Nokia 6230", zoned, lowering{local: oslo}, "DTSTART:20240304T003000\nDTEND:20240304T013000\nRRULE:W1 MO #0"},
		{"a sound and a text at one time", "DTSTART:20240303T090000Z\nBEGIN:VALARM\nACTION:AUDIO\nATTACH:ring\nTRIGGER:-PT15M\nEND:VALARM" + alarm, lowering{},
			"DTSTART:20240303T090000Z\nDTEND:20240303T090000Z\nAALARM:20240303T084500Z;;;ring\nDALARM:20240303T084500Z;;;"},
		{"a sound and a text at two times", "DTSTART:20240303T090000Z\nBEGIN:VALARM\nACTION:AUDIO\nATTACH:ring\nTRIGGER:-PT20M\nEND:VALARM" + alarm, lowering{},
			"DTSTART:20240303T090000Z\nDTEND:20240303T090000Z\nAALARM:20240303T084000Z;;;ring\nAALARM:20240303T084500Z;;;\nDALARM:20240303T084500Z;;;"},
		{"days", days, lowering{}, "DTSTART:20240303T000000\nDTEND:20240305T000000"},
		{"days to the last minute", days, lowering{days: daysToLastMinute}, "DTSTART:20240303T000000\nDTEND:20240304T235900"},
		{"days for a P800", days, lowering{days: daysTo24}, "DTSTART:20240303T000000Z\nDTEND:20240304T240000Z"},
		{"days as dates", days, lowering{days: daysAsDate}, "DTSTART:20240303\nDTEND:20240305"},
		{"days for a P990", days, lowering{epocEntryType: true}, "DTSTART:20240303T000000\nDTEND:20240305T000000\nX-EPOCAGENDAENTRYTYPE:EVENT"},
		{"one day without an end", "DTSTART;VALUE=DATE:20240303", lowering{}, "DTSTART:20240303T000000\nDTEND:20240304T000000"},
		{"an instant", "DTSTART:20240303T090000", lowering{}, "DTSTART:20240303T090000\nDTEND:20240303T090000"},
		{"a duration", "DTSTART:20240303T090000Z\nDURATION:PT90M", lowering{}, "DTSTART:20240303T090000Z\nDTEND:20240303T103000Z"},
		{"24 hours that are no day", "DTSTART:20240303T000000\nDTEND:20240304T000000", lowering{}, "DTSTART:20240303T000000\nDTEND:20240304T000000\nX-FUNAMBOL-ALLDAY:0"},
		{"alarms in UTC", "DTSTART:20240303T090000Z\nDTEND:20240303T100000Z" + alarm, lowering{},
			"DTSTART:20240303T090000Z\nDTEND:20240303T100000Z\nAALARM:20240303T084500Z;;;\nDALARM:20240303T084500Z;;;"},
		{"alarms local as the start", "DTSTART:20240303T090000Z\nDTEND:20240303T100000Z" + alarm, lowering{local: oslo, noAALARM: true},
			"DTSTART:20240303T100000\nDTEND:20240303T110000\nDALARM:20240303T094500;;;"},
		{"alarms in UTC beside a local start", "DTSTART:20240303T100000\nDTEND:20240303T110000" + alarm, lowering{local: oslo, alarmsUTC: true, noAALARM: true},
			"DTSTART:20240303T100000\nDTEND:20240303T110000\nDALARM:20240303T084500Z;;;"},
		{"Windows Mobile: priorities", "PRIORITY:7", lowering{threePriorities: true}, "PRIORITY:3"},
		{"P800: categories", "CATEGORIES:Choir,MEETING", lowering{prefixCategories: true}, "CATEGORIES:X-Choir;MEETING"},
		{"a category that begins with X-", "CATEGORIES:X-Ray", lowering{}, "CATEGORIES:X-X-Ray"},
		{"Symbian: nothing before 1980", "DTSTART;VALUE=DATE:19750505\nDTEND;VALUE=DATE:19750506\nRRULE:FREQ=YEARLY;COUNT=10", lowering{since: 1980},
			"DTSTART:19800505T000000\nDTEND:19800506T000000\nRRULE:YM1 5 19840505T000000"},
		{"more often than anybody will see", "DTSTART:20240303T090000\nDTEND:20240303T100000\nRRULE:FREQ=DAILY;COUNT=2001", lowering{},
			"DTSTART:20240303T090000\nDTEND:20240303T100000\nRRULE:D1 #0"},
		{"a rule that nobody can read", "DTSTART:20240303T090000\nDTEND:20240303T100000\nRRULE:soon", lowering{},
			"DTSTART:20240303T090000\nDTEND:20240303T100000\nRRULE:soon"},
		{"what only 1.0 can say", "SUMMARY:x\nX-VCALENDAR-RRULE:W1 TU 1200 TH 1130 #10", lowering{}, "SUMMARY:x\nRRULE:W1 TU 1200 TH 1130 #10"},
		{"an alarm without a start", "SUMMARY:x" + alarm, lowering{}, "SUMMARY:x"},
		{"people", "ORGANIZER;CN=Ada:mailto:ada@example.com\nATTENDEE;PARTSTAT=ACCEPTED;ROLE=CHAIR;X-A=b:mailto:ada@example.com", lowering{},
			"ATTENDEE;ROLE=ORGANIZER:Ada <ada@example.com>\nATTENDEE;STATUS=ACCEPTED;ROLE=OWNER;X-A=b:ada@example.com"},
		{"the fourth Thursday of November", "DTSTART:20241128T090000\nDTEND:20241128T100000\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", lowering{},
			"DTSTART:20241128T090000\nDTEND:20241128T100000\nRRULE:MP12 4+ TH #0"},
		{"the last Sunday of a month every other year", "DTSTART:20240331T090000\nDTEND:20240331T100000\nRRULE:FREQ=YEARLY;INTERVAL=2;BYMONTH=3;BYDAY=SU;BYSETPOS=-1", lowering{},
			"DTSTART:20240331T090000\nDTEND:20240331T100000\nRRULE:MP24 1- SU #0"},
		{"a Thursday of November from September", "DTSTART:20240909T090000\nDTEND:20240909T100000\nRRULE:FREQ=YEARLY;COUNT=3;BYMONTH=11;BYDAY=4TH", lowering{},
			"DTSTART:20240909T090000\nDTEND:20240909T100000\nRDATE:20241128T090000;20251127T090000"},
		{"a period", "DTSTART:20240303T090000Z\nDTEND:20240303T100000Z\nRDATE;VALUE=PERIOD:20240304T090000Z/PT2H", lowering{},
			"DTSTART:20240303T090000Z\nDTEND:20240303T100000Z\nRDATE:20240304T090000Z"},
		{"a rule that 1.0 cannot say", "DTSTART:20240301T090000\nDTEND:20240301T100000\nRRULE:FREQ=MONTHLY;COUNT=3;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1", lowering{},
			"DTSTART:20240301T090000\nDTEND:20240301T100000\nRDATE:20240401T090000;20240501T090000"},
		{"a rule that follows local days only", "DTSTART;TZID=Europe/Oslo:20240306T003000\nDTEND;TZID=Europe/Oslo:20240306T013000\nRRULE:FREQ=MONTHLY;BYDAY=1WE", lowering{},
			"DTSTART:20240306T003000\nDTEND:20240306T013000\nRRULE:MP1 1+ WE #0"},
		{"SE T700: the end is the last time", "DTSTART;TZID=Europe/Oslo:20240304T003000\nDTEND;TZID=Europe/Oslo:20240304T013000\nRRULE:FREQ=DAILY;UNTIL=20240310T225959Z", lowering{},
			"DTSTART:20240303T233000Z\nDTEND:20240304T003000Z\nRRULE:D1 20240309T233000Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := calendarTree(t, "2.0", "VEVENT", c.in)
			before := string(contentline.Print(root, contentline.MIMEDir))
			if got := itemLines(lowerCalendar(root, c.o), contentline.Versit); got != c.want {
				t.Errorf("lowered:\n%s\nwant:\n%s", got, c.want)
			}
			if string(contentline.Print(root, contentline.MIMEDir)) != before {
				t.Error("the input was changed")
			}
		})
	}
}

func TestLowerExceptions(t *testing.T) {
	text := "BEGIN:VCALENDAR\nVERSION:2.0\nMETHOD:PUBLISH\n" +
		"BEGIN:VEVENT\nUID:1\nRECURRENCE-ID;TZID=Europe/Oslo:20240311T090000\nDTSTART;TZID=Europe/Oslo:20240311T110000\nEND:VEVENT\n" +
		"BEGIN:VEVENT\nUID:1\nDTSTART;TZID=Europe/Oslo:20240304T090000\nDTEND;TZID=Europe/Oslo:20240304T100000\nRRULE:FREQ=WEEKLY\nEND:VEVENT\n" +
		"END:VCALENDAR\n"
	all, err := contentline.Parse([]byte(text), contentline.MIMEDir, contentline.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	down := lowerCalendar(all[0], lowering{})
	want := "UID:1\nDTSTART:20240304T080000Z\nDTEND:20240304T090000Z\nRRULE:W1 MO #0\nEXDATE:20240311T080000Z"
	if got := itemLines(down, contentline.Versit); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if printed := string(contentline.Print(down, contentline.Versit)); strings.Count(printed, "BEGIN:VEVENT") != 1 || strings.Contains(printed, "METHOD") {
		t.Errorf("got\n%s", printed)
	}
}

func TestLowerWords(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"an attached address", "ATTACH;FMTTYPE=text/html:http://example.com/a;b", "ATTACH;FMTTYPE=text/html;VALUE=URL:http://example.com/a;b"},
		{"an attachment in the same mail", "ATTACH:cid:part-1@example.com", "ATTACH:cid:part-1@example.com"},
		{"an inline attachment", "ATTACH;ENCODING=BASE64;VALUE=BINARY:QUJD", "ATTACH;ENCODING=BASE64:QUJD"},
		{"components that no phone knows", "SUMMARY:x\nBEGIN:VLOCATION\nNAME:Roof\nEND:VLOCATION\nBEGIN:PARTICIPANT\nUID:p\nBEGIN:X-Y\nEND:X-Y\nEND:PARTICIPANT", "SUMMARY:x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := itemLines(lowerCalendar(calendarTree(t, "2.0", "VEVENT", c.in), lowering{}), contentline.Versit)
			if got := strings.TrimSpace(got); got != c.want {
				t.Errorf("lowered:\n%s\nwant:\n%s", got, c.want)
			}
		})
	}
}

func TestPlaceOfACalendar(t *testing.T) {
	up := raiseCalendar(calendarTree(t, "1.0", "VEVENT", "GEO:1.5,2.5\n--\nSUMMARY:x"))
	if p := up.Find("GEO"); p == nil || p.Value != "1.5;2.5" {
		t.Errorf("raised: %v", p)
	}
	if p := lowerCalendar(up, lowering{}).Find("GEO"); p == nil || p.Value != "1.5,2.5" {
		t.Errorf("lowered: %v", p)
	}
}
