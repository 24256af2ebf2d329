package evidencetest

import (
	"testing"

	"github.com/bindery-sync/bindery/dataclass/evidence"
)

func TestQuality(t *testing.T) {
	sizes := []int{200, 1000}
	if !testing.Short() {
		sizes = append(sizes, 10000)
	}
	for _, part := range []struct {
		name    string
		devices []Device
		heldOut bool
	}{{"tuned", TunedDevices(), false}, {"held out", HeldOutDevices(), true}} {
		for _, n := range sizes {
			var all Figures
			for _, d := range part.devices {
				var f Figures
				for seed := range uint64(max(1, 4000/n)) {
					c := Contacts(seed+1, n, d, part.heldOut)
					f.Add(c.Measure(evidence.Match(c.A, c.B, evidence.Options{})))
				}
				t.Logf("%-9s contacts %6d  %-24s %s", part.name, n, d.Name, f)
				all.Add(f)
			}
			t.Logf("%-9s contacts %6d  %-24s %s", part.name, n, "ALL", all)
		}
	}
}
