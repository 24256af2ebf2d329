package dav

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/dav/davitem"
	"github.com/bindery-sync/bindery/sources/outgoing"
)

// leastChunk is for how few items a server is still asked at once; fewer are asked for one by one.
const leastChunk = 8

// A gathering reads many items. It learns how many of them the server gives at once.
type gathering struct {
	*wire
	knows *knows
	mu    sync.Mutex
	take  func(found) error
	// broken is how many items the server failed to give.
	broken int
}

// bodies reads items, several requests at once, and gives take each of them once, never two at a time. One of which the
// answer to many says nothing is asked for by itself: nothing is taken for gone because it was not spoken of.
func (w *wire) bodies(ctx context.Context, k *knows, hrefs []string, take func(found) error) error {
	if len(hrefs) == 0 {
		return nil
	}
	g := &gathering{wire: w, knows: k, take: take}
	size := w.d.o.Chunk
	if k.Chunk > 0 {
		size = min(size, k.Chunk)
	}
	if k.Single {
		size = leastChunk
	}
	return inFlight(ctx, w.d.o.Reads, slices.Collect(slices.Chunk(hrefs, size)), g.some)
}

// inFlight works on several of list at once. It gives the first error, and begins nothing after it.
func inFlight[T any](ctx context.Context, most int, list []T, do func(context.Context, T) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	work := make(chan T)
	var wg sync.WaitGroup
	for range min(most, len(list)) {
		wg.Go(func() {
			for one := range work {
				if err := do(ctx, one); err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	for _, one := range list {
		select {
		case work <- one:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(work)
	wg.Wait()
	return context.Cause(ctx)
}

// some reads a chunk, in halves if the server cannot give all of it.
func (g *gathering) some(ctx context.Context, hrefs []string) error {
	if len(hrefs) < 2 || g.single() {
		return g.oneByOne(ctx, hrefs)
	}
	got, err := g.several(ctx, hrefs)
	if err != nil {
		return g.less(ctx, hrefs, err)
	}
	var left []string
	for _, h := range hrefs {
		f, ok := got[h]
		if !ok {
			left = append(left, h)
			continue
		}
		if err := g.give(f); err != nil {
			return err
		}
	}
	return g.oneByOne(ctx, left)
}

func (g *gathering) give(f found) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.take(f)
}

func (g *gathering) single() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.knows.Single
}

// less tries again with less at once after an error that this can help against.
func (g *gathering) less(ctx context.Context, hrefs []string, err error) error {
	if ctx.Err() != nil || !tooMuch(err) {
		return err
	}
	g.mu.Lock()
	half := len(hrefs) / 2
	if st := statusOf(err); half < leastChunk || st >= 400 && st < 500 && st != http.StatusRequestEntityTooLarge {
		g.knows.Single = g.knows.Single || st >= 400 && st != http.StatusRequestEntityTooLarge
		g.mu.Unlock()
		return g.oneByOne(ctx, hrefs)
	}
	if g.knows.Chunk == 0 || half < g.knows.Chunk {
		g.knows.Chunk = half
	}
	g.mu.Unlock()
	if err := g.some(ctx, hrefs[:half]); err != nil {
		return err
	}
	return g.some(ctx, hrefs[half:])
}

// tooMuch reports whether an error may be one of asking for too much at once, or of one item among many.
func tooMuch(err error) bool {
	st := statusOf(err)
	return st >= 400 && st != http.StatusUnauthorized && st != http.StatusTooManyRequests && st != http.StatusServiceUnavailable ||
		errors.Is(err, dataclass.ErrMalformed) || errors.Is(err, dataclass.ErrTooBig) || errors.Is(err, outgoing.ErrTooBig) ||
		errors.Is(err, context.DeadlineExceeded)
}

func (g *gathering) oneByOne(ctx context.Context, hrefs []string) error {
	for _, h := range hrefs {
		f, err := g.get(ctx, h)
		if errors.Is(err, dataclass.ErrTooBig) || errors.Is(err, outgoing.ErrTooBig) {
			f, err = found{href: h, data: []byte(tooBig)}, nil
		}
		if err != nil {
			f, err = g.breaks(h, err)
		}
		if err != nil {
			return err
		}
		if err := g.give(f); err != nil {
			return err
		}
	}
	return nil
}

// tooBig stands for an item that is too big to be read: nobody can read it as one, so it is set aside.
const tooBig = "an item that is too big to be read"

// classify tells whether what a server has at a path is of a class, and what it says of itself. What nobody can read is
// taken to be of the class, so that it is set aside and not taken for gone.
func classify(class dataclass.Class, data []byte) (p dataclass.Peeked, ours bool) {
	p = dataclass.Peek(data)
	switch {
	case p.Root == "":
		return p, true
	case class == dataclass.Contacts:
		return p, p.Root == "VCARD"
	}
	return p, p.Root == "VCALENDAR" && p.Inner == davitem.Component(class)
}
