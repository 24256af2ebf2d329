package evidence

import "strings"

// maxDigits is how many digits a number can have (E.164), and some for a way out of the house.
const maxDigits = 18

// phoneDigits gives the digits of a number without zeros in front, so that a national number is the end of the
// international one. What stands behind the number is left out: an extension, tones to send.
func phoneDigits(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > 4 && strings.EqualFold(s[:4], "tel:") {
		s = s[4:]
	}
	b := make([]byte, 0, maxDigits)
	for i := 0; i < len(s) && len(b) < maxDigits; i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			if c != '0' || len(b) > 0 {
				b = append(b, c)
			}
		case len(b) >= 5 && strings.IndexByte("xXeEpPwW,;#", c) >= 0:
			return string(b)
		}
	}
	return string(b)
}

// How much of two numbers is the same.
const (
	phoneDiffers = iota
	phoneTypo    // all but one digit, or two digits swapped
	phoneLocal   // one lacks the code of its area
	phoneSame
)

// maxCode is how long what an international number has before the national one is: a code of up to three
// digits, and the zero that some write behind it.
const maxCode = 4

// samePhone compares two numbers by their ends.
func samePhone(a, b string) int {
	if a == b {
		return phoneSame
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	s := 0
	for s < len(a) && a[len(a)-1-s] == b[len(b)-1-s] {
		s++
	}
	more := len(b) - len(a)
	switch {
	case s == len(a) && s >= 7 && more <= maxCode:
		return phoneSame
	case s == len(a) && s >= 6 && more <= maxCode+5:
		return phoneLocal
	case s >= 9 && len(a)-s <= 1 && len(b)-s <= 1: // 8 in the country, 7 from abroad
		return phoneSame
	case len(a) >= 7 && more <= maxCode && oneSlip(a, b[more:]):
		return phoneTypo
	case len(a) >= 7 && more <= 1 && slips(a, b, 1) <= 1:
		return phoneTypo
	}
	return phoneDiffers
}

// oneSlip reports whether two texts of one length differ in one place or in two neighbours that are swapped.
func oneSlip(a, b string) bool {
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if i == len(a) {
		return true
	}
	if a[i+1:] == b[i+1:] {
		return true
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}

// phoneKey is what equal numbers have in common.
func phoneKey(digits string) string { return digits[max(0, len(digits)-7):] }
