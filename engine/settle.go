package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

func (st *Settlement) empty() bool {
	return len(st.Links) == 0 && len(st.Held) == 0 && len(st.Drop) == 0 && len(st.Forget) == 0 && len(st.Intents) == 0 && len(st.Reasons) == 0 && len(st.Failures) == 0
}

// done settles an op that the side carried out.
func (st *Settlement) done(l *LinkWrite, in Intent, res sources.Result) {
	st.Forget = append(st.Forget, in.ID)
	st.countOut(in)
	if in.Op.Verb == sources.Delete {
		st.Drop = append(st.Drop, l.ID)
		return
	}
	l.holds(in, res.ID, res.Rev)
	st.pardon(l, in.Side)
	st.keep(l, in.Side)
}

// keep stores a link of which a side holds what was written: few words do if that is the base.
func (st *Settlement) keep(l *LinkWrite, s Side) {
	if l.Owed[s] == None {
		st.Held = append(st.Held, Holding{l.ID, s, l.Item[s], l.Rev[s]})
		return
	}
	st.put(*l)
}

// holds notes that a side holds what an intent wrote.
func (l *LinkWrite) holds(in Intent, id sources.ID, rev sources.Revision) {
	s := in.Side
	l.Item[s], l.Rev[s] = id, rev
	l.Link.Shadow[s], l.Bodies.Shadow[s] = in.Print, in.Op.Body
	l.Owed[s] = None
	if l.Doomed || l.Link.Base != in.Print {
		l.Owed[s] = Waiting
	}
}

// put stores a link once, the newest version of it. What was held is in it.
func (st *Settlement) put(l LinkWrite) {
	st.Held = slices.DeleteFunc(st.Held, func(h Holding) bool { return h.Link == l.ID })
	for i := range st.Links {
		if st.Links[i].ID == l.ID && l.ID != 0 {
			st.Links[i] = l
			return
		}
	}
	st.Links = append(st.Links, l)
}

// countOut counts an op that its side acknowledged.
func (st *Settlement) countOut(in Intent) {
	c := &st.Tally.Sides[in.Side]
	switch in.Op.Verb {
	case sources.Add:
		c.AddsOut++
	case sources.Replace:
		c.ReplacesOut++
	case sources.Delete:
		c.DeletesOut++
	}
}

// An Answer is what a deferred side said about one of its ops.
type Answer struct {
	// Intent is the op's Intent.ID.
	Intent int64
	// State is how far the op came: Sent, Acknowledged, or Mapped for an Add. 0 means that it was
	// refused, and Err says why.
	State OpState
	// Item is the side's name for the item of an Add, with Mapped.
	Item sources.ID
	// Err wraps an error class of package sources.
	Err error
}

// Settle records the answers of a deferred side, in any request or process. An answer to an op that is
// over changes nothing, save that a second name for one Add is a second copy, which the side will be
// asked to delete. It calls no Source and joins the transaction that ctx carries. It returns ErrBusy
// and ErrFenced as Start does.
func (e *Engine) Settle(ctx context.Context, ref Ref, answers []Answer) error {
	if len(answers) == 0 {
		return nil
	}
	return e.step(ctx, ref, false, func(l Lease) error { return e.settle(ctx, l, answers) })
}

// step runs fn under a lease.
func (e *Engine) step(ctx context.Context, ref Ref, take bool, fn func(Lease) error) error {
	l, err := e.Journal.Lease(ctx, ref, "", take)
	if err != nil {
		return err
	}
	if err := fn(l); err != nil {
		return errors.Join(err, e.Journal.Release(context.WithoutCancel(ctx), l))
	}
	return e.Journal.Release(ctx, l)
}

