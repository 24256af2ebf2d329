package face

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
)

// photo answers for the picture of a contact.
func (c *call) photo(ctx context.Context) error {
	s, err := c.contacts(ctx)
	if err != nil {
		return err
	}
	switch c.method {
	case http.MethodGet, http.MethodHead:
		return c.getPhoto(ctx, s)
	case http.MethodPut:
		data, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, maxPhoto))
		if err != nil {
			return err
		}
		media := http.DetectContentType(data)
		if !strings.HasPrefix(media, "image/") {
			return fault{status: http.StatusUnsupportedMediaType, code: "contentTypeNotAllowed", text: "The body is no picture that the server knows."}
		}
		return c.putPhoto(ctx, s, data, strings.TrimPrefix(media, "image/"))
	case http.MethodDelete:
		return c.putPhoto(ctx, s, nil, "")
	}
	return c.only("GET, HEAD, PUT, DELETE")
}

func (c *call) getPhoto(ctx context.Context, s *contacts) error {
	_, it, _, err := s.current(ctx, c.at.id)
	if err != nil {
		return err
	}
	card, err := dataclass.Decode(dataclass.Contacts, it.Body)
	if err != nil {
		return errNoPhoto
	}
	data, media := photoOf(card)
	if len(data) == 0 {
		return errNoPhoto
	}
	h := c.w.Header()
	h.Set("ETag", tagOf(data, []byte(media)))
	if fresh(c.r, h.Get("ETag")) {
		c.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", media)
	h.Set("Content-Length", strconv.Itoa(len(data)))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'") // whatever it is, it is no page of ours
	c.w.WriteHeader(http.StatusOK)
	_, _ = c.w.Write(data) // a caller that has gone reads no answer
	return nil
}

// putPhoto gives a contact another picture; without bytes it loses its own.
func (c *call) putPhoto(ctx context.Context, s *contacts, data []byte, media string) error {
	cond := conditionOf(c.r.Header.Values("If-Match"), nil)
	now, err := c.within(ctx, func(ctx context.Context) (shown, error) {
		now, it, raw, err := s.current(ctx, c.at.id)
		if err != nil {
			return shown{}, err
		}
		if len(data) == 0 && now.photo == "" {
			return shown{}, errNoPhoto
		}
		if cond.given && !cond.any && !contains(cond.tags, bare(now.photo)) {
			return shown{}, errStale
		}
		card, err := dataclass.Decode(dataclass.Contacts, it.Body)
		if err != nil {
			return shown{}, errUnreadable
		}
		view, err := dataclass.AsContact(card)
		if err != nil {
			return shown{}, err
		}
		if old, oldMedia := photoOf(card); string(old) == string(data) && oldMedia == "image/"+media {
			return now, nil
		}
		view.SetPhoto(data, media)
		return s.store(ctx, it, view.Item(), raw)
	})
	if err != nil {
		return err
	}
	if now.photo != "" {
		c.w.Header().Set("ETag", now.photo)
	}
	c.w.WriteHeader(http.StatusOK)
	return nil
}

// photoTag gives the entity tag of the picture of a card; empty if there is none.
func photoTag(card *dataclass.Item) string {
	data, media := photoOf(card)
	if len(data) == 0 {
		return ""
	}
	return tagOf(data, []byte(media))
}

// photoOf gives the picture of a card and its media type.
func photoOf(card *dataclass.Item) (data []byte, media string) {
	if card == nil {
		return nil, ""
	}
	c, err := dataclass.AsContact(card)
	if err != nil {
		return nil, ""
	}
	data, media = c.Photo()
	if media = strings.ToLower(media); media == "" {
		media = "jpeg"
	}
	return data, "image/" + media
}
