package peertest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The tasks by their numbers: due at an instant, due on a day, done and due never.
const (
	dueAt = iota
	dueOn
	done
	taskSorts
)

// taskSlots are what users edit of a task.
var taskSlots = []string{"title", "note", "start", "x"}

// tasks are a list of tasks. GData has none: the fourth door is a second DAV client. The slot start is when a task is due.
var tasks = &book{
	class: "Tasks", suffix: ".ics", database: "todo", pair: "entries", collection: "tasks", home: "calendars",
	all: taskSlots, empty: []string{"x"}, instead: "title",
	slots: func(n int) []string {
		if n%taskSorts == done {
			return []string{"title", "note", "x"}
		}
		return taskSlots
	},
	value: func(slot string, n, k int) string {
		value := startOf(slot, atInstant, k)
		if slot == "start" && n%taskSorts == dueOn {
			return value[:len(dayForm)]
		}
		return value
	},
	text: taskOf, edited: editedTask, look: lookAtTask,
	lacks: [4][]string{{"X-"}, nil, nil, nil}, unedited: [4][]string{{"x"}, nil, nil, nil},
	foreign: func(int, int) bool { return false },
}

// taskLine writes the line of a slot.
func taskLine(slot, value string) string {
	switch {
	case slot == "start" && len(value) == len(dayForm):
		return "DUE;VALUE=DATE:" + value
	case slot == "start":
		return "DUE:" + value
	}
	return eventLine(slot, value)
}

func taskOf(n int, have map[string]string) []byte {
	lines := []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//Doors//EN", "BEGIN:VTODO", fmt.Sprintf("UID:task-%d", n),
		"DTSTAMP:20260101T000000Z", fmt.Sprintf("LOCATION:person%d@example.org", n), fmt.Sprintf("PRIORITY:%d", 1+n%9)}
	if n%taskSorts == done {
		lines = append(lines, "STATUS:COMPLETED", "COMPLETED:20260102T100000Z", "PERCENT-COMPLETE:100")
	}
	for _, s := range taskSlots {
		if have[s] != "" {
			lines = append(lines, taskLine(s, have[s]))
		}
	}
	return joinCard(append(lines, "END:VTODO", "END:VCALENDAR"))
}

// editedTask gives a task with another value in a slot, and everything else as it was.
func editedTask(text, slot, value string, _ int) []byte {
	head, _, _ := strings.Cut(taskLine(slot, value), ":")
	prop, _, _ := strings.Cut(head, ";")
	lines := slices.DeleteFunc(splitCard(text), func(l string) bool {
		name, _, _ := readLine(l)
		return name == prop
	})
	if value != "" {
		lines = slices.Insert(lines, slices.Index(lines, "END:VTODO"), taskLine(slot, value))
	}
	return joinCard(lines)
}

// lookAtTask reads a task.
func lookAtTask(text string) who {
	w := who{Slots: map[string]string{}}
	lines := splitCard(text)
	from, to := slices.Index(lines, "BEGIN:VTODO"), slices.Index(lines, "END:VTODO")
	for _, line := range lines[max(from, 0):max(to, 0)] {
		head, value, _ := strings.Cut(line, ":")
		name, kind, parts := readLine(line)
		switch name {
		case "SUMMARY", "DESCRIPTION", "X-ODD":
			w.take(textNames[name], kind, parts)
		case "DUE":
			w.Slots["start"] = instant(head, value)
		case "LOCATION":
			w.Rest = append(w.Rest, "EMAIL HOME "+parts[0])
		case "COMPLETED":
			w.Rest = append(w.Rest, "COMPLETED "+instant(head, value))
		case "PRIORITY", "STATUS", "PERCENT-COMPLETE":
			w.Rest = append(w.Rest, name+" "+value)
		}
	}
	slices.Sort(w.Rest)
	return w
}

// A task says what was entered, and after edits.
func TestDoorsTask(t *testing.T) {
	for n := range taskSorts {
		have := map[string]string{}
		for i, s := range tasks.slots(n) {
			have[s] = tasks.value(s, n, 100+i)
		}
		w := lookAtTask(string(taskOf(n, have)))
		if diff := cmp.Diff(have, w.Slots); diff != "" || w.numberOf() != n {
			t.Errorf("number %d:\n%s", w.numberOf(), diff)
		}
		for i, s := range tasks.slots(n) {
			want := tasks.value(s, n, 200+i)
			if slices.Contains(tasks.empty, s) {
				want = ""
			}
			got := lookAtTask(string(editedTask(string(taskOf(n, have)), s, want, n)))
			if got.Slots[s] != want || !cmp.Equal(got.Rest, w.Rest) {
				t.Errorf("%d: %s: %v", n, s, got)
			}
		}
	}
}

// TestFourDoorsToTasks is TestFourDoors with tasks.
func TestFourDoorsToTasks(t *testing.T) { playDoors(t, tasks) }
