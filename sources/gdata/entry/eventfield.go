package entry

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// An eventField is one thing that an entry and an event, or an exception of it, both say; see contactField.
type eventField struct {
	what, elements, props, lost string
	read                        func(e *xmltree.Element, ev dataclass.Event, x Context)
	says                        func(ev dataclass.Event, x Context) []string
	write                       func(e *xmltree.Element, ev dataclass.Event, x Context)
	// series says that an exception has it of its series.
	series bool
}

// eventFields are all fields but the times. A field that is not here stays in the entry as it is.
var eventFields = []eventField{
	{
		what: "title", elements: "atom:title", props: "SUMMARY", lost: "blanks around it",
		read: func(e *xmltree.Element, ev dataclass.Event, _ Context) { ev.SetSummary(text(e, Atom, "title")) },
		says: func(ev dataclass.Event, _ Context) []string { return []string{clean(ev.Summary())} },
		write: func(e *xmltree.Element, ev dataclass.Event, _ Context) {
			setText(e, Atom, "title", clean(ev.Summary()))
		},
	},
	{
		what: "description", elements: "atom:content", props: "DESCRIPTION", lost: "blanks around it",
		read:  func(e *xmltree.Element, ev dataclass.Event, _ Context) { ev.SetBody(text(e, Atom, "content")) },
		says:  func(ev dataclass.Event, _ Context) []string { return []string{clean(ev.Body())} },
		write: func(e *xmltree.Element, ev dataclass.Event, _ Context) { setContent(e, clean(ev.Body())) },
	},
	{
		what: "place", elements: "gd:where/@valueString", props: "LOCATION", lost: "any but the first gd:where",
		read: func(e *xmltree.Element, ev dataclass.Event, _ Context) {
			ev.SetLocation(clean(place(e).Attr("", "valueString")))
		},
		says: func(ev dataclass.Event, _ Context) []string { return []string{clean(ev.Location())} },
		write: func(e *xmltree.Element, ev dataclass.Event, _ Context) {
			setValued(e, place(e), xmltree.New(GD, "where"), "valueString", clean(ev.Location()))
		},
	},
	whoField,
	reminderField,
	{
		what: "status", elements: "gd:eventStatus", props: "STATUS",
		lost: "CANCELLED of an event, which would delete it: its status stays. Of an exception it is what removes it from the series",
		read: func(e *xmltree.Element, ev dataclass.Event, _ Context) {
			ev.SetStatus(wordFor(statuses, valueOf(e, "eventStatus")))
		},
		says: func(ev dataclass.Event, _ Context) []string { return []string{value(statuses, ev.Status())} },
		write: func(e *xmltree.Element, ev dataclass.Event, _ Context) {
			if ev.Status() != "CANCELLED" {
				setValue(e, "eventStatus", value(statuses, ev.Status()))
			}
		},
	},
	{
		what: "transparency", elements: "gd:transparency", props: "TRANSP",
		read: func(e *xmltree.Element, ev dataclass.Event, _ Context) {
			ev.SetTransparent(valueOf(e, "transparency") == "event.transparent")
		},
		says: func(ev dataclass.Event, _ Context) []string { return []string{transparency(ev)} },
		write: func(e *xmltree.Element, ev dataclass.Event, _ Context) {
			setValue(e, "transparency", transparency(ev))
		},
	},
	{
		what: "visibility", elements: "gd:visibility", props: "CLASS", lost: "PUBLIC is the same as none; words of one's own are PRIVATE",
		read: func(e *xmltree.Element, ev dataclass.Event, _ Context) {
			ev.SetClass(wordFor(visibilities, valueOf(e, "visibility")))
		},
		says: func(ev dataclass.Event, _ Context) []string { return []string{value(visibilities, ev.Class())} },
		write: func(e *xmltree.Element, ev dataclass.Event, _ Context) {
			setValue(e, "visibility", value(visibilities, ev.Class()))
		},
	},
	{
		what: "identifier", elements: "gCal:uid", props: "UID", lost: "another one than the entry has", series: true,
		read: func(e *xmltree.Element, ev dataclass.Event, _ Context) {
			ev.SetUID(clean(child(e, GCal, "uid").Attr("", "value")))
		},
		says: func(dataclass.Event, Context) []string { return nil },
	},
	{
		what: "sequence", elements: "gCal:sequence", props: "SEQUENCE", lost: "a lower number than the entry has",
		read: func(e *xmltree.Element, ev dataclass.Event, _ Context) {
			if n := sequence(child(e, GCal, "sequence").Attr("", "value")); n > 0 {
				ev.SetText("SEQUENCE", strconv.Itoa(n))
			}
		},
		says: func(dataclass.Event, Context) []string { return nil },
	},
}

