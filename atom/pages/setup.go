package pages

// A Setup says what to enter on a phone.
type Setup struct {
	// Address, User and ServerID are to be entered, and of the Databases the values.
	Address, User, ServerID string
	Databases               []Property
	Code                    Code
	Files                   []Crumb
	Families                []PhoneFamily
	// Local says that only this machine reaches the address, Plain that it is not encrypted.
	Local, Plain bool
}

// A Code is a QR code of the server's address and the user, as Path is drawn in a square of Size.
type Code struct {
	Path string
	Size int
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
