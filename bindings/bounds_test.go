package bindings

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"strings"
	"testing"
	"weak"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/memory"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// generator is a source of many big items that it keeps nowhere: each body is made anew when it is asked
// for. It knows which of them are still held by somebody.
type generator struct {
	n, size int
	made    []weak.Pointer[byte]
}

func (g *generator) Begin(_ context.Context, _ dataclass.Class, since sources.Cursor) (sources.Session, error) {
	return generatorSession{g, since == ""}, nil
}

type generatorSession struct {
	*generator
	all bool
}

func (g *generator) item(i int) sources.Change {
	b := card(fmt.Sprintf("P%d", i), "NOTE:"+strings.Repeat("x", g.size))
	g.made = append(g.made, weak.Make(&b.Data[0]))
	return sources.Change{ID: sources.ID(fmt.Sprint(i)), Rev: "1", Verb: sources.Add, Body: b}
}

// held is how many bodies somebody still holds.
func (g *generator) held() int {
	runtime.GC()
	n := 0
	for _, p := range g.made {
		if p.Value() != nil {
			n++
		}
	}
	return n
}

func (s generatorSession) Changes(context.Context) iter.Seq2[sources.Change, error] {
	return func(yield func(sources.Change, error) bool) {
		for i := 1; s.all && i <= s.n; i++ {
			if !yield(s.item(i), nil) {
				return
			}
		}
	}
}

func (s generatorSession) Read(_ context.Context, ids []sources.ID) iter.Seq2[sources.Change, error] {
	return func(yield func(sources.Change, error) bool) {
		for _, id := range ids {
			var i int
			if _, err := fmt.Sscan(string(id), &i); err != nil {
				yield(sources.Change{}, err)
				return
			}
			if !yield(s.item(i), nil) {
				return
			}
		}
	}
}

func (s generatorSession) Apply(_ context.Context, ops []sources.Op) ([]sources.Result, error) {
	return nil, fmt.Errorf("%d ops for a source that needs none", len(ops))
}

func (s generatorSession) Commit(context.Context) (sources.Cursor, error) { return "read", nil }
func (s generatorSession) Close() error                                   { return nil }

// TestP16_BodiesAreBoundedByTheBatch syncs 40 MB of items and looks, at each write, at how many bodies are
// alive: those of a batch and those that fit into the 8 MiB kept from the listing.
func TestP16_BodiesAreBoundedByTheBatch(t *testing.T) {
	const n, size, batch = 2500, 16 << 10, 100
	small := func(b dataclass.Body) dataclass.Body { return dataclass.Body{Type: b.Type, Data: []byte("x")} }
	p := newPair(t, pairOptions{batch: batch, memory: [2]memory.Options{{}, {Store: small}}})
	g, most := &generator{n: n, size: size}, 0
	p.replace = func(side int, s sources.Source) sources.Source {
		if side == 0 {
			return g
		}
		return s
	}
	p.onCall = func(side int, call string) {
		if side == 1 && call == "apply" {
			most = max(most, g.held())
		}
	}
	if got := p.mustSync().Sides[engine.Target].AddsOut; got != n {
		t.Fatalf("%d adds out, wanted %d", got, n)
	}
	// A body may be alive once as it was read and once as the batch before wrote it.
	const bound = (8<<20)/size + 3*batch
	t.Logf("at most %d of %d bodies", most, n)
	if most == 0 || most > bound {
		t.Errorf("%d bodies are held at once, wanted at most %d of %d", most, bound, n)
	}
}

// TestP16_AnOutboxIsNotReadWhole: whatever waits for a phone, a step that takes up or ends a run reads none
// of its bodies; what a broken run was about to write comes with them.
func TestP16_AnOutboxIsNotReadWhole(t *testing.T) {
	w := newWorld(t)
	for i := range 20 {
		mustPut(w, card(fmt.Sprintf("P%d", i)))
	}
	s := w.session()
	s.start(engine.Slow)
	s.settle(syncml.Answer{Op: s.outbox()[0].Op, Kind: syncml.Sent})
	lease := engine.Lease{Ref: engine.Ref{Owner: w.owner, Binding: 1, Class: dataclass.Contacts}}
	_, open, err := w.store.Journal().Pending(t.Context(), lease)
	if err != nil || len(open) != 20 {
		t.Fatalf("%d open, %v", len(open), err)
	}
	for _, in := range open {
		if len(in.Op.Body.Data) != 0 || in.Print == (dataclass.Fingerprint{}) {
			t.Errorf("intent %d in state %d: %q, fingerprint %s", in.ID, in.State, in.Op.Body.Data, in.Print)
		}
	}
	if out := s.outbox(); len(out) != 19 || nameOf(out[0].Body) == "" {
		t.Errorf("the outbox holds %+v", out)
	}
}
