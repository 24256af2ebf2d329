package engine_test

import (
	"context"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// showing is a source that says of what it wrote that it shows some properties.
type showing struct {
	sources.Source
	names string
}

func (s showing) Begin(ctx context.Context, class dataclass.Class, since sources.Cursor) (sources.Session, error) {
	sess, err := s.Source.Begin(ctx, class, since)
	return showingSession{sess, s.names}, err
}

type showingSession struct {
	sources.Session
	names string
}

func (s showingSession) Apply(ctx context.Context, ops []sources.Op) ([]sources.Result, error) {
	res, err := s.Session.Apply(ctx, ops)
	for i := range res {
		res[i].Shows = s.names
	}
	return res, err
}

// A property that a side showed after it was written there, and that its user removes, is removed on the other side too; one
// that it never showed may be something that it does not keep.
func TestRule_5_3_ShownAfterTheWrite(t *testing.T) {
	for _, c := range []struct {
		name   string
		shows  string
		edited bool // whether it is an edit, or an Add, that wrote the value
		stays  bool
	}{
		{"shown by an add", "TITLE", false, false},
		{"shown by an edit", "URL,TITLE", true, false},
		{"another one shown", "NICKNAME", false, true},
		{"nothing shown", "", true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newCouple(t, spellings[0], device{})
			w.shows = c.shows
			first := fields{"NOTE": "a note", "TITLE": "captain"}
			if c.edited {
				first["TITLE"] = "mate"
			}
			id, err := w.clients[0].Put(w.sort.class, w.sort.body(first))
			w.ok(err)
			w.sync()
			if c.edited {
				first["TITLE"] = "captain"
				w.ok(w.clients[0].Edit(w.sort.class, id, w.sort.body(first)))
				w.sync()
			}
			items, err := w.clients[1].List(w.sort.class)
			w.ok(err)
			for other := range items {
				w.ok(w.clients[1].Edit(w.sort.class, other, w.sort.body(fields{"NOTE": "another note"})))
			}
			for range 3 {
				w.sync()
			}
			if got := w.only(0); got["NOTE"] != "another note" || (got["TITLE"] != "") != c.stays {
				t.Errorf("the other side has %v", got)
			}
		})
	}
}
