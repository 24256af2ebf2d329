package simtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A version is one value of a field, with the value it was written over and where.
type version struct {
	value, over string
	node        int
	gap         int // how many syncs had begun when it was written
	// shaky: it may be lost without anybody being told, as what a phone held that was wiped; kept is then
	// whether the history must have it all the same.
	shaky, kept bool
}

// A lineage is the versions of a field since all clients agreed; the first is what they agreed on.
type lineage []version

// A death is a user's deletion: where, what the user saw, and which values no client showed any more, having
// lost a conflict.
type death struct {
	node int
	seen map[string]string
	lost map[string]bool
	// blind is the field that the client cannot hold.
	blind string
}

// A fact is what the users know of one item.
type fact struct {
	fields map[string]lineage
	deaths []death
	// fresh: it was made since all agreed. gone: all agreed that it is deleted. maybe: nobody can say
	// whether it must be there.
	fresh, gone, maybe bool
	// known: clients held it before they ever met.
	known bool
	// alone is the node that holds it as garbage, or -1.
	alone int
}

// A truth is what all users together know.
type truth map[string]*fact

func newFact(c content, node, gap int) *fact {
	f := &fact{fields: map[string]lineage{}, fresh: true, alone: -1}
	for name, v := range c.fields {
		f.fields[name] = lineage{{value: v, node: node, gap: gap}}
	}
	return f
}

// write notes that a user of node wrote a field of the item c.
func (f *fact) write(c content, field, value string, node, gap int) {
	f.fields[field] = append(f.line(field), version{value: value, over: c.fields[field], node: node, gap: gap})
}

func (f *fact) line(field string) lineage {
	if len(f.fields[field]) == 0 {
		return lineage{{node: -1}}
	}
	return f.fields[field]
}

// knew reports whether the user who saw one value knew of another: it is the same, or was written over on
// the way.
func (l lineage) knew(saw, of string) bool {
	for range l {
		if saw == of {
			return true
		}
		i := l.find(saw)
		if i <= 0 {
			return false
		}
		saw = l[i].over
	}
	return false
}

func (l lineage) find(value string) int {
	return slices.IndexFunc(l, func(v version) bool { return v.value == value })
}

// mourned reports whether a version was seen by a user who deleted the item.
func (f *fact) mourned(field string, v version) bool {
	return slices.ContainsFunc(f.deaths, func(d death) bool {
		return field == d.blind || d.lost[field+"="+v.value] || f.fields[field].knew(d.seen[field], v.value)
	})
}

// overwritten reports whether a version was written over by one that must have come through.
func (f *fact) overwritten(field, value string) bool {
	return slices.ContainsFunc(f.fields[field][1:], func(v version) bool {
		return v.over == value && v.value != value && !v.shaky && !f.mourned(field, v) && !f.undone(field, value, v)
	})
}

// undone reports whether somebody who saw a version wrote again what it was written over: values are unique but for
// the empty one.
func (f *fact) undone(field, value string, v version) bool {
	return slices.ContainsFunc(f.fields[field][1:], func(w version) bool {
		return w.value == value && f.fields[field].knew(w.over, v.value)
	})
}

// edited are the fields that were written since all agreed.
func (f *fact) edited() []string {
	var out []string
	for _, field := range slices.Sorted(maps.Keys(f.fields)) {
		if len(f.fields[field]) > 1 {
			out = append(out, field)
		}
	}
	return out
}

// mustLive reports whether the item must be there: nobody deleted it, or somebody edited it and nobody who
// deleted it saw that.
func (f *fact) mustLive() bool {
	switch {
	case f.gone, f.maybe:
		return false
	case len(f.deaths) == 0:
		return true
	}
	for _, field := range f.edited() {
		for _, v := range f.fields[field][1:] {
			if !v.shaky && !f.mourned(field, v) && !f.rivalled(field) {
				return true
			}
		}
	}
	return false
}

// rivalled reports whether a value of a field may have lost against one that was deleted with the item.
func (f *fact) rivalled(field string) bool {
	return slices.ContainsFunc(f.fields[field][1:], func(v version) bool { return f.mourned(field, v) && !f.overwritten(field, v.value) })
}

// mustDie reports whether the item must be gone: it was deleted, and nobody did anything else with it
// since all agreed.
func (f *fact) mustDie() bool {
	return f.gone || len(f.deaths) > 0 && !f.fresh && !f.maybe && len(f.edited()) == 0
}

// judge compares an item that is there with what is known of it.
func (f *fact) judge(c content) (bad []string) {
	for field, v := range c.fields {
		if f.line(field).find(v) < 0 {
			bad = append(bad, fmt.Sprintf("P3: %s of %s is %q, which nobody wrote", field, c.name, v))
		}
	}
	for field, line := range f.fields {
		v := c.fields[field]
		if line.find(v) >= 0 && f.overwritten(field, v) {
			bad = append(bad, fmt.Sprintf("P3: %s of %s is %q again, which was written over: %v", field, c.name, v, line))
		}
	}
	slices.Sort(bad)
	return bad
}

// losers are the values that neither live on nor were knowingly written over or deleted.
func (f *fact) losers(c content) (out []string) {
	for _, field := range f.edited() {
		for _, v := range f.fields[field][1:] {
			if v.value == "" || v.value == c.fields[field] || v.shaky && !v.kept || f.mourned(field, v) {
				continue
			}
			over := func(w version) bool { return w.over == v.value }
			if !slices.ContainsFunc(f.fields[field], over) {
				out = append(out, v.value)
			}
		}
	}
	return out
}

// agree takes what all clients hold for what they agree on.
func (t truth) agree(items map[string]content) {
	for name, f := range t {
		c, there := items[name]
		if f.alone >= 0 {
			continue
		}
		f.deaths, f.fresh, f.known, f.maybe, f.gone = nil, false, false, false, !there
		f.fields = map[string]lineage{}
		for field, v := range c.fields {
			f.fields[field] = lineage{{value: v, node: -1}}
		}
	}
}

// String shows a lineage in a report.
func (l lineage) String() string {
	var b strings.Builder
	for _, v := range l {
		fmt.Fprintf(&b, " %q over %q at %d;", v.value, v.over, v.node)
	}
	return b.String()
}
