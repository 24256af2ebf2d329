package pages

// A Setup says what to enter on a phone.
type Setup struct {
	// Address, User and ServerID are to be entered, and of the Databases the values.
	Address, User, ServerID string
	Databases               []Property
	// Code is the path of a drawing that holds address and user, CodeSize its width and height.
	Code     string
	CodeSize int
	Files    []Crumb
	Families []PhoneFamily
	// Local says that only this machine reaches the address, Plain that it is not encrypted.
	Local, Plain bool
}

// A PhoneFamily is how the settings are entered on phones of one sort.
type PhoneFamily struct {
	Name  string
	Steps []string
}

// Template implements View.
func (Setup) Template() string { return "setup" }

// Title implements View.
func (Setup) Title() string { return "Set up a phone" }

// Crumbs implements Trail.
func (Setup) Crumbs() []Crumb { return []Crumb{{"Clients and devices", "/v2/services/"}} }
