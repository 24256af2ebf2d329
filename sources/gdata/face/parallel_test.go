package face

import (
	"errors"
	"sync/atomic"
	"testing"
)

// Each number is met once, whoever helps; errors and panics come to who asked.
func TestEach(t *testing.T) {
	for _, n := range []int{0, 1, leastShare, 1000} {
		met := make([]atomic.Int32, n)
		if err := each(n, func(i int) error { met[i].Add(1); return nil }); err != nil {
			t.Fatal(err)
		}
		for i := range met {
			if k := met[i].Load(); k != 1 {
				t.Errorf("%d of %d was met %d times", i, n, k)
			}
		}
	}
	wrong := errors.New("wrong")
	if err := each(100, func(i int) error {
		if i == 70 {
			return wrong
		}
		return nil
	}); !errors.Is(err, wrong) {
		t.Errorf("error %v", err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a panic was lost")
		}
	}()
	_ = each(100, func(i int) error { panic(i) })
}
