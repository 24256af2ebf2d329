package zone

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"
)

// byRules gives the zone that a VTIMEZONE describes.
func byRules(r *rules) *Zone {
	if off, ok := r.fixed(); ok {
		return fixed(off)
	}
	return made.zone(r)
}

// keyFrom is when the digest of a zone begins. Programs differ in how far back they write rules, and few
// appointments are older than this.
var keyFrom = time.Date(1971, 1, 1, 0, 0, 0, 0, time.UTC).Unix()

// digest identifies what changes do, however they are said.
func digest(all []onset) string {
	off := all[0].from
	var buf []byte
	put := func(at int64, off int) {
		buf = binary.BigEndian.AppendUint64(buf, uint64(at))
		buf = binary.BigEndian.AppendUint32(buf, uint32(int32(off)))
	}
	begun := false
	for _, o := range all {
		if o.at > keyFrom && !begun {
			put(keyFrom, off)
			begun = true
		}
		if begun && o.to != off {
			put(o.at, o.to)
		}
		off = o.to
	}
	if !begun {
		put(keyFrom, off)
	}
	sum := sha256.Sum256(buf)
	return hex.EncodeToString(sum[:16])
}

const (
	maxTypes   = 250 // a TZif file counts them in a byte; rules never have more
	maxAbbrevs = 200 // and so the bytes of all abbreviations
)

// tzif is a time zone file (RFC 8536) in the making.
type tzif struct {
	times   []byte
	indexes []byte
	types   []byte
	abbrevs string
	known   map[tzType]byte
}

type tzType struct {
	off  int
	dst  bool
	name string
}

// location gives the zone of changes in order.
func location(name string, all []onset) *time.Location {
	f := tzif{known: make(map[tzType]byte), abbrevs: "\x00"}
	// The first type holds before the first change, and only there.
	f.add(tzType{off: all[0].from})
	f.known = make(map[tzType]byte)
	for _, o := range all {
		t := f.typeOf(o)
		f.times = binary.BigEndian.AppendUint64(f.times, uint64(o.at))
		f.indexes = append(f.indexes, t)
	}
	loc, err := time.LoadLocationFromTZData(name, f.bytes())
	if err != nil {
		return time.FixedZone(name, all[len(all)-1].to)
	}
	return loc
}

// typeOf gives the number of what holds after a change.
func (f *tzif) typeOf(o onset) byte {
	t := tzType{o.to, o.dst, abbrev(o.name)}
	if n, ok := f.known[t]; ok {
		return n
	}
	return f.add(t)
}

func (f *tzif) add(t tzType) byte {
	at := strings.Index(f.abbrevs, t.name+"\x00")
	if at < 0 && len(f.abbrevs)+len(t.name) < maxAbbrevs {
		at = len(f.abbrevs)
		f.abbrevs += t.name + "\x00"
	}
	n := byte(len(f.types) / 6)
	f.types = binary.BigEndian.AppendUint32(f.types, uint32(int32(t.off)))
	dst := byte(0)
	if t.dst {
		dst = 1
	}
	f.types = append(f.types, dst, byte(max(at, 0)))
	f.known[t] = n
	return n
}

// abbrev gives a TZNAME if it is an abbreviation such as CET, else nothing.
func abbrev(name string) string {
	if len(name) > 6 {
		return ""
	}
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c >= 0x7f {
			return ""
		}
	}
	return name
}

// bytes gives the file: an empty part with 32-bit times and the part that counts.
func (f *tzif) bytes() []byte {
	out := appendHeader(nil, 0, 0, 0)
	out = appendHeader(out, len(f.indexes), len(f.types)/6, len(f.abbrevs))
	out = append(out, f.times...)
	out = append(out, f.indexes...)
	out = append(out, f.types...)
	out = append(out, f.abbrevs...)
	return append(out, "\n\n"...)
}

func appendHeader(dst []byte, times, types, chars int) []byte {
	dst = append(dst, "TZif2"...)
	dst = append(dst, make([]byte, 15)...)
	for _, n := range [...]int{0, 0, 0, times, types, chars} {
		dst = binary.BigEndian.AppendUint32(dst, uint32(n))
	}
	return dst
}
