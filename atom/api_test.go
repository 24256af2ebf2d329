package atom

import (
	"flag"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/bindings"
)

var update = flag.Bool("update", false, "write golden files")

const (
	phoneID   = "2fb295cc-0e50-11de-81c8-002215064801"
	storeID   = "2e3be5a4-29bc-11de-a8bb-002215064801"
	removedID = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
	webID     = "51579fd6-01a5-11de-8505-002215064801"
)

// wantGolden compares a document byte by byte.
func (s *server) wantGolden(got reply, name string) {
	s.t.Helper()
	path := "testdata/out/" + name + ".xml"
	if *update {
		s.must(os.WriteFile(path, []byte(got.body), 0o644))
	}
	want, err := os.ReadFile(path)
	s.must(err)
	if got.body != string(want) {
		s.t.Errorf("%s: got\n%s\nwant\n%s", name, got.body, want)
	}
}

func entryOf(source, target, winner string) string {
	side := func(name, uuid string) string {
		if uuid == "" {
			return ""
		}
		return "<" + name + "><uuid>" + uuid + "</uuid></" + name + ">"
	}
	if winner != "" {
		winner = "<conflict_winner>" + winner + "</conflict_winner>"
	}
	return `<entry xmlns="http://www.w3.org/2005/Atom">` + side("source", source) + side("target", target) + winner + "</entry>"
}

func TestPostBindingRefuses(t *testing.T) {
	s := newServer(t, nil)
	s.client(s.admin.ID, "syncml", phoneID)
	s.client(s.admin.ID, "datastore", storeID)
	foreign := s.client(s.bob.ID, "google", webID)
	for _, tc := range []struct {
		name, body string
		status     int
		sentence   string
	}{
		{"nothing", "", 400, "Binding entry not provided"},
		{"white space", " \r\n", 400, "Binding entry not provided"},
		{"a feed", `<feed xmlns="http://www.w3.org/2005/Atom"/>`, 400, "Binding entry not provided"},
		{"another's entry", `<entry xmlns="urn:x"/>`, 400, "Binding entry not provided"},
		{"no XML", "{}", 400, "not well-formed"},
		{"cut off", "<entry><source>", 400, "not well-formed"},
		{"garbage behind", "<entry/>x", 400, "not well-formed"},
		{"entities", `<!DOCTYPE e [<!ENTITY a "b">]><entry>&a;</entry>`, 400, "not well-formed"},
		{"too deep", strings.Repeat("<entry>", 20) + strings.Repeat("</entry>", 20), 400, "nested too deeply"},
		{"too long", "<entry>" + strings.Repeat(" ", maxBody) + "</entry>", 413, "too big"},
		{"no source", entryOf("", storeID, ""), 400, "Binding source not provided"},
		{"source without uuid", "<entry><source><uuid> </uuid></source></entry>", 400, "Binding source not provided"},
		{"source of another namespace", `<entry><source xmlns="urn:x"><uuid>` + phoneID + `</uuid></source></entry>`, 400, "Binding source not provided"},
		{"no target", entryOf(phoneID, "", ""), 400, "Binding target not provided"},
		{"no UUID", entryOf("phone", storeID, ""), 400, `"phone" is not a UUID`},
		{"bad winner", entryOf(phoneID, storeID, "both"), 400, "conflict_winner must be source or target"},
		{"unknown client", entryOf(phoneID, "00000000-0000-0000-0000-000000000000", ""), 400, "there is no Sync Client 00000000"},
		{"foreign client", entryOf(phoneID, foreign.ID, ""), 400, "there is no Sync Client " + foreign.ID},
		{"itself", entryOf(phoneID, phoneID, ""), 400, "bound to itself"},
		{"wrong kind", `<entry><source><sync_source>google</sync_source><uuid>` + phoneID + `</uuid></source>` +
			`<target><uuid>` + storeID + `</uuid></target></entry>`, 400, "is of kind syncml"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s.t = t
			s.wantSentence("post", s.ask("admin", "POST", "/v2/syncengine/", tc.body), tc.status, tc.sentence)
		})
	}
	s.t = t
	if list, err := s.store.Bindings(t.Context(), s.admin.ID); err != nil || len(list) != 0 {
		t.Errorf("bindings %v, %v; want none", list, err)
	}
}

