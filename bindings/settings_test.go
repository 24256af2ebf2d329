package bindings

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources/syncml"
)

func (p *pair) tell(c Change) Binding {
	p.t.Helper()
	b, err := p.store.Change(context.Background(), p.owner, p.binding, c)
	p.ok(err)
	return b
}

// names are what a side holds, sorted.
func (p *pair) names(side int) string {
	p.t.Helper()
	var have []string
	for _, b := range p.items(side) {
		have = append(have, nameOf(b))
	}
	slices.Sort(have)
	return fmt.Sprint(have)
}

// TestNarrowingDeletesNothing is the fear of whoever changes a setting: what is not synchronised any more is gone.
// Whatever is narrowed, in whatever mode is synchronised then, no side loses an item, and all is as it should be once
// the setting is taken back.
func TestNarrowingDeletesNothing(t *testing.T) {
	work := Filter{Category: "Work"}
	for _, tc := range []struct {
		name         string
		narrow, wide Change
	}{
		{"dataclass", Change{Classes: &[]dataclass.Class{dataclass.Notes}}, Change{Classes: &[]dataclass.Class{}}},
		{"to the target only", Change{Direction: new(ToTarget)}, Change{Direction: new(BothWays)}},
		{"to the source only", Change{Direction: new(ToSource)}, Change{Direction: new(BothWays)}},
		{"category to the target", Change{Filters: []FilterChange{{engine.Target, dataclass.Contacts, work}}},
			Change{Filters: []FilterChange{{engine.Target, dataclass.Contacts, Filter{}}}}},
		{"category to both", Change{Filters: []FilterChange{{engine.Source, dataclass.Contacts, work}, {engine.Target, dataclass.Contacts, work}}},
			Change{Filters: []FilterChange{{engine.Source, dataclass.Contacts, Filter{}}, {engine.Target, dataclass.Contacts, Filter{}}}}},
		{"all at once", Change{Direction: new(ToTarget), AskSlow: new(true), Filters: []FilterChange{{engine.Target, dataclass.Contacts, work}}},
			Change{Direction: new(BothWays), AskSlow: new(false), Filters: []FilterChange{{engine.Target, dataclass.Contacts, Filter{}}}}},
	} {
		for _, mode := range []int{engine.TwoWay, engine.Slow} {
			t.Run(fmt.Sprint(tc.name, " ", mode), func(t *testing.T) {
				p := newPair(t, pairOptions{})
				for i := range 12 {
					p.put(i%2, card(fmt.Sprintf("N%02d", i), []string{"CATEGORIES:Work", "CATEGORIES:Home"}[i%3%2]))
				}
				p.mustSync()
				p.mustSync()
				p.tell(tc.narrow)
				p.put(0, card("New0", "CATEGORIES:Home"))
				p.put(1, card("New1", "CATEGORIES:Home"))
				p.edit(0, "N01", "NOTE:edited")
				p.edit(1, "N02", "NOTE:edited")
				for range 3 {
					_, _ = p.syncAs(mode) // that it refuses is as good
				}
				for side := range p.sides {
					if n := len(p.items(side)); n < 13 {
						t.Errorf("%s holds %d items: %s", sideNames[side], n, p.names(side))
					}
				}
				p.tell(tc.wide)
				p.mustSync()
				p.mustSync()
				p.mustHold("N00 N01 N02 N03 N04 N05 N06 N07 N08 N09 N10 N11 New0 New1")
			})
		}
	}
}

