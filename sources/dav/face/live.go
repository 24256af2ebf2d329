package face

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/dav/davitem"
	"github.com/bindery-sync/bindery/sources/dav/davxml"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// A live is a property that the server itself knows.
type live struct {
	// kinds are those that have it; of those only some may, then value gives nil.
	kinds kind
	value func(*call, *target) (*xmltree.Element, error)
	// all tells that it is answered to who asks for all properties.
	all bool
	// settable tells that a client may set another value.
	settable bool
	// content tells that the item's content is needed.
	content bool
}

func dav(local string) davxml.Name  { return davxml.Name{Space: davxml.DAV, Local: local} }
func card(local string) davxml.Name { return davxml.Name{Space: davxml.CardDAV, Local: local} }
func cal(local string) davxml.Name  { return davxml.Name{Space: davxml.CalDAV, Local: local} }
func cs(local string) davxml.Name   { return davxml.Name{Space: davxml.CS, Local: local} }

// liveProps are the properties that the server knows, by name. It is filled by init because what makes their values
// asks which there are.
var liveProps map[davxml.Name]live

func init() {
	liveProps = map[davxml.Name]live{
		dav("resourcetype"):                     {kinds: everyKind | kindFile, value: resourceType, all: true},
		dav("displayname"):                      {kinds: everyKind &^ kindItem, value: displayName, all: true, settable: true},
		dav("getetag"):                          {kinds: kindItem | kindCollection | kindFile, value: getETag, all: true},
		dav("getcontenttype"):                   {kinds: kindItem | kindFile, value: contentType, all: true},
		dav("getcontentlength"):                 {kinds: kindItem | kindFile, value: contentLength, all: true, content: true},
		dav("creationdate"):                     {kinds: kindItem | kindFile | kindCollection, value: creationDate, all: true},
		dav("getlastmodified"):                  {kinds: kindItem | kindFile | kindCollection, value: lastModified, all: true},
		dav("current-user-principal"):           {kinds: everyKind | kindFile, value: principalProp("current-user-principal")},
		dav("principal-URL"):                    {kinds: kindPrincipal, value: principalProp("principal-URL")},
		dav("owner"):                            {kinds: kindPrincipal | kindHome | kindCollection | kindItem, value: principalProp("owner")},
		dav("principal-collection-set"):         {kinds: everyKind, value: principalSet},
		dav("current-user-privilege-set"):       {kinds: everyKind | kindFile, value: privileges},
		dav("supported-report-set"):             {kinds: everyKind, value: reportSet},
		dav("supported-method-set"):             {kinds: everyKind | kindFile, value: methodSet},
		dav("supported-privilege-set"):          {kinds: everyKind | kindFile, value: supportedPrivileges},
		dav("acl"):                              {kinds: everyKind | kindFile, value: accessList},
		dav("acl-restrictions"):                 {kinds: everyKind | kindFile, value: accessRestrictions},
		dav("inherited-acl-set"):                {kinds: everyKind | kindFile, value: empty(dav("inherited-acl-set"))},
		dav("alternate-URI-set"):                {kinds: kindPrincipal, value: empty(dav("alternate-URI-set"))},
		dav("sync-token"):                       {kinds: kindCollection, value: syncTokenProp},
		dav("group-membership"):                 {kinds: kindPrincipal, value: empty(dav("group-membership"))},
		dav("supportedlock"):                    {kinds: everyKind | kindFile, value: empty(dav("supportedlock"))},
		dav("lockdiscovery"):                    {kinds: everyKind | kindFile, value: empty(dav("lockdiscovery"))},
		dav("quota-used-bytes"):                 {kinds: kindFile, value: quota(dav("quota-used-bytes"), usedRoom)},
		dav("quota-available-bytes"):            {kinds: kindFile, value: quota(dav("quota-available-bytes"), roomLeft)},
		dav("add-member"):                       {kinds: kindCollection, value: addMemberProp},
		bulk("bulk-requests"):                   {kinds: kindCollection, value: bulkRequests},
		cs("getctag"):                           {kinds: kindCollection, value: ctag},
		cs("email-address-set"):                 {kinds: kindPrincipal, value: empty(cs("email-address-set"))},
		card("addressbook-home-set"):            {kinds: kindPrincipal, value: homeSet(card("addressbook-home-set"), homeBooks)},
		cal("calendar-home-set"):                {kinds: kindPrincipal, value: homeSet(cal("calendar-home-set"), homeCalendars)},
		cal("calendar-user-address-set"):        {kinds: kindPrincipal, value: homeSet(cal("calendar-user-address-set"), principals)},
		cal("calendar-user-type"):               {kinds: kindPrincipal, value: calendarUser},
		card("supported-address-data"):          {kinds: kindCollection, value: addressTypes},
		cal("supported-calendar-data"):          {kinds: kindCollection, value: calendarTypes},
		card("max-resource-size"):               {kinds: kindCollection, value: maxSize(homeBooks, card("max-resource-size"))},
		cal("max-resource-size"):                {kinds: kindCollection, value: maxSize(homeCalendars, cal("max-resource-size"))},
		card("supported-collation-set"):         {kinds: kindCollection, value: collations(homeBooks, card("supported-collation-set"), card("supported-collation"))},
		cal("supported-collation-set"):          {kinds: kindCollection, value: collations(homeCalendars, cal("supported-collation-set"), cal("supported-collation"))},
		cal("supported-calendar-component-set"): {kinds: kindCollection, value: components},
	}
}

