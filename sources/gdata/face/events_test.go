package face_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

const eventsPath = "/calendar/feeds/default/private/full"

func event(title, inside string) string {
	return "<entry" + namespaces + "><category scheme='http://schemas.google.com/g/2005#kind' term='http://schemas.google.com/g/2005#event'/><title>" + title + "</title>" + inside + "</entry>"
}

const (
	nine  = `<gd:when startTime="2026-11-24T09:00:00.000+01:00" endTime="2026-11-24T10:00:00.000+01:00"/>`
	daily = "<gd:recurrence>DTSTART;TZID=Europe/Oslo:20261124T090000\nDTEND;TZID=Europe/Oslo:20261124T100000\nRRULE:FREQ=DAILY;COUNT=5\n</gd:recurrence>"
)

// storeEvent puts an event into ann's datastore, past the face.
func (w *world) storeEvent(id sources.ID, lines ...string) datastore.Item {
	w.t.Helper()
	body := dataclass.Body{Type: "text/calendar;version=2.0", Data: []byte(strings.Join(lines, "\r\n") + "\r\n")}
	it, err := w.items.Items("o-ann", w.first).Put(w.t.Context(), dataclass.Events, id, "", body)
	if err != nil {
		w.t.Fatal(err)
	}
	return it
}

func (w *world) storedEvent(id string) string {
	w.t.Helper()
	it, err := w.items.Items("o-ann", w.first).Get(w.t.Context(), dataclass.Events, sources.ID(id))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(it.Body.Data)
}

