package datastore_test

import (
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
)

// What has no UID is told to syncs with the one that DAV clients are shown; its bytes stay as they came.
func TestRule_5_6_ASyncIsToldTheUIDThatAnItemIsKnownBy(t *testing.T) {
	for _, tt := range []struct {
		name  string
		class dataclass.Class
		id    sources.ID
		was   string // an earlier body
		body  string
		want  string // the UID
	}{
		{"none", dataclass.Contacts, "a-1", "", "BEGIN:VCARD\r\nVERSION:2.1\r\nN:A\r\nEND:VCARD\r\n", "bindery-a-1"},
		{"one of its own", dataclass.Contacts, "a-1", "", "BEGIN:VCARD\r\nVERSION:2.1\r\nN:A\r\nUID:own\r\nEND:VCARD\r\n", ""},
		{"one that it lost by an edit on a phone", dataclass.Contacts, "a-1", "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:A\r\nN:A;;;;\r\nUID:own\r\nEND:VCARD\r\n", "BEGIN:VCARD\r\nVERSION:2.1\r\nN:B\r\nEND:VCARD\r\n", "own"},
		{"an event of a phone", dataclass.Events, "e", "", "BEGIN:VCALENDAR\r\nVERSION:1.0\r\nBEGIN:VEVENT\r\nDTSTART:20260101T100000Z\r\nSUMMARY:Tea\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", "bindery-e"},
		{"an id that cannot stand there", dataclass.Contacts, "a;b", "", "BEGIN:VCARD\r\nVERSION:2.1\r\nN:A\r\nEND:VCARD\r\n", ""},
		{"a note", dataclass.Notes, "n", "", "Milk", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHouse(t, datastore.Options{})
			c := h.client(t, "ann")
			items := h.d.Items(c.owner, c.id)
			for _, body := range []string{tt.was, tt.body} {
				if body == "" {
					continue
				}
				if _, err := items.Put(t.Context(), tt.class, tt.id, "", dataclass.Body{Data: []byte(body)}); err != nil {
					t.Fatal(err)
				}
			}
			session, err := c.Source("x").Begin(t.Context(), tt.class, "")
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			look := func(ch sources.Change, err error) bool {
				n++
				if err != nil {
					t.Fatal(err)
				}
				if ch.KnownAs != tt.want || string(ch.Body.Data) != tt.body {
					t.Errorf("UID %q, want %q:\n%s", ch.KnownAs, tt.want, ch.Body.Data)
				}
				return true
			}
			session.Changes(t.Context())(look)
			session.Read(t.Context(), []sources.ID{tt.id})(look)
			if n != 2 {
				t.Errorf("%d reads", n)
			}
		})
	}
}
