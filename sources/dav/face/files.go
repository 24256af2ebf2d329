package face

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/bindery-sync/bindery/sources/dav/davxml"
)

// Besides address books and calendars an account has a little room for plain files, as WebDAV has them (RFC 4918): for
// programs that keep their settings there. No dataclass knows of them.

// Bounds of the plain files of an account.
const (
	maxFile      = 1 << 20
	maxFileBytes = 16 << 20
	maxFiles     = 2000
)

// homeFiles is how paths name the plain files.
const homeFiles = "files"

// fileRow is one row of dav_files: a file, or a folder, whose path has no slash at its end.
type fileRow struct {
	Owner   string `gorm:"column:owner_id;primaryKey"`
	Path    string `gorm:"column:path;primaryKey"`
	Folder  bool   `gorm:"column:folder"`
	Type    string `gorm:"column:type"`
	Changed int64  `gorm:"column:changed_at"` // Unix milliseconds
	Made    int64  `gorm:"column:created_at"` // the same; 0 if that is not known
	Body    []byte `gorm:"column:body"`
}

// TableName names the table for gorm.
func (fileRow) TableName() string { return "dav_files" }

func (f *fileRow) tag() string {
	sum := sha256.Sum256(f.Body)
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}

// parent gives the path of the folder that a path is in; "" for the outermost one.
func parent(path string) string {
	i := strings.LastIndexByte(path, '/')
	return path[:max(i, 0)]
}

// filesIn narrows a query to what is below a folder; with self it is in it as well.
func (c *call) filesIn(db *gorm.DB, path string, self bool) *gorm.DB {
	q := db.Model(&fileRow{}).Where("owner_id = ?", c.user.Owner)
	switch {
	case path == "":
		return q
	case self:
		return q.Where("(path = ? OR path > ? AND path < ?)", path, path+"/", path+"0")
	}
	return q.Where("path > ? AND path < ?", path+"/", path+"0")
}

// file reads what is at a path: nil for nothing. The outermost folder is always there.
func (c *call) file(ctx context.Context, path string) (*fileRow, error) {
	if path == "" {
		return &fileRow{Folder: true}, nil
	}
	var row fileRow
	err := c.o.Store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where("owner_id = ? AND path = ?", c.user.Owner, path).Take(&row).Error
	})
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read a file: %w", err)
	}
	return &row, nil
}

// filePlace finds out what the parts of a path below the user's files mean.
func (c *call) filePlace(parts []string) (*target, error) {
	for _, p := range parts {
		if !goodName(p) || strings.Contains(p, "/") {
			return nil, &fault{status: http.StatusForbidden, text: "this cannot be the name of a file"}
		}
	}
	t := &target{kind: kindFile, home: homeFiles, name: strings.Join(parts, "/")}
	if len(t.name) > 1024 {
		return nil, &fault{status: http.StatusRequestURITooLong, text: "this address is too long"}
	}
	var err error
	t.file, err = c.file(c.ctx, t.name)
	return t, err
}

// room returns a refusal unless a new resource can be at a path: its folder is there, and not too much is in it.
func (c *call) room(ctx context.Context, tx *gorm.DB, path string, size int) error {
	up, err := c.file(ctx, parent(path))
	if err != nil {
		return err
	}
	if up == nil || !up.Folder {
		return errNoParent
	}
	var used struct{ N, Size int64 }
	err = tx.Model(&fileRow{}).Where("owner_id = ?", c.user.Owner).Select("COUNT(*) AS n, COALESCE(SUM(LENGTH(body)), 0) AS size").Scan(&used).Error
	if err == nil && (used.N >= maxFiles || used.Size+int64(size) > maxFileBytes) {
		err = refuse(http.StatusInsufficientStorage, davxml.DAV, "quota-not-exceeded")
	}
	return err
}

