package dataclass

import (
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// noYear is the year that some programs write for a birthday whose year nobody told. Nobody who
// was born then has a card.
const noYear = "1604"

// A cardDate is the value of a BDAY or ANNIVERSARY (RFC 6350 4.3.4). Parts that are not known are
// empty; all are digits as written.
type cardDate struct{ year, month, day, time string }

// parseDate reads a date in basic or extended form, also one with parts missing. A full date at
// midnight is that date, in whatever zone: a birthday has no time, and must not change its day.
// The year is taken off if it is omit, or stands for none.
func parseDate(s, omit string) (cardDate, bool) {
	var c cardDate
	s = strings.TrimSpace(s)
	date := s
	if at := strings.IndexAny(s, "Tt"); at >= 0 {
		date, c.time = s[:at], upper(strings.ReplaceAll(s[at+1:], ":", ""))
		if !isClock(c.time) {
			return c, false
		}
	}
	if !c.parse(date) {
		return c, false
	}
	if full := c.year != "" && c.day != ""; full {
		if midnight(c.time) {
			c.time = ""
		}
		if c.year == noYear || c.year == omit {
			c.year = ""
		}
	}
	return c, true
}

// parse reads what stands before the time.
func (c *cardDate) parse(s string) bool {
	switch {
	case strings.HasPrefix(s, "---"):
		c.day = s[3:]
	case strings.HasPrefix(s, "--"):
		s = s[2:]
		if len(s) == 5 && s[2] == '-' {
			s = s[:2] + s[3:]
		}
		if len(s) == 4 {
			c.day = s[2:]
			s = s[:2]
		}
		c.month = s
	case len(s) == 10 && s[4] == '-' && s[7] == '-':
		c.year, c.month, c.day = s[:4], s[5:7], s[8:]
	case len(s) == 8:
		c.year, c.month, c.day = s[:4], s[4:6], s[6:]
	case len(s) == 7 && s[4] == '-':
		c.year, c.month = s[:4], s[5:]
	case len(s) == 4:
		c.year = s
	}
	return c.valid()
}

func (c *cardDate) valid() bool {
	month := c.month == "" || (len(c.month) == 2 && digits(c.month) && c.month >= "01" && c.month <= "12")
	day := c.day == "" || (len(c.day) == 2 && digits(c.day) && c.day >= "01" && c.day <= "31")
	year := c.year == "" || digits(c.year)
	return month && day && year && c.year+c.month+c.day != ""
}

// isClock reports whether s can be a time of day without colons.
func isClock(s string) bool { return len(s) >= 2 && strings.Trim(s, "0123456789.,Z+-") == "" }

func midnight(t string) bool {
	if at := strings.IndexAny(t, "Z+-"); at >= 0 {
		t = t[:at]
	}
	return strings.Trim(t, "0.,") == ""
}

// basic writes the date as vCard 4.0 does.
func (c cardDate) basic() string {
	out := c.year
	switch {
	case c.year == "" && c.month == "":
		out = "---" + c.day
	case c.year == "":
		out = "--" + c.month + c.day
	case c.day == "" && c.month != "":
		out += "-" + c.month
	default:
		out += c.month + c.day
	}
	if c.time != "" {
		out += "T" + c.time
	}
	return out
}

// extended writes a full date with hyphens and colons, and any other as basic does.
func (c cardDate) extended() string {
	if c.year == "" || c.day == "" {
		return c.basic()
	}
	out := c.year + "-" + c.month + "-" + c.day
	if t := c.time; t != "" {
		if len(t) >= 6 && digits(t[:6]) {
			t = t[:2] + ":" + t[2:4] + ":" + t[4:]
		}
		out += "T" + t
	}
	return out
}

// omitted gives the year that a parameter takes off.
func omitted(p *contentline.Property) string {
	v, _ := p.Param("X-APPLE-OMIT-YEAR")
	return strings.Trim(v, `"`)
}

// appendDate appends a date in basic form; other text as it is.
func appendDate(dst []byte, p *contentline.Property, d dialect) []byte {
	text := d.unescape(p.Value)
	if c, ok := parseDate(text, omitted(p)); ok {
		return append(dst, c.basic()...)
	}
	return appendText(dst, text)
}

// writeDate puts a date into the form of a dialect.
func writeDate(p *contentline.Property, from, to dialect) {
	c, ok := parseDate(to.unescape(p.Value), omitted(p))
	if !ok {
		if to == card40 && strings.TrimSpace(p.Value) != "" {
			p.Params = withValue(p.Params, "text")
		}
		return
	}
	yearless := c.year == "" && c.month != "" && c.day != ""
	switch {
	case to == card40:
		p.Value = c.basic()
		p.Params = withoutParam(withoutParam(p.Params, "X-APPLE-OMIT-YEAR"), "VALUE")
	case yearless && from == card40:
		p.Params = append(withoutParam(p.Params, "X-APPLE-OMIT-YEAR"), contentline.Param{Name: "X-APPLE-OMIT-YEAR", Value: noYear})
		p.Value = cardDate{noYear, c.month, c.day, c.time}.extended()
	case yearless, c.year == "":
	case to == card30, from == card40, strings.Count(p.Value, "-") > 1:
		p.Value = c.extended()
	default:
		p.Value = c.basic()
	}
}
