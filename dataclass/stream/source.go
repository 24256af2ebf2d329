package stream

import (
	"bufio"
	"bytes"
	"io"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// A source gives the physical lines of a file in UTF-8, or in whatever character set the single
// properties are. CRLF, LF, a lone CR and CR CR LF end a line, as in package contentline.
type source struct {
	br   *bufio.Reader
	line int    // number of the line read last
	err  error  // of the reader, other than io.EOF
	over bool   // the line read last was cut
	wide bool   // it was UTF-16
	glue []byte // the rest of a line that was two
}

const bufferSize = 64 << 10

// newSource reads through a buffer of so many bytes.
func newSource(r io.Reader, size int) *source {
	s := &source{br: bufio.NewReaderSize(r, size)}
	start, err := s.br.Peek(4)
	s.fail(err)
	order, ok := utf16Order(start)
	if s.wide = ok; ok {
		d := unicode.UTF16(order, unicode.UseBOM).NewDecoder()
		s.br = bufio.NewReaderSize(transform.NewReader(s.br, d), size)
	}
	return s
}

// fail keeps an error that is more than the end of the file.
func (s *source) fail(err error) {
	if err != nil && err != io.EOF && s.err == nil {
		s.err = err
	}
}

// utf16Order recognises UTF-16 by its byte order mark or by the zeros of ASCII text.
func utf16Order(b []byte) (unicode.Endianness, bool) {
	switch {
	case bytes.HasPrefix(b, []byte("\xFF\xFE")):
		return unicode.LittleEndian, true
	case bytes.HasPrefix(b, []byte("\xFE\xFF")):
		return unicode.BigEndian, true
	case len(b) < 4:
		return unicode.BigEndian, false
	case b[0] != 0 && b[1] == 0 && b[2] != 0 && b[3] == 0:
		return unicode.LittleEndian, true
	case b[0] == 0 && b[1] != 0 && b[2] == 0 && b[3] != 0:
		return unicode.BigEndian, true
	}
	return unicode.BigEndian, false
}

// more reports whether there is another line.
func (s *source) more() bool {
	if s.glue != nil {
		return true
	}
	_, err := s.br.Peek(1)
	s.fail(err)
	return err == nil
}

// next appends the next line without its end to dst. Of a line that would make dst longer than limit
// the rest is dropped, and over is set.
func (s *source) next(dst []byte, limit int) []byte {
	s.over = false
	if s.glue != nil {
		dst, s.glue = append(dst, s.glue...), nil
		return dst
	}
	s.line++
	for s.more() {
		b, _ := s.br.Peek(s.br.Buffered())
		i := bytes.IndexAny(b, "\r\n")
		text := b
		if i >= 0 {
			text = b[:i]
		}
		if room := limit - len(dst); len(text) > room {
			s.over = true
			dst = append(dst, text[:max(room, 0)]...)
		} else {
			dst = append(dst, text...)
		}
		if i >= 0 {
			s.discard(i + s.endSize(i))
			return dst
		}
		s.discard(len(b))
	}
	return dst
}

// endSize gives how many bytes end the line whose end begins i bytes ahead.
func (s *source) endSize(i int) int {
	b, err := s.br.Peek(i + 3)
	if len(b) < i+3 && s.br.Size() < i+3 { // the end of the buffer: look at what comes next
		s.discard(i)
		return s.endSize(0) - i
	}
	s.fail(err)
	switch end := b[i:]; {
	case bytes.HasPrefix(end, []byte("\r\n")):
		return 2
	case bytes.HasPrefix(end, []byte("\r\r\n")):
		return 3
	}
	return 1
}

func (s *source) discard(n int) {
	_, err := s.br.Discard(n)
	s.fail(err)
}

// ahead reports whether the next line begins with the text, in whatever case.
func (s *source) ahead(text string) bool {
	if s.glue != nil {
		return len(s.glue) >= len(text) && bytes.EqualFold(s.glue[:len(text)], []byte(text))
	}
	b, err := s.br.Peek(len(text))
	s.fail(err)
	return bytes.EqualFold(b, []byte(text))
}

// indented reports whether the next line begins with white space.
func (s *source) indented() bool { return s.ahead(" ") || s.ahead("\t") }

// startsWithBegin reports whether the first line that is not blank is a BEGIN line. Only what fits the
// buffer is looked at.
func (s *source) startsWithBegin() bool {
	b, err := s.br.Peek(4096)
	s.fail(err)
	b = bytes.TrimLeft(bytes.TrimPrefix(b, []byte(mark)), " \t\r\n")
	return len(b) >= 6 && bytes.EqualFold(b[:6], []byte("BEGIN:"))
}

// rest reads everything that is left; false if that is more than limit bytes.
func (s *source) rest(limit int) ([]byte, bool) {
	b, err := io.ReadAll(io.LimitReader(s.br, int64(limit)+1))
	s.fail(err)
	return b, len(b) <= limit
}

// mark is the byte order mark in UTF-8. Files that were put together have it in the middle, too.
const mark = "\xEF\xBB\xBF"
