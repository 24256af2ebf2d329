package bindings

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// otherPhone registers one more phone of the world's owner, bound to nothing.
func (w *world) otherPhone(device string) *simPhone {
	w.t.Helper()
	c, err := w.store.CreateClient(context.Background(), w.owner, NewClient{Kind: "syncml", DeviceID: device})
	if err != nil {
		w.t.Fatal(err)
	}
	p := newSimPhone()
	p.client = c.ID
	return p
}

// TestReplacePhone is a user with a new phone: whatever it holds already, and whatever its own names of items are,
// everything is on it in the end, once, and nothing is gone anywhere.
func TestReplacePhone(t *testing.T) {
	names := "A00 A01 A02 A03 A04 A05 A06 A07 A08 A09 A10 A11"
	for _, tc := range []struct {
		name string
		// fill puts items on the new phone.
		fill func(p *simPhone)
		want string
	}{
		{"it is empty", func(*simPhone) {}, names},
		{"it holds all under the same names", func(p *simPhone) {
			for i := range 12 {
				p.add(card(fmt.Sprintf("A%02d", i), fmt.Sprintf("EMAIL:a%d@example.org", i)))
			}
		}, names},
		{"it holds all under names of others", func(p *simPhone) {
			for i := range 12 {
				p.add(card(fmt.Sprintf("A%02d", (i+5)%12), fmt.Sprintf("EMAIL:a%d@example.org", (i+5)%12)))
			}
		}, names},
		{"it holds others under the old names", func(p *simPhone) {
			for i := range 3 {
				p.add(card(fmt.Sprintf("B%02d", i)))
			}
		}, names + " B00 B01 B02"},
		{"it holds some, with more to say", func(p *simPhone) {
			p.add(card("A03", "EMAIL:a3@example.org", "NOTE:from the new one"))
		}, names},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t)
			for i := range 12 {
				w.phone.add(card(fmt.Sprintf("A%02d", i), fmt.Sprintf("EMAIL:a%d@example.org", i)))
			}
			w.mustSync()
			w.mustSync()
			old, before := w.phone, w.only()
			_, err := w.store.Change(t.Context(), w.owner, before.ID, Change{Winner: new(WinnerTarget)})
			mustGo(t, err)
			w.phone = w.otherPhone("SIM-2")
			tc.fill(w.phone)
			got, err := w.phones.Replace(t.Context(), w.owner, old.client, w.phone.client)
			mustGo(t, err)
			if b := w.only(); got.ID != w.phone.client || b.ID != before.ID || b.Source != got.ID || b.Winner != WinnerTarget {
				t.Errorf("%+v; binding %+v, before %+v", got, b, before)
			}
			for range 2 {
				w.mustSync()
				if got := w.peerNames(); got != tc.want {
					t.Errorf("the datastore holds %s", got)
				}
				w.mustAgree(len(strings.Fields(tc.want)))
			}
			if _, err := w.phones.Register(t.Context(), w.owner, simDevice); !errors.Is(err, syncml.ErrReplaced) {
				t.Errorf("the old phone logs in: %v", err)
			}
		})
	}
}

// TestReplacePhoneKeepsWhatOnlyTheOldOneBrought has the old phone's additions and edits withheld from the datastore.
func TestReplacePhoneKeepsWhatOnlyTheOldOneBrought(t *testing.T) {
	w := newWorld(t)
	w.phone.add(card("Ann"))
	w.mustSync()
	_, err := w.store.Change(t.Context(), w.owner, w.only().ID, Change{Direction: new(ToSource)})
	mustGo(t, err)
	w.phone.add(card("Pat"))
	w.mustSync()
	old := w.phone
	w.phone = w.otherPhone("SIM-2")
	_, err = w.phones.Replace(t.Context(), w.owner, old.client, w.phone.client)
	mustGo(t, err)
	w.mustSync()
	if got := w.phoneNames(); got != "Ann Pat" {
		t.Errorf("the new phone holds %s", got)
	}
	_, err = w.store.Change(t.Context(), w.owner, w.only().ID, Change{Direction: new(BothWays)})
	mustGo(t, err)
	w.mustSync()
	w.mustAgree(2)
}

// TestReplacePhoneThatIsBoundAlready has the new phone log in first, as most do.
func TestReplacePhoneThatIsBoundAlready(t *testing.T) {
	w := newWorld(t)
	w.phone.add(card("Ann"))
	w.phone.add(card("Bob"))
	w.mustSync()
	old, before := w.phone, w.only()
	second := newSimPhone()
	var err error
	second.client, err = w.phones.Register(t.Context(), w.owner, "SIM-2")
	mustGo(t, err)
	second.add(card("Bob"))
	mustGo(t, second.sync(w.phones, w.owner, false))
	w.phone = second
	_, err = w.phones.Replace(t.Context(), w.owner, old.client, "SIM-2")
	mustGo(t, err)
	if b := w.only(); b.ID != before.ID || b.Source != second.client {
		t.Errorf("%+v", b)
	}
	for range 2 {
		w.mustSync()
		w.mustAgree(2)
	}
}

