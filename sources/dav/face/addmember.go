package face

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/dav/davxml"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// memberQuery ends the address at which a collection takes items that have no name yet (RFC 5995).
const memberQuery = "add-member"

func addMemberProp(c *call, t *target) (*xmltree.Element, error) {
	return dav("add-member").New(davxml.Href(c.href(t) + "?" + memberQuery)), nil
}

// addMember stores an item under a name of the server's choice. The same item sent twice gets the same name: the second
// time it is refused, as one whose UID is taken.
func (c *call) addMember(t *target) error {
	if t.kind != kindCollection || c.r.URL.RawQuery != memberQuery {
		return errNotHere
	}
	if t.coll == nil {
		return errNotFound
	}
	if err := c.wholeBody(); err != nil {
		return err
	}
	item := t.coll.item(datastore.Head{})
	body, err := c.content(item)
	if err != nil {
		return err
	}
	item.name = memberName(item.coll.Class, body)
	c.w.Header().Set("Location", c.href(item))
	return c.store(item, body, datastore.Condition{Absent: true, Unique: true})
}

// memberName makes a name of what an item names itself, or of all of it.
func memberName(class dataclass.Class, body dataclass.Body) string {
	return memberNamed(class, dataclass.Peek(body.Data).UID, body)
}

// memberNamed is memberName of an item whose UID is known.
func memberNamed(class dataclass.Class, uid string, body dataclass.Body) string {
	of := []byte(uid)
	if len(of) == 0 {
		of = body.Data
	}
	sum := sha256.Sum256(of)
	ending := ".ics"
	if class == dataclass.Contacts {
		ending = ".vcf"
	}
	return hex.EncodeToString(sum[:16]) + ending
}

// wholeBody refuses a body that is a part of an item.
func (c *call) wholeBody() error {
	if c.r.Header.Get("Content-Range") != "" {
		return badRequest("a part of a resource cannot be written")
	}
	return nil
}

// plainBody refuses a body that is not whole, and one that is packed.
func (c *call) plainBody() error {
	switch {
	case c.r.Header.Get("Content-Range") != "":
		return c.wholeBody()
	case packing(c.r) != "":
		return &fault{status: http.StatusUnsupportedMediaType, text: "an item comes as it is, without a content encoding"}
	}
	return nil
}
