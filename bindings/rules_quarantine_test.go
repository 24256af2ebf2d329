package bindings

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/memory"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// picky is a side that does not take what bad says.
type picky struct{ bad func(sources.Op) error }

func (y *picky) options() memory.Options {
	return memory.Options{Refuse: func(op sources.Op) error {
		if y.bad == nil {
			return nil
		}
		return y.bad(op)
	}}
}

// refuses is a side that does not take items of a name.
func refuses(name string, class error) func(sources.Op) error {
	return func(op sources.Op) error {
		if bytes.Contains(op.Body.Data, []byte("FN:"+name+"\r\n")) {
			return class
		}
		return nil
	}
}

func (p *pair) quarantine() []SetAside {
	p.t.Helper()
	list, err := p.store.Quarantine(context.Background(), p.owner, p.binding)
	p.ok(err)
	return list
}

// attempts counts the writes that a sync asked of the right side.
func (p *pair) attempts(e *LogEntry) int {
	p.t.Helper()
	p.trace = nil
	*e = p.mustSync()
	n := 0
	for _, line := range p.trace {
		if strings.HasPrefix(line, "right add ") || strings.HasPrefix(line, "right replace ") || strings.HasPrefix(line, "right delete ") {
			n++
		}
	}
	return n
}

func TestRule_4_AnItemThatFailsThreeTimesIsSetAside(t *testing.T) {
	for _, class := range []error{sources.ErrTooBig, sources.ErrUnsupported} {
		t.Run(class.Error(), func(t *testing.T) {
			y := &picky{bad: refuses("Bad", class)}
			p := newPair(t, pairOptions{memory: [2]memory.Options{{}, y.options()}})
			p.put(0, card("Bad"))
			var e LogEntry
			for run, want := range []struct{ tried, quarantined, refused int }{{1, 0, 1}, {2, 0, 1}, {2, 1, 0}, {1, 0, 0}, {1, 0, 0}} {
				p.put(0, card(fmt.Sprint("Good", run))) // one bad item stops nothing else
				want.tried = map[bool]int{true: 2, false: 1}[run < 3]
				tried := p.attempts(&e)
				refused, err := p.store.CountRefused(context.Background(), p.owner, p.binding, dataclass.Contacts)
				p.ok(err)
				if tried != want.tried || e.Quarantined != want.quarantined || refused != want.refused || len(p.items(1)) != run+1 {
					t.Errorf("run %d: %d written, %d quarantined, %d refused, %d there", run, tried, e.Quarantined, refused, len(p.items(1)))
				}
			}
			list := p.quarantine()
			if len(list) != 1 || list[0].Title != "Bad" || list[0].Side != engine.Target || !strings.Contains(list[0].Why, class.Error()) {
				t.Errorf("in quarantine: %+v", list)
			}
			if _, ok := p.items(0)[p.id(0, "Bad")]; !ok {
				t.Error("the side's own copy is gone")
			}
		})
	}
}

func TestRule_4_AChangeOfTheItemIsTriedAgain(t *testing.T) {
	y := &picky{bad: refuses("Bad", sources.ErrTooBig)}
	p := newPair(t, pairOptions{memory: [2]memory.Options{{}, y.options()}})
	p.put(0, card("Bad"))
	var e LogEntry
	for range 4 {
		p.attempts(&e)
	}
	p.edit(0, "Bad", "NOTE:changed")
	for run, want := range []int{1, 1, 1, 0} { // it has three attempts again
		if got := p.attempts(&e); got != want || e.Quarantined != map[int]int{2: 1}[run] {
			t.Errorf("run %d after the change: %d attempts, %d quarantined", run, got, e.Quarantined)
		}
	}
	p.edit(0, "Bad", "NOTE:small")
	y.bad = nil
	p.mustSync()
	p.mustHold("Bad")
	if list := p.quarantine(); len(list) != 0 {
		t.Errorf("still in quarantine: %+v", list)
	}
}

// A change at the side that refuses what it is owed is one too, and so is a deletion.
func TestRule_4_AChangeAtTheRefusingSideIsTriedAgain(t *testing.T) {
	y := &picky{}
	p := newPair(t, pairOptions{memory: [2]memory.Options{{}, y.options()}})
	p.put(0, card("Ann"))
	p.put(0, card("Ben"))
	p.mustSync()
	y.bad = func(op sources.Op) error { return sources.ErrUnsupported }
	p.edit(0, "Ann", "TITLE:left")
	p.remove(0, "Ben")
	var e LogEntry
	for range 3 {
		p.attempts(&e)
	}
	if got := p.attempts(&e); got != 0 || len(p.quarantine()) != 2 {
		t.Fatalf("%d attempts, in quarantine %+v", got, p.quarantine())
	}
	y.bad = nil
	p.edit(1, "Ann", "NOTE:right")
	p.edit(1, "Ben", "NOTE:right") // survives the deletion that could not be made
	p.mustSync()
	p.mustHold("Ann Ben")
	for _, b := range p.items(0) {
		if nameOf(b) == "Ann" && !strings.Contains(string(b.Data), "TITLE:left") {
			t.Errorf("the edit that was set aside is lost: %s", b.Data)
		}
	}
	if list := p.quarantine(); len(list) != 0 {
		t.Errorf("still in quarantine: %+v", list)
	}
}