func TestEvent(t *testing.T) {
	w := newWorld(t)
	sent := event("Tea", nine+`<gCal:uid value="7@x"/><gCal:syncEvent value="true"/><gd:extendedProperty name="a" value="b"/>`)
	made := w.do("POST", eventsPath, sent).is(201)
	e := made.tree()
	if s := w.storedEvent(entry.ID(e)); !strings.Contains(s, "UID:7@x") || !strings.Contains(s, "DTSTART;TZID=Europe/Oslo:20261124T090000") {
		t.Errorf("stored %s", s)
	}
	if again := w.do("POST", eventsPath, sent).is(201); entry.ID(again.tree()) != entry.ID(e) {
		t.Error("posted again it is another event")
	}
	if other := w.do("POST", eventsPath, strings.Replace(sent, "Tea", "Coffee", 1)).is(201); entry.ID(other.tree()) == entry.ID(e) {
		t.Error("another event of the same identifier is lost")
	}
	edit := href(e, "edit")
	got := w.do("GET", edit, "").is(200)
	before := w.storedEvent(entry.ID(e))
	if diff := cmp.Diff(string(got.body), string(w.do("PUT", edit, string(got.body)).is(200).body)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(before, w.storedEvent(entry.ID(e))); diff != "" {
		t.Error(diff)
	}
	now := w.do("PUT", edit, strings.Replace(string(got.body), "T10:00:00", "T11:30:00", 1)).is(200)
	if s := w.storedEvent(entry.ID(e)); !strings.Contains(s, "DTEND;TZID=Europe/Oslo:20261124T113000") {
		t.Errorf("stored %s", s)
	}
	w.do("PUT", edit, string(got.body)).is(412)
	w.do("DELETE", edit, "", "If-Match", entry.ETag(now.tree())).is(200)
	p := w.do("GET", eventsPath+"?showdeleted=true&orderby=lastmodified", "").is(200).page()
	if titles(p) != "- Coffee" || p.Zone != "Europe/Oslo" {
		t.Errorf("%s in %s", titles(p), p.Zone)
	}
}

// byID gives the entries of a feed by what their ids end in.
func byID(p entry.Page) map[string]*xmltree.Element {
	out := make(map[string]*xmltree.Element)
	for _, e := range p.Entries {
		_, key, _ := strings.Cut(entry.ID(e), "_")
		out[key] = e
	}
	return out
}

func TestSeries(t *testing.T) {
	w := newWorld(t)
	e := w.do("POST", eventsPath, event("Tea", daily)).is(201).tree()
	id := entry.ID(e)
	at := func(key, start string) string {
		return `<gd:originalEvent id="` + id + `"><gd:when startTime="` + start + `"/></gd:originalEvent>`
	}
	// The third one is later, the fourth does not take place, the fifth is deleted by its own address.
	ex := w.do("POST", eventsPath, event("Late tea", at("", "2026-11-26T09:00:00.000+01:00")+strings.ReplaceAll(nine, "11-24", "11-26"))).is(201).tree()
	if entry.ID(ex) != id+"_20261126T080000Z" {
		t.Errorf("id %s", entry.ID(ex))
	}
	w.do("POST", eventsPath, event("", at("", "2026-11-27T09:00:00.000+01:00")+`<gd:eventStatus value="http://schemas.google.com/g/2005#event.canceled"/>`)).is(201)
	w.do("DELETE", eventsPath+"/"+id+"_20261128T080000Z", "", "If-Match", "*").is(200)
	w.do("GET", eventsPath+"/"+id+"_20261128T090000Z", "").is(404)
	s := w.storedEvent(id)
	for _, want := range []string{"RECURRENCE-ID;TZID=Europe/Oslo:20261126T090000", "SUMMARY:Late tea"} {
		if !strings.Contains(s, want) {
			t.Errorf("no %s in %s", want, s)
		}
	}
	p := w.do("GET", eventsPath, "").is(200).page()
	all := byID(p)
	if len(all) != 4 || entry.Deleted(all["20261126T080000Z"]) || !entry.Deleted(all["20261127T080000Z"]) || !entry.Deleted(all["20261128T080000Z"]) {
		t.Fatalf("%v", all)
	}
	if of, _ := entry.Original(all["20261126T080000Z"]); of != id {
		t.Errorf("an exception of %s", of)
	}
	// Whoever reads it has the event that is stored.
	it, err := entry.ReadEvent(all[""], []*xmltree.Element{all["20261126T080000Z"], all["20261127T080000Z"], all["20261128T080000Z"]}, entry.Context{Zone: p.Zone})
	if err != nil {
		t.Fatal(err)
	}
	stored, err := dataclass.Decode(dataclass.Events, dataclass.Body{Type: "text/calendar", Data: []byte(s)})
	if err != nil {
		t.Fatal(err)
	}
	if it.Fingerprint() != stored.Fingerprint() {
		t.Errorf("read\n%s\nstored\n%s", it.Body().Data, s)
	}
	// As it was got nothing changes, whichever entry is put.
	for key, e := range all {
		w.do("PUT", eventsPath+"/"+entry.ID(e), string(entry.Append(nil, e)), "If-Match", "*").is(200)
		if diff := cmp.Diff(s, w.storedEvent(id)); diff != "" {
			t.Errorf("put %s as it was got: %s", key, diff)
		}
	}
	// The exception is edited, and the one that was deleted comes back.
	late := all["20261126T080000Z"]
	w.do("PUT", href(late, "edit"), strings.Replace(string(entry.Append(nil, late)), "T09:00:00.000+01:00\" endTime", "T09:30:00.000+01:00\" endTime", 1)).is(200)
	if s = w.storedEvent(id); !strings.Contains(s, "DTSTART;TZID=Europe/Oslo:20261126T093000") {
		t.Errorf("stored %s", s)
	}
	w.do("PUT", eventsPath+"/"+id+"_20261128T080000Z", event("Tea", at("", "2026-11-28T09:00:00.000+01:00")+strings.ReplaceAll(nine, "11-24", "11-28")), "If-Match", "*").is(200)
	if s = w.storedEvent(id); strings.Contains(s, "20261128") {
		t.Errorf("stored %s", s)
	}
	back := byID(w.do("GET", eventsPath, "").is(200).page())["20261128T080000Z"]
	if back == nil || entry.Deleted(back) {
		t.Error("nobody is told that the deleted one is back")
	}
}

// A phone takes an exception back: whoever has seen it is told.
func TestExceptionTakenBack(t *testing.T) {
	w := newWorld(t)
	head := []string{"BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", "UID:1", "DTSTART:20261124T080000Z", "DTEND:20261124T090000Z", "RRULE:FREQ=DAILY;COUNT=5", "SUMMARY:Tea", "X-A:b", "END:VEVENT"}
	ex := []string{"BEGIN:VEVENT", "UID:1", "RECURRENCE-ID:20261126T080000Z", "DTSTART:20261126T100000Z", "DTEND:20261126T110000Z", "SUMMARY:Late tea", "END:VEVENT"}
	it := w.storeEvent("", append(append(append([]string{}, head...), ex...), "END:VCALENDAR")...)
	if p := w.do("GET", eventsPath, "").is(200).page(); titles(p) != "Tea Late tea" {
		t.Fatal(titles(p))
	}
	w.storeEvent(it.ID, append(append([]string{}, head...), "END:VCALENDAR")...)
	p := w.do("GET", eventsPath, "").is(200).page()
	if titles(p) != "Tea Tea" {
		t.Fatal(titles(p))
	}
	read, err := entry.ReadEvent(p.Entries[0], p.Entries[1:], entry.Context{Zone: p.Zone})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(read.Body().Data), "RECURRENCE-ID") {
		t.Errorf("%s", read.Body().Data)
	}
}

