package dataclass

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
)

// Sent is the set of values that a side itself has ever sent of one item, the memory behind the
// rule of absence (docs/engine.md 5.3): a value that is missing from what a side sends now was deleted
// there only if the side once sent it. It holds a sorted 64-bit hash of eight bytes for each
// value and is opaque to everybody else; nil is the empty set.
type Sent []byte

// With gives the union of s and everything that it says. It does not change s; if nothing is
// new it returns s itself.
func (s Sent) With(it *Item) Sent {
	if it == nil {
		return s
	}
	var fresh []uint64
	for _, e := range elementsOf(it.neutral()) {
		for _, p := range e.parts {
			if h := e.hash(p); !s.has(h) {
				fresh = append(fresh, h)
			}
		}
	}
	return s.plus(fresh)
}

// WithNamed gives the union of s and what the properties of these names, in upper case, say. It does not change s.
func (s Sent) WithNamed(it *Item, names ...string) Sent {
	var fresh []uint64
	for _, e := range elementsOf(it.neutral()) {
		if !slices.Contains(names, e.key) {
			continue
		}
		for _, p := range e.parts {
			if h := e.hash(p); !s.has(h) {
				fresh = append(fresh, h)
			}
		}
	}
	return s.plus(fresh)
}

// Union gives the union of two sets. It changes neither; if nothing is new it returns s itself.
func (s Sent) Union(other Sent) Sent {
	var fresh []uint64
	for i := 0; i+8 <= len(other); i += 8 {
		if h := binary.BigEndian.Uint64(other[i:]); !s.has(h) {
			fresh = append(fresh, h)
		}
	}
	return s.plus(fresh)
}

// sentOf is the set of what the elements say, with notes of those that were missed.
func sentOf(list, missed []*element) Sent {
	var fresh []uint64
	for _, e := range list {
		for _, p := range e.parts {
			fresh = append(fresh, e.hash(p))
		}
	}
	for _, e := range missed {
		fresh = append(fresh, e.missedHash())
	}
	return Sent(nil).plus(fresh)
}

// missedHash notes that an absence of the element was ignored. From then on only that the side sends it itself
// shows that it ever had it.
func (e *element) missedHash() uint64 { return e.hash(part{"missed", e.parts[0].val}) }

// plus gives the set with more values, which it may sort.
func (s Sent) plus(fresh []uint64) Sent {
	if len(fresh) == 0 {
		return s
	}
	for i := 0; i+8 <= len(s); i += 8 {
		fresh = append(fresh, binary.BigEndian.Uint64(s[i:]))
	}
	slices.Sort(fresh)
	out := make(Sent, 0, 8*len(fresh))
	for _, h := range slices.Compact(fresh) {
		out = binary.BigEndian.AppendUint64(out, h)
	}
	return out
}

// has searches the sorted set.
func (s Sent) has(h uint64) bool {
	lo, hi := 0, len(s)/8
	for lo < hi {
		mid := (lo + hi) / 2
		switch v := binary.BigEndian.Uint64(s[8*mid:]); {
		case v == h:
			return true
		case v < h:
			lo = mid + 1
		default:
			hi = mid
		}
	}
	return false
}

// hash identifies a part of an element by what the element is recognised by, so that a number
// written in another way is the same number.
func (e *element) hash(p part) uint64 {
	var space [256]byte
	b := append(append(space[:0], e.slot()...), 0)
	b = append(append(b, e.ident...), 0)
	if p.name != partValue {
		b = append(append(append(b, p.name...), 0), p.val...)
	}
	sum := sha256.Sum256(b)
	return binary.BigEndian.Uint64(sum[:])
}
