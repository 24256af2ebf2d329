package face

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// maxTitle bounds the title of a group, in bytes.
const maxTitle = 1000

// groupContext gives the groups that categories of contacts stand for.
func (c *call) groupContext(ctx context.Context) (entry.Context, error) {
	x := entry.Context{Version: c.version, GroupBase: groupFeed.feedPath(c.user, "base"), Groups: map[string]entry.Group{}}
	g := groupStore{c}
	if err := g.catchUp(ctx); err != nil {
		return x, err
	}
	list, err := g.all(ctx)
	for _, r := range list {
		x.Groups[r.ID] = entry.Group{ID: r.ID, Title: r.Title}
	}
	return x, err
}

// groups are the groups of contacts as entries.
type groups struct {
	groupStore
	kept kept
}

func (c *call) groups(ctx context.Context) (*groups, error) {
	g := &groups{groupStore{c}, kept{c.DB, c.who.owner, c.client.ID, groupClass}}
	return g, g.catchUp(ctx)
}

func (g *groups) stock() stock { return g.groupStore }

func (g *groups) raw() kept { return g.kept }

func (g *groups) show(it datastore.Item, raw []byte) ([]shown, error) {
	out := shown{id: string(it.ID), changed: it.Changed, dead: it.Dead}
	title := string(it.Body.Data)
	if it.Dead {
		out.el, out.etag = entry.NewGroup(title).Add(xmltree.New(entry.GD, "deleted")), fmt.Sprintf(`"deleted.%d"`, it.Change)
		return []shown{out}, nil
	}
	out.el = entry.NewGroup(title)
	if len(raw) > 0 {
		e, err := xmltree.Parse(raw, xmltree.Limits{})
		if err != nil {
			return nil, fmt.Errorf("read a kept entry: %w", notTheirs(err))
		}
		for c := range e.Elements() {
			if c.Space != entry.Atom || c.Local != "title" && c.Local != "category" {
				out.el.Add(c)
			}
		}
	}
	out.etag = tagOf(out.el.Append(nil, xmltree.Options{}))
	return []shown{out}, nil
}

func (g *groups) one(ctx context.Context, id string) (shown, error) {
	var r groupRow
	err := g.DB.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return g.rows(db).Where("id = ? AND dead = 0", id).Take(&r).Error
	})
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return shown{}, errNoEntry
	}
	if err != nil {
		return shown{}, err
	}
	it := r.item()
	raw, err := g.kept.get(ctx, it.ID)
	if err != nil {
		return shown{}, err
	}
	list, err := g.show(it, raw[it.ID])
	if err != nil {
		return shown{}, err
	}
	return list[0], nil
}

// read gives the title that an entry asks for, and what is kept of it.
func (g *groups) read(e *xmltree.Element) (title string, raw []byte, err error) {
	if k := entry.KindOf(e); k != "" && k != entry.GroupKind {
		return "", nil, badRequest("invalid", "The entry is no group.")
	}
	for c := range e.Elements() {
		if c.Space == entry.GContact && c.Local == "systemGroup" {
			return "", nil, errSystem
		}
		if c.Space == entry.Atom && c.Local == "title" {
			title = titleOf(c.Text())
		}
	}
	if title == "" || len(title) > maxTitle {
		return "", nil, badRequest("invalid", "A group has to have a title of 1 to 1,000 bytes.")
	}
	sent := entry.Fresh(e)
	sent.Nodes = slices.DeleteFunc(sent.Nodes, func(n xmltree.Node) bool { return n.Elem == nil })
	if saysAll(entry.NewGroup(title), sent) {
		return title, nil, nil
	}
	return title, sent.Append(nil, xmltree.Options{}), nil
}

// named gives the group with a title; false if there is none.
func (g *groups) named(ctx context.Context, title string) (groupRow, bool, error) {
	list, err := g.all(ctx)
	i := slices.IndexFunc(list, func(r groupRow) bool { return r.Title == title })
	if i < 0 {
		return groupRow{}, false, err
	}
	return list[i], true, nil
}

// insert makes a group. One of the same title is the same group: contacts could not tell two apart.
func (g *groups) insert(ctx context.Context, e *xmltree.Element) (shown, error) {
	title, raw, err := g.read(e)
	if err != nil {
		return shown{}, err
	}
	return g.within(ctx, func(ctx context.Context) (shown, error) {
		r, there, err := g.named(ctx, title)
		if err == nil && !there {
			if r, err = g.make(ctx, title); err == nil {
				err = g.kept.put(ctx, r.item().ID, "", raw)
			}
		}
		if err != nil {
			return shown{}, err
		}
		return g.one(ctx, r.ID)
	})
}

func (g *groups) make(ctx context.Context, title string) (r groupRow, err error) {
	err = g.DB.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
		row, err := g.face(tx)
		if err != nil {
			return err
		}
		if err := g.tick(ctx, &row); err != nil {
			return err
		}
		if r, err = g.add(tx, &row, title); err != nil {
			return err
		}
		return tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error
	})
	return r, err
}

func (g *groups) update(ctx context.Context, id string, e *xmltree.Element, cond condition) (shown, error) {
	title, raw, err := g.read(e)
	if err != nil {
		return shown{}, err
	}
	now, err := g.one(ctx, id)
	if err == nil {
		err = cond.check(now)
	}
	if err != nil {
		return shown{}, err
	}
	if other, there, err := g.named(ctx, title); err != nil || there && other.ID != id {
		if err == nil {
			err = fault{status: http.StatusConflict, code: "conflict", text: "There is another group with this title."}
		}
		return shown{}, err
	}
	if err := g.kept.put(ctx, groupRow{ID: id}.item().ID, "", raw); err != nil {
		return shown{}, err
	}
	if again, err := g.one(ctx, id); err == nil && again.etag == now.etag && title == now.el.Child("title").Text() {
		return again, nil
	}
	if err := g.change(ctx, id, title, false); err != nil {
		return shown{}, err
	}
	return g.one(ctx, id)
}

func (g *groups) remove(ctx context.Context, id string, cond condition) error {
	now, err := g.one(ctx, id)
	if err == nil {
		err = cond.check(now)
	}
	if err != nil {
		return err
	}
	if err := g.change(ctx, id, now.el.Child("title").Text(), true); err != nil {
		return err
	}
	return g.kept.remove(ctx, groupRow{ID: id}.item().ID)
}

func (g *groups) holds(_ datastore.Item, e shown) bool { return matches(e.el, g.q.words) }
