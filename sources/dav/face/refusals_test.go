package face

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
)

// What programs go by when they are refused: iOS, DAVx5, Thunderbird, Evolution and KDE ask for a password again where
// there is 401 with a challenge, and only there; they take a collection for read-only where the privileges say so, and
// give up an edit, and nothing else, where one is refused with a precondition.
func TestRefusalsThatClientsUnderstand(t *testing.T) {
	w := newWorld(t)
	w.ask(http.StatusCreated, "PUT", contacts+"a.vcf", cardOf("a", "Ada"))
	wrong := "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("ann:wrong"))
	reader := "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("ann:bindery_read_ann"))
	t.Run("wrong password", func(t *testing.T) {
		for _, r := range [][3]string{
			{"PROPFIND", "/dav/", prop("current-user-principal")}, {"OPTIONS", contacts, ""}, {"REPORT", contacts, syncBody("", "")},
			{"PUT", contacts + "a.vcf", cardOf("a", "Other")}, {"DELETE", contacts + "a.vcf", ""}, {"PROPPATCH", events, setting("<d:displayname>x</d:displayname>")},
		} {
			a := w.as("", r[0], r[1], r[2], wrong)
			if a.status != http.StatusUnauthorized || !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Basic realm=") || strings.Contains(a.body, "wrong\"") {
				t.Errorf("%s: %d %v", r[0], a.status, a.header)
			}
		}
	})
	t.Run("read-only", func(t *testing.T) {
		told := w.as("", "PROPFIND", contacts, prop("current-user-privilege-set"), reader, "Depth: 0")
		if told.status != http.StatusMultiStatus || strings.Contains(told.body, "write") || !strings.Contains(told.body, "read") {
			t.Error(told.body)
		}
		for _, r := range [][3]string{
			{"PUT", contacts + "a.vcf", cardOf("a", "Other")}, {"DELETE", contacts + "a.vcf", ""}, {"MKCOL", "/dav/addressbooks/ann/new/", ""},
			{"MKCALENDAR", "/dav/calendars/ann/new/", ""}, {"PROPPATCH", events, setting("<d:displayname>x</d:displayname>")}, {"MOVE", contacts + "a.vcf", ""},
		} {
			a := w.as("", r[0], r[1], r[2], reader, "Destination: "+contacts+"b.vcf")
			if a.status != http.StatusForbidden || !strings.Contains(a.body, "need-privileges") {
				t.Errorf("%s: %d %s", r[0], a.status, a.body)
			}
		}
	})
	t.Run("an item is refused", func(t *testing.T) {
		for _, r := range []struct{ path, body, condition string }{
			{contacts + "n.vcf", "BEGIN:VCARD\r\nVERSION:2.1\r\nN:x\r\nEND:VCARD\r\n", "supported-address-data"},
			{contacts + "n.vcf", "no card", "valid-address-data"}, {contacts + "n.vcf", cardOf("a", "Ada"), "no-uid-conflict"},
			{events + "n.ics", cardOf("x", "x"), "supported-calendar-data"}, {events + "n.ics", "no event", "valid-calendar-data"},
		} {
			a := w.as("ann", "PUT", r.path, r.body, "If-None-Match: *")
			if a.status != http.StatusForbidden && a.status != http.StatusConflict || !strings.Contains(a.body, r.condition) {
				t.Errorf("%s: %d %s", r.condition, a.status, a.body)
			}
			w.ask(http.StatusNotFound, "GET", r.path, "")
		}
	})
	if a := w.ask(http.StatusOK, "GET", contacts+"a.vcf", ""); a.body != cardOf("a", "Ada") {
		t.Error(a.body)
	}
}