// TestReplacePhoneWaits refuses while the old phone's word is kept nowhere but in its inbox.
func TestReplacePhoneWaits(t *testing.T) {
	w := newWorld(t)
	w.mustSync()
	s := w.session()
	s.put(false, add("9", card("Pat")))
	w.otherPhone("SIM-2")
	if _, err := w.phones.Replace(t.Context(), w.owner, w.phone.client, "SIM-2"); !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), "try again") {
		t.Fatalf("%v", err)
	}
	w.phone.items["9"] = card("Pat")
	w.mustSync()
	w.mustAgree(1)
	_, err := w.phones.Replace(t.Context(), w.owner, w.phone.client, "SIM-2")
	mustGo(t, err)
}

func TestReplacePhoneRefuses(t *testing.T) {
	w := newWorld(t)
	w.mustSync()
	store := w.only().Target
	stranger, err := w.store.CreateAccount(t.Context(), NewAccount{Name: "olaf", Password: "correct horse"})
	mustGo(t, err)
	was := dump(t, w.db)
	for _, tc := range []struct {
		name, owner, old, by string
		class                error
	}{
		{"itself", w.owner, w.phone.client, w.phone.client, ErrInvalid},
		{"itself, by its device", w.owner, w.phone.client, simDevice, ErrInvalid},
		{"a datastore by a phone", w.owner, store, "SIM-9", ErrInvalid},
		{"a phone by a datastore", w.owner, w.phone.client, store, ErrInvalid},
		{"nobody's", w.owner, "0190a000-0000-7000-8000-000000000001", "SIM-9", ErrNoClient},
		{"by nobody's", w.owner, w.phone.client, "0190a000-0000-7000-8000-000000000001", ErrNoClient},
		{"a stranger's", stranger.ID, w.phone.client, "SIM-9", ErrNoClient},
		{"what cannot be a name", w.owner, w.phone.client, "a\x00b", ErrInvalid},
	} {
		if _, err := w.phones.Replace(t.Context(), tc.owner, tc.old, tc.by); !errors.Is(err, tc.class) {
			t.Errorf("%s: %v", tc.name, err)
		}
		if now := dump(t, w.db); !slices.Equal(was, now) {
			t.Fatalf("%s changed something", tc.name)
		}
	}
	_, err = w.phones.Replace(t.Context(), w.owner, w.phone.client, "SIM-NEW") // is registered
	mustGo(t, err)
	if id, err := w.phones.Register(t.Context(), w.owner, "SIM-NEW"); err != nil || id != w.only().Source {
		t.Errorf("%s, %v", id, err)
	}
}

// TestRemoveClientLosesNothing takes a phone and a datastore away and brings them back.
func TestRemoveClientLosesNothing(t *testing.T) {
	w := newWorld(t)
	w.phone.add(card("Ann"))
	w.mustSync()
	b := w.only()
	mustGo(t, w.store.RemoveClient(t.Context(), w.owner, w.phone.client))
	if _, err := w.store.Client(t.Context(), w.owner, w.phone.client); !errors.Is(err, ErrNoClient) {
		t.Errorf("the removed phone: %v", err)
	}
	if list, err := w.store.Bindings(t.Context(), w.owner); err != nil || len(list) != 0 {
		t.Errorf("bindings %v, %v", list, err)
	}
	if got := w.peerNames(); got != "Ann" || w.phoneNames() != "Ann" {
		t.Errorf("the datastore holds %s", got)
	}
	gone, err := w.store.RemovedClients(t.Context(), w.owner)
	if err != nil || len(gone) != 1 || gone[0].ID != w.phone.client || gone[0].ReplacedBy != "" {
		t.Errorf("%+v, %v", gone, err)
	}
	w.phone.add(card("Bob"))
	_, err = w.peer.Put(dataclass.Contacts, card("Cid"))
	mustGo(t, err)
	_, err = w.store.RestoreClient(t.Context(), w.owner, w.phone.client)
	mustGo(t, err)
	if now := w.only(); now.ID != b.ID {
		t.Errorf("%+v", now)
	}
	w.mustSync()
	w.mustAgree(3)
	if err := w.store.RemoveClient(t.Context(), w.owner, b.Target); !errors.Is(err, ErrInUse) {
		t.Errorf("the only datastore: %v", err)
	}
	if _, err := w.store.RestoreClient(t.Context(), w.owner, w.phone.client); !errors.Is(err, ErrNoClient) {
		t.Errorf("brought back twice: %v", err)
	}
}

