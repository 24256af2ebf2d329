package face

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// errTaken refuses a new contact or event whose UID another one has, that may be the same.
var errTaken = fault{status: http.StatusConflict, code: "conflict", text: "There is another entry with this identifier."}

// identifierOf gives the UID that a contact is shown with, the one that programs that speak CardDAV are shown: its own, unless
// it has none, or one that another contact had before it.
func identifierOf(card *dataclass.Item, it datastore.Item) string {
	made := datastore.MadeUID(it.ID)
	if uid := card.UID(); uid != "" && it.UID != made {
		return uid
	}
	return cmp.Or(it.UID, made)
}

// rename gives a card a UID of its own.
func (s *contacts) rename(card *dataclass.Item) *dataclass.Item {
	c, err := dataclass.AsContact(card)
	if err != nil {
		return card
	}
	c.SetText("UID", s.newUID())
	return c.Item()
}

// free sees to it that no two contacts have one UID: whoever has it keeps it. Where a new contact may be the one that has
// it already (it came here on another way), it is refused; a copy that became somebody else gets a UID of its own.
func (s *contacts) free(ctx context.Context, a *arrival) error {
	by, err := s.holders(ctx, a.named)
	if err != nil || len(by) == 0 {
		return err
	}
	it, err := s.items.Get(ctx, dataclass.Contacts, by[0])
	if err != nil {
		return err
	}
	has, err := dataclass.Decode(dataclass.Contacts, it.Body)
	if err != nil || !dataclass.Contradicts(has, a.item) {
		return errTaken
	}
	a.item = s.rename(a.item)
	a.body, a.made = a.item.Body(), nil
	return nil
}

// takenAny reports whether one of new contacts has a UID that a contact has, or another one of them.
func (s *contacts) takenAny(ctx context.Context, list []arrival) (bool, error) {
	var uids []string
	seen := make(map[string]bool)
	for _, a := range list {
		if a.named == "" {
			continue
		}
		if seen[a.named] {
			return true, nil
		}
		seen[a.named], uids = true, append(uids, a.named)
	}
	by, err := s.holders(ctx, uids...)
	return len(by) > 0, err
}

// holders gives contacts that have, or are shown with, one of some UIDs.
func (s *contacts) holders(ctx context.Context, uids ...string) ([]sources.ID, error) {
	by, err := s.items.Named(ctx, dataclass.Contacts, uids...)
	if err != nil || len(by) > 0 {
		return slices.Collect(maps.Values(by)), err
	}
	for _, uid := range uids {
		id := datastore.MadeOf(uid)
		if id == "" {
			continue
		}
		if h, err := s.items.Head(ctx, dataclass.Contacts, id); err == nil && (h.UID == "" || h.UID == uid) {
			return []sources.ID{h.ID}, nil
		}
	}
	return nil, nil
}

// holder gives the event that has a UID, whoever entered it.
func (s *events) holder(ctx context.Context, uid string) (sources.ID, bool, error) {
	by, err := s.items.Named(ctx, dataclass.Events, uid)
	return by[uid], by[uid] != "", err
}

// meant returns errTaken if another Bindery means the event that has the UID of a new one already, and knows another state of
// it. Anybody else may have two events of one identifier.
func (s *events) meant(st state, e *xmltree.Element, ev *dataclass.Item) error {
	has, err := dataclass.Decode(dataclass.Events, st.it.Body)
	if err != nil || entry.AddMark(e) == "" || dataclass.Contradicts(has, ev) {
		return nil
	}
	return errTaken
}
