package bindings

import (
	"context"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/memory"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// TestRule_2_3_GarbageOfTheOtherSide: what cannot be read is set aside whichever side it comes from, and
// an item that was linked stays as it was on the other.
func TestRule_2_3_GarbageOfTheOtherSide(t *testing.T) {
	p := newPair(t, pairOptions{})
	p.put(0, card("Ann"))
	p.put(1, card("Ben"))
	p.mustSync()
	garbage := dataclass.Body{Type: "text/x-vcard", Data: []byte("BEGIN:VCARD")}
	bad := p.put(0, garbage)
	p.ok(p.sides[1].Edit(dataclass.Contacts, p.id(1, "Ann"), garbage))
	if got := p.mustSync(); got.Quarantined != 2 || got.State != engine.StateDone {
		t.Errorf("log %+v", got)
	}
	if len(p.items(0)) != 3 || len(p.items(1)) != 2 {
		t.Errorf("%d and %d items", len(p.items(0)), len(p.items(1)))
	}
	p.ok(p.sides[0].Edit(dataclass.Contacts, bad, card("Cid")))
	var annID sources.ID
	for id, b := range p.items(1) {
		if b.Type == garbage.Type {
			annID = id
		}
	}
	p.ok(p.sides[1].Edit(dataclass.Contacts, annID, card("Ann", "NOTE:mended")))
	p.mustSync()
	p.mustHold("Ann Ben Cid")
}

func TestRule_6_1_ARemovedPropertyStaysRemoved(t *testing.T) {
	p := newPair(t, pairOptions{})
	p.put(0, card("Ann", "NOTE:old", "TITLE:T"))
	p.mustSync()
	p.edit(0, "Ann", "TITLE:T")                         // removes the note
	p.edit(1, "Ann", "NOTE:old", "TITLE:T", "ROLE:new") // adds a role
	if got := p.mustSync().Conflicts; got != 0 {
		t.Errorf("%d conflicts", got)
	}
	p.mustHold("Ann")
	got := string(p.items(0)[p.id(0, "Ann")].Data)
	if strings.Contains(got, "NOTE") || !strings.Contains(got, "TITLE:T") || !strings.Contains(got, "ROLE:new") {
		t.Errorf("merged:\n%s", got)
	}
}

// TestRule_5_1_WhatWasWrittenToAPhoneIsItsShadow: the first edit of an item that came from the other side is
// an edit, no conflict, whoever wins conflicts.
func TestRule_5_1_WhatWasWrittenToAPhoneIsItsShadow(t *testing.T) {
	for _, came := range []string{"as an Add", "as a Replace"} {
		t.Run(came, func(t *testing.T) {
			w := newWorld(t)
			if _, err := w.store.SetWinner(context.Background(), w.owner, 1, WinnerTarget); err != nil {
				t.Fatal(err)
			}
			mustPut(w, card("Ann", "NOTE:old"))
			w.mustSync()
			if came == "as a Replace" {
				if err := w.peer.Edit(dataclass.Contacts, peerID(w, "Ann"), card("Ann", "NOTE:older")); err != nil {
					t.Fatal(err)
				}
				w.mustSync()
			}
			luid := w.phone.find("Ann")
			w.phone.edit(luid, card("Ann", "NOTE:phone"))
			w.mustSync()
			w.mustAgree(1)
			if got := w.lastLog().Conflicts; got != 0 || !strings.Contains(string(w.phone.items[luid].Data), "NOTE:phone") {
				t.Errorf("%d conflicts, the phone holds:\n%s", got, w.phone.items[luid].Data)
			}
		})
	}
}

// TestRule_2_4_AMapThatComesAfterTheItemChanged: the Add that the Map proves is out of date by then.
func TestRule_2_4_AMapThatComesAfterTheItemChanged(t *testing.T) {
	tests := []struct {
		name   string
		change func(w *world) error
		want   sources.Verb
	}{
		{"edited", func(w *world) error {
			return w.peer.Edit(dataclass.Contacts, peerID(w, "Ann"), card("Ann", "NOTE:new"))
		}, sources.Replace},
		{"deleted", func(w *world) error { return w.peer.Delete(dataclass.Contacts, peerID(w, "Ann")) }, sources.Delete},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			s, o := sentOnly(w)
			s.finish(false)
			if err := tt.change(w); err != nil {
				t.Fatal(err)
			}
			s = w.session()
			s.start(engine.TwoWay)
			if out := s.outbox(); len(out) != 0 {
				t.Fatalf("sent before the Add is proved: %+v", out)
			}
			s.settle(syncml.Answer{Op: o.Op, Kind: syncml.Mapped, LUID: "41"})
			s.finish(true)
			s = w.session()
			s.start(engine.TwoWay)
			out := s.outbox()
			if len(out) != 1 || out[0].Verb != tt.want || out[0].LUID != "41" {
				t.Errorf("the outbox holds %+v", out)
			}
		})
	}
}

