package entry

import (
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// services are the protocols of gd:im and the schemes that cards have for them.
var services = []struct{ protocol, scheme string }{
	{"AIM", "aim"}, {"MSN", "msnim"}, {"YAHOO", "ymsgr"}, {"SKYPE", "skype"}, {"QQ", "qq"},
	{"GOOGLE_TALK", "gtalk"}, {"ICQ", "icq"}, {"JABBER", "xmpp"}, {"NETMEETING", "netmeeting"},
}

// anyService is the scheme of an address whose messenger is not known.
const anyService = "im"

// scheme gives the scheme for a protocol.
func scheme(protocol string) string {
	protocol = clean(protocol)
	for _, s := range services {
		if strings.EqualFold(strings.TrimPrefix(protocol, gdRel), s.protocol) {
			return s.scheme
		}
	}
	return properScheme(protocol)
}

// properScheme gives a name as a scheme (RFC 3986 3.1), or the one for none.
func properScheme(s string) string {
	s = strings.ToLower(clean(s))
	for i, r := range s {
		if letter := r >= 'a' && r <= 'z'; !letter && (i == 0 || !strings.ContainsRune("0123456789+-.", r)) {
			return anyService
		}
	}
	if s == "" {
		return anyService
	}
	return s
}

func protocol(scheme string) string {
	for _, s := range services {
		if s.scheme == scheme {
			return gdRel + s.protocol
		}
	}
	if scheme == anyService {
		return ""
	}
	return scheme
}

var ims = func() list[said] {
	l := typedOf(GD, "im", &imRels, "", attr("address"), intoAttr("address")).list
	hear, edit := l.hear, l.edit
	l.hear = func(el *xmltree.Element) (said, bool) {
		s, ok := hear(el)
		s.service = scheme(el.Attr("", "protocol"))
		return s, ok
	}
	l.edit = func(el *xmltree.Element, have, want said, blank bool) {
		if edit(el, have, want, blank); have.service != want.service {
			setAttr(el, "protocol", protocol(want.service))
		}
	}
	return l
}()

var imField = contactField{
	what: "messengers", elements: "gd:im", props: "IMPP",
	lost: "a protocol whose name is no scheme of an address is read as im:; PREF beyond 1; types other than home and work",
	read: func(e *xmltree.Element, c dataclass.Contact, _ Context) {
		var out []dataclass.IM
		for _, s := range ims.values(e) {
			t := imRels.back(s)
			out = append(out, dataclass.IM{Service: s.service, Address: s.value, Types: t.Types, Pref: t.Pref, Label: t.Label})
		}
		if len(out) > 0 {
			c.SetIMs(out)
		}
	},
	edit:  editIMs,
	says:  func(c dataclass.Contact, _ Context) []string { return ims.says(imsOf(c)) },
	write: func(e *xmltree.Element, c dataclass.Contact, x Context) { ims.write(e, imsOf(c), x) },
}

func imsOf(c dataclass.Contact) []said {
	var out []said
	for _, m := range c.IMs() {
		if s := saidOf(m); s.value != "" {
			out = append(out, s)
		}
	}
	return onePrimary(out)
}

func saidOf(m dataclass.IM) said {
	s := imRels.of(dataclass.Typed{Value: m.Address, Types: m.Types, Pref: m.Pref, Label: m.Label})
	s.service = properScheme(m.Service)
	return s
}

// An organization is one gd:organization. Several of them in a card have no types, so those of elements stay.
type organization struct{ name, title, units, role string }

func (o organization) keys() keys {
	all := strings.Join([]string{o.name, o.title, o.units, o.role}, "\x00")
	return keys{all: all, value: o.name}
}

// orgParts are the children of gd:organization.
var orgParts = []struct {
	local string
	of    func(o *organization) *string
}{
	{"orgName", func(o *organization) *string { return &o.name }},
	{"orgTitle", func(o *organization) *string { return &o.title }},
	{"orgDepartment", func(o *organization) *string { return &o.units }},
	{"orgJobDescription", func(o *organization) *string { return &o.role }},
}

var organizations = list[organization]{
	keys: organization.keys,
	blank: func(Context) *xmltree.Element {
		return xmltree.New(GD, "organization").SetAttr("", "rel", orgRels.prefix+orgRels.rows[0].rel)
	},
	hear: func(el *xmltree.Element) (organization, bool) {
		if !is(el, GD, "organization") {
			return organization{}, false // before there is one: every element is asked
		}
		var o organization
		for _, p := range orgParts {
			*p.of(&o) = text(el, GD, p.local)
		}
		o.units = together([]string{o.units}, unitSep)
		return o, o != organization{}
	},
	edit: func(el *xmltree.Element, have, want organization, _ bool) {
		for _, p := range orgParts {
			if *p.of(&have) != *p.of(&want) {
				setText(el, GD, p.local, *p.of(&want))
			}
		}
	},
}

const unitSep = "; "

var organizationField = contactField{
	what: "organisations", elements: "gd:organization: orgName, orgDepartment, orgTitle, orgJobDescription", props: "ORG, TITLE, ROLE",
	lost: "types; where one of several units ends, if it holds a semicolon itself",
	read: func(e *xmltree.Element, c dataclass.Contact, _ Context) {
		var out []dataclass.Organization
		for _, o := range organizations.values(e) {
			out = append(out, o.back())
		}
		if len(out) > 0 {
			c.SetOrganizations(out)
		}
	},
	edit: editOrganizations,
	says: func(c dataclass.Contact, _ Context) []string { return organizations.says(organizationsOf(c)) },
	write: func(e *xmltree.Element, c dataclass.Contact, x Context) {
		organizations.write(e, organizationsOf(c), x)
	},
}

func (o organization) back() dataclass.Organization {
	return dataclass.Organization{Name: o.name, Units: apart(o.units, unitSep), Title: o.title, Role: o.role}
}

func organizationOf(o dataclass.Organization) organization {
	return organization{name: clean(o.Name), title: clean(o.Title), units: together(o.Units, unitSep), role: clean(o.Role)}
}

func organizationsOf(c dataclass.Contact) []organization {
	var out []organization
	for _, o := range c.Organizations() {
		if v := organizationOf(o); v != (organization{}) {
			out = append(out, v)
		}
	}
	return out
}

// A membership is the title of the group of one gContact:groupMembershipInfo.
type membership struct{ title string }

// memberships is the list of those that are categories.
func (x Context) memberships() *list[membership] {
	return &list[membership]{
		keys:  func(m membership) keys { return keys{all: m.title, value: m.title, sort: m.title} },
		blank: func(Context) *xmltree.Element { return xmltree.New(GContact, "groupMembershipInfo") },
		hear: func(el *xmltree.Element) (membership, bool) {
			if !is(el, GContact, "groupMembershipInfo") || el.Attr("", "deleted") == "true" {
				return membership{}, false
			}
			title := x.Groups[LastSegment(el.Attr("", "href"))].category()
			return membership{title}, title != ""
		},
		edit: func(el *xmltree.Element, _, want membership, _ bool) {
			g, _ := x.group(want.title)
			el.SetAttr("", "deleted", "false").SetAttr("", "href", x.GroupBase+"/"+g.ID)
		},
	}
}

var groupField = contactField{
	what: "categories", elements: "gContact:groupMembershipInfo", props: "CATEGORIES",
	lost: "a category that no group stands for, until the group is made; memberships in system groups and in unknown ones stay in the entry",
	read: func(e *xmltree.Element, c dataclass.Contact, x Context) {
		var out []string
		for _, m := range x.memberships().values(e) {
			if !slices.Contains(out, m.title) {
				out = append(out, m.title)
			}
		}
		c.SetCategories(out...)
	},
	edit: editCategories,
	says: func(c dataclass.Contact, x Context) []string {
		var out []string
		for _, m := range x.categories(c) {
			out = append(out, m.title)
		}
		slices.Sort(out)
		return out
	},
	write: func(e *xmltree.Element, c dataclass.Contact, x Context) {
		want := x.categories(c)
		x.rejoin(e, want)
		x.memberships().write(e, want, x)
	},
}

// categories gives the categories of a card that a group stands for, each once.
func (x Context) categories(c dataclass.Contact) []membership {
	var out []membership
	for _, s := range c.Categories() {
		m := membership{clean(s)}
		if g, ok := x.group(m.title); ok && !slices.Contains(out, m) && g.ID != "" && x.GroupBase != "" {
			out = append(out, m)
		}
	}
	return out
}

// rejoin makes memberships valid again that were deleted and are wanted.
func (x Context) rejoin(e *xmltree.Element, want []membership) {
	have := x.memberships().values(e)
	for _, el := range children(e, GContact, "groupMembershipInfo") {
		m := membership{x.Groups[LastSegment(el.Attr("", "href"))].category()}
		if el.Attr("", "deleted") == "true" && slices.Contains(want, m) && !slices.Contains(have, m) {
			el.SetAttr("", "deleted", "false")
			have = append(have, m)
		}
	}
}

// joinMyContacts puts a new contact where users see it, if there is such a place.
func joinMyContacts(e *xmltree.Element, x Context) {
	for _, g := range x.Groups {
		if g.System != myContacts || g.Deleted || x.GroupBase == "" {
			continue
		}
		for _, el := range children(e, GContact, "groupMembershipInfo") {
			if LastSegment(el.Attr("", "href")) == g.ID {
				return
			}
		}
		insert(e, xmltree.New(GContact, "groupMembershipInfo").SetAttr("", "deleted", "false").SetAttr("", "href", x.GroupBase+"/"+g.ID))
		return
	}
}
