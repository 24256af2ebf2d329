package filedir

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// The suffixes of files that hold an item.
const (
	cardSuffix     = ".vcf"
	calendarSuffix = ".ics"
	textSuffix     = ".txt"
)

// suffixOf gives the suffix of a file that holds an item, in lower case, or "".
func suffixOf(name string) string {
	if len(name) <= 4 {
		return ""
	}
	switch suffix := strings.ToLower(name[len(name)-4:]); suffix {
	case cardSuffix, calendarSuffix, textSuffix:
		return suffix
	}
	return ""
}

// classOf tells which class a file is of; was is what it is known as, or 0. What an .ics holds decides,
// and where that cannot be told it is what it was, or an event: an item that nobody can read is not
// therefore gone.
func classOf(name string, data []byte, was code) code {
	switch suffixOf(name) {
	case cardSuffix:
		return codeOf(dataclass.Contacts)
	case textSuffix:
		return codeOf(dataclass.Notes)
	}
	switch component(data) {
	case "VEVENT":
		return codeOf(dataclass.Events)
	case "VTODO":
		return codeOf(dataclass.Tasks)
	case "VJOURNAL":
		return codeOf(dataclass.Notes)
	}
	if was != 0 {
		return was
	}
	return codeOf(dataclass.Events)
}

// component finds the first event, task or journal entry of a calendar.
func component(data []byte) string {
	for line := range bytes.Lines(data) {
		if len(line) < 7 || !strings.EqualFold(string(line[:6]), "BEGIN:") {
			continue
		}
		switch name := strings.ToUpper(string(bytes.TrimSpace(line[6:]))); name {
		case "VEVENT", "VTODO", "VJOURNAL":
			return name
		}
	}
	return ""
}

// property gives the value of the first line of that name, or "" if there is none or it goes on in the
// next line.
func property(data []byte, name string) string {
	for len(data) > 0 {
		line, rest, _ := bytes.Cut(data, []byte("\n"))
		data = rest
		if len(line) <= len(name) || line[len(name)] != ':' && line[len(name)] != ';' || !strings.EqualFold(string(line[:len(name)]), name) {
			continue
		}
		if len(rest) > 0 && (rest[0] == ' ' || rest[0] == '\t') {
			return ""
		}
		_, value, _ := bytes.Cut(line, []byte(":"))
		return string(bytes.TrimSpace(value))
	}
	return ""
}

// typeOf gives the media type of a file's content.
func typeOf(name string, data []byte) string {
	f := dataclass.PlainText
	switch suffixOf(name) {
	case cardSuffix:
		f = dataclass.VCard30
		switch property(data, "VERSION") {
		case dataclass.VCard21.Version:
			f = dataclass.VCard21
		case dataclass.VCard40.Version:
			f = dataclass.VCard40
		}
	case calendarSuffix:
		f = dataclass.ICalendar20
		if property(data, "VERSION") == dataclass.VCalendar10.Version {
			f = dataclass.VCalendar10
		}
	}
	return f.String()
}

// unreadableType is the type of a body whose bytes are not to be had. No class can be read from it, so
// that the engine sets the item aside. An empty file is such a one as well: it is what an editor or a
// copy leaves that has only begun to write, and an item that is not there yet must not empty another.
const unreadableType = "application/octet-stream"

// bodyOf gives the item that a file holds.
func bodyOf(name string, c content) dataclass.Body {
	if c.bad || len(c.data) == 0 {
		return dataclass.Body{Type: unreadableType, Data: []byte{}}
	}
	return dataclass.Body{Type: typeOf(name, c.data), Data: c.data}
}

// suffixFor gives the suffix of a new file for a body.
func suffixFor(class dataclass.Class, body dataclass.Body) string {
	switch {
	case class == dataclass.Contacts:
		return cardSuffix
	case class == dataclass.Notes && dataclass.ParseFormat(body.Type).Type == dataclass.PlainText.Type:
		return textSuffix
	}
	return calendarSuffix
}

// fit gives the bytes of a body for a file of that suffix: its own, verbatim, unless readers of such a
// file would not know them. Only notes have several formats for one class, and only there it happens.
func fit(class dataclass.Class, body dataclass.Body, suffix string) ([]byte, error) {
	if class != dataclass.Notes {
		return body.Data, nil
	}
	want := dataclass.ICalendar20
	if suffix == textSuffix {
		want = dataclass.PlainText
	}
	if dataclass.ParseFormat(body.Type).Type == want.Type {
		return body.Data, nil
	}
	it, err := dataclass.Decode(class, body)
	if err == nil {
		it, err = dataclass.Render(it, want, dataclass.Capabilities{})
	}
	if err != nil {
		return nil, fmt.Errorf("write a note as %s: %w: %w", want, err, sources.ErrUnsupported)
	}
	return it.Body().Data, nil
}