// TestOneWayByRule follows what happens to each change of the side that is only to be read: it stays there, is told,
// and gets through when the binding goes both ways again.
func TestOneWayByRule(t *testing.T) {
	p := newPair(t, pairOptions{})
	for _, name := range []string{"Ann", "Bob", "Cid", "Dan"} {
		p.put(0, card(name))
	}
	p.mustSync()
	p.tell(Change{Direction: new(ToTarget)})
	p.put(0, card("Eve"))                 // goes on
	p.edit(0, "Ann", "NOTE:left")         // goes on
	p.edit(1, "Bob", "NOTE:right")        // stays
	p.put(1, card("Fay"))                 // stays
	p.remove(1, "Cid")                    // stays
	p.edit(0, "Dan", "NOTE:left")         // meets
	p.edit(1, "Dan", "EMAIL:d@x.invalid") // an edit of the other side
	before := p.wrote[0]
	e := p.mustSync()
	if e.Mode != engine.OneWayFromClient || p.wrote[0] != before {
		t.Errorf("mode %d; the source was written: %+v", e.Mode, p.wrote[0])
	}
	if l, r := p.names(0), p.names(1); l != "[Ann Bob Cid Dan Eve]" || r != "[Ann Bob Dan Eve Fay]" {
		t.Errorf("left %s, right %s", l, r)
	}
	held, err := p.store.Withheld(t.Context(), p.owner, p.binding)
	if err != nil || held[dataclass.Contacts] != 4 { // Bob, Cid, Dan and Fay
		t.Errorf("withheld %v, %v", held, err)
	}
	p.tell(Change{Direction: new(BothWays)})
	p.mustSync()
	p.mustSync()
	p.mustHold("Ann Bob Dan Eve Fay")
	if held, err = p.store.Withheld(t.Context(), p.owner, p.binding); err != nil || len(held) != 0 {
		t.Errorf("still withheld %v, %v", held, err)
	}
}

// TestOneWayRefusesTheOtherWay asks for modes that would only write the side that is never written.
func TestOneWayRefusesTheOtherWay(t *testing.T) {
	for _, tc := range []struct {
		direction Direction
		mode      int
		fine      bool
	}{
		{ToTarget, engine.TwoWay, true}, {ToTarget, engine.Slow, true}, {ToTarget, engine.OneWayFromClient, true},
		{ToTarget, engine.RefreshFromClient, true}, {ToTarget, engine.OneWayFromServer, false}, {ToTarget, engine.RefreshFromServer, false},
		{ToSource, engine.OneWayFromClient, false}, {ToSource, engine.RefreshFromClient, false}, {ToSource, engine.RefreshFromServer, true},
		{BothWays, engine.RefreshFromServer, true},
	} {
		t.Run(fmt.Sprint(tc.direction, " ", tc.mode), func(t *testing.T) {
			p := newPair(t, pairOptions{})
			p.put(0, card("Ann"))
			p.put(1, card("Bob"))
			p.tell(Change{Direction: &tc.direction})
			_, err := p.syncAs(tc.mode)
			if (err == nil) != tc.fine || err != nil && !errors.Is(err, ErrInvalid) {
				t.Errorf("%v", err)
			}
			if _, err := p.syncs.Preview(t.Context(), p.owner, p.binding, dataclass.Contacts, tc.mode, 1); (err == nil) != tc.fine {
				t.Errorf("preview: %v", err)
			}
			if lead, one := tc.direction.lead(); one && p.wrote[lead] != (SideCounts{}) {
				t.Errorf("the side that is only read was written: %+v", p.wrote[lead])
			}
		})
	}
}

// TestSlowSyncAsksFirst has a side lose its memory: nothing is done before a person has approved, not even after a
// rejection, and the next loss is asked about again.
func TestSlowSyncAsksFirst(t *testing.T) {
	for _, how := range []string{"a lost cursor", "asked for"} {
		t.Run(how, func(t *testing.T) {
			p := newPair(t, pairOptions{})
			p.put(0, card("Ann"))
			p.tell(Change{AskSlow: new(true)})
			p.mustSync() // the first one does not ask
			lose := func() (LogEntry, error) {
				if how == "asked for" {
					return p.syncAs(engine.Slow)
				}
				p.sides[1].Forget()
				return p.sync()
			}
			p.put(0, card("Bob"))
			for range 2 {
				e, err := lose()
				p.ok(err)
				if e.State != engine.StateHeld || e.Plan == "" || p.names(1) != "[Ann]" {
					t.Fatalf("entry %+v, right holds %s", e, p.names(1))
				}
			}
			plans, err := p.store.Plans(t.Context(), p.owner, 0)
			if err != nil || len(plans) != 1 || !plans[0].Slow || len(plans[0].Held) != 0 || plans[0].State != "open" {
				t.Fatalf("plans %+v, %v", plans, err)
			}
			p.ok(p.store.Reject(t.Context(), p.owner, plans[0].ID, ""))
			if e, err := lose(); err != nil || e.State != engine.StateHeld || e.Plan != plans[0].ID {
				t.Fatalf("after the rejection: %+v, %v", e, err)
			}
			p.ok(p.store.Approve(t.Context(), p.owner, plans[0].ID, ""))
			if e, err := lose(); err != nil || e.State != engine.StateDone || e.Mode != engine.Slow {
				t.Fatalf("after the approval: %+v, %v", e, err)
			}
			p.mustHold("Ann Bob")
			if e, err := lose(); err != nil || e.State != engine.StateHeld || e.Plan == plans[0].ID {
				t.Errorf("the next loss: %+v, %v", e, err)
			}
		})
	}
}

