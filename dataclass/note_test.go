package dataclass

import (
	"errors"
	"strings"
	"testing"
	units "unicode/utf16"

	"pgregory.net/rapid"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

func mustNote(t fataler, data, mediaType string) *Item {
	t.Helper()
	it, err := decodeNote([]byte(data), ParseFormat(mediaType))
	if err != nil {
		t.Fatalf("%v in %.200q", err, data)
	}
	return it
}

func vnote(lines ...string) string {
	return "BEGIN:VNOTE\r\nVERSION:1.1\r\n" + crlf(strings.Join(append(lines, ""), "\n")) + "END:VNOTE\r\n"
}

func vjournal(lines ...string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//a//b\r\nBEGIN:VJOURNAL\r\n" +
		crlf(strings.Join(append(lines, ""), "\n")) + "END:VJOURNAL\r\nEND:VCALENDAR\r\n"
}

// neutralNote gives the title and the body of the neutral form.
func neutralNote(it *Item) noteText {
	return rawNote(journalOf(raiseNote(it.root, it.d)))
}

func TestDecodeNote(t *testing.T) {
	wide := func(s string, mark ...byte) string {
		b := mark
		for _, u := range units.Encode([]rune(s)) {
			b = append(b, byte(u), byte(u>>8))
		}
		return string(b)
	}
	for _, tt := range []struct {
		name, in, mediaType string
		format              Format
		want                string
	}{
		{"text", "a\nb", "text/plain", PlainText, "a\nb"},
		{"text without a type", "a", "", PlainText, "a"},
		{"empty", "", "text/plain", PlainText, ""},
		{"empty without a type", "", "", PlainText, ""},
		{"blanks", " \r\n ", "text/plain", PlainText, ""},
		{"byte order mark", "\xEF\xBB\xBFa", "text/plain", PlainText, "a"},
		{"two byte order marks", "\xEF\xBB\xBF\xEF\xBB\xBFa", "text/plain", PlainText, "a"},
		{"Latin-1 with a line in UTF-8", "\xE5\r\xC3\xA5", "text/plain", PlainText, "å\nÃ¥"},
		{"UTF-16 with a mark", wide("aø\n", 0xFF, 0xFE), "text/plain", PlainText, "aø"},
		{"UTF-16 without a mark", wide("aø\nbc"), "text/plain", PlainText, "aø\nbc"},
		{"Latin-1", "bl\xE5b\xE6r\r\nsyltet\xF8y", "text/plain; charset=ISO-8859-1", PlainText, "blåbær\nsyltetøy"},
		{"terminator", "a\x00\x00", "text/plain", PlainText, "a"},
		{"NUL inside", "a\x00b", "text/plain", PlainText, "a\x00b"},
		{"CR", "a\rb\r\nc\nd", "text/plain", PlainText, "a\nb\nc\nd"},
		{"vNote", vnote("BODY:a"), "text/x-vnote", VNote11, "a"},
		{"vNote as text", vnote("BODY:a"), "text/plain", VNote11, "a"},
		{"vNote without a type", "\r\n" + vnote("BODY:a"), "", VNote11, "a"},
		{"vNote without VERSION", "begin:vnote\nBODY:a\nEND:VNOTE", "text/x-vnote", VNote11, "a"},
		{"vNote in UTF-16", wide(vnote("BODY:ø"), 0xFF, 0xFE), "text/x-vnote", VNote11, "ø"},
		{"QUOTED-PRINTABLE", vnote("BODY;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:bl=C3=A5=0D=0A=", "b=C3=A6r"), "", VNote11, "blå\nbær"},
		{"base64", vnote("BODY;ENCODING=BASE64:YQpi", ""), "", VNote11, "a\nb"},
		{"no body", vnote("X-A:b"), "", VNote11, ""},
		{"VJOURNAL", vjournal("UID:1", `DESCRIPTION:a\nb`), "text/calendar", ICalendar20, "a\nb"},
		{"VJOURNAL as vNote", vjournal("SUMMARY:a", "DESCRIPTION:b"), "text/x-vnote", ICalendar20, "a\nb"},
		{"text that begins like one", "BEGIN:VNOTES\na", "text/plain", PlainText, "BEGIN:VNOTES\na"},
		{"text about one", "BEGIN:VNOTE", "text/plain", PlainText, "BEGIN:VNOTE"},
		{"text about a calendar", "BEGIN:VCALENDAR\nis how it begins", "text/plain", PlainText, "BEGIN:VCALENDAR\nis how it begins"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			it := mustNote(t, tt.in, tt.mediaType)
			if got := neutralNote(it).text(); it.d.format() != tt.format || got != tt.want || it.class != Notes {
				t.Errorf("%s %q", it.d.format(), got)
			}
		})
	}
}

