package face

import (
	"net/http"
	"strings"

	"github.com/bindery-sync/bindery/sources/dav/davxml"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// Who may do what is not changed by DAV: an account's things are its user's alone. What RFC 3744 asks of a server that
// says so is here.

func privilege(n davxml.Name) *xmltree.Element { return dav("privilege").New(n.New()) }

// supportedPrivileges tells which privileges there are and which of them contain others (RFC 3744 section 5.3).
func supportedPrivileges(_ *call, t *target) (*xmltree.Element, error) {
	node := func(n davxml.Name, says string, inside ...*xmltree.Element) *xmltree.Element {
		about := dav("description").Text(says).SetAttr("http://www.w3.org/XML/1998/namespace", "lang", "en")
		return dav("supported-privilege").New(privilege(n), about).Add(inside...)
	}
	reads := []*xmltree.Element{node(dav("read-current-user-privilege-set"), "Read what one may do")}
	if t.home == homeCalendars {
		reads = append(reads, node(cal("read-free-busy"), "Read when somebody is busy"))
	}
	all := node(dav("all"), "Everything", node(dav("read"), "Read", reads...),
		node(dav("write"), "Write", node(dav("write-properties"), "Write properties"), node(dav("write-content"), "Write content"),
			node(dav("bind"), "Add"), node(dav("unbind"), "Remove")))
	return dav("supported-privilege-set").New(all), nil
}

// accessList tells that the user may do everything (RFC 3744 section 5.5).
func accessList(c *call, _ *target) (*xmltree.Element, error) {
	ace := dav("ace").New(dav("principal").New(davxml.Href(c.principalHref())), dav("grant").New(privilege(dav("all"))), dav("protected").New())
	return dav("acl").New(ace), nil
}

func accessRestrictions(*call, *target) (*xmltree.Element, error) {
	return dav("acl-restrictions").New(dav("grant-only").New(), dav("no-invert").New()), nil
}

// itself is the principal of the user, the only one that there is for him.
func itself() *target { return &target{kind: kindPrincipal, home: principals} }

// tellPrincipal answers a report with the user's principal, or with nothing.
func (c *call) tellPrincipal(root *xmltree.Element, found bool) error {
	want, err := davxml.PropsOf(root)
	if err != nil {
		return err
	}
	w, end := c.xml(http.StatusMultiStatus)
	p := &printer{call: c, x: davxml.Multistatus(w), want: want, minimal: c.minimal()}
	if found {
		p.resource(itself())
	}
	return p.finish(end)
}

// matchPrincipals is the report DAV:principal-match (RFC 3744 section 9.3): which principals are the user.
func (c *call) matchPrincipals(t *target, root *xmltree.Element) error {
	return c.tellPrincipal(root, root.Child("self") != nil && t.home != homeFiles && t.kind&(kindRoot|kindPrincipals|kindPrincipal) != 0)
}

// listedPrincipals is the report DAV:acl-principal-prop-set (RFC 3744 section 9.2).
func (c *call) listedPrincipals(_ *target, root *xmltree.Element) error {
	return c.tellPrincipal(root, true)
}

// searchProperties is the report DAV:principal-search-property-set (RFC 3744 section 9.5).
func (c *call) searchProperties(*target, *xmltree.Element) error {
	w, end := c.xml(http.StatusOK)
	x := davxml.NewWriter(w, dav("principal-search-property-set"))
	about := dav("description").Text("Name").SetAttr("http://www.w3.org/XML/1998/namespace", "lang", "en")
	x.Element(dav("principal-search-property").New(dav("prop").New(dav("displayname").New()), about))
	return c.finish(x, end)
}

// searchPrincipals is the report DAV:principal-property-search (RFC 3744 section 9.4). Nobody but the user is found.
func (c *call) searchPrincipals(_ *target, root *xmltree.Element) error {
	asked, found := false, true
	for _, s := range root.Children("property-search") {
		text := strings.ToLower(strings.TrimSpace(s.Child("match").Text()))
		for e := range s.Child("prop").Elements() {
			asked = true
			name, err := displayName(c, itself())
			if err != nil {
				return err
			}
			found = found && davxml.Of(e) == dav("displayname") && strings.Contains(strings.ToLower(name.Text()), text)
		}
	}
	return c.tellPrincipal(root, asked && found)
}
