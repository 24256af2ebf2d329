package sourcetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
)

// recorder is a TB that remembers the failure of a check instead of failing a test.
type recorder struct {
	ctx     context.Context
	failure string
}

func (r *recorder) Helper() {}

func (r *recorder) Context() context.Context { return r.ctx }

func (r *recorder) Fatalf(format string, args ...any) {
	r.failure = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// verdict runs one check and gives its failure, "" if it passed.
func verdict(t *testing.T, run func(k *kit), opts Options, class dataclass.Class) string {
	rec := &recorder{ctx: t.Context()}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				rec.failure = fmt.Sprint("panic: ", p)
			}
		}()
		run(newKit(t, rec, opts, class))
	}()
	<-done
	return rec.failure
}

// modelCheck is the random model with a seed of its own instead of rapid.
func modelCheck() check {
	run := func(k *kit) {
		rnd := rand.New(rand.NewPCG(3, 4))
		for range 30 {
			fresh := *k
			fresh.client = k.another()
			fresh.source = fresh.client.Source("engine")
			m := newModel(&fresh, rnd.IntN)
			for range 40 {
				m.step()
			}
		}
	}
	return check{name: "RandomModel", need: incremental, run: run, once: true}
}