func TestRule_4_ANewRevisionIsNoChange(t *testing.T) {
	y := &picky{}
	p := newPair(t, pairOptions{memory: [2]memory.Options{{}, y.options()}})
	p.put(0, card("Ann"))
	p.mustSync()
	y.bad = refuses("Ann", sources.ErrUnsupported)
	p.edit(0, "Ann", "TITLE:left")
	var e LogEntry
	for range 3 {
		p.attempts(&e)
	}
	p.edit(1, "Ann") // what it was
	if got := p.attempts(&e); got != 0 {
		t.Errorf("%d attempts after a new revision of the same content", got)
	}
}

func TestRule_4_ASuccessBeginsTheCountAnew(t *testing.T) {
	y := &picky{}
	p := newPair(t, pairOptions{memory: [2]memory.Options{{}, y.options()}})
	p.put(0, card("Bad"))
	var e LogEntry
	for round := range 3 {
		y.bad = refuses("Bad", sources.ErrTooBig)
		for range 2 {
			if p.attempts(&e); e.Quarantined != 0 {
				t.Fatalf("round %d: set aside after two failures", round)
			}
		}
		y.bad = nil
		if got := p.attempts(&e); got != 1 {
			t.Fatalf("round %d: %d attempts", round, got)
		}
		p.mustHold("Bad")
		p.edit(0, "Bad", fmt.Sprint("NOTE:round ", round))
	}
}

// What a side says of itself is no failure of the item.
func TestRule_4_ABusyOrFullSideSetsNothingAside(t *testing.T) {
	for _, class := range []error{sources.ErrBusy, sources.ErrAuth, sources.ErrQuota} {
		t.Run(class.Error(), func(t *testing.T) {
			y := &picky{bad: func(sources.Op) error { return class }}
			p := newPair(t, pairOptions{memory: [2]memory.Options{{}, y.options()}})
			p.put(0, card("Ann"))
			var e LogEntry
			for run := range 5 {
				tried := p.attempts(&e)
				refused, err := p.store.CountRefused(t.Context(), p.owner, p.binding, dataclass.Contacts)
				p.ok(err)
				if tried != 1 || refused != 1 || e.Quarantined != 0 {
					t.Errorf("run %d: %d attempts, %d refused, %d set aside", run, tried, refused, e.Quarantined)
				}
			}
			y.bad = nil
			p.mustSync()
			p.mustHold("Ann")
		})
	}
}

func TestRule_4_AnItemThatNeverRestsIsTriedByEverySync(t *testing.T) {
	p := newPair(t, pairOptions{})
	p.put(0, card("Ann"))
	p.mustSync()
	p.edit(0, "Ann", "TITLE:left")
	n := 0
	p.onCall = func(side int, call string) {
		if side == 1 && call == "apply" {
			n++
			p.edit(1, "Ann", fmt.Sprint("NOTE:", n))
		}
	}
	for run := range 4 {
		if got := p.mustSync().Quarantined; got != 0 || len(p.quarantine()) != map[bool]int{true: 1}[run >= 2] {
			t.Errorf("run %d: %d set aside, %d told of", run, got, len(p.quarantine()))
		}
		p.edit(1, "Ann", fmt.Sprint("NOTE:between ", run))
	}
	p.onCall = nil
	p.mustSync()
	if list := p.quarantine(); len(list) != 0 || !strings.Contains(string(p.items(1)[p.id(1, "Ann")].Data), "TITLE:left") {
		t.Errorf("the edit did not arrive, %d told of", len(list))
	}
}

func TestRule_4_WhatCannotBeMergedIsSetAside(t *testing.T) {
	p := newPair(t, pairOptions{})
	p.put(0, card("Ann"))
	p.put(0, card("Ben"))
	p.mustSync()
	good := p.spoilBase("Ann", []byte("no card at all"))
	p.edit(0, "Ann", "NOTE:left")
	p.edit(1, "Ben", "NOTE:right")
	for run, want := range []int{1, 0} {
		if e := p.mustSync(); e.Quarantined != want {
			t.Errorf("run %d: %d set aside, wanted %d", run, e.Quarantined, want)
		}
	}
	list := p.quarantine()
	if len(list) != 1 || list[0].Title != "Ann" || list[0].Side != engine.Source {
		t.Fatalf("in quarantine: %+v", list)
	}
	if b := p.items(0)[p.id(0, "Ben")]; !strings.Contains(string(b.Data), "NOTE:right") {
		t.Error("one bad item stopped another")
	}
	p.spoilBase("Ann", good)
	p.ok(p.store.RetryQuarantined(context.Background(), p.owner, list[0].ID))
	p.mustSync()
	p.mustHold("Ann Ben")
	if len(p.quarantine()) != 0 {
		t.Errorf("in quarantine: %+v", p.quarantine())
	}
}

