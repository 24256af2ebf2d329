package engine

import (
	"context"
	"iter"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// remembering is a session that shows an item whose picture could not be read with the picture that its link knows: that it
// cannot be read says nothing of what the user wished.
type remembering struct {
	sources.Session
	run  *run
	side Side
}

// Changes implements sources.Session.
func (m remembering) Changes(ctx context.Context) iter.Seq2[sources.Change, error] {
	return m.fill(ctx, m.Session.Changes(ctx))
}

// Read implements sources.Session.
func (m remembering) Read(ctx context.Context, ids []sources.ID) iter.Seq2[sources.Change, error] {
	return m.fill(ctx, m.Session.Read(ctx, ids))
}

func (m remembering) fill(ctx context.Context, list iter.Seq2[sources.Change, error]) iter.Seq2[sources.Change, error] {
	return func(yield func(sources.Change, error) bool) {
		for c, err := range list {
			if err == nil && c.PhotoUnread {
				err = m.photo(ctx, &c)
			}
			if !yield(c, err) {
				return
			}
		}
	}
}

// photo puts the picture that is known of an item into it, if one is.
func (m remembering) photo(ctx context.Context, c *sources.Change) error {
	var items [2][]sources.ID
	items[m.side] = []sources.ID{c.ID}
	near, _, err := m.run.engine.Journal.Near(ctx, m.run.lease, items) // the links may not be loaded yet
	if err != nil {
		return err
	}
	for _, l := range near {
		if l.Item[m.side] != c.ID {
			continue
		}
		links, err := m.run.engine.Journal.Links(ctx, m.run.lease, []LinkID{l.ID})
		if err != nil || len(links) == 0 {
			return err
		}
		c.Body = withPhotoOf(c.Body, links[0].Bodies.Shadow[m.side])
	}
	return nil
}

// withPhotoOf gives a card with the picture of another one. What is no card stays as it is.
func withPhotoOf(body, known dataclass.Body) dataclass.Body {
	it, err1 := dataclass.Decode(dataclass.Contacts, body)
	was, err2 := dataclass.Decode(dataclass.Contacts, known)
	if err1 != nil || err2 != nil {
		return body
	}
	to, err1 := dataclass.AsContact(it)
	from, err2 := dataclass.AsContact(was)
	if err1 != nil || err2 != nil {
		return body
	}
	data, kind := from.Photo()
	if len(data) == 0 {
		return body
	}
	to.SetPhoto(data, kind)
	return it.Body()
}
