package dataclass

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Range narrows which items are sent to a client, never which are known (docs/engine.md 3.5). The zero
// Range holds everything.
type Range struct {
	// From and To bound the events: one that is over at From, or begins at To or later, is outside. A zero
	// time is no bound.
	From, To time.Time
	// Category, where not empty, is one that an item must have. Case does not matter.
	Category string
}

// IsZero reports whether the range holds everything.
func (r Range) IsZero() bool { return r.From.IsZero() && r.To.IsZero() && r.Category == "" }

// And gives the range of what both hold. Of two categories the receiver's counts.
func (r Range) And(o Range) Range {
	if o.From.After(r.From) {
		r.From = o.From
	}
	if r.To.IsZero() || !o.To.IsZero() && o.To.Before(r.To) {
		r.To = o.To
	}
	if r.Category == "" {
		r.Category = o.Category
	}
	return r
}

// Holds reports whether the range holds an item. What has no categories, such as a note, is in every one.
func (r Range) Holds(it *Item) bool {
	return it.Within(r.From, r.To) && (r.Category == "" || it.inCategory(r.Category))
}

// Within reports whether an item takes place between from and to: an event that is not over at from and
// begins before to, or any occurrence of a series that does. Days and floating times are taken to be in the
// location of from. A zero time is no bound. An item of another dataclass, an event without a beginning, and
// one whose rule cannot be expanded are within every range: nothing is kept from a user because it is odd.
func (it *Item) Within(from, to time.Time) bool {
	e, err := AsEvent(it)
	if err != nil || from.IsZero() && to.IsZero() || e.Start().Time.IsZero() {
		return true
	}
	if from.IsZero() {
		from = time.Date(1, 1, 1, 0, 0, 0, 0, to.Location())
	}
	if to.IsZero() {
		to = time.Date(9999, 1, 1, 0, 0, 0, 0, from.Location())
	}
	list, err := e.Occurrences(from, to, 1)
	return len(list) > 0 || err != nil
}

// inCategory reports whether an item has a category, or cannot have any.
func (it *Item) inCategory(name string) bool {
	var list []string
	if c, err := AsContact(it); err == nil {
		list = c.Categories()
	} else if e, err := AsEvent(it); err == nil {
		list = e.Categories()
	} else if t, err := AsTask(it); err == nil {
		list = t.Categories()
	} else {
		return true
	}
	return slices.ContainsFunc(list, func(c string) bool { return strings.EqualFold(strings.TrimSpace(c), name) })
}

// rangeDay is how a bound is printed: ranges are made of days.
const rangeDay = time.RFC3339

// String gives the range as ParseRange reads it; "" for the zero Range.
func (r Range) String() string {
	if r.IsZero() {
		return ""
	}
	day := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.Format(rangeDay)
	}
	return day(r.From) + "/" + day(r.To) + "/" + r.Category
}

// ParseRange reads what String printed.
func ParseRange(s string) (Range, error) {
	if s == "" {
		return Range{}, nil
	}
	parts := strings.SplitN(s, "/", 3)
	if len(parts) != 3 {
		return Range{}, fmt.Errorf("range %.64q: wanted from/to/category", s)
	}
	r := Range{Category: parts[2]}
	for i, at := range []*time.Time{&r.From, &r.To} {
		if parts[i] == "" {
			continue
		}
		t, err := time.Parse(rangeDay, parts[i])
		if err != nil {
			return Range{}, fmt.Errorf("range %.64q: %w", s, err)
		}
		*at = t.UTC()
	}
	return r, nil
}