// A pair is a value of the protocol and the word that calendars have for it. Of several pairs with one word the
// first is written; the pair without a word stands for what has none.
type pair struct{ value, word string }

var (
	statuses = []pair{{"event.confirmed", "CONFIRMED"}, {"event.tentative", "TENTATIVE"}, {"event.confirmed", ""}}
	// What somebody keeps to himself stays so whatever he calls it.
	visibilities = []pair{{"event.default", ""}, {"event.default", "PUBLIC"}, {"event.public", "PUBLIC"}, {"event.confidential", "CONFIDENTIAL"}, {"event.private", "PRIVATE"}}
	answers      = []pair{
		{"event.invited", "NEEDS-ACTION"}, {"event.accepted", "ACCEPTED"}, {"event.declined", "DECLINED"}, {"event.tentative", "TENTATIVE"}, {"event.invited", ""},
	}
	duties = []pair{{"event.required", "REQ-PARTICIPANT"}, {"event.optional", "OPT-PARTICIPANT"}, {"event.required", ""}}
)

// value gives the value for a word; for an unknown one that of the last pair.
func value(pairs []pair, word string) string {
	for _, p := range pairs {
		if p.word == word {
			return p.value
		}
	}
	return pairs[len(pairs)-1].value
}

// wordFor gives the word for a value; empty if there is none.
func wordFor(pairs []pair, value string) string {
	for _, p := range pairs {
		if p.value == value {
			return p.word
		}
	}
	return ""
}

// valueOf gives the value of a child that has one, without the prefix.
func valueOf(e *xmltree.Element, local string) string {
	return strings.TrimPrefix(clean(child(e, GD, local).Attr("", "value")), gdRel)
}

// setValue writes a value with its prefix.
func setValue(e *xmltree.Element, local, value string) {
	setValued(e, child(e, GD, local), xmltree.New(GD, local), "value", gdRel+value)
}

// setValued writes an attribute of have, or of fresh if there is none; empty removes have.
func setValued(e, have, fresh *xmltree.Element, attr, value string) {
	switch {
	case value == "" && have != nil:
		remove(e, have)
	case value == "":
	case have == nil:
		insert(e, fresh.SetAttr("", attr, value))
	case clean(have.Attr("", attr)) != value:
		have.SetAttr("", attr, value)
	}
}

func transparency(ev dataclass.Event) string {
	if ev.Transparent() {
		return "event.transparent"
	}
	return "event.opaque"
}

// place gives the first gd:where that says something, or nil.
func place(e *xmltree.Element) *xmltree.Element {
	for _, el := range children(e, GD, "where") {
		if clean(el.Attr("", "valueString")) != "" {
			return el
		}
	}
	return nil
}

func sequence(s string) int {
	n, err := strconv.Atoi(clean(s))
	if err != nil || n < 0 || n > 1<<30 {
		return 0
	}
	return n
}

// A guest is one gd:who.
type guest struct {
	address, name, status, duty string
	organizer                   bool
}

func (g guest) keys() keys {
	rel := attendeeRel
	if g.organizer {
		rel = organizerRel
	}
	who := rel + "\x00" + strings.ToLower(g.address)
	return keys{all: strings.Join([]string{who, g.name, g.status, g.duty}, "\x00"), value: who, sort: rel + "\x00" + who}
}

const (
	attendeeRel  = "event.attendee"
	organizerRel = "event.organizer"
)

