package dataclass

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Contradicts reports whether two items cannot be the same thing, so that a link kept from
// before is not believed in a slow sync (docs/engine.md 7.2). Two contacts contradict each other if they
// share no name, no number (its last seven digits) and no e-mail address, although both have
// something of one of these sorts. Two events, tasks or notes do if neither title, nor time, nor text is the
// same. Items of different classes always do; a nil item never does.
func Contradicts(a, b *Item) bool {
	if a == nil || b == nil {
		return false
	}
	if a.class != b.class {
		return true
	}
	ea, eb := evidenceOf(a), evidenceOf(b)
	comparable := false
	for sort := range ea {
		for _, v := range ea[sort] {
			if slices.Contains(eb[sort], v) {
				return false
			}
		}
		comparable = comparable || (len(ea[sort]) > 0 && len(eb[sort]) > 0)
	}
	return comparable
}

// evidenceOf gives normalised names, numbers and e-mail addresses.
func evidenceOf(it *Item) (e [3][]string) {
	if !it.d.isCard() {
		return calendarEvidence(it.neutral())
	}
	d := it.d
	for i := range it.root.Props {
		p := &it.root.Props[i]
		sort, v := -1, ""
		switch upper(p.Name) {
		case "FN":
			sort, v = 0, nameKey(d.unescape(p.Value))
		case "N":
			n := nameFrom(p, d)
			e[0] = appendNew(e[0], nameKey(n.Given+" "+n.Additional+" "+n.Family))
			e[0] = appendNew(e[0], nameKey(n.Prefix+" "+n.Given+" "+n.Additional+" "+n.Family+" "+n.Suffix))
			sort, v = 0, nameKey(n.Given+" "+n.Family)
		case "TEL":
			number, _, _ := strings.Cut(phoneText(d.unescape(p.Value)), " ext.")
			sort, v = 1, phoneKey(number)
		case "EMAIL":
			sort, v = 2, strings.ToLower(strings.TrimSpace(d.unescape(p.Value)))
		}
		if sort >= 0 {
			e[sort] = appendNew(e[sort], v)
		}
	}
	return e
}

// maxEvidence bounds how many values of a sort are compared.
const maxEvidence = 200

func appendNew(list []string, v string) []string {
	if v == "" || len(list) >= maxEvidence || slices.Contains(list, v) {
		return list
	}
	return append(list, v)
}

// nameKey gives the words of a name in lower case, without accents and punctuation, sorted.
func nameKey(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case isWord(r):
			return unicode.ToLower(r)
		}
		return ' '
	}, norm.NFKD.String(s))
	words := strings.Fields(s)
	slices.Sort(words)
	return strings.Join(words, " ")
}

// phoneKey gives the last seven digits of a number, or what there is.
func phoneKey(s string) string {
	s = strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
	return s[max(0, len(s)-7):]
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
