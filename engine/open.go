package engine

import (
	"context"
	"errors"
)

// Open opens the run of a job, or finds the open one of the same Session, and does nothing else: from then on the
// run has its number and a log entry that says StateRunning. Start with the same job goes on with it. It returns
// ErrBusy and ErrFenced as Start does.
func (e *Engine) Open(ctx context.Context, job Job) (Run, error) {
	lease, err := e.Journal.Lease(ctx, job.Ref, job.Session, false)
	if err != nil {
		return Run{}, err
	}
	r := run{engine: e, job: job, lease: lease}
	err = r.enter(ctx)
	return r.open, errors.Join(err, e.Journal.Release(context.WithoutCancel(ctx), lease))
}

// Abandon ends a run that nobody works on, if it is still open: its log entry says StateAbandoned, and why. What was
// not brought to an end stays owed. Holder is who asks; the run of another one that is at work is left alone, with
// ErrBusy. It calls no Source.
func (e *Engine) Abandon(ctx context.Context, ref Ref, holder string, number int64, why string) error {
	lease, err := e.Journal.Lease(ctx, ref, holder, false)
	if err != nil {
		return err
	}
	open, _, err := e.Journal.Pending(ctx, lease)
	if err == nil && open != nil && open.ID == number {
		err = e.finish(ctx, lease, false, why)
	}
	return errors.Join(err, e.Journal.Release(context.WithoutCancel(ctx), lease))
}
