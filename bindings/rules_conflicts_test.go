package bindings

import (
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/memory"
)

// A side that answers every write with a conflict for a while, as with wrong entity tags, has all edits and deletions once it is
// right again. Until then the user is told, and each sync tries once.
func TestRule_4_ConflictsOfAWhileSetNothingAside(t *testing.T) {
	y := &picky{}
	p := newPair(t, pairOptions{memory: [2]memory.Options{{}, y.options()}})
	for _, name := range []string{"Ann", "Ben", "Cas"} {
		p.put(0, card(name))
	}
	p.mustSync()
	y.bad = func(sources.Op) error { return sources.ErrConflict }
	p.edit(0, "Ann", "TITLE:left")
	p.remove(0, "Ben")
	p.edit(0, "Cas", "TITLE:right")
	var e LogEntry
	for run, want := range []int{12, 12, 12, 3, 3} {
		tried := p.attempts(&e)
		refused, err := p.store.CountRefused(t.Context(), p.owner, p.binding, dataclass.Contacts)
		p.ok(err)
		if tried != want || refused != 3 || e.Quarantined != 0 {
			t.Errorf("run %d: %d attempts, %d not taken, %d set aside", run, tried, refused, e.Quarantined)
		}
		if n := len(p.quarantine()); n != map[bool]int{false: 0, true: 3}[run >= 2] {
			t.Errorf("run %d: %d items are told of", run, n)
		}
	}
	for _, q := range p.quarantine() {
		if q.Side != engine.Target || q.Why == "" {
			t.Errorf("told of: %+v", q)
		}
	}
	p.ok(p.store.RetryQuarantined(t.Context(), p.owner, p.quarantine()[0].ID))
	if tried := p.attempts(&e); tried != 4+2 {
		t.Errorf("%d attempts after a person asked for it", tried)
	}
	y.bad = nil
	p.mustSync()
	p.mustHold("Ann Cas")
	for _, b := range p.items(1) {
		if text := string(b.Data); text != string(card(nameOf(b), map[string]string{"Ann": "TITLE:left", "Cas": "TITLE:right"}[nameOf(b)]).Data) {
			t.Errorf("the other side has %s", text)
		}
	}
	if list := p.quarantine(); len(list) != 0 {
		t.Errorf("still told of: %+v", list)
	}
}
