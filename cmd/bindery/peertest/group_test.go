package peertest

import (
	"sync"
	"testing"
)

// members is how many members of a group run at a time. A session of the client is mostly waiting, so it
// is more than there are processors.
const members = 6

// group runs a test for each name, several at a time, and waits for all of them.
func group(t *testing.T, names []string, test func(t *testing.T, i int)) {
	t.Helper()
	slots := make(chan struct{}, members)
	var wg sync.WaitGroup
	for i, name := range names {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			t.Run(name, func(t *testing.T) { test(t, i) })
		})
	}
	wg.Wait()
}
