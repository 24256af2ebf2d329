package simtest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// An entry is an item as it lies at a place.
type entry struct {
	id sources.ID
	content
	ok bool
}

// look gives what a place holds, in the order of names.
func (w *world) look(p *place) []entry {
	items, err := p.List(w.class)
	if err != nil {
		w.complain("list %s: %v", p.name, err)
	}
	list := make([]entry, 0, len(items))
	for id, b := range items {
		c, ok := read(w.class, b)
		list = append(list, entry{id, c, ok})
	}
	slices.SortFunc(list, func(a, b entry) int { return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.id, b.id)) })
	return list
}

// value makes one that was never written before.
func (w *world) value() string {
	w.values++
	return fmt.Sprintf("v%de", w.values)
}

// user lets the user of some place do something.
func (w *world) user(p *place) {
	list := w.look(p)
	if len(list) == 0 || len(list) < 8 && w.r.IntN(3) == 0 {
		w.add(p)
		return
	}
	e := list[w.r.IntN(len(list))]
	if !w.free(p, e) {
		return
	}
	switch n := w.r.IntN(10); {
	case !e.ok:
		w.mend(p, e)
	case n < 2 && w.shape.kind != ring: // in rings deletions chase Adds around
		w.remove(p, e)
	default:
		w.edit(p, e)
	}
}

// free reports whether a user may touch an item now. What a phone holds that nobody could name yet, or that it
// took from a backup, is
// recognised by its content alone, so its user leaves it as it is until then; so do users what clients held
// before they first met. Where a client that answers at once gives ids out anew, nobody can say after a
// crash whether what it shows is another item or an edited one, nor which deleted item is brought back. In a ring an item is touched
// by one user until all have seen it, because two bindings that first see an item in two states cannot know
// that it is one, and a conflict runs round for ever (docs/engine.md 5.6, 7.4).
func (w *world) free(p *place, e entry) bool {
	if p.phone != nil && (p.phone.unnamed[e.id] || p.phone.reset) {
		return false
	}
	f := w.truth[e.name]
	if w.reuses && (w.rough || f != nil && (len(f.deaths) > 0 || len(f.edited()) > 0)) {
		return false
	}
	if f == nil {
		w.complain("%s holds %q, which nobody made", p.name, e.name)
		return false
	}
	if f.known {
		return false
	}
	return w.shape.kind != ring || !f.fresh && len(f.deaths) == 0 && len(f.edited()) == 0
}

func (w *world) newContent() content {
	w.values++
	c := content{name: fmt.Sprintf("P%d", w.values), fields: map[string]string{}}
	for _, f := range styles[w.class].fields {
		if w.r.IntN(2) == 0 {
			c.fields[f] = w.value()
		}
	}
	return c
}

// add makes an item; now and then one that nobody can read. Where ids are given out anew and memory was lost, nobody could
// tell whether such an item is the one that had its id.
func (w *world) add(p *place) {
	c := w.newContent()
	b := c.body(w.class)
	f := newFact(c, p.index, w.gap)
	if w.class != dataclass.Notes && !(w.reuses && w.forgetful) && (p.phone == nil || !p.phone.reset) && w.r.IntN(16) == 0 {
		b.Data = []byte(garbage + c.name)
		f = &fact{alone: p.index, fields: map[string]lineage{}}
	}
	w.dropLost(p, &c)
	w.truth[c.name] = f
	id, err := p.Put(w.class, b)
	w.note("user of", p.name, "adds", string(id), string(b.Data))
	w.must(err)
}

// dropLost takes from a content what the place cannot hold.
func (w *world) dropLost(p *place, c *content) {
	if lost := w.lossy[p.index]; lost != "" && c.fields[lost] != "" {
		delete(c.fields, lost)
		if f := w.truth[c.name]; f != nil {
			delete(f.fields, lost)
		}
	}
}

func (w *world) must(err error) {
	if err != nil {
		w.complain("a user's own change failed: %v", err)
	}
}

// both makes the same item at two places, as clients hold it that were synchronised by other means.
func (w *world) both(p, q *place) {
	c := w.newContent()
	for _, x := range []*place{p, q} {
		if lost := w.lossy[x.index]; lost != "" {
			delete(c.fields, lost)
		}
	}
	w.truth[c.name] = newFact(c, p.index, w.gap)
	w.truth[c.name].known = true
	for _, x := range []*place{p, q} {
		id, err := x.Put(w.class, c.body(w.class))
		w.note("user of", x.name, "has", string(id), c.name)
		w.must(err)
	}
}

// mend writes an item that could not be read anew.
func (w *world) mend(p *place, e entry) {
	if w.r.IntN(3) == 0 {
		w.note("user of", p.name, "deletes garbage", e.name)
		w.must(p.Delete(w.class, e.id))
		w.truth[e.name].alone, w.truth[e.name].gone = -1, true
		return
	}
	c := w.newContent()
	c.name = e.name
	w.dropLost(p, &c)
	w.truth[c.name] = newFact(c, p.index, w.gap)
	w.note("user of", p.name, "mends", string(e.id), string(c.body(w.class).Data))
	w.must(p.Edit(w.class, e.id, c.body(w.class)))
}

func (w *world) remove(p *place, e entry) {
	w.note("user of", p.name, "deletes", string(e.id), e.name)
	f := w.truth[e.name]
	f.deaths = append(f.deaths, death{p.index, maps.Clone(e.fields), w.unseen(e.name), w.lossy[p.index]})
	w.must(p.Delete(w.class, e.id))
}

// unseen gives the values of an item that no client shows.
func (w *world) unseen(name string) map[string]bool {
	shown := map[string]bool{}
	for _, p := range w.places {
		for _, e := range w.look(p) {
			for _, field := range w.truth[name].edited() {
				if e.name == name && field != w.lossy[p.index] {
					shown[field+"="+e.fields[field]] = true
				}
			}
		}
	}
	lost := map[string]bool{}
	for _, field := range w.truth[name].edited() {
		for _, v := range w.truth[name].fields[field] {
			lost[field+"="+v.value] = !shown[field+"="+v.value]
		}
	}
	return lost
}

// edit writes a field over, adds one of its own, or now and then removes one.
func (w *world) edit(p *place, e entry) {
	f := w.truth[e.name]
	field, v := w.field(p), w.value()
	switch n := w.r.IntN(12); {
	case n < 3 && w.class != dataclass.Notes:
		field = fmt.Sprintf("%s%d", mark, w.values)
	case n == 3 && e.fields[field] != "" && f.line(field).find("") < 0 && w.mayRemove(p):
		v = ""
	}
	f.write(e.content, field, v, p.index, w.gap)
	e.fields[field] = v
	w.note("user of", p.name, "edits", string(e.id), e.name, field, v)
	w.must(p.Edit(w.class, e.id, e.body(w.class)))
}

// mayRemove reports whether a user may remove a field. What a phone never sent is not deleted by its absence
// (docs/engine.md 5.3), and whether an op of unknown outcome was carried out before the field was removed
// nobody can see.
func (w *world) mayRemove(p *place) bool { return p.phone == nil && !w.rough }

// field draws one that the place can hold.
func (w *world) field(p *place) string {
	fields := styles[w.class].fields
	f := fields[w.r.IntN(len(fields))]
	if f == w.lossy[p.index] {
		return fields[0]
	}
	return f
}

// meddle lets a user do something in the middle of a sync. The users of phones wait until it is over: a
// phone that is edited while it is written to is its maker's affair.
func (w *world) meddle() {
	if p := w.places[w.r.IntN(len(w.places))]; p.phone == nil {
		w.user(p)
	}
}
