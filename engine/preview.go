package engine

import (
	"context"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// A Preview is what a run would do if it began now.
type Preview struct {
	// Mode is the mode that would take effect.
	Mode int
	// Tally are the figures: what was read from each side, and what would be sent to it.
	Tally Tally
	// Held is what the guard would hold. A run of two sides that answer now would then stop before its first
	// write. Plan is the open plan that holds the same already, "" if there is none.
	Held []Hold
	Plan string
	// Broken is how many writes an earlier run has begun whose outcome is not known. The next run brings them to
	// their end first, so what it does may differ.
	Broken int
	// Writes are the first writes, in order.
	Writes []PreviewWrite
}

// A PreviewWrite is one write to a side.
type PreviewWrite struct {
	Side Side
	Verb sources.Verb
	// Title is what a person calls the item.
	Title string
	// Conflict means that both sides changed it.
	Conflict bool
}

// Preview reads both sides and plans, as Start does, and gives the plan with at most show of its writes. It
// writes nothing: no side is asked to change anything, and of the Journal it calls only Recall, without a lease.
// What a kind notes for itself when a session begins is its own. It brings nothing of a broken run to its end.
func (e *Engine) Preview(ctx context.Context, job Job, show int) (Preview, error) {
	r := &run{engine: e, job: job, lease: Lease{Ref: job.Ref}, open: Run{Mode: job.Mode}}
	p := Preview{Mode: job.Mode}
	if err := r.load(ctx); err != nil {
		return p, err
	}
	for _, in := range r.mem.Intents {
		if in.State == Intended {
			p.Broken++
		}
	}
	defer r.closeSessions()
	if err := r.readBoth(ctx); err != nil {
		return p, err
	}
	if err := r.readRanges(ctx); err != nil {
		return p, err
	}
	ds, err := r.plan(ctx)
	if err != nil {
		return p, err
	}
	list, _, err := r.weigh(ctx, ds)
	if err != nil {
		return p, err
	}
	for _, x := range list {
		p.Held = append(p.Held, x.Hold)
	}
	if len(list) > 0 {
		p.Plan = PlanOf(r.mem.Plans, p.Held, false)
	}
	for _, s := range bothSides {
		if r.sides[s].listing && p.Mode == TwoWay {
			p.Mode = Slow
		}
	}
	p.Tally.Held = len(list)
	return p, r.foresee(ctx, &p, ds, show)
}

// foresee weaves decisions, a batch at a time, and counts what they would write.
func (r *run) foresee(ctx context.Context, p *Preview, ds []Decision, show int) error {
	for len(ds) > 0 {
		n := min(len(ds), r.engine.batchSize())
		threads, err := r.threads(ctx, ds[:n])
		if err != nil {
			return err
		}
		ds = ds[n:]
		conflicts := make(map[LinkID]bool)
		for _, t := range threads {
			if c, err := weave(t); err == nil && c.tally.Conflicts > 0 {
				conflicts[t.d.Link] = true
			}
		}
		b, err := r.weaveAll(threads)
		if err != nil {
			return err
		}
		p.Tally.Add(b.Tally)
		for _, in := range b.Intents {
			var st Settlement
			st.countOut(in)
			p.Tally.Add(st.Tally)
			if l := b.Links[int(in.Link)]; len(p.Writes) < show {
				p.Writes = append(p.Writes, PreviewWrite{in.Side, in.Op.Verb, r.title(l.Bodies.Base), conflicts[l.ID] && l.ID != 0})
			}
		}
	}
	return nil
}

// title is what a person calls an item, "" for one that cannot be read.
func (r *run) title(b dataclass.Body) string {
	it, err := dataclass.Decode(r.job.Ref.Class, b)
	if err != nil {
		return ""
	}
	return it.Title()
}