func empty(n davxml.Name) func(*call, *target) (*xmltree.Element, error) {
	return func(*call, *target) (*xmltree.Element, error) { return n.New(), nil }
}

func resourceType(_ *call, t *target) (*xmltree.Element, error) {
	e := dav("resourcetype").New()
	switch t.kind {
	case kindItem:
		return e, nil
	case kindFile:
		if t.file.Folder {
			e.Add(dav("collection").New())
		}
		return e, nil
	case kindPrincipal:
		return e.Add(dav("collection").New(), dav("principal").New()), nil
	}
	e.Add(dav("collection").New())
	if t.kind == kindCollection && t.home == homeBooks {
		e.Add(card("addressbook").New())
	} else if t.kind == kindCollection {
		e.Add(cal("calendar").New())
	}
	return e, nil
}

func displayName(c *call, t *target) (*xmltree.Element, error) {
	name := "Bindery"
	switch {
	case t.kind == kindPrincipal || t.kind == kindHome:
		name = c.user.Name
	case t.coll != nil:
		name = t.coll.Title
	}
	return dav("displayname").Text(name), nil
}

// etag gives the strong entity tag of an item as it is sent by default.
func (c *call) etag(t *target) (string, error) {
	epoch, err := c.epoch(t.coll)
	return `"` + epoch + "-" + string(t.head.Rev) + `"`, err
}

func getETag(c *call, t *target) (*xmltree.Element, error) {
	if t.kind == kindCollection {
		token, err := c.syncToken(t.coll)
		return dav("getetag").Text(`"` + token + `"`), err
	}
	if t.kind == kindFile {
		if t.file.Folder {
			return nil, nil
		}
		return dav("getetag").Text(t.file.tag()), nil
	}
	tag, err := c.etag(t)
	return dav("getetag").Text(tag), err
}

func contentType(_ *call, t *target) (*xmltree.Element, error) {
	if t.kind == kindFile && t.file.Folder {
		return nil, nil
	}
	if t.kind == kindFile {
		return dav("getcontenttype").Text(t.file.Type), nil
	}
	return dav("getcontenttype").Text(mediaType(t.coll)), nil
}

func contentLength(_ *call, t *target) (*xmltree.Element, error) {
	if t.kind == kindFile && !t.file.Folder {
		return dav("getcontentlength").Text(strconv.Itoa(len(t.file.Body))), nil
	}
	if t.body == nil {
		return nil, nil
	}
	data, _ := t.sent(davitem.Form{})
	return dav("getcontentlength").Text(strconv.Itoa(len(data))), nil
}

func lastModified(c *call, t *target) (*xmltree.Element, error) {
	if t.kind == kindCollection {
		st, err := c.stands(t.coll)
		if err != nil || st.Next.IsZero() {
			return nil, err
		}
		return dav("getlastmodified").Text(st.Next.Add(-time.Millisecond).Format(http.TimeFormat)), nil
	}
	if t.kind == kindFile {
		return dav("getlastmodified").Text(time.UnixMilli(t.file.Changed).UTC().Format(http.TimeFormat)), nil
	}
	return dav("getlastmodified").Text(t.head.Changed.Format(http.TimeFormat)), nil
}

// creationDate tells when something was made (RFC 4918 section 15.1), as RFC 3339 writes it; nil where that is not known: of what
// was made before it was kept, and changed since.
func creationDate(_ *call, t *target) (*xmltree.Element, error) {
	at := t.head.Entered
	switch {
	case t.kind == kindCollection:
		at = t.coll.Made
	case t.kind == kindFile && t.file.Made > 0:
		at = time.UnixMilli(t.file.Made)
	}
	if at.IsZero() {
		return nil, nil
	}
	return dav("creationdate").Text(at.UTC().Format(time.RFC3339)), nil
}

func principalProp(local string) func(*call, *target) (*xmltree.Element, error) {
	return func(c *call, _ *target) (*xmltree.Element, error) {
		return dav(local).New(davxml.Href(c.principalHref())), nil
	}
}

