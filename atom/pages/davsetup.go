package pages

import "html/template"

// A DAVSetup says what to enter in programs that speak CardDAV and CalDAV.
type DAVSetup struct {
	// Address and User are to be entered; Host is the name of the server alone, which is enough for some.
	Address, Host, User string
	// Collections are the addresses of address book and calendars, for programs that look for nothing.
	Collections []Property
	Code        Code
	// Open opens a program of the device, if it has one that takes such addresses, and Profile is a file of settings.
	Open     template.URL
	Profile  string
	Programs []PhoneFamily
	// Local says that only this machine reaches the address, Plain that it is not encrypted.
	Local, Plain bool
}

// Template implements View.
func (DAVSetup) Template() string { return "davsetup" }

// Title implements View.
func (DAVSetup) Title() string { return "Set up an iPhone, Android or computer" }

// Crumbs implements Trail.
func (DAVSetup) Crumbs() []Crumb { return []Crumb{{"Clients and devices", "/v2/services/"}} }