func TestPostBindingTwice(t *testing.T) {
	s := newServer(t, nil)
	s.client(s.admin.ID, "syncml", phoneID)
	s.client(s.admin.ID, "datastore", storeID)
	s.client(s.admin.ID, "google", webID)
	s.wantStatus("first", s.ask("admin", "POST", "/v2/syncengine", entryOf(phoneID, storeID, "target")), 201)
	s.wantSentence("same", s.ask("admin", "POST", "/v2/syncengine/", entryOf(phoneID, storeID, "")), 409, "bound already")
	s.wantSentence("another peer", s.ask("admin", "POST", "/v2/syncengine/", entryOf(webID, phoneID, "")), 409, "bound already")
}

// Elements are read in the API's namespace, in Atom's, and in none; examples of the API do all three.
func TestPostBindingNamespaces(t *testing.T) {
	for _, tc := range []struct{ name, entry string }{
		{"none", `<entry><source><uuid>S</uuid></source><target><uuid>T</uuid></target><conflict_winner>target</conflict_winner></entry>`},
		{"prefix", `<a:entry xmlns:a="http://www.w3.org/2005/Atom" xmlns:oc="http://schemas.obexcode.com/syncserver/2009">` +
			`<oc:source><oc:uuid>S</oc:uuid></oc:source><oc:target><oc:uuid>T</oc:uuid></oc:target>` +
			`<oc:conflict_winner>target</oc:conflict_winner></a:entry>`},
		{"upper case and white space", "<entry><source><uuid>\n " + strings.ToUpper(phoneID) + "\n</uuid></source><target><uuid>T</uuid>" +
			"</target><conflict_winner> target </conflict_winner></entry>"},
		{"others ignored", `<entry><x:source xmlns:x="urn:x"><x:uuid>U</x:uuid></x:source><title>t</title><source><uuid>S</uuid></source>` +
			`<target><uuid>T</uuid></target><conflict_winner>target</conflict_winner></entry>`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newServer(t, nil)
			s.client(s.admin.ID, "syncml", phoneID)
			s.client(s.admin.ID, "datastore", storeID)
			body := strings.NewReplacer(">S<", ">"+phoneID+"<", ">T<", ">"+storeID+"<").Replace(tc.entry)
			s.wantStatus("post", s.ask("admin", "POST", "/v2/syncengine/", body), 201)
			list, err := s.store.Bindings(t.Context(), s.admin.ID)
			if err != nil || len(list) != 1 || list[0].Source != phoneID || list[0].Target != storeID || list[0].Winner != "target" {
				t.Errorf("bindings %+v, %v", list, err)
			}
		})
	}
}

