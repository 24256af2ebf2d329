package bindings

import (
	"encoding/binary"
	"errors"

	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
)

// A first sync makes thousands of links, each with one Add on the way, and a moment later each Add is done. Written as
// rows, a link would be written twice, and its intent written and deleted. So a batch that is nothing but new links with
// one Add each is one row until it is settled, or until somebody asks: then the links are written as they are by that
// time. Nobody but this file and journal_packed.go sees a difference.

// A pack is what such a row holds.
type pack struct {
	id      int64 // of the row
	links   []journalLinkRow
	intents []journalIntentRow
}

// packable reports whether a batch is nothing but new links with one Add each.
func packable(b engine.Batch) bool {
	if len(b.Links) == 0 || len(b.Links) != len(b.Intents) || len(b.Doubts)+len(b.Failures)+len(b.History) > 0 {
		return false
	}
	served := make([]bool, len(b.Links))
	for i := range b.Intents {
		in := &b.Intents[i]
		l := &b.Links[in.Link]
		if l.ID != 0 || served[in.Link] || !isPlainAdd(in) || in.Print != l.Link.Base || !sameBody(in.Op.Body, l.Bodies.Base) {
			return false
		}
		served[in.Link] = true
	}
	return true
}

// isPlainAdd reports whether an intent is an Add that nobody was asked for yet, with nothing to it but its body.
func isPlainAdd(in *engine.Intent) bool {
	return in.State == engine.Intended && in.Item == "" && in.Op.Verb == sources.Add && in.Op.ID == "" && in.Op.IfRev == ""
}

// packedBytes is about how much a packed link takes beside its bodies.
const packedBytes = 400

// append adds the stored form of p to b.
func (p *pack) append(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(p.links)))
	for i := range p.links {
		b = p.links[i].pack(b)
	}
	b = binary.AppendUvarint(b, uint64(len(p.intents)))
	for i := range p.intents {
		b = p.intents[i].pack(b)
	}
	return b
}

// pack leaves out what was lost: a new link has lost nothing.
func (r *journalLinkRow) pack(b []byte) []byte {
	b = packInts(b, r.ID, boolInt(r.Doomed))
	b = packBytes(packString(packBytes(b, r.BasePrint), r.BaseType), r.BaseBody)
	for _, s := range []*journalSide{&r.Source, &r.Target} {
		b = packInts(packString(packString(b, s.Item), s.Rev), int64(s.Owed), int64(s.Held))
		b = packBytes(packBytes(packString(packBytes(b, s.Print), s.Type), s.Body), s.Sent)
	}
	return packBytes(b, r.Swing)
}

func (r *journalIntentRow) pack(b []byte) []byte {
	b = packInts(b, r.ID, r.Link, r.Run, int64(r.Side), int64(r.State), int64(r.Verb), boolInt(r.OfBase), r.Made)
	b = packString(packString(packString(b, r.Key), r.Item), r.IfRev)
	return packString(packBytes(packString(packBytes(b, r.Print), r.Type), r.Body), r.Mapped)
}

// errPack means that a row does not hold what was put there.
var errPack = errors.New("a stored batch is damaged")

// unpackRows reads what append wrote. Bytes of the rows are those of b.
func unpackRows(k journalKey, b []byte) (pack, error) {
	r := packReader{b: b}
	p := pack{links: make([]journalLinkRow, r.count())}
	for i := range p.links {
		p.links[i].Ref = k
		r.link(&p.links[i])
	}
	p.intents = make([]journalIntentRow, r.count())
	for i := range p.intents {
		p.intents[i].Ref = k
		r.intent(&p.intents[i])
	}
	if r.bad || len(r.b) > 0 {
		return pack{}, errPack
	}
	return p, nil
}

func packInts(b []byte, list ...int64) []byte {
	for _, n := range list {
		b = binary.AppendVarint(b, n)
	}
	return b
}

func packString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// packBytes keeps nothing and no bytes apart, as the database does.
func packBytes(b, v []byte) []byte {
	if v == nil {
		return append(b, 0)
	}
	return append(binary.AppendUvarint(b, uint64(len(v))+1), v...)
}

func boolInt(v bool) int64 {
	if v {
		return 1
	}
	return 0
}

// A packReader reads a pack. The first thing that is wrong makes it bad, and all that follows is zero.
type packReader struct {
	b   []byte
	bad bool
}

func (r *packReader) link(l *journalLinkRow) {
	l.ID, l.Doomed = r.int(), r.int() != 0
	l.BasePrint, l.BaseType, l.BaseBody = r.bytes(), r.string(), r.bytes()
	for _, s := range []*journalSide{&l.Source, &l.Target} {
		s.Item, s.Rev, s.Owed, s.Held = r.string(), r.string(), int(r.int()), int(r.int())
		s.Print, s.Type, s.Body, s.Sent = r.bytes(), r.string(), r.bytes(), r.bytes()
	}
	l.Swing = r.bytes()
}

func (r *packReader) intent(in *journalIntentRow) {
	in.ID, in.Link, in.Run, in.Side = r.int(), r.int(), r.int(), int(r.int())
	in.State, in.Verb, in.OfBase, in.Made = int(r.int()), int(r.int()), r.int() != 0, r.int()
	in.Key, in.Item, in.IfRev = r.string(), r.string(), r.string()
	in.Print, in.Type, in.Body, in.Mapped = r.bytes(), r.string(), r.bytes(), r.string()
}

// count reads how many rows follow: each has a byte at least.
func (r *packReader) count() int {
	n := r.uint()
	if n > uint64(len(r.b)) {
		r.bad = true
		return 0
	}
	return int(n)
}

func (r *packReader) uint() uint64 {
	n, size := binary.Uvarint(r.b)
	if r.bad || size <= 0 {
		r.bad = true
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *packReader) int() int64 {
	n := r.uint()
	return int64(n>>1) ^ -int64(n&1)
}

func (r *packReader) take(n uint64) []byte {
	if r.bad || n > uint64(len(r.b)) {
		r.bad = true
		return nil
	}
	v := r.b[:n:n]
	r.b = r.b[n:]
	return v
}

func (r *packReader) string() string { return string(r.take(r.uint())) }

func (r *packReader) bytes() []byte {
	n := r.uint()
	if n == 0 {
		return nil
	}
	return r.take(n - 1)
}
