package engine

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// mirror gives the input with its sides exchanged.
func (in Input) mirror() Input {
	out := in
	out.Links = make([]Link, len(in.Links))
	for i, l := range in.Links {
		m := l
		for _, s := range bothSides {
			o := s.Other()
			m.Item[s], m.Rev[s], m.Shadow[s], m.Owed[s] = l.Item[o], l.Rev[o], l.Shadow[o], l.Owed[o]
		}
		out.Links[i] = m
	}
	out.Changes = [2][]Digest{in.Changes[1], in.Changes[0]}
	out.Listing = [2]bool{in.Listing[1], in.Listing[0]}
	return out
}

func TestRule_6_3_DeleteWins(t *testing.T) {
	one := agreed(1, "a", "A", "x")
	tests := []struct {
		name string
		in   Input
		want Act
	}{
		{"a delete against an edit", Input{Links: []Link{one}, Changes: [2][]Digest{{del("a")}, {put("A", "y")}}}, Remove},
		{"a delete by a side that was not told an edit",
			Input{Links: []Link{owed(one, Source, Unsent)}, Changes: [2][]Digest{{del("a")}, nil}}, Remove},
		{"an edit of what the other side deleted before",
			Input{Links: []Link{dying(one)}, Changes: [2][]Digest{{put("a", "y")}, nil}}, Push},
		{"both deleted", Input{Links: []Link{one}, Changes: [2][]Digest{{del("a")}, {del("A")}}}, Drop},
		{"an edit alone", Input{Links: []Link{one}, Changes: [2][]Digest{{put("a", "y")}, nil}}, Merge},
		{"absence is no delete",
			Input{Links: []Link{one}, Changes: [2][]Digest{nil, {put("A", "y")}}, Listing: [2]bool{true, false}}, Merge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.in.DeleteWins = true
			for _, in := range []Input{tt.in, tt.in.mirror()} {
				var got []Act
				for _, d := range Plan(in) {
					got = append(got, d.Act)
				}
				if diff := cmp.Diff([]Act{tt.want}, got); diff != "" {
					t.Errorf("acts (-want +got):\n%s", diff)
				}
			}
		})
	}
}
