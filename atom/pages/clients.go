package pages

import "time"

// Clients lists all Sync Clients of an account.
type Clients struct {
	Groups []ClientGroup
	// PhoneURL is the address that a phone needs.
	PhoneURL string
}

// A ClientGroup are the clients of one kind.
type ClientGroup struct {
	Name    string
	Clients []ClientCard
	// Hint says what to do where there is none.
	Hint string
	// Links lead to what there is besides.
	Links []Crumb
}

// A ClientCard is one client in the list.
type ClientCard struct {
	Party Party
	// Text says a little about it.
	Text string
	// Seen is when it was synchronized last; zero for never.
	Seen     time.Time
	Bindings []Crumb
}

// Template implements View.
func (Clients) Template() string { return "clients" }

// Title implements View.
func (Clients) Title() string { return "Clients and devices" }

// A Client is the page of one client: a phone, or a datastore.
type Client struct {
	Party    Party
	About    []Property
	Bindings []Crumb
	// Shelves are the dataclasses of a datastore, and Files what it can be had as.
	Shelves, Files []Crumb
	// Databases are what a phone declared to have; Declared says that it did.
	Databases []Database
	Declared  bool
	// Learned says by dataclass what a phone was seen to keep and to lose.
	Learned []Lesson
	// Rules are the device rules that apply to it, and RuleLines what they do.
	Rules, RuleLines []string
	// SessionsPath is where its sessions are; empty for what is no phone.
	SessionsPath string
	// Phone says that it is one.
	Phone bool
	// Far says, of an account on another server, which one that is.
	Far *Far
	// Collections is where the collections of an account on a DAV server are chosen; empty for another client.
	Collections string
	// Path is its own address, Name what its user calls it and Zone its time zone; both may be empty.
	Path, Name, Zone string
	// Others are the other phones, one of which may take its place.
	Others []Choice
}

// A Database is one database of a phone.
type Database struct {
	Name  string
	About []Property
}

// A Lesson is what was learned of a client and one dataclass.
type Lesson struct {
	Class        string
	Kept, Losses []string
	When         time.Time
}

// Template implements View.
func (Client) Template() string { return "client" }

// Title implements View.
func (c Client) Title() string { return c.Party.Title }

// Crumbs implements Trail.
func (Client) Crumbs() []Crumb { return []Crumb{{"Clients", "/v2/services/"}} }

// Items is a page of the items of a datastore.
type Items struct {
	Store Party
	Class string
	Items []Entry
	// Shelves are the other dataclasses.
	Shelves []Crumb
	// First and Next are other pages of the list; empty for none.
	First, Next string
}

// Template implements View.
func (Items) Template() string { return "items" }

// Title implements View.
func (i Items) Title() string { return i.Class + " of " + i.Store.Title }

// Crumbs implements Trail.
func (i Items) Crumbs() []Crumb {
	return []Crumb{{"Clients", "/v2/services/"}, {i.Store.Title, i.Store.Path}}
}

// An Item is the page of one item.
type Item struct {
	Name, Class string
	Store       Party
	ShelfPath   string
	Fields      []Property
	// Raw is the item as it is stored, of the media type Type.
	Raw, Type string
	// ID is its name in the datastore.
	ID      string
	Changed time.Time
	// Links lead to what else is known of it.
	Links []Crumb
}

// Template implements View.
func (Item) Template() string { return "item" }

// Title implements View.
func (i Item) Title() string { return i.Name }

// Crumbs implements Trail.
func (i Item) Crumbs() []Crumb {
	return []Crumb{{"Clients", "/v2/services/"}, {i.Store.Title, i.Store.Path}, {i.Class, i.ShelfPath}}
}

// Removed lists what was removed and can be brought back.
type Removed struct {
	Rows []RemovedRow
}

// A RemovedRow is a client or a binding that was removed.
type RemovedRow struct {
	Title, Path, Text string
	When              time.Time
}

// Template implements View.
func (Removed) Template() string { return "removed" }

// Title implements View.
func (Removed) Title() string { return "Removed" }
