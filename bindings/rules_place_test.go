package bindings

import (
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/syncml"
)

func oldEvent(summary, lines string) dataclass.Body {
	return dataclass.Body{Type: "text/x-vcalendar", Data: []byte("BEGIN:VCALENDAR\r\nVERSION:1.0\r\nBEGIN:VEVENT\r\nSUMMARY:" + summary +
		"\r\n" + strings.ReplaceAll(lines, "|", "\r\n") + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")}
}

// calendarPhone makes the world's phone one that knows the time of day in Oslo and nothing of zones.
func (w *world) calendarPhone() {
	w.phone.db = syncml.Database{Name: "./calendar", Class: dataclass.Events}
	w.phone.takes = dataclass.VCalendar10
	w.phone.holds = dataclass.Capabilities{Calendar: dataclass.CalendarStyle{Local: "Europe/Oslo"}}
	w.phone.store = func(b dataclass.Body) dataclass.Body {
		it, err := dataclass.Decode(dataclass.Events, b)
		if err == nil {
			it, err = dataclass.Render(it, w.phone.takes, w.phone.holds)
		}
		if err != nil {
			w.t.Fatal(err)
		}
		return it.Body()
	}
}

// theEvent gives the only event of the peer.
func (w *world) theEvent() (id string, text string) {
	w.t.Helper()
	items, err := w.peer.List(dataclass.Events)
	if err != nil || len(items) != 1 {
		w.t.Fatalf("%d events, %v", len(items), err)
	}
	for id, b := range items {
		return string(id), string(b.Data)
	}
	return "", ""
}

// TestRule_5_WhatAPhoneShowsHasAPlace: what a phone shows at ten o'clock is at ten o'clock where the phone is, for
// everybody else; the phone goes on to show ten o'clock and is not written to, neither then nor in a slow sync, and what
// either side moves arrives as what it means.
func TestRule_5_WhatAPhoneShowsHasAPlace(t *testing.T) {
	w := newWorld(t)
	w.calendarPhone()
	luid := w.phone.add(oldEvent("Dentist", "DTSTART:20261201T100000|DTEND:20261201T110000"))
	quiet := func(what string) {
		t.Helper()
		if l := w.lastLog(); l.Sides[engine.Source].ReplacesOut+l.Sides[engine.Source].AddsOut+l.Sides[engine.Target].AddsOut+l.Conflicts != 0 {
			t.Errorf("%s: %+v", what, l)
		}
	}
	w.mustSync()
	_, text := w.theEvent()
	mustHave(t, text, []string{"DTSTART;TZID=Europe/Oslo:20261201T100000", "DTEND;TZID=Europe/Oslo:20261201T110000", "SUMMARY:Dentist"})
	w.mustSync()
	quiet("nothing happened")
	w.mustSyncPhone(true)
	quiet("a slow sync")
	w.theEvent()

	w.phone.edit(luid, oldEvent("Dentist", "DTSTART:20261201T113000|DTEND:20261201T123000|LOCATION:Main Street"))
	w.mustSync()
	quiet("moved on the phone")
	id, text := w.theEvent()
	mustHave(t, text, []string{"DTSTART;TZID=Europe/Oslo:20261201T113000", "DTEND;TZID=Europe/Oslo:20261201T123000", "LOCATION:Main Street"})

	text = strings.NewReplacer("20261201T113000", "20261201T140000", "20261201T123000", "20261201T150000").Replace(text)
	if err := w.peer.Edit(dataclass.Events, sources.ID(id), dataclass.Body{Type: "text/calendar", Data: []byte(text)}); err != nil {
		t.Fatal(err)
	}
	w.mustSync()
	mustHave(t, string(w.phone.items[luid].Data), []string{"DTSTART:20261201T140000\r\n", "DTEND:20261201T150000\r\n", "LOCATION:Main Street"})
	w.mustSyncPhone(true)
	if len(w.phone.items) != 1 {
		t.Errorf("%d events on the phone", len(w.phone.items))
	}
}
