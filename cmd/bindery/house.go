package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/cmd/bindery/metrics"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/dav"
	davface "github.com/bindery-sync/bindery/sources/dav/face"
	"github.com/bindery-sync/bindery/sources/dav/named"
	"github.com/bindery-sync/bindery/sources/filedir"
	"github.com/bindery-sync/bindery/sources/outgoing"
	"github.com/bindery-sync/bindery/sources/remote"
	"github.com/bindery-sync/bindery/sources/sqlstore"
	"github.com/bindery-sync/bindery/sources/syncml"
	"github.com/bindery-sync/bindery/sources/syncml/sessionlog"
)

// databaseFile is the database's name in the data directory.
const databaseFile = "bindery.db"

// A place is a data directory.
type place string

// A house is an open data directory with every room that stores something.
type house struct {
	db       *sqlstore.Store
	kinds    *sources.Registry
	items    *datastore.Datastore
	folders  *filedir.Folders
	bindings *bindings.Store
	sessions *sessionlog.Log
	secrets  *bindings.Secrets
	guard    *outgoing.Guard
	remotes  *remote.Remotes
	named    *named.Addresses
	dav      *dav.DAV
	doors    *davDoors
	log      *slog.Logger
	meters   *metrics.Metrics
	garbage  *collector
	// look means that folders are only looked at.
	look bool
	// leave tells that the directory is not in use any more.
	leave func() error
}

// make creates the directory, for its owner's eyes only, if there is none.
func (p place) make() error {
	if err := os.MkdirAll(string(p), 0o700); err != nil {
		return fmt.Errorf("make data directory: %w", err)
	}
	return nil
}

// visit enters a directory that has been used before.
func (p place) visit(ctx context.Context, log *slog.Logger, fn func(*house) error) error {
	if _, err := os.Stat(filepath.Join(string(p), databaseFile)); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s holds no Bindery database; name the server's directory with --data", string(p))
	}
	return p.enter(ctx, log, fn)
}

// enter opens a directory, makes it if there is none, and calls fn with it.
func (p place) enter(ctx context.Context, log *slog.Logger, fn func(*house) error) error {
	return p.enterFor(ctx, log, purpose{}, fn)
}

// enterFor is enter for a purpose.
func (p place) enterFor(ctx context.Context, log *slog.Logger, why purpose, fn func(*house) error) error {
	if err := p.make(); err != nil {
		return err
	}
	h, err := p.openFor(ctx, log, why)
	if err != nil {
		return err
	}
	return errors.Join(fn(h), h.close())
}

// open opens the database of a directory and brings its tables up to date.
func (p place) open(ctx context.Context, log *slog.Logger) (*house, error) {
	return p.openFor(ctx, log, purpose{})
}

// A purpose is what a directory is opened for.
type purpose struct {
	// look means that nobody is going to write into folders.
	look bool
	// sync means that there is one great piece of work, and that the process ends after it.
	sync bool
}

// openFor is open for a purpose.
func (p place) openFor(ctx context.Context, log *slog.Logger, why purpose) (*house, error) {
	leave, err := p.present()
	if err != nil {
		return nil, err
	}
	if err := p.emptied(); err != nil {
		return nil, errors.Join(err, leave())
	}
	db, err := sqlstore.Open(ctx, sqlstore.Options{Path: filepath.Join(string(p), databaseFile), Log: log, Roomy: why.sync})
	if err != nil {
		return nil, errors.Join(err, leave())
	}
	h := &house{db: db, log: log, look: why.look, leave: leave}
	h.meters = metrics.New(metrics.Options{Kinds: func() []string { return h.kinds.Names() }, Version: versionOf(debug.ReadBuildInfo()).Version})
	if err := h.furnish(ctx, p); err != nil {
		return nil, errors.Join(err, db.Close(), leave())
	}
	return h, nil
}

// emptied returns an error for a database that lost everything, as a full disk or a bad copy leaves it: it must not pass
// for a first start. The key is made after the first tables, so a directory that has one has been used.
func (p place) emptied() error {
	is, err := os.Stat(p.database())
	if err != nil || is.Size() > 0 {
		return nil // there is none yet, or it can be opened
	}
	_, noKey := os.Stat(p.keyName())
	if log, err := os.Stat(p.database() + "-wal"); noKey != nil || err == nil && log.Size() > 0 {
		return nil
	}
	return fmt.Errorf("%s is empty, as a full disk or a bad copy leaves it; bring back a backup with bindery restore-backup, or begin anew in another directory", p.database())
}

// furnish runs every room's migrations and opens the rooms on the database.
func (h *house) furnish(ctx context.Context, p place) error {
	if err := h.db.Migrate(ctx, steps()); err != nil {
		return err
	}
	secrets, err := bindings.LoadSecrets(string(p), os.Getenv(bindings.SecretKeyEnv), h.log)
	if err != nil {
		return err
	}
	h.secrets = secrets
	h.kinds, h.items = new(sources.Registry), datastore.New(h.db, datastore.Options{Registered: h.registered})
	h.folders = filedir.New(h.db, filedir.Options{Log: h.log, LookOnly: h.look})
	h.kinds.Register(h.items.Kind())
	h.kinds.Register(h.folders.Kind())
	parts := func(ctx context.Context, owner string) (map[string]bool, error) {
		return davface.Made(ctx, h.db, owner)
	}
	h.bindings = bindings.Open(h.db, bindings.Options{Secrets: secrets, Kinds: h.kinds, Log: h.log, Observe: h.meters, Parts: parts})
	h.kinds.Register(syncml.NewKind(h.bindings.Mailbox()))
	h.sessions = h.sessionsLog(0)
	allow, err := privateSources{}.allowed()
	h.reach(allow)
	return err
}

// registered asks whether a client is there. Datastores, which cannot know, ask before they write.
func (h *house) registered(ctx context.Context, owner, client string) error {
	return h.bindings.Registered(ctx, owner, client)
}

// countItems gives the number of items of all dataclasses that a datastore client holds.
func (h *house) countItems(ctx context.Context, owner, client string) (int, error) {
	all := 0
	for _, class := range h.items.Caps().Classes {
		n, err := h.items.Items(owner, client).Count(ctx, class)
		if err != nil {
			return 0, err
		}
		all += n
	}
	return all, nil
}

func (h *house) close() error {
	err := h.db.Close()
	if err != nil {
		err = fmt.Errorf("close database: %w", err)
	}
	return errors.Join(err, h.leave())
}

// each calls fn for every account, by name.
func (h *house) each(ctx context.Context, fn func(bindings.Account) error) error {
	all, err := h.bindings.Accounts(ctx)
	if err != nil {
		return err
	}
	for _, a := range all {
		if err := fn(a); err != nil {
			return err
		}
	}
	return nil
}

// whoever calls fn for one account after the other until one has what it is about; of the others it returns notTheirs. If
// nobody has it the error is nil.
func (h *house) whoever(ctx context.Context, notTheirs error, fn func(owner string) error) error {
	all, err := h.bindings.Accounts(ctx)
	if err != nil {
		return err
	}
	for _, a := range all {
		if err := fn(a.ID); !errors.Is(err, notTheirs) {
			return err
		}
	}
	return nil
}

// quiet is the logger of commands that only ask: what goes wrong is their result.
func quiet(term *terminal) *slog.Logger {
	return slog.New(engine.LogHandler(slog.NewTextHandler(term.err, &slog.HandlerOptions{Level: slog.LevelWarn})))
}
