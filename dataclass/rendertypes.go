package dataclass

import (
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// types takes the types off that a side does not hold.
func (l *limiter) types(p *contentline.Property) {
	name := l.name(p)
	k := l.d.trait(name).kind
	if p.Junk || p.Comp != nil || k == kindMedia || len(p.Params) == 0 {
		return
	}
	types := l.typesFor(p, name)
	for _, lim := range l.limits[name] {
		if (!lim.NoTypes && len(lim.Types) == 0) || !lim.applies(types) {
			continue
		}
		if params, ok := lim.held(p, name, k); ok {
			p.Params, l.changed = params, true
		}
	}
}

// holds reports whether a type is held. What says nothing always is: phones want to see it.
func (lim *Limit) holds(t, name string) bool {
	switch u := upper(t); {
	case u == "INTERNET" && name == "EMAIL", u == "VOICE" && name == "TEL":
		return true
	}
	return !lim.NoTypes && holdsWord(lim.Types, t)
}

// held gives the parameters without types that are not held; false if none is to go.
func (lim *Limit) held(p *contentline.Property, name string, k kind) ([]contentline.Param, bool) {
	out, changed := make([]contentline.Param, 0, len(p.Params)), false
	for _, q := range p.Params {
		n, _ := named(q, k)
		if n == "PREF" && !lim.holds(partPref, name) {
			changed = true
			continue
		}
		if n != "TYPE" {
			out = append(out, q)
			continue
		}
		kept, all := make([]string, 0, 4), q.Values()
		for _, t := range all {
			if lim.holds(strings.TrimSpace(t), name) {
				kept = append(kept, quoteParam(t))
			}
		}
		if len(kept) == len(all) {
			out = append(out, q)
			continue
		}
		if changed = true; len(kept) > 0 {
			out = append(out, contentline.Param{Name: q.Name, Value: strings.Join(kept, ",")})
		}
	}
	return out, changed
}
