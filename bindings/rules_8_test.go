package bindings

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources/memory"
)

// crowd is a pair that holds n people in step.
func crowd(t testing.TB, n int, o pairOptions) *pair {
	t.Helper()
	o.batch = 50
	p := newPair(t, o)
	for i := range n {
		p.put(0, card(one(i)))
	}
	p.mustSync()
	return p
}

func one(i int) string { return fmt.Sprintf("P%04d", i) }

// removeMany deletes the first n people of a side.
func (p *pair) removeMany(side, from, to int) {
	p.t.Helper()
	for i := from; i < to; i++ {
		p.remove(side, one(i))
	}
}

func (p *pair) count() [2]int { return [2]int{len(p.items(0)), len(p.items(1))} }

// mustStand asks for a state of the last sync and the number of items on both sides.
func (p *pair) mustStand(e LogEntry, state string, left, right int) {
	p.t.Helper()
	if e.State != state || p.count() != [2]int{left, right} {
		p.t.Fatalf("state %s, plan %q, held %d, items %v; wanted %s, %d, %d", e.State, e.Plan, e.Held, p.count(), state, left, right)
	}
	if (e.State == engine.StateHeld) != (e.Plan != "") {
		p.t.Fatalf("state %s, plan %q", e.State, e.Plan)
	}
}

// The limits are those of the law: more than ten items and more than a fifth of the side.
func TestRule_8_1_HowManyDeletionsAreTooMany(t *testing.T) {
	for name, tc := range map[string]struct {
		all, gone int
		state     string
	}{
		"ten of ten":          {10, 10, engine.StateDone},
		"ten of twenty":       {20, 10, engine.StateDone},
		"eleven of twenty":    {20, 11, engine.StateHeld},
		"eleven of 55":        {55, 11, engine.StateDone},
		"eleven of 54":        {54, 11, engine.StateHeld},
		"twelve of 100":       {100, 12, engine.StateDone},
		"twenty of a hundred": {100, 20, engine.StateDone},
		"21 of a hundred":     {100, 21, engine.StateHeld},
		"all of a hundred":    {100, 100, engine.StateHeld},
	} {
		for side := range sideNames {
			t.Run(name+" "+sideNames[side], func(t *testing.T) {
				t.Parallel()
				p := crowd(t, tc.all, pairOptions{})
				p.removeMany(side, 0, tc.gone)
				e := p.mustSync()
				want := [2]int{tc.all - tc.gone, tc.all - tc.gone}
				if tc.state == engine.StateHeld {
					want[1-side] = tc.all
				}
				p.mustStand(e, tc.state, want[0], want[1])
			})
		}
	}
}

// Nothing is written, no link and no cursor moves, and the next sync is held under the same plan.
func TestRule_8_2_AHeldSyncWritesNothing(t *testing.T) {
	p := crowd(t, 60, pairOptions{})
	p.removeMany(0, 0, 40)
	p.edit(0, one(50), "NOTE:other change")
	p.put(1, card("New"))
	var before []string
	wrote := p.wrote
	first := p.mustSync()
	p.mustStand(first, engine.StateHeld, 20, 61)
	before = dump(t, p.db, append(leaseColumns, "finished_at", "started_at")...)
	again := p.mustSync()
	p.mustStand(again, engine.StateHeld, 20, 61)
	if p.wrote != wrote || again.Plan != first.Plan || first.Held != 40 || again.Held != 40 || first.Sides != [2]SideCounts{} {
		t.Errorf("first %+v, again %+v, wrote %v", first, again, p.wrote)
	}
	after := dump(t, p.db, append(leaseColumns, "finished_at", "started_at")...)
	after = slices.DeleteFunc(after, func(row string) bool { return slices.Contains(before, row) })
	if len(after) != 1 { // the log entry
		t.Errorf("a sync that is held wrote %d rows: %v", len(after), after)
	}
	plan, err := p.store.Plan(t.Context(), p.owner, first.Plan)
	if err != nil || len(plan.Held) != 40 || plan.State != "open" || plan.Held[0].Title != one(0) || plan.Held[0].Side != "source" {
		t.Errorf("plan %+v, %v", plan, err)
	}
}

