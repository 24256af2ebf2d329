package contentline

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// parseOne parses the lines inside one component X.
func parseOne(t *testing.T, d Dialect, lines string) *Component {
	t.Helper()
	all, err := Parse([]byte("BEGIN:X\n"+lines+"\nEND:X\n"), d, Limits{})
	if err != nil || len(all) != 1 {
		t.Fatalf("%d components, %v", len(all), err)
	}
	return all[0].Canonical()
}

func TestParseProperty(t *testing.T) {
	p := func(name, value string, params ...Param) Property {
		return Property{Name: name, Value: value, Params: params}
	}
	for _, tt := range []struct {
		name string
		d    Dialect
		in   string
		want Property
	}{
		{"plain", MIMEDir, "FN:a", p("FN", "a")},
		{"group", MIMEDir, "a.b.TEL:1", Property{Group: "a.b", Name: "TEL", Value: "1"}},
		{"parameters", MIMEDir, "A;b=c;D=e,f:v", p("A", "v", Param{"b", "c"}, Param{"D", "e,f"})},
		{"bare parameter", Versit, "A;B;C=d:v", p("A", "v", Param{"", "B"}, Param{"C", "d"})},
		{"quotes", MIMEDir, `A;B="c;d:e",f:v`, p("A", "v", Param{"B", `"c;d:e",f`})},
		{"quote not closed", MIMEDir, `A;B="c:v`, p("A", "v", Param{"B", "'c"})},
		{"colons in the value", MIMEDir, "A:b:c", p("A", "b:c")},
		{"nothing", MIMEDir, ":", p("", "")},
		{"junk", MIMEDir, "no colon here  ", Property{Value: "no colon here", Junk: true}},
		{"junk of two lines", Versit, "no\n colon", Property{Value: "no colon", Junk: true}},
		{"base64", MIMEDir, "A;ENCODING=B;C=d:AA A\n AA", Property{Name: "A", Params: []Param{{"C", "d"}}, Value: "AAAAA", Base64: true}},
		{"B alone is a type", Versit, "A;B:x", p("A", "x", Param{"", "B"})},
		{"base64 keeps its character set", Versit, "A;BASE64;CHARSET=x:AAAA",
			Property{Name: "A", Params: []Param{{"CHARSET", "x"}}, Value: "AAAA", Base64: true}},
		{"8bit", Versit, "A;8BIT;ENCODING=7bit:x", p("A", "x")},
		{"unknown encoding", Versit, "A;ENCODING=uu:x", p("A", "x", Param{"ENCODING", "uu"})},
		{"quoted character set", MIMEDir, "A;CHARSET=\"iso-8859-1\":\xfc", p("A", "ü")},
		{"latin1 in a parameter", MIMEDir, "A;B=\xfc:v", p("A", "v", Param{"B", "ü"})},
		{"END with a group", MIMEDir, "g.END:X", Property{Group: "g", Name: "END", Value: "X"}},
		{"quoted-printable folded", Versit, "A;QUOTED-PRINTABLE:a=\nb\n c", p("A", "ab c")},
		{"fold behind a soft break, in a character", Versit, "A;CHARSET=UTF-8;QUOTED-PRINTABLE:M=C3=\n =BCller", p("A", "Müller")},
		{"fold behind a soft break, in a long character", Versit, "A;CHARSET=UTF-8;QUOTED-PRINTABLE:=E2=82=\n =AC", p("A", "€")},
		{"blank behind a soft break", Versit, "A;CHARSET=UTF-8;QUOTED-PRINTABLE:M=C3=BC=\n =BCller", p("A", "Mü ¼ller")},
		{"quoted-printable folded, MIMEDir", MIMEDir, "A;QUOTED-PRINTABLE:a=\nb\n c", p("A", "abc")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := parseOne(t, tt.d, tt.in)
			if len(c.Props) != 1 || !reflect.DeepEqual(c.Props[0], tt.want) {
				t.Errorf("got  %#v\nwant %#v", c.Props, tt.want)
			}
		})
	}
}

