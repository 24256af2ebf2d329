package face

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// errTaken refuses a new contact or event whose UID another one has, that may be the same.
var errTaken = fault{status: http.StatusConflict, code: "conflict", text: "There is another entry with this identifier."}

// madeUID begins the UID that an item without one is shown with, here as by CardDAV; the rest is its id.
const madeUID = "bindery-"

// identifierOf gives the UID that a contact is shown with: its own or, if it has none, the one that programs that speak
// CardDAV are shown.
func identifierOf(card *dataclass.Item, id sources.ID) string {
	if uid := card.UID(); uid != "" {
		return uid
	}
	return madeUID + string(id)
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
	var ids []sources.ID
	for _, uid := range uids {
		if id, made := strings.CutPrefix(uid, madeUID); made {
			ids = append(ids, sources.ID(id))
		}
	}
	var out []sources.ID
	for more := len(ids) > 0; more; {
		var found map[sources.ID]datastore.Item
		if found, more, err = s.items.GetSome(ctx, dataclass.Contacts, ids); err != nil {
			return nil, err
		}
		for id, it := range found {
			if dataclass.Peek(it.Body.Data).UID == "" {
				out = append(out, id)
			}
		}
		ids = slices.DeleteFunc(ids, func(id sources.ID) bool { _, done := found[id]; return done })
		more = more && len(found) > 0
	}
	return out, nil
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
