package face_test

import (
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/gdata/entry"
)

// A contact shows its UID, keeps it whatever a client sends, and no two contacts have one.
func TestIdentifier(t *testing.T) {
	uid := func(s string) string { return `<gd:extendedProperty name="bindery-uid" value="` + s + `"/>` }
	w := newWorld(t)
	made := w.do("POST", contactsPath, contact("Ann Abel", uid("u1"))).is(201).tree()
	if got := entry.Identifier(made); got != "u1" {
		t.Fatalf("the new contact has the UID %q", got)
	}
	w.do("PUT", contactsPath+"/"+entry.ID(made), contact("Ann Abel", uid("u9")+`<gContact:nickname>A</gContact:nickname>`), "If-Match", "*").is(200)
	if got := entry.Identifier(w.do("GET", contactsPath+"/"+entry.ID(made), "").is(200).tree()); got != "u1" {
		t.Errorf("after an update the UID is %q", got)
	}
	w.do("POST", contactsPath, contact("Ann Abel", uid("u1")+`<gContact:nickname>B</gContact:nickname>`)).is(409)
	stranger := contact("Zacharias Quill", uid("u1")+`<gContact:birthday when="1950-01-02"/>`)
	if got := entry.Identifier(w.do("POST", contactsPath, stranger).is(201).tree()); got == "u1" || got == "" {
		t.Errorf("somebody else has the UID %q", got)
	}
	if got := entry.Identifier(w.do("POST", contactsPath, contact("Cid Cohn", "")).is(201).tree()); got == "" {
		t.Error("a contact without a UID gets none")
	}
	for title := range strings.SplitSeq("u1 bindery", " ") {
		if got := w.do("GET", contactsPath+"?q="+title, "").is(200).page(); len(got.Entries) != 0 {
			t.Errorf("a search for %s finds a UID", title)
		}
	}
}

// A contact that has no UID is shown with the one that it has by CardDAV, and a second one with that is refused.
func TestIdentifierMadeOfID(t *testing.T) {
	w := newWorld(t)
	body := dataclass.Body{Type: "text/x-vcard", Data: []byte("BEGIN:VCARD\r\nVERSION:2.1\r\nN:Abel;Ann\r\nEND:VCARD\r\n")}
	it, err := w.items.Items("o-ann", "s1").Put(t.Context(), dataclass.Contacts, "", "", body)
	if err != nil {
		t.Fatal(err)
	}
	shown := "bindery-" + string(it.ID)
	if got := entry.Identifier(w.do("GET", contactsPath+"/"+string(it.ID), "").is(200).tree()); got != shown {
		t.Errorf("shown with %q, want %q", got, shown)
	}
	w.do("POST", contactsPath, contact("Ann Abel", `<gd:extendedProperty name="bindery-uid" value="`+shown+`"/>`)).is(409)
}

// An event that came on another way is not entered a second time by another Bindery.
func TestIdentifierOfEvents(t *testing.T) {
	w := newWorld(t)
	const theirs = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:7@x\r\nSUMMARY:Tea\r\nLOCATION:Oslo\r\nDTSTART:20261120T090000Z\r\nDTEND:20261120T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	if _, err := w.items.Items("o-ann", "s1").Put(t.Context(), dataclass.Events, "a", "", dataclass.Body{Data: []byte(theirs)}); err != nil {
		t.Fatal(err)
	}
	sent := nine + `<gCal:uid value="7@x"/>`
	mark := `<gd:extendedProperty name="bindery-add" value="k"/>`
	count := func(want int) {
		t.Helper()
		if n, err := w.items.Items("o-ann", "s1").Count(t.Context(), dataclass.Events); err != nil || n != want {
			t.Errorf("%d events, want %d: %v", n, want, err)
		}
	}
	w.do("POST", eventsPath, event("Tea", sent+mark)).is(409)
	count(1)
	w.do("POST", eventsPath, event("Coffee", sent)).is(201) // whoever else wants two events of one identifier
	count(2)
}
