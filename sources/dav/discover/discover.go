// Package discover finds the address books and calendars of an account from whatever a person knows of it: a host, a mail
// address, or the address of a server, a principal, a home set or one collection (RFC 6764, RFC 5397, RFC 6352 section
// 7.1, RFC 4791 section 6.2), and makes new ones where that is asked for (RFC 5689, RFC 4791 section 5.3.1).
//
// Requests are signed in by the HTTP client that is handed in. So that no server can lead credentials to somebody else,
// nobody is asked but the site that was named, as SameSite says: what a redirect, a home set or DNS says to be elsewhere
// is an ErrElsewhere with the address, for a person to decide about: Options.Trust. Links to plain HTTP count as HTTPS ones if HTTPS was
// asked.
package discover

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
)

// Bounds of one Find, whatever servers answer.
const (
	// Timeout is how long it takes at most.
	Timeout = time.Minute
	// MaxRequests is how many requests it sends at most, with all redirects.
	MaxRequests = 40
	// MaxCollections is how many collections it gives at most.
	MaxCollections = 500

	maxRedirects = 5
	maxBody      = 4 << 20
	maxHomes     = 8 // of each sort
	maxAddress   = 2048
	maxName      = 200 // runes of a displayname
)

// A Resolver asks DNS; a *net.Resolver is one.
type Resolver interface {
	LookupSRV(ctx context.Context, service, proto, name string) (string, []*net.SRV, error)
	LookupTXT(ctx context.Context, name string) ([]string, error)
}

// Options say how Find and Make work.
type Options struct {
	// Resolver is asked for SRV and TXT records (RFC 6764 sections 3 and 4); nil asks for none.
	Resolver Resolver
	// Trust are sites that may be asked besides the one that was named, as somebody has decided; see Home.
	Trust []*url.URL
}

// A Collection is one address book or calendar.
type Collection struct {
	// URL is its absolute address.
	URL string
	// Name is what its owner calls it, "" if it has no name. The server wrote it.
	Name string
	// Classes are what it holds: Contacts, or some of Events, Tasks and Notes. A calendar that does not say what it takes
	// takes all three (RFC 4791 section 5.2.3).
	Classes []dataclass.Class
	// ReadOnly tells that the server says that this account may not write to it (RFC 3744 section 5.5), or that it is
	// only a copy of what is elsewhere. A server that says nothing is taken to allow it.
	ReadOnly bool
	// CanDelete tells that items may be deleted in it.
	CanDelete bool
	// Sync tells that it offers changes since a token (RFC 6578).
	Sync bool
}

// Holds reports whether it holds items of a class.
func (c Collection) Holds(class dataclass.Class) bool {
	if class == dataclass.Calendar {
		return c.Holds(dataclass.Events) && c.Holds(dataclass.Tasks)
	}
	return slices.Contains(c.Classes, class)
}

// An Account is what was found.
type Account struct {
	// Principal is the address of who is signed in, "" if the server names none.
	Principal string
	// AddressBooks and Calendars are the home sets, in which new collections are made.
	AddressBooks, Calendars []string
	// Collections are the address books and calendars in the home sets, in the order of the server. If the address is
	// that of one of them, it is the only one.
	Collections []Collection
	// Beside tells that nothing is at the address that was named: the account is what its host is known for besides.
	Beside bool
	// Troubles are what could not be looked at although it was named, each an *Error.
	Troubles []error
}

// Fitting gives the collections that hold a class, those that can be written first.
func (a Account) Fitting(class dataclass.Class) []Collection {
	var writable, rest []Collection
	for _, c := range a.Collections {
		switch {
		case !c.Holds(class):
		case c.ReadOnly:
			rest = append(rest, c)
		default:
			writable = append(writable, c)
		}
	}
	return append(writable, rest...)
}

// Classes gives the dataclasses that some collection holds.
func (a Account) Classes() []dataclass.Class {
	var out []dataclass.Class
	for _, class := range []dataclass.Class{dataclass.Contacts, dataclass.Events, dataclass.Tasks, dataclass.Notes} {
		if len(a.Fitting(class)) > 0 {
			out = append(out, class)
		}
	}
	return out
}

