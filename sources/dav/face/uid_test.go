package face

import (
	"net/http"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
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
