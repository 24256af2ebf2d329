package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/engine"
)

// holdCmd is "bindery hold".
type holdCmd struct {
	List    holdListCmd    `cmd:"" default:"withargs" help:"List the plans that wait for a decision, or were decided and not carried out yet."`
	Show    holdShowCmd    `cmd:"" help:"Say in plain words what a plan holds, and name its items."`
	Approve holdApproveCmd `cmd:"" help:"Let exactly what a plan holds through: the next sync carries it out. A plan is decided as a whole."`
	Reject  holdRejectCmd  `cmd:"" help:"Send what a plan holds back to where it came from, in the next sync."`
}

type jsonHeldItem struct {
	Side  string `json:"side" says:"the side that deleted or changed it: source or target"`
	Item  string `json:"item" says:"its name there"`
	Title string `json:"title" says:"what a person calls it"`
	Verb  string `json:"verb" says:"delete or replace"`
	Why   string `json:"why" says:"what was too much"`
}

type jsonHold struct {
	Plan    string         `json:"plan" says:"what it is named by"`
	Account string         `json:"account" says:"whose it is"`
	Binding int64          `json:"binding" says:"the binding's number"`
	Class   string         `json:"dataclass" says:"the dataclass"`
	State   string         `json:"state" says:"open, approved, rejected or done"`
	Made    time.Time      `json:"made,omitzero" says:"when it was held"`
	Decided time.Time      `json:"decided,omitzero" says:"when somebody decided"`
	Slow    bool           `json:"slow" says:"it is about a whole slow sync, and holds no item"`
	Mark    string         `json:"mark" says:"changes when what waits does; for --seen"`
	Held    []jsonHeldItem `json:"held" says:"what waits"`
}

func holdJSON(p bindings.Plan, account string) jsonHold {
	v := jsonHold{p.ID, account, p.Binding, string(p.Class), p.State, utc(p.Made), utc(p.Decided), p.Slow, p.Mark, []jsonHeldItem{}}
	for _, h := range p.Held {
		v.Held = append(v.Held, jsonHeldItem{h.Side, string(h.Item), h.Title, h.Verb, h.Why})
	}
	return v
}

type holdListCmd struct {
	Binding int64 `help:"Only that binding." placeholder:"ID"`
}

// Run lists the plans of all accounts, the newest first.
func (c *holdListCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.found().visit(ctx, quiet(term), func(h *house) error {
		if err := h.knowsBinding(ctx, c.Binding); err != nil {
			return err
		}
		names := make(map[string]string)
		var all []bindings.Plan
		err := h.each(ctx, func(a bindings.Account) error {
			names[a.ID] = a.Name
			list, err := h.bindings.Plans(ctx, a.ID, c.Binding)
			all = append(all, list...)
			return err
		})
		if err != nil {
			return err
		}
		slices.SortStableFunc(all, func(a, b bindings.Plan) int { return cmp.Compare(b.Made.UnixMicro(), a.Made.UnixMicro()) })
		if len(all) == 0 {
			term.aside("nothing is held\n")
			return nil
		}
		t := newListing(term, "PLAN", "SINCE", "ACCOUNT", "BINDING", "DATACLASS", "STATE", "DELETED", "CHANGED")
		for _, plan := range all {
			gone := held(plan, "delete")
			t.row(holdJSON(plan, names[plan.Owner]), plan.ID, stamp(plan.Made), names[plan.Owner], strconv.FormatInt(plan.Binding, 10),
				string(plan.Class), plan.State, strconv.Itoa(gone), strconv.Itoa(len(plan.Held)-gone))
		}
		return t.flush(nil)
	})
}

// held counts the items of a plan that a verb is about.
func held(plan bindings.Plan, verb string) int {
	n := 0
	for _, h := range plan.Held {
		if h.Verb == verb {
			n++
		}
	}
	return n
}

// plan finds a plan in all accounts.
func (h *house) plan(ctx context.Context, id string) (bindings.Plan, error) {
	var found bindings.Plan
	err := h.each(ctx, func(a bindings.Account) error {
		p, err := h.bindings.Plan(ctx, a.ID, id)
		if err == nil {
			found = p
		} else if errors.Is(err, bindings.ErrNotFound) {
			err = nil
		}
		return err
	})
	if err == nil && found.ID == "" {
		err = fmt.Errorf("there is no held plan %q; \"bindery hold list\" shows them", id)
	}
	return found, err
}

type holdShowCmd struct {
	Plan string `arg:"" help:"The plan, as the list names it."`
}

// Run explains a plan.
func (c *holdShowCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.found().visit(ctx, quiet(term), func(h *house) error {
		plan, err := h.plan(ctx, c.Plan)
		if err != nil {
			return err
		}
		if term.json {
			return term.line(holdJSON(plan, h.nameOf(ctx, plan.Owner)))
		}
		if err := explainPlan(ctx, term, h, plan); err != nil || plan.State == "done" {
			return err
		}
		term.printf("to let through just this: bindery hold approve %s --seen %s\n", plan.ID, plan.Mark)
		return nil
	})
}

