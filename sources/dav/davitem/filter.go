package davitem

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
	"github.com/bindery-sync/bindery/sources/dav/davxml"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// Errors of reading a filter.
var (
	// ErrFilter: it makes no sense (RFC 4791 section 7.8, valid-filter).
	ErrFilter = errors.New("not a valid filter")
	// ErrCollation: it asks to compare texts in a way that is not known.
	ErrCollation = errors.New("unknown collation")
)

// maxFilter is how many conditions a filter may have.
const maxFilter = 500

// A TextMatch is a condition on a text (RFC 6352 section 10.5.4, RFC 4791 section 9.7.5).
type TextMatch struct {
	// Text is what is looked for, folded as the collation wants it.
	Text string
	// Octets compares bytes, ASCII lets the case of ASCII letters not matter; otherwise no case matters.
	Octets, ASCII bool
	Negate        bool
	// Type is contains, equals, starts-with or ends-with.
	Type string
}

// Holds reports whether a text meets the condition.
func (m TextMatch) Holds(s string) bool {
	s = m.fold(s)
	var ok bool
	switch m.Type {
	case "equals":
		ok = s == m.Text
	case "starts-with":
		ok = strings.HasPrefix(s, m.Text)
	case "ends-with":
		ok = strings.HasSuffix(s, m.Text)
	default:
		ok = strings.Contains(s, m.Text)
	}
	return ok != m.Negate
}

// anyHolds reports whether one of the texts meets the condition; if it is negated, whether none of them has what it says.
func (m TextMatch) anyHolds(texts []string) bool {
	wanted := m
	wanted.Negate = false
	return slices.ContainsFunc(texts, wanted.Holds) != m.Negate
}

// textsOf gives the value of a property, and if it is a list also each that is in it.
func textsOf(p *contentline.Property) []string {
	texts := []string{contentline.Unescape(contentline.MIMEDir, p.Value)}
	if p.Is("NICKNAME") || p.Is("CATEGORIES") || p.Is("RESOURCES") {
		for _, one := range contentline.Split(p.Value, ",") {
			texts = append(texts, contentline.Unescape(contentline.MIMEDir, one))
		}
	}
	return texts
}

// fold gives a text so that those that are the same to the collation are equal.
func (m TextMatch) fold(s string) string {
	switch {
	case m.Octets:
		return s
	case m.ASCII:
		return strings.Map(func(r rune) rune {
			if r >= 'A' && r <= 'Z' {
				r += 'a' - 'A'
			}
			return r
		}, s)
	}
	return casemap(s)
}

// A ParamFilter is a condition on a parameter.
type ParamFilter struct {
	Name       string
	NotDefined bool
	Text       *TextMatch
}

func (f ParamFilter) holds(p *contentline.Property) bool {
	for _, q := range p.Params {
		if !strings.EqualFold(q.Name, f.Name) {
			continue
		}
		if f.NotDefined {
			return false
		}
		if f.Text == nil {
			return true
		}
		for _, v := range q.Values() {
			if f.Text.Holds(v) {
				return true
			}
		}
	}
	return f.NotDefined
}

// A PropFilter is a condition on the properties of one name.
type PropFilter struct {
	Name       string
	NotDefined bool
	// All asks for every condition to hold, of one and the same property; otherwise one is enough.
	All    bool
	Texts  []TextMatch
	Params []ParamFilter
	Range  *Range
}

// holds reports whether one of the properties meets the condition.
func (f PropFilter) holds(c *contentline.Component, z zones) bool {
	group, name, grouped := strings.Cut(f.Name, ".")
	if !grouped {
		name = f.Name
	}
	for i := range c.Props {
		p := &c.Props[i]
		if p.Junk || !p.Is(name) || grouped && !strings.EqualFold(p.Group, group) {
			continue
		}
		if f.NotDefined {
			return false
		}
		if f.one(p, z) {
			return true
		}
	}
	return f.NotDefined
}

func (f PropFilter) one(p *contentline.Property, z zones) bool {
	if len(f.Texts)+len(f.Params) == 0 && f.Range == nil {
		return true
	}
	var texts []string
	if len(f.Texts) > 0 {
		texts = textsOf(p)
	}
	for _, t := range f.Texts {
		if ok := t.anyHolds(texts); ok != f.All {
			return ok
		}
	}
	for _, q := range f.Params {
		if ok := q.holds(p); ok != f.All {
			return ok
		}
	}
	if f.Range != nil {
		if ok := f.Range.holdsProperty(p, z); ok != f.All {
			return ok
		}
	}
	return f.All
}

// A CardFilter is the filter of an addressbook-query. The zero value holds every card.
type CardFilter struct {
	All   bool
	Props []PropFilter
}

// Holds reports whether a card, as a client is sent it, meets the filter.
func (f CardFilter) Holds(data []byte) bool {
	if len(f.Props) == 0 {
		return true
	}
	all, err := contentline.ParseBare(data, contentline.MIMEDir, contentline.Limits{})
	if err != nil || len(all) != 1 {
		return false
	}
	for _, p := range f.Props {
		if ok := p.holds(all[0], zones{}); ok != f.All {
			return ok
		}
	}
	return f.All
}

// A counter bounds how many conditions a filter has.
type counter int

func (n *counter) more() error {
	if *n++; *n > maxFilter {
		return fmt.Errorf("%w: more than %d conditions", ErrFilter, maxFilter)
	}
	return nil
}