// Approval lets exactly what was held through, and the rest of the sync with it.
func TestRule_8_2_ApprovalLetsThrough(t *testing.T) {
	for side := range sideNames {
		t.Run(sideNames[side], func(t *testing.T) {
			p := crowd(t, 60, pairOptions{})
			p.removeMany(side, 0, 40)
			e := p.mustSync()
			p.put(side, card("New"))
			p.ok(p.store.Approve(t.Context(), p.owner, e.Plan, ""))
			p.mustStand(p.mustSync(), engine.StateDone, 21, 21)
			if e := p.mustSync(); e.Sides != [2]SideCounts{} {
				t.Errorf("a sync of nothing did %+v", e)
			}
			if err := p.store.Approve(t.Context(), p.owner, e.Plan, ""); !errors.Is(err, ErrInvalid) {
				t.Errorf("approved twice: %v", err)
			}
		})
	}
}

// An item that changed since is not covered; what else is too much is held anew, and what was approved goes.
func TestRule_8_2_ApprovalCoversIDsAndRevisions(t *testing.T) {
	p := crowd(t, 100, pairOptions{})
	p.removeMany(0, 0, 30)
	first := p.mustSync()
	p.edit(1, one(0), "NOTE:edited since") // survives by 6.3
	p.removeMany(0, 30, 60)                // never shown to anybody
	p.ok(p.store.Approve(t.Context(), p.owner, first.Plan, ""))
	second := p.mustSync()
	p.mustStand(second, engine.StateHeld, 40, 71)
	if second.Plan == first.Plan || second.Held != 30 {
		t.Errorf("second %+v", second)
	}
	p.ok(p.store.Approve(t.Context(), p.owner, second.Plan, ""))
	p.mustStand(p.mustSync(), engine.StateDone, 41, 41)
	p.mustSync()
	if !p.has(0, one(0)) || !p.has(1, one(0)) {
		t.Error("the edit did not survive")
	}
}

func (p *pair) has(side int, name string) bool {
	for _, b := range p.items(side) {
		if nameOf(b) == name {
			return true
		}
	}
	return false
}

// An approval is bound to the deletion that was shown: a later one of the same item is another.
func TestRule_8_2_ApprovalIsBoundToTheRevision(t *testing.T) {
	p := crowd(t, 60, pairOptions{memory: [2]memory.Options{{ReuseIDs: true}}})
	p.removeMany(0, 0, 40)
	first := p.mustSync()
	p.ok(p.store.Approve(t.Context(), p.owner, first.Plan, ""))
	for i := range 40 { // the user restores all, and something deletes all again
		p.put(0, card(one(i)))
	}
	p.removeMany(0, 0, 40)
	second := p.mustSync()
	p.mustStand(second, engine.StateHeld, 20, 60)
	if second.Plan == first.Plan {
		t.Error("the old approval was taken for the new deletions")
	}
}

// A new plan replaces one that no longer says what would be done; the older one can still be approved.
func TestRule_8_2_OtherChangesDoNotVoidApproval(t *testing.T) {
	p := crowd(t, 60, pairOptions{})
	p.removeMany(0, 0, 40)
	first := p.mustSync()
	p.remove(0, one(40))
	second := p.mustSync()
	p.mustStand(second, engine.StateHeld, 19, 60)
	if second.Plan == first.Plan || second.Held != 41 {
		t.Errorf("first %+v, second %+v", first, second)
	}
	p.ok(p.store.Approve(t.Context(), p.owner, first.Plan, ""))
	p.mustStand(p.mustSync(), engine.StateDone, 19, 19)
	if list, err := p.store.Plans(t.Context(), p.owner, 0); err != nil || len(list) != 0 {
		t.Errorf("plans %+v, %v", list, err)
	}
}

