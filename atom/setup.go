package atom

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

const (
	setupPath = "/v2/services/syncml/setup"
	// provisioningType is the media type of OMA Client Provisioning in XML.
	provisioningType = "text/vnd.wap.connectivity-xml"
	// serverID is by which a phone knows this server's profile, if the operator has not said otherwise.
	serverID = "bindery"
)

// A phoneDatabase is what a phone is told to synchronize with.
type phoneDatabase struct {
	name  string
	class dataclass.Class
	// accept is what it holds, in the words of a provisioning document; "" for what is not in one.
	accept string
}

// phoneDatabases are the names that are suggested to phones. Tasks are in the calendar of most phones: told of a
// database of tasks too, such a phone would have them twice.
var phoneDatabases = []phoneDatabase{
	{"contacts", dataclass.Contacts, "text/x-vcard"},
	{"calendar", dataclass.Events, "text/x-vcalendar"},
	{"tasks", dataclass.Tasks, ""},
	{"notes", dataclass.Notes, "text/plain"},
}

// phoneURL is the address that phones post to.
func (a *api) phoneURL(r *http.Request) string { return a.base(r) + "/syncml" }

// getSetup answers GET /v2/services/syncml/setup: what to enter on a phone. With the query file=1.2, or 1.1, it is a
// provisioning document for that version of the protocol.
func (a *api) getSetup(w http.ResponseWriter, r *http.Request) error {
	if r.URL.Query().Has("file") {
		return a.sendProvisioning(w, r)
	}
	url := a.base(r) + setupPath
	entry := xmltree.New(nsAtom, "entry").Add(
		a.author(r), xmltree.New(nsAtom, "content", xmltree.Text("Enter the address, the user and the databases on the phone, and the password of the account.")).SetAttr("", "type", "text"),
		element("id", url), link(url, "self", ""), element("title", "Settings for a phone"), timestamp("updated", callerOf(r).Created),
		ownElement("address", a.phoneURL(r)), ownElement("user", callerOf(r).Name))
	for _, db := range phoneDatabases {
		entry.Add(ownElement("database", db.name).SetAttr("", "dataclass", string(db.class)))
	}
	for _, version := range []string{"1.1", "1.2"} {
		entry.Add(link(url+"?file="+version, "enclosure", provisioningType).SetAttr("", "title", "SyncML "+version))
	}
	return write(w, http.StatusOK, entry)
}

// sendProvisioning sends a provisioning document.
func (a *api) sendProvisioning(w http.ResponseWriter, r *http.Request) error {
	version := r.URL.Query().Get("file")
	if version != "1.1" && version != "1.2" {
		return errNoVersion
	}
	doc, err := provisioning(a.phoneURL(r), callerOf(r).Name, version)
	if err != nil {
		return err
	}
	sendSettings(w, provisioningType+"; charset=utf-8", "bindery-sync-"+version+".xml", doc)
	return nil
}

// provisioning is an OMA Client Provisioning document for SyncML Data Sync (application w5), without a password.
func provisioning(address, user, version string) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	port := cmp.Or(u.Port(), map[string]string{"https": "443"}[u.Scheme], "80")
	u.Host = strings.TrimSuffix(u.Host, ":"+u.Port()) + ":" + port // phones that find no port take 80, whatever the scheme
	app := characteristic("APPLICATION", "APPID", "w5", "NAME", "Bindery", "PROVIDER-ID", serverID, "TO-NAPID", "INTERNET",
		"ADDR", u.String(), "APROTOCOL", version)
	for _, db := range phoneDatabases {
		if db.accept != "" {
			app.Add(characteristic("RESOURCE", "URI", db.name, "NAME", string(db.class), "AACCEPT", db.accept))
		}
	}
	app.Add(characteristic("APPAUTH", "AAUTHLEVEL", "CLIENT", "AAUTHNAME", clean(user)))
	root := xmltree.New("", "wap-provisioningdoc").SetAttr("", "version", "1.1").Add(characteristic("BOOTSTRAP", "NAME", "Bindery"), app)
	doc := []byte("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" +
		"<!DOCTYPE wap-provisioningdoc PUBLIC \"-//WAPFORUM//DTD PROV 1.0//EN\" \"http://www.wapforum.org/DTD/prov.dtd\">\n")
	return append(root.Append(doc, xmltree.Options{Indent: "  "}), '\n'), nil
}

// characteristic makes a group of parameters, which are pairs of name and value.
func characteristic(kind string, params ...string) *xmltree.Element {
	c := xmltree.New("", "characteristic").SetAttr("", "type", kind)
	for i := 0; i+1 < len(params); i += 2 {
		c.Add(xmltree.New("", "parm").SetAttr("", "name", params[i]).SetAttr("", "value", params[i+1]))
	}
	return c
}
