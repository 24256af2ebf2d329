package stream

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/dataclass"
)

// convert carries a file into a format. The errors are those of single items.
func convert(t *testing.T, text string, opts Options, to dataclass.Format) (string, []error) {
	t.Helper()
	var out bytes.Buffer
	var failed []error
	r, w := NewReader(strings.NewReader(text), opts), NewWriter(&out, to)
	for {
		it, err := r.Next()
		var bad *ItemError
		switch {
		case errors.Is(err, io.EOF):
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			return out.String(), failed
		case errors.As(err, &bad):
			failed = append(failed, err)
			continue
		case err != nil:
			t.Fatal(err)
		}
		if err := w.Write(it.Item); err != nil {
			failed = append(failed, err)
		}
	}
}

func mustConvert(t *testing.T, text string, to dataclass.Format) string {
	t.Helper()
	out, failed := convert(t, text, Options{}, to)
	if failed != nil {
		t.Fatal(failed)
	}
	return out
}

// outline is the structure of a file: BEGIN and END lines and a few others.
func outline(text string) []string {
	var out []string
	for _, line := range strings.Split(text, "\r\n") {
		for _, word := range []string{"BEGIN:V", "END:V", "SUMMARY:", "TZID:", "X-WR-CALNAME:", "METHOD:", "FN:"} {
			if strings.HasPrefix(line, word) {
				out = append(out, line)
			}
		}
	}
	return out
}

func TestOneCalendar(t *testing.T) {
	named := func(uid string) string {
		return event(uid, "DTEND;TZID=Far Away:20210104T100000", "SUMMARY:"+uid)
	}
	first := vcalendar("X-WR-CALNAME:Home\n", event("a", "SUMMARY:a"), customZone, named("b"), named("c"))
	zone := []string{"BEGIN:VTIMEZONE", "TZID:Far Away", "END:VTIMEZONE"}
	ev := func(s string) []string { return []string{"BEGIN:VEVENT", "SUMMARY:" + s, "END:VEVENT"} }
	join := func(parts ...any) []string {
		out := []string{}
		for _, p := range parts {
			switch p := p.(type) {
			case string:
				out = append(out, p)
			case []string:
				out = append(out, p...)
			}
		}
		return out
	}
	head := join("BEGIN:VCALENDAR", "X-WR-CALNAME:Home", ev("a"), zone, ev("b"), ev("c"))
	for _, tt := range []struct {
		name, in string
		want     []string
	}{
		{"zone once", first, join(head, "END:VCALENDAR")},
		{"two calendars", first + vcalendar("X-WR-CALNAME:Work\n", customZone, named("d")), join(head, ev("d"), "END:VCALENDAR")},
		{"another method", first + vcalendar("METHOD:CANCEL\n", event("d", "SUMMARY:d")),
			join(head, "END:VCALENDAR", "BEGIN:VCALENDAR", "METHOD:CANCEL", ev("d"), "END:VCALENDAR")},
		{"another zone of the name", first + vcalendar(strings.ReplaceAll(customZone, "+03", "+04"), named("d")),
			join(head, "END:VCALENDAR", "BEGIN:VCALENDAR", zone, ev("d"), "END:VCALENDAR")},
		{"nothing", "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out := mustConvert(t, tt.in, dataclass.ICalendar20)
			if diff := cmp.Diff(tt.want, outline(out)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if again := mustConvert(t, out, dataclass.ICalendar20); again != out {
				t.Errorf("not the same again:\n%s\n%s", out, again)
			}
		})
	}
}

