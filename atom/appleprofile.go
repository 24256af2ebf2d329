package atom

import (
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

const (
	// profileType is the media type of Apple's configuration profiles.
	profileType = "application/x-apple-aspen-config"
	// plistDoctype stands before the property list that a profile is.
	plistDoctype = `<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">`
)

// profile is a configuration profile (Apple's Device Management, CardDAV and CalDAV payloads) by which an iPhone, iPad or Mac
// adds the account: contacts, and calendars with tasks. It has no password, which the device asks for. Its identifiers are
// made of server and user, so that one that is installed again takes the place of the one before.
func (d davAccount) profile() []byte {
	payloads := xmltree.New("", "array").Add(d.payload("CardDAV", "Contacts"), d.payload("CalDAV", "Calendars"))
	root := xmltree.New("", "plist").SetAttr("", "version", "1.0").Add(plist(
		append(d.identity("Configuration", "profile"),
			plistEntry{"PayloadDisplayName", plistString("Bindery: " + d.user)},
			plistEntry{"PayloadDescription", plistString("Contacts, calendars and tasks of " + d.user + " at " + d.base.Hostname())},
			plistEntry{"PayloadContent", payloads})...))
	doc := []byte("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + plistDoctype + "\n")
	return append(root.Append(doc, xmltree.Options{Indent: "  "}), '\n')
}

// payload is the part of a profile that adds the account to one program of the device.
func (d davAccount) payload(protocol, shows string) *xmltree.Element {
	return plist(append(d.identity("com.apple."+strings.ToLower(protocol)+".account", protocol),
		plistEntry{"PayloadDisplayName", plistString(shows)},
		plistEntry{protocol + "AccountDescription", plistString(d.user + " (" + d.base.Hostname() + ")")},
		plistEntry{protocol + "HostName", plistString(d.base.Hostname())},
		plistEntry{protocol + "Port", plistInteger(d.port())},
		plistEntry{protocol + "PrincipalURL", plistString(d.principal())},
		plistEntry{protocol + "UseSSL", xmltree.New("", strconv.FormatBool(d.secure()))},
		plistEntry{protocol + "Username", plistString(d.user)})...)
}

// identity is by what a device knows a part of a profile, and knows it again.
func (d davAccount) identity(kind, part string) []plistEntry {
	id := uuid.NewSHA1(uuid.NameSpaceURL, []byte(d.principal()+"#"+part)).String()
	return []plistEntry{
		{"PayloadType", plistString(kind)},
		{"PayloadVersion", plistInteger(1)},
		{"PayloadIdentifier", plistString("bindery." + id)},
		{"PayloadUUID", plistString(strings.ToUpper(id))},
	}
}

// A plistEntry is one of a dictionary in a property list.
type plistEntry struct {
	key   string
	value *xmltree.Element
}

func plist(entries ...plistEntry) *xmltree.Element {
	dict := xmltree.New("", "dict")
	for _, e := range entries {
		dict.Add(xmltree.New("", "key", xmltree.Text(e.key)), e.value)
	}
	return dict
}

func plistString(s string) *xmltree.Element { return xmltree.New("", "string", xmltree.Text(s)) }

func plistInteger(n int) *xmltree.Element {
	return xmltree.New("", "integer", xmltree.Text(strconv.Itoa(n)))
}
