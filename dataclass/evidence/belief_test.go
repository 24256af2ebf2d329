package evidence

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/bindery-sync/bindery/dataclass"
)

// exact counts all matchings of the edges: how probable each edge is.
func exact(edges []edge) []float64 {
	sums, all := make([]float64, len(edges)), 0.0
	var try func(at int, w float64, in []int)
	try = func(at int, w float64, in []int) {
		if at == len(edges) {
			all += w
			for _, i := range in {
				sums[i] += w
			}
			return
		}
		try(at+1, w, in)
		for _, i := range in {
			if edges[i].a == edges[at].a || edges[i].b == edges[at].b {
				return
			}
		}
		try(at+1, w*math.Exp2(edges[at].bits), append(in[:len(in):len(in)], at))
	}
	try(0, 1, nil)
	for i := range sums {
		sums[i] /= all
	}
	return sums
}

func beliefOf(edges []edge, a, b int) []float64 {
	g := &game{taken: [2][]bool{make([]bool, a), make([]bool, b)}}
	return g.believe(edges, 0).prob
}

// Where no edges run in a circle, the probabilities are those of all matchings counted out.
func TestBeliefOfChains(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 9).Draw(t, "n")
		var edges []edge
		for i := range n {
			edges = append(edges, edge{couple: couple{int32((i + 1) / 2), int32(i / 2)}, bits: rapid.Float64Range(-8, 25).Draw(t, "bits")})
		}
		want := exact(edges)
		for i, p := range beliefOf(edges, n, n) {
			if math.Abs(p-want[i]) > 0.01 {
				t.Fatalf("edge %d of %v: %f, counted %f", i, edges, p, want[i])
			}
		}
	})
}

func TestBelief(t *testing.T) {
	between := func(a, b int32, bits float64) edge { return edge{couple: couple{a, b}, bits: bits} }
	for _, tt := range []struct {
		name  string
		edges []edge
		want  []float64
	}{
		{"alone", []edge{between(0, 0, 0)}, []float64{0.5}},
		{"a tie", []edge{between(0, 0, 20), between(0, 1, 20)}, []float64{0.5, 0.5}},
		{"two ties", []edge{between(0, 0, 20), between(0, 1, 20), between(1, 0, 20), between(1, 1, 20)}, []float64{0.5, 0.5, 0.5, 0.5}},
		{"a rival with a better partner is none", []edge{between(0, 0, 14), between(1, 1, 14), between(0, 1, 9), between(1, 0, 9)}, []float64{1, 1, 0, 0}},
		{"too faint", []edge{between(0, 0, 20)}, []float64{1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for i, p := range beliefOf(tt.edges, 2, 2) {
				if math.Abs(p-tt.want[i]) > 0.02 {
					t.Errorf("edge %d: %f, want %f", i, p, tt.want[i])
				}
			}
		})
	}
}

// Two sides that keep UIDs, and then two that give their own: the same edit is told from another item by the first only.
func TestUIDsAreLearned(t *testing.T) {
	for _, kept := range []bool{true, false} {
		var a, b []Entry
		for i := range 60 {
			u := "UID:" + string(rune('a'+i%26)) + string(rune('a'+i/26))
			v := u
			if !kept {
				v += "-other"
			}
			lines := []string{"SUMMARY:Meeting of group " + string(rune('a'+i%26)) + string(rune('a'+i/26)), "DTSTART:20260601T0900" + string(rune('0'+i/10)) + string(rune('0'+i%10)) + "Z"}
			a = append(a, entry(t, dataclass.Events, "a"+u, append([]string{u}, lines...)...))
			b = append(b, entry(t, dataclass.Events, "b"+u, append([]string{v, "LOCATION:Room 4"}, lines...)...))
		}
		a = append(a, entry(t, dataclass.Events, "x", "UID:x", "SUMMARY:Dentist", "DTSTART:20260611T090000Z"))
		b = append(b, entry(t, dataclass.Events, "y", "UID:x"+map[bool]string{false: "-other"}[kept], "SUMMARY:Dentist appointment", "DTSTART:20260713T170000Z"))
		found := false
		for _, p := range Match(a, b, Options{}) {
			found = found || p.A == 60 && p.B == 60 && p.Verdict == Same
		}
		if found != kept {
			t.Errorf("UIDs kept %v, paired %v", kept, found)
		}
	}
}
