package dataclass

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestWithUID(t *testing.T) {
	lines := func(s ...string) string { return strings.Join(s, "\r\n") + "\r\n" }
	for _, tt := range []struct{ name, in, want string }{
		{"a card", lines("BEGIN:VCARD", "VERSION:3.0", "FN:a", "END:VCARD"), lines("BEGIN:VCARD", "VERSION:3.0", "UID:x-1", "FN:a", "END:VCARD")},
		{"a card of a phone", lines("BEGIN:VCARD", "N:a;b", "VERSION:2.1", "END:VCARD"), lines("BEGIN:VCARD", "UID:x-1", "N:a;b", "VERSION:2.1", "END:VCARD")},
		{"a card in a card", lines("BEGIN:VCARD", "VERSION:2.1", "AGENT:", "BEGIN:VCARD", "VERSION:2.1", "N:b", "END:VCARD", "END:VCARD"),
			lines("BEGIN:VCARD", "VERSION:2.1", "UID:x-1", "AGENT:", "BEGIN:VCARD", "VERSION:2.1", "N:b", "END:VCARD", "END:VCARD")},
		{"plain line ends", "begin:vcard\nversion:3.0\nFN:a\nend:vcard\n", "begin:vcard\nversion:3.0\nUID:x-1\nFN:a\nend:vcard\n"},
		{"an empty card", lines("BEGIN:VCARD", "END:VCARD"), lines("BEGIN:VCARD", "UID:x-1", "END:VCARD")},
		{"each entry of a calendar", lines("BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VTIMEZONE", "TZID:z", "BEGIN:STANDARD", "END:STANDARD", "END:VTIMEZONE", "BEGIN:VEVENT", "BEGIN:VALARM", "END:VALARM", "END:VEVENT", "BEGIN:VEVENT", "END:VEVENT", "END:VCALENDAR"),
			lines("BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VTIMEZONE", "TZID:z", "BEGIN:STANDARD", "END:STANDARD", "END:VTIMEZONE", "BEGIN:VEVENT", "UID:x-1", "BEGIN:VALARM", "END:VALARM", "END:VEVENT", "BEGIN:VEVENT", "UID:x-1", "END:VEVENT", "END:VCALENDAR")},
		{"a text that looks like an entry", lines("BEGIN:VCALENDAR", "BEGIN:VTODO", "DESCRIPTION;ENCODING=QUOTED-PRINTABLE:a=", "BEGIN:VEVENT=", "BEGIN:VCARD", "END:VTODO", "END:VCALENDAR"),
			lines("BEGIN:VCALENDAR", "BEGIN:VTODO", "UID:x-1", "DESCRIPTION;ENCODING=QUOTED-PRINTABLE:a=", "BEGIN:VEVENT=", "BEGIN:VCARD", "END:VTODO", "END:VCALENDAR")},
		{"a text", "Milk\nBEGIN:VCARD is a line", "Milk\nBEGIN:VCARD is a line"},
		{"nothing", "", ""},
		{"cut off", "BEGIN:VCARD", "BEGIN:VCARD"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(WithUID([]byte(tt.in), "x-1")); got != tt.want {
				t.Errorf("%q\nwant %q", got, tt.want)
			}
		})
	}
}

// mustOnlyName fails if a UID changes anything else of an item.
func mustOnlyName(t interface {
	Helper()
	Errorf(string, ...any)
}, class Class, body Body) {
	t.Helper()
	it, err := Decode(class, body)
	if err != nil || Peek(body.Data).UID != "" || class == Notes {
		return
	}
	named := Body{Type: body.Type, Data: WithUID(body.Data, MadeUID("7"))}
	got, err := Decode(class, named)
	switch {
	case err != nil:
		t.Errorf("%v:\n%s", err, named.Data)
	case got.Fingerprint() != it.Fingerprint() || got.UID() != "bindery-7" || Peek(named.Data).UID != "bindery-7":
		t.Errorf("UID %q, says the same: %v\n%s\nwas\n%s", got.UID(), got.Fingerprint() == it.Fingerprint(), named.Data, body.Data)
	}
}

// An item with a UID says what it said: of all that is kept of real programs, without the lines that name it.
func TestWithUIDChangesNothingElse(t *testing.T) {
	n := 0
	for _, pattern := range []string{"testdata/cards/*.vcf", "testdata/corpus/*/*"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			var kept [][]byte
			for _, line := range bytes.SplitAfter(data, []byte("\n")) {
				if !bytes.HasPrefix(bytes.ToUpper(line), []byte("UID")) {
					kept = append(kept, line)
				}
			}
			for _, class := range []Class{Contacts, Events, Tasks} {
				if it, err := Decode(class, Body{Data: bytes.Join(kept, nil)}); err == nil {
					n++
					mustOnlyName(t, class, it.Body())
				}
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d items", n)
	}
}

// Whatever the lines are, those that were there are there in their order, and nothing but UIDs came.
func TestWithUIDKeepsEveryLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOf(rapid.SampledFrom([]string{
			"BEGIN:VCARD\r\n", "END:VCARD\n", "BEGIN:VCALENDAR\n", "BEGIN:VEVENT\r\n", "END:VEVENT\r\n", "END:VCALENDAR\r\n", "VERSION:2.1\r\n", " folded\r\n",
			"N;ENCODING=QUOTED-PRINTABLE:a=\r\n", "UID:\r\n", "BEGIN:VTIMEZONE\n", "END:VTIMEZONE\n", ":", "\n", "FN:ä\x00\n",
		})).Draw(t, "lines")
		in := strings.Join(list, "")
		out := string(WithUID([]byte(in), "bindery-7"))
		out = strings.ReplaceAll(strings.ReplaceAll(out, "UID:bindery-7\r\n", ""), "UID:bindery-7\n", "")
		if out != in {
			t.Fatalf("%q\nwas %q", out, in)
		}
	})
}
