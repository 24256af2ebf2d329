package bindings

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
)

// slowStarter takes its time, and tells what it was asked for.
type slowStarter struct{ began, goOn chan bool }

func (f slowStarter) Run(ctx context.Context, _ string, _ int64, _ []dataclass.Class, admit func(context.Context) error) (Ended, error) {
	if err := admit(ctx); err != nil {
		return Ended{}, err
	}
	f.began <- true
	<-f.goOn
	return Ended{}, nil
}

// A runner that is told to stop begins nothing any more, keeps what it has begun for as long as that takes, and stores
// how it ended.
func TestRunnerStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, pairOptions{})
		p.store.now = time.Now
		s, err := p.store.CreateSchedule(t.Context(), p.owner, Timing{Binding: p.binding, Every: time.Minute})
		p.ok(err)
		f := slowStarter{make(chan bool), make(chan bool)}
		r := p.runner(f)
		ctx, stop := context.WithCancel(t.Context())
		over := make(chan bool)
		go func() { r.Run(ctx); close(over) }()
		<-f.began
		if at := time.Since(s.Created); at < time.Minute || at > time.Minute+2*time.Second {
			t.Errorf("begun after %s", at)
		}
		p.ok(p.store.RunSchedule(t.Context(), p.owner, s.ID)) // would be due
		stop()
		time.Sleep(10 * startLease)
		if got, err := p.store.claimStarts(t.Context(), 1); err != nil || len(got) != 0 {
			t.Errorf("its lease has ended: %v, %v", got, err)
		}
		f.goOn <- true
		<-over
		if got := p.startNow(s.ID); got.Outcome != OutcomeDone || got.Lease != 0 {
			t.Errorf("%+v", got)
		}
		p.ok(p.db.Close())
	})
}