// settle hears the answers twice if it must: what most of them change needs no body, and bodies are most of
// what there is to read.
func (e *Engine) settle(ctx context.Context, l Lease, answers []Answer) error {
	ids := make([]int64, len(answers))
	for i, a := range answers {
		ids[i] = a.Intent
	}
	// That an op is on its way changes no link but by its reason.
	intents, links, err := e.Journal.Heard(ctx, l, ids, !onlySent(answers))
	if err != nil {
		return err
	}
	st := heard(intents, links, answers)
	if len(st.Links) > 0 {
		if intents, links, err = e.whole(ctx, l, ids); err != nil {
			return err
		}
		st = heard(intents, links, answers)
	}
	if st.empty() {
		return nil
	}
	if err := e.Journal.Settle(ctx, l, st); err != nil {
		return fmt.Errorf("settle: %w", err)
	}
	return nil
}

// whole reads intents and their links with their bodies.
func (e *Engine) whole(ctx context.Context, l Lease, ids []int64) ([]Intent, []LinkWrite, error) {
	intents, err := e.Journal.Intents(ctx, l, ids)
	if err != nil {
		return nil, nil, err
	}
	of := make([]LinkID, len(intents))
	for i := range intents {
		of[i] = intents[i].Link
	}
	links, err := e.Journal.Links(ctx, l, of)
	return intents, links, err
}

// heard gives what answers mean.
func heard(intents []Intent, links []LinkWrite, answers []Answer) Settlement {
	h := hearing{intents: make(map[int64]*Intent, len(intents)), links: make(map[LinkID]*LinkWrite, len(links))}
	for i := range intents {
		h.intents[intents[i].ID] = &intents[i]
	}
	for i := range links {
		h.links[links[i].ID] = &links[i]
	}
	for _, a := range answers {
		h.hear(a)
	}
	return h.st
}

// onlySent reports whether nothing was heard, only sent.
func onlySent(answers []Answer) bool {
	return !slices.ContainsFunc(answers, func(a Answer) bool { return a.State != Sent })
}

// hearing works out what a set of answers means.
type hearing struct {
	intents map[int64]*Intent
	links   map[LinkID]*LinkWrite
	st      Settlement
}

func (h *hearing) hear(a Answer) {
	in := h.intents[a.Intent]
	if in == nil {
		return
	}
	switch {
	case a.State == Mapped:
		h.mapped(in, a.Item)
	case in.State == Mapped, a.State != 0 && a.State <= in.State:
		// An answer that came again, or too late.
	case a.State == Sent:
		h.sent(in)
	case a.State == Acknowledged:
		h.acknowledged(in)
	default:
		h.refused(in, a.Err)
	}
}

func (h *hearing) sent(in *Intent) {
	in.State = Sent
	h.st.note(*in)
	if in.Op.Verb == sources.Add {
		h.st.Reasons = append(h.st.Reasons, Owing{in.Link, in.Side, Unmapped})
		if l := h.links[in.Link]; l != nil {
			l.Owed[in.Side] = Unmapped
		}
	}
}

// note stores the new state of an intent, once.
func (st *Settlement) note(in Intent) {
	if at, ok := st.noted[in.ID]; ok {
		st.Intents[at] = in
		return
	}
	if st.noted == nil {
		st.noted = make(map[int64]int)
	}
	st.noted[in.ID] = len(st.Intents)
	st.Intents = append(st.Intents, in)
}

func (h *hearing) acknowledged(in *Intent) {
	l := h.links[in.Link]
	switch {
	case in.Op.Verb == sources.Add:
		h.st.countOut(*in)
		in.State = Acknowledged
		h.st.note(*in)
	case l == nil:
		h.st.Forget = append(h.st.Forget, in.ID)
	default:
		h.st.Answered = append(h.st.Answered, Place{in.Link, in.Side})
		h.st.done(l, *in, sources.Result{ID: in.Op.ID})
		in.State = Mapped
	}
}

