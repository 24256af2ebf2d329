package engine

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// fp is the fingerprint of an invented content.
func fp(content string) (f dataclass.Fingerprint) {
	copy(f[:], content)
	return f
}

// put is an item that a side reports.
func put(id, content string) Digest {
	return Digest{ID: sources.ID(id), Rev: sources.Revision(content), Verb: sources.Replace, Print: fp(content)}
}

func slowPut(id, content string) Digest {
	d := put(id, content)
	d.Slow = true
	return d
}

// earlier is an item that went back to what it was.
func earlier(id, content string) Digest {
	d := put(id, content)
	d.Earlier = true
	return d
}

// image is what a slow package shows of an item that nobody edited.
func image(id, content string) Digest {
	d := slowPut(id, content)
	d.Image = true
	return d
}

func del(id string) Digest { return Digest{ID: sources.ID(id), Verb: sources.Delete} }

// agreed is a link of two items with the same content.
func agreed(id LinkID, source, target, content string) Link {
	return Link{
		ID: id, Item: [2]sources.ID{sources.ID(source), sources.ID(target)},
		Rev:  [2]sources.Revision{sources.Revision(content), sources.Revision(content)},
		Base: fp(content), Shadow: [2]dataclass.Fingerprint{fp(content), fp(content)},
	}
}

// half is a link whose source side is owed the item.
func half(id LinkID, target, content string, why Reason) Link {
	l := agreed(id, "", target, content)
	l.Shadow[Source], l.Rev[Source], l.Owed[Source] = dataclass.Fingerprint{}, "", why
	return l
}

func owed(l Link, s Side, why Reason) Link {
	l.Owed[s] = why
	return l
}

// dying is a link whose target deleted the item; the source is owed the deletion.
func dying(l Link) Link {
	l.Doomed, l.Item[Target], l.Shadow[Target] = true, "", dataclass.Fingerprint{}
	l.Owed[Source] = Waiting
	return l
}

// show gives a decision in one line, so that tables read like sentences.
func show(d Decision) string {
	names := map[Act]string{Create: "create", Pair: "pair", Merge: "merge", Remove: "remove", Revive: "revive",
		Restore: "restore", Push: "push", Touch: "touch", Drop: "drop", SetAside: "set aside", Follow: "follow", Erase: "erase"}
	s := names[d.Act]
	if d.Link != 0 {
		s += fmt.Sprintf(" link %d", d.Link)
	}
	for _, side := range bothSides {
		if d.Put[side] != nil {
			s += fmt.Sprintf(" %s %s", side, d.Put[side].ID)
		}
		if d.Gone[side] {
			s += fmt.Sprintf(" %s gone", side)
		}
	}
	if d.Duplicate {
		s += " (duplicate)"
	}
	if d.Repeat {
		s += " (repeat)"
	}
	return s
}

func shown(ds []Decision) []string {
	out := []string{}
	for _, d := range ds {
		out = append(out, show(d))
	}
	slices.Sort(out)
	return out
}

