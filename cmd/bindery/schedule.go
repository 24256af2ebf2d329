package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
)

// scheduleCmd is "bindery schedule".
type scheduleCmd struct {
	List scheduleListCmd `cmd:"" default:"withargs" help:"List when bindings are synchronised, and how that went."`
	Add  scheduleAddCmd  `cmd:"" help:"Have a binding synchronised at an interval, or at times as cron writes them."`
	Set  scheduleSetCmd  `cmd:"" help:"Change a schedule; what is not named stays."`
	Run  scheduleRunCmd  `cmd:"" help:"Have a schedule run now, by the server; its own times stay."`
	Rm   scheduleRmCmd   `cmd:"" help:"Remove a schedule."`
}

type scheduleListCmd struct {
	Binding int64 `help:"Only those of that binding." placeholder:"ID"`
}

// Run lists the schedules by account, in the order in which they were made.
func (c *scheduleListCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.visit(ctx, quiet(term), func(h *house) error {
		t := newListing(term, "ID", "BINDING", "CLASS", "WHEN", "NEXT", "LAST", "OUTCOME", "FAILURES", "WHY")
		err := h.each(ctx, func(a bindings.Account) error {
			list, err := h.bindings.Schedules(ctx, a.ID)
			if err != nil {
				return err
			}
			states, err := h.bindings.StartStates(ctx, a.ID, c.Binding)
			for _, s := range list {
				if c.Binding != 0 && s.Binding != c.Binding {
					continue
				}
				v := scheduleJSON(s, states, a.Name)
				t.row(v, strconv.FormatInt(s.ID, 10), strconv.FormatInt(s.Binding, 10), v.Class, whenOf(s.Timing), stamp(v.Next), stamp(v.Last),
					v.Outcome, strconv.Itoa(v.Failures), v.Why)
			}
			return err
		})
		return t.flush(err)
	})
}

// whenOf says in a few words when a schedule is due.
func whenOf(t bindings.Timing) string {
	text := t.Cron
	if text == "" {
		text = "every " + t.Every.String()
	}
	if t.QuietFrom != "" {
		text += ", quiet " + t.QuietFrom + "-" + t.QuietTo
	}
	if t.Zone != "" {
		text += ", " + t.Zone
	}
	return text
}

// timing are the options that say when.
type timing struct {
	Every  *time.Duration `help:"The interval, such as 30m or 6h." placeholder:"TIME"`
	Cron   *string        `help:"Minute, hour, day of the month, month and day of the week, as in crontab(5)." placeholder:"FIELDS"`
	Class  *string        `help:"Only that dataclass: Contacts, Events, Tasks or Notes; empty is all." placeholder:"CLASS"`
	Quiet  *string        `help:"Hours in which nothing is begun, such as 22:00-06:30; empty is none." placeholder:"FROM-TO"`
	Jitter *time.Duration `help:"Delay each run by up to that, so that not all begin at the same second." placeholder:"TIME"`
	Zone   *string        `help:"Time zone of --cron and --quiet, such as Europe/Vienna (default: that of the account)." placeholder:"ZONE"`
}

// change puts what was named into a Timing. One of an interval and an expression takes the place of the other.
func (c timing) change(t bindings.Timing) (bindings.Timing, error) {
	if c.Every != nil {
		t.Every, t.Cron = *c.Every, ""
	}
	if c.Cron != nil {
		t.Cron = *c.Cron
		if c.Every == nil {
			t.Every = 0
		}
	}
	if c.Class != nil {
		t.Class = dataclass.Class(*c.Class)
	}
	if c.Quiet != nil {
		from, to, ok := strings.Cut(*c.Quiet, "-")
		if !ok && *c.Quiet != "" {
			return t, usagef("schedule: --quiet %s: write it like 22:00-06:30", *c.Quiet)
		}
		t.QuietFrom, t.QuietTo = from, to
	}
	if c.Jitter != nil {
		t.Jitter = *c.Jitter
	}
	if c.Zone != nil {
		t.Zone = *c.Zone
	}
	return t, nil
}

type scheduleAddCmd struct {
	Binding int64 `arg:"" name:"binding" help:"The binding's number."`
	timing
}

// Run makes a schedule. A server that runs beside it follows it at once.
func (c *scheduleAddCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.visit(ctx, quiet(term), func(h *house) error {
		b, err := h.binding(ctx, c.Binding)
		if err != nil {
			return err
		}
		t, err := c.change(bindings.Timing{Binding: b.ID})
		if err != nil {
			return err
		}
		s, err := h.bindings.CreateSchedule(ctx, b.Owner, t)
		return saySchedule(ctx, term, h, s, "added", err)
	})
}

type scheduleSetCmd struct {
	ID int64 `arg:"" name:"id" help:"The schedule's number."`
	timing
}

