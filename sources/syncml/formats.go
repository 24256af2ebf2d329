package syncml

import (
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/syncml/devicerule"
	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// The content types that are spoken with phones.
var (
	vcard21 = wire.ContentType{Type: "text/x-vcard", Version: "2.1"}
	vcard30 = wire.ContentType{Type: "text/vcard", Version: "3.0"}
	vcal10  = wire.ContentType{Type: "text/x-vcalendar", Version: "1.0"}
	ical20  = wire.ContentType{Type: "text/calendar", Version: "2.0"}
	plain10 = wire.ContentType{Type: "text/plain", Version: "1.0"}
	vnote11 = wire.ContentType{Type: "text/x-vnote", Version: "1.1"}
)

// spokenTypes are the content types of a dataclass: the one that we prefer, then the one that a phone is
// sent that says nothing else, which nearly all of them take.
func spokenTypes(class dataclass.Class) (pref, usual wire.ContentType) {
	switch class {
	case dataclass.Contacts:
		return vcard30, vcard21
	case dataclass.Notes:
		return plain10, plain10
	}
	return ical20, vcal10
}

// typesFor are all content types of a dataclass.
func typesFor(class dataclass.Class) []wire.ContentType {
	pref, usual := spokenTypes(class)
	if class == dataclass.Notes {
		usual = vnote11
	}
	return []wire.ContentType{pref, usual}
}

// known finds the content type of a dataclass that a phone names. Some have the type of one version and the
// number of another: the number counts.
func known(class dataclass.Class, c wire.ContentType) (wire.ContentType, bool) {
	for _, same := range []func(o wire.ContentType) bool{
		func(o wire.ContentType) bool { return strings.EqualFold(o.Type, c.Type) && o.Version == c.Version },
		func(o wire.ContentType) bool {
			return c.Type != "" && o.Version == c.Version && class != dataclass.Notes
		},
		func(o wire.ContentType) bool { return strings.EqualFold(o.Type, c.Type) },
	} {
		list := typesFor(class)
		if i := slices.IndexFunc(list, same); i >= 0 {
			return list[i], true
		}
	}
	return wire.ContentType{}, false
}

// takes is the content type in which the phone is sent the items of a database.
func (t *turn) takes(d *database) wire.ContentType {
	return takesOf(t.device, &t.rules, d.Name, d.Class)
}

func takesOf(dev *wire.DevInf, rules *devicerule.Rules, name string, class dataclass.Class) wire.ContentType {
	if c, ok := ruled(rules, class); ok {
		return c
	}
	if s := storeIn(dev, name); s != nil {
		for _, c := range append([]wire.ContentType{s.RxPref}, s.Rx...) {
			if o, ok := known(class, c); ok {
				return o
			}
		}
	}
	_, usual := spokenTypes(class)
	return usual
}

// sends is the content type that the phone sends the items of a database in, if it does not say so with
// the item.
func (t *turn) sends(d *database) wire.ContentType {
	if s := t.storeOf(d); s != nil && s.TxPref.Type != "" {
		return s.TxPref
	}
	_, usual := spokenTypes(d.Class)
	return usual
}

// ownStore describes one of our databases. What a server prefers to receive, most phones send.
func ownStore(class dataclass.Class, ref string, sends wire.ContentType) wire.DataStore {
	pref, _ := spokenTypes(class)
	if o, ok := known(class, sends); ok {
		pref = o
	}
	other := slices.DeleteFunc(typesFor(class), func(c wire.ContentType) bool { return c == pref })
	return wire.DataStore{SourceRef: ref, DisplayName: string(class), MaxGUIDSize: 64,
		RxPref: pref, Rx: other, TxPref: pref, Tx: other, SyncCap: []int{1, 2}}
}

// calendarClass finds out whether a phone's database of events holds tasks too, as those of Nokia phones
// do, or nothing else. That the phone has another database for tasks tells most: some declare both for each.
// Then what it declares for this one, or for the content type, and who made it.
func calendarClass(dev *wire.DevInf, name string) dataclass.Class {
	if dev == nil {
		return dataclass.Events
	}
	class := componentsOf(dev.CTCaps)
	for _, s := range dev.Stores {
		switch {
		case baseName(s.SourceRef) != baseName(name):
			if classOf(s.SourceRef) == dataclass.Tasks {
				return dataclass.Events
			}
		case componentsOf(s.CTCaps) != "":
			class = componentsOf(s.CTCaps)
		}
	}
	if class == "" && strings.EqualFold(dev.Man, "NOKIA") {
		return dataclass.Calendar
	}
	if class == "" {
		return dataclass.Events
	}
	return class
}

// componentsOf gives the dataclass of the components that a device says it holds, "" if it does not say.
func componentsOf(caps []wire.CTCap) dataclass.Class {
	events, tasks := false, false
	for _, c := range caps {
		if o, ok := known(dataclass.Calendar, c.Type); !ok || o.Type != vcal10.Type && o.Type != ical20.Type {
			continue
		}
		for _, p := range c.Props {
			if !strings.EqualFold(p.Name, "BEGIN") {
				continue
			}
			for _, v := range p.Values {
				events = events || strings.EqualFold(v, "VEVENT")
				tasks = tasks || strings.EqualFold(v, "VTODO")
			}
		}
	}
	switch {
	case events && tasks:
		return dataclass.Calendar
	case events:
		return dataclass.Events
	case tasks:
		return dataclass.Tasks
	}
	return ""
}
