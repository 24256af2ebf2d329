package engine

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/bindery-sync/bindery/sources"
)

// spent is how many bytes fn allocates, all together.
func spent(fn func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	fn()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// slowAgainstNothing is the first contact of two sides with n items each, half of them on both.
func slowAgainstNothing(n int) Input {
	in := Input{Listing: [2]bool{true, true}}
	for i := range n {
		in.Changes[Source] = append(in.Changes[Source], slowPut(fmt.Sprintf("source-item-%08d", i), fmt.Sprint(i)))
		in.Changes[Target] = append(in.Changes[Target], put(fmt.Sprintf("target-item-%08d", i), fmt.Sprint(i+n/2)))
	}
	return in
}

// resetPhone is a slow sync of a phone that gives all its items new ids.
func resetPhone(n int) Input {
	in := Input{Listing: [2]bool{true, false}}
	for i := range n {
		content := fmt.Sprint(i)
		in.Links = append(in.Links, agreed(LinkID(i+1), "s"+content, "t"+content, content))
		in.Changes[Source] = append(in.Changes[Source], slowPut("new"+content, content))
	}
	return in
}

// twins is a hostile phone: all its items are the same, and so are those that wait for it.
func twins(n int, slow bool) Input {
	in := Input{Listing: [2]bool{slow, false}}
	for i := range n {
		in.Links = append(in.Links, half(LinkID(i+1), fmt.Sprintf("t%d", i), "same", Unsent))
		d := put(fmt.Sprintf("s%d", i), "same")
		d.Slow = slow
		in.Changes[Source] = append(in.Changes[Source], d)
		in.Changes[Target] = append(in.Changes[Target], put(fmt.Sprintf("new%d", i), "same"))
	}
	return in
}

// TestP16_PlanGrowsLinearly asks that what Plan allocates for an item does not grow with their number, and
// that 100,000 items against 100,000 stay under 400 MB, input and all.
func TestP16_PlanGrowsLinearly(t *testing.T) {
	tests := []struct {
		name string
		make func(n int) Input
		big  int
	}{
		{"first contact", slowAgainstNothing, 100_000},
		{"reset phone", resetPhone, 100_000},
		{"twins in a slow sync", func(n int) Input { return twins(n, true) }, 50_000},
		{"twins in a two-way sync", func(n int) Input { return twins(n, false) }, 50_000},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			small := tt.make(1000)
			perSmall := spent(func() { Plan(small) }) / 1000
			var in Input
			all := spent(func() { in = tt.make(tt.big) })
			plan := spent(func() { Plan(in) })
			perBig := plan / uint64(tt.big)
			t.Logf("%d bytes an item of 1,000, %d of %d; %d MB in all", perSmall, perBig, tt.big, (all+plan)>>20)
			if perBig > 2*perSmall+500 {
				t.Errorf("%d bytes an item of 1,000, but %d of %d", perSmall, perBig, tt.big)
			}
			if all+plan > 400<<20 {
				t.Errorf("%d MB", (all+plan)>>20)
			}
		})
	}
}

// TestP16_ADigestIsSmall: a link and a change stay under 512 bytes each while their ids, revisions and keys
// together have at most namesBudget bytes. A longer name takes its own bytes and no more; the longest id, of
// 1,024 bytes, is not cut, for it is what the side must be asked with.
func TestP16_ADigestIsSmall(t *testing.T) {
	const namesBudget = 300
	if n := int(unsafe.Sizeof(Link{})) + namesBudget; n > 512 {
		t.Errorf("a link takes %d bytes", n)
	}
	if n := int(unsafe.Sizeof(Digest{})) + namesBudget; n > 512 {
		t.Errorf("a change takes %d bytes", n)
	}
	if n := int(unsafe.Sizeof(node{})) + int(unsafe.Sizeof(Decision{})); n > 512 {
		t.Errorf("planning a link takes %d bytes", n)
	}
}

// TestP16_TheLongestIDs: ids as long as a side may make them are planned like any others.
func TestP16_TheLongestIDs(t *testing.T) {
	long := func(head string) string { return head + strings.Repeat("x", 1024-len(head)) }
	in := Input{Links: []Link{agreed(1, long("a"), long("A"), "x"), agreed(2, long("b"), long("B"), "y")}}
	in.Changes = [2][]Digest{{put(long("a"), "z")}, {del(long("B"))}}
	var got []Act
	for _, d := range Plan(in) {
		got = append(got, d.Act)
	}
	if !slices.Equal(got, []Act{Merge, Remove}) {
		t.Errorf("acts %v", got)
	}
}

// TestP16_Twins: 100,000 equal items are paired one to one. Looking at all links for each item, this would
// not end.
func TestP16_Twins(t *testing.T) {
	for _, slow := range []bool{true, false} {
		in := twins(100_000, slow)
		acts := map[Act]int{}
		for _, d := range Plan(in) {
			acts[d.Act]++
		}
		if slow && acts[Pair] != 100_000 || !slow && (acts[Push] != 100_000 || acts[Pair] != 100_000) {
			t.Errorf("slow %v: %v", slow, acts)
		}
	}
}

// BenchmarkPlanTwins must grow as n log n.
func BenchmarkPlanTwins(b *testing.B) {
	for _, n := range []int{1000, 10_000, 100_000} {
		for _, slow := range []bool{true, false} {
			in := twins(n, slow)
			b.Run(fmt.Sprintf("%d-slow-%v", n, slow), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					Plan(in)
				}
			})
		}
	}
}

// TestRevivalKeys: the key of an Add that brings an item back names the item, and no other key does.
func TestRevivalKeys(t *testing.T) {
	for key, want := range map[sources.Key]sources.ID{"revive:42": "42", "revive:": "", "42": "", "": ""} {
		if got := sources.RevivalOf(key); got != want {
			t.Errorf("%q names %q, wanted %q", key, got, want)
		}
	}
}
