package contentline

import (
	"encoding/binary"
	"reflect"
	"strings"
	"testing"
	"unicode/utf16"

	"pgregory.net/rapid"
)

// TestReadingQuirks reads what phones and servers send. Each case names the property of the last
// line, as it must be understood.
func TestReadingQuirks(t *testing.T) {
	for _, tt := range []struct {
		name string
		d    Dialect
		in   string
		want Property
	}{
		{"soft breaks", Versit, "NOTE;ENCODING=QUOTED-PRINTABLE:a=\nb=20=\n=\nc", Property{Name: "NOTE", Value: "ab c"}},
		{"a soft break before white space", Versit, "NOTE;QUOTED-PRINTABLE:a= \t\nb", Property{Name: "NOTE", Value: "ab"}},
		{"a soft break and a colon", Versit, "NOTE;QUOTED-PRINTABLE:line1=0D=0A=\nline2:with colon",
			Property{Name: "NOTE", Value: "line1\nline2:with colon"}},
		{"a soft break before the end", Versit, "NOTE;QUOTED-PRINTABLE:a=0D=0A=", Property{Name: "NOTE", Value: "a\n"}},
		{"doubled equals signs, Nokia N9", Versit, "NOTE;QUOTED-PRINTABLE:a==0A=0D=\nb", Property{Name: "NOTE", Value: "a\nb"}},
		{"doubled equals signs before the end", Versit, "NOTE;QUOTED-PRINTABLE:a==0A=0D=", Property{Name: "NOTE", Value: "a\n"}},
		{"equals signs that encode nothing", Versit, "NOTE;QUOTED-PRINTABLE:1+1=2 =x=", Property{Name: "NOTE", Value: "1+1=2 =x"}},
		{"lower case", Versit, "note;encoding=quoted-printable;charset=utf-8:=c3=bc", Property{Name: "note", Value: "ü"}},
		{"quoted-printable in 3.0", MIMEDir, "NOTE;ENCODING=QUOTED-PRINTABLE:a=0D=0A=\nb", Property{Name: "NOTE", Value: `a\nb`}},
		{"base64 indented, blank line", Versit, "PHOTO;ENCODING=BASE64;TYPE=GIF:\n  AAAA\n  BB==\n\n",
			Property{Name: "PHOTO", Params: []Param{{"TYPE", "GIF"}}, Value: "AAAABB==", Base64: true}},
		{"base64 indented, no blank line", Versit, "PHOTO;BASE64:\n  AAAA\n  BB==", Property{Name: "PHOTO", Value: "AAAABB==", Base64: true}},
		{"base64 not indented", Versit, "PHOTO;BASE64:AAAA\nBBBB\n\n", Property{Name: "PHOTO", Value: "AAAABBBB", Base64: true}},
		{"base64 not indented, no blank line", Versit, "PHOTO;BASE64:AAAA\nBBBB", Property{Name: "PHOTO", Value: "AAAABBBB", Base64: true}},
		{"base64 before a property", Versit, "PHOTO;BASE64:AAAA\nTEL:1", Property{Name: "TEL", Value: "1"}},
		{"base64 before a folded name", MIMEDir, "PHOTO;ENCODING=b:AAAA\nTEL\n :1", Property{Name: "TEL", Value: "1"}},
		{"ISO-8859-1", Versit, "N;CHARSET=ISO-8859-1:M\xfcller", Property{Name: "N", Value: "Müller"}},
		{"ISO-8859-1 in quoted-printable", Versit, "N;CHARSET=ISO-8859-1;QUOTED-PRINTABLE:M=FCller", Property{Name: "N", Value: "Müller"}},
		{"Windows-1252", Versit, "N;CHARSET=Windows-1252:\x80", Property{Name: "N", Value: "€"}},
		{"no character set, no UTF-8", Versit, "N:M\xfcller\x80", Property{Name: "N", Value: "Müller€"}},
		{"an unknown character set", Versit, "N;CHARSET=X-NONE:ü", Property{Name: "N", Value: "ü"}},
		{"UTF-8 called something else", Versit, "N;CHARSET=US-ASCII;QUOTED-PRINTABLE:=C3=BC", Property{Name: "N", Value: "Ã¼"}},
		{"Shift_JIS", Versit, "N;CHARSET=SHIFT_JIS:\x8eR\x93c\x95\x5c", Property{Name: "N", Value: "山田表"}},
		{"code page of DOS", Versit, "N;CHARSET=IBM850:M\x81ller", Property{Name: "N", Value: "Müller"}},
		{"code page of DOS by its number", Versit, "N;CHARSET=cp437:\x80a", Property{Name: "N", Value: "Ça"}},
		{"Shift_JIS in quoted-printable", Versit, "N;CHARSET=shift_jis;QUOTED-PRINTABLE:=8ER=93c", Property{Name: "N", Value: "山田"}},
		{"ISO-2022-JP", Versit, "N;CHARSET=ISO-2022-JP:\x1b$B;3\x1b(B", Property{Name: "N", Value: "山"}},
		{"a picture sign in Shift_JIS", Versit, "N;CHARSET=SHIFT_JIS:\x8eR\xff\x93c\x8e", Property{Name: "N", Value: "山ÿ田Ž"}},
		{"a character cut in two", Versit, "N:M\xc3\xbcller \xc3", Property{Name: "N", Value: "Müller Ã"}},
		{"a character cut in two, quoted-printable", Versit, "N;CHARSET=UTF-8;QUOTED-PRINTABLE:M=C3=BCller =C3", Property{Name: "N", Value: "Müller Ã"}},
		{"a character cut in two, UTF-16", Versit, "N;CHARSET=UTF-16BE;QUOTED-PRINTABLE:=00=FC=00", Property{Name: "N", Value: "ü\uFFFD"}},
		{"GB2312", Versit, "N;CHARSET=GB2312:\xc9\xbd", Property{Name: "N", Value: "山"}},
		{"KOI8-R", Versit, "N;CHARSET=KOI8-R;QUOTED-PRINTABLE:=C4=C1", Property{Name: "N", Value: "да"}},
		{"UTF-16 with a mark", Versit, "N;CHARSET=UTF-16;QUOTED-PRINTABLE:=FF=FEa=00=FC=00", Property{Name: "N", Value: "aü"}},
		{"UTF-16 with the other mark", Versit, "N;CHARSET=UTF-16;QUOTED-PRINTABLE:=FE=FF=00a=00=FC", Property{Name: "N", Value: "aü"}},
		{"UTF-16 without a mark", Versit, "N;CHARSET=UTF-16;QUOTED-PRINTABLE:=00a=00=0D=00=0A=\n=00b", Property{Name: "N", Value: "a\nb"}},
		{"UTF-16LE", Versit, "N;CHARSET=UTF-16LE;QUOTED-PRINTABLE:=00N=00N=FC=00", Property{Name: "N", Value: "一一ü"}},
		{"UTF-16 without a mark, little-endian", Versit, "N;CHARSET=UTF-16;QUOTED-PRINTABLE:=FC=00a=00", Property{Name: "N", Value: "üa"}},
		{"UTF-16BE", Versit, "N;CHARSET=UTF-16BE;QUOTED-PRINTABLE:q\\", Property{Name: "N", Value: "煜"}},
		{"UTF-16 that is none", Versit, "N;CHARSET=UTF-16:plain", Property{Name: "N", Value: "plain"}},
		{"bare types", Versit, "TEL;CELL;PREF:1", Property{Name: "TEL", Params: []Param{{"", "CELL"}, {"", "PREF"}}, Value: "1"}},
		{"bare types in 3.0", MIMEDir, "TEL;CELL:1", Property{Name: "TEL", Params: []Param{{"", "CELL"}}, Value: "1"}},
		{"a group", MIMEDir, "item1.X-ABLabel:_$!<Other>!$_", Property{Group: "item1", Name: "X-ABLabel", Value: "_$!<Other>!$_"}},
		{"a fold inside a character", MIMEDir, "NOTE:M\xc3\n \xbcller", Property{Name: "NOTE", Value: "Müller"}},
		{"a fold inside a character of 2.1", Versit, "NOTE:M\xc3\n \xbcller", Property{Name: "NOTE", Value: "Müller"}},
		{"a fold in 2.1 is white space", Versit, "NOTE:a\n b", Property{Name: "NOTE", Value: "a b"}},
		{"a fold with a tab", MIMEDir, "NOTE:a\n\tb", Property{Name: "NOTE", Value: "ab"}},
		{"a fold of nothing", MIMEDir, "NOTE:a\n \n b", Property{Name: "NOTE", Value: "ab"}},
		{"a folded head", MIMEDir, "TEL;TYPE=\n CELL\n :1", Property{Name: "TEL", Params: []Param{{"TYPE", "CELL"}}, Value: "1"}},
		{"escapes stay", MIMEDir, `N:a\;b;c\Nd`, Property{Name: "N", Value: `a\;b;c\Nd`}},
		{"quoted parameters", MIMEDir, `X;A="q;r:s",t:1`, Property{Name: "X", Params: []Param{{"A", `"q;r:s",t`}}, Value: "1"}},
		{"text behind quotes", MIMEDir, `A;B="x"y:1`, Property{Name: "A", Params: []Param{{"B", `"x"y`}}, Value: "1"}},
		{"a URI", MIMEDir, "URL:http://a/b,c;d", Property{Name: "URL", Value: "http://a/b,c;d"}},
		{"no colon", MIMEDir, "DTSTART;TZID=x", Property{Value: "DTSTART;TZID=x", Junk: true}},
		{"blanks in the head", Versit, "TEL ; CELL ; X = y :1", Property{Name: "TEL", Params: []Param{{"", "CELL"}, {"X", "y"}}, Value: "1"}},
		{"semicolons too many", Versit, "TEL;;CELL;:1", Property{Name: "TEL", Params: []Param{{"", "CELL"}}, Value: "1"}},
		{"two encodings", Versit, "N;ENCODING=8BIT;ENCODING=QUOTED-PRINTABLE:=61", Property{Name: "N", Value: "a"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := parseOne(t, tt.d, tt.in)
			if got := c.Props[len(c.Props)-1]; !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %#v\nwant %#v", got, tt.want)
			}
			checkPrint(t, c, tt.d)
		})
	}
}

