package atom

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
)

// sights is a Finder that knows one contact, on admin's phone and in admin's datastore.
type sights struct {
	owner, store string
	asked        []string
}

func (f *sights) Whereabouts(_ context.Context, owner string, at bindings.Spot) ([]bindings.Sighting, error) {
	f.asked = append(f.asked, owner)
	if owner != f.owner || at.Item != "7" && at.Item != "card" {
		return nil, nil
	}
	body := func(name string) dataclass.Body { return dataclass.Body{Type: cardType, Data: []byte(cardText(name))} }
	spot := func(client string, item sources.ID) bindings.Spot {
		return bindings.Spot{Client: client, Class: dataclass.Contacts, Item: item}
	}
	return []bindings.Sighting{
		{Spot: spot(phoneID, "7"), Binding: 15, Link: 4, Held: body("Ada"), Owed: engine.Aside, Due: body("Ada <Example>")},
		{Spot: spot(f.store, "card"), Binding: 15, Link: 4, Side: engine.Target, Held: body("Ada <Example>"), Due: body("Ada <Example>")},
	}, nil
}

func (f *sights) FindItems(_ context.Context, owner, text string, _ int) ([]bindings.Found, error) {
	if owner != f.owner || text != "ada" {
		return nil, nil
	}
	at := func(client string, item sources.ID) bindings.Found {
		return bindings.Found{Spot: bindings.Spot{Client: client, Class: dataclass.Contacts, Item: item}, Title: "Ada <Example>"}
	}
	return []bindings.Found{at(phoneID, "7"), at(f.store, "card")}, nil
}

func whereServer(t *testing.T) *server {
	s := routeServer(t)
	s.sights.store = s.datastore(s.admin.ID).ID
	return s
}

func whereAddress(client, class, item string) string {
	return "/v2/syncengine/where?" + url.Values{"client": {client}, "dataclass": {class}, "item": {item}}.Encode()
}

func TestWhere(t *testing.T) {
	s := whereServer(t)
	at := whereAddress(phoneID, "Contacts", "7")
	doc := parse(t, s.ask("admin", "GET", at, "").body)
	list := doc.Children("entry")
	if len(list) != 2 || ownText(list[0], "owed") != "quarantined" || ownText(list[1], "owed") != "none" || ownText(list[1], "client") != s.sights.store || !strings.Contains(list[1].Children("rendition")[0].Text(), "Ada <Example>") {
		t.Errorf("%s", s.ask("admin", "GET", at, "").body)
	}
	s.wantPageGolden(s.signIn("admin").get(at), "where")

	found := s.ask("admin", "GET", "/v2/syncengine/where?text=ada", "")
	if list := parse(t, found.body).Children("entry"); len(list) != 1 || linkOf(list[0], "related") != "http://api.obexcode.com"+at {
		t.Errorf("one item on two clients is found as %s", found.body)
	}
	s.wantPageGolden(s.signIn("admin").get("/v2/syncengine/where?text=ada"), "where-found")
	none := s.signIn("admin").get("/v2/syncengine/where?text=%3Cb%3E")
	s.wantPage("nothing found", none, 200)
	if !strings.Contains(none.body, "“&lt;b&gt;”") {
		t.Errorf("%s", none.body)
	}
}

// What no synchronization has taken anywhere is only in its datastore, which says so.
func TestWhereWithoutBindings(t *testing.T) {
	s := whereServer(t)
	s.card(s.admin.ID, "lonely", "Bea")
	store := s.datastore(s.admin.ID).ID
	page := s.signIn("admin").get(whereAddress(store, "Contacts", "lonely"))
	s.wantPage("lonely", page, 200)
	if !strings.Contains(page.body, "Where is Bea?") || !strings.Contains(page.body, "No synchronization has taken it anywhere yet") {
		t.Errorf("%s", page.body)
	}
	for name, tc := range map[string]struct {
		at, says string
		status   int
	}{
		"unknown item":    {whereAddress(store, "Contacts", "nobody"), "Unknown item", 404},
		"unknown client":  {whereAddress("f2f2f2f2-0e50-11de-81c8-002215064801", "Contacts", "x"), "Unknown item", 404},
		"no such phone's": {whereAddress(phoneID, "Contacts", "x"), "Unknown item", 404},
		"dataclass":       {whereAddress(store, "Mail", "lonely"), "A datastore holds", 400},
	} {
		s.wantSentence(name, s.ask("admin", "GET", tc.at, ""), tc.status, tc.says)
	}
}

// TestWhereIsolatesOwners: bob learns nothing of admin's items, by whatever name he asks.
func TestWhereIsolatesOwners(t *testing.T) {
	s := whereServer(t)
	s.sights.asked = nil
	for _, at := range []string{whereAddress(phoneID, "Contacts", "7"), whereAddress(s.datastore(s.admin.ID).ID, "Contacts", "card")} {
		s.wantSentence(at, s.ask("bob", "GET", at, ""), 404, "Unknown item")
	}
	if got := s.ask("bob", "GET", "/v2/syncengine/where?text=ada", ""); strings.Contains(got.body, "Ada") {
		t.Errorf("%s", got.body)
	}
	for _, owner := range s.sights.asked {
		if owner != s.bob.ID {
			t.Errorf("asked for %s", owner)
		}
	}
}

// TestEveryReasonHasWords: whatever is owed can be said.
func TestEveryReasonHasWords(t *testing.T) {
	for r := engine.None; r <= engine.Undecided; r++ {
		if owedNames[r] == "" || r != engine.None && owedWords[r] == "" {
			t.Errorf("no words for %v", r)
		}
	}
}