// Run changes a schedule.
func (c *scheduleSetCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.visit(ctx, quiet(term), func(h *house) error {
		s, err := h.schedule(ctx, c.ID)
		if err != nil {
			return err
		}
		t, err := c.change(s.Timing)
		if err != nil {
			return err
		}
		s, err = h.bindings.ChangeSchedule(ctx, s.Owner, s.ID, t)
		return saySchedule(ctx, term, h, s, "changed", err)
	})
}

type scheduleRunCmd struct {
	ID int64 `arg:"" name:"id" help:"The schedule's number."`
}

// Run makes a schedule due.
func (c *scheduleRunCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.visit(ctx, quiet(term), func(h *house) error {
		s, err := h.schedule(ctx, c.ID)
		if err == nil {
			err = h.bindings.RunSchedule(ctx, s.Owner, s.ID)
		}
		return saySchedule(ctx, term, h, s, "made due", err)
	})
}

type scheduleRmCmd struct {
	ID int64 `arg:"" name:"id" help:"The schedule's number."`
}

// Run removes a schedule, for good. Its binding stays.
func (c *scheduleRmCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.visit(ctx, quiet(term), func(h *house) error {
		s, err := h.schedule(ctx, c.ID)
		if err != nil {
			return err
		}
		v := scheduleJSON(s, nil, h.nameOf(ctx, s.Owner))
		if err := h.bindings.RemoveSchedule(ctx, s.Owner, s.ID); err != nil {
			return err
		}
		return term.say(v, "removed schedule %d\n", s.ID)
	})
}

// saySchedule prints what became of a schedule, and when it is due.
func saySchedule(ctx context.Context, term *terminal, h *house, s bindings.Schedule, done string, err error) error {
	if err != nil {
		return err
	}
	states, err := h.bindings.StartStates(ctx, s.Owner, s.Binding)
	if err != nil {
		return err
	}
	v := scheduleJSON(s, states, h.nameOf(ctx, s.Owner))
	next := "never"
	if !v.Next.IsZero() {
		next = stamp(v.Next)
	}
	return term.say(v, "%s schedule %d of binding %d: %s; next: %s\n", done, s.ID, s.Binding, whenOf(s.Timing), next)
}

// schedule finds a schedule in all accounts.
func (h *house) schedule(ctx context.Context, id int64) (bindings.Schedule, error) {
	var found bindings.Schedule
	err := h.each(ctx, func(a bindings.Account) error {
		s, err := h.bindings.Schedule(ctx, a.ID, id)
		if errors.Is(err, bindings.ErrNotFound) {
			return nil
		}
		found = s
		return err
	})
	if err == nil && found.ID == 0 {
		err = fmt.Errorf("there is no schedule %d", id)
	}
	return found, err
}

type jsonSchedule struct {
	ID       int64     `json:"id" says:"the schedule's number"`
	Account  string    `json:"account" says:"whose it is"`
	Binding  int64     `json:"binding" says:"the binding that it synchronises"`
	Class    string    `json:"dataclass,omitempty" says:"the dataclass; missing for all"`
	Every    int64     `json:"every_seconds,omitempty" says:"the interval"`
	Cron     string    `json:"cron,omitempty" says:"or when, as cron writes it"`
	Quiet    string    `json:"quiet,omitempty" says:"hours in which nothing is begun"`
	Jitter   int64     `json:"jitter_seconds,omitempty" says:"by how much a run may be delayed"`
	Zone     string    `json:"zone,omitempty" says:"the time zone; missing for that of the account"`
	Running  bool      `json:"running" says:"it runs now"`
	Paused   bool      `json:"paused" says:"it waits until a Sync Client is signed in anew"`
	Next     time.Time `json:"next,omitzero" says:"when it is due, or tried again"`
	Last     time.Time `json:"last,omitzero" says:"when it began last"`
	Outcome  string    `json:"outcome,omitempty" says:"how that ended: done, held, alerted, failed, skipped or paused"`
	Failures int       `json:"failures" says:"how often it failed in a row"`
	Why      string    `json:"why,omitempty" says:"a sentence on the outcome"`
}

func scheduleJSON(s bindings.Schedule, states []bindings.StartState, account string) jsonSchedule {
	v := jsonSchedule{
		ID: s.ID, Account: account, Binding: s.Binding, Class: string(s.Class), Every: int64(s.Every / time.Second), Cron: s.Cron,
		Jitter: int64(s.Jitter / time.Second), Zone: s.Zone,
	}
	if s.QuietFrom != "" {
		v.Quiet = s.QuietFrom + "-" + s.QuietTo
	}
	i := slices.IndexFunc(states, func(x bindings.StartState) bool { return x.Schedule == s.ID })
	if i >= 0 {
		x := states[i]
		v.Running, v.Paused, v.Next, v.Last, v.Outcome, v.Failures, v.Why = x.Running, x.Paused, utc(x.Next), utc(x.Last), x.Outcome, x.Failures, x.Why
	}
	return v
}
