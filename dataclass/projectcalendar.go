package dataclass

import "fmt"

// neutral gives the item in the dialect in which items of its family are compared and merged:
// iCalendar 2.0, and a note in its canonical reading. Cards are compared in whatever dialect they
// are in. The result may be the item itself; it is not edited.
func (it *Item) neutral() *Item {
	root := it.root
	switch {
	case it.d.isCard():
	case it.d == cal10 && it.class == Notes: // nobody should write this
		root = raiseNote(raiseCalendar(root), cal20)
	case it.d == cal10:
		root = raiseCalendar(root)
	case it.class == Notes:
		root = raiseNote(root, it.d)
	}
	if root == it.root {
		return it
	}
	return &Item{class: it.class, d: cal20, root: root}
}

// projectCalendar gives an event, a task or a note in another dialect, by way of the neutral one.
func (it *Item) projectCalendar(to dialect, o lowering) (*Item, error) {
	out := &Item{class: it.class, d: to}
	switch {
	case to == it.d:
		return it.reprinted(), nil
	case it.class == Notes && (to == cal20 || to == note11 || to == plain):
		out.root = lowerNote(it.neutral().root, to)
	case it.class != Notes && to == cal10:
		out.root = lowerCalendar(it.neutral().root, o)
	case it.class != Notes && to == cal20:
		out.root = it.neutral().root
	default:
		return nil, fmt.Errorf("%w: %s from %s of %s", ErrUnsupported, to.format(), it.d.format(), it.class)
	}
	if to == cal20 {
		out.complete()
	}
	return out, nil
}
