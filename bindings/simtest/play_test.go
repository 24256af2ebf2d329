package simtest

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/bindery-sync/bindery/engine"
)

// play plays the history of a world: twice some steps and a rest.
func (w *world) play() {
	w.begin()
	for epoch := range 2 {
		for i := range w.shape.steps {
			w.r = roll(w.seed, 100*(epoch+1)+i)
			if w.oneStep(); len(w.bad) > 0 {
				return
			}
		}
		w.r = roll(w.seed, 100*(epoch+1)+99)
		if w.rest(); len(w.bad) > 0 {
			return
		}
	}
	w.mass()
}

// begin gives the clients something to begin with.
func (w *world) begin() {
	if w.r.IntN(2) == 0 {
		w.both(w.bonds[0].ends[0], w.bonds[0].ends[1])
	}
	for range w.r.IntN(4) {
		w.add(w.places[w.r.IntN(len(w.places))])
	}
}

// oneStep is one step: a user does something, a bond is synchronised, or time does what it should not.
func (w *world) oneStep() {
	switch n := w.r.IntN(20); {
	case n < 12:
		w.user(w.places[w.r.IntN(len(w.places))])
	case n < 19:
		w.oneSync()
	default:
		w.upset()
	}
	w.clock = w.clock.Add(time.Duration(w.r.IntN(90)) * time.Second)
}

// oneSync synchronises some bond.
func (w *world) oneSync() {
	b := w.bonds[w.r.IntN(len(w.bonds))]
	if !w.shape.plain && w.mayRefresh() && w.r.IntN(16) == 0 {
		w.refresh(b, engine.Side(w.r.IntN(2)))
		return
	}
	mode := w.mode(b)
	t := w.trouble(b)
	before, open := slices.Clone(w.wrote), len(w.peek(b).Intents)
	defer func() {
		if open == 0 { // what a broken run began is brought to its end in any mode
			w.spared(b, before, t)
		}
	}()
	if err := w.sync(b, mode, t); err != nil && t.met == "" && !errors.Is(err, engine.ErrBusy) {
		w.complain("a sync without trouble failed: %v", err)
	}
}

// upset does what happens now and then: the clock jumps, a client loses its memory of changes, a phone is
// wiped.
func (w *world) upset() {
	switch p := w.places[w.r.IntN(len(w.places))]; w.r.IntN(3) {
	case 0:
		jump := time.Duration(w.r.IntN(7200)-3600) * time.Second
		w.clock = w.clock.Add(jump)
		w.note("the clock jumps", jump.String())
	case 1:
		if p.memory != nil && w.shape.kind != ring {
			w.note(p.name, "forgets")
			p.memory.Forget()
			w.forgetful = true
		}
	default:
		if p.phone != nil && len(p.phone.dirty) == 0 && len(p.phone.unnamed) == 0 && len(p.phone.cached) == 0 {
			restore := w.r.IntN(2) == 0 && w.mayRestore(p)
			w.note(p.name, "is wiped", strconv.FormatBool(restore))
			p.phone.wipe(restore)
			w.forgetful = true
		}
	}
}

// mayRestore reports whether a phone may take what it held from a backup. What it restores is known again by
// equal content: not where it drops fields, holds what cannot be read, or is owed an edit.
func (w *world) mayRestore(p *place) bool {
	if w.rough || w.lossy[p.index] != "" || slices.ContainsFunc(w.look(p), func(e entry) bool { return !e.ok }) {
		return false
	}
	for _, f := range w.truth {
		if len(f.edited()) > 0 {
			return false
		}
	}
	return true
}

// rounds is how many rounds of syncs a world may need to come to rest.
func (w *world) rounds() int {
	switch w.shape.kind {
	case pair:
		return 2
	case single:
		return 3
	}
	return 4
}

