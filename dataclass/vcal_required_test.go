package dataclass

import (
	"strings"
	"testing"
)

// TestICalendarHasWhatItDemands projects items that have neither UID nor DTSTAMP.
func TestICalendarHasWhatItDemands(t *testing.T) {
	event := func(lines string) string {
		return "BEGIN:VCALENDAR\nVERSION:1.0\nBEGIN:VEVENT\nDTSTART:20240303T090000Z\n" + lines + "END:VEVENT\nEND:VCALENDAR\n"
	}
	for _, c := range []struct {
		name, data, kind, uid, stamp string
		class                        Class
	}{
		{"an event", event("SUMMARY:Tea\n"), "text/x-vcalendar", "", "DTSTAMP:19700101T000000Z\r\n", Events},
		{"an event that was changed", event("DCREATED:20240101T000000Z\nLAST-MODIFIED:20240201T000000Z\n"), "text/x-vcalendar", "", "DTSTAMP:20240201T000000Z\r\n", Events},
		{"an event with a UID", event("UID:a\n"), "text/x-vcalendar", "a", "DTSTAMP:", Events},
		{"an event with an empty UID", event("UID:\n"), "text/x-vcalendar", "", "DTSTAMP:", Events},
		{"a task", "BEGIN:VCALENDAR\nVERSION:1.0\nBEGIN:VTODO\nSUMMARY:Tea\nEND:VTODO\nEND:VCALENDAR\n", "text/x-vcalendar", "", "DTSTAMP:", Tasks},
		{"a note", "BEGIN:VNOTE\nVERSION:1.1\nBODY:Tea\nDCREATED:20240102T000000Z\nEND:VNOTE\n", "text/x-vnote", "", "DTSTAMP:20240102T000000Z\r\n", Notes},
		{"a note that was made nobody knows where", "BEGIN:VNOTE\nVERSION:1.1\nBODY:Tea\nDCREATED:20240102T000000\nEND:VNOTE\n", "text/x-vnote", "", "DTSTAMP:19700101T000000Z\r\n", Notes},
		{"a text", "Tea\n", "text/plain", "", "DTSTAMP:19700101T000000Z\r\n", Notes},
	} {
		t.Run(c.name, func(t *testing.T) {
			it, err := Decode(c.class, Body{Type: c.kind, Data: []byte(c.data)})
			if err != nil {
				t.Fatal(err)
			}
			out, err := it.Project(ICalendar20)
			if err != nil {
				t.Fatal(err)
			}
			uid := c.uid
			if uid == "" {
				uid = it.Fingerprint().String()
			}
			text := string(out.Body().Data)
			if strings.Count(text, "\r\nUID:") != 1 || strings.Count(text, "\r\nDTSTAMP:") != 1 ||
				!strings.Contains(text, "UID:"+uid+"\r\n") || !strings.Contains(text, c.stamp) {
				t.Errorf("want UID %s and %s in\n%s", uid, c.stamp, text)
			}
			if out.Fingerprint() != it.Fingerprint() {
				t.Error("it is another item")
			}
			if again, err := it.Project(ICalendar20); err != nil || string(again.Body().Data) != text {
				t.Errorf("another text the second time: %v", err)
			}
		})
	}
}
