package entry

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

// anyValue are values that servers send, should not send, and have no sense.
var anyValue = rapid.OneOf(word, rapid.SampledFrom([]string{
	gdRel + "work", gdRel + "home", gdRel + "mobile", gdRel + "other_fax", gdRel + "JABBER", gdRel + "event.attendee", gdRel + "event.organizer",
	gdRel + "event.canceled", gdRel + "event.tentative", gdRel + "event.private", gdRel + "event.accepted", gdRel + "event.transparent", gdRel,
	"work", "anniversary", "other", "home-page", "Company main", "company main", "colleague", "sister", "spouse", "true", "alert", "sms", "15", "-1", "99999999999",
	"2026-11-24", "--02-29", "2026-13-01", "2026-11-24T09:00:00.000+01:00", "2026-11-24T09:00:00Z", "2026-11-24T09:00:00", "2026-10-25T02:30:00+01:00", "0001-01-01", "9999-12-31T23:59:59Z",
	"ann@example.org", "mailto:a@b", "tel:+1;ext=2", "http://example.org/a b", groupBase + "/1f", groupBase + "/6", groupBase + "/", "_$!<Home>!$_", "data:,x", "a\r\nb\t\u2028", "xmpp:a", "%41", "\\,\\;\\n", "^n", "urn:uuid:1",
	"DTSTART:20261124T090000Z\nRRULE:FREQ=DAILY;COUNT=3", "DTSTART;TZID=Europe/Oslo:20261024T023000 DURATION:P1D RRULE:FREQ=WEEKLY", "DTSTART;VALUE=DATE:20261124\nRDATE;VALUE=DATE:20261126",
	"DTSTART:20261124T090000\nDTEND:20261124T080000\nRRULE:FREQ=MONTHLY;UNTIL=20270301\nEXDATE:20261224T090000", "DTSTART;TZID=Nowhere:20261124T090000\nRRULE:FREQ=YEARLY", "RRULE:FREQ=DAILY", "DTSTART:\nRRULE:x",
	"BEGIN:VTIMEZONE\nTZID:Nowhere\nEND:VEVENT\nDTSTART:20261124T090000Z", "BEGIN:BEGIN:END:\nDTSTART:20261124T090000Z",
}))

var (
	anyElement = rapid.SampledFrom([]xmltree.Element{
		{Space: Atom, Local: "title"}, {Space: Atom, Local: "content"}, {Space: Atom, Local: "id"}, {Space: GD, Local: "name"}, {Space: GD, Local: "givenName"}, {Space: GD, Local: "familyName"},
		{Space: GD, Local: "fullName"}, {Space: GD, Local: "phoneNumber"}, {Space: GD, Local: "email"}, {Space: GD, Local: "im"}, {Space: GD, Local: "structuredPostalAddress"},
		{Space: GD, Local: "postalAddress"}, {Space: GD, Local: "street"}, {Space: GD, Local: "city"}, {Space: GD, Local: "formattedAddress"}, {Space: GD, Local: "organization"},
		{Space: GD, Local: "orgName"}, {Space: GD, Local: "orgTitle"}, {Space: GD, Local: "orgDepartment"}, {Space: GContact, Local: "nickname"}, {Space: GContact, Local: "birthday"},
		{Space: GContact, Local: "event"}, {Space: GContact, Local: "website"}, {Space: GContact, Local: "relation"}, {Space: GContact, Local: "groupMembershipInfo"},
		{Space: GD, Local: "when"}, {Space: GD, Local: "when"}, {Space: GD, Local: "when"}, {Space: GD, Local: "recurrence"}, {Space: GD, Local: "reminder"}, {Space: GD, Local: "who"}, {Space: GD, Local: "where"},
		{Space: GD, Local: "eventStatus"}, {Space: GD, Local: "visibility"}, {Space: GD, Local: "transparency"}, {Space: GD, Local: "attendeeStatus"}, {Space: GD, Local: "attendeeType"},
		{Space: GCal, Local: "uid"}, {Space: GCal, Local: "sequence"}, {Space: "urn:x", Local: "title"},
	})
	anyAttr = rapid.SampledFrom([]string{"rel", "label", "primary", "address", "protocol", "href", "when", "startTime", "endTime", "value", "valueString", "email", "yomi",
		"deleted", "minutes", "days", "absoluteTime", "method", "uri", "code"})
)

func drawEntry(t *rapid.T, e *xmltree.Element, depth int) {
	if rapid.Bool().Draw(t, "text") {
		e.Nodes = append(e.Nodes, xmltree.Text(anyValue.Draw(t, "text")))
	}
	for range rapid.IntRange(0, 1<<depth).Draw(t, "elements") {
		c := anyElement.Draw(t, "element")
		for range rapid.IntRange(0, 4).Draw(t, "attributes") {
			c.SetAttr("", anyAttr.Draw(t, "attribute"), anyValue.Draw(t, "value"))
		}
		if depth > 1 {
			drawEntry(t, &c, depth-1)
		} else if rapid.Bool().Draw(t, "text") {
			c.Nodes = append(c.Nodes, xmltree.Text(anyValue.Draw(t, "text")))
		}
		e.Add(&c)
	}
}

// Whatever an entry is made of, what was read from it changes no byte of it when it is written back, and whatever
// item is written over it is all there after the first time. See FuzzEntry.
func TestAnyEntry(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		e := xmltree.New(Atom, "entry")
		drawEntry(rt, e, 3)
		switch rapid.IntRange(0, 3).Draw(rt, "times") {
		case 0, 1:
			e.Add(xmltree.New(GD, "when").SetAttr("", "startTime", "2026-11-24T09:00:00Z").SetAttr("", "endTime", anyValue.Draw(rt, "end")))
		case 2:
			e.Add(xmltree.New(GD, "recurrence", xmltree.Text("DTSTART:20261124T090000Z\nRRULE:FREQ=DAILY;COUNT=3")))
		}
		e = reread(rt, e)
		x := Context{Zone: places.Draw(rt, "calendar")}
		fuzzContact(rt, reread(rt, e), drawCard(rt))
		fuzzEvent(rt, e, drawEvent(rt, x).Item())
	})
}