var guests = list[guest]{
	keys:  guest.keys,
	blank: func(Context) *xmltree.Element { return xmltree.New(GD, "who") },
	hear: func(el *xmltree.Element) (guest, bool) {
		if !is(el, GD, "who") {
			return guest{}, false
		}
		rel := strings.TrimPrefix(clean(el.Attr("", "rel")), gdRel)
		g := guest{address: clean(el.Attr("", "email")), name: oneLine(el.Attr("", "valueString")), organizer: rel == organizerRel}
		if !g.organizer {
			g.status = value(answers, wordFor(answers, valueOf(el, "attendeeStatus")))
			g.duty = value(duties, wordFor(duties, valueOf(el, "attendeeType")))
		}
		return g, g.address != "" && (rel == attendeeRel || g.organizer)
	},
	edit: func(el *xmltree.Element, have, want guest, blank bool) {
		if blank {
			rel := attendeeRel
			if want.organizer {
				rel = organizerRel
			}
			el.SetAttr("", "rel", gdRel+rel)
		}
		if have.address != want.address {
			el.SetAttr("", "email", want.address)
		}
		if have.name != want.name {
			setAttr(el, "valueString", want.name)
		}
		if have.status != want.status {
			setValue(el, "attendeeStatus", want.status)
		}
		if have.duty != want.duty {
			setValue(el, "attendeeType", want.duty)
		}
	},
}

var whoField = eventField{
	what: "people", elements: "gd:who, gd:attendeeStatus, gd:attendeeType", props: "ORGANIZER, ATTENDEE",
	lost: "the organizer of an event that nobody is asked to; CUTYPE, RSVP and DELEGATED; the roles CHAIR and NON-PARTICIPANT; speakers and performers stay in the entry",
	read: func(e *xmltree.Element, ev dataclass.Event, _ Context) {
		var asked []dataclass.Attendee
		var by dataclass.Attendee
		for _, g := range guests.values(e) {
			a := dataclass.Attendee{Address: g.address, Name: g.name, Status: wordFor(answers, g.status), Role: wordFor(duties, g.duty)}
			if g.organizer {
				by = dataclass.Attendee{Address: g.address, Name: g.name}
			} else {
				asked = append(asked, a)
			}
		}
		if len(asked) == 0 {
			by = dataclass.Attendee{} // every entry names its owner so
		}
		ev.SetOrganizer(by)
		ev.SetAttendees(asked)
	},
	says: func(ev dataclass.Event, _ Context) []string { return guests.says(guestsOf(ev)) },
	write: func(e *xmltree.Element, ev dataclass.Event, x Context) {
		want := guestsOf(ev)
		if !slices.ContainsFunc(want, func(g guest) bool { return g.organizer }) {
			want = append(want, organizers(e)...) // who owns the entry stays its owner
		}
		guests.write(e, want, x)
	},
}

func organizers(e *xmltree.Element) []guest {
	return slices.DeleteFunc(guests.values(e), func(g guest) bool { return !g.organizer })
}

func guestsOf(ev dataclass.Event) []guest {
	var out []guest
	seen := make(map[string]bool)
	for _, a := range ev.Attendees() {
		g := guest{address: oneLine(a.Address), name: oneLine(a.Name), status: value(answers, a.Status), duty: value(duties, a.Role)}
		if k := strings.ToLower(g.address); k != "" && !seen[k] {
			seen[k] = true
			out = append(out, g)
		}
	}
	if by := ev.Organizer(); len(out) > 0 && clean(by.Address) != "" {
		out = append(out, guest{address: oneLine(by.Address), name: oneLine(by.Name), organizer: true})
	}
	return out
}

func oneLine(s string) string { return strings.Join(strings.Fields(legal(s)), " ") }

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
			a := dataclass.Alarm{Action: "DISPLAY", Offset: -time.Duration(r.minutes) * time.Minute}
			if r.method == "email" {
				a.Action = "EMAIL"
			}
			if r.at != "" {
				a.At, _ = x.when(r.at)
			}
			out = append(out, a)
		}
		ev.SetAlarms(out)
	},
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
		r := reminder{method: "alert"}
		switch a.Action {
		case "EMAIL":
			r.method = "email"
		case "DISPLAY", "AUDIO":
		default:
			continue
		}
		before := -a.Offset
		if a.FromEnd {
			before -= ev.Duration()
		}
		switch {
		case !a.At.IsZero():
			r.at = x.at(a.At)
		case before < 0 || before > maxMinutes*time.Minute:
			continue
		default:
			r.minutes = int(before / time.Minute)
		}
		if !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}
