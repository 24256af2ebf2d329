package dataclass

import "github.com/bindery-sync/bindery/dataclass/contentline"

// Section gives a copy of the component that the entry is a view of, as iCalendar 2.0 has it.
func (e Entry) Section() *contentline.Component {
	c, _ := e.look()
	return c.Clone()
}
