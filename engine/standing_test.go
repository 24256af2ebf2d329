package engine

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// standing is what a listing shows of an item as the last write left it.
func standing(id, content string) Digest {
	d := put(id, content)
	d.Rev = "x" // that of the link
	d.Stands = true
	return d
}

func TestPlanOfWhatStands(t *testing.T) {
	one := []Link{agreed(1, "a", "A", "x")}
	for _, tt := range []struct {
		name string
		in   Input
		want []string
	}{
		{"nobody did anything", Input{Links: one, Changes: [2][]Digest{{put("a", "x")}, {standing("A", "p")}}}, nil},
		{"the other side was edited", Input{Links: one, Changes: [2][]Digest{{put("a", "y")}, {standing("A", "p")}}},
			[]string{"merge link 1 source a"}},
		{"the other side deleted it", Input{Links: one, Changes: [2][]Digest{{del("a")}, {standing("A", "p")}}},
			[]string{"remove link 1 source gone"}},
		{"the other side's listing lacks it", Input{Links: one, Changes: [2][]Digest{nil, {standing("A", "p")}}},
			[]string{"restore link 1 source gone"}},
		{"the other side is owed it", Input{Links: []Link{half(1, "A", "x", Waiting)}, Changes: [2][]Digest{nil, {standing("A", "p")}}},
			[]string{"push link 1"}},
		{"another item says what it says", Input{Links: one, Changes: [2][]Digest{{put("a", "x")}, {standing("A", "p"), put("B", "p")}}},
			[]string{"create target B"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.in.Listing = [2]bool{true, true}
			got := shown(Plan(tt.in))
			if diff := cmp.Diff(append([]string{}, tt.want...), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Only what nobody but this binding can have written counts as its own.
func TestWhatStands(t *testing.T) {
	link := agreed(1, "a", "A", "x")
	link.Rev[Target] = "7"
	for _, tt := range []struct {
		name   string
		change func(*Digest, *Link)
		want   bool
	}{
		{"an own write that the side says otherwise", func(*Digest, *Link) {}, true},
		{"somebody else's", func(d *Digest, _ *Link) { d.Own = false }, false},
		{"another revision", func(d *Digest, _ *Link) { d.Rev = "8" }, false},
		{"no revision", func(d *Digest, l *Link) { d.Rev, l.Rev[Target] = "", "" }, false},
		{"what was written", func(d *Digest, _ *Link) { d.Print = fp("x") }, false},
		{"nothing is known of what was written", func(_ *Digest, l *Link) { l.Shadow[Target] = dataclass.Fingerprint{} }, false},
		{"deleted", func(d *Digest, _ *Link) { d.Verb = sources.Delete }, false},
		{"unreadable", func(d *Digest, _ *Link) { d.Bad = true }, false},
		{"a phone's, whose ids prove nothing", func(d *Digest, _ *Link) { d.Slow = true }, false},
		{"an id that was used again", func(d *Digest, _ *Link) { d.Renewed = true }, false},
		{"another item by its content", func(d *Digest, _ *Link) { d.Contradicted = true }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, l := put("A", "p"), link
			d.Own, d.Rev = true, "7"
			tt.change(&d, &l)
			if got := d.stands(&l, Target); got != tt.want {
				t.Errorf("stands: %v, want %v", got, tt.want)
			}
		})
	}
}