// Find looks for the account behind an address. The client signs in and guards addresses by itself; its redirects are
// followed here. Errors are *Error with one of the classes of this package, ErrAddress where nobody needs to be asked;
// the first refusal of the credentials ends it, so that no lock is sprung by trying them again and again.
func Find(ctx context.Context, c *http.Client, o Options, address string) (Account, error) {
	from, err := parse(address)
	if err != nil {
		return Account{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	f := &finder{asker: newAsker(c, from.home, o.Trust...), o: o, from: from, done: map[string]bool{}, listed: map[string]bool{}}
	if err := f.search(ctx); err != nil {
		return Account{}, err
	}
	return f.account, nil
}

// finder is one Find under way.
type finder struct {
	*asker
	o    Options
	from address
	// done are the principals that were asked, listed the home sets; one address may be both.
	done, listed map[string]bool
	account      Account
	// single tells that the address is that of one collection.
	single bool
	// best is the error that tells a person most.
	best error
}

// search takes the steps until both home sets are known, and lists them.
func (f *finder) search(ctx context.Context) error {
	for _, s := range f.steps() {
		if f.enough(s) {
			continue
		}
		for _, u := range s.places(ctx) {
			err := f.begin(ctx, u)
			if final(err) || f.from.named && s.service == "" && same(u, f.from.home) && failing(err) {
				return err
			}
			f.note(err)
			f.account.Beside = f.account.Beside || err != nil && f.from.named && same(u, f.from.home)
		}
	}
	f.list(ctx)
	switch {
	case len(f.account.Collections) > 0, len(f.account.AddressBooks)+len(f.account.Calendars) > 0:
		if errors.Is(f.best, ErrElsewhere) {
			f.account.Troubles = append(f.account.Troubles, f.best)
		}
		return nil
	case len(f.account.Troubles) > 0:
		return f.account.Troubles[0]
	case f.best != nil && !errors.Is(f.best, ErrNoDAV) || f.account.Principal == "":
		if f.best == nil {
			f.best = &Error{Class: ErrNoDAV, Host: f.from.home.Host}
		}
		return f.best
	}
	return &Error{Class: ErrEmpty, Host: f.from.home.Host}
}

// enough tells that a step can be left out.
func (f *finder) enough(s step) bool {
	calendars := len(f.account.Calendars) > 0
	for _, c := range f.account.Collections {
		calendars = calendars || !c.Holds(dataclass.Contacts)
	}
	books := len(f.account.AddressBooks) > 0 || len(f.account.Fitting(dataclass.Contacts)) > 0
	switch {
	case f.from.named: // what was named is what is meant
		return books || calendars
	case s.service == "carddav":
		return books
	case s.service == "caldav":
		return calendars
	}
	return books || calendars
}

// note keeps the error that tells a person most.
func (f *finder) note(err error) {
	if err != nil && (f.best == nil || rank(err) < rank(f.best)) {
		f.best = err
	}
}

// begin looks at one place where an account may begin.
func (f *finder) begin(ctx context.Context, u *url.URL) error {
	r, err := f.look(ctx, u)
	if err != nil {
		return err
	}
	return f.take(ctx, r, u)
}

// take uses what a resource says of itself.
func (f *finder) take(ctx context.Context, r resource, asked *url.URL) error {
	if c, ok := r.collection(); ok {
		f.add(c)
		f.single = f.from.named
		return nil
	}
	if len(r.books)+len(r.calendars) > 0 {
		f.account.Principal = r.at.String()
		f.addHomes(r)
		return nil
	}
	if r.anonymous {
		return &Error{Class: ErrCredentials, Host: r.at.Host}
	}
	if r.principal != nil && !f.done[r.principal.String()] && r.principal.String() != r.at.String() {
		return f.principal(ctx, r, asked)
	}
	if r.isCollection && f.from.named && len(f.account.AddressBooks)+len(f.account.Calendars) == 0 {
		return f.listAt(ctx, r.at)
	}
	if r.principal == nil {
		return &Error{Class: ErrNoDAV, Host: r.at.Host}
	}
	f.account.Principal = r.principal.String()
	return nil
}

// principal asks who is signed in where the home sets are. An address that is one of them stands for itself alone.
func (f *finder) principal(ctx context.Context, r resource, asked *url.URL) error {
	f.done[r.principal.String()] = true
	p, err := f.look(ctx, r.principal)
	if err != nil {
		return err
	}
	f.account.Principal = p.at.String()
	if f.from.named {
		is := func(u *url.URL) bool { return same(u, r.at) || same(u, asked) }
		if slices.ContainsFunc(p.books, is) || slices.ContainsFunc(p.calendars, is) {
			p.books = slices.DeleteFunc(p.books, func(u *url.URL) bool { return !is(u) })
			p.calendars = slices.DeleteFunc(p.calendars, func(u *url.URL) bool { return !is(u) })
		}
	}
	f.addHomes(p)
	return nil
}

// addHomes adds home sets that are not known yet.
func (f *finder) addHomes(r resource) {
	add := func(list *[]string, more []*url.URL) {
		for _, u := range more {
			if s := u.String(); len(*list) < maxHomes && !slices.Contains(*list, s) {
				*list = append(*list, s)
			}
		}
	}
	add(&f.account.AddressBooks, r.books)
	add(&f.account.Calendars, r.calendars)
}

// list lists the home sets, unless the address was that of one collection.
func (f *finder) list(ctx context.Context) {
	if f.single {
		return
	}
	for _, home := range slices.Concat(f.account.AddressBooks, f.account.Calendars) {
		u, err := url.Parse(home)
		if err == nil {
			err = f.listAt(ctx, u)
		}
		if err != nil {
			f.account.Troubles = append(f.account.Troubles, err)
		}
	}
}

// listAt adds the collections in a home set that are not known yet.
func (f *finder) listAt(ctx context.Context, home *url.URL) error {
	if f.listed[home.String()] {
		return nil
	}
	f.listed[home.String()] = true
	all, err := f.propfind(ctx, home, "1")
	if err != nil {
		return err
	}
	for _, r := range all {
		if c, ok := r.collection(); ok {
			f.add(c)
		}
	}
	return nil
}

// add adds a collection that is not known yet.
func (f *finder) add(c Collection) {
	known := slices.ContainsFunc(f.account.Collections, func(o Collection) bool { return o.URL == c.URL })
	if !known && len(f.account.Collections) < MaxCollections {
		f.account.Collections = append(f.account.Collections, c)
	}
}
