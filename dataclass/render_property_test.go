package dataclass

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// markOf finds what marks a property of a drawn card, whatever became of the rest of its value.
var markOf = regexp.MustCompile(`(?i)q[0-9]{2}z|\+?99[0-9]{2}`)

// mark gives the marks of a value.
func mark(v string) string { return strings.ToLower(markOf.FindString(v)) }

var richRunes = []rune("abcXYZ 019äöüßø€😀\u0301é\\;,:=\"'\n-+/—日Ж\U0001F44D\U0001F3FD")

func drawRich(t *rapid.T, m int) string {
	return fmt.Sprintf("q%02dz.", m) + rapid.StringOfN(rapid.SampledFrom(richRunes), 0, 60, -1).Draw(t, "text") + "e"
}

// drawRichCard draws a card in which every value has a mark of its own.
func drawRichCard(t *rapid.T) modelCard {
	m := 9
	next := func() int { m++; return m }
	text := func() string { return drawRich(t, next()) }
	number := func() string {
		return fmt.Sprintf("+99%02d ", next()) + rapid.StringMatching(`[0-9]{3,5}[ /()-]{0,2}[0-9]{4,8}`).Draw(t, "number")
	}
	name := text()
	c := modelCard{{name: "N", sep: ";", fields: []string{name, name + "g", name + "m"}}}
	for _, n := range []string{"FN", "NOTE", "TITLE", "ROLE"} {
		if rapid.Bool().Draw(t, n) {
			c = append(c, modelProp{name: n, fields: []string{text()}})
		}
	}
	several := func(n string, most int, make func() modelProp) {
		for range rapid.IntRange(0, most).Draw(t, n) {
			p := make()
			p.name = n
			c = append(c, p)
		}
	}
	several("ORG", 1, func() modelProp { s := text(); return modelProp{sep: ";", fields: []string{s, s + "u"}} })
	several("TEL", 5, func() modelProp { return modelProp{types: drawTypes(t), fields: []string{number()}} })
	several("EMAIL", 4, func() modelProp {
		return modelProp{types: drawTypes(t), fields: []string{fmt.Sprintf("q%02dz", next()) + rapid.StringMatching(`[a-z]{0,30}@example\.org`).Draw(t, "mail")}}
	})
	several("ADR", 2, func() modelProp {
		s := text()
		return modelProp{types: drawTypes(t), sep: ";", fields: []string{s, s, s, s + "c", "", "", s}}
	})
	several("CATEGORIES", 1, func() modelProp { return modelProp{sep: ",", fields: []string{text(), text(), text()}} })
	several("PHOTO", 1, func() modelProp { return modelProp{media: rapid.SliceOfN(rapid.Byte(), 1, 400).Draw(t, "photo")} })
	several("URL", 2, func() modelProp { return modelProp{fields: []string{fmt.Sprintf("http://q%02dz.example.org", next())}} })
	several("X-NAME", 2, func() modelProp { return modelProp{unknown: fmt.Sprintf("q%02dz", next()) + "something;else"} })
	return c
}

var limitable = []string{"FN", "NOTE", "TITLE", "ROLE", "ORG", "TEL", "EMAIL", "ADR", "CATEGORIES", "PHOTO", "URL", "X-NAME", "N"}

func drawLimit(t *rapid.T) Limit {
	l := Limit{Name: rapid.SampledFrom(limitable).Draw(t, "limited")}
	switch rapid.IntRange(0, 5).Draw(t, "how limited") {
	case 0:
		l.Never = true
	case 1:
		l.Count = rapid.IntRange(1, 3).Draw(t, "count")
	case 2:
		l.Size, l.Octets = rapid.IntRange(10, 40).Draw(t, "size"), rapid.Bool().Draw(t, "octets")
		l.Whole = rapid.Bool().Draw(t, "whole")
	case 3:
		l.Types, l.Only = []string{"HOME", "CELL"}, drawTypes(t)
	case 4:
		l.NoTypes = true
	case 5:
		l.Count, l.Only = 1, drawTypes(t)
	}
	return l
}

