package dataclass

import (
	"fmt"
	"strconv"
)

// A Task is the typed view of an item of Tasks.
type Task struct{ Entry }

// AsTask gives the view of the master of it, or of its first exception if there is no master. An item of another
// class is [ErrUnsupported].
func AsTask(it *Item) (Task, error) {
	if it == nil || it.class != Tasks {
		return Task{}, fmt.Errorf("%w: not a task", ErrUnsupported)
	}
	return Task{entryOf(it)}, nil
}

// NewTask gives the view of a new, empty task in the format, or [ErrUnsupported]; see NewEvent.
func NewTask(f Format) (Task, error) {
	it, err := newEntry(Tasks, "VTODO", f)
	if err != nil {
		return Task{}, err
	}
	return AsTask(it)
}

// Due gives when the task has to be done: DUE, or what follows from DURATION; zero if neither is there.
func (t Task) Due() When { return t.end() }

// SetDue replaces DUE, and DURATION if there is one; the zero time removes both.
func (t Task) SetDue(w When) { t.setEnd(w) }

// Completed gives when the task was done; zero if it is not.
func (t Task) Completed() When { return t.when("COMPLETED") }

// SetCompleted replaces COMPLETED; the zero time removes it. STATUS and PERCENT-COMPLETE are other properties.
func (t Task) SetCompleted(w When) { t.setWhen("COMPLETED", w) }

// PercentComplete gives how much is done, from 0 to 100; -1 if it does not say.
func (t Task) PercentComplete() int {
	if s := t.Text("PERCENT-COMPLETE"); s == "" || (t.number("PERCENT-COMPLETE", 100) == 0 && s != "0") {
		return -1
	}
	return t.number("PERCENT-COMPLETE", 100)
}

// SetPercentComplete replaces PERCENT-COMPLETE, taken into 0 to 100; less than 0 removes it.
func (t Task) SetPercentComplete(n int) {
	switch n = min(max(n, -1), 100); {
	case n == t.PercentComplete():
	case n < 0:
		t.SetText("PERCENT-COMPLETE", "")
	default:
		t.SetText("PERCENT-COMPLETE", strconv.Itoa(n))
	}
}
