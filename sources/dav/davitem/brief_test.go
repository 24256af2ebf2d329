package davitem

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/bindery-sync/bindery/dataclass"
)

// A photo is not read to find out whether a card can be: little of it is left, and nothing else is lost.
func TestBrief(t *testing.T) {
	photo := strings.Repeat("QUJD", 100_000)
	folded := strings.Repeat("QUJDQUJD\r\n ", 30_000) + "QUJD"
	for _, c := range []struct {
		name, data string
		most       int
	}{
		{"short", "BEGIN:VCARD\r\nPHOTO;ENCODING=b:" + photo[:5000] + "\r\nEND:VCARD\r\n", 6000},
		{"a line", "BEGIN:VCARD\r\nPHOTO;ENCODING=b:" + photo + "\r\nFN:Nobody\r\nEND:VCARD\r\n", 3000},
		{"folded", "BEGIN:VCARD\nPHOTO;ENCODING=b:" + folded + "\nFN:Nobody\nEND:VCARD\n", 3000},
		{"folded with tabs", "BEGIN:VCARD\nPHOTO;ENCODING=b:" + strings.ReplaceAll(folded, "\r\n ", "\n\t") + "\nFN:Nobody\nEND:VCARD\n", 3000},
		{"two", "BEGIN:VCARD\nPHOTO;ENCODING=b:" + folded + "\nFN:Nobody\nSOUND;ENCODING=b:" + photo + "\nEND:VCARD\n", 5000},
		{"cut off", "BEGIN:VCARD\nFN:Nobody\nPHOTO;ENCODING=b:" + folded, 3000},
		{"cut off in a fold", "BEGIN:VCARD\nFN:Nobody\nPHOTO;ENCODING=b:" + folded + "\r\n ", 3000},
		{"more than can be read", "FN:Nobody\n" + strings.Repeat("A", mostRead), mostRead + 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			was := strings.Clone(c.data)
			got := brief([]byte(c.data))
			if len(got) > c.most {
				t.Errorf("%d bytes are left", len(got))
			}
			if c.data != was {
				t.Error("the item was changed")
			}
			if strings.Contains(c.data, "FN:Nobody\n") && !bytes.Contains(got, []byte("FN:Nobody\n")) {
				t.Errorf("%.80q", got)
			}
			if !bytes.HasSuffix(got, []byte(c.data[len(c.data)-500:])) && len(c.data) > 6000 {
				t.Error("the end is missing")
			}
		})
	}
}

// Whether an item is taken, and why not, is the same with all of its pictures and without.
func TestBriefJudgesTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		class := rapid.SampledFrom([]dataclass.Class{dataclass.Contacts, dataclass.Events}).Draw(t, "class")
		fold := rapid.SampledFrom([]string{"", "\r\n ", "\n\t", "\n", "\r\n", "\r ", " "}).Draw(t, "fold")
		run := strings.Repeat(strings.Repeat("QUJD", rapid.IntRange(1, 20).Draw(t, "width"))+fold, 10_000)[:40_000]
		pieces := []string{
			"BEGIN:VCARD\r\n", "END:VCARD\r\n", "BEGIN:VCALENDAR\r\n", "END:VCALENDAR\r\n", "BEGIN:VEVENT\r\n", "END:VEVENT\r\n",
			"VERSION:3.0\r\n", "VERSION:2.0\r\n", "UID:a\r\n", "FN:x\r\n", "METHOD:REQUEST\r\n", "PHOTO;ENCODING=b:", "NOTE;ENCODING=b:",
			`X-A;X-B="`, `":`, ":", ";", ",", "\r\n", "\n", "\r\n ", "RRULE:FREQ=DAILY\r\n", run, run + "=", "CATEGORIES:",
		}
		head, tail := "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:a\r\nFN:x\r\n", "END:VCARD\r\n"
		if class == dataclass.Events {
			head, tail = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:a\r\n", "END:VEVENT\r\nEND:VCALENDAR\r\n"
		}
		middle := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 8).Draw(t, "middle"), "")
		data := []byte(head + "PHOTO;ENCODING=b:" + run + run + "\r\n" + middle + tail)
		_, err := dataclass.DecodeBare(class, dataclass.Body{Type: typeOf(class, dataclass.Peek(data).Version), Data: data})
		_, short := dataclass.DecodeBare(class, dataclass.Body{Type: typeOf(class, dataclass.Peek(data).Version), Data: brief(data)})
		for _, sort := range []error{nil, dataclass.ErrTooBig, dataclass.ErrUnsupported, dataclass.ErrMalformed} {
			if errors.Is(err, sort) != errors.Is(short, sort) {
				t.Fatalf("%v, and without most of it %v", err, short)
			}
		}
		whole1, whole2 := whole(class, data), whole(class, brief(data))
		if errors.Is(whole1, ErrObject) != errors.Is(whole2, ErrObject) || errors.Is(whole1, ErrData) != errors.Is(whole2, ErrData) {
			t.Fatalf("%v, and without most of it %v", whole1, whole2)
		}
	})
}
