package main

import (
	"cmp"
	"context"
	"net/http"
	"strings"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources/gdata/face"
	"github.com/bindery-sync/bindery/sources/guesses"
)

// gdataFace makes the server face of the Google Data protocol on the datastores.
func (h *house) gdataFace(c *serveCmd, guess *guesses.Limit) http.Handler {
	return face.New(face.Options{
		Accounts: gdataAccounts{h.bindings}, DB: h.db, Items: h.items, Zone: cmp.Or(c.Zone, machineZone()), BaseURL: c.BaseURL,
		Guesses: guess, Log: h.log, Bulk: h.garbage.Bulk,
		Clients: func(ctx context.Context, owner string) ([]face.Client, error) {
			list, err := h.bindings.Clients(ctx, owner, "datastore")
			out := make([]face.Client, 0, len(list))
			for _, c := range list {
				out = append(out, face.Client{ID: c.ID, Title: c.Title})
			}
			return out, err
		},
	})
}

// gdataAccounts are the accounts as the face asks for them.
type gdataAccounts struct{ *bindings.Store }

// Bearer implements face.Accounts.
func (a gdataAccounts) Bearer(ctx context.Context, secret string) (owner string, write bool, err error) {
	t, err := a.Store.Bearer(ctx, secret)
	return t.Owner, t.Scope == bindings.ScopeWrite, err
}

// Name implements face.Accounts.
func (a gdataAccounts) Name(ctx context.Context, owner string) (string, error) {
	account, err := a.Account(ctx, owner)
	return account.Name, err
}

// isGData reports whether an address is that of a feed of the Google Data protocol.
func isGData(path string) bool {
	return strings.HasPrefix(path, "/m8/feeds/") || strings.HasPrefix(path, "/calendar/feeds/")
}
