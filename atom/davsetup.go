package atom

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

const (
	davSetupPath = "/v2/services/datastore/setup"
	// davRoot is where the DAV server face is; from there programs find the rest.
	davRoot = "/dav/"
)

// A davAccount is what programs that speak CardDAV and CalDAV are told of an account.
type davAccount struct {
	base *url.URL
	user string
}

// davAccount gives what the programs of who asks are told.
func (a *api) davAccount(r *http.Request) (davAccount, error) {
	base, err := url.Parse(a.base(r))
	if err != nil {
		return davAccount{}, fmt.Errorf("read the server's own address: %w", err)
	}
	return davAccount{base: base, user: clean(callerOf(r).Name)}, nil
}

// address is where programs start.
func (d davAccount) address() string { return d.base.JoinPath(davRoot).String() }

// principal is the address of the account itself.
func (d davAccount) principal() string { return d.home("principals") }

// collection is the address of the account's own collection of a class.
func (d davAccount) collection(class dataclass.Class) string {
	if class == dataclass.Contacts {
		return d.home("addressbooks") + "contacts/"
	}
	return d.home("calendars") + strings.ToLower(string(class)) + "/"
}

func (d davAccount) home(name string) string {
	return d.address() + name + "/" + url.PathEscape(d.user) + "/"
}

// opener is an address that programs on a device may have registered for themselves, as DAVx5 does: it opens them with server
// and user filled in.
func (d davAccount) opener() string {
	u := *d.base.JoinPath(davRoot)
	u.Scheme, u.User = "caldav", url.User(d.user)
	if d.secure() {
		u.Scheme = "caldavs"
	}
	return u.String()
}

func (d davAccount) secure() bool { return d.base.Scheme == "https" }

// port is the port that programs connect to.
func (d davAccount) port() int {
	if n, err := strconv.Atoi(d.base.Port()); err == nil {
		return n
	}
	if d.secure() {
		return 443
	}
	return 80
}

// getDAVSetup answers GET /v2/services/datastore/setup: what to enter in programs that speak CardDAV and CalDAV. With the query
// file=apple it is a configuration profile.
func (a *api) getDAVSetup(w http.ResponseWriter, r *http.Request) error {
	d, err := a.davAccount(r)
	if err != nil {
		return err
	}
	if r.URL.Query().Has("file") {
		return sendProfile(w, r, d)
	}
	self := a.base(r) + davSetupPath
	entry := xmltree.New(nsAtom, "entry").Add(
		a.author(r), xmltree.New(nsAtom, "content", xmltree.Text("Enter the address and the user in the program, and a token in place of the password.")).SetAttr("", "type", "text"),
		element("id", self), link(self, "self", ""), element("title", "Settings for CardDAV and CalDAV"), timestamp("updated", callerOf(r).Created),
		ownElement("address", d.address()), ownElement("user", d.user))
	for _, class := range stored {
		entry.Add(ownElement("collection", d.collection(class)).SetAttr("", "dataclass", string(class)))
	}
	entry.Add(link(self+"?file=apple", "enclosure", profileType).SetAttr("", "title", "Configuration profile"))
	return write(w, http.StatusOK, entry)
}

// sendProfile sends a configuration profile.
func sendProfile(w http.ResponseWriter, r *http.Request, d davAccount) error {
	if r.URL.Query().Get("file") != "apple" {
		return errNoProfile
	}
	sendSettings(w, profileType, "bindery.mobileconfig", d.profile())
	return nil
}

// sendSettings sends a file of settings. It is not kept on the way: the next user has others.
func sendSettings(w http.ResponseWriter, mediaType, name string, doc []byte) {
	h := w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(doc) // who has gone reads nothing
}

// errNoProfile answers who asks for a settings file of another sort.
var errNoProfile = &problem{http.StatusBadRequest, "file is apple"}
