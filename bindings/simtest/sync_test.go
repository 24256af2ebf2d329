package simtest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
)

// maxPoints is about how many points a sync of a small world has.
const maxPoints = 45

// trouble draws what goes wrong in the next sync.
func (w *world) trouble(b *bond) *trouble {
	if w.shape.calm || w.r.IntN(3) == 0 {
		return &trouble{kind: calm}
	}
	if w.shape.kind == ring {
		return &trouble{kind: calm}
	}
	if !w.mayFail(b) {
		return &trouble{kind: oneOf(w.r, calm, meddle), at: 1 + w.r.IntN(maxPoints)}
	}
	kinds := []string{crash, crash, crash, fail, fail, refuse, lose, steal, meddle, meddle, flat, flat}
	return &trouble{kind: oneOf(w.r, kinds...), at: 1 + w.r.IntN(maxPoints)}
}

// mayFail reports whether a sync may break off. With a phone that drops fields, never: what it made of an Add
// whose name was lost is not recognised by equal content; nor with one that was wiped. Rings have no trouble at
// all so far: an item that arrives by the other way while an Add of it is open is doubled, and deletions chase
// Adds around.
func (w *world) mayFail(b *bond) bool {
	for _, p := range b.ends {
		if w.lossy[p.index] != "" || p.phone != nil && p.phone.reset {
			return false
		}
	}
	return true
}

// sync synchronises a bond, with whatever goes wrong.
func (w *world) sync(b *bond, mode int, t *trouble) error {
	w.gap++
	w.now = t
	defer func() { w.now = &trouble{kind: calm} }()
	w.victim = b
	w.note("sync", fmt.Sprint(b.ref.Binding, mode, t.kind, t.at))
	var err error
	if p, _ := b.phone(); p != nil {
		err = w.session(b, mode)
	} else {
		w.ran = mode
		_, err = w.start(b, mode, "", nil)
	}
	w.note("ended", fmt.Sprint(err))
	if t.met != "" {
		w.met[t.kind]++
		w.rough = true
	}
	w.afterTheft(b, t, err)
	if t.dead {
		w.boot()
	}
	return err
}

// phone gives the bond's phone and its side, if it has one.
func (b *bond) phone() (*place, engine.Side) {
	for s, p := range b.ends {
		if p.phone != nil {
			return p, engine.Side(s)
		}
	}
	return nil, 0
}

// start runs the engine's step Start.
func (w *world) start(b *bond, mode int, session string, shape func(*engine.Party)) (engine.Report, error) {
	job := engine.Job{Ref: b.ref, Winner: b.winner, Mode: mode, Session: session}
	job.Way, job.Lead = b.way(mode)
	for s, p := range b.ends {
		job.Sides[s] = engine.Party{Source: w.source(p, b), Caps: p.caps}
		if p.phone != nil && shape != nil {
			shape(&job.Sides[s])
		}
	}
	return w.engine.Start(context.Background(), job)
}

// step is one step of a phone's session; its battery may die there.
func (w *world) step() error {
	if w.now.kind == steal && w.now.met != "" {
		return errBattery // the phone has another session
	}
	if w.now.kind != flat || w.now.dead {
		return nil
	}
	if w.now.at -= 4; w.now.at > 0 {
		return nil
	}
	w.now.met = "a step of the phone"
	return errBattery
}

// session plays one session of a phone, as the server face does for it.
func (w *world) session(b *bond, mode int) error {
	ctx := context.Background()
	p, side := b.phone()
	h := p.phone
	h.sessions++
	if err := w.engine.Finish(ctx, b.ref, false); err != nil {
		return err
	}
	m := w.peek(b)
	if !isRefresh(mode) && (h.reset || m.Cursors[side] == "" || unmapped(m, side) && !h.late) {
		mode = engine.Slow
	}
	w.ran = mode
	if isComplete(mode) {
		w.forgetful = true
		if err := w.flush(b, m.Cursors[side]); err != nil {
			return err
		}
	}
	if err := w.deliver(b, &h.cached); err != nil {
		return err
	}
	sent, err := w.pack(h, isComplete(mode))
	if err != nil {
		return err
	}
	if err := w.plan(b, mode, fmt.Sprint(p.name, "/", h.sessions)); err != nil {
		return err
	}
	if err := w.receive(b); err != nil {
		return err
	}
	if err := w.step(); err != nil {
		return err
	}
	if err := w.engine.Finish(ctx, b.ref, true); err != nil {
		return err
	}
	h.told(sent)
	return nil
}

func unmapped(m engine.Memory, s engine.Side) bool {
	for _, l := range m.Links {
		if l.Owed[s] == engine.Unmapped {
			return true
		}
	}
	return false
}

// flush plans what an older session left in the inbox.
func (w *world) flush(b *bond, since sources.Cursor) error {
	p, side := b.phone()
	p.phone.purge(since)
	if len(p.phone.inbox) == 0 {
		return nil
	}
	_, err := w.start(b, engine.TwoWay, fmt.Sprint(p.name, "/", p.phone.sessions, "/flush"), func(x *engine.Party) { x.Repeats = p.phone.late })
	if err != nil {
		return err
	}
	p.phone.purge(w.peek(b).Cursors[side])
	return w.engine.Finish(context.Background(), b.ref, false)
}

// pack sends what the phone has to tell.
func (w *world) pack(h *handset, slow bool) (map[sources.ID]int, error) {
	sent := map[sources.ID]int{}
	for id, n := range h.stamps {
		sent[id] = n
	}
	ids, letters := h.pack(slow)
	for i, id := range ids {
		h.receive(id, letters[i])
		w.note("put", string(id), letters[i].verb.String(), string(letters[i].body.Data))
		if i%2 == 1 {
			if err := w.step(); err != nil {
				return nil, err
			}
		}
	}
	return sent, w.step()
}

