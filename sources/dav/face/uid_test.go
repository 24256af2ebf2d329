package face

import (
	"net/http"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
)

// The user's fear: a phone that keeps no UIDs edits a contact, and a program that knows contacts by their UIDs has it twice,
// or is refused for ever. What it is called stays, however it came to its UID.
func TestTheUIDThatIsShownStays(t *testing.T) {
	phones := dataclass.Body{Type: "text/x-vcard", Data: []byte("BEGIN:VCARD\r\nVERSION:2.1\r\nN:Ann\r\nEND:VCARD\r\n")}
	for _, c := range []struct{ name, first string }{
		{"a client's own UID", "u1"}, {"one that was made for another id", "bindery-00001-ab"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			path := contacts + c.first + ".vcf"
			w.ask(http.StatusCreated, "PUT", path, cardOf(c.first, "Ann"), "If-None-Match: *")
			if _, err := w.items.Items("id-ann", "client-ann").Put(t.Context(), dataclass.Contacts, sources.ID(c.first+".vcf"), "", phones); err != nil {
				t.Fatal(err)
			}
			line := "UID:" + c.first + "\r\n"
			got := w.ask(http.StatusOK, "GET", path, "")
			if !strings.Contains(got.body, line) {
				t.Errorf("no %s in %s", line, got.body)
			}
			for _, ask := range []string{
				request("card:addressbook-multiget", "<d:href>"+path+"</d:href>", "card:address-data"),
				request("card:addressbook-query", `<card:filter><card:prop-filter name="UID"><card:text-match>`+c.first+`</card:text-match></card:prop-filter></card:filter>`, "card:address-data"),
			} {
				if a := w.ask(http.StatusMultiStatus, "REPORT", contacts, ask, "Depth: 1"); !strings.Contains(a.body, strings.TrimSpace(line)) {
					t.Errorf("no %s in %s", line, a.body)
				}
			}
			edited := strings.Replace(got.body, "END:", "NOTE:x\r\nEND:", 1)
			w.ask(http.StatusNoContent, "PUT", path, edited, "If-Match: "+got.header.Get("ETag"))
			if now := w.ask(http.StatusOK, "GET", path, ""); now.body != edited {
				t.Errorf("%s instead of %s", now.body, edited)
			}
		})
	}
}

// The user's fear: a contact of a phone is shown without a UID of its own, gets one on another server, and the program that
// showed it takes it for deleted, has a ghost of it, or doubles it. It stays what it was for the program; what the program
// writes has the other server's UID, which that one knows it by.
func TestTheMadeUIDStaysWhereAnItemGainsItsOwn(t *testing.T) {
	w := newWorld(t)
	it := w.items.Items("id-ann", "client-ann")
	write := func(id sources.ID, text string) sources.ID {
		t.Helper()
		got, err := it.Put(t.Context(), dataclass.Contacts, id, "", dataclass.Body{Type: "text/vcard;version=3.0", Data: []byte(text)})
		if err != nil {
			t.Fatal(err)
		}
		return got.ID
	}
	id := write("", "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ann Abel\r\nN:Abel;Ann;;;\r\nEND:VCARD\r\n")
	path, made := contacts+string(id), datastore.MadeUID(id)
	copied := cardOf(made, "Ann Abel")
	if a := w.ask(http.StatusConflict, "PUT", contacts+"copy.vcf", copied); !strings.Contains(a.body, string(id)) {
		t.Errorf("a second item of the UID that is shown: %s", a.body)
	}
	write(id, cardOf("own", "Ann Abel"))
	shown := w.ask(http.StatusOK, "GET", path, "")
	if !strings.Contains(shown.body, "UID:"+made+"\r\n") || strings.Contains(shown.body, "own") {
		t.Fatalf("shown is %s", shown.body)
	}
	for _, uid := range []string{made, "own"} {
		w.ask(http.StatusConflict, "PUT", contacts+"copy.vcf", cardOf(uid, "Ann Abel"))
	}
	edited := strings.Replace(shown.body, "END:", "NOTE:x\r\nEND:", 1)
	w.ask(http.StatusNoContent, "PUT", path, edited, "If-Match: "+shown.header.Get("ETag"))
	if got := w.ask(http.StatusOK, "GET", path, "").body; got != edited {
		t.Errorf("what was put comes back as %q", got)
	}
	has, err := it.Get(t.Context(), dataclass.Contacts, id)
	if err != nil || !strings.Contains(string(has.Body.Data), "UID:own\r\n") || has.UID != made {
		t.Errorf("stored is %s, shown as %s, %v", has.Body.Data, has.UID, err)
	}
	write(id, "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ann Adler\r\nN:Adler;Ann;;;\r\nEND:VCARD\r\n") // the phone again
	if got := w.ask(http.StatusOK, "GET", path, "").body; !strings.Contains(got, "UID:"+made+"\r\n") {
		t.Errorf("after the phone shown is %s", got)
	}
	if got := w.bulk(updating(path, "", strings.Replace(edited, "NOTE:x", "NOTE:y", 1))); len(got) == 0 || !strings.Contains(strings.Join(got, " "), " 200 ") {
		t.Errorf("in a bulk request: %q", got)
	}
	has, err = it.Get(t.Context(), dataclass.Contacts, id)
	if err != nil || !strings.Contains(string(has.Body.Data), "UID:own\r\n") {
		t.Errorf("stored is %s, %v", has.Body.Data, err)
	}
	w.ask(http.StatusNoContent, "DELETE", path, "")
	w.ask(http.StatusCreated, "PUT", path, cardOf("new", "Ben Bauer"))
	if got := w.ask(http.StatusOK, "GET", path, ""); got.body != cardOf("new", "Ben Bauer") {
		t.Errorf("a new item at the old address is shown as %s", got.body)
	}
}
