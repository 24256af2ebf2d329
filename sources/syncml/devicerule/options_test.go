package devicerule

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/dataclass"
)

// with gives the options of a rule that is written so.
func with(t *testing.T, options string) Rules {
	t.Helper()
	table, err := Parse("test.toml", []byte("[[rule]]\nname = \"test\"\nmatch.model = [\"*\"]\n"+options))
	if err != nil {
		t.Fatal(err)
	}
	return table.Match(Device{})
}

// asUsual are the cases in which the option asks for what holds anyway.
var asUsual = map[string]bool{"nothing": true, "UTC": true, "both alarms": true, "days until midnight": true,
	"times that float stay so": true, "text that is not ASCII": true, "a limit of another dataclass": true}

// TestOptionsOfWhatIsSent has every option that changes what a phone is sent act alone.
func TestOptionsOfWhatIsSent(t *testing.T) {
	for _, tt := range []struct {
		name, options, item string
		want, no            []string
	}{
		{"nothing", "", meeting, []string{"DTSTART:20240115T090000Z", "DALARM:", "AALARM:"}, nil},
		{"local times", `outgoing_times = "local"`, meeting, []string{"DTSTART:20240115T100000\r\n"}, []string{"Z\r\n"}},
		{"local times of a zone", "outgoing_times = \"local\"\nzone = \"Asia/Tokyo\"", meeting, []string{"DTSTART:20240115T180000\r\n"}, nil},
		{"times that float stay so", `outgoing_times = "local"`, vevent("DTSTART:20240115T090000"), []string{"DTSTART:20240115T090000\r\n"}, nil},
		{"UTC", `outgoing_times = "utc"`, meeting, []string{"DTSTART:20240115T090000Z"}, nil},
		{"alarms in UTC", "outgoing_times = \"local\"\nalarms_utc = true", meeting, []string{"DTSTART:20240115T100000\r\n", "DALARM:20240115T084500Z"}, nil},
		{"both alarms", `alarms = "both"`, meeting, []string{"DALARM:", "AALARM:"}, nil},
		{"alarms to be seen", `alarms = "display"`, meeting, []string{"DALARM:"}, []string{"AALARM:"}},
		{"alarms to be heard", `alarms = "audio"`, meeting, []string{"AALARM:"}, []string{"DALARM:"}},
		{"no alarms", `alarms = "none"`, meeting, []string{"DTSTART"}, []string{"ALARM"}},
		{"the first year", "since = 1990", series, []string{"DTSTART:19900303"}, nil},
		{"days until midnight", `all_day = "midnight"`, holiday, []string{"DTSTART:20240303T000000\r\n", "DTEND:20240305T000000\r\n"}, nil},
		{"days whose end counts", `all_day = "last-minute"`, holiday, []string{"DTSTART:20240303T000000\r\n", "DTEND:20240304T235900\r\n"}, nil},
		{"days until 24:00", `all_day = "24h"`, holiday, []string{"DTEND:20240304T240000Z\r\n"}, nil},
		{"days as dates", `all_day = "date"`, holiday, []string{":20240303\r\n", ":20240305\r\n"}, nil},
		{"the entry type of EPOC", "epoc_entry_type = true", holiday, []string{"X-EPOCAGENDAENTRYTYPE:EVENT"}, nil},
		{"three priorities", "three_priorities = true", vtodo("PRIORITY:2"), []string{"PRIORITY:1"}, nil},
		{"prefixed categories", "prefix_categories = true", vevent("DTSTART:20240115T090000Z", "CATEGORIES:Garden"), []string{"CATEGORIES:X-Garden"}, nil},
		{"a character set", `output_charset = "iso-8859-2"`, vcard("NOTE:Žižka ü"), []string{"NOTE;CHARSET=ISO-8859-2;ENCODING=QUOTED-PRINTABLE:=AEi=BEka =FC"}, nil},
		{"text that the set lacks", `output_charset = "iso-8859-1"`, vcard("NOTE:Grüße", "TITLE:Шаг", "ROLE:5 €"), []string{"NOTE;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:Gr=FC=DFe", "TITLE;CHARSET=UTF-8;", "ROLE;CHARSET=UTF-8;"}, nil},
		{"text that the set lacks, spelled out", "output_charset = \"iso-8859-1\"\nspell_out = true", vcard("NOTE:Grüße ✓", "ROLE:5 €"), []string{"Gr=FC=DFe ?", "ROLE:5 EUR"}, []string{"UTF-8"}},
		{"text that is not ASCII", `output_charset = "us-ascii"`, vcard("NOTE:Grüße", "TITLE:plain"), []string{"NOTE;CHARSET=UTF-8;", "TITLE:plain"}, nil},
		{"ASCII", "output_charset = \"us-ascii\"\nspell_out = true", vcard("NOTE:Grüße"), []string{"NOTE:Grusse\r\n"}, []string{"CHARSET"}},
		{"a long text in a character set", `output_charset = "iso-8859-1"`, vcard("NOTE:" + strings.Repeat("ü", 60)), []string{"=FC=\r\n=FC"}, []string{strings.Repeat("=FC", 26)}},
		{"no folding", "no_folding = true", vcard("NOTE:"+strings.Repeat("ü", 60), "PHOTO;ENCODING=b:"+strings.Repeat("AAAA", 60)), []string{strings.Repeat("=C3=BC", 60), strings.Repeat("AAAA", 60) + "\r\n\r\n"}, []string{"=\r\n", "\r\n "}},
		{"nothing empty", "no_empty = true", vcard("NOTE:", "TITLE:x"), []string{"TITLE:x"}, []string{"NOTE"}},
		{"INTERNET", "email_internet = true", "BEGIN:VCARD\r\nVERSION:2.1\r\nN:A\r\nEMAIL;HOME:a@example.org\r\nEMAIL;X400:c=no\r\nEMAIL;INTERNET:b@example.org\r\nEND:VCARD\r\n",
			[]string{"EMAIL;HOME;INTERNET:a@", "EMAIL;X400:c=no", "EMAIL;INTERNET:b@"}, []string{"INTERNET;INTERNET"}},
		{"properties that are dropped", `drop = ["note", "TITLE"]`, vcard("NOTE:a", "TITLE:b", "ROLE:c"), []string{"ROLE:c"}, []string{"NOTE", "TITLE"}},
		{"a limit of length", "[[rule.limit]]\nproperty = \"NOTE\"\nsize = 4", vcard("NOTE:abcdef"), []string{"NOTE:abcd\r\n"}, nil},
		{"a limit in octets", "[[rule.limit]]\nproperty = \"NOTE\"\nsize = 4\noctets = true", vcard("NOTE:aüüü"), []string{":a=C3=BC\r\n"}, nil},
		{"a limit that cuts nothing", "[[rule.limit]]\nproperty = \"NOTE\"\nsize = 4\nwhole = true", vcard("NOTE:abcdef", "ROLE:x"), []string{"ROLE:x"}, []string{"NOTE"}},
		{"a limit of number", "[[rule.limit]]\nproperty = \"TEL\"\nonly = [\"CELL\"]\ncount = 1", vcard("TEL;TYPE=CELL:1", "TEL;TYPE=CELL:2", "TEL;TYPE=HOME:3", "TEL;TYPE=HOME:4"), []string{":1\r\n", ":3\r\n", ":4\r\n"}, []string{":2\r\n"}},
		{"a limit of types", "[[rule.limit]]\nproperty = \"TEL\"\ntypes = [\"CELL\"]", vcard("TEL;TYPE=CELL:1", "TEL;TYPE=HOME:2"), []string{"TEL;CELL:1", "TEL:2"}, nil},
		{"no types", "[[rule.limit]]\nproperty = \"TEL\"\nno_types = true", vcard("TEL;TYPE=CELL:1"), []string{"TEL:1"}, nil},
		{"a limit of values", "[[rule.limit]]\nproperty = \"CLASS\"\nvalues = [\"PUBLIC\"]", vevent("DTSTART:20240115T090000Z", "CLASS:PRIVATE"), []string{"DTSTART"}, []string{"CLASS"}},
		{"a limit of parts", "[[rule.limit]]\nproperty = \"N\"\nparts = 1", vcard(), []string{"N:Lovelace"}, []string{"N:Lovelace;Ada"}},
		{"a limit of another dataclass", "[[rule.limit]]\nproperty = \"NOTE\"\ndataclass = \"Events\"\nnever = true", vcard("NOTE:a"), []string{"NOTE:a"}, nil},
		{"a limit of that dataclass", "[[rule.limit]]\nproperty = \"LOCATION\"\ndataclass = \"Events\"\nnever = true", vevent("DTSTART:20240115T090000Z", "LOCATION:here"), nil, []string{"LOCATION"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := sent(t, with(t, tt.options), tt.item)
			if plain := sent(t, Rules{}, tt.item); plain == got != asUsual[tt.name] {
				t.Errorf("with the option and without it the phone is sent\n%s", got)
			}
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

// TestWriteSaysTheSame: an item that was dressed for a phone is the same item, in every format.
func TestWriteSaysTheSame(t *testing.T) {
	r := with(t, "no_folding = true\nemail_internet = true\noutput_charset = \"iso-8859-1\"")
	for f, text := range map[dataclass.Format]string{
		dataclass.VCard21:     "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8:Grün;Ä\r\nNOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:=C3=BC=\r\n=0D=0Aend =3D \r\nPHOTO;ENCODING=BASE64:\r\n /9j/\r\n\r\nEMAIL:a@example.org\r\nEND:VCARD\r\n",
		dataclass.VCard30:     vcard("NOTE:" + strings.Repeat("ü\\n", 60)),
		dataclass.ICalendar20: meeting,
		dataclass.PlainText:   "Title\r\nü",
	} {
		class := dataclass.Contacts
		switch f {
		case dataclass.ICalendar20:
			class = dataclass.Events
		case dataclass.PlainText:
			class = dataclass.Notes
		}
		was, err := dataclass.Decode(class, dataclass.Body{Type: f.String(), Data: []byte(text)})
		if err != nil {
			t.Fatal(err)
		}
		is, err := dataclass.Decode(class, dataclass.Body{Type: f.String(), Data: r.Write(f, []byte(text))})
		if err != nil {
			t.Fatal(err)
		}
		if was.Fingerprint() != is.Fingerprint() {
			t.Errorf("%v became\n%s", f, r.Write(f, []byte(text)))
		}
	}
}

func vcal10(lines ...string) string {
	return crlf("BEGIN:VCALENDAR", "VERSION:1.0", "BEGIN:VEVENT", strings.Join(lines, "\r\n"), "END:VEVENT", "END:VCALENDAR")
}

// TestRead is how items are understood that a phone sends.
func TestRead(t *testing.T) {
	for _, tt := range []struct {
		name, options, typ, in, want string
	}{
		{"times that are no UTC", `incoming_times = "local"`, "text/x-vcalendar", vcal10("DTSTART:20240115T100000Z", "DTEND:20240115T110000Z", "RRULE:W1 MO 20241231T000000Z", "AALARM:20240115T094500Z;;1"),
			vcal10("DTSTART:20240115T100000", "DTEND:20240115T110000", "RRULE:W1 MO 20241231T000000", "AALARM:20240115T094500;;1")},
		{"2.17a NOKIA/9500: times that are UTC", `incoming_times = "utc"`, "text/x-vcalendar", vcal10("DTSTART:20240115T100000", "DTEND:20240115T110000Z", "EXDATE:20240122T100000;20240129T100000"),
			vcal10("DTSTART:20240115T100000Z", "DTEND:20240115T110000Z", "EXDATE:20240122T100000Z;20240129T100000Z")},
		{"whole days are in no zone", `incoming_times = "utc"`, "text/x-vcalendar", vcal10("DTSTART:20240303T000000", "DTEND:20240304T000000"), vcal10("DTSTART:20240303T000000", "DTEND:20240304T000000")},
		{"whole days until 24:00", `incoming_times = "local"`, "text/x-vcalendar", vcal10("DTSTART:20240303T000000Z", "DTEND:20240303T240000Z"), vcal10("DTSTART:20240303T000000Z", "DTEND:20240303T240000Z")},
		{"an hour from midnight on", `incoming_times = "utc"`, "text/x-vcalendar", vcal10("DTSTART:20240303T000000", "DTEND:20240303T010000"), vcal10("DTSTART:20240303T000000Z", "DTEND:20240303T010000Z")},
		{"a time in words", `incoming_times = "utc"`, "text/x-vcalendar", vcal10("DTSTART:20240303T100000", "SUMMARY:at 20240303T100000"), vcal10("DTSTART:20240303T100000Z", "SUMMARY:at 20240303T100000")},
		{"iCalendar", `incoming_times = "utc"`, "text/calendar", meeting, meeting},
		{"2.17a Ericsson T68: text that is no UTF-8", `input_charset = "windows-1252"`, "text/x-vcard", "BEGIN:VCARD\r\nN:Gr\xfcn\r\nNOTE:\x80\r\nEND:VCARD\r\n", "BEGIN:VCARD\r\nN;CHARSET=windows-1252:Gr\xfcn\r\nNOTE;CHARSET=windows-1252:\x80\r\nEND:VCARD\r\n"},
		{"quoted text that is no UTF-8", `input_charset = "iso-8859-1"`, "text/x-vcard", "BEGIN:VCARD\r\nN;ENCODING=QUOTED-PRINTABLE:Gr=FC=\r\n=fcn\r\nEND:VCARD\r\n", "BEGIN:VCARD\r\nN;ENCODING=QUOTED-PRINTABLE;CHARSET=iso-8859-1:Gr=FC=\r\n=fcn\r\nEND:VCARD\r\n"},
		{"UTF-8", `input_charset = "iso-8859-1"`, "text/x-vcard", "BEGIN:VCARD\r\nN:Grün\r\nNOTE;ENCODING=QUOTED-PRINTABLE:=C3=BC\r\nEND:VCARD\r\n", "BEGIN:VCARD\r\nN:Grün\r\nNOTE;ENCODING=QUOTED-PRINTABLE:=C3=BC\r\nEND:VCARD\r\n"},
		{"text that names its character set", `input_charset = "iso-8859-1"`, "text/x-vcard", "BEGIN:VCARD\r\nN;CHARSET=windows-1251:\xcf\r\nEND:VCARD\r\n", "BEGIN:VCARD\r\nN;CHARSET=windows-1251:\xcf\r\nEND:VCARD\r\n"},
		{"properties that are ignored", `ignore = ["uid", "PHOTO"]`, "text/x-vcard", "BEGIN:VCARD\r\nUID:1\r\n 2\r\nPHOTO;ENCODING=BASE64:\r\n AAAA\r\n\r\nitem1.NOTE;ENCODING=QUOTED-PRINTABLE:a=\r\nUID:b\r\nEND:VCARD\r\n",
			"BEGIN:VCARD\r\n\r\nitem1.NOTE;ENCODING=QUOTED-PRINTABLE:a=\r\nUID:b\r\nEND:VCARD\r\n"},
		{"no property can be its frame", `ignore = ["BEGIN", "END"]`, "text/x-vcard", "BEGIN:VCARD\r\nEND:VCARD\r\n", "BEGIN:VCARD\r\nEND:VCARD\r\n"},
		{"what is no card at all", `ignore = ["UID"]`, "text/x-vcard", "nothing\nof the sort", "nothing\nof the sort"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := with(t, tt.options)
			got := r.Read(dataclass.Body{Type: tt.typ, Data: []byte(tt.in)})
			if diff := cmp.Diff(tt.want, string(got.Data)); diff != "" || got.Type != tt.typ {
				t.Errorf("%s: %s", got.Type, diff)
			}
			if again := r.Read(got); string(again.Data) != string(got.Data) {
				t.Errorf("read again it is\n%s", again.Data)
			}
		})
	}
}

// TestReadText: plain text names its character set in its type.
func TestReadText(t *testing.T) {
	r := with(t, `input_charset = "windows-1251"`)
	for typ, want := range map[string]string{"text/plain": "text/plain; charset=windows-1251", "text/plain;version=1.0": "text/plain; charset=windows-1251; version=1.0", "text/plain; charset=koi8-r": "text/plain; charset=koi8-r"} {
		b := r.Read(dataclass.Body{Type: typ, Data: []byte("\xcf\xd0")})
		if b.Type != want {
			t.Errorf("%q became %q", typ, b.Type)
		}
		if _, err := dataclass.Decode(dataclass.Notes, b); err != nil {
			t.Error(err)
		}
	}
	if b := r.Read(dataclass.Body{Type: "text/plain", Data: []byte("Пр")}); b.Type != "text/plain" {
		t.Errorf("UTF-8 became %q", b.Type)
	}
}

// TestShapeBesideDeclarations: what the rules say goes together with what the phone declares.
func TestShapeBesideDeclarations(t *testing.T) {
	told := dataclass.Capabilities{Complete: true, MaxSize: 900, Parts: map[string]int{"ORG": 1}, Limits: []dataclass.Limit{{Name: "PHOTO", Size: 256}, {Name: "N", Size: 20, Count: 1}}}
	for _, tt := range []struct {
		name, options string
		want          dataclass.Capabilities
	}{
		{"nothing", "", told},
		{"2.17a NOKIA/*: sizes", "ignore_sizes = true\n[[rule.limit]]\nproperty = \"NOTE\"\nsize = 80",
			dataclass.Capabilities{Complete: true, MaxSize: 900, Parts: told.Parts, Limits: []dataclass.Limit{{Name: "PHOTO"}, {Name: "N", Count: 1}, {Name: "NOTE", Size: 80}}}},
		{"2.17b P990: what it demands and does not declare", "epoc_entry_type = true",
			dataclass.Capabilities{Complete: true, MaxSize: 900, Parts: told.Parts, Limits: append(slices.Clone(told.Limits), dataclass.Limit{Name: "X-EPOCAGENDAENTRYTYPE"}),
				Calendar: dataclass.CalendarStyle{EpocEntryType: true}}},
		{"2.17a SyncJe: CTCap", "ignore_ctcap = true\ndrop = [\"URL\"]", dataclass.Capabilities{Limits: []dataclass.Limit{{Name: "URL", Never: true}}}},
	} {
		r := with(t, tt.options)
		got := r.Shape(told, dataclass.Contacts, oslo)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
		if len(told.Limits) != 2 || told.Limits[0].Size != 256 || len(told.Parts) != 1 {
			t.Fatalf("%s: the declaration itself was changed", tt.name)
		}
	}
}

// TestExceptions: a series is sent to a phone with its exceptions only if a rule says so.
func TestExceptions(t *testing.T) {
	item, err := dataclass.Decode(dataclass.Events, dataclass.Body{Type: "text/calendar", Data: []byte(crlf("BEGIN:VCALENDAR", "VERSION:2.0",
		"BEGIN:VEVENT", "UID:1", "DTSTART:20240115T090000Z", "RRULE:FREQ=WEEKLY", "END:VEVENT",
		"BEGIN:VEVENT", "UID:1", "RECURRENCE-ID:20240122T090000Z", "DTSTART:20240122T110000Z", "SUMMARY:x", "END:VEVENT", "END:VCALENDAR"))})
	if err != nil {
		t.Fatal(err)
	}
	for options, want := range map[string]bool{"": false, "exceptions = false": false, "exceptions = true": true} {
		r := with(t, options)
		out, err := dataclass.Render(item, dataclass.ICalendar20, r.Shape(dataclass.Capabilities{}, dataclass.Events, ""))
		if err != nil {
			t.Fatal(err)
		}
		if text := string(out.Body().Data); strings.Contains(text, "RECURRENCE-ID") != want || strings.Contains(text, "EXDATE:20240122T090000Z") == want {
			t.Errorf("with %q:\n%s", options, text)
		}
	}
}
