package bindings

import (
	"context"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
)

// TestRule_6_3_WhatComesBackTakesNothingAway: a phone brings back what the datastore's user deleted, and had not been told
// the newest of it. That it lacks this is no edit for another phone, which was told, and edited the item as well.
func TestRule_6_3_WhatComesBackTakesNothingAway(t *testing.T) {
	w := newWorld(t)
	one, two := w.phone, newSimPhone()
	var err error
	if two.client, err = w.phones.Register(context.Background(), w.owner, "SIM-2"); err != nil {
		t.Fatal(err)
	}
	phones := []*simPhone{one, two}
	one.add(card("Ann", "TITLE:old"))
	for _, w.phone = range phones {
		w.mustSync()
	}
	two.edit(two.find("Ann"), card("Ann", "TITLE:old", "NOTE:told to two"))
	w.mustSync()
	if err := w.peer.Delete(dataclass.Contacts, peerID(w, "Ann")); err != nil {
		t.Fatal(err)
	}
	one.edit(one.find("Ann"), card("Ann", "TITLE:of one"))
	two.edit(two.find("Ann"), card("Ann", "TITLE:old", "NOTE:told to two", "ORG:of two"))
	for range 2 {
		for _, w.phone = range phones {
			w.mustSync()
		}
	}
	for _, w.phone = range phones {
		w.mustAgree(1)
	}
	got := string(two.items[two.find("Ann")].Data)
	for _, line := range []string{"NOTE:told to two", "TITLE:of one", "ORG:of two"} {
		if !strings.Contains(got, line) {
			t.Errorf("%s is lost:\n%s", line, got)
		}
	}
}

// TestRule_6_3_AnItemWrittenAnew: a program that did not know of a deletion writes the item again, under its old name or
// another one. The other side edited it before it heard of either. It is one item with both edits.
func TestRule_6_3_AnItemWrittenAnew(t *testing.T) {
	for name, c := range map[string]struct {
		id  sources.ID
		uid string // "" is an item that has none at first
	}{"under its old name": {"ann", "UID:1"}, "under another name": {"again", "UID:1"}, "that had no UID": {"again", ""}} {
		t.Run(name, func(t *testing.T) {
			id := c.id
			w := newWeb(t, 2, [2]int{0, 1})
			here, there := w.items.Items(w.owner, w.clients[0]), w.items.Items(w.owner, w.clients[1])
			unique := datastore.Condition{Unique: true, For: "ann"}
			_, _, err := here.PutIf(t.Context(), dataclass.Contacts, "ann", unique, card("Ann", c.uid, "TITLE:old"))
			w.ok(err)
			w.settleDown()
			list, err := there.List(t.Context(), dataclass.Contacts, "", 10)
			w.ok(err)
			w.ok(here.Delete(t.Context(), dataclass.Contacts, "ann", ""))
			_, made, err := here.PutIf(t.Context(), dataclass.Contacts, id, unique, card("Ann", "UID:1", "TITLE:old", "NOTE:new here"))
			if w.ok(err); !made {
				t.Error("it was not made anew")
			}
			_, err = there.Put(t.Context(), dataclass.Contacts, list[0].ID, "", card("Ann", "UID:1", "TITLE:new there"))
			w.ok(err)
			w.settleDown()
			w.mustAllHold("Ann")
			for _, it := range []datastore.Items{here, there} {
				list, err := it.List(t.Context(), dataclass.Contacts, "", 10)
				w.ok(err)
				if text := string(list[0].Body.Data); !strings.Contains(text, "NOTE:new here") || !strings.Contains(text, "TITLE:new there") {
					t.Errorf("an edit is lost:\n%s", text)
				}
			}
			w.ok(here.Delete(t.Context(), dataclass.Contacts, id, ""))
			_, _, err = here.PutIf(t.Context(), dataclass.Contacts, id+"-2", unique, card("Ann", "UID:1", "TITLE:old"))
			w.ok(err)
			w.settleDown()
			list, err = there.List(t.Context(), dataclass.Contacts, "", 10)
			if w.ok(err); len(list) != 1 || strings.Contains(string(list[0].Body.Data), "NOTE") {
				t.Errorf("what was written anew with less is %d items: %s", len(list), list[0].Body.Data)
			}
			w.back.Drain(t.Context())
		})
	}
}

// TestRule_6_3_BackAgainAndAgain: an item is deleted on one side and edited on the other, three times over. It comes back
// each time, under the name that it had.
func TestRule_6_3_BackAgainAndAgain(t *testing.T) {
	w := newWeb(t, 3, [2]int{0, 1}, [2]int{2, 0})
	var all [3]datastore.Items
	for i := range all {
		all[i] = w.items.Items(w.owner, w.clients[i])
	}
	id := w.enter(0, "", "Ann")
	w.settleDown()
	for _, round := range []string{"one", "two", "three"} {
		w.ok(all[0].Delete(t.Context(), dataclass.Contacts, id, ""))
		for _, i := range []int{1, 2} {
			list, err := all[i].List(t.Context(), dataclass.Contacts, "", 10)
			w.ok(err)
			line := map[int]string{1: "TITLE:", 2: "ROLE:"}[i] + round
			_, err = all[i].Put(t.Context(), dataclass.Contacts, list[0].ID, "", card("Ann", line))
			w.ok(err)
		}
		w.settleDown()
		w.mustAllHold("Ann")
		for i, it := range all {
			list, err := it.List(t.Context(), dataclass.Contacts, "", 10)
			w.ok(err)
			if text := string(list[0].Body.Data); !strings.Contains(text, "TITLE:"+round) || !strings.Contains(text, "ROLE:"+round) {
				t.Errorf("%s: client %d lost an edit:\n%s", round, i, text)
			}
			if i == 0 && list[0].ID != id {
				t.Errorf("%s: %s has become %s", round, id, list[0].ID)
			}
		}
	}
	w.back.Drain(t.Context())
}
