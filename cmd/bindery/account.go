package main

import (
	"cmp"
	"context"
	"fmt"

	"github.com/bindery-sync/bindery/bindings"
)

// accountCmd is "bindery account".
type accountCmd struct {
	Add    accountAddCmd    `cmd:"" help:"Create an account, with a datastore of its own."`
	Passwd accountPasswdCmd `cmd:"" help:"Change an account's password."`
	Set    accountSetCmd    `cmd:"" help:"Change what is kept of an account."`
	List   accountListCmd   `cmd:"" help:"List the accounts."`
	Export accountExportCmd `cmd:"" help:"Write everything that an account owns into one .zip file."`
	Rm     accountRmCmd     `cmd:"" help:"Remove an account with everything that it owns, for good."`
}

type accountAddCmd struct {
	Name          string `arg:"" help:"What the user logs in with."`
	Admin         bool   `help:"Let the account administer others."`
	NoMD5         bool   `name:"no-md5" help:"Keep the password as a hash only: phones of the account must log in by basic."`
	PasswordStdin bool   `help:"Read the password from the first line of the standard input."`
}

// Run makes the data directory if there is none: a first user may be created before the first start.
func (c *accountAddCmd) Run(ctx context.Context, term *terminal, p place) error {
	password, err := readPassword(term, c.PasswordStdin)
	if err != nil {
		return err
	}
	return p.enter(ctx, quiet(term), func(h *house) error {
		n := bindings.NewAccount{Name: c.Name, Password: password, Admin: c.Admin, NoMD5: c.NoMD5}
		a, err := h.bindings.CreateAccount(ctx, n)
		if err != nil {
			return err
		}
		return term.say(accountJSON(a), "created account %s\n", c.Name)
	})
}

type accountPasswdCmd struct {
	Name          string `arg:"" help:"The account's name."`
	PasswordStdin bool   `help:"Read the password from the first line of the standard input."`
}

// Run changes the password. The server that runs beside it takes notice at once.
func (c *accountPasswdCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.visit(ctx, quiet(term), func(h *house) error {
		a, err := h.bindings.AccountByName(ctx, c.Name)
		if err != nil {
			return fmt.Errorf("%w: %s", err, c.Name)
		}
		password, err := readPassword(term, c.PasswordStdin)
		if err != nil {
			return err
		}
		if err := h.bindings.SetPassword(ctx, a.ID, password); err != nil {
			return err
		}
		return term.say(accountJSON(a), "changed the password of %s\n", a.Name)
	})
}

type accountSetCmd struct {
	Name       string  `arg:"" help:"The account's name."`
	LogContent string  `help:"Whether the sessions log keeps what the items hold: on or off." enum:"on,off," default:""`
	Zone       *string `help:"Time zone of its schedules, such as Europe/Vienna; empty is UTC." placeholder:"ZONE"`
}

// Validate says that something is to be changed. Kong calls it.
func (c *accountSetCmd) Validate() error {
	if c.LogContent == "" && c.Zone == nil {
		return usagef("account set: say what to change, with --log-content or --zone")
	}
	return nil
}

// Run changes the account. The server that runs beside it takes notice at once.
func (c *accountSetCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.visit(ctx, quiet(term), func(h *house) error {
		a, err := h.bindings.AccountByName(ctx, c.Name)
		if err != nil {
			return fmt.Errorf("%w: %s", err, c.Name)
		}
		said := ""
		if c.LogContent != "" {
			a.LogContent = c.LogContent == "on"
			err = h.bindings.SetLogContent(ctx, a.ID, a.LogContent)
			said = fmt.Sprintf("sessions of %s: the content of items is logged: %s\n", a.Name, c.LogContent)
		}
		if c.Zone != nil && err == nil {
			a.Zone = *c.Zone
			err = h.bindings.SetZone(ctx, a.ID, a.Zone)
			said += fmt.Sprintf("schedules of %s: the time zone is %s\n", a.Name, cmp.Or(a.Zone, "UTC"))
		}
		if err != nil {
			return err
		}
		return term.say(accountJSON(a), "%s", said)
	})
}

type accountListCmd struct{}

// Run lists the accounts by name.
func (c *accountListCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.visit(ctx, quiet(term), func(h *house) error {
		t := newListing(term, "NAME", "ROLE", "CREATED")
		err := h.each(ctx, func(a bindings.Account) error {
			t.row(accountJSON(a), a.Name, roleOf(a), stamp(a.Created))
			return nil
		})
		return t.flush(err)
	})
}
