package bindings

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// twice plays a session in which every call comes twice, and asks that the second changes nothing. Seq is
// the inbox's order, which a resend moves; the counters of ids may leave gaps.
func (w *world) twice(what string, call func() error) {
	w.t.Helper()
	ignored := append([]string{"seq", "at", "next"}, leaseColumns...)
	if err := call(); err != nil {
		w.t.Fatalf("%s: %v", what, err)
	}
	once := dump(w.t, w.db, ignored...)
	if err := call(); err != nil {
		w.t.Fatalf("%s again: %v", what, err)
	}
	if diff := cmp.Diff(once, dump(w.t, w.db, ignored...)); diff != "" {
		w.t.Errorf("%s again (-once +twice):\n%s", what, diff)
	}
}

// TestP6_RepeatedCallsChangeNothing repeats every call of the scenarios' sessions at once, and all answers
// once more when the session is over.
func TestP6_RepeatedCallsChangeNothing(t *testing.T) {
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			s.before(w)
			ctx, p := context.Background(), w.phone
			ph, err := w.phones.TakeOver(ctx, w.owner, p.client)
			if err != nil {
				t.Fatal(err)
			}
			st, err := w.phones.Standing(ctx, ph, simDB)
			if err != nil {
				t.Fatal(err)
			}
			mode, slow := engine.TwoWay, s.slow || st.NeedSlow
			if slow {
				mode = engine.Slow
			}
			w.twice("Flush", func() error { return w.phones.Flush(ctx, ph, simDB) })
			for _, row := range p.package3(slow) {
				w.twice("Put", func() error { return w.phones.Put(ctx, ph, simDB, slow, []syncml.Incoming{row}) })
			}
			w.twice("Start", func() error { return w.phones.Start(ctx, ph, simDB, mode, time.Minute) })
			var all []syncml.Answer
			settle := func(list []syncml.Answer) {
				all = append(all, list...)
				w.twice("Settle", func() error { return w.phones.Settle(ctx, ph, simDB, list) })
			}
			for {
				out, err := w.phones.Outbox(ctx, ph, simDB, 0, 2)
				if err != nil {
					t.Fatal(err)
				}
				if len(out) == 0 {
					break
				}
				for _, o := range out {
					settle([]syncml.Answer{{Op: o.Op, Kind: syncml.Sent}})
				}
				answers, named := p.carryOut(out)
				settle(answers)
				settle(named)
			}
			if len(all) == 0 {
				t.Fatal("nothing was sent: the scenario shows nothing")
			}
			w.twice("Finish", func() error { return w.phones.Finish(ctx, ph, simDB, true) })
			first := true
			w.twice("all answers after the end", func() error {
				if first {
					first = false
					return nil
				}
				return w.phones.Settle(ctx, ph, simDB, all)
			})
			clear(p.dirty)
			w.settleDown()
			phone, peer := w.prints()
			if !slices.Equal(phone, peer) {
				t.Errorf("the sides differ:\n%v\n%v", phone, peer)
			}
		})
	}
}

// TestP13_WhoeverLostTheLeaseAltersNothing pauses a sync in each call of a side in turn, lets its lease run
// out and another sync take over and end, and lets it go on: it fails, and nothing is altered.
func TestP13_WhoeverLostTheLeaseAltersNothing(t *testing.T) {
	for _, s := range pairScenarios {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			n := 1
			for ; pauseAt(t, s.before, n); n++ {
				if t.Failed() {
					return
				}
			}
			if n < 10 {
				t.Errorf("only %d calls", n)
			}
		})
	}
}

// pauseAt reports whether there was an n-th call.
func pauseAt(t *testing.T, before func(p *pair), n int) bool {
	p := newPair(t, pairOptions{})
	before(p)
	calls, paused := 0, make(chan struct{})
	goOn, ended := make(chan struct{}), make(chan error, 1)
	where := ""
	p.onCall = func(side int, call string) {
		if calls++; calls == n {
			where = sideNames[side] + " " + call
			paused <- struct{}{}
			<-goOn
		}
	}
	go func() {
		_, err := p.sync()
		ended <- err
	}()
	select {
	case <-paused:
	case err := <-ended:
		p.ok(err)
		return false
	}
	p.clock = p.clock.Add(engine.LeaseTime + time.Second)
	p.mustSync()
	was, trace := dump(t, p.db), [2][]string{p.prints(0), p.prints(1)}
	if !slices.Equal(trace[0], trace[1]) {
		t.Errorf("paused at %s: the sides differ after the second sync", where)
	}
	close(goOn)
	if err := <-ended; !errors.Is(err, engine.ErrFenced) {
		t.Errorf("paused at %s: the first sync ended with %v, wanted ErrFenced", where, err)
	}
	if diff := cmp.Diff(was, dump(t, p.db)); diff != "" {
		t.Errorf("paused at %s: the fenced sync altered (-before +after):\n%s", where, diff)
	}
	for side := range p.sides {
		if diff := cmp.Diff(trace[side], p.prints(side)); diff != "" {
			t.Errorf("paused at %s: the fenced sync altered %s:\n%s", where, sideNames[side], diff)
		}
	}
	p.mustSync()
	p.mustSync()
	if l, r := p.prints(0), p.prints(1); !slices.Equal(l, trace[0]) || !slices.Equal(r, trace[0]) {
		t.Errorf("paused at %s: later syncs went elsewhere:\n%v\n%v\nwanted\n%v", where, l, r, trace[0])
	}
	_ = p.db.Close()
	return true
}