// TestRemovedPhoneMayComeBackByItself logs in with a phone that was removed, in the middle of a session too.
func TestRemovedPhoneMayComeBackByItself(t *testing.T) {
	w := newWorld(t)
	w.phone.add(card("Ann"))
	w.mustSync()
	b := w.only()
	s := w.session()
	mustGo(t, w.store.RemoveClient(t.Context(), w.owner, w.phone.client))
	if err := w.phones.Put(t.Context(), s.ph, simDB, false, []syncml.Incoming{add("8", card("Eve"))}); !errors.Is(err, syncml.ErrNotBound) {
		t.Errorf("in the middle of a session: %v", err)
	}
	id, err := w.phones.Register(t.Context(), w.owner, simDevice)
	if err != nil || id != w.phone.client || w.only().ID == b.ID {
		t.Fatalf("%s, %v, %+v", id, err, w.only())
	}
	w.mustSync()
	w.mustAgree(1)
	if _, err := w.store.RestoreBinding(t.Context(), w.owner, b.ID); !errors.Is(err, ErrInUse) {
		t.Errorf("the old binding beside the new one: %v", err)
	}
}

// TestRestoreBinding takes a binding away and brings it back after both sides changed.
func TestRestoreBinding(t *testing.T) {
	for _, name := range []string{"pair", "phone"} {
		t.Run(name, func(t *testing.T) {
			if name == "phone" {
				w := newWorld(t)
				w.phone.add(card("Ann"))
				w.mustSync()
				b := w.only()
				mustGo(t, w.store.RemoveBinding(t.Context(), w.owner, b.ID))
				w.phone.add(card("Bob"))
				_, err := w.store.RestoreBinding(t.Context(), w.owner, b.ID)
				mustGo(t, err)
				if !w.session().needSlow() {
					t.Error("the phone is not asked for all it holds")
				}
				w.mustSync()
				w.mustAgree(2)
				return
			}
			p := newPair(t, pairOptions{})
			p.put(0, card("Ann"))
			p.put(0, card("Dan"))
			p.mustSync()
			p.ok(p.store.RemoveBinding(t.Context(), p.owner, p.binding))
			p.remove(1, "Dan")
			p.put(1, card("Bob"))
			b, err := p.store.RestoreBinding(t.Context(), p.owner, p.binding)
			if err != nil || b.ID != p.binding {
				t.Fatalf("%+v, %v", b, err)
			}
			p.mustSync()
			p.mustHold("Ann Bob")
			if _, err := p.store.RestoreBinding(t.Context(), p.owner, p.binding); !errors.Is(err, ErrNotFound) {
				t.Errorf("again: %v", err)
			}
			p.ok(p.store.RemoveClient(t.Context(), p.owner, b.Source))
			if _, err := p.store.RestoreBinding(t.Context(), p.owner, p.binding); !errors.Is(err, ErrInUse) {
				t.Errorf("without its client: %v", err)
			}
		})
	}
}

func TestChangeClient(t *testing.T) {
	w := newWorld(t)
	for _, tc := range []struct {
		name   string
		change ClientChange
		fine   bool
	}{
		{"title", ClientChange{Title: new("Nora's phone")}, true},
		{"zone", ClientChange{Zone: new("Europe/Oslo")}, true},
		{"nothing", ClientChange{}, true},
		{"no zone", ClientChange{Title: new("x"), Zone: new("Europe/Nowhere")}, false},
		{"a title with a line break", ClientChange{Title: new("a\nb")}, false},
	} {
		c, err := w.store.ChangeClient(t.Context(), w.owner, w.phone.client, tc.change)
		if (err == nil) != tc.fine || err != nil && !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %+v, %v", tc.name, c, err)
		}
	}
	c, err := w.store.Client(t.Context(), w.owner, w.phone.client)
	if err != nil || c.Title != "Nora's phone" || c.Zone != "Europe/Oslo" {
		t.Errorf("%+v, %v", c, err)
	}
	if ph := w.session().ph; ph.Zone != "Europe/Oslo" {
		t.Errorf("a session has the zone %q", ph.Zone)
	}
	if c, err = w.store.ChangeClient(t.Context(), w.owner, w.phone.client, ClientChange{Zone: new("")}); err != nil || c.Zone != "" {
		t.Errorf("%+v, %v", c, err)
	}
}

// TestPlanMistrustsAStranger has an item of another device bear the name of a linked one. What it lacks of that was
// deleted by nobody.
func TestPlanMistrustsAStranger(t *testing.T) {
	w := newWorld(t)
	w.phone.add(card("Ann", "TEL:+491510001000"))
	w.mustSync()
	old := w.phone
	w.phone = w.otherPhone("SIM-2")
	w.phone.add(card("Ann", "NOTE:from the new one")) // has the name 1, as the old one's, and no number
	_, err := w.phones.Replace(t.Context(), w.owner, old.client, w.phone.client)
	mustGo(t, err)
	w.mustSync()
	items, err := w.peer.List(dataclass.Contacts)
	mustGo(t, err)
	for _, b := range items {
		if strings.Contains(string(b.Data), "1000") {
			return
		}
	}
	t.Errorf("the number of the old phone's Ann is gone: %v", items)
}
