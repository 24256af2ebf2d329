package face

import (
	"context"
	"fmt"
	"strconv"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/sources/dav/davxml"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// usedBytes gives how many bytes the plain files of the user have in all. It asks once for each request.
func (c *call) usedBytes() (int64, error) {
	if c.used != nil {
		return *c.used, nil
	}
	var n int64
	err := c.o.Store.View(c.ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Model(&fileRow{}).Where("owner_id = ?", c.user.Owner).Select("COALESCE(SUM(LENGTH(body)), 0)").Scan(&n).Error
	})
	if err != nil {
		return 0, fmt.Errorf("count the bytes of files: %w", err)
	}
	c.used = &n
	return n, nil
}

// quota gives a property of RFC 4331 of folders of plain files: they are the only ones whose room has a bound of its own.
func quota(n davxml.Name, of func(used int64) int64) func(*call, *target) (*xmltree.Element, error) {
	return func(c *call, t *target) (*xmltree.Element, error) {
		if !t.file.Folder {
			return nil, nil
		}
		used, err := c.usedBytes()
		if err != nil {
			return nil, err
		}
		return n.Text(strconv.FormatInt(of(used), 10)), nil
	}
}

func usedRoom(used int64) int64 { return used }

func roomLeft(used int64) int64 { return max(0, maxFileBytes-used) }
