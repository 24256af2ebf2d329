package atom

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/bindery-sync/bindery/atom/pages"
	"github.com/bindery-sync/bindery/bindings"
)

const (
	holdsPath = "/v2/syncengine/holds/"
	// heldFirst is how many held items everybody sees, heldFolded how many are behind a fold.
	heldFirst, heldFolded = 10, 200
)

// holdPages are the pages of held plans.
func (a *api) holdPages() map[string]page {
	return map[string]page{
		"/v2/syncengine/holds": {show: a.showHolds},
		"/v2/syncengine/holds/{plan:[A-Za-z0-9-]+}": {show: a.showHold, forms: map[string]former{
			"approve": a.formApprove, "reject": a.formReject,
		}},
	}
}

// showHolds answers GET /v2/syncengine/holds/ for people.
func (a *api) showHolds(r *http.Request) (pages.View, error) {
	list, err := a.Matters.Plans(r.Context(), callerOf(r).ID, 0)
	if err != nil {
		return nil, err
	}
	names, err := a.sideNames(r)
	if err != nil {
		return nil, err
	}
	var v pages.Holds
	for _, p := range list {
		v.Plans = append(v.Plans, holdView(p, names.of(p.Binding), false))
	}
	return v, nil
}

// showHold answers GET /v2/syncengine/holds/ID for people.
func (a *api) showHold(r *http.Request) (pages.View, error) {
	p, err := a.Matters.Plan(r.Context(), callerOf(r).ID, pathWord(r, "plan"))
	if err != nil {
		return nil, unknown(err, errUnknownHold)
	}
	names, err := a.sideNames(r)
	if err != nil {
		return nil, err
	}
	return holdView(p, names.of(p.Binding), r.URL.Query().Get("show") == "all"), nil
}

// holdView says what a plan holds. All says that no item is left out.
func holdView(p bindings.Plan, sides [2]string, all bool) pages.Hold {
	v := pages.Hold{
		ID: p.ID, Path: holdsPath + urlWord(p.ID), Binding: p.Binding, Of: sides[0] + " ↔ " + sides[1], BindingPath: bindingPath(p.Binding),
		Class: string(p.Class), State: p.State, Mark: p.Mark, Made: p.Made, Decided: p.Decided, Slow: p.Slow,
	}
	type kind struct{ side, verb, why string }
	groups := map[kind][]string{}
	var order []kind
	for _, h := range p.Held {
		k := kind{h.Side, h.Verb, h.Why}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], firstOf(h.Title, string(h.Item)))
	}
	for _, k := range order {
		here, there := sides[0], sides[1]
		if k.side == bindings.WinnerTarget {
			here, there = there, here
		}
		g := heldGroup(k.verb, k.why, here, there, len(groups[k]))
		fold(&g, groups[k], all)
		g.MorePath = v.Path + "?show=all"
		v.Groups = append(v.Groups, g)
	}
	return v
}

// heldGroup says what would become of n items that one side, here, deleted or changed.
func heldGroup(verb, why, here, there string, n int) pages.HeldGroup {
	items, them := "items", "them"
	if n == 1 {
		items, them = "item", "it"
	}
	if verb == "delete" {
		return pages.HeldGroup{
			Sentence: fmt.Sprintf("%d %s would be deleted on %s, because %s deleted %s: %s.", n, items, there, here, them, why),
			Approved: fmt.Sprintf("%d %s will be deleted on %s, and kept in the history.", n, items, there),
			Rejected: fmt.Sprintf("%s gets %s back.", here, them),
		}
	}
	return pages.HeldGroup{
		Sentence: fmt.Sprintf("%d %s would be changed on %s, because %s changed %s: %s.", n, items, there, here, them, why),
		Approved: fmt.Sprintf("%s gets the changes; what it has now is kept in the history.", there),
		Rejected: fmt.Sprintf("%s gets what %s has; its own changes are kept in the history.", here, there),
	}
}

// fold puts the names of items where they are shown.
func fold(g *pages.HeldGroup, names []string, all bool) {
	g.First, g.Rest = names[:min(len(names), heldFirst)], names[min(len(names), heldFirst):]
	if !all && len(g.Rest) > heldFolded {
		g.Rest, g.More = g.Rest[:heldFolded], len(g.Rest)-heldFolded
	}
}

// formApprove approves a plan.
func (a *api) formApprove(r *http.Request, f url.Values) (done, error) {
	return a.formHold(r, f, "approved", pages.HoldApproved, a.Matters.Approve)
}

// formReject rejects a plan.
func (a *api) formReject(r *http.Request, f url.Values) (done, error) {
	return a.formHold(r, f, "rejected", pages.HoldRejected, a.Matters.Reject)
}

// formHold decides a plan, unless it is not any more what the person saw who sent the form. Want is the state that he
// wants: who sends a form twice has decided once.
func (a *api) formHold(r *http.Request, f url.Values, want string, say pages.Notice, decide func(ctx context.Context, owner, id, seen string) error) (done, error) {
	owner, id := callerOf(r).ID, pathWord(r, "plan")
	p, err := a.Matters.Plan(r.Context(), owner, id)
	if err != nil {
		return done{}, unknown(err, errUnknownHold)
	}
	here := done{path: holdsPath + urlWord(id), notice: pages.Meanwhile}
	state, mark, _ := strings.Cut(f.Get("seen"), ":")
	switch {
	case p.State != state && p.State != want:
		return here, nil
	case mark == "":
		here.notice = pages.PlanGrown
		return here, nil
	}
	err = decide(r.Context(), owner, id, mark)
	switch {
	case errors.Is(err, bindings.ErrInvalid):
		return here, nil
	case errors.Is(err, bindings.ErrChanged):
		here.notice = pages.PlanGrown
		return here, nil
	case err != nil:
		return done{}, unknown(err, errUnknownHold)
	}
	here.notice = say
	return here, nil
}

// sideNames are what the sides of an owner's bindings are called, by the number of the binding.
type sideNames map[int64][2]string

// sideNames gives the names of the sides of all of the caller's bindings.
func (a *api) sideNames(r *http.Request) (sideNames, error) {
	known, _, err := a.parties(r.Context(), callerOf(r).ID)
	if err != nil {
		return nil, err
	}
	list, err := a.Bindings.Bindings(r.Context(), callerOf(r).ID)
	if err != nil {
		return nil, err
	}
	out := sideNames{}
	for _, b := range list {
		sides := known.sides(b)
		out[b.ID] = [2]string{sides[0].Title, sides[1].Title}
	}
	return out, nil
}

// of gives the names of the sides of a binding, which may be removed.
func (n sideNames) of(binding int64) [2]string {
	if names, ok := n[binding]; ok {
		return names
	}
	return [2]string{"the source", "the target"}
}
