package filedir

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/bindery-sync/bindery/sources"
)

// folderRow stands for one client. Counter is the number of its last change; cursors below floor, or of
// another epoch, are lost.
type folderRow struct {
	Owner    string `gorm:"column:owner_id;primaryKey"`
	Client   string `gorm:"column:client_id;primaryKey"`
	Path     string `gorm:"column:path"`
	Version  int64  `gorm:"column:version"`
	Epoch    string `gorm:"column:epoch"`
	Counter  int64  `gorm:"column:counter"`
	Floor    int64  `gorm:"column:floor"`
	Inode    int64  `gorm:"column:inode"`
	Verified int64  `gorm:"column:verified"`
}

// TableName names the table for gorm.
func (folderRow) TableName() string { return "filedir_folders" }

// pageRow holds entries of a listing.
type pageRow struct {
	Owner  string `gorm:"column:owner_id;primaryKey"`
	Client string `gorm:"column:client_id;primaryKey"`
	Page   int    `gorm:"column:page;primaryKey"`
	Body   []byte `gorm:"column:body"`
}

// TableName names the table for gorm.
func (pageRow) TableName() string { return "filedir_pages" }

// addsRow holds Adds that are under way. Of two that have one key the later row counts.
type addsRow struct {
	ID     int64  `gorm:"column:id;primaryKey"`
	Owner  string `gorm:"column:owner_id"`
	Client string `gorm:"column:client_id"`
	Body   []byte `gorm:"column:body"`
}

// TableName names the table for gorm.
func (addsRow) TableName() string { return "filedir_adds" }

// An add is an Add that is under way: which key is about to make which file, with what content.
type add struct {
	key, name, origin string
	hash              hash
}

func packAdds(list []add) []byte {
	b := make([]byte, 0, len(list)*160)
	for _, a := range list {
		b = appendString(appendString(appendString(b, a.key), a.name), a.origin)
		b = append(b, a.hash[:]...)
	}
	return b
}

func unpackAdds(rows []addsRow) ([]add, error) {
	var list []add
	at := map[string]int{}
	for _, row := range rows {
		for r := (pageReader{b: row.Body}); len(r.b) > 0; {
			a := add{key: r.string(), name: r.string(), origin: r.string()}
			copy(a.hash[:], r.bytes(len(a.hash)))
			if r.bad {
				return nil, errPage
			}
			if i, ok := at[a.key]; ok {
				list[i] = a
				continue
			}
			at[a.key] = len(list)
			list = append(list, a)
		}
	}
	return list, nil
}

// ofClient narrows a query to one client. Every query of this room but that by path starts here.
func ofClient(db *gorm.DB, k clientKey) *gorm.DB {
	return db.Where("owner_id = ? AND client_id = ?", k.owner, k.id)
}

// Register notes which folder a client stands for. Path should be absolute and free of symbolic links: it
// is what Find compares. It returns an error if the owner has a client for that folder, or a folder for
// that client. Given the context of an Update it joins that transaction.
func (f *Folders) Register(ctx context.Context, owner, client, path string) error {
	row := folderRow{Owner: owner, Client: client, Path: path}
	err := f.store.Update(ctx, func(_ context.Context, tx *gorm.DB) error { return tx.Create(&row).Error })
	if err != nil {
		return fmt.Errorf("register folder: %w", err)
	}
	return nil
}

// Enrol makes a client for a folder: create registers it and gives its id, in the same transaction.
func (f *Folders) Enrol(ctx context.Context, owner, path string, create func(ctx context.Context) (string, error)) (client string, err error) {
	err = f.store.Update(ctx, func(ctx context.Context, _ *gorm.DB) (err error) {
		if client, err = create(ctx); err != nil {
			return err
		}
		return f.Register(ctx, owner, client, path)
	})
	return client, err
}

// Find gives the owner's client for a folder, or an ErrUnknown.
func (f *Folders) Find(ctx context.Context, owner, path string) (string, error) {
	row := folderRow{}
	err := f.store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where("owner_id = ? AND path = ?", owner, path).Take(&row).Error
	})
	return row.Client, missing(err)
}

// Path gives the folder that a client stands for, or an ErrUnknown.
func (f *Folders) Path(ctx context.Context, owner, client string) (string, error) {
	return f.path(ctx, clientKey{owner, client})
}

func (f *Folders) path(ctx context.Context, k clientKey) (string, error) {
	row := folderRow{}
	err := f.store.View(ctx, func(_ context.Context, db *gorm.DB) error { return ofClient(db, k).Take(&row).Error })
	return row.Path, missing(err)
}

// version tells how often the listing of a client was stored.
func (f *Folders) version(ctx context.Context, k clientKey) (int64, error) {
	row := folderRow{}
	err := f.store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return ofClient(db, k).Select("version").Take(&row).Error
	})
	return row.Version, missing(err)
}

func missing(err error) error {
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return ErrUnknown
	case err != nil:
		return fmt.Errorf("find folder: %w", err)
	}
	return nil
}

// load reads the listing of a client.
func (f *Folders) load(ctx context.Context, k clientKey) (*listing, error) {
	var row folderRow
	var pages []pageRow
	var rows []addsRow
	err := f.store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		if err := ofClient(db, k).Take(&row).Error; err != nil {
			return err
		}
		if err := ofClient(db, k).Order("page").Find(&pages).Error; err != nil {
			return err
		}
		return ofClient(db, k).Order("id").Find(&rows).Error
	})
	if err := missing(err); err != nil {
		return nil, err
	}
	adds, err := unpackAdds(rows)
	if err != nil {
		return nil, err
	}
	return newListing(row, pages, adds)
}

// save writes what changed of a listing. It returns sources.ErrBusy if another session wrote since: only
// where folders cannot be locked.
func (f *Folders) save(ctx context.Context, l *listing) error {
	k := clientKey{l.row.Owner, l.row.Client}
	err := f.store.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		res := ofClient(tx.Model(&folderRow{}), k).Where("version = ?", l.row.Version).Updates(map[string]any{
			"version": l.row.Version + 1, "epoch": l.row.Epoch, "counter": l.row.Counter, "floor": l.row.Floor,
			"inode": l.row.Inode, "verified": l.row.Verified,
		})
		switch {
		case res.Error != nil:
			return res.Error
		case res.RowsAffected == 0:
			return fmt.Errorf("the folder is in use: %w", sources.ErrBusy)
		}
		for _, n := range l.dirtyPages() {
			row := pageRow{Owner: k.owner, Client: k.id, Page: n, Body: l.page(n)}
			if err := tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error; err != nil {
				return err
			}
		}
		if len(l.adds) == 0 {
			return nil
		}
		return ofClient(tx, k).Delete(&addsRow{}).Error
	})
	if err != nil {
		return fmt.Errorf("store listing: %w", err)
	}
	l.row.Version++
	l.dirty, l.moved, l.adds = map[int]bool{}, false, nil
	return nil
}

// reserve notes Adds that are about to be carried out.
func (f *Folders) reserve(ctx context.Context, l *listing, list []add) error {
	row := addsRow{Owner: l.row.Owner, Client: l.row.Client, Body: packAdds(list)}
	err := f.store.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		row.ID = 0
		return tx.Create(&row).Error
	})
	if err != nil {
		return fmt.Errorf("reserve names: %w", err)
	}
	l.adds = append(l.adds, list...)
	return nil
}