// mapped settles an Add by the side's name for the item. The name alone proves the Add.
func (h *hearing) mapped(in *Intent, item sources.ID) {
	if in.Op.Verb != sources.Add || item == "" {
		return
	}
	l := h.links[in.Link]
	switch {
	case in.State == Mapped && in.Item == item:
		return
	case in.State == Mapped, l == nil, l.Item[in.Side] != "" && l.Item[in.Side] != item:
		h.secondCopy(in, item)
	default:
		l.holds(*in, item, "")
		h.st.pardon(l, in.Side)
		h.st.keep(l, in.Side)
	}
	if in.State < Acknowledged {
		h.st.countOut(*in)
	}
	if in.State != Mapped {
		in.State, in.Item = Mapped, item
		h.st.note(*in)
	}
}

// secondCopy notes an item that the side made twice, or that nobody wants any more: it is to delete it.
func (h *hearing) secondCopy(in *Intent, item sources.ID) {
	var l LinkWrite
	l.Doomed = true
	l.Item[in.Side] = item
	l.Owed[in.Side] = Waiting
	l.Link.Base, l.Link.Shadow[in.Side] = in.Print, in.Print
	l.Bodies.Base, l.Bodies.Shadow[in.Side] = in.Op.Body, in.Op.Body
	h.st.put(l)
}

func (h *hearing) refused(in *Intent, err error) {
	l := h.links[in.Link]
	if l == nil {
		h.st.Forget = append(h.st.Forget, in.ID)
		return
	}
	switch {
	case errors.Is(err, sources.ErrGone) && in.Op.Verb == sources.Delete:
		h.acknowledged(in)
	case errors.Is(err, sources.ErrGone) && in.Op.Verb == sources.Replace:
		h.st.Forget = append(h.st.Forget, in.ID)
		l.lose(in.Side)
		h.st.put(*l)
	default:
		h.st.refused(l, *in, err)
	}
	in.State = Mapped
}

// lose notes that a side holds the item no longer and is owed it again.
func (l *LinkWrite) lose(s Side) {
	l.Item[s], l.Rev[s] = "", ""
	l.Link.Shadow[s], l.Bodies.Shadow[s] = dataclass.Fingerprint{}, dataclass.Body{}
	l.Sent[s] = nil
	l.Owed[s] = Refused
}

// Finish ends the open run of ref, if there is one, and writes its log entry: complete says that the
// conversation came to its end, else it is abandoned. What was not brought to an end stays owed. It
// takes the lease from whoever holds it, calls no Source, and joins the transaction that ctx carries.
func (e *Engine) Finish(ctx context.Context, ref Ref, complete bool) error {
	return e.step(ctx, ref, true, func(l Lease) error { return e.finish(ctx, l, complete, "") })
}

func (e *Engine) finish(ctx context.Context, l Lease, complete bool, why string) error {
	run, open, err := e.Journal.Pending(ctx, l)
	if err != nil || run == nil {
		return err
	}
	c := Closing{Finished: true, State: StateAbandoned, Why: why}
	if complete && run.Planned {
		c.State, c.Why = StateDone, ""
	} else {
		e.Log.InfoContext(ctx, "sync broken off", "binding", l.Ref.Binding, "dataclass", string(l.Ref.Class), "sync", run.ID,
			"planned", run.Planned, "open", len(open))
	}
	for _, in := range open {
		c.leave(in)
	}
	return e.Journal.Close(ctx, l, c)
}

// leave decides what stays of an intent when its run ends. An op of a side that answers at once stays
// as it is: the next run repeats it by its key.
func (c *Closing) leave(in Intent) {
	switch {
	case in.State == Intended:
	case in.Op.Verb == sources.Add && in.State >= Sent:
		c.Reasons = append(c.Reasons, Owing{in.Link, in.Side, Unmapped})
	case in.Op.Verb == sources.Replace && in.State == Sent:
		c.Reasons = append(c.Reasons, Owing{in.Link, in.Side, Unacknowledged})
	case in.State == Queued:
		c.Forget = append(c.Forget, in.ID)
		c.Reasons = append(c.Reasons, Owing{in.Link, in.Side, Unsent})
	default:
		c.Forget = append(c.Forget, in.ID)
		c.Reasons = append(c.Reasons, Owing{in.Link, in.Side, Unacknowledged})
	}
}
