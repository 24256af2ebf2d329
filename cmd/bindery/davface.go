package main

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources/datastore"
	davface "github.com/bindery-sync/bindery/sources/dav/face"
	"github.com/bindery-sync/bindery/sources/guesses"
)

// forDAV reports whether a request is for the CardDAV and CalDAV face. Programs that look for it ask also for the
// properties of the server as a whole.
func forDAV(r *http.Request) bool {
	switch p := r.URL.Path; {
	case strings.HasPrefix(p, davface.Root), p+"/" == davface.Root:
		return true
	case p == "/.well-known/carddav", p == "/.well-known/caldav":
		return true
	default:
		return p == "/" && r.Method == "PROPFIND"
	}
}

// davFace builds the CardDAV and CalDAV face.
func (h *house) davFace(guess *guesses.Limit) http.Handler {
	return davface.New(davface.Options{
		Accounts: davAccounts{h.bindings}, Clients: davClients{h.bindings}, Store: h.db, Guesses: guess, Log: h.log,
		Items: func(owner, client string) datastore.Items { return h.items.Items(owner, client) },
	})
}

// davKeeps is a transfer.More: the plain files and properties that DAV programs left.
func (h *house) davKeeps(ctx context.Context, owner string, add func(name string, at time.Time, data []byte) error) error {
	return davface.Export(ctx, h.db, owner, add)
}

// davAccounts let the face know who signs in.
type davAccounts struct{ store *bindings.Store }

// Password implements davface.Accounts.
func (a davAccounts) Password(ctx context.Context, name, password string) (davface.User, error) {
	owner, err := a.store.Basic(ctx, name, password)
	if err != nil {
		return davface.User{}, err
	}
	return a.user(ctx, owner, false)
}

// Token implements davface.Accounts.
func (a davAccounts) Token(ctx context.Context, secret string) (davface.User, error) {
	token, err := a.store.Bearer(ctx, secret)
	if err != nil {
		return davface.User{}, err
	}
	return a.user(ctx, token.Owner, token.Scope != bindings.ScopeWrite)
}

func (a davAccounts) user(ctx context.Context, owner string, readOnly bool) (davface.User, error) {
	account, err := a.store.Account(ctx, owner)
	return davface.User{Owner: owner, Name: account.Name, ReadOnly: readOnly}, err
}

// davClients are the datastore clients behind the face's collections.
type davClients struct{ store *bindings.Store }

// Datastores implements davface.Clients.
func (c davClients) Datastores(ctx context.Context, owner string) ([]davface.Client, error) {
	all, err := c.store.Clients(ctx, owner, datastore.KindName)
	list := make([]davface.Client, len(all))
	for i, one := range all {
		list[i] = davface.Client{ID: one.ID, Title: one.Title, Made: one.Created}
	}
	return list, err
}

// Make implements davface.Clients. A title that cannot be a client's is cut to what can.
func (c davClients) Make(ctx context.Context, owner, title string) (string, error) {
	made, err := c.store.CreateClient(ctx, owner, bindings.NewClient{Kind: datastore.KindName, Title: plainTitle(title)})
	return made.ID, err
}

// Remove implements davface.Clients.
func (c davClients) Remove(ctx context.Context, owner, id string) error {
	return c.store.RemoveClient(ctx, owner, id)
}

// plainTitle gives a text as it can be a client's title.
func plainTitle(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	for len(s) > 200 {
		s = strings.ToValidUTF8(s[:200], "")
	}
	return s
}