func TestPlan(t *testing.T) {
	one := []Link{agreed(1, "a", "A", "x")}
	tests := []struct {
		name string
		in   Input
		want []string
	}{
		{"nothing happened", Input{Links: one}, nil},
		{"rule 3.1: an echo of what the side holds", Input{Links: one, Changes: [2][]Digest{{put("a", "x")}, {put("A", "x")}}}, nil},
		{"a new revision of the same content", Input{Links: one, Changes: [2][]Digest{nil, {{ID: "A", Rev: "2", Verb: sources.Replace, Print: fp("x")}}}},
			[]string{"touch link 1 target A"}},
		{"a new item", Input{Links: one, Changes: [2][]Digest{{put("b", "y")}, nil}}, []string{"create source b"}},
		{"an edit on one side", Input{Links: one, Changes: [2][]Digest{{put("a", "y")}, nil}}, []string{"merge link 1 source a"}},
		{"edits on both sides", Input{Links: one, Changes: [2][]Digest{{put("a", "y")}, {put("A", "z")}}}, []string{"merge link 1 source a target A"}},
		{"rule 12: what went back is given again what it lost", Input{Links: one, Changes: [2][]Digest{nil, {earlier("A", "w")}}}, []string{"merge link 1 target A"}},
		{"rule 12: what went back to what it is anyway", Input{Links: one, Changes: [2][]Digest{nil, {earlier("A", "x")}}}, nil},
		{"rule 12: what went back stands against no delete", Input{Links: one, Changes: [2][]Digest{{del("a")}, {earlier("A", "w")}}}, []string{"remove link 1 source gone target A"}},
		{"rule 12: nor against one on its way", Input{Links: []Link{dying(agreed(1, "a", "A", "x"))}, Changes: [2][]Digest{{earlier("a", "w")}, nil}}, []string{"push link 1 source a"}},
		{"rule 12: what went back to before it was deleted", Input{Changes: [2][]Digest{nil, {earlier("A", "w")}}}, []string{"create target A"}},
		{"a delete", Input{Links: one, Changes: [2][]Digest{{del("a")}, nil}}, []string{"remove link 1 source gone"}},
		{"a delete against an echo", Input{Links: one, Changes: [2][]Digest{{del("a")}, {put("A", "x")}}}, []string{"remove link 1 source gone target A"}},
		{"rule 6.3: a delete against an edit", Input{Links: one, Changes: [2][]Digest{{del("a")}, {put("A", "y")}}}, []string{"revive link 1 source gone target A"}},
		{"rule 6.3: a delete against what a slow package shows of an item that its side cannot hold whole",
			Input{Links: one, Changes: [2][]Digest{{del("a")}, {image("A", "w")}}}, []string{"remove link 1 source gone target A"}},
		{"rule 6.3: a deletion on its way against such an item", Input{Links: []Link{dying(agreed(1, "a", "A", "x"))}, Changes: [2][]Digest{{image("a", "w")}, nil}},
			[]string{"push link 1 source a"}},
		{"rule 6.3: a delete by a side that was not told the edit yet",
			Input{Links: []Link{owed(agreed(1, "a", "A", "x"), Source, Unsent)}, Changes: [2][]Digest{{del("a")}, nil}},
			[]string{"revive link 1 source gone"}},
		{"rule 4: what was set aside is not tried again", Input{Links: []Link{owed(agreed(1, "a", "A", "x"), Source, Aside)}}, nil},
		{"rule 4: nor is a deletion", Input{Links: []Link{owed(dying(agreed(1, "a", "A", "x")), Source, Aside)}}, nil},
		{"both deleted", Input{Links: one, Changes: [2][]Digest{{del("a")}, {del("A")}}}, []string{"drop link 1 source gone target gone"}},
		{"a delete of what nobody knows", Input{Links: one, Changes: [2][]Digest{{del("q")}, nil}}, nil},
		{"rule 2.1: an Add after a Delete of the same id",
			Input{Links: one, Changes: [2][]Digest{{{ID: "a", Verb: sources.Add, Print: fp("y"), Renewed: true}}, nil}},
			[]string{"create source a", "remove link 1 source gone"}},
		{"a renamed file without a UID is the item that it was", Input{Links: one, Changes: [2][]Digest{{del("a"), put("n", "x")}, nil}}, []string{"pair link 1 source n"}},
		{"rule 2.1: an id that was used again by our own Add is ours",
			Input{Links: one, Changes: [2][]Digest{{{ID: "a", Rev: "x", Verb: sources.Add, Print: fp("y"), Renewed: true}}, nil}}, []string{"merge link 1 source a"}},
		{"rule 2.3: garbage on a new id", Input{Changes: [2][]Digest{{{ID: "g", Verb: sources.Add, Bad: true}}, nil}}, []string{"set aside source g"}},
		{"rule 2.3: garbage on a linked id touches no link", Input{Links: one, Changes: [2][]Digest{{{ID: "a", Verb: sources.Replace, Bad: true}}, nil}},
			[]string{"set aside source a"}},
		{"rule 2.3: garbage in a slow sync is not absence", Input{Links: one, Listing: [2]bool{true}, Changes: [2][]Digest{{{ID: "a", Slow: true, Verb: sources.Replace, Bad: true}}, nil}},
			[]string{"set aside source a"}},

		{"what a side is owed is sent again", Input{Links: []Link{owed(agreed(1, "a", "A", "x"), Target, Refused)}}, []string{"push link 1"}},
		{"an item that never left is sent", Input{Links: []Link{half(1, "A", "x", Unsent)}}, []string{"push link 1"}},
		{"rule 2.4: an unmapped Add waits", Input{Links: []Link{half(1, "A", "x", Unmapped)}}, nil},
		{"rule 2.4: on a phone that resumes it is repeated", Input{Links: []Link{half(1, "A", "x", Unmapped)}, Resumes: [2]bool{true}}, []string{"push link 1 (repeat)"}},
		{"rule 2.4: on a phone that resumes it is not repeated if it was acknowledged", Input{Links: []Link{half(1, "A", "x", Unmapped)}, Resumes: [2]bool{true}, Acked: [2]map[LinkID]bool{{1: true}}}, nil},
		{"rule 2.4: on a phone that names late it is repeated", Input{Links: []Link{half(1, "A", "x", Unmapped)}, Repeats: [2]bool{true}}, []string{"push link 1 (repeat)"}},
		{"rule 2.4: an item that matches an unmapped Add", Input{Links: []Link{half(1, "A", "x", Unmapped)}, Changes: [2][]Digest{{put("n", "x")}, nil}},
			[]string{"pair link 1 source n (duplicate)"}},
		{"rule 7.4: in a two-way sync it matches no other half link", Input{Links: []Link{half(1, "A", "x", Unsent)}, Changes: [2][]Digest{{put("n", "x")}, nil}},
			[]string{"create source n", "push link 1"}},
		{"rule 2.4: an unmapped Add of what the item was before an edit",
			Input{Links: []Link{half(1, "A", "y", Unmapped)}, Tried: [2]map[LinkID][]dataclass.Fingerprint{{1: {fp("x")}}},
				Listing: [2]bool{true}, Changes: [2][]Digest{{slowPut("n", "x")}, nil}},
			[]string{"pair link 1 source n (duplicate)"}},
		{"an edit of an item whose Add is unmapped", Input{Links: []Link{half(1, "A", "x", Unmapped)}, Changes: [2][]Digest{nil, {put("A", "y")}}}, []string{"merge link 1 target A"}},
		{"P4: a delete of an item whose Add is unmapped waits for its name", Input{Links: []Link{half(1, "A", "x", Unmapped)}, Changes: [2][]Digest{nil, {del("A")}}},
			[]string{"remove link 1 target gone"}},
		{"P4: a delete of an item that never left", Input{Links: []Link{half(1, "A", "x", Unsent)}, Changes: [2][]Digest{nil, {del("A")}}},
			[]string{"drop link 1 target gone"}},
		{"P4: a slow sync finds what was deleted before the phone named it",
			Input{Links: []Link{half(1, "A", "x", Unmapped)}, Listing: [2]bool{true}, Changes: [2][]Digest{{slowPut("n", "x")}, {del("A")}}},
			[]string{"remove link 1 source n target gone (duplicate)"}},
		{"a deletion on its way", Input{Links: []Link{dying(agreed(1, "a", "A", "x"))}}, []string{"push link 1"}},
		{"a deletion on its way, and the side deleted too", Input{Links: []Link{dying(agreed(1, "a", "A", "x"))}, Changes: [2][]Digest{{del("a")}, nil}},
			[]string{"drop link 1 source gone"}},
		{"rule 6.3: a deletion on its way, and the side edited", Input{Links: []Link{dying(agreed(1, "a", "A", "x"))}, Changes: [2][]Digest{{put("a", "y")}, nil}},
			[]string{"revive link 1 source a"}},

		{"a one-way sync leaves the lead what it lacks", Input{Links: []Link{owed(agreed(1, "a", "A", "x"), Source, Withheld)}, Way: OneWay, Lead: Source}, nil},
		{"and pays the follower", Input{Links: []Link{owed(agreed(1, "a", "A", "x"), Target, Withheld)}, Way: OneWay, Lead: Source}, []string{"push link 1"}},
		{"a refresh of what is equal", Input{Links: one, Way: Refresh, Lead: Source}, nil},
		{"a refresh undoes an edit of the follower", Input{Links: one, Way: Refresh, Lead: Source, Changes: [2][]Digest{nil, {put("A", "y")}}}, []string{"follow link 1 target A"}},
		{"a refresh undoes a delete of the follower", Input{Links: one, Way: Refresh, Lead: Source, Changes: [2][]Digest{nil, {del("A")}}}, []string{"follow link 1 target gone"}},
		{"in a refresh no edit survives a delete of the lead", Input{Links: one, Way: Refresh, Lead: Source, Changes: [2][]Digest{{del("a")}, {put("A", "y")}}},
			[]string{"remove link 1 source gone target A"}},
		{"a refresh erases what the lead never had", Input{Way: Refresh, Lead: Source, Changes: [2][]Digest{nil, {put("A", "y")}}}, []string{"erase target A"}},
		{"a refresh erases what the lead was never told", Input{Links: []Link{half(1, "A", "x", Withheld)}, Way: Refresh, Lead: Source}, []string{"remove link 1"}},
		{"a refresh keeps what the lead has too", Input{Way: Refresh, Lead: Source, Changes: [2][]Digest{{put("a", "y")}, {put("A", "y")}}}, []string{"pair source a target A (duplicate)"}},
		{"a refresh touches nothing that cannot be read", Input{Way: Refresh, Lead: Source, Changes: [2][]Digest{nil, {{ID: "g", Verb: sources.Add, Bad: true}}}}, []string{"set aside target g"}},
		{"a refresh brings back what the lead still has", Input{Links: []Link{dying(agreed(1, "a", "A", "x"))}, Way: Refresh, Lead: Source}, []string{"follow link 1"}},

		{"rule 7.4: equal new items on both sides are one", Input{Changes: [2][]Digest{{put("a", "x")}, {put("A", "x")}}}, []string{"pair source a target A (duplicate)"}},
		{"rule 7.5: twins are paired one to one", Input{Changes: [2][]Digest{{put("a", "x"), put("b", "x")}, {put("A", "x")}}},
			[]string{"create source b", "pair source a target A (duplicate)"}},
		{"rule 7.1: absence deletes nothing", Input{Links: one, Listing: [2]bool{true}}, []string{"restore link 1 source gone"}},
		{"rule 7.1: absence against a delete", Input{Links: one, Listing: [2]bool{true}, Changes: [2][]Digest{nil, {del("A")}}}, []string{"drop link 1 source gone target gone"}},
		{"rule 7.1: a tombstone of the other side is a delete also in a slow sync",
			Input{Links: one, Listing: [2]bool{true}, Changes: [2][]Digest{{slowPut("a", "x")}, {del("A")}}}, []string{"remove link 1 source a target gone"}},
		{"P9: a slow sync of what agrees", Input{Links: one, Listing: [2]bool{true}, Changes: [2][]Digest{{{ID: "a", Rev: "x", Verb: sources.Replace, Print: fp("x"), Slow: true}}, nil}}, nil},
		{"rule 7.2: a reset phone with new ids", Input{Links: one, Listing: [2]bool{true}, Changes: [2][]Digest{{slowPut("7", "x")}, nil}},
			[]string{"pair link 1 source 7 source gone (duplicate)"}},
		{"rule 7.2: an item of a reset phone that both sides changed alike", Input{Links: one, Listing: [2]bool{true}, Changes: [2][]Digest{{slowPut("7", "y")}, {put("A", "y")}}},
			[]string{"pair link 1 source 7 source gone target A (duplicate)"}},
		{"rule 7.2: but what is still as a link has it goes first", Input{Links: []Link{agreed(1, "a", "A", "x"), agreed(2, "b", "B", "y")}, Listing: [2]bool{true},
			Changes: [2][]Digest{{slowPut("7", "y"), slowPut("8", "x")}, {put("A", "y")}}},
			[]string{"pair link 1 source 8 source gone target A (duplicate)", "pair link 2 source 7 source gone (duplicate)"}},
		{"rule 7.2: an id that means something else, and an edit that both made", Input{Links: one, Listing: [2]bool{true}, Changes: [2][]Digest{{contradicted("a", "y")}, {put("A", "y")}}},
			[]string{"merge link 1 source a source gone target A (duplicate)"}},
		{"rule 7.4: in a two-way sync what the other side made of an item pairs nothing", Input{Links: []Link{half(1, "A", "x", Unsent)}, Changes: [2][]Digest{{put("n", "y")}, {put("A", "y")}}},
			[]string{"create source n", "merge link 1 target A"}},
		{"rule 2.4: an unmapped Add that was edited on both sides alike", Input{Links: []Link{half(1, "A", "x", Unmapped)}, Changes: [2][]Digest{{put("n", "y")}, {put("A", "y")}}},
			[]string{"pair link 1 source n target A (duplicate)"}},
		{"rule 7.2: an id that means something else now",
			Input{Links: []Link{agreed(1, "a", "A", "x"), agreed(2, "b", "B", "y"), agreed(3, "c", "C", "z"), agreed(4, "d", "D", "v"), agreed(5, "e", "E", "w")},
				Listing: [2]bool{true}, Changes: [2][]Digest{{contradicted("a", "q"), slowPut("b", "y2"), slowPut("c", "z"), slowPut("d", "v"), slowPut("e", "w")}, nil}},
			[]string{"create source a", "merge link 2 source b", "restore link 1 source gone"}},
		{"rule 7.2: more than a fifth contradicted dissolves all that differ",
			Input{Links: []Link{agreed(1, "a", "A", "x"), agreed(2, "b", "B", "y")},
				Listing: [2]bool{true}, Changes: [2][]Digest{{contradicted("a", "y"), slowPut("b", "x")}, nil}},
			[]string{"pair link 1 source b source gone (duplicate)", "pair link 2 source a source gone (duplicate)"}},
		{"rule 2.1: rows of an unfinished slow package match, and prove no absence",
			Input{Links: []Link{half(1, "A", "x", Unsent), agreed(2, "b", "B", "y")}, Changes: [2][]Digest{{slowPut("n", "x")}, nil}},
			[]string{"pair link 1 source n (duplicate)"}},
		{"rule 2.1: an item of an unfinished slow package may be that of a link which the package has not named",
			Input{Links: []Link{agreed(1, "a", "A", "x"), agreed(2, "b", "B", "y")}, Changes: [2][]Digest{{slowPut("7", "y")}, nil}},
			[]string{"pair link 2 source 7 (duplicate)"}},
		{"rule 2.1: a link that lacks the item goes before one that was not named",
			Input{Links: []Link{agreed(1, "a", "A", "x"), half(2, "B", "x", Unsent)}, Changes: [2][]Digest{{slowPut("7", "x")}, nil}},
			[]string{"pair link 2 source 7 (duplicate)"}},
		{"rule 2.1: what an unfinished slow package has not named stays",
			Input{Links: []Link{agreed(1, "a", "A", "x"), agreed(2, "b", "B", "y")}, Changes: [2][]Digest{{contradicted("a", "q")}, nil}},
			[]string{"create source a", "restore link 1 source gone"}},
		{"rule 7.4: an item of a two-way sync is none of another link",
			Input{Links: []Link{agreed(1, "a", "A", "x")}, Changes: [2][]Digest{{put("7", "x")}, nil}},
			[]string{"create source 7"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := shown(Plan(tt.in))
			if tt.want == nil {
				tt.want = []string{}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("decisions (-want +got):\n%s", diff)
			}
		})
	}
}