func TestDecodeNoteErrors(t *testing.T) {
	for _, tt := range []struct {
		name, in, mediaType string
		want                error
	}{
		{"too big", strings.Repeat("a", maxNote+1), "text/plain", ErrTooBig},
		{"no vNote", "a", "text/x-vnote", ErrMalformed},
		{"vNote without END", "BEGIN:VNOTE\nBODY:a", "text/x-vnote", ErrMalformed},
		{"vNote without END or type", "BEGIN:VNOTE\nBODY:a", "", ErrMalformed},
		{"event", "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nEND:VEVENT\nEND:VCALENDAR", "text/calendar", ErrMalformed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if it, err := decodeNote([]byte(tt.in), ParseFormat(tt.mediaType)); !errors.Is(err, tt.want) || it != nil {
				t.Errorf("got %v", err)
			}
		})
	}
}

var noteReadings = []struct {
	name, text, title, body string
	back                    string // if it is not the text again
}{
	{name: "empty"},
	{name: "blank", text: " \n\t\n", back: "-"},
	{name: "title only", text: "a", title: "a"},
	{name: "trailing newline", text: "a\n", title: "a", back: "a"},
	{name: "title and body", text: "a\nb\nc", title: "a", body: "b\nc"},
	{name: "empty line below the title", text: "a\n\nb", title: "a", body: "\nb"},
	{name: "empty lines above", text: "\n \na\nb", title: "a", body: "b", back: "a\nb"},
	{name: "indented title", text: " a\nb", title: " a", body: "b"},
	{name: "same line twice", text: "a\na\nb", body: "a\na\nb"},
	{name: "same line twice and nothing else", text: "a\na", body: "a\na"},
	{name: "same line after an empty one", text: "a\n\n a \nb", body: "a\n\n a \nb"},
	{name: "title is a prefix", text: "a\nab", title: "a", body: "ab"},
	{name: "longest title", text: strings.Repeat("å", 255) + "\nb", title: strings.Repeat("å", 255), body: "b"},
	{name: "too long a first line", text: strings.Repeat("å", 256) + "\nb", body: strings.Repeat("å", 256) + "\nb"},
	{name: "trailing newlines in the body", text: "a\nb\n\n", title: "a", body: "b\n\n"},
}

func TestReadNote(t *testing.T) {
	for _, tt := range noteReadings {
		t.Run(tt.name, func(t *testing.T) {
			n := readNote(tt.text)
			if n != (noteText{tt.title, tt.body}) {
				t.Errorf("read %q", n)
			}
			want := tt.text
			if tt.back != "" {
				want = strings.TrimPrefix(tt.back, "-")
			}
			if n.text() != want || n.canonical() != n {
				t.Errorf("text %q, again %q", n.text(), n.canonical())
			}
		})
	}
}

