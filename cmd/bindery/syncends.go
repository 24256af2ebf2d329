package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/dav/named"
	"github.com/bindery-sync/bindery/sources/filedir"
)

// An end is one of the two arguments of sync: a folder, an address, or a registered Sync Client.
type end struct {
	// given is the argument.
	given string
	// path is the folder without links; empty for a client.
	path string
	// client is the UUID; that of a folder is found later.
	client string
	kind   string
	// phone means that the client starts its syncs itself: it can only be alerted.
	phone bool
	// missing means that there is no such folder now.
	missing bool
	// dav is what an address is; nil for others.
	dav *davEnd
}

// String names the end as the user did.
func (e end) String() string { return e.given }

// clientPrefix begins an argument that names a registered client.
const clientPrefix = "client:"

// resolve finds out what the arguments name, before anything is made.
func (c *syncCmd) resolve(p place) (place, [2]end, error) {
	var ends [2]end
	for i, arg := range []string{c.A, c.B} {
		var err error
		if ends[i], err = resolveEnd(arg); err != nil {
			return p, ends, err
		}
	}
	c.A, c.B = ends[0].given, ends[1].given // from here on nobody sees a password
	if ends[0].equal(ends[1]) {
		return p, ends, usagef("sync: %s and %s are the same", c.A, c.B)
	}
	if err := c.addressSecrets.check(ends); err != nil {
		return p, ends, err
	}
	if err := apart(ends[0], ends[1]); err != nil {
		return p, ends, err
	}
	if p == "" {
		dir, err := stateFolder()
		if err != nil {
			return p, ends, err
		}
		p = place(dir)
	}
	dir, err := realPath(string(p))
	if err != nil {
		return p, ends, err
	}
	for _, e := range ends {
		if e.path != "" && inside(dir, e.path) {
			return p, ends, usagef("sync: the data directory %s lies in %s, which is to be synchronised; name another with --data", dir, e)
		}
	}
	return place(dir), ends, nil
}

// equal reports whether two ends are one.
func (e end) equal(o end) bool {
	return e.path != "" && e.path == o.path || e.client != "" && e.client == o.client || e.dav != nil && o.dav != nil && e.dav.place == o.dav.place
}

// apart refuses two folders of which one lies in the other: the outer one would hold every item twice.
func apart(a, b end) error {
	if a.path == "" || b.path == "" {
		return nil
	}
	if inside(a.path, b.path) {
		a, b = b, a
	}
	if inside(b.path, a.path) {
		return usagef("sync: the folder %s lies in %s; a folder cannot be synchronised with one inside it", b, a)
	}
	return nil
}

func resolveEnd(arg string) (end, error) {
	if id, ok := strings.CutPrefix(arg, clientPrefix); ok {
		return end{given: arg, client: strings.ToLower(strings.TrimSpace(id))}, nil
	}
	if named.IsAddress(arg) {
		return resolveAddress(arg)
	}
	path, err := realPath(arg)
	if err != nil {
		return end{}, err
	}
	e := end{given: arg, path: path, kind: filedir.KindName}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.missing = true
	case err != nil:
		return end{}, err
	case !info.IsDir():
		return end{}, usagef("sync: %s is no folder", arg)
	}
	return e, nil
}

// realPath gives the absolute path without links. What does not exist yet is named by what does.
func realPath(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("find %s: %w", path, err)
	}
	real, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) && filepath.Dir(path) != path {
		parent, err := realPath(filepath.Dir(path))
		return filepath.Join(parent, filepath.Base(path)), err
	}
	if err != nil {
		return "", fmt.Errorf("find %s: %w", path, err)
	}
	return real, nil
}

