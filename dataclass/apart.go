package dataclass

// Apart counts the values that one of two items says and the other does not: 0 for items that are the
// same, in whatever dialects, more the less they have in common. A nil item says nothing.
func Apart(a, b *Item) int {
	in := make(map[uint64]int)
	for i, it := range []*Item{a, b} {
		if it == nil {
			continue
		}
		for _, e := range elementsOf(it.neutral()) {
			for _, p := range e.parts {
				in[e.hash(p)] |= 1 << i
			}
		}
	}
	n := 0
	for _, who := range in {
		if who != 3 {
			n++
		}
	}
	return n
}
