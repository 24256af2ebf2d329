package engine

import (
	"slices"
	"testing"
)

// A side whose ids are believed may list an item again that is outside its range: its link stays as it is.
// Where ids prove nothing the item is unlinked, for its name may come to mean another.
func TestRule_3_5_AbsenceOutOfRange(t *testing.T) {
	for name, tt := range map[string]struct {
		mistrusted, out bool
		want            []Act
	}{
		"out of range, believed":   {false, true, nil},
		"out of range, mistrusted": {true, true, []Act{Unlink}},
		"in range":                 {false, false, []Act{Restore}},
	} {
		in := Input{Links: []Link{agreed(1, "a", "A", "x")}, Listing: [2]bool{false, true}}
		in.Mistrusted[Target] = tt.mistrusted
		in.Out[Target] = map[LinkID]bool{1: tt.out}
		var got []Act
		for _, d := range Plan(in) {
			got = append(got, d.Act)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: acts %v, wanted %v", name, got, tt.want)
		}
	}
}
