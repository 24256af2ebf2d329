package davitem

import (
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// A journal entry takes place as an event without an end does (RFC 4791 section 9.9): at its time, or on its day. So
// what is known of when events recur holds for it as well.

// renamed gives a calendar with the components of one name under another; false if it has none or cannot be read.
func renamed(data []byte, from, to string) ([]byte, bool) {
	root, err := parse(data)
	if err != nil {
		return nil, false
	}
	var found bool
	props := make([]contentline.Property, len(root.Props))
	for i, p := range root.Props {
		if p.Comp != nil && strings.EqualFold(p.Comp.Name, from) {
			found = true
			c := p.Comp.With(p.Comp.Props)
			c.Name = to
			p.Comp = c
		}
		props[i] = p
	}
	return contentline.Print(root.With(props), contentline.MIMEDir), found
}
