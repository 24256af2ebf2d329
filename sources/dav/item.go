package dav

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/dataclass/contentline"
	"github.com/bindery-sync/bindery/sources/dav/davitem"
)

// restless are properties that servers write anew although nobody changed the item.
var restless = [][]byte{[]byte("PRODID"), []byte("REV"), []byte("DTSTAMP"), []byte("LAST-MODIFIED")}

// revision gives the revision of an item: a hash of its lines, without their ends and without what changes by itself.
func revision(data []byte) string {
	kept := make([]byte, 0, len(data))
	skip := false
	for line := range bytes.Lines(data) {
		line = bytes.TrimRight(line, "\r\n")
		if len(line) > 0 && (line[0] == ' ' || line[0] == '\t') {
			if !skip {
				kept = append(append(kept, line...), '\n')
			}
			continue
		}
		if skip = isRestless(line); !skip && len(line) > 0 {
			kept = append(append(kept, line...), '\n')
		}
	}
	return shortHash(kept)
}

func isRestless(line []byte) bool {
	for _, name := range restless {
		if rest, ok := bytes.CutPrefix(line, name); ok && len(rest) > 0 && (rest[0] == ':' || rest[0] == ';') {
			return true
		}
	}
	return false
}

// bodyOf gives what a server has at a path as an item.
func bodyOf(class dataclass.Class, data []byte) dataclass.Body {
	p := dataclass.Peek(data)
	if class == dataclass.Contacts {
		version := p.Version
		if version != "2.1" && version != "4.0" {
			version = "3.0"
		}
		return dataclass.Body{Type: "text/vcard;version=" + version, Data: data}
	}
	if p.Version == "1.0" {
		return dataclass.Body{Type: dataclass.VCalendar10.String(), Data: data}
	}
	return dataclass.Body{Type: dataclass.ICalendar20.String(), Data: data}
}

// written gives the bytes that are sent of an item, under that UID unless it is "": as it is, where the server takes it
// so. Version is that of the card that the server has, "" for a new one.
func written(it *dataclass.Item, body dataclass.Body, uid, version string, k knows) ([]byte, error) {
	p := dataclass.Peek(body.Data)
	want, root := dataclass.ICalendar20, "VCALENDAR"
	if it.Class() == dataclass.Contacts {
		want, root = cardFormat(p.Version, version, k), "VCARD"
	}
	data := body.Data
	if p.Root != root || p.Version != want.Version {
		projected, err := it.Project(want)
		if err != nil {
			return nil, fmt.Errorf("write as %s: %w", want, err)
		}
		data = projected.Body().Data
		p = dataclass.Peek(data)
	}
	if uid != "" && (uidOf(p) != uid || !p.Plain && p.Root != "VCARD") {
		data = davitem.Named(data, uid)
	}
	if it.Class() != dataclass.Contacts {
		data = withoutMethod(data)
	}
	return data, nil
}

// cardFormat chooses the version of a card: 3.0, which every server takes, unless it takes only 4.0 or the card is one
// that it has as 4.0 already.
func cardFormat(is, was string, k knows) dataclass.Format {
	if k.Card4 && !k.Card3 || is == "4.0" && was == "4.0" {
		return dataclass.VCard40
	}
	return dataclass.VCard30
}

// withoutMethod leaves out METHOD, which nothing in a collection may have (RFC 4791 section 4.1).
func withoutMethod(data []byte) []byte {
	if !strings.Contains(strings.ToUpper(string(data)), "\nMETHOD") {
		return data
	}
	all, err := contentline.Parse(data, contentline.MIMEDir, contentline.Limits{})
	if err != nil || len(all) != 1 {
		return data
	}
	var kept []contentline.Property
	for _, p := range all[0].Props {
		if p.Comp != nil || !p.Is("METHOD") {
			kept = append(kept, p)
		}
	}
	return contentline.Print(all[0].With(kept), contentline.MIMEDir)
}

// uidOf gives the UID of an item, "" if it has none.
func uidOf(p dataclass.Peeked) string {
	return strings.TrimSpace(contentline.Unescape(contentline.MIMEDir, p.UID))
}
