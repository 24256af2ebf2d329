package pages

import "time"

// A SignIn is the page that asks who somebody is.
type SignIn struct {
	// Next is the address to go to afterwards.
	Next string
	// Name is what was typed before, and Error why it did not work; both may be empty.
	Name, Error string
}

// Template implements View.
func (SignIn) Template() string { return "signin" }

// Title implements View.
func (SignIn) Title() string { return "Sign in" }

// A Problem is the page that says what went wrong.
type Problem struct {
	// Status is that of HTTP, and Sentence what the error says.
	Status   int
	Sentence string
	// Back is where the form is that was sent; empty if none was.
	Back string
}

// Template implements View.
func (Problem) Template() string { return "problem" }

// Title implements View.
func (p Problem) Title() string { return p.Sentence }

// A General is a page for whatever has none of its own: a document of the API, readable.
type General struct {
	Name    string
	Updated time.Time
	Text    string
	// Properties are what an entry says about itself.
	Properties []Property
	Entries    []Entry
	// List says that this is a list, though there may be nothing in it.
	List  bool
	Links []Crumb
}

// A Property is a name and a value.
type Property struct {
	Name, Value string
	// Path is where a value leads to; empty for nowhere.
	Path string
	// Parts are what the value consists of, if it is no text.
	Parts []Property
}

// An Entry is one of a list.
type Entry struct {
	Title, Path, Text string
	Updated           time.Time
}

// Template implements View.
func (General) Template() string { return "general" }

// Title implements View.
func (g General) Title() string { return g.Name }

// Compared is a property of two items, side by side.
type Compared struct {
	Name    string
	Values  [2]string
	Differs bool
}