// TestWholeFiles reads one component in all the ways in which a file may be written.
func TestWholeFiles(t *testing.T) {
	const text = "BEGIN:X\nN:Müller;山\nA:1\n 2\nEND:X\n"
	utf16With := func(o binary.AppendByteOrder, mark bool) string {
		var b []byte
		if mark {
			b = o.AppendUint16(b, 0xFEFF)
		}
		for _, u := range utf16.Encode([]rune(text)) {
			b = o.AppendUint16(b, u)
		}
		return string(b)
	}
	for _, tt := range []struct{ name, in string }{
		{"LF", text},
		{"CRLF", strings.ReplaceAll(text, "\n", "\r\n")},
		{"CR", strings.ReplaceAll(text, "\n", "\r")},
		{"CR CR LF", strings.ReplaceAll(text, "\n", "\r\r\n")},
		{"a byte order mark", "\xEF\xBB\xBF" + text},
		{"blanks and zeros around", "\n \n" + text + "\n\x00\x1a\n "},
		{"UTF-16LE with a mark", utf16With(binary.LittleEndian, true)},
		{"UTF-16BE with a mark", utf16With(binary.BigEndian, true)},
		{"UTF-16LE without a mark", utf16With(binary.LittleEndian, false)},
		{"UTF-16BE without a mark", utf16With(binary.BigEndian, false)},
		{"UTF-16LE cut off", utf16With(binary.LittleEndian, true) + "\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := reprint(t, tt.in, MIMEDir, asIs)
			if want := strings.ReplaceAll(text, "\n", "\r\n"); got != want {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

func TestNestedAgent(t *testing.T) {
	c := parseOne(t, Versit, "FN:a\nAGENT:\nBEGIN:VCARD\nFN:b\nAGENT:BEGIN:VCARD\nFN:c\nEND:VCARD\nEND:VCARD\nNOTE:d")
	names := func(c *Component) (out []string) {
		for _, p := range c.Props {
			out = append(out, p.Name+":"+p.Value)
		}
		return out
	}
	if got := names(c); !reflect.DeepEqual(got, []string{"FN:a", "AGENT:", "NOTE:d"}) {
		t.Fatalf("outer card %q", got)
	}
	inner := c.Props[1].Comp
	if got := names(inner); !reflect.DeepEqual(got, []string{"FN:b", "AGENT:"}) {
		t.Fatalf("inner card %q", got)
	}
	if got := names(inner.Props[1].Comp); !reflect.DeepEqual(got, []string{"FN:c"}) {
		t.Errorf("innermost card %q", got)
	}
}

// TestWhatOthersLose holds inputs at which other readers lose data, go wrong or give up: nothing
// is lost and nothing changes.
func TestWhatOthersLose(t *testing.T) {
	for _, tt := range []struct {
		name string
		d    Dialect
		in   string
		text []string // the values of the first property, unescaped
	}{
		{"quoted-printable name with a soft break", Versit, "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=B6=\nrg", []string{"Müller", "Jörg"}},
		{"quoted-printable note with a colon", Versit, "NOTE;ENCODING=QUOTED-PRINTABLE:line1=0D=0A=\nline2:with colon", []string{"line1\nline2:with colon"}},
		{"bare type", Versit, "TEL;CELL:+47 1", []string{"+47 1"}},
		{"bare types", Versit, "TEL;HOME;VOICE:2", []string{"2"}},
		{"photo, indented", Versit, "PHOTO;ENCODING=BASE64;TYPE=GIF:\n    AAAA\n    BBBB\n\nN:x", []string{"AAAABBBB"}},
		{"photo, not indented", Versit, "PHOTO;ENCODING=BASE64;TYPE=GIF:\nAAAA\nBBBB\n\nN:x", []string{"AAAABBBB"}},
		{"quoted-printable in ISO-8859-1", Versit, "N;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:M=FC", []string{"Mü"}},
		{"escaped semicolon", MIMEDir, `N:a\;b;c`, []string{"a;b", "c"}},
		{"escaped semicolon of a note", MIMEDir, `NOTE:a\;b`, []string{"a;b"}},
		{"list with an escaped separator", MIMEDir, `CATEGORIES:x,y\,z`, []string{"x,y,z"}},
		{"URI with a comma", MIMEDir, "URL:http://a/b,c", []string{"http://a/b,c"}},
		{"position", MIMEDir, "GEO:geo:1.0,2.0", []string{"geo:1.0,2.0"}},
		{"data URI", MIMEDir, "PHOTO:data:image/jpeg\\;base64,AAAA", []string{"data:image/jpeg;base64,AAAA"}},
		{"newline in upper case", MIMEDir, `NOTE:a\Nb`, []string{"a\nb"}},
		{"separators in quotes", MIMEDir, `X;X-A="q;r:s":1`, []string{"1"}},
		{"a line that is no property", MIMEDir, "A:1\nno property", []string{"1"}},
		{"nested card", Versit, "AGENT:\nBEGIN:VCARD\nFN:b\nEND:VCARD\nFN:a", []string{""}},
		{"order", MIMEDir, "Z:1\nA:2", []string{"1"}},
		{"nested components", MIMEDir, "BEGIN:VTODO\nX-A;B=\"c:d\":e\nEND:VTODO\nBEGIN:VJOURNAL\nEND:VJOURNAL", []string{""}},
		{"recurrence of vCalendar 1.0", Versit, "RRULE:W1 MO #0\nAALARM:20260101T000000Z;;;", []string{"W1 MO #0"}},
		{"soft break in vCalendar 1.0", Versit, "SUMMARY;ENCODING=QUOTED-PRINTABLE:a=\nb", []string{"ab"}},
		{"bare parameter in a calendar", Versit, "SUMMARY;QUOTED-PRINTABLE:=61", []string{"a"}},
		{"no colon", MIMEDir, "DTSTART;TZID=x", []string{"DTSTART", "TZID=x"}},
		{"no colon, empty", MIMEDir, "0;0=", []string{"0", "0="}},
		{"text behind quotes", MIMEDir, `A;B="x"y:1`, []string{"1"}},
		{"no PRODID, no UID", MIMEDir, "BEGIN:VEVENT\nEND:VEVENT", []string{""}},
		{"a zone with blanks", MIMEDir, "DTSTART;TZID=W. Europe Standard Time:20260101T000000", []string{"20260101T000000"}},
		{"dates in a list", MIMEDir, "EXDATE:20260101T000000Z,20260102T000000Z", []string{"20260101T000000Z,20260102T000000Z"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := "BEGIN:X\n" + tt.in + "\nEND:X\n"
			if got, want := reprint(t, in, tt.d, asIs), crlf(in); got != want {
				t.Errorf("printed %q\nwant    %q", got, want)
			}
			c := parseOne(t, tt.d, tt.in)
			parts := Split(c.Props[0].Value, ";")
			for i := range parts {
				parts[i] = Unescape(tt.d, parts[i])
			}
			if !reflect.DeepEqual(parts, tt.text) {
				t.Errorf("read %q, want %q", parts, tt.text)
			}
			checkPrint(t, c, tt.d)
		})
	}
}

func TestCarets(t *testing.T) {
	for _, tt := range []struct {
		name, raw string
		want      []string
	}{
		{"newline", "a^nb", []string{"a\nb"}},
		{"quote", "^'a^'", []string{`"a"`}},
		{"caret", "a^^nb", []string{"a^nb"}},
		{"nothing", "a^Nb^", []string{"a^Nb^"}},
		{"in a list", `"a,^'b",c^^`, []string{`a,"b`, "c^"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := parseOne(t, MIMEDir, "A;B="+tt.raw+":v")
			if q := c.Props[0].Params[0]; q.Value != tt.raw || !reflect.DeepEqual(q.Values(), tt.want) {
				t.Errorf("got %q, read as %q", q.Value, q.Values())
			}
		})
	}
	if got := EncodeParam("a:b^\r\n\"c\""); got != `"a:b^^^n^'c^'"` {
		t.Errorf("got %q", got)
	}
}

func TestEncodeParamIsUndone(t *testing.T) {
	value := rapid.StringOf(rapid.SampledFrom([]rune("an^'\"\n,;: =.ö")))
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(value, 1, 4).Draw(t, "values")
		p := Property{Name: "A", Params: []Param{NewParam("B", want...)}, Value: "v"}
		all, err := Parse(Print(&Component{Name: "X", Props: []Property{p}}, MIMEDir), MIMEDir, Limits{})
		if err != nil || len(all[0].Props) != 1 || len(all[0].Props[0].Params) != 1 {
			t.Fatalf("%v, %+v", err, all)
		}
		if got := all[0].Props[0].Params[0].Values(); !reflect.DeepEqual(got, want) {
			t.Fatalf("got  %q\nwant %q", got, want)
		}
	})
}

// TestPrintKeepsLines prints trees that no parser made: nothing in them ends a line.
func TestPrintKeepsLines(t *testing.T) {
	const bad = "a\r\nEND:X\nB\rC"
	for _, tt := range []struct {
		name string
		p    Property
	}{
		{"value", Property{Name: "A", Value: bad}},
		{"name", Property{Name: bad}},
		{"group", Property{Group: bad, Name: "A"}},
		{"parameter", Property{Name: "A", Params: []Param{{bad, bad}}}},
		{"base64", Property{Name: "A", Value: bad, Base64: true}},
		{"junk", Property{Value: bad, Junk: true}},
		{"component", Property{Comp: &Component{Name: bad}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, d := range []Dialect{MIMEDir, Versit} {
				out := Print(&Component{Name: "X", Props: []Property{tt.p, {Name: "LAST"}}}, d)
				all, err := Parse(out, d, Limits{})
				if err != nil || len(all) != 1 || len(all[0].Props) != 2 || all[0].Props[1].Name != "LAST" {
					t.Errorf("%v: %q", err, out)
				}
			}
		})
	}
}
