package evidencetest

import (
	"testing"

	"github.com/bindery-sync/bindery/dataclass/evidence"
)

func TestTypists(t *testing.T) {
	for _, phones := range []bool{false, true} {
		for seed := range uint64(2) {
			c := Typists(seed+1, 2000, phones)
			pairs := evidence.Match(c.A, c.B, evidence.Options{})
			f := c.Measure(pairs)
			recall := float64(f.Merged-f.False) / float64(f.True)
			t.Logf("phones %v: precision %.5f recall %.5f, %s", phones, 1-f.FalseRate(), recall, f)
			if f.FalseRate() > 0.001 || recall < 0.98 {
				t.Errorf("too many mistakes: %s", f)
			}
			if !t.Failed() {
				continue
			}
			n := 0
			for _, p := range pairs {
				if p.Verdict == evidence.Doubtful || p.B != c.Partner[p.A] {
					if n++; n < 8 {
						t.Logf("%v %.1f %v\n%s%s", p.Verdict, p.Score, c.right(p), c.Items[0][p.A].Body().Data, c.Items[1][p.B].Body().Data)
					}
				}
			}
		}
	}
}
