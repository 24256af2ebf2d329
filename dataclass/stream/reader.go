package stream

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
)

// A Reader reads the items of a file one by one. Its memory is bounded by the largest item and by
// Options.MaxHeld, not by the file; its time is linear.
//
// Every VCARD and every VNOTE is an item. In a VCALENDAR every VEVENT, VTODO and VJOURNAL is one,
// together with the properties of the VCALENDAR and the VTIMEZONEs that it names. Components that share
// name and UID, of which all but one have a RECURRENCE-ID, are one item, in any order.
//
// Until the VCALENDAR ends the Reader therefore holds back what recurs or has a RECURRENCE-ID (but in
// vCalendar 1.0, which knows no exceptions of their own), what names a VTIMEZONE that has not come yet,
// and everything as long as there is no VERSION. Such items come after those behind them. If that would be
// more than Options.MaxHeld bytes, what recurs is reported as ErrHeld, and what only waits is given
// without waiting longer, or reported if nobody knows the zone. A property of a VCALENDAR that stands
// behind an item is not part of that item if it was given already.
//
// Blank lines, byte order marks and the headers of a mail (Content-…, MIME-Version) between items are
// skipped. Any other text there is an ItemError, and so is a component of a kind that Bindery does not
// know, with all that is in it. An item whose END is missing ends where the next one begins.
type Reader struct {
	opts  Options
	src   *source
	lines *scanner
	n     int // the number given last
	cal   *calendar
	entry entry   // of the component read last
	ready []*held // what was held back and is complete
	text  bool    // the file is one note
}

// NewReader makes a Reader. It reads nothing before the first Next but a few bytes that tell the
// character set: UTF-16 with or without a byte order mark, else UTF-8 or what the items themselves say.
func NewReader(r io.Reader, opts Options) *Reader { return newReader(r, opts, bufferSize) }

func newReader(r io.Reader, opts Options, size int) *Reader {
	opts = opts.withDefaults()
	src := newSource(r, size)
	text := dataclass.ParseFormat(opts.Type).Type == dataclass.PlainText.Type
	text = text || opts.Plain && !src.startsWithBegin()
	return &Reader{opts: opts, src: src, lines: newScanner(src, opts.MaxItem), text: text}
}

// Next gives the next item. An *ItemError stands for an item that could not be read: the next call goes
// on behind it. io.EOF is the end; any other error is one of the underlying reader, and the end too.
func (r *Reader) Next() (Item, error) {
	it, err := r.next()
	if r.src.err != nil { // what was read before it may be half an item
		return Item{}, r.src.err
	}
	return it, err
}

func (r *Reader) next() (Item, error) {
	for {
		switch {
		case len(r.ready) > 0:
			h := r.ready[0]
			r.ready[0], r.ready = nil, r.ready[1:]
			return r.decode(h)
		case r.text:
			return r.note()
		}
		it, err := r.step()
		if err != nil || it.Item != nil {
			return it, err
		}
	}
}

// step goes on in the file. No item and no error mean that there was nothing to report.
func (r *Reader) step() (Item, error) {
	if r.cal != nil {
		return r.component()
	}
	r.lines.reset()
	if !r.lines.next() {
		return Item{}, io.EOF
	}
	switch f := r.lines.field; {
	case f.blank, isTransport(f.name):
		return Item{}, nil
	case f.name != "BEGIN" || !f.bare:
		return r.stray()
	}
	switch name := strings.ToUpper(r.lines.value()); name {
	case "VCALENDAR":
		r.cal = &calendar{line: r.lines.line}
		return Item{}, nil
	case "VCARD", "VNOTE":
		return r.single(name)
	default:
		return r.unknown(name)
	}
}

// isTransport recognises the headers that a mail puts before an item.
func isTransport(name string) bool {
	return strings.HasPrefix(name, "CONTENT-") || name == "MIME-VERSION"
}

// fail makes the error for the next item.
func (r *Reader) fail(line int, what string, err error) error {
	r.n++
	return &ItemError{N: r.n, Line: line, What: what, Err: err}
}

// stray reports text between items, all of it up to the next BEGIN at once.
func (r *Reader) stray() (Item, error) {
	line := r.lines.line
	for r.lines.reset(); r.lines.next(); r.lines.reset() {
		if f := r.lines.field; f.name == "BEGIN" && f.bare {
			r.lines.unread()
			break
		}
	}
	return Item{}, r.fail(line, "", ErrNotAnItem)
}

// single reads a card or a vNote.
func (r *Reader) single(name string) (Item, error) {
	p, err := r.body(name)
	r.n++
	if err != nil {
		return Item{}, &ItemError{N: r.n, Line: p.line, What: name, Err: err}
	}
	class := dataclass.Contacts
	if name == "VNOTE" {
		class = dataclass.Notes
	}
	it, err := dataclass.Decode(class, dataclass.Body{Type: r.hint(name), Data: p.raw})
	if err != nil {
		return Item{}, decodeError(r.n, name, []part{p}, err)
	}
	return Item{Item: it, N: r.n, Line: p.line}, nil
}

// hint gives the media type to decode a component by: the one of the file if it is of its kind.
func (r *Reader) hint(name string) string {
	t := dataclass.ParseFormat(r.opts.Type).Type
	kinds := map[string][]string{
		"VCARD": {"text/vcard", "text/x-vcard", "text/directory"},
		"VNOTE": {"text/x-vnote"}, "VCALENDAR": {"text/calendar", "text/x-vcalendar"},
	}
	if slices.Contains(kinds[name], t) {
		return r.opts.Type
	}
	switch name {
	case "VNOTE":
		return dataclass.VNote11.Type
	case "VCALENDAR":
		return dataclass.ICalendar20.Type
	}
	return ""
}

