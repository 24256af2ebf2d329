package gdata

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

const (
	// groupsKept is how long the names of groups are believed while no contact shows a change: at many servers a group that
	// is given another name changes no entry of a contact.
	groupsKept = 24 * time.Hour
	// maxGroups bounds the groups of one client.
	maxGroups = 5000
	// groupBytes bounds their titles together.
	groupBytes = 4 << 20
)

// groups are the groups of contacts, as they are kept between looks.
type groups struct {
	// Base is the address of the groups in the form of atom:id.
	Base string                 `json:"base"`
	List map[string]entry.Group `json:"list"`
	// read says that they were read in this session.
	read bool
}

func parseGroups(text string) groups {
	var g groups
	if text != "" {
		_ = json.Unmarshal([]byte(text), &g) // what is not understood is read anew
	}
	return g
}

func (g groups) String() string {
	b, err := json.Marshal(g)
	if err != nil {
		return ""
	}
	return string(b)
}

// title gives the category that a group stands for; empty if for none.
func (g groups) title(id string) string {
	if one, ok := g.List[id]; ok && one.System == "" && !one.Deleted {
		return one.Title
	}
	return ""
}

// context gives what entries do not say themselves.
func (s *session) context() entry.Context {
	x := entry.Context{Version: 3, Groups: s.groups.List, GroupBase: s.groups.Base, Zone: s.zone}
	if s.class == dataclass.Events {
		x.Version = 2
	}
	return x
}

// loadGroups reads the groups of the server.
func (s *session) loadGroups(ctx context.Context) error {
	g := groups{List: make(map[string]entry.Group), read: true}
	address, err := listing(s.wire.conn.Groups, "", s.g.o.PageSize)
	if err != nil {
		return err
	}
	size := 0
	w := s.g.newWire(s.wire.conn, s.class) // it has a place of its own to post to
	_, err = w.pages(ctx, address, func(e *xmltree.Element, _ int) (bool, error) {
		one, err := entry.ReadGroup(e)
		if err != nil {
			return false, err
		}
		one.ID, one.Title, one.System = strings.Clone(one.ID), strings.Clone(one.Title), strings.Clone(one.System)
		_, old := g.List[one.ID]
		size += len(one.ID) + len(one.Title) + len(one.System)
		if g.List[one.ID] = one; len(g.List) > maxGroups || size > groupBytes {
			return false, fmt.Errorf("%w: more than %d groups, or %d bytes of titles", dataclass.ErrTooBig, maxGroups, groupBytes)
		}
		if base := entry.GroupBaseOf(e); base != "" {
			g.Base = strings.Clone(base)
		}
		return !old, nil
	})
	if err != nil {
		return fmt.Errorf("list groups: %w", err)
	}
	if s.groups = g; w.post == w.feed() {
		w.post = s.wire.conn.Groups
	}
	s.groupPost = w.post
	return nil
}

// readGroups reads the groups if something that changed, or has a new time, is in one, as when its group got another name; if
// everything is compared; or if they were not read for long.
func (m *merging) readGroups(ctx context.Context, row *feedRow) error {
	m.session.groups = parseGroupsOf(m.session, row)
	if m.class != dataclass.Contacts || m.wire.conn.Groups == "" {
		return nil
	}
	now := m.g.o.Now().Unix()
	need := row.Groups != "" && (m.full || now-row.GroupsAt > int64(groupsKept/time.Second))
	for _, g := range m.changes {
		need = need || g.own.member != ""
	}
	for _, e := range m.retimed {
		need = need || e.member != ""
	}
	if !need {
		return nil
	}
	if err := m.loadGroups(ctx); err != nil {
		return err
	}
	m.renamed = renamed(parseGroups(row.Groups), m.session.groups)
	row.Groups, row.GroupsAt = m.session.groups.String(), now
	return nil
}

func parseGroupsOf(s *session, row *feedRow) groups {
	if s.groups.read {
		return s.groups
	}
	return parseGroups(row.Groups)
}