func contradicted(id, content string) Digest {
	d := slowPut(id, content)
	d.Contradicted = true
	return d
}

// randomInput draws links and changes of a small world, so that everything meets everything.
func randomInput(t *rapid.T) Input {
	var in Input
	contents := []string{"u", "v", "w", "x"}
	n := rapid.IntRange(0, 6).Draw(t, "links")
	for i := range n {
		l := agreed(LinkID(i+1), fmt.Sprintf("s%d", i), fmt.Sprintf("t%d", i), rapid.SampledFrom(contents).Draw(t, "content"))
		s := Side(rapid.IntRange(0, 1).Draw(t, "side"))
		switch rapid.IntRange(0, 4).Draw(t, "shape") {
		case 1:
			l.Owed[s] = Refused
		case 2:
			l.Item[s], l.Shadow[s], l.Owed[s] = "", dataclass.Fingerprint{}, rapid.SampledFrom([]Reason{Unsent, Unmapped}).Draw(t, "why")
		case 3:
			l.Doomed, l.Owed[s] = true, Waiting
			l.Item[s.Other()], l.Shadow[s.Other()] = "", dataclass.Fingerprint{}
		}
		in.Links = append(in.Links, l)
	}
	for _, s := range bothSides {
		in.Listing[s] = rapid.Bool().Draw(t, "listing")
		seen := map[sources.ID]bool{}
		for range rapid.IntRange(0, 6).Draw(t, "changes") {
			id := fmt.Sprintf("%c%d", "st"[s], rapid.IntRange(0, 8).Draw(t, "id"))
			if seen[sources.ID(id)] {
				continue
			}
			seen[sources.ID(id)] = true
			d := put(id, rapid.SampledFrom(contents).Draw(t, "now"))
			switch rapid.IntRange(0, 7).Draw(t, "verb") {
			case 7:
				d.Earlier = true
			case 0:
				d = del(id)
			case 1:
				d.Renewed = true
			case 2:
				d.Bad = true
			case 3:
				d.Contradicted, d.Slow = in.Listing[s], in.Listing[s]
			}
			in.Changes[s] = append(in.Changes[s], d)
		}
	}
	return in
}

