package face

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
)

// leastShare is how many entries it takes that somebody helps with them.
const leastShare = 8

// each does something for all numbers below n, on as many processors as there are, and gives what went wrong. It panics
// where one of them did.
func each(n int, do func(i int) error) error {
	helpers := min(runtime.GOMAXPROCS(0), n/leastShare)
	var next atomic.Int64
	work := func() error {
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			if err := do(i); err != nil {
				return err
			}
		}
		return nil
	}
	if helpers < 2 {
		return work()
	}
	errs, panics := make([]error, helpers), make([]any, helpers)
	var all sync.WaitGroup
	for h := range helpers {
		all.Go(func() {
			defer func() { panics[h] = recover() }() // who asked recovers from it, not the program
			errs[h] = work()
		})
	}
	all.Wait()
	for _, v := range panics {
		if v != nil {
			panic(v)
		}
	}
	return errors.Join(errs...)
}
