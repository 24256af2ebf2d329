package dataclass

import (
	"slices"
	"strconv"
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// A cardLister reads the properties of one name, whatever they go by.
type cardLister struct {
	reading
	key     string
	kind    kind
	aliased bool
}

func (c Contact) lister(key string) cardLister {
	l := cardLister{key: key, kind: cardTrait(key).kind, aliased: hasAliases[key] || key == abDate || key == abRelated}
	l.reading = reading{d: c.it.d, root: c.it.root, name: -1}
	l.owners, l.mates = groups(c.it.root)
	if key == "ADR" {
		l.pair()
	}
	return l
}

// says gives a property if it is one of the name, as all dialects know it.
func (l *cardLister) says(i int) *contentline.Property {
	p := &l.root.Props[i]
	switch {
	case p.Junk || p.Comp != nil:
		return nil
	case !l.aliased:
		if !p.Is(l.key) {
			return nil
		}
		return p
	case len(p.Name) < 4 || (!p.Is(l.key) && (p.Name[0]|0x20) != 'x' && !p.Is("AGENT")):
		return nil
	}
	if q := l.said(i); q.Is(l.key) {
		return q
	}
	return nil
}

// typed gives what a property says. The value is left to the caller.
func (l *cardLister) typed(i int, p *contentline.Property) Typed {
	var t Typed
	for _, q := range p.Params {
		switch name, q := named(q, l.kind); name {
		case "TYPE":
			eachTypeWord(q, func(w string) { t.word(w, l.key, l.kind) })
		case "PREF":
			if n, err := strconv.Atoi(strings.Trim(q.Value, `"`)); err == nil && n > 0 && n <= 100 {
				t.Pref = n
			}
		}
	}
	t.Label, _ = customLabel(p)
	if p.Group != "" {
		if at := l.labelAt(i); at >= 0 {
			t.Label = shownLabel(l.d.unescape(l.root.Props[l.mates[i][at]].Value))
		}
	}
	return t
}

// word adds a type.
func (t *Typed) word(w, key string, k kind) {
	switch w = commonWord(w, key, k); {
	case w == "pref":
		if t.Pref == 0 {
			t.Pref = 1
		}
	case w != "" && !slices.Contains(t.Types, w):
		t.Types = append(t.Types, w)
	}
}

// commonWord gives a type in lower case, or nothing if it says nothing.
func commonWord(w, key string, k kind) string {
	for _, known := range [...]string{"home", "work", "cell", "fax", "pref", "pager", "video", "text"} {
		if len(w) == len(known) && strings.EqualFold(w, known) {
			return known
		}
	}
	return strings.ToLower(typeWord(upper(strings.TrimSpace(w)), key, k))
}

// shownLabel gives a label as people see it.
func shownLabel(s string) string {
	s = strings.TrimSpace(s)
	if rest, ok := strings.CutPrefix(s, "_$!<"); ok {
		return strings.TrimSuffix(rest, ">!$_")
	}
	return s
}

// delivery gives the label of an address for an envelope.
func (l *cardLister) delivery(i int, p *contentline.Property) string {
	if _, text, ok := describedBy(p); ok {
		return text
	}
	for _, j := range l.mates[i] {
		if m := &l.root.Props[j]; m.Is("LABEL") {
			return l.d.unescape(m.Value)
		}
	}
	return ""
}

// value gives the text of a value.
func (l *cardLister) value(p *contentline.Property) string {
	if p.Base64 {
		return ""
	}
	switch l.kind {
	case kindDate:
		return dateOf(p, l.d)
	case kindPhone:
		return phoneText(l.d.unescape(p.Value))
	}
	return strings.TrimSpace(l.d.unescape(p.Value))
}

func (c Contact) list(key string) []Typed {
	var out []Typed
	c.each(key, func(_ int, t Typed) { out = append(out, t) })
	return out
}

// placed gives the values of a name and where they stand.
func (c Contact) placed(key string) (out []Typed, places []int) {
	c.each(key, func(i int, t Typed) { out, places = append(out, t), append(places, i) })
	return out, places
}

// each does something with each value of a name.
func (c Contact) each(key string, do func(i int, t Typed)) {
	l := c.lister(key)
	for i := range c.it.root.Props {
		p := l.says(i)
		if p == nil {
			continue
		}
		if v := l.value(p); v != "" {
			t := l.typed(i, p)
			t.Value = v
			do(i, t)
		}
	}
}

func sameTyped(a, b Typed) bool {
	return a.Value == b.Value && slices.Equal(a.Types, b.Types) && a.Pref == b.Pref && a.Label == b.Label
}

// setList makes the values of a name equal to the list.
func (c Contact) setList(key string, want []Typed) {
	have, places := c.placed(key)
	want = slices.Clone(want)
	for i, t := range want {
		want[i].Types = nil
		for _, w := range t.Types {
			want[i].word(w, key, cardTrait(key).kind)
		}
	}
	to := assign(have, want)
	var more, fresh []int
	for i := len(places) - 1; i >= 0; i-- { // from behind: a label is put in after its property
		if w := to[i]; w < 0 {
			more = append(more, places[i])
		} else if !sameTyped(have[i], want[w]) {
			in, gone := c.edit(key, places[i], have[i], want[w])
			if more = shifted(more, places[i], in); gone >= 0 {
				more = append(more, gone)
			}
		}
	}
	for w := range want {
		if !slices.Contains(to, w) {
			fresh = append(fresh, w)
		}
	}
	c.remove(more...)
	for _, w := range fresh {
		c.add(contentline.Property{Name: key})
		c.edit(key, len(c.it.root.Props)-1, Typed{}, want[w])
	}
}

// shifted moves places behind at by as many properties as were put in or taken out there.
func shifted(places []int, at, by int) []int {
	for i := range places {
		if places[i] > at {
			places[i] += by
		}
	}
	return places
}

// assign finds for each value the wanted one that it is, or becomes; -1 if it goes.
func assign(have, want []Typed) []int {
	to, taken := make([]int, len(have)), make([]bool, len(want))
	for i := range to {
		to[i] = -1
	}
	if len(have) == 0 || len(want) == 0 {
		return to
	}
	pass := func(same func(a, b Typed) string) {
		free := make(map[string][]int)
		for w, t := range want {
			if !taken[w] {
				free[same(t, t)] = append(free[same(t, t)], w)
			}
		}
		for i, t := range have {
			if queue := free[same(t, t)]; to[i] < 0 && len(queue) > 0 {
				to[i], taken[queue[0]] = queue[0], true
				free[same(t, t)] = queue[1:]
			}
		}
	}
	pass(func(a, _ Typed) string { return a.Value + "\x00" + strings.Join(a.Types, ",") })
	pass(func(a, _ Typed) string { return a.Value })
	pass(func(a, _ Typed) string { return strings.Join(a.Types, ",") })
	pass(func(Typed, Typed) string { return "" })
	return to
}

// edit makes the value at a place another one, and tells how many properties it put in behind that, and
// where a label stands that has to go (-1: none).
func (c Contact) edit(key string, at int, have, want Typed) (in, gone int) {
	l := c.lister(key)
	original := c.it.root.Props[at]
	p := *l.said(at)
	if !p.Is(key) {
		p = original
	}
	if have.Value != want.Value {
		c.revalue(&p, l.kind, want.Value)
	}
	c.retype(&p, have, want)
	if named := p.Name != original.Name; named || key == abDate || hasAliases[key] {
		p = express(p, c.it.d, c.it.d)
		if a := l.alias(at); a != nil && a.labelled() && !p.Is(original.Name) && want.Label == have.Label {
			want.Label = "" // what the label said the name says now
		}
	}
	c.it.root.Props[at] = p
	return c.relabel(at, have.Label, want.Label)
}

// revalue puts a text into the form of the property's kind.
func (c Contact) revalue(p *contentline.Property, k kind, text string) {
	d := c.it.d
	text = clean(strings.TrimSpace(text))
	switch k {
	case kindDate:
		p.Params = withoutParam(withoutParam(p.Params, "X-APPLE-OMIT-YEAR"), "VALUE")
		*p = c.newDate(*p, text)
		return
	case kindURI, kindIM:
		p.Value = d.escape(text, "")
	case kindPhone:
		p.Value, p.Params = d.escape(text, textSeps(d)), withoutParam(p.Params, "VALUE")
	case kindRelation:
		p.Value = projectValue(card30.escape(text, ",;"), k, card30, d)
		writeValue(p, k, d)
	default:
		p.Value = d.escape(text, textSeps(d))
	}
	p.Base64 = false
}

// retype gives p other types and another preference, if they differ, and tells whether they do.
func (c Contact) retype(p *contentline.Property, have, want Typed) bool {
	if slices.Equal(have.Types, want.Types) && have.Pref == want.Pref {
		return false
	}
	d, name := c.it.d, upper(p.Name)
	types := slices.Clone(want.Types)
	if want.Pref == 1 && d != card40 {
		types = append(types, "pref")
	}
	if d == card40 {
		for i, t := range types {
			types[i] = type40(strings.ToLower(t), name)
		}
	}
	p.Params = withTypes(withoutParam(p.Params, "PREF"), types, d)
	if want.Pref > 1 || want.Pref == 1 && d == card40 {
		p.Params = append(p.Params, contentline.Param{Name: "PREF", Value: strconv.Itoa(want.Pref)})
	}
	if d.versit() && name == "EMAIL" {
		p.Params = withInternet(p.Params)
	}
	return true
}

// relabel gives the property at a place another label; see edit.
func (c Contact) relabel(at int, have, want string) (in, gone int) {
	if have == want {
		return 0, -1
	}
	if q := &c.it.root.Props[at]; labelProperty(q) != nil {
		q.Params = withoutParam(q.Params, customParam)
	}
	r := reading{d: c.it.d, root: c.it.root, name: -1}
	r.owners, r.mates = groups(c.it.root)
	value := c.it.d.escape(clean(want), textSeps(c.it.d))
	if k := r.labelAt(at); k >= 0 {
		j := r.mates[at][k]
		if want != "" {
			c.it.root.Props[j].Value = value
			return 0, -1
		}
		return 0, j
	}
	if want == "" {
		return 0, -1
	}
	p := &c.it.root.Props[at]
	if p.Group == "" || len(r.mates[at]) == 0 {
		p.Group = c.freshGroup()
	}
	label := contentline.Property{Group: p.Group, Name: "X-ABLabel", Value: value}
	c.it.root.Props = slices.Insert(c.it.root.Props, at+1, label)
	return 1, -1
}

// freshGroup gives the name of a group that is not in use.
func (c Contact) freshGroup() string {
	used := make(map[string]bool)
	for i := range c.it.root.Props {
		used[upper(c.it.root.Props[i].Group)] = true
	}
	for n := 1; ; n++ {
		if g := "item" + strconv.Itoa(n); !used[upper(g)] {
			return g
		}
	}
}

// withTypes replaces the types among the parameters.
func withTypes(params []contentline.Param, types []string, d dialect) []contentline.Param {
	var out []contentline.Param
	if d.versit() {
		for _, t := range types {
			out = append(out, versitType(t, kindText))
		}
	} else if len(types) > 0 {
		quoted := make([]string, len(types))
		for i, t := range types {
			quoted[i] = quoteParam(t)
		}
		out = append(out, contentline.Param{Name: "TYPE", Value: strings.Join(quoted, ",")})
	}
	for _, q := range params {
		if n, _ := named(q, kindText); n != "TYPE" {
			out = append(out, q)
		}
	}
	return out
}
