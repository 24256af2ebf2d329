package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
)

// syncCmd is "bindery sync".
type syncCmd struct {
	Class     string   `help:"Only that dataclass: Contacts, Events, Tasks or Notes." placeholder:"CLASS"`
	Mode      string   `help:"${enum}." enum:"two-way,slow,one-way-from-source,one-way-from-target,refresh-from-source,refresh-from-target" default:"two-way"`
	Conflict  string   `help:"Whose value stands where both changed the same; it is remembered (default: source)." enum:"source,target," default:""`
	DryRun    bool     `help:"Print what would be done, and write nothing."`
	Approve   []string `help:"Carry out what was held as that plan." placeholder:"PLAN"`
	Reject    []string `help:"Send what was held as that plan back to where it came from." placeholder:"PLAN"`
	Make      bool     `help:"Make the collections that an address lacks."`
	FindAgain bool     `help:"Ask the server of an address anew where its collections are."`
	addressSecrets
	historyDays
	A string `arg:"" name:"a" help:"The source: a folder, an address like https://user@host/path/, or client:UUID."`
	B string `arg:"" name:"b" help:"The target: another of these."`

	// data is the data directory as it was given, "" if it was not.
	data string
}

// An exitError ends the program with that status. Why was said.
type exitError int

// Error implements error.
func (e exitError) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// worse gives the status that wins: 2, then 4, 3, 1 and 0.
func worse(a, b int) int {
	order := []int{exitDone, exitPartly, exitHeld, exitFailed, exitUsage}
	return order[max(slices.Index(order, a), slices.Index(order, b))]
}

// modes are the alert codes of the modes where the binding's source is the first argument.
var modes = map[string]int{
	"two-way": engine.TwoWay, "slow": engine.Slow,
	"one-way-from-source": engine.OneWayFromClient, "one-way-from-target": engine.OneWayFromServer,
	"refresh-from-source": engine.RefreshFromClient, "refresh-from-target": engine.RefreshFromServer,
}

// turnedMode gives the code of the same mode seen from the other side.
func turnedMode(mode int) int {
	switch mode {
	case engine.OneWayFromClient, engine.RefreshFromClient:
		return mode + engine.OneWayFromServer - engine.OneWayFromClient
	case engine.OneWayFromServer, engine.RefreshFromServer:
		return mode - engine.OneWayFromServer + engine.OneWayFromClient
	}
	return mode
}

// check refuses what makes no sense, and what is not there yet.
func (c *syncCmd) check() error {
	for _, id := range c.Approve {
		if slices.Contains(c.Reject, id) {
			return usagef("sync: the plan %s is approved and rejected at once", id)
		}
	}
	_, err := c.only()
	return err
}

// syncOrder is the order in which dataclasses are synchronised.
var syncOrder = []dataclass.Class{dataclass.Contacts, dataclass.Events, dataclass.Tasks, dataclass.Notes}

// only gives the dataclasses that were asked for; none if none was named.
func (c *syncCmd) only() ([]dataclass.Class, error) {
	return classesNamed("sync", c.Class)
}

// classesNamed gives the dataclasses that an option of a command names; none for "".
func classesNamed(command, name string) ([]dataclass.Class, error) {
	if name == "" {
		return nil, nil
	}
	class, err := dataclass.ParseClass(name)
	switch {
	case err != nil:
		return nil, usagef("%s: --class %s: there are Contacts, Events, Tasks and Notes", command, name)
	case class == dataclass.Calendar:
		return []dataclass.Class{dataclass.Events, dataclass.Tasks}, nil
	}
	return []dataclass.Class{class}, nil
}

// Run synchronises the two sides, one dataclass after the other.
func (c *syncCmd) Run(ctx context.Context, term *terminal, p place) error {
	if err := c.check(); err != nil {
		return err
	}
	c.data = string(p)
	p, ends, err := c.resolve(p)
	if err != nil {
		return err
	}
	if c.DryRun {
		return c.dryRun(ctx, term, p, ends)
	}
	made, err := p.setUp()
	if err != nil {
		return err
	}
	made = sync.OnceValue(made)
	err = p.enterFor(ctx, quiet(term), purpose{sync: true}, func(h *house) error {
		if overDAV(ends) { // nobody is to wait for a server, or a person
			term.garbage.Always()
			if err := errors.Join(made(), c.meet(ctx, term, h, &ends)); err != nil {
				return err
			}
		}
		pair, err := h.pairAtOnce(ctx, ends, c.Conflict)
		if err = errors.Join(err, made()); err != nil {
			return err
		}
		if pair.phone() != nil {
			return c.alert(ctx, term, h, pair)
		}
		unlock, err := p.occupy(pair.binding.ID)
		if err != nil {
			return err
		}
		defer h.forget(ctx, c.kept())
		return errors.Join(c.all(ctx, term, h, pair), unlock())
	})
	return errors.Join(err, made())
}

