package dataclass

import "testing"

func TestItemUID(t *testing.T) {
	for _, tc := range []struct {
		name, want string
		class      Class
		body       string
	}{
		{"contact", "c-1", Contacts, "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:c-1\r\nFN:Ada\r\nEND:VCARD\r\n"},
		{"contact without one", "", Contacts, "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada\r\nEND:VCARD\r\n"},
		{"event", "e-1", Events, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:e-1\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"},
		{"task", "t-1", Tasks, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VTODO\r\nUID:t-1\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"},
		{"note", "", Notes, "BEGIN:VNOTE\r\nVERSION:1.1\r\nBODY:x\r\nEND:VNOTE\r\n"},
	} {
		it, err := Decode(tc.class, Body{Data: []byte(tc.body)})
		if err != nil {
			t.Fatalf("%s: %v", tc.name, err)
		}
		if got := it.UID(); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}
