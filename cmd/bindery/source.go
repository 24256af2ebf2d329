package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/remote"
)

// sourceCmd is "bindery source".
type sourceCmd struct {
	List sourceListCmd `cmd:"" default:"1" help:"List the registered sources."`
	Add  sourceAddCmd  `cmd:"" help:"Ask a server whether it has Google Data feeds, and register it."`
	Rm   sourceRmCmd   `cmd:"" help:"Take a source away; no Sync Client may be on it."`
}

type jsonSource struct {
	ID       string            `json:"id" says:"its name everywhere"`
	Name     string            `json:"name" says:"what users call it"`
	Account  string            `json:"account,omitempty" says:"whose it is; missing for everybody's"`
	Auth     string            `json:"auth" says:"how clients sign in: basic, bearer or oauth2"`
	Classes  []dataclass.Class `json:"dataclasses" says:"what it offers"`
	Contacts string            `json:"contacts,omitempty" says:"the address of its contacts"`
	Groups   string            `json:"groups,omitempty" says:"the address of its groups"`
	Events   string            `json:"events,omitempty" says:"the address of its events"`
	Created  time.Time         `json:"created,omitzero" says:"when it was registered"`
}

func sourceJSON(s remote.Server, account string) jsonSource {
	return jsonSource{s.ID, s.Name, account, s.Auth.Way, s.Classes(), s.Contacts, s.Groups, s.Events, utc(s.Created)}
}

type sourceListCmd struct{}

// Run lists the sources of everybody and those of each account.
func (c *sourceListCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.visit(ctx, quiet(term), func(h *house) error {
		t := newListing(term, "ID", "NAME", "ACCOUNT", "AUTH", "DATACLASSES", "ADDRESS")
		row := func(s remote.Server, account string) {
			names := make([]string, len(s.Classes()))
			for i, c := range s.Classes() {
				names[i] = string(c)
			}
			whose := account
			if whose == "" {
				whose = "everybody"
			}
			t.row(sourceJSON(s, account), s.ID, visible(s.Name), whose, s.Auth.Way, strings.Join(names, ","), visible(s.Contacts+" "+s.Events))
		}
		all, err := h.remotes.Servers(ctx, "")
		if err != nil {
			return t.flush(err)
		}
		for _, s := range all {
			row(s, "")
		}
		return t.flush(h.each(ctx, func(a bindings.Account) error {
			list, err := h.remotes.Servers(ctx, a.ID)
			for _, s := range slices.DeleteFunc(list, remote.Server.Shared) {
				row(s, a.Name)
			}
			return err
		}))
	})
}

// sourceAddCmd is "bindery source add".
type sourceAddCmd struct {
	Name             string   `arg:"" help:"What you call it."`
	Address          string   `arg:"" optional:"" help:"Where another Bindery is, or a server that has its feeds at the same places."`
	Account          string   `help:"The account that is to have it, if there are several." placeholder:"NAME"`
	Shared           bool     `help:"Let all accounts have clients on it."`
	Contacts         string   `help:"Address of the feed of contacts; {user} in it stands for the name of the user there." placeholder:"URL"`
	Groups           string   `help:"Address of the feed of groups of contacts." placeholder:"URL"`
	Events           string   `help:"Address of the feed of events." placeholder:"URL"`
	Class            []string `help:"Use it for this dataclass only: Contacts or Events." placeholder:"CLASS"`
	Auth             string   `help:"How clients sign in: ${enum}." enum:"basic,bearer,oauth2" default:"basic"`
	TokenURL         string   `help:"With oauth2: where tokens are given." placeholder:"URL"`
	ClientID         string   `help:"With oauth2: what this server is called there." placeholder:"ID"`
	ClientSecretFile string   `help:"With oauth2: a file whose first line is the secret that belongs to the id." placeholder:"FILE"`
	Scope            []string `help:"With oauth2: what the users were asked for." placeholder:"SCOPE"`
}

// Run asks the server, and registers it.
func (c *sourceAddCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.visit(ctx, quiet(term), func(h *house) error {
		who, err := h.onlyAccount(ctx, "source add", c.Account)
		if err != nil {
			return err
		}
		n := remote.NewServer{
			Name: c.Name, Shared: c.Shared, Address: c.Address, Contacts: c.Contacts, Groups: c.Groups, Events: c.Events,
			Auth: remote.Auth{Way: c.Auth, TokenURL: c.TokenURL, ClientID: c.ClientID, Scopes: c.Scope},
		}
		for _, class := range c.Class {
			n.Classes = append(n.Classes, dataclass.Class(class))
		}
		if c.ClientSecretFile != "" {
			if n.ClientSecret, err = firstLineOf(c.ClientSecretFile); err != nil {
				return err
			}
		}
		s, err := h.remotes.Register(ctx, who.ID, n, nil)
		if err != nil {
			return err
		}
		account := who.Name
		if s.Shared() {
			account = ""
		}
		return term.say(sourceJSON(s, account), "registered source %s: %s\n", visible(s.Name), s.ID)
	})
}

