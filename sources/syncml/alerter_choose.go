package syncml

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
	"github.com/bindery-sync/bindery/sources/syncml/san"
)

// choose puts the databases that are asked for into the notification.
func (c *call) choose(r AlertRequest, code int, known []anchorRow) error {
	var chosen []anchorRow
	for _, name := range r.Databases {
		some := named(known, name)
		if some[0].Class == "" {
			return fmt.Errorf("%w: %.64q is none of its own that it has synchronised, and none of ours", ErrOtherDatabase, name)
		}
		chosen = append(chosen, some...)
	}
	for _, class := range r.Classes {
		some := ofClass(known, class)
		if len(some) == 0 {
			return fmt.Errorf("%w: %s", ErrNoDatabase, class)
		}
		chosen = append(chosen, some...)
	}
	if len(r.Databases)+len(r.Classes) == 0 {
		chosen = slices.DeleteFunc(slices.Clone(known), func(row anchorRow) bool { return !r.means(dataclass.Class(row.Class)) })
	}
	for _, row := range chosen {
		s := san.Sync{Mode: code, Type: mediaOf(dataclass.Class(row.Class)), URI: row.Ours}
		if r.Mode == wire.AlertSlow && row.Database != "" {
			c.slow = append(c.slow, row.Database)
		}
		if !slices.Contains(c.san.Syncs, s) {
			c.san.Syncs = append(c.san.Syncs, s)
		}
	}
	// Version 1.2 has a word for "all there are", but none for in which mode.
	if len(c.san.Syncs) == 0 && (c.san.Version != "1.2" || code != san.TwoWay) {
		return ErrNoDatabase
	}
	return nil
}

// means reports whether a request that names nothing is also for a dataclass.
func (r AlertRequest) means(class dataclass.Class) bool {
	if class == dataclass.Calendar {
		return r.means(dataclass.Events) && r.means(dataclass.Tasks)
	}
	return len(r.Only) == 0 || slices.Contains(r.Only, class)
}

// named gives the databases that a name means: the phone's word for one of ours, its own name of one, or else
// one of ours that it has not used before.
func named(known []anchorRow, name string) []anchorRow {
	for _, row := range known {
		if row.Ours == name || row.Database == phoneName(name) || baseName(row.Ours) == baseName(name) {
			return []anchorRow{row}
		}
	}
	return []anchorRow{{Ours: name, Class: string(classOf(name))}}
}

// ofClass gives the databases of a dataclass. One of events and tasks is one of either.
func ofClass(known []anchorRow, class dataclass.Class) []anchorRow {
	return slices.DeleteFunc(slices.Clone(known), func(row anchorRow) bool {
		both := row.Class == string(dataclass.Calendar) && (class == dataclass.Events || class == dataclass.Tasks) ||
			class == dataclass.Calendar && (row.Class == string(dataclass.Events) || row.Class == string(dataclass.Tasks))
		return !both && !strings.EqualFold(row.Class, string(class))
	})
}

// mediaOf is the usual media type of a dataclass, in the form of which every phone knows it.
func mediaOf(class dataclass.Class) string {
	if class == "" {
		return ""
	}
	_, usual := spokenTypes(class)
	return usual.Type
}
