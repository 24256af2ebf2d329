package dataclass

import "testing"

func TestPeek(t *testing.T) {
	for _, c := range []struct {
		name, data string
		want       Peeked
	}{
		{"a card", "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u\r\nEND:VCARD\r\n", Peeked{Root: "VCARD", Version: "3.0", UID: "u", Plain: true}},
		{"a card behind a byte order mark", "\xef\xbb\xbfBEGIN:VCARD\r\nVERSION:3.0\r\nUID:u\r\nEND:VCARD\r\n", Peeked{Root: "VCARD", Version: "3.0", UID: "u", Plain: true}},
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

// Only the lines that are that UID get another one: not what looks like one in a text, in a name or in an alarm.
func TestRenamed(t *testing.T) {
	for _, c := range []struct{ name, data, want string }{
		{"a card", "BEGIN:VCARD\r\nUID:old\r\nNOTE:UID:old\r\nEND:VCARD\r\n", "BEGIN:VCARD\r\nUID:new\r\nNOTE:UID:old\r\nEND:VCARD\r\n"},
		{"LF", "UID:old\nFN:x\n", "UID:new\nFN:x\n"},
		{"no end of line", "FN:x\nUID:old", "FN:x\nUID:new"},
		{"a group, parameters, case", "item1.uid;X-A=\"b\":old\r\n", "item1.uid;X-A=\"b\":new\r\n"},
		{"folded", "UID:o\r\n ld\r\nFN:x\r\n", "UID:new\r\nFN:x\r\n"},
		{"spaces", "UID: old \r\nFN:x\r\n", "UID:new\r\nFN:x\r\n"},
		{"each entry", "BEGIN:VEVENT\r\nUID:old\r\nBEGIN:VALARM\r\nUID:alarm\r\nEND:VALARM\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:old\r\nEND:VEVENT\r\n",
			"BEGIN:VEVENT\r\nUID:new\r\nBEGIN:VALARM\r\nUID:alarm\r\nEND:VALARM\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:new\r\nEND:VEVENT\r\n"},
		{"another", "UID:older\r\nX-UID:old\r\nUIDX:old\r\n", "UID:older\r\nX-UID:old\r\nUIDX:old\r\n"},
		{"folded into a text", "NOTE:a\r\n UID:old\r\n", "NOTE:a\r\n UID:old\r\n"},
		{"nothing", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := []byte(c.data)
			if got := string(Renamed(data, "old", "new")); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
			if string(data) != c.data {
				t.Error("the data was changed")
			}
		})
	}
}
