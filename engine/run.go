package engine

import (
	"context"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// run is one step Start of one run.
type run struct {
	engine *Engine
	job    Job
	lease  Lease

	open   Run
	mem    Memory
	byItem [2]map[sources.ID]*Link
	// openBy are the open Adds, sentBy the open Replaces that left for a deferred side.
	openBy, sentBy [2]map[LinkID][]int64
	// acked are the links with an Add that a deferred side acknowledged but did not name.
	acked [2]map[LinkID]bool
	// tried are the fingerprints of ops that a side has, or may have, taken.
	tried [2]map[LinkID][]dataclass.Fingerprint
	sides [2]*reading
	// ruled is what a person has decided about holds; approved and rejected are the same for Plan.
	ruled              map[LinkID]ruling
	approved, rejected map[LinkID]bool
	// held is the plan that this run made or met.
	held string
	// holds are what it held.
	holds []Hold
	// out are the links whose item is outside a side's range, as far as Plan has to know.
	out [2]map[LinkID]bool
	// glanced says that the links were not loaded, since none of them needs anything by itself.
	glanced bool
	// far is how many links were not loaded: both sides hold their items, are owed nothing, and report nothing of them.
	far int
	// detours are items that other bindings have on a way to the other side.
	detours Elsewhere
	// progress is what a Watcher is told.
	progress Progress
	// later are decisions that have to be taken again because an item changed under them.
	later []retry
}

func (r *run) start(ctx context.Context) (Report, error) {
	if err := r.enter(ctx); err != nil {
		return Report{}, err
	}
	mark := Mark{r.job.Ref, r.open.ID}
	rep, err := r.goOn(context.WithValue(ctx, markKey{}, mark))
	if err != nil {
		return rep, &Failed{mark, err}
	}
	return rep, nil
}

// goOn does what there is to do in a run that is open.
func (r *run) goOn(ctx context.Context) (Report, error) {
	if r.open.Planned {
		return r.report(), nil
	}
	if err := r.resolve(ctx); err != nil {
		return Report{}, err
	}
	if err := r.glance(ctx); err != nil {
		return Report{}, err
	}
	defer r.closeSessions()
	if err := r.readBoth(ctx); err != nil {
		return Report{}, err
	}
	if r.asks() {
		return r.holdSlow(ctx)
	}
	if r.glanced {
		return r.end(ctx) // no side reports anything, and nothing is owed
	}
	if err := r.readRanges(ctx); err != nil {
		return Report{}, err
	}
	plan, err := r.plan(ctx)
	if err != nil {
		return Report{}, err
	}
	plan, stop, err := r.judge(ctx, plan)
	if err != nil {
		return Report{}, err
	}
	if stop {
		return r.stop(ctx, plan)
	}
	if err := r.carryOut(ctx, plan); err != nil {
		return Report{}, err
	}
	return r.end(ctx)
}

// sameWay reports whether the open run carries changes in the directions that the job asks for. A two-way
// run may have become a slow one.
func (r *run) sameWay() bool {
	return r.open.Mode == r.job.Mode || r.open.Mode <= Slow && r.job.Mode <= Slow
}

// enter opens the run. The open run of another session, or of another way, is abandoned first.
func (r *run) enter(ctx context.Context) error {
	var err error
	for {
		if r.open, err = r.engine.Journal.Open(ctx, r.lease, r.job.Session, r.job.Mode); err != nil {
			return err
		}
		if r.open.Session == r.job.Session && r.sameWay() {
			r.opened()
			return nil
		}
		if err := r.engine.finish(ctx, r.lease, false, "Another synchronization took its place"); err != nil {
			return err
		}
	}
}

func (r *run) load(ctx context.Context) error {
	var err error
	if r.mem, err = r.engine.Journal.Load(ctx, r.lease); err != nil {
		return err
	}
	r.far = 0
	r.index()
	return nil
}

// index finds links by their items, and open ops by their links.
func (r *run) index() {
	for _, s := range bothSides {
		r.openBy[s] = make(map[LinkID][]int64)
		r.acked[s] = make(map[LinkID]bool)
		r.sentBy[s] = make(map[LinkID][]int64)
		r.tried[s] = make(map[LinkID][]dataclass.Fingerprint)
		r.byItem[s] = make(map[sources.ID]*Link, len(r.mem.Links))
	}
	for _, in := range r.mem.Intents {
		if in.Op.Verb == sources.Add && in.State == Acknowledged {
			r.acked[in.Side][in.Link] = true
		}
		by := &r.openBy[in.Side]
		if in.Op.Verb == sources.Replace && in.State == Sent {
			by = &r.sentBy[in.Side]
		}
		(*by)[in.Link] = append((*by)[in.Link], in.ID)
		if in.Op.Verb != sources.Delete && in.State >= Sent {
			r.tried[in.Side][in.Link] = append(r.tried[in.Side][in.Link], in.Print)
		}
	}
	r.declare()
	r.rule()
	for i := range r.mem.Links {
		for _, s := range bothSides {
			if id := r.mem.Links[i].Item[s]; id != "" {
				r.byItem[s][id] = &r.mem.Links[i]
			}
		}
	}
}

// declare lets what was learned of the sides be forgotten if they declare something else now.
func (r *run) declare() {
	for _, s := range bothSides {
		r.learns(s).Declares(r.job.Sides[s].Holds)
	}
}

// readBoth begins both sessions before either is read, so that both looks are as of now.
func (r *run) readBoth(ctx context.Context) error {
	for _, s := range bothSides {
		rd, err := r.begin(ctx, s)
		if err != nil {
			return err
		}
		r.sides[s] = rd
	}
	if r.glanced {
		return r.readNearby(ctx)
	}
	for _, s := range bothSides {
		if err := r.read(ctx, s, r.sides[s]); err != nil {
			return err
		}
		if err := r.readAgain(ctx, s, r.sides[s]); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) closeSessions() {
	for _, s := range bothSides {
		if rd := r.sides[s]; rd != nil && rd.session != nil {
			if err := rd.session.Close(); err != nil {
				r.engine.Log.Warn("close session", r.line("side", s.String(), "error", err)...)
			}
		}
	}
}

// plan works out what to do. Only what no id and no fingerprint tells is asked for its evidence, so that a slow sync of
// sides that agree reads no body twice.
func (r *run) plan(ctx context.Context) ([]Decision, error) {
	r.tryReadable()
	r.findStanding()
	if err := r.findImages(ctx); err != nil {
		return nil, err
	}
	in := Input{Links: r.mem.Links, UIDs: r.shareUIDs(), Tried: r.tried, Adds: r.openAdds(), Way: r.job.Way, Lead: r.job.Lead, DeleteWins: r.job.DeleteWins}
	in.Out = r.out
	in.Doubts, in.RemoveTwins = r.mem.Doubts, r.job.RemoveTwins
	in.Approved, in.Rejected = r.approved, r.rejected
	for _, s := range bothSides {
		in.Changes[s] = r.sides[s].digests
		in.Listing[s] = r.sides[s].listing
		in.Repeats[s] = r.job.Sides[s].Repeats
		in.Resumes[s], in.Acked[s] = r.job.Sides[s].Resumes, r.acked[s]
		in.Mistrusted[s], in.Strange[s] = r.mistrusts(s), r.job.Sides[s].Strange
	}
	var err error
	if in.Kin, err = r.kin(ctx); err != nil {
		return nil, err
	}
	if r.detours, err = r.elsewhere(ctx); err != nil {
		return nil, err
	}
	in.Elsewhere = r.detours
	p := begin(in)
	f, err := r.facts(ctx, p)
	if err != nil {
		return nil, err
	}
	return p.finish(f), nil
}

// openAdds are the Adds of sides that answer at once which even a repetition did not settle.
func (r *run) openAdds() (adds [2]map[sources.Key]LinkID) {
	for _, in := range r.mem.Intents {
		if in.State != Intended || in.Op.Verb != sources.Add {
			continue
		}
		if adds[in.Side] == nil {
			adds[in.Side] = make(map[sources.Key]LinkID)
		}
		adds[in.Side][in.Op.Key] = in.Link
	}
	return adds
}

// deferred is the side that answers later, if there is one.
func (j Job) deferred() bool {
	return j.Sides[Source].Caps.Deferred || j.Sides[Target].Caps.Deferred
}

// end commits both looks and moves the cursors: all that they cover is done or owed.
func (r *run) end(ctx context.Context) (Report, error) {
	c := Closing{Finished: !r.job.deferred(), State: StateDone, Plan: r.held, Settled: r.settledPlans()}
	for _, s := range bothSides {
		if r.sides[s].listing && r.open.Mode == TwoWay {
			c.Mode, r.open.Mode = Slow, Slow // a side without trustworthy memory
		}
		cur, err := r.sides[s].session.Commit(ctx)
		if err != nil {
			return Report{}, atSide(s, "commit", err)
		}
		c.Ranges[s] = r.job.Sides[s].Range
		c.Cursors[s], c.Known[s] = &cur, r.learns(s)
		c.Tally.Sides[s] = r.sides[s].in
		if r.sides[s].listing {
			c.Tally.Duplicates += countTwins(r.sides[s].digests)
		}
	}
	if err := r.engine.Journal.Close(ctx, r.lease, c); err != nil {
		return Report{}, err
	}
	r.open.Tally.Add(c.Tally)
	rep := r.report()
	rep.Finished, rep.State, rep.Plan = c.Finished, c.State, c.Plan
	return rep, nil
}

func (r *run) report() Report {
	return Report{Run: r.open.ID, Mode: r.open.Mode, Tally: r.open.Tally}
}
