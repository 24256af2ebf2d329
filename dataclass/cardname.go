package dataclass

import (
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// The formatted name (FN) must stand in vCard 3.0 and 4.0, the structured one (N) in 2.1 and 3.0.
// Devices make one from the other, each in its own way. So an FN that is made of the words of N,
// in one of the usual orders, says nothing: it is neither compared nor merged, but made anew where
// N was edited. The same goes for an FN that repeats the organisation, an e-mail address or a
// number of a card without N. Any other FN of a card without N stands for that N which would be
// made of it.

// maxNames is how many formatted names of a card are looked at.
const maxNames = 8

// readNames finds out which property gives the structured name and which FN only repeat.
func (r *reading) readNames() {
	var fns []int
	for i := range r.root.Props {
		p := &r.root.Props[i]
		switch {
		case p.Junk || len(p.Name) > 2 || len(p.Name) == 0 || p.Base64 || p.Comp != nil:
		case p.Is("N"):
			if r.name < 0 && elementValue(p, r.d, kindParts) != "" {
				r.name = i
			}
		case p.Is("FN") && len(r.mates[i]) == 0 && len(fns) < maxNames:
			fns = append(fns, i)
		}
	}
	for _, i := range fns {
		r.formatted(i)
	}
}

// formatted decides what one FN says.
func (r *reading) formatted(i int) {
	fn := collapse(r.d.unescape(r.root.Props[i].Value))
	if fn == "" {
		return
	}
	if r.name < 0 {
		if j := r.repeated(fn); j >= 0 {
			r.silence(i, j)
			return
		}
		r.standIn(i, fn)
		return
	}
	if composes(fn, r.nameParts()) {
		r.silence(i, r.name)
	}
}

// standIn takes an FN for the structured name that is missing.
func (r *reading) standIn(i int, fn string) {
	if r.lender != nil {
		other := readCard(r.lender.root, r.lender.d)
		if other.name >= 0 && r.lender.root.Props[other.name].Is("N") {
			if composes(fn, other.nameParts()) {
				r.name, r.lent = i, r.lend(&r.lender.root.Props[other.name])
			}
			return
		}
	}
	if _, ok := r.nameFromFN(i); ok {
		r.name = i
	}
}

// lend gives the name of the other card in this dialect.
func (r *reading) lend(p *contentline.Property) *contentline.Property {
	q := projectProperty(*p, r.lender.d, r.d)
	q.Group = ""
	return &q
}

func (r *reading) silence(i, of int) {
	if r.silent == nil {
		r.silent, r.from = make(map[int]bool), make(map[int]int)
	}
	r.silent[i], r.from[i] = true, of
}

// nameParts gives the words of the structured name, as they are compared.
func (r *reading) nameParts() (n [5]string) {
	p := &r.root.Props[r.name]
	if r.lent != nil {
		p = r.lent
	}
	if !p.Is("N") {
		n, _ = r.nameFromFN(r.name)
		return n
	}
	rest, more := p.Value, true
	for i := 0; i < len(n) && more; i++ {
		var s string
		s, rest, more = cutPart(rest)
		n[i] = collapse(r.d.unescape(s))
	}
	return n
}

// nameFromFN makes a structured name of an FN: what stands behind the last blank, or before a
// comma, is the family. A group or an organisation has nothing else. It is false if the FN would
// not be made of that name again.
func (r *reading) nameFromFN(i int) (n [5]string, ok bool) {
	fn := collapse(r.d.unescape(r.root.Props[i].Value))
	family, given := fn, ""
	if before, after, comma := strings.Cut(fn, ","); comma && !r.isGroup() {
		family, given = strings.TrimSpace(before), strings.TrimSpace(after)
	} else if at := strings.LastIndexByte(fn, ' '); at > 0 && !r.isGroup() {
		family, given = fn[at+1:], fn[:at]
	}
	n = [5]string{family, given}
	return n, composes(fn, n)
}

func (r *reading) isGroup() bool {
	for i := range r.root.Props {
		p := &r.root.Props[i]
		if p.Is("KIND") || p.Is("X-ADDRESSBOOKSERVER-KIND") {
			kind := upper(strings.TrimSpace(r.d.unescape(p.Value)))
			return kind != "" && kind != "INDIVIDUAL"
		}
		if p.Is(showAs) && strings.EqualFold(strings.TrimSpace(r.d.unescape(p.Value)), "company") {
			return true
		}
	}
	return false
}

// repeated finds the organisation, e-mail address or number that is the formatted name; -1 if there
// is none.
func (r *reading) repeated(fn string) int {
	for i := range r.root.Props {
		if p := &r.root.Props[i]; nameless(p) && r.shown(p) == fn {
			return i
		}
	}
	return -1
}

// nameless reports whether p can stand for a name that is missing.
func nameless(p *contentline.Property) bool {
	return (p.Is("ORG") || p.Is("EMAIL") || p.Is("TEL")) && !p.Junk && !p.Base64
}

// shown gives the text of such a property.
func (r *reading) shown(p *contentline.Property) string {
	v := p.Value
	if p.Is("ORG") {
		v, _, _ = cutPart(v)
	}
	if p.Is("TEL") {
		return collapse(phoneText(r.d.unescape(v)))
	}
	return collapse(r.d.unescape(v))
}

// collapse gives s in Unicode normal form C, with single blanks between words and none around.
func collapse(s string) string {
	if norm.NFC.QuickSpanString(s) != len(s) {
		s = norm.NFC.String(s)
	}
	blank := true
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c >= 0x80 || (c == ' ' && blank) {
			return strings.Join(strings.Fields(s), " ")
		}
		blank = s[i] == ' '
	}
	return strings.TrimSuffix(s, " ")
}

