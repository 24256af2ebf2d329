package devicerule

import (
	"slices"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
)

// oslo is the zone of the users in these tests; it has no summer time in January.
const oslo = "Europe/Oslo"

func crlf(lines ...string) string { return strings.Join(lines, "\r\n") + "\r\n" }

func vcard(lines ...string) string {
	return crlf("BEGIN:VCARD", "VERSION:3.0", "N:Lovelace;Ada;;;", "FN:Ada Lovelace", strings.Join(lines, "\r\n"), "END:VCARD")
}

func vevent(lines ...string) string {
	return crlf("BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", "SUMMARY:Tea", strings.Join(lines, "\r\n"), "END:VEVENT", "END:VCALENDAR")
}

func vtodo(lines ...string) string {
	return strings.ReplaceAll(vevent(lines...), "VEVENT", "VTODO")
}

// sent gives what a phone is sent of an item, in the format that most phones take.
func sent(t *testing.T, r Rules, text string) string {
	t.Helper()
	class, f, typ := dataclass.Contacts, dataclass.VCard21, "text/vcard"
	switch {
	case strings.Contains(text, "BEGIN:VEVENT"):
		class, f, typ = dataclass.Events, dataclass.VCalendar10, "text/calendar"
	case strings.Contains(text, "BEGIN:VTODO"):
		class, f, typ = dataclass.Tasks, dataclass.VCalendar10, "text/calendar"
	}
	it, err := dataclass.Decode(class, dataclass.Body{Type: typ, Data: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	if it, err = dataclass.Render(it, f, r.Shape(dataclass.Capabilities{}, class, oslo)); err != nil {
		t.Fatal(err)
	}
	return string(r.Write(f, it.Body().Data))
}

var (
	meeting = vevent("DTSTART:20240115T090000Z", "DTEND:20240115T100000Z", "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT15M", "END:VALARM")
	holiday = vevent("DTSTART;VALUE=DATE:20240303", "DTEND;VALUE=DATE:20240305")
	series  = vevent("DTSTART;VALUE=DATE:19500303", "DTEND;VALUE=DATE:19500304", "RRULE:FREQ=YEARLY")
)

// TestModelsAreSent is the rules that come with Bindery at work: what each model is sent. The row of the
// tables of what is known about models, 2.17a or 2.17b, is the name of the case.
func TestModelsAreSent(t *testing.T) {
	for _, tt := range []struct {
		row      string
		device   Device
		item     string
		want, no []string
	}{
		{"2.17a NOKIA/*: no dates before 1980", Device{Manufacturer: "NOKIA", Model: "6120"}, series, []string{"DTSTART:19800303"}, []string{"1950"}},
		{"2.17a NOKIA/*: alarms in UTC", Device{Manufacturer: "NOKIA", Model: "6230"}, meeting, []string{"DTSTART:20240115T100000\r\n", "DALARM:20240115T084500Z"}, nil},
		{"2.17a NOKIA/*: EMAIL is of INTERNET", Device{Manufacturer: "Nokia", Model: "6120"}, strings.Replace(vcard("EMAIL:a@example.org"), "3.0", "2.1", 1), []string{"EMAIL;INTERNET:a@example.org"}, nil},
		{"2.17b Nokia: PHOTO in BASE64 with an empty line", Device{Manufacturer: "NOKIA", Model: "N73"}, vcard("PHOTO;TYPE=JPEG;ENCODING=b:/9j/4AA="), []string{"ENCODING=BASE64:/9j/4AA=\r\n\r\n"}, nil},
		{"2.17a SonyEricsson/*: ISO-8859-1", Device{Manufacturer: "SonyEricsson", Model: "K700"}, vcard("NOTE:Grüße"), []string{"NOTE;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:Gr=FC=DFe"}, []string{"UTF-8"}},
		{"2.17a SonyEricsson/*: alarms in UTC", Device{Manufacturer: "SonyEricsson", Model: "K700"}, meeting, []string{"DALARM:20240115T084500Z"}, nil},
		{"2.17a Motorola*/V3: 8 bits quoted, ANSI", Device{Manufacturer: "Motorola CE, Copyright 2004", Model: "V3"}, vcard("NOTE:Grüße"), []string{"NOTE;CHARSET=WINDOWS-1252;ENCODING=QUOTED-PRINTABLE:Gr=FC=DFe"}, nil},
		{"2.17a Motorola*/V3: no folding", Device{Manufacturer: "Motorola", Model: "V3"}, vcard("NOTE:" + strings.Repeat("ü", 60)), []string{strings.Repeat("=FC", 60)}, []string{"=\r\n"}},
		{"2.17a Motorola*/V3i: no folding of pictures", Device{Manufacturer: "Motorola", Model: "V3i"}, vcard("PHOTO;TYPE=JPEG;ENCODING=b:/9j/" + strings.Repeat("AAAA", 40)), []string{strings.Repeat("AAAA", 40) + "\r\n\r\n"}, nil},
		{"2.17a NOKIA/6230: local time", Device{Manufacturer: "NOKIA", Model: "6230"}, meeting, []string{"DTSTART:20240115T100000\r\n", "DTEND:20240115T110000\r\n"}, nil},
		{"2.17a NOKIA/9210i: local time", Device{Manufacturer: "NOKIA", Model: "9210i"}, meeting, []string{"DTSTART:20240115T100000\r\n"}, nil},
		{"2.17a NOKIA/N-Gage QD: local time", Device{Manufacturer: "NOKIA", Model: "N-Gage QD"}, meeting, []string{"DTSTART:20240115T100000\r\n"}, nil},
		{"2.17a Sendo/X: local time, 1980", Device{Manufacturer: "Sendo", Model: "X"}, series, []string{"DTSTART:19800303"}, nil},
		{"2.17a NOKIA/Nokia 7210c: UTC", Device{Manufacturer: "NOKIA", Model: "Nokia 7210c"}, meeting, []string{"DTSTART:20240115T090000Z"}, nil},
		{"2.17b Nokia 7210c: 80 characters of NOTE", Device{Manufacturer: "NOKIA", Model: "Nokia 7210c"}, vcard("NOTE:" + strings.Repeat("x", 100)), []string{"NOTE:" + strings.Repeat("x", 80) + "\r\n"}, nil},
		{"2.17b Nokia 7210c: three EMAIL, five TEL, one part of ORG", Device{Manufacturer: "NOKIA", Model: "Nokia 7210c"},
			vcard("EMAIL:a@example.org", "EMAIL:b@example.org", "EMAIL:c@example.org", "EMAIL:d@example.org", "TEL:1", "TEL:2", "TEL:3", "TEL:4", "TEL:5", "TEL:6", "ORG:Engines;Numbers"),
			[]string{"c@example.org", "TEL:5", "ORG:Engines"}, []string{"d@example.org", "TEL:6", "Numbers"}},
		{"2.17a SIEMENS/SX1: nothing empty", Device{Manufacturer: "SIEMENS", Model: "SX1"}, vcard("NOTE:", "TEL;TYPE=CELL:"), nil, []string{"NOTE", "TEL"}},
		{"2.17a SIEMENS/SX1: local time, 1980", Device{Manufacturer: "SIEMENS", Model: "SX1"}, series, []string{"DTSTART:19800303"}, nil},
		{"2.17a SIEMENS/S65: local time", Device{Manufacturer: "SIEMENS", Model: "S65"}, meeting, []string{"DTSTART:20240115T100000\r\n"}, nil},
		{"2.17a Sony Ericsson/P910i: local time", Device{Manufacturer: "Sony Ericsson", Model: "P910i"}, meeting, []string{"DTSTART:20240115T100000\r\n"}, nil},
		{"2.17b P800: whole days until 24:00", Device{Manufacturer: "Sony Ericsson", Model: "P800"}, holiday, []string{"DTSTART:20240303T000000Z", "DTEND:20240304T240000Z"}, nil},
		{"2.17b P990: X-EPOCAGENDAENTRYTYPE", Device{Manufacturer: "Sony Ericsson", Model: "P990i"}, holiday, []string{"DTSTART:20240303T000000\r\n", "DTEND:20240305T000000\r\n", "X-EPOCAGENDAENTRYTYPE:EVENT"}, nil},
		{"2.17b P800: CATEGORIES of X-", Device{Manufacturer: "Sony Ericsson", Model: "P800"}, vevent("DTSTART:20240115T090000Z", "CATEGORIES:Garden"), []string{"CATEGORIES:X-Garden"}, nil},
		{"2.17b Windows Mobile: three priorities", Device{Manufacturer: "Synthesis AG", Model: "PocketPC"}, vtodo("PRIORITY:9"), []string{"PRIORITY:3"}, nil},
		{"2.17b Funambol for Outlook: no STATUS", Device{Model: "Funambol Outlook Sync Client v. 7"}, vevent("DTSTART:20240115T090000Z", "STATUS:TENTATIVE"), nil, []string{"STATUS"}},
		{"any other phone", Device{Manufacturer: "Example", Model: "One"}, meeting, []string{"DTSTART:20240115T090000Z", "AALARM"}, nil},
	} {
		t.Run(tt.row, func(t *testing.T) {
			got := sent(t, Own().Match(tt.device), tt.item)
			for _, w := range tt.want {
				if !strings.Contains(got, w) {
					t.Errorf("%q is not in\n%s", w, got)
				}
			}
			for _, w := range tt.no {
				if strings.Contains(got, w) {
					t.Errorf("%q is in\n%s", w, got)
				}
			}
		})
	}
}

// TestModelsAreTreated is what else the rules that come with Bindery say of models; that the options act is shown
// for each of them apart.
func TestModelsAreTreated(t *testing.T) {
	for _, tt := range []struct {
		row    string
		device Device
		want   string
	}{
		{"2.17a NOKIA/*: CTCap MaxSize", Device{Manufacturer: "NOKIA", Model: "6120"}, "ignore_sizes = true"},
		{"2.17a NOKIA/E90: CTCap MaxSize", Device{Manufacturer: "NOKIA", Model: "E90"}, "ignore_sizes = true"},
		{"2.17a NOKIA/E90: 1980", Device{Manufacturer: "NOKIA", Model: "E90"}, "since = 1980"},
		{"2.17b 5800: MaxSize 256 of pictures", Device{Manufacturer: "Nokia", Model: "5800 XpressMusic"}, "ignore_sizes = true"},
		{"2.17a Ericsson/*@R1A (T39m)", Device{Manufacturer: "Ericsson", Model: "T39m", Firmware: "R1A"}, `input_charset = "windows-1252"`},
		{"2.17a Ericsson/*@R1B (T68)", Device{Manufacturer: "Ericsson", Model: "T68", Firmware: "R1B"}, `input_charset = "windows-1252"`},
		{"2.17a SonyEricsson/*@R2A (T68i)", Device{Manufacturer: "SonyEricsson", Model: "T68i", Firmware: "R2A"}, `input_charset = "windows-1252"`},
		{"2.17a SonyEricsson/*", Device{Manufacturer: "SonyEricsson", Model: "W800i"}, `input_charset = "iso-8859-1"`},
		{"2.17a Motorola*/V3", Device{Manufacturer: "Motorola CE", Model: "V3"}, `input_charset = "windows-1252"`},
		{"2.17a NOKIA/9300", Device{Manufacturer: "NOKIA", Model: "9300"}, `incoming_times = "utc"`},
		{"2.17a NOKIA/9500: 1980", Device{Manufacturer: "NOKIA", Model: "9500"}, "since = 1980"},
		{"2.17a Sony Ericsson/P990i: 1980", Device{Manufacturer: "Sony Ericsson", Model: "P990i"}, "since = 1980"},
		{"2.17b P800: statuses of items", Device{Manufacturer: "Sony Ericsson", Model: "P800"}, "omit_item_statuses = true"},
		{"2.17b P800: tasks in the calendar", Device{Manufacturer: "Sony Ericsson", Model: "P800"}, "tasks_in_calendar = true"},
		{"2.17b P800: Latin-1", Device{Manufacturer: "Sony Ericsson", Model: "P800"}, `input_charset = "iso-8859-1"`},
		{"2.17a Funambol for Outlook: statuses missing", Device{Manufacturer: "Funambol", Model: "Funambol Outlook Sync Client v. 7"}, `missing_statuses = "done"`},
		{"2.17a SyncJe: CTCap", Device{Manufacturer: "Nexthaus", Model: "SyncJe Outlook Edition"}, "ignore_ctcap = true"},
	} {
		if r := Own().Match(tt.device); !slices.Contains(r.Lines(), tt.want) {
			t.Errorf("%s: %v say %v", tt.row, r.Names, r.Lines())
		}
	}
	if r := Own().Match(Device{Manufacturer: "Motorola", Model: "V3i"}); r.InputCharset != nil {
		t.Errorf("2.17a Motorola*/V3i: %v", r.Lines())
	}
	if r := Own().Match(Device{Manufacturer: "Example", Model: "P800"}); len(r.Names) != 0 {
		t.Errorf("another maker's: %v", r.Names)
	}
}
