package contentline

import (
	"strings"
	"testing"
)

// TestPrintIsStable holds inputs that once read differently after they were printed.
func TestPrintIsStable(t *testing.T) {
	long := strings.Repeat("x", 80)
	for _, tt := range []struct {
		name, in string
	}{
		{"a colon in quotes before the fold", `A;B="c:` + long + `":v`},
		{"a colon in quotes of the name before the fold", `"a:` + long + `"b:v`},
		{"quotes closed on a folded line", "A;B=\"c:\n d\":v"},
		{"quotes not closed, on folded lines", "A;B=\"c:\n d:v\n e"},
		{"quotes not closed, no colon on the first line", "A;B=\"c\n d:v\""},
		{"quotes closed behind a soft break only", "A;QUOTED-PRINTABLE;B=\"c:d=\ne\":v"},
		{"a quote in the value", "A;B=\"c:v\"\n w"},
		{"a fold in the head of base64", "A;B=" + long + ";BASE64:AAAA\n\n"},
		{"a quoted character set of base64", `A;BASE64;CHARSET="a;b":AAAA` + "\n\n"},
		{"a BEGIN line in an encoding", "BEGIN;QUOTED-PRINTABLE:Y=20\nEND;BASE64:Y\n\n"},
		{"base64 before junk", "A;ENCODING=b:AAAA\n\n\njunk\nB;BASE64:AAA=\njunk"},
		{"base64 without a blank line before junk", "A;ENCODING=b:AA==\njunk\nB;ENCODING=b:AAAA\n AA\n!junk"},
		{"a blank soft break", "A;QUOTED-PRINTABLE:a==\n \nB:1"},
		{"an indented first line", "B:\n\n A:1"},
		{"a card in one line with its property", "AGENT:BEGIN:VCARD\n\nFN:a\nend:vcard\nAGENT;BASE64:BEGIN:VCARD\n\nEND:VCARD"},
	} {
		for _, d := range []Dialect{MIMEDir, Versit} {
			t.Run(tt.name, func(t *testing.T) {
				all, err := Parse([]byte("BEGIN:X\n"+tt.in+"\nEND:X\n"), d, Limits{})
				if err != nil && d == Versit {
					t.Fatal(err)
				}
				for _, c := range all {
					checkPrint(t, c, d)
				}
			})
		}
	}
}
