package syncml

import (
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

func TestNamesOfDatabases(t *testing.T) {
	for address, want := range map[string]dataclass.Class{
		"./Contacts": dataclass.Contacts, "scard": dataclass.Contacts, "/./Contact/Unfiled/": dataclass.Contacts,
		"./calendar": dataclass.Events, "Calendar": dataclass.Events, "cal2": dataclass.Events, "./calendar/events": dataclass.Events,
		`c:\Documents\agenda\agenda`: dataclass.Events, "calendar?EVENT": dataclass.Events,
		"calendar?TODO": dataclass.Tasks, "./calendar/tasks": dataclass.Tasks, "STASK": dataclass.Tasks, "todo": dataclass.Tasks,
		"./EventTask/Tasks": dataclass.Calendar, "caltasks": dataclass.Calendar, "caltasks?todo": dataclass.Tasks,
		"./notes": dataclass.Notes, "pnote": dataclass.Notes, "Memo?x=1": dataclass.Notes,
		"configuration": "", "bookmarks": "", "": "", "..": "",
	} {
		if got := classOf(address); got != want {
			t.Errorf("%q is %q, wanted %q", address, got, want)
		}
	}
}

// begin is what a device declares that holds those components.
func begin(components ...string) []wire.CTCap {
	return []wire.CTCap{
		{Type: wire.ContentType{Type: "text/x-vcard"}, Props: []wire.PropCap{{Name: "BEGIN", Values: []string{"VCARD"}}}},
		{Type: wire.ContentType{Type: "text/x-vcalendar", Version: "1.0"}, Props: []wire.PropCap{{Name: "SUMMARY"}, {Name: "BEGIN", Values: components}}},
	}
}

func TestCalendarClass(t *testing.T) {
	store := func(name string, caps []wire.CTCap) wire.DataStore {
		return wire.DataStore{SourceRef: name, CTCaps: caps}
	}
	for _, tt := range []struct {
		name string
		dev  *wire.DevInf
		want dataclass.Class
	}{
		{"nothing known", nil, dataclass.Events},
		{"nothing said", &wire.DevInf{Stores: []wire.DataStore{store("./Calendar", nil)}}, dataclass.Events},
		{"Nokia, nothing said", &wire.DevInf{Man: "NOKIA", Stores: []wire.DataStore{store("./Calendar", nil)}}, dataclass.Calendar},
		{"Nokia that has tasks apart", &wire.DevInf{Man: "Nokia", Stores: []wire.DataStore{store("./Calendar", nil), store("Tasks", nil)}}, dataclass.Events},
		{"both in the store", &wire.DevInf{Stores: []wire.DataStore{store("Calendar", begin("VEVENT", "VTODO"))}}, dataclass.Calendar},
		{"both in the store, and tasks apart", &wire.DevInf{Stores: []wire.DataStore{store("./calendar", begin("VEVENT", "VTODO")), store("./todo", begin("VEVENT", "VTODO"))}}, dataclass.Events},
		{"events alone", &wire.DevInf{Man: "NOKIA", Stores: []wire.DataStore{store("Calendar", begin("VEVENT"))}}, dataclass.Events},
		{"tasks alone", &wire.DevInf{Stores: []wire.DataStore{store("Calendar", begin("VTODO"))}}, dataclass.Tasks},
		{"both, said for all stores (DevInf 1.1)", &wire.DevInf{Stores: []wire.DataStore{store("Calendar", nil)}, CTCaps: begin("VEVENT", "VTODO")}, dataclass.Calendar},
	} {
		if got := calendarClass(tt.dev, "./calendar"); got != tt.want {
			t.Errorf("%s: %q, wanted %q", tt.name, got, tt.want)
		}
	}
}

func TestKnownTypes(t *testing.T) {
	for _, tt := range []struct {
		class dataclass.Class
		in    wire.ContentType
		want  wire.ContentType
	}{
		{dataclass.Contacts, wire.ContentType{Type: "TEXT/X-VCARD", Version: "2.1"}, vcard21},
		{dataclass.Contacts, wire.ContentType{Type: "text/directory", Version: "3.0"}, vcard30},
		{dataclass.Contacts, wire.ContentType{Type: "text/vcard", Version: "2.1"}, vcard21},
		{dataclass.Contacts, wire.ContentType{Type: "text/vcard", Version: "4.0"}, vcard30},
		{dataclass.Events, wire.ContentType{Type: "text/x-vcalendar"}, vcal10},
		{dataclass.Calendar, wire.ContentType{Type: "text/calendar", Version: "2.0"}, ical20},
		{dataclass.Notes, wire.ContentType{Type: "text/plain", Version: "1.1"}, plain10},
		{dataclass.Notes, wire.ContentType{Type: "text/x-vnote", Version: "1.1"}, vnote11},
		{dataclass.Notes, wire.ContentType{Type: "image/jpeg", Version: "1.1"}, wire.ContentType{}},
		{dataclass.Events, wire.ContentType{Type: "text/x-vcard", Version: "2.1"}, wire.ContentType{}},
		{dataclass.Contacts, wire.ContentType{}, wire.ContentType{}},
	} {
		if got, _ := known(tt.class, tt.in); got != tt.want {
			t.Errorf("%v of %s is %v, wanted %v", tt.in, tt.class, got, tt.want)
		}
	}
}
