package stream

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/dataclass/zone"
)

// A calendar is the VCALENDAR that is being read.
type calendar struct {
	line      int
	props     part               // its properties, as one text
	full      bool               // there were more of them than fit
	versioned bool               // VERSION was among them
	old       bool               // it is vCalendar 1.0, which has no RECURRENCE-ID
	zones     map[string][]byte  // VTIMEZONEs by TZID
	series    []*held            // what is held back until the end
	joins     map[string]*held   // those of series that components may join, by name and UID
	loose     []*held            // what only waits for zones or a version; also those that were let go
	waiting   map[string][]*held // those of loose that wait for a zone
	gone      int                // how many of loose were let go
	size      int                // bytes of zones, series and loose
}

// A held is an item of a VCALENDAR before it is decoded.
type held struct {
	n       int
	name    string
	cal     *calendar
	parts   []part
	zones   []string // the TZIDs it names, some of them more than once
	missing int      // how many of them it waits for
	master  bool     // one of the parts has no RECURRENCE-ID
	gone    bool     // it was let go
	forced  bool     // it was let go before all of its zones had come
}

// component goes on in a VCALENDAR.
func (r *Reader) component() (Item, error) {
	l := r.lines
	l.reset()
	if !l.next() {
		return r.unfinished()
	}
	switch f := l.field; {
	case f.blank:
		return Item{}, nil
	case f.bare && f.name == "BEGIN":
		return r.begin(strings.ToUpper(l.value()))
	case f.bare && f.name == "END":
		if name := strings.ToUpper(l.value()); name != "VCALENDAR" {
			return Item{}, r.fail(l.line, "", fmt.Errorf("%w: END:%s has no BEGIN", dataclass.ErrMalformed, printable(name)))
		}
		r.leave()
		return Item{}, nil
	}
	return Item{}, r.property()
}

// property keeps a property of the VCALENDAR.
func (r *Reader) property() error {
	l, c := r.lines, r.cal
	if len(c.props.raw)+len(l.buf) > maxShared {
		if c.full {
			return nil
		}
		c.full = true
		return r.fail(l.line, "VCALENDAR", fmt.Errorf("%w: more than %d bytes of properties of its own", dataclass.ErrTooBig, maxShared))
	}
	c.props.raw = append(c.props.raw, l.buf...)
	if l.field.name == "VERSION" && !c.versioned {
		c.versioned, c.old = true, l.value() == "1.0"
		for _, h := range c.loose {
			r.release(h, false)
		}
	}
	return nil
}

// begin reads one component of a VCALENDAR.
func (r *Reader) begin(name string) (Item, error) {
	switch name {
	case "VCALENDAR", "VCARD", "VNOTE":
		r.lines.unread()
		return r.unfinished()
	case "VTIMEZONE":
		return Item{}, r.zone()
	case "VEVENT", "VTODO", "VJOURNAL":
		return r.calendarItem(name)
	}
	return r.unknown(name)
}

// unfinished reports that the END of the VCALENDAR is missing. What it held is read all the same.
func (r *Reader) unfinished() (Item, error) {
	line := r.cal.line
	r.leave()
	return Item{}, r.fail(line, "VCALENDAR", ErrUnfinished)
}

// leave ends the VCALENDAR: whatever was held back is complete.
func (r *Reader) leave() {
	r.cal.tidy()
	rest := slices.Concat(r.cal.series, r.cal.loose)
	slices.SortFunc(rest, func(a, b *held) int { return a.n - b.n })
	r.ready = append(r.ready, rest...)
	r.cal = nil
}

// zone keeps a VTIMEZONE and lets go what waited for it.
func (r *Reader) zone() error {
	p, err := r.body("VTIMEZONE")
	tzid := r.entry.tzid
	switch c := r.cal; {
	case err != nil:
	case tzid == "":
		err = fmt.Errorf("%w: no TZID", dataclass.ErrMalformed)
	case len(p.raw) > maxShared:
		err = fmt.Errorf("%w: more than %d bytes", dataclass.ErrTooBig, maxShared)
	case c.zones[tzid] != nil:
		return nil
	case c.size+len(p.raw)+overhead > r.opts.MaxHeld:
		err = ErrHeld
	default:
		c.keep(tzid, bytes.Clone(p.raw))
		for _, h := range c.waiting[tzid] {
			h.missing--
			r.release(h, false)
		}
		delete(c.waiting, tzid)
		return nil
	}
	return r.fail(p.line, "VTIMEZONE", err)
}

func (c *calendar) keep(tzid string, raw []byte) {
	if c.zones == nil {
		c.zones = make(map[string][]byte)
	}
	c.zones[tzid] = raw
	c.size += len(raw) + overhead
}

// calendarItem reads an event, task or journal entry. It is given at once if it is complete.
func (r *Reader) calendarItem(name string) (Item, error) {
	p, err := r.body(name)
	if err != nil {
		return Item{}, r.fail(p.line, name, err)
	}
	e, key := r.entry, name+"\x00"+r.entry.uid
	e.series = e.series && e.uid != "" && !r.cal.old // nothing can join what has no UID
	if h := r.cal.joins[key]; h != nil && !(h.master && e.master) {
		return Item{}, r.join(h, p, e)
	}
	r.n++
	h := &held{n: r.n, name: name, cal: r.cal, parts: []part{p}, zones: e.names, master: e.master}
	if h.missing = r.cal.missing(h); !e.series && r.cal.versioned && h.missing == 0 {
		return r.decode(h)
	}
	if h.parts[0].raw = bytes.Clone(p.raw); e.series {
		return Item{}, r.hold(h, key)
	}
	r.wait(h)
	return Item{}, nil
}