func drawCapabilities(t *rapid.T) Capabilities {
	b := func(label string) bool { return rapid.Bool().Draw(t, label) }
	c := Capabilities{NoEmpty: b("no empty")}
	c.Charset = rapid.SampledFrom([]string{"", "UTF-8", "ISO-8859-1", "US-ASCII", "Shift_JIS", "windows-1251"}).Draw(t, "charset")
	c.Limits = rapid.SliceOfN(rapid.Custom(drawLimit), 0, 5).Draw(t, "limits")
	if rapid.IntRange(0, 3).Draw(t, "complete") == 0 {
		c.Complete = true
		for _, n := range limitable[:rapid.IntRange(3, len(limitable)).Draw(t, "listed")] {
			c.Limits = append(c.Limits, Limit{Name: n})
		}
	}
	if b("parts") {
		c.Parts = map[string]int{"ORG": 1, "N": rapid.IntRange(1, 3).Draw(t, "parts of N"), "ADR": rapid.IntRange(1, 7).Draw(t, "parts of ADR")}
	}
	if b("small") {
		c.MaxSize = rapid.IntRange(600, 3000).Draw(t, "max size")
	}
	c.Losses = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Loss {
		return Loss{
			Name: rapid.SampledFrom(limitable).Draw(t, "lost"), Position: rapid.IntRange(0, 3).Draw(t, "position"),
			Dropped: rapid.IntRange(0, 3).Draw(t, "dropped") == 0, Length: rapid.SampledFrom([]int{0, 0, 12, 25}).Draw(t, "length"),
			Upper: rapid.Bool().Draw(t, "upper"), ASCII: rapid.Bool().Draw(t, "ascii"), Digits: rapid.Bool().Draw(t, "digits"),
		}
	}), 0, 4).Draw(t, "losses")
	return c
}

// again reads what the item prints.
func again(t *rapid.T, it *Item) *Item {
	out, err := Decode(it.Class(), it.Body())
	if err != nil {
		t.Fatalf("%v: %s", err, it.Body().Data)
	}
	return out
}

// drawHeld draws a card and what a side holds of it.
func drawHeld(t *rapid.T) (it, held *Item, f Format, c Capabilities) {
	it = mustDecode(t, string(drawRichCard(t).render(drawStyle(t))))
	f = rapid.SampledFrom([]Format{VCard21, VCard30, VCard40}).Draw(t, "format")
	c = drawCapabilities(t)
	held, err := it.ProjectFor(f, c)
	if err != nil {
		t.Skip(err)
	}
	return it, again(t, held), f, c
}

func TestProjectForIsIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		it, held, f, c := drawHeld(t)
		for range 2 {
			twice, err := held.ProjectFor(f, c)
			if err != nil || twice.Fingerprint() != held.Fingerprint() || string(twice.Body().Data) != string(held.Body().Data) {
				t.Fatalf("%v: of\n%s\ngot\n%s\nthen\n%s", err, it.Body().Data, held.Body().Data, twice.Body().Data)
			}
			held = twice
		}
		if cs, _ := charsetNamed(c.Charset); !cs.has(strings.ReplaceAll(string(contentline.Print(held.root, contentline.MIMEDir)), "\r\n ", "")) {
			t.Fatalf("not in %s:\n%s", c.Charset, held.Body().Data)
		}
		if n := len(held.Body().Data); c.MaxSize > 0 && n > c.MaxSize {
			t.Fatalf("%d bytes of %d", n, c.MaxSize)
		}
	})
}

func TestNoEditChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		it, held, _, _ := drawHeld(t)
		m := mustMerge(t, it, Version{Shadow: held, Now: again(t, held), Sent: drawSent(t, held)}, Version{Shadow: it}, drawWinner(t))
		if m.Item != it || m.Conflict || m.Lossy[1] {
			t.Fatalf("conflict %v, lossy %v: of\n%s\nheld\n%s\ngot\n%s", m.Conflict, m.Lossy, it.Body().Data, held.Body().Data, m.Item.Body().Data)
		}
	})
}

func drawWinner(t *rapid.T) Winner { return Winner(rapid.IntRange(0, 1).Draw(t, "winner")) }

func drawSent(t *rapid.T, it *Item) Sent {
	if rapid.Bool().Draw(t, "sent") {
		return Sent(nil).With(it)
	}
	return nil
}

// A heldEdit is one edit of what a side holds.
type heldEdit struct {
	now *Item
	key string // of the element that changes
	old string // its mark before; empty for an addition
	new string // its mark after; empty for a removal
}

// drawHeldEdit draws an edit of one value, a removal or an addition.
func drawHeldEdit(t *rapid.T, held *Item) heldEdit {
	e := heldEdit{now: again(t, held)}
	root := e.now.root
	var can []int
	for i := range root.Props {
		if p := &root.Props[i]; !saysNothing(p) && slices.Contains(limitable, upper(p.Name)) && !p.Is("PHOTO") {
			can = append(can, i)
		}
	}
	if len(can) == 0 {
		t.Skip("nothing is left")
	}
	i := rapid.SampledFrom(can).Draw(t, "which")
	p := &root.Props[i]
	e.key, e.old = upper(p.Name), mark(p.Value)
	how := rapid.IntRange(0, 2).Draw(t, "how")
	if how == 2 {
		e.key = rapid.SampledFrom([]string{"TEL", "EMAIL", "URL", "NOTE", "X-NAME", "ADR"}).Draw(t, "added")
		if e.key == "NOTE" && root.Find("NOTE") != nil {
			t.Skip("has one")
		}
		e.old, e.new = "", newMark(e.key)
		root.Props = append(root.Props, contentline.Property{Name: e.key, Value: newValue(e.key, "")})
		return e
	}
	if how == 1 && e.key != "N" && e.key != "FN" && e.key != "CATEGORIES" {
		root.Props = slices.Delete(root.Props, i, i+1)
		return e
	}
	e.new = newMark(e.key)
	if e.key == "CATEGORIES" {
		parts := contentline.Split(p.Value, listSeps(held.d))
		parts[0] = "q99z"
		p.Value = strings.Join(parts, ",")
		return e
	}
	p.Value = newValue(e.key, p.Value)
	return e
}

