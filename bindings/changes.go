package bindings

import (
	"context"
)

// Changes tells a Runner which clients have changed.
type Changes interface {
}

func (r *Runner) follow(ctx context.Context) {}
