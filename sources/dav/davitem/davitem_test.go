package davitem

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/dav/davxml"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

const card = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u\r\nFN:Ann\r\nN:;Ann;;;\r\nEND:VCARD\r\n"

func cal(inside string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//invented//EN\r\n" + inside + "END:VCALENDAR\r\n"
}

const event = "BEGIN:VEVENT\r\nUID:u\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260504T100000Z\r\nDTEND:20260504T110000Z\r\nEND:VEVENT\r\n"

func TestAccept(t *testing.T) {
	zone := "BEGIN:VTIMEZONE\r\nTZID:X\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
	for _, c := range []struct {
		name  string
		class dataclass.Class
		data  string
		want  error
	}{
		{"a card", dataclass.Contacts, card, nil},
		{"without a UID", dataclass.Contacts, strings.Replace(card, "UID:u\r\n", "", 1), nil},
		{"with bare line feeds", dataclass.Contacts, strings.ReplaceAll(card, "\r", ""), nil},
		{"an event behind its zone", dataclass.Events, cal(zone + event), nil},
		{"an event and its exception", dataclass.Events, cal(event + strings.Replace(event, "UID:u", "RECURRENCE-ID:20260504T100000Z\r\nUID:u", 1)), nil},
		{"folded in the middle of a character", dataclass.Contacts, strings.Replace(card, "UID:u", "NOTE:\xc3\r\n \xa4 \xf0\x9f\n\t\x98\x80\r\nUID:u", 1), nil},
		{"half a character", dataclass.Contacts, strings.Replace(card, "UID:u", "NOTE:\xc3\r\n x\r\nUID:u", 1), ErrData},
		{"Windows-1252", dataclass.Contacts, strings.Replace(card, "UID:u", "NOTE:Zo\xeb\r\nUID:u", 1), ErrData},
		{"a byte order mark", dataclass.Contacts, utf8Mark + card, nil},
		{"two events", dataclass.Events, cal(event + strings.Replace(event, "UID:u", "UID:v", 1)), ErrObject},
		{"an event and a task", dataclass.Events, cal(event + strings.ReplaceAll(event, "VEVENT", "VTODO")), ErrObject},
		{"an invitation", dataclass.Events, cal("METHOD:REQUEST\r\n" + event), ErrObject},
		{"a zone alone", dataclass.Events, cal(zone), ErrComponent},
		{"a journal as a note", dataclass.Notes, cal("BEGIN:VJOURNAL\r\nUID:u\r\nSUMMARY:x\r\nEND:VJOURNAL\r\n"), nil},
		{"plain text as a note", dataclass.Notes, "Milk", ErrData},
		{"no version", dataclass.Contacts, strings.Replace(card, "VERSION:3.0\r\n", "", 1), ErrType},
	} {
		t.Run(c.name, func(t *testing.T) {
			body, err := Accept(c.class, []byte(c.data))
			if c.want == nil && (err != nil || string(body.Data) != c.data) {
				t.Errorf("%v", err)
			}
			if c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("%v instead of %v", err, c.want)
			}
		})
	}
}

// The user's fear: a file in another character set shows question marks, the next edit writes them, and the letters are lost.
func TestSentIsUTF8(t *testing.T) {
	with := func(line string) string { return strings.Replace(card, "UID:u", line+"\r\nUID:u", 1) }
	for _, c := range []struct{ name, data, want string }{
		{"folded in the middle of a character", with("NOTE:\xc3\r\n \xa4 \xf0\x9f\n\t\x98\x80"), with("NOTE:ä 😀")},
		{"folded in the middle of one, and between others", with("NOTE:\xe2\r\n \x82\r\n \xac\r\n ä"), with("NOTE:€\r\n ä")},
		{"Windows-1252", with("NOTE:Zo\xeb \x93Q\x94"), with("NOTE:Zoë “Q”")},
		{"a character set that it says", with("NOTE;CHARSET=ISO-8859-1:Zo\xeb"), with("NOTE:Zoë")},
		{"a byte order mark", utf8Mark + card, card},
	} {
		t.Run(c.name, func(t *testing.T) {
			for range 2 {
				sent, stored := Sent(dataclass.Contacts, "made", dataclass.Body{Type: "text/vcard", Data: []byte(c.data)}, Form{})
				if string(sent) != c.want || stored != (c.data == c.want) {
					t.Errorf("%q, stored %v, instead of %q", sent, stored, c.want)
				}
				c.data = string(sent)
			}
			four, _ := Sent(dataclass.Contacts, "made", dataclass.Body{Type: "text/vcard", Data: []byte(c.data)}, Form{Card4: true})
			if !utf8.Valid(four) || !strings.Contains(string(four), "UID:u") {
				t.Errorf("as 4.0: %q", four)
			}
		})
	}
}