// all synchronises every dataclass there is. What goes wrong with one does not stop the next.
func (c *syncCmd) all(ctx context.Context, term *terminal, h *house, p pair) error {
	if err := c.decide(ctx, h, p); err != nil {
		return err
	}
	classes, err := c.classes(ctx, term, h, p)
	if err != nil {
		return err
	}
	classes, wrong := c.widen(ctx, term, h, p, classes)
	out := newSyncReport(term)
	bar := newProgress(term)
	syncs := h.bindings.Syncs(bar.watch(h.kinds), h.log)
	code, mode := exitDone, modes[c.Mode]
	if p.swapped {
		mode = turnedMode(mode)
	}
	for _, class := range classes {
		if err := wrong[class]; err != nil {
			out.failed(class, bindings.LogEntry{Class: class}, err)
			code = worse(code, exitFailed)
			continue
		}
		bar.start(class)
		entry, err := syncs.SynchronizeAs(ctx, p.binding.Owner, p.binding.ID, class, mode, syncHolder)
		bar.end()
		if err != nil {
			out.failed(class, h.lastEntry(ctx, p, class), err)
			code = worse(code, exitFailed)
			continue
		}
		out.done(p.turned(entry))
		if entry.State == engine.StateHeld {
			text, err := c.explain(ctx, h, p, class, entry.Plan)
			if err != nil {
				return err
			}
			out.note(text)
		}
		done, err := h.outcome(ctx, p, entry)
		if err != nil {
			return err
		}
		code = worse(code, done)
	}
	if err := h.noteSetAside(ctx, out, p); err != nil {
		return err
	}
	if err := out.end(); err != nil {
		return err
	}
	if code != exitDone {
		return exitError(code)
	}
	return nil
}

// syncHolder is who holds a binding while this command is at work. The lock of occupy keeps it alone.
const syncHolder = "bindery sync"

// outcome gives the exit status of a sync that came to its end.
func (h *house) outcome(ctx context.Context, p pair, e bindings.LogEntry) (int, error) {
	if e.State == engine.StateHeld {
		return exitHeld, nil
	}
	refused, err := h.bindings.CountRefused(ctx, p.binding.Owner, p.binding.ID, e.Class)
	if refused > 0 || e.Quarantined > 0 || e.Held > 0 {
		return exitPartly, err
	}
	doubts, err := h.bindings.Doubts(ctx, p.binding.Owner, p.binding.ID)
	if slices.ContainsFunc(doubts, func(d bindings.DoubtfulPair) bool { return d.Class == e.Class }) { // whichever sync found it
		return exitPartly, err
	}
	return exitDone, err
}

// lastEntry gives the log entry of a sync that failed, an empty one if it had none yet.
func (h *house) lastEntry(ctx context.Context, p pair, class dataclass.Class) bindings.LogEntry {
	list, err := h.bindings.Log(ctx, p.binding.Owner, p.binding.ID, 2*len(syncOrder))
	if err == nil {
		for _, e := range list {
			if e.Class == class && e.State == engine.StateRunning {
				return p.turned(e)
			}
		}
	}
	return bindings.LogEntry{Class: class}
}

// classes gives the dataclasses to synchronise: those asked for, or those that a side holds or that were
// synchronised before. It says which files are ignored.
func (c *syncCmd) classes(ctx context.Context, term *terminal, h *house, p pair) ([]dataclass.Class, error) {
	has, err := h.bindings.Synchronized(ctx, p.binding.Owner, p.binding.ID)
	if err != nil {
		return nil, err
	}
	held, err := h.holdings(ctx, p)
	if err != nil {
		return nil, whom(err)
	}
	for i, e := range p.ends {
		if names := worthTelling(held[i].ignored); !term.json && len(names) > 0 {
			_, _ = fmt.Fprintf(term.err, "%s: %s\n", e, ignoredLine(names))
		}
		has = append(has, held[i].classes...)
	}
	only, err := c.only()
	if err != nil || only != nil {
		return only, err
	}
	classes := slices.DeleteFunc(slices.Clone(syncOrder), func(c dataclass.Class) bool {
		return !slices.Contains(has, c) || !p.binding.Synchronizes(c)
	})
	return c.inBoth(term, p, held, classes), nil
}

// inBoth gives those of the dataclasses that both ends can hold, and says what is left out.
func (c *syncCmd) inBoth(term *terminal, p pair, held [2]holding, classes []dataclass.Class) []dataclass.Class {
	for i, e := range p.ends {
		if held[i].only == nil {
			continue
		}
		lacking := without(classes, held[i].only)
		if classes = without(classes, lacking); len(lacking) > 0 && !term.json {
			_, _ = fmt.Fprintf(term.err, "%s holds no %s: what %s has of that stays there\n", e, joined(lacking), p.ends[1-i])
		}
	}
	return classes
}

// whom explains that somebody else is at work.
func whom(err error) error {
	switch {
	case errors.Is(err, engine.ErrBusy):
		return fmt.Errorf("%w; try again when that is done", err)
	case errors.Is(err, sources.ErrBusy):
		return fmt.Errorf("%w; try again later", err)
	}
	return err
}
