package gdata_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/gdata"
	"github.com/bindery-sync/bindery/sources/gdata/gdatatest"
)

// A slowRoad takes a second for each batch and counts how many are on it.
type slowRoad struct {
	*house
	next http.RoundTripper
	// fails is the batch that gets lost on its way back, at once; 0 for none.
	fails int

	mu                        sync.Mutex
	batches, now, most, alone int
	answered                  bool
}

// Connection implements gdata.Connections.
func (r *slowRoad) Connection(ctx context.Context, owner, client string) (gdata.Connection, error) {
	c, err := r.house.Connection(ctx, owner, client)
	c.HTTP = &http.Client{Transport: r}
	return c, err
}

// RoundTrip implements http.RoundTripper.
func (r *slowRoad) RoundTrip(q *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(q.URL.Path, "/batch") {
		return r.next.RoundTrip(q)
	}
	r.mu.Lock()
	r.batches++
	n := r.batches
	r.now++
	r.most = max(r.most, r.now)
	if !r.answered {
		r.alone = max(r.alone, r.now)
	}
	r.mu.Unlock()
	if n != r.fails {
		time.Sleep(time.Second)
	}
	answer, err := r.next.RoundTrip(q)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now--
	r.answered = true
	if n == r.fails {
		return nil, errors.New("the connection broke")
	}
	return answer, err
}

// A server gets one batch until it has taken one, then two at once and no more; and when Apply returns nothing is on its
// way any more, whatever became of the others.
func TestTwoBatchesAtOnce(t *testing.T) {
	for name, fails := range map[string]int{"no trouble": 0, "the third is lost while the second is on its way": 3, "the first is lost": 1} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, dataclass.Contacts)
				defer func() { w.must(w.house.store.Close()) }()
				w.look()
				road := &slowRoad{house: w.house, next: w.Client().Transport, fails: fails}
				w.house.g = gdata.New(w.house.store, road, w.house.opts)
				var ops []sources.Op
				for i := range 750 {
					ops = append(ops, w.op(sources.Add, "", w.sample(strings.Repeat("x", i%7)+string(rune('a'+i%26))+string(rune('a'+i/26)))))
				}
				results, err := w.apply(ops...)
				if road.now != 0 {
					t.Fatalf("Apply returned while %d batches were on their way", road.now)
				}
				if fails > 0 {
					if err == nil {
						t.Fatal("nobody was told of the batch that got lost")
					}
					w.house.g = gdata.New(w.house.store, w.house, w.house.opts)
					results = w.repeat(ops)
				}
				w.done(results, nil)
				w.holds(len(ops))
				if road.alone != 1 || road.most > 2 || road.most < 2 && fails != 1 {
					t.Errorf("%d batches at once, %d before the first was answered", road.most, road.alone)
				}
			})
		})
	}
}

// The next page is asked for while one is looked at. When a listing ends before its end nothing is on its way any more.
func TestNextPageAhead(t *testing.T) {
	for name, broken := range map[string]bool{"whole": false, "two entries of one id on the first page": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorldWith(t, dataclass.Contacts, gdata.Options{PageSize: 2})
				defer func() { w.must(w.house.store.Close()) }()
				ids := w.user("a", "b", "c", "d", "e")
				road := &slowPages{house: w.house, next: w.Client().Transport}
				w.house.g = gdata.New(w.house.store, road, w.house.opts)
				if broken {
					w.Trouble(&gdatatest.Trouble{Path: "contacts", Do: gdatatest.Twice, Times: 1})
				}
				list, _, err := w.try("")
				if road.now.Load() != 0 {
					t.Errorf("%d requests are on their way", road.now.Load())
				}
				if broken {
					if !errors.Is(err, dataclass.ErrMalformed) {
						t.Errorf("error %v", err)
					}
					return
				}
				w.must(err)
				w.shows(list, ids...)
			})
		})
	}
}

// slowPages takes a second for each page behind the first, unless nobody waits for it any more.
type slowPages struct {
	*house
	next http.RoundTripper
	now  atomic.Int32
}

// Connection implements gdata.Connections.
func (r *slowPages) Connection(ctx context.Context, owner, client string) (gdata.Connection, error) {
	c, err := r.house.Connection(ctx, owner, client)
	c.HTTP = &http.Client{Transport: r}
	return c, err
}

// RoundTrip implements http.RoundTripper.
func (r *slowPages) RoundTrip(q *http.Request) (*http.Response, error) {
	r.now.Add(1)
	defer r.now.Add(-1)
	if q.URL.Query().Get("start-index") != "" {
		select {
		case <-time.After(time.Second):
		case <-q.Context().Done():
			return nil, q.Context().Err()
		}
	}
	return r.next.RoundTrip(q)
}
