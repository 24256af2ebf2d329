package bindings

import (
	"context"
	"errors"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
)

// narrowed has the clients of one side of a pair hold only some dataclasses, as servers do.
func (p *pair) narrowed(i int, classes []dataclass.Class, err error) {
	p.t.Helper()
	k := p.watched(i)
	k.Classes = func(context.Context, sources.Client) ([]dataclass.Class, error) { return classes, err }
	p.syncs.kinds.Register(k)
	p.store.kinds = p.syncs.kinds
}

// TestClassesOfOneClient asks a client that has contacts only for nothing else, although its kind has more.
func TestClassesOfOneClient(t *testing.T) {
	p := newPair(t, pairOptions{})
	p.put(0, card("Ann"))
	for _, tc := range []struct {
		name string
		has  []dataclass.Class
		want int
	}{
		{"one", []dataclass.Class{dataclass.Contacts}, 1},
		{"one that the kind has not", []dataclass.Class{dataclass.Contacts, dataclass.Calendar}, 1},
		{"none", nil, 0},
	} {
		p.narrowed(1, tc.has, nil)
		got, err := p.syncs.Request(t.Context(), nil, p.owner, p.binding, engine.TwoWay)
		if err != nil || len(got.Entries) != tc.want || tc.want == 1 && got.Entries[0].Class != dataclass.Contacts {
			t.Errorf("%s: %+v, %v", tc.name, got.Entries, err)
		}
	}
	p.narrowed(1, nil, sources.ErrAuth)
	if _, err := p.syncs.Request(t.Context(), nil, p.owner, p.binding, engine.TwoWay); !errors.Is(err, sources.ErrAuth) {
		t.Errorf("a client that cannot tell: %v", err)
	}
}

// TestBindNothingInCommon refuses a binding of two clients that share no dataclass, although their kinds do.
func TestBindNothingInCommon(t *testing.T) {
	p := newPair(t, pairOptions{})
	b, err := p.store.Binding(t.Context(), p.owner, p.binding)
	p.ok(err)
	p.ok(p.store.RemoveBinding(t.Context(), p.owner, p.binding))
	p.narrowed(0, []dataclass.Class{dataclass.Contacts}, nil)
	p.narrowed(1, []dataclass.Class{dataclass.Notes}, nil)
	n := NewBinding{Source: b.Source, Target: b.Target}
	if _, err := p.store.CreateBinding(t.Context(), p.owner, n); !errors.Is(err, ErrInvalid) {
		t.Errorf("nothing in common: %v", err)
	}
	p.narrowed(1, []dataclass.Class{dataclass.Notes, dataclass.Contacts}, nil)
	if _, err := p.store.CreateBinding(t.Context(), p.owner, n); err != nil {
		t.Errorf("contacts in common: %v", err)
	}
}
