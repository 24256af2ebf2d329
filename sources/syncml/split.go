package syncml

import (
	"unicode/utf8"

	"github.com/bindery-sync/bindery/sources/syncml/devicerule"
	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// A splitting is a large object of ours that is on its way in pieces.
type splitting struct {
	Op     int64
	Offset int
}

// minPiece is the smallest piece worth a message.
const minPiece = 200

// splits reports whether the phone puts pieces together.
func (t *turn) splits() bool {
	return t.device != nil && t.device.LargeObjs && !plainVersion(t.state.Version) && !devicerule.Not(t.rules.LargeObjects)
}

// fillPiece sends the next piece of an item, as much as fits; false if more is to come in the next message.
func (t *turn) fillPiece(d *draft, i int, db *database, op *Outgoing, whole *wire.Change, count *int) (bool, error) {
	if t.state.Splitting == nil || t.state.Splitting.Op != op.Op {
		t.state.Splitting = &splitting{Op: op.Op}
	}
	sp, data := t.state.Splitting, whole.Items[0].Data.Text
	room := d.limit - d.used - wrapperSize
	for n := min(room, len(data)-sp.Offset); n >= min(minPiece, len(data)-sp.Offset) && n > 0; n -= n/4 + 1 {
		end := runeEnd(data, sp.Offset+n)
		if end <= sp.Offset {
			break
		}
		c := pieceOf(whole, sp.Offset, end)
		place, err := t.place(d, i, db, c, sent{Kind: c.Verb, Database: i, Op: op.Op, Piece: end < len(data)}, count)
		if err != nil {
			return false, err
		}
		if place != fits {
			continue
		}
		if sp.Offset = end; end < len(data) {
			return false, nil
		}
		t.state.Splitting = nil
		t.left(d, i, db, op)
		return true, nil
	}
	return false, nil
}

// pieceOf cuts a piece out of a change. The first one tells the size of the whole.
func pieceOf(whole *wire.Change, from, to int) *wire.Change {
	c := *whole
	item := whole.Items[0]
	data := item.Data.Text
	item.Data.Text, item.MoreData = data[from:to], to < len(data)
	if from == 0 {
		item.Meta.Size = len(data)
	}
	c.Items = []wire.Item{item}
	return &c
}

// runeEnd moves a cut to the left until it splits no character, which XML could not carry.
func runeEnd(s string, at int) int {
	for at > 0 && at < len(s) && !utf8.RuneStart(s[at]) {
		at--
	}
	return at
}
