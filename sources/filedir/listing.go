package filedir

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// pageSlots is how many entries one stored page holds.
const pageSlots = 256

// tombstonesKept is how long a deleted item is remembered.
const tombstonesKept = 366 * 24 * time.Hour

// A listing is what is known of a folder. It is changed in memory and written by save, which knows the
// dirty pages.
type listing struct {
	row   folderRow
	slots []*entry // nil where an entry was forgotten
	free  []int
	// by gives the entries of each name, the newest first: it may have been an event and now be a task.
	by    map[string]*entry
	keys  map[string]*entry // made when it is first asked for
	dirty map[int]bool
	moved bool // the row itself is to be written
	adds  []add
}

func newListing(row folderRow, pages []pageRow, adds []add) (*listing, error) {
	l := &listing{row: row, adds: adds, dirty: map[int]bool{}}
	l.by = make(map[string]*entry, len(pages)*pageSlots)
	for _, p := range pages {
		if err := l.readPage(p); err != nil {
			return nil, err
		}
	}
	for i, e := range l.slots {
		if e == nil {
			l.free = append(l.free, i)
		}
	}
	return l, nil
}

func (l *listing) readPage(p pageRow) error {
	block := make([]entry, pageSlots)
	for r, i := (pageReader{b: p.Body}), 0; len(r.b) > 0; i++ {
		if i == pageSlots {
			return errPage
		}
		e := &block[i]
		r.entry(e)
		if r.bad || e.slot < 0 || e.slot/pageSlots != p.Page {
			return errPage
		}
		for len(l.slots) <= e.slot {
			l.slots = append(l.slots, nil)
		}
		l.slots[e.slot] = e
		l.enter(e)
	}
	return nil
}

// page prints one page.
func (l *listing) page(n int) []byte {
	b := make([]byte, 0, pageSlots*160)
	for _, e := range l.slots[n*pageSlots : min(len(l.slots), (n+1)*pageSlots)] {
		if e != nil {
			b = e.append(b)
		}
	}
	return b
}

func (l *listing) dirtyPages() []int { return slices.Sorted(maps.Keys(l.dirty)) }

func (l *listing) changed() bool { return l.moved || len(l.dirty) > 0 || len(l.adds) > 0 }

func (l *listing) mark(e *entry) { l.dirty[e.slot/pageSlots] = true }

// touch gives e the next number.
func (l *listing) touch(e *entry, origin string, now time.Time) {
	l.row.Counter++
	e.changed, e.at, e.origin = l.row.Counter, now.Unix(), origin
	l.moved = true
	l.mark(e)
}

// put notes that the item of that name is now what c says. A dead one lives again.
func (l *listing) put(class code, name string, c content, origin string, now time.Time) *entry {
	e := l.of(class, name)
	if e == nil {
		e = &entry{class: class, name: name, dead: true, born: l.row.Counter + 1}
		l.house(e)
		l.enter(e)
	}
	l.touch(e, origin, now)
	if e.dead {
		e.created, e.dead = e.changed, false
	}
	e.stamp, e.hash, e.bad, e.sure = c.stamp, c.hash, c.bad, false
	return e
}

// of gives the entry of a name in a class, and live the one that is not dead.
func (l *listing) of(class code, name string) *entry {
	e := l.by[name]
	for e != nil && e.class != class {
		e = e.older
	}
	return e
}

func (l *listing) live(name string) *entry {
	e := l.by[name]
	for e != nil && e.dead {
		e = e.older
	}
	return e
}

// living counts the entries that are not dead.
func (l *listing) living() int {
	n := 0
	for _, e := range l.slots {
		if e != nil && !e.dead {
			n++
		}
	}
	return n
}

// expect makes room for the names of a folder that was empty.
func (l *listing) expect(n int) {
	if len(l.slots) == 0 {
		l.by, l.slots = make(map[string]*entry, n), make([]*entry, 0, n)
	}
}

func (l *listing) enter(e *entry) {
	e.older = l.by[e.name]
	l.by[e.name] = e
}

func (l *listing) leave(e *entry) {
	newer := l.by[e.name]
	if newer == e {
		if l.by[e.name] = e.older; e.older == nil {
			delete(l.by, e.name)
		}
		return
	}
	for newer.older != e {
		newer = newer.older
	}
	newer.older = e.older
}

func (l *listing) house(e *entry) {
	if n := len(l.free); n > 0 {
		e.slot, l.free = l.free[n-1], l.free[:n-1]
		l.slots[e.slot] = e
		return
	}
	e.slot = len(l.slots)
	l.slots = append(l.slots, e)
}

// kill notes that an item is gone.
func (l *listing) kill(e *entry, origin string, now time.Time) {
	l.touch(e, origin, now)
	e.dead, e.bad, e.died, e.stamp = true, false, e.changed, stamp{}
}

// keyed gives the item that the Add with that key made.
func (l *listing) keyed(key string) *entry {
	if key == "" {
		return nil
	}
	if l.keys == nil {
		l.keys = make(map[string]*entry, len(l.slots))
		for _, e := range l.slots {
			if e != nil && e.key != "" {
				l.keys[e.key] = e
			}
		}
	}
	return l.keys[key]
}

func (l *listing) setKey(e *entry, key string, first hash) {
	if key == "" {
		return
	}
	l.keyed(key)
	e.key, e.first = key, first
	l.keys[key] = e
	l.mark(e)
}

// forget drops tombstones that are older than a year. Cursors that had not read them are lost.
func (l *listing) forget(now time.Time) {
	before := now.Add(-tombstonesKept).Unix()
	for i, e := range l.slots {
		if e == nil || !e.dead || e.at >= before {
			continue
		}
		l.row.Floor, l.moved = max(l.row.Floor, e.changed), true
		l.mark(e)
		l.slots[i], l.free, l.keys = nil, append(l.free, i), nil
		l.leave(e)
	}
}

// cursor names everything up to the last change of the folder.
func (r folderRow) cursor(class dataclass.Class) sources.Cursor {
	return sources.Cursor(fmt.Sprintf("%d/%s/%s/%s", r.Counter, r.Epoch, class, r.Client))
}

// everything is the position before the first change, for a look at all items.
const everything = -1

// position reads a cursor.
func (r folderRow) position(class dataclass.Class, cur sources.Cursor) (int64, error) {
	if cur == "" {
		return everything, nil
	}
	var n int64
	head, _, _ := strings.Cut(string(cur[:min(len(cur), 24)]), "/")
	_, err := fmt.Sscanf(head, "%d", &n)
	named := r
	named.Counter = n
	if err != nil || n < r.Floor || n > r.Counter || named.cursor(class) != cur {
		return 0, fmt.Errorf("cursor %.60q: %w", cur, sources.ErrCursorLost)
	}
	return n, nil
}

// A content is what one file holds.
type content struct {
	stamp stamp
	hash  hash
	// bad means that there is a file and its bytes are not to be had; why says so.
	bad  bool
	why  error
	data []byte
}

// unreadable gives the content of a file that cannot be read. Its hash changes when the file does.
func unreadable(st stamp, why error) content {
	return content{stamp: st, hash: sha256.Sum256(fmt.Appendf(nil, "unreadable %+v", st)), bad: true, why: why}
}