// getFile answers GET and HEAD of a file.
func (c *call) getFile(t *target) error {
	if t.file == nil {
		return errNotFound
	}
	h := c.w.Header()
	if t.file.Folder {
		h.Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(c.w, "This is a folder.\n") // a client that hung up wants no answer
		return nil
	}
	tag := t.file.tag()
	h["ETag"] = []string{tag}
	h.Set("Content-Type", t.file.Type)
	h.Set("Content-Disposition", "attachment") // a browser shall not take it for a page of ours
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Last-Modified", time.UnixMilli(t.file.Changed).UTC().Format(http.TimeFormat))
	if inm := c.r.Header.Get("If-None-Match"); inm != "" && (inm == "*" || hasTag(inm, tag)) {
		c.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Length", strconv.Itoa(len(t.file.Body)))
	if c.r.Method != http.MethodHead {
		_, _ = c.w.Write(t.file.Body) // a client that hung up wants no answer
	}
	return nil
}

// fileCondition returns a 412 unless If-Match and If-None-Match are met.
func (c *call) fileCondition(f *fileRow) error {
	im, inm := c.r.Header.Get("If-Match"), c.r.Header.Get("If-None-Match")
	there := f != nil && !f.Folder
	switch {
	case im != "" && (!there || im != "*" && !hasTag(im, f.tag())), inm != "" && there && (inm == "*" || hasTag(inm, f.tag())):
		return errCondition
	}
	return nil
}

func (c *call) putFile(t *target) error {
	if strings.HasSuffix(c.r.URL.Path, "/") || t.name == "" {
		return errNotHere
	}
	data, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, maxFile))
	if err != nil {
		return cutOff(err)
	}
	kind, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || len(kind) > 100 {
		kind = "application/octet-stream"
	}
	row := fileRow{Owner: c.user.Owner, Path: t.name, Type: kind, Changed: time.Now().UnixMilli(), Body: data}
	made := false
	err = c.o.Store.Update(c.ctx, func(ctx context.Context, tx *gorm.DB) error {
		old, err := c.file(ctx, t.name)
		if err != nil {
			return err
		}
		if old != nil && old.Folder {
			return errNotHere
		}
		if err := errors.Join(c.fileCondition(old), c.room(ctx, tx, t.name, len(data))); err != nil {
			return err
		}
		if made = old == nil; made {
			row.Made = row.Changed
		} else {
			row.Made = old.Made
		}
		return tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error
	})
	if err != nil {
		return err
	}
	c.w.Header()["ETag"] = []string{row.tag()}
	return c.done(made)
}

// done answers a write: something was made, or changed.
func (c *call) done(made bool) error {
	status := http.StatusNoContent
	if made {
		status = http.StatusCreated
		c.w.Header().Set("Content-Length", "0")
	}
	c.w.WriteHeader(status)
	return nil
}

// deleteFile removes a file, or a folder with all that is in it. An address with a fragment names nothing.
func (c *call) deleteFile(t *target) error {
	switch {
	case t.name == "":
		return &fault{status: http.StatusForbidden, text: "this cannot be deleted"}
	case t.file == nil:
		return errNotFound
	}
	err := c.o.Store.Update(c.ctx, func(ctx context.Context, tx *gorm.DB) error {
		if err := c.fileCondition(t.file); err != nil && !t.file.Folder {
			return err
		}
		return c.dropFiles(ctx, tx, t.name)
	})
	if err != nil {
		return err
	}
	return c.done(false)
}

// dropFiles removes what is at a path and below it, with its properties.
func (c *call) dropFiles(ctx context.Context, tx *gorm.DB, path string) error {
	var paths []string
	if err := c.filesIn(tx, path, true).Pluck("path", &paths).Error; err != nil {
		return err
	}
	for _, p := range paths {
		if err := c.dropProperties(ctx, propertyKey{part: homeFiles, item: p}); err != nil {
			return err
		}
	}
	return c.filesIn(tx, path, true).Delete(&fileRow{}).Error
}

func (c *call) makeFolder(t *target) error {
	body, err := io.ReadAll(io.LimitReader(c.r.Body, 1))
	switch {
	case err != nil:
		return cutOff(err)
	case len(body) > 0:
		return &fault{status: http.StatusUnsupportedMediaType, text: "a folder is made without a body"}
	case t.file != nil:
		return errNotHere
	}
	err = c.o.Store.Update(c.ctx, func(ctx context.Context, tx *gorm.DB) error {
		if err := c.room(ctx, tx, t.name, 0); err != nil {
			return err
		}
		now := time.Now().UnixMilli()
		return tx.Create(&fileRow{Owner: c.user.Owner, Path: t.name, Folder: true, Changed: now, Made: now, Body: []byte{}}).Error
	})
	if err != nil {
		return err
	}
	return c.done(true)
}

// filesInside tells about what is directly in a folder.
func (p *printer) filesInside(t *target) {
	var rows []*fileRow
	err := p.o.Store.View(p.ctx, func(_ context.Context, db *gorm.DB) error {
		return p.filesIn(db, t.name, false).Order("path").Find(&rows).Error
	})
	p.err = errors.Join(p.err, err)
	for _, r := range rows {
		if parent(r.Path) == t.name {
			p.resource(&target{kind: kindFile, home: homeFiles, name: r.Path, file: r})
		}
	}
}
