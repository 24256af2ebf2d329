package peertest

import (
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A who is what somebody sees of one person, whatever door it came by: the values that users of the doors edit, by the
// name of the slot, and all the rest in alphabetical order. A slot without a value is not there.
type who struct {
	Slots map[string]string
	Rest  []string
}

// slots are what users edit. All doors can hold them but for x, a property of one's own, which phones and GData cannot.
var slots = []string{"given", "cell", "home", "mail", "note", "street", "org", "title", "bday", "nick", "x"}

// mayBeEmpty are the slots whose value a user may remove.
var mayBeEmpty = []string{"home", "mail", "note", "street", "bday", "nick", "x"}

// slotLines say where the value of a slot stands in a card: the property with its types, and the component of it.
var slotLines = map[string]struct {
	prop, types string
	part        int
}{
	"given": {"N", "", 1}, "cell": {"TEL", "CELL", -1}, "home": {"TEL", "HOME", -1}, "mail": {"EMAIL", "WORK", -1},
	"note": {"NOTE", "", -1}, "street": {"ADR", "HOME", 2}, "org": {"ORG", "", 0}, "title": {"TITLE", "", -1},
	"bday": {"BDAY", "", -1}, "nick": {"NICKNAME", "", -1}, "x": {"X-ODD", "", -1}, "etitle": {"E ", "", -1},
}

// valueOf invents the value with the number k for a slot, always the same one: no two are equal, and the first letters
// are enough to tell which it is.
func valueOf(slot string, k int) string {
	switch slot {
	case "given":
		return syllables[k%len(syllables)] + "é" + strconv.Itoa(k)
	case "cell", "home":
		return fmt.Sprintf("+1 777 %07d", k)
	case "mail":
		return fmt.Sprintf("w%d@work.example.org", k)
	case "street":
		return fmt.Sprintf("%d Größe; Street, 見本\nBack door", k)
	case "bday":
		return time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, k).Format("20060102")
	case "nick": // without a comma, which parts nicknames
		return fmt.Sprintf("nick %d; Söhne <odd>", k)
	case "note":
		return fmt.Sprintf("note %d: 😀 and, so; on\\ \"here\"\n%s\nend", k, strings.Repeat("a long lïne ", k%30))
	}
	return fmt.Sprintf("%s %d, Sample & Söhne; <odd>", slot, k)
}

// surname is the family name of the person with the number n, which no other has and nobody changes.
func surname(n int) string {
	at := func(i int) string { return syllables[i%len(syllables)] }
	return strings.ToUpper(at(n)[:1]) + at(n)[1:] + at(n/20) + at(11*n+5)
}

// fixed gives the lines that the person with the number n has besides, and nobody edits.
func fixed(n int, photo bool) (lines []string) {
	if n%2 == 0 {
		lines = append(lines, fmt.Sprintf("TEL;TYPE=WORK:+44 20 %07d", n), fmt.Sprintf("TEL;TYPE=WORK:+44 21 %07d", n))
	}
	if photo && n%5 == 0 {
		lines = append(lines, "PHOTO;ENCODING=b;TYPE=GIF:"+base64.StdEncoding.EncodeToString(pixel))
	}
	return lines
}

