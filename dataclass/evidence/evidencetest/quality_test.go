package evidencetest

import (
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

func TestQuality(t *testing.T) {
	sizes := []int{200, 1000}
	if !testing.Short() {
		sizes = append(sizes, 10000)
	}
	for _, part := range []struct {
		name  string
		cases []caseOf
	}{
		{"Contacts tuned", contacts(TunedDevices(), false)},
		{"Contacts held out", contacts(HeldOutDevices(), true)},
		{"Events tuned", entries(dataclass.Events, TunedClocks())},
		{"Events held out", entries(dataclass.Events, HeldOutClocks())},
		{"Tasks tuned", entries(dataclass.Tasks, TunedClocks())},
		{"Tasks held out", entries(dataclass.Tasks, HeldOutClocks())},
		{"Notes tuned", entries(dataclass.Notes, TunedClocks())},
		{"Notes held out", entries(dataclass.Notes, HeldOutClocks())},
	} {
		t.Run(part.name, func(t *testing.T) {
			for _, n := range sizes {
				var all Figures
				for _, c := range part.cases {
					f := c.figures(n)
					t.Logf("%-18s %6d  %-26s %s", part.name, n, c.name, f)
					all.Add(f)
				}
				t.Logf("%-18s %6d  %-26s %s", part.name, n, "ALL", all)
			}
		})
	}
}

// figures adds up several seeds, about as many items for each size.
func (c caseOf) figures(n int) Figures {
	var f Figures
	for seed := range uint64(max(1, 4000/n)) {
		k := c.make(seed+1, n)
		f.Add(k.Measure(evidence.Match(k.A, k.B, evidence.Options{})))
	}
	return f
}
