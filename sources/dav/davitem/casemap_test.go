package davitem

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// What RFC 5051 takes for the same is the same, and nothing else.
func TestCasemap(t *testing.T) {
	for _, c := range []struct {
		name, a, b string
		same       bool
	}{
		{"letters", "Ann", "aNN", true},
		{"an accent in two pieces", "M\u00fcller", "Mu\u0308LLER", true},
		{"two accents in two ways", "\u1ec7", "\u1eb9\u0302", true},
		{"a ligature", "\ufb01sh", "FISH", true},
		{"wide letters", "\uff21\uff42", "ab", true},
		{"Greek", "ΑΣ", "ας", true},
		{"a letter of title case", "\u01c4", "\u01c6", true},
		{"Hangul", "\ud55c", "\u1112\u1161\u11ab", true},
		{"no accent", "Müller", "Muller", false},
		{"ß is not ss", "ß", "ss", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := casemap(c.a) == casemap(c.b); got != c.same {
				t.Errorf("%q and %q", casemap(c.a), casemap(c.b))
			}
		})
	}
}

// A part of a text is a part of it afterwards, and what was mapped stays so: the index of words depends on it.
func TestCasemapOfAPart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.SampledFrom([]rune("aAßẞİıΣςǅée\u0301\u0323\u0308ﬁ한ﾊﾞ́\u1ec7Å\uac00𝐀"))).Draw(t, "text")
		runes := []rune(s)
		from := rapid.IntRange(0, len(runes)).Draw(t, "from")
		part := string(runes[from:rapid.IntRange(from, len(runes)).Draw(t, "to")])
		if !strings.Contains(casemap(s), casemap(part)) {
			t.Fatalf("%q is not in %q", casemap(part), casemap(s))
		}
		if ascii := (TextMatch{ASCII: true}).fold(s); casemap(ascii) != casemap(s) {
			t.Fatalf("%q and %q", casemap(ascii), casemap(s))
		}
	})
}
