package face

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/datastore"
)

// maxCollections is how many collections of an account can be made by DAV.
const maxCollections = 100

// A collection is one class of a datastore client, or, if it has parts, several that are shown as one calendar.
type collection struct {
	Home, Name string
	Client     string
	// Class is that of its items; "" if it has parts.
	Class dataclass.Class
	// Parts are what a calendar of several sorts of entries consists of, nil for any other; of is what a part belongs to.
	Parts []*collection
	of    *collection
	// Title is what it is called if nobody called it anything else.
	Title string
	// Made is when it was made, or what it shows a part of; zero if that is not known.
	Made time.Time
	// Fixed tells that it shows one class of a whole datastore: it cannot be deleted here.
	Fixed bool

	mark  *datastore.Mark
	epoch string                // "" until it was read
	props map[string][]property // by item, once they were read
}

func (l *collection) target() *target {
	return &target{kind: kindCollection, home: l.Home, coll: l, name: l.Name}
}

// item gives the target of an item in it.
func (l *collection) item(h datastore.Head) *target {
	return &target{kind: kindItem, home: l.Home, coll: l, name: string(h.ID), head: h}
}

// firstOnes are the collections that an account has from the start: the classes of its first datastore client.
var firstOnes = []collection{
	{Home: homeBooks, Name: "contacts", Class: dataclass.Contacts, Title: "Contacts"},
	{Home: homeCalendars, Name: "events", Class: dataclass.Events, Title: "Events"},
	{Home: homeCalendars, Name: "tasks", Class: dataclass.Tasks, Title: "Tasks"},
	{Home: homeCalendars, Name: "notes", Class: dataclass.Notes, Title: "Notes"},
}

// collectionRow is one row of dav_collections.
type collectionRow struct {
	Owner  string `gorm:"column:owner_id;primaryKey"`
	Home   string `gorm:"column:home;primaryKey"`
	Name   string `gorm:"column:name;primaryKey"`
	Client string `gorm:"column:client_id"`
	Class  string `gorm:"column:class"`
}

// TableName names the table for gorm.
func (collectionRow) TableName() string { return "dav_collections" }

// collections lists those of the user. Those whose client was removed are left out.
func (c *call) collections() ([]*collection, error) {
	if c.read {
		return c.known, nil
	}
	list, err := c.collectionsIn(c.ctx)
	if err != nil {
		return nil, err
	}
	c.known, c.read = list, true
	return list, nil
}

func (c *call) collectionsIn(ctx context.Context) ([]*collection, error) {
	clients, err := c.o.Clients.Datastores(ctx, c.user.Owner)
	if err != nil {
		return nil, fmt.Errorf("list collections: %w", err)
	}
	var rows []collectionRow
	err = c.o.Store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where("owner_id = ?", c.user.Owner).Order("home, name").Find(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("list collections: %w", err)
	}
	made, byID := make(map[string]bool), make(map[string]Client)
	for _, r := range rows {
		made[r.Client] = true
	}
	var list []*collection
	for _, cl := range clients {
		byID[cl.ID] = cl
		if !made[cl.ID] {
			list = append(list, shown(cl, len(list) == 0)...)
		}
	}
	for _, r := range rows {
		if cl, there := byID[r.Client]; there {
			l := &collection{Home: r.Home, Name: r.Name, Client: r.Client, Title: cl.Title, Made: cl.Made}
			list = append(list, l.ofSorts(r.Class))
		}
	}
	return list, nil
}

// shown gives the four collections that show a whole datastore. Those of all but the first one are named by its id, which
// stays when it is called something else.
func shown(cl Client, first bool) []*collection {
	var list []*collection
	for _, l := range firstOnes {
		l.Client, l.Fixed, l.Made = cl.ID, true, cl.Made
		if !first {
			if called := cl.Title; called != "" {
				l.Title += " (" + called + ")"
			} else {
				l.Title += " (" + cl.ID[:min(8, len(cl.ID))] + ")"
			}
			if l.Name = cl.ID + "-" + l.Name; l.Home == homeBooks {
				l.Name = cl.ID
			}
		}
		list = append(list, &l)
	}
	return list
}

