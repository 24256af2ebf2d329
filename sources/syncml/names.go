package syncml

import (
	"net/url"
	"path"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/bindery-sync/bindery/dataclass"
)

// classes are the names of our databases: those of known phones and services, in lower case.
var classes = map[string]dataclass.Class{
	"addressbook": dataclass.Contacts,
	"card":        dataclass.Contacts,
	"card3":       dataclass.Contacts,
	"con":         dataclass.Contacts,
	"contact":     dataclass.Contacts,
	"contacts":    dataclass.Contacts,
	"pab":         dataclass.Contacts,
	"people":      dataclass.Contacts,
	"phonebook":   dataclass.Contacts,
	"scard":       dataclass.Contacts,
	"unfiled":     dataclass.Contacts, // ./Contact/Unfiled
}

// classOf gives the dataclass that a phone means by a database's address, "" if none is known.
func classOf(address string) dataclass.Class { return classes[baseName(address)] }

// baseName is the last part of an address in lower case, without a query.
func baseName(address string) string {
	if u, err := url.PathUnescape(address); err == nil {
		address = u
	}
	address, _, _ = strings.Cut(address, "?")
	address = strings.ReplaceAll(address, `\`, "/")
	return strings.ToLower(path.Base(strings.TrimRight(address, "/")))
}

// phoneName is a phone's own database name without its query: what its links and anchors are kept by.
func phoneName(address string) string {
	name, _, _ := strings.Cut(address, "?")
	return name
}

// maxName bounds a phone's database name and the names of its items, so that both fit in an item's id.
const maxName = 500

// plain reports whether a name from a phone can be kept: not empty, not too long, no control characters.
func plain(name string) bool {
	return name != "" && len(name) <= maxName && utf8.ValidString(name) &&
		strings.IndexFunc(name, unicode.IsControl) < 0
}

func itoa(n int) string { return strconv.Itoa(n) }