// note reads the whole file as plain text.
func (r *Reader) note() (Item, error) {
	if r.n > 0 || !r.src.more() {
		return Item{}, io.EOF
	}
	text, fits := r.src.rest(r.opts.MaxItem)
	if r.n++; !fits {
		return Item{}, &ItemError{N: r.n, Line: 1, Err: dataclass.ErrTooBig}
	}
	b := dataclass.Body{Type: dataclass.PlainText.Type, Data: text}
	if dataclass.ParseFormat(r.opts.Type).Type == b.Type && !r.src.wide {
		b.Type = r.opts.Type // with its charset
	}
	it, err := dataclass.Decode(dataclass.Notes, b)
	if err != nil {
		return Item{}, &ItemError{N: r.n, Line: 1, Err: err}
	}
	return Item{Item: it, N: r.n, Line: 1}, nil
}

// unknown skips a component of another kind, with all that is in it.
func (r *Reader) unknown(name string) (Item, error) {
	line := r.lines.line
	_, err := r.body(name)
	if err == nil || errors.Is(err, dataclass.ErrTooBig) {
		err = fmt.Errorf("%w: BEGIN:%.20s%s", dataclass.ErrUnsupported, name, outside(name))
	}
	return Item{}, r.fail(line, printable(name), err)
}

// printable is a name for people: it is cut, and odd characters become dots.
func printable(name string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' {
			return '.'
		}
		return c
	}, name[:min(len(name), 20)])
}

// body reads a component to its END, beginning with the BEGIN line that was just read. The text of
// the part is only valid until the next line is read.
func (r *Reader) body(name string) (part, error) {
	l := r.lines
	p := part{line: l.line}
	r.entry = entry{master: true}
	var open nest
	open.push(name)
	for owner := false; open.depth() > 0; {
		if !l.next() {
			return p, ErrUnfinished
		}
		f := l.field
		structural := f.bare && !f.blank && (f.name == "BEGIN" || f.name == "END")
		switch value := ""; {
		case !structural:
			r.entry.note(l, open.depth())
			var opens bool
			if owner, opens = ownsCard(l); opens && !r.entry.mime {
				open.push("VCARD")
			}
			continue
		case f.name == "BEGIN":
			value = strings.ToUpper(l.value())
			if r.breaks(name, value) && !(owner && value == "VCARD") {
				l.unread()
				return p, ErrUnfinished
			}
			open.push(value)
		default:
			value = strings.ToUpper(l.value())
			if r.cal != nil && value == "VCALENDAR" && name != value {
				l.unread()
				return p, ErrUnfinished
			}
			open.pop(value)
		}
		owner = false
	}
	if p.raw = l.raw(); l.over {
		return p, fmt.Errorf("%w: more than %d bytes", dataclass.ErrTooBig, r.opts.MaxItem)
	}
	return p, nil
}

// ownsCard reports whether the line introduces a nested card on the next line, or opens it itself: the AGENT
// of vCard 2.1, or a property of vCalendar 1.0 with VALUE=VCARD.
func ownsCard(l *scanner) (owner, opens bool) {
	head := l.field.head
	if l.field.name != "AGENT" && indexWord(head, "VCARD") < 0 || len(l.buf)-l.start > 200 {
		return false, false
	}
	value := l.value()
	return value == "", strings.EqualFold(value, "BEGIN:VCARD") && !isQuotedPrintable(head)
}

// breaks reports whether a component cannot stand inside the one that is being read, so that the END of
// that one must be missing.
func (r *Reader) breaks(outer, name string) bool {
	switch name {
	case "VCARD", "VCALENDAR", "VNOTE":
		return known(outer)
	case "VEVENT", "VTODO", "VJOURNAL", "VTIMEZONE", "VFREEBUSY":
		return r.cal != nil && known(outer)
	}
	return false
}

// known reports whether we know what may stand in a component.
func known(name string) bool {
	switch name {
	case "VCARD", "VNOTE", "VEVENT", "VTODO", "VJOURNAL", "VTIMEZONE", "VFREEBUSY":
		return true
	}
	return false
}

// A nest is the names of the components that are open. Below maxNest they are only counted.
type nest struct {
	names []string
	below int
}

// maxNest is deeper than any item that can be decoded.
const maxNest = 50

func (n *nest) depth() int { return len(n.names) + n.below }

func (n *nest) push(name string) {
	if len(n.names) >= maxNest {
		n.below++
		return
	}
	n.names = append(n.names, name)
}

// pop closes the innermost component of the name with all that was not closed in it. If there is none
// the END is one too many and closes nothing.
func (n *nest) pop(name string) {
	if n.below > 0 && n.names[0] != name {
		n.below--
		return
	}
	for i := len(n.names) - 1; i >= 0; i-- {
		if n.names[i] == name {
			n.names, n.below = n.names[:i], 0
			return
		}
	}
}

// outside says what is wrong with a component that only stands inside another one.
func outside(name string) string {
	switch strings.ToUpper(name) {
	case "VEVENT", "VTODO", "VJOURNAL":
		return " outside of a VCALENDAR"
	}
	return ""
}
