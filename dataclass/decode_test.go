package dataclass

import (
	"errors"
	"strings"
	"testing"
)

func TestDecodeErrors(t *testing.T) {
	deep := strings.Repeat("BEGIN:A\n", 9)
	for _, tt := range []struct {
		name, in, mediaType string
		want                error
	}{
		{"empty", "", "", ErrMalformed},
		{"no card", "hello", "", ErrMalformed},
		{"text before", "x\nBEGIN:VCARD\nVERSION:3.0\nEND:VCARD", "", ErrMalformed},
		{"text behind", "BEGIN:VCARD\nVERSION:3.0\nEND:VCARD\nx", "", ErrMalformed},
		{"two cards", strings.Repeat("BEGIN:VCARD\nVERSION:3.0\nEND:VCARD\n", 2), "", ErrMalformed},
		{"no END", "BEGIN:VCARD\nVERSION:3.0\nFN:a", "", ErrMalformed},
		{"other END", "BEGIN:VCARD\nVERSION:3.0\nEND:VCALENDAR", "", ErrMalformed},
		{"END alone", "END:VCARD", "", ErrMalformed},
		{"BEGIN without name", "BEGIN:\nEND:", "", ErrMalformed},
		{"calendar", "BEGIN:VCALENDAR\nVERSION:2.0\nEND:VCALENDAR", "", ErrMalformed},
		{"empty version", "BEGIN:VCARD\nVERSION:\nEND:VCARD", "", ErrMalformed},
		{"version 5.0", "BEGIN:VCARD\nVERSION:5.0\nEND:VCARD", "", ErrUnsupported},
		{"other type", "BEGIN:VCARD\nVERSION:3.0\nEND:VCARD", "text/plain", ErrUnsupported},
		{"too deep", "BEGIN:VCARD\nVERSION:3.0\n" + deep, "", ErrTooBig},
		{"too many bytes", "BEGIN:VCARD\nVERSION:3.0\nNOTE:" + strings.Repeat("a", 8<<20) + "\nEND:VCARD", "", ErrTooBig},
		{"too many properties", "BEGIN:VCARD\nVERSION:3.0\n" + strings.Repeat("A:\n", 20_001) + "END:VCARD", "", ErrTooBig},
		{"too many categories", "BEGIN:VCARD\nVERSION:3.0\nCATEGORIES:" + strings.Repeat(",", 5000) + "\nEND:VCARD", "", ErrTooBig},
		{"too many types", "BEGIN:VCARD\nVERSION:3.0\nA;B=" + strings.Repeat(",", 100) + ":\nEND:VCARD", "", ErrTooBig},
		{"too many parameters", "BEGIN:VCARD\nVERSION:3.0\nA" + strings.Repeat(";B=c", 101) + ":\nEND:VCARD", "", ErrTooBig},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if it, err := Decode(Contacts, Body{Type: tt.mediaType, Data: []byte(tt.in)}); !errors.Is(err, tt.want) || it != nil {
				t.Errorf("got %v", err)
			}
		})
	}
	if _, err := Decode(Events, Body{Data: []byte("BEGIN:VCARD\nVERSION:3.0\nEND:VCARD")}); !errors.Is(err, ErrMalformed) {
		t.Errorf("events: %v", err)
	}
}

func TestContentDecidesTheDialect(t *testing.T) {
	text := "BEGIN:VCARD\r\n%FN:a\\nb\r\nEND:VCARD\r\n"
	for _, tt := range []struct {
		name, version, mediaType string
		want                     Format
		fn                       string
	}{
		{"3.0 under x-vcard", "VERSION:3.0\r\n", "text/x-vcard", VCard30, "a\nb"},
		{"2.1 under vcard 3.0", "version: 2.1 \r\n", "text/vcard;version=3.0", VCard21, `a\nb`},
		{"no version, vcard", "", "text/vcard", VCard30, "a\nb"},
		{"no version, x-vcard", "", "text/x-vcard", VCard21, `a\nb`},
		{"no version, type with version", "", "text/x-vcard;version=3.0", VCard30, "a\nb"},
		{"nothing", "", "", VCard21, `a\nb`},
		{"directory", "VERSION:3.0\r\n", "text/directory;profile=vcard", VCard30, "a\nb"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			it, err := Decode(Contacts, Body{Type: tt.mediaType, Data: []byte(strings.Replace(text, "%", tt.version, 1))})
			if err != nil {
				t.Fatal(err)
			}
			if c, _ := AsContact(it); it.Format() != tt.want || c.FormattedName() != tt.fn {
				t.Errorf("%v, %q", it.Format(), c.FormattedName())
			}
			checkItem(t, it)
		})
	}
}

func TestLineEndsAndMarks(t *testing.T) {
	want := card(t, "FN:Jörg", "NOTE:x").Fingerprint()
	text := "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Jörg\r\nNOTE:\r\n x\r\nEND:VCARD\r\n"
	for name, in := range map[string]string{
		"CRLF":            text,
		"LF":              strings.ReplaceAll(text, "\r\n", "\n"),
		"CR":              strings.ReplaceAll(text, "\r\n", "\r"),
		"CR CRLF":         strings.ReplaceAll(text, "\r\n", "\r\r\n"),
		"UTF-8 mark":      "\xEF\xBB\xBF" + text,
		"UTF-16 LE":       inUTF16(text, false),
		"UTF-16 BE":       inUTF16(text, true),
		"NUL at the end":  text + "\x00",
		"no end of line":  strings.TrimSpace(text),
		"blank lines":     "\r\n \r\n" + strings.Replace(text, "FN", "\r\n\r\nFN", 1) + "\r\n\r\n",
		"lower case ends": strings.ReplaceAll(text, "VCARD", "vCard"),
	} {
		t.Run(name, func(t *testing.T) {
			if it := mustDecode(t, in); it.Fingerprint() != want {
				t.Errorf("got %q", it.Body().Data)
			}
		})
	}
}

func inUTF16(s string, big bool) string {
	out := []byte{0xFF, 0xFE}
	for _, r := range s {
		out = append(out, byte(r), byte(r>>8))
	}
	if big {
		for i := 0; i < len(out); i += 2 {
			out[i], out[i+1] = out[i+1], out[i]
		}
	}
	return string(out)
}

func TestParseFormat(t *testing.T) {
	for in, want := range map[string]Format{
		"text/vcard;version=3.0":        VCard30,
		`TEXT/X-VCARD; version="2.1"`:   VCard21,
		"text/x-vcard; charset=utf-8":   {Type: "text/x-vcard"},
		"text/x-vcard;;version=2.1; x;": VCard21,
		" text/plain ":                  {Type: "text/plain"},
		"":                              {},
	} {
		if got := ParseFormat(in); got != want {
			t.Errorf("%q: got %+v", in, got)
		}
	}
	for _, f := range []Format{VCard21, VCard30, {Type: "text/plain"}} {
		if got := ParseFormat(f.String()); got != f {
			t.Errorf("%v: got %v", f, got)
		}
	}
	if _, err := card(t).Project(Format{Type: "text/vcard", Version: "5.0"}); !errors.Is(err, ErrUnsupported) {
		t.Errorf("5.0: %v", err)
	}
}
