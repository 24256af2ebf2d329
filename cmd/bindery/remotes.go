package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/dav"
	"github.com/bindery-sync/bindery/sources/dav/named"
	"github.com/bindery-sync/bindery/sources/gdata"
	"github.com/bindery-sync/bindery/sources/outgoing"
	"github.com/bindery-sync/bindery/sources/remote"
)

// allowPrivateEnv is the environment variable that says for every command what --allow-private-sources says for serve.
const allowPrivateEnv = "BINDERY_ALLOW_PRIVATE_SOURCES"

// privateSources is the option that allows addresses which are not on the public internet.
type privateSources struct {
	AllowPrivateSources []string `help:"Networks and addresses that registered sources may be in although they are not on the public internet, or the word private for the usual ones; there plain HTTP and every port are allowed too. For all commands: $BINDERY_ALLOW_PRIVATE_SOURCES." placeholder:"NETWORK"`
}

// allowed gives the networks of the option and the environment, or a usage error.
func (p privateSources) allowed() ([]netip.Prefix, error) {
	list, err := outgoing.ParseAllow(p.AllowPrivateSources)
	if err != nil {
		return nil, usagef("--allow-private-sources: %s", err)
	}
	more, err := outgoing.ParseAllow(strings.FieldsFunc(os.Getenv(allowPrivateEnv), func(r rune) bool { return r == ',' || r == ' ' }))
	if err != nil {
		return nil, usagef("$%s: %s", allowPrivateEnv, err)
	}
	return append(list, more...), nil
}

// reach opens what asks other servers; allow are the networks that may be asked although they are not public.
func (h *house) reach(allow []netip.Prefix) {
	h.guard = outgoing.New(outgoing.Options{Allow: allow})
	h.remotes = remote.New(h.db, remote.Options{Secrets: h.secrets, Guard: h.guard, Authorised: h.bindings.Authorised, Resolver: net.DefaultResolver, Moved: h.moved})
	kind := gdata.New(h.db, connections{h.remotes}, gdata.Options{Log: h.log, Meter: h.meters, Bulk: h.garbage.Bulk}).Kind()
	kind.Classes = h.remotes.Classes
	h.kinds.Register(kind)
	h.named = named.New(h.db)
	h.doors = &davDoors{addresses: h.named, next: davConnections{h.remotes}}
	h.dav = dav.New(h.db, h.doors, dav.Options{Log: h.log, Meter: h.meters})
	h.kinds.Register(h.dav.Kind())
}

// moved has everybody forget what is known of a client's collections that others take the place of. It returns a
// remote.ErrInUse while a sync of them is at work.
func (h *house) moved(ctx context.Context, owner, client string, classes []dataclass.Class) error {
	err := h.bindings.Resettle(ctx, owner, client, classes)
	if errors.Is(err, engine.ErrBusy) {
		return &remote.Error{Class: remote.ErrInUse, Sentence: "a synchronization of this Sync Client is going on; try again when it is over"}
	}
	if err != nil {
		return err
	}
	h.log.InfoContext(ctx, "a Sync Client has other collections; its next syncs compare all that there is", "client", client, "dataclasses", fmt.Sprint(classes))
	return h.dav.Forget(ctx, owner, client, classes)
}

// davConnections tells the kind dav how to reach a client.
type davConnections struct{ remotes *remote.Remotes }

// Connection implements dav.Connections.
func (c davConnections) Connection(ctx context.Context, owner, client string) (dav.Connection, error) {
	at, err := c.remotes.DAV(ctx, owner, client)
	return dav.Connection(at), err
}

// Classes implements dav.Offer.
func (c davConnections) Classes(ctx context.Context, owner, client string) ([]dataclass.Class, error) {
	return c.remotes.Classes(ctx, sources.Client{Owner: owner, ID: client})
}

// connections tells the kind gdata how to reach a client.
type connections struct{ remotes *remote.Remotes }

// Connection implements gdata.Connections.
func (c connections) Connection(ctx context.Context, owner, client string) (gdata.Connection, error) {
	at, err := c.remotes.Connection(ctx, owner, client)
	return gdata.Connection(at), err
}
