package engine_test

import (
	"context"
	"iter"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// blind is a source that cannot read pictures.
type blind struct {
	sources.Source
	is *bool
}

func (b blind) Begin(ctx context.Context, class dataclass.Class, since sources.Cursor) (sources.Session, error) {
	s, err := b.Source.Begin(ctx, class, since)
	return blindSession{s, b.is}, err
}

type blindSession struct {
	sources.Session
	is *bool
}

func (b blindSession) Changes(ctx context.Context) iter.Seq2[sources.Change, error] {
	return b.without(b.Session.Changes(ctx))
}

func (b blindSession) Read(ctx context.Context, ids []sources.ID) iter.Seq2[sources.Change, error] {
	return b.without(b.Session.Read(ctx, ids))
}

func (b blindSession) without(list iter.Seq2[sources.Change, error]) iter.Seq2[sources.Change, error] {
	return func(yield func(sources.Change, error) bool) {
		for c, err := range list {
			if head, tail, ok := strings.Cut(string(c.Body.Data), "PHOTO;"); ok && *b.is {
				_, tail, _ = strings.Cut(tail, "\r\n")
				c.Body.Data, c.PhotoUnread = []byte(head+tail), true
			}
			if !yield(c, err) {
				return
			}
		}
	}
}

// A picture that cannot be read is not taken for one that was removed, in no look; what is edited besides comes over.
func TestPhotoUnreadIsNoRemoval(t *testing.T) {
	const picture = "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRg=="
	text := func(note string) dataclass.Body {
		return dataclass.Body{Type: "text/vcard;version=3.0",
			Data: []byte("BEGIN:VCARD\r\nVERSION:3.0\r\nN:Q;;;;\r\nFN:Q\r\nNOTE:" + note + "\r\n" + picture + "\r\nEND:VCARD\r\n")}
	}
	for _, slow := range []bool{false, true} {
		w := newCouple(t, spellings[0], device{})
		w.whole, w.blind = true, new(bool)
		id, err := w.clients[1].Put(w.sort.class, text("first"))
		w.ok(err)
		w.sync()
		*w.blind = true
		w.ok(w.clients[1].Edit(w.sort.class, id, text("second")))
		w.slow = slow
		for range 2 {
			w.sync()
		}
		for i := range 2 {
			items, err := w.clients[i].List(w.sort.class)
			w.ok(err)
			for _, b := range items {
				if !strings.Contains(string(b.Data), "NOTE:second") || !strings.Contains(string(b.Data), "/9j/4AAQSkZJRg==") {
					t.Errorf("slow %t: client %d has\n%s", slow, i, b.Data)
				}
			}
			if len(items) != 1 {
				t.Errorf("slow %t: client %d has %d items", slow, i, len(items))
			}
		}
	}
}
