package push_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bindery-sync/bindery/sources/syncml/push"
)

// gateway answers with its errors in turn, then with nil.
type gateway struct {
	mu     sync.Mutex
	errs   []error
	got    []push.Push
	inside int
	most   int
	work   func(ctx context.Context) error
}

func (g *gateway) Push(ctx context.Context, p push.Push) error {
	g.mu.Lock()
	g.got = append(g.got, p)
	g.inside++
	g.most = max(g.most, g.inside)
	var err error
	if len(g.errs) > 0 {
		err, g.errs = g.errs[0], g.errs[1:]
	}
	work := g.work
	g.mu.Unlock()
	if work != nil {
		err = work(ctx)
	}
	g.mu.Lock()
	g.inside--
	g.mu.Unlock()
	return err
}

var (
	errFailed  = fmt.Errorf("%w: modem busy", push.ErrFailed)
	errRefused = fmt.Errorf("%w: no such number", push.ErrRefused)
	call       = push.Push{Address: "+3585550100", ContentType: "a/b", Body: []byte{0, 1}}
)

// A gateway that fails is asked again, later each time; one that refuses is not; and what it said last is
// what the user is told.
func TestSenderTriesAgain(t *testing.T) {
	for _, tt := range []struct {
		name  string
		errs  []error
		want  error
		tries int
		waits []time.Duration
	}{
		{"taken", nil, nil, 1, nil},
		{"taken at last", []error{errFailed, errFailed}, nil, 3, []time.Duration{time.Second, 4 * time.Second}},
		{"never taken", []error{errFailed, errFailed, errFailed, errFailed}, errFailed, 3, []time.Duration{time.Second, 4 * time.Second}},
		{"refused", []error{errRefused}, errRefused, 1, nil},
		{"refused the second time", []error{errFailed, errRefused}, errRefused, 2, []time.Duration{time.Second}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := &gateway{errs: tt.errs}
			var waits []time.Duration
			s := push.NewSender(g, push.Options{Backoff: time.Second, Sleep: func(_ context.Context, d time.Duration) error {
				waits = append(waits, d)
				return nil
			}})
			err := s.Push(t.Context(), call)
			if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) || len(g.got) != tt.tries || fmt.Sprint(waits) != fmt.Sprint(tt.waits) {
				t.Errorf("%v after %d tries and %v", err, len(g.got), waits)
			}
		})
	}
}

// A gateway that hangs is given up, and does not keep the others from theirs.
func TestSenderTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gateway{work: func(ctx context.Context) error { <-ctx.Done(); return fmt.Errorf("%w: killed", push.ErrFailed) }}
		s := push.NewSender(g, push.Options{Timeout: time.Minute, Attempts: 2, Backoff: time.Second})
		began := time.Now()
		err := s.Push(t.Context(), call)
		if !errors.Is(err, push.ErrFailed) || !strings.Contains(err.Error(), "no answer within 1m") {
			t.Error(err)
		}
		if took := time.Since(began); took != 2*time.Minute+time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// Not more than so many programs run at once, however many phones are called.
func TestSenderParallel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gateway{work: func(context.Context) error { time.Sleep(time.Second); return nil }}
		s := push.NewSender(g, push.Options{Parallel: 3})
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				if err := s.Push(t.Context(), call); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if g.most != 3 || len(g.got) != 10 {
			t.Errorf("%d at once, %d in all", g.most, len(g.got))
		}
	})
}

// Who hangs up is not called on: neither in the queue, nor in an attempt, nor in a pause.
func TestSenderStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gateway{errs: []error{errFailed}, work: nil}
		s := push.NewSender(g, push.Options{Parallel: 1, Backoff: time.Hour})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := s.Push(ctx, call); !errors.Is(err, context.DeadlineExceeded) || len(g.got) != 1 {
			t.Errorf("in a pause: %v after %d", err, len(g.got))
		}
		g.work = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		first, end := context.WithCancel(t.Context())
		go func() { _ = s.Push(first, call) }()
		synctest.Wait()
		second, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Push(second, call); !errors.Is(err, context.DeadlineExceeded) || len(g.got) != 2 {
			t.Errorf("in the queue: %v after %d", err, len(g.got))
		}
		end()
		synctest.Wait()
	})
}

// An address is text for programs, URLs, JSON and XML alike: what would mean something else there is refused.
func TestCheckAddress(t *testing.T) {
	for _, good := range []string{"+3585550100", "WAPPUSH=+3585550100/TYPE=PLMN@ppg.example.net", "192.0.2.7:2948", "imei*1", strings.Repeat("1", 255)} {
		if err := push.CheckAddress(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	g := &gateway{}
	for _, bad := range []string{"", "--help", "-1", "+358 555", "a\nb", "a\x00", `a"b`, "a'b", `a\b`, "a&b", "a<b", "a$b", "a`b", "a|b", "ä", "{hex}", strings.Repeat("1", 256)} {
		if err := push.NewSender(g, push.Options{}).Push(t.Context(), push.Push{Address: bad}); !errors.Is(err, push.ErrAddress) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if len(g.got) > 0 {
		t.Errorf("the gateway was asked: %v", g.got)
	}
}
