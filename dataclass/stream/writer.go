package stream

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
)

// A Writer puts items of one format into one file. Its memory is bounded by the largest item.
//
// Cards and vNotes stand one after the other. Events, tasks and journal entries go into one VCALENDAR
// with the properties of the first item's; each VTIMEZONE is written once, before its first use. Where
// that would change what an item says, because its VCALENDAR has another METHOD, CALSCALE, TZ or
// DAYLIGHT or another VTIMEZONE of the same name, a second VCALENDAR begins.
type Writer struct {
	w      io.Writer
	format dataclass.Format
	n      int
	open   *container
	err    error
}

// NewWriter makes a Writer that writes items as the format says.
func NewWriter(w io.Writer, format dataclass.Format) *Writer { return &Writer{w: w, format: format} }

// Write writes one item, projected to the format. If that fails, or there is no room for a second note
// in plain text (ErrOne), nothing was written and the Writer is good for the next item. Any other error
// is one of the underlying writer, and the end.
func (w *Writer) Write(it *dataclass.Item) error {
	if w.err != nil {
		return w.err
	}
	out, err := it.Project(w.format)
	if err != nil {
		return fmt.Errorf("write as %s: %w", w.format, err)
	}
	data := out.Body().Data
	switch {
	case w.format == dataclass.PlainText && w.n > 0:
		return ErrOne
	case isCalendar(w.format):
		if data, err = w.entry(data); err != nil {
			return err
		}
	}
	w.n++
	_, w.err = w.w.Write(data)
	return w.err
}

// Close ends the file. It does not close the underlying writer.
func (w *Writer) Close() error {
	if w.err == nil && w.open != nil {
		_, w.err = io.WriteString(w.w, end)
		w.open = nil
	}
	if w.err != nil {
		return w.err
	}
	w.err = errClosed
	return nil
}

var errClosed = errors.New("write to a closed Writer")

const (
	begin = "BEGIN:VCALENDAR\r\n"
	end   = "END:VCALENDAR\r\n"
)

func isCalendar(f dataclass.Format) bool {
	return f.Type == dataclass.ICalendar20.Type || f.Type == dataclass.VCalendar10.Type
}

// A container is the VCALENDAR that is being written.
type container struct {
	sense string                       // those of its properties that change what items say
	zones map[string][sha256.Size]byte // the VTIMEZONEs in it
}

// maxZones is how many VTIMEZONEs go into one VCALENDAR: their names have to be remembered.
const maxZones = 1000

// entry gives what has to be written for one more item of calendar.
func (w *Writer) entry(body []byte) ([]byte, error) {
	p, err := takeApart(body)
	if err != nil {
		return nil, err
	}
	var out []byte
	if w.open != nil && !w.open.takes(p) {
		out = append(out, end...)
		w.open = nil
	}
	if w.open == nil {
		out = append(append(out, begin...), p.props...)
		w.open = &container{sense: p.sense, zones: make(map[string][sha256.Size]byte)}
	}
	for _, z := range p.zones {
		if _, there := w.open.zones[z.id]; !there {
			w.open.zones[z.id] = z.sum
			out = append(out, z.raw...)
		}
	}
	return append(out, p.comps...), nil
}

// takes reports whether an item keeps its meaning in the container.
func (c *container) takes(p pieces) bool {
	if c.sense != p.sense || len(c.zones)+len(p.zones) > maxZones {
		return false
	}
	for _, z := range p.zones {
		if sum, there := c.zones[z.id]; there && sum != z.sum {
			return false
		}
	}
	return true
}

// pieces are what the VCALENDAR of one item consists of.
type pieces struct {
	props []byte
	sense string
	zones []zonePiece
	comps []byte
}

type zonePiece struct {
	id  string
	sum [sha256.Size]byte
	raw []byte
}

// takeApart cuts the print of an item, which is a well-formed VCALENDAR.
func takeApart(body []byte) (pieces, error) {
	r := newReader(bytes.NewReader(body), Options{MaxItem: 2*len(body) + 1}, min(len(body)+10, bufferSize))
	p, l := pieces{}, r.lines
	if !l.next() || l.field.name != "BEGIN" {
		return p, fmt.Errorf("%w: no VCALENDAR", dataclass.ErrMalformed)
	}
	r.cal = &calendar{}
	for l.reset(); l.next(); l.reset() {
		switch f := l.field; {
		case f.bare && f.name == "END":
			return p, nil
		case f.bare && f.name == "BEGIN":
			if err := p.component(r, strings.ToUpper(l.value())); err != nil {
				return p, err
			}
		default:
			p.props = append(p.props, l.buf...)
			switch f.name {
			case "METHOD", "CALSCALE", "TZ", "DAYLIGHT":
				p.sense += f.name + ":" + l.value() + "\n"
			}
		}
	}
	return p, fmt.Errorf("%w: VCALENDAR: %w", dataclass.ErrMalformed, ErrUnfinished)
}

// component puts one component where it belongs.
func (p *pieces) component(r *Reader, name string) error {
	part, err := r.body(name)
	if name != "VTIMEZONE" {
		p.comps = append(p.comps, part.raw...)
		return err
	}
	p.zones = append(p.zones, zonePiece{id: r.entry.tzid, sum: sha256.Sum256(part.raw), raw: bytes.Clone(part.raw)})
	return err
}