// spoilBase replaces the base of the link whose left item has that name, and gives what it was.
func (p *pair) spoilBase(name string, with []byte) (was []byte) {
	p.t.Helper()
	p.ok(p.db.Update(context.Background(), func(_ context.Context, tx *gorm.DB) error {
		var row journalLinkRow
		if err := tx.Where("owner_id = ? AND source_item = ?", p.owner, string(p.id(0, name))).Take(&row).Error; err != nil {
			return err
		}
		was = row.BaseBody
		return tx.Model(&journalLinkRow{}).Where("owner_id = ? AND id = ?", p.owner, row.ID).Update("base_body", with).Error
	}))
	return was
}

func TestRule_4_APersonMayAskForAnotherAttempt(t *testing.T) {
	ctx := context.Background()
	y := &picky{bad: refuses("Bad", sources.ErrTooBig)}
	p := newPair(t, pairOptions{memory: [2]memory.Options{{}, y.options()}})
	p.put(0, card("Bad"))
	var e LogEntry
	for range 4 {
		p.attempts(&e)
	}
	id := p.quarantine()[0].ID
	if err := p.store.RetryQuarantined(ctx, p.owner, "999"); !errors.Is(err, ErrNotFound) {
		t.Errorf("retry of nothing: %v", err)
	}
	if err := p.store.RetryQuarantined(ctx, "somebody else", id); !errors.Is(err, ErrNotFound) {
		t.Errorf("retry by another owner: %v", err)
	}
	p.ok(p.store.RetryQuarantined(ctx, p.owner, id))
	if got := p.attempts(&e); got != 1 || e.Quarantined != 0 {
		t.Errorf("after the request: %d attempts, %d quarantined", got, e.Quarantined)
	}
	y.bad = nil
	p.mustSync()
	p.mustHold("Bad")
}

func TestRule_4_WhatIsGoneIsNotInQuarantine(t *testing.T) {
	for _, lost := range []bool{false, true} {
		p := newPair(t, pairOptions{})
		id := p.put(0, dataclass.Body{Type: "text/vcard;version=3.0", Data: []byte("no card at all")})
		if e := p.mustSync(); e.Quarantined != 1 {
			t.Fatalf("%d set aside", e.Quarantined)
		}
		p.ok(p.sides[0].Delete(dataclass.Contacts, id))
		if lost { // then only a listing shows it
			p.sides[0].Forget()
		}
		p.mustSync()
		if list := p.quarantine(); len(list) != 0 {
			t.Errorf("in quarantine: %+v", list)
		}
	}
}

func TestRule_4_APhoneThatRefusesThreeTimesIsNotAskedAgain(t *testing.T) {
	w := newWorld(t)
	mustPut(w, card("Ann"))
	for run, want := range []int{1, 1, 1, 0} {
		s := w.session()
		s.start(map[bool]int{true: engine.Slow, false: engine.TwoWay}[run == 0])
		out := s.outbox()
		if len(out) != want {
			t.Fatalf("session %d: the outbox holds %+v", run, out)
		}
		for _, o := range out {
			s.settle(syncml.Answer{Op: o.Op, Kind: syncml.Sent}, syncml.Answer{Op: o.Op, Kind: syncml.Refused, Err: sources.ErrTooBig})
		}
		s.finish(true)
		if got := w.lastLog().Quarantined; got != map[int]int{2: 1}[run] {
			t.Errorf("session %d: %d set aside", run, got)
		}
	}
	if err := w.peer.Edit(dataclass.Contacts, peerID(w, "Ann"), card("Ann", "NOTE:small")); err != nil {
		t.Fatal(err)
	}
	s := w.session()
	s.start(engine.TwoWay)
	if out := s.outbox(); len(out) != 1 {
		t.Errorf("after a change the outbox holds %+v", out)
	}
}

func TestRule_4_APhonesItemIsTriedAgainFromWhatItSent(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	s.put(true, add("7", dataclass.Body{Type: "text/x-vcard", Data: []byte("no card at all")}))
	s.start(engine.Slow)
	s.finish(true)
	list, err := w.store.Quarantine(context.Background(), w.owner, 0)
	if err != nil || len(list) != 1 {
		t.Fatalf("in quarantine: %+v, %v", list, err)
	}
	if err := w.store.RetryQuarantined(context.Background(), w.owner, list[0].ID); err != nil {
		t.Fatal(err)
	}
	s = w.session()
	s.start(engine.TwoWay)
	s.finish(true)
	again, err := w.store.Quarantine(context.Background(), w.owner, 0)
	if err != nil || len(again) != 1 || again[0].ID != list[0].ID || w.lastLog().Quarantined != 0 {
		t.Errorf("still unreadable, in quarantine: %+v, %v", again, err)
	}
}