// ParseCardFilter reads the filter of an addressbook-query (RFC 6352 section 10.5). It returns ErrFilter or
// ErrCollation.
func ParseCardFilter(e *xmltree.Element) (CardFilter, error) {
	var f CardFilter
	var err error
	if f.All, err = allOf(e); err != nil {
		return f, err
	}
	n := new(counter)
	for c := range e.Elements() {
		if c.Local != "prop-filter" {
			return f, fmt.Errorf("%w: %.40q", ErrFilter, c.Local)
		}
		p, err := propFilter(c, n)
		if err != nil {
			return f, err
		}
		f.Props = append(f.Props, p)
	}
	return f, nil
}

// allOf reads the attribute test.
func allOf(e *xmltree.Element) (bool, error) {
	switch test := e.Attr("", "test"); test {
	case "", "anyof":
		return false, nil
	case "allof":
		return true, nil
	default:
		return false, fmt.Errorf("%w: test %.40q", ErrFilter, test)
	}
}

// propFilter reads a prop-filter of either protocol. That of calendars has no test: all of it has to hold.
func propFilter(e *xmltree.Element, n *counter) (PropFilter, error) {
	f := PropFilter{Name: e.Attr("", "name")}
	err := n.more()
	if err == nil && f.Name == "" {
		err = fmt.Errorf("%w: a prop-filter without name", ErrFilter)
	}
	if err != nil {
		return f, err
	}
	if f.All, err = allOf(e); err != nil {
		return f, err
	}
	f.All = f.All || e.Space == davxml.CalDAV
	for c := range e.Elements() {
		switch c.Local {
		case "is-defined": // as old clients say what goes without saying
		case "is-not-defined":
			f.NotDefined = true
		case "text-match":
			var t TextMatch
			t, err = textMatch(c, n)
			f.Texts = append(f.Texts, t)
		case "param-filter":
			var p ParamFilter
			p, err = paramFilter(c, n)
			f.Params = append(f.Params, p)
		case "time-range":
			f.Range, err = ParseRange(c)
		default:
			err = fmt.Errorf("%w: %.40q", ErrFilter, c.Local)
		}
		if err != nil {
			return f, err
		}
	}
	if f.NotDefined && len(f.Texts)+len(f.Params) > 0 {
		err = fmt.Errorf("%w: what is not defined has no text", ErrFilter)
	}
	return f, err
}

func paramFilter(e *xmltree.Element, n *counter) (ParamFilter, error) {
	f := ParamFilter{Name: e.Attr("", "name")}
	if f.Name == "" {
		return f, fmt.Errorf("%w: a param-filter without name", ErrFilter)
	}
	for c := range e.Elements() {
		switch c.Local {
		case "is-not-defined":
			f.NotDefined = true
		case "text-match":
			t, err := textMatch(c, n)
			if err != nil {
				return f, err
			}
			f.Text = &t
		}
	}
	return f, n.more()
}

func textMatch(e *xmltree.Element, n *counter) (TextMatch, error) {
	m := TextMatch{Text: e.Text(), Type: e.Attr("", "match-type"), Negate: e.Attr("", "negate-condition") == "yes"}
	switch m.Type {
	case "":
		m.Type = "contains"
	case "contains", "equals", "starts-with", "ends-with":
	default:
		return m, fmt.Errorf("%w: match-type %.40q", ErrFilter, m.Type)
	}
	switch c := e.Attr("", "collation"); c {
	case "", "default": // RFC 4791 section 9.7.5, RFC 6352 section 10.5.4
		m.ASCII = e.Space == davxml.CalDAV
	case "i;ascii-casemap":
		m.ASCII = true
	case "i;unicode-casemap":
	case "i;octet":
		m.Octets = true
	default:
		return m, fmt.Errorf("%w: %.40q", ErrCollation, c)
	}
	m.Text = m.fold(m.Text)
	return m, n.more()
}

// Needle gives a text that every card that meets the filter has somewhere among its names, addresses and numbers, folded
// as Words folds them; "" if there is no such text.
func (f CardFilter) Needle() string {
	best := ""
	for _, p := range f.Props {
		needle := p.needle()
		if needle == "" && !f.All {
			return ""
		}
		if len(f.Props) == 1 || f.All && len(needle) > len(best) {
			best = needle
		}
	}
	return best
}

// needle is Needle for one of the properties that Words has.
func (f PropFilter) needle() string {
	if f.NotDefined || !wordy(f.Name) || len(f.Texts) == 0 || !f.All && len(f.Texts)+len(f.Params) > 1 {
		return ""
	}
	best := ""
	for _, t := range f.Texts {
		if !t.Negate && len(t.Text) > len(best) {
			best = casemap(t.Text)
		}
	}
	return best
}

// words are the properties that people look for.
var words = []string{"FN", "N", "NICKNAME", "ORG", "EMAIL", "TEL", "UID"}

func wordy(name string) bool {
	for _, w := range words {
		if strings.EqualFold(w, name) {
			return true
		}
	}
	return false
}

// Words gives the texts of a card that people look for, folded: a card that meets a filter has its Needle in them.
func Words(data []byte) string {
	all, err := contentline.ParseBare(data, contentline.MIMEDir, contentline.Limits{})
	if err != nil || len(all) != 1 {
		return ""
	}
	var b strings.Builder
	for i := range all[0].Props {
		if p := &all[0].Props[i]; !p.Junk && wordy(p.Name) {
			b.WriteString(casemap(contentline.Unescape(contentline.MIMEDir, p.Value)))
			b.WriteByte('\n')
		}
	}
	return b.String()
}