// TestRule_9_OurOwnWritesAreNoReports: a side that stores something else than what was written has nothing to
// report for that, and neither has a user who saves an item without changing it.
func TestRule_9_OurOwnWritesAreNoReports(t *testing.T) {
	lossy := func(b dataclass.Body) dataclass.Body {
		b.Data = []byte(strings.Replace(string(b.Data), "NOTE:lost\r\n", "", 1))
		return b
	}
	p := newPair(t, pairOptions{memory: [2]memory.Options{{}, {Store: lossy}}})
	p.poor[1] = true
	p.boot()
	p.put(0, card("Ann", "NOTE:lost"))
	p.put(0, card("Ben"))
	p.mustSync()
	p.edit(0, "Ben")
	for range 2 {
		if got := p.mustSync(); got.Sides != [2]SideCounts{} {
			t.Errorf("a sync of nothing did %+v", got.Sides)
		}
	}
	if got := string(p.items(0)[p.id(0, "Ann")].Data); !strings.Contains(got, "NOTE:lost") {
		t.Errorf("what one side cannot keep is lost:\n%s", got)
	}
}

// TestRule_2_1_AnAddAfterADeleteIsAnotherItem: it is no edit of the one that had its LUID before.
func TestRule_2_1_AnAddAfterADeleteIsAnotherItem(t *testing.T) {
	for _, messages := range []int{1, 2} {
		w := newWorld(t)
		w.phone.add(card("Ann"))
		w.mustSync()
		was := peerID(w, "Ann")
		s := w.session()
		if messages == 1 {
			s.put(false, remove("1"), add("1", card("Cid")))
		} else {
			s.put(false, remove("1"))
			s.put(false, add("1", card("Cid")))
		}
		s.start(engine.TwoWay)
		s.finish(true)
		if now := peerID(w, "Cid"); now == was {
			t.Errorf("in %d messages: the peer's item %s was overwritten", messages, was)
		}
		want := [2]SideCounts{{AddsIn: 1, DeletesIn: 1}, {AddsOut: 1, DeletesOut: 1}}
		if got := w.lastLog().Sides; got != want {
			t.Errorf("in %d messages: %+v", messages, got)
		}
	}
}

// TestRule_6_3_TwoPhonesBringAnItemBackOnce: two phones edited what the datastore's user deleted. Each edit
// survives, in one item.
func TestRule_6_3_TwoPhonesBringAnItemBackOnce(t *testing.T) {
	for name, broken := range map[string]bool{"the deletion is news": false, "the deletion broke off on its way": true} {
		t.Run(name, func(t *testing.T) { twoPhonesBringBack(t, broken) })
	}
}

