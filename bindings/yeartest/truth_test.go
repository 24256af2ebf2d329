package yeartest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/bindery-sync/bindery/sources/syncml/phonetest"
)

// A fate is what must have become of an item or of a value.
type fate int

const (
	lives fate = iota
	dies
	// either: nobody can say, for what was known of it was lost with a phone.
	either
)

// The two sides.
const (
	onPhone = 1 << iota
	onServer
)

// A fact is what the users know of one contact. It is known by its family name, which nobody changes.
type fact struct {
	fate fate
	// values are all texts that were ever entered since both sides agreed, and what both agreed on.
	values map[string]fate
	// edited are the sides that were since.
	edited int
	// heard are the values that the phone ever brought: only those can it take away, for of others nobody
	// knows that it keeps them (docs/engine.md 5.3). Missing are those that it has taken away all the same.
	heard, missing map[string]bool
}

// A truth is what the users know of all contacts.
type truth map[string]*fact

// texts are the values of a contact, each with its kind.
func texts(c phonetest.Contact) []string {
	var all []string
	if c.Given != "" {
		all = append(all, "given "+c.Given)
	}
	for _, v := range c.Values {
		all = append(all, v.Kind+" "+v.Text)
	}
	return all
}

// name is what a contact is known by, on both sides.
func name(c phonetest.Contact) string { return strings.SplitN(c.Family, "-", 2)[0] }

func (t truth) of(c phonetest.Contact) *fact {
	n := name(c)
	if t[n] == nil {
		t[n] = &fact{values: map[string]fate{}, heard: map[string]bool{}, missing: map[string]bool{}}
	}
	return t[n]
}

// write notes that a user of one side changed a contact from what he saw to something else. What he saw may be
// an image of what the other side holds: whole gives that back.
func (t truth) write(side int, from, to phonetest.Contact, whole func(string) string) {
	f := t.of(to)
	f.edited |= side
	if f.fate == dies {
		f.fate = lives
		f.survive(func(v string) bool { return true })
	}
	was, is := texts(from), texts(to)
	for _, v := range was {
		switch full := whole(v); {
		case slices.Contains(is, v) || f.values[full] != lives:
		case side == onPhone && !f.heard[full]:
			f.values[full], f.missing[full] = either, true
		default:
			f.values[full] = dies
		}
	}
	for _, v := range is {
		if !slices.Contains(was, v) {
			f.values[v] = lives
		}
	}
}

// unhear notes that the phone has other ids for what it holds: before it lists that, nobody knows what it showed under them,
// and what it takes away meanwhile is only not there.
func (t truth) unhear() {
	for _, f := range t {
		clear(f.heard)
	}
}

// hear notes that the phone brought values.
func (f *fact) hear(values []string) {
	for _, v := range values {
		f.heard[v] = true
	}
}

// bury notes that a user of a side deleted a contact that he saw so.
func (t truth) bury(side int, saw phonetest.Contact, whole func(string) string, shown func(string) bool) {
	f := t.of(saw)
	f.edited |= side
	if f.fate != lives {
		return
	}
	known := map[string]bool{}
	for _, v := range texts(saw) {
		known[whole(v)] = true
	}
	for v, fate := range f.values {
		if fate == lives && !known[v] && shown(v) && !f.missing[v] || fate == dies && known[v] {
			f.survive(func(v string) bool { return known[v] })
			return // somebody edited it, and he did not see that
		}
		if fate == either {
			f.fate = either
			return
		}
	}
	f.fate = dies
}

// survive notes that the contact comes back as the side has it that edited it: what only the side knew that
// deleted it may be gone, and what that side had written over may be there.
func (f *fact) survive(known func(string) bool) {
	for v, fate := range f.values {
		if fate == dies || known(v) {
			f.values[v] = either
		}
	}
}

// doubt notes that nothing can be said any more of a contact as one side shows it.
func (f *fact) doubt() {
	f.fate = either
	for v := range f.values {
		f.values[v] = either
	}
}

// haze notes that values that were written over may come back, and win: of two that become one, neither
// is the older.
func (f *fact) haze() {
	f.edited = onPhone | onServer
	for v, fate := range f.values {
		if fate == dies {
			f.values[v] = either
		}
	}
}

