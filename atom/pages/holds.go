package pages

import "time"

// Holds lists the plans that wait for a person, or were decided and not carried out yet.
type Holds struct{ Plans []Hold }

// Template implements View.
func (Holds) Template() string { return "holds" }

// Title implements View.
func (Holds) Title() string { return "What is held" }

// A Hold is a plan that waits for a person's word.
type Hold struct {
	ID, Path string
	Binding  int64
	// Of says between whom, and BindingPath where their binding is.
	Of, BindingPath string
	Class           string
	// State is "open", "approved", "rejected" or "done".
	State string
	// Mark is that of what it holds: a form decides only about what its page showed.
	Mark          string
	Made, Decided time.Time
	// Slow says that it is about a whole slow sync, and holds no item.
	Slow   bool
	Groups []HeldGroup
}

// Template implements View.
func (Hold) Template() string { return "hold" }

// Title implements View.
func (h Hold) Title() string { return h.Class + " of " + h.Of }

// Crumbs implements Trail.
func (Hold) Crumbs() []Crumb { return []Crumb{{"What is held", "/v2/syncengine/holds/"}} }

// Open reports whether it can still be decided.
func (h Hold) Open() bool { return h.State != "done" }

// StateWords say how the plan stands.
func (h Hold) StateWords() string {
	switch h.State {
	case "open":
		return "waits for your word"
	case "approved":
		return "approved, carried out by the next synchronization"
	case "rejected":
		return "rejected, sent back by the next synchronization"
	}
	return "done"
}

// A HeldGroup is what one side did to several items, and what comes of it.
type HeldGroup struct {
	// Sentence says what would happen to how many items, and why it waits.
	Sentence string
	// Approved and Rejected say what each decision does.
	Approved, Rejected string
	// First are items that everybody sees, Rest those behind a fold.
	First, Rest []string
	// More is how many are not shown, and MorePath where they are.
	More     int
	MorePath string
}
