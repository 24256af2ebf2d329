package syncml

import (
	"fmt"
	"sync"
	"testing"
)

// TestLocksLeaveNothing: a key that nobody holds takes no memory, and one that is held keeps others out.
func TestLocksLeaveNothing(t *testing.T) {
	var k keyedMutex
	var all sync.WaitGroup
	counts := make([]int, 3)
	for i := range 300 {
		all.Go(func() {
			defer k.lock(fmt.Sprintf("key %d", i%3))()
			counts[i%3]++
		})
	}
	all.Wait()
	if len(k.held) != 0 || counts[0]+counts[1]+counts[2] != 300 {
		t.Errorf("%d keys held, counts %v", len(k.held), counts)
	}
}
