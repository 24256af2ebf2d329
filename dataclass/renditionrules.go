package dataclass

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A number is a telephone number taken apart. The zero value is no number.
type number struct {
	// digits are those that are dialled: with the code of the country if abroad is set, else without the
	// zero in front.
	digits string
	abroad bool
	ext    string // the extension
}

// Bounds of the digits of a number: a shorter one may mean another line in every town, a longer one does
// not exist (E.164).
const (
	leastDigits = 7
	mostDigits  = 15
)

// readNumber takes a number apart. What holds letters, other than an extension, or a code such as *100#
// is none.
func readNumber(s string) number {
	s, ext, _ := strings.Cut(s, " ext. ")
	var n number
	switch s = strings.TrimSpace(s); {
	case strings.HasPrefix(s, "+"):
		n.abroad, s = true, s[1:]
	case strings.HasPrefix(s, "00"):
		n.abroad, s = true, s[2:]
	}
	if n.abroad {
		s = strings.Replace(s, "(0)", "", 1)
	}
	digits, ok := onlyDigits(s)
	if !ok {
		return number{}
	}
	if n.digits, n.ext = digits, strings.TrimSpace(ext); !n.abroad {
		n.digits = strings.TrimLeft(digits, "0")
	}
	if len(n.digits) < leastDigits || len(n.digits) > mostDigits {
		return number{}
	}
	return n
}

// onlyDigits gives the digits of a text that has nothing else but what stands between them.
func onlyDigits(s string) (string, bool) {
	var b strings.Builder
	for _, c := range s {
		switch {
		case c >= '0' && c <= '9':
			b.WriteRune(c)
		case strings.ContainsRune("-./() \t\u00a0\u2010\u2011\u2012\u2013", c):
		default:
			return "", false
		}
	}
	return b.String(), true
}

// same reports whether both are numbers, of one line.
func (n number) same(o number) bool { return n.digits != "" && o.digits != "" && n.ext == o.ext }

// sameNumber compares a number with the code of its country and one without.
func sameNumber(a, b number) fuller {
	switch {
	case !a.same(b) || a.abroad == b.abroad:
		return neither
	case b.abroad:
		return sameNumber(b, a).mirrored()
	}
	// In some countries the zero is part of the number and is dialled from abroad too.
	if code := countryCode(a.digits); code > 0 && strings.TrimLeft(a.digits[code:], "0") == b.digits {
		return firstSaysMore
	}
	return neither
}

// countryCode gives how many of the digits in front are the code of a country (E.164): one for North
// America and for Russia, two for those listed, three for all others.
func countryCode(digits string) int {
	switch {
	case len(digits) < 4 || digits[0] == '0':
		return 0
	case digits[0] == '1' || digits[0] == '7':
		return 1
	case slices.Contains(shortCodes, digits[:2]):
		return 2
	}
	return 3
}

var shortCodes = strings.Fields("20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 " +
	"60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98")

// leastCut is how much of an e-mail address has to be left for it to be known.
const leastCut = 8

// cutMail reports whether an e-mail address is the beginning of another one and ends inside its domain.
func cutMail(short, long string) bool {
	short, long = strings.ToLower(short), strings.ToLower(long)
	at := strings.LastIndexByte(short, '@')
	return len(short) >= leastCut && at > 0 && strings.HasPrefix(long, short) &&
		!strings.ContainsAny(long[at+1:], "@ <>,") && cutDomain(short[at+1:], long[at+1:])
}

// cutDomain reports whether a domain cannot but be cut, if it is the beginning of the other one: it ends
// amid a label and not with a domain that there is.
func cutDomain(short, long string) bool {
	if short == "" || len(short) >= len(long) {
		return false
	}
	dot := strings.LastIndexByte(short, '.')
	return dot < 0 || long[len(short)] != '.' && !slices.Contains(wholeEndings, short[dot+1:])
}

// wholeEndings are the top-level domains with which longer ones begin: who has an address in the one may
// have another in the other.
var wholeEndings = strings.Fields("app ar at be bi bo ca car ch cl co com de do eu fi fo fr ga gr in it jo la li ma me mo na ne net no " +
	"nr ph pr pro re sa se so st tv us vi")

// leastURL is how much of a web address has to be left of its path.
const leastURL = 20

// cutURL reports whether a web address is the beginning of another one and ends amid a word.
func cutURL(short, long string) bool {
	if short == "" || !strings.HasPrefix(long, short) || len(short) == len(long) {
		return false
	}
	scheme, host, ok := strings.Cut(short, "://")
	if !ok || host == "" {
		return false
	}
	if !strings.Contains(host, "/") {
		whole, _, _ := strings.Cut(long[len(scheme)+3:], "/")
		return len(host) >= leastCut && cutDomain(strings.ToLower(host), strings.ToLower(whole))
	}
	return len(short) >= leastURL && amidWord(short, long)
}

// amidWord reports whether the longer text goes on with a letter behind a letter. Behind a digit it may
// be something else: house 1 and house 12.
func amidWord(short, long string) bool {
	before, _ := utf8.DecodeLastRuneInString(short)
	behind, _ := utf8.DecodeRuneInString(long[len(short):])
	return unicode.IsLetter(before) && unicode.IsLetter(behind)
}

// leastText is how much has to be left of a component of a postal address that was cut.
const leastText = 5

// street is the place of the street among the components of a postal address (RFC 6350 6.3.1).
const street = 2

// lessAddress reports whether all that a postal address says the other says too, and more: in each
// component the same, or nothing, or in one of them its beginning. They have to have the street in
// common, or two components.
func lessAddress(short, long string) bool {
	a, b := strings.Split(short, "\x1f"), strings.Split(long, "\x1f")
	if len(a) > len(b) || short == long {
		return false
	}
	common, cuts, streets := 0, 0, false
	for i, s := range a {
		switch {
		case letters(s) == "":
			continue
		case letters(s) == letters(b[i]):
		case cutText(s, b[i]):
			cuts++
		default:
			return false
		}
		common++
		streets = streets || i == street
	}
	return cuts <= 1 && common > cuts && (streets || common >= 2)
}

// cutText reports whether a text is the beginning of another one and ends in or behind a word.
func cutText(short, long string) bool {
	short, long = strings.TrimSpace(strings.ToLower(short)), strings.ToLower(long)
	if utf8.RuneCountInString(short) < leastText || !strings.HasPrefix(long, short) {
		return false
	}
	last, _ := utf8.DecodeLastRuneInString(short)
	return unicode.IsLetter(last)
}
