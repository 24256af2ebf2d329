package main

import (
	"context"
	"fmt"
	"time"

	"github.com/bindery-sync/bindery/bindings"
)

// tokenCmd is "bindery token".
type tokenCmd struct {
	Add  tokenAddCmd  `cmd:"" help:"Make a token and show it, once."`
	List tokenListCmd `cmd:"" help:"List the tokens."`
	Rm   tokenRmCmd   `cmd:"" help:"Revoke a token at once."`
}

type tokenAddCmd struct {
	Label   string        `arg:"" help:"What the token is for."`
	Account string        `help:"The account that it acts for." default:"admin" placeholder:"NAME"`
	Write   bool          `help:"Let it change things; without, it may only read."`
	For     time.Duration `help:"How long it counts, such as 720h; without, until it is revoked." placeholder:"TIME"`
}

// Run prints the token alone, so that a script can take it.
func (c *tokenAddCmd) Run(ctx context.Context, term *terminal, p place) error {
	if c.For < 0 {
		return usagef("--for: %s is over already", c.For)
	}
	return p.visit(ctx, quiet(term), func(h *house) error {
		a, err := h.bindings.AccountByName(ctx, c.Account)
		if err != nil {
			return fmt.Errorf("%w: %s", err, c.Account)
		}
		n := bindings.NewToken{Label: c.Label, Scope: bindings.ScopeRead}
		if c.Write {
			n.Scope = bindings.ScopeWrite
		}
		if c.For != 0 {
			n.Expires = time.Now().Add(c.For)
		}
		k, secret, err := h.bindings.CreateToken(ctx, a.ID, n)
		if err != nil {
			return err
		}
		v := tokenJSON(k, a.Name)
		v.Token = secret
		return term.say(v, "%s\n", secret)
	})
}

type tokenListCmd struct{}

// Run lists the tokens of all accounts; the tokens themselves are not kept.
func (c *tokenListCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.visit(ctx, quiet(term), func(h *house) error {
		t := newListing(term, "ID", "ACCOUNT", "LABEL", "SCOPE", "CREATED", "EXPIRES", "USED")
		err := h.each(ctx, func(a bindings.Account) error {
			list, err := h.bindings.Tokens(ctx, a.ID)
			for _, k := range list {
				t.row(tokenJSON(k, a.Name), k.ID, a.Name, k.Label, k.Scope, stamp(k.Created), stamp(k.Expires), stamp(k.Used))
			}
			return err
		})
		return t.flush(err)
	})
}

type tokenRmCmd struct {
	ID string `arg:"" help:"The token's id, as \"token list\" shows it."`
}

// Run revokes the token, whosever it is.
func (c *tokenRmCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.visit(ctx, quiet(term), func(h *house) error {
		var found *jsonToken
		err := h.each(ctx, func(a bindings.Account) error {
			list, err := h.bindings.Tokens(ctx, a.ID)
			if err != nil {
				return err
			}
			for _, k := range list {
				if k.ID == c.ID {
					v := tokenJSON(k, a.Name)
					found = &v
					return h.bindings.RevokeToken(ctx, a.ID, k.ID)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		if found == nil {
			return fmt.Errorf("there is no token %s; \"bindery token list\" shows them", c.ID)
		}
		return term.say(found, "revoked token %s\n", c.ID)
	})
}