// plan runs what a phone's package is the occasion of.
func (w *world) plan(b *bond, mode int, session string) error {
	p, side := b.phone()
	_, err := w.start(b, mode, session, func(x *engine.Party) { x.Listing, x.Repeats = isComplete(mode), p.phone.late })
	if err != nil {
		return err
	}
	p.phone.purge(w.peek(b).Cursors[side])
	if isComplete(mode) {
		p.phone.reset = false
	}
	return w.step()
}

// receive lets the phone carry out what waits for it, two ops a message.
func (w *world) receive(b *bond) error {
	for {
		list, err := w.outbox(b, 2)
		if err != nil || len(list) == 0 {
			return err
		}
		sent := make([]engine.Answer, len(list))
		for i, in := range list {
			sent[i] = engine.Answer{Intent: in.ID, State: engine.Sent}
		}
		if err := w.engine.Settle(context.Background(), b.ref, sent); err != nil {
			return err
		}
		if err := w.step(); err != nil {
			return err
		}
		if err := w.carryOut(b, list); err != nil {
			return err
		}
	}
}

// outbox reads what waits for the phone.
func (w *world) outbox(b *bond, limit int) ([]engine.Intent, error) {
	_, side := b.phone()
	var ids []int64
	for _, in := range w.peek(b).Intents {
		if in.Side == side && in.State == engine.Queued && len(ids) < limit {
			ids = append(ids, in.ID)
		}
	}
	return w.journal.Intents(context.Background(), engine.Lease{Ref: b.ref}, ids)
}

// carryOut lets the phone carry out ops. Its answers may be lost, come twice, or come in its next session.
func (w *world) carryOut(b *bond, list []engine.Intent) error {
	p, _ := b.phone()
	var answers []engine.Answer
	for _, in := range list {
		got := p.phone.carryOut(in)
		w.writes++
		w.wrote[p.index]++
		answers = append(answers, got...)
		w.note("phone", p.name, in.Op.Verb.String(), string(in.Op.ID), string(in.Op.Body.Data), fmt.Sprint(got))
	}
	if err := w.step(); err != nil {
		if p.phone.cache {
			p.phone.cached = append(p.phone.cached, answers...)
		}
		return err
	}
	switch t := w.now; {
	case t.kind == lose && t.met == "" && t.at%2 == 0 && p.phone.cache:
		t.met = "answers late"
		p.phone.cached = append(p.phone.cached, answers...)
		return nil
	case t.kind == lose && t.met == "" && t.at%2 == 0:
		t.met = "answers lost"
		return nil
	case t.kind == lose && t.met == "":
		t.met = "answers doubled"
		answers = append(answers, answers...)
	}
	err := w.deliver(b, &answers)
	if err != nil && p.phone.cache {
		p.phone.cached = append(p.phone.cached, answers...)
	}
	return err
}

// deliver hands answers to the engine, and forgets them when they were taken.
func (w *world) deliver(b *bond, answers *[]engine.Answer) error {
	if len(*answers) == 0 {
		return nil
	}
	p, _ := b.phone()
	late := w.late(b, *answers)
	if err := w.engine.Settle(context.Background(), b.ref, *answers); err != nil {
		return err
	}
	p.phone.late = p.phone.late || late
	for _, a := range *answers {
		delete(p.phone.unnamed, a.Item)
	}
	*answers = nil
	return nil
}

// late reports whether answers name items whose Add an earlier run sent.
func (w *world) late(b *bond, answers []engine.Answer) bool {
	run, _, err := w.journal.Pending(context.Background(), engine.Lease{Ref: b.ref})
	if err != nil {
		w.complain("pending: %v", err)
	}
	for _, a := range answers {
		list, err := w.journal.Intents(context.Background(), engine.Lease{Ref: b.ref}, []int64{a.Intent})
		if err != nil {
			w.complain("intents: %v", err)
		}
		for _, in := range list {
			if a.State == engine.Mapped && in.State >= engine.Sent && in.State < engine.Mapped && (run == nil || in.Run != run.ID) {
				return true
			}
		}
	}
	return false
}

// theft lets the lease run out in the middle of a step, and somebody else synchronise.
func (w *world) theft(t *trouble) {
	b := w.victim
	w.clock = w.clock.Add(engine.LeaseTime + time.Second)
	if !t.holding { // a lease of a process that died may run longer, since clocks jump back
		w.clock = w.clock.Add(9 * time.Hour)
	}
	w.now = &trouble{kind: calm}
	p, _ := b.phone()
	var err error
	if p != nil {
		err = w.session(b, engine.TwoWay)
	} else {
		_, err = w.start(b, engine.TwoWay, "", nil)
	}
	w.note("thief", fmt.Sprint(err))
	if err != nil {
		w.complain("P13: whoever takes a lease that ran out gets %v", err)
	}
	w.now = t
	if t.holding {
		t.stolen = w.digest(b)
	}
}

// afterTheft asks that whoever lost the lease wrote nothing more.
func (w *world) afterTheft(b *bond, t *trouble, err error) {
	if t.stolen == "" {
		return
	}
	if t.attempts > 0 && !errors.Is(err, engine.ErrFenced) {
		w.complain("P13: a step that lost its lease at %q ended with %v", t.met, err)
	}
	if now := w.digest(b); now != t.stolen {
		w.complain("P13: a step that lost its lease at %q altered the journal\nfrom %s\nto   %s", t.met, t.stolen, now)
	}
	if t.strays > 1 {
		w.complain("P13: a step that lost its lease at %q wrote %d times after it", t.met, t.strays)
	}
}
