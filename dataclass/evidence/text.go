package evidence

import (
	"math/bits"
	"strings"
	"unicode/utf8"
)

// A level says how much of two values is the same.
type level uint8

const (
	absent level = iota // one side says nothing
	differ
	similar // slips of the pen, or some words more
	shorter // one is the beginning of the other, as if cut
	equal
	levels
)

// minCut is the least number of characters that a field cut by a device holds.
const minCut = 8

// compareText compares two texts that were folded.
func compareText(a, b *value) level {
	switch {
	case a.hash == b.hash && a.cut == b.cut && a.text == b.text:
		return equal
	case a.wild || b.wild:
		if matchWild(a.text, b.text) {
			return shorter
		}
	}
	s, l := a, b
	if len(s.text) > len(l.text) {
		s, l = l, s
	}
	if strings.HasPrefix(l.text, s.text) && !s.cut {
		if len(s.text) >= minCut {
			return shorter
		}
		return similar
	}
	n := max(len(a.text), len(b.text))
	if a.mayBe(b, n/5) && slips(a.text, b.text, n/5) <= n/5 || within(s.text, l.text) {
		return similar
	}
	return differ
}

// mayBe reports whether the letters of two texts leave it open that there are so many slips between them.
func (v *value) mayBe(w *value, slips int) bool {
	return bits.OnesCount32(v.letters^w.letters) <= 2*slips
}

// within reports whether all words of the shorter text, at least two, are in the longer one.
func within(s, l string) bool {
	n := 0
	for w := range strings.FieldsSeq(s) {
		at := strings.Index(l, w)
		if at < 0 || (at > 0 && l[at-1] != ' ') {
			return false
		}
		n++
	}
	return n >= 2
}

// matchWild compares texts in which a question mark stands for one character, or for two of the other text.
func matchWild(a, b string) bool {
	steps := 0
	return wild(a, b, &steps)
}

func wild(a, b string, steps *int) bool {
	for a != "" && b != "" && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	if a == "" || b == "" {
		return a == b
	}
	if *steps++; *steps > 200 {
		return false
	}
	if a[0] != '?' && b[0] != '?' {
		return false
	}
	_, na := utf8.DecodeRuneInString(a)
	_, nb := utf8.DecodeRuneInString(b)
	if wild(a[na:], b[nb:], steps) {
		return true
	}
	if a[0] == '?' && len(b) > nb {
		_, n := utf8.DecodeRuneInString(b[nb:])
		return wild(a[na:], b[nb+n:], steps)
	}
	if b[0] == '?' && len(a) > na {
		_, n := utf8.DecodeRuneInString(a[na:])
		return wild(a[na+n:], b[nb:], steps)
	}
	return false
}

// slips counts the octets that are missing, wrong or swapped with their neighbour (optimal string alignment); it gives
// most+1 if there are more than most.
func slips(a, b string, most int) int {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > most || len(b) > maxHead {
		return most + 1
	}
	for len(a) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	switch {
	case len(a) == 0:
		return len(b)
	case len(b) == 1 || len(a) == 2 && a[0] == b[1] && a[1] == b[0] && len(b) == 2:
		return 1
	case most == 1:
		return 2
	}
	return align(a, b, most)
}

// align counts the slips of two texts, the shorter one first, along the diagonal: what is further away from it than
// most takes more than most slips.
func align(a, b string, most int) int {
	var rows [3][maxHead + 2]uint8
	before, row, next := &rows[0], &rows[1], &rows[2]
	far := uint8(min(most, maxHead) + 1)
	for j := range min(len(b), most) + 1 {
		row[j] = uint8(j)
	}
	row[min(len(b), most)+1] = far
	for i := 1; i <= len(a); i++ {
		from, to := max(1, i-most), min(len(b), i+most)
		next[from-1] = far
		if from == 1 {
			next[0] = uint8(i)
		}
		least := next[from-1]
		for j := from; j <= to; j++ {
			c := row[j-1]
			if a[i-1] != b[j-1] {
				c = min(c, row[j], next[j-1]) + 1
			}
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				c = min(c, before[j-2]+1)
			}
			next[j] = c
			least = min(least, c)
		}
		next[to+1] = far
		if int(least) > most {
			return most + 1
		}
		before, row, next = row, next, before
	}
	return min(int(row[len(b)]), most+1)
}
