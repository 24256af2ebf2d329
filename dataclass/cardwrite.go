package dataclass

import (
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// projectCard gives a card in another dialect. What that dialect cannot say in its own terms stays
// as the property or parameter it is. Should the way of the other dialect change what the card
// says, everything stays as it is but for escapes and encodings.
func projectCard(c *contentline.Component, from, to dialect) *contentline.Component {
	c = lessened(c, from, to)
	out := idiomatic(c, from, to)
	if from != to && fingerprintOf(out, to) == fingerprintOf(c, from) {
		return out
	}
	return literalCard(c, from, to)
}

// literalCard changes only what must be changed.
func literalCard(c *contentline.Component, from, to dialect) *contentline.Component {
	out := &contentline.Component{Name: c.Name, Props: make([]contentline.Property, len(c.Props))}
	for i, p := range c.Props {
		out.Props[i] = projectProperty(p, from, to)
	}
	setVersion(out, to)
	return out
}

// setVersion writes the version of a dialect, and the names that frame a card as every phone reads
// them. In 4.0 the version comes first (RFC 6350 6.7.9), and so does one that was missing.
func setVersion(c *contentline.Component, d dialect) {
	if strings.EqualFold(c.Name, "VCARD") {
		c.Name = "VCARD"
	}
	v := contentline.Property{Name: "VERSION", Value: d.format().Version}
	at := slices.IndexFunc(c.Props, func(p contentline.Property) bool { return p.Is("VERSION") && !p.Junk && p.Comp == nil })
	if at >= 0 {
		if v.Group = c.Props[at].Group; d != card40 { // others may describe it
			c.Props[at] = v
			return
		}
		c.Props = slices.Delete(c.Props, at, at+1)
	}
	c.Props = slices.Insert(c.Props, 0, v)
}

// idiomatic writes a card as programs of the other dialect do.
func idiomatic(c *contentline.Component, from, to dialect) *contentline.Component {
	r := readCard(c, from)
	out := &contentline.Component{Name: c.Name, Props: make([]contentline.Property, 0, len(c.Props)+2)}
	skip := make(map[int]bool)
	for i := range c.Props {
		if a := r.alias(i); a != nil && a.labelled() && to == card40 {
			if at := r.labelAt(i); at >= 0 {
				skip[r.mates[i][at]] = true
			}
		}
		if r.describing(i, to) || r.unspoken(i) {
			skip[i] = true
		}
	}
	for i := range c.Props {
		if !skip[i] {
			out.Props = r.write(out.Props, i, to)
		}
	}
	setVersion(out, to)
	complete(out, to, to != card21, to != card40)
	return out
}

// unspoken reports whether a property is the empty phonetic name that some phones put into every card.
func (r *reading) unspoken(i int) bool {
	a := r.alias(i)
	return a != nil && a.key == "X-IRMC-N" && elementValue(r.said(i), r.d, kindParts) == ""
}

// describing reports whether a property becomes a parameter of the one it describes.
func (r *reading) describing(i int, to dialect) bool {
	if to != card40 || r.owners == nil || r.owners[i] == i {
		return false
	}
	p := &r.root.Props[i]
	return p.Group == "" && isDescription(p, r.d) && r.root.Props[r.owners[i]].Is(descriptionOwner(p))
}

func descriptionOwner(p *contentline.Property) string {
	if p.Is("LABEL") {
		return "ADR"
	}
	return "N"
}

// write appends a property in another dialect, with what becomes of its descriptions.
func (r *reading) write(dst []contentline.Property, i int, to dialect) []contentline.Property {
	p := &r.root.Props[i]
	if p.Junk || i == r.name && !p.Is("N") {
		return append(dst, projectProperty(*p, r.d, to))
	}
	if a := r.alias(i); a == nil || to == card40 || (a.only && to == card30) {
		p = r.said(i)
	}
	q := express(*p, r.d, to)
	if to != card40 {
		r.relabelled(&q, i, to)
		return r.splitLabel(splitDescription(append(dst, q), p, r.d, to), to)
	}
	for _, j := range r.mates[i] {
		if m := &r.root.Props[j]; r.describing(j, to) {
			q.Params = append(q.Params[:len(q.Params):len(q.Params)], describingParam(m, r.d))
		}
	}
	return r.splitLabel(append(dst, q), to)
}

// relabelled writes somebody whose label says more than the type as the programs do that have such labels.
func (r *reading) relabelled(q *contentline.Property, i int, to dialect) {
	if !q.Is("RELATED") || q.Group == "" || looksURI(to.unescape(q.Value)) {
		return
	}
	label := r.label(i)
	for _, a := range aliasesOf[abRelated] {
		if a.keep && a.sub == label && hasType(q.Params, a.typ) {
			q.Name, q.Params = abRelated, withoutType(q.Params, a.typ)
			return
		}
	}
}

// describingParam gives a description as a parameter.
func describingParam(m *contentline.Property, d dialect) contentline.Param {
	return descriptionParam(descriptions[descriptionOwner(m)].param, strings.TrimSpace(d.unescape(m.Value)))
}

// splitDescription makes a property of the description that a parameter of the last one holds.
func splitDescription(dst []contentline.Property, p *contentline.Property, from, to dialect) []contentline.Property {
	prop, text, ok := describedBy(p)
	if !ok {
		return dst
	}
	last := &dst[len(dst)-1]
	last.Params = withoutParam(last.Params, descriptions[upper(p.Name)].param)
	m := contentline.Property{Name: prop, Value: to.escape(text, textSeps(to))}
	if prop == "LABEL" {
		m.Params = typeParams(last.Params)
	}
	return append(dst, m)
}

// typeParams keeps the types among parameters.
func typeParams(params []contentline.Param) []contentline.Param {
	var out []contentline.Param
	for _, q := range params {
		if n, _ := named(q, kindText); n == "TYPE" {
			out = append(out, q)
		}
	}
	return out
}

// express gives a property in the way of another dialect. It may have been made of others in
// between.
func express(p contentline.Property, from, to dialect) contentline.Property {
	name := upper(p.Name)
	k := cardTrait(name).kind
	if k == kindMedia && !isPhonetic(&p) {
		writeMedia(&p, name, from, to)
	}
	p = projectProperty(p, from, to)
	switch {
	case p.Junk || p.Base64 || p.Comp != nil:
	case k == kindDate:
		writeDate(&p, from, to)
	default:
		writeValue(&p, k, to)
	}
	if to == card40 {
		if k == kindAgent {
			p, name = agentRelated(p), "RELATED"
		}
		if k == kindMedia && !p.Junk && !p.Base64 && p.Comp == nil && p.Value != "" && !looksURI(p.Value) {
			p.Params = withValue(p.Params, "text")
		}
		p.Params = params40(p.Params, name, k)
		if name == "LABEL" {
			labelToADR(&p, to)
		}
		return p
	}
	p.Params = paramsOld(p.Params, name, k, to)
	if to.versit() && name == "EMAIL" {
		p.Params = withInternet(p.Params)
	}
	withAlias(&p, name, to)
	return p
}

// labelToADR writes a label without an address as vCard 4.0 can say it.
func labelToADR(p *contentline.Property, d dialect) {
	if p.Junk || p.Base64 || p.Comp != nil {
		return
	}
	text := strings.TrimSpace(d.unescape(p.Value))
	if text == "" {
		return
	}
	p.Name, p.Value = "ADR", ";;;;;;"
	p.Params = append(p.Params[:len(p.Params):len(p.Params)], descriptionParam("LABEL", text))
}

// writeValue puts a value into the form of a dialect.
func writeValue(p *contentline.Property, k kind, to dialect) {
	text := to.unescape(p.Value)
	switch k {
	case kindPhone:
		if to != card40 && phoneText(text) != strings.TrimSpace(text) {
			p.Value, p.Params = to.escape(phoneText(text), textSeps(to)), withoutParam(p.Params, "VALUE")
		}
	case kindURI, kindIM:
		p.Value = to.escape(text, "") // some programs write https\://
	case kindGeo:
		lat, lon, ok := position(text)
		switch {
		case ok && to == card40:
			p.Value = "geo:" + lat + "," + lon
		case ok:
			p.Value = lat + ";" + lon
		}
	case kindZone:
		writeZone(p, text, to)
	case kindRelation:
		p.Params = withoutParam(p.Params, "VALUE")
		uri := looksURI(text)
		switch {
		case uri && to == card30 && hasType(p.Params, "AGENT"):
			p.Params = withValue(p.Params, "uri")
		case uri && to == card21 && hasType(p.Params, "AGENT"):
			p.Params = withValue(p.Params, "URL")
		case !uri && to == card40:
			p.Params = withValue(p.Params, "text")
		}
	}
}

func writeZone(p *contentline.Property, text string, to dialect) {
	zone := zoneText(text)
	offset := len(zone) == 5 && (zone[0] == '+' || zone[0] == '-') && digits(zone[1:])
	p.Params = withoutParam(p.Params, "VALUE")
	switch {
	case offset && to == card40:
		p.Value, p.Params = zone, withValue(p.Params, "utc-offset")
	case offset:
		p.Value = zone[:3] + ":" + zone[3:]
	case to == card30:
		p.Params = withValue(p.Params, "text")
	case to == card40 && looksURI(text):
		p.Params = withValue(p.Params, "uri")
	}
}

// params40 gives parameters as vCard 4.0 has them: words in lower case, PREF=1 for the type.
func params40(params []contentline.Param, name string, k kind) []contentline.Param {
	var out []contentline.Param
	pref := false
	for _, q := range params {
		n, q := named(q, k)
		switch {
		case n == "PREF":
			pref = true
		case n == "VALUE" && k == kindURI, n == "VALUE" && k == kindIM:
			continue
		}
		if n != "TYPE" {
			out = append(out, q)
		}
	}
	var words []string
	for _, t := range typesOf(nil, &contentline.Property{Params: params}, kindText) {
		switch w := type40(strings.ToLower(t), name); {
		case w == "pref" && !pref:
			out = append(out, contentline.Param{Name: "PREF", Value: "1"})
			pref = true
		case w != "" && w != "pref":
			words = append(words, quoteParam(w))
		}
	}
	if len(words) > 0 {
		out = append([]contentline.Param{{Name: "TYPE", Value: strings.Join(words, ",")}}, out...)
	}
	return out
}

// type40 gives vCard 4.0's word for a type in lower case.
func type40(t, name string) string {
	switch {
	case name == "EMAIL" && t == "internet":
		return ""
	case name == "TEL" && t == "main":
		return "main-number"
	case name == "RELATED" && (t == "manager" || t == "assistant"):
		return "x-" + t
	}
	return t
}

// paramsOld gives parameters as vCard 2.1 and 3.0 have them: the type PREF for PREF=1.
func paramsOld(params []contentline.Param, name string, k kind, to dialect) []contentline.Param {
	var types []string
	changed := false
	for _, t := range typesOf(nil, &contentline.Property{Params: params}, k) {
		w := t
		switch u := upper(t); {
		case name == "TEL" && u == "MAIN-NUMBER":
			w = "main"
		case name == "RELATED" && (u == "X-MANAGER" || u == "X-ASSISTANT"):
			w = t[2:]
		}
		changed = changed || w != t
		types = append(types, w)
	}
	if v, ok := (&contentline.Property{Params: params}).Param("PREF"); ok && preferred(v) {
		params, changed = withoutParam(params, "PREF"), true
		if !slices.ContainsFunc(types, func(t string) bool { return strings.EqualFold(t, partPref) }) {
			types = append(types, "pref")
		}
	}
	if !changed || k == kindMedia && to.versit() {
		return params
	}
	return withTypes(params, types, to)
}

// withoutParam gives the parameters without those of a name.
func withoutParam(params []contentline.Param, name string) []contentline.Param {
	if !slices.ContainsFunc(params, func(q contentline.Param) bool { return strings.EqualFold(q.Name, name) }) {
		return params
	}
	out := make([]contentline.Param, 0, len(params))
	for _, q := range params {
		if !strings.EqualFold(q.Name, name) {
			out = append(out, q)
		}
	}
	return out
}

// withValue sets the VALUE parameter.
func withValue(params []contentline.Param, word string) []contentline.Param {
	return append([]contentline.Param{{Name: "VALUE", Value: word}}, withoutParam(params, "VALUE")...)
}
