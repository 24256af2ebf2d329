package bindings

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/faulty"
)

// settleDown syncs without faults until a session ends well, and once more.
func (w *world) settleDown() {
	w.t.Helper()
	w.points = nil
	w.phone.breakAt = 0
	w.boot()
	var err error
	for range 3 {
		if err = w.syncPhone(false); err == nil {
			break
		}
	}
	if err == nil {
		err = w.syncPhone(false)
	}
	if err != nil {
		w.t.Fatalf("no sync succeeds any more: %v", err)
	}
}

// scenario is a history to be broken off at every point.
type scenario struct {
	name string
	// before runs without faults.
	before func(w *world)
	// slow asks for a slow sync.
	slow bool
	// cache is what kind of phone it is.
	cache bool
}

func mustPut(w *world, b dataclass.Body) sources.ID {
	id, err := w.peer.Put(dataclass.Contacts, b)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func peerID(w *world, name string) sources.ID {
	items, err := w.peer.List(dataclass.Contacts)
	if err != nil {
		w.t.Fatal(err)
	}
	for id, b := range items {
		if strings.Contains(string(b.Data), "FN:"+name+"\r\n") {
			return id
		}
	}
	w.t.Fatalf("peer has no %s", name)
	return ""
}

func firstContact(w *world) {
	for i := range 5 {
		w.phone.add(card(fmt.Sprintf("Phone%d", i), "TEL;TYPE=CELL:+1555010"+fmt.Sprint(i)))
		mustPut(w, card(fmt.Sprintf("Peer%d", i), "TEL;TYPE=CELL:+1555020"+fmt.Sprint(i)))
	}
	both := card("Both", "EMAIL:both@example.org")
	w.phone.add(both)
	mustPut(w, both)
}

func changesOnBothSides(w *world) {
	editsOnBothSides(w)
	p := w.phone
	p.remove(p.find("Phone1"))
	p.remove(p.find("Phone3")) // which the peer edits: an edit survives the phone's delete
}

// editsOnBothSides has no deletes by the phone: a slow sync cannot tell them.
func editsOnBothSides(w *world) {
	firstContact(w)
	if err := w.syncPhone(false); err != nil {
		w.t.Fatal(err)
	}
	p := w.phone
	p.edit(p.find("Phone0"), card("Phone0", "TEL;TYPE=CELL:+15550111"))
	p.add(card("Phone9"))
	p.edit(p.find("Both"), card("Both", "EMAIL:both@example.org", "NOTE:from the phone"))
	p.edit(p.find("Peer3"), card("Peer3", "TEL;TYPE=CELL:+15550333"))
	edit := func(name string, lines ...string) {
		if err := w.peer.Edit(dataclass.Contacts, peerID(w, name), card(name, lines...)); err != nil {
			w.t.Fatal(err)
		}
	}
	edit("Peer0", "TEL;TYPE=CELL:+15550222")
	edit("Both", "EMAIL:both@example.org", "TITLE:From the peer")
	edit("Phone3", "TEL;TYPE=CELL:+15550444")
	for _, name := range []string{"Peer1", "Peer3"} {
		if err := w.peer.Delete(dataclass.Contacts, peerID(w, name)); err != nil {
			w.t.Fatal(err)
		}
	}
	mustPut(w, card("Peer9"))
}

var scenarios = []scenario{
	{name: "first contact", before: firstContact},
	{name: "changes on both sides", before: changesOnBothSides},
	{name: "changes on both sides, phone that caches Maps", before: changesOnBothSides, cache: true},
	{name: "slow sync of changed sides", before: editsOnBothSides, slow: true},
}

// play builds the scenario's world and runs its session with a fault.
func (s scenario) play(t testing.TB, points *faulty.Points, breakAt int) *world {
	w := newWorld(t)
	w.phone.cache = s.cache
	s.before(w)
	w.points, w.phone.breakAt = points, breakAt
	err := w.syncPhone(s.slow)
	if err != nil && !errors.Is(err, faulty.ErrCrash) && !errors.Is(err, errBattery) {
		t.Fatalf("%v (crash at %s)", err, points.Where())
	}
	return w
}

// TestCrashAtEveryStep lets the program die at every commit and every call of the peer, one after the
// other, and the phone's session break off at every step, and asks each time that both sides end as
// they do without: P1, P2, P3, P4, P7, P8.
func TestCrashAtEveryStep(t *testing.T) {
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			calm := s.play(t, nil, 0)
			calm.settleDown()
			want, wantPeer := calm.prints()
			if !slices.Equal(want, wantPeer) {
				t.Fatalf("without any fault the sides differ:\nphone %v\npeer  %v", want, wantPeer)
			}
			steps := calm.phone.steps
			n := 1
			for ; ; n++ {
				points := faulty.CrashAt(n)
				w := s.play(t, points, 0)
				if !points.Crashed() {
					break
				}
				w.settleDown()
				w.expect(want, fmt.Sprintf("crash %d at %s", n, points.Where()))
			}
			t.Logf("%d crashes", n-1)
			if n < 20 {
				t.Errorf("only %d points: the crash points are not reached", n)
			}
			for k := 1; k <= steps+20; k++ {
				w := s.play(t, nil, k)
				w.settleDown()
				w.expect(want, fmt.Sprintf("phone died at step %d", k))
			}
		})
	}
}

func (w *world) expect(want []string, what string) {
	w.t.Helper()
	phone, peer := w.prints()
	if !slices.Equal(phone, want) {
		w.t.Errorf("%s: the phone holds\n%s\nwanted\n%s", what, strings.Join(phone, "\n"), strings.Join(want, "\n"))
	}
	if !slices.Equal(peer, want) {
		w.t.Errorf("%s: the peer holds\n%s\nwanted\n%s", what, strings.Join(peer, "\n"), strings.Join(want, "\n"))
	}
}
