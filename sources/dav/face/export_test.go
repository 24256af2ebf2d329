package face

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// The user's fear: something of an account is in no export.
func TestExportHasWhatDAVKeeps(t *testing.T) {
	w := newWorld(t)
	w.ask(http.StatusCreated, "MKCOL", "/dav/files/ann/set%20up/", "")
	w.ask(http.StatusCreated, "PUT", "/dav/files/ann/set%20up/a.txt", "own")
	w.ask(http.StatusCreated, "MKCALENDAR", "/dav/calendars/ann/work/", "")
	w.ask(http.StatusCreated, "PUT", contacts+"a", cardOf("a", "a"))
	for _, path := range []string{contacts, contacts + "a", "/dav/calendars/ann/", "/dav/files/ann/set%20up/a.txt"} {
		w.ask(http.StatusMultiStatus, "PROPPATCH", path, setting(`<own xmlns="x:y">kept</own>`))
	}
	if a := w.as("bob", "PUT", "/dav/files/bob/secret", "of bob"); a.status != http.StatusCreated {
		t.Fatal(a.status)
	}
	got := make(map[string]string)
	err := Export(t.Context(), w.db, "id-ann", func(name string, at time.Time, data []byte) error {
		if got[name] = string(data); strings.HasPrefix(name, "files/") && at.IsZero() {
			t.Errorf("%s was never changed", name)
		}
		return nil
	})
	if err != nil || len(got) != 3 || got["files/set up/a.txt"] != "own" {
		t.Fatalf("%v %q", err, got)
	}
	if n := strings.Count(got["dav.json"], `kept\u003c/own`); n != 4 || !strings.Contains(got["dav.json"], `"name": "work"`) {
		t.Errorf("%d properties in %s", n, got["dav.json"])
	}
	made, err := Made(t.Context(), w.db, "id-ann")
	if err != nil || len(made) != 1 || made["client-ann"] {
		t.Errorf("%v %v", err, made)
	}
}

// Every datastore of an account can be seen, under addresses that stay whatever it is called and whatever else is made.
func TestFurtherDatastoresAreCollections(t *testing.T) {
	w := newWorld(t)
	w.ask(http.StatusCreated, "MKCALENDAR", "/dav/calendars/ann/made/", "")
	w.mu.Lock()
	w.clients["id-ann"] = append(w.clients["id-ann"], Client{ID: "11112222-more", Title: "Work"}, Client{ID: "33334444-more"})
	w.mu.Unlock()
	book, calendar := "/dav/addressbooks/ann/11112222-more/", "/dav/calendars/ann/11112222-more-events/"
	has(t, w.ask(http.StatusMultiStatus, "PROPFIND", "/dav/addressbooks/ann/", prop("displayname"), "Depth: 1").body,
		contacts+" 200 displayname=Contacts", book+" 200 displayname=Contacts (Work)", "/dav/addressbooks/ann/33334444-more/ 200 displayname=Contacts (33334444)")
	list := lines(t, w.ask(http.StatusMultiStatus, "PROPFIND", "/dav/calendars/ann/", prop("displayname"), "Depth: 1").body)
	if len(list) != 1+3+1+6 {
		t.Errorf("%q", list)
	}
	w.ask(http.StatusCreated, "PUT", book+"a", cardOf("a", "Ann"))
	w.ask(http.StatusCreated, "PUT", calendar+"e", eventOf("e", "DTSTART:20260504T100000Z"))
	w.ask(http.StatusNotFound, "GET", contacts+"a", "")
	w.ask(http.StatusForbidden, "DELETE", book, "")
	w.ask(http.StatusMethodNotAllowed, "MKCOL", book, "")
	w.mu.Lock()
	w.clients["id-ann"][2].Title = "Office"
	w.mu.Unlock()
	has(t, w.ask(http.StatusMultiStatus, "PROPFIND", calendar, prop("displayname"), "Depth: 0").body, calendar+" 200 displayname=Events (Office)")
	w.ask(http.StatusOK, "GET", calendar+"e", "")
	w.ask(http.StatusCreated, "MOVE", book+"a", "", "Destination: "+w.srv.URL+contacts+"a")
	w.ask(http.StatusOK, "GET", contacts+"a", "")
}
