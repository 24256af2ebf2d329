package dataclass

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestKnownKept wants the places and the longest value of each property that came back, by name.
func TestKnownKept(t *testing.T) {
	var none *Known
	if got := none.Kept(); got != nil {
		t.Errorf("nobody is known to keep %v", got)
	}
	k := &Known{}
	k.Observe(card(t, "FN:Ada", "TEL;TYPE=CELL:+15550100", "TEL;TYPE=HOME:+155501001", "NOTE:short"))
	k.Observe(card(t, "FN:Ada", "NOTE:a longer one"))
	var got []Kept
	for _, kept := range k.Kept() {
		if kept.Name == "TEL" || kept.Name == "NOTE" {
			got = append(got, kept)
		}
	}
	want := []Kept{{Name: "NOTE", Places: 1, Longest: 12}, {Name: "TEL", Places: 2, Longest: 10}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
