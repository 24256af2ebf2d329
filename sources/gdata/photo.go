package gdata

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// errPhoto means that a picture could not be read. Its contact is not shown without it: that would look as if its user
// had removed it.
var errPhoto = errors.New("a picture cannot be read")

// errPhotoUnread means that the server fails to give one picture. Its contact is shown all the same, and what was known of the
// picture stays.
var errPhotoUnread = fmt.Errorf("%w for the moment", errPhoto)

// maxUnread is how many pictures a session asks for that cannot be read; only the first is asked for more than once.
const maxUnread = 5

// withPhoto puts the picture of a contact into its card.
func (s *session) withPhoto(ctx context.Context, it *dataclass.Item, e *xmltree.Element) error {
	p, ok := entry.PhotoOf(e)
	if !ok || p.ETag == "" {
		return nil
	}
	a, err := s.photo(ctx, p)
	if err != nil || a == nil {
		return err
	}
	c, err := dataclass.AsContact(it)
	if err != nil {
		return err
	}
	kind, _, _ := strings.Cut(a.header.Get("Content-Type"), ";")
	if !strings.HasPrefix(kind, "image/") {
		kind = http.DetectContentType(a.body)
	}
	if !strings.HasPrefix(kind, "image/") {
		kind = "image/jpeg"
	}
	c.SetPhoto(a.body, kind)
	s.know(p, a.body)
	return nil
}

// photo reads a picture; nil if there is none after all.
func (s *session) photo(ctx context.Context, p entry.Photo) (*answer, error) {
	if s.unread >= maxUnread {
		return nil, errPhotoUnread
	}
	a, err := s.wire.do(ctx, request{method: http.MethodGet, address: p.Href, hasty: s.unread > 0})
	if errors.Is(err, sources.ErrGone) { // its entry has it: without it, it would seem to have been removed
		if err := s.g.o.Wait(ctx, firstPause); err != nil {
			return nil, err
		}
		a, err = s.wire.do(ctx, request{method: http.MethodGet, address: p.Href})
	}
	switch {
	case errors.Is(err, sources.ErrGone):
		return nil, nil
	case failing(err):
		s.unread++
		s.g.o.Log.WarnContext(ctx, "a picture cannot be read", "client", s.client.id, "error", err)
		return nil, errPhotoUnread
	case err != nil:
		return nil, fmt.Errorf("%w: %w", errPhoto, err)
	case len(a.body) > s.g.o.MaxItemSize:
		return nil, fmt.Errorf("%w: it has more than %d bytes", dataclass.ErrTooBig, s.g.o.MaxItemSize)
	case len(a.body) == 0:
		return nil, nil
	}
	return a, nil
}

// know notes what a picture is, to tell later whether it is to be written.
func (s *session) know(p entry.Photo, data []byte) {
	if s.pictures == nil {
		s.pictures = make(map[string]string)
	}
	s.pictures[shortHash([]byte(p.Href+" "+p.ETag))] = shortHash(data)
}

// writePhoto makes the picture of a contact what the card has. It reports whether it wrote. A server that takes no pictures,
// or not this one, is left without: the contact is written all the same.
func (s *session) writePhoto(ctx context.Context, it *dataclass.Item, e *xmltree.Element) (bool, error) {
	if needs, err := s.needsPhoto(ctx, it, e); err != nil || !needs {
		return false, err
	}
	c, err := dataclass.AsContact(it)
	if err != nil {
		return false, err
	}
	p, _ := entry.PhotoOf(e)
	data, kind := c.Photo()
	r := request{method: http.MethodPut, address: p.Href, body: data, contentType: "image/" + strings.ToLower(kind), ifMatch: condition(p.ETag)}
	if kind == "" {
		r.contentType = http.DetectContentType(data)
	}
	if len(data) == 0 {
		r = request{method: http.MethodDelete, address: p.Href, ifMatch: condition(p.ETag)}
	}
	_, err = s.wire.do(ctx, r)
	var st *statusError
	if refused(err) && errors.As(err, &st) && st.status != http.StatusUnauthorized && !st.limited() {
		s.g.o.Log.InfoContext(ctx, "the server does not take a picture", "client", s.client.id, "status", st.status)
		return false, nil
	}
	return err == nil, err
}

// needsPhoto reports whether the picture of a contact is to be written, or deleted, so that it is what the card has.
func (s *session) needsPhoto(ctx context.Context, it *dataclass.Item, e *xmltree.Element) (bool, error) {
	c, err := dataclass.AsContact(it)
	if err != nil {
		return false, err
	}
	p, ok := entry.PhotoOf(e)
	data, _ := c.Photo()
	if !ok || len(data) == 0 && (p.ETag == "" || c.PhotoURL() != "") {
		return false, nil
	}
	same, err := s.samePhoto(ctx, p, data)
	return err == nil && !same, err
}

// samePhoto reports whether a picture is what it is to be.
func (s *session) samePhoto(ctx context.Context, p entry.Photo, data []byte) (bool, error) {
	if p.ETag == "" || len(data) == 0 {
		return false, nil
	}
	if known, ok := s.pictures[shortHash([]byte(p.Href+" "+p.ETag))]; ok {
		return known == shortHash(data), nil
	}
	a, err := s.photo(ctx, p)
	if err != nil || a == nil {
		return false, err
	}
	s.know(p, a.body)
	return bytes.Equal(a.body, data), nil
}

// shows names what the server was seen to have of what a job wrote, beside what it keeps in any case: its picture.
func (s *session) shows(j *job) string {
	if s.class != dataclass.Contacts || !hasPhoto(j.it) {
		return ""
	}
	c, err := dataclass.AsContact(j.it)
	p, _ := entry.PhotoOf(j.now.master)
	if err != nil || p.ETag == "" {
		return ""
	}
	data, _ := c.Photo()
	if !j.reread && s.pictures[shortHash([]byte(p.Href+" "+p.ETag))] != shortHash(data) {
		return ""
	}
	return "PHOTO"
}

// failing reports whether an error is that the server fails, and no refusal and no dead line.
func failing(err error) bool {
	var st *statusError
	return errors.As(err, &st) && st.status >= http.StatusInternalServerError
}

// waits makes an error one of the moment, which a later sync may not meet.
func waits(err error) error { return fmt.Errorf("%w: %w", sources.ErrBusy, err) }
