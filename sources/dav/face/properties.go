package face

import (
	"context"
	"fmt"
	"net/http"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/bindery-sync/bindery/sources/dav/davitem"
	"github.com/bindery-sync/bindery/sources/dav/davxml"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// Bounds of the properties that are only kept.
const (
	maxPropertySize = 64 << 10
	maxProperties   = 100 // of one resource
)

// A propertyKey names a resource that has properties.
type propertyKey struct{ client, part, item string }

// key gives the key of a target; false if it has none that can be set.
func (t *target) key() (propertyKey, bool) {
	switch t.kind {
	case kindPrincipal, kindHome:
		return propertyKey{part: t.home}, true
	case kindCollection:
		return propertyKey{client: t.coll.Client, part: t.coll.classes()}, true
	case kindItem:
		return propertyKey{client: t.coll.Client, part: string(t.coll.Class), item: t.name}, true
	case kindFile:
		return propertyKey{part: homeFiles, item: t.name}, true
	}
	return propertyKey{}, false
}

// A property is one that the server keeps without knowing what it means; with an empty value it is to be removed.
type property struct {
	Name  davxml.Name
	Value string
}

// propertyRow is one row of dav_properties.
type propertyRow struct {
	Owner  string `gorm:"column:owner_id;primaryKey"`
	Client string `gorm:"column:client_id;primaryKey"`
	Part   string `gorm:"column:part;primaryKey"`
	Item   string `gorm:"column:item;primaryKey"`
	Space  string `gorm:"column:space;primaryKey"`
	Local  string `gorm:"column:local;primaryKey"`
	Value  string `gorm:"column:value"`
}

// TableName names the table for gorm.
func (propertyRow) TableName() string { return "dav_properties" }

// kept gives the kept properties of a target. Those of a collection and all its items are read at once.
func (c *call) kept(t *target) ([]property, error) {
	k, ok := t.key()
	if !ok {
		return nil, nil
	}
	if t.coll == nil {
		all, err := c.readProperties(c.ctx, k)
		return all[k.item], err
	}
	if t.coll.props == nil {
		all, err := c.readProperties(c.ctx, k)
		if err != nil {
			return nil, err
		}
		t.coll.props = all
	}
	return t.coll.props[k.item], nil
}

func (c *call) readProperties(ctx context.Context, k propertyKey) (map[string][]property, error) {
	var rows []propertyRow
	err := c.o.Store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where("owner_id = ? AND client_id = ? AND part = ?", c.user.Owner, k.client, k.part).Order("item, space, local").Find(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("read properties: %w", err)
	}
	all := make(map[string][]property)
	for _, r := range rows {
		all[r.Item] = append(all[r.Item], property{davxml.Name{Space: r.Space, Local: r.Local}, r.Value})
	}
	return all, nil
}

// setProperties sets and removes properties in order.
func (c *call) setProperties(ctx context.Context, k propertyKey, list []property) error {
	if len(list) == 0 {
		return nil
	}
	return c.o.Store.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		of := func() *gorm.DB {
			return tx.Model(&propertyRow{}).Where("owner_id = ? AND client_id = ? AND part = ? AND item = ?", c.user.Owner, k.client, k.part, k.item)
		}
		for _, p := range list {
			var err error
			if p.Value == "" {
				err = of().Where("space = ? AND local = ?", p.Name.Space, p.Name.Local).Delete(&propertyRow{}).Error
			} else {
				row := propertyRow{c.user.Owner, k.client, k.part, k.item, p.Name.Space, p.Name.Local, p.Value}
				err = tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error
			}
			if err != nil {
				return fmt.Errorf("write properties: %w", err)
			}
		}
		var n int64
		if err := of().Count(&n).Error; err != nil {
			return fmt.Errorf("write properties: %w", err)
		}
		if n > maxProperties {
			return refuse(http.StatusInsufficientStorage, davxml.DAV, "quota-not-exceeded")
		}
		return nil
	})
}

// dropProperties forgets those of an item: another one may get its name.
func (c *call) dropProperties(ctx context.Context, k propertyKey) error {
	return c.o.Store.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		return tx.Where("owner_id = ? AND client_id = ? AND part = ? AND item = ?", c.user.Owner, k.client, k.part, k.item).Delete(&propertyRow{}).Error
	})
}

// patched checks the steps of PROPPATCH, MKCOL or MKCALENDAR: what is to be kept, and what is refused with which status.
func patched(steps []davxml.Patch) (keep []property, refused map[davxml.Name]*fault) {
	refused = make(map[davxml.Name]*fault)
	for _, s := range steps {
		p := property{Name: s.Name}
		live, known := liveProps[s.Name]
		switch {
		case known && !live.settable:
			refused[s.Name] = refuse(http.StatusForbidden, davxml.DAV, "cannot-modify-protected-property")
			continue
		case s.Name == cal("calendar-timezone") && s.Value != nil && s.Value.Text() != "" && !davitem.IsZone(s.Value.Text()):
			refused[s.Name] = refuse(http.StatusForbidden, davxml.CalDAV, "valid-calendar-data")
			continue
		case s.Name == cal("calendar-timezone-id") && s.Value != nil && !zoneNamed(s.Value.Text()):
			refused[s.Name] = refuse(http.StatusForbidden, davxml.CalDAV, "valid-timezone")
			continue
		case s.Value != nil:
			p.Value = davxml.Inner(s.Value)
		}
		if len(p.Value) > maxPropertySize || len(p.Name.Local)+len(p.Name.Space) > 1024 {
			refused[s.Name] = &fault{status: http.StatusInsufficientStorage}
			continue
		}
		keep = append(keep, p)
	}
	return keep, refused
}

// zoneNamed reports whether a time zone can be named like that; nothing names none.
func zoneNamed(name string) bool {
	_, ok := davitem.NamedZone(name)
	return ok || name == ""
}

// proppatch sets and removes properties: all or none (RFC 4918 section 9.2).
func (c *call) proppatch(t *target) error {
	if err := c.there(t); err != nil {
		return err
	}
	root, err := c.body()
	if err != nil {
		return err
	}
	steps, err := davxml.ParsePropPatch(root, "propertyupdate")
	if err != nil {
		return err
	}
	k, settable := t.key()
	if !settable {
		return &fault{status: http.StatusForbidden, text: "this resource keeps no properties"}
	}
	keep, refused := patched(steps)
	if len(refused) == 0 {
		if err := c.setProperties(c.ctx, k, keep); err != nil {
			return err
		}
		if c.prefer("return=minimal") { // RFC 8144 section 2.1
			c.w.Header().Set("Content-Length", "0")
			c.w.WriteHeader(http.StatusOK)
			return nil
		}
	}
	w, end := c.xml(http.StatusMultiStatus)
	x := davxml.Multistatus(w)
	x.Response(c.href(t), patchStats(steps, refused)...)
	return c.finish(x, end)
}

// patchStats says of each property what became of it.
func patchStats(steps []davxml.Patch, refused map[davxml.Name]*fault) []davxml.PropStat {
	var out []davxml.PropStat
	others := davxml.PropStat{Status: http.StatusOK}
	if len(refused) > 0 {
		others.Status = http.StatusFailedDependency
	}
	seen := make(map[davxml.Name]bool)
	for _, s := range steps {
		if seen[s.Name] {
			continue
		}
		seen[s.Name] = true
		if f := refused[s.Name]; f != nil {
			out = append(out, davxml.PropStat{Status: f.status, Props: []*xmltree.Element{s.Name.New()}, Error: f.condition})
		} else {
			others.Props = append(others.Props, s.Name.New())
		}
	}
	return append(out, others)
}
