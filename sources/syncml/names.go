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

// classes are the names of our databases: those of known phones and services, in lower case. A database of
// events may hold tasks too: see calendarClass.
var classes = map[string]dataclass.Class{
	"addressbook":    dataclass.Contacts,
	"card":           dataclass.Contacts,
	"card3":          dataclass.Contacts,
	"con":            dataclass.Contacts,
	"contact":        dataclass.Contacts,
	"contacts":       dataclass.Contacts,
	"pab":            dataclass.Contacts,
	"people":         dataclass.Contacts,
	"phonebook":      dataclass.Contacts,
	"scard":          dataclass.Contacts,
	"agenda":         dataclass.Events,
	"cal":            dataclass.Events,
	"cal2":           dataclass.Events,
	"calendar":       dataclass.Events,
	"datebook":       dataclass.Events,
	"event":          dataclass.Events,
	"events":         dataclass.Events,
	"scal":           dataclass.Events,
	"schedule":       dataclass.Events,
	"stask":          dataclass.Tasks,
	"task":           dataclass.Tasks,
	"task2":          dataclass.Tasks,
	"tasks":          dataclass.Tasks,
	"todo":           dataclass.Tasks,
	"todolist":       dataclass.Tasks,
	"todos":          dataclass.Tasks,
	"memo":           dataclass.Notes,
	"memos":          dataclass.Notes,
	"note":           dataclass.Notes,
	"notepad":        dataclass.Notes,
	"notes":          dataclass.Notes,
	"pnote":          dataclass.Notes,
	"snote":          dataclass.Notes,
	"caltasks":       dataclass.Calendar,
	"calendar+todo":  dataclass.Calendar,
	"calendar+tasks": dataclass.Calendar,
	"eventtask":      dataclass.Calendar,
	"unfiled":        dataclass.Contacts, // ./Contact/Unfiled
}

// classOf gives the dataclass that a phone means by a database's address, "" if none is known. A query of
// old phones, as in calendar?TODO, chooses from a database of both.
func classOf(address string) dataclass.Class {
	class := classes[baseName(address)]
	if strings.Contains(strings.ToLower(address), "eventtask/") { // ./EventTask/Tasks is all of it
		class = dataclass.Calendar
	}
	if class != dataclass.Events && class != dataclass.Calendar {
		return class
	}
	_, query, _ := strings.Cut(address, "?")
	switch strings.ToUpper(query) {
	case "TODO":
		return dataclass.Tasks
	case "EVENT":
		return dataclass.Events
	}
	return class
}

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
