package dataclass

import (
	"mime"
	"strings"
)

// A Format is a dialect: a media type and its version.
type Format struct {
	// Type is the media type in lower case, without parameters.
	Type string
	// Version is the version of the type; empty if it is not known.
	Version string
}

// The formats of Contacts.
var (
	// VCard21 is vCard 2.1 (versit Consortium, 1996), which most phones speak.
	VCard21 = Format{Type: "text/x-vcard", Version: "2.1"}
	// VCard30 is vCard 3.0 (RFC 2426).
	VCard30 = Format{Type: "text/vcard", Version: "3.0"}
	// VCard40 is vCard 4.0 (RFC 6350).
	VCard40 = Format{Type: "text/vcard", Version: "4.0"}
)

// The formats of Events and Tasks.
var (
	// VCalendar10 is vCalendar 1.0 (versit Consortium, 1996), which most phones speak.
	VCalendar10 = Format{Type: "text/x-vcalendar", Version: "1.0"}
	// ICalendar20 is iCalendar 2.0 (RFC 5545). It is a format of Notes as well: VJOURNAL.
	ICalendar20 = Format{Type: "text/calendar", Version: "2.0"}
)

// The other formats of Notes.
var (
	// VNote11 is vNote 1.1 (Infrared Data Association, IrMC 1.1).
	VNote11 = Format{Type: "text/x-vnote", Version: "1.1"}
	// PlainText is text and nothing else. It has no version.
	PlainText = Format{Type: "text/plain"}
)

// ParseFormat reads a media type such as "text/vcard;version=3.0". Parameters other than version
// are ignored; Version is empty if there is none. What is no media type at all becomes the Type,
// trimmed and in lower case.
func ParseFormat(mediaType string) Format {
	switch mediaType { // as String gives them, without a look at what else a media type may be
	case "text/vcard;version=3.0":
		return VCard30
	case "text/vcard;version=4.0":
		return VCard40
	case "text/calendar;version=2.0":
		return ICalendar20
	}
	t, params, err := mime.ParseMediaType(mediaType)
	if err != nil {
		t, rest, _ := strings.Cut(mediaType, ";")
		return Format{Type: strings.ToLower(strings.TrimSpace(t)), Version: looseVersion(rest)}
	}
	return Format{Type: t, Version: strings.TrimSpace(params["version"])}
}

// looseVersion finds version= in parameters that are not well-formed.
func looseVersion(params string) string {
	for _, p := range strings.Split(params, ";") {
		name, value, _ := strings.Cut(p, "=")
		if strings.EqualFold(strings.TrimSpace(name), "version") {
			return strings.Trim(value, "\" \t")
		}
	}
	return ""
}

// String gives f as a [Body] names it, such as "text/vcard;version=3.0".
func (f Format) String() string {
	if f.Version == "" {
		return f.Type
	}
	return f.Type + ";version=" + f.Version
}

// family tells which items the format is for; false if Bindery does not know the type.
func (f Format) family() (family, bool) {
	switch f.Type {
	case "text/vcard", "text/x-vcard", "text/directory":
		return cards, true
	case "text/calendar", "text/x-vcalendar":
		return calendars, true
	case "text/x-vnote", "text/plain":
		return notes, true
	}
	return 0, false
}

// dialect gives the dialect in which Bindery writes what f names, and false if it cannot. Without
// a version it is 2.1 under text/x-vcard and 3.0 for other cards, 1.0 under text/x-vcalendar and
// 2.0 under text/calendar.
func (f Format) dialect() (dialect, bool) {
	fam, ok := f.family()
	if !ok {
		return 0, false
	}
	version := f.Version
	if version == "" || fam == notes {
		version = defaultVersion[f.Type]
	}
	for d, known := range formats {
		if k, _ := known.family(); k == fam && known.Version == version {
			return dialect(d), true
		}
	}
	return 0, false
}

var defaultVersion = map[string]string{
	"text/x-vcard": "2.1", "text/vcard": "3.0", "text/directory": "3.0",
	"text/x-vcalendar": "1.0", "text/calendar": "2.0", "text/x-vnote": "1.1",
}
