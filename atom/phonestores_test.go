package atom

import (
	"database/sql"
	"strings"
	"testing"
)

// The example of the API: elements with the prefix oc.
const phoneStoreExample = `<entry xmlns="http://www.w3.org/2005/Atom" xmlns:oc="http://schemas.obexcode.com/syncserver/2009">
  <oc:model_uuid>02978288-537f-102b-beff-000ea60275d1</oc:model_uuid><oc:phone_number>+4799988877</oc:phone_number>
  <oc:foreign_user_id>my_user:1456</oc:foreign_user_id><oc:timezone>Europe/Oslo</oc:timezone></entry>`

func TestPhoneStores(t *testing.T) {
	s := newServer(t, nil)
	s.useUp(187)
	made := s.ask("admin", "POST", "/v2/syncengine/phone_datastore_bindings/", phoneStoreExample)
	s.wantStatus("make", made, 201)
	const path = "/v2/syncengine/phone_datastore_bindings/187"
	if at := made.header.Get("Location"); at != "http://api.obexcode.com"+path {
		t.Errorf("Location %s", at)
	}
	s.wantGolden(made, "phone-store")
	if got := s.ask("admin", "GET", path, ""); got.body != made.body {
		t.Errorf("got %s", got.body)
	}
	if got := s.ask("admin", "GET", "/v2/syncengine/187", ""); got.status != 200 || !strings.Contains(got.body, "<sync_source>datastore") {
		t.Errorf("the binding: %d %s", got.status, got.body)
	}
	if got := s.ask("admin", "GET", "/v2/syncengine/phone_datastore_bindings", ""); strings.Count(got.body, "<entry>") != 1 {
		t.Errorf("list %s", got.body)
	}
	s.wantSentence("set-up", s.ask("admin", "POST", path+"/setup/", `<entry><pincode>1234</pincode></entry>`), 501, "enter them on the phone")
	s.wantSentence("bob", s.ask("bob", "GET", path, ""), 403, "Forbidden")
	s.wantSentence("bob's set-up", s.ask("bob", "POST", path+"/setup", ""), 403, "Forbidden")
	s.wantSentence("unknown", s.ask("admin", "GET", path+"0", ""), 404, "Unknown Sync Binding")
	for body, sentence := range map[string]string{
		"": "Binding entry not provided", "<entry/>": "phone_number not provided",
		"<entry><phone_number>1</phone_number></entry>":                                                              "foreign_user_id not provided",
		"<entry><phone_number>1</phone_number><foreign_user_id>u</foreign_user_id><timezone>Mars</timezone></entry>": `timezone "Mars" is not known`,
	} {
		s.wantSentence(body, s.ask("admin", "POST", "/v2/syncengine/phone_datastore_bindings/", body), 400, sentence)
	}
}

// isPhoneStore says that a binding was made with its phone.
func (s *server) isPhoneStore(owner string, binding int64) {
	s.t.Helper()
	db, err := sql.Open("sqlite3", s.path)
	s.must(err)
	defer func() { s.must(db.Close()) }()
	_, err = db.Exec(`INSERT INTO phone_stores VALUES (?, ?, '', '+47', 'u', '', 1237366000000000)`, owner, binding)
	s.must(err)
}
