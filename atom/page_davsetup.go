package atom

import (
	"html/template"
	"net/http"

	"github.com/bindery-sync/bindery/atom/pages"
)

// showDAVSetup answers GET /v2/services/datastore/setup for people.
func (a *api) showDAVSetup(r *http.Request) (pages.View, error) {
	d, err := a.davAccount(r)
	if err != nil {
		return nil, err
	}
	code, err := codeOf(d.opener())
	if err != nil {
		return nil, err
	}
	v := pages.DAVSetup{
		Address: d.address(), Host: d.base.Host, User: d.user, Code: code, Programs: davPrograms,
		//nolint:gosec // it is made of the server's own address and an escaped name
		Open:    template.URL(d.opener()),
		Profile: davSetupPath + "?file=apple", Local: isLoopback(d.address()), Plain: !d.secure(),
	}
	for _, class := range stored {
		v.Collections = append(v.Collections, pages.Property{Name: string(class), Value: d.collection(class)})
	}
	return v, nil
}

// davPrograms say where programs have their settings.
var davPrograms = []pages.PhoneFamily{
	{Name: "iPhone and iPad", Steps: []string{
		"Open the profile above in Safari, then Settings, Profile Downloaded, Install, and enter the password once for contacts and once for calendars.",
		"Or by hand: Settings, Apps, Contacts, Accounts, Add Account, Other, Add CardDAV Account, with the server's name, user and password; and the same at Calendar with Add CalDAV Account.",
		"Under Default Account choose it, so that new contacts are entered there.",
	}},
	{Name: "Mac", Steps: []string{
		"Open the profile above, and install it in System Settings, General, Device Management.",
		"Or by hand: Contacts, Settings, Accounts, Add, Other Contacts Account, CardDAV, Manual; and the same in Calendar.",
	}},
	{Name: "Android with DAVx5", Steps: []string{
		"Open the link above, or scan the code; or in DAVx5 choose Add account, Login with URL and user name, and enter the server address.",
		"Choose the address book and the calendars. Tasks need a program for tasks, such as Tasks.org or jtx Board; notes need jtx Board.",
	}},
	{Name: "Thunderbird", Steps: []string{
		"Address Book, New Address Book, Add CardDAV Address Book: user name and server address.",
		"Calendar, New Calendar, On the Network: user name and server address; calendars and tasks are found.",
	}},
	{Name: "GNOME and Evolution", Steps: []string{
		"Evolution: File, New, Collection Account, with user name, and the server address under Advanced Options.",
		"GNOME: Settings, Online Accounts, Calendar, Contacts and Files.",
	}},
	{Name: "KDE", Steps: []string{
		"System Settings or KOrganizer: add a resource DAV groupware resource, choose to configure it by hand, and enter the server address as remote URL with the protocols CardDAV and CalDAV.",
	}},
	{Name: "vdirsyncer and SyncEvolution", Steps: []string{
		"vdirsyncer: storages of type carddav and caldav, with the server address as url.",
		"SyncEvolution: a configuration of the template webdav, with the server address as syncURL.",
	}},
}
