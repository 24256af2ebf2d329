package face_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/gdata/entry"
)

// An event that ends before it begins is refused by itself, however it comes; what was one before can be edited.
func TestBackwards(t *testing.T) {
	w := newWorld(t)
	turned := strings.NewReplacer("T10:00:00", "T08:00:00").Replace(nine)
	w.do("POST", eventsPath, event("Tea", turned)).is(400)
	w.do("POST", eventsPath, event("Days", `<gd:when startTime="2026-11-24" endTime="2026-11-23"/>`)).is(400)
	w.do("POST", eventsPath, event("Moment", `<gd:when startTime="2026-11-24T09:00:00Z" endTime="2026-11-24T09:00:00Z"/>`)).is(201)
	e := w.do("POST", eventsPath, event("Tea", nine)).is(201).tree()
	got := string(w.do("GET", href(e, "edit"), "").is(200).body)
	w.do("PUT", href(e, "edit"), strings.Replace(got, "T10:00:00", "T08:00:00", 1)).is(400)

	series := w.do("POST", eventsPath, event("Daily", daily)).is(201).tree()
	of := `<gd:originalEvent id="` + entry.ID(series) + `"><gd:when startTime="2026-11-26T09:00:00.000+01:00"/></gd:originalEvent>`
	w.do("POST", eventsPath, event("Late", of+strings.ReplaceAll(turned, "11-24", "11-26"))).is(400)

	feed := "<feed" + namespaces + ">"
	for i, times := range []string{nine, turned, nine} {
		feed += strings.Replace(event(fmt.Sprint("B", i), times), "<title>", fmt.Sprintf("<batch:id>%d</batch:id><batch:operation type='insert'/><title>", i), 1)
	}
	list, _, err := entry.ReadBatch(w.do("POST", eventsPath+"/batch", feed+"</feed>").is(200).tree())
	if err != nil || len(list) != 3 || list[0].Status != 201 || list[1].Status != 400 || list[2].Status != 201 || list[1].Reason != "The event ends before it begins." {
		t.Errorf("%+v, %v", list, err)
	}

	it, err := w.items.Items("o-ann", w.first).Put(t.Context(), dataclass.Events, "", "", dataclass.Body{Type: "text/calendar;version=2.0", Data: []byte(strings.ReplaceAll(
		"BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:old\nSUMMARY:Old\nDTSTART:20261124T090000Z\nDTEND:20261124T080000Z\nEND:VEVENT\nEND:VCALENDAR\n", "\n", "\r\n"))})
	if err != nil {
		t.Fatal(err)
	}
	old := string(w.do("GET", eventsPath+"/"+string(it.ID), "").is(200).body)
	w.do("PUT", eventsPath+"/"+string(it.ID), strings.Replace(old, ">Old<", ">New<", 1)).is(200)
}