// judge compares, at rest, what both sides hold with what is known.
func (w *world) judge() {
	w.t.Helper()
	server, doubled := map[string]phonetest.Contact{}, []string{}
	for _, i := range w.server() {
		c := w.read(i)
		if _, twice := server[name(c)]; twice {
			doubled = append(doubled, name(c)+" in the datastore")
		}
		server[name(c)] = c
	}
	phone := map[string]phonetest.Contact{}
	for _, c := range w.phone.Items() {
		if _, twice := phone[name(c)]; twice {
			doubled = append(doubled, name(c)+" on the phone")
		}
		phone[name(c)] = c
	}
	if len(doubled) > 0 {
		w.fail("doubled: %v", doubled)
	}
	for _, n := range slices.Sorted(maps.Keys(w.truth)) {
		w.judgeItem(n, w.truth[n], server, phone)
	}
	for n := range server {
		if w.truth[n] == nil {
			w.fail("%s is in the datastore and nobody entered it", n)
		}
	}
}

func (w *world) judgeItem(n string, f *fact, server, phone map[string]phonetest.Contact) {
	w.t.Helper()
	s, there := server[n]
	p, here := phone[n]
	switch {
	case there != here:
		w.fail("%s is in the datastore %v, on the phone %v", n, there, here)
	case there && f.fate == dies:
		w.fail("%s came back", n)
	case !there && f.fate == lives:
		w.fail("%s is lost; the truth was %s", n, f)
	case !there:
		delete(w.truth, n)
		return
	}
	if bad := w.judgeValues(f, s); bad != "" {
		w.fail("%s: %s\ndatastore %s\nphone %s\ntruth %s", n, bad, brief(s), brief(p), f)
	}
	if want := w.phone.Stored(s); !same(f.without(want), f.without(p)) {
		w.fail("%s: the phone holds\n%s\nthe datastore\n%s", n, brief(p), brief(s))
	}
	f.fate, f.edited, f.values = lives, 0, map[string]fate{}
	for _, v := range texts(s) {
		f.values[v] = lives
	}
}

// judgeValues says what is wrong with the values of a contact in the datastore, "" if nothing is.
func (w *world) judgeValues(f *fact, s phonetest.Contact) string {
	is := texts(s)
	for _, v := range is {
		if fate, known := f.values[v]; !known {
			// Of a pair that a person has called one, the phone's part may have been believed.
			full := w.wholeOf(s)(v)
			if full == v || f.values[full] == lives && !w.kept(func(c phonetest.Contact) bool { return slices.Contains(texts(c), full) }) {
				return fmt.Sprintf("nobody entered %q", v)
			}
			w.note("cut: %s is now %s for both", full, v)
			delete(f.values, full)
		} else if fate == dies {
			return fmt.Sprintf("%.60q came back", v)
		}
	}
	for v, fate := range f.values {
		if fate != lives || slices.Contains(is, v) {
			continue
		}
		rivals := f.edited == onPhone|onServer
		if !rivals || !w.kept(func(c phonetest.Contact) bool { return slices.Contains(texts(c), v) }) {
			return fmt.Sprintf("%.60q is lost (edited on both sides: %v)", v, rivals)
		}
	}
	return ""
}

// without leaves out the values that the phone has taken away unheard.
func (f *fact) without(c phonetest.Contact) phonetest.Contact {
	c = c.Clone()
	c.Values = slices.DeleteFunc(c.Values, func(v phonetest.Value) bool { return f.missing[v.Kind+" "+v.Text] })
	return c
}

// same reports whether two contacts have the same values, whatever their order.
func same(a, b phonetest.Contact) bool {
	x, y := texts(a), texts(b)
	slices.Sort(x)
	slices.Sort(y)
	return a.Family == b.Family && slices.Equal(x, y)
}

// brief shows a contact in a report.
func brief(c phonetest.Contact) string {
	out := strconv.Quote(c.Family)
	for _, v := range texts(c) {
		out += fmt.Sprintf(" | %.40q", v)
	}
	return out
}

// String shows a fact in a report.
func (f *fact) String() string {
	out := fmt.Sprintf("fate %d, edited %d", f.fate, f.edited)
	for _, v := range slices.Sorted(maps.Keys(f.values)) {
		out += fmt.Sprintf(" | %.40q %d", v, f.values[v])
	}
	return out
}
