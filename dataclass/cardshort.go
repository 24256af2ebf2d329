package dataclass

import (
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// shortened takes off the components that are new in 4.0, and reports whether there were any. Who writes
// them is to say the same in the old components as well (RFC 9554 section 2); where that was not done
// they are put there, or an older device would show no street and half a name.
func shortened(p *contentline.Property) bool {
	name := upper(p.Name)
	n := components[name]
	if n == 0 || p.Junk || p.Base64 || p.Comp != nil {
		return false
	}
	fields := contentline.Split(p.Value, ";")
	if len(fields) <= n || n == 7 && len(fields) == 8 { // an eighth is what one provider writes in 3.0: the label
		return false
	}
	old, more := fields[:n:n], fields[n:]
	if name == "N" {
		old[nameFamily] = withMissing(old[nameFamily], more, 0)
		old[nameSuffix] = withMissing(old[nameSuffix], more, 1)
	} else if blank(old[addressExtended]) && blank(old[addressStreet]) {
		old[addressStreet] = streetOf(more)
	}
	p.Value = strings.Join(old, ";")
	return true
}

// Places of components in N and ADR (RFC 6350 6.2.2 and 6.3.1).
const (
	nameFamily, nameSuffix         = 0, 4
	addressExtended, addressStreet = 1, 2
)

func blank(s string) bool { return strings.Trim(s, " ,") == "" }

// withMissing adds the texts of a new component that an old one does not have.
func withMissing(field string, more []string, at int) string {
	if at >= len(more) {
		return field
	}
	list := texts(field)
	for _, text := range texts(more[at]) {
		if !slices.ContainsFunc(list, func(had string) bool { return strings.EqualFold(had, text) }) {
			list = append(list, text)
		}
	}
	return strings.Join(list, ",")
}

// texts gives what is said in the list of a component, escaped as it is.
func texts(field string) []string {
	var list []string
	for _, text := range contentline.Split(field, ",") {
		if text = strings.TrimSpace(text); text != "" {
			list = append(list, text)
		}
	}
	return list
}

// streetOrder is the order in which the new components of ADR (RFC 9554 2.1) make the line of a street:
// from the house to what lies around it. The number of the house and the name of the street belong together.
var streetOrder = [][]int{{3, 4}, {10}, {5}, {6}, {2}, {1}, {0}, {7}, {8}, {9}}

// streetOf makes the line of a street of new components.
func streetOf(more []string) string {
	var parts []string
	for _, group := range streetOrder {
		var words []string
		for _, at := range group {
			if at < len(more) {
				words = append(words, texts(more[at])...)
			}
		}
		if len(words) > 0 {
			parts = append(parts, strings.Join(words, " "))
		}
	}
	return strings.Join(parts, `\, `)
}

// flattened takes the altitude and the parameters off a place, for which older dialects have no room, and
// reports whether there were any.
func flattened(p *contentline.Property) bool {
	if !p.Is("GEO") || p.Junk || p.Base64 || p.Comp != nil {
		return false
	}
	text := card40.unescape(p.Value)
	flat := plainGeo(text)
	if flat == text {
		return false
	}
	if _, _, ok := position(flat); ok {
		p.Value = flat
	}
	return p.Value == flat
}
