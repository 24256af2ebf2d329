package syncml

import (
	"context"
	"fmt"
)

// atWork is how many messages are worked on at a time. A thousand phones that come at once wait in turn with
// their messages as they came, which is little; what is made of them to work on is twenty times that.
const atWork = 32

// A gate lets so many in at a time as its channel has room for.
type gate chan struct{}

// enter waits for room; only for as long as ctx lasts. Who entered must leave.
func (g gate) enter(ctx context.Context) error {
	select {
	case g <- struct{}{}:
		return nil
	default:
	}
	select {
	case g <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for other messages: %w", ctx.Err())
	}
}

func (g gate) leave() { <-g }
