package evidence

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/bindery-sync/bindery/dataclass"
)

// A Digest is what is remembered of an item in order to recognise it: at most [MaxDigest] octets. The zero Digest
// says nothing and is like no other. Digests can be compared with ==.
type Digest struct{ raw string }

// MaxDigest bounds the octets of a digest.
const MaxDigest = 400

// digestVersion is the first octet of a digest.
const digestVersion = 1

// ErrDigest means that octets are no digest of this version: it is to be made again from its item.
var ErrDigest = errors.New("not a digest of this version")

// Bytes gives the octets to keep; none for the zero Digest. [ParseDigest] reads them.
func (d Digest) Bytes() []byte { return []byte(d.raw) }

// IsZero reports whether d says nothing.
func (d Digest) IsZero() bool { return d.raw == "" }

// ParseDigest reads what [Digest.Bytes] gave; no octets are the zero Digest. Everything else is [ErrDigest].
func ParseDigest(b []byte) (Digest, error) {
	if len(b) == 0 {
		return Digest{}, nil
	}
	d := Digest{string(b)}
	if len(b) > MaxDigest || len(b) < headSize || b[0] != digestVersion || classOf(b[1]) == "" {
		return Digest{}, fmt.Errorf("%w: %d octets", ErrDigest, len(b))
	}
	rest := d.raw[headSize:]
	for rest != "" {
		var ok bool
		if _, rest, ok = nextValue(rest); !ok {
			return Digest{}, fmt.Errorf("%w: %d octets, broken", ErrDigest, len(b))
		}
	}
	return d, nil
}

// headSize is how long what stands before the values is: version, class, content.
const headSize = 10

func classOf(b byte) dataclass.Class {
	switch b {
	case 'C':
		return dataclass.Contacts
	case 'E':
		return dataclass.Events
	case 'T':
		return dataclass.Tasks
	case 'N':
		return dataclass.Notes
	}
	return ""
}

// WithoutUID gives the digest of the item as if it had no UID: where UIDs prove nothing, another one is no evidence either.
func (d Digest) WithoutUID() Digest {
	if len(d.raw) < headSize {
		return d
	}
	kept, rest := []byte(d.raw[:headSize]), d.raw[headSize:]
	for rest != "" {
		v, after, ok := nextValue(rest)
		if !ok {
			return d
		}
		if v.kind != kUID {
			kept = append(kept, rest[:len(rest)-len(after)]...)
		}
		rest = after
	}
	return Digest{string(kept)}
}

// content is the hash of everything that the item says.
func (d Digest) content() uint64 {
	if len(d.raw) < headSize {
		return 0
	}
	return binary.BigEndian.Uint64([]byte(d.raw[2:headSize]))
}

// A kind says what a value of a digest is.
type kind uint8

const (
	kGiven kind = iota + 1
	kFamily
	kMore // additional names and titles before the name
	kMark // of a generation: jr, sr, iii
	kFull // a name without structure
	kNick
	kMobile
	kPhone
	kFax
	kEmail
	kBirthday
	kStreet
	kTown
	kPost
	kOrg
	kTitle
	kNote
	kURL
	kIM
	kUID
	kSummary
	kLocation
	kStart
	kDue
	kLength
	kRule
	kPerson
	kPrefixes // of a text: hashes of its beginnings
	kSketch   // of a text: the smallest hashes of its words
	kCompany  // a name that is that of the organisation
	kBare     // of the words of a name: which part it is, and of each how many letters only ASCII lacks
	kKinds
)

// A value is one thing that a digest says.
type value struct {
	kind        kind
	cut         bool  // there was more text
	token, last bool  // a word of a name; nothing follows it in its field
	wild        bool  // has question marks
	lost        uint8 // octets that a side drops that knows ASCII only
	n           int32 // how many records have it
	hash        uint32
	letters     uint32 // which ones the text has, a bit each
	text        string
}

// nextValue reads a value: its kind and whether it was cut, the length of the text, the hash of the whole
// if it was cut, the text.
func nextValue(s string) (v value, rest string, ok bool) {
	if len(s) < 2 {
		return v, "", false
	}
	v.kind, v.cut = kind(s[0]>>1), s[0]&1 != 0
	n := int(s[1])
	s = s[2:]
	if v.cut {
		if len(s) < 4 {
			return v, "", false
		}
		v.hash = binary.BigEndian.Uint32([]byte(s[:4]))
		s = s[4:]
	}
	if len(s) < n || v.kind == 0 || v.kind >= kKinds {
		return v, "", false
	}
	v.text = s[:n]
	if !v.cut {
		v.hash = hash32(v.text)
	}
	return v, s[n:], v.binary() || utf8.ValidString(v.text)
}

// binary reports whether the value is no text.
func (v value) binary() bool {
	switch v.kind {
	case kUID, kStart, kDue, kLength, kPrefixes, kSketch, kPerson:
		return true
	}
	return false
}

// A writer collects the values of a digest, the most telling ones first.
type writer struct {
	buf []byte
	// seen are values that are there already: kind and hash.
	seen map[uint64]bool
}

func newWriter(class byte, fp dataclass.Fingerprint) *writer {
	w := &writer{buf: make([]byte, 0, 256), seen: make(map[uint64]bool, 16)}
	w.buf = append(append(w.buf, digestVersion, class), fp[:8]...)
	return w
}

// add appends a value of at most most octets, unless it is empty, there already, or the digest is full.
func (w *writer) add(k kind, text string, most int) {
	if text == "" {
		return
	}
	short, h := cut(text, most), hash32(text)
	key := uint64(k)<<32 | uint64(h)
	need := 2 + len(short)
	if len(short) < len(text) {
		need += 4
	}
	if w.seen[key] || len(w.buf)+need > MaxDigest {
		return
	}
	w.seen[key] = true
	if len(short) < len(text) {
		w.buf = append(w.buf, byte(k)<<1|1, byte(len(short)))
		w.buf = binary.BigEndian.AppendUint32(w.buf, h)
	} else {
		w.buf = append(w.buf, byte(k)<<1, byte(len(short)))
	}
	w.buf = append(w.buf, short...)
}

func (w *writer) digest() Digest { return Digest{string(w.buf)} }