func principalSet(*call, *target) (*xmltree.Element, error) {
	return dav("principal-collection-set").New(davxml.Href(Root + principals + "/")), nil
}

func homeSet(n davxml.Name, home string) func(*call, *target) (*xmltree.Element, error) {
	return func(c *call, _ *target) (*xmltree.Element, error) {
		return n.New(davxml.Href(c.homeHref(home))), nil
	}
}

func calendarUser(*call, *target) (*xmltree.Element, error) {
	return cal("calendar-user-type").Text("INDIVIDUAL"), nil
}

// privileges tells what the user may do (RFC 3744 section 5.4).
func privileges(c *call, t *target) (*xmltree.Element, error) {
	names := []string{"read", "read-current-user-privilege-set"}
	if !c.user.ReadOnly {
		names = append(names, "write", "write-properties", "write-content", "bind", "unbind", "all")
	}
	e := dav("current-user-privilege-set").New()
	for _, n := range names {
		e.Add(privilege(dav(n)))
	}
	if t.home == homeCalendars {
		e.Add(privilege(cal("read-free-busy")))
	}
	return e, nil
}

func reportSet(_ *call, t *target) (*xmltree.Element, error) {
	e := dav("supported-report-set").New()
	for _, n := range reportsOf(t) {
		e.Add(dav("supported-report").New(dav("report").New(n.New())))
	}
	return e, nil
}

// methodSet tells which methods there are (RFC 3253 section 3.1.3).
func methodSet(*call, *target) (*xmltree.Element, error) {
	e := dav("supported-method-set").New()
	for _, m := range strings.Split(allowed, ", ") {
		e.Add(dav("supported-method").New().SetAttr("", "name", m))
	}
	return e, nil
}

func syncTokenProp(c *call, t *target) (*xmltree.Element, error) {
	token, err := c.syncToken(t.coll)
	return dav("sync-token").Text(token), err
}

func ctag(c *call, t *target) (*xmltree.Element, error) {
	token, err := c.syncToken(t.coll)
	return cs("getctag").Text(token), err
}

func addressTypes(_ *call, t *target) (*xmltree.Element, error) {
	if t.home != homeBooks {
		return nil, nil
	}
	kind := card("address-data-type").New().SetAttr("", "content-type", "text/vcard").SetAttr("", "version", "3.0")
	return card("supported-address-data").New(kind), nil
}

func calendarTypes(_ *call, t *target) (*xmltree.Element, error) {
	if t.home != homeCalendars {
		return nil, nil
	}
	kind := cal("calendar-data").New().SetAttr("", "content-type", "text/calendar").SetAttr("", "version", "2.0")
	return cal("supported-calendar-data").New(kind), nil
}

func maxSize(home string, n davxml.Name) func(*call, *target) (*xmltree.Element, error) {
	return func(c *call, t *target) (*xmltree.Element, error) {
		if t.home != home {
			return nil, nil
		}
		return n.Text(strconv.Itoa(c.o.MaxItemSize)), nil
	}
}

func collations(home string, set, one davxml.Name) func(*call, *target) (*xmltree.Element, error) {
	return func(_ *call, t *target) (*xmltree.Element, error) {
		if t.home != home {
			return nil, nil
		}
		return set.New(one.Text("i;ascii-casemap"), one.Text("i;octet"), one.Text("i;unicode-casemap")), nil
	}
}

func components(_ *call, t *target) (*xmltree.Element, error) {
	if t.home != homeCalendars {
		return nil, nil
	}
	set := cal("supported-calendar-component-set").New()
	for _, p := range t.coll.each() {
		set.Add(cal("comp").New().SetAttr("", "name", davitem.Component(p.Class)))
	}
	return set, nil
}

// revOf gives the revision that an entity tag stands for; false if it is none of this collection's.
func (c *call) revOf(l *collection, tag string) (sources.Revision, bool, error) {
	epoch, err := c.epoch(l)
	if err != nil || len(tag) < 2 || tag[0] != '"' || tag[len(tag)-1] != '"' {
		return "", false, err
	}
	inner := tag[1 : len(tag)-1]
	head := epoch + "-"
	if len(inner) <= len(head) || inner[:len(head)] != head {
		return "", false, nil
	}
	rev := inner[len(head):]
	if l.Class == dataclass.Contacts && len(rev) > len(card4Tag) && rev[len(rev)-len(card4Tag):] == card4Tag {
		rev = rev[:len(rev)-len(card4Tag)]
	}
	return sources.Revision(rev), true, nil
}

// card4Tag ends the entity tag of a card that is sent as vCard 4.0 because the client asked for it.
const card4Tag = "-v4"