// Rejection sends the items back to the side that deleted them.
func TestRule_8_2_RejectionSendsBack(t *testing.T) {
	p := crowd(t, 60, pairOptions{})
	want := p.prints(0)
	p.removeMany(1, 0, 40)
	e := p.mustSync()
	p.ok(p.store.Reject(t.Context(), p.owner, e.Plan, ""))
	p.mustStand(p.mustSync(), engine.StateDone, 60, 60)
	if !slices.Equal(want, p.prints(0)) || !slices.Equal(want, p.prints(1)) {
		t.Error("not what was there")
	}
	if e := p.mustSync(); e.Sides != [2]SideCounts{} {
		t.Errorf("a sync of nothing did %+v", e)
	}
	p.removeMany(1, 0, 40) // the rejection was for then
	p.mustStand(p.mustSync(), engine.StateHeld, 60, 20)
}

// A user who brings the items back needs nobody's approval.
func TestRule_8_2_RestoredItemsVoidThePlan(t *testing.T) {
	p := crowd(t, 60, pairOptions{})
	p.removeMany(0, 0, 40)
	p.mustSync()
	for i := range 40 {
		p.put(0, card(one(i)))
	}
	p.mustStand(p.mustSync(), engine.StateDone, 60, 60) // under new ids, but they are what they were
	for i := range 60 {
		if !p.has(0, one(i)) || !p.has(1, one(i)) {
			t.Fatalf("%s is lost", one(i))
		}
	}
}

func TestRule_8_1_BothSidesAgree(t *testing.T) {
	p := crowd(t, 60, pairOptions{})
	p.removeMany(0, 0, 40)
	p.removeMany(1, 0, 40)
	p.mustStand(p.mustSync(), engine.StateDone, 20, 20)
}

func TestRule_8_1_ARefreshIsObeyed(t *testing.T) {
	for _, mode := range []int{engine.RefreshFromClient, engine.RefreshFromServer} {
		p := crowd(t, 60, pairOptions{})
		lost := p.prints(0)
		p.removeMany(leads[mode], 0, 50)
		e, err := p.syncAs(mode)
		p.ok(err)
		p.mustStand(e, engine.StateDone, 10, 10)
		p.mustBeKept(lost)
	}
}

// What a one-way sync decided is only paid by the next one: it is not judged twice.
func TestRule_8_1_ADeletionCountsOnce(t *testing.T) {
	p := crowd(t, 60, pairOptions{})
	for i := range 3 {
		p.removeMany(1, 10*i, 10*i+10)
		e, err := p.syncAs(engine.OneWayFromClient)
		p.ok(err)
		p.mustStand(e, engine.StateDone, 60, 60-10*(i+1))
	}
	p.mustStand(p.mustSync(), engine.StateDone, 30, 30)
}

func (p *pair) editMany(side, from, to int, line string) {
	p.t.Helper()
	for i := from; i < to; i++ {
		p.edit(side, one(i), line)
	}
}

func TestRule_8_1_AllChanged(t *testing.T) {
	for name, tc := range map[string]struct {
		all, changed int
		state        string
	}{
		"ten of ten":       {10, 10, engine.StateDone},
		"all of eleven":    {11, 11, engine.StateHeld},
		"80 of a hundred":  {100, 80, engine.StateDone},
		"81 of a hundred":  {100, 81, engine.StateHeld},
		"all of a hundred": {100, 100, engine.StateHeld},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := crowd(t, tc.all, pairOptions{})
			p.editMany(0, 0, tc.changed, "NOTE:broken")
			was := p.prints(1)
			e := p.mustSync()
			p.mustStand(e, tc.state, tc.all, tc.all)
			if held := tc.state == engine.StateHeld; held != slices.Equal(was, p.prints(1)) {
				t.Fatalf("held %t, but the other side says otherwise", held)
			} else if !held {
				return
			}
			p.ok(p.store.Approve(t.Context(), p.owner, e.Plan, ""))
			p.mustStand(p.mustSync(), engine.StateDone, tc.all, tc.all)
			if !slices.Equal(p.prints(0), p.prints(1)) {
				t.Error("the approved changes did not arrive")
			}
		})
	}
}

