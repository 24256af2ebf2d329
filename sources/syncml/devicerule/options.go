package devicerule

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
)

// Options are what a rule can set. What is nil is not set: the phone is treated as any other.
type Options struct {
	// OutgoingTimes is "local" for a phone that takes every time for its own local time, though it says UTC, or
	// "utc" for one that is to be sent UTC whatever it declares. It is about vCalendar 1.0.
	OutgoingTimes *string `toml:"outgoing_times,omitempty"`
	// IncomingTimes is "local" for a phone that writes Z behind local times, "utc" for one that leaves the Z out.
	// It is about vCalendar 1.0. An item that only has whole days stays as it is.
	IncomingTimes *string `toml:"incoming_times,omitempty"`
	// Zone is the IANA name of the zone in which the phone's local times are; by default the server's.
	Zone *string `toml:"zone,omitempty"`
	// Since is the first year that the phone knows: a series that began before begins in it.
	Since *int `toml:"since,omitempty"`
	// AllDay is how whole days are written in vCalendar 1.0; see dataclass.CalendarStyle.
	AllDay *string `toml:"all_day,omitempty"`
	// Alarms is the form of alarms: "both" (DALARM and AALARM), "display", "audio" or "none".
	Alarms *string `toml:"alarms,omitempty"`
	// AlarmsUTC has alarms written in UTC, also where other times are local.
	AlarmsUTC *bool `toml:"alarms_utc,omitempty"`
	// EpocEntryType writes X-EPOCAGENDAENTRYTYPE.
	EpocEntryType *bool `toml:"epoc_entry_type,omitempty"`
	// ThreePriorities writes priorities as 1, 2 and 3.
	ThreePriorities *bool `toml:"three_priorities,omitempty"`
	// PrefixCategories puts X- before categories that vCalendar 1.0 does not name.
	PrefixCategories *bool `toml:"prefix_categories,omitempty"`

	// Exceptions has a series in iCalendar 2.0 sent with its exceptions, which are further components of the item. Few
	// phones know those: others take them for more of the first one.
	Exceptions *bool `toml:"exceptions,omitempty"`

	// InputCharset is the character set of text that names none and is no UTF-8.
	InputCharset *string `toml:"input_charset,omitempty"`
	// OutputCharset is the character set in which text is written that it has; other text stays in UTF-8. It is
	// about the formats that name a character set: vCard 2.1, vCalendar 1.0, vNote.
	OutputCharset *string `toml:"output_charset,omitempty"`
	// SpellOut says that the phone has no other characters: others are spelled out.
	SpellOut *bool `toml:"spell_out,omitempty"`
	// NoFolding has every line written on one line, however long.
	NoFolding *bool `toml:"no_folding,omitempty"`
	// NoEmpty leaves out properties without a value.
	NoEmpty *bool `toml:"no_empty,omitempty"`
	// EmailInternet gives every EMAIL the type INTERNET.
	EmailInternet *bool `toml:"email_internet,omitempty"`
	// Drop are properties that the phone is not sent; that it does not send them says nothing.
	Drop []string `toml:"drop,omitempty"`
	// Ignore are properties that are not taken from the phone.
	Ignore []string `toml:"ignore,omitempty"`

	// IgnoreCTCap disregards what the phone declares of properties.
	IgnoreCTCap *bool `toml:"ignore_ctcap,omitempty"`
	// IgnoreSizes disregards the sizes that it declares.
	IgnoreSizes *bool `toml:"ignore_sizes,omitempty"`
	// Contacts, Calendar and Notes are the formats that the phone is sent, whatever it declares: "2.1" or "3.0",
	// "1.0" or "2.0", "text/plain" or "text/x-vnote".
	Contacts *string `toml:"contacts_format,omitempty"`
	Calendar *string `toml:"calendar_format,omitempty"`
	Notes    *string `toml:"notes_format,omitempty"`
	// TasksInCalendar tells whether the phone's calendar holds tasks as well.
	TasksInCalendar *bool `toml:"tasks_in_calendar,omitempty"`

	// DatabaseNames is how our device information names databases: "as-used", as the phone wrote it, or
	// "without-query".
	DatabaseNames *string `toml:"database_names,omitempty"`
	// SyncTypes are the sorts of sync that our device information names, 1 to 7.
	SyncTypes []int `toml:"sync_types,omitempty"`
	// AnnounceUTC has our device information say, or not say, that we take UTC.
	AnnounceUTC *bool `toml:"announce_utc,omitempty"`
	// NumberOfChanges is false for a phone that is not told how many changes come.
	NumberOfChanges *bool `toml:"number_of_changes,omitempty"`
	// LargeObjects is false for a phone with which items are neither sent nor taken in pieces.
	LargeObjects *bool `toml:"large_objects,omitempty"`
	// MaxGUIDSize is the length of names of items that our device information promises to take.
	MaxGUIDSize *int `toml:"max_guid_size,omitempty"`

	// MaxMessage and MaxObject are bytes: the longest message, and the longest item, that the phone is sent.
	MaxMessage *int `toml:"max_message,omitempty"`
	MaxObject  *int `toml:"max_object,omitempty"`
	// OmitItemStatuses leaves out the statuses of single items that tell of nothing but success.
	OmitItemStatuses *bool `toml:"omit_item_statuses,omitempty"`
	// MissingStatuses is "done" for a phone that does not answer each Replace and Delete: what it did not
	// answer in a session that ended well was done.
	MissingStatuses *string `toml:"missing_statuses,omitempty"`
	// NoReplaceInSlow has edits wait for the next sync where a sync is slow.
	NoReplaceInSlow *bool `toml:"no_replace_in_slow,omitempty"`
	// WaitSeconds is how long the phone is kept waiting for one answer.
	WaitSeconds *int `toml:"wait_seconds,omitempty"`
	// Reject is the status that the phone's alerts are refused with.
	Reject *int `toml:"reject,omitempty"`

	// Limits are what the phone holds of single properties, beside what it declares.
	Limits []Limit `toml:"limit,omitempty"`
}

