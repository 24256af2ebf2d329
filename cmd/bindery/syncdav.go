package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/term"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/dav"
	"github.com/bindery-sync/bindery/sources/dav/discover"
	"github.com/bindery-sync/bindery/sources/dav/named"
)

// A davEnd is what an end is that is an address on a server.
type davEnd struct {
	place named.Place
	// password is what the address said, if said.
	password string
	said     bool

	http *http.Client
	// trouble is why the server could not be trusted, if it could not.
	trouble atomic.Pointer[plainError]
	// collections are where its dataclasses are.
	collections map[dataclass.Class]string
	// found is what the server was found to have, if it was asked.
	found *discover.Account
}

// resolveAddress reads an argument that is an address.
func resolveAddress(arg string) (end, error) {
	p, password, said, err := named.Parse(arg)
	if err != nil {
		return end{}, usagef("sync: %w", err)
	}
	return end{given: p.String(), kind: dav.KindName, dav: &davEnd{place: p, password: password, said: said}}, nil
}

// overDAV reports whether an end is an address, or a client that may be one.
func overDAV(ends [2]end) bool {
	return ends[0].dav != nil || ends[1].dav != nil || ends[0].client != "" || ends[1].client != ""
}

// meet finds out who one is at the addresses among the ends, and, of those that are new, where things are there. It
// writes nothing but collections that are to be made.
func (c *syncCmd) meet(ctx context.Context, t *terminal, h *house, ends *[2]end) error {
	owner, err := h.ownerKnown(ctx, *ends)
	if err != nil {
		return err
	}
	for i := range ends {
		if ends[i].client != "" {
			if err := h.addressOf(ctx, owner, &ends[i]); err != nil {
				return err
			}
		}
		if ends[i].dav == nil {
			continue
		}
		if err := c.meetOne(ctx, t, h, owner, ends, i); err != nil {
			return err
		}
	}
	return oneCollection(*ends)
}

// addressOf makes a client that stands for an address that address.
func (h *house) addressOf(ctx context.Context, owner string, e *end) error {
	k, err := h.named.Of(ctx, owner, e.client)
	if errors.Is(err, named.ErrUnknown) {
		return nil
	}
	*e = end{given: k.Place.String(), kind: dav.KindName, dav: &davEnd{place: k.Place}}
	return err
}

