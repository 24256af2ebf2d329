package atom

import (
	"context"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/sources/syncml"
	"github.com/bindery-sync/bindery/sources/syncml/devicerule"
	"github.com/bindery-sync/bindery/sources/syncml/sessionlog"
)

// A talk is the log of one owner's one session. It implements Sessions.
type talk struct {
	owner string
	asked sessionlog.Filter
}

func (k *talk) session() sessionlog.Session {
	return sessionlog.Session{
		ID: 3, Owner: k.owner, Client: phoneID, Device: "IMEI:7", SessionID: "12", Version: "1.1", Encoding: "WBXML",
		Started: when(), Last: when(), Messages: 1, Ending: "cut", Why: "nothing came any more",
	}
}

func (k *talk) Sessions(_ context.Context, f sessionlog.Filter) ([]sessionlog.Session, error) {
	if k.asked = f; f.Owner != k.owner {
		return nil, nil
	}
	return []sessionlog.Session{k.session()}, nil
}

func (k *talk) Session(_ context.Context, owner string, id int64) (sessionlog.Session, []sessionlog.Exchange, error) {
	if owner != k.owner || id != 3 {
		return sessionlog.Session{}, nil, sessionlog.ErrNotFound
	}
	return k.session(), []sessionlog.Exchange{{N: 1, MsgID: "1", At: when(), HTTP: 200, Request: "<SyncML>\x01</SyncML>", Reply: "<SyncML/>"}}, nil
}

// devices are those that admin's phone declared.
func (s *server) devices(_ context.Context, owner string) ([]syncml.DeviceInfo, error) {
	if owner != s.admin.ID {
		return nil, nil
	}
	return []syncml.DeviceInfo{{
		Client: phoneID, Changed: when(), Device: devicerule.Device{Manufacturer: "Example", Model: "One"},
		Databases: []syncml.DeviceDatabase{{Name: "./Contacts", Takes: []string{"text/x-vcard 2.1"}, Sends: []string{"text/x-vcard 2.1"}, SyncTypes: []int{1, 2}}},
	}}, nil
}

func TestSessions(t *testing.T) {
	s := routeServer(t)
	s.wantGolden(s.ask("admin", "GET", "/v2/services/syncml/sessions/3", ""), "session")
	got := s.ask("admin", "GET", "/v2/services/syncml/sessions/?limit=7&client="+phoneID, "")
	if len(parse(t, got.body).Children("entry")) != 1 || s.talk.asked != (sessionlog.Filter{Owner: s.admin.ID, Client: phoneID, Limit: 7}) {
		t.Errorf("asked %+v, got %s", s.talk.asked, got.body)
	}
	s.wantSentence("limit", s.ask("admin", "GET", "/v2/services/syncml/sessions/?limit=x", ""), 400, "The limit must be")
	s.wantSentence("unknown", s.ask("admin", "GET", "/v2/services/syncml/sessions/4", ""), 404, "Unknown session")
	s.wantSentence("bob", s.ask("bob", "GET", "/v2/services/syncml/sessions/3", ""), 404, "Unknown session")
}

func TestPhoneDatabases(t *testing.T) {
	s := routeServer(t)
	s.wantGolden(s.ask("admin", "GET", "/v2/services/syncml/datastores/", ""), "phone-databases")
	if got := s.ask("bob", "GET", "/v2/services/syncml/datastores/", ""); strings.Contains(got.body, "<entry>") {
		t.Errorf("bob sees %s", got.body)
	}
}
