package engine

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/dataclass/evidence"
	"github.com/bindery-sync/bindery/dataclass/evidence/evidencetest"
	"github.com/bindery-sync/bindery/sources"
)

// says is the fact of an invented contact: "given family" and further lines.
func says(t testing.TB, name string, lines ...string) Fact {
	t.Helper()
	given, family, _ := strings.Cut(name, " ")
	text := "BEGIN:VCARD\r\nVERSION:3.0\r\nN:" + family + ";" + given + ";;;\r\nFN:" + name + "\r\n"
	for _, l := range lines {
		text += l + "\r\n"
	}
	it, err := dataclass.Decode(dataclass.Contacts, dataclass.Body{Type: "text/vcard;version=3.0", Data: []byte(text + "END:VCARD\r\n")})
	if err != nil {
		t.Fatal(err)
	}
	return factOf(it)
}

// inDoubt are the two half links of a doubtful pair.
func inDoubt(a, b LinkID) []Link {
	left := owed(agreed(a, "a", "", "x"), Target, Doubtful)
	left.Shadow[Target], left.Rev[Target] = dataclass.Fingerprint{}, ""
	return []Link{left, half(b, "B", "y", Doubtful)}
}

func TestPlanRecognises(t *testing.T) {
	rich := says(t, "Wilhelmina Abendroth", "TEL;TYPE=CELL:+49 151 2345678", "EMAIL:wa@abendroth.example", "ORG:Lumen")
	poor := says(t, "Wilhelmina Abendroth", "TEL;TYPE=CELL:0151 2345678", "EMAIL:wa@abendroth.example")
	other := says(t, "Kasimir Dudek", "TEL;TYPE=CELL:+49 152 7654321", "EMAIL:kd@dudek.example")
	uid := func(f Fact, n uint64) Fact { f.UID = n; return f }
	facts := func(source, target map[sources.ID]Fact, links map[LinkID]Fact) Facts {
		return Facts{Items: [2]map[sources.ID]Fact{source, target}, Links: links}
	}
	shared := func(f Facts) Facts { f.Named = 50; return f }
	both := [2]bool{true, true}
	doubt := []Doubt{{Links: [2]LinkID{1, 2}}}
	judged := [2]dataclass.Fingerprint{inDoubt(1, 2)[0].Shadow[Source], inDoubt(1, 2)[1].Shadow[Target]}
	tests := []struct {
		name string
		in   Input
		want []string
	}{
		{"rule 7.3: two new items that say the same are one", Input{Listing: both, Changes: [2][]Digest{{put("a", "x")}, {put("A", "y")}},
			Facts: facts(map[sources.ID]Fact{"a": rich}, map[sources.ID]Fact{"A": poor}, nil)},
			[]string{"pair source a target A (duplicate)"}},
		{"rule 7.4: but not in a two-way sync", Input{Changes: [2][]Digest{{put("a", "x")}, {put("A", "y")}},
			Facts: facts(map[sources.ID]Fact{"a": rich}, map[sources.ID]Fact{"A": poor}, nil)},
			[]string{"create source a", "create target A"}},
		{"rule 2.1: a row with the mark slow is recognised in any sync", Input{Changes: [2][]Digest{{slowPut("a", "x")}, {put("A", "y")}},
			Facts: facts(map[sources.ID]Fact{"a": rich}, map[sources.ID]Fact{"A": poor}, nil)},
			[]string{"pair source a target A (duplicate)"}},
		{"rule 7.3: an item that is like that of a half link", Input{Links: []Link{half(1, "A", "y", Unsent)}, Listing: [2]bool{true}, Changes: [2][]Digest{{slowPut("a", "x")}, nil},
			Facts: facts(map[sources.ID]Fact{"a": rich}, nil, map[LinkID]Fact{1: poor})},
			[]string{"pair link 1 source a (duplicate)"}},
		{"rule 7.2: a reset phone whose item changed", Input{Links: []Link{agreed(1, "a", "A", "y")}, Listing: [2]bool{true}, Changes: [2][]Digest{{slowPut("7", "x")}, nil},
			Facts: facts(map[sources.ID]Fact{"7": rich}, nil, map[LinkID]Fact{1: poor})},
			[]string{"pair link 1 source 7 source gone (duplicate)"}},
		{"rule 7.1: an item that is like none does not take the place of an absent one", Input{Links: []Link{agreed(1, "a", "A", "y")}, Listing: [2]bool{true}, Changes: [2][]Digest{{slowPut("7", "x")}, nil},
			Facts: facts(map[sources.ID]Fact{"7": other}, nil, map[LinkID]Fact{1: poor})},
			[]string{"create source 7", "restore link 1 source gone"}},
		{"P4: what the other side deleted is not found by likeness", Input{Links: []Link{agreed(1, "a", "A", "y")}, Listing: [2]bool{true}, Changes: [2][]Digest{{slowPut("7", "x")}, {del("A")}},
			Facts: facts(map[sources.ID]Fact{"7": rich}, nil, map[LinkID]Fact{1: poor})},
			[]string{"create source 7", "drop link 1 source gone target gone"}},
		{"a refresh recognises nothing by likeness", Input{Way: Refresh, Lead: Source, Listing: both, Changes: [2][]Digest{{put("a", "x")}, {put("A", "y")}},
			Facts: facts(map[sources.ID]Fact{"a": rich}, map[sources.ID]Fact{"A": poor}, nil)},
			[]string{"create source a", "erase target A"}},
		{"rule 7.3: an equal UID before the evidence", Input{Listing: both, Changes: [2][]Digest{{put("a", "x")}, {put("A", "y"), put("B", "z")}},
			Facts: facts(map[sources.ID]Fact{"a": uid(rich, 5)}, map[sources.ID]Fact{"A": poor, "B": uid(other, 5)}, nil)},
			[]string{"create target A", "pair source a target B (duplicate)"}},
		{"rule 7.3: a UID that two have tells nothing", Input{Listing: both, Changes: [2][]Digest{{put("a", "x")}, {put("A", "y"), put("B", "z")}},
			Facts: facts(map[sources.ID]Fact{"a": uid(rich, 5)}, map[sources.ID]Fact{"A": uid(poor, 5), "B": uid(other, 5)}, nil)},
			[]string{"create target B", "pair source a target A (duplicate)"}},

		{"rule 7.5: where the sides have one UID for each, different UIDs are not one", Input{Listing: both, Changes: [2][]Digest{{put("a", "x")}, {put("A", "y")}},
			Facts: shared(facts(map[sources.ID]Fact{"a": says(t, "Wilhelmina Abendroth", "TEL;TYPE=CELL:+49 151 2345678", "EMAIL:wa@abendroth.example", "UID:left")},
				map[sources.ID]Fact{"A": says(t, "Wilhelmina Abendroth", "TEL;TYPE=CELL:0151 2345678", "EMAIL:wa@abendroth.example", "UID:right")}, nil))},
			[]string{"create source a (target held)", "create target A (source held)"}},
		{"rule 7.5: a new item with another UID does not take the place of a doubtful one that its side lost", Input{Links: inDoubt(1, 2), Doubts: doubt, Listing: [2]bool{true},
			Changes: [2][]Digest{{put("n", "z")}, nil}, Facts: shared(facts(map[sources.ID]Fact{"n": says(t, "Wilhelmina Abendroth", "TEL;TYPE=CELL:+49 151 2345678", "EMAIL:wa@abendroth.example", "UID:new")}, nil,
				map[LinkID]Fact{1: says(t, "Wilhelmina Abendroth", "TEL;TYPE=CELL:0151 2345678", "EMAIL:wa@abendroth.example", "UID:old"), 2: other}))},
			[]string{"create source n", "merge link 1 source gone (target held)"}},
		{"rule 7.5: one of the same UID, or of none, does", Input{Links: inDoubt(1, 2), Doubts: doubt, Listing: [2]bool{true},
			Changes: [2][]Digest{{put("n", "z")}, nil}, Facts: shared(facts(map[sources.ID]Fact{"n": says(t, "Wilhelmina Abendroth")}, nil,
				map[LinkID]Fact{1: says(t, "Wilhelmina Abendroth", "TEL:+49 151 2345678", "UID:old"), 2: other}))},
			[]string{"pair link 1 source n source gone (duplicate) (target held)"}},

		{"rule 7.5: a doubtful pair waits", Input{Links: inDoubt(1, 2), Doubts: doubt}, nil},
		{"rule 7.5: also in a slow sync", Input{Links: inDoubt(1, 2), Doubts: doubt, Listing: both, Changes: [2][]Digest{{put("a", "x")}, {put("B", "y")}}}, nil},
		{"rule 7.5: it follows its own side", Input{Links: inDoubt(1, 2), Doubts: doubt, Changes: [2][]Digest{{put("a", "z")}, nil}}, []string{"merge link 1 source a (target held)"}},
		{"rule 7.5: a person says the same", Input{Links: inDoubt(1, 2), Doubts: []Doubt{{Links: [2]LinkID{1, 2}, Verdict: Same, Judged: judged}}}, []string{"pair link 1 target B (of link 2)"}},
		{"rule 7.5: what was judged has changed", Input{Links: inDoubt(1, 2), Doubts: []Doubt{{Links: [2]LinkID{1, 2}, Verdict: Same, Judged: judged}},
			Changes: [2][]Digest{{put("a", "z")}, nil}}, []string{"merge link 1 source a (target held)"}},
		{"rule 7.5: and so it stays", Input{Links: inDoubt(1, 2), Doubts: []Doubt{{Links: [2]LinkID{1, 2}, Verdict: Same}}}, nil},
		{"rule 7.5: what was judged, the other look at it still to come", Input{Links: inDoubt(1, 2)[:1], Doubts: []Doubt{{Links: [2]LinkID{1, 2}, Verdict: Same, Judged: judged}}}, nil},
		{"rule 7.5: a person says two", Input{Links: inDoubt(1, 2), Doubts: []Doubt{{Links: [2]LinkID{1, 2}, Verdict: Two}}}, []string{"push link 1", "push link 2"}},
		{"rule 7.5: one of them is deleted", Input{Links: inDoubt(1, 2), Doubts: doubt, Changes: [2][]Digest{{del("a")}, nil}}, []string{"drop link 1 source gone", "push link 2"}},
		{"rule 7.5: they become equal", Input{Links: inDoubt(1, 2), Doubts: doubt, Changes: [2][]Digest{{put("a", "y")}, nil}}, []string{"pair link 1 source a target B (of link 2)"}},
		{"rule 7.5: the side of one of them lost everything", Input{Links: inDoubt(1, 2), Doubts: doubt, Listing: [2]bool{true}}, []string{"merge link 1 source gone (target held)"}},
		{"rule 7.5: a doubt of which the journal knows nothing is none", Input{Links: inDoubt(1, 2)}, []string{"push link 1", "push link 2"}},
		{"rule 7.5: a refresh knows no doubt", Input{Links: inDoubt(1, 2), Doubts: doubt, Way: Refresh, Lead: Source}, []string{"push link 1", "remove link 2"}},

		{"twins stay", Input{Listing: both, Changes: [2][]Digest{{put("a", "x"), put("b", "x")}, {put("A", "x"), put("B", "x")}}},
			[]string{"pair source a target A (duplicate)", "pair source b target B (duplicate)"}},
		{"unless the binding asks", Input{Listing: both, RemoveTwins: true, Changes: [2][]Digest{{put("a", "x"), put("b", "x"), put("c", "x")}, {put("A", "x"), put("B", "x")}}},
			[]string{"erase source b target B", "erase source c", "pair source a target A (duplicate)"}},
		{"and only in a slow sync", Input{RemoveTwins: true, Links: []Link{agreed(1, "a", "A", "x"), agreed(2, "b", "B", "x")}, Changes: [2][]Digest{{put("a", "x"), put("b", "x")}, nil}}, nil},
		{"a linked twin goes on both sides", Input{RemoveTwins: true, Listing: [2]bool{true}, Links: []Link{agreed(1, "a", "A", "x"), agreed(2, "b", "B", "x")}, Changes: [2][]Digest{{put("a", "x"), put("b", "x")}, nil}},
			[]string{"remove link 2 source b"}},
		{"a linked twin that is none on the other side stays", Input{RemoveTwins: true, Listing: [2]bool{true}, Links: []Link{agreed(1, "a", "A", "x"), agreed(2, "b", "B", "x")}, Changes: [2][]Digest{{put("a", "x"), put("b", "x")}, {put("B", "y")}}},
			[]string{"merge link 2 source b target B"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := []string{}
			for _, d := range Plan(tt.in) {
				s := show(d)
				for _, side := range bothSides {
					if d.Held[side] {
						s += fmt.Sprintf(" (%s held)", side)
					}
				}
				if d.Absorb != 0 {
					s += fmt.Sprintf(" (of link %d)", d.Absorb)
				}
				got = append(got, s)
			}
			slices.Sort(got)
			if diff := cmp.Diff(append([]string{}, tt.want...), got); diff != "" {
				t.Errorf("decisions (-want +got):\n%s", diff)
			}
		})
	}
}

