package dataclass

import (
	"slices"
	"strconv"
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// components is how many components a value has before vCard 4.0 (RFC 9554 has more). What the others say
// stands in these as well.
var components = map[string]int{"N": 5, "ADR": 7}

// lessened gives a card without what a dialect before 4.0 cannot say and what devices that speak it
// would take for something else: of several ways to say the same (ALTID) one stays, of a name five
// components and of an address seven. Phones get neither degrees of preference nor the bookkeeping of
// RFC 6350 7. If there is nothing of this, it gives the card itself.
func lessened(c *contentline.Component, from, to dialect) *contentline.Component {
	if to == card40 || from == to {
		return c
	}
	var drop map[int]bool
	person := strings.EqualFold(c.Name, "VCARD")
	if from == card40 && person {
		drop = alternatives(c)
	}
	out := &contentline.Component{Name: c.Name, Props: make([]contentline.Property, 0, len(c.Props))}
	changed := len(drop) > 0
	for i, p := range c.Props {
		if drop[i] || to == card21 && person && p.Is("CLIENTPIDMAP") && !p.Junk {
			changed = true
			continue
		}
		if from == card40 && person {
			changed = shortened(&p) || changed
			changed = flattened(&p) || changed
		}
		if person && (to == card21 || from == card40) {
			changed = plainParams(&p, to) || changed
		}
		changed = lessInside(&p, from, to) || changed
		out.Props = append(out.Props, p)
	}
	if !changed {
		return c
	}
	return out
}

// lessInside does it for a card in a property, and reports whether there was anything to do.
func lessInside(p *contentline.Property, from, to dialect) bool {
	card, d := p.Comp, from
	agent := relatedAgent(p, from)
	if agent != nil {
		card, d = agentCard(agent, from)
	} else if card == nil && p.Is("AGENT") && !p.Junk {
		card, d = agentCard(p, from)
	}
	if card == nil {
		return false
	}
	less := lessened(card, d, to)
	if less == card {
		return false
	}
	switch {
	case p.Comp != nil:
		p.Comp = less
	case agent != nil || strings.EqualFold(p.Value[:5], "data:"):
		p.Value = cardURI(less)
	default:
		text := strings.ReplaceAll(string(contentline.Print(less, from.lines())), "\r\n", "\n")
		p.Value = from.escape(text, textSeps(from))
	}
	return true
}

// plainParams takes off the parameters that count what else is in the card, and reports whether there
// were any.
func plainParams(p *contentline.Property, to dialect) bool {
	unwanted := func(q contentline.Param) bool {
		switch upper(q.Name) {
		case "ALTID":
			return true
		case "PID":
			return to == card21
		case "PREF":
			n, err := strconv.Atoi(strings.Trim(q.Value, `" `))
			return to == card21 && err == nil && n > 1
		}
		return false
	}
	if p.Junk || !slices.ContainsFunc(p.Params, unwanted) {
		return false
	}
	p.Params = slices.DeleteFunc(slices.Clone(p.Params), unwanted)
	return true
}

// alternatives lists the properties that only say what another one says in another way (RFC 6350
// 5.4), with what describes them. The preferred one stays, else that in the language of the card, else
// the first.
func alternatives(c *contentline.Component) map[int]bool {
	best, drop := make(map[string]int), make(map[int]bool)
	language := ""
	if p := c.Find("LANGUAGE"); p != nil {
		language = card40.unescape(p.Value)
	}
	for i := range c.Props {
		p := &c.Props[i]
		id, ok := p.Param("ALTID")
		if !ok || p.Junk {
			continue
		}
		key := upper(p.Name) + "\x00" + strings.Trim(id, `"`)
		switch rival, taken := best[key]; {
		case !taken:
			best[key] = i
		case urgency(p, language) < urgency(&c.Props[rival], language):
			best[key], drop[rival] = i, true
		default:
			drop[i] = true
		}
	}
	if len(drop) == 0 {
		return drop
	}
	_, mates := groups(c)
	for owner, list := range mates {
		for _, j := range list {
			drop[j] = drop[j] || drop[owner]
		}
	}
	return drop
}

// urgency orders alternatives: less is better.
func urgency(p *contentline.Property, language string) int {
	pref, spoken := 101, 1
	if v, ok := p.Param("PREF"); ok {
		if n, err := strconv.Atoi(strings.Trim(v, `" `)); err == nil && n > 0 && n < pref {
			pref = n
		}
	}
	if l, _ := p.Param("LANGUAGE"); language != "" && strings.EqualFold(strings.Trim(l, `" `), strings.TrimSpace(language)) {
		spoken = 0
	}
	return 2*pref + spoken
}
