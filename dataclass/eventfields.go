package dataclass

import (
	"strconv"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// Text gives the text of the first property with the name, such as COMMENT; empty if there is none.
func (e Entry) Text(name string) string {
	c, _ := e.look()
	return textOf(c, name, cal20)
}

// SetText replaces the text of the first property with the name, or adds one; its parameters stay. An empty text
// removes every property with that name. The name has to be one that holds a single text.
func (e Entry) SetText(name, text string) {
	text = clean(text)
	if text == e.Text(name) {
		return
	}
	seps := ",;"
	if calendarTrait(upper(name)).kind == kindURI {
		seps = ""
	}
	value := cal20.escape(text, seps)
	e.edit(func(_, c *contentline.Component) { setValue(c, name, value) })
}

// Remove removes every property with the name.
func (e Entry) Remove(name string) {
	e.edit(func(_, c *contentline.Component) { drop(c, name) })
}

// UID gives the identifier that the entry carries. It is no content and no link.
func (e Entry) UID() string { return strings.TrimSpace(e.Text("UID")) }

// SetUID replaces the identifier.
func (e Entry) SetUID(s string) { e.SetText("UID", s) }

// Summary gives SUMMARY, the title.
func (e Entry) Summary() string { return e.Text("SUMMARY") }

// SetSummary replaces SUMMARY; an empty one is removed.
func (e Entry) SetSummary(s string) { e.SetText("SUMMARY", s) }

// Body gives DESCRIPTION, the text below the title.
func (e Entry) Body() string { return e.Text("DESCRIPTION") }

// SetBody replaces DESCRIPTION; an empty one is removed. What some programs keep beside it in another markup,
// X-ALT-DESC, stays.
func (e Entry) SetBody(s string) { e.SetText("DESCRIPTION", s) }

// Location gives LOCATION.
func (e Entry) Location() string { return e.Text("LOCATION") }

// SetLocation replaces LOCATION; an empty one is removed.
func (e Entry) SetLocation(s string) { e.SetText("LOCATION", s) }

// URL gives URL.
func (e Entry) URL() string { return strings.TrimSpace(e.Text("URL")) }

// SetURL replaces URL; an empty one is removed.
func (e Entry) SetURL(s string) { e.SetText("URL", s) }

// Status gives STATUS in upper case, such as CONFIRMED or NEEDS-ACTION (RFC 5545 3.8.1.11).
func (e Entry) Status() string { return e.word("STATUS") }

// SetStatus replaces STATUS; an empty one is removed.
func (e Entry) SetStatus(s string) { e.setWord("STATUS", s) }

// Class gives CLASS in upper case: PUBLIC, PRIVATE, CONFIDENTIAL or another word; empty means PUBLIC.
func (e Entry) Class() string { return e.word("CLASS") }

// SetClass replaces CLASS; an empty one is removed.
func (e Entry) SetClass(s string) { e.setWord("CLASS", s) }

func (e Entry) word(name string) string { return upper(strings.TrimSpace(e.Text(name))) }

func (e Entry) setWord(name, s string) {
	if s = upper(strings.TrimSpace(s)); s != e.word(name) {
		e.SetText(name, s)
	}
}

// Priority gives PRIORITY from 1, the highest, to 9; 0 if there is none (RFC 5545 3.8.1.9).
func (e Entry) Priority() int { return e.number("PRIORITY", 9) }

// SetPriority replaces PRIORITY; 0 removes it. It is taken into 0 to 9.
func (e Entry) SetPriority(n int) { e.setNumber("PRIORITY", min(max(n, 0), 9), 9) }

// number gives a number from 0 to most; 0 for anything else.
func (e Entry) number(name string, most int) int {
	s := strings.TrimSpace(e.Text(name))
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > most {
		return 0
	}
	return n
}

func (e Entry) setNumber(name string, n, most int) {
	switch old := e.number(name, most); {
	case n == old:
	case n == 0:
		e.SetText(name, "")
	default:
		e.SetText(name, strconv.Itoa(n))
	}
}

// Geo gives the place in degrees (RFC 5545 3.8.1.6); false if there is none.
func (e Entry) Geo() (lat, lon float64, ok bool) {
	a, b, ok := strings.Cut(strings.ReplaceAll(e.Text("GEO"), ",", ";"), ";")
	if !ok {
		return 0, 0, false
	}
	lat, err1 := strconv.ParseFloat(strings.TrimSpace(a), 64)
	lon, err2 := strconv.ParseFloat(strings.TrimSpace(b), 64)
	if err1 != nil || err2 != nil || !(lat >= -90 && lat <= 90) || !(lon >= -180 && lon <= 180) {
		return 0, 0, false
	}
	return lat, lon, true
}

// SetGeo replaces the place, to six decimals; ClearGeo removes it. What is no place on earth is ignored.
func (e Entry) SetGeo(lat, lon float64) {
	a, b, ok := e.Geo()
	if (ok && a == lat && b == lon) || !(lat >= -90 && lat <= 90) || !(lon >= -180 && lon <= 180) {
		return
	}
	value := strconv.FormatFloat(lat, 'f', 6, 64) + ";" + strconv.FormatFloat(lon, 'f', 6, 64)
	e.edit(func(_, c *contentline.Component) { setValue(c, "GEO", value) })
}

// ClearGeo removes the place.
func (e Entry) ClearGeo() { e.Remove("GEO") }

// Created and Modified give when the entry was made and last changed, as the program that did it says; zero if
// it does not. They are no content.
func (e Entry) Created() time.Time { return e.when("CREATED").Time }

// Modified gives LAST-MODIFIED; see Created.
func (e Entry) Modified() time.Time { return e.when("LAST-MODIFIED").Time }

func (e Entry) when(name string) When {
	c, z := e.look()
	return z.whenOf(c, name)
}

func (e Entry) setWhen(name string, w When) {
	if old := e.when(name); old.same(w) {
		return
	}
	e.edit(func(root, c *contentline.Component) { setWhen(root, c, name, w) })
}

// Start gives DTSTART; zero if there is none.
func (e Entry) Start() When { return e.when("DTSTART") }

// SetStart replaces DTSTART; the zero time removes it. A VTIMEZONE is added if it is missing. The end stays where
// it is, unless it stands as a duration.
func (e Entry) SetStart(w When) { e.setWhen("DTSTART", w) }

// AllDay reports whether the entry begins on a day, not at a time.
func (e Entry) AllDay() bool { return e.Start().Date }

// Duration gives how long the entry lasts: what DURATION says, or else the time from its start to its end. A
// day counts 24 hours here. It is 0 if there is no end, and for all-day events without one, a day.
func (e Entry) Duration() time.Duration {
	if c, _ := e.look(); c.Find(endNameOf(c)) == nil {
		if p := c.Find("DURATION"); p != nil {
			if days, d, ok := parseDuration(p.Value); ok {
				return time.Duration(days)*24*time.Hour + d
			}
		}
	}
	start, end := e.Start(), e.end()
	if start.IsZero() || end.IsZero() {
		return 0
	}
	return end.Time.Sub(start.Time)
}

// SetDuration makes the entry last so long, as DURATION; the end goes. 0 or less removes DURATION.
func (e Entry) SetDuration(d time.Duration) {
	if d = d.Truncate(time.Second); d == e.Duration() {
		return
	}
	e.edit(func(_, c *contentline.Component) {
		drop(c, endNameOf(c))
		if d <= 0 {
			drop(c, "DURATION")
			return
		}
		setValue(c, "DURATION", formatDuration(d))
	})
}

func endNameOf(c *contentline.Component) string {
	if strings.EqualFold(c.Name, "VTODO") {
		return "DUE"
	}
	return "DTEND"
}

// end gives DTEND or DUE, what follows from DURATION, or for an event what follows from its start.
func (e Entry) end() When {
	c, z := e.look()
	name := endNameOf(c)
	if w := z.whenOf(c, name); !w.IsZero() || c.Find("DTSTART") == nil {
		return w
	}
	r := newCalendarReader(section{comp: c, zones: z})
	if p := c.Find("DURATION"); p != nil {
		if m, ok := r.end(p.Value); ok {
			w := z.when(m)
			if start := z.when(r.start); start.Zone != "" && !start.Floating {
				w.Time, w.Zone = w.Time.In(start.Time.Location()), start.Zone
			}
			return w
		}
	}
	switch {
	case name == "DUE" || !r.started:
		return When{}
	case r.start.date:
		return When{Time: r.start.wall().AddDate(0, 0, 1), Date: true}
	}
	return z.when(r.start)
}

func (e Entry) setEnd(w When) {
	if old := e.end(); old.same(w) {
		return
	}
	e.edit(func(root, c *contentline.Component) {
		drop(c, "DURATION")
		setWhen(root, c, endNameOf(c), w)
	})
}

// End gives when the event is over: DTEND, or what follows from DURATION, or from the start alone (RFC 5545
// 3.6.1). Of an all-day event that is the day after its last one.
func (e Event) End() When { return e.end() }

// SetEnd replaces DTEND, and DURATION if there is one; the zero time removes both.
func (e Event) SetEnd(w When) { e.setEnd(w) }

// Transparent reports whether the event leaves the user free: TRANSP (RFC 5545 3.8.2.7).
func (e Event) Transparent() bool { return e.word("TRANSP") == "TRANSPARENT" }

// SetTransparent says whether the event leaves the user free. Without TRANSP it does not.
func (e Event) SetTransparent(free bool) {
	switch {
	case free == e.Transparent():
	case free:
		e.SetText("TRANSP", "TRANSPARENT")
	default:
		e.SetText("TRANSP", "OPAQUE")
	}
}

// formatDuration writes a duration (RFC 5545 3.3.6), in days where it is whole days.
func formatDuration(d time.Duration) string {
	if d == 0 {
		return "PT0S"
	}
	s := "P"
	if d < 0 {
		s, d = "-P", -d
	}
	if days := d / (24 * time.Hour); days > 0 {
		s, d = s+strconv.FormatInt(int64(days), 10)+"D", d%(24*time.Hour)
	}
	if d == 0 {
		return s
	}
	s += "T"
	for _, u := range []struct {
		size time.Duration
		name string
	}{{time.Hour, "H"}, {time.Minute, "M"}, {time.Second, "S"}} {
		if n := d / u.size; n > 0 {
			s, d = s+strconv.FormatInt(int64(n), 10)+u.name, d%u.size
		}
	}
	return s
}
