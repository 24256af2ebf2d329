package bindings

import (
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/syncml"
)

func TestRule_3_1_OurOwnWritesAreNoChanges(t *testing.T) {
	w := newWorld(t)
	firstContact(w)
	w.mustSync()
	w.mustAgree(11)
	for range 2 { // P5: quiescence
		w.calls = nil
		w.mustSync()
		got := w.lastLog()
		if got.Sides != [2]SideCounts{} || got.Duplicates != 0 || got.Conflicts != 0 {
			t.Errorf("a sync of nothing did %+v", got)
		}
		for _, c := range w.calls {
			if c == "apply" {
				t.Error("a sync of nothing wrote the peer")
			}
		}
	}
}

func TestRule_3_2_AnItemThatChangesUnderTheWrite(t *testing.T) {
	tests := []struct {
		name  string
		phone func(p *simPhone)
		peer  func(w *world) error
		want  string
	}{
		{"edit against edit", func(p *simPhone) { p.edit("1", card("Ann", "NOTE:phone")) },
			func(w *world) error {
				return w.peer.Edit(dataclass.Contacts, peerID(w, "Ann"), card("Ann", "TITLE:peer"))
			}, "NOTE:phone TITLE:peer"},
		{"edit against delete", func(p *simPhone) { p.edit("1", card("Ann", "NOTE:phone")) },
			func(w *world) error { return w.peer.Delete(dataclass.Contacts, peerID(w, "Ann")) }, "NOTE:phone"},
		{"delete against edit", func(p *simPhone) { p.remove("1") },
			func(w *world) error {
				return w.peer.Edit(dataclass.Contacts, peerID(w, "Ann"), card("Ann", "TITLE:peer"))
			}, "TITLE:peer"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.phone.add(card("Ann"))
			w.mustSync()
			tt.phone(w.phone)
			done := false
			w.onCall = func(call string) {
				if call == "apply" && !done {
					done = true
					if err := tt.peer(w); err != nil {
						t.Error(err)
					}
				}
			}
			w.mustSync()
			w.mustSync()
			w.mustAgree(1)
			items, err := w.peer.List(dataclass.Contacts)
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range items {
				for _, line := range strings.Fields(tt.want) {
					if !strings.Contains(string(b.Data), line) {
						t.Errorf("%s is lost:\n%s", line, b.Data)
					}
				}
			}
		})
	}
}

func TestRule_4_WhatIsRefusedStaysOwed(t *testing.T) {
	for _, class := range []error{sources.ErrQuota, sources.ErrTooBig, sources.ErrUnsupported} {
		w := newWorld(t)
		mustPut(w, card("Ann"))
		s := w.session()
		s.start(engine.Slow)
		o := s.outbox()[0]
		s.settle(syncml.Answer{Op: o.Op, Kind: syncml.Sent}, syncml.Answer{Op: o.Op, Kind: syncml.Refused, Err: class})
		s.finish(true)
		s = w.session()
		if s.needSlow() {
			t.Errorf("%v: a refused Add asks for a slow sync", class)
		}
		s.start(engine.TwoWay)
		if out := s.outbox(); len(out) != 1 {
			t.Errorf("%v: the item is not offered again: %+v", class, out)
		}
	}
}

func TestRule_4_AReplaceOfWhatIsGoneComesAsAnAdd(t *testing.T) {
	w := newWorld(t)
	w.phone.add(card("Ann"))
	w.mustSync()
	if err := w.peer.Edit(dataclass.Contacts, peerID(w, "Ann"), card("Ann", "NOTE:new")); err != nil {
		t.Fatal(err)
	}
	delete(w.phone.items, "1") // without telling
	w.mustSync()
	w.mustSync()
	w.mustAgree(1)
}
