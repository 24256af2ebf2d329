package face

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/dataclass/stream"
	"github.com/bindery-sync/bindery/sources/dav/davitem"
)

// getWhole answers GET of an address book or a calendar: all items in one file, as clients are sent them, for programs that
// know nothing but files at an address. The entity tag is that of the collection: who asks again where nothing changed gets
// no file. It is made before the first byte is sent, so that nobody takes half a file for all. RFC 4918 section 9.4 leaves
// open what a collection gives.
func (c *call) getWhole(t *target) error {
	if t.coll == nil {
		return errNotFound
	}
	token, err := c.syncToken(t.coll)
	if err != nil {
		return err
	}
	format, kind, ending := dataclass.ICalendar20, "text/calendar", ".ics"
	if t.home == homeBooks {
		format, kind, ending = dataclass.VCard30, "text/vcard", ".vcf"
	}
	h, tag := c.w.Header(), `"`+token+`"`
	h["ETag"] = []string{tag}
	h.Set("Cache-Control", "private, no-cache")
	if inm := c.r.Header.Get("If-None-Match"); inm == "*" || hasTag(inm, tag) {
		c.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", kind+"; charset=utf-8")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": t.name + ending}))
	h.Set("X-Content-Type-Options", "nosniff")
	if c.r.Method == http.MethodHead {
		return nil
	}
	file, err := tempFile()
	if err != nil {
		return err
	}
	defer drop(file)
	left, err := c.writeWhole(file, t.coll, format)
	if err != nil {
		return err
	}
	size, err := file.Seek(0, io.SeekCurrent)
	if err == nil && size == 0 && t.home == homeCalendars { // programs do not take nothing for a calendar
		var n int
		n, err = io.WriteString(file, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Bindery//EN\r\nEND:VCALENDAR\r\n")
		size = int64(n)
	}
	if err != nil {
		return fmt.Errorf("a file of all items: %w", err)
	}
	if left > 0 {
		h.Set("Bindery-Left-Out", strconv.Itoa(left))
	}
	h.Set("Content-Length", strconv.FormatInt(size, 10))
	c.w.WriteHeader(http.StatusOK)
	_, _ = io.Copy(c.out, io.NewSectionReader(file, 0, size)) // a client that hung up wants no answer
	return nil
}

// writeWhole writes all items of a collection into a file of a format, and gives the number of those that nobody can read.
func (c *call) writeWhole(w io.Writer, l *collection, format dataclass.Format) (left int, err error) {
	end := &ending{w: w}
	out := stream.NewWriter(end, format)
	for _, p := range l.each() {
		err := c.every(p, func(t *target) error {
			data, _ := t.sent(davitem.Form{})
			item, err := dataclass.Decode(p.Class, dataclass.Body{Type: format.String(), Data: data})
			if err == nil {
				err = out.Write(item)
			}
			if err != nil {
				left++
			}
			return end.err
		})
		if err != nil {
			return left, fmt.Errorf("a file of all items: %w", err)
		}
	}
	if err := out.Close(); err != nil {
		return left, fmt.Errorf("a file of all items: %w", err)
	}
	return left, nil
}

// An ending remembers the error at which a writer ended.
type ending struct {
	w   io.Writer
	err error
}

// Write implements io.Writer.
func (e *ending) Write(p []byte) (int, error) {
	n, err := e.w.Write(p)
	e.err = err
	return n, err
}