// explainPlan says in plain words what a plan holds, and names its items.
func explainPlan(ctx context.Context, term *terminal, h *house, plan bindings.Plan) error {
	ends, err := h.endsOf(ctx, plan)
	if err != nil {
		return err
	}
	term.printf("plan %s of binding %d, %s, account %s, since %s: %s\n", plan.ID, plan.Binding, plan.Class,
		h.nameOf(ctx, plan.Owner), stamp(plan.Made), plan.State)
	if plan.Slow {
		term.printf("%s\n", slowSentence)
	}
	for _, side := range []engine.Side{engine.Source, engine.Target} {
		for _, line := range sentences(plan.Held, side.String(), ends[side], ends[side.Other()]) {
			term.printf("%s\n", line)
		}
	}
	return listHeld(term, plan)
}

// slowSentence says what a plan of a slow sync is about.
const slowSentence = "This would be a slow sync: all items of both sides are compared anew. It begins when the plan is approved."

// listHeld names every item of a plan.
func listHeld(term *terminal, plan bindings.Plan) error {
	if len(plan.Held) == 0 {
		return nil
	}
	t := newTable(term, "ON", "WAS", "ITEM", "TITLE")
	for _, i := range plan.Held {
		t.row(i.Side, strings.TrimSuffix(i.Verb, "e")+"ed", strconv.Quote(string(i.Item)), visible(i.Title))
	}
	return t.flush(nil)
}

// endsOf names the two sides of a plan's binding as a person knows them.
func (h *house) endsOf(ctx context.Context, plan bindings.Plan) ([2]end, error) {
	var ends [2]end
	b, err := h.bindings.Binding(ctx, plan.Owner, plan.Binding)
	if errors.Is(err, bindings.ErrNotFound) {
		return [2]end{{given: "the source"}, {given: "the target"}}, nil
	}
	if err != nil {
		return ends, err
	}
	for i, id := range []string{b.Source, b.Target} {
		c, err := h.bindings.Client(ctx, plan.Owner, id)
		if err != nil {
			return ends, err
		}
		ends[i].given = fmt.Sprintf("%s (%s)", visible(cmp.Or(c.Title, c.DeviceID, c.ID)), c.Kind)
	}
	return ends, nil
}

type holdApproveCmd struct {
	asSeen
	Plan []string `arg:"" help:"Plans, as the list names them."`
}

// Run approves the plans, whoever they belong to.
func (c *holdApproveCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.decidePlans(ctx, term, c.asSeen, c.Plan, "approved", (*bindings.Store).Approve)
}

type holdRejectCmd struct {
	asSeen
	Plan []string `arg:"" help:"Plans, as the list names them."`
}

// Run rejects the plans, whoever they belong to.
func (c *holdRejectCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.decidePlans(ctx, term, c.asSeen, c.Plan, "rejected", (*bindings.Store).Reject)
}

// A ruling decides a plan if it still has the mark that was seen.
type ruling func(s *bindings.Store, ctx context.Context, owner, id, seen string) error

// decidePlans decides plans, each as it was shown; one that there is not stops it before anything was decided.
func (p place) decidePlans(ctx context.Context, term *terminal, see asSeen, ids []string, what string, do ruling) error {
	if err := see.about(len(ids)); err != nil {
		return err
	}
	return p.found().visit(ctx, quiet(term), func(h *house) error {
		var plans []bindings.Plan
		for _, id := range ids {
			plan, err := h.plan(ctx, id)
			if err != nil {
				return err
			}
			plans = append(plans, plan)
		}
		for _, plan := range plans {
			if err := h.decidePlan(ctx, term, see, plan, what, do); err != nil {
				return err
			}
		}
		return nil
	})
}

// decidePlan decides one plan, for what it held when it was read.
func (h *house) decidePlan(ctx context.Context, term *terminal, see asSeen, plan bindings.Plan, what string, do ruling) error {
	gone := held(plan, "delete")
	sum := fmt.Sprintf("plan %s: %d deletions and %d changes", plan.ID, gone, len(plan.Held)-gone)
	mark, err := see.agreed(term, plan.Mark, sum+" would be "+what, func() error { return explainPlan(ctx, term, h, plan) })
	if err != nil {
		return err
	}
	if err := do(h.bindings, ctx, plan.Owner, plan.ID, mark); err != nil {
		return err
	}
	now, err := h.bindings.Plan(ctx, plan.Owner, plan.ID)
	if err != nil {
		return err
	}
	return term.say(holdJSON(now, h.nameOf(ctx, plan.Owner)), "%s %s; the next sync of binding %d carries that out\n", what, sum, plan.Binding)
}
