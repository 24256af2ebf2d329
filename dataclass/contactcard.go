package dataclass

import (
	"github.com/emersion/go-vcard"
)

// Card fills a go-vcard container for the APIs that speak it. Values are unescaped; where a
// value has components they are joined by semicolons, as the accessors of that package expect.
// The card shares nothing with the item, and going back through it would lose data.
func (c Contact) Card() vcard.Card {
	card := make(vcard.Card)
	d := c.it.d
	for i := range c.it.root.Props {
		p := &c.it.root.Props[i]
		if p.Junk || p.Name == "" {
			continue
		}
		name := upper(p.Name)
		k := cardTrait(name).kind
		f := &vcard.Field{Value: p.Value, Group: p.Group, Params: make(vcard.Params)}
		if !p.Base64 && k != kindUnknown {
			f.Value = d.unescape(p.Value)
		}
		for _, q := range p.Params {
			switch n, q := named(q, k); n {
			case "TYPE":
				f.Params[n] = append(f.Params[n], typeWords(q)...)
			default:
				f.Params[n] = append(f.Params[n], q.Values()...)
			}
		}
		if p.Base64 {
			f.Params.Set("ENCODING", "b")
		}
		card.Add(name, f)
	}
	return card
}