// TestP14_NoMethodReachesAnotherOwner calls every method that takes an owner as another owner, with the ids
// of the first: nothing is read and nothing altered.
func TestP14_NoMethodReachesAnotherOwner(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	changesOnBothSides(w)
	s := w.session()
	s.put(false, w.phone.package3(false)...)
	s.start(engine.TwoWay) // leaves links, intents, an open run and, with the next line, an inbox
	s.put(false, add("99", card("Late")))
	other, err := w.store.CreateAccount(ctx, NewAccount{Name: "olaf", Password: "battery staple"})
	if err != nil {
		t.Fatal(err)
	}
	out := s.outbox()
	if len(out) == 0 {
		t.Fatal("no ops wait: the test shows nothing")
	}
	was := w.mine(other.ID)
	run := w.lastLog().ID
	foreign := syncml.Phone{Owner: other.ID, Client: w.phone.client, Fence: s.ph.Fence}
	peer, err := w.store.Clients(ctx, w.owner, "datastore")
	if err != nil {
		t.Fatal(err)
	}
	binding := NewBinding{Source: w.phone.client, Target: peer[0].ID}
	mustFail := map[string]func() error{
		"Client":          func() error { _, err := w.store.Client(ctx, other.ID, w.phone.client); return err },
		"ClientByDevice":  func() error { _, err := w.store.ClientByDevice(ctx, other.ID, kindSyncML, simDevice); return err },
		"Binding":         func() error { _, err := w.store.Binding(ctx, other.ID, 1); return err },
		"CreateBinding":   func() error { _, err := w.store.CreateBinding(ctx, other.ID, binding); return err },
		"SetWinner":       func() error { _, err := w.store.SetWinner(ctx, other.ID, 1, WinnerTarget); return err },
		"RemoveBinding":   func() error { return w.store.RemoveBinding(ctx, other.ID, 1) },
		"LogEntry":        func() error { _, err := w.store.LogEntry(ctx, other.ID, run); return err },
		"Phones.TakeOver": func() error { _, err := w.phones.TakeOver(ctx, other.ID, w.phone.client); return err },
		"Phones.Standing": func() error { _, err := w.phones.Standing(ctx, foreign, simDB); return err },
		"Phones.Put":      func() error { return w.phones.Put(ctx, foreign, simDB, false, []syncml.Incoming{remove("1")}) },
		"Phones.Admit":    func() error { return w.phones.Admit(ctx, foreign, simDB, engine.TwoWay, false) },
		"Phones.Replace":  func() error { _, err := w.phones.Replace(ctx, other.ID, w.phone.client, "SIM-2"); return err },
		"Phones.Flush":    func() error { return w.phones.Flush(ctx, foreign, simDB) },
		"Phones.Start":    func() error { return w.phones.Start(ctx, foreign, simDB, engine.TwoWay, time.Minute) },
		"Phones.Outbox":   func() error { _, err := w.phones.Outbox(ctx, foreign, simDB, 0, 10); return err },
		"Phones.Count":    func() error { _, err := w.phones.Count(ctx, foreign, simDB, 0); return err },
		"Phones.Settle": func() error {
			return w.phones.Settle(ctx, foreign, simDB, []syncml.Answer{{Op: out[0].Op, Kind: syncml.Sent}})
		},
		"Phones.Finish": func() error { return w.phones.Finish(ctx, foreign, simDB, true) },
		"Syncs.Synchronize": func() error {
			_, err := w.phones.syncs.Synchronize(ctx, other.ID, 1, dataclass.Contacts, 200)
			return err
		},
	}
	for name, call := range mustFail {
		if err := call(); err == nil {
			t.Errorf("%s as another owner goes through", name)
		}
	}
	mustBeEmpty := map[string]func() (int, error){
		"Clients":    func() (int, error) { l, err := w.store.Clients(ctx, other.ID, kindSyncML); return len(l), err },
		"BindingsOf": func() (int, error) { l, err := w.store.BindingsOf(ctx, other.ID, w.phone.client); return len(l), err },
		"Log":        func() (int, error) { l, err := w.store.Log(ctx, other.ID, 1, 10); return len(l), err },
		"Mailbox.Last": func() (int, error) {
			n, err := w.store.Mailbox().Last(ctx, other.ID, w.phone.client, dataclass.Contacts)
			return int(n), err
		},
		"Mailbox.Rows": func() (int, error) {
			l, err := w.store.Mailbox().Rows(ctx, other.ID, w.phone.client, dataclass.Contacts, 0, 10)
			return len(l), err
		},
		"Mailbox.Get": func() (int, error) {
			l, err := w.store.Mailbox().Get(ctx, other.ID, w.phone.client, dataclass.Contacts, []sources.ID{syncml.ItemID(simDB.Name, "99")})
			return len(l), err
		},
	}
	for name, call := range mustBeEmpty {
		if n, err := call(); n != 0 || err != nil {
			t.Errorf("%s as another owner gives %d, %v", name, n, err)
		}
	}
	if id, err := w.phones.Register(ctx, other.ID, simDevice); err != nil || id == w.phone.client {
		t.Errorf("another owner's phone of the same name is %s (%v), wanted a phone of its own", id, err)
	}
	w.foreignJournal(other.ID)
	if diff := cmp.Diff(was, w.mine(other.ID)); diff != "" {
		t.Errorf("another owner altered (-before +after):\n%s", diff)
	}
}

