package dataclass

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	units "unicode/utf16"
	"unicode/utf8"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// maxNote is how many bytes a note may have: as many as any other item.
const maxNote = 8 << 20

// decodeNote reads a note. What begins with BEGIN:VNOTE or BEGIN:VCALENDAR is read as such, whatever the
// type says; text/plain that only looks like one of them is text. Everything else is text if the type is
// text/plain or if there is no type, even if it is empty.
func decodeNote(data []byte, f Format) (*Item, error) {
	if len(data) > maxNote {
		return nil, fmt.Errorf("%w: %d bytes in a note", ErrTooBig, len(data))
	}
	text := noteSource(data)
	it, err := decodeMarkup(data, text, f)
	switch {
	case f.Type != PlainText.Type && (it != nil || err != nil):
		return it, err
	case it != nil:
		return it, nil
	case f.Type == "" || f.Type == PlainText.Type:
		return plainNote(text), nil
	}
	return nil, fmt.Errorf("%w: no %s", ErrMalformed, f.Type)
}

// decodeMarkup reads a note that says itself what it is; it gives neither an item nor an error for text.
func decodeMarkup(data []byte, text string, f Format) (*Item, error) {
	switch {
	case begins(text, "BEGIN:VNOTE"):
		return decodeVNote(data)
	case begins(text, "BEGIN:VCALENDAR"):
		if fam, _ := f.family(); fam != calendars {
			f = Format{}
		}
		return decodeCalendar(Notes, data, f)
	}
	return nil, nil
}

func decodeVNote(data []byte) (*Item, error) {
	it, err := decodeAs(contentline.Parse, Notes, data, VNote11, "VNOTE", note11)
	if err != nil {
		return nil, err
	}
	for i := range it.root.Props {
		if p := &it.root.Props[i]; p.Base64 && noteName(p) != "" {
			base64Text(p, note11)
		}
	}
	return it, nil
}

// begins reports whether the first line of s is the given one, in any case.
func begins(s, line string) bool {
	s = strings.TrimLeft(s, " \t\r\n")
	if len(s) < len(line) || !strings.EqualFold(s[:len(line)], line) {
		return false
	}
	rest := strings.TrimLeft(s[len(line):], " \t")
	return rest == "" || rest[0] == '\r' || rest[0] == '\n'
}

// plainNote gives the item of a text. Its line ends stay as they are.
func plainNote(text string) *Item {
	root := &contentline.Component{Name: "TEXT", Props: []contentline.Property{{Name: "BODY", Value: text}}}
	return &Item{class: Notes, d: plain, root: root}
}

// noteSource gives the text of bytes in UTF-8 with or without a mark, in UTF-16 with a mark or half full of
// NULs, and in Windows-1252. NULs at the end are only a terminator.
func noteSource(data []byte) string {
	if order := utf16Order(data); order != nil {
		return withoutMarks(fromUTF16(data, order))
	}
	return withoutMarks(unmarked(data))
}

func withoutMarks(s string) string {
	return strings.TrimRight(strings.TrimLeft(s, "\uFEFF"), "\x00")
}

// unmarked reads UTF-8 or Windows-1252 and leaves the line ends alone, which contentline.Text does not.
func unmarked(data []byte) string {
	if bytes.IndexByte(data, '\r') < 0 {
		return contentline.Text(data, "")
	}
	if utf8.Valid(data) {
		return string(data)
	}
	lines := bytes.Split(data, []byte("\r"))
	var b strings.Builder
	b.Grow(len(data))
	for i, l := range lines {
		if i > 0 {
			b.WriteByte('\r')
		}
		b.WriteString(contentline.Text(l, "windows-1252"))
	}
	return b.String()
}

// utf16Order tells which byte order UTF-16 is in, and gives nil for what is no UTF-16.
func utf16Order(data []byte) binary.ByteOrder {
	switch {
	case bytes.HasPrefix(data, []byte("\xFF\xFE")):
		return binary.LittleEndian
	case bytes.HasPrefix(data, []byte("\xFE\xFF")):
		return binary.BigEndian
	case len(data) < 4 || len(data)%2 != 0:
		return nil
	}
	var nuls [2]int
	sample := data[:min(len(data), 512)&^1]
	for i, c := range sample {
		if c == 0 {
			nuls[i%2]++
		}
	}
	switch half := len(sample) / 2; {
	case nuls[0] == 0 && nuls[1] > half*3/4:
		return binary.LittleEndian
	case nuls[1] == 0 && nuls[0] > half*3/4:
		return binary.BigEndian
	}
	return nil
}

func fromUTF16(data []byte, order binary.ByteOrder) string {
	words := make([]uint16, len(data)/2)
	for i := range words {
		words[i] = order.Uint16(data[2*i:])
	}
	return string(units.Decode(words))
}
