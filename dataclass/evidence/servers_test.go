package evidence

import (
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
)

// What servers and programs of today make of one contact. The person is invented; what is done to it is not.
func TestServersContact(t *testing.T) {
	origin := []string{
		"UID:8f0c1a52-77aa-4b0e-9d52-1f0e7a6b2c31", "N:Winterfeldt;Annegret;Luise;Dr.;", "FN:Dr. Annegret Luise Winterfeldt", "NICKNAME:Anni",
		"TEL;TYPE=CELL:+49 171 5550143", "TEL;TYPE=HOME:+49 30 5550177", "EMAIL;TYPE=WORK:Annegret.Winterfeldt@Nordwerk.example", "ORG:Nordwerk GmbH;Einkauf", "TITLE:Leiterin",
		"ADR;TYPE=HOME:;;Lindenallee 12;Altenau;;12345;Deutschland", "BDAY:1974-03-09", "NOTE:Kennt Uwe aus dem Chor.\\nMag Tee.", "URL:https://winterfeldt.example/", "CATEGORIES:Chor,Arbeit", "REV:20240101T000000Z",
	}
	tests := []struct {
		name  string
		lines []string
	}{
		{"groups and labels", []string{
			"N:Winterfeldt;Annegret;Luise;Dr.;", "FN:Annegret Luise Winterfeldt", "item1.TEL;TYPE=pref:+491715550143", "item1.X-ABLabel:_$!<Mobile>!$_", "item2.TEL:+49305550177", "item2.X-ABLabel:daheim",
			"item3.EMAIL;type=INTERNET:annegret.winterfeldt@nordwerk.example", "item3.X-ABLabel:_$!<Other>!$_", "ORG:Nordwerk GmbH;Einkauf", "item4.ADR:;;Lindenallee 12;Altenau;;12345;Deutschland", "item4.X-ABADR:de",
			"BDAY;value=date:1974-03-09", "PRODID:-//Somebody//iOS 17//EN", "UID:2f6f0f46-0a4c-4a63-9b0c-76c2b0f9d1aa", "REV:2024-05-01T10:00:00Z",
		}},
		{"all numbers of type voice, birthday with a time", []string{
			"N:Winterfeldt;Annegret;Luise;Dr.;", "FN:Winterfeldt\\, Annegret", "TEL;TYPE=VOICE,CELL:0171 / 55 50 143", "TEL;TYPE=VOICE,HOME:(030) 5550177", "EMAIL;TYPE=INTERNET:annegret.winterfeldt@nordwerk.example",
			"ORG:Nordwerk GmbH", "BDAY:1974-03-09T00:00:00Z", "X-MS-IMADDRESS:", "UID:040000008200E00074C5B7101A82E008",
		}},
		{"birthday without its year", []string{"N:Winterfeldt;Annegret;;;", "FN:Annegret Winterfeldt", "TEL;TYPE=CELL:+491715550143", "BDAY;X-APPLE-OMIT-YEAR=1604:1604-03-09"}},
		{"the name in one field only", []string{"FN:Annegret Winterfeldt", "N:;Annegret Winterfeldt;;;", "TEL:+491715550143"}},
		{"the name is the mail address", []string{"FN:annegret.winterfeldt@nordwerk.example", "N:;;;;", "EMAIL:annegret.winterfeldt@nordwerk.example", "TEL:+49 171 5550143"}},
		{"the organisation before the name", []string{"N:Winterfeldt;Annegret;;;", "FN:Nordwerk GmbH", "ORG:Nordwerk GmbH", "X-ABShowAs:COMPANY", "TEL;TYPE=WORK:+49 171 5550143", "EMAIL:annegret.winterfeldt@nordwerk.example"}},
		{"initials", []string{"N:Winterfeldt;A. L.;;;", "FN:A. L. Winterfeldt", "TEL:+49 171 5550143", "EMAIL:annegret.winterfeldt@nordwerk.example"}},
		{"called by the nickname", []string{"N:Winterfeldt;Anni;;;", "FN:Anni Winterfeldt", "TEL:+49 171 5550143", "EMAIL:annegret.winterfeldt@nordwerk.example"}},
		{"everything in types of its own", []string{"N:Winterfeldt;Annegret;;;", "TEL;TYPE=X-MOBIL;PREF=1:tel:+49-171-555-0143", "EMAIL;TYPE=x-foo:mailto:annegret.winterfeldt@nordwerk.example"}},
		{"numbers written with 00", []string{"N:Winterfeldt;Annegret;;;", "TEL;TYPE=CELL:0049 171 5550143", "NOTE:Kennt Uwe aus dem Chor. Mag Tee."}},
		{"a note with more lines", []string{"N:Winterfeldt;Annegret;;;", "EMAIL:annegret.winterfeldt@nordwerk.example", "NOTE:Kennt Uwe aus dem Chor.\\nMag Tee.\\n\\nTelefon: 123"}},
		{"a photo, no more", []string{"N:Winterfeldt;Annegret Luise;;;", "FN:Annegret Luise Winterfeldt", "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRg=="}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, b := crowd(t, []Entry{card(t, "a", origin...)}, []Entry{card(t, "b", tt.lines...)})
			if pairs := Match(a, b, Options{}); len(pairs) == 0 || pairs[0] != (Pair{0, 0, pairs[0].Score, Same}) {
				t.Errorf("not merged: %v", pairs[:min(1, len(pairs))])
			}
		})
	}
}

