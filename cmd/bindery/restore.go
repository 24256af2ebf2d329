package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
)

// restoreCmd is "bindery restore".
type restoreCmd struct {
	Sync    int64   `help:"Undo that sync, by its number in the log: restore all that it overwrote or deleted." placeholder:"LOG"`
	Entries []int64 `arg:"" optional:"" name:"entry" help:"Entries of the history to be restored, by their numbers."`
	addressSecrets
}

// Validate wants one of the two. Kong calls it.
func (c *restoreCmd) Validate() error {
	if (c.Sync == 0) == (len(c.Entries) == 0) {
		return usagef("name entries of the history, or a sync with --sync")
	}
	return nil
}

// Run restores, and then synchronises the bindings whose two sides answer now.
func (c *restoreCmd) Run(ctx context.Context, term *terminal, p place) error {
	p = p.found()
	return p.visit(ctx, quiet(term), func(h *house) error {
		r := restoring{h: h, term: term, code: exitDone}
		owner, where, err := r.targets(ctx, c)
		if err != nil {
			return err
		}
		if err := c.openAll(ctx, term, h, owner, where); err != nil {
			return err
		}
		unlock, err := p.occupyAll(where)
		if err != nil {
			return err
		}
		return errors.Join(r.run(ctx, owner, c), unlock())
	})
}

// restoring is one "bindery restore" at work.
type restoring struct {
	h    *house
	term *terminal
	code int
}

// targets finds whose history it is, and the bindings that it is of.
func (r *restoring) targets(ctx context.Context, c *restoreCmd) (owner string, where []int64, err error) {
	if c.Sync != 0 {
		owner, binding, err := r.h.ownerOfSync(ctx, c.Sync)
		return owner, []int64{binding}, err
	}
	for _, id := range c.Entries {
		e, err := r.h.historyEntry(ctx, id)
		if err != nil {
			return "", nil, err
		}
		if owner != "" && owner != e.Owner {
			return "", nil, usagef("restore: the entries belong to several accounts; restore those of each by themselves")
		}
		owner, where = e.Owner, append(where, e.Binding)
	}
	slices.Sort(where)
	return owner, slices.Compact(where), nil
}

// ownerOfSync finds the account and the binding of a log entry.
func (h *house) ownerOfSync(ctx context.Context, id int64) (owner string, binding int64, err error) {
	err = h.each(ctx, func(a bindings.Account) error {
		e, err := h.bindings.LogEntry(ctx, a.ID, id)
		if err == nil {
			owner, binding = e.Owner, e.Binding
		} else if errors.Is(err, bindings.ErrNotFound) {
			err = nil
		}
		return err
	})
	if err == nil && owner == "" {
		err = fmt.Errorf("there is no sync %d in the log", id)
	}
	return owner, binding, err
}

// occupyAll keeps every other "bindery sync" away from bindings.
func (p place) occupyAll(where []int64) (unlock func() error, err error) {
	var all []func() error
	unlock = func() error {
		var errs []error
		for _, one := range all {
			errs = append(errs, one())
		}
		return errors.Join(errs...)
	}
	for _, id := range where {
		one, err := p.occupy(id)
		if err != nil {
			return nil, errors.Join(err, unlock())
		}
		all = append(all, one)
	}
	return unlock, nil
}

func (r *restoring) run(ctx context.Context, owner string, c *restoreCmd) error {
	syncs := r.h.bindings.Syncs(r.h.kinds, r.h.log)
	var list []bindings.Restored
	var more int
	var err error
	if c.Sync != 0 {
		list, more, err = syncs.RestoreSync(ctx, owner, c.Sync)
	} else {
		list, err = syncs.Restore(ctx, owner, c.Entries...)
	}
	if perr := r.print(list, more); err != nil || perr != nil {
		return errors.Join(whom(err), perr)
	}
	if err := r.carryOn(ctx, syncs, owner, list); err != nil {
		return err
	}
	if r.code != exitDone {
		return exitError(r.code)
	}
	return nil
}

// print says what became of each version.
func (r *restoring) print(list []bindings.Restored, more int) error {
	if len(list) == 0 {
		return nil
	}
	t := newListing(r.term, "ID", "DATACLASS", "ON", "RESULT", "TITLE")
	for _, one := range list {
		e := one.Entry
		t.row(restoredJSON(one), strconv.FormatInt(e.ID, 10), string(e.Class), one.Side.String(), one.Outcome.String(), visible(e.Title))
		if one.Err != nil {
			_, _ = fmt.Fprintf(r.term.err, "bindery: entry %d: %v\n", e.ID, one.Err)
			r.code = worse(r.code, exitPartly)
		}
	}
	if err := t.flush(nil); err != nil {
		return err
	}
	if more > 0 {
		r.term.aside("%d other versions of these items stay in the history\n", more)
	}
	return nil
}

// carryOn brings what was restored to the other sides.
func (r *restoring) carryOn(ctx context.Context, syncs *bindings.Syncs, owner string, list []bindings.Restored) error {
	type place struct {
		binding int64
		class   dataclass.Class
	}
	var where []place
	for _, one := range list {
		where = append(where, place{one.Entry.Binding, one.Entry.Class})
	}
	slices.SortFunc(where, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.binding, b.binding), cmp.Compare(slices.Index(syncOrder, a.class), slices.Index(syncOrder, b.class)))
	})
	report := newSyncReport(r.term)
	for _, at := range slices.Compact(where) {
		if err := r.sync(ctx, syncs, report, owner, at.binding, at.class); err != nil {
			return err
		}
	}
	if len(report.rows) == 0 {
		return nil
	}
	return report.end()
}

// sync synchronises one binding and dataclass, if that can be done now.
func (r *restoring) sync(ctx context.Context, syncs *bindings.Syncs, report *syncReport, owner string, id int64, class dataclass.Class) error {
	b, err := r.h.bindings.Binding(ctx, owner, id)
	if errors.Is(err, bindings.ErrNotFound) {
		r.term.aside("binding %d was removed: only the named side was written\n", id)
		return nil
	}
	if err != nil {
		return err
	}
	for _, name := range b.Kinds {
		if k, err := r.h.kinds.Kind(name); err != nil || !k.Caps.ServerInitiated {
			r.term.aside("the phone of binding %d gets it at its next sync\n", id)
			return nil
		}
	}
	p := pair{binding: b}
	entry, err := syncs.SynchronizeAs(ctx, owner, id, class, engine.TwoWay, syncHolder)
	if err != nil {
		report.failed(class, r.h.lastEntry(ctx, p, class), err)
		r.code = worse(r.code, exitFailed)
		return nil
	}
	report.done(entry)
	done, err := r.h.outcome(ctx, p, entry)
	r.code = worse(r.code, done)
	return err
}
