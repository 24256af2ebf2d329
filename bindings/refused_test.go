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

// TestSyncNotesWhoTakesItAgain: a client that refused once and then takes the same credentials is not paused for ever.
func TestSyncNotesWhoTakesItAgain(t *testing.T) {
	p := newPair(t, pairOptions{})
	b, err := p.store.Binding(t.Context(), p.owner, p.binding)
	p.ok(err)
	p.ok(p.store.Unauthorised(t.Context(), p.owner, b.Target, "it refused once"))
	_, err = p.syncs.Synchronize(t.Context(), p.owner, p.binding, dataclass.Contacts, engine.TwoWay)
	p.ok(err)
	if list, err := p.store.Unauthorisations(t.Context(), p.owner); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
}