func TestRule_8_1_AllChangedIsSentBack(t *testing.T) {
	p := crowd(t, 40, pairOptions{})
	good := p.prints(1)
	p.editMany(0, 0, 40, "NOTE:broken")
	bad := p.prints(0)
	e := p.mustSync()
	p.ok(p.store.Reject(t.Context(), p.owner, e.Plan, ""))
	p.mustStand(p.mustSync(), engine.StateDone, 40, 40)
	if !slices.Equal(good, p.prints(0)) || !slices.Equal(good, p.prints(1)) {
		t.Errorf("left holds %v", p.prints(0))
	}
	p.mustBeKept(bad)
	if e := p.mustSync(); e.Sides != [2]SideCounts{} {
		t.Errorf("a sync of nothing did %+v", e)
	}
}

// Only the owner decides.
func TestRule_8_2_OnlyTheOwnerDecides(t *testing.T) {
	p := crowd(t, 20, pairOptions{})
	p.removeMany(0, 0, 20)
	e := p.mustSync()
	other, err := p.store.CreateAccount(t.Context(), NewAccount{Name: "olaf", Password: "battery staple"})
	p.ok(err)
	for name, call := range map[string]func() error{
		"Plan":    func() error { _, err := p.store.Plan(t.Context(), other.ID, e.Plan); return err },
		"Approve": func() error { return p.store.Approve(t.Context(), other.ID, e.Plan, "") },
		"Reject":  func() error { return p.store.Reject(t.Context(), other.ID, e.Plan, "") },
		"none":    func() error { return p.store.Approve(t.Context(), p.owner, "nonsense", "") },
	} {
		if err := call(); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if list, err := p.store.Plans(t.Context(), other.ID, 0); err != nil || len(list) != 0 {
		t.Errorf("plans of another owner: %v, %v", list, err)
	}
	p.mustStand(p.mustSync(), engine.StateHeld, 0, 20)
}

// What a removed binding held waits for nobody, and waits again when the binding is brought back.
func TestRule_8_2_ARemovedBindingAsksNothing(t *testing.T) {
	p := crowd(t, 60, pairOptions{})
	p.removeMany(0, 0, 40)
	held := p.mustSync()
	open := func() int {
		list, err := p.store.Plans(t.Context(), p.owner, 0)
		p.ok(err)
		return len(list)
	}
	if held.Plan == "" || open() != 1 {
		t.Fatalf("%+v, %d open", held, open())
	}
	p.ok(p.store.RemoveBinding(t.Context(), p.owner, p.binding))
	if n := open(); n != 0 {
		t.Errorf("%d plans of a removed binding", n)
	}
	_, err := p.store.RestoreBinding(t.Context(), p.owner, p.binding)
	p.ok(err)
	if n := open(); n != 1 {
		t.Errorf("%d plans after it came back", n)
	}
}

// A plan of which nothing is held any more goes when another takes its place: there is one matter to decide.
func TestRule_8_2_AnotherPlanTakesItsPlace(t *testing.T) {
	p := crowd(t, 20, pairOptions{})
	p.editMany(0, 0, 20, "NOTE:first")
	first := p.mustSync()
	p.editMany(0, 0, 20, "NOTE:second")
	second := p.mustSync()
	p.mustStand(second, engine.StateHeld, 20, 20)
	list, err := p.store.Plans(t.Context(), p.owner, 0)
	if err != nil || len(list) != 1 || list[0].ID != second.Plan || second.Plan == first.Plan {
		t.Errorf("first %s, second %s, plans %+v, %v", first.Plan, second.Plan, list, err)
	}
}
