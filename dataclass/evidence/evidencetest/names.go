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

// compounds gives all heads with all tails.
func compounds(heads, tails string) []string {
	var out []string
	for _, t := range words(tails) {
		for _, h := range words(heads) {
			out = append(out, h+strings.TrimPrefix(t, "-"))
		}
	}
	return out
}
