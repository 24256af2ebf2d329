package dataclass

import (
	"mime"
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
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
)

// ParseFormat reads a media type such as "text/vcard;version=3.0". Parameters other than version
// are ignored; Version is empty if there is none. What is no media type at all becomes the Type,
// trimmed and in lower case.
func ParseFormat(mediaType string) Format {
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

// isCard reports whether f is of the vCard family, of whatever version.
func (f Format) isCard() bool {
	return f.Type == "text/vcard" || f.Type == "text/x-vcard" || f.Type == "text/directory"
}

// canonical gives the Format that Bindery itself uses for what f names, and false if it cannot
// write it. A card without a version is 2.1 under text/x-vcard, else 3.0.
func (f Format) canonical() (Format, bool) {
	if !f.isCard() {
		return f, false
	}
	switch {
	case f.Version == "2.1", f.Version == "" && f.Type == "text/x-vcard":
		return VCard21, true
	case f.Version == "3.0", f.Version == "":
		return VCard30, true
	}
	return f, false
}

func (f Format) dialect() contentline.Dialect {
	if f.Version == "2.1" {
		return contentline.Versit
	}
	return contentline.MIMEDir
}
