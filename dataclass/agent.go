package dataclass

import (
	"encoding/base64"
	"net/url"
	"strings"
	"unicode/utf8"

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

// agentURI is how the data: URI of a card begins.
const agentURI = "data:text/vcard"

// relatedAgent gives a RELATED of vCard 4.0 that holds the card of an agent as that AGENT, or nil. The
// card may not hold another one: each would make it longer by a third.
func relatedAgent(p *contentline.Property, d dialect) *contentline.Property {
	if d != card40 || p.Base64 || p.Comp != nil || !p.Is("RELATED") || !hasType(p.Params, "AGENT") {
		return nil
	}
	uri := strings.TrimSpace(d.unescape(p.Value))
	head, data, ok := strings.Cut(uri, ",")
	if !ok || len(head) < len(agentURI) || !strings.EqualFold(head[:len(agentURI)], agentURI) {
		return nil
	}
	text, err := url.PathUnescape(data)
	if strings.HasSuffix(strings.ToLower(head), ";base64") {
		var raw []byte
		raw, err = base64.RawStdEncoding.DecodeString(strings.TrimRight(data, "="))
		text = string(raw)
	}
	if err != nil || !utf8.ValidString(text) || strings.Contains(strings.ToLower(text), agentURI) {
		return nil
	}
	q := contentline.Property{Group: p.Group, Name: "AGENT", Value: d.escape(text, textSeps(d))}
	for _, param := range withoutType(p.Params, "AGENT") {
		if !strings.EqualFold(param.Name, "VALUE") && !strings.EqualFold(param.Name, "MEDIATYPE") {
			q.Params = append(q.Params, param)
		}
	}
	if card, _ := agentCard(&q, d); card == nil {
		return nil
	}
	return &q
}

// agentRelated writes an AGENT with a card, in the words of vCard 4.0, as the RELATED that 4.0 has for
// it. What that could not hold stays.
func agentRelated(p contentline.Property) contentline.Property {
	card, d := agentCard(&p, card40)
	if card == nil {
		return p
	}
	text := contentline.Print(card, d.lines())
	q := p
	q.Name, q.Comp = "RELATED", nil
	q.Value = agentURI + ";base64," + base64.StdEncoding.EncodeToString(text)
	q.Params = append(withoutParam(withoutType(p.Params, "AGENT"), "VALUE"), contentline.Param{Name: "TYPE", Value: "agent"})
	if relatedAgent(&q, card40) == nil {
		return p
	}
	return q
}
