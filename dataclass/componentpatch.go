package dataclass

import (
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// patch makes c differ from what it was as is differs from was, where was says the same as c in other words.
// Properties whose name has the same lines in both stay as they are. Those that was has and c has not are only
// edited with invented.
func patch(c, was, is *contentline.Component, invented bool) {
	p := patcher{invented: invented, edits: make(map[int]*contentline.Property), behind: make(map[int][]contentline.Property)}
	for _, name := range namesOf(was, is) {
		p.name(c, was, is, name)
	}
	out := make([]contentline.Property, 0, len(c.Props)+len(p.fresh))
	for i := range c.Props {
		switch e, edited := p.edits[i]; {
		case !edited:
			out = append(out, c.Props[i])
		case e != nil:
			out = append(out, *e)
		}
		out = append(out, p.behind[i]...)
	}
	c.Props = out
	for _, fresh := range p.fresh {
		add(c, fresh)
	}
}

// A patcher collects what becomes of the properties of a component.
type patcher struct {
	edits  map[int]*contentline.Property // nil: it goes
	behind map[int][]contentline.Property
	fresh  []contentline.Property

	invented bool
}

// propName is what properties are aligned by: their name, or that of the component they are.
func propName(p *contentline.Property) string {
	switch {
	case p.Junk:
		return junkKey
	case p.Comp != nil && p.Name == "":
		return "BEGIN:" + upper(p.Comp.Name)
	}
	return upper(p.Name)
}

func namesOf(all ...*contentline.Component) []string {
	var out []string
	seen := make(map[string]bool)
	for _, c := range all {
		for i := range c.Props {
			if n := propName(&c.Props[i]); !seen[n] {
				seen[n] = true
				out = append(out, n)
			}
		}
	}
	return out
}

func indexesOf(c *contentline.Component, name string) []int {
	var out []int
	for i := range c.Props {
		if propName(&c.Props[i]) == name {
			out = append(out, i)
		}
	}
	return out
}

// name aligns the properties of one name.
func (p *patcher) name(c, was, is *contentline.Component, name string) {
	have, old, now := indexesOf(c, name), indexesOf(was, name), indexesOf(is, name)
	aligned := len(have) == len(old)
	if strings.HasPrefix(name, "BEGIN:") && aligned && len(old) == len(now) {
		for i := range have {
			patch(c.Props[have[i]].Comp, was.Props[old[i]].Comp, is.Props[now[i]].Comp, p.invented)
		}
		return
	}
	if same(was, old, is, now) || (len(have) == 0 && len(old) > 0 && !p.invented) {
		return
	}
	if !aligned {
		p.replace(have, is, now)
		return
	}
	p.align(c, have, was, old, is, now)
}

func same(was *contentline.Component, old []int, is *contentline.Component, now []int) bool {
	if len(old) != len(now) {
		return false
	}
	for i := range old {
		if propKey(&was.Props[old[i]]) != propKey(&is.Props[now[i]]) {
			return false
		}
	}
	return true
}

// propKey is equal for properties of one name that say the same in the same words.
func propKey(p *contentline.Property) string {
	var b strings.Builder
	for _, q := range p.Params {
		b.WriteString(q.Name + "\x00" + q.Value + "\x01")
	}
	b.WriteString("\x02" + p.Value)
	if p.Base64 {
		b.WriteByte(3)
	}
	if p.Comp != nil {
		b.Write(contentline.Print(p.Comp, contentline.MIMEDir))
	}
	return b.String()
}

// replace puts the properties of is where the first one stood.
func (p *patcher) replace(have []int, is *contentline.Component, now []int) {
	for _, i := range have {
		p.edits[i] = nil
	}
	for _, j := range now {
		if len(have) > 0 {
			p.behind[have[0]] = append(p.behind[have[0]], is.Props[j])
		} else {
			p.fresh = append(p.fresh, is.Props[j])
		}
	}
}

// align keeps what is the same in both and edits the rest in the order in which it stands.
func (p *patcher) align(c *contentline.Component, have []int, was *contentline.Component, old []int, is *contentline.Component, now []int) {
	free := make(map[string][]int)
	for k, i := range old {
		key := propKey(&was.Props[i])
		free[key] = append(free[key], k)
	}
	kept := make([]bool, len(old))
	var left []int
	for _, j := range now {
		key := propKey(&is.Props[j])
		if queue := free[key]; len(queue) > 0 {
			kept[queue[0]], free[key] = true, queue[1:]
			continue
		}
		left = append(left, j)
	}
	for k, i := range have {
		switch {
		case kept[k]:
		case len(left) == 0:
			p.edits[i] = nil
		default:
			p.edits[i] = rewritten(c.Props[i], &was.Props[old[k]], &is.Props[left[0]])
			left = left[1:]
		}
	}
	for _, j := range left {
		if len(have) > 0 {
			last := have[len(have)-1]
			p.behind[last] = append(p.behind[last], is.Props[j])
		} else {
			p.fresh = append(p.fresh, is.Props[j])
		}
	}
}

// rewritten gives p with what is different in is.
func rewritten(p contentline.Property, was, is *contentline.Property) *contentline.Property {
	p.Value, p.Base64, p.Comp = is.Value, is.Base64, is.Comp
	if !slices.Equal(was.Params, is.Params) {
		p.Params = is.Params
	}
	return &p
}

// equalTrees reports whether two trees say the same in the same words.
func equalTrees(a, b *contentline.Component) bool {
	return slices.EqualFunc(a.Props, b.Props, func(p, q contentline.Property) bool {
		if p.Comp != nil && q.Comp != nil && !equalTrees(p.Comp, q.Comp) {
			return false
		}
		return (p.Comp == nil) == (q.Comp == nil) && p.Name == q.Name && p.Group == q.Group && p.Value == q.Value &&
			p.Base64 == q.Base64 && p.Junk == q.Junk && slices.Equal(p.Params, q.Params)
	})
}
