package face

import (
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/dav/davitem"
)

// sent gives the bytes that a client is sent of an item, whose body is read, and whether they are those that are stored. An
// item whose UID another one has (two files of a folder may, where other programs write them) is sent with one of its own, for
// as long as it lives: no two of a collection have one (RFC 4791 section 4.1, RFC 6352 section 5.1).
func (t *target) sent(f davitem.Form) (data []byte, stored bool) {
	uid := t.uid()
	data, stored = davitem.Sent(t.coll.Class, uid, *t.body, f)
	if t.head.UID == datastore.MadeUID(t.id()) && dataclass.Peek(t.body.Data).UID != uid {
		return davitem.Named(data, uid), false
	}
	return data, stored
}
