package atom

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"rsc.io/qr"

	"github.com/bindery-sync/bindery/atom/pages"
)

// setupPages are the pages that say what to enter on a device.
func (a *api) setupPages() map[string]page {
	return map[string]page{
		setupPath:    {show: a.showSetup, sendsFiles: true},
		davSetupPath: {show: a.showDAVSetup, sendsFiles: true},
	}
}

// showSetup answers GET /v2/services/syncml/setup for people.
func (a *api) showSetup(r *http.Request) (pages.View, error) {
	address, user := a.phoneURL(r), callerOf(r).Name
	code, err := codeOf(address + "\n" + user)
	if err != nil {
		return nil, err
	}
	v := pages.Setup{
		Address: address, User: user, ServerID: serverID, Code: code,
		Families: phoneFamilies, Local: isLoopback(address), Plain: strings.HasPrefix(address, "http:"),
	}
	for _, db := range phoneDatabases {
		v.Databases = append(v.Databases, pages.Property{Name: string(db.class), Value: db.name})
	}
	for _, version := range []string{"1.2", "1.1"} {
		v.Files = append(v.Files, pages.Crumb{Title: "Settings file for SyncML " + version, Path: setupPath + "?file=" + version})
	}
	return v, nil
}

// quietZone is how many empty fields are around a code, so that it is recognised.
const quietZone = 4

// codeOf gives the QR code of a text.
func codeOf(text string) (pages.Code, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return pages.Code{}, fmt.Errorf("draw the code: %w", err)
	}
	return pages.Code{Path: drawing(code), Size: code.Size + 2*quietZone}, nil
}

// drawing gives the path of a code's black fields, a line for each run of them.
func drawing(code *qr.Code) string {
	var b strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			from := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", from+quietZone, y+quietZone, x-from, x-from)
			}
		}
	}
	return b.String()
}

// isLoopback reports whether an address is one that only this machine reaches.
func isLoopback(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// phoneFamilies say where phones have their settings. The words on single models differ.
var phoneFamilies = []pages.PhoneFamily{
	{Name: "Nokia with Symbian (E, N and X series)", Steps: []string{
		"Open Sync, among the tools or the settings of connections, and make a new sync profile.",
		"Applications: mark contacts, calendar and notes, and enter the database of each as the remote database.",
		"Connection settings: server version 1.2 (or the highest there is), server ID as above, data bearer internet, host address and port as above, user name and password.",
		"Allow sync requests: yes. Network authentication: no.",
	}},
	{Name: "Nokia Series 40", Steps: []string{
		"In the settings choose Sync and backup, or Connectivity, and there the settings of server sync.",
		"Enter server address, port, user name and password, mark what to synchronize, and enter the database of each.",
	}},
	{Name: "Sony Ericsson", Steps: []string{
		"In the organizer, or in the settings of connectivity, choose Synchronization, and add a new account.",
		"Enter the server address with http:// or https:// in front, user name and password; under applications mark each and enter its database name. Tasks have one of their own.",
		"Leave the extra settings as they are; proximity and remote initiation may be on.",
	}},
	{Name: "Motorola, Samsung, LG and others with SyncML built in", Steps: []string{
		"Look for Sync, SyncML or Data synchronization in the settings of connections or of the organizer, and make a profile.",
		"Where only a host is asked for, the path is asked for elsewhere: enter /syncml there.",
	}},
	{Name: "Android, iPhone, Windows Mobile and computers", Steps: []string{
		"They need a program that speaks SyncML. Enter the same address, user and databases there.",
		"SyncEvolution: set syncURL to the address, and the uri of each source to its database.",
	}},
}

// errNoVersion answers who asks for a settings file of another version.
var errNoVersion = &problem{http.StatusBadRequest, "file is 1.1 or 1.2"}