// rest lets users and faults stop, and asks what then must hold.
func (w *world) rest() {
	w.note("rest")
	w.boot()
	w.clock = w.clock.Add(3 * time.Hour)
	for range w.rounds() {
		w.round(engine.TwoWay)
	}
	w.judge()
	if len(w.bad) > 0 {
		return
	}
	w.quiet("P5: one more sync", engine.TwoWay)
	if w.r.IntN(3) == 0 {
		w.note("all is forgotten")
		for _, p := range w.places {
			if p.memory != nil {
				p.memory.Forget()
			}
		}
		w.quiet("P9: a slow sync", engine.Slow)
	}
	w.truth.agree(w.held(w.whole()))
	w.rough, w.forgetful = false, false
}

// round synchronises every bond without trouble.
func (w *world) round(mode int) {
	for _, b := range w.bonds {
		m := mode
		if p, _ := b.phone(); p == nil {
			m = engine.TwoWay
		}
		if err := w.sync(b, m, &trouble{kind: calm}); err != nil {
			w.complain("no sync succeeds any more: %v", err)
		}
	}
}

// quiet asks that a round of syncs writes nothing and says so.
func (w *world) quiet(what string, mode int) {
	before := w.writes
	w.round(mode)
	if w.writes != before {
		w.complain("%s wrote %d times", what, w.writes-before)
	}
}

// held gives what a place holds, by name, without what it holds alone.
func (w *world) held(p *place) map[string]content {
	out := map[string]content{}
	for _, e := range w.look(p) {
		if e.ok {
			out[e.name] = e.content
		}
	}
	return out
}

// judge asks P1 to P4 and P11 of a world at rest.
func (w *world) judge() {
	for _, p := range w.places {
		seen := map[string]int{}
		for _, e := range w.look(p) {
			seen[e.name]++
			f := w.truth[e.name]
			switch {
			case f == nil:
				w.complain("%s holds %s, which nobody made", p.name, e.name)
				return
			case seen[e.name] == 2:
				w.complain("P2: %s holds %s more than once", p.name, e.name)
			case !e.ok && f.alone != p.index, e.ok && f.alone >= 0:
				w.complain("%s holds %s (readable %v), whose garbage lies at %d", p.name, e.name, e.ok, f.alone)
			case f.alone < 0 && f.mustDie() && (f.gone || !w.forgetful):
				w.complain("P4: %s holds %s, which was deleted", p.name, e.name)
			}
		}
	}
	w.judgeContents()
}

func (w *world) judgeContents() {
	whole := w.whole()
	items := w.held(whole)
	for _, name := range w.names() {
		f := w.truth[name]
		c, there := items[name]
		if !there && f.alone < 0 && f.mustLive() {
			w.complain("P3: %s lost %s", whole.name, name)
		}
		if !there {
			continue
		}
		for _, s := range f.judge(c) {
			w.complain("%s", s)
		}
		for _, v := range f.losers(c) {
			if !w.kept(v) {
				w.complain("P3: %s of %s lost a conflict and is not in the history", v, name)
			}
		}
	}
	for _, p := range w.places {
		w.compare(p, items)
	}
}

// whole is a place that can hold everything.
func (w *world) whole() *place { return w.places[len(w.places)-1] }

func (w *world) names() []string {
	names := make([]string, 0, len(w.truth))
	for name := range w.truth {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// compare asks that a place holds these items, up to what it cannot hold.
func (w *world) compare(p *place, items map[string]content) {
	mine := w.held(p)
	for _, name := range w.names() {
		want, a := items[name]
		have, b := mine[name]
		if a != b {
			w.complain("P1: %s: at %s %v, at %s %v", name, w.whole().name, a, p.name, b)
			continue
		}
		if !a {
			continue
		}
		for _, f := range fieldsOf(want, have) {
			if want.fields[f] != have.fields[f] && f != w.lossy[p.index] {
				w.complain("P1: %s of %s: at %s %q, at %s %q", f, name, w.whole().name, want.fields[f], p.name, have.fields[f])
			}
		}
	}
}

func fieldsOf(a, b content) []string {
	var out []string
	for f := range a.fields {
		out = append(out, f)
	}
	for f := range b.fields {
		out = append(out, f)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// kept reports whether a version with that value lies in some history.
func (w *world) kept(v string) bool {
	return slices.ContainsFunc(w.bonds, func(b *bond) bool { return w.journal.Kept(b.ref, v) })
}