// TestSlowPlanGoesWhenItIsNotNeeded lets the side remember after all.
func TestSlowPlanGoesWhenItIsNotNeeded(t *testing.T) {
	p := newPair(t, pairOptions{})
	p.put(0, card("Ann"))
	p.tell(Change{AskSlow: new(true)})
	p.mustSync()
	_, err := p.syncAs(engine.Slow)
	p.ok(err)
	p.put(0, card("Bob"))
	if e := p.mustSync(); e.State != engine.StateDone {
		t.Errorf("%+v", e)
	}
	p.mustHold("Ann Bob")
	if plans, err := p.store.Plans(t.Context(), p.owner, 0); err != nil || len(plans) != 0 {
		t.Errorf("plans %+v, %v", plans, err)
	}
}

// TestAPhoneIsAskedAbout has a phone come back without its memory.
func TestAPhoneIsAskedAbout(t *testing.T) {
	w := newWorld(t)
	b := w.only()
	w.phone.add(card("Ann"))
	_, err := w.store.Change(t.Context(), w.owner, b.ID, Change{AskSlow: new(true)})
	mustGo(t, err)
	w.mustSync()
	w.phone.add(card("Bob"))
	for range 2 {
		if err := w.syncPhone(true); !errors.Is(err, syncml.ErrRefused) {
			t.Fatalf("a slow sync: %v", err)
		}
	}
	if got := w.peerNames(); got != "Ann" {
		t.Errorf("the datastore holds %s", got)
	}
	plans, err := w.store.Plans(t.Context(), w.owner, 0)
	if err != nil || len(plans) != 1 || !plans[0].Slow {
		t.Fatalf("plans %+v, %v", plans, err)
	}
	mustGo(t, w.store.Approve(t.Context(), w.owner, plans[0].ID, ""))
	mustGo(t, w.syncPhone(true))
	w.mustAgree(2)
	if err := w.syncPhone(true); !errors.Is(err, syncml.ErrRefused) {
		t.Errorf("the next one: %v", err)
	}
}

// TestAPhoneThatTurnsSlowIsAskedAboutToo has a phone find out amid its session that it has to send everything.
func TestAPhoneThatTurnsSlowIsAskedAboutToo(t *testing.T) {
	w := newWorld(t)
	w.phone.add(card("Ann"))
	_, err := w.store.Change(t.Context(), w.owner, w.only().ID, Change{AskSlow: new(true)})
	mustGo(t, err)
	w.mustSync()
	w.phone.add(card("Bob"))
	s := w.session()
	s.put(true, w.phone.package3(true)...)
	s.start(engine.Slow)
	s.finish(true)
	clear(w.phone.dirty)
	if e := w.lastLog(); e.State != engine.StateHeld || w.peerNames() != "Ann" {
		t.Fatalf("%+v; the datastore holds %s", e, w.peerNames())
	}
	mustGo(t, w.store.Approve(t.Context(), w.owner, w.lastLog().Plan, ""))
	w.mustSync()
	w.mustAgree(2)
}