func TestNoteText(t *testing.T) {
	for _, tt := range []struct{ name, title, body, want string }{
		{"both", "a", "b", "a\nb"},
		{"title only", "a", " ", "a"},
		{"body only", " ", "b\nc", "b\nc"},
		{"body begins with the title", "a", "a\nb", "a\nb"},
		{"blanks do not count", "a ", "\n a\nb", "\n a\nb"},
		{"title is the body", "a", "a", "a"},
		{"title is a prefix", "a", "ab", "a\nab"},
		{"title of several lines", "a\nb", "c", "a\nb\nc"},
	} {
		if got := (noteText{tt.title, tt.body}).text(); got != tt.want {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
}

// The same note is the same in every format that can say it.
func TestSameNoteEverywhere(t *testing.T) {
	long := strings.Repeat("x", 300)
	for _, tt := range []struct {
		name string
		same []string
	}{
		{"nothing", []string{"", "\r\n", vnote("BODY:"), vnote(), vjournal("UID:1"), vjournal("SUMMARY:")}},
		{"title", []string{"a", "a\n", vnote("BODY:a"), vnote("SUMMARY:a"), vnote("SUBJECT:a", "BODY:a"), vjournal("SUMMARY:a"), vjournal("DESCRIPTION:a"), vjournal("SUMMARY:a", "DESCRIPTION:a")}},
		{"title and body", []string{
			"a\nb", "a\r\nb\r\n", "a\rb", vnote("SUMMARY:a", "BODY:b"), vnote("BODY;ENCODING=QUOTED-PRINTABLE:a=0D=0Ab"),
			vnote("SUMMARY:a", "BODY;ENCODING=QUOTED-PRINTABLE:a=0D=0Ab"), vjournal("SUMMARY:a", "DESCRIPTION:b"),
			vjournal(`DESCRIPTION:a\nb`), vjournal("SUMMARY:a", `DESCRIPTION:a\nb`), vjournal("DESCRIPTION:a", "DESCRIPTION:b"),
		}},
		{"prefix", []string{"a\nab", vnote("SUMMARY:a", "BODY:ab"), vjournal("SUMMARY:a", "DESCRIPTION:ab")}},
		{"long line", []string{long, vnote("BODY:" + long), vjournal("SUMMARY:" + long), vjournal("DESCRIPTION:" + long)}},
		{"backslash", []string{`c:\temp\new`, vnote(`BODY:c:\temp\new`), vjournal(`SUMMARY:c:\\temp\\new`)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			first := neutralNote(mustNote(t, tt.same[0], ""))
			for _, s := range tt.same[1:] {
				n := neutralNote(mustNote(t, s, ""))
				if n.title != first.title || strings.TrimSpace(n.body) != strings.TrimSpace(first.body) {
					t.Errorf("%q reads %q instead of %q", s, n, first)
				}
			}
		})
	}
}

func TestNotesThatDiffer(t *testing.T) {
	all := []string{"a\nb", "a\nB", "a b", "b\na", "a\nb\nb", "a\na\nb"}
	seen := make(map[noteText]string)
	for _, s := range all {
		n := neutralNote(mustNote(t, s, "text/plain"))
		if other, ok := seen[n]; ok {
			t.Errorf("%q reads like %q", s, other)
		}
		seen[n] = s
	}
}

func TestLowerNote(t *testing.T) {
	in := vnote("SUMMARY:a", "BODY:b", "CATEGORIES:x;y", "CLASS:PRIVATE", "DCREATED:20240101T000000Z",
		"LAST-MODIFIED:20240102T000000Z", "X-IRMC-LUID:7", "X-B;C=d:e", "no colon")
	neutral := raiseNote(mustNote(t, in, "").root, note11)
	want := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Bindery//Bindery//EN\r\nBEGIN:VJOURNAL\r\n" +
		"SUMMARY:a\r\nDESCRIPTION:b\r\nCATEGORIES:x,y\r\nCLASS:PRIVATE\r\nCREATED:20240101T000000Z\r\n" +
		"LAST-MODIFIED:20240102T000000Z\r\nX-IRMC-LUID:7\r\nX-B;C=d:e\r\nno colon\r\nEND:VJOURNAL\r\nEND:VCALENDAR\r\n"
	if got := string(contentline.Print(neutral, contentline.MIMEDir)); got != want {
		t.Errorf("raised:\n%s", got)
	}
	want = vnote("SUMMARY:a", "BODY;ENCODING=QUOTED-PRINTABLE:a=0D=0A=", "b", "CATEGORIES:x,y", "CLASS:PRIVATE", "DCREATED:20240101T000000Z",
		"LAST-MODIFIED:20240102T000000Z", "X-IRMC-LUID:7", "X-B;C=d:e", "no colon")
	if got := string(contentline.Print(lowerNote(neutral, note11), contentline.Versit)); got != want {
		t.Errorf("lowered:\n%s", got)
	}
	if got := plainText(lowerNote(neutral, plain)); got != "a\r\nb" {
		t.Errorf("text %q", got)
	}
	if lowerNote(neutral, cal20) != neutral {
		t.Error("the neutral form is not a VJOURNAL")
	}
}

// A canonical VJOURNAL is its own neutral form, and raising never writes into what it is given.
func TestRaiseNoteLeavesItsInputAlone(t *testing.T) {
	it := mustNote(t, vjournal("SUMMARY:a", "X-A:b", "DESCRIPTION:c"), "")
	if raiseNote(it.root, cal20) != it.root {
		t.Error("a canonical note was copied")
	}
	in := vjournal("SUMMARY:a", "X-A:b", `DESCRIPTION:a\nc`)
	it = mustNote(t, in, "")
	raiseNote(it.root, cal20)
	if got := string(contentline.Print(it.root, contentline.MIMEDir)); got != in {
		t.Errorf("changed to\n%s", got)
	}
}

// A note with exceptions keeps them; those that are canonical stay as they are.
func TestRaiseRecurringNote(t *testing.T) {
	in := "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VJOURNAL\nUID:1\nDTSTART;VALUE=DATE:20240101\nRRULE:FREQ=DAILY\nDESCRIPTION:a\\nb\nEND:VJOURNAL\n" +
		"BEGIN:VJOURNAL\nUID:1\nRECURRENCE-ID;VALUE=DATE:20240102\nSUMMARY:c\nEND:VJOURNAL\nEND:VCALENDAR\n"
	it := mustNote(t, in, "")
	root := raiseNote(it.root, cal20)
	all := sectionsOf(root, newZones(root))
	if len(all) != 2 || rawNote(all[0].comp) != (noteText{"a", "b"}) || rawNote(all[1].comp) != (noteText{"c", ""}) {
		t.Errorf("%d sections", len(all))
	}
	if got := plainText(lowerNote(root, plain)); got != "a\r\nb" {
		t.Errorf("text %q", got)
	}
}

func noteString() *rapid.Generator[string] {
	line := rapid.OneOf(rapid.SampledFrom([]string{"", " ", "a", "b", " a", `c:\d\,;\\`, "END:VNOTE", "BEGIN:VCARD", "=3D", strings.Repeat("é", 300)}), rapid.StringMatching(`[ -~äø]{0,90}`))
	return rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(line, 0, 6).Draw(t, "lines"), "\n") })
}

