package dataclass

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func mustNoteView(t fataler, data, mediaType string) Note {
	t.Helper()
	n, err := AsNote(mustNote(t, data, mediaType))
	if err != nil {
		t.Fatalf("%v", err)
	}
	return n
}

func TestNoteEdits(t *testing.T) {
	note := vnote("x-a;b=c:d", "BODY;ENCODING=QUOTED-PRINTABLE:a=0D=0Ab", "CATEGORIES:x;y", "CLASS:private", "X-IRMC-LUID:7")
	journal := vjournal("uid:1", "x-a;b=c:d", `description;ALTREP="e":b`, "summary;LANGUAGE=nb:a", "CATEGORIES:x,y", "CLASS:private")
	for _, tt := range []struct {
		name, in, mediaType string
		edit                func(Note)
		gone, fresh         []string
	}{
		{"same text", "a\r\nb\n", "", func(n Note) { n.SetTitle("a"); n.SetBody(n.Body()); n.SetFull(n.Full()) }, nil, nil},
		{"same vNote", note, "", func(n Note) { n.SetTitle("a"); n.SetBody("b"); n.SetCategories("x", "y"); n.SetClass("Private") }, nil, nil},
		{"same VJOURNAL", journal, "", func(n Note) { n.SetTitle("a"); n.SetBody("b"); n.SetCategories("x", "y"); n.SetClass("Private") }, nil, nil},
		{"title of a text", "a\nb", "", func(n Note) { n.SetTitle("c\nd") }, []string{"a\nb"}, []string{"c d\nb"}},
		{"body of a text", "a\r\nb", "", func(n Note) { n.SetBody("c\nd") }, []string{"b"}, []string{"c\r\n", "d"}},
		{"no body in a text", "a\r\nb", "", func(n Note) { n.SetBody("") }, []string{"a\r\n", "b"}, []string{"a"}},
		{"class of a text", "a", "", func(n Note) { n.SetClass("PRIVATE"); n.SetCategories("x") }, nil, nil},
		{"title of a vNote", note, "", func(n Note) { n.SetTitle("c") }, []string{"BODY;ENCODING=QUOTED-PRINTABLE:a=0D=0Ab\r\n"}, []string{"BODY;ENCODING=QUOTED-PRINTABLE:c=0D=0A=\r\n", "b\r\n"}},
		{"body of a vNote", note, "", func(n Note) { n.SetFull("c") }, []string{"BODY;ENCODING=QUOTED-PRINTABLE:a=0D=0Ab\r\n"}, []string{"BODY:c\r\n"}},
		{"vNote with a title", vnote("SUBJECT:a", "BODY:b"), "", func(n Note) { n.SetTitle("c") }, []string{"SUBJECT:a\r\n", "BODY:b\r\n"}, []string{"SUBJECT:c\r\n", "BODY;ENCODING=QUOTED-PRINTABLE:c=0D=0A=\r\n", "b\r\n"}},
		{"categories of a vNote", note, "", func(n Note) { n.SetCategories("y", "z") }, []string{"CATEGORIES:x;y\r\n"}, []string{"CATEGORIES:y\r\n", "CATEGORIES:z\r\n"}},
		{"title of a VJOURNAL", journal, "", func(n Note) { n.SetTitle("c,d") }, []string{"summary;LANGUAGE=nb:a\r\n"}, []string{`summary;LANGUAGE=nb:c\,d` + "\r\n"}},
		{"body of a VJOURNAL", journal, "", func(n Note) { n.SetBody("c\nd") }, []string{`description;ALTREP="e":b` + "\r\n"}, []string{`description;ALTREP="e":c\nd` + "\r\n"}},
		{"class of a VJOURNAL", journal, "", func(n Note) { n.SetClass("") }, []string{"CLASS:private\r\n"}, nil},
		{"body that repeats the title", journal, "", func(n Note) { n.SetBody("a\nb") },
			[]string{`description;ALTREP="e":b` + "\r\n", "summary;LANGUAGE=nb:a\r\n"}, []string{`description;ALTREP="e":a\na\nb` + "\r\n"}},
		{"body of a VJOURNAL that repeats the title", vjournal("SUMMARY:a", `DESCRIPTION:a\nb`), "", func(n Note) { n.SetBody("c") },
			[]string{`DESCRIPTION:a\nb` + "\r\n"}, []string{"DESCRIPTION:c\r\n"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := mustNoteView(t, tt.in, tt.mediaType)
			before := n.Item().Body()
			tt.edit(n)
			gone, fresh := changed(before, n.Item().Body())
			if d := cmp.Diff(tt.gone, gone) + cmp.Diff(tt.fresh, fresh); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestNoteGetters(t *testing.T) {
	day := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, in := range map[string]string{
		"vNote":    vnote("SUMMARY:a", "BODY:b", "CATEGORIES:x;y", "CLASS:private", "DCREATED:20240101T000000Z", "LAST-MODIFIED:20240101T000000Z"),
		"VJOURNAL": vjournal("SUMMARY:a", "DESCRIPTION:b", "CATEGORIES:x,y", "CLASS:private", "CREATED:20240101T000000Z", "LAST-MODIFIED:20240101T000000Z"),
	} {
		n := mustNoteView(t, in, "")
		if n.Title() != "a" || n.Body() != "b" || n.Full() != "a\nb" || n.Class() != "PRIVATE" || !n.Created().Equal(day) || !n.Modified().Equal(day) || len(n.Categories()) != 2 {
			t.Errorf("%s: %q %q %q %s %s", name, n.Title(), n.Body(), n.Class(), n.Created(), n.Modified())
		}
	}
	n := mustNoteView(t, "a\nb", "")
	if n.Title() != "a" || n.Body() != "b" || n.Class() != "" || !n.Created().IsZero() || n.Categories() != nil {
		t.Error("text")
	}
}

// What is written into a new note of any format is read again, also from its bytes.
func TestNewNote(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom([]Format{PlainText, VNote11, ICalendar20}).Draw(t, "format")
		n, err := NewNote(f)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.TrimRight(fromFirstLine(noteString().Draw(t, "text")), " \t\n")
		n.SetFull(text)
		if n.Full() != text {
			t.Fatalf("%q became %q", text, n.Full())
		}
		again := mustNoteView(t, string(n.Item().Body().Data), f.String())
		if again.Item().Format() == f && (strings.TrimSpace(again.Full()) != strings.TrimSpace(text) || again.Title() != n.Title()) {
			t.Fatalf("%q was read as %q", text, again.Full())
		}
		body := n.Body()
		if title := noteString().Draw(t, "title"); n.Title() != "" && !isBlankText(title) && !isBlankText(body) {
			n.SetTitle(title)
			if want := strings.TrimSpace(title); !strings.HasSuffix(n.Full(), body) || (n.Title() != "" && !strings.HasPrefix(want, strings.TrimSpace(n.Title())) && !strings.Contains(title, "\n")) {
				t.Fatalf("title %q above %q became %q", title, body, n.Full())
			}
		}
	})
}

func TestCalendarTitle(t *testing.T) {
	long := strings.Repeat("å", 101)
	for _, tt := range []struct{ name, in, want string }{
		{"text", " \n a  b \nc", "a b"},
		{"nothing", "", ""},
		{"long text", long, long[:198] + "…"},
		{"longest text", long[:200], long[:200]},
		{"vNote", vnote("BODY;ENCODING=QUOTED-PRINTABLE:a=0D=0Ab"), "a"},
		{"vNote with a title", vnote("BODY:b", "SUMMARY:a"), "a"},
		{"VJOURNAL", vjournal(`SUMMARY:a\nb`, "DESCRIPTION:c"), "a"},
		{"VJOURNAL without a title", vjournal("SUMMARY: ", `DESCRIPTION:\n c\nd`), "c"},
		{"empty VJOURNAL", vjournal("UID:1"), ""},
	} {
		it := mustNote(t, tt.in, "")
		if got := calendarTitle(it.root, it.d); got != tt.want {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
	e := mustEvent(t, richEvent).Item()
	if got := calendarTitle(e.root, e.d); got != "Møte, kaffe" {
		t.Errorf("event: %q", got)
	}
	p := mustEvent(t, phoneEvent).Item()
	if got := calendarTitle(p.root, p.d); got != "Møte med Kari" {
		t.Errorf("phone: %q", got)
	}
}
