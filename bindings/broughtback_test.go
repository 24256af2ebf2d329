package bindings

import (
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
)

// After a backup was brought back the next two-way sync is a slow one, whoever starts it and however often it breaks
// off; the one after it is not. One way is not enough, and what was deleted since stays deleted.
func TestRule_12_TheNextSyncIsSlow(t *testing.T) {
	for name, start := range map[string]func(*pair) LogEntry{
		"at once": (*pair).mustSync,
		"in the background": func(p *pair) LogEntry {
			b := p.background()
			id := p.begin(b).Entries[0].ID
			b.Drain(t.Context())
			return p.entry(id)
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, pairOptions{})
			for _, n := range []string{"Ann", "Bea", "Cem"} {
				p.put(0, card(n))
			}
			p.settleDown()
			p.ok(BroughtBack(t.Context(), p.store.db))
			p.remove(1, "Bea")
			if _, err := p.syncs.Synchronize(t.Context(), p.owner, p.binding, dataclass.Contacts, engine.OneWayFromClient); err != nil {
				t.Fatal(err)
			}
			if v, err := p.syncs.Preview(t.Context(), p.owner, p.binding, dataclass.Contacts, engine.TwoWay, 0); err != nil || v.Mode != engine.Slow {
				t.Errorf("foretold: %+v, %v", v, err)
			}
			if e := start(p); e.Mode != engine.Slow || e.State != engine.StateDone {
				t.Errorf("the next: %+v", e)
			}
			p.mustHold("Ann Cem")
			if e := start(p); e.Mode != engine.TwoWay {
				t.Errorf("the one after it: %+v", e)
			}
		})
	}
}
