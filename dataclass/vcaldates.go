package dataclass

import (
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// dateForms sorts the values of EXDATE or RDATE by their form: all values of a property have the same.
type dateForms struct {
	forms []moment // an example of each
	texts [][]string
}

func (f *dateForms) add(m moment) {
	for i, form := range f.forms {
		if form.date == m.date && form.utc == m.utc && form.tzid == m.tzid {
			f.texts[i] = append(f.texts[i], m.String())
			return
		}
	}
	f.forms, f.texts = append(f.forms, m), append(f.texts, []string{m.String()})
}

// properties gives a property for each form.
func (f *dateForms) properties(name, sep string) []contentline.Property {
	out := make([]contentline.Property, 0, len(f.forms))
	for i, m := range f.forms {
		p := m.property(name)
		p.Value = strings.Join(f.texts[i], sep)
		out = append(out, p)
	}
	return out
}
