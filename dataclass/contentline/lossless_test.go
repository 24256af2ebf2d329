package contentline

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// crlf gives a text with the line ends that Print writes.
func crlf(s string) string {
	return strings.ReplaceAll(strings.TrimSuffix(s, "\n")+"\n", "\n", "\r\n")
}

// reprint parses one component and prints it, with the source gone and after an edit.
func reprint(t interface{ Fatalf(string, ...any) }, in string, d Dialect, edit func(*Component)) string {
	source := []byte(in)
	all, err := Parse(source, d, Limits{})
	if err != nil || len(all) != 1 {
		t.Fatalf("%q: %d components, %v", in, len(all), err)
	}
	clear(source)
	edit(all[0])
	return string(Print(all[0], d))
}

func asIs(*Component) {}

func TestWellFormedLinesComeBack(t *testing.T) {
	for _, tt := range []struct {
		name string
		d    Dialect
		in   string
	}{
		{"plain", MIMEDir, "fn:a "},
		{"group and quotes", MIMEDir, `item1.X-a;B="c;d:e",f;g=h:v`},
		{"folds", MIMEDir, "NO\n TE;LANG\n\tUAGE=\"d:\n e\":x\n  y\n z"},
		{"a long line", MIMEDir, "A:" + strings.Repeat("xö", 90)},
		{"base64", MIMEDir, "PHOTO;type=x;ENCODING=b:AA AA\n  BBBB\nB:1"},
		{"base64 with another name and a blank line", MIMEDir, "PHOTO;ENCODING=BASE64;type=x:AAAA\n\nB:1"},
		{"encoding of nothing", MIMEDir, "SUMMARY;ENCODING=8BIT:a"},
		{"escapes", MIMEDir, `NOTE:a\nb\Nc\,\;\:\x`},
		{"components", MIMEDir, "begin:Y\nBEGIN:Z\nend:Z\nA:1\nEND:y"},
		{"empty lines", MIMEDir, "A:1\n\n\nB:2"},
		{"quoted-printable", Versit, "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=c3=b6 =\n  x;=\ny"},
		{"quoted-printable, other order", Versit, "N;QUOTED-PRINTABLE;CHARSET=ISO-8859-1:=FC"},
		{"quoted-printable of ASCII", Versit, "NOTE;ENCODING=QUOTED-PRINTABLE;HOME:=61=\n=62=0D=0A=\nc"},
		{"eight bits", Versit, "N;CHARSET=utf-8:ö"},
		{"eight bits of nothing declared", Versit, "N;8BIT:ö"},
		{"a character set without need", Versit, "N;CHARSET=ISO-8859-1;ENCODING=8BIT:a"},
		{"types", Versit, "TEL;home;TYPE=Voice;X-P=q:1"},
		{"a fold", Versit, "NOTE:a\n  b\n c"},
		{"base64", Versit, "PHOTO;JPEG;BASE64:\n  AAAA\n  BB==\n\nB:1"},
		{"base64 not indented", Versit, "PHOTO;ENCODING=BASE64:AAAA\nAAAA\nAAAA\n\nB:1"},
		{"AGENT", Versit, "AGENT:\nBEGIN:VCARD\nFN:a\nEnd:vcard\nB:1"},
		{"AGENT on one line", Versit, "AGENT;X=y:BEGIN:VCARD\nFN:a\nEnd:vcard\nB:1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := "BEGIN:x\n" + tt.in + "\nEnd:X\n"
			want := crlf(in)
			if got := reprint(t, in, tt.d, asIs); got != want {
				t.Errorf("got  %q\nwant %q", got, want)
			}
			cr := strings.ReplaceAll(in, "\n", "\r")
			if got := reprint(t, cr, tt.d, asIs); got != want {
				t.Errorf("with CR: got  %q\nwant %q", got, want)
			}
		})
	}
}