// What servers and programs make of events and tasks.
func TestServersEntries(t *testing.T) {
	origin := []string{
		"UID:b7d1c9f0@calendar.example", "SUMMARY:Quartalsplanung Nordwerk", "DTSTART;TZID=Europe/Berlin:20260310T140000", "DTEND;TZID=Europe/Berlin:20260310T153000",
		"LOCATION:Raum 4.12", "DESCRIPTION:Bitte Zahlen mitbringen.\\nDanach Essen & Trinken.", "ORGANIZER;CN=Uwe:mailto:uwe@nordwerk.example", "ATTENDEE;CN=Ida;PARTSTAT=ACCEPTED:mailto:ida@nordwerk.example",
		"RRULE:FREQ=MONTHLY;BYDAY=2TU", "DTSTAMP:20260101T000000Z", "SEQUENCE:2", "CATEGORIES:Arbeit",
	}
	day := []string{"UID:x1@calendar.example", "SUMMARY:Betriebsausflug", "DTSTART;VALUE=DATE:20260612", "DTEND;VALUE=DATE:20260613", "DTSTAMP:20260101T000000Z"}
	task := []string{"UID:t1", "SUMMARY:Reisepass verlängern", "DUE;TZID=Europe/Berlin:20260401T170000", "PRIORITY:1", "DESCRIPTION:Amt, Zimmer 3", "DTSTAMP:20260101T000000Z"}
	tests := []struct {
		name  string
		class dataclass.Class
		a, b  []string
	}{
		{"zone by another name", dataclass.Events, origin, []string{"UID:040000008200E00074C5B7101A82E00800000000", "SUMMARY:Quartalsplanung Nordwerk", "DTSTART;TZID=W. Europe Standard Time:20260310T140000", "DTEND;TZID=W. Europe Standard Time:20260310T153000", "LOCATION:Raum 4.12", "RRULE:FREQ=MONTHLY;INTERVAL=1;BYDAY=2TU", "X-MICROSOFT-CDO-BUSYSTATUS:BUSY"}},
		{"text in HTML", dataclass.Events, origin, []string{"SUMMARY:Quartalsplanung Nordwerk", "DTSTART:20260310T130000Z", "DTEND:20260310T143000Z", "DESCRIPTION:<html><body><p>Bitte Zahlen mitbringen.</p><p>Danach Essen &amp\\; Trinken.</p></body></html>"}},
		{"UTC, nobody attends", dataclass.Events, origin, []string{"UID:zz@other.example", "SUMMARY:Quartalsplanung Nordwerk", "DTSTART:20260310T130000Z", "DURATION:PT1H30M", "RRULE:BYDAY=2TU;FREQ=MONTHLY;WKST=MO", "STATUS:CONFIRMED", "TRANSP:OPAQUE"}},
		{"blanks around the title", dataclass.Events, origin, []string{"SUMMARY: Quartalsplanung  Nordwerk ", "DTSTART;TZID=/freeassociation.sourceforge.net/Europe/Berlin:20260310T140000", "DTEND;TZID=/freeassociation.sourceforge.net/Europe/Berlin:20260310T153000"}},
		{"a mark before the title", dataclass.Events, origin, []string{"SUMMARY:Canceled: Quartalsplanung Nordwerk", "DTSTART:20260310T130000Z", "DTEND:20260310T143000Z", "STATUS:CANCELLED", "LOCATION:Raum 4.12"}},
		{"a day from midnight to midnight in a zone", dataclass.Events, day, []string{"SUMMARY:Betriebsausflug", "DTSTART;TZID=Europe/Berlin:20260612T000000", "DTEND;TZID=Europe/Berlin:20260613T000000"}},
		{"a day from midnight in UTC", dataclass.Events, day, []string{"SUMMARY:Betriebsausflug", "DTSTART:20260611T220000Z", "DTEND:20260612T220000Z"}},
		{"a day without its end", dataclass.Events, day, []string{"SUMMARY:Betriebsausflug", "DTSTART;VALUE=DATE:20260612", "X-APPLE-TRAVEL-ADVISORY-BEHAVIOR:AUTOMATIC"}},
		{"a day to one minute before midnight", dataclass.Events, day, []string{"SUMMARY:Betriebsausflug", "DTSTART:20260612T000000", "DTEND:20260612T235900"}},
		{"a task due on a day", dataclass.Tasks, task, []string{"UID:other", "SUMMARY:Reisepass verlängern", "DUE;VALUE=DATE:20260401", "PRIORITY:5"}},
		{"a task due at midnight UTC", dataclass.Tasks, task, []string{"SUMMARY:Reisepass verlängern", "DUE:20260401T000000Z", "PERCENT-COMPLETE:0", "STATUS:NEEDS-ACTION"}},
		{"a task that is done now", dataclass.Tasks, task, []string{"SUMMARY:Reisepass verlängern", "DUE:20260401T150000Z", "STATUS:COMPLETED", "COMPLETED:20260330T101500Z"}},
		{"a task without a date", dataclass.Tasks, task, []string{"SUMMARY:Reisepass verlängern", "DESCRIPTION:Amt, Zimmer 3"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, b := []Entry{entry(t, tt.class, "a", tt.a...)}, []Entry{entry(t, tt.class, "b", tt.b...)}
			if pairs := Match(a, b, Options{}); len(pairs) != 1 || pairs[0].Verdict != Same {
				t.Errorf("%v", pairs)
			}
		})
	}
}

func TestServersNotes(t *testing.T) {
	text := "Packliste\nZelt, Schlafsack & Kocher\nKarte <alt> mitnehmen"
	for name, s := range map[string]string{
		"in HTML":         "<html><body><div>Packliste</div><div>Zelt, Schlafsack &amp; Kocher</div><div>Karte &lt;alt&gt; mitnehmen</div></body></html>",
		"with CR":         "Packliste\r\nZelt, Schlafsack & Kocher\r\nKarte <alt> mitnehmen\r\n",
		"blank lines":     "Packliste\n\nZelt, Schlafsack & Kocher\n\nKarte <alt> mitnehmen\n\n",
		"a tick per line": "Packliste\n- [ ] Zelt, Schlafsack & Kocher\n- [x] Karte <alt> mitnehmen",
	} {
		if merged, _ := verdicts(Match([]Entry{note(t, "a", text)}, []Entry{note(t, "b", s)}, Options{}), 1, 1); merged != 1 {
			t.Errorf("%s: not merged", name)
		}
	}
}
