package dataclass

import (
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// agentDepth bounds cards in cards where the inner one stands as text in the outer one.
const agentDepth = 4

// appendAgent appends a digest of the nested card, whether it is a component (vCard 2.1) or text
// (RFC 2426 3.5.4); anything else is text.
func appendAgent(dst []byte, p *contentline.Property, d dialect) []byte {
	card, cd := agentCard(p, d)
	if card == nil {
		return appendText(dst, d.unescape(p.Value))
	}
	fp := fingerprintOf(card, cd)
	return append(append(dst, "\x00a"...), fp[:]...)
}

// agentCard gives the nested card of an AGENT and its dialect, or nil if there is none.
func agentCard(p *contentline.Property, d dialect) (*contentline.Component, dialect) {
	if p.Comp != nil {
		return p.Comp, d
	}
	v := p.Value
	if len(v) < 11 || !strings.EqualFold(v[:11], "BEGIN:VCARD") || strings.Count(v, `BEGIN`) > agentDepth {
		return nil, d
	}
	text := []byte(d.unescape(v))
	all, err := contentline.Parse(text, d.lines(), contentline.Limits{Depth: agentDepth})
	if err != nil || len(all) != 1 {
		return nil, d
	}
	return all[0], d
}

// projectAgent gives an AGENT in another dialect: a component in vCard 2.1, text in 3.0.
func projectAgent(p contentline.Property, from, to dialect) contentline.Property {
	card, cd := agentCard(&p, from)
	if card == nil {
		p.Value = to.escape(from.unescape(p.Value), textSeps(to))
		return p
	}
	inner := projectComponent(card, cd, to)
	if to.versit() {
		p.Comp, p.Value = inner, ""
		return p
	}
	text := strings.ReplaceAll(string(contentline.Print(inner, to.lines())), "\r\n", "\n")
	p.Comp, p.Value = nil, to.escape(text, textSeps(to))
	return p
}