// Text goes through every format and comes back, but for blank lines at its ends.
func TestNoteTextSurvives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := noteString().Draw(t, "text")
		neutral := raiseNote(plainNote(text).root, plain)
		for _, d := range []dialect{plain, note11, cal20} {
			low := &Item{class: Notes, d: d, root: lowerNote(neutral, d)}
			data := contentline.Print(low.root, d.lines())
			if d == plain {
				data = []byte(plainText(low.root))
			}
			again, err := decodeNote(data, d.format())
			if err != nil {
				t.Fatalf("%s: %v in\n%s", d.format(), err, data)
			}
			if again.d != d {
				continue // the text is itself a note
			}
			n := neutralNote(again)
			if strings.TrimSpace(n.text()) != strings.TrimSpace(text) {
				t.Fatalf("%s: %q became %q", d.format(), text, n.text())
			}
			if want := neutralNote(low); n != want {
				t.Fatalf("%s: %q reads %q instead of %q", d.format(), text, n, want)
			}
		}
	})
}

// Any title and body have one reading, and it stays the same through text.
func TestNoteReadingIsAFixpoint(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := noteText{noteString().Draw(t, "title"), noteString().Draw(t, "body")}
		c := n.canonical()
		if c.canonical() != c || readNote(c.text()) != c {
			t.Fatalf("%q became %q and then %q", n, c, c.canonical())
		}
	})
}

// Whatever the bytes are, a note is read or refused, and text/plain is never refused.
func FuzzDecodeNote(f *testing.F) {
	for _, s := range []string{"a\r\nb", vnote("BODY;ENCODING=QUOTED-PRINTABLE:a=0D=0Ab", "SUMMARY:c"), vjournal("SUMMARY:a", `DESCRIPTION:b\nc`), "\xFF\xFEa\x00", "a\x00", "\xE5"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		it, err := decodeNote(data, PlainText)
		if err != nil {
			t.Fatalf("text/plain: %v", err)
		}
		neutral := raiseNote(it.root, it.d)
		n := rawNote(journalOf(neutral))
		text := plainText(lowerNote(neutral, plain))
		again := mustNote(t, text, "text/plain")
		if again.d != plain || strings.ContainsAny(text, "\x00\uFEFF") {
			t.Skip("the text looks like something else")
		}
		if m := neutralNote(again); it.d == plain && m != n {
			t.Errorf("%q became %q", n, m)
		}
		lowerNote(neutral, note11)
	})
}