// inside reports whether a path is a folder or lies in it.
func inside(path, folder string) bool {
	rel, err := filepath.Rel(folder, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// stateFolder is where programs keep what they remember for a user (XDG Base Directory 0.8).
func stateFolder() (string, error) {
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "bindery"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", usagef("sync: %w; name a directory with --data", err)
	}
	return filepath.Join(home, ".local", "state", "bindery"), nil
}

// A pair is a binding and its two ends in the order of the command line.
type pair struct {
	binding bindings.Binding
	ends    [2]end
	// swapped means that the binding's source is the second argument.
	swapped bool
}

// pairAtOnce is pair, and leaves nothing behind where it fails: no account, no client.
func (h *house) pairAtOnce(ctx context.Context, ends [2]end, conflict string) (found pair, err error) {
	err = h.db.Together(ctx, func(ctx context.Context) error {
		found, err = h.pair(ctx, ends, conflict)
		return err
	})
	return found, err
}

// pair finds the two clients and their binding, or makes what is missing.
func (h *house) pair(ctx context.Context, ends [2]end, conflict string) (pair, error) {
	p := pair{ends: ends}
	owner, err := h.ownerOfEnds(ctx, ends)
	if err != nil {
		return p, err
	}
	for i := range p.ends {
		if err := h.settleEnd(ctx, owner, &p.ends[i]); err != nil {
			return p, err
		}
	}
	list, err := h.bindings.BindingsOf(ctx, owner, p.ends[0].client)
	if err != nil {
		return p, err
	}
	i := slices.IndexFunc(list, func(b bindings.Binding) bool {
		return b.Source == p.ends[1].client || b.Target == p.ends[1].client
	})
	if i < 0 && p.phone() != nil {
		return p, usagef("sync: %s is a phone, and not bound to the other side: bind them with bindery binding add", p.phone())
	}
	if i < 0 {
		n := bindings.NewBinding{Source: p.ends[0].client, Target: p.ends[1].client, Winner: conflict}
		p.binding, err = h.bindings.CreateBinding(ctx, owner, n)
		return p, err
	}
	p.binding = list[i]
	p.swapped = p.binding.Source != p.ends[0].client
	return p, h.setWinner(ctx, &p, conflict)
}

// phone gives the end that can only be alerted, nil if there is none.
func (p pair) phone() *end {
	for i := range p.ends {
		if p.ends[i].phone {
			return &p.ends[i]
		}
	}
	return nil
}

// setWinner remembers whose values stand, if the command line says so.
func (h *house) setWinner(ctx context.Context, p *pair, conflict string) error {
	if conflict == "" {
		return nil
	}
	if p.swapped {
		conflict = map[string]string{bindings.WinnerSource: bindings.WinnerTarget, bindings.WinnerTarget: bindings.WinnerSource}[conflict]
	}
	if conflict == p.binding.Winner {
		return nil
	}
	b, err := h.bindings.SetWinner(ctx, p.binding.Owner, p.binding.ID, conflict)
	if err == nil {
		p.binding = b
	}
	return err
}

// turned gives a log entry with the sides, and the mode, as the command line sees them.
func (p pair) turned(e bindings.LogEntry) bindings.LogEntry {
	if p.swapped {
		e.Sides[0], e.Sides[1] = e.Sides[1], e.Sides[0]
		e.Mode = turnedMode(e.Mode)
	}
	return e
}

// localName is the account that folders without a registered client beside them belong to.
const localName = "local"

// ownerOfEnds gives the account that has the registered clients among the ends, or else the local one.
func (h *house) ownerOfEnds(ctx context.Context, ends [2]end) (string, error) {
	var named []string
	for _, e := range ends {
		if e.client != "" {
			named = append(named, e.client)
		}
	}
	if len(named) > 0 {
		return h.ownerOf(ctx, named...)
	}
	a, err := h.bindings.AccountByName(ctx, localName)
	if errors.Is(err, bindings.ErrNotFound) {
		a, err = h.bindings.CreateAccount(ctx, bindings.NewAccount{Name: localName, NoLogin: true, NoMD5: true})
	}
	return a.ID, err
}

// settleEnd finds the client of an end; a folder that was never seen is registered.
func (h *house) settleEnd(ctx context.Context, owner string, e *end) error {
	if e.client != "" {
		return h.settleClient(ctx, owner, e)
	}
	if e.dav != nil {
		return h.settleAddress(ctx, owner, e)
	}
	id, err := h.folders.Find(ctx, owner, e.path)
	if err == nil {
		e.client = id
		return nil
	}
	if !errors.Is(err, filedir.ErrUnknown) {
		return err
	}
	if e.missing {
		return usagef("sync: there is no folder %s; make it first", e)
	}
	e.client, err = h.folders.Enrol(ctx, owner, e.path, func(ctx context.Context) (string, error) {
		c, err := h.bindings.CreateClient(ctx, owner, bindings.NewClient{Kind: filedir.KindName, Title: title(e.path)})
		return c.ID, err
	})
	return err
}

// settleClient finds a registered client, and whether it must be alerted to take part in a sync.
func (h *house) settleClient(ctx context.Context, owner string, e *end) error {
	c, err := h.bindings.Client(ctx, owner, e.client)
	if err != nil {
		return err
	}
	k, err := h.kinds.Kind(c.Kind)
	e.client, e.kind, e.phone = c.ID, c.Kind, err == nil && !k.Caps.ServerInitiated
	return err
}

// title is what a folder's client is called: its name, as far as a title may hold it.
func title(path string) string {
	name := []rune(strings.ToValidUTF8(filepath.Base(path), ""))
	name = slices.DeleteFunc(name, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 })
	return string(name[:min(len(name), 60)])
}

// A holding is what an end holds before a sync.
type holding struct {
	classes []dataclass.Class
	ignored []string
	// only are all the dataclasses that it can hold, where those are not all that there are; an address is asked later (widen).
	only []dataclass.Class
}

// holdings finds what both ends hold, at once.
func (h *house) holdings(ctx context.Context, p pair) (held [2]holding, err error) {
	var errs [2]error
	var wg sync.WaitGroup
	for i, e := range p.ends {
		wg.Go(func() { held[i], errs[i] = h.holds(ctx, p.binding.Owner, e) })
	}
	wg.Wait()
	return held, errors.Join(errs[:]...)
}

// holds finds the dataclasses of which an end has items.
func (h *house) holds(ctx context.Context, owner string, e end) (holding, error) {
	var found holding
	switch e.kind {
	case filedir.KindName:
		sv, err := h.folders.Survey(ctx, owner, e.client)
		for class := range sv.Items {
			found.classes = append(found.classes, class)
		}
		found.ignored = sv.Ignored
		return found, err
	case datastore.KindName:
	default:
		k, err := h.kinds.Kind(e.kind)
		if err != nil {
			return found, err
		}
		caps, err := k.CapsOf(ctx, sources.Client{Owner: owner, ID: e.client, Kind: e.kind})
		if found.classes = caps.Classes; e.dav == nil {
			found.only = caps.Classes
		}
		return found, err
	}
	for _, class := range h.items.Caps().Classes {
		n, err := h.items.Items(owner, e.client).Count(ctx, class)
		if err != nil {
			return found, err
		}
		if n > 0 {
			found.classes = append(found.classes, class)
		}
	}
	return found, nil
}
