package gdata

import (
	"slices"
	"strconv"

	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// addressed gives the number of the call that each reply to a batch is about; -1 for none. An entry is that of the call whose mark
// or id it has, whatever the reply is numbered; mixed says that one is numbered wrongly, and that what no entry shows is
// not to be believed then.
func addressed(calls []*call, replies []entry.BatchEntry) (of []int, mixed bool) {
	of = make([]int, len(replies))
	for i, r := range replies {
		n, err := strconv.Atoi(r.ID)
		if err != nil || n < 0 || n >= len(calls) {
			n = -1
		}
		of[i] = n
		mixed = mixed || n >= 0 && astray(calls, n, r)
	}
	if !mixed {
		return of, false
	}
	for i, r := range replies {
		of[i] = only(calls, r)
	}
	return of, true
}

// astray reports whether the entry of a reply is not that of the call with its number: it has the mark of another Add, or is
// what another call asks for. One that is nobody else's may be what a server made of what it was sent.
func astray(calls []*call, n int, r entry.BatchEntry) bool {
	if calls[n].mayHave(r) {
		return false
	}
	return calls[n].op == entry.Insert && entry.AddMark(r.Entry) != "" || slices.ContainsFunc(calls, func(c *call) bool { return c.op != entry.Delete && c.mayHave(r) })
}

// only gives the number of the one call that an entry can be the answer to; -1 for none or several.
func only(calls []*call, r entry.BatchEntry) int {
	found := -1
	if r.Entry == nil || r.Status >= 300 || entry.ID(r.Entry) == "" {
		return found
	}
	for i, c := range calls {
		switch {
		case c.op == entry.Delete || !c.mayHave(r):
		case found >= 0:
			return -1
		default:
			found = i
		}
	}
	return found
}

// mayHave reports whether a reply may be the answer to a call, by what its entry is.
func (c *call) mayHave(r entry.BatchEntry) bool {
	if r.Entry == nil || r.Status >= 300 || entry.ID(r.Entry) == "" || entry.KindOf(r.Entry) == "" {
		return true
	}
	switch c.op {
	case entry.Insert:
		if mark := entry.AddMark(r.Entry); mark != "" {
			return mark == entry.AddMark(c.entry)
		}
		return nameOf(r.Entry) == nameOf(c.entry)
	case entry.Update:
		return entry.ID(r.Entry) == entry.ID(c.entry)
	case entry.Query:
		return c.id == "" || entry.ID(r.Entry) == c.id
	}
	return true
}

// nameOf gives what an entry is called.
func nameOf(e *xmltree.Element) string {
	if name := e.Child("name"); name != nil {
		return name.Child("fullName").Text() + "\n" + name.Child("givenName").Text() + "\n" + name.Child("familyName").Text()
	}
	return e.Child("title").Text()
}
