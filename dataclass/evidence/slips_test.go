package evidence

import (
	"testing"

	"pgregory.net/rapid"
)

// plainSlips counts the slips of two texts by the definition, all of them.
func plainSlips(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		for j := range rows[i] {
			switch {
			case i == 0:
				rows[i][j] = j
			case j == 0:
				rows[i][j] = i
			case a[i-1] == b[j-1]:
				rows[i][j] = rows[i-1][j-1]
			default:
				rows[i][j] = min(rows[i-1][j-1], rows[i-1][j], rows[i][j-1]) + 1
			}
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

// TestSlips compares the count along the diagonal with the definition, for texts of few letters, which have many ways
// to be aligned.
func TestSlips(t *testing.T) {
	text := rapid.StringMatching(`[abc]{0,14}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b, most := text.Draw(t, "a"), text.Draw(t, "b"), rapid.IntRange(0, 5).Draw(t, "most")
		if got, want := slips(a, b, most), min(plainSlips(a, b), most+1); got != want {
			t.Errorf("slips(%q, %q, %d) = %d, want %d", a, b, most, got, want)
		}
	})
}

// TestMayBe says that letters never rule out slips that are there.
func TestMayBe(t *testing.T) {
	text := rapid.StringMatching(`[a-f ]{0,10}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := text.Draw(t, "a"), text.Draw(t, "b")
		v, w := &value{letters: lettersOf(a)}, &value{letters: lettersOf(b)}
		if n := plainSlips(a, b); !v.mayBe(w, n) {
			t.Errorf("%q and %q are %d slips apart, but their letters deny it", a, b, n)
		}
	})
}
