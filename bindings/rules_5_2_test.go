package bindings

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
)

// declaringPhone makes the world's phone one that declares limits, keeps just that, and is sent just that.
func (w *world) declaringPhone(limits ...dataclass.Limit) {
	w.phone.takes = dataclass.VCard21
	w.phone.holds = dataclass.Capabilities{Complete: true, Limits: append(limits, dataclass.Limit{Name: "N"}, dataclass.Limit{Name: "FN"})}
	w.phone.store = func(b dataclass.Body) dataclass.Body {
		it, err := dataclass.Decode(dataclass.Contacts, b)
		if err == nil {
			it, err = dataclass.Render(it, w.phone.takes, w.phone.holds)
		}
		if err != nil {
			w.t.Fatal(err)
		}
		return it.Body()
	}
}

// replaced lets the user of the phone change a card.
func (w *world) replaced(name, old, with string) {
	w.t.Helper()
	luid := w.phone.find(name)
	b := w.phone.items[luid]
	text := strings.Replace(string(b.Data), old, with, 1)
	if text == string(b.Data) {
		w.t.Fatalf("%q is not in\n%s", old, text)
	}
	w.phone.edit(luid, dataclass.Body{Type: b.Type, Data: []byte(text)})
}

func (w *world) peerCard(name string) string {
	w.t.Helper()
	b, err := w.peer.Get(dataclass.Contacts, peerID(w, name))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(b.Data)
}

// mustHave asks that a text has all of some and none of others.
func mustHave(t *testing.T, text string, has []string, not ...string) {
	t.Helper()
	for _, s := range has {
		if !strings.Contains(text, s) {
			t.Errorf("%s is not in\n%s", s, text)
		}
	}
	for _, s := range not {
		if strings.Contains(text, s) {
			t.Errorf("%s is in\n%s", s, text)
		}
	}
}

var declaredCard = card("Ann", "TEL;TYPE=CELL:+15550001", "TEL;TYPE=HOME:+15550002", "TEL;TYPE=WORK:+15550003",
	"NOTE:She knows everybody in town", "EMAIL:ann@example.org", "PHOTO;ENCODING=b;TYPE=JPEG:AAECAwQFBgcICQ==")

// TestRule_5_2_APhoneHoldsWhatItDeclares: what a phone does not declare is on the other side only, whatever the phone
// sends back; and nothing is sent that it does not hold.
func TestRule_5_2_APhoneHoldsWhatItDeclares(t *testing.T) {
	w := newWorld(t)
	w.declaringPhone(dataclass.Limit{Name: "TEL", Count: 2}, dataclass.Limit{Name: "NOTE", Size: 9})
	mustPut(w, declaredCard)
	w.mustSync()
	mustHave(t, string(w.phone.items[w.phone.find("Ann")].Data), []string{"+15550001", "+15550002", "She knows"}, "+15550003", "PHOTO", "EMAIL")
	w.replaced("Ann", "+15550001", "+15550009")
	w.mustSync()
	all := []string{"+15550009", "+15550002", "+15550003", "in town", "ann@example.org", "PHOTO"}
	mustHave(t, w.peerCard("Ann"), all, "+15550001")
	if out := w.lastLog().Sides[engine.Source]; out.ReplacesOut != 0 {
		t.Errorf("the phone was sent what it does not hold: %+v", out)
	}
	text := strings.Replace(w.peerCard("Ann"), "ann@example.org", "eve@example.org", 1)
	text = strings.Replace(text, "in town", "at sea", 1)
	if err := w.peer.Edit(dataclass.Contacts, peerID(w, "Ann"), dataclass.Body{Type: declaredCard.Type, Data: []byte(text)}); err != nil {
		t.Fatal(err)
	}
	w.mustSync()
	if out := w.lastLog().Sides[engine.Source]; out.ReplacesOut != 0 {
		t.Errorf("the phone was sent an edit of what it does not hold: %+v", out)
	}
	w.replaced("Ann", "She knows", "She knew")
	w.replaced("Ann", "TEL;HOME:+15550002\r\n", "")
	w.mustSync()
	mustHave(t, w.peerCard("Ann"), []string{"She knew\r\n", "+15550009", "+15550003", "eve@example.org", "PHOTO"}, "+15550002")
	mustHave(t, string(w.phone.items[w.phone.find("Ann")].Data), []string{"+15550009", "+15550003"}) // there is room now
	w.mustSync()
	if log := w.lastLog(); log.Sides[engine.Source].ReplacesOut+log.Sides[engine.Target].ReplacesOut != 0 {
		t.Errorf("it goes on: %+v", log)
	}
}

