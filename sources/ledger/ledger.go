// Package ledger is what the kinds share that look at somebody else's server and compare it with what they saw there
// before, whatever protocol it speaks. Book and Life hold the law by which the changes of such a server are numbered as they
// are noticed, so that a cursor is a number even where the server has no notion of one; Spool keeps what was read until it
// is shown; Locks let one look at a time compare; Check, Together and Elsewhere treat ops and errors alike in all of them.
//
// A change is given the next number and noted before anybody is told of it. So two readers, each with a cursor of his own,
// are told the same, and a look that broke off has lost nothing.
package ledger

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/bindery-sync/bindery/sources"
)

// Everything is the position before the first change, for a look at all items.
const Everything = -1

// A Book says how far one dataclass of a client was read. Rows of tables embed it. Counter is the number of the last change
// that was noticed; cursors below Floor, or of another Epoch, are lost.
type Book struct {
	Owner   string `gorm:"column:owner_id;primaryKey"`
	Client  string `gorm:"column:client_id;primaryKey"`
	Class   string `gorm:"column:class;primaryKey"`
	Address string `gorm:"column:address"`
	Epoch   string `gorm:"column:epoch"`
	Counter int64  `gorm:"column:counter"`
	Floor   int64  `gorm:"column:floor"`
}

// A Life is what happened to one item, by the numbers of its Book. Rows of tables embed it. Born is when the id was first
// seen, Created when this item was (later than Born if the id is used again), Changed when it was last seen to change, Died
// when the last item of this id was seen to be gone.
type Life struct {
	Born    int64  `gorm:"column:born"`
	Created int64  `gorm:"column:created"`
	Changed int64  `gorm:"column:changed"`
	Died    int64  `gorm:"column:died"`
	Dead    bool   `gorm:"column:dead"`
	Origin  string `gorm:"column:origin"`
	AddKey  string `gorm:"column:add_key"`
	At      int64  `gorm:"column:at"` // Unix seconds
	// Earlier says that the last change brought back what the item was before (see sources.Change).
	Earlier bool `gorm:"column:earlier"`
}

// Renew makes every cursor lost, for what is read from that address from now on. The epoch has to be new.
func (b *Book) Renew(epoch, address string) { b.Epoch, b.Address, b.Floor = epoch, address, b.Counter }

// Touch gives an item the next number. The origin is whose write it was, "" for somebody at the server.
func (b *Book) Touch(l *Life, origin string, at int64) {
	b.Counter++
	l.Changed, l.Origin, l.At, l.Earlier = b.Counter, origin, at, false
}

// Put notes that the item is there now, and changed. A dead one lives again.
func (b *Book) Put(l *Life, origin string, at int64) {
	b.Touch(l, origin, at)
	if l.Born == 0 {
		l.Born, l.Created = l.Changed, l.Changed
	}
	if l.Dead {
		l.Created, l.Dead = l.Changed, false
	}
}

// Kill notes that the item is gone.
func (b *Book) Kill(l *Life, origin string, at int64) {
	b.Touch(l, origin, at)
	l.Dead, l.Died = true, l.Changed
}

// OwnWrite reports whether the last that happened to an item since the number since is a write of that origin: who wrote it
// knows what it holds. What the user deleted and made anew meanwhile is shown.
func (l *Life) OwnWrite(since int64, origin string) bool {
	return origin != "" && l.Origin == origin && !l.Dead && l.Died <= since
}

// Change says what a reader of that origin is told of the item with that id and revision, but for its body: a Delete, or
// a Replace. Which Replace is an Add is for each kind to say, because it depends on whether its servers use ids again.
func (l *Life) Change(id, rev, origin string) sources.Change {
	ch := sources.Change{
		ID: sources.ID(id), Rev: sources.Revision(rev), Verb: sources.Replace, Key: sources.Key(l.AddKey),
		Own: origin != "" && l.Origin == origin, Synced: l.Origin != "", Earlier: l.Earlier,
	}
	if l.Dead {
		ch.Verb = sources.Delete
	}
	return ch
}

// Cursor names everything up to the last change that was noticed.
func (b *Book) Cursor() sources.Cursor { return b.cursorAt(b.Counter) }

func (b *Book) cursorAt(n int64) sources.Cursor {
	return sources.Cursor(fmt.Sprintf("%d/%s/%s/%s", n, b.Epoch, b.Class, b.Client))
}

// Position reads a cursor; that of no cursor is Everything. It returns sources.ErrCursorLost for one that this book did not
// give, or does not go back to any more.
func (b *Book) Position(cur sources.Cursor) (int64, error) {
	if cur == "" {
		return Everything, nil
	}
	head, _, _ := strings.Cut(string(cur[:min(len(cur), 24)]), "/")
	n, err := strconv.ParseInt(head, 10, 64)
	if err != nil || b.Epoch == "" || n < b.Floor || n > b.Counter || b.cursorAt(n) != cur {
		return 0, fmt.Errorf("cursor %.60q: %w", cur, sources.ErrCursorLost)
	}
	return n, nil
}
