package evidence

import "testing"

// TestRule_7_3_WhoIsLeft: where nearly all have a partner, two that are left and share a rare name are asked about, whom
// nobody would ask about otherwise; what may not be merged is not merged for that.
func TestRule_7_3_WhoIsLeft(t *testing.T) {
	a := []Entry{card(t, "a", "N:Altenbrock;Rosalind;;;", "TITLE:Baker")}
	b := []Entry{card(t, "b", "N:Altenbrock;Rosalind;;;", "TITLE:Sailor")}
	for settled, want := range map[int]Verdict{0: 0, 20: Doubtful, 100: Doubtful, 5000: Doubtful} {
		var got Verdict
		if pairs := Match(a, b, Options{Settled: settled}); len(pairs) > 0 {
			got = pairs[0].Verdict
		}
		if got != want {
			t.Errorf("%d others have a partner: %v, wanted %v", settled, got, want)
		}
	}
	for _, r := range relatives() {
		for _, settled := range []int{10, 100, 5000} {
			pairs := Match([]Entry{card(t, "a", r.a...)}, []Entry{card(t, "b", r.b...)}, Options{Settled: settled})
			if len(pairs) > 0 && pairs[0].Verdict == Same {
				t.Errorf("%s: merged when %d others have a partner", r.name, settled)
			}
		}
	}
}
