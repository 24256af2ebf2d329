package pages

import "time"

// A Party is one side of a binding, as people call it.
type Party struct {
	Title, Path string
	// Kind is what sort of Sync Client it is: "phone", "datastore" or the kind's own name.
	Kind string
}

// A Warning is something that a person should look at.
type Warning struct {
	Text string
	// Path is where to do something about it; empty for nowhere.
	Path string
	// Bad says that something went wrong, rather than waits.
	Bad bool
}

// An Overview lists the bindings of an account.
type Overview struct {
	// Matters says how many notices there are, NoticesPath where; both empty for none.
	Matters, NoticesPath string
	Bindings             []BindingCard
	// More is where the rest of a long list is; empty for none.
	More string
	// Clients can be bound to each other: one of Clients to one of Others, which are the same, with another one chosen.
	Clients, Others []Choice
	// Phones is how many of them are phones, and PhoneURL the address that a phone needs.
	Phones   int
	PhoneURL string
}

// A BindingCard is one binding in the overview.
type BindingCard struct {
	ID    int64
	Path  string
	Sides [2]Party
	// Last is the newest synchronization; nil if there was none.
	Last     *SyncRow
	Warnings []Warning
}

// A Choice is one value of a field of a form.
type Choice struct {
	Value, Title string
	// Hint says more about it; may be empty.
	Hint string
	// Chosen says that it is the one that counts now.
	Chosen bool
}

// Template implements View.
func (Overview) Template() string { return "overview" }

// Title implements View.
func (Overview) Title() string { return "Overview" }

// A SyncRow is one synchronization in a list.
type SyncRow struct {
	ID   int64
	Path string
	// Binding is the number of the binding, and BindingPath where it is; empty where it was removed.
	Binding     int64
	BindingPath string
	// Between names the two sides of the binding, in a list that has several.
	Between string
	Class   string
	// Mode says in words how was synchronised, State how it stands or ended.
	Mode, State string
	// Running says that it is not over.
	Running bool
	// Bad says that it did not end well.
	Bad  bool
	When time.Time
	// Changes says what was changed on each side, and Sum how many that were on both.
	Changes [2]Changes
	Notes   []string
}

// Changes are what a synchronization did to one side.
type Changes struct {
	Added, Replaced, Deleted int
}

// Sum is how many items were changed.
func (c Changes) Sum() int { return c.Added + c.Replaced + c.Deleted }

// String says what was changed in a few words: "3 added, 1 changed"; "nothing" for nothing.
func (c Changes) String() string {
	var words []string
	for _, n := range []struct {
		count int
		what  string
	}{{c.Added, " added"}, {c.Replaced, " changed"}, {c.Deleted, " deleted"}} {
		if n.count > 0 {
			words = append(words, itoa(n.count)+n.what)
		}
	}
	if len(words) == 0 {
		return "nothing"
	}
	return list(words)
}

// A Binding is the page of one binding.
type Binding struct {
	ID    int64
	Sides [2]Party
	// Created is when it was made.
	Created  time.Time
	Warnings []Warning
	Chart    Chart
	Syncs    []SyncRow
	// Path is its own address, and LogPath that of all its synchronizations.
	Path, LogPath string
	// Classes and Modes can be chosen to start with.
	Classes, Modes []Choice
	// Phone says that one side is a phone, which has to begin a synchronization itself.
	Phone bool
	// Running says that a synchronization is under way.
	Running bool
	// Seen is when its settings were changed last, in microseconds: the form is about just those.
	Seen int64
	// Winners are the two sides, of which one wins, and Directions which way changes go.
	Winners, Directions []Choice
	// Wanted are the dataclasses, of which those are synchronized that are chosen.
	Wanted []Choice
	// Flags can be set or not.
	Flags []Choice
	// Schedules are when it is synchronized.
	Schedules []Schedule
	// Filters narrow what the sides are sent.
	Filters []FilterField
}

// A Schedule is when a binding is synchronized, and where that stands.
type Schedule struct {
	// Title says how often, Class of which dataclass, "" for all.
	Title, Class, Path string
	// Word and State say what it does now and next, Last how it ended the last time, "" if it never ran. Limits are its
	// quiet hours and how much later it may run, "" for none.
	Word, State, Last, Limits string
}

// A FilterField is what one side is sent of one dataclass.
type FilterField struct {
	Class, Side, Title string
	// Category is one that items must have; empty for all.
	Category string
	// Days says that a range of days can be given: Back before today and Ahead after it, 0 for any.
	Days        bool
	Back, Ahead int
}

// Name is what the fields of the form begin with.
func (f FilterField) Name() string { return f.Class + "-" + f.Side }

// Refresh implements Refresher.
func (b Binding) Refresh() int {
	if b.Running {
		return 5
	}
	return 0
}

// Template implements View.
func (Binding) Template() string { return "binding" }

// Title implements View.
func (b Binding) Title() string { return b.Sides[0].Title + " ↔ " + b.Sides[1].Title }

// Crumbs implements Trail.
func (Binding) Crumbs() []Crumb { return []Crumb{} }
