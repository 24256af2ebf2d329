package filedir

import (
	"encoding/base64"
	"encoding/binary"
	"errors"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// A hash is the SHA-256 of a file's content.
type hash [32]byte

// revision gives the item's revision: equal content is an equal state.
func (h hash) revision() sources.Revision {
	return sources.Revision(base64.RawURLEncoding.EncodeToString(h[:16]))
}

// A stamp is what a file system says of a file without reading it. Times are nanoseconds since 1970.
type stamp struct {
	size, mtime, ctime int64
	inode              uint64
}

// A code stands for a dataclass in the listing; 0 for none.
type code byte

var codes = [...]dataclass.Class{1: dataclass.Contacts, 2: dataclass.Events, 3: dataclass.Tasks, 4: dataclass.Notes}

func codeOf(class dataclass.Class) code {
	for i := 1; i < len(codes); i++ {
		if codes[i] == class {
			return code(i)
		}
	}
	return 0
}

func (c code) class() dataclass.Class { return codes[c] }

// An entry is one file of the listing or, if dead, its tombstone. Born is the counter when the name was
// first used, created when this item was made, changed when it was last seen to change, died when the
// last item of this name was deleted.
type entry struct {
	slot  int
	class code
	name  string
	stamp stamp
	hash  hash
	// first is the hash of what the Add with that key wrote.
	first                        hash
	born, created, changed, died int64
	// at is when it changed, in seconds since 1970.
	at   int64
	dead bool
	// bad means that the file is there and its content is not to be had.
	bad bool
	// sure means that the stamp tells every later change, however soon it came: the file got its time
	// from us (ownTime).
	sure        bool
	origin, key string

	seen  bool   // by the scan that is running
	older *entry // of the same name, in another class
}

// Flags of an entry as it is stored.
const (
	flagDead = 1 << iota
	flagBad
	flagKey
	flagSure
)

// append adds the stored form of e to b.
func (e *entry) append(b []byte) []byte {
	b = append(b, e.flags(), byte(e.class))
	b = binary.AppendUvarint(b, uint64(e.slot))
	b = appendString(b, e.name)
	for _, n := range []int64{e.stamp.size, e.stamp.mtime, e.stamp.ctime, int64(e.stamp.inode), e.born, e.created, e.changed, e.died, e.at} {
		b = binary.AppendVarint(b, n)
	}
	b = appendString(b, e.origin)
	b = append(b, e.hash[:]...)
	if e.key != "" {
		b = appendString(b, e.key)
		b = append(b, e.first[:]...)
	}
	return b
}

func (e *entry) flags() (flags byte) {
	if e.dead {
		flags |= flagDead
	}
	if e.bad {
		flags |= flagBad
	}
	if e.key != "" {
		flags |= flagKey
	}
	if e.sure {
		flags |= flagSure
	}
	return flags
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

var errPage = errors.New("the stored listing is damaged")

// A pageReader reads what append wrote. The first thing that is wrong makes it bad, and all that follows
// is zero.
type pageReader struct {
	b   []byte
	bad bool
}

func (r *pageReader) entry(e *entry) {
	head := r.bytes(2)
	if r.bad {
		return
	}
	e.class = code(head[1])
	r.bad = e.class == 0 || int(e.class) >= len(codes)
	e.dead, e.bad, e.sure = head[0]&flagDead != 0, head[0]&flagBad != 0, head[0]&flagSure != 0
	e.slot = int(r.uint())
	e.name = r.string()
	inode := int64(0)
	for _, n := range []*int64{&e.stamp.size, &e.stamp.mtime, &e.stamp.ctime, &inode, &e.born, &e.created, &e.changed, &e.died, &e.at} {
		*n = r.int()
	}
	e.stamp.inode = uint64(inode)
	e.origin = r.string()
	copy(e.hash[:], r.bytes(len(e.hash)))
	if head[0]&flagKey != 0 {
		e.key = r.string()
		copy(e.first[:], r.bytes(len(e.first)))
	}
}

func (r *pageReader) uint() uint64 {
	n, size := binary.Uvarint(r.b)
	return r.skip(n, size)
}

func (r *pageReader) int() int64 {
	n, size := binary.Varint(r.b)
	return int64(r.skip(uint64(n), size))
}

func (r *pageReader) skip(n uint64, size int) uint64 {
	if r.bad || size <= 0 {
		r.bad = true
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *pageReader) string() string { return string(r.bytes(int(min(r.uint(), 1<<20)))) }

func (r *pageReader) bytes(n int) []byte {
	if r.bad || n > len(r.b) {
		r.bad = true
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}