// swap mirrors an input.
func swap(in Input) Input {
	out := Input{Listing: [2]bool{in.Listing[1], in.Listing[0]}, Repeats: [2]bool{in.Repeats[1], in.Repeats[0]},
		Resumes: [2]bool{in.Resumes[1], in.Resumes[0]}, Acked: [2]map[LinkID]bool{in.Acked[1], in.Acked[0]}}
	out.Changes = [2][]Digest{in.Changes[1], in.Changes[0]}
	for _, l := range in.Links {
		l.Item[0], l.Item[1] = l.Item[1], l.Item[0]
		l.Rev[0], l.Rev[1] = l.Rev[1], l.Rev[0]
		l.Shadow[0], l.Shadow[1] = l.Shadow[1], l.Shadow[0]
		l.Owed[0], l.Owed[1] = l.Owed[1], l.Owed[0]
		out.Links = append(out.Links, l)
	}
	return out
}

func TestPlanProperties(t *testing.T) {
	t.Run("P17: the order of the lists does not matter", rapid.MakeCheck(func(t *rapid.T) {
		in := randomInput(t)
		want := shown(Plan(in))
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		r.Shuffle(len(in.Links), func(i, j int) { in.Links[i], in.Links[j] = in.Links[j], in.Links[i] })
		for s := range in.Changes {
			r.Shuffle(len(in.Changes[s]), func(i, j int) {
				in.Changes[s][i], in.Changes[s][j] = in.Changes[s][j], in.Changes[s][i]
			})
		}
		if diff := cmp.Diff(want, shown(Plan(in))); diff != "" {
			t.Fatalf("shuffled:\n%s", diff)
		}
	}))
	t.Run("one decision for a link, one for an item", rapid.MakeCheck(func(t *rapid.T) {
		in := randomInput(t)
		links := map[LinkID]int{}
		items := [2]map[sources.ID]int{{}, {}}
		for _, d := range Plan(in) {
			if links[d.Link]++; d.Link != 0 && links[d.Link] > 1 {
				t.Fatalf("link %d decided twice", d.Link)
			}
			for s, p := range d.Put {
				if p != nil {
					if items[s][p.ID]++; items[s][p.ID] > 1 {
						t.Fatalf("item %s decided twice", p.ID)
					}
				}
			}
		}
	}))
	t.Run("rule 7.1: without an explicit deletion nothing is removed", rapid.MakeCheck(func(t *rapid.T) {
		in := randomInput(t)
		for s := range in.Changes {
			for i := range in.Changes[s] {
				if d := &in.Changes[s][i]; d.Verb == sources.Delete || d.Renewed {
					*d = put(string(d.ID), "x")
				}
			}
		}
		for _, d := range Plan(in) {
			if d.Act == Remove {
				t.Fatalf("%s", show(d))
			}
		}
	}))
	t.Run("P10: the mirror image", rapid.MakeCheck(func(t *rapid.T) {
		in := randomInput(t)
		count := func(ds []Decision) map[Act]int {
			m := map[Act]int{}
			for _, d := range ds {
				m[d.Act]++
			}
			return m
		}
		if diff := cmp.Diff(count(Plan(in)), count(Plan(swap(in)))); diff != "" {
			t.Fatalf("mirrored:\n%s", diff)
		}
	}))
}

// BenchmarkPlan plans a slow sync of n items against n links, and against nothing: both must grow as
// n log n.
func BenchmarkPlan(b *testing.B) {
	for _, n := range []int{1000, 10_000, 100_000} {
		in := Input{Listing: [2]bool{true, false}}
		for i := range n {
			content := fmt.Sprint(i)
			in.Links = append(in.Links, agreed(LinkID(i+1), "s"+content, "t"+content, content))
			in.Changes[Source] = append(in.Changes[Source], slowPut("new"+content, content))
		}
		b.Run(fmt.Sprintf("reset-phone-%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Plan(in)
			}
		})
	}
}