// openAll makes ready the addresses among the sides of bindings.
func (a *addressSecrets) openAll(ctx context.Context, t *terminal, h *house, owner string, where []int64) error {
	for _, id := range where {
		b, err := h.bindings.Binding(ctx, owner, id)
		if errors.Is(err, bindings.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		for _, client := range []string{b.Source, b.Target} {
			k, err := h.named.Of(ctx, owner, client)
			if errors.Is(err, named.ErrUnknown) {
				continue
			}
			if err != nil {
				return err
			}
			d := &davEnd{place: k.Place}
			by, err := a.sign(t, d, []named.Client{k})
			if err != nil {
				return err
			}
			h.doors.use(client, dav.Connection{Collections: k.Collections, HTTP: signedClient(d, by)})
		}
	}
	return nil
}

// ownerKnown gives the account that ownerOfEnds would, "" if it is still to be made.
func (h *house) ownerKnown(ctx context.Context, ends [2]end) (string, error) {
	if ends[0].client != "" || ends[1].client != "" {
		return h.ownerOfEnds(ctx, ends)
	}
	a, err := h.bindings.AccountByName(ctx, localName)
	if errors.Is(err, bindings.ErrNotFound) {
		return "", nil
	}
	return a.ID, err
}

func (c *syncCmd) meetOne(ctx context.Context, t *terminal, h *house, owner string, ends *[2]end, i int) error {
	e := &ends[i]
	known, err := h.named.At(ctx, owner, e.dav.place.Address)
	if err != nil {
		return err
	}
	by, err := c.sign(t, e.dav, known)
	if err != nil {
		return err
	}
	e.dav.place.User = by.user
	e.given = e.dav.place.String()
	e.dav.http = signedClient(e.dav, by)
	for _, k := range known {
		if k.User == by.user && len(k.Collections) > 0 && !c.FindAgain {
			e.dav.collections = k.Collections
			return nil
		}
	}
	want, err := c.wanted(ctx, h, owner, ends[1-i])
	if err != nil {
		return err
	}
	wrong, err := c.choose(ctx, t, e, want)
	if err != nil {
		return err
	}
	if len(wrong) > 0 {
		return usagef("sync: %w", firstOf(wrong))
	}
	return nil
}

// firstOf gives what is wrong with the first dataclass.
func firstOf(wrong map[dataclass.Class]error) error {
	for _, class := range syncOrder {
		if err := wrong[class]; err != nil {
			return err
		}
	}
	return nil
}

// oneCollection refuses two addresses that lead to one collection: it would be kept in step with itself.
func oneCollection(ends [2]end) error {
	if ends[0].dav == nil || ends[1].dav == nil {
		return nil
	}
	for _, a := range ends[0].dav.collections {
		for _, b := range ends[1].dav.collections {
			if named.Same(a, b) {
				return usagef("sync: %s and %s lead to the same collection, %s", ends[0], ends[1], a)
			}
		}
	}
	return nil
}

// wanted gives the dataclasses that are to be synchronised as far as the other end tells, none if it leaves that open.
func (c *syncCmd) wanted(ctx context.Context, h *house, owner string, other end) ([]dataclass.Class, error) {
	only, err := c.only()
	if err != nil || only != nil {
		return only, err
	}
	var has []dataclass.Class
	switch {
	case other.dav != nil:
		for class := range other.dav.collections {
			has = append(has, class)
		}
	case other.path != "" && !other.missing:
		sv, err := h.folders.Glance(ctx, other.path)
		if err != nil {
			return nil, whom(err)
		}
		for class := range sv.Items {
			has = append(has, class)
		}
	case other.client != "":
		if err := h.settleClient(ctx, owner, &other); err != nil {
			return nil, err
		}
		held, err := h.holds(ctx, owner, other)
		if err != nil {
			return nil, err
		}
		has = held.classes
	}
	return ordered(has), nil
}

// ordered gives those of the dataclasses that are synchronised, in the order in which they are.
func ordered(has []dataclass.Class) []dataclass.Class {
	return slices.DeleteFunc(slices.Clone(syncOrder), func(c dataclass.Class) bool { return !slices.Contains(has, c) })
}

// choose finds the collection for each of the dataclasses, or for each that there is if none is wanted. What is wrong
// with single dataclasses it gives by dataclass.
func (c *syncCmd) choose(ctx context.Context, t *terminal, e *end, want []dataclass.Class) (map[dataclass.Class]error, error) {
	if err := c.find(ctx, t, e, want); err != nil {
		return nil, err
	}
	d := e.dav
	if d.collections == nil {
		d.collections = make(map[dataclass.Class]string)
	}
	if has := d.found.Classes(); len(want) == 0 {
		want = has
	} else if d.single() {
		if len(without(want, has)) == len(want) {
			return nil, usagef("sync: %s holds no %s, but %s; --class says what you mean", e, joined(want), joined(has))
		}
		if c.Class == "" {
			want = has
		}
	}
	wrong := make(map[dataclass.Class]error)
	for _, class := range want {
		if d.collections[class] != "" {
			continue
		}
		at, err := c.collection(ctx, t, e, class)
		if err != nil {
			wrong[class] = err
			continue
		}
		d.collections[class] = at
	}
	if len(d.collections) == 0 && len(wrong) == 0 {
		return nil, usagef("sync: there are no address books and calendars at %s", e)
	}
	return wrong, nil
}

// single tells that the address is that of one collection, and not of what leads to several.
func (d *davEnd) single() bool {
	if d.found != nil {
		return len(d.found.Collections) == 1 && named.Same(d.found.Collections[0].URL, d.place.Address)
	}
	for _, at := range d.collections {
		if named.Same(at, d.place.Address) {
			return true
		}
	}
	return false
}

// find asks the server once what it has.
func (c *syncCmd) find(ctx context.Context, t *terminal, e *end, want []dataclass.Class) error {
	d := e.dav
	if d.found != nil {
		return nil
	}
	found, err := discover.Find(ctx, d.http, discover.Options{Resolver: net.DefaultResolver}, d.place.Address)
	nothing := err == nil && found.Beside || errors.Is(err, discover.ErrNoDAV) && d.place.Address != originOf(d.place.Address)+"/"
	switch {
	case nothing && c.makeWanted(t, fmt.Sprintf("There is no collection at %s", e)):
		return c.makeThere(ctx, e, want)
	case nothing && len(found.Collections) > 0:
		return usagef("sync: there is no collection at %s; there are\n%s\n--make makes a new one", e, listed(fit(found, want)))
	case nothing:
		return usagef("sync: there is no collection at %s; --make makes one", e)
	case err != nil && d.trouble.Load() != nil:
		return d.trouble.Load()
	case errors.Is(err, discover.ErrCredentials) && d.place.User == "" && c.TokenFile == "":
		return usagef("sync: %w; say who you are: %s", err, withUser(d.place))
	case err != nil:
		return err
	}
	d.found = &found
	return nil
}

// fit gives the collections of an account that hold one of the dataclasses, all if there are none such.
func fit(a discover.Account, want []dataclass.Class) []discover.Collection {
	some := slices.DeleteFunc(slices.Clone(a.Collections), func(o discover.Collection) bool {
		return len(without(want, o.Classes)) == len(want)
	})
	if len(some) == 0 {
		return a.Collections
	}
	return some
}

// makeWanted tells whether a collection that is missing is to be made. A person is asked.
func (c *syncCmd) makeWanted(t *terminal, why string) bool {
	if c.Make || c.DryRun || t.json || !term.IsTerminal(int(t.in.Fd())) {
		return c.Make && !c.DryRun
	}
	_, _ = fmt.Fprintf(t.err, "%s. Make one? [y/N] ", why)
	line, err := bufio.NewReader(io.LimitReader(t.in, 100)).ReadString('\n')
	if err != nil {
		return false
	}
	word := strings.ToLower(strings.TrimSpace(line))
	return word == "y" || word == "yes"
}

// makeThere makes the collection that the address names.
func (c *syncCmd) makeThere(ctx context.Context, e *end, want []dataclass.Class) error {
	class := dataclass.Calendar
	switch {
	case len(want) == 1:
		class = want[0]
	case !slices.Equal(want, []dataclass.Class{dataclass.Events, dataclass.Tasks}):
		return usagef("sync: nothing says what the new collection %s is to hold; say that with --class", e)
	}
	made, err := discover.MakeAt(ctx, e.dav.http, e.dav.place.Address, class, "")
	if err != nil {
		return err
	}
	e.dav.found = &discover.Account{Collections: []discover.Collection{made}}
	return nil
}

// collection gives the address of the collection that holds a dataclass: the only one that can be written.
func (c *syncCmd) collection(ctx context.Context, t *terminal, e *end, class dataclass.Class) (string, error) {
	fitting := e.dav.found.Fitting(class)
	writable := slices.DeleteFunc(slices.Clone(fitting), func(o discover.Collection) bool { return o.ReadOnly })
	switch {
	case len(writable) == 1:
		return writable[0].URL, nil
	case len(writable) > 1:
		return "", fmt.Errorf("%s has several collections for %s; name one of them:\n%s", e, class, listed(writable))
	case len(fitting) == 1:
		_, _ = fmt.Fprintf(t.err, "%s: only to be read: %s\n", e, fitting[0].URL)
		return fitting[0].URL, nil
	case len(fitting) > 1:
		return "", fmt.Errorf("%s has several collections for %s, which can only be read; name one of them:\n%s", e, class, listed(fitting))
	case e.dav.single():
		return "", fmt.Errorf("%s holds no %s", e, class)
	case c.makeWanted(t, fmt.Sprintf("There is no collection for %s at %s", class, e)):
		made, err := discover.Make(ctx, e.dav.http, *e.dav.found, class, string(class))
		return made.URL, err
	}
	return "", fmt.Errorf("there is no collection for %s at %s; --make makes one, --class leaves others out", class, e)
}

// listed gives collections one a line, to be copied.
func listed(list []discover.Collection) string {
	lines := make([]string, 0, len(list))
	for _, o := range list[:min(len(list), maxListed)] {
		line := "  " + o.URL
		if o.Name != "" {
			line += "  " + visible(o.Name)
		}
		lines = append(lines, line)
	}
	if n := len(list) - len(lines); n > 0 {
		lines = append(lines, fmt.Sprintf("  and %d more", n))
	}
	return strings.Join(lines, "\n")
}

// maxListed is how many collections a message names.
const maxListed = 20

// settleAddress finds the client of an address, or registers it, and remembers where things are there.
func (h *house) settleAddress(ctx context.Context, owner string, e *end) error {
	list, err := h.named.At(ctx, owner, e.dav.place.Address)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(k named.Client) bool { return k.User == e.dav.place.User })
	if i >= 0 {
		e.client = list[i].ID
	} else {
		e.client, err = h.named.Enrol(ctx, owner, e.dav.place, func(ctx context.Context) (string, error) {
			c, err := h.bindings.CreateClient(ctx, owner, bindings.NewClient{Kind: dav.KindName, Title: plainTitle(e.dav.place.Host())})
			return c.ID, err
		})
	}
	if err != nil {
		return err
	}
	h.doors.use(e.client, dav.Connection{Collections: e.dav.collections, HTTP: e.dav.http})
	return h.named.SetCollections(ctx, owner, e.client, e.dav.collections)
}

