package dataclass

import (
	"slices"
	"strings"
)

// Kept is what a side was seen to keep of one property.
type Kept struct {
	// Name is the property's name in the neutral dialect.
	Name string `json:"name"`
	// Places is how many of one item came back, at the most.
	Places int `json:"places"`
	// Longest is the longest value that came back: bytes of data, characters of text.
	Longest int `json:"longest"`
}

// Kept tells what came back from the side at all, by name. Nil of a Known that knows nothing.
func (k *Known) Kept() []Kept {
	if k == nil {
		return nil
	}
	var out []Kept
	for name, p := range k.props {
		if len(p.Kept) > 0 {
			out = append(out, Kept{Name: name, Places: len(p.Kept), Longest: slices.Max(p.Kept)})
		}
	}
	slices.SortFunc(out, func(a, b Kept) int { return strings.Compare(a.Name, b.Name) })
	return out
}
