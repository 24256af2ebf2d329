package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// dryShown is how many writes of a dataclass a dry run names.
const dryShown = 20

// statePlanned is the state of a dry run that would not be held.
const statePlanned = "planned"

// dryRun prints what a sync would do. It works on a copy of the database that is thrown away, so that not even
// what a folder was seen to hold, or that the two belong together, is remembered; there is no log entry, no
// lease and no lock but those on the folders while they are read.
func (c *syncCmd) dryRun(ctx context.Context, term *terminal, p place, ends [2]end) error {
	return p.peek(ctx, quiet(term), func(h *house) error {
		if overDAV(ends) {
			if err := c.meet(ctx, term, h, &ends); err != nil {
				return err
			}
		}
		pair, err := h.pair(ctx, ends, c.Conflict)
		if err != nil {
			return err
		}
		if phone := pair.phone(); phone != nil {
			return usagef("sync: %s is a phone: what it has to say is not known before it comes", phone)
		}
		if err := c.decide(ctx, h, pair); err != nil {
			return err
		}
		classes, err := c.classes(ctx, term, h, pair)
		if err != nil {
			return err
		}
		return c.foretell(ctx, term, h, pair, classes)
	})
}

// foretell previews each dataclass.
func (c *syncCmd) foretell(ctx context.Context, term *terminal, h *house, p pair, classes []dataclass.Class) error {
	out, code, mode := newSyncReport(term), exitDone, modes[c.Mode]
	if p.swapped {
		mode = turnedMode(mode)
	}
	syncs := h.bindings.Syncs(h.kinds, h.log)
	classes, wrong := c.widen(ctx, term, h, p, classes)
	for _, class := range classes {
		if err := wrong[class]; err != nil {
			out.failed(class, bindings.LogEntry{Class: class}, err)
			code = worse(code, exitFailed)
			continue
		}
		v, err := syncs.Preview(ctx, p.binding.Owner, p.binding.ID, class, mode, dryShown)
		if err != nil {
			out.failed(class, bindings.LogEntry{Class: class}, err)
			code = worse(code, exitFailed)
			continue
		}
		entry := p.turned(previewEntry(class, v))
		out.done(entry)
		out.note(previewText(p, class, v))
		if entry.State == engine.StateHeld {
			code = worse(code, exitHeld)
		}
	}
	if err := out.end(); err != nil {
		return err
	}
	if code != exitDone {
		return exitError(code)
	}
	return nil
}

// previewEntry gives the figures of a preview as those of a sync.
func previewEntry(class dataclass.Class, v engine.Preview) bindings.LogEntry {
	e := bindings.LogEntry{
		Class: class, Mode: v.Mode, State: statePlanned, Plan: v.Plan, Duplicates: v.Tally.Duplicates,
		Removed: v.Tally.Removed, Conflicts: v.Tally.Conflicts, Held: v.Tally.Held, Quarantined: v.Tally.Quarantined,
		Restored: v.Tally.Restored, Sides: v.Tally.Sides,
	}
	if len(v.Held) > 0 {
		e.State = engine.StateHeld
	}
	return e
}

// previewText names what would be written.
func previewText(p pair, class dataclass.Class, v engine.Preview) string {
	text := ""
	if v.Broken > 0 {
		text += fmt.Sprintf("\n%s: an earlier sync broke off with %d writes whose outcome is not known; the next one brings them to their end first, so it may do something else.\n", class, v.Broken)
	}
	if n := len(v.Held); n > 0 {
		text += fmt.Sprintf("\n%s: the sync would be held, and write nothing before you have decided: %d deletions or changes are too many (%s).\n",
			class, n, heldTitles(v.Held))
	}
	if len(v.Writes) > 0 {
		text += fmt.Sprintf("\n%s: what it comes to\n", class)
	}
	all := 0
	for _, s := range v.Tally.Sides {
		all += s.AddsOut + s.ReplacesOut + s.DeletesOut
	}
	for _, w := range v.Writes {
		at := p.ends[w.Side]
		if p.swapped {
			at = p.ends[1-w.Side]
		}
		conflict := ""
		if w.Conflict {
			conflict = "  (changed on both sides)"
		}
		text += fmt.Sprintf("  %-7s  %s  %q%s\n", w.Verb, at, w.Title, conflict)
	}
	if n := all - len(v.Writes); n > 0 && len(v.Writes) > 0 {
		text += fmt.Sprintf("  and %d more\n", n)
	}
	return text
}

func heldTitles(held []engine.Hold) string {
	list := make([]bindings.HeldItem, len(held))
	for i, h := range held {
		list[i].Title = h.Title
	}
	return titles(list)
}

// peek opens a copy of a data directory, or a new one if there is none, calls fn with it, and throws it away.
// Its folders are left as they are.
func (p place) peek(ctx context.Context, log *slog.Logger, fn func(*house) error) (err error) {
	dir, err := os.MkdirTemp("", "bindery-dry-")
	if err != nil {
		return fmt.Errorf("dry run: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := p.copyTo(ctx, dir); err != nil {
		return err
	}
	h, err := place(dir).openFor(ctx, log, purpose{look: true, sync: true})
	if err != nil {
		return err
	}
	return errors.Join(fn(h), h.close())
}

// copyTo copies the database, if there is one.
func (p place) copyTo(ctx context.Context, dir string) error {
	path := filepath.Join(string(p), databaseFile)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return fmt.Errorf("dry run: %w", err)
	}
	return sqlstore.Copy(ctx, path, filepath.Join(dir, databaseFile))
}
