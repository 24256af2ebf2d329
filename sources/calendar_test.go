package sources_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/memory"
	"github.com/bindery-sync/bindery/sources/sourcetest"
)

// calendarClient is a client whose calendar is looked at as a whole: its user makes events.
type calendarClient struct{ *memory.Client }

func (c calendarClient) Source(origin string) sources.Source {
	return sources.Calendar(c.Client.Source(origin))
}

func (c calendarClient) Reopen() error { return nil }

func (c calendarClient) Put(_ dataclass.Class, body dataclass.Body) (sources.ID, error) {
	id, err := c.Client.Put(dataclass.Events, body)
	return "e" + id, err
}

func (c calendarClient) Edit(_ dataclass.Class, id sources.ID, body dataclass.Body) error {
	return c.Client.Edit(dataclass.Events, id[1:], body)
}

func (c calendarClient) Delete(_ dataclass.Class, id sources.ID) error {
	return c.Client.Delete(dataclass.Events, id[1:])
}

func (c calendarClient) List(dataclass.Class) (map[sources.ID]dataclass.Body, error) {
	out := map[sources.ID]dataclass.Body{}
	for _, p := range []dataclass.Class{dataclass.Events, dataclass.Tasks} {
		items, err := c.Client.List(p)
		if err != nil {
			return nil, err
		}
		for id, b := range items {
			out[sources.ID(strings.ToLower(string(p[:1])))+id] = b
		}
	}
	return out, nil
}

func TestCalendarConformance(t *testing.T) {
	kind, n := memory.NewKind("memory", memory.Options{}), 0
	caps := kind.Kind().Caps
	caps.Classes = []dataclass.Class{dataclass.Calendar}
	sourcetest.Run(t, sourcetest.Options{
		Open: func(*testing.T) sourcetest.Client { n++; return calendarClient{kind.Client("ann", fmt.Sprint(n))} },
		Caps: caps, Many: 1000,
	})
}

func TestWithCalendar(t *testing.T) {
	both := []dataclass.Class{dataclass.Tasks, dataclass.Events}
	for _, tt := range []struct {
		name string
		in   []dataclass.Class
		want int
	}{
		{"both", both, 3},
		{"already", append(both[:2:2], dataclass.Calendar), 3},
		{"events alone", both[1:], 1},
		{"none", nil, 0},
	} {
		if got := sources.WithCalendar(sources.Caps{Classes: tt.in}).Classes; len(got) != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
	if len(both) != 2 || cap(both) != 2 {
		t.Error("the list given was changed")
	}
}

func calBody(component, uid string) dataclass.Body {
	return dataclass.Body{Type: "text/calendar;version=2.0", Data: []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:" + component +
		"\r\nUID:" + uid + "\r\nSUMMARY:" + uid + "\r\nDTSTART:20260102T100000Z\r\nEND:" + component + "\r\nEND:VCALENDAR\r\n")}
}

// TestCalendarOfBoth runs events and tasks through one session.
func TestCalendarOfBoth(t *testing.T) {
	ctx := context.Background()
	client := memory.New(memory.Options{})
	begin := func(since sources.Cursor) sources.Session {
		t.Helper()
		s, err := sources.Calendar(client.Source("b")).Begin(ctx, dataclass.Calendar, since)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := begin("")
	res, err := s.Apply(ctx, []sources.Op{
		{Key: "1", Verb: sources.Add, Body: calBody("VTODO", "a")},
		{Key: "2", Verb: sources.Add, Body: calBody("VEVENT", "b")},
		{Key: "3", Verb: sources.Add, Body: calBody("VJOURNAL", "c")},
		{Key: "4", Verb: sources.Add, Body: calBody("VEVENT", "d")},
		{Key: "5", Verb: sources.Delete, ID: "nobody knows this"},
	})
	if err != nil || len(res) != 5 {
		t.Fatal(res, err)
	}
	if res[0].ID[0] != 't' || res[1].ID[0] != 'e' || res[3].ID[0] != 'e' || res[4].State != sources.Done {
		t.Errorf("results %v", res)
	}
	if !errors.Is(res[2].Err, sources.ErrUnsupported) {
		t.Errorf("a journal entry: %v", res[2].Err)
	}
	swap, err := s.Apply(ctx, []sources.Op{{Key: "6", Verb: sources.Replace, ID: res[1].ID, Body: calBody("VTODO", "b")}})
	if err != nil || !errors.Is(swap[0].Err, sources.ErrUnsupported) {
		t.Errorf("an event made a task: %v, %v", swap, err)
	}
	ids := []sources.ID{res[1].ID, res[0].ID, "x", res[3].ID}
	var got []sources.ID
	for c, err := range s.Read(ctx, ids) {
		if err != nil {
			t.Fatal(err)
		}
		if (c.ID == "x") != (c.Verb == sources.Delete) {
			t.Errorf("read %v", c)
		}
		got = append(got, c.ID)
	}
	if len(got) != 4 || got[0] != ids[0] || got[1] != ids[1] || got[3] != ids[3] {
		t.Errorf("read in the order %v", got)
	}
	for _, bad := range []sources.Cursor{"x", "9:a", "0:ab", "2:ab"} {
		if _, err := sources.Calendar(client.Source("b")).Begin(ctx, dataclass.Calendar, bad); !errors.Is(err, sources.ErrCursorLost) {
			t.Errorf("cursor %q: %v", bad, err)
		}
	}
}

// TestCalendarRevival has an item that a binding of the calendar brings back known to a binding of events.
func TestCalendarRevival(t *testing.T) {
	ctx := context.Background()
	client := memory.New(memory.Options{})
	s, err := sources.Calendar(client.Source("b")).Begin(ctx, dataclass.Calendar, "")
	if err != nil {
		t.Fatal(err)
	}
	res, err := s.Apply(ctx, []sources.Op{{Key: sources.RevivalKey("e77"), Verb: sources.Add, Body: calBody("VEVENT", "a")}})
	if err != nil || res[0].State != sources.Done {
		t.Fatal(res, err)
	}
	events, err := client.Source("c").Begin(ctx, dataclass.Events, "")
	if err != nil {
		t.Fatal(err)
	}
	for c, err := range events.Changes(ctx) {
		if err != nil || sources.RevivalOf(c.Key) != "77" {
			t.Errorf("key of the event: %q, %v", c.Key, err)
		}
	}
	whole, err := sources.Calendar(client.Source("c")).Begin(ctx, dataclass.Calendar, "")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for c, err := range whole.Changes(ctx) {
		if n++; err != nil || sources.RevivalOf(c.Key) != "e77" {
			t.Errorf("key in the calendar: %q, %v", c.Key, err)
		}
	}
	if n != 1 {
		t.Errorf("%d items", n)
	}
}
