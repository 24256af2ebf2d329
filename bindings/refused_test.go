package bindings

import (
	"errors"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
)

// TestSyncNotesWhoRefuses has a client refuse its credentials in a sync that somebody asked for; another error notes
// nothing.
func TestSyncNotesWhoRefuses(t *testing.T) {
	for _, tc := range []struct {
		name string
		err  error
		want int
	}{{"refused", sources.ErrAuth, 1}, {"busy", sources.ErrBusy, 0}} {
		t.Run(tc.name, func(t *testing.T) {
			p := newPair(t, pairOptions{})
			p.replace = func(side int, src sources.Source) sources.Source {
				if side == 1 {
					return refusesClass{src, dataclass.Contacts, tc.err}
				}
				return src
			}
			if _, err := p.syncs.Synchronize(t.Context(), p.owner, p.binding, dataclass.Contacts, engine.TwoWay); !errors.Is(err, tc.err) {
				t.Fatal(err)
			}
			b, err := p.store.Binding(t.Context(), p.owner, p.binding)
			p.ok(err)
			list, err := p.store.Unauthorisations(t.Context(), p.owner)
			if err != nil || len(list) != tc.want || tc.want == 1 && list[0].Client != b.Target {
				t.Errorf("%+v, %v", list, err)
			}
		})
	}
}
