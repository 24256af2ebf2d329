package evidencetest

import "strings"

// A culture is where names, numbers and addresses come from.
type culture struct {
	given, family []string
	code, trunk   string // of numbers: that of the country, what stands in front inside of it
	towns         []string
	streets       []string
	twoFamilies   bool
}

func words(s string) []string { return strings.Fields(s) }

// compounds gives all heads with all tails, which are frequent names, and then those with two tails, which are rare:
// among a thousand people a few in a hundred then share their name with somebody.
func compounds(heads, tails string) []string {
	var out, rare []string
	for _, t := range words(tails) {
		for _, h := range words(heads) {
			out = append(out, h+strings.TrimPrefix(t, "-"))
		}
	}
	for _, t := range words(tails) {
		for _, s := range out {
			rare = append(rare, s+strings.TrimPrefix(t, "-"))
		}
	}
	return append(out, rare...)
}
