package entry

import (
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
)

// A Context is what an entry does not say itself.
type Context struct {
	// Version is the version of the protocol, 2 or 3; 0 means 3. It decides how new names and addresses are written.
	Version int
	// Card is the format of cards that are read; zero for vCard 4.0.
	Card dataclass.Format
	// Groups are the contact groups by their ID, the last segment of atom:id. A membership in a group that
	// is not among them is kept and is no category.
	Groups map[string]Group
	// GroupBase is the address of the feed of groups in the form of atom:id, without a slash at the end: a
	// new membership names GroupBase/ID. Without it no membership is added.
	GroupBase string
	// Zone is the time zone of the calendar (gCal:timezone of its feed), by any name that zone.Named knows; empty for
	// UTC. Floating times are written in it, and single events whose offset it has at their time are read in it.
	Zone string
}

// A Group is a group of contacts.
type Group struct {
	// ID is the last segment of its atom:id.
	ID string
	// Title is its name: the category.
	Title string
	// System is the name that the protocol gives a group of its own: Contacts, Friends, Family, Coworkers.
	// Such a group is no category and its memberships stay as they are.
	System string
	// Deleted says that it is gone.
	Deleted bool
}

// myContacts is the system group without which a contact is not shown in the address book.
const myContacts = "Contacts"

// group gives the group that is a category of the title, or false.
func (x Context) group(title string) (Group, bool) {
	var found Group
	for _, g := range x.Groups {
		// Two groups of one title are told apart by nothing that a card could say: the first by ID is meant.
		if g.category() == title && title != "" && (found.ID == "" || g.ID < found.ID) {
			found = g
		}
	}
	return found, found.ID != ""
}

// category gives the category that a group stands for; empty if for none.
func (g Group) category() string {
	if g.System != "" || g.Deleted || g.ID == "" {
		return ""
	}
	return clean(g.Title)
}

// MissingGroups gives the categories of a card that no group stands for, in order and each once. They have
// to be made as groups and added to the Context before WriteContact, which leaves them out.
func MissingGroups(it *dataclass.Item, x Context) []string {
	c, err := dataclass.AsContact(it)
	if err != nil {
		return nil
	}
	var out []string
	for _, s := range c.Categories() {
		s = clean(s)
		if _, ok := x.group(s); !ok && s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// LastSegment gives what stands behind the last slash of an address, without a query: the ID of an entry, which
// is the same in all forms of its address. Addresses are never compared as a whole.
func LastSegment(uri string) string {
	uri, _, _ = strings.Cut(strings.TrimSpace(uri), "?")
	uri = strings.TrimRight(uri, "/")
	return uri[strings.LastIndexByte(uri, '/')+1:]
}