func TestErrorsNameTheLine(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		lim      Limits
		kind     error
		line     int
	}{
		{"text outside", "BEGIN:X\nEND:X\n\nA:b", Limits{}, ErrSyntax, 4},
		{"wrong end", "BEGIN:X\nA:\n b\nEND:Y", Limits{}, ErrSyntax, 4},
		{"no end", "BEGIN:X\nA:b", Limits{}, ErrSyntax, 2},
		{"bytes", "BEGIN:X\nEND:X", Limits{Bytes: 9}, ErrLimit, 2},
		{"depth", "BEGIN:X\nBEGIN:Y\nEND:Y\nEND:X", Limits{Depth: 1}, ErrLimit, 2},
		{"properties", "BEGIN:X\nA:\nA:\nEND:X", Limits{Props: 1}, ErrLimit, 3},
		{"components", "BEGIN:X\nBEGIN:Y\nEND:Y\nBEGIN:Y\nEND:Y\nEND:X", Limits{Props: 1}, ErrLimit, 4},
		{"parameters", "BEGIN:X\nA;B;C:\nEND:X", Limits{Params: 1}, ErrLimit, 2},
		{"line", "BEGIN:X\nA:123456789\nEND:X", Limits{Line: 8}, ErrLimit, 2},
		{"folded line", "BEGIN:X\nA:1234\n 56789\nEND:X", Limits{Line: 8}, ErrLimit, 3},
		{"junk line", "BEGIN:X\n123456789\nEND:X", Limits{Line: 8}, ErrLimit, 2},
		{"soft breaks", "BEGIN:X\nA;QUOTED-PRINTABLE:123=\n45678=\n9\nEND:X", Limits{Line: 8}, ErrLimit, 3},
		{"base64", "BEGIN:X\nA;BASE64:AAAA\nAAAA\nAAAA\nEND:X", Limits{Line: 8}, ErrLimit, 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse([]byte(tt.in), Versit, tt.lim)
			var e *Error
			if !errors.As(err, &e) || !errors.Is(err, tt.kind) || e.Line != tt.line || !strings.Contains(err.Error(), e.Msg) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestSeveralComponents(t *testing.T) {
	all, err := Parse([]byte("BEGIN:A\nEND:A\n\nBEGIN:B\nX:1\nBEGIN:C\nEND:c\nY:2\nEND:B\n"), MIMEDir, Limits{})
	if err != nil || len(all) != 2 || all[1].Name != "B" || len(all[1].Props) != 3 {
		t.Fatalf("got %v, %v", all, err)
	}
	if c := all[1].Props[1].Comp; c == nil || c.Name != "C" || all[1].Find("y") == nil || all[1].Find("Z") != nil {
		t.Errorf("got %+v", all[1])
	}
	if got := string(Print(all[1], MIMEDir)); got != "BEGIN:B\r\nX:1\r\nBEGIN:C\r\nEND:c\r\nY:2\r\nEND:B\r\n" {
		t.Errorf("got %q", got)
	}
}

func TestAgentKeepsItsComponent(t *testing.T) {
	for _, in := range []string{"AGENT:\nBEGIN:VCARD\nFN:b\nEND:VCARD\nA:1", "AGENT:BEGIN:VCARD\nFN:b\nEND:VCARD\nA:1"} {
		c := parseOne(t, Versit, in)
		if len(c.Props) != 2 || c.Props[0].Comp == nil || c.Props[0].Comp.Find("FN") == nil || c.Props[0].Value != "" {
			t.Errorf("%q: got %+v", in, c.Props)
		}
	}
}

func TestCloneIsIndependent(t *testing.T) {
	c := parseOne(t, MIMEDir, "A:1\nBEGIN:Y\nB:2\nEND:Y")
	d := c.Clone()
	d.Props[0].Value, d.Props[1].Comp.Props[0].Value = "x", "x"
	if c.Props[0].Value != "1" || c.Props[1].Comp.Props[0].Value != "2" {
		t.Error("the original changed")
	}
}

func TestParamValues(t *testing.T) {
	for in, want := range map[string][]string{
		"a": {"a"}, "": {""}, "a,b": {"a", "b"}, `"a,b",c`: {"a,b", "c"}, `"a"`: {"a"}, "a, b": {"a", "b"}, `x"y"`: {"xy"},
	} {
		if got := (Param{Value: in}).Values(); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %q", in, got)
		}
	}
	p := Property{Params: []Param{{"TYPE", "x"}}}
	if v, ok := p.Param("type"); v != "x" || !ok {
		t.Error("a parameter is not found without regard to case")
	}
	if _, ok := p.Param("B"); ok {
		t.Error("a parameter is found that is not there")
	}
}

func TestEscaping(t *testing.T) {
	for _, tt := range []struct {
		d    Dialect
		in   string
		want string
	}{
		{MIMEDir, `a\n\N\\\,\;\:b\x\`, "a\n\n\\,;:b\\x\\"},
		{Versit, `a\n\N\\\,\;\:b\x\`, "a\\n\\N\\,;:b\\x\\"},
		{Versit, `\\server\share\`, `\\server\share\`},
		{Versit, `c:\temp\\x`, `c:\temp\\x`},
		{Versit, `c:\\temp`, `c:\temp`},
		{Versit, `a\\;b\\\;c\\`, `a\;b\;c\`},
	} {
		if got := Unescape(tt.d, tt.in); got != tt.want {
			t.Errorf("%v: got %q", tt.d, got)
		}
	}
	if got := Split(`a\;b;c\\;;d,e`, ";,"); !reflect.DeepEqual(got, []string{`a\;b`, `c\\`, "", "d", "e"}) {
		t.Errorf("split: %q", got)
	}
}

// TestVersitEscapesNoMoreThanItMust wants texts as people are to read them on phones that know no escapes.
func TestVersitEscapesNoMoreThanItMust(t *testing.T) {
	for _, tt := range []struct{ text, seps, want string }{
		{`\\server\share`, "", `\\server\share`},
		{`C:\temp\`, "", `C:\temp\`},
		{`:-\ a,b;c`, "", `:-\ a,b;c`},
		{`a\,b`, "", `a\\,b`},
		{`a;b\c`, ";", `a\;b\c`},
		{`a\`, ";", `a\\`},
		{`a\;`, ";", `a\\\;`},
		{`a\\`, "", `a\\\\`},
		{`\\server`, "", `\\\\server`},
	} {
		if got := Escape(Versit, tt.text, tt.seps); got != tt.want {
			t.Errorf("%q: got %q", tt.text, got)
		} else if back := Unescape(Versit, got); back != tt.text {
			t.Errorf("%q: read as %q", tt.text, back)
		}
	}
}

func TestEscapeIsUndone(t *testing.T) {
	text := rapid.StringOf(rapid.SampledFrom([]rune(`abn\;,:"` + "\n ö")))
	rapid.Check(t, func(t *rapid.T) {
		d := Dialect(rapid.IntRange(0, 1).Draw(t, "dialect"))
		parts := rapid.SliceOfN(text, 1, 4).Draw(t, "parts")
		escaped := make([]string, len(parts))
		for i, p := range parts {
			escaped[i] = Escape(d, p, ",;")
		}
		got := Split(strings.Join(escaped, ";"), ";")
		for i := range got {
			got[i] = Unescape(d, got[i])
		}
		if !reflect.DeepEqual(got, parts) {
			t.Fatalf("got %q", got)
		}
	})
}

func TestQuotedPrintableIsUndone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringOf(rapid.SampledFrom([]rune("aE=N D:\n\t.ö😀"))).Draw(t, "value")
		c := &Component{Name: "END", Props: []Property{{Name: "A", Value: value}, {Name: "B", Value: "x"}}}
		out := Print(c, Versit)
		for _, l := range strings.Split(string(out), "\r\n") {
			if len(l) > 76 && strings.Contains(string(out), "QUOTED") {
				t.Fatalf("%d octets: %q", len(l), l)
			}
		}
		all, err := Parse(out, Versit, Limits{})
		if err != nil || !reflect.DeepEqual(all[0].Canonical().Props, c.Props) {
			t.Fatalf("%v\n%q", err, out)
		}
	})
}

func TestTextReadsCharacterSets(t *testing.T) {
	for _, tt := range []struct{ in, charset, want string }{
		{"\xfc\r\nx", "iso-8859-1", "ü\nx"}, {"ü", "", "ü"}, {"\x80", "", "€"}, {"\xfc", "utf-8", "ü"}, {"\xfc\x00", "utf-16le", "ü"},
		{"\x1b$B;3\x1b(B", "iso-2022-jp", "山"}, {"\xff", "shift_jis", "ÿ"}, {"a", "nonsense", "a"},
	} {
		if got := Text([]byte(tt.in), tt.charset); got != tt.want {
			t.Errorf("%q in %s: got %q", tt.in, tt.charset, got)
		}
	}
}

func TestALineThatSplitsACharacterIsFoldedAnew(t *testing.T) {
	all, err := Parse([]byte("BEGIN:X\r\nA:Zo\xc3\r\n \xab\r\nEND:X\r\n"), MIMEDir, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(Print(all[0], MIMEDir)); got != "BEGIN:X\r\nA:Zoë\r\nEND:X\r\n" {
		t.Errorf("got %q", got)
	}
}
