package bindings

import (
	"context"

	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
)

// refused notes that a client refused its credentials, if a sync ended by that, whoever began it: its bindings are not
// tried in vain then.
func (y *Syncs) refused(ctx context.Context, ref engine.Ref, failed error) {
	side, ok := engine.AtSide(failed, sources.ErrAuth)
	if !ok {
		return
	}
	b, err := y.store.Binding(ctx, ref.Owner, ref.Binding)
	if err == nil {
		err = y.store.Unauthorised(ctx, ref.Owner, [2]string{b.Source, b.Target}[side], "It refuses the password or token that it was given")
	}
	if err != nil {
		y.engine.Log.ErrorContext(ctx, "note a client that refuses its credentials", "binding", ref.Binding, "error", err)
	}
}

// accepted ends the pause of clients that a sync has just read and written: they take their credentials again.
func (y *Syncs) accepted(ctx context.Context, ref engine.Ref) {
	list, err := y.store.Unauthorisations(ctx, ref.Owner)
	if err == nil && len(list) == 0 {
		return // nearly always
	}
	var b Binding
	if err == nil {
		b, err = y.store.Binding(ctx, ref.Owner, ref.Binding)
	}
	for _, u := range list {
		if err == nil && (u.Client == b.Source || u.Client == b.Target) {
			err = y.store.Authorised(ctx, ref.Owner, u.Client)
		}
	}
	if err != nil {
		y.engine.Log.ErrorContext(ctx, "note a client that takes its credentials again", "binding", ref.Binding, "error", err)
	}
}
