package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"strconv"
	"strings"

	"golang.org/x/term"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/dav/discover"
	"github.com/bindery-sync/bindery/sources/remote"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// collectionOptions say which collections a client of the kind dav has.
type collectionOptions struct {
	Contacts string   `help:"With dav: the address book, by its name, its address, or the last part of that." placeholder:"COLLECTION"`
	Events   string   `help:"With dav: the calendar for events." placeholder:"COLLECTION"`
	Tasks    string   `help:"With dav: the calendar for tasks." placeholder:"COLLECTION"`
	Notes    string   `help:"With dav: the calendar for notes." placeholder:"COLLECTION"`
	Class    []string `help:"With dav: the dataclasses that it is to have; if nothing is said, a new client has all that there are collections for." placeholder:"CLASS"`
	Make     bool     `help:"With dav: make a new collection for each dataclass that is wanted and has none."`
	Look     bool     `help:"With dav: only show what is there."`
}

// given are the collections that were named.
func (o collectionOptions) given() map[dataclass.Class]string {
	all := map[dataclass.Class]string{dataclass.Contacts: o.Contacts, dataclass.Events: o.Events, dataclass.Tasks: o.Tasks, dataclass.Notes: o.Notes}
	maps.DeleteFunc(all, func(_ dataclass.Class, name string) bool { return name == "" })
	return all
}

// wanted are the dataclasses that were named.
func (o collectionOptions) wanted() []dataclass.Class {
	out := make([]dataclass.Class, len(o.Class))
	for i, class := range o.Class {
		out[i] = dataclass.Class(class)
	}
	return out
}

// named reports whether there is any of them.
func (o collectionOptions) named() bool { return len(o.given())+len(o.Class) > 0 || o.Make || o.Look }

// davOptions are the options of "bindery client add dav".
type davOptions struct {
	collectionOptions
	Trust            []string `help:"With dav: another site that the password may be sent to, where the server or DNS says that the account is." placeholder:"HOST"`
	Auth             string   `help:"With dav: how to sign in: ${enum}." enum:"basic,bearer,oauth2" default:"basic"`
	TokenURL         string   `help:"With dav and oauth2: where tokens are given." placeholder:"URL"`
	ClientID         string   `help:"With dav and oauth2: what this server is called there." placeholder:"ID"`
	ClientSecretFile string   `help:"With dav and oauth2: a file whose first line is the secret that belongs to the id." placeholder:"FILE"`
	Scope            []string `help:"With dav and oauth2: what the user was asked for." placeholder:"SCOPE"`
}

// named reports whether there is any of them.
func (o davOptions) named() bool {
	return o.collectionOptions.named() || o.TokenURL+o.ClientID+o.ClientSecretFile != "" || len(o.Scope)+len(o.Trust) > 0
}

type jsonFound struct {
	URL       string            `json:"url" says:"its address"`
	Name      string            `json:"name,omitempty" says:"what it is called there"`
	Classes   []dataclass.Class `json:"dataclasses" says:"what it holds"`
	ReadOnly  bool              `json:"read_only,omitempty" says:"whether it can only be read"`
	CanDelete bool              `json:"can_delete" says:"whether items can be deleted in it"`
}

// showFound lists the collections of an account.
func showFound(t *terminal, f remote.Finding) error {
	l := newListing(t, "DATACLASSES", "NAME", "ADDRESS", "")
	for _, c := range f.Collections {
		words := make([]string, len(c.Classes))
		for i, class := range c.Classes {
			words[i] = string(class)
		}
		note := ""
		if c.ReadOnly {
			note = "read-only"
		}
		l.row(jsonFound{c.URL, c.Name, c.Classes, c.ReadOnly, c.CanDelete}, strings.Join(words, ","), visible(c.Name), visible(c.URL), note)
	}
	return l.flush(nil)
}

// addDAV finds an account on a DAV server and makes a client of it.
func (c *clientAddCmd) addDAV(ctx context.Context, t *terminal, h *house, who bindings.Account, n bindings.NewClient) error {
	f, err := c.findDAV(ctx, t, h)
	if err != nil {
		return err
	}
	for _, err := range f.Troubles {
		_, _ = fmt.Fprintf(t.err, "not all of it could be looked at: %s\n", visible(err.Error()))
	}
	if c.Look {
		return showFound(t, f)
	}
	choice, err := c.choose(t, f)
	if err != nil {
		return err
	}
	var made bindings.Client
	err = h.remotes.AttachFound(ctx, who.ID, f, choice, func(ctx context.Context) (string, error) {
		made, err = h.bindings.CreateClient(ctx, who.ID, n)
		return made.ID, err
	})
	if err != nil {
		return err
	}
	at, err := h.remotes.Account(ctx, who.ID, made.ID)
	if err != nil {
		return err
	}
	sayCollections(t, at.Server)
	return t.say(clientJSON(made, who.Name, syncml.AlertRecord{}), "registered %s %s\n", made.Kind, made.ID)
}