// about reports whether an element is the one that was edited. A formatted name stands for the
// structured one where that is missing.
func (e heldEdit) about(x *element, held *Item) bool {
	return x.key == e.key || (e.key == "FN" && x.key == "N" && !hasName(held))
}

func newMark(key string) string {
	if key == "TEL" {
		return "+9999"
	}
	return "q99z"
}

// newValue gives a short value of a property.
func newValue(key, old string) string {
	switch key {
	case "TEL":
		if strings.HasPrefix(old, "tel:") {
			return "tel:+999912"
		}
		return "+999912"
	case "EMAIL":
		return "q99z@a.org"
	case "URL":
		return "http://q99z.org"
	case "ADR":
		return "q99z"
	}
	return "q99z"
}

// changedElements compares two cards element by element.
func changedElements(a, b *Item) (gone, come []*element) {
	in := func(list []*element) map[string]bool {
		out := make(map[string]bool)
		for _, e := range list {
			out[e.whole] = true
		}
		return out
	}
	ea, eb := elementsOf(a.neutral()), elementsOf(b.neutral())
	inA, inB := in(ea), in(eb)
	for _, e := range ea {
		if !inB[e.whole] {
			gone = append(gone, e)
		}
	}
	for _, e := range eb {
		if !inA[e.whole] {
			come = append(come, e)
		}
	}
	return gone, come
}

// elementMark gives the mark of an element's value.
func elementMark(e *element) string {
	if e.text != "" {
		return mark(e.text)
	}
	return mark(e.prop.Value)
}

// printedLines gives each property as it is printed.
func printedLines(it *Item) []string {
	var out []string
	for _, p := range it.root.Props {
		alone := contentline.Component{Name: "X", Props: []contentline.Property{p}}
		out = append(out, upper(p.Name)+" "+string(contentline.Print(&alone, it.d.lines())))
	}
	return out
}

func TestOneEditChangesOneProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		it, held, f, c := drawHeld(t)
		e := drawHeldEdit(t, held)
		if fit, err := e.now.ProjectFor(f, c); err != nil || fit.Fingerprint() != e.now.Fingerprint() {
			t.Skip("not held")
		}
		if p := it.root.Find("NOTE"); p != nil && e.key == "NOTE" && e.old == "" {
			e.old = mark(p.Value) // it could not be held: there is one note only
		}
		e.now = again(t, e.now)
		m := mustMerge(t, it, Version{Shadow: held, Now: e.now, Sent: Sent(nil).With(held)}, Version{Shadow: it}, drawWinner(t))
		report := func(format string, args ...any) {
			t.Helper()
			t.Fatalf("%s\nof\n%s\nheld\n%s\nnow\n%s\nmerged\n%s", fmt.Sprintf(format, args...), it.Body().Data, held.Body().Data, e.now.Body().Data, m.Item.Body().Data)
		}
		gone, come := changedElements(it, m.Item)
		if e.key == "FN" && len(gone) == 0 && !slices.ContainsFunc(elementsOf(it), func(x *element) bool { return x.key == "FN" }) {
			e.old = "" // it only repeated the name
		}
		want := func(list []*element, mark, what string) {
			n := 0
			if mark != "" {
				n = 1
			}
			if len(list) != n || (n == 1 && (elementMark(list[0]) != mark || !e.about(list[0], held))) {
				report("%s of %s %s: %d elements", what, e.key, mark, len(list))
			}
		}
		want(gone, e.old, "removal")
		want(come, e.new, "addition")
		if m.Conflict || !m.Lossy[1] {
			report("conflict %v, lossy %v", m.Conflict, m.Lossy)
		}
		left := printedLines(m.Item)
		for _, l := range printedLines(it) {
			name, _, _ := strings.Cut(l, " ")
			if name != e.key && !(name == "N" && e.key == "FN") && !slices.Contains(left, l) {
				report("line changed: %q", l)
			}
		}
	})
}
