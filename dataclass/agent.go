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

// agentCard gives the nested card of an AGENT and its dialect, or nil if there is none. In a data: URI
// it is one of vCard 4.0 everywhere.
func agentCard(p *contentline.Property, d dialect) (*contentline.Component, dialect) {
	if p.Comp != nil {
		return p.Comp, d
	}
	if p.Base64 {
		return nil, d
	}
	v := p.Value
	if len(v) > len(agentURI) && strings.EqualFold(v[:len(agentURI)], agentURI) {
		return uriCard(d.unescape(v)), card40
	}
	if len(v) < 6 || !strings.EqualFold(v[:6], "BEGIN:") || // of whatever: vCard 2.1 nests any component there
		strings.Count(v, `BEGIN`) > agentDepth {
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

// uriCard gives the card in a data: URI, which is one of vCard 4.0 wherever the URI stands, or nil. It
// may not hold another one: each would make it longer by a third.
func uriCard(uri string) *contentline.Component {
	head, data, ok := strings.Cut(strings.TrimSpace(uri), ",")
	if !ok || len(head) < len(agentURI) || !strings.EqualFold(head[:len(agentURI)], agentURI) {
		return nil
	}
	text, err := url.PathUnescape(data)
	if strings.HasSuffix(strings.ToLower(head), ";base64") {
		var raw []byte
		raw, err = base64.RawStdEncoding.DecodeString(strings.TrimRight(data, "="))
		text = string(raw)
	}
	lower := strings.ToLower(text)
	if err != nil || !utf8.ValidString(text) || strings.Contains(lower, agentURI) || strings.Count(lower, "begin:vcard") != 1 {
		return nil
	}
	all, err := contentline.Parse([]byte(text), contentline.MIMEDir, contentline.Limits{Depth: agentDepth})
	if err != nil || len(all) != 1 || !strings.EqualFold(all[0].Name, "VCARD") {
		return nil
	}
	return all[0]
}

// cardURI writes a card of vCard 4.0 as a data: URI.
func cardURI(card *contentline.Component) string {
	return agentURI + ";base64," + base64.StdEncoding.EncodeToString(contentline.Print(card, contentline.MIMEDir))
}

// relatedAgent gives a RELATED that holds the card of an agent as that AGENT, or nil.
func relatedAgent(p *contentline.Property, d dialect) *contentline.Property {
	if p.Junk || p.Base64 || p.Comp != nil || !p.Is("RELATED") || !hasType(p.Params, "AGENT") {
		return nil
	}
	uri := strings.TrimSpace(d.unescape(p.Value))
	if uriCard(uri) == nil {
		return nil
	}
	q := *p
	q.Name, q.Value, q.Params = "AGENT", d.escape(uri, ""), withoutParam(withoutType(p.Params, "AGENT"), "VALUE")
	return &q
}

// agentRelated writes an AGENT with a card, in the words of vCard 4.0, as the RELATED that 4.0 has for
// it. What that could not hold stays.
func agentRelated(p contentline.Property) contentline.Property {
	card, _ := agentCard(&p, card40)
	if card == nil {
		return p
	}
	q := p
	q.Name, q.Comp, q.Value = "RELATED", nil, cardURI(card)
	q.Params = append(withoutParam(withoutType(p.Params, "AGENT"), "VALUE"), contentline.Param{Name: "TYPE", Value: "agent"})
	if relatedAgent(&q, card40) == nil {
		return p
	}
	return q
}
