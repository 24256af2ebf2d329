package evidence

import (
	"hash/fnv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxFold bounds how many octets of a text are looked at.
const maxFold = 1 << 16

// fold gives the words of a text in the form in which poor and rich sides write them alike: lower case, without
// accents, ligatures spelled out, Greek and Cyrillic in Latin letters, punctuation gone, one blank between words.
// A question mark stays: it may stand for any letter that a side lacks. As some write ä as a and some as ae,
// the e behind a, o and u goes everywhere.
func fold(s string) string {
	s = s[:min(len(s), maxFold)]
	b := make([]byte, 0, len(s))
	if isASCII(s) {
		for i := range len(s) {
			b = appendFolded(b, rune(s[i]))
		}
	} else {
		for _, r := range norm.NFC.String(s) {
			b = appendLatin(b, r)
		}
	}
	for len(b) > 0 && b[len(b)-1] == ' ' {
		b = b[:len(b)-1]
	}
	return string(b)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// appendLatin appends what stands for a character in Latin letters.
func appendLatin(b []byte, r rune) []byte {
	switch {
	case r < utf8.RuneSelf:
		return appendFolded(b, r)
	case unicode.Is(unicode.Mn, r):
		return b
	}
	if s, ok := spelled[unicode.ToLower(r)]; ok {
		for _, c := range s {
			b = appendFolded(b, c)
		}
		return b
	}
	if r >= 0x1100 && unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana) {
		return utf8.AppendRune(b, r)
	}
	for _, c := range norm.NFKD.String(string(r)) {
		if s, ok := spelled[unicode.ToLower(c)]; ok {
			for _, l := range s {
				b = appendFolded(b, l)
			}
		} else if !unicode.Is(unicode.Mn, c) {
			b = appendFolded(b, c)
		}
	}
	return b
}

// appendFolded appends a character without accents.
func appendFolded(b []byte, r rune) []byte {
	switch {
	case r >= 'A' && r <= 'Z':
		r += 'a' - 'A'
	case r == '\'' || r == 0x2019 || r == 0xAD:
		return b
	case r < utf8.RuneSelf && (r < '0' || r > '9') && (r < 'a' || r > 'z') && r != '?',
		r >= utf8.RuneSelf && !unicode.IsLetter(r) && !unicode.IsDigit(r):
		if len(b) > 0 && b[len(b)-1] != ' ' {
			b = append(b, ' ')
		}
		return b
	case r >= utf8.RuneSelf:
		return utf8.AppendRune(b, unicode.ToLower(r))
	}
	if r == 'e' && len(b) > 0 {
		switch b[len(b)-1] {
		case 'a', 'o', 'u':
			return b
		}
	}
	return append(b, byte(r))
}

// spelled are letters that do not fall apart into a Latin one and an accent.
var spelled = letters()

func letters() map[rune]string {
	out := map[rune]string{
		'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ı': "i", 'ħ': "h", 'ŋ': "n",
	}
	add := func(from, to string) {
		for i, r := range strings.Fields(from) {
			c, _ := utf8.DecodeRuneInString(r)
			out[c] = strings.ReplaceAll(strings.Fields(to)[i], "-", "")
		}
	}
	add("а б в г д е ё ж з и й к л м н о п р с т у ф х ц ч ш щ ъ ы ь э ю я і ї є ґ ў ј љ њ ћ ђ џ",
		"a b v g d e e zh z i i k l m n o p r s t u f kh ts ch sh shch - y - e yu ya i i e g u j lj nj c dj dz")
	add("α β γ δ ε ζ η θ ι κ λ μ ν ξ ο π ρ σ ς τ υ φ χ ψ ω", "a v g d e z i th i k l m n x o p r s s t y f ch ps o")
	return out
}

// cut gives at most n octets of s, whole characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// hash32 identifies a text.
func hash32(s string) uint32 {
	h := uint32(2166136261)
	for i := range len(s) {
		h = (h ^ uint32(s[i])) * 16777619
	}
	return h
}

// hash64 identifies a text of a sort.
func hash64(sort byte, s string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte{sort})
	_, _ = h.Write([]byte(s))
	return mix(h.Sum64())
}

// mix spreads the bits of a hash.
func mix(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	return h
}
