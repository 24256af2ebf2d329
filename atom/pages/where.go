package pages

// Where says which clients hold an item, or finds items by their names.
type Where struct {
	// Text is what was searched for; Found are the items, More says that there may be others.
	Text  string
	Found []Entry
	More  bool
	// Name is the item; empty for a search.
	Name, Class string
	Places      []Place
	// Changes are the last versions that syncs ended.
	Changes []VersionRow
}

// Template implements View.
func (Where) Template() string { return "where" }

// Title implements View.
func (w Where) Title() string {
	if w.Name != "" {
		return "Where is " + w.Name + "?"
	}
	return "Where is an item?"
}

// A Place is a client that holds the item, or is to.
type Place struct {
	Party Party
	// Item is its name there, empty if the client does not have it; ItemPath where it can be looked at.
	Item, ItemPath string
	// States say how it stands, by each binding that knows it there.
	States []PlaceState
	// Fields are what the client was last known to hold. SameAs names the place above that holds the same.
	Fields []Property
	SameAs string
}

// A PlaceState is what one binding says of an item at a client.
type PlaceState struct {
	Text string
	// Binding says with whom, and Path where that binding is; empty for none.
	Binding, Path string
	// Waits says that something is owed.
	Waits bool
}
