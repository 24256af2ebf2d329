package simtest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
)

// content is an item as its user sees it: a name that never changes, and fields. A field that is "" is not
// there.
type content struct {
	name   string
	fields map[string]string
}

// A style says how the items of a class look: the media type, what stands before and after the fields,
// the property that holds the name, and the fields that several users may write. A field beginning with
// mark is written once.
type style struct {
	media, head, tail, title string
	fields                   []string
}

const mark = "X-M"

var styles = map[dataclass.Class]style{
	dataclass.Contacts: {media: "text/vcard;version=3.0", head: "BEGIN:VCARD\r\nVERSION:3.0\r\n", tail: "END:VCARD\r\n",
		title: "FN", fields: []string{"NOTE", "TITLE"}},
	dataclass.Events: {media: "text/calendar", head: "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\n", tail: "END:VEVENT\r\nEND:VCALENDAR\r\n",
		title: "SUMMARY", fields: []string{"DESCRIPTION", "LOCATION"}},
	dataclass.Tasks: {media: "text/calendar", head: "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VTODO\r\n",
		tail: "END:VTODO\r\nEND:VCALENDAR\r\n", title: "SUMMARY", fields: []string{"DESCRIPTION", "LOCATION"}},
	dataclass.Notes: {media: "text/plain", fields: []string{"TEXT"}},
}

// garbage is what no codec can read.
const garbage = "\x00garbage "

// body writes an item.
func (c content) body(class dataclass.Class) dataclass.Body {
	s := styles[class]
	if class == dataclass.Notes {
		return dataclass.Body{Type: s.media, Data: []byte(c.name + "\n" + c.fields["TEXT"])}
	}
	var b strings.Builder
	b.WriteString(s.head)
	if class == dataclass.Contacts {
		b.WriteString("N:" + c.name + ";;;;\r\n")
	}
	if class == dataclass.Events { // each at a time of its own: two events at one time may be one
		n, _ := strconv.Atoi(c.name[1:])
		b.WriteString(fmt.Sprintf("DTSTART:%d0318T095800Z\r\nDTEND:%d0318T105800Z\r\n", 2000+n, 2000+n))
	}
	b.WriteString(s.title + ":" + c.name + "\r\n")
	for _, f := range slices.Sorted(maps.Keys(c.fields)) {
		if v := c.fields[f]; v != "" {
			b.WriteString(f + ":" + v + "\r\n")
		}
	}
	b.WriteString(s.tail)
	return dataclass.Body{Type: s.media, Data: []byte(b.String())}
}

// read reads an item; ok is false for one that is garbage.
func read(class dataclass.Class, b dataclass.Body) (c content, ok bool) {
	text := string(b.Data)
	c.fields = map[string]string{}
	if name, bad := strings.CutPrefix(text, garbage); bad {
		c.name = name
		return c, false
	}
	s := styles[class]
	if class == dataclass.Notes {
		c.name, c.fields["TEXT"], _ = strings.Cut(strings.ReplaceAll(text, "\r", ""), "\n")
		return c, true
	}
	for line := range strings.SplitSeq(text, "\r\n") {
		key, value, _ := strings.Cut(line, ":")
		switch {
		case key == s.title:
			c.name = value
		case strings.HasPrefix(key, mark), slices.Contains(s.fields, key):
			c.fields[key] = value
		}
	}
	return c, true
}

// without gives a body without one field, as a client stores it that cannot hold that field.
func without(field string) func(dataclass.Body) dataclass.Body {
	return func(b dataclass.Body) dataclass.Body {
		lines := strings.SplitAfter(string(b.Data), "\r\n")
		lines = slices.DeleteFunc(lines, func(l string) bool { return strings.HasPrefix(l, field+":") })
		b.Data = []byte(strings.Join(lines, ""))
		return b
	}
}