// What is sent of an item is the same every time, and what a client stores of it is sent back as it is.
func TestSentIsStable(t *testing.T) {
	for _, c := range []struct {
		name  string
		class dataclass.Class
		kind  string
		data  string
		has   string
	}{
		{"no UID", dataclass.Contacts, "text/vcard;version=3.0", strings.Replace(card, "UID:u\r\n", "", 1), "UID:bindery-id;1"},
		{"an empty UID", dataclass.Contacts, "text/vcard;version=3.0", strings.Replace(card, "UID:u", "UID:", 1), "UID:bindery-id"},
		{"2.1", dataclass.Contacts, "text/x-vcard", "BEGIN:VCARD\r\nVERSION:2.1\r\nN:A;B\r\nUID:own\r\nEND:VCARD\r\n", "UID:own"},
		{"1.0", dataclass.Events, "text/x-vcalendar", "BEGIN:VCALENDAR\r\nVERSION:1.0\r\nBEGIN:VEVENT\r\nDTSTART:20260504T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", "UID:bindery-id"},
		{"an exception without a UID", dataclass.Events, "text/calendar", cal(event + "BEGIN:VEVENT\r\nRECURRENCE-ID:20260504T100000Z\r\nDTSTART:20260504T120000Z\r\nEND:VEVENT\r\n"), "UID:u"},
		{"text", dataclass.Notes, "text/plain", "Milk", "UID:bindery-id"},
		{"garbage", dataclass.Contacts, "text/vcard", "garbage\n", "garbage"},
	} {
		t.Run(c.name, func(t *testing.T) {
			sent, _ := Sent(c.class, "bindery-id;1", dataclass.Body{Type: c.kind, Data: []byte(c.data)}, Form{})
			if !strings.Contains(string(sent), strings.ReplaceAll(c.has, ";", `\;`)) && !strings.Contains(string(sent), c.has) {
				t.Fatalf("no %s in %s", c.has, sent)
			}
			if c.name == "garbage" {
				return
			}
			body, err := Accept(c.class, sent)
			if err != nil {
				t.Fatalf("%v: %s", err, sent)
			}
			if again, same := Sent(c.class, "bindery-id;1", body, Form{}); !same || string(again) != string(sent) {
				t.Errorf("%s became %s", sent, again)
			}
		})
	}
}

func TestSpans(t *testing.T) {
	day := 24 * time.Hour
	for _, c := range []struct {
		name, inside string
		from, to     string
	}{
		{"one event", event, "20260504T100000Z", "20260504T110000Z"},
		{"three times", strings.Replace(event, "UID", "RRULE:FREQ=DAILY;COUNT=3\r\nUID", 1), "20260504T100000Z", "20260506T110000Z"},
		{"without end", strings.Replace(event, "UID", "RRULE:FREQ=DAILY\r\nUID", 1), "20260504T100000Z", ""},
		{"a rule that nobody can read", strings.Replace(event, "UID", "RRULE:FREQ=ODDLY\r\nUID", 1), "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := SpanOf(dataclass.Events, []byte(cal(c.inside)))
			from, to := firstTime, lastTime
			if c.from != "" {
				from, _ = time.Parse(utcLayout, c.from)
			}
			if c.to != "" {
				to, _ = time.Parse(utcLayout, c.to)
			}
			if r.From.After(from) || r.To.Before(to) {
				t.Errorf("%v leaves something out", r)
			}
			if c.from != "" && from.Sub(r.From) > 2*day || c.to != "" && r.To.Sub(to) > 2*day {
				t.Errorf("%v is too wide", r)
			}
		})
	}
}

// Whatever a filter asks: a card that meets it has the needle among its words.
func FuzzNeedle(f *testing.F) {
	f.Add("FN", "ann", "Ann", true)
	f.Add("EMAIL", "İ", "İx", false)
	f.Add("FN", "mu\u0308ller", "M\u00fcller", true)
	f.Add("N", `a\;b`, `a\;b`, true)
	f.Fuzz(func(t *testing.T, prop, text, value string, all bool) {
		filter := xmltree.New(davxml.CardDAV, "filter")
		if all {
			filter.SetAttr("", "test", "allof")
		}
		match := xmltree.New(davxml.CardDAV, "text-match", xmltree.Text(text))
		filter.Add(xmltree.New(davxml.CardDAV, "prop-filter").SetAttr("", "name", prop).Add(match))
		q, err := ParseCardFilter(filter)
		if err != nil {
			return
		}
		data := []byte("BEGIN:VCARD\r\nVERSION:3.0\r\n" + prop + ":" + value + "\r\nEND:VCARD\r\n")
		if q.Holds(data) && !strings.Contains(Words(data), q.Needle()) {
			t.Errorf("%q is not in %q", q.Needle(), Words(data))
		}
	})
}

// Whatever is stored: it is sent, checked and cut without a panic, and what may be stored is sent as it is.
func FuzzSent(f *testing.F) {
	for _, s := range []string{card, cal(event), "BEGIN:VCARD\nVERSION:2.1\nN:a\nEND:VCARD", "Milk", cal("BEGIN:VTODO\r\nEND:VTODO\r\n")} {
		f.Add([]byte(s), "id")
	}
	f.Add([]byte("BEGIN:VCARD\r\nVERSION:3.0\r\nEND:VCARD\n"), "\xe7\x00")
	span := &Range{firstTime, lastTime}
	f.Fuzz(func(t *testing.T, data []byte, id string) {
		id = strings.ToValidUTF8(id, "?") // the datastore takes no other ids
		for _, class := range []dataclass.Class{dataclass.Contacts, dataclass.Events, dataclass.Tasks, dataclass.Notes} {
			body, err := Accept(class, data)
			if err == nil && string(body.Data) != string(data) {
				t.Errorf("%q is stored as %q", data, body.Data)
			}
			sent, same := Sent(class, id, dataclass.Body{Data: data}, Form{})
			if err == nil && !utf8.Valid(sent) {
				t.Errorf("%q is sent as %q", data, sent)
			}
			if same && string(sent) != string(data) {
				t.Errorf("%q is not %q", sent, data)
			}
			_, _ = Part{Expand: span, Props: []string{"UID"}}.Cut(class, sent) // only a panic is wrong
			_, _ = BusyIn(sent, *span)                                         // the same
			SpanOf(class, sent)
			Words(sent)
		}
	})
}