// TestAPhoneIsAdmitted holds a binding's settings against what a phone asks for.
func TestAPhoneIsAdmitted(t *testing.T) {
	notes := []dataclass.Class{dataclass.Notes}
	events := []dataclass.Class{dataclass.Events}
	for _, tc := range []struct {
		name   string
		change Change
		class  dataclass.Class
		mode   int
		fine   bool
	}{
		{"nothing set", Change{}, dataclass.Contacts, engine.RefreshFromServer, true},
		{"another dataclass", Change{Classes: &notes}, dataclass.Contacts, engine.TwoWay, false},
		{"that dataclass", Change{Classes: &notes}, dataclass.Notes, engine.TwoWay, true},
		{"half a calendar", Change{Classes: &events}, dataclass.Calendar, engine.TwoWay, false},
		{"the phone is never written: two-way", Change{Direction: new(ToTarget)}, dataclass.Contacts, engine.TwoWay, true},
		{"the phone is never written: slow", Change{Direction: new(ToTarget)}, dataclass.Contacts, engine.Slow, true},
		{"the phone is never written: it would wipe itself", Change{Direction: new(ToTarget)}, dataclass.Contacts, engine.RefreshFromServer, false},
		{"the phone is only read from there", Change{Direction: new(ToSource)}, dataclass.Contacts, engine.RefreshFromServer, true},
		{"it would wipe the datastore", Change{Direction: new(ToSource)}, dataclass.Contacts, engine.RefreshFromClient, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t)
			_, err := w.store.Change(t.Context(), w.owner, w.only().ID, tc.change)
			mustGo(t, err)
			s := w.session()
			err = w.phones.Admit(t.Context(), s.ph, syncml.Database{Name: "./db", Class: tc.class}, tc.mode, tc.mode == engine.Slow)
			if (err == nil) != tc.fine || err != nil && !errors.Is(err, syncml.ErrRefused) {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestAPhoneGoesOneWayByRule plays two-way sessions of a phone whose changes are to stay on it, or that is never written.
func TestAPhoneGoesOneWayByRule(t *testing.T) {
	for _, tc := range []struct {
		direction   Direction
		phone, peer string
		mode        int
	}{
		{ToSource, "Ann Bob Pat", "Ann Bob", engine.OneWayFromServer},
		{ToTarget, "Ann Pat", "Ann Bob Pat", engine.OneWayFromClient},
	} {
		t.Run(string(tc.direction), func(t *testing.T) {
			w := newWorld(t)
			w.phone.add(card("Ann"))
			w.mustSync()
			_, err := w.store.Change(t.Context(), w.owner, w.only().ID, Change{Direction: &tc.direction})
			mustGo(t, err)
			w.phone.add(card("Pat"))
			_, err = w.peer.Put(dataclass.Contacts, card("Bob"))
			mustGo(t, err)
			for range 2 {
				w.mustSync()
				if got := w.phoneNames(); got != tc.phone {
					t.Errorf("the phone holds %s", got)
				}
				if got := w.peerNames(); got != tc.peer {
					t.Errorf("the datastore holds %s", got)
				}
			}
			if e := w.lastLog(); e.Mode != tc.mode {
				t.Errorf("logged as %d", e.Mode)
			}
			_, err = w.store.Change(t.Context(), w.owner, w.only().ID, Change{Direction: new(BothWays)})
			mustGo(t, err)
			w.mustSync()
			w.mustAgree(3)
		})
	}
}

// TestAChangeWaitsForTheNextSync changes everything between the messages of a phone's session: what it was promised is
// kept.
func TestAChangeWaitsForTheNextSync(t *testing.T) {
	w := newWorld(t)
	w.phone.add(card("Ann"))
	w.mustSync()
	s := w.session()
	s.put(false, add("77", card("Pat")))
	w.phone.items["77"] = card("Pat")
	_, err := w.store.Change(t.Context(), w.owner, w.only().ID, Change{Classes: &[]dataclass.Class{dataclass.Notes}})
	mustGo(t, err)
	s.start(engine.TwoWay)
	_, err = w.store.Change(t.Context(), w.owner, w.only().ID, Change{Direction: new(ToSource)})
	mustGo(t, err)
	s.finish(true)
	if got := w.peerNames(); got != "Ann Pat" {
		t.Errorf("the datastore holds %s: a change that was taken did not arrive", got)
	}
	if err := w.syncPhone(false); !errors.Is(err, syncml.ErrRefused) {
		t.Errorf("the next session: %v", err)
	}
}

// TestAPeerThatForgotIsAskedAboutToo has the datastore, not the phone, lose its memory while the phone syncs as ever.
func TestAPeerThatForgotIsAskedAboutToo(t *testing.T) {
	w := newWorld(t)
	w.phone.add(card("Ann"))
	_, err := w.store.Change(t.Context(), w.owner, w.only().ID, Change{AskSlow: new(true)})
	mustGo(t, err)
	w.mustSync()
	w.peer.Forget()
	w.phone.add(card("Bob"))
	w.mustSync()
	if e := w.lastLog(); e.State != engine.StateHeld || w.peerNames() != "Ann" {
		t.Fatalf("%+v; the datastore holds %s", e, w.peerNames())
	}
	w.phone.add(card("Cid"))
	w.mustSync() // is held again; nothing that the phone was promised is lost
	plans, err := w.store.Plans(t.Context(), w.owner, 0)
	if err != nil || len(plans) != 1 {
		t.Fatalf("plans %+v, %v", plans, err)
	}
	mustGo(t, w.store.Approve(t.Context(), w.owner, plans[0].ID, ""))
	w.mustSync()
	w.mustAgree(3)
}

func TestChangeChecks(t *testing.T) {
	p := newPair(t, pairOptions{})
	was, err := p.store.Binding(t.Context(), p.owner, p.binding)
	p.ok(err)
	for name, c := range map[string]Change{
		"winner":    {DeleteWins: new(true), Winner: new("nobody")},
		"direction": {DeleteWins: new(true), Direction: new(Direction("sideways"))},
		"dataclass": {DeleteWins: new(true), Classes: &[]dataclass.Class{"Recipes"}},
		"calendar":  {DeleteWins: new(true), Classes: &[]dataclass.Class{dataclass.Calendar}},
		"filter": {DeleteWins: new(true), Filters: []FilterChange{
			{engine.Source, dataclass.Events, Filter{Back: 3}}, {engine.Source, dataclass.Contacts, Filter{Back: 3}}}},
	} {
		if _, err := p.store.Change(t.Context(), p.owner, p.binding, c); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
		now, err := p.store.Binding(t.Context(), p.owner, p.binding)
		p.ok(err)
		list, err := p.store.Filters(t.Context(), p.owner, p.binding, dataclass.Events)
		if err != nil || fmt.Sprint(now) != fmt.Sprint(was) || list != ([2]Filter{}) {
			t.Errorf("%s: half of a change was made: %+v %v %v", name, now, list, err)
		}
	}
	b := p.tell(Change{Classes: &[]dataclass.Class{dataclass.Tasks, dataclass.Contacts, dataclass.Tasks}})
	if !slices.Equal(b.Classes, []dataclass.Class{dataclass.Contacts, dataclass.Tasks}) || b.Synchronizes(dataclass.Notes) || !b.Synchronizes(dataclass.Tasks) {
		t.Errorf("classes %v", b.Classes)
	}
	if b = p.tell(Change{Classes: new(slices.Clone(single))}); b.Classes != nil || !b.Synchronizes(dataclass.Calendar) {
		t.Errorf("all four are %v", b.Classes)
	}
	if b = p.tell(Change{}); b.Classes != nil || b.Direction != BothWays || b.AskSlow {
		t.Errorf("an empty change made %+v", b)
	}
	if _, err := p.store.CreateBinding(t.Context(), p.owner, NewBinding{
		Source: was.Target, Target: p.another(), Settings: Change{Direction: new(ToSource), AskSlow: new(true)}}); err != nil {
		t.Error(err)
	}
	list, err := p.store.Bindings(t.Context(), p.owner)
	if err != nil || len(list) != 2 || list[1].Direction != ToSource || !list[1].AskSlow {
		t.Errorf("%+v, %v", list, err)
	}
}

// another registers one more client.
func (p *pair) another() string {
	p.t.Helper()
	c, err := p.store.CreateClient(context.Background(), p.owner, NewClient{Kind: "left"})
	p.ok(err)
	return c.ID
}

// only gives the world's binding.
func (w *world) only() Binding {
	w.t.Helper()
	list, err := w.store.Bindings(context.Background(), w.owner)
	if err != nil || len(list) != 1 {
		w.t.Fatalf("bindings %v, %v", list, err)
	}
	return list[0]
}

func (w *world) phoneNames() string {
	w.t.Helper()
	var names []string
	for _, b := range w.phone.items {
		names = append(names, nameOf(b))
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

func mustGo(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
