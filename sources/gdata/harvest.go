package gdata

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/ledger"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// A seen is what is kept of an entry that was read; the entry itself is in the spool.
type seen struct {
	id, hash, self string
	updated        time.Time
	deleted        bool
	// series is the item that an exception belongs to; part says that it is one. Of is where the series is read.
	series, of string
	part       bool
	// member are the ids of its groups, each between bars.
	member string
	// mark is what the Add that made it left in it, uid its UID.
	mark, uid string
	page      int
}

// A harvest is a set of entries that were read, by id.
type harvest struct {
	spool *ledger.Spool
	names names
	byID  map[string]*seen
	// order are the ids as they were read.
	order []string
	// share is what is known of the entries, bytes the entries themselves.
	share, bytes share
}

func (s *session) newHarvest() *harvest {
	return &harvest{spool: ledger.NewSpool(), names: s.wire.names, byID: make(map[string]*seen),
		share: share{room: s.g.room, owner: s.client.owner, over: errManyEntries},
		bytes: share{room: s.g.disk, owner: s.client.owner, over: errBigFeed}}
}

// seenBytes is about what a seen takes without its texts, with its places in the harvest.
const seenBytes = 500

func (s *seen) bytes() int {
	return seenBytes + len(s.id) + len(s.hash) + len(s.self) + len(s.series) + len(s.of) + len(s.member) + len(s.mark) + len(s.uid)
}

// forget forgets all but where the entries are.
func (h *harvest) forget() {
	h.byID, h.order = nil, nil
	h.share.keep(h.share.weight / 4)
}

// add takes an entry. It reports false for one that is there already. Two states of one entry are possible where it was
// edited while the pages were read; then the newer one counts. Else they are an error: which one is true cannot be told.
func (h *harvest) add(e *xmltree.Element, page int) (bool, error) {
	s, err := h.names.look(e)
	if err != nil {
		return false, err
	}
	s.page = page
	was := h.byID[s.id]
	switch {
	case was == nil:
		if err := h.share.grow(s.bytes()); err != nil {
			return false, err
		}
		h.order = append(h.order, s.id)
	case was.hash == s.hash && was.deleted == s.deleted:
		return false, nil
	case was.page == page || was.updated.Equal(s.updated):
		return false, fmt.Errorf("%w: the feed has two entries of one id", dataclass.ErrMalformed)
	case s.updated.Before(was.updated):
		return false, nil
	}
	h.byID[s.id] = s
	if s.deleted && !s.part {
		return was == nil, nil
	}
	return was == nil, h.put(s.id, e)
}

// put keeps an entry for later.
func (h *harvest) put(id string, e *xmltree.Element) error {
	text := document(e)
	if err := h.bytes.grow(len(text)); err != nil {
		return err
	}
	return h.spool.Put(id, text)
}

// look takes what has to be known of an entry.
func (n names) look(e *xmltree.Element) (*seen, error) {
	s := &seen{id: n.of(strings.Clone(entry.ID(e))), hash: hashOf(e), deleted: entry.Deleted(e), self: strings.Clone(entry.Link(e, entry.RelSelf))}
	if !validID(s.id) {
		return nil, fmt.Errorf("%w: the feed has an entry without an id", dataclass.ErrMalformed)
	}
	if s.self == "" {
		s.self = strings.Clone(entry.Link(e, entry.RelEdit))
	}
	s.updated, _ = entry.Updated(e)
	if s.series, s.part = entry.Original(e); s.part {
		s.series = n.of(strings.Clone(s.series))
		s.of = strings.Clone(e.Child("originalEvent").Attr("", "href"))
	}
	s.member = membership(e)
	s.mark, s.uid = strings.Clone(entry.AddMark(e)), strings.Clone(entry.UID(e))
	return s, nil
}

// validID refuses what cannot name an item (see sources.ID).
func validID(id string) bool {
	return id != "" && len(id) <= 1024 && utf8.ValidString(id) && !strings.ContainsFunc(id, unicode.IsControl)
}

// membership gives the ids of the groups of a contact, each between bars.
func membership(e *xmltree.Element) string {
	var ids []string
	for c := range e.Elements() {
		if c.Space == entry.GContact && c.Local == "groupMembershipInfo" && c.Attr("", "deleted") != "true" {
			ids = append(ids, entry.LastSegment(c.Attr("", "href")))
		}
	}
	if len(ids) == 0 {
		return ""
	}
	return "|" + strings.Join(ids, "|") + "|"
}

// hashOf gives a hash of what an entry says: without entity tag, times, addresses and what a batch adds, which may differ
// where nothing changed. The entity tag of a picture counts, for there is nothing else to know its change by.
func hashOf(e *xmltree.Element) string {
	bare := &xmltree.Element{Space: e.Space, Local: e.Local}
	for _, n := range e.Nodes {
		if n.Elem != nil && !passing(n.Elem) {
			bare.Nodes = append(bare.Nodes, n)
		}
	}
	slices.SortStableFunc(bare.Nodes, func(a, b xmltree.Node) int { return cmp.Compare(a.Elem.Local, b.Elem.Local) })
	text := document(bare)
	if p, ok := entry.PhotoOf(e); ok {
		text = append(text, p.ETag...)
	}
	return shortHash(text)
}

// passing reports whether an element says nothing of the item.
func passing(e *xmltree.Element) bool {
	switch e.Space {
	case entry.Atom:
		return slices.Contains([]string{"id", "updated", "published", "link", "author"}, e.Local)
	case entry.App:
		return e.Local == "edited" || e.Local == "control"
	}
	return e.Space == entry.Batch || entry.IsIdentifier(e)
}

func shortHash(data []byte) string {
	sum := sha256.Sum256(data)
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// revision gives the revision of an item: of its own entry, of those of its exceptions, and of the names of its groups.
func (s *session) revision(own, member string, parts []partRow) string {
	list := []string{own}
	for _, p := range parts {
		list = append(list, p.ID+" "+p.Hash)
	}
	for _, id := range strings.Split(member, "|") {
		if t := s.groups.title(id); t != "" {
			list = append(list, id+" "+t)
		}
	}
	if len(list) == 1 {
		return own
	}
	slices.Sort(list[1:])
	return shortHash([]byte(strings.Join(list, "\n")))
}

// setMark marks an entry that is to be sent.
func setMark(e *xmltree.Element, key string) { entry.SetAddMark(e, markFor(key)) }

// markFor gives the mark of a key, which may be long and hold anything.
func markFor(key string) string { return shortHash([]byte(key)) }