// sourceRmCmd is "bindery source rm".
type sourceRmCmd struct {
	Source  string `arg:"" help:"The source, by its name or its id."`
	Account string `help:"The account that has it, if there are several." placeholder:"NAME"`
	consent
}

// Run takes the source away.
func (c *sourceRmCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.visit(ctx, quiet(term), func(h *house) error {
		who, err := h.onlyAccount(ctx, "source rm", c.Account)
		if err != nil {
			return err
		}
		s, err := h.remotes.ServerNamed(ctx, who.ID, c.Source)
		if err != nil {
			return err
		}
		if err := c.confirm(term, "source %s goes; to have clients on it again it has to be registered anew", visible(s.Name)); err != nil {
			return err
		}
		if err := h.remotes.Unregister(ctx, who.ID, s.ID, true); err != nil {
			return err
		}
		return term.say(sourceJSON(s, ""), "removed source %s\n", visible(s.Name))
	})
}

// onlyAccount gives the account of that name, or the only one that there is.
func (h *house) onlyAccount(ctx context.Context, what, name string) (bindings.Account, error) {
	list, err := h.accountsNamed(ctx, name)
	if err != nil {
		return bindings.Account{}, err
	}
	if len(list) != 1 {
		return bindings.Account{}, usagef("%s: there are %d accounts; choose one with --account", what, len(list))
	}
	return list[0], nil
}

// credentials are the options by which a client on a source signs in. What is secret is never an argument: other users of
// the machine see those.
type credentials struct {
	User          string `help:"For clients on a source or a DAV server: the name of the user there; its password or token is asked for." placeholder:"NAME"`
	PasswordStdin bool   `help:"Read the password or token there from the first line of the standard input."`
	PasswordFile  string `help:"Read it from the first line of a file." placeholder:"FILE"`
}

// named reports whether there is any of them.
func (c credentials) named() bool { return c.User != "" || c.PasswordStdin || c.PasswordFile != "" }

// read gives the credentials for a way of signing in; a person is asked for what is secret.
func (c credentials) read(t *terminal, way string) (remote.Credentials, error) {
	out := remote.Credentials{User: c.User}
	secret, err := c.secret(t, way)
	switch way {
	case remote.AuthBearer:
		out.Token = secret
	case remote.AuthOAuth2:
		out.Refresh = secret
	default:
		out.Password = secret
	}
	return out, err
}

func (c credentials) secret(t *terminal, way string) (string, error) {
	switch {
	case c.PasswordFile != "":
		return firstLineOf(c.PasswordFile)
	case c.PasswordStdin:
		return readLine(t.in)
	}
	fd := int(t.in.Fd())
	if !term.IsTerminal(fd) {
		return "", usagef("no terminal to ask for the password; give it with --password-stdin or --password-file")
	}
	word := "Password: "
	switch way {
	case remote.AuthBearer:
		word = "Token: "
	case remote.AuthOAuth2:
		word = "Refresh token: "
	}
	return prompt(t, fd, word)
}

// firstLineOf reads a secret from a file.
func firstLineOf(path string) (line string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read secret: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return readLine(f)
}

// attach makes a client on a source, whose credentials are tried first.
func (h *house) attach(ctx context.Context, term *terminal, who bindings.Account, source string, given credentials, n bindings.NewClient) (bindings.Client, error) {
	if source == "" {
		return bindings.Client{}, usagef("client add gdata: name the source with --source; \"bindery source list\" shows them")
	}
	s, err := h.remotes.ServerNamed(ctx, who.ID, source)
	if err != nil {
		return bindings.Client{}, err
	}
	c, err := given.read(term, s.Auth.Way)
	if err != nil {
		return bindings.Client{}, err
	}
	var made bindings.Client
	err = h.remotes.Attach(ctx, who.ID, s.ID, c, func(ctx context.Context) (string, error) {
		made, err = h.bindings.CreateClient(ctx, who.ID, n)
		return made.ID, err
	})
	return made, err
}
