package atom

import (
	"net/url"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/bindings"
)

func TestFormsOfClients(t *testing.T) {
	s := routeServer(t)
	b, bob := s.signIn("admin"), s.signIn("bob")
	phone := "/v2/services/syncml/" + phoneID
	got := b.follow(b.send(phone, url.Values{"do": {"change"}, "title": {" My <phone> "}, "zone": {"Europe/Vienna"}, "was-title": {b.drawn(phone, "was-title")}, "was-zone": {""}}))
	for _, want := range []string{"The settings are saved.", "<h1>My &lt;phone&gt;</h1>", `value="Europe/Vienna"`} {
		if !strings.Contains(got.body, want) {
			t.Errorf("%q is not in %s", want, got.body)
		}
	}
	s.wantPage("no zone", b.send(phone, url.Values{"do": {"change"}, "zone": {"Nowhere/Else"}, "was-title": {"My <phone>"}}), 400)
	old := url.Values{"do": {"change"}, "title": {"Old"}, "was-title": {""}, "was-zone": {""}}
	b.wantNotice("a form of before", b.send(phone, old), phone, "It was changed meanwhile")
	b.wantNotice("a form that says nothing of what was", b.send(phone, url.Values{"do": {"change"}, "title": {"Old"}}), phone, "<h1>My &lt;phone&gt;</h1>")
	s.wantPage("bob changes it", bob.send(phone, url.Values{"do": {"change"}, "title": {"mine"}}), 404)
	s.wantPage("bob removes it", bob.send(phone, url.Values{"do": {"remove"}, "sure": {"1"}}), 404)
	s.wantPage("not sure", b.send(phone, url.Values{"do": {"remove"}}), 400)
	s.wantPage("no other", b.send(phone, url.Values{"do": {"replace"}, "sure": {"1"}}), 400)
	s.wantPage("a datastore is no phone", b.send("/v2/services/datastore/"+s.datastore(s.admin.ID).ID, url.Values{"do": {"replace"}, "sure": {"1"}}), 400)

	gone := b.follow(b.send(phone, url.Values{"do": {"remove"}, "sure": {"1"}}))
	if !strings.Contains(gone.body, "No item was deleted") || strings.Contains(gone.body, phoneID) {
		t.Errorf("after it was removed: %s", gone.body)
	}
	s.wantPage("its page", b.get(phone), 404)
	s.wantPage("its binding", b.get("/v2/syncengine/15"), 404)
	list := b.get("/v2/syncengine/removed/")
	s.wantPage("removed", list, 200)
	if !strings.Contains(list.body, "Bring back My &lt;phone&gt;") {
		t.Errorf("%s", list.body)
	}
	s.wantPage("bob brings it back", bob.send("/v2/syncengine/removed/"+phoneID, url.Values{"do": {"restore"}}), 404)
	s.wantPage("unknown", b.get("/v2/syncengine/removed/99"), 404)
	back := b.follow(b.send("/v2/syncengine/removed/"+phoneID, url.Values{"do": {"restore"}}))
	if !strings.Contains(back.body, "It is back.") {
		t.Errorf("%s", back.body)
	}
	s.wantPage("its binding is back", b.get("/v2/syncengine/15"), 200)
}

func TestFormReplacesPhones(t *testing.T) {
	s := routeServer(t)
	b := s.signIn("admin")
	other, err := s.store.CreateClient(t.Context(), s.admin.ID, bindings.NewClient{Kind: "syncml", DeviceID: "IMEI:9", Title: "new one"})
	s.must(err)
	phone := "/v2/services/syncml/" + phoneID
	if page := b.get(phone).body; !strings.Contains(page, `<option value="`+other.ID+`">new one</option>`) {
		t.Errorf("the other phone cannot be chosen: %s", page)
	}
	got := b.follow(b.send(phone, url.Values{"do": {"replace"}, "by": {other.ID}, "sure": {"1"}}))
	if !strings.Contains(got.body, "taken the place") || !strings.Contains(got.body, `<a href="/v2/syncengine/15">`) {
		t.Errorf("%s", got.body)
	}
}

func TestFormAddsDatastores(t *testing.T) {
	s := newServer(t, nil)
	b := s.signIn("admin")
	got := b.follow(b.send("/v2/services/datastore", url.Values{"do": {"add"}, "title": {"Work"}}))
	if !strings.Contains(got.body, "<h1>Work</h1>") || !strings.Contains(got.body, "It is added.") {
		t.Errorf("%s", got.body)
	}
	s.wantPage("a title with control characters", b.send("/v2/services/datastore", url.Values{"do": {"add"}, "title": {"a\x00b"}}), 400)
	page := b.get("/v2/syncengine/").body
	if !strings.Contains(page, "Make a binding") {
		t.Errorf("two clients cannot be bound: %s", page)
	}
}
