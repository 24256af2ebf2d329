package dataclass

import "testing"

func TestPeek(t *testing.T) {
	for _, c := range []struct {
		name, data string
		want       Peeked
	}{
		{"a card", "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u\r\nEND:VCARD\r\n", Peeked{Root: "VCARD", Version: "3.0", UID: "u", Plain: true}},
		{"in any case, with a group, folded", "begin:vcard\nversion:4.0\nitem1.uid;value=text:a\n b\nend:vcard", Peeked{Root: "VCARD", Version: "4.0", UID: "ab", Plain: true}},
		{"an event behind its zone", "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VTIMEZONE\nUID:no\nEND:VTIMEZONE\nBEGIN:VEVENT\nBEGIN:VALARM\nUID:alarm\nEND:VALARM\nUID:u\nEND:VEVENT\nEND:VCALENDAR\n",
			Peeked{Root: "VCALENDAR", Inner: "VEVENT", Version: "2.0", UID: "u", Plain: true}},
		{"an entry without a UID", "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:u\nEND:VEVENT\nBEGIN:VEVENT\nEND:VEVENT\nEND:VCALENDAR\n",
			Peeked{Root: "VCALENDAR", Inner: "VEVENT", Version: "2.0", UID: "u"}},
		{"a card in a card", "BEGIN:VCARD\nVERSION:2.1\nAGENT:\nBEGIN:VCARD\nVERSION:3.0\nUID:agent\nEND:VCARD\nEND:VCARD\n", Peeked{Root: "VCARD", Inner: "VCARD", Version: "2.1", Plain: true}},
		{"text", "Milk: and bread\n", Peeked{Plain: true}},
		{"nothing", "", Peeked{Plain: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Peek([]byte(c.data)); got != c.want {
				t.Errorf("%+v instead of %+v", got, c.want)
			}
		})
	}
}
