package discover

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/dav/davxml"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// maxTries is how many names a new collection is tried under.
const maxTries = 9

// Make makes a new address book or calendar for one dataclass in a home set of an account that was found, and reads it
// back. Its address ends with the name of the class in lower case, or that with a number if there is something already;
// what is there is never touched. It returns an ErrMake if the server does not make any, or made something else, and the
// other errors of Find.
func Make(ctx context.Context, c *http.Client, a Account, class dataclass.Class, name string) (Collection, error) {
	homes := a.Calendars
	if class == dataclass.Contacts {
		homes = a.AddressBooks
	}
	if len(homes) == 0 {
		return Collection{}, &Error{Class: ErrMake, Host: HostOf(a.Principal)}
	}
	home, err := url.Parse(homes[0])
	if err != nil || componentsOf(class) == nil && class != dataclass.Contacts {
		return Collection{}, &Error{Class: ErrMake, Host: HostOf(homes[0])}
	}
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	m := &maker{newAsker(c, home), class, trim(name)}
	for i := 1; i <= maxTries; i++ {
		segment := strings.ToLower(string(class))
		if i > 1 {
			segment += "-" + strconv.Itoa(i)
		}
		u := home.JoinPath(segment, "/")
		if slices.ContainsFunc(a.Collections, func(c Collection) bool { return strings.TrimSuffix(c.URL, "/") == strings.TrimSuffix(u.String(), "/") }) {
			continue
		}
		made, err := m.makeAt(ctx, u)
		if !errors.Is(err, errTaken) {
			return made, err
		}
	}
	return Collection{}, &Error{Class: ErrMake, Host: home.Host}
}

// MakeAt makes a new address book or calendar for one dataclass at an address where there is nothing, and reads it back.
// What is there is never touched: then it returns an ErrMake, as Make does.
func MakeAt(ctx context.Context, c *http.Client, address string, class dataclass.Class, name string) (Collection, error) {
	from, err := parse(address)
	if err != nil {
		return Collection{}, err
	}
	if componentsOf(class) == nil && class != dataclass.Contacts {
		return Collection{}, &Error{Class: ErrMake, Host: from.home.Host}
	}
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	m := &maker{newAsker(c, from.home), class, trim(name)}
	if r, err := m.look(ctx, from.home); err == nil || final(err) {
		if err == nil {
			err = &Error{Class: ErrMake, Host: r.at.Host}
		}
		return Collection{}, err
	}
	made, err := m.makeAt(ctx, from.home)
	if errors.Is(err, errTaken) {
		err = &Error{Class: ErrMake, Host: from.home.Host}
	}
	return made, err
}

// errTaken means that there is something at an address already.
var errTaken = errors.New("taken")

// HostOf names the server of an address to a person, with its port if it has one; "the server" if there is none in it.
func HostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "the server"
	}
	return u.Host
}

type maker struct {
	*asker
	class dataclass.Class
	name  string
}

// makeAt makes the collection at one address, by the extended MKCOL if the server knows no MKCALENDAR.
func (m *maker) makeAt(ctx context.Context, u *url.URL) (Collection, error) {
	method := "MKCALENDAR"
	if m.class == dataclass.Contacts {
		method = "MKCOL"
	}
	status, err := m.create(ctx, method, u)
	if err == nil && status == http.StatusNotImplemented && method != "MKCOL" {
		status, err = m.create(ctx, "MKCOL", u)
	}
	switch {
	case err != nil:
		return Collection{}, err
	case status == http.StatusUnauthorized, status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable:
		return Collection{}, refused(u.Host, status)
	case status == http.StatusMethodNotAllowed, status == http.StatusConflict, status == http.StatusForbidden:
		// Each of these says that something is there, as servers are, or that nothing is made.
		if _, err := m.look(ctx, u); err == nil {
			return Collection{}, errTaken
		}
		return Collection{}, &Error{Class: ErrMake, Host: u.Host}
	case status != http.StatusCreated && status != http.StatusOK && status != http.StatusNoContent:
		return Collection{}, &Error{Class: ErrMake, Host: u.Host}
	}
	r, err := m.look(ctx, u)
	if errors.Is(err, ErrNoDAV) { // it says that it was made, and it was not
		err = &Error{Class: ErrMake, Host: u.Host}
	}
	if err != nil {
		return Collection{}, err
	}
	c, ok := r.collection()
	if !ok || !c.Holds(m.class) {
		return Collection{}, &Error{Class: ErrMake, Host: u.Host}
	}
	return c, nil
}

// create sends the request, and gives the status of its answer.
func (m *maker) create(ctx context.Context, method string, u *url.URL) (int, error) {
	got, err := m.send(ctx, method, u, http.Header{"Content-Type": {"application/xml; charset=utf-8"}}, m.body(method))
	return got.status, err
}

// body says what is to be made.
func (m *maker) body(method string) string {
	prop := davxml.Name{Space: davxml.DAV, Local: "prop"}.New()
	if method == "MKCOL" {
		kind := davxml.Name{Space: davxml.CalDAV, Local: "calendar"}
		if m.class == dataclass.Contacts {
			kind = davxml.Name{Space: davxml.CardDAV, Local: "addressbook"}
		}
		prop.Add(davxml.Name{Space: davxml.DAV, Local: "resourcetype"}.New(davxml.Name{Space: davxml.DAV, Local: "collection"}.New(), kind.New()))
	}
	if m.name != "" {
		prop.Add(davxml.Name{Space: davxml.DAV, Local: "displayname"}.Text(m.name))
	}
	if names := componentsOf(m.class); names != nil {
		set := davxml.Name{Space: davxml.CalDAV, Local: "supported-calendar-component-set"}.New()
		for _, n := range names {
			set.Add(xmltree.New(davxml.CalDAV, "comp").SetAttr("", "name", n))
		}
		prop.Add(set)
	}
	root := davxml.Name{Space: davxml.CalDAV, Local: "mkcalendar"}
	if method == "MKCOL" {
		root = davxml.Name{Space: davxml.DAV, Local: "mkcol"}
	}
	return document(davxml.Name{Space: davxml.DAV, Local: "set"}.New(prop), root)
}

// componentsOf names the components of a class of calendars, nil for others.
func componentsOf(class dataclass.Class) []string {
	switch class {
	case dataclass.Events:
		return []string{"VEVENT"}
	case dataclass.Tasks:
		return []string{"VTODO"}
	case dataclass.Notes:
		return []string{"VJOURNAL"}
	case dataclass.Calendar:
		return []string{"VEVENT", "VTODO"}
	}
	return nil
}