func TestPutBinding(t *testing.T) {
	s := newServer(t, nil)
	s.bind(12, s.client(s.admin.ID, "syncml", phoneID), s.client(s.admin.ID, "datastore", storeID))
	for _, tc := range []struct {
		name, path, body string
		status           int
		sentence         string
	}{
		{"no id", "/v2/syncengine/", entryOf("", "", "target"), 400, "No binding ID provided"},
		{"nothing", "/v2/syncengine/12/", "", 400, "No Entry provided"},
		{"no entry", "/v2/syncengine/12/", "<x/>", 400, "No Entry provided"},
		{"no change", "/v2/syncengine/12/", entryOf(phoneID, storeID, ""), 400, "No Entry provided"},
		{"bad winner", "/v2/syncengine/12/", entryOf("", "", "neither"), 400, "conflict_winner must be source or target"},
		{"another source", "/v2/syncengine/12/", entryOf(webID, "", "target"), 400, "The source and the target cannot be changed"},
		{"another target", "/v2/syncengine/12/", entryOf("", webID, "target"), 400, "The source and the target cannot be changed"},
		{"unknown", "/v2/syncengine/13/", entryOf("", "", "target"), 404, "Unknown Sync Binding"},
		{"beyond numbers", "/v2/syncengine/99999999999999999999/", entryOf("", "", "target"), 404, "Unknown Sync Binding"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s.t = t
			s.wantSentence("put", s.ask("admin", "PUT", tc.path, tc.body), tc.status, tc.sentence)
		})
	}
	s.t = t
	whole := s.ask("admin", "GET", "/v2/syncengine/12", "").body
	changed := strings.Replace(whole, ">source</conflict_winner>", ">target</conflict_winner>", 1)
	for _, path := range []string{"/v2/syncengine/12", "/v2/syncengine/12/", "/v2/syncengine/12/edit", "/v2/syncengine/12/edit/"} {
		s.wantStatus(path, s.ask("admin", "PUT", path, changed), 200)
		if got := s.ask("admin", "GET", path, ""); !strings.Contains(got.body, ">target</conflict_winner>") {
			t.Errorf("%s: %s", path, got.body)
		}
		s.wantStatus(path+" back", s.ask("admin", "PUT", path, whole), 200)
	}
}

func TestDeleteBinding(t *testing.T) {
	s := newServer(t, nil)
	phone, store := s.client(s.admin.ID, "syncml", phoneID), s.client(s.admin.ID, "datastore", storeID)
	for i, path := range []string{"/v2/syncengine/N", "/v2/syncengine/N/", "/v2/syncengine/N/edit"} {
		id := int64(i + 1)
		s.bind(id, phone, store)
		path = strings.Replace(path, "N", strconv.FormatInt(id, 10), 1)
		got := s.ask("admin", "DELETE", path, "")
		if got.status != 200 || got.body != "" {
			t.Errorf("%s: %d %q, want 200 without a body", path, got.status, got.body)
		}
		s.wantSentence("again", s.ask("admin", "DELETE", path, ""), 404, "Unknown Sync Binding")
	}
	if list, err := s.store.Clients(t.Context(), s.admin.ID, ""); err != nil || len(list) != 3 {
		t.Errorf("clients %v, %v; want all of them left", list, err)
	}
}

func TestPhones(t *testing.T) {
	s := newServer(t, nil)
	s.wantGolden(s.ask("admin", "GET", "/v2/services/syncml/", ""), "no-phones")
	s.wait(time.Hour)
	named := s.ask("admin", "POST", "/v2/services/syncml/", `<entry xmlns="http://www.w3.org/2005/Atom"><title>Büro &amp; Co</title>`+
		`<client xmlns="http://schemas.obexcode.com/syncserver/2009"><device_id>IMEI:000000000000001</device_id></client></entry>`)
	s.wantStatus("named", named, 201)
	s.wantGolden(named, "phone")
	s.wait(time.Hour)
	s.wantStatus("plain", s.ask("admin", "POST", "/v2/services/syncml", "<entry/>"), 201)
	s.wantGolden(s.ask("admin", "GET", "/v2/services/syncml", ""), "phones")
	at := strings.TrimPrefix(named.header.Get("Location"), "http://api.obexcode.com")
	if got := s.ask("admin", "GET", at, ""); got.body != named.body {
		t.Errorf("at %s: %s", at, got.body)
	}
	list, err := s.store.Clients(t.Context(), s.admin.ID, "syncml")
	if err != nil || len(list) != 2 || list[0].DeviceID != "IMEI:000000000000001" || list[1].DeviceID != "" {
		t.Errorf("clients %+v, %v", list, err)
	}
}

