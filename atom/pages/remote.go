package pages

// Sources lists the kinds of Sync Client, and the servers that were registered.
type Sources struct {
	Kinds   []KindRow
	Servers []ServerRow
	// Admin says that who looks may register servers for everybody.
	Admin bool
}

// A KindRow is one kind of Sync Client.
type KindRow struct{ Name, Path, Text, Classes string }

// A ServerRow is one registered server.
type ServerRow struct {
	Name, Path, Classes, Auth string
	Shared                    bool
}

// Template implements View.
func (Sources) Template() string { return "sources" }

// Title implements View.
func (Sources) Title() string { return "Sources" }

// Crumbs implements Trail.
func (Sources) Crumbs() []Crumb { return []Crumb{{"Clients", "/v2/services/"}} }

// A Source is the page of one registered server.
type Source struct {
	Name, Path string
	About      []Property
	SignIn     Login
	Stores     []Choice
	// Removable says that who looks may remove it.
	Removable bool
}

// A Login is what a form asks for to sign in to another server.
type Login struct {
	// User is the name there as far as it is known; UserNeeded says that it has to be named.
	User       string
	UserNeeded bool
	// Field is the field of what is secret, Label what people call it.
	Field, Label string
}

// Template implements View.
func (Source) Template() string { return "source" }

// Title implements View.
func (s Source) Title() string { return s.Name }

// Crumbs implements Trail.
func (Source) Crumbs() []Crumb {
	return []Crumb{{"Clients", "/v2/services/"}, {"Sources", "/v2/syncengine/sources/"}}
}

// Elsewhere lists the accounts on other servers, and adds one.
type Elsewhere struct {
	Accounts []AccountRow
	// Sources are the servers on which another one can be added, Stores what it can be bound to at once.
	Sources []Crumb
	Stores  []Choice
}

// An AccountRow is one account on another server.
type AccountRow struct {
	Party        Party
	Source, User string
	// Why says why it must be authorised again; empty for one that need not.
	Why string
}

// Template implements View.
func (Elsewhere) Template() string { return "elsewhere" }

// Title implements View.
func (Elsewhere) Title() string { return "Accounts on other servers" }

// Crumbs implements Trail.
func (Elsewhere) Crumbs() []Crumb { return []Crumb{{"Clients", "/v2/services/"}} }

// Far is what the page of a client says where it is an account on another server.
type Far struct {
	Source Crumb
	// Why says why it must be authorised again; empty for one that need not.
	Why    string
	SignIn Login
}
