package bindings

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// TestPhonesAtOnce lets three phones of one owner sync at the same time, again and again, with their
// users at work: no item may be lost or doubled, no edit either.
func TestPhonesAtOnce(t *testing.T) {
	who, phones := benchHouse(t)
	all := []*simPhone{newSimPhone(), newSimPhone(), newSimPhone()}
	for i, p := range all {
		id, err := phones.Register(context.Background(), who.Owner, fmt.Sprintf("SIM-%d", i+1))
		if err != nil {
			t.Fatal(err)
		}
		p.client = id
	}
	var wg sync.WaitGroup
	for i, p := range all {
		wg.Go(func() { live(t, phones, who.Owner, p, i) })
	}
	wg.Wait()
	for range 3 {
		for _, p := range all {
			if err := p.sync(phones, who.Owner, false); err != nil {
				t.Fatal(err)
			}
		}
	}
	want := contentsOf(t, all[0])
	if len(want) != 3*8 {
		t.Errorf("%d items, wanted %d:\n%s", len(want), 3*8, strings.Join(want, "\n"))
	}
	for i, p := range all[1:] {
		if got := contentsOf(t, p); !slices.Equal(got, want) {
			t.Errorf("phone %d holds\n%s\nand phone 0\n%s", i+1, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	marks := 0
	for _, b := range all[0].items {
		marks += strings.Count(string(b.Data), "X-MARK-")
	}
	if marks != 3*8 {
		t.Errorf("%d edits arrived, wanted %d", marks, 3*8)
	}
}

// live is a user's day: new contacts, edits, and syncs in between.
func live(t *testing.T, phones *Phones, owner string, p *simPhone, me int) {
	r := rand.New(rand.NewPCG(uint64(me), 5))
	for n := range 8 {
		p.add(card(fmt.Sprintf("P%d-%d", me, n)))
		luids := slices.Sorted(keys(p.items))
		luid := luids[r.IntN(len(luids))]
		p.edit(luid, marked(p.items[luid], fmt.Sprintf("X-MARK-%d-%d:x", me, n)))
		if err := p.sync(phones, owner, false); err != nil && !errors.Is(err, engine.ErrBusy) && !errors.Is(err, syncml.ErrTakenOver) {
			t.Errorf("phone %d: %v", me, err)
		}
	}
}

func contentsOf(t *testing.T, p *simPhone) []string {
	t.Helper()
	var out []string
	for _, b := range p.items {
		out = append(out, printString(t, b))
	}
	slices.Sort(out)
	return out
}
