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
	zones     map[string][]byte  // VTIMEZONEs by TZID
	held      []*held            // in order of their numbers, also those that were let go
	series    map[string]*held   // those of held that components may join, by name and UID
	waiting   map[string][]*held // those of held that wait for a zone
	loose     int                // how many of held do not recur and were not let go
	gone      int                // how many of held were let go
	size      int                // bytes of zones and held
}

// A held is an item of a VCALENDAR before it is decoded.
type held struct {
	n      int
	name   string
	cal    *calendar
	parts  []part
	zones  []string // the TZIDs it names
	master bool     // one of the parts has no RECURRENCE-ID
	series bool     // it recurs or has a RECURRENCE-ID
	gone   bool     // it was let go
	forced bool     // it was let go before all of its zones had come
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
		c.versioned = true
		r.release(c.held)
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
		return r.entry(name)
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
	for _, h := range r.cal.held {
		if !h.gone {
			r.ready = append(r.ready, h)
		}
	}
	r.cal = nil
}

// zone keeps a VTIMEZONE and lets go what waited for it.
func (r *Reader) zone() error {
	p, tzid, err := r.zoneBody()
	switch c := r.cal; {
	case err != nil:
	case len(p.raw) > maxShared:
		err = fmt.Errorf("%w: more than %d bytes", dataclass.ErrTooBig, maxShared)
	case c.size+len(p.raw)+overhead > r.opts.MaxHeld:
		err = ErrHeld
	default:
		if c.zones == nil {
			c.zones = make(map[string][]byte)
		}
		if _, twice := c.zones[tzid]; !twice {
			c.zones[tzid] = p.raw
			c.size += len(p.raw) + overhead
			r.release(c.waiting[tzid])
			delete(c.waiting, tzid)
		}
		return nil
	}
	return r.fail(p.line, "VTIMEZONE", err)
}

// zoneBody reads a VTIMEZONE and its name.
func (r *Reader) zoneBody() (p part, tzid string, err error) {
	if p, err = r.body("VTIMEZONE"); err != nil {
		return p, "", err
	}
	p.raw = bytes.Clone(p.raw)
	for l := reread(p.raw); l.next(); {
		if l.field.name == "TZID" {
			return p, plainText(l.value()), nil
		}
	}
	return p, "", fmt.Errorf("%w: no TZID", dataclass.ErrMalformed)
}

// reread takes a component apart that was read as a whole.
func reread(raw []byte) *scanner { return newScanner(newSource(bytes.NewReader(raw)), len(raw)+2) }

// plainText takes the escapes off a text.
func plainText(s string) string {
	return strings.NewReplacer(`\,`, ",", `\;`, ";", `\\`, `\`).Replace(s)
}

// entry reads an event, task or journal entry. It is given at once if it is complete.
func (r *Reader) entry(name string) (Item, error) {
	p, err := r.body(name)
	if err != nil {
		return Item{}, r.fail(p.line, name, err)
	}
	e := entryOf(p.raw)
	e.series = e.series && e.uid != "" // nothing can join what has no UID
	key := name + "\x00" + e.uid
	if h := r.cal.series[key]; h != nil && !(h.master && e.master) {
		return Item{}, r.join(h, p, e)
	}
	r.n++
	h := &held{n: r.n, name: name, cal: r.cal, parts: []part{p}, zones: e.zones, master: e.master, series: e.series}
	if !h.series && r.cal.versioned && !h.waits() {
		return r.decode(h)
	}
	return Item{}, r.hold(h, key)
}

// hold keeps an item until the VCALENDAR ends or the zones that it names have come.
func (r *Reader) hold(h *held, key string) error {
	c, p := r.cal, &h.parts[0]
	p.raw = bytes.Clone(p.raw)
	switch room := r.room(len(p.raw)); {
	case !room && h.series:
		return &ItemError{N: h.n, Line: p.line, What: h.name, Err: ErrHeld}
	case !room:
		h.forced = true
		r.ready = append(r.ready, h)
		return nil
	case h.series:
		if c.series == nil {
			c.series = make(map[string]*held)
		}
		c.series[key] = h
	default:
		r.wait(h)
	}
	if c.gone > 100 && c.gone > len(c.held)/2 {
		c.tidy()
	}
	c.held = append(c.held, h)
	c.size += len(p.raw) + overhead
	return nil
}

// tidy forgets what was let go.
func (c *calendar) tidy() {
	c.held = slices.DeleteFunc(c.held, func(h *held) bool { return h.gone })
	c.gone = 0
}

// wait notes what a single item waits for.
func (r *Reader) wait(h *held) {
	c := r.cal
	c.loose++
	if c.waiting == nil {
		c.waiting = make(map[string][]*held)
	}
	for _, z := range h.zones {
		if c.zones[z] == nil {
			c.waiting[z] = append(c.waiting[z], h)
		}
	}
}

// join adds a component to the item that it belongs to.
func (r *Reader) join(h *held, p part, e entry) error {
	if !r.room(len(p.raw)) {
		return r.fail(p.line, h.name, ErrHeld)
	}
	r.cal.size += len(p.raw) + overhead
	h.parts = append(h.parts, part{raw: bytes.Clone(p.raw), line: p.line})
	h.master = h.master || e.master
	for _, z := range e.zones {
		if !slices.Contains(h.zones, z) {
			h.zones = append(h.zones, z)
		}
	}
	return nil
}

// room reports whether so many more bytes may be held back. If need be it lets go everything that only
// waits for a zone or a version.
func (r *Reader) room(n int) bool {
	c := r.cal
	if c.size+n+overhead > r.opts.MaxHeld && c.loose > 0 {
		for _, h := range c.held {
			h.forced = !h.gone
			r.letGo(h)
		}
		c.waiting = nil
		c.tidy()
	}
	return c.size+n+overhead <= r.opts.MaxHeld
}

// release lets go those that need not wait any more.
func (r *Reader) release(list []*held) {
	for _, h := range list {
		if r.cal.versioned && !h.waits() {
			r.letGo(h)
		}
	}
}

// letGo makes an item ready, unless it is one that other components may join.
func (r *Reader) letGo(h *held) {
	if h.series || h.gone {
		return
	}
	h.gone = true
	r.ready = append(r.ready, h)
	r.cal.gone++
	r.cal.loose--
	r.cal.size -= len(h.parts[0].raw) + overhead
}

// waits reports whether a zone that the item names has not come yet.
func (h *held) waits() bool {
	return slices.ContainsFunc(h.zones, func(z string) bool { return h.cal.zones[z] == nil })
}

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

// decode makes an item of the components, with the properties and zones of their VCALENDAR.
func (r *Reader) decode(h *held) (Item, error) {
	if z, ok := h.homeless(); ok && h.forced {
		return Item{}, &ItemError{N: h.n, Line: h.parts[0].line, What: h.name, Err: fmt.Errorf("%w: VTIMEZONE %.40q is too far behind", ErrHeld, z)}
	}
	parts := []part{{raw: []byte("BEGIN:VCALENDAR\r\n")}, h.cal.props}
	for _, z := range h.zones {
		if raw := h.cal.zones[z]; raw != nil {
			parts = append(parts, part{raw: raw})
		}
	}
	parts = append(append(parts, h.parts...), part{raw: []byte("END:VCALENDAR\r\n")})
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
