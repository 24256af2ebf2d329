package dataclass

import "slices"

// withoutRepeats leaves out of what a side added a formatted name that only repeated the structured
// one in the side's shadow if the base has none: it was made for the dialect and is stale since the
// other was edited, but nobody wrote it.
func withoutRepeats(adds []*element, shadow, base *Item) []*element {
	stale := func(e *element) bool { return e.key == "FN" && len(e.parts) == 1 }
	if shadow == nil || !shadow.d.isCard() || base.root.Find("FN") != nil || !slices.ContainsFunc(adds, stale) {
		return adds
	}
	r := readCard(shadow.root, shadow.d)
	return slices.DeleteFunc(slices.Clone(adds), func(e *element) bool {
		for i := range r.silent {
			p := &shadow.root.Props[i]
			if stale(e) && p.Is("FN") && elementValue(p, shadow.d, kindText) == e.parts[0].val {
				return true
			}
		}
		return false
	})
}

// elementsSince reads what a side holds now. Where its shadow has a formatted name only, that name
// says the same about both: that it is the structured name of the base, or something of its own.
func elementsSince(now, shadow *Item, was []*element, base *Item) []*element {
	if shadow == nil || !shadow.d.isCard() || hasName(shadow) {
		return elementsBeside(now, shadow)
	}
	out := elementsBeside(now, base)
	isName := func(e *element) bool { return e.key == "N" }
	if slices.ContainsFunc(was, isName) && !slices.ContainsFunc(out, isName) {
		return elementsOf(now) // it was the structured name, and was edited
	}
	return out
}

// hasName reports whether a card has a structured name that says something.
func hasName(it *Item) bool {
	for i := range it.root.Props {
		if p := &it.root.Props[i]; p.Is("N") && !p.Junk && elementValue(p, it.d, kindParts) != "" {
			return true
		}
	}
	return false
}
