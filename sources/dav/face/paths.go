package face

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/dav/davitem"

	"github.com/bindery-sync/bindery/dataclass"
)

// A kind is a sort of resource. They are bits, so that a property can say which of them have it.
type kind uint8

const (
	kindRoot kind = 1 << iota
	kindPrincipals
	kindPrincipal
	kindHomes
	kindHome
	kindCollection
	kindItem
	kindFile
	everyKind = kindRoot | kindPrincipals | kindPrincipal | kindHomes | kindHome | kindCollection | kindItem
)

// The homes, as paths name them.
const (
	homeBooks     = "addressbooks"
	homeCalendars = "calendars"
	principals    = "principals"
)

// A target is a resource, or a place where one can be made.
type target struct {
	kind kind
	// home is the home that it is in, or principals.
	home string
	// coll is the collection that it is or is in; nil if there is none of that name.
	coll *collection
	// name is the last part of the path of a collection or an item.
	name string
	// head is that of an item, once it was read; it has the item's content where that is wanted.
	head datastore.Head
	body *dataclass.Body
	// alone tells that it is what was asked for, and not one of many.
	alone bool
	// file is what is at the path that name then is; nil for nothing.
	file *fileRow
}

// id gives the item's id.
func (t *target) id() sources.ID { return sources.ID(t.name) }

// uid gives what an item that was read is called where its content has no UID: what it was called before, so that who knows
// it by that finds it.
func (t *target) uid() string {
	if t.head.UID != "" {
		return t.head.UID
	}
	return datastore.MadeUID(t.id())
}

// resolve finds out what an address means. It does not look whether an item is there.
func (c *call) resolve(u *url.URL) (*target, error) {
	path := u.EscapedPath()
	if path == "/" {
		return &target{kind: kindRoot}, nil
	}
	rest, ok := strings.CutPrefix(path, strings.TrimSuffix(Root, "/"))
	if !ok || rest != "" && rest[0] != '/' {
		return nil, errNotFound
	}
	var parts []string
	for _, p := range strings.Split(strings.Trim(rest, "/"), "/") {
		name, err := url.PathUnescape(p)
		if err != nil {
			return nil, badRequest("the address is not well-formed")
		}
		parts = append(parts, name)
	}
	if len(parts) == 1 && parts[0] == "" {
		return &target{kind: kindRoot}, nil
	}
	return c.place(parts)
}

// place finds out what the parts of a path mean.
func (c *call) place(parts []string) (*target, error) {
	t := &target{home: parts[0]}
	if t.home != principals && t.home != homeBooks && t.home != homeCalendars && t.home != homeFiles {
		return nil, errNotFound
	}
	if len(parts) > 1 && !sameName(parts[1], c.user.Name) {
		return nil, errForeign
	}
	switch {
	case t.home == homeFiles && len(parts) > 1:
		return c.filePlace(parts[2:])
	case len(parts) == 1 && t.home == principals:
		t.kind = kindPrincipals
	case len(parts) == 1:
		t.kind = kindHomes
	case len(parts) == 2 && t.home == principals:
		t.kind = kindPrincipal
	case len(parts) == 2:
		t.kind = kindHome
	case len(parts) > 4 && t.home != principals && slices.Contains([]string{http.MethodPut, "MKCOL", "MKCALENDAR"}, c.r.Method):
		return nil, errNoParent // RFC 4918 sections 9.7.1 and 9.3.1
	case t.home == principals || len(parts) > 4:
		return nil, errNotFound
	default:
		t.kind, t.name = kindCollection, parts[len(parts)-1]
		if len(parts) == 4 {
			t.kind = kindItem
		}
		if !goodName(t.name) || !goodName(parts[2]) {
			return nil, &fault{status: http.StatusForbidden, text: "this cannot be the name of a resource"}
		}
		var err error
		t.coll, err = c.collection(t.home, parts[2])
		return t, err
	}
	return t, nil
}

// goodName reports whether a name can be an item's id.
func goodName(name string) bool {
	return name != "" && name != "." && name != ".." && len(name) <= 512 && utf8.ValidString(name) && strings.IndexFunc(name, unicode.IsControl) < 0
}

// href gives the address of a target.
func (c *call) href(t *target) string {
	switch t.kind {
	case kindRoot:
		return Root
	case kindPrincipals, kindHomes:
		return Root + t.home + "/"
	case kindPrincipal, kindHome:
		return c.homeHref(t.home)
	case kindFile:
		return c.fileHref(t)
	case kindCollection:
		return c.homeHref(t.home) + url.PathEscape(t.name) + "/"
	}
	return c.homeHref(t.home) + url.PathEscape(t.coll.Name) + "/" + url.PathEscape(t.name)
}

// fileHref gives the address of a file; that of a folder ends in a slash.
func (c *call) fileHref(t *target) string {
	parts := strings.Split(t.name, "/")
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	href := c.homeHref(homeFiles) + strings.Join(parts, "/")
	if t.file != nil && t.file.Folder && t.name != "" {
		href += "/"
	}
	return href
}

func (c *call) homeHref(home string) string {
	return Root + home + "/" + url.PathEscape(c.user.Name) + "/"
}

func (c *call) principalHref() string { return c.homeHref(principals) }

// byHref resolves what a report names by its address; nil if that is no item of ours.
func (c *call) byHref(href string) *target {
	u, err := url.Parse(href)
	if err != nil || u.Path == "" {
		return nil
	}
	t, err := c.resolve(u)
	if err != nil || t.kind != kindItem || t.coll == nil {
		return nil
	}
	return t
}

// items opens the datastore that a collection shows.
func (c *call) items(coll *collection) datastore.Items {
	return c.o.Items(c.user.Owner, coll.Client)
}

// mediaType gives what the items of a collection are sent as.
func mediaType(coll *collection) string { return davitem.MediaType(coll.Class) }