func TestOtherLinesArePrintedAnew(t *testing.T) {
	for _, tt := range []struct {
		name     string
		d        Dialect
		in, want string
	}{
		{"eight bits of another character set", Versit, "N;CHARSET=ISO-8859-1:\xfc", "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=BC"},
		{"eight bits in quoted-printable", Versit, "N;CHARSET=ISO-8859-1;QUOTED-PRINTABLE:\xfc", "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=BC"},
		{"no character set", MIMEDir, "N:\xfc", "N:ü"},
		{"no UTF-8 in the head", MIMEDir, "N;A=\xfc:v", "N;A=ü:v"},
		{"quoted-printable", MIMEDir, "N;ENCODING=QUOTED-PRINTABLE:=61=0A", `N:a\n`},
		{"a character set", MIMEDir, "N;CHARSET=UTF-8:a", "N:a"},
		{"a zero byte", Versit, "N:a\x00", "N;ENCODING=QUOTED-PRINTABLE:a=00"},
		{"quotes not closed", MIMEDir, `N;A="b:c`, "N;A='b:c"},
		{"blanks", MIMEDir, "N ; A = b :c", "N;A=b:c"},
		{"an indented line", MIMEDir, "A:1\n\n B:2", "A:1\n\nB:2"},
		{"a head folded in Versit", Versit, "N;A\n =b:c", "N;A=b:c"},
		{"base64 without a blank line", Versit, "P;BASE64:AAAA", "P;ENCODING=BASE64:AAAA\n"},
		{"base64 not indented", MIMEDir, "P;ENCODING=B:AAAA\nBBBB", "P;ENCODING=b:AAAABBBB"},
		{"a soft break before the end", Versit, "N;QUOTED-PRINTABLE:a=", "N:a"},
		{"AGENT in lower case", Versit, "AGENT:begin:vcard\nEND:vcard", "AGENT:\nBEGIN:VCARD\nEND:VCARD"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := crlf("BEGIN:X\n" + tt.want + "\nEND:X\n")
			if got := reprint(t, "BEGIN:X\n"+tt.in+"\nEND:X\n", tt.d, asIs); got != want {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

func TestEditsAreWritten(t *testing.T) {
	const in = "begin:X\r\na;b=\"c\":1\r\n 2\r\nphoto;Encoding=b:AA AA\r\nbegin:y\r\nend:Y\r\nEND:x\r\n"
	for _, tt := range []struct {
		name     string
		edit     func(*Component)
		old, new string
	}{
		{"value", func(c *Component) { c.Props[0].Value = "3" }, "a;b=\"c\":1\r\n 2", `a;b="c":3`},
		{"name", func(c *Component) { c.Props[0].Name = "A" }, "a;b=\"c\":1\r\n 2", `A;b="c":12`},
		{"group", func(c *Component) { c.Props[0].Group = "g" }, "a;b=\"c\":1\r\n 2", `g.a;b="c":12`},
		{"parameters", func(c *Component) { c.Props[0].Params = []Param{{"b", "d"}} }, "a;b=\"c\":1\r\n 2", "a;b=d:12"},
		{"no parameters", func(c *Component) { c.Props[0].Params = nil }, "a;b=\"c\":1\r\n 2", "a:12"},
		{"no base64", func(c *Component) { c.Props[1].Base64 = false }, "photo;Encoding=b:AA AA", "photo:AAAA"},
		{"junk", func(c *Component) { c.Props[1].Junk = true }, "photo;Encoding=b:AA AA", "AAAA"},
		{"name of a component", func(c *Component) { c.Props[2].Comp.Name = "Z" }, "begin:y\r\nend:Y", "BEGIN:Z\r\nEND:Z"},
		{"a copy", func(c *Component) { p := c.Props[0]; c.Props = append([]Property{p}, c.Props...) }, "a;b=\"c\":1", "a;b=\"c\":1\r\n 2\r\na;b=\"c\":1"},
		{"a literal", func(c *Component) { c.Props[0] = Property{Name: "a", Value: "12"} }, "a;b=\"c\":1\r\n 2", "a:12"},
		{"a clone", func(c *Component) { *c = *c.Clone() }, "", ""},
		{"other properties", func(c *Component) { *c = *c.With(c.Props[:1]) }, "photo;Encoding=b:AA AA\r\nbegin:y\r\nend:Y\r\n", ""},
		{"there and back", func(c *Component) { c.Props[0].Value = strings.Clone("12") }, "", ""},
		{"canonical", func(c *Component) { *c = *c.Canonical() }, in,
			"BEGIN:X\r\na;b=\"c\":12\r\nphoto;ENCODING=b:AAAA\r\nBEGIN:y\r\nEND:y\r\nEND:X\r\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, want := reprint(t, in, MIMEDir, tt.edit), strings.Replace(in, tt.old, tt.new, 1); got != want {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

func TestAgentLosesItsCard(t *testing.T) {
	const in = "BEGIN:X\r\nAGENT:BEGIN:VCARD\r\nFN:a\r\nEND:VCARD\r\nEND:X\r\n"
	for _, tt := range []struct {
		name, want string
		edit       func(*Property)
	}{
		{"no card", "AGENT:\r\n", func(p *Property) { p.Comp = nil }},
		{"another card", "AGENT:\r\nBEGIN:VCARD\r\nEND:VCARD\r\n", func(p *Property) { p.Comp = &Component{Name: "VCARD"} }},
		{"card renamed", "AGENT:\r\nBEGIN:Y\r\nFN:a\r\nEND:Y\r\n", func(p *Property) { p.Comp.Name = "Y" }},
		{"card alone", "BEGIN:VCARD\r\nFN:a\r\nEND:VCARD\r\n", func(p *Property) { *p = Property{Comp: p.Comp} }},
		{"line edited", "agent:\r\nBEGIN:VCARD\r\nFN:a\r\nEND:VCARD\r\n", func(p *Property) { p.Name = "agent" }},
	} {
		got := reprint(t, in, Versit, func(c *Component) { tt.edit(&c.Props[0]) })
		if want := "BEGIN:X\r\n" + tt.want + "END:X\r\n"; got != want {
			t.Errorf("%s: got %q", tt.name, got)
		}
	}
}

func TestAnotherDialectIsPrintedAnew(t *testing.T) {
	all, err := Parse([]byte("begin:X\nA;x=y:1\n 2\nend:X"), MIMEDir, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if got := Print(all[0], Versit); !bytes.Equal(got, []byte("BEGIN:X\r\nA;x=y:12\r\nEND:X\r\n")) {
		t.Errorf("got %q", got)
	}
}

// drawLine draws a well-formed line of the dialect, in one of the ways to write it.
func drawLine(t *rapid.T, d Dialect) string {
	draw := func(label string, of ...string) string { return rapid.SampledFrom(of).Draw(t, label) }
	head := draw("group", "", "", "item1.", "a.b.") + draw("name", "TEL", "x-foo", "Note", "END2", "ADR")
	if d == MIMEDir {
		head += draw("params", "", ";TYPE=HOME,work", `;X="a;b:c"`, `;A="b",c;D=e`, ";LANGUAGE=de")
		value := rapid.StringOf(rapid.SampledFrom([]rune(`ab ,;:\n"'=ö€😀`))).Draw(t, "value")
		line := head + ":" + value
		if draw("base64", "", "", "", "b") != "" {
			line = head + ";ENCODING=b:" + rapid.StringMatching(`([A-Za-z0-9+/]{4})*`).Draw(t, "data")
		}
		return foldEach(t, line, " ", "\t")
	}
	head += draw("params", "", ";HOME;work", ";TYPE=HOME", `;X="a;b:c"`, ";LANGUAGE=de;CELL")
	switch draw("encoding", "", "qp", "base64") {
	case "qp":
		charset := draw("charset", "", ";CHARSET=UTF-8", ";charset=iso-8859-1", ";CHARSET=Shift_JIS")
		atoms := rapid.SliceOf(rapid.SampledFrom([]string{"a", "b ", ";", "=3D", "=0D=0A", "=\r\n", "=C3=B6", "=fc", "=\r\n "})).Draw(t, "atoms")
		return head + charset + ";ENCODING=QUOTED-PRINTABLE:" + strings.Join(append(atoms, "z"), "") + "\r\n"
	case "base64":
		data := rapid.StringMatching(`[A-Za-z0-9+/]{4,150}`).Draw(t, "data")
		return foldEach(t, head+draw("word", ";BASE64:", ";ENCODING=BASE64:", ";ENCODING=b:")+"\r\n "+data, " ", "   ") + "\r\n"
	}
	return head + ":" + rapid.StringMatching(`[ -~ö]*`).Draw(t, "value") + "\r\n"
}

// foldEach folds the part behind the last CRLF every so many octets, between characters.
func foldEach(t *rapid.T, line string, with ...string) string {
	cut := strings.LastIndexByte(line, '\n') + 1
	before, rest := line[:cut], line[cut:]
	blank := rapid.SampledFrom(with).Draw(t, "blank")
	for n := rapid.IntRange(1, 90).Draw(t, "width"); len(rest) > n; {
		at := n
		for at < len(rest) && !utf8.RuneStart(rest[at]) { // a line that splits a character is folded anew
			at++
		}
		before, rest = before+rest[:at]+"\r\n"+blank, rest[at:]
	}
	return before + rest + "\r\n"
}

// TestOneEditChangesOneLine prints well-formed lines, before and after one of them is edited.
func TestOneEditChangesOneLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Dialect(rapid.IntRange(0, 1).Draw(t, "dialect"))
		lines := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string { return drawLine(t, d) }), 1, 6).Draw(t, "lines")
		in := "begin:X\r\n" + strings.Join(lines, "") + "END:x\r\n"
		if got := reprint(t, in, d, asIs); got != in {
			t.Fatalf("got  %q\nwant %q", got, in)
		}
		i := rapid.IntRange(0, len(lines)-1).Draw(t, "edited")
		got := reprint(t, in, d, func(c *Component) {
			c.Props[i] = Property{Name: "NEW", Value: "v"}
		})
		lines[i] = "NEW:v\r\n"
		if want := "begin:X\r\n" + strings.Join(lines, "") + "END:x\r\n"; got != want {
			t.Fatalf("got  %q\nwant %q", got, want)
		}
	})
}
