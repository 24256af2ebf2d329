package gdata

import (
	"context"
	"errors"
	"sync"

	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/gdata/entry"
)

// mostBatches is how many batches are noted together at most, before they are sent and when they are answered: a transaction
// waits for the disk. The first one is noted alone, so that the server has something to do, and then twice as many each time.
const mostBatches = 4

// A parcel is Adds on their way in some batches, with what the server answered to these.
type parcel struct {
	jobs    []*job
	results []sources.Result
	bundles []bundle
	// answers and errs are of each bundle, once replied is done. What was not sent has neither.
	answers []*answer
	errs    []error
	replied sync.WaitGroup
	err     error
}

// A flight is batches on their way to a server, of which it gets two at once: it can read one while it keeps the other. It
// gets one alone until it has taken one.
type flight struct {
	w *writer
	// to is where batches are sent, slots has room for as many as are on their way.
	to     string
	slots  chan struct{}
	proven bool
}

// launch sends the batches of a parcel as the slots allow. It does not wait for their answers.
func (f *flight) launch(ctx context.Context, p *parcel) {
	p.answers, p.errs = make([]*answer, len(p.bundles)), make([]error, len(p.bundles))
	for i, b := range p.bundles {
		if f.w.wire.batch == "" || p.err != nil {
			return
		}
		f.slots <- struct{}{}
		p.replied.Go(func() {
			p.answers[i], p.errs[i] = f.w.wire.sendBatchTo(ctx, f.to, b)
			<-f.slots
		})
		if !f.proven {
			p.replied.Wait()
			f.proven = p.errs[i] == nil && p.answers[i] != nil
			f.w.wire.heed(p.errs[i])
		}
	}
}

// land waits for the answers of a parcel. Where the server takes no batches, calls stay open.
func (f *flight) land(p *parcel) {
	p.replied.Wait()
	for _, err := range p.errs {
		f.w.wire.heed(err)
		if err != nil && !errors.Is(err, errNoBatch) {
			p.err = errors.Join(p.err, err)
		}
	}
}

// stream carries out the Adds that ops begin with, in batches: while the server is at some, the next are made ready and what
// became of those before is noted. It tells how many ops it carried out: those before the first one that asks for more
// than an insert, or that may have been sent before. When it returns, nothing is on its way.
func (w *writer) stream(ctx context.Context, ops []sources.Op, results []sources.Result) (n int, err error) {
	if w.wire.batch == "" || len(ops) < 2 {
		return 0, nil
	}
	ready, stop := w.ahead(ctx, ops, results)
	f := &flight{w: w, to: w.wire.batch, slots: make(chan struct{}, 2)}
	var left []*job
	noted := make(chan error, 1)
	noted <- nil
	arrive := func(p *parcel) {
		f.land(p)
		if err = errors.Join(err, <-noted, p.err); err != nil {
			noted <- nil
			return
		}
		n += len(p.jobs)
		go func() {
			more, err := w.arrived(ctx, p)
			left = append(left, more...)
			noted <- err
		}()
	}
	var before *parcel
	for p := range ready {
		f.launch(ctx, p)
		if before != nil {
			arrive(before)
		}
		if before = p; err != nil || p.err != nil || w.wire.batch == "" {
			break // it takes none, or takes nothing any more
		}
	}
	if before != nil {
		arrive(before)
	}
	stop()
	if err = errors.Join(err, <-noted); err != nil || len(left) == 0 {
		return n, err
	}
	return n, w.carry(ctx, left, true)
}

// ahead makes Adds ready, a parcel ahead of the one that is taken, until stop. What is not taken by then is found again when
// it is repeated.
func (w *writer) ahead(ctx context.Context, ops []sources.Op, results []sources.Result) (ready <-chan *parcel, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	out := make(chan *parcel)
	go func() {
		defer close(out)
		seen := make(map[sources.Key]bool)
		for batches := 1; len(ops) > 0; batches = min(2*batches, mostBatches) {
			n := 0
			for n < min(len(ops), batches*w.wire.batchOps()) && ops[n].Verb == sources.Add && ops[n].Key != "" && !seen[ops[n].Key] {
				seen[ops[n].Key] = true
				n++
			}
			p := w.parcel(ctx, ops[:n], results[:n])
			if p == nil {
				clear(results[:n])
				return
			}
			select {
			case out <- p:
			case <-ctx.Done():
				clear(results[:n])
				return
			}
			ops, results = ops[n:], results[n:]
		}
	}()
	return out, func() {
		cancel()
		for p := range out {
			clear(p.results)
		}
	}
}

// parcel makes Adds ready to be sent, and notes them. It gives nil if one of them may have been sent before, or needs
// groups that the server has to be asked about.
func (w *writer) parcel(ctx context.Context, ops []sources.Op, results []sources.Result) *parcel {
	p := &parcel{jobs: make([]*job, len(ops)), results: results}
	for i := range ops {
		p.jobs[i] = &job{op: ops[i], res: &results[i]}
		w.check(p.jobs[i])
	}
	sent, err := w.keys(ctx, p.jobs)
	if sent || len(ops) == 0 || w.asksForGroups(p.jobs) {
		return nil
	}
	for _, j := range p.jobs {
		if j.late {
			return nil
		}
	}
	if p.err = err; err == nil {
		p.err = w.name(ctx, p.jobs)
	}
	if p.err != nil {
		return p
	}
	w.prepare(p.jobs)
	if p.err = w.reserve(ctx, p.jobs); p.err != nil {
		return p
	}
	var calls []*call
	for _, j := range p.jobs {
		if !j.ended() {
			calls = append(calls, j.master)
		}
	}
	for len(calls) > 0 {
		b := w.wire.bundle(calls)
		p.bundles, calls = append(p.bundles, b), calls[len(b.calls):]
	}
	return p
}

// arrived notes what became of a parcel. It gives the jobs that the server has to be asked more about.
func (w *writer) arrived(ctx context.Context, p *parcel) (left []*job, err error) {
	for i, a := range p.answers {
		if err := p.bundles[i].take(a); err != nil {
			return nil, err
		}
	}
	var done []*job
	for _, j := range p.jobs {
		switch {
		case j.ended():
			done = append(done, j)
		case w.asksMore(j):
			left = append(left, j)
		default:
			j.judge(true)
			done = append(done, j)
		}
	}
	if err := w.follow(ctx, done); err != nil {
		return nil, err
	}
	return left, w.note(ctx, done)
}

// asksMore reports whether an Add is not carried out by its insert, as far as that is known.
func (w *writer) asksMore(j *job) bool {
	if !j.master.done || len(j.writes.Put)+len(j.writes.Add)+len(j.writes.Delete) > 0 || j.writes.Moved {
		return true
	}
	photo, _ := entry.PhotoOf(j.master.reply)
	return photo.ETag != "" || hasPhoto(j.it)
}
