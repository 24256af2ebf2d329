package main

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
)

// bindingSetCmd is "bindery binding set".
type bindingSetCmd struct {
	ID         int64  `arg:"" name:"id" help:"The binding's number."`
	Conflict   string `help:"Whose value stands where both changed the same." enum:"source,target," default:""`
	DeleteWins *bool  `help:"An item that one side deletes and the other edits is deleted." negatable:""`

	RemoveTwins *bool `help:"A slow sync keeps one of items of a side that say exactly the same." negatable:""`

	Direction string   `help:"Which sides are written: both (two-way), or only one of them (to-target, to-source); what changes on the one that is written stays there." enum:"two-way,to-target,to-source," default:""`
	Classes   []string `help:"The dataclasses that are synchronised, with commas between them; all is what both clients have." placeholder:"CLASS"`
	AskSlow   *bool    `help:"Hold every slow sync after the first until somebody approves of it." negatable:""`
	OnChange  *bool    `help:"Have the server synchronise soon after a datastore on one side changed; a phone on the other is asked to come." negatable:""`

	Side        string  `help:"The side whose filter is meant; by default the phone's." enum:"source,target," default:""`
	Class       string  `help:"The dataclass that a category is for." default:"Events" placeholder:"CLASS"`
	EventsBack  *int    `help:"Send that side events of so many days before today; 0 is all." placeholder:"DAYS"`
	EventsAhead *int    `help:"Send that side events of so many days after today; 0 is all." placeholder:"DAYS"`
	Category    *string `help:"Send that side only items of that category; empty is all." placeholder:"NAME"`
}

// Run changes what was named, and prints what the binding does then.
func (c *bindingSetCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.visit(ctx, quiet(term), func(h *house) error {
		b, err := h.binding(ctx, c.ID)
		if err != nil {
			return err
		}
		change := bindings.Change{DeleteWins: c.DeleteWins, RemoveTwins: c.RemoveTwins, AskSlow: c.AskSlow, OnChange: c.OnChange, Classes: wantedClasses(c.Classes)}
		if c.Conflict != "" {
			change.Winner = &c.Conflict
		}
		if d := bindings.Direction(c.Direction); d != "" {
			change.Direction = &d
		}
		if change.Filters, err = c.filter(ctx, h, b); err != nil {
			return err
		}
		if !reflect.ValueOf(change).IsZero() {
			if b, err = h.bindings.Change(ctx, b.Owner, b.ID, change); err != nil {
				return err
			}
		}
		return showBinding(ctx, term, h, b)
	})
}

// wantedClasses are the dataclasses that the command line names, nil for none.
func wantedClasses(names []string) *[]dataclass.Class {
	if len(names) == 0 {
		return nil
	}
	classes := []dataclass.Class{}
	for _, n := range names {
		if n != "all" {
			classes = append(classes, dataclass.Class(n))
		}
	}
	return &classes
}

// filter is what the command line says of what one side is sent.
func (c *bindingSetCmd) filter(ctx context.Context, h *house, b bindings.Binding) ([]bindings.FilterChange, error) {
	if c.EventsBack == nil && c.EventsAhead == nil && c.Category == nil {
		return nil, nil
	}
	side, err := c.side(h, b)
	if err != nil {
		return nil, err
	}
	class, err := dataclass.ParseClass(c.Class)
	if err != nil {
		return nil, usagef("binding set: --class %s: there are Contacts, Events, Tasks and Notes", c.Class)
	}
	list, err := h.bindings.Filters(ctx, b.Owner, b.ID, class)
	if err != nil {
		return nil, err
	}
	f := list[side]
	if c.EventsBack != nil {
		f.Back = *c.EventsBack
	}
	if c.EventsAhead != nil {
		f.Ahead = *c.EventsAhead
	}
	if c.Category != nil {
		f.Category = *c.Category
	}
	return []bindings.FilterChange{{Side: side, Class: class, Filter: f}}, nil
}

// side gives the side that a filter is for.
func (c *bindingSetCmd) side(h *house, b bindings.Binding) (engine.Side, error) {
	for s, name := range b.Kinds {
		k, err := h.kinds.Kind(name)
		if c.Side == engine.Side(s).String() || c.Side == "" && err == nil && k.Caps.Deferred {
			return engine.Side(s), nil
		}
	}
	return 0, usagef("binding set: say with --side whether the filter is for the source or the target")
}

// showBinding prints what a binding does, a line for each option.
func showBinding(ctx context.Context, term *terminal, h *house, b bindings.Binding) error {
	if term.json {
		return term.line(bindingJSON(b, h.nameOf(ctx, b.Owner)))
	}
	yes := map[bool]string{true: "yes", false: "no"}
	term.printf("binding %d\nconflict: %s\ndelete wins: %s\nremove twins: %s\n", b.ID, b.Winner, yes[b.DeleteWins], yes[b.RemoveTwins])
	term.printf("direction: %s\nask before a slow sync: %s\non change: %s\ndataclasses: %s\n", b.Direction, yes[b.AskSlow], yes[b.OnChange], classNames(b.Classes))
	if err := showWithheld(ctx, term, h, b); err != nil {
		return err
	}
	for _, class := range syncOrder {
		list, err := h.bindings.Filters(ctx, b.Owner, b.ID, class)
		if err != nil {
			return err
		}
		for s, f := range list {
			if f != (bindings.Filter{}) {
				term.printf("%s to %s: %s\n", class, engine.Side(s), filterText(f))
			}
		}
	}
	return nil
}

// classNames says which dataclasses a binding synchronises.
func classNames(list []dataclass.Class) string {
	if len(list) == 0 {
		return "all"
	}
	names := make([]string, len(list))
	for i, c := range list {
		names[i] = string(c)
	}
	return strings.Join(names, ", ")
}

// showWithheld says how much a side is not told because the binding goes one way.
func showWithheld(ctx context.Context, term *terminal, h *house, b bindings.Binding) error {
	held, err := h.bindings.Withheld(ctx, b.Owner, b.ID)
	for _, class := range slices.Sorted(maps.Keys(held)) {
		term.printf("withheld: %d %s\n", held[class], class)
	}
	return err
}

// filterText says what a filter lets through.
func filterText(f bindings.Filter) string {
	var parts []string
	if f.Back > 0 {
		parts = append(parts, fmt.Sprintf("%d days back", f.Back))
	}
	if f.Ahead > 0 {
		parts = append(parts, fmt.Sprintf("%d days ahead", f.Ahead))
	}
	if f.Category != "" {
		parts = append(parts, fmt.Sprintf("category %q", f.Category))
	}
	return strings.Join(parts, ", ")
}