// twoPhonesBringBack plays it: broken says that the phones were in contact between the deletion and the edits, but
// were told nothing.
func twoPhonesBringBack(t *testing.T, broken bool) {
	w := newWorld(t)
	one, two := w.phone, newSimPhone()
	var err error
	if two.client, err = w.phones.Register(context.Background(), w.owner, "SIM-2"); err != nil {
		t.Fatal(err)
	}
	phones := []*simPhone{one, two}
	one.add(card("Ann"))
	for _, w.phone = range phones {
		w.mustSync()
	}
	if err := w.peer.Delete(dataclass.Contacts, peerID(w, "Ann")); err != nil {
		t.Fatal(err)
	}
	for _, w.phone = range phones {
		if broken {
			s := w.session()
			s.start(engine.TwoWay)
			if out := s.outbox(); len(out) != 1 || out[0].Verb != sources.Delete {
				t.Fatalf("owed to the phone: %+v", out)
			}
			s.finish(false)
		}
	}
	one.edit(one.find("Ann"), card("Ann", "NOTE:one"))
	two.edit(two.find("Ann"), card("Ann", "TITLE:two"))
	for range 2 {
		for _, w.phone = range phones {
			w.mustSync()
		}
	}
	for _, w.phone = range phones {
		w.mustAgree(1)
	}
	got := string(two.items[two.find("Ann")].Data)
	if !strings.Contains(got, "NOTE:one") || !strings.Contains(got, "TITLE:two") {
		t.Errorf("an edit is lost:\n%s", got)
	}
}

// reasons are why the phone of a world is owed something, in order of the links.
func (w *world) reasons() (list []engine.Reason) {
	w.t.Helper()
	ref := engine.Ref{Owner: w.owner, Binding: 1, Class: dataclass.Contacts}
	mem, err := w.store.Journal().Load(context.Background(), engine.Lease{Ref: ref})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, l := range mem.Links {
		list = append(list, l.Owed[engine.Source])
	}
	return list
}

func TestRule_4_TheReasonSaysHowFarItCame(t *testing.T) {
	tests := []struct {
		name    string
		answers []syncml.AnswerKind // what the phone says of each op
		add     engine.Reason
		replace engine.Reason
	}{
		{"nothing left", nil, engine.Unsent, engine.Unsent},
		{"no answer came", []syncml.AnswerKind{syncml.Sent}, engine.Unmapped, engine.Unacknowledged},
		{"acknowledged", []syncml.AnswerKind{syncml.Sent, syncml.Acknowledged}, engine.Unmapped, engine.None},
		{"refused", []syncml.AnswerKind{syncml.Sent, syncml.Refused}, engine.Refused, engine.Refused},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.phone.add(card("Ann"))
			w.mustSync()
			if err := w.peer.Edit(dataclass.Contacts, peerID(w, "Ann"), card("Ann", "NOTE:new")); err != nil {
				t.Fatal(err)
			}
			mustPut(w, card("Ben"))
			s := w.session()
			s.start(engine.TwoWay)
			for _, o := range s.outbox() {
				for _, kind := range tt.answers {
					s.settle(syncml.Answer{Op: o.Op, Kind: kind, Err: sources.ErrQuota})
				}
			}
			s.finish(false)
			if got := w.reasons(); len(got) != 2 || got[0] != tt.replace || got[1] != tt.add {
				t.Errorf("Replace and Add are owed as %v", got)
			}
		})
	}
}

// TestRule_7_2_AResetPhoneUsesALUIDAgain: what it calls 1 now is not what we once wrote there.
func TestRule_7_2_AResetPhoneUsesALUIDAgain(t *testing.T) {
	w := newWorld(t)
	mustPut(w, card("Ann", "TEL;TYPE=CELL:+15550101"))
	w.mustSync()
	luid := w.phone.find("Ann")
	clear(w.phone.items)
	w.phone.items[luid] = card("Zoe", "TEL;TYPE=CELL:+15550909")
	if err := w.syncPhone(true); err != nil {
		t.Fatal(err)
	}
	w.mustSync()
	w.mustAgree(2)
	if got := w.peerNames(); got != "Ann Zoe" {
		t.Errorf("the peer holds %q", got)
	}
}
