package dav

import (
	"bytes"
	"io"
)

const (
	// maxTag is how many bytes a tag, or another thing in angle brackets, may have in an answer.
	maxTag = 64 << 10
	// maxElements is how many elements one response of an answer may have.
	maxElements = 10_000
)

// A bound is how many bytes an answer may have: all of it, and one response in it, which is held in memory.
type bound struct{ all, one int64 }

// listings bounds answers that list items, one response of which is short.
var listings = bound{maxListing, 256 << 10}

// content bounds answers that have items, escaped.
func (w *wire) content() bound {
	return bound{maxBodies, int64(w.d.o.MaxItemSize)/4*5 + 1<<20}
}

// A bounded reader gives an errBigAnswer where more bytes come than may: left in all, one since that was set, and maxTag
// between angle brackets, which a parser holds in pieces that take much more room than the bytes.
type bounded struct {
	r         io.Reader
	left, one int64

	// in is what stands open: nothing, a tag or a CDATA section.
	in  span
	tag int
	// head is how a tag begins, last how a CDATA section ended so far.
	head, last []byte
}

type span int

const (
	inText span = iota
	inTag
	inCDATA
)

// Read implements io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 || b.one <= 0 {
		return 0, errBigAnswer
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left, b.one)])
	b.left -= int64(n)
	b.one -= int64(n)
	if b.tags(p[:n]); b.tag > maxTag {
		return 0, errBigAnswer
	}
	return n, err
}

var cdata = []byte("![CDATA[")

// tags looks for tags that are too long. A ">" in an attribute ends one too early, which does not matter.
func (b *bounded) tags(p []byte) {
	for len(p) > 0 {
		switch b.in {
		case inText:
			i := bytes.IndexByte(p, '<')
			if i < 0 {
				return
			}
			b.in, b.tag, b.head = inTag, 0, b.head[:0]
			p = p[i+1:]
		case inTag:
			if n := min(len(cdata)-len(b.head), len(p)); n > 0 {
				b.head = append(b.head, p[:n]...)
			}
			i := bytes.IndexByte(p, '>')
			switch {
			case bytes.Equal(b.head, cdata):
				b.in, b.tag, b.last = inCDATA, 0, b.last[:0]
			case i < 0:
				if b.tag += len(p); b.tag > maxTag {
					return
				}
				p = nil
			default:
				b.tag += i
				if b.tag > maxTag {
					return
				}
				b.in, p = inText, p[i+1:]
			}
		case inCDATA:
			p = b.closing(p)
		}
	}
}

// closing looks for the end of a CDATA section, and gives what follows it.
func (b *bounded) closing(p []byte) []byte {
	for i := bytes.IndexByte(p, '>'); i >= 0; i = bytes.IndexByte(p, '>') {
		b.last = append(b.last, p[:i]...)
		p = p[i+1:]
		if bytes.HasSuffix(b.last, []byte("]]")) {
			b.in = inText
			return p
		}
		b.last = append(b.last[:0], '>')
	}
	b.last = append(b.last, p[max(0, len(p)-2):]...)
	b.last = b.last[max(0, len(b.last)-2):]
	return nil
}
