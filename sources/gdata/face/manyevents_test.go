package face_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// inserts makes a batch of new events.
func inserts(list []string) string {
	var feed strings.Builder
	for i, e := range list {
		feed.WriteString(strings.Replace(e, "<title>", fmt.Sprintf("<batch:id>%d</batch:id><batch:operation type='insert'/><title>", i), 1))
	}
	return "<feed" + namespaces + ">" + feed.String() + "</feed>"
}

// Events that come together are entered as those that come one by one: whichever of them is wrong, an exception, or was
// posted before, all others are there, each once.
func TestManyEvents(t *testing.T) {
	uid := func(s string) string { return nine + `<gCal:uid value="` + s + `"/>` }
	series := event("S", daily+`<gCal:uid value="s"/>`)
	for name, tc := range map[string]struct {
		before, posted []string
		statuses, all  string
	}{
		"all new":         {nil, []string{event("A", uid("a")), event("B", nine), event("C", uid("c")+`<gd:extendedProperty name="x" value="y"/>`)}, "201 201 201", "A B C"},
		"one twice":       {nil, []string{event("A", uid("a")), event("B", nine), event("A", uid("a"))}, "201 201 201", "A B"},
		"one identifier":  {nil, []string{event("A", uid("a")), event("B", uid("a"))}, "201 201", "A B"},
		"one was posted":  {[]string{event("B", uid("b"))}, []string{event("A", uid("a")), event("B", uid("b")), event("C", nine)}, "201 201 201", "B A C"},
		"one says little": {nil, []string{event("A", uid("a")), event("B", ""), event("C", nine)}, "201 400 201", "A C"},
		"one is deleted":  {nil, []string{event("A", uid("a")), event("B", nine+`<gd:eventStatus value="http://schemas.google.com/g/2005#event.canceled"/>`), event("C", nine)}, "201 400 201", "A C"},
		"a series":        {nil, []string{series, event("A", nine)}, "201 201", "S A"},
		"an exception of nothing": {nil, []string{event("A", nine), event("B", nine), event("C", nine+`<gd:originalEvent id="nobody"><gd:when startTime="2026-11-24T09:00:00Z"/></gd:originalEvent>`), event("D", nine)},
			"201 201 404 201", "A B D"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if tc.before != nil {
				w.do("POST", eventsPath+"/batch", inserts(tc.before)).is(200)
			}
			got, broken, err := entry.ReadBatch(w.do("POST", eventsPath+"/batch", inserts(tc.posted)).is(200).tree())
			if err != nil || broken != nil {
				t.Fatal(err, broken)
			}
			var statuses []string
			for i, b := range got {
				statuses = append(statuses, fmt.Sprint(b.Status))
				if b.ID != fmt.Sprint(i) {
					t.Errorf("answer %d is of %s", i, b.ID)
				}
				if b.Status != 201 {
					continue
				}
				now := w.do("GET", eventsPath+"/"+entry.ID(b.Entry), "").is(200).tree()
				b.Entry.Nodes = slices.DeleteFunc(b.Entry.Nodes, func(n xmltree.Node) bool { return n.Elem != nil && n.Elem.Space == entry.Batch })
				if diff := cmp.Diff(now, b.Entry); diff != "" {
					t.Errorf("entry %d was answered otherwise than it is read: %s", i, diff)
				}
			}
			if s := strings.Join(statuses, " "); s != tc.statuses {
				t.Errorf("statuses %s, want %s", s, tc.statuses)
			}
			if s := titles(w.do("GET", eventsPath, "").is(200).page()); s != tc.all {
				t.Errorf("in the end %s, want %s", s, tc.all)
			}
		})
	}
}

// BenchmarkEventBatch enters 50 events in a batch.
func BenchmarkEventBatch(b *testing.B) {
	w := newWorld(b)
	n := 0
	for b.Loop() {
		list := make([]string, 50)
		for i := range list {
			n++
			list[i] = event(fmt.Sprint("E", n), nine+fmt.Sprintf(`<gCal:uid value="e%d"/>`, n))
		}
		w.do("POST", eventsPath+"/batch", inserts(list)).is(200)
	}
}
