package pages

import "time"

// A Log is a list of synchronizations.
type Log struct {
	// Of is the binding whose they are; empty for all.
	Of   string
	Rows []SyncRow
	// Path is its own address, to which the filters are sent.
	Path            string
	Classes, States []Choice
	// Since is the day from which on they are shown, as 2009-03-18; empty for all.
	Since string
	// First and Next are other pages of the list; empty for none.
	First, Next string
	// Trail is what the list stands below.
	Trail []Crumb
}

// Template implements View.
func (Log) Template() string { return "log" }

// Title implements View.
func (l Log) Title() string {
	if l.Of != "" {
		return "Synchronizations of " + l.Of
	}
	return "Sync log"
}

// Crumbs implements Trail.
func (l Log) Crumbs() []Crumb { return l.Trail }

// A LogEntry is the page of one synchronization.
type LogEntry struct {
	Row   SyncRow
	Sides [2]Party
	// Started and Finished are its times; Finished is zero while it runs.
	Started, Finished time.Time
	Flow              Flow
	// Progress says how far it is while it runs.
	Progress Progress
	// Held, Doubts, Aside and Conflicts are what needs a look, with where that is.
	Warnings []Warning
	Counts   []Count
	// Losses are the values that were overwritten, by item.
	Losses []Loss
	// Conflicts is how many items both sides had changed.
	Conflicts int
	// MoreLosses says that there are others in the history, which is at HistoryPath.
	MoreLosses  bool
	HistoryPath string
	Failed      []Entry
}

// A Count is a line of the figures of a synchronization.
type Count struct {
	Name   string
	Values [2]int
}

// A Loss is an item of which a synchronization overwrote or deleted a version.
type Loss struct {
	Title, Path string
	// Side is who held that version.
	Side string
	// Deleted says that the item was deleted there, and not overwritten.
	Deleted bool
	// Conflict says that both sides had changed the same property of it, and Winner whose value stands.
	Conflict bool
	Winner   string
	// Unknown says that it is not known what stands there now.
	Unknown bool
	Fields  []LostField
}

// A LostField is a property whose value was overwritten.
type LostField struct {
	Name string
	// Agreed is what both sides had before, if that is known; Lost is what was overwritten, Now what stands there.
	Agreed, Lost, Now string
	// Conflict says that both sides had changed it, so that one of them lost.
	Conflict bool
}

// Template implements View.
func (LogEntry) Template() string { return "entry" }

// Title implements View.
func (e LogEntry) Title() string { return "Synchronization of " + e.Row.Class + ", " + e.Row.State }

// Refresh implements Refresher.
func (e LogEntry) Refresh() int {
	if e.Row.Running {
		return 3
	}
	return 0
}

// Crumbs implements Trail.
func (e LogEntry) Crumbs() []Crumb {
	return []Crumb{{e.Sides[0].Title + " ↔ " + e.Sides[1].Title, e.Row.BindingPath}, {"Synchronization " + itoa(int(e.Row.ID)), e.Row.Path}}
}

// Progress is how far a synchronization is.
type Progress struct {
	// Read is how many items or changes each side has told.
	Read [2]int
	// Planned is how many items there is anything to do about, 0 until that is known; Done is of how many it is done.
	Planned, Done int
}

// A Flow draws how many changes went which way: from each side to the server, and from there to each side.
type Flow struct {
	Sides [2]string
	// In are what the sides told, Out what they were sent.
	In, Out [2]Changes
}

// Width is how thick an arrow is for so many changes.
func (Flow) Width(c Changes) int {
	switch n := c.Sum(); {
	case n == 0:
		return 1
	case n < 10:
		return 2
	case n < 100:
		return 4
	}
	return 6
}

// Label is what an end of the picture is called: as much of its name as there is room for.
func (f Flow) Label(side int) string {
	const room = 13
	r := []rune(f.Sides[side])
	if len(r) > room {
		return string(r[:room-1]) + "…"
	}
	return string(r)
}

// Sentence says what the picture shows.
func (f Flow) Sentence() string {
	return f.Sides[0] + " told " + f.In[0].String() + " and was sent " + f.Out[0].String() + "; " +
		f.Sides[1] + " told " + f.In[1].String() + " and was sent " + f.Out[1].String() + "."
}
