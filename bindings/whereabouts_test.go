package bindings

import (
	"maps"
	"slices"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
)

// spotOf finds the card of that name at a client of a chain.
func (c *chain) spotOf(i int, name string) Spot {
	b, err := c.store.Bindings(c.t.(*testing.T).Context(), c.owner)
	c.ok(err)
	client := b[0].Source
	if i > 0 {
		client = b[i-1].Target
	}
	for id, body := range c.items(i) {
		if nameOf(body) == name {
			return Spot{client, dataclass.Contacts, id}
		}
	}
	c.t.Fatalf("client %d has no %s", i, name)
	return Spot{}
}

// TestWhereabouts follows a contact along a chain of three clients from each end, whatever it is called there, and
// never another contact.
func TestWhereabouts(t *testing.T) {
	ctx := t.Context()
	c := newChain(t, t.TempDir(), []link{{}, {}, {}}, [][2]int{{0, 1}, {1, 2}})
	for _, name := range []string{"Zoe", "Ann", "Bob"} {
		_, err := c.clients[0].Put(dataclass.Contacts, card(name, "NOTE:old"))
		c.ok(err)
	}
	c.rest(5)
	want := map[Spot]bool{}
	for i := range 3 {
		want[c.spotOf(i, "Ann")] = true
	}
	for i := range 3 {
		list, err := c.store.Whereabouts(ctx, c.owner, c.spotOf(i, "Ann"))
		c.ok(err)
		got := map[Spot]bool{}
		for _, s := range list {
			got[s.Spot] = true
			if nameOf(s.Held) != "Ann" || s.Owed != engine.None || s.Doomed || s.Link == 0 {
				t.Errorf("from client %d: %+v", i, s)
			}
		}
		if !maps.Equal(got, want) || len(list) != 4 {
			t.Errorf("from client %d: %v, want %v", i, got, want)
		}
	}
	// What the last client was told is not what the first one has by now.
	c.ok(c.clients[0].Edit(dataclass.Contacts, c.spotOf(0, "Ann").Item, card("Ann", "NOTE:new")))
	c.sync(0)
	list, err := c.store.Whereabouts(ctx, c.owner, c.spotOf(0, "Ann"))
	c.ok(err)
	old, fresh := printString(t, card("Ann", "NOTE:old")), printString(t, card("Ann", "NOTE:new"))
	for i, want := range []string{fresh, fresh, old, old} {
		if got := printString(t, list[i].Held); got != want {
			t.Errorf("sighting %d holds %s, want %s", i, got, want)
		}
	}
	c.ok(c.clients[0].Delete(dataclass.Contacts, c.spotOf(0, "Ann").Item))
	c.rest(5)
	if list, err := c.store.Whereabouts(ctx, c.owner, Spot{}); err != nil || len(list) != 0 {
		t.Errorf("nowhere: %v, %v", list, err)
	}
}

func TestFindItems(t *testing.T) {
	c := newChain(t, t.TempDir(), []link{{}, {}}, [][2]int{{0, 1}})
	for _, name := range []string{"Ann Example", "Annabel", "Bob", "Österreich"} {
		_, err := c.clients[0].Put(dataclass.Contacts, card(name))
		c.ok(err)
	}
	c.rest(5)
	for _, tc := range []struct {
		text  string
		limit int
		want  []string
	}{
		{"ann", 9, []string{"Ann Example", "Annabel"}},
		{" ANNAB ", 9, []string{"Annabel"}},
		{"öster", 9, []string{"Österreich"}},
		{"b", 1, []string{"Annabel"}},
		{"", 9, nil},
		{"%", 9, nil},
		{"nobody", 9, nil},
	} {
		list, err := c.store.FindItems(t.Context(), c.owner, tc.text, tc.limit)
		c.ok(err)
		var got []string
		for _, f := range list {
			got = append(got, f.Title)
			if held := c.items(0)[f.Item]; nameOf(held) != f.Title {
				t.Errorf("%s is %s at its client", f.Title, nameOf(held))
			}
		}
		slices.Sort(got)
		if len(got) != len(tc.want) || tc.limit > 1 && !slices.Equal(got, tc.want) {
			t.Errorf("%q: %q, want %q", tc.text, got, tc.want)
		}
	}
}
