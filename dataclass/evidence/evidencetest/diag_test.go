package evidencetest

import (
	"fmt"
	"os"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/dataclass/evidence"
)

func TestDiag(t *testing.T) {
	want := os.Getenv("DIAG")
	if want == "" {
		t.Skip()
	}
	n := 1000
	fmt.Sscan(os.Getenv("N"), &n)
	list := contacts(TunedDevices(), false)
	if k := os.Getenv("CLASS"); k != "" {
		list = entries(dataclass.Class(k), TunedClocks())
	}
	for _, d := range list {
		if d.name != want && want != "all" {
			continue
		}
		for seed := range uint64(3) {
			c := d.make(seed+1, n)
			held := 0
			for _, p := range evidence.Match(c.A, c.B, evidence.Options{}) {
				bad := p.Verdict == evidence.Same && !c.right(p)
				if p.Verdict == evidence.Doubtful {
					held++
				}
				if bad || want != "all" && p.Verdict == evidence.Doubtful && held < 8 {
					fmt.Printf("---- %v %.1f right=%v\n%s%s", p.Verdict, p.Score, c.right(p), c.Items[0][p.A].Body().Data, c.Items[1][p.B].Body().Data)
					if w := c.Partner[p.A]; w >= 0 && w != p.B {
						fmt.Printf("want %s", c.Items[1][w].Body().Data)
					}
				}
			}
		}
	}
}
