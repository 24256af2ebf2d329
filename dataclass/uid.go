package dataclass

import "strings"

// madeUID begins a UID that was made of an id; the rest is the id.
const madeUID = "bindery-"

// MadeUID gives the UID by which an item is known that has none of its own, or one that another item had before it: always
// the same for the same id.
func MadeUID(id string) string { return madeUID + id }

// MadeOf gives the id that a UID was made of; "" for any other UID.
func MadeOf(uid string) string {
	id, ok := strings.CutPrefix(uid, madeUID)
	if !ok {
		return ""
	}
	return id
}

// UID gives the UID of a contact, an event or a task as it stands there; empty if it has none, and for a note.
func (it *Item) UID() string {
	switch it.Class() {
	case Contacts:
		if c, err := AsContact(it); err == nil {
			return c.UID()
		}
	case Events:
		if e, err := AsEvent(it); err == nil {
			return e.UID()
		}
	case Tasks:
		if t, err := AsTask(it); err == nil {
			return t.UID()
		}
	}
	return ""
}
