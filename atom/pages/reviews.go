package pages

import "time"

// Reviews lists pairs of items that may be one.
type Reviews struct {
	Pairs []Review
	// Path is its own address.
	Path string
	// Left is how many pairs have no verdict yet, in all pages.
	Left int
	// First and Next are other pages of the list; empty for none.
	First, Next string
}

// Template implements View.
func (Reviews) Template() string { return "reviews" }

// Title implements View.
func (Reviews) Title() string { return "Doubtful pairs" }

// A Review is a pair of items of which somebody is to say whether they are one.
type Review struct {
	ID   int64
	Path string
	// Of says between whom, and BindingPath where their binding is. Sides are the two, Titles the items'.
	Of, BindingPath string
	Sides, Titles   [2]string
	Class           string
	Since           time.Time
	// Verdict is "open", "same" or "two".
	Verdict string
	// Mark is that of what the two say: a form decides only about what its page showed.
	Mark string
	Rows []Compared
}

// Template implements View.
func (Review) Template() string { return "review" }

// Title implements View.
func (r Review) Title() string {
	if r.Titles[0] == r.Titles[1] {
		return "Is " + r.Titles[0] + " one or two?"
	}
	return "Are " + r.Titles[0] + " and " + r.Titles[1] + " the same?"
}

// Crumbs implements Trail.
func (Review) Crumbs() []Crumb { return []Crumb{{"Doubtful pairs", "/v2/syncengine/reviews/"}} }

// VerdictWords say what was said of the pair.
func (r Review) VerdictWords() string {
	return map[string]string{"same": "the same", "two": "not the same"}[r.Verdict]
}

// Differing are the rows in which the two differ.
func (r Review) Differing() []Compared {
	var out []Compared
	for _, row := range r.Rows {
		if row.Differs {
			out = append(out, row)
		}
	}
	return out
}