// A Limit is what a phone holds of one property; see dataclass.Limit.
type Limit struct {
	Property string `toml:"property"`
	// Dataclass restricts the limit to one dataclass; empty for all.
	Dataclass string   `toml:"dataclass,omitempty"`
	Only      []string `toml:"only,omitempty"`
	Never     bool     `toml:"never,omitempty"`
	Count     int      `toml:"count,omitempty"`
	Size      int      `toml:"size,omitempty"`
	Octets    bool     `toml:"octets,omitempty"`
	Whole     bool     `toml:"whole,omitempty"`
	Values    []string `toml:"values,omitempty"`
	Types     []string `toml:"types,omitempty"`
	NoTypes   bool     `toml:"no_types,omitempty"`
	Parts     int      `toml:"parts,omitempty"`
}

// Is reports whether a yes-or-no option is set and says yes.
func Is(o *bool) bool { return o != nil && *o }

// Not reports whether a yes-or-no option is set and says no.
func Not(o *bool) bool { return o != nil && !*o }

// Or gives what an option says, or what holds without it.
func Or[T any](o *T, otherwise T) T {
	if o == nil {
		return otherwise
	}
	return *o
}

// words are what the options of words can say.
func (r *Options) words() []worded {
	return []worded{
		{"outgoing_times", r.OutgoingTimes, []string{"local", "utc"}},
		{"incoming_times", r.IncomingTimes, []string{"local", "utc"}},
		{"all_day", r.AllDay, []string{"midnight", "last-minute", "24h", "date"}},
		{"alarms", r.Alarms, []string{"both", "display", "audio", "none"}},
		{"contacts_format", r.Contacts, []string{"2.1", "3.0"}},
		{"calendar_format", r.Calendar, []string{"1.0", "2.0"}},
		{"notes_format", r.Notes, []string{"text/plain", "text/x-vnote"}},
		{"database_names", r.DatabaseNames, []string{"as-used", "without-query"}},
		{"missing_statuses", r.MissingStatuses, []string{"done"}},
	}
}