// widen finds collections for dataclasses that came up since an address was first named. It gives those dataclasses that
// can be synchronised, and what is wrong with the others.
func (c *syncCmd) widen(ctx context.Context, t *terminal, h *house, p pair, classes []dataclass.Class) ([]dataclass.Class, map[dataclass.Class]error) {
	wrong := make(map[dataclass.Class]error)
	for i := range p.ends {
		e := &p.ends[i]
		if e.dav == nil {
			continue
		}
		lacking := slices.DeleteFunc(slices.Clone(classes), func(class dataclass.Class) bool { return e.dav.collections[class] != "" })
		if len(lacking) == 0 {
			continue
		}
		if e.dav.single() && c.Class == "" {
			_, _ = fmt.Fprintf(t.err, "%s holds no %s: what %s has of that stays there\n", e, joined(lacking), p.ends[1-i])
			classes = without(classes, lacking)
			continue
		}
		bad, err := c.choose(ctx, t, e, lacking)
		if err == nil {
			err = h.named.SetCollections(ctx, p.binding.Owner, e.client, e.dav.collections)
		}
		for _, class := range lacking {
			switch {
			case err != nil:
				wrong[class] = err
			case bad[class] != nil:
				wrong[class] = bad[class]
			case e.dav.collections[class] == "":
				wrong[class] = fmt.Errorf("%s holds no %s", e, class)
			}
		}
	}
	return classes, wrong
}

func without(list, some []dataclass.Class) []dataclass.Class {
	return slices.DeleteFunc(slices.Clone(list), func(c dataclass.Class) bool { return slices.Contains(some, c) })
}

func joined(list []dataclass.Class) string {
	words := make([]string, len(list))
	for i, c := range list {
		words[i] = string(c)
	}
	return strings.Join(words, ", ")
}