// mine is all that does not belong to the other owner. The id counters are everybody's.
func (w *world) mine(other string) []string {
	var out []string
	for _, row := range dump(w.t, w.db) {
		if !strings.Contains(row, other) {
			out = append(out, row)
		}
	}
	return out
}

// foreignJournal asks the journal, as another owner, for links and intents of the first and writes them.
func (w *world) foreignJournal(other string) {
	w.t.Helper()
	ctx, j := context.Background(), w.store.Journal()
	ref := engine.Ref{Owner: w.owner, Binding: 1, Class: dataclass.Contacts}
	mem, err := j.Load(ctx, engine.Lease{Ref: ref})
	if err != nil || len(mem.Links) == 0 || len(mem.Intents) == 0 {
		w.t.Fatalf("%d links, %d intents, %v", len(mem.Links), len(mem.Intents), err)
	}
	l, err := j.Lease(ctx, engine.Ref{Owner: other, Binding: 1, Class: dataclass.Contacts}, "", false)
	if err != nil {
		w.t.Fatal(err)
	}
	if got, err := j.Load(ctx, l); err != nil || len(got.Links)+len(got.Intents) != 0 {
		w.t.Errorf("another owner loads %d links and %d intents (%v)", len(got.Links), len(got.Intents), err)
	}
	if open, _, err := j.Pending(ctx, l); err != nil || open != nil {
		w.t.Errorf("another owner finds the run %v (%v)", open, err)
	}
	link, intent := mem.Links[0].ID, mem.Intents[0]
	if got, err := j.Links(ctx, l, []engine.LinkID{link}); err != nil || len(got) != 0 {
		w.t.Errorf("another owner reads links %v (%v)", got, err)
	}
	if got, err := j.Intents(ctx, l, []int64{intent.ID}); err != nil || len(got) != 0 {
		w.t.Errorf("another owner reads intents %v (%v)", got, err)
	}
	if _, err := j.Open(ctx, l, "theirs", 200); err != nil {
		w.t.Fatal(err)
	}
	stolen := engine.LinkWrite{Link: engine.Link{ID: link}}
	intent.State = engine.Mapped
	_, _, err = j.Intend(ctx, l, engine.Batch{
		Links: []engine.LinkWrite{stolen}, Drop: []engine.LinkID{link}, Forget: []int64{intent.ID}, Requeue: []int64{intent.ID},
	})
	if err != nil {
		w.t.Errorf("intend: %v", err)
	}
	err = j.Settle(ctx, l, engine.Settlement{
		Links: []engine.LinkWrite{stolen}, Held: []engine.Holding{{Link: link, Item: "x"}}, Drop: []engine.LinkID{link},
		Forget: []int64{intent.ID}, Intents: []engine.Intent{intent}, Reasons: []engine.Owing{{Link: link, Reason: engine.Refused}},
	})
	if err != nil {
		w.t.Errorf("settle: %v", err)
	}
	if err := j.Close(ctx, l, engine.Closing{Finished: true, State: engine.StateDone, Forget: []int64{intent.ID}}); err != nil {
		w.t.Errorf("close: %v", err)
	}
}
