package entry

import (
	"fmt"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// Expect gives what is read back of a contact or an event after it was written into a new entry: the item less what does
// not cross. Expecting the result again gives the same. Errors are those of WriteContact and WriteEvent.
func Expect(it *dataclass.Item, x Context) (*dataclass.Item, error) {
	if it == nil {
		return nil, fmt.Errorf("%w: no item", dataclass.ErrUnsupported)
	}
	if it.Class() == dataclass.Contacts {
		e := New(ContactKind)
		if err := WriteContact(e, it, x); err != nil {
			return nil, err
		}
		return ReadContact(e, x)
	}
	e := New(EventKind)
	w, err := WriteEvent(it, e, nil, x)
	if err != nil {
		return nil, err
	}
	return ReadEvent(e, w.Add, x)
}

// checkLiving refuses also what a server says to be gone: that is no empty item.
func checkLiving(e *xmltree.Element, k Kind) error {
	if err := check(e, k); err != nil {
		return err
	}
	if Deleted(e) {
		return fmt.Errorf("%w: an entry of something that is deleted", dataclass.ErrMalformed)
	}
	return nil
}
