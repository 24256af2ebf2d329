package dataclass

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/emersion/go-ical"
)

func TestComponent(t *testing.T) {
	e := mustEvent(t, richEvent)
	cal := e.Calendar()
	if len(cal.Children) != 3 || cal.Children[0].Name != "VTIMEZONE" || len(cal.Events()) != 2 {
		t.Fatalf("%d children", len(cal.Children))
	}
	c := e.Component()
	if c.Name != "VEVENT" || len(c.Children) != 2 || len(c.Props["EXDATE"]) != 2 {
		t.Errorf("%s with %d children", c.Name, len(c.Children))
	}
	text, err := c.Props.Text("SUMMARY")
	if err != nil || text != "Møte, kaffe" {
		t.Errorf("summary %q, %v", text, err)
	}
	if got := c.Props.Get("ORGANIZER").Params.Get("CN"); got != "Example, Kari" {
		t.Errorf("organizer %q", got)
	}
	at, err := mustEvent(t, phoneEvent).Calendar().Events()[0].DateTimeStart(nil)
	if err != nil || !at.Equal(time.Date(2024, 3, 4, 8, 0, 0, 0, time.UTC)) {
		t.Errorf("phone: %s, %v", at, err)
	}
}

// The encoder of that package takes what it is given or refuses it, but never panics.
func TestCalendarCanBeEncoded(t *testing.T) {
	odd := mustEvent(t, "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:a\nBEGIN:VEVENT\nUID:1\nDTSTAMP:20240101T000000Z\n"+
		"A;B=\"x;y:z\";C=^n^':d\nATTACH;ENCODING=BASE64;VALUE=BINARY:YQ==\nno colon\n:\nEND:VEVENT\nEND:VCALENDAR\n").Calendar()
	var b bytes.Buffer
	if err := ical.NewEncoder(&b).Encode(odd); err != nil {
		t.Errorf("%v", err)
	}
	files, err := filepath.Glob("testdata/corpus/*/*")
	if err != nil || len(files) == 0 {
		t.Fatal("no corpus")
	}
	n := 0
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		it, err := decodeCalendar(Calendar, data, Format{})
		if err != nil {
			continue
		}
		n++
		if err := ical.NewEncoder(&b).Encode(it.icalCalendar()); err != nil {
			t.Logf("%s: %v", f, err)
		}
	}
	t.Logf("%d items", n)
}

func TestNoteComponent(t *testing.T) {
	n := mustNoteView(t, "a\nb", "")
	text, err := n.Component().Props.Text("DESCRIPTION")
	if cal := n.Calendar(); err != nil || text != "b" || len(cal.Children) != 1 {
		t.Errorf("%q, %v", text, err)
	}
}
