package dataclass

import "fmt"

// projectCalendar gives an event, a task or a note in another dialect, by way of the neutral one.
func (it *Item) projectCalendar(to dialect) (*Item, error) {
	if to == it.d {
		return it.Clone(), nil
	}
	return nil, fmt.Errorf("%w: %s from %s", ErrUnsupported, to.format(), it.d.format())
}