func TestCardsOneByOne(t *testing.T) {
	card := "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:a\r\nN:a;;;;\r\nEND:VCARD\r\n"
	want := strings.Split(strings.Repeat("BEGIN:VCARD\nFN:a\nEND:VCARD\n", 3), "\n")
	if diff := cmp.Diff(want[:9], outline(mustConvert(t, strings.Repeat(card, 3), dataclass.VCard30))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPlainTextHoldsOneNote(t *testing.T) {
	note := "BEGIN:VNOTE\r\nVERSION:1.1\r\nBODY:one\r\nEND:VNOTE\r\n"
	out, failed := convert(t, note+note, Options{}, dataclass.PlainText)
	if strings.TrimSpace(out) != "one" || len(failed) != 1 || !errors.Is(failed[0], ErrOne) {
		t.Errorf("%q, %v", out, failed)
	}
}

func TestPlainTextIsRead(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		opts     Options
		want     []string
	}{
		{"by type", "BEGIN:VCARD is how it begins", Options{Type: "text/plain; charset=utf-8"}, []string{"1: item 1: Notes "}},
		{"where nothing begins", "\n two\nlines", Options{Plain: true}, []string{"1: item 1: Notes "}},
		{"where something begins", "\xEF\xBB\xBF\r\nbegin:vcard\nfn:a\nend:vcard\n", Options{Plain: true}, []string{"2: item 1: Contacts a"}},
		{"not allowed", "two\nlines", Options{}, []string{"1: item 1: text outside of any item"}},
		{"empty", "", Options{Plain: true}, nil},
		{"too big", "12345", Options{Plain: true, MaxItem: 4}, []string{"1: item 1: item too big"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, readString(t, tt.in, tt.opts)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// An item that the format cannot hold leaves nothing behind, and the next one is written.
func TestWriteNothingPartial(t *testing.T) {
	card := "BEGIN:VCARD\nVERSION:3.0\nFN:a\nEND:VCARD\n"
	want := mustConvert(t, vcalendar(event("a", "SUMMARY:a")), dataclass.ICalendar20)
	out, failed := convert(t, card+vcalendar(event("a", "SUMMARY:a"))+card, Options{}, dataclass.ICalendar20)
	if len(failed) != 2 || !errors.Is(failed[0], dataclass.ErrUnsupported) || out != want {
		t.Errorf("%v\n%s", failed, out)
	}
}

func TestWriterEnds(t *testing.T) {
	it, err := NewReader(strings.NewReader(vcalendar(event("a"))), Options{}).Next()
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("disk full")
	w := NewWriter(refusing{full}, dataclass.ICalendar20)
	if err := w.Write(it.Item); !errors.Is(err, full) {
		t.Errorf("first: %v", err)
	}
	if err := errors.Join(w.Write(it.Item), w.Close()); !errors.Is(err, full) {
		t.Errorf("later: %v", err)
	}
	w = NewWriter(io.Discard, dataclass.ICalendar20)
	if err := w.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if err := w.Write(it.Item); err == nil {
		t.Error("wrote behind the end")
	}
}

type refusing struct{ err error }

func (r refusing) Write([]byte) (int, error) { return 0, r.err }

func TestNames(t *testing.T) {
	text := vcalendar(customZone, event("a", "ATTENDEE;CN=x", " y:mailto:a@example.org", "BEGIN:VALARM", "TRIGGER:PT0S", "END:VALARM", "summary:s", "junk"))
	want := []string{"VERSION", "UID", "DTSTART", "ATTENDEE", "SUMMARY"}
	if diff := cmp.Diff(want, Names([]byte(text))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want = []string{"FN", "TEL"}
	if diff := cmp.Diff(want, Names([]byte("BEGIN:VCARD\nFN:a\nitem1.TEL;CELL:1\nEND:VCARD\n"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// UTF-16 is UTF-8 when it is decoded, whatever the type says.
func TestCharsetOfPlainText(t *testing.T) {
	for _, tt := range []struct{ name, in, charset string }{
		{"UTF-16 by its mark", "\xFF\xFE\x14\x04\x30\x04", "UTF-16"},
		{"UTF-8", "\u0414\u0430", "utf-8"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			it, err := NewReader(strings.NewReader(tt.in), Options{Type: "text/plain; charset=" + tt.charset}).Next()
			if err != nil {
				t.Fatal(err)
			}
			if got := string(it.Body().Data); got != "\u0414\u0430" {
				t.Errorf("%q", got)
			}
		})
	}
}
