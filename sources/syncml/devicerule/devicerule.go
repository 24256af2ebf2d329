// Package devicerule knows what single models of phones need. A rule says which phones it is for, by what they
// declare of themselves, and sets options; the rules that come with Bindery are in own.toml, and an administrator
// adds others in a file of the same form. docs/phones.md lists the options.
//
// The package is pure: no I/O, no clock. A rule never makes Bindery lose anything: it changes what a phone is
// sent, how what it sends is read, and how the talk with it goes.
package devicerule

import (
	"reflect"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// A Device is what a phone declares of itself in its device information (OMA DevInf 1.2, 5.3). The zero value is
// a phone that declares nothing.
type Device struct {
	Manufacturer string
	Model        string
	OEM          string
	Firmware     string
	Software     string
	Hardware     string
	ID           string
	Type         string
}

// A Table is a list of rules. Every rule that matches a phone counts; of two that set the same option, the first.
type Table []Rule

// A Rule sets options for phones.
type Rule struct {
	// Name is what people call the rule by.
	Name string `toml:"name"`
	// Match says which phones the rule is for.
	Match Match `toml:"match"`
	// Last says that no rule behind this one counts for the phones that it matches.
	Last bool `toml:"last,omitempty"`
	Options
}

// A Match says which phones a rule is for: of each list that is not empty, one pattern has to match. In a pattern
// * stands for any text, also none, and ? for one character; case does not matter.
type Match struct {
	Manufacturer []string `toml:"manufacturer,omitempty"`
	Model        []string `toml:"model,omitempty"`
	OEM          []string `toml:"oem,omitempty"`
	Firmware     []string `toml:"firmware,omitempty"`
	Software     []string `toml:"software,omitempty"`
	Hardware     []string `toml:"hardware,omitempty"`
	DeviceID     []string `toml:"device_id,omitempty"`
	Type         []string `toml:"type,omitempty"`
}

// lists gives the patterns beside what they are compared with.
func (m Match) lists(d Device) []struct {
	patterns []string
	text     string
} {
	return []struct {
		patterns []string
		text     string
	}{
		{m.Manufacturer, d.Manufacturer}, {m.Model, d.Model}, {m.OEM, d.OEM}, {m.Firmware, d.Firmware},
		{m.Software, d.Software}, {m.Hardware, d.Hardware}, {m.DeviceID, d.ID}, {m.Type, d.Type},
	}
}

// Matches reports whether the rule is for a phone. A Match without any pattern is for none.
func (m Match) Matches(d Device) bool {
	any := false
	for _, l := range m.lists(d) {
		if len(l.patterns) == 0 {
			continue
		}
		any = true
		if !slices.ContainsFunc(l.patterns, func(p string) bool { return glob(p, l.text) }) {
			return false
		}
	}
	return any
}

// glob reports whether a pattern matches a text: * is any text, ? one character; case does not matter.
func glob(pattern, text string) bool {
	p, s := []rune(strings.ToLower(strings.TrimSpace(pattern))), []rune(strings.ToLower(strings.TrimSpace(text)))
	star, mark, i, j := -1, 0, 0, 0
	for j < len(s) {
		switch {
		case i < len(p) && p[i] == '*':
			star, mark = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == s[j]):
			i, j = i+1, j+1
		case star >= 0: // let the last * take one character more
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}

// Rules is what the rules of a Table say about one phone. The zero value says nothing.
type Rules struct {
	// Names are those of the rules that matched, in their order.
	Names []string
	Options
}

// Match gives what the table says about a phone.
func (t Table) Match(d Device) Rules {
	var out Rules
	for i := range t {
		if !t[i].Match.Matches(d) {
			continue
		}
		out.Names = append(out.Names, t[i].Name)
		out.add(&t[i].Options)
		if t[i].Last {
			break
		}
	}
	return out
}

// add takes over the options that o sets and that are not set yet. Of limits those of properties that have none.
func (r *Options) add(o *Options) {
	limits := slices.Clone(r.Limits)
	for _, l := range o.Limits {
		if !slices.ContainsFunc(r.Limits, func(have Limit) bool { return strings.EqualFold(have.Property, l.Property) }) {
			limits = append(limits, l)
		}
	}
	into, from := reflect.ValueOf(r).Elem(), reflect.ValueOf(o).Elem()
	for i := range into.NumField() {
		if into.Field(i).IsNil() {
			into.Field(i).Set(from.Field(i))
		}
	}
	r.Limits = limits
}

// Lines gives the options that are set as a file of rules could, such as "since = 1980", each on one line.
func (r *Options) Lines() []string {
	single := *r
	single.Limits = nil
	out := tomlLines(&single)
	for i := range r.Limits {
		out = append(out, "limit = {"+strings.Join(tomlLines(&r.Limits[i]), ", ")+"}")
	}
	return out
}

func tomlLines(v any) []string {
	text, err := toml.Marshal(v)
	if err != nil {
		return []string{err.Error()} // cannot be: all types are plain
	}
	var out []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, strings.ReplaceAll(line, "'", `"`))
		}
	}
	return out
}
