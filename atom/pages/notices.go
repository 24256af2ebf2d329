package pages

import "time"

// Notices lists what needs a person, and has the address of the feed that says the same.
type Notices struct {
	List []Matter
	// FeedMade is since when the feed has an address; zero if it has none.
	FeedMade time.Time
	// Feed is the address. It is known only when it was made just now.
	Feed string
}

// A Matter is one thing that needs a person.
type Matter struct {
	Sentence string
	// Path is where to do something about it.
	Path  string
	Since time.Time
}

// Template implements View.
func (Notices) Template() string { return "notices" }

// Title implements View.
func (Notices) Title() string { return "Notices" }
