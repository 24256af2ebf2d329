package dataclass

import (
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// A description is a property of vCard 2.1 and 3.0 that describes another one, and is a parameter
// of that in 4.0.
type description struct{ param, prop string }

// descriptions lists them by the property they describe.
var descriptions = map[string]description{
	"ADR": {"LABEL", "LABEL"},
	"N":   {"SORT-AS", "SORT-STRING"},
}

// describedBy gives the description that a parameter of p holds. A SORT-AS of several words is
// none: no property can say it.
func describedBy(p *contentline.Property) (prop, text string, ok bool) {
	if len(p.Params) == 0 || p.Junk {
		return "", "", false
	}
	of, known := descriptions[upper(p.Name)]
	if !known {
		return "", "", false
	}
	raw, found := p.Param(of.param)
	if !found {
		return "", "", false
	}
	text = strings.Join(contentline.Param{Value: raw}.Values(), ",")
	if of.param == "LABEL" { // RFC 6350 5 has lines end in \n there, RFC 6868 came later
		text = card40.unescape(text)
	}
	if of.param == "SORT-AS" && strings.Contains(text, ",") {
		return "", "", false
	}
	text = strings.TrimSpace(text)
	return of.prop, text, text != ""
}

// descriptionParam gives a description of several lines as a parameter, so that describedBy reads it.
func descriptionParam(name, text string) contentline.Param {
	if name == "LABEL" {
		text = strings.ReplaceAll(text, `\`, `\\`)
	}
	return contentline.NewParam(name, text)
}

// asProperty gives what a parameter says about p as a property, or nil.
func asProperty(p *contentline.Property, d dialect) *contentline.Property {
	prop, text, ok := describedBy(p)
	switch {
	case !d.isCard():
		return nil
	case !ok:
		return labelProperty(p)
	}
	return &contentline.Property{Name: prop, Value: d.escape(text, textSeps(d))}
}

// isDescription reports whether p says nothing but what a parameter could say.
func isDescription(p *contentline.Property, d dialect) bool {
	return (p.Is("LABEL") || p.Is("SORT-STRING")) && !p.Junk && !p.Base64 && p.Comp == nil && p.Group == "" &&
		len(otherParams(nil, p, kindText)) == 0 && elementValue(p, d, kindText) != ""
}

// unaddressed gives a postal address that is nothing but a label as that label.
func (r *reading) unaddressed(p *contentline.Property) *contentline.Property {
	if !p.Is("ADR") || len(p.Params) == 0 {
		return p
	}
	label := asProperty(p, r.d)
	if label == nil || elementValue(p, r.d, kindParts) != "" {
		return p
	}
	for _, q := range p.Params {
		if !strings.EqualFold(q.Name, "LABEL") {
			label.Params = append(label.Params, q)
		}
	}
	return label
}

// pair finds the LABEL of each ADR, by their types, and the SORT-STRING of the name.
func (r *reading) pair() {
	var labels []int
	for i := range r.root.Props {
		p := &r.root.Props[i]
		switch {
		case len(p.Name) == 5 && isDescription(p, r.d):
			labels = append(labels, i)
		case len(p.Name) == 11 && r.name >= 0 && isDescription(p, r.d):
			if _, _, ok := describedBy(&r.root.Props[r.name]); !ok && !r.has(r.name, "SORT-STRING") {
				r.own(i, r.name)
			}
		}
	}
	if len(labels) == 0 || len(labels) > maxMates {
		return
	}
	for i := range r.root.Props {
		p := &r.root.Props[i]
		if !p.Is("ADR") || p.Junk || elementValue(p, r.d, kindParts) == "" {
			continue
		}
		if _, _, ok := describedBy(p); ok {
			continue
		}
		for k, j := range labels {
			if j >= 0 && sameTypes(p, &r.root.Props[j]) {
				r.own(j, i)
				labels[k] = -1
				break
			}
		}
	}
}

// has reports whether a property is described by one of the name.
func (r *reading) has(i int, name string) bool {
	for _, j := range r.mates[i] {
		if r.root.Props[j].Is(name) {
			return true
		}
	}
	return false
}

// sameTypes compares the types of an address and a label, whichever is preferred.
func sameTypes(a, b *contentline.Property) bool {
	return strings.Join(placeTypes(a), ",") == strings.Join(placeTypes(b), ",")
}

func placeTypes(p *contentline.Property) []string {
	var out []string
	for _, t := range normalTypes(nil, p, upper(p.Name), kindText) {
		if t != partPref {
			out = append(out, t)
		}
	}
	return out
}

// mate gives a property that describes another one, without what it shares with that.
func (r *reading) mate(j int) *contentline.Property {
	p := &r.root.Props[j]
	if p.Group == "" && r.d.isCard() {
		return bare(p)
	}
	return p
}

// bare gives a description without the types that it shares with what it describes.
func bare(p *contentline.Property) *contentline.Property {
	return &contentline.Property{Name: p.Name, Value: p.Value}
}
