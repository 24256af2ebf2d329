package bindings

import (
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
)

// person is an invented contact with a structured name.
func person(given, family string, lines ...string) dataclass.Body {
	b := card(given+" "+family, lines...)
	text := "BEGIN:VCARD\r\nVERSION:3.0\r\nN:" + family + ";" + given + ";;;\r\nFN:" + given + " " + family + "\r\n"
	for _, l := range lines {
		text += l + "\r\n"
	}
	return dataclass.Body{Type: b.Type, Data: []byte(text + "END:VCARD\r\n")}
}

func TestRule_7_3_TheSamePersonWithOtherFieldsIsOne(t *testing.T) {
	p := newPair(t, pairOptions{})
	p.put(0, person("Wilhelmina", "Abendroth", "UID:left-1", "TEL;TYPE=CELL:+49 151 2345678", "EMAIL:wa@abendroth.example", "NOTE:left"))
	p.put(1, person("Wilhelmina", "Abendroth", "UID:right-9", "EMAIL:wa@abendroth.example", "TEL;TYPE=CELL:+49 151 2345678", "ORG:Lumen"))
	e := p.mustSync()
	t.Logf("%+v", e)
	if len(p.items(0)) != 1 || len(p.items(1)) != 1 {
		t.Errorf("%d and %d items", len(p.items(0)), len(p.items(1)))
	}
	if e.Duplicates != 1 || e.Removed != 1 || e.Mode != engine.Slow {
		t.Errorf("log %+v", e)
	}
}

func TestRule_7_5_ADoubtfulPairStaysApart(t *testing.T) {
	for _, lines := range [][2][]string{
		{{"TEL:+49 30 1234567"}, {"EMAIL:x@y.example"}},
		{{"NOTE:a"}, {"TEL:+49 30 7654321"}},
		{{}, {"ORG:Lumen"}},
		{{"TEL:+49 30 1234567"}, {"TEL:+49 30 7654321"}},
		{{"EMAIL:a@x.example"}, {"EMAIL:b@x.example"}},
	} {
		p := newPair(t, pairOptions{})
		p.put(0, person("Anna", "Berg", lines[0]...))
		p.put(1, person("Anna", "Berg", lines[1]...))
		e := p.mustSync()
		t.Logf("%v: dup %d removed %d held %d; %d %d", lines, e.Duplicates, e.Removed, e.Held, len(p.items(0)), len(p.items(1)))
	}
}
