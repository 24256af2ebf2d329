package syncml_test

import (
	"slices"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// TestFilter: the range that a phone asks for comes to the run, and a database whose filter is refused is
// not synchronised at all.
func TestFilter(t *testing.T) {
	since := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name   string
		filter wire.Filter
		code   int
		want   dataclass.Range
	}{
		{"honoured", wire.Filter{Record: "SINCE&EQ;20260102"}, 200, dataclass.Range{From: since}},
		{"refused", wire.Filter{Record: "SUMMARY&iCON;x"}, 406, dataclass.Range{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			p := newPhone(b, "dev1")
			p.begin()
			item := p.alertItem()
			item.Target.URI, item.Filter = "calendar", &c.filter
			m := p.message(true, &wire.Alert{Code: 201, Items: []wire.Item{item}})
			p.credentials(m)
			p.send(m)
			if !slices.Contains(p.codes(), "Alert "+itoa(c.code)) || len(p.seen.Alerts) != map[int]int{200: 1}[c.code] {
				t.Fatalf("%v, %d alerts", p.codes(), len(p.seen.Alerts))
			}
			p.send(p.message(true, &wire.Sync{Target: wire.Location{URI: "calendar"}, Source: wire.Location{URI: "./addressbook"}}))
			if d := b.db("dev1"); len(d.Modes) != map[int]int{200: 1}[c.code] || b.fakes.within != c.want {
				t.Errorf("runs %v, within %v", d.Modes, b.fakes.within)
			}
		})
	}
}