// TestWanted: where ids and fingerprints tell everything, nobody is asked for evidence; nor outside a slow sync.
func TestWanted(t *testing.T) {
	links := []Link{agreed(1, "a", "A", "x"), half(2, "B", "y", Unsent), half(3, "C", "z", Unsent)}
	tests := []struct {
		name string
		in   Input
		want Wants
	}{
		{"sides that agree", Input{Links: links[:1], Listing: [2]bool{true, true}, Changes: [2][]Digest{{put("a", "x")}, {put("A", "x")}}}, Wants{}},
		{"one side only", Input{Listing: [2]bool{true, true}, Changes: [2][]Digest{{put("a", "x"), put("b", "y")}, nil}}, Wants{}},
		{"equal items", Input{Listing: [2]bool{true, true}, Changes: [2][]Digest{{put("a", "x")}, {put("A", "x")}}}, Wants{}},
		{"a two-way sync", Input{Links: links, Changes: [2][]Digest{{put("b", "q")}, {put("A", "r")}}}, Wants{}},
		{"what is left", Input{Links: links, Listing: [2]bool{true}, Changes: [2][]Digest{{slowPut("a", "x"), slowPut("n", "q"), slowPut("m", "z")}, {put("N", "r")}}},
			Wants{Items: [2][]sources.ID{{"n"}, {"N"}}, Links: []LinkID{2}}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, Wanted(tt.in)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// strangersInput is a slow sync of n people a side, met for the first time, one side on a poor device.
func strangersInput(seed uint64, n int, device evidencetest.Device) Input {
	c := evidencetest.Contacts(seed, n, device, false)
	in := Input{Listing: [2]bool{true, true}, Facts: Facts{Links: map[LinkID]Fact{}}}
	for s, list := range [2][]evidence.Entry{c.A, c.B} {
		in.Facts.Items[s] = make(map[sources.ID]Fact, len(list))
		for i, e := range list {
			d := put(e.ID, "")
			d.Print, d.Slow = c.Items[s][i].Fingerprint(), true
			in.Changes[s] = append(in.Changes[s], d)
			in.Facts.Items[s][d.ID] = Fact{Evidence: e.Digest}
		}
	}
	return in
}

// TestRule_7_5_TheOrderDoesNotMatter: the same pairs, sure and doubtful, whatever the order; no item is in two.
func TestRule_7_5_TheOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		device := rapid.SampledFrom(evidencetest.TunedDevices()).Draw(t, "device")
		in := strangersInput(rapid.Uint64Range(0, 1000).Draw(t, "seed"), rapid.IntRange(1, 25).Draw(t, "people"), device)
		ds := Plan(in)
		want := shown(ds)
		used := [2]map[sources.ID]bool{{}, {}}
		for i, d := range ds {
			for s, p := range d.Put {
				if p == nil {
					continue
				}
				if used[s][p.ID] {
					t.Fatalf("%s is decided twice", p.ID)
				}
				used[s][p.ID] = true
			}
			if d.Doubt != nil && !(i > 0 && ds[i-1].Doubt == d.Doubt) && !(i+1 < len(ds) && ds[i+1].Doubt == d.Doubt) {
				t.Fatalf("the two of a doubtful pair are apart: %s", show(d))
			}
		}
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 1))
		for s := range in.Changes {
			if len(used[s]) != len(in.Changes[s]) {
				t.Fatalf("%d of %d items are decided", len(used[s]), len(in.Changes[s]))
			}
			r.Shuffle(len(in.Changes[s]), func(i, j int) {
				in.Changes[s][i], in.Changes[s][j] = in.Changes[s][j], in.Changes[s][i]
			})
		}
		if diff := cmp.Diff(want, shown(Plan(in))); diff != "" {
			t.Fatalf("shuffled:\n%s", diff)
		}
	})
}

// TestWhole: a batch does not cut a doubtful pair in two.
func TestWhole(t *testing.T) {
	a, b := &Suspicion{}, &Suspicion{}
	all := []Decision{{}, {Doubt: a}, {Doubt: a}, {Doubt: b}, {Doubt: b}, {}}
	for most, want := range map[int]int{1: 1, 2: 3, 3: 3, 4: 5, 5: 5, 6: 6, 9: 6} {
		if got := whole(all, most); got != want {
			t.Errorf("%d at most: %d, wanted %d", most, got, want)
		}
	}
}