// collection gives the one of that name, nil if there is none.
func (c *call) collection(home, name string) (*collection, error) {
	list, err := c.collections()
	if err != nil {
		return nil, err
	}
	for _, l := range list {
		if l.Home == home && l.Name == name {
			return l, nil
		}
	}
	return nil, nil
}

// stands tells where a collection stands, once for each request.
func (c *call) stands(l *collection) (datastore.Mark, error) {
	if l.mark == nil {
		look := func() (datastore.Mark, error) { return c.items(l).Mark(c.ctx, l.Class) }
		if l.Parts != nil {
			look = func() (datastore.Mark, error) { return c.standsOf(l) }
		}
		st, err := look()
		if err != nil {
			return st, err
		}
		l.mark = &st
	}
	return *l.mark, nil
}

// epoch gives what a collection's entity tags begin with, once for each request: nothing ends it.
func (c *call) epoch(l *collection) (string, error) {
	if l.mark != nil {
		return l.mark.Epoch, nil
	}
	if l.epoch == "" {
		var err error
		if l.epoch, err = c.items(l).Epoch(c.ctx); err != nil {
			return "", err
		}
	}
	return l.epoch, nil
}

// setAside frees the name of a collection whose client was removed.
func (c *call) setAside(tx *gorm.DB, t *target) error {
	at := func() *gorm.DB {
		return tx.Model(&collectionRow{}).Where("owner_id = ? AND home = ? AND name = ?", c.user.Owner, t.home, t.name)
	}
	var old collectionRow
	err := at().Take(&old).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return at().Update("name", old.Name+"-"+old.Client).Error
}

// rename gives a collection another name in its home, with all that is in it. Those that show a part of a datastore keep
// theirs, and no other collection is overwritten.
func (c *call) rename(t, to *target) error {
	switch {
	case t.coll == nil:
		return errNotFound
	case to.coll != nil && !c.mayOverwrite():
		return errCondition
	case c.r.Method != "MOVE", t.coll.Fixed, t.home != to.home, to.coll != nil:
		return &fault{status: http.StatusForbidden, text: "this cannot be there"}
	}
	err := c.o.Store.Update(c.ctx, func(ctx context.Context, tx *gorm.DB) error {
		have, err := c.collectionsIn(ctx)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(have, func(l *collection) bool { return l.Home == to.home && l.Name == to.name }) {
			return errCondition // somebody was faster
		}
		if err := c.setAside(tx, to); err != nil {
			return err
		}
		return tx.Model(&collectionRow{}).Where("owner_id = ? AND home = ? AND name = ?", c.user.Owner, t.home, t.name).Update("name", to.name).Error
	})
	if err != nil {
		return fmt.Errorf("rename a collection: %w", err)
	}
	return c.placedAt(true)
}

// makeCollection makes a datastore client that is shown as one collection, of those classes, with properties. A collection of that name
// whose client was removed keeps its items under another name: it can still be brought back.
func (c *call) makeCollection(t *target, classes string, title string, patches []property) error {
	err := c.o.Store.Update(c.ctx, func(ctx context.Context, tx *gorm.DB) error {
		have, err := c.collectionsIn(ctx)
		if err != nil {
			return err
		}
		if n := len(slices.DeleteFunc(have, func(l *collection) bool { return l.Fixed })); n >= maxCollections {
			return refuse(507, "DAV:", "quota-not-exceeded")
		}
		if err := c.setAside(tx, t); err != nil {
			return err
		}
		id, err := c.o.Clients.Make(ctx, c.user.Owner, title)
		if err != nil {
			return err
		}
		row := collectionRow{Owner: c.user.Owner, Home: t.home, Name: t.name, Client: id, Class: classes}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return c.setProperties(ctx, propertyKey{client: id, part: classes}, patches)
	})
	if err != nil {
		return fmt.Errorf("make a collection: %w", err)
	}
	return nil
}
