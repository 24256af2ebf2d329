package pages

// DAV lists the accounts on CardDAV and CalDAV servers, and begins another one.
type DAV struct{ Accounts []AccountRow }

// Template implements View.
func (DAV) Template() string { return "dav" }

// Title implements View.
func (DAV) Title() string { return "CardDAV and CalDAV accounts" }

// Crumbs implements Trail.
func (DAV) Crumbs() []Crumb { return []Crumb{{"Clients", "/v2/services/"}} }

// DAVFound is what was found of an account: the second step, in which its collections are chosen.
type DAVFound struct {
	Address, User string
	// Kept is what the server knows the account by until then.
	Kept    string
	Classes []DAVClass
	// Troubles are what could not be looked at.
	Troubles []string
	Stores   []Choice
}

// DAVMove lets a person choose other collections for an account that is there already.
type DAVMove struct {
	Client Party
	// Path is its own address.
	Path    string
	Classes []DAVClass
	// Troubles are what could not be looked at.
	Troubles []string
}

// Template implements View.
func (DAVMove) Template() string { return "davmove" }

// Title implements View.
func (DAVMove) Title() string { return "Collections" }

// Crumbs implements Trail.
func (v DAVMove) Crumbs() []Crumb {
	return []Crumb{{"Clients", "/v2/services/"}, {v.Client.Title, v.Client.Path}}
}

// A DAVClass is one dataclass with the collections that it could be.
type DAVClass struct {
	Name, Field string
	Options     []DAVOption
}

// A DAVOption is one collection, a new one, or none.
type DAVOption struct {
	Value, Title, Text string
	// ReadOnly says that it cannot be written, Keeps that nothing can be deleted in it.
	ReadOnly, Keeps bool
	// Proposed says that it is what most people want.
	Proposed bool
}

// Template implements View.
func (DAVFound) Template() string { return "davfound" }

// Title implements View.
func (DAVFound) Title() string { return "What was found" }

// Crumbs implements Trail.
func (DAVFound) Crumbs() []Crumb {
	return []Crumb{{"Clients", "/v2/services/"}, {"CardDAV and CalDAV accounts", "/v2/services/dav/"}}
}
