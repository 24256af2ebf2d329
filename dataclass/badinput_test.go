package dataclass

import (
	"errors"
	"strings"
	"testing"
)

// wrappers put lines into an item of each format.
var wrappers = []struct {
	class         Class
	mediaType     string
	before, after string
}{
	{Contacts, "", "BEGIN:VCARD\nVERSION:2.1\n", "\nEND:VCARD\n"},
	{Contacts, "", "BEGIN:VCARD\nVERSION:3.0\n", "\nEND:VCARD\n"},
	{Contacts, "", "BEGIN:VCARD\nVERSION:4.0\n", "\nEND:VCARD\n"},
	{Events, "", "BEGIN:VCALENDAR\nVERSION:1.0\nBEGIN:VEVENT\n", "\nEND:VEVENT\nEND:VCALENDAR\n"},
	{Events, "", "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\n", "\nEND:VEVENT\nEND:VCALENDAR\n"},
	{Tasks, "", "BEGIN:VCALENDAR\nVERSION:1.0\nBEGIN:VTODO\n", "\nEND:VTODO\nEND:VCALENDAR\n"},
	{Notes, "", "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VJOURNAL\n", "\nEND:VJOURNAL\nEND:VCALENDAR\n"},
	{Notes, "", "BEGIN:VNOTE\nVERSION:1.1\n", "\nEND:VNOTE\n"},
	{Notes, "text/plain", "", ""},
}

// What is too big for an item of any format is refused with the reason and the line.
func TestTooBigInEveryFormat(t *testing.T) {
	for _, tt := range []struct{ name, body, want string }{
		{"a picture of 10 MB", "PHOTO;ENCODING=b:" + strings.Repeat("AAAA", 10<<20/3), "more than 8388608 bytes"},
		{"24 MB of BEGIN", strings.Repeat("BEGIN:A\n", 3<<20), "more than 8388608 bytes"},
		{"8 MB of BEGIN", strings.Repeat("BEGIN:A\n", 1<<20-100), "nested too deeply"},
		{"100,000 properties", strings.Repeat("TEL:1\n", 100_000), "too many properties"},
		{"100,000 parameters", "TEL" + strings.Repeat(";X=y", 100_000) + ":1", "too many parameters"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, w := range wrappers {
				it, err := Decode(w.class, Body{Type: w.mediaType, Data: []byte(w.before + tt.body + w.after)})
				if w.mediaType != "" && !strings.HasSuffix(tt.want, "bytes") {
					if err != nil || strings.Count(string(it.Body().Data), "\n") < strings.Count(tt.body, "\n")-1 {
						t.Errorf("text is no text: %v", err)
					}
					continue
				}
				if !errors.Is(err, ErrTooBig) || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), ": line ") || strings.Contains(err.Error(), "line 0") {
					t.Errorf("%s %.30q: %v", w.class, w.before, err)
				}
			}
		})
	}
}

// What is only odd is kept.
func TestOddInEveryFormat(t *testing.T) {
	for _, tt := range []struct{ name, body, want string }{
		{"a line of 5 MB", "NOTE:" + strings.Repeat("x", 5<<20), strings.Repeat("x", 5<<20)},
		{"NUL", "NOTE:a\x00b", "a\x00b"},
		{"a line of NUL", "\x00\x00\nNOTE:b", "b"},
		{"no UTF-8", "NOTE:\xff\xfea", "ÿþa"},
		{"no colon", "NOTE", "NOTE"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, w := range wrappers {
				it, err := Decode(w.class, Body{Type: w.mediaType, Data: []byte(w.before + tt.body + w.after)})
				if err != nil {
					t.Errorf("%s %.30q: %v", w.class, w.before, err)
					continue
				}
				again, err := Decode(w.class, it.Body())
				if err != nil || again.Fingerprint() != it.Fingerprint() {
					t.Errorf("%s %.30q: not read again: %v", w.class, w.before, err)
					continue
				}
				for _, of := range []*Item{it, again} {
					if text := textIn(of); !strings.Contains(text, tt.want) {
						t.Errorf("%s %.30q: got %.100q", w.class, w.before, text)
					}
				}
			}
		})
	}
}

// textIn gives the values of an item that are not in any parameter.
func textIn(it *Item) string {
	root := it.root
	for i := range root.Props {
		if c := root.Props[i].Comp; c != nil {
			root = c
			break
		}
	}
	var b strings.Builder
	for _, p := range root.Props {
		b.WriteString(p.Value + "\n")
	}
	return b.String()
}

// More rules than anybody has in an item are too many; those of its time zones do not count.
func TestTooManyRules(t *testing.T) {
	rule := "RRULE:FREQ=DAILY;COUNT=1000\n"
	event := func(n int) string {
		return "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VTIMEZONE\nTZID:Z\n" + strings.Repeat("BEGIN:STANDARD\n"+rule+"END:STANDARD\n", 100) +
			"END:VTIMEZONE\nBEGIN:VEVENT\n" + strings.Repeat(rule, n) + "ex" + rule + "END:VEVENT\nEND:VCALENDAR\n"
	}
	if _, err := Decode(Events, Body{Data: []byte(strings.ReplaceAll(event(maxItemRules-1), "exRRULE", "EXRULE"))}); err != nil {
		t.Error(err)
	}
	if _, err := Decode(Events, Body{Data: []byte(strings.ReplaceAll(event(maxItemRules), "exRRULE", "EXRULE"))}); !errors.Is(err, ErrTooBig) {
		t.Errorf("got %v", err)
	}
}
