package dataclass

// calendarEvidence gives what makes an event, a task or a note recognisable: its title, when it
// is, and its text.
func calendarEvidence(it *Item) (e [3][]string) {
	for _, el := range elementsOf(it) {
		if el.in.key != "" || len(el.parts) == 0 {
			continue
		}
		switch val := el.parts[0].val; el.key {
		case "SUMMARY":
			e[0] = appendNew(e[0], nameKey(val))
		case "DTSTART", "DUE":
			e[1] = appendNew(e[1], val)
		case "DESCRIPTION":
			e[2] = appendNew(e[2], nameKey(val[:min(len(val), maxEvidenceText)]))
		}
	}
	return e
}

// maxEvidenceText is how many octets of a text are compared.
const maxEvidenceText = 1000
