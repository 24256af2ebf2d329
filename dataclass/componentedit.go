package dataclass

import (
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// add puts a property behind the other properties of c and before its components, and a component at the
// end.
func add(c *contentline.Component, p contentline.Property) {
	at := len(c.Props)
	if p.Comp == nil {
		for at > 0 && c.Props[at-1].Comp != nil && c.Props[at-1].Name == "" {
			at--
		}
	}
	c.Props = slices.Insert(slices.Clip(c.Props), at, p)
}

// drop removes every property with the name.
func drop(c *contentline.Component, name string) {
	kept := c.Props[:0:0]
	for _, p := range c.Props {
		if !p.Is(name) || p.Junk {
			kept = append(kept, p)
		}
	}
	c.Props = kept
}

// setValue puts an escaped value into the first property with the name, or adds one; its parameters stay. An
// empty value removes all of them.
func setValue(c *contentline.Component, name, value string) {
	if value == "" {
		drop(c, name)
		return
	}
	if p := c.Find(name); p != nil {
		p.Value, p.Base64 = value, false
		return
	}
	add(c, contentline.Property{Name: name, Value: value})
}

// withParam gives params with one more or another value of a parameter; an empty value removes it. If nothing
// changes it gives params itself.
func withParam(params []contentline.Param, name, value string) []contentline.Param {
	out := make([]contentline.Param, 0, len(params)+1)
	done := value == ""
	for _, q := range params {
		switch {
		case !strings.EqualFold(q.Name, name):
			out = append(out, q)
		case !done:
			if strings.Join(q.Values(), ",") != value {
				q.Value = contentline.EncodeParam(value)
			}
			out, done = append(out, q), true
		}
	}
	if !done {
		out = append(out, contentline.NewParam(name, value))
	}
	if slices.Equal(out, params) {
		return params
	}
	return out
}

// paramOf gives the value of a parameter without quotes and carets.
func paramOf(p *contentline.Property, name string) string {
	for _, q := range p.Params {
		switch {
		case !strings.EqualFold(q.Name, name):
		case strings.ContainsAny(q.Value, `,"^`):
			return strings.Join(q.Values(), ",")
		default:
			return q.Value
		}
	}
	return ""
}

// A wanted is one value that a list shall have.
type wanted struct {
	exact string // equal for a property that says the same
	loose string // equal for one that is about the same; never if empty
	write func(contentline.Property) contentline.Property
}

// A lister says whether a property belongs to a list and what it is recognised by.
type lister func(p *contentline.Property) (exact, loose string, ok bool)

// relist makes the list in c equal to want, but for the order. A property that says what is wanted already
// stays as it is; one that is about the same is written anew, and so are, with reuse, those that are left
// over. Others go.
func relist(c *contentline.Component, of lister, want []wanted, reuse bool) {
	r := relisting{taken: make(map[int]int), given: make([]bool, len(want))}
	var mine []int
	exact, loose := make([]string, len(c.Props)), make([]string, len(c.Props))
	for i := range c.Props {
		var ok bool
		if exact[i], loose[i], ok = of(&c.Props[i]); ok {
			mine = append(mine, i)
		}
	}
	r.match(mine, exact, want, func(w wanted) string { return w.exact })
	same := len(r.taken)
	for _, w := range r.taken {
		want[w].write = nil // it stays as it is
	}
	r.match(mine, loose, want, func(w wanted) string { return w.loose })
	if reuse {
		r.rest(mine)
	}
	if same == len(want) && same == len(mine) {
		return
	}
	r.build(c, mine, want)
}

type relisting struct {
	taken map[int]int // index of a property to that of what it takes
	given []bool
}

// match gives each free property the first free wanted with its key.
func (r *relisting) match(mine []int, keys []string, want []wanted, key func(wanted) string) {
	free := make(map[string][]int)
	for w := range want {
		if k := key(want[w]); k != "" && !r.given[w] {
			free[k] = append(free[k], w)
		}
	}
	for _, i := range mine {
		queue := free[keys[i]]
		if _, busy := r.taken[i]; busy || len(queue) == 0 {
			continue
		}
		r.taken[i], r.given[queue[0]] = queue[0], true
		free[keys[i]] = queue[1:]
	}
}

// rest gives the free properties what is still wanted.
func (r *relisting) rest(mine []int) {
	w := 0
	for _, i := range mine {
		if _, busy := r.taken[i]; busy {
			continue
		}
		for w < len(r.given) && r.given[w] {
			w++
		}
		if w == len(r.given) {
			return
		}
		r.taken[i], r.given[w] = w, true
	}
}

func (r *relisting) build(c *contentline.Component, mine []int, want []wanted) {
	drop := make(map[int]bool, len(mine))
	for _, i := range mine {
		if w, ok := r.taken[i]; !ok {
			drop[i] = true
		} else if want[w].write != nil {
			c.Props[i] = want[w].write(c.Props[i])
		}
	}
	var fresh []contentline.Property
	for w := range want {
		if !r.given[w] {
			fresh = append(fresh, want[w].write(contentline.Property{}))
		}
	}
	out := make([]contentline.Property, 0, len(c.Props)+len(fresh))
	for i, p := range c.Props {
		if !drop[i] {
			out = append(out, p)
		}
		if len(mine) > 0 && i == mine[len(mine)-1] {
			out = append(out, fresh...)
		}
	}
	c.Props = out
	if len(mine) == 0 {
		for _, p := range fresh {
			add(c, p)
		}
	}
}
