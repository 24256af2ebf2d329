package bindings

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/engine"
)

// whyUnbound is what the log entry of a sync says whose binding was removed while it was at work.
const whyUnbound = "The binding was removed meanwhile; what was under way by then is done, nothing else"

// ofRemoved selects rows of the sync log whose binding was removed.
const ofRemoved = "binding_id IN (SELECT id FROM bindings b WHERE b.owner_id = sync_log.owner_id AND b.removed_at > 0)"

// stillBound returns an ErrUnbound if a binding was removed. It is asked in each transaction that begins something: a run,
// a batch of it, a plan that a person is asked about. So what a run has begun when its binding is removed is brought to
// its end and noted, and nothing more is written.
func stillBound(tx *gorm.DB, k journalKey) error {
	var n int64
	err := tx.Model(&bindingRow{}).Where("owner_id = ? AND id = ? AND removed_at > 0", k.Owner, k.Binding).Count(&n).Error
	if err == nil && n > 0 {
		err = fault(ErrUnbound, "binding %d was removed", k.Binding)
	}
	return err
}

// unbound ends the log entry of a run that stopped because its binding was removed, and reports whether that is why it
// did.
func (y *Syncs) unbound(ctx context.Context, job engine.Job, err error) bool {
	if !errors.Is(err, ErrUnbound) {
		return false
	}
	var failed *engine.Failed
	if !errors.As(err, &failed) {
		return true // it was not begun
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer cancel()
	if err := y.engine.Abandon(ctx, job.Ref, job.Session, failed.Mark.Run, whyUnbound); err != nil {
		y.engine.Log.WarnContext(ctx, "end a sync whose binding was removed", "binding", job.Ref.Binding,
			"dataclass", string(job.Ref.Class), "sync", failed.Mark.Run, "error", err)
	}
	return true
}
