package atom

import (
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/bindings"
)

func TestPutClient(t *testing.T) {
	s := routeServer(t)
	path := "/v2/services/syncml/" + phoneID
	s.wantGolden(s.ask("admin", "PUT", path, `<entry><title>Ada's phone</title><zone>Europe/Oslo</zone></entry>`), "client-changed")
	same := s.ask("admin", "GET", path, "")
	if back := s.ask("admin", "PUT", path, same.body); back.body != same.body {
		t.Errorf("GET gives\n%s\nsent back it gives\n%s", same.body, back.body)
	}
	if got := s.ask("admin", "PUT", path, `<entry><zone/></entry>`); strings.Contains(got.body, "zone") || !strings.Contains(got.body, "Ada's phone") {
		t.Errorf("no zone: %s", got.body)
	}
	for body, sentence := range map[string]string{
		"": "No Entry provided", "<entry/>": "No Entry provided", "<entry><zone>Oslo</zone></entry>": "is no time zone",
		"<entry><title>" + strings.Repeat("x", 300) + "</title></entry>": "the title is not a text",
		"<entry><title>Eve</title><zone>Mars/North</zone></entry>":       "is no time zone",
	} {
		s.wantSentence(body, s.ask("admin", "PUT", path, body), 400, sentence)
	}
	if got := s.ask("admin", "GET", path, ""); strings.Contains(got.body, "Eve") {
		t.Errorf("half of a change: %s", got.body)
	}
	s.wantSentence("stale", s.ask("admin", "PUT", path, "<entry><title>x</title></entry>", "If-Match", `"x"`), 412, "It has changed since")
	s.wantSentence("bob", s.ask("bob", "PUT", path, "<entry><title>x</title></entry>"), 404, "Unknown Sync Client")
	s.wantSentence("as a datastore", s.ask("admin", "PUT", "/v2/services/datastore/"+phoneID, "<entry><title>x</title></entry>"), 404, "Unknown Sync Client")
	store := "/v2/services/datastore/" + s.datastore(s.admin.ID).ID
	if got := s.ask("admin", "PUT", store, "<entry><title>Home</title></entry>"); got.status != 200 || !strings.Contains(got.body, ">Home<") {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// A title that only stood for a missing one is not made the title by whoever sends the entry back.
func TestPutClientWithoutTitle(t *testing.T) {
	s := routeServer(t)
	path := "/v2/services/syncml/" + phoneID
	s.wantStatus("back", s.ask("admin", "PUT", path, s.ask("admin", "GET", path, "").body), 200)
	if c, err := s.store.Client(t.Context(), s.admin.ID, phoneID); err != nil || c.Title != "" {
		t.Errorf("%+v, %v", c, err)
	}
}

// Removing takes nothing away that POST does not bring back.
func TestRemoveAndRestore(t *testing.T) {
	s := routeServer(t)
	phone, store := "/v2/services/syncml/"+phoneID, "/v2/services/datastore/"+s.datastore(s.admin.ID).ID
	before := s.ask("admin", "GET", phone, "").body
	s.wantSentence("stale", s.ask("admin", "DELETE", phone, "", "If-Match", `"x"`), 412, "It has changed since")
	s.wantSentence("bob", s.ask("bob", "DELETE", phone, ""), 404, "Unknown Sync Client")
	s.wantStatus("remove", s.ask("admin", "DELETE", phone, ""), 200)
	s.wantSentence("again", s.ask("admin", "DELETE", phone, ""), 404, "Unknown Sync Client")
	s.wantSentence("its binding", s.ask("admin", "GET", "/v2/syncengine/15", ""), 404, "Unknown Sync Binding")
	s.wantSentence("the only datastore", s.ask("admin", "DELETE", store, ""), 409, "the only datastore of the account")
	s.wantGolden(s.ask("admin", "GET", "/v2/syncengine/removed/", ""), "removed")
	s.wantSentence("bob brings it back", s.ask("bob", "POST", "/v2/syncengine/removed/"+phoneID, ""), 404, "Nothing of that name was removed")
	back := s.ask("admin", "POST", "/v2/syncengine/removed/"+phoneID, "")
	if back.status != 200 || back.body != before || back.header.Get("Location") != "http://api.obexcode.com"+phone {
		t.Errorf("%d %v %s", back.status, back.header, back.body)
	}
	s.wantStatus("its binding", s.ask("admin", "GET", "/v2/syncengine/15", ""), 200)
	for _, name := range []string{phoneID, "15", "99", "abc"} {
		s.wantSentence(name, s.ask("admin", "POST", "/v2/syncengine/removed/"+name, ""), 404, "Nothing of that name was removed")
		s.wantSentence(name, s.ask("admin", "GET", "/v2/syncengine/removed/"+name, ""), 404, "Nothing of that name was removed")
	}
	s.wantStatus("unbind", s.ask("admin", "DELETE", "/v2/syncengine/15", ""), 200)
	if got := s.ask("admin", "GET", "/v2/syncengine/removed/15", ""); got.status != 200 || !strings.Contains(got.body, "Binding 15 of syncml and datastore") {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := s.ask("admin", "POST", "/v2/syncengine/removed/15", ""); got.status != 200 || got.header.Get("Location") != "http://api.obexcode.com/v2/syncengine/15" {
		t.Errorf("%d %v %s", got.status, got.header, got.body)
	}
	s.wantStatus("unbind again", s.ask("admin", "DELETE", "/v2/syncengine/15", ""), 200)
	s.bind(40, bindings.Client{Owner: s.admin.ID, ID: phoneID}, s.datastore(s.admin.ID))
	s.wantSentence("its place is taken", s.ask("admin", "POST", "/v2/syncengine/removed/15", ""), 409, "bound already, by binding 40")
}

func TestReplacement(t *testing.T) {
	s := routeServer(t)
	path := "/v2/services/syncml/" + phoneID + "/replacement"
	for body, sentence := range map[string]string{
		"": "Client entry not provided", "<entry/>": "names the new phone", "<entry><client/></entry>": "names the new phone",
		"<entry><client><uuid>" + phoneID + "</uuid></client></entry>":                            "cannot be replaced by itself",
		"<entry><client><uuid>" + s.datastore(s.admin.ID).ID + "</uuid></client></entry>":         "only a phone is replaced",
		"<entry><client><uuid>00000000-0000-0000-0000-000000000000</uuid></client></entry>":       "there is no such Sync Client",
		"<entry><client><device_id>" + strings.Repeat("x", 300) + "</device_id></client></entry>": "the device id is not a text",
	} {
		s.wantSentence(body, s.ask("admin", "POST", path, body), 400, sentence)
	}
	entry := "<entry><client><device_id>IMEI:490154203237518</device_id></client></entry>"
	s.wantSentence("bob", s.ask("bob", "POST", path, entry), 404, "Unknown Sync Client")
	got := s.ask("admin", "POST", path, entry)
	if got.status != 201 || !strings.Contains(got.body, "IMEI:490154203237518") || got.header.Get("Location") == "" {
		t.Fatalf("%d %s", got.status, got.body)
	}
	uuid := got.header.Get("Location")[strings.LastIndex(got.header.Get("Location"), "/")+1:]
	if b := s.ask("admin", "GET", "/v2/syncengine/15", ""); !strings.Contains(b.body, uuid) || strings.Contains(b.body, phoneID) {
		t.Errorf("the binding: %s", b.body)
	}
	s.wantStatus("the old one", s.ask("admin", "GET", "/v2/services/syncml/"+phoneID, ""), 404)
	if gone := s.ask("admin", "GET", "/v2/syncengine/removed/"+phoneID, ""); !strings.Contains(gone.body, "Replaced by "+uuid) {
		t.Errorf("%s", gone.body)
	}
}

func TestPostDatastore(t *testing.T) {
	s := routeServer(t)
	got := s.ask("admin", "POST", "/v2/services/datastore/", "<entry><title>Club</title></entry>")
	path := strings.TrimPrefix(got.header.Get("Location"), "http://api.obexcode.com")
	if got.status != 201 || !strings.Contains(got.body, ">Club<") || s.ask("admin", "GET", path, "").body != got.body {
		t.Errorf("%d %v %s", got.status, got.header, got.body)
	}
	s.wantSentence("nothing", s.ask("admin", "POST", "/v2/services/datastore/", ""), 400, "Client entry not provided")
	s.wantStatus("one of two goes", s.ask("admin", "DELETE", path, ""), 200)
}
