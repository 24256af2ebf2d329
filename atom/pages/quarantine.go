package pages

import "time"

// Quarantine lists the items that are set aside.
type Quarantine struct {
	Items []Aside
	// Path is its own address, First and Next those of other pages of the list; empty for none.
	Path, First, Next string
}

// Template implements View.
func (Quarantine) Template() string { return "quarantine" }

// Title implements View.
func (Quarantine) Title() string { return "Quarantine" }

// An Aside is an item that could not be synchronized.
type Aside struct {
	ID, Path, Name string
	// Of says between whom, and BindingPath where their binding is. Side is where the item could not be read, or what
	// does not take it.
	Of, BindingPath, Side string
	Class                 string
	// Item is its name there; empty if the side never took it.
	Item, Why string
	Since     time.Time
	// Until is when a sync tries it again by itself; zero if only a change or a person brings that about.
	Until  time.Time
	Fields []Property
	// Type and Raw are the item as it is; Left is how many bytes of it are not shown.
	Type, Raw string
	Left      int
}

// Template implements View.
func (Aside) Template() string { return "aside" }

// Title implements View.
func (a Aside) Title() string { return a.Name }

// Crumbs implements Trail.
func (Aside) Crumbs() []Crumb { return []Crumb{{"Quarantine", "/v2/syncengine/quarantine/"}} }
