package simtest

import (
	"maps"
	"slices"

	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
)

// A spree is what one user does to very many items of one place (docs/engine.md 8): he deletes them, or
// writes all of them anew. What the truth makes of it waits until a person decides.
type spree struct {
	at    *place
	verb  sources.Verb
	items []entry
	// before is what every other place held, by name.
	before map[*place]map[string]content
	field  string
	values map[string]string
	deaths map[string]death
}

// mass ends some histories with a spree: it waits until a person decides, and then comes true, or is undone.
func (w *world) mass() {
	w.r = roll(w.seed, 1000)
	if w.shape.plain || w.shape.kind == ring || w.r.IntN(8) != 0 {
		return
	}
	w.note("mass")
	at := w.places[w.r.IntN(len(w.places))]
	empty := at.memory != nil && w.r.IntN(4) == 0
	if !empty {
		w.fill(at)
	}
	if len(w.bad) > 0 {
		return
	}
	s := w.goWild(at, empty)
	if s == nil {
		return
	}
	w.met["mass"]++
	if b := w.bondOf(at); w.mayRefresh() && w.r.IntN(3) == 0 { // a person's choice needs no approval
		w.refresh(b, engine.Side(slices.Index(b.ends[:], at)))
		return
	}
	w.wait(s)
	if len(w.bad) > 0 {
		return
	}
	approve := w.r.IntN(2) == 0
	w.decide(s, approve)
	if b := w.bondOf(at); w.r.IntN(2) == 0 {
		_ = w.sync(b, engine.TwoWay, w.quietTrouble(b))
	}
	w.rest()
}

// fill makes a place big enough for the guard.
func (w *world) fill(at *place) {
	for n := len(w.held(at)); n < 13+int(w.seed%4); n++ {
		w.add(w.places[w.r.IntN(len(w.places))])
	}
	w.rest()
}

// bondOf gives the first bond of a place.
func (w *world) bondOf(p *place) *bond {
	i := slices.IndexFunc(w.bonds, func(b *bond) bool { return b.ends[0] == p || b.ends[1] == p })
	return w.bonds[i]
}

// quietTrouble draws trouble in which no user has a part.
func (w *world) quietTrouble(b *bond) *trouble {
	t := w.trouble(b)
	if t.kind == meddle || w.reuses {
		return &trouble{kind: calm}
	}
	return t
}

// goWild lets the user of a place delete or change more than the guard lets through, or empties a client that
// can only list.
func (w *world) goWild(at *place, empty bool) *spree {
	all := w.look(at)
	list := slices.DeleteFunc(slices.Clone(all), func(e entry) bool { return !e.ok })
	s := &spree{at: at, before: map[*place]map[string]content{}, values: map[string]string{}, deaths: map[string]death{}}
	for _, p := range w.places {
		if p != at {
			s.before[p] = w.held(p)
		}
	}
	least := max(11, len(list)/5+1)
	s.verb = sources.Delete
	switch {
	case empty && len(list) == len(all) && len(list) > 0:
		s.items, at.caps.Inferred = list, true
		for _, e := range list {
			w.strike(s, e)
		}
		return s
	case w.r.IntN(3) == 0:
		s.verb, least = sources.Replace, len(list)*4/5+1
	}
	if least > len(list) || len(list) < 12 {
		return nil
	}
	w.r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	s.items = list[:least+w.r.IntN(len(list)-least+1)]
	s.field = styles[w.class].fields[0] // everybody can hold it: what alters nothing on the other side is not held
	for _, e := range s.items {
		w.strike(s, e)
	}
	return s
}

// strike deletes or changes one item.
func (w *world) strike(s *spree, e entry) {
	if s.verb == sources.Delete {
		w.note("user of", s.at.name, "deletes among many", string(e.id), e.name)
		s.deaths[e.name] = death{s.at.index, maps.Clone(e.fields), w.unseen(e.name), w.lossy[s.at.index]}
		w.must(s.at.Delete(w.class, e.id))
		return
	}
	v := w.value()
	s.values[e.name] = v
	c := content{e.name, maps.Clone(e.fields)}
	c.fields[s.field] = v
	w.note("user of", s.at.name, "edits among many", string(e.id), e.name, s.field, v)
	w.must(s.at.Edit(w.class, e.id, c.body(w.class)))
}

// wait synchronises a few times, with trouble at first, and asks that nothing has come through (P12).
func (w *world) wait(s *spree) {
	for i := range 3 {
		for _, b := range w.bonds {
			t := &trouble{kind: calm}
			if i == 0 {
				t = w.quietTrouble(b)
			}
			if err := w.sync(b, engine.TwoWay, t); err != nil && t.met == "" {
				w.complain("P12: a sync that is held fails: %v", err)
			}
			if t.dead {
				w.boot()
			}
			w.intact(s)
		}
		if i == 0 {
			w.boot()
			w.clock = w.clock.Add(2 * engine.LeaseTime)
		}
	}
	before := w.writes
	w.round(engine.TwoWay)
	if w.intact(s); w.writes != before {
		w.complain("P12: one more sync while something is held wrote %d times", w.writes-before)
	}
	w.holds(s)
}

// intact asks that every other place holds what it held.
func (w *world) intact(s *spree) {
	for _, p := range w.places {
		want, ok := s.before[p]
		if !ok {
			continue
		}
		have := w.held(p)
		for _, name := range slices.Sorted(maps.Keys(want)) {
			c, there := have[name]
			switch {
			case !there:
				w.complain("P12: %s lost %s, and nobody approved it", p.name, name)
			case s.verb == sources.Replace && c.fields[s.field] == s.values[name] && s.values[name] != "":
				w.complain("P12: %s of %s was changed at %s, and nobody approved it", s.field, name, p.name)
			}
		}
	}
}

// holds asks that the plans of the place's bonds hold exactly what is at stake.
func (w *world) holds(s *spree) {
	want := map[sources.ID]bool{}
	for _, e := range s.items {
		want[e.id] = true
	}
	for _, b := range w.bonds {
		if b.ends[0] != s.at && b.ends[1] != s.at {
			continue
		}
		have := map[sources.ID]bool{}
		for _, p := range w.peek(b).Plans {
			for _, h := range p.Holds {
				have[h.Item] = h.Verb == s.verb
			}
		}
		if !maps.Equal(want, have) {
			w.complain("P12: binding %d holds %v, wanted %v", b.ref.Binding, have, want)
		}
	}
}

// decide is what a person says of a spree. In between, somebody may edit an item that is at stake.
func (w *world) decide(s *spree, approve bool) {
	if e := s.items[w.r.IntN(len(s.items))]; s.verb == sources.Delete && w.r.IntN(2) == 0 {
		w.rescue(s, e.name)
	}
	w.note("a person decides", map[bool]string{true: "approve", false: "reject"}[approve])
	state := engine.PlanRejected
	if approve {
		state = engine.PlanApproved
	}
	for _, b := range w.bonds {
		w.journal.Decide(b.ref, state)
	}
	if !approve {
		return
	}
	for _, e := range s.items {
		f := w.truth[e.name]
		if s.verb == sources.Delete {
			f.deaths = append(f.deaths, s.deaths[e.name])
		} else {
			f.write(e.content, s.field, s.values[e.name], s.at.index, w.gap)
		}
	}
}

// rescue edits an item that somebody else deleted: it must live, whatever is decided.
func (w *world) rescue(s *spree, name string) {
	for _, p := range w.places {
		if p == s.at || p.phone != nil {
			continue
		}
		for _, e := range w.look(p) {
			if e.name == name {
				w.edit(p, e)
				return
			}
		}
	}
}
