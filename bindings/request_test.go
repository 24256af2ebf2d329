package bindings

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources/memory"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// calls stands for what alerts phones: it keeps whom it was asked to call.
type calls struct {
	got []syncml.AlertRequest
	who []string
	err error
}

func (c *calls) Alert(_ context.Context, owner, client string, r syncml.AlertRequest) (syncml.AlertRecord, error) {
	c.who, c.got = append(c.who, owner+" "+client), append(c.got, r)
	return syncml.AlertRecord{}, c.err
}

// A sync that the server starts is run where it can be, and a phone is called for it, in the mode that it
// means from where the phone stands.
func TestRequestCallsThePhone(t *testing.T) {
	who, phones := benchHouse(t)
	ctx, store := t.Context(), phones.store
	list, err := store.Bindings(ctx, who.Owner)
	if err != nil || len(list) != 1 || list[0].Source != who.Client {
		t.Fatal(list, err)
	}
	asSource, other := list[0], list[0].Target
	c := &calls{}
	got, err := phones.syncs.Request(ctx, c, who.Owner, asSource.ID, engine.OneWayFromClient, dataclass.Contacts)
	if err != nil || got.Alerted != who.Client || got.Entries != nil {
		t.Errorf("%+v, %v", got, err)
	}
	if err := store.RemoveBinding(ctx, who.Owner, asSource.ID); err != nil {
		t.Fatal(err)
	}
	asTarget, err := store.CreateBinding(ctx, who.Owner, NewBinding{Source: other, Target: who.Client})
	if err != nil {
		t.Fatal(err)
	}
	for _, mode := range []int{200, 201, 202, 203, 204, 205} {
		if _, err := phones.syncs.Request(ctx, c, who.Owner, asTarget.ID, mode); err != nil {
			t.Error(err)
		}
	}
	want := []syncml.AlertRequest{{Mode: 202, Classes: []dataclass.Class{dataclass.Contacts}},
		{Mode: 200}, {Mode: 201}, {Mode: 204}, {Mode: 205}, {Mode: 202}, {Mode: 203}}
	if diff := cmp.Diff(want, c.got); diff != "" || c.who[0] != who.Owner+" "+who.Client {
		t.Errorf("%v %s", c.who, diff)
	}
}

// What cannot be started says why, and calls nobody.
func TestRequestRefuses(t *testing.T) {
	who, phones := benchHouse(t)
	ctx, c := t.Context(), &calls{}
	list, err := phones.store.Bindings(ctx, who.Owner)
	if err != nil {
		t.Fatal(err)
	}
	id := list[0].ID
	for _, tt := range []struct {
		name    string
		alerter Alerter
		owner   string
		id      int64
		mode    int
		want    error
	}{
		{"nothing alerts phones", nil, who.Owner, id, 200, syncml.ErrUnreachable},
		{"no such mode", c, who.Owner, id, 206, ErrInvalid},
		{"no such binding", c, who.Owner, id + 1000, 200, ErrNotFound},
		{"another owner", c, "somebody", id, 200, ErrForbidden},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := phones.syncs.Request(ctx, tt.alerter, tt.owner, tt.id, tt.mode); !errors.Is(err, tt.want) {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
	if len(c.got) > 0 {
		t.Errorf("called %v", c.who)
	}
	c.err = syncml.ErrNoAddress
	if _, err := phones.syncs.Request(ctx, c, who.Owner, id, 200); !errors.Is(err, syncml.ErrNoAddress) {
		t.Errorf("what the alerter says: %v", err)
	}
}

// Where both clients answer at any time the sync is run, and nobody is called.
func TestRequestRuns(t *testing.T) {
	p := newPair(t, pairOptions{memory: [2]memory.Options{}})
	p.put(0, card("Ann"))
	c := &calls{}
	got, err := p.syncs.Request(t.Context(), c, p.owner, p.binding, engine.TwoWay)
	if err != nil || got.Alerted != "" || len(c.got) > 0 || len(got.Entries) < 4 {
		t.Fatalf("%+v, %v", got, err)
	}
	if len(p.prints(1)) != 1 {
		t.Errorf("the other side holds %v", p.prints(1))
	}
	one, err := p.syncs.Request(t.Context(), c, p.owner, p.binding, engine.Slow, dataclass.Notes)
	if err != nil || len(one.Entries) != 1 || one.Entries[0].Class != dataclass.Notes || one.Entries[0].Mode != engine.Slow {
		t.Errorf("%+v, %v", one, err)
	}
	if _, err := p.syncs.Request(t.Context(), c, p.owner, p.binding, 7, dataclass.Notes); !errors.Is(err, ErrInvalid) {
		t.Errorf("%v", err)
	}
}
