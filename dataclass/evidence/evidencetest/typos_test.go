package evidencetest

import (
	"os"
	"testing"

	"github.com/bindery-sync/bindery/dataclass/evidence"
)

func TestTypists(t *testing.T) {
	n, seeds := 1000, uint64(1)
	if os.Getenv("BINDERY_LONG") != "" {
		n, seeds = 5000, 4
	}
	for _, phones := range []bool{false, true} {
		for seed := range seeds {
			c := Typists(seed+1, n, phones)
			pairs := evidence.Match(c.A, c.B, evidence.Options{})
			f := c.Measure(pairs)
			recall := float64(f.Merged-f.False) / float64(f.True)
			t.Logf("phones %v: precision %.5f recall %.5f, %s", phones, 1-f.FalseRate(), recall, f)
			if f.FalseRate() > 0.001 || recall < 0.985 {
				t.Errorf("too many mistakes: %s", f)
			}
			if !t.Failed() {
				continue
			}
			shown := 0
			for _, p := range pairs {
				if p.Verdict == evidence.Doubtful || p.B != c.Partner[p.A] {
					if shown++; shown < 8 {
						t.Logf("%v %.1f %v\n%s%s", p.Verdict, p.Score, c.right(p), c.Items[0][p.A].Body().Data, c.Items[1][p.B].Body().Data)
					}
				}
			}
		}
	}
}
