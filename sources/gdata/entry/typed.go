package entry

import (
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// A said is one value with a type: what an element with a rel or a label says.
type said struct {
	value string
	// service is the messenger of an address, by the scheme that cards have for it.
	service string
	// Exactly one of rel and label is set. Rel is without the prefix of the protocol.
	rel, label string
	primary    bool
}

// A relRow is one rel and the types that cards have for it. A rel without types becomes a label, but the first
// row of a table, which is what a value without types is written as, and rows that are Plain.
type relRow struct {
	rel   string
	types []string
	// plain says that the rel is read as no type at all.
	plain bool
}

// rels are the rels of one element, the one for no types first.
type rels struct {
	prefix string
	rows   []relRow
	// words are types that cards have and the table has not: they are written as a label, and read back from it.
	words []string
	// none is the label for no types where no rel means that.
	none string
}

// typed gives the types or the label that a card has for a rel.
func (r *rels) typed(s said) (types []string, label string) {
	if s.label != "" && s.label == r.none {
		return nil, ""
	}
	if s.label != "" {
		if words := strings.Fields(s.label); !slices.ContainsFunc(words, func(w string) bool { return !slices.Contains(r.words, w) }) {
			return words, ""
		}
		return nil, s.label
	}
	for _, row := range r.rows {
		if row.rel == s.rel {
			if row.types == nil && !row.plain {
				return nil, shown(row.rel)
			}
			return row.types, ""
		}
	}
	return nil, shown(s.rel)
}

// shown gives a rel as people read it: "company_main" is "Company main".
func shown(rel string) string {
	s := strings.NewReplacer("_", " ", "-", " ").Replace(rel)
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// rel gives what is written for the types and the label of a card.
func (r *rels) rel(types []string, label string) (rel, as string) {
	if label = cleanLabel(label); label != "" {
		for _, row := range r.rows {
			if row.types == nil && !row.plain && strings.EqualFold(shown(row.rel), label) {
				return row.rel, ""
			}
		}
		return "", label
	}
	best := -1
	for i, row := range r.rows {
		if row.types != nil && within(row.types, types) && (best < 0 || len(row.types) > len(r.rows[best].types)) {
			best = i
		}
	}
	if best >= 0 {
		return r.rows[best].rel, ""
	}
	var words []string
	for _, w := range types {
		if slices.Contains(r.words, w) {
			words = append(words, w)
		}
	}
	if len(words) > 0 {
		slices.Sort(words)
		return "", strings.Join(words, " ")
	}
	if r.none != "" {
		return "", r.none
	}
	return r.rows[0].rel, ""
}

// within reports whether all types of a row are among those of a value.
func within(row, types []string) bool {
	return !slices.ContainsFunc(row, func(t string) bool { return !slices.Contains(types, t) })
}

// cleanLabel gives a label as a card gives it back.
func cleanLabel(s string) string {
	s = clean(s)
	if rest, ok := strings.CutPrefix(s, "_$!<"); ok {
		return clean(strings.TrimSuffix(rest, ">!$_"))
	}
	return s
}

// hear reads rel, label and primary. What it gives is what write would make of the card that comes of it.
func (r *rels) hear(el *xmltree.Element) said {
	s := said{label: cleanLabel(el.Attr("", "label")), primary: el.Attr("", "primary") == "true"}
	if s.label == "" {
		s.rel = strings.TrimPrefix(clean(el.Attr("", "rel")), r.prefix)
		s.rel = s.rel[strings.LastIndexByte(s.rel, '#')+1:]
		if s.rel == "" && r.none == "" {
			s.rel = r.rows[0].rel
		}
	}
	types, label := r.typed(s)
	s.rel, s.label = r.rel(types, label)
	return s
}

// edit writes rel, label and primary where they differ.
func (r *rels) edit(el *xmltree.Element, have, want said, blank bool) {
	if blank || have.rel != want.rel || have.label != want.label {
		rel := want.rel
		if want.label == "" {
			rel = r.prefix + rel
		}
		setAttr(el, "rel", rel)
		setAttr(el, "label", want.label)
	}
	if have.primary != want.primary {
		primary := ""
		if want.primary {
			primary = "true"
		}
		setAttr(el, "primary", primary)
	}
}

// of gives what is written for a value of a card.
func (r *rels) of(t dataclass.Typed) said {
	s := said{value: clean(t.Value), primary: t.Pref == 1}
	s.rel, s.label = r.rel(t.Types, t.Label)
	return s
}

// back gives the value of a card.
func (r *rels) back(s said) dataclass.Typed {
	t := dataclass.Typed{Value: s.value}
	t.Types, t.Label = r.typed(s)
	if s.primary {
		t.Pref = 1
	}
	return t
}

func (s said) keys() keys {
	primary := ""
	if s.primary {
		primary = "primary"
	}
	all := s.service + "\x00" + s.value + "\x00" + s.rel + "\x00" + s.label + "\x00" + primary
	value := len(s.service) + 1 + len(s.value)
	return keys{all: all, value: all[:value], sort: all[value+1 : value+1+len(s.rel)+1+len(s.label)]}
}

// onePrimary leaves one value primary: the first.
func onePrimary(list []said) []said {
	found := false
	for i := range list {
		list[i].primary = list[i].primary && !found
		found = found || list[i].primary
	}
	return list
}

const gdRel = GD + "#"

// The rels of each element. The words for types are those of the card's view.
var (
	phoneRels = rels{prefix: gdRel, rows: []relRow{
		{rel: "other", plain: true},
		{rel: "mobile", types: []string{"cell"}}, {rel: "home", types: []string{"home"}}, {rel: "work", types: []string{"work"}},
		{rel: "main", types: []string{"main"}}, {rel: "work_mobile", types: []string{"work", "cell"}},
		{rel: "home_fax", types: []string{"home", "fax"}}, {rel: "work_fax", types: []string{"work", "fax"}},
		{rel: "fax", types: []string{"fax"}}, {rel: "pager", types: []string{"pager"}}, {rel: "work_pager", types: []string{"work", "pager"}},
		{rel: "car", types: []string{"car"}}, {rel: "isdn", types: []string{"isdn"}}, {rel: "tty_tdd", types: []string{"textphone"}},
		{rel: "other_fax"}, {rel: "assistant"}, {rel: "callback"}, {rel: "company_main"}, {rel: "internal-extension"},
		{rel: "radio"}, {rel: "satellite"}, {rel: "telex"},
	}, words: []string{"bbs", "modem", "msg", "pcs", "text", "video"}}
	placeRels = rels{prefix: gdRel, rows: []relRow{
		{rel: "other", plain: true}, {rel: "home", types: []string{"home"}}, {rel: "work", types: []string{"work"}},
	}}
	addressRels = rels{prefix: gdRel, rows: placeRels.rows, words: []string{"dom", "intl", "parcel", "postal"}}
	imRels      = rels{prefix: gdRel, rows: append(slices.Clone(placeRels.rows), relRow{rel: "netmeeting"})}
	orgRels     = rels{prefix: gdRel, rows: []relRow{{rel: "work", plain: true}, {rel: "other", plain: true}}}
	webRels     = rels{rows: []relRow{
		{rel: "home-page", plain: true}, {rel: "other", plain: true}, {rel: "home", types: []string{"home"}},
		{rel: "work", types: []string{"work"}}, {rel: "blog"}, {rel: "profile"}, {rel: "ftp"},
	}}
	relationRels = rels{rows: []relRow{
		{rel: "relative", types: []string{"kin"}}, {rel: "assistant", types: []string{"assistant"}}, {rel: "child", types: []string{"child"}},
		{rel: "friend", types: []string{"friend"}}, {rel: "manager", types: []string{"manager"}}, {rel: "parent", types: []string{"parent"}},
		{rel: "spouse", types: []string{"spouse"}}, {rel: "brother"}, {rel: "domestic-partner"}, {rel: "father"}, {rel: "mother"},
		{rel: "partner"}, {rel: "referred-by"}, {rel: "sister"},
	}, words: []string{"acquaintance", "agent", "co-resident", "co-worker", "colleague", "contact", "crush", "date", "emergency", "me",
		"met", "muse", "neighbor", "sibling", "sweetheart"}, none: "other"}
	dayRels = rels{rows: []relRow{{rel: "other"}}}
)
