package dataclass

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass/zone"
)

// Capabilities is what a side says, or is known, to hold of the items of one class. The zero value
// holds everything. It is kept as JSON; names of fields do not change, and fields that are not
// known are ignored, so that an older Bindery reads what a newer one wrote.
type Capabilities struct {
	// Charset is the character set of the side by a name that IANA or the Encoding Standard gives
	// it, such as ISO-8859-1; empty for UTF-8. Characters that it lacks are written as a phone would
	// show them: without the accent, spelled out, or as a question mark.
	Charset string `json:"charset,omitempty"`
	// MaxSize is how many bytes a whole rendition may have, as [Item.Body] prints it; 0 for any
	// number.
	MaxSize int `json:"max_size,omitempty"`
	// Limits bound single properties. All that match a value hold for it.
	Limits []Limit `json:"limits,omitempty"`
	// Complete says that a property whose name no limit gives is not held. What a rendition must
	// have to be one, such as VERSION and N, is held all the same.
	Complete bool `json:"complete,omitempty"`
	// Parts is how many components of a structured property (N, ADR, ORG) are held, by its name in
	// upper case: the first ones.
	Parts map[string]int `json:"parts,omitempty"`
	// IgnoreSizes says that the sizes in Limits are known to be wrong, as those of devices that
	// declare 256 bytes for a picture and hold any.
	IgnoreSizes bool `json:"ignore_sizes,omitempty"`
	// NoEmpty says that a property without a value harms: there are devices that crash.
	NoEmpty bool `json:"no_empty,omitempty"`
	// Calendar is how times and alarms are written in vCalendar 1.0.
	Calendar CalendarStyle `json:"calendar,omitzero"`
	// Losses is what the side was learned to lose, though it declares nothing of the sort. Only
	// [Expect] and [Item.ProjectFor] look at it.
	Losses []Loss `json:"losses,omitempty"`
}

// A Limit is what a side holds of one property, as the CTCap of a SyncML device describes it. The
// name is that of the side's own dialect: AALARM of vCalendar 1.0, VALARM of iCalendar 2.0, BODY
// of a note.
type Limit struct {
	// Name is the name of the property, in any case.
	Name string `json:"name"`
	// Only restricts the limit to values that have all these types, such as CELL.
	Only []string `json:"only,omitempty"`
	// Never says that the property is not held.
	Never bool `json:"never,omitempty"`
	// Count is how many properties are held, those with a value; 0 for any number. What is marked
	// as preferred stays first, then what stands first. Lists such as CATEGORIES are joined before
	// anything is left out.
	Count int `json:"count,omitempty"`
	// Size is how long a value may be, without escapes, in characters; 0 for any length. It holds
	// for each component of N, ADR and ORG, which devices keep in fields of their own, and for each
	// text of a list. Of binary data the bytes count.
	Size int `json:"size,omitempty"`
	// Octets says that Size counts octets in the character set of the side.
	Octets bool `json:"octets,omitempty"`
	// Whole says that what is too long is not cut, but not held.
	Whole bool `json:"whole,omitempty"`
	// Values are the values that are held, in any case; empty for all.
	Values []string `json:"values,omitempty"`
	// Types are the types that are held, in any case; empty for all. A value keeps those of its
	// types that are.
	Types []string `json:"types,omitempty"`
	// NoTypes says that no types are held at all.
	NoTypes bool `json:"no_types,omitempty"`
}

// A Loss is what a side was learned to do to a property (docs/engine.md 5.3 and 5.4).
type Loss struct {
	// Name is the name of the property, in any case.
	Name string `json:"name"`
	// Position is the place among the properties of that name that say something, from 1. A loss
	// without a position, 0, holds for all of them.
	Position int `json:"position,omitempty"`
	// Component is the component of a structured value (N, ADR, ORG) that the loss is about, from 1; 0 for all.
	Component int `json:"component,omitempty"`
	// Dropped says that what stands at this position or behind it does not come back, or the component.
	Dropped bool `json:"dropped,omitempty"`
	// Length is how many characters come back; 0 for all. It cuts what Render never would, such as
	// a number: that is what the side does.
	Length int `json:"length,omitempty"`
	// Octets says that Length counts octets of UTF-8.
	Octets bool `json:"octets,omitempty"`
	// Upper says that text comes back in upper case.
	Upper bool `json:"upper,omitempty"`
	// Lower says that text comes back in lower case.
	Lower bool `json:"lower,omitempty"`
	// Title says that each word comes back with a capital and small letters.
	Title bool `json:"title,omitempty"`
	// ASCII says that text comes back in ASCII.
	ASCII bool `json:"ascii,omitempty"`
	// Digits says that a number comes back without what cannot be dialled.
	Digits bool `json:"digits,omitempty"`
}