// The orders in which the parts of a name are written, as indexes of N.
var nameOrders = [][]int{{3, 1, 2, 0, 4}, {0, 3, 1, 2, 4}, {0, 4, 3, 1, 2}}

// composes reports whether fn consists of family and given name and any of the other parts, in one
// of the usual orders.
func composes(fn string, n [5]string) bool {
	for _, order := range nameOrders {
		if takes(fn, n, order) {
			return true
		}
	}
	return false
}

// takes reads the parts of a name off fn. Family and given name must be there.
func takes(fn string, n [5]string, order []int) bool {
	if len(order) == 0 {
		return fn == ""
	}
	i, rest := order[0], order[1:]
	if n[i] == "" {
		return takes(fn, n, rest)
	}
	if after, ok := cutWord(fn, n[i]); ok && takes(after, n, rest) {
		return true
	}
	return i > 1 && takes(fn, n, rest)
}

// cutWord takes a part of a name off s, with the comma and the blank behind it. Between scripts
// that need no blanks there may be none.
func cutWord(s, part string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(s, part)
	if !ok || rest == "" {
		return rest, ok
	}
	switch {
	case strings.HasPrefix(rest, ", "):
		return rest[2:], true
	case rest[0] == ' ' || rest[0] == ',':
		return rest[1:], true
	case rest[0] >= 0xE3 && part[len(part)-1] >= 0x80: // CJK
		return rest, true
	}
	return "", false
}

// joinName writes a structured name.
func joinName(n [5]string, d dialect) string {
	end := 5
	for end > 1 && n[end-1] == "" {
		end--
	}
	fields := make([]string, end)
	for i := range fields {
		fields[i] = d.escape(n[i], partSeps(d))
	}
	return strings.Join(fields, ";")
}

// partSeps are the separators that a part of a structured value has to escape.
func partSeps(d dialect) string { return ";" + strings.TrimSuffix(textSeps(d), ";") }

// complete gives the card the names that are wanted, as far as it has something to make them of.
func complete(c *contentline.Component, d dialect, wantFN, wantN bool) {
	r := readCard(c, d)
	fn, n := r.find("FN"), r.find("N")
	if text := r.display(); wantFN && text != "" && (fn < 0 || strings.TrimSpace(c.Props[fn].Value) == "") {
		if fn < 0 {
			fn = r.place(n)
			c.Props = slices.Insert(c.Props, fn, contentline.Property{Name: "FN"})
		}
		c.Props[fn].Value = d.escape(text, textSeps(d))
	}
	if n >= 0 || !wantN || fn < 0 && r.display() == "" {
		return
	}
	r = readCard(c, d)
	value := ";;;;"
	if r.name >= 0 {
		value = joinName(r.nameParts(), d)
		value += strings.Repeat(";", max(0, 4-strings.Count(value, ";")))
	}
	c.Props = slices.Insert(c.Props, r.place(-1), contentline.Property{Name: "N", Value: value})
}

// find gives the place of a property that is written, even if it is empty, or -1.
func (r *reading) find(name string) int {
	return slices.IndexFunc(r.root.Props, func(p contentline.Property) bool { return p.Is(name) && !p.Junk })
}

// place tells where a name is put: behind the one given, or behind the version.
func (r *reading) place(behind int) int {
	if behind >= 0 {
		return behind + 1
	}
	return r.find("VERSION") + 1
}

// display makes a formatted name: of the structured one, else of the organisation, an e-mail address
// or a number. It is empty if there is none.
func (r *reading) display() string {
	if r.name >= 0 {
		n := r.nameParts()
		return strings.Join(slices.DeleteFunc([]string{n[3], n[1], n[2], n[0], n[4]}, func(s string) bool { return s == "" }), " ")
	}
	for _, name := range []string{"ORG", "EMAIL", "TEL"} {
		for i := range r.root.Props {
			if p := &r.root.Props[i]; p.Is(name) && nameless(p) {
				if s := r.shown(p); s != "" {
					return s
				}
			}
		}
	}
	return ""
}
