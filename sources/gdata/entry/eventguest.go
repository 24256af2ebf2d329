package entry

import (
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

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
	read: readGuests, edit: editGuests,
	says: func(ev dataclass.Event, _ Context) []string { return guests.says(guestsOf(ev)) },
	write: func(e *xmltree.Element, ev dataclass.Event, x Context) {
		want := guestsOf(ev)
		if !slices.ContainsFunc(want, func(g guest) bool { return g.organizer }) {
			want = append(want, organizers(e)...) // who owns the entry stays its owner
		}
		guests.write(e, want, x)
	},
}

func readGuests(e *xmltree.Element, ev dataclass.Event, _ Context) {
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
}

func organizers(e *xmltree.Element) []guest {
	return slices.DeleteFunc(guests.values(e), func(g guest) bool { return !g.organizer })
}

func guestsOf(ev dataclass.Event) []guest {
	var out []guest
	seen := make(map[string]bool)
	for _, a := range ev.Attendees() {
		g := guestOf(a)
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

func guestOf(a dataclass.Attendee) guest {
	return guest{address: oneLine(a.Address), name: oneLine(a.Name), status: value(answers, a.Status), duty: value(duties, a.Role)}
}

func oneLine(s string) string { return strings.Join(strings.Fields(legal(s)), " ") }