var escape = strings.NewReplacer(`\`, `\\`, "\n", `\n`, ",", `\,`, ";", `\;`)

// slotLine writes the line of a slot.
func slotLine(slot, value string, n int) string {
	v := escape.Replace(value)
	switch slot {
	case "given":
		return "N:" + surname(n) + ";" + v + ";;;"
	case "street":
		return fmt.Sprintf("ADR;TYPE=HOME:;;%s;Exampleton;;%05d;Nowhere", v, n)
	case "org":
		return "ORG:" + v + ";Testing"
	}
	l := slotLines[slot]
	if l.types != "" {
		return l.prop + ";TYPE=" + l.types + ":" + v
	}
	return l.prop + ":" + v
}

// cardOf writes a person as somebody enters it.
func cardOf(n int, have map[string]string) []byte {
	lines := []string{"BEGIN:VCARD", "VERSION:3.0", fmt.Sprintf("UID:person-%d", n), "FN:" + fullName(n, have["given"]), fmt.Sprintf("EMAIL;TYPE=HOME:person%d@example.org", n)}
	for _, s := range slots {
		if have[s] != "" {
			lines = append(lines, slotLine(s, have[s], n))
		}
	}
	return joinCard(append(append(lines, fixed(n, true)...), "END:VCARD"))
}

func fullName(n int, given string) string { return given + " " + surname(n) }

// joinCard folds long lines, between characters.
func joinCard(lines []string) []byte {
	var b strings.Builder
	for _, l := range lines {
		width := 0
		for _, r := range l {
			if size := len(string(r)); width+size > 75 {
				b.WriteString("\r\n ")
				width = 1 + size
			} else {
				width += size
			}
			b.WriteRune(r)
		}
		b.WriteString("\r\n")
	}
	return []byte(b.String())
}

// splitCard unfolds a card.
func splitCard(text string) []string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return strings.Split(strings.TrimSpace(strings.NewReplacer("\n ", "", "\n\t", "").Replace(text)), "\n")
}

// readLine takes a line of a card apart: its name, its types in order, and the components of its value.
func readLine(line string) (name, kind string, parts []string) {
	head, value, _ := strings.Cut(line, ":")
	name, params, _ := strings.Cut(strings.ToUpper(head), ";")
	kind = strings.Join(slices.DeleteFunc(strings.Split(types(params), ","), func(s string) bool { return s == "PREF" || s == "VALUE=DATE" }), ",")
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case c == '\\' && i+1 < len(value):
			i++
			if value[i] == 'n' || value[i] == 'N' {
				b.WriteByte('\n')
			} else {
				b.WriteByte(value[i])
			}
		case c == ';' && (name == "N" || name == "ADR" || name == "ORG"):
			parts = append(parts, b.String())
			b.Reset()
		default:
			b.WriteByte(c)
		}
	}
	return name, kind, append(parts, b.String())
}

// slotAt tells which slot a line is of, "" if of none.
func slotAt(name, kind string) string {
	for slot, l := range slotLines {
		if l.prop == name && l.types == kind {
			return slot
		}
	}
	return ""
}

// lookAt reads a card.
func lookAt(card string) who {
	w := who{Slots: map[string]string{}}
	full := ""
	for _, line := range splitCard(card) {
		name, kind, parts := readLine(line)
		switch name {
		case "PRODID", "REV", "UID", "VERSION", "BEGIN", "END":
			continue
		case "FN":
			full = parts[0]
			continue
		case "BDAY":
			parts[0] = strings.ReplaceAll(parts[0], "-", "")
		}
		w.take(name, kind, parts)
	}
	return w.named(full)
}

// take puts a property where it belongs. Of a slot that a person has once, a second value is among the rest; of one that he
// can have several of, such as two doors entered, all values are in the slot, and their order does not matter.
func (w *who) take(name, kind string, parts []string) {
	slot := slotAt(name, kind)
	part := max(slotLines[slot].part, 0)
	if slot != "" && len(parts) > part && parts[part] != "" && (w.Slots[slot] == "" || slices.Contains(listed, slot)) {
		all := append(valuesOf(w.Slots[slot]), parts[part])
		slices.Sort(all)
		w.Slots[slot] = strings.Join(all, between)
		parts[part] = ""
		if len(all) > 1 {
			return // what else there is of it, the first one has told
		}
	}
	w.add(name, kind, parts)
}

// listed are the slots of properties that are merged value by value.
var listed = []string{"cell", "home", "mail", "street", "x"}

// between parts the values of a slot.
const between = " | "

// valuesOf gives the values of a slot.
func valuesOf(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, between)
}

// add puts what is left of a property to the rest.
func (w *who) add(name, kind string, parts []string) {
	if text := strings.TrimRight(strings.Join(parts, ";"), ";"); text != "" {
		w.Rest = append(w.Rest, strings.TrimSpace(name+" "+kind)+" "+text)
	}
}

// named ends reading: the full name is what follows from the others, or else it is told.
func (w who) named(full string) who {
	for _, r := range w.Rest {
		if family, ok := strings.CutPrefix(r, "N "); ok && w.Slots["given"]+" "+family == full {
			full = ""
		}
	}
	w.add("FN", "", []string{full})
	slices.Sort(w.Rest)
	return w
}

// numberOf gives the number of a person, -1 if it is nobody we know.
func (w who) numberOf() int {
	for _, r := range w.Rest {
		if m := mail.FindStringSubmatch(r); m != nil {
			n, _ := strconv.Atoi(m[1]) // digits, and few
			return n
		}
	}
	return -1
}

// within gives what a door can hold of it that holds no property with one of those beginnings, and not that slot.
func (w who) within(lacks ...string) who {
	out := who{Slots: maps.Clone(w.Slots)}
	for _, prop := range lacks {
		maps.DeleteFunc(out.Slots, func(slot, _ string) bool { return strings.HasPrefix(slotLines[slot].prop, prop) })
	}
	for _, r := range w.Rest {
		if !slices.ContainsFunc(lacks, func(prop string) bool { return strings.HasPrefix(r, prop) }) {
			out.Rest = append(out.Rest, r)
		}
	}
	return out
}

// edited gives a card with another value in a slot, and everything else as it was.
func edited(card, slot, value string, n int) []byte {
	var out []string
	done := value == ""
	for _, line := range splitCard(card) {
		name, kind, _ := readLine(line)
		switch {
		case slot == "given" && name == "FN":
			line = "FN:" + fullName(n, value)
		case slotAt(name, kind) == slot && done:
			continue
		case slotAt(name, kind) == slot:
			line, done = slotLine(slot, value, n), true
		case name == "END" && !done:
			out = append(out, slotLine(slot, value, n))
		}
		out = append(out, line)
	}
	return joinCard(out)
}

func TestDoorsCard(t *testing.T) {
	have := map[string]string{}
	for i, s := range slots {
		have[s] = valueOf(s, 100+i)
	}
	w := lookAt(string(cardOf(10, have)))
	if diff := cmp.Diff(have, w.Slots); diff != "" || w.numberOf() != 10 {
		t.Errorf("number %d:\n%s", w.numberOf(), diff)
	}
	for _, s := range slots {
		for _, value := range []string{"", valueOf(s, 7)} {
			want := maps.Clone(have)
			want[s] = value
			if value == "" {
				delete(want, s)
			}
			if s == "given" && value == "" {
				continue // nobody does that
			}
			got := lookAt(string(edited(string(cardOf(10, have)), s, value, 10)))
			if diff := cmp.Diff(lookAt(string(cardOf(10, want))), got); diff != "" {
				t.Errorf("%s: %s", s, diff)
			}
		}
	}
	again := who{Slots: map[string]string{"cell": "1 | 2", "title": "A"}, Rest: []string{"EMAIL HOME person10@example.org", "TITLE B"}}
	if got := lookAt("BEGIN:VCARD\nTITLE:A\nTITLE:B\nTEL;TYPE=CELL:2\nTEL;TYPE=CELL:1\nEMAIL;TYPE=HOME:person10@example.org\nEND:VCARD"); cmp.Diff(again, got) != "" {
		t.Errorf("two mobile numbers: %v", got)
	}
}
