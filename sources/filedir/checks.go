package filedir

import (
	"context"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// Checks are those of what is known of all folders (docs/doctor.md). They do not look into the folders themselves.
func Checks() []sqlstore.Check {
	return []sqlstore.Check{{
		Name: "folder-damaged", Means: "What is known of a folder cannot be read, or is ahead of it: it is not synchronised, or changes in it are not seen.",
		Do: "Write a backup and report it.", Find: damaged,
	}}
}

// damaged looks through the listings of all owners, one after the other.
func damaged(ctx context.Context, s *sqlstore.Store) (list []sqlstore.Finding, err error) {
	err = s.View(ctx, func(_ context.Context, db *gorm.DB) error {
		var rows []folderRow
		if err := db.Order("owner_id, client_id").Find(&rows).Error; err != nil {
			return err
		}
		for _, row := range rows {
			what, err := fault(db, row)
			if err != nil {
				return err
			}
			if what != "" && len(list) < sqlstore.MostFindings {
				list = append(list, sqlstore.Finding{Owner: row.Owner, What: "folder " + row.Client + ": " + what})
			}
		}
		return nil
	})
	return list, err
}

// fault says what is wrong with what is known of one folder, "" for nothing.
func fault(db *gorm.DB, row folderRow) (string, error) {
	var pages []pageRow
	var adds []addsRow
	mine := ofClient(db, clientKey{row.Owner, row.Client}).Session(&gorm.Session{})
	if err := mine.Order("page").Find(&pages).Error; err != nil {
		return "", err
	}
	if err := mine.Order("id").Find(&adds).Error; err != nil {
		return "", err
	}
	under, unread := unpackAdds(adds)
	if unread != nil {
		return "the files that were being made cannot be read", nil
	}
	l, unread := newListing(row, pages, under)
	if unread != nil {
		return "its listing cannot be read", nil
	}
	for _, e := range l.slots {
		if e != nil && max(e.changed, e.created, e.died) > row.Counter {
			return "a file was changed under a number that the folder has not reached", nil
		}
	}
	return "", nil
}
