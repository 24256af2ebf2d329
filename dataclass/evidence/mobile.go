package evidence

import "strings"

// A plan says how the numbers of mobiles begin in a country, behind its code; all others are of landlines.
type plan struct {
	code, mobile string // mobile: beginnings, with blanks between them
	digits       int    // the least that a number has with its code
}

// plans are those of countries where the beginning tells.
var plans = []plan{
	{"49", "15 16 17", 11}, {"44", "7", 12}, {"43", "65 66 67 68 69", 10}, {"41", "75 76 77 78 79", 11}, {"33", "6 7", 11}, {"39", "3", 11},
	{"34", "6 7", 11}, {"31", "6", 11}, {"32", "4", 10}, {"46", "7", 11}, {"7", "9", 11}, {"61", "4", 11}, {"81", "70 80 90", 11}, {"86", "1", 12},
}

// A line is what the number itself tells of it.
type line uint8

const (
	anyLine line = iota // nothing
	fixedLine
	mobileLine
)

// lineOf says whether a number with the code of its country is that of a mobile. Without the code nothing is known.
func lineOf(digits string) line {
	for _, p := range plans {
		rest, ok := strings.CutPrefix(digits, p.code)
		if !ok || len(digits) < p.digits {
			continue
		}
		rest = strings.TrimPrefix(rest, "0")
		for m := range strings.FieldsSeq(p.mobile) {
			if strings.HasPrefix(rest, m) {
				return mobileLine
			}
		}
		return fixedLine
	}
	return anyLine
}

// ownLine reports whether an equal number is that of one person: its beginning says so, both sides do, or one does and
// nothing speaks against it. Many phones call every number a mobile.
func ownLine(v, w *value) bool {
	long := v.text
	if len(w.text) > len(long) {
		long = w.text
	}
	if max(v.n, w.n) > few {
		return false
	}
	marked := [2]bool{v.kind == kMobile, w.kind == kMobile}
	switch lineOf(long) {
	case mobileLine:
		return true
	case fixedLine:
		return marked[0] && marked[1]
	}
	return marked[0] || marked[1]
}
