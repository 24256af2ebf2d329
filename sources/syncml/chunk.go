package syncml

import (
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// A chunk is a large object of which pieces have come, but not the last one (Sync Protocol 1.1, 2.10).
// The pieces themselves lie in a table of their own.
type chunk struct {
	Database int
	Verb     string
	LUID     string
	Type     string
	Format   string
	// Size is the length that the phone announced.
	Size int
	// Resumed is true until the first piece comes after the session was resumed.
	Resumed bool
	// Refused is the status that every further piece gets, 0 while the object is good.
	Refused int
}

func (c *chunk) of(i int, verb, luid string) bool {
	return c != nil && c.Database == i && c.Verb == verb && c.LUID == luid
}

// piece takes a piece of a large object. It gives the whole content with the last one; false before that,
// or if the object is refused, with the status that the piece gets.
func (t *turn) piece(i int, c *wire.Change, item *wire.Item, luid string) (dataclass.Body, int, bool) {
	if !t.state.Chunk.of(i, c.Verb, luid) {
		t.state.Chunk = t.firstPiece(i, c, item, luid)
	}
	ch := t.state.Chunk
	if ch.Resumed {
		t.rewind(c, item)
	}
	if ch.Refused == 0 {
		t.pieces, t.chunked = append(t.pieces, item.Data.Text...), true
		if len(t.pieces) > ch.most() {
			ch.Refused, t.pieces = 424, nil
		}
	}
	switch {
	case ch.Refused != 0 && item.MoreData:
		return dataclass.Body{}, ch.Refused, false
	case item.MoreData:
		return dataclass.Body{}, 213, false
	}
	return t.lastPiece(c, item)
}

func (t *turn) firstPiece(i int, c *wire.Change, item *wire.Item, luid string) *chunk {
	t.pieces, t.chunked = nil, true
	ch := &chunk{Database: i, Verb: c.Verb, LUID: luid, Type: t.typeOf(i, c, item), Format: item.Meta.Format,
		Size: item.Meta.Size}
	if ch.Format == "" {
		ch.Format = c.Meta.Format
	}
	if ch.Size == 0 {
		ch.Size = c.Meta.Size
	}
	switch {
	case ch.Size == 0:
		ch.Refused = 411
	case ch.Size > t.o.MaxObjSize:
		ch.Refused = 424
	}
	return ch
}

func (t *turn) lastPiece(c *wire.Change, item *wire.Item) (dataclass.Body, int, bool) {
	ch, data := t.state.Chunk, string(t.pieces)
	t.state.Chunk, t.pieces, t.chunked = nil, nil, true
	whole := wire.Item{Meta: wire.Meta{Format: ch.Format}, Data: wire.Data{Text: data}}
	content := whole.Payload(wire.Meta{})
	if ch.Refused == 0 && !sizeFits(ch.Size, data) && !sizeFits(ch.Size, string(content)) {
		ch.Refused = 424
	}
	if ch.Refused != 0 {
		return dataclass.Body{}, ch.Refused, false
	}
	return t.rules.Read(dataclass.Body{Type: ch.Type, Data: content}), itemCode(c.Verb), true
}

// resumes reports whether an object that an earlier session got pieces of waits for the rest.
func (t *turn) resumes() bool {
	return t.state.Chunk != nil && t.state.Chunk.Resumed && t.state.Phase == inOpening
}

// rewind has an object that an earlier session began go on where the phone goes on with it: a piece that
// tells the size anew is the first one, unless it says how much came before.
func (t *turn) rewind(c *wire.Change, item *wire.Item) {
	ch, at := t.state.Chunk, max(item.Meta.DataPos, c.Meta.DataPos)
	ch.Resumed, t.chunked = false, true
	switch {
	case at > len(t.pieces):
		ch.Refused = 424
	case at > 0, item.Meta.Size > 0, c.Meta.Size > 0:
		t.pieces = t.pieces[:at]
	}
}

// most is how long the pieces may be together. In base64 some phones tell the length of the content, others
// that of its text, which is a third longer and broken into lines.
func (c *chunk) most() int {
	if strings.EqualFold(c.Format, "b64") {
		return c.Size + c.Size/2 + 16
	}
	return c.Size + 1
}

// sizeFits compares the announced length with what came. XML turns every CR LF of a piece into LF; and
// some phones count one byte too many.
func sizeFits(size int, data string) bool {
	bare := strings.Count(data, "\n") - strings.Count(data, "\r\n")
	return size >= len(data) && size <= len(data)+bare+1
}

// tear gives up a large object that another item interrupts: the phone is told that its end is missing.
func (t *turn) tear() {
	if t.state.Chunk == nil {
		return
	}
	if t.state.Chunk.Refused == 0 {
		t.state.Torn = append(t.state.Torn, t.state.Chunk.LUID)
	}
	t.state.Chunk, t.pieces, t.chunked = nil, nil, true
}
