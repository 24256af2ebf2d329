package entry

import (
	"slices"
	"strconv"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// A reminder is one gd:reminder: so many minutes before the start, or at a time.
type reminder struct {
	at      string
	minutes int
	method  string
}

func (r reminder) keys() keys {
	when := r.at + "\x00" + strconv.Itoa(r.minutes)
	return keys{all: when + "\x00" + r.method, value: when, sort: r.method}
}

// maxMinutes bounds how long before an event a reminder is.
const maxMinutes = 60 * 24 * 366 * 10

func (x Context) reminders() *list[reminder] {
	return &list[reminder]{
		keys:  reminder.keys,
		blank: func(Context) *xmltree.Element { return xmltree.New(GD, "reminder") },
		hear:  x.reminder,
		edit: func(el *xmltree.Element, have, want reminder, blank bool) {
			if have.method != want.method {
				el.SetAttr("", "method", want.method)
			}
			if !blank && have.at == want.at && have.minutes == want.minutes {
				return
			}
			for _, name := range []string{"minutes", "hours", "days", "absoluteTime"} {
				setAttr(el, name, "")
			}
			if want.at != "" {
				el.SetAttr("", "absoluteTime", want.at)
			} else {
				el.SetAttr("", "minutes", strconv.Itoa(want.minutes))
			}
		},
	}
}

func (x Context) reminder(el *xmltree.Element) (reminder, bool) {
	if !is(el, GD, "reminder") {
		return reminder{}, false
	}
	r := reminder{method: clean(el.Attr("", "method"))}
	switch r.method {
	case "", "alert":
		r.method = "alert"
	case "email":
	default:
		return r, false
	}
	if s := el.Attr("", "absoluteTime"); s != "" {
		w, ok := x.when(s)
		r.at = x.at(w)
		return r, ok && !w.Date
	}
	ok := false
	for _, unit := range []struct {
		name string
		size int
	}{{"minutes", 1}, {"hours", 60}, {"days", 24 * 60}} {
		n, err := strconv.Atoi(clean(el.Attr("", unit.name)))
		if err == nil && n >= 0 && n <= maxMinutes {
			r.minutes, ok = r.minutes+n*unit.size, true
		}
	}
	return r, ok && r.minutes <= maxMinutes
}

// at writes the time of a reminder.
func (x Context) at(w dataclass.When) string { return x.ground(w).Time.UTC().Format(stampLayout) }

var reminderField = eventField{
	what: "reminders", elements: "gd:reminder in gd:when, or in the entry of a series", props: "VALARM",
	lost: "the text of an alarm, repetitions, seconds; sounds become alerts; alarms after the start and such with an unknown action; sms and other methods stay in the entry",
	read: func(e *xmltree.Element, ev dataclass.Event, x Context) {
		var out []dataclass.Alarm
		for _, r := range x.reminders().values(holder(e)) {
			out = append(out, x.alarm(r))
		}
		ev.SetAlarms(out)
	},
	edit: editReminders,
	says: func(ev dataclass.Event, x Context) []string { return x.reminders().says(x.remindersOf(ev)) },
	write: func(e *xmltree.Element, ev dataclass.Event, x Context) {
		x.reminders().write(holder(e), x.remindersOf(ev), x)
	},
}

// holder gives the element that reminders stand in: the first gd:when of a single event, else the entry.
func holder(e *xmltree.Element) *xmltree.Element {
	if when := child(e, GD, "when"); when != nil && child(e, GD, "recurrence") == nil {
		return when
	}
	return e
}

func (x Context) remindersOf(ev dataclass.Event) []reminder {
	var out []reminder
	for _, a := range ev.Alarms() {
		if r, ok := x.reminderOf(a, ev); ok && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}

// reminderOf gives an alarm as an entry says it; false if none can.
func (x Context) reminderOf(a dataclass.Alarm, ev dataclass.Event) (reminder, bool) {
	r := reminder{method: "alert"}
	switch a.Action {
	case "EMAIL":
		r.method = "email"
	case "DISPLAY", "AUDIO":
	default:
		return r, false
	}
	before := -a.Offset
	if a.FromEnd {
		before -= ev.Duration()
	}
	switch {
	case !a.At.IsZero():
		r.at = x.at(a.At)
	case before < 0 || before > maxMinutes*time.Minute:
		return r, false
	default:
		r.minutes = int(before / time.Minute)
	}
	return r, true
}

// alarm gives a reminder as an alarm.
func (x Context) alarm(r reminder) dataclass.Alarm {
	a := dataclass.Alarm{Action: "DISPLAY", Offset: -time.Duration(r.minutes) * time.Minute}
	if r.method == "email" {
		a.Action = "EMAIL"
	}
	if r.at != "" {
		a.At, _ = x.when(r.at)
	}
	return a
}
