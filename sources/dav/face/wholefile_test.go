package face

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// The user's fear: the program at work, which can only fetch a file, shows half of the calendar, or an old one.
func TestWholeCollectionAsAFile(t *testing.T) {
	w := mixedWorld(t)
	a := w.ask(http.StatusOK, "GET", both, "")
	if got := a.header.Get("Content-Type"); got != "text/calendar; charset=utf-8" {
		t.Error(got)
	}
	if got := a.header.Get("Content-Disposition"); got != "attachment; filename=both.ics" {
		t.Error(got)
	}
	for _, want := range []string{"UID:e\r\n", "UID:t\r\n", "UID:j\r\n", "BEGIN:VTODO", "BEGIN:VJOURNAL"} {
		if strings.Count(a.body, want) != 1 {
			t.Errorf("%q is there %d times in\n%s", want, strings.Count(a.body, want), a.body)
		}
	}
	if strings.Count(a.body, "BEGIN:VCALENDAR") != 1 || !strings.HasSuffix(a.body, "END:VCALENDAR\r\n") {
		t.Error(a.body)
	}
	tag := a.header.Get("ETag")
	has(t, w.ask(http.StatusMultiStatus, "PROPFIND", both, prop("getetag"), "Depth: 0").body, both+" 200 getetag="+tag)
	w.ask(http.StatusNotModified, "GET", both, "", "If-None-Match: "+tag)
	if head := w.ask(http.StatusOK, "HEAD", both, ""); head.header.Get("ETag") != tag || head.body != "" {
		t.Error(head)
	}
	w.ask(http.StatusNoContent, "DELETE", both+"t", "")
	if got := w.ask(http.StatusOK, "GET", both, "", "If-None-Match: "+tag).body; strings.Contains(got, "VTODO") || !strings.Contains(got, "UID:e") {
		t.Error(got)
	}
	w.ask(http.StatusNotFound, "GET", "/dav/calendars/ann/none/", "")
	if got := w.ask(http.StatusOK, "GET", tasks, "").body; got != "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Bindery//EN\r\nEND:VCALENDAR\r\n" {
		t.Errorf("an empty calendar: %q", got)
	}
}

func TestWholeAddressBookAsAFile(t *testing.T) {
	w := newWorld(t)
	if got := w.ask(http.StatusOK, "GET", contacts, "").body; got != "" {
		t.Errorf("an empty address book: %q", got)
	}
	for i := range 700 {
		w.ask(http.StatusCreated, "PUT", fmt.Sprint(contacts, i), cardOf(fmt.Sprint("uid", i), "Ann"))
	}
	ctx, box := t.Context(), w.items.Items("id-ann", "client-ann")
	old := dataclass.Body{Type: "text/x-vcard", Data: []byte("BEGIN:VCARD\r\nVERSION:2.1\r\nN:Phone;Old\r\nEND:VCARD\r\n")}
	if _, err := box.Put(ctx, dataclass.Contacts, sources.ID("old"), "", old); err != nil {
		t.Fatal(err)
	}
	if _, err := box.Put(ctx, dataclass.Contacts, sources.ID("odd"), "", dataclass.Body{Type: "text/vcard", Data: []byte("not a card")}); err != nil {
		t.Fatal(err)
	}
	a := w.ask(http.StatusOK, "GET", contacts, "")
	if n := strings.Count(a.body, "BEGIN:VCARD\r\nVERSION:3.0\r\n"); n != 701 || strings.Count(a.body, "BEGIN:VCARD") != n {
		t.Errorf("%d cards", n)
	}
	if !strings.Contains(a.body, "N:Phone;Old") || a.header.Get("Bindery-Left-Out") != "1" {
		t.Error(a.header)
	}
	if got := w.as("bob", "GET", contacts, ""); got.status == http.StatusOK || strings.Contains(got.body, "VCARD") {
		t.Errorf("somebody else: %d", got.status)
	}
}
