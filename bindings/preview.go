package bindings

import (
	"context"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
)

// Preview says what Synchronize would do now, with at most show of its writes, and writes nothing: no side, no
// link, no cursor, no lease and no log entry. What a kind notes for itself when it is looked at is its own.
// Errors are those of Synchronize.
func (y *Syncs) Preview(ctx context.Context, owner string, binding int64, class dataclass.Class, mode, show int) (engine.Preview, error) {
	b, err := y.store.Binding(ctx, owner, binding)
	if err != nil {
		return engine.Preview{}, err
	}
	job, err := y.job(ctx, b, class, mode, "")
	if err != nil {
		return engine.Preview{}, err
	}
	if err := b.directs(&job); err != nil {
		return engine.Preview{}, err
	}
	return y.engine.Preview(ctx, job, show)
}