// sayCollections says to a person where each dataclass is.
func sayCollections(t *terminal, s remote.Server) {
	if t.json {
		return
	}
	for _, class := range s.Classes() {
		_, _ = fmt.Fprintf(t.err, "%s: %s\n", class, visible(s.Collections[class]))
	}
}

// findDAV asks the server.
func (c *clientAddCmd) findDAV(ctx context.Context, t *terminal, h *house) (remote.Finding, error) {
	if c.Address == "" {
		return remote.Finding{}, usagef("client add dav: say where it is: a host, a mail address or a URL")
	}
	if c.Source != "" {
		return remote.Finding{}, usagef("client add dav: --source is for clients of the kind gdata")
	}
	if c.User == "" {
		c.User = discover.User(c.Address)
	}
	given, err := c.read(t, c.Auth)
	if err != nil {
		return remote.Finding{}, err
	}
	n := remote.NewDAV{
		Address: c.Address, Credentials: given,
		Auth: remote.Auth{Way: c.Auth, TokenURL: c.TokenURL, ClientID: c.ClientID, Scopes: c.Scope},
	}
	if c.ClientSecretFile != "" {
		if n.ClientSecret, err = firstLineOf(c.ClientSecretFile); err != nil {
			return remote.Finding{}, err
		}
	}
	n.Trust = c.Trust
	return lookFor(ctx, t, h, n)
}

// lookFor looks for an account. Where it is said to be elsewhere, a person is asked whether that is right.
func lookFor(ctx context.Context, t *terminal, h *house, n remote.NewDAV) (remote.Finding, error) {
	for {
		f, err := h.remotes.Find(ctx, n)
		var elsewhere *discover.Error
		if !errors.As(err, &elsewhere) || elsewhere.Address == "" {
			return f, err
		}
		if t.json || !term.IsTerminal(int(t.in.Fd())) {
			return f, fmt.Errorf("%w (--trust %s)", err, visible(discover.HostOf(elsewhere.Address)))
		}
		if err := (consent{}).confirm(t, "%s", visible(elsewhere.Error())); err != nil {
			return f, err
		}
		n.Trust = append(n.Trust, elsewhere.Address)
	}
}

// choose says which collection is meant for each class. Where several fit, a person is asked.
func (c *clientAddCmd) choose(t *terminal, f remote.Finding) (map[dataclass.Class]remote.Choice, error) {
	wanted, given := c.wanted(), c.given()
	if len(wanted) == 0 && len(given) == 0 {
		wanted = f.Usual()
		if c.Make {
			wanted = remote.DAVClasses()
		}
	}
	if len(f.Collections) == 0 && !c.Make {
		return nil, usagef("there is neither an address book nor a calendar yet; --make makes them")
	}
	return chooseFrom(t, f, wanted, given, c.Make)
}

// chooseFrom completes what was chosen, and asks a person where several collections fit.
func chooseFrom(t *terminal, f remote.Finding, wanted []dataclass.Class, given map[dataclass.Class]string, anew bool) (map[dataclass.Class]remote.Choice, error) {
	in := bufio.NewReader(io.LimitReader(t.in, 4096))
	for {
		choice, err := f.Choose(wanted, given, anew)
		var several *remote.Several
		if !errors.As(err, &several) {
			return choice, err
		}
		if t.json || !term.IsTerminal(int(t.in.Fd())) {
			return nil, usagef("%s (--%s)", visible(err.Error()), strings.ToLower(string(several.Class)))
		}
		if given[several.Class], err = ask(t, in, several); err != nil {
			return nil, err
		}
	}
}

// ask has a person choose one of several collections, and gives its address.
func ask(t *terminal, in *bufio.Reader, s *remote.Several) (string, error) {
	_, _ = fmt.Fprintf(t.err, "Several collections hold %s:\n", s.Class)
	for i, c := range s.Collections {
		_, _ = fmt.Fprintf(t.err, "%3d  %s  %s\n", i+1, visible(c.Name), visible(c.URL))
	}
	for {
		_, _ = fmt.Fprintf(t.err, "Which one? [1-%d] ", len(s.Collections))
		line, err := in.ReadString('\n')
		n, bad := strconv.Atoi(strings.TrimSpace(line))
		switch {
		case bad == nil && n >= 1 && n <= len(s.Collections):
			return s.Collections[n-1].URL, nil
		case err != nil:
			return "", usagef("nothing was done")
		}
	}
}
