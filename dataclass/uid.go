package dataclass

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
