package bindings

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
)

// A FilterChange sets the filter of one side and dataclass; the zero Filter lifts it.
type FilterChange struct {
	Side   engine.Side
	Class  dataclass.Class
	Filter Filter
}

// A Change changes what a binding does. What is nil stays as it is.
type Change struct {
	// Winner is WinnerSource or WinnerTarget.
	Winner *string
	// Direction says which clients the syncs write.
	Direction *Direction
	// Classes are the dataclasses that are synchronised, of Contacts, Events, Tasks and Notes; an empty list means all
	// that both clients have.
	Classes *[]dataclass.Class
	// DeleteWins, RemoveTwins, AskSlow and OnChange are those of the Binding.
	DeleteWins, RemoveTwins, AskSlow, OnChange *bool
	// Filters are set one by one; those of sides and dataclasses that are not named stay.
	Filters []FilterChange
	// Seen, if not zero, is the Updated of the binding as whoever changes it saw it.
	Seen time.Time
}

// Change changes a binding, all of it or, where something makes no sense, nothing. A sync that has begun goes on as it
// began; the next one does as the binding says then. Nothing that a change leaves out of the syncs is deleted anywhere.
//
// It returns an ErrInvalid for a value that makes no sense, an ErrChanged if the binding was updated since it was Seen,
// and what Binding returns.
func (s *Store) Change(ctx context.Context, owner string, id int64, c Change) (Binding, error) {
	set, err := c.columns()
	if err != nil {
		return Binding{}, err
	}
	if len(set) > 0 {
		set["updated_at"] = s.updatedNow()
	}
	var out Binding
	err = s.db.Update(ctx, func(ctx context.Context, _ *gorm.DB) error {
		if err := s.seenBinding(ctx, owner, id, c.Seen); err != nil {
			return err
		}
		if len(set) > 0 {
			if err := s.updateBinding(ctx, owner, id, set); err != nil {
				return err
			}
		}
		for _, f := range c.Filters {
			if err := s.SetFilter(ctx, owner, id, f.Side, f.Class, f.Filter); err != nil {
				return err
			}
		}
		var err error
		out, err = s.Binding(ctx, owner, id)
		return err
	})
	if err != nil {
		return Binding{}, fmt.Errorf("change binding: %w", err)
	}
	return out, nil
}

// updatedNow is the time of a change for its row: no two changes of a binding look alike.
func (s *Store) updatedNow() any { return gorm.Expr("max(?, updated_at + 1)", micros(s.now())) }

// seenBinding returns an ErrChanged for a binding that was updated since it was seen.
func (s *Store) seenBinding(ctx context.Context, owner string, id int64, seen time.Time) error {
	if seen.IsZero() {
		return nil
	}
	b, err := s.Binding(ctx, owner, id)
	if err == nil && !b.Updated.Equal(seen) {
		err = fault(ErrChanged, "binding %d was changed meanwhile; look again", id)
	}
	return err
}

// columns are what is to be written.
func (c Change) columns() (map[string]any, error) {
	set := make(map[string]any)
	if c.Winner != nil {
		if err := checkWinner(*c.Winner); err != nil {
			return nil, err
		}
		set["conflict_winner"] = *c.Winner
	}
	if c.Direction != nil {
		if err := c.Direction.check(); err != nil {
			return nil, err
		}
		set["direction"] = string(*c.Direction)
	}
	if c.Classes != nil {
		list, err := classList(*c.Classes)
		if err != nil {
			return nil, err
		}
		set["classes"] = list
	}
	for name, flag := range map[string]*bool{"delete_wins": c.DeleteWins, "remove_twins": c.RemoveTwins, "ask_slow": c.AskSlow} {
		if flag != nil {
			set[name] = *flag
		}
	}
	if c.OnChange != nil {
		set["on_change"] = map[bool]string{true: onChangeYes, false: onChangeNo}[*c.OnChange]
	}
	return set, nil
}

// single are the dataclasses that a binding can be told to synchronise, in their order.
var single = []dataclass.Class{dataclass.Contacts, dataclass.Events, dataclass.Tasks, dataclass.Notes}

// classList writes dataclasses as they are stored: each once, in order; "" is all.
func classList(classes []dataclass.Class) (string, error) {
	for _, c := range classes {
		if !slices.Contains(single, c) {
			return "", fault(ErrInvalid, "a binding synchronises Contacts, Events, Tasks and Notes, not %.64q", string(c))
		}
	}
	var names []string
	for _, c := range single {
		if slices.Contains(classes, c) {
			names = append(names, string(c))
		}
	}
	if len(names) == len(single) {
		return "", nil
	}
	return strings.Join(names, ","), nil
}

// classesOf reads what classList wrote.
func classesOf(list string) []dataclass.Class {
	if list == "" {
		return nil
	}
	var out []dataclass.Class
	for name := range strings.SplitSeq(list, ",") {
		out = append(out, dataclass.Class(name))
	}
	return out
}

// Synchronizes reports whether a binding is told to synchronise a dataclass. A phone's database of events and tasks
// in one, a Calendar, is synchronised where both are: half of one cannot be.
func (b Binding) Synchronizes(class dataclass.Class) bool {
	if class == dataclass.Calendar {
		return b.Synchronizes(dataclass.Events) && b.Synchronizes(dataclass.Tasks)
	}
	return len(b.Classes) == 0 || slices.Contains(b.Classes, class)
}

// admits returns an ErrInvalid if a binding does not synchronise a dataclass.
func (b Binding) admits(class dataclass.Class) error {
	if b.Synchronizes(class) {
		return nil
	}
	return fault(ErrInvalid, "binding %d does not synchronise %s", b.ID, class)
}
