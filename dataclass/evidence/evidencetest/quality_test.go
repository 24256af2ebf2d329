package evidencetest

import (
	"os"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/dataclass/evidence"
)

// caseOf makes a case of a device.
type caseOf struct {
	name string
	make func(seed uint64, n int) Case
}

func contacts(devices []Device, heldOut bool) []caseOf {
	var out []caseOf
	for _, d := range devices {
		out = append(out, caseOf{d.Name, func(seed uint64, n int) Case { return Contacts(seed, n, d, heldOut) }})
	}
	return out
}

func entries(class dataclass.Class, clocks []Clock) []caseOf {
	var out []caseOf
	for _, c := range clocks {
		out = append(out, caseOf{c.Name, func(seed uint64, n int) Case {
			if class == dataclass.Notes {
				return Notes(seed, n, c)
			}
			return Appointments(class, seed, n, c)
		}})
	}
	return out
}

// bounds are what the rates of all devices together may be, in percent. That of what is held is that of devices which
// leave enough: from a name alone nobody can tell namesakes apart, and half of the tasks have no more than a short title.
type bounds struct{ dup, wrong, held float64 }

// TestQuality prints how good matching is, for each device, and fails where it became worse. With BINDERY_LONG=1 it
// also measures 1,000 and 10,000 items and more seeds; `go test -run TestQuality -v` shows the table.
func TestQuality(t *testing.T) {
	sizes, items := []int{200}, 600
	if os.Getenv("BINDERY_LONG") != "" {
		sizes, items = append(sizes, 1000, 10000), 8000
	}
	for _, part := range []struct {
		name  string
		cases []caseOf
		most  bounds
	}{
		{"Contacts tuned", contacts(TunedDevices(), false), bounds{0.1, 0.05, 0.8}},
		{"Contacts held out", contacts(HeldOutDevices(), true), bounds{0.3, 0.05, 3}},
		{"Events tuned", entries(dataclass.Events, TunedClocks()), bounds{1, 0.05, 3}},
		{"Events held out", entries(dataclass.Events, HeldOutClocks()), bounds{1.2, 0.05, 5}},
		{"Tasks tuned", entries(dataclass.Tasks, TunedClocks()), bounds{2, 0.1, 8}},
		{"Tasks held out", entries(dataclass.Tasks, HeldOutClocks()), bounds{3, 0.1, 12}},
		{"Notes tuned", entries(dataclass.Notes, TunedClocks()), bounds{1, 0.05, 5}},
		{"Notes held out", entries(dataclass.Notes, HeldOutClocks()), bounds{1.5, 0.05, 12}},
	} {
		t.Run(part.name, func(t *testing.T) {
			for _, n := range sizes {
				var all Figures
				for _, c := range part.cases {
					f := c.figures(n, items)
					t.Logf("%-18s %6d  %-26s %s", part.name, n, c.name, f)
					all.Add(f)
					if strings.HasSuffix(c.name, "tame") && strings.HasPrefix(part.name, "Contacts") && f.Apart+f.False > f.True/5000 {
						t.Errorf("%s loses nothing and still: %s", c.name, f)
					}
				}
				t.Logf("%-18s %6d  %-26s %s", part.name, n, "ALL", all)
				if 100*all.DupRate() > part.most.dup || 100*all.FalseRate() > part.most.wrong || 100*all.HoldRate() > part.most.held {
					t.Errorf("%d items: %s, more than %v", n, all, part.most)
				}
			}
		})
	}
}

// figures adds up as many seeds as make up so many items.
func (c caseOf) figures(n, items int) Figures {
	var f Figures
	for seed := range uint64(max(1, items/n)) {
		k := c.make(seed+1, n)
		f.Add(k.Measure(evidence.Match(k.A, k.B, evidence.Options{})))
	}
	return f
}

// Where nothing was lost and nothing edited, plain equality is right: there is no mistake and nobody is asked.
func TestTame(t *testing.T) {
	for _, n := range []int{200, 1000} {
		c := Contacts(7, n, Device{Name: "mirror"}, true)
		c.B, c.Items[1] = c.A, c.Items[0]
		for i := range c.Partner {
			c.Partner[i] = i
		}
		if f := c.Measure(evidence.Match(c.A, c.B, evidence.Options{})); f.Cost() != 0 || f.Merged != len(c.A) {
			t.Errorf("%d contacts: %s", n, f)
		}
	}
}

// TestMeasure counts by hand.
func TestMeasure(t *testing.T) {
	c := Contacts(3, 40, Device{Name: "counted"}, false)
	var right, wrong []int
	for a, b := range c.Partner {
		if b >= 0 {
			right = append(right, a)
		} else {
			wrong = append(wrong, a)
		}
	}
	used := make(map[int]bool)
	for _, a := range right {
		used[c.Partner[a]] = true
	}
	spare := 0
	for used[spare] {
		spare++
	}
	pairs := []evidence.Pair{
		{A: right[0], B: c.Partner[right[0]], Verdict: evidence.Same}, {A: right[1], B: c.Partner[right[1]], Verdict: evidence.Doubtful},
		{A: wrong[0], B: spare, Verdict: evidence.Same},
	}
	want := Figures{True: len(right), Apart: len(right) - 2, Merged: 2, False: 1, Items: len(c.A) + len(c.B), Held: 2}
	if got := c.Measure(pairs); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := (Figures{True: 100, Apart: 1, Merged: 1000, False: 1, Items: 100, Held: 10}).Cost(); got < 0.0499 || got > 0.0501 {
		t.Errorf("cost %f", got)
	}
}