func TestPostPhoneRefuses(t *testing.T) {
	s := newServer(t, nil)
	entry := func(device string) string {
		return "<entry><client><device_id>" + device + "</device_id></client></entry>"
	}
	s.wantStatus("first", s.ask("admin", "POST", "/v2/services/syncml/", entry("one")), 201)
	s.wantSentence("again", s.ask("admin", "POST", "/v2/services/syncml/", entry("one")), 409, "registered already")
	s.wantStatus("another owner's", s.ask("bob", "POST", "/v2/services/syncml/", entry("one")), 201)
	s.wantSentence("nothing", s.ask("admin", "POST", "/v2/services/syncml/", ""), 400, "Client entry not provided")
	s.wantSentence("too long", s.ask("admin", "POST", "/v2/services/syncml/", entry(strings.Repeat("x", 256))), 400, "at most 255 bytes")
	for _, path := range []string{phoneID, "2fb2", s.datastore(s.admin.ID).ID} {
		s.wantSentence(path, s.ask("admin", "GET", "/v2/services/syncml/"+path, ""), 404, "Unknown Sync Client")
	}
}

func TestDatastores(t *testing.T) {
	s := newServer(t, nil)
	list := s.ask("admin", "GET", "/v2/services/datastore/", "")
	s.wantGolden(list, "datastores")
	id := s.datastore(s.admin.ID).ID
	s.wantGolden(s.ask("admin", "GET", "/v2/services/datastore/"+id, ""), "datastore")
	if !strings.Contains(list.body, "urn:uuid:"+id) {
		t.Errorf("no client %s in %s", id, list.body)
	}
}

func TestLogEntryTellsWhatIsSpecial(t *testing.T) {
	s := specLog(t)
	e := specEntry(s.admin.ID, 7, 4, "2009-03-18T09:58:17Z")
	e.Mode, e.State, e.Duplicates, e.Removed, e.Conflicts, e.Held, e.Quarantined = 200, "abandoned", 1, 2, 3, 4, 5
	e.Sides[0] = bindings.SideCounts{AddsIn: 10, ReplacesIn: 11, DeletesIn: 12, AddsOut: 13, ReplacesOut: 14, DeletesOut: 15}
	s.insertLog(e)
	s.wantGolden(s.ask("admin", "GET", "/v2/syncengine/synclog/7/", ""), "log-entry")
}

func TestLogLimit(t *testing.T) {
	s := specLog(t)
	s.insertLog(specEntry(s.admin.ID, 1, 4, "2009-03-18T09:58:17Z"), specEntry(s.admin.ID, 2, 4, "2009-03-18T10:00:47Z"))
	for _, tc := range []struct {
		query   string
		entries int
	}{{"", 2}, {"?limit=1", 1}, {"?limit=1000", 2}} {
		got := s.ask("admin", "GET", "/v2/syncengine/synchronization/"+tc.query, "")
		if n := strings.Count(got.body, "<entry>"); n != tc.entries {
			t.Errorf("%q: %d entries, want %d", tc.query, n, tc.entries)
		}
	}
	for _, query := range []string{"0", "-1", "1001", "all"} {
		s.wantSentence(query, s.ask("admin", "GET", "/v2/syncengine/synchronization/?limit="+query, ""), 400, "limit")
	}
}

func TestOwnNamesAndAddresses(t *testing.T) {
	s := newServer(t, func(o *Options) { o.Operator, o.Contact, o.BaseURL = "", "", "" })
	s.bind(1, s.client(s.admin.ID, "syncml", phoneID), s.client(s.admin.ID, "datastore", storeID))
	body := s.ask("admin", "GET", "/v2/syncengine/", "").body
	for _, want := range []string{"<name>Bindery</name>", "<name>admin</name>", `href="` + s.url + `/v2/syncengine/1/edit"`} {
		if !strings.Contains(body, want) {
			t.Errorf("%s is missing in %s", want, body)
		}
	}
	if strings.Contains(body, "<email>") || strings.Contains(body, "obexcode.com/v2") {
		t.Errorf("foreign mail or address in %s", body)
	}
	s.wantStatus("a picture", s.ask("admin", "GET", "/v2/syncengine/", "", "Accept", "image/png"), http.StatusNotAcceptable)
}