func TestEventQueries(t *testing.T) {
	w := newWorld(t)
	for _, day := range []string{"24", "26", "25"} {
		w.do("POST", eventsPath, event("E"+day, strings.ReplaceAll(nine, "11-24", "11-"+day))).is(201)
	}
	w.do("POST", eventsPath, event("Daily", daily)).is(201)
	for _, tt := range []struct{ query, want string }{
		{"", "E24 E26 E25 Daily"},
		{"start-min=2026-11-25T00:00:00Z", "E26 E25 Daily"},
		{"start-min=2026-11-25T00:00:00Z&start-max=2026-11-26T00:00:00Z", "E25 Daily"},
		{"start-max=2026-11-24T00:00:00Z", ""},
		{"futureevents=true", "E24 E26 E25 Daily"},
		{"orderby=starttime&sortorder=a", "E24 Daily E25 E26"},
		{"orderby=starttime&showdeleted=true", "E26 E25 E24 Daily"},
		{"orderby=starttime&sortorder=ascending&max-results=2", "E24 Daily E25 E26"},
		{"singleevents=true&orderby=starttime&sortorder=a&start-min=2026-11-25T00:00:00Z&start-max=2026-11-27T00:00:00Z", "E25 Daily E26 Daily"},
		{"singleevents=true&q=daily&max-results=2", "Daily Daily Daily Daily Daily"},
	} {
		t.Run(tt.query, func(t *testing.T) {
			var got []string
			for path := eventsPath + "?" + tt.query; path != ""; {
				p := w.do("GET", path, "").is(200).page()
				if s := titles(p); s != "" {
					got = append(got, s)
				}
				path = strings.TrimPrefix(p.Next, "http://example.com")
			}
			if s := strings.Join(got, " "); s != tt.want {
				t.Errorf("got %s, want %s", s, tt.want)
			}
		})
	}
}

func TestCalendars(t *testing.T) {
	w := newWorld(t)
	p := w.do("GET", "/calendar/feeds/default/allcalendars/full", "").is(200).page()
	if titles(p) != "Home s2" {
		t.Fatal(titles(p))
	}
	w.do("POST", eventsPath, event("Tea", nine)).is(201)
	for i, want := range []string{"Tea", ""} {
		got := titles(w.do("GET", href(p.Entries[i], "alternate"), "").is(200).page())
		if got != want {
			t.Errorf("calendar %d has %q", i, got)
		}
		w.do("GET", href(p.Entries[i], "self"), "").is(200)
	}
	w.do("GET", "/calendar/feeds/default/owncalendars/full/nobody", "").is(404)
	w.do("POST", "/calendar/feeds/default/allcalendars/full", event("x", nine)).is(405)
}