// missing counts the zones that the item names and that have not come yet.
func (c *calendar) missing(h *held) int {
	n := 0
	for _, z := range h.zones {
		if c.zones[z] == nil {
			n++
		}
	}
	return n
}

// hold keeps an item until the VCALENDAR ends.
func (r *Reader) hold(h *held, key string) error {
	c := r.cal
	if !r.room(h.size()) {
		return &ItemError{N: h.n, Line: h.parts[0].line, What: h.name, Err: ErrHeld}
	}
	if c.joins == nil {
		c.joins = make(map[string]*held)
	}
	c.joins[key] = h
	c.series = append(c.series, h)
	c.size += h.size()
	return nil
}

// wait keeps an item until the zones that it names have come and there is a version, or there is no room.
func (r *Reader) wait(h *held) {
	c := r.cal
	if !r.room(h.size()) {
		h.forced = true
		r.ready = append(r.ready, h)
		return
	}
	if c.gone > 100 && c.gone > len(c.loose)/2 {
		c.tidy()
	}
	if c.waiting == nil {
		c.waiting = make(map[string][]*held)
	}
	for _, z := range h.zones {
		if c.zones[z] == nil {
			c.waiting[z] = append(c.waiting[z], h)
		}
	}
	c.loose = append(c.loose, h)
	c.size += h.size()
}

// tidy forgets what was let go.
func (c *calendar) tidy() {
	c.loose = slices.DeleteFunc(c.loose, func(h *held) bool { return h.gone })
	c.gone = 0
}

// join adds a component to the item that it belongs to.
func (r *Reader) join(h *held, p part, e entry) error {
	n := len(p.raw) + overhead
	if !r.room(n) {
		return r.fail(p.line, h.name, ErrHeld)
	}
	r.cal.size += n
	h.parts = append(h.parts, part{raw: bytes.Clone(p.raw), line: p.line})
	h.master = h.master || e.master
	h.zones = append(h.zones, e.names...)
	return nil
}

// room reports whether so many more bytes may be held back. If need be it lets go everything that only
// waits for a zone or a version.
func (r *Reader) room(n int) bool {
	c := r.cal
	if c.size+n > r.opts.MaxHeld {
		for _, h := range c.loose {
			r.release(h, true)
		}
		c.waiting, c.loose, c.gone = nil, nil, 0
	}
	return c.size+n <= r.opts.MaxHeld
}

// release makes an item ready if it need not wait any more, or if it is forced to go.
func (r *Reader) release(h *held, force bool) {
	if h.gone || !force && (h.missing > 0 || !r.cal.versioned) {
		return
	}
	h.gone, h.forced = true, force
	r.ready = append(r.ready, h)
	r.cal.gone++
	r.cal.size -= h.size()
}

// size is what an item of one component counts.
func (h *held) size() int { return len(h.parts[0].raw) + overhead }

// homeless gives a zone that the item names, that did not come in time, and that nobody knows.
func (h *held) homeless() (string, bool) {
	for _, z := range h.zones {
		if h.cal.zones[z] != nil {
			continue
		}
		if _, ok := zone.Named(z); !ok {
			return z, true
		}
	}
	return "", false
}

// around gives what stands before the components of an item: the BEGIN line, the properties of the
// VCALENDAR and the zones that the item names.
func (c *calendar) around(h *held) []part {
	parts := []part{{raw: []byte(begin)}, c.props}
	seen := make(map[string]bool)
	for _, z := range h.zones {
		if raw := c.zones[z]; raw != nil && !seen[z] {
			parts = append(parts, part{raw: raw})
		}
		seen[z] = true
	}
	return parts
}

// decode makes an item of the components, with the properties and zones of their VCALENDAR.
func (r *Reader) decode(h *held) (Item, error) {
	if z, ok := h.homeless(); ok && h.forced {
		return Item{}, &ItemError{N: h.n, Line: h.parts[0].line, What: h.name, Err: fmt.Errorf("%w: VTIMEZONE %.40q is too far behind", ErrHeld, z)}
	}
	parts := append(append(h.cal.around(h), h.parts...), part{raw: []byte(end)})
	var text []byte
	for _, p := range parts {
		text = append(text, p.raw...)
	}
	classes := map[string]dataclass.Class{"VEVENT": dataclass.Events, "VTODO": dataclass.Tasks, "VJOURNAL": dataclass.Notes}
	it, err := dataclass.Decode(classes[h.name], dataclass.Body{Type: r.hint("VCALENDAR"), Data: text})
	line := h.parts[0].line
	h.parts = nil // the calendar may still know h
	if err != nil {
		e := decodeError(h.n, h.name, parts, err)
		if e.Line == 0 {
			e.Line = line
		}
		return Item{}, e
	}
	return Item{Item: it, N: h.n, Line: line}, nil
}
