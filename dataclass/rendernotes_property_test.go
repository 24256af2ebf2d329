package dataclass

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// drawNote draws a note with a title, a text and more.
func drawNote(t *rapid.T) *Item {
	esc := func(s string) string { return contentline.Escape(contentline.MIMEDir, s, ",;") }
	lines := []string{"SUMMARY:" + esc("t"+rapid.StringOfN(rapid.SampledFrom([]rune("abcXöЖ, ;")), 0, 20, -1).Draw(t, "title")+"t")}
	lines = append(lines, "DESCRIPTION:"+esc("q"+rapid.StringOfN(rapid.SampledFrom([]rune("abcXöЖ,; \\\n€")), 0, 200, -1).Draw(t, "body")+"q"))
	for _, l := range []string{"CATEGORIES:own,Work", "CLASS:PRIVATE", "X-OWN:1", "DTSTART;VALUE=DATE:20240101"} {
		if rapid.Bool().Draw(t, l) {
			lines = append(lines, l)
		}
	}
	text := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\nBEGIN:VJOURNAL\r\nUID:1\r\n" + join(lines) + "END:VJOURNAL\r\nEND:VCALENDAR\r\n"
	it, err := Decode(Notes, Body{Type: "text/calendar", Data: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	return it
}

func drawHeldNote(t *rapid.T) (it, held *Item, f Format, c Capabilities) {
	it = drawNote(t)
	f = rapid.SampledFrom([]Format{PlainText, VNote11, ICalendar20}).Draw(t, "format")
	c.Charset = rapid.SampledFrom([]string{"", "ISO-8859-1", "US-ASCII"}).Draw(t, "charset")
	for _, name := range []string{"BODY", "DESCRIPTION", "SUMMARY"} {
		if rapid.Bool().Draw(t, "limit of "+name) {
			c.Limits = append(c.Limits, Limit{Name: name, Size: rapid.IntRange(30, 80).Draw(t, "size")})
		}
	}
	if rapid.Bool().Draw(t, "small") {
		c.MaxSize = rapid.IntRange(100, 500).Draw(t, "max size")
	}
	held, err := it.ProjectFor(f, c)
	if err != nil {
		t.Skip(err)
	}
	return it, again(t, held), f, c
}

func TestProjectForOfNotesIsIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		it, held, f, c := drawHeldNote(t)
		twice, err := held.ProjectFor(f, c)
		if err != nil || twice.Fingerprint() != held.Fingerprint() {
			t.Fatalf("%v: %+v: of\n%s\ngot\n%s\nthen\n%s", err, c, it.Body().Data, held.Body().Data, twice.Body().Data)
		}
		if n := len(held.Body().Data); c.MaxSize > 0 && n > c.MaxSize {
			t.Fatalf("%d bytes of %d", n, c.MaxSize)
		}
	})
}

func TestNoEditChangesNothingOfNotes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		it, held, _, c := drawHeldNote(t)
		m := mustMerge(t, it, Version{Shadow: held, Now: again(t, held), Sent: drawSent(t, held)}, Version{Shadow: it}, drawWinner(t))
		if m.Item != it || m.Conflict || m.Lossy[1] {
			t.Fatalf("%+v: conflict %v, lossy %v: of\n%s\nheld\n%s\ngot\n%s", c, m.Conflict, m.Lossy, it.Body().Data, held.Body().Data, m.Item.Body().Data)
		}
	})
}

// A note whose text is edited on a phone that holds the text only keeps its categories and whatever
// else it has.
func TestOneEditChangesOnePropertyOfNotes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		it, held, f, c := drawHeldNote(t)
		now := again(t, held)
		root := limited(now)[0]
		p := root.Find("BODY")
		if p == nil {
			p = root.Find("DESCRIPTION")
		}
		if p == nil {
			t.Skip("no text")
		}
		p.Value += " end"
		if fit, err := now.ProjectFor(f, c); err != nil || fit.Fingerprint() != now.Fingerprint() {
			t.Skip("not held")
		}
		m := mustMerge(t, it, Version{Shadow: held, Now: again(t, now), Sent: Sent(nil).With(held)}, Version{Shadow: it}, drawWinner(t))
		gone, come := changedElements(it, m.Item)
		for _, e := range append(gone, come...) {
			if e.key != "DESCRIPTION" {
				t.Fatalf("%s changed: %+v\nof\n%s\nheld\n%s\nnow\n%s\nmerged\n%s", e.key, c, it.Body().Data, held.Body().Data, now.Body().Data, m.Item.Body().Data)
			}
		}
		if m.Conflict || m.Item == it || len(come) != 1 {
			t.Fatalf("conflict %v, %d new: of\n%s\nnow\n%s\nmerged\n%s", m.Conflict, len(come), it.Body().Data, now.Body().Data, m.Item.Body().Data)
		}
	})
}

func TestProjectForNotes(t *testing.T) {
	const text = "a\\,b\\n\nc;d"
	for _, tt := range []struct {
		name, want string
		c          Capabilities
	}{
		{"everything", text, Capabilities{}},
		{"cut", "a\\,b\\n\nc", Capabilities{Limits: []Limit{{Name: "BODY", Size: 8}}}},
		{"lost", "A\\,B\\N\nC", Capabilities{Losses: []Loss{{Name: "BODY", Length: 8, Upper: true}}}},
		{"small", "a\\,b\\n\n", Capabilities{MaxSize: 7}},
		{"ASCII", text, Capabilities{Charset: "US-ASCII"}},
		{"never, but it is all there is", text, Capabilities{Limits: []Limit{{Name: "BODY", Never: true}}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			it, err := Decode(Notes, Body{Type: "text/plain", Data: []byte(text)})
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if it, err = it.ProjectFor(PlainText, tt.c); err != nil || string(it.Body().Data) != tt.want {
					t.Fatalf("%v: got %q", err, it.Body().Data)
				}
			}
		})
	}
}
