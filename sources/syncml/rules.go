package syncml

import (
	"cmp"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/syncml/devicerule"
	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// What device rules do to a session, as far as it is not Shape, Read and Write (package devicerule).

// describe is what rules are matched on.
func describe(d *wire.DevInf) devicerule.Device {
	if d == nil {
		return devicerule.Device{}
	}
	return devicerule.Device{Manufacturer: d.Man, Model: d.Mod, OEM: d.OEM, Firmware: d.FwV, Software: d.SwV,
		Hardware: d.HwV, ID: d.DevID, Type: d.DevTyp}
}

// timed adds to what a phone declares which times it understands: from version 1.1 on local ones only, unless it
// declares UTC (OMA DevInf 1.2, element UTC). Zone is what the user says of the phone, "" if nothing.
func (s *Server) timed(dev *wire.DevInf, zone string, c dataclass.Capabilities) dataclass.Capabilities {
	if (s.o.LocalTimes || zone != "") && dev != nil && !dev.UTC && !plainVersion(dev.VerDTD) {
		c.Calendar.Local = cmp.Or(zone, s.o.Zone)
	}
	return c
}

// ruled is the content type that a rule names for a dataclass.
func ruled(rules *devicerule.Rules, class dataclass.Class) (wire.ContentType, bool) {
	word := rules.Calendar
	switch class {
	case dataclass.Contacts:
		word = rules.Contacts
	case dataclass.Notes:
		word = rules.Notes
	}
	if word == nil {
		return wire.ContentType{}, false
	}
	for _, c := range typesFor(class) {
		if c.Version == *word || c.Type == *word {
			return c, true
		}
	}
	return wire.ContentType{}, false
}

// calendarClass is what a database of events holds.
func (t *turn) calendarClass(name string) dataclass.Class {
	switch {
	case devicerule.Is(t.rules.TasksInCalendar):
		return dataclass.Calendar
	case devicerule.Not(t.rules.TasksInCalendar):
		return dataclass.Events
	}
	return calendarClass(t.device, name)
}

// tailor gives our device information what a phone demands of it.
func (t *turn) tailor(info *wire.DevInf) {
	r := &t.rules
	info.UTC = devicerule.Or(r.AnnounceUTC, info.UTC)
	info.NumberOfChanges = info.NumberOfChanges && !devicerule.Not(r.NumberOfChanges)
	info.LargeObjs = info.LargeObjs && !devicerule.Not(r.LargeObjects)
	for i := range info.Stores {
		s := &info.Stores[i]
		if devicerule.Or(r.DatabaseNames, "") == "without-query" {
			s.SourceRef, _, _ = strings.Cut(s.SourceRef, "?")
		}
		s.MaxGUIDSize = devicerule.Or(r.MaxGUIDSize, s.MaxGUIDSize)
		if r.SyncTypes != nil {
			s.SyncCap = r.SyncTypes
		}
	}
}

// limitsTold announces what we take.
func (t *turn) limitsTold() wire.Meta {
	m := t.ownLimits(t.state.Version)
	if devicerule.Not(t.rules.LargeObjects) {
		m.MaxObjSize = 0
	}
	return m
}

// maxObj is the longest item that the phone is sent, 0 for any.
func (t *turn) maxObj() int {
	ruled := devicerule.Or(t.rules.MaxObject, 0)
	if told := t.state.MaxObj; told > 0 && (ruled == 0 || told < ruled) {
		return told
	}
	return ruled
}

// patience is how long the phone is kept waiting, where others would be for that long.
func (t *turn) patience(wait time.Duration) time.Duration {
	if t.rules.WaitSeconds == nil {
		return wait
	}
	return min(wait, time.Duration(*t.rules.WaitSeconds)*time.Second)
}

// putsOff reports whether an op waits for the next sync.
func (t *turn) putsOff(db *database, verb sources.Verb) bool {
	return verb == sources.Replace && complete(db.Mode) && devicerule.Is(t.rules.NoReplaceInSlow)
}

// assumeDone takes for done what a phone did in a session that ended well and did not answer, if its model is
// known to leave out such answers. Not an Add: its Map tells.
func (t *turn) assumeDone() {
	if t.rules.MissingStatuses == nil {
		return
	}
	for key, cmd := range t.state.Sent {
		if !cmd.Piece && (cmd.Kind == wire.Replace || cmd.Kind == wire.Delete) {
			delete(t.state.Sent, key)
			t.opAnswered(cmd, 200)
		}
	}
}
