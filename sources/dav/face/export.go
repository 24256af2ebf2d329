package face

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// Made tells which datastore clients of an owner were made by DAV: each stands for one collection. Given the context of an
// Update it looks into that transaction.
func Made(ctx context.Context, store *sqlstore.Store, owner string) (map[string]bool, error) {
	var ids []string
	err := store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Model(&collectionRow{}).Where("owner_id = ?", owner).Pluck("client_id", &ids).Error
	})
	if err != nil {
		return nil, fmt.Errorf("list collections: %w", err)
	}
	made := make(map[string]bool)
	for _, id := range ids {
		made[id] = true
	}
	return made, nil
}

// What an export says of collections and properties.
type (
	exported struct {
		Collections []exportedCollection `json:"collections"`
		Properties  []exportedProperty   `json:"properties"`
	}
	exportedCollection struct {
		Home   string `json:"home"`
		Name   string `json:"name"`
		Client string `json:"client"`
		Class  string `json:"dataclass"`
	}
	exportedProperty struct {
		Client string `json:"client,omitempty"`
		// Of is the dataclass, or the home or principal that has the property.
		Of    string `json:"of"`
		Item  string `json:"item,omitempty"`
		Space string `json:"namespace"`
		Local string `json:"name"`
		XML   string `json:"xml"`
	}
)

// Export gives what an owner has here besides the items: the plain files in the folder "files", and in dav.json which
// collections there are and all kept properties. It reads one file at a time.
func Export(ctx context.Context, store *sqlstore.Store, owner string, add func(name string, at time.Time, data []byte) error) error {
	var files []fileRow
	var made []collectionRow
	var kept []propertyRow
	err := store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		of := func() *gorm.DB { return db.Where("owner_id = ?", owner) }
		if err := of().Order("home, name").Find(&made).Error; err != nil {
			return err
		}
		if err := of().Order("client_id, part, item, space, local").Find(&kept).Error; err != nil {
			return err
		}
		return of().Select("path, folder, changed_at").Order("path").Find(&files).Error
	})
	if err != nil {
		return fmt.Errorf("export what DAV keeps: %w", err)
	}
	out := exported{Collections: []exportedCollection{}, Properties: []exportedProperty{}}
	for _, r := range made {
		out.Collections = append(out.Collections, exportedCollection{r.Home, r.Name, r.Client, r.Class})
	}
	for _, r := range kept {
		out.Properties = append(out.Properties, exportedProperty{r.Client, r.Part, r.Item, r.Space, r.Local, r.Value})
	}
	data, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return fmt.Errorf("export what DAV keeps: %w", err)
	}
	if err := add("dav.json", time.Time{}, append(data, '\n')); err != nil {
		return err
	}
	for _, f := range files {
		if err := exportFile(ctx, store, owner, f, add); err != nil {
			return err
		}
	}
	return nil
}

// exportFile gives one plain file, or a folder.
func exportFile(ctx context.Context, store *sqlstore.Store, owner string, f fileRow, add func(string, time.Time, []byte) error) error {
	name, at := homeFiles+"/"+f.Path, time.UnixMilli(f.Changed)
	if f.Folder {
		return add(name+"/", at, nil)
	}
	var rows []fileRow
	err := store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where("owner_id = ? AND path = ?", owner, f.Path).Limit(1).Find(&rows).Error
	})
	if err != nil || len(rows) == 0 { // deleted since
		return err
	}
	return add(name, at, rows[0].Body)
}