// A CalendarStyle is what a device wants of a vCalendar 1.0; but for OneEntry it says nothing about other formats.
// The zero value is UTC and suits most.
type CalendarStyle struct {
	// OneEntry writes a series of iCalendar 2.0 without the components of its exceptions, for a device that knows one
	// component in an item: their times are left out of it, or moved, as in vCalendar 1.0.
	OneEntry bool `json:"one_entry,omitempty"`
	// Local is the IANA name of the zone in whose local time all times are written, without Z, for
	// devices that take every time for local; empty for UTC. Times that float stay as they are.
	Local string `json:"local,omitempty"`
	// AllDay is how whole days are written: "" or "midnight", from midnight to midnight of the day
	// after; "last-minute", to 23:59 of the last day; "24h", from 0:00Z to 24:00Z though no UTC is
	// meant; "date", as DATE values.
	AllDay string `json:"all_day,omitempty"`
	// EpocEntryType writes X-EPOCAGENDAENTRYTYPE, without which Symbian devices take a whole day for
	// an appointment of 24 hours.
	EpocEntryType bool `json:"epoc_entry_type,omitempty"`
	// AlarmsUTC writes alarms in UTC even where Local is set.
	AlarmsUTC bool `json:"alarms_utc,omitempty"`
	// DisplayOnly writes alarms as DALARM and not as AALARM as well.
	DisplayOnly bool `json:"display_only,omitempty"`
	// Since is the first year that the device knows, such as 1980: a series that began earlier
	// begins with its first time from then on. 0 for any.
	Since int `json:"since,omitempty"`
	// ThreePriorities writes priorities as 1, 2 and 3. Those of an item that is a vCalendar 1.0
	// already stay, as they may be such.
	ThreePriorities bool `json:"three_priorities,omitempty"`
	// PrefixCategories puts X- before categories that vCalendar 1.0 does not name.
	PrefixCategories bool `json:"prefix_categories,omitempty"`
}

// maxLimits bounds each list in Capabilities. A device that names more is not taken seriously.
const maxLimits = 500

// Validate reports what is wrong with c: a character set, a zone or a day style that nobody
// knows, a limit without a name, a negative number, more than 500 entries in one list. What
// comes from outside (a device's description, a store) is to be validated before it is used; the
// functions that take Capabilities do it as well.
func (c Capabilities) Validate() error {
	if _, ok := charsetNamed(c.Charset); !ok {
		return fmt.Errorf("capabilities: unknown charset %.40q", c.Charset)
	}
	if c.MaxSize < 0 {
		return fmt.Errorf("capabilities: max_size %d", c.MaxSize)
	}
	if len(c.Limits) > maxLimits || len(c.Losses) > maxLimits || len(c.Parts) > maxLimits {
		return fmt.Errorf("capabilities: more than %d limits, losses or parts", maxLimits)
	}
	for name, n := range c.Parts {
		if n < 1 || !limitName(name) || name != upper(name) {
			return fmt.Errorf("capabilities: %d parts of %.40q", n, name)
		}
	}
	for i, l := range c.Limits {
		if err := l.validate(); err != nil {
			return fmt.Errorf("capabilities: limit %d: %w", i+1, err)
		}
	}
	for i, l := range c.Losses {
		if !limitName(l.Name) || l.Position < 0 || l.Component < 0 || l.Length < 0 {
			return fmt.Errorf("capabilities: loss %d: %.40q at %d, length %d", i+1, l.Name, l.Position, l.Length)
		}
	}
	return c.Calendar.validate()
}

func (l Limit) validate() error {
	switch {
	case !limitName(l.Name):
		return fmt.Errorf("name %.40q", l.Name)
	case l.Count < 0 || l.Size < 0:
		return fmt.Errorf("count %d, size %d of %s", l.Count, l.Size, l.Name)
	case max(len(l.Values), len(l.Types), len(l.Only)) > maxLimits:
		return fmt.Errorf("more than %d words of %s", maxLimits, l.Name)
	}
	return nil
}

func (s CalendarStyle) validate() error {
	switch s.AllDay {
	case "", "midnight", "last-minute", "24h", "date":
	default:
		return fmt.Errorf("capabilities: unknown day style %.40q", s.AllDay)
	}
	if _, ok := zone.Named(s.Local); !ok && s.Local != "" {
		return fmt.Errorf("capabilities: unknown zone %.40q", s.Local)
	}
	if s.Since < 0 || s.Since > 9999 {
		return fmt.Errorf("capabilities: since %d", s.Since)
	}
	return nil
}

// limitName reports whether a property can have the name.
func limitName(s string) bool {
	return s != "" && len(s) <= 100 && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7F || strings.ContainsRune(":;,\"", r)
	})
}

// Declared gives c without what was learned.
func (c Capabilities) Declared() Capabilities {
	c.Losses = nil
	return c
}

// declaresNothing reports whether c is a side that holds everything.
func (c *Capabilities) declaresNothing() bool {
	return c.Charset == "" && c.MaxSize == 0 && len(c.Limits) == 0 && !c.Complete && len(c.Parts) == 0 &&
		!c.NoEmpty && c.Calendar == (CalendarStyle{}) && len(c.Losses) == 0
}

// limitsOf gives the limits by name in upper case.
func (c *Capabilities) limitsOf() map[string][]*Limit {
	out := make(map[string][]*Limit, len(c.Limits))
	for i := range c.Limits {
		name := upper(c.Limits[i].Name)
		out[name] = append(out[name], &c.Limits[i])
	}
	return out
}

// holdsWord reports whether a list of words has v, in any case.
func holdsWord(list []string, v string) bool {
	return slices.ContainsFunc(list, func(w string) bool { return strings.EqualFold(w, v) })
}