type worded struct {
	key   string
	value *string
	words []string
}

// numbers are what the options of numbers can say.
func (r *Options) numbers() []numbered {
	return []numbered{
		{"since", r.Since, 1900, 2100}, {"max_guid_size", r.MaxGUIDSize, 4, 255},
		{"max_message", r.MaxMessage, 2000, 1 << 30}, {"max_object", r.MaxObject, 100, 1 << 30},
		{"wait_seconds", r.WaitSeconds, 1, 20}, {"reject", r.Reject, 400, 599},
	}
}

type numbered struct {
	key   string
	value *int
	least int
	most  int
}

// validate tells which option has a value that means nothing, and why; "" and nil if all are good.
func (r *Options) validate() (key string, err error) {
	for _, w := range r.words() {
		if w.value != nil && !slices.Contains(w.words, *w.value) {
			return w.key, fmt.Errorf("%q is none of %s", *w.value, strings.Join(w.words, ", "))
		}
	}
	for _, n := range r.numbers() {
		if n.value != nil && (*n.value < n.least || *n.value > n.most) {
			return n.key, fmt.Errorf("%d is not between %d and %d", *n.value, n.least, n.most)
		}
	}
	for _, n := range r.SyncTypes {
		if n < 1 || n > 7 {
			return "sync_types", fmt.Errorf("%d is not between 1 and 7", n)
		}
	}
	if Is(r.SpellOut) && r.OutputCharset == nil {
		return "spell_out", errors.New("it needs an output_charset in the same rule")
	}
	return r.validateNames()
}

// validateNames looks at names of character sets, zones and properties: whether dataclass knows them.
func (r *Options) validateNames() (key string, err error) {
	for _, c := range []struct {
		key  string
		caps dataclass.Capabilities
	}{
		{"input_charset", dataclass.Capabilities{Charset: Or(r.InputCharset, "")}},
		{"output_charset", dataclass.Capabilities{Charset: Or(r.OutputCharset, "")}},
		{"zone", dataclass.Capabilities{Calendar: dataclass.CalendarStyle{Local: Or(r.Zone, "")}}},
		{"drop", dataclass.Capabilities{Limits: never(r.Drop)}},
		{"ignore", dataclass.Capabilities{Limits: never(r.Ignore)}},
	} {
		if err := c.caps.Validate(); err != nil {
			return c.key, err
		}
	}
	for _, name := range r.Drop {
		if err := droppable(name); err != nil {
			return "drop", err
		}
	}
	for i, l := range r.Limits {
		if err := l.validate(); err != nil {
			return fmt.Sprintf("limit %d", i), err
		}
	}
	return "", nil
}

// droppable refuses a property without which there is no item, in whatever format.
func droppable(name string) error {
	switch strings.ToUpper(name) {
	case "N", "BEGIN", "END", "VERSION", "DTSTART", "DTSTAMP", "RECURRENCE-ID", "VTIMEZONE":
		return fmt.Errorf("%s is always sent: without it there is no item", strings.ToUpper(name))
	}
	return nil
}

func (l Limit) validate() error {
	if l.Never {
		if err := droppable(l.Property); err != nil {
			return err
		}
	}
	if l.Dataclass != "" {
		if _, err := dataclass.ParseClass(l.Dataclass); err != nil {
			return err
		}
	}
	var c dataclass.Capabilities
	l.into(&c)
	return c.Validate()
}

// never gives the limits of properties that are not held.
func never(names []string) []dataclass.Limit {
	var out []dataclass.Limit
	for _, n := range names {
		out = append(out, dataclass.Limit{Name: n, Never: true})
	}
	return out
}
