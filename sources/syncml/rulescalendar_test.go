package syncml_test

import (
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/syncml"
	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

const meeting = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nSUMMARY:Tea\r\nDTSTART:20240115T090000Z\r\nDTEND:20240115T100000Z\r\n" +
	"END:VEVENT\r\nEND:VCALENDAR\r\n"

// calendarPhone is a phone of a model that goes through a session with its calendar: it sends an appointment in its
// own time and is sent the meeting. What the server stored and sent comes back.
func calendarPhone(t *testing.T, man, mod, own string) (stored, sent string) {
	t.Helper()
	b := newBench(t)
	b.opts.Zone = "Europe/Oslo"
	b.restart()
	p := newPhone(b, "dev1")
	p.version, p.noPut = "1.1", true
	p.devinf = wire.DevInf{VerDTD: "1.1", Man: man, Mod: mod, DevID: "dev1", DevTyp: "phone", Stores: []wire.DataStore{{SourceRef: "./Calendar",
		RxPref: wire.ContentType{Type: "text/x-vcalendar", Version: "1.0"}, TxPref: wire.ContentType{Type: "text/x-vcalendar", Version: "1.0"}, SyncCap: []int{1, 2}}}}
	put := func(d fakeDB) { // the database's fake has the name of the phone's own
		if err := b.fakes.set(t.Context(), "owner-anna|client-dev1|./calendar", d); err != nil {
			t.Fatal(err)
		}
	}
	put(fakeDB{Mapped: map[int64]string{}, Refused: map[int64]string{}, Waiting: []syncml.Outgoing{{Op: 1, GUID: "1", Verb: sources.Add,
		Body: dataclass.Body{Type: "text/calendar;version=2.0", Data: []byte(meeting)}}}})
	p.begin()
	p.send(say(true, infoPut, alert(wire.AlertSlow, "calendar"))(p))
	text := "BEGIN:VCALENDAR\r\nVERSION:1.0\r\nBEGIN:VEVENT\r\nSUMMARY:Cake\r\n" + own + "END:VEVENT\r\nEND:VCALENDAR\r\n"
	add := &wire.Change{Verb: wire.Add, Meta: wire.Meta{Type: "text/x-vcalendar"}, Items: []wire.Item{{Source: wire.Location{URI: "7"}, Data: wire.Data{Text: text, Opaque: true}}}}
	p.send(p.message(true, &wire.Sync{Target: wire.Location{URI: "calendar"}, Source: wire.Location{URI: "./calendar"}, Commands: []wire.Command{add}}))
	var d fakeDB
	if err := b.fakes.get(t.Context(), "owner-anna|client-dev1|./calendar", &d); err != nil {
		t.Fatal(err)
	}
	if len(d.Inbox) != 1 || p.items["n0"] == "" {
		t.Fatalf("inbox %v, the phone holds %v, statuses %v", d.Inbox, p.items, p.codes())
	}
	return string(d.Inbox[0].Body.Data), p.items["n0"]
}

// TestTimesOfModels: times go and come as each model means them, through a whole session with the rules that come
// with Bindery (2.17a).
func TestTimesOfModels(t *testing.T) {
	for _, tt := range []struct{ man, mod, own, stored, sent string }{
		{"NOKIA", "6230", "DTSTART:20240115T150000\r\n", "DTSTART:20240115T150000\r\n", "DTSTART:20240115T100000\r\n"},
		{"NOKIA", "9500", "DTSTART:20240115T150000\r\n", "DTSTART:20240115T150000Z\r\n", "DTSTART:20240115T090000Z\r\n"},
		{"NOKIA", "Nokia 7210c", "DTSTART:20240115T150000Z\r\n", "DTSTART:20240115T150000Z\r\n", "DTSTART:20240115T090000Z\r\n"},
		{"SIEMENS", "S65", "DTSTART:20240115T150000\r\n", "DTSTART:20240115T150000\r\n", "DTSTART:20240115T100000\r\n"},
		{"Example", "One", "DTSTART:20240115T150000\r\n", "DTSTART:20240115T150000\r\n", "DTSTART:20240115T090000Z\r\n"},
	} {
		stored, sent := calendarPhone(t, tt.man, tt.mod, tt.own)
		if !strings.Contains(stored, tt.stored) || !strings.Contains(sent, tt.sent) {
			t.Errorf("%s %s: stored\n%s\nsent\n%s", tt.man, tt.mod, stored, sent)
		}
	}
}
