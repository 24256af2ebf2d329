package dataclass

import (
	"slices"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// noTime stands where iCalendar demands a time and nobody knows one.
const noTime = "19700101T000000Z"

// complete adds to the components of an item that was projected to iCalendar what RFC 5545 3.6 demands and phones
// do not write: a UID and a DTSTAMP. Both are bookkeeping, which takes no part in comparing and merging.
//
// The UID is the fingerprint: always the same for the same content, another one after an edit, so that who stores the
// item keeps the first. The number that a phone gave it (X-IRMC-LUID) is not used: every phone counts from one. The
// DTSTAMP is when the item was last changed, or else made, if that is known in UTC.
func (it *Item) complete() {
	for i := range it.root.Props {
		c := it.root.Props[i].Comp
		if c == nil || classOf[upper(c.Name)] == "" {
			continue
		}
		var head []contentline.Property
		if uidOf(c) == "" {
			c.Props = slices.DeleteFunc(c.Props, func(p contentline.Property) bool { return p.Is("UID") && !p.Junk })
			head = append(head, contentline.Property{Name: "UID", Value: it.Fingerprint().String()})
		}
		if c.Find("DTSTAMP") == nil {
			head = append(head, contentline.Property{Name: "DTSTAMP", Value: lastTold(c)})
		}
		c.Props = append(head, c.Props...)
	}
}

// lastTold gives the last time that a component tells of itself.
func lastTold(c *contentline.Component) string {
	for _, name := range [...]string{"LAST-MODIFIED", "CREATED", "DCREATED"} {
		if s := stampOf(c, name); s.ok && s.utc {
			return s.String()
		}
	}
	return noTime
}