// renamed gives the ids of groups that stand for another category than before.
func renamed(was, is groups) []string {
	if was.List == nil {
		return nil
	}
	var out []string
	for id := range was.List {
		if was.title(id) != is.title(id) {
			out = append(out, id)
		}
	}
	for id := range is.List {
		if _, old := was.List[id]; !old && is.title(id) != "" {
			out = append(out, id)
		}
	}
	return out
}

// storeRenamed gives new numbers to the contacts whose groups got other names. Now are the rows that change besides; those of
// the contacts are put there.
func (s *session) storeRenamed(tx *gorm.DB, row *feedRow, groups []string, now map[string]*itemRow, at int64) ([]*itemRow, error) {
	var out []*itemRow
	for _, id := range groups {
		var rows []*itemRow
		err := inClass(tx, s.client, s.class).Where("dead = 0 AND instr(member, ?) > 0", "|"+id+"|").Find(&rows).Error
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			if other := now[r.ID]; other != nil && other.Changed > r.Changed || len(out) > maxEntries {
				continue
			}
			rev := s.revision(r.Hash, r.Member, nil)
			if rev == r.Rev {
				continue
			}
			r.Rev = rev
			row.Put(&r.Life, "", at)
			now[r.ID] = r
			out = append(out, r)
		}
	}
	return out, nil
}

// needGroups makes the groups that cards name and the server lacks. The names decide which one is meant, so that one
// whose answer was lost is found again.
func (s *session) needGroups(ctx context.Context, items []*dataclass.Item) error {
	missing := s.missing(items)
	if s.wire.conn.Groups == "" || !s.groups.read && len(missing) == 0 && !anyCategories(items) {
		return nil
	}
	if !s.groups.read {
		if err := s.loadGroups(ctx); err != nil {
			return err
		}
		missing = s.missing(items)
	}
	for _, title := range missing {
		if err := s.makeGroup(ctx, title); err != nil {
			return err
		}
	}
	return nil
}

// asksForGroups reports whether needGroups would ask the server.
func (w *writer) asksForGroups(jobs []*job) bool {
	if w.class != dataclass.Contacts || w.wire.conn.Groups == "" {
		return false
	}
	items := itemsOf(jobs)
	return !w.groups.read && anyCategories(items) || len(w.missing(items)) > 0
}

// itemsOf gives the items that jobs write.
func itemsOf(jobs []*job) []*dataclass.Item {
	items := make([]*dataclass.Item, 0, len(jobs))
	for _, j := range jobs {
		if !j.ended() && j.it != nil {
			items = append(items, j.it)
		}
	}
	return items
}

func anyCategories(items []*dataclass.Item) bool {
	for _, it := range items {
		if c, err := dataclass.AsContact(it); err == nil && len(c.Categories()) > 0 {
			return true
		}
	}
	return false
}

func (s *session) missing(items []*dataclass.Item) []string {
	var out []string
	x := s.context()
	seen := make(map[string]bool)
	for _, it := range items {
		for _, t := range entry.MissingGroups(it, x) {
			if !seen[t] {
				seen[t] = true
				out = append(out, t)
			}
		}
	}
	return out
}

func (s *session) makeGroup(ctx context.Context, title string) error {
	a, err := s.wire.do(ctx, request{method: http.MethodPost, address: s.groupPost, body: document(entry.NewGroup(title)), contentType: atomType})
	if refused(err) {
		s.g.o.Log.InfoContext(ctx, "the server takes no new group", "client", s.client.id, "error", err)
		return nil // the category stays where the item is
	}
	if err != nil {
		return fmt.Errorf("make a group: %w", err)
	}
	e, err := tree(a.body)
	if err != nil {
		return fmt.Errorf("make a group: %w", err)
	}
	one, err := entry.ReadGroup(e)
	if err != nil || strings.TrimSpace(one.Title) == "" {
		return fmt.Errorf("make a group: %w", sources.ErrUnknownOutcome)
	}
	if s.groups.Base == "" {
		s.groups.Base = entry.GroupBaseOf(e)
	}
	s.groups.List[one.ID] = one
	return nil
}
