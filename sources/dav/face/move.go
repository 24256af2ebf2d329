package face

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
)

// transfer answers COPY and MOVE (RFC 4918 sections 9.8 and 9.9): of files and folders, and of items into a collection
// of the same sort.
func (c *call) transfer(t *target) error {
	to, err := c.destination()
	if err != nil {
		return err
	}
	switch {
	case t.kind == kindFile && to.kind == kindFile:
		return c.transferFile(t, to)
	case t.kind == kindItem && to.kind == kindItem:
		return c.transferItem(t, to)
	case t.kind == kindCollection && to.kind == kindCollection:
		return c.rename(t, to)
	}
	return &fault{status: http.StatusForbidden, text: "this cannot be there"}
}

// destination reads where something is to go. Another server's address is none of ours.
func (c *call) destination() (*target, error) {
	u, err := url.Parse(c.r.Header.Get("Destination"))
	if err != nil || u.Path == "" {
		return nil, badRequest("Destination is not an address")
	}
	if u.Host != "" && !strings.EqualFold(u.Host, c.r.Host) {
		return nil, &fault{status: http.StatusBadGateway, text: "the destination is on another server"}
	}
	t, err := c.resolve(u)
	if err != nil {
		return nil, err
	}
	return t, c.settle(t)
}

// placedAt answers a transfer: something was made at the destination, or changed there. It is named as the client did.
func (c *call) placedAt(made bool) error {
	if made {
		c.w.Header().Set("Location", c.r.Header.Get("Destination"))
	}
	return c.done(made)
}

func (c *call) mayOverwrite() bool { return !strings.EqualFold(c.r.Header.Get("Overwrite"), "F") }

// transferItem takes an item to another name. Its UID stays once in a collection.
func (c *call) transferItem(t, to *target) error {
	if t.coll == nil {
		return errNotFound
	}
	if to.coll == nil {
		return errNoParent
	}
	if to.coll = to.coll.part(t.coll.Class); to.coll == nil || t.coll == to.coll && t.name == to.name {
		return &fault{status: http.StatusForbidden, text: "an item can only go into a collection of the same sort, under another name"}
	}
	source, err := c.condition(t.coll)
	if err != nil {
		return err
	}
	if err := c.turnFor(t); err != nil {
		return err
	}
	made := false
	from, _ := t.key()
	onto, _ := to.key()
	err = c.o.Store.Update(c.ctx, func(ctx context.Context, _ *gorm.DB) error {
		item, err := c.items(t.coll).Get(ctx, t.coll.Class, t.id())
		if errors.Is(err, sources.ErrGone) {
			return errNotFound
		}
		if err != nil {
			return err
		}
		if c.r.Method == "MOVE" {
			if err := c.items(t.coll).DeleteIf(ctx, t.coll.Class, t.id(), source); err != nil {
				return err
			}
		}
		target := datastore.Condition{Absent: !c.mayOverwrite(), Unique: true}
		if c.r.Method == "MOVE" {
			target.Entered = item.Entered
		}
		if c.r.Method == "MOVE" && to.coll.Client == t.coll.Client {
			target.For = t.id()
		}
		if err := c.alone(ctx, to, cmp.Or(dataclass.Peek(item.Body.Data).UID, item.UID), target); err != nil {
			return err
		}
		if _, made, err = c.items(to.coll).PutIf(ctx, to.coll.Class, to.id(), target, item.Body); err != nil {
			return err
		}
		return c.carry(ctx, from, onto)
	})
	if err != nil {
		return c.notPut(to, err)
	}
	return c.placedAt(made)
}

// turnFor waits until an item may be read and written, if it is a big one.
func (c *call) turnFor(t *target) error {
	_, size, err := c.items(t.coll).GetSmall(c.ctx, t.coll.Class, t.id(), 0)
	switch {
	case gone(err):
		return errNotFound
	case err == nil && size > bigBody:
		return c.stay(c.big, size*perWrite)
	}
	return err
}

// carry has an item have the kept properties of another, which loses its own if it moves.
func (c *call) carry(ctx context.Context, from, onto propertyKey) error {
	all, err := c.readProperties(ctx, from)
	if err == nil {
		err = c.dropProperties(ctx, onto)
	}
	if err == nil {
		err = c.setProperties(ctx, onto, all[from.item])
	}
	if err == nil && c.r.Method == "MOVE" {
		err = c.dropProperties(ctx, from)
	}
	return err
}

// transferFile takes a file, or a folder with all that is in it, to another path, with its properties.
func (c *call) transferFile(t, to *target) error {
	switch {
	case t.file == nil:
		return errNotFound
	case t.name == "" || to.name == "" || t.name == to.name || strings.HasPrefix(to.name+"/", t.name+"/") || strings.HasPrefix(t.name+"/", to.name+"/"):
		return &fault{status: http.StatusForbidden, text: "this cannot be there"}
	}
	made := false
	err := c.o.Store.Update(c.ctx, func(ctx context.Context, tx *gorm.DB) error {
		old, err := c.file(ctx, to.name)
		if err != nil {
			return err
		}
		if made = old == nil; !made {
			if !c.mayOverwrite() {
				return errCondition
			}
			if err := c.dropFiles(ctx, tx, to.name); err != nil {
				return err
			}
		}
		var rows []fileRow
		if err := c.filesIn(tx, t.name, true).Order("path").Find(&rows).Error; err != nil {
			return err
		}
		if c.r.Method == "COPY" && c.r.Header.Get("Depth") == "0" {
			rows = rows[:1]
		}
		return c.copyFiles(ctx, tx, t.name, to.name, rows)
	})
	if err != nil {
		return err
	}
	return c.placedAt(made)
}

// copyFiles writes rows that are at or below one path at or below another, and removes the old ones if they move.
func (c *call) copyFiles(ctx context.Context, tx *gorm.DB, from, to string, rows []fileRow) error {
	all, err := c.readProperties(ctx, propertyKey{part: homeFiles})
	if err != nil {
		return err
	}
	for _, r := range rows {
		old := r.Path
		r.Path = to + strings.TrimPrefix(old, from)
		if len(r.Path) > 1024 {
			return &fault{status: http.StatusRequestURITooLong, text: "this address is too long"}
		}
		if err := c.room(ctx, tx, r.Path, len(r.Body)); err != nil {
			return err
		}
		if c.r.Method == "COPY" { // RFC 4918 section 15.1
			r.Made = time.Now().UnixMilli()
		}
		if err := tx.Create(&r).Error; err != nil {
			return err
		}
		if err := c.setProperties(ctx, propertyKey{part: homeFiles, item: r.Path}, all[old]); err != nil {
			return err
		}
	}
	if c.r.Method == "MOVE" {
		return c.dropFiles(ctx, tx, from)
	}
	return nil
}