// TestRule_5_2_AFirmwareThatHoldsLess: a phone that once sent a picture declares none after its firmware changed. It
// sends all items without, and nothing is lost; nor is when it declares pictures again.
func TestRule_5_2_AFirmwareThatHoldsLess(t *testing.T) {
	w := newWorld(t)
	w.declaringPhone(dataclass.Limit{Name: "TEL"}, dataclass.Limit{Name: "NOTE"}, dataclass.Limit{Name: "PHOTO"}, dataclass.Limit{Name: "EMAIL"})
	w.phone.add(w.phone.store(declaredCard))
	w.mustSync()
	w.declaringPhone(dataclass.Limit{Name: "TEL"}, dataclass.Limit{Name: "NOTE", Size: 9})
	for luid, b := range w.phone.items {
		w.phone.edit(luid, w.phone.store(b))
	}
	w.mustSync()
	mustHave(t, w.peerCard("Ann"), []string{"PHOTO", "ann@example.org", "in town"})
	w.phone.edit(w.phone.find("Ann"), w.phone.items[w.phone.find("Ann")])
	if err := w.syncPhone(true); err != nil {
		t.Fatal(err)
	}
	mustHave(t, w.peerCard("Ann"), []string{"PHOTO", "ann@example.org", "in town"})
}

// TestRule_5_2_AFirmwareThatHoldsMore: what was written to a phone that declared no pictures and short notes it never
// had, however many pictures and long notes it shows later.
func TestRule_5_2_AFirmwareThatHoldsMore(t *testing.T) {
	for _, later := range [][]dataclass.Limit{
		{{Name: "TEL"}, {Name: "NOTE"}, {Name: "PHOTO"}, {Name: "EMAIL"}},
		nil, // it declares nothing any more
	} {
		w := newWorld(t)
		w.declaringPhone(dataclass.Limit{Name: "TEL"}, dataclass.Limit{Name: "NOTE", Size: 9})
		mustPut(w, declaredCard)
		w.mustSync()
		poor := w.phone.items[w.phone.find("Ann")]
		if w.declaringPhone(later...); later == nil {
			w.phone.holds = dataclass.Capabilities{}
		}
		for i := range 3 {
			w.phone.add(w.phone.store(renamed(declaredCard, "Ann", fmt.Sprint("New", i))))
		}
		w.mustSync()
		w.phone.edit(w.phone.find("Ann"), dataclass.Body{Type: poor.Type, Data: []byte(strings.Replace(string(poor.Data), "+15550001", "+15550009", 1))})
		w.mustSync()
		mustHave(t, w.peerCard("Ann"), []string{"+15550009", "PHOTO", "ann@example.org", "in town"}, "+15550001")
		w.mustSync()
		if out := w.lastLog().Sides[engine.Source]; out.ReplacesOut != 0 {
			t.Errorf("it goes on: %+v", out)
		}
	}
}

func renamed(b dataclass.Body, name, with string) dataclass.Body {
	return dataclass.Body{Type: b.Type, Data: []byte(strings.ReplaceAll(string(b.Data), name, with))}
}

// TestRule_5_2_WhatALaterSessionFlushes: what a broken session left is planned with what the phone declares.
func TestRule_5_2_WhatALaterSessionFlushes(t *testing.T) {
	w := newWorld(t)
	w.declaringPhone(dataclass.Limit{Name: "TEL"}, dataclass.Limit{Name: "NOTE"}, dataclass.Limit{Name: "PHOTO"})
	w.phone.add(w.phone.store(declaredCard))
	w.mustSync()
	w.declaringPhone(dataclass.Limit{Name: "TEL"}, dataclass.Limit{Name: "NOTE"})
	w.phone.edit(w.phone.find("Ann"), w.phone.store(w.phone.items[w.phone.find("Ann")]))
	w.phone.breakAt = 1
	if err := w.syncPhone(false); err == nil {
		t.Fatal("the session did not break off")
	}
	w.phone.breakAt = 0
	p, err := w.phones.TakeOver(context.Background(), w.owner, w.phone.client)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.phones.Flush(context.Background(), p, w.phone.declared()); err != nil {
		t.Fatal(err)
	}
	mustHave(t, w.peerCard("Ann"), []string{"PHOTO"})
}
