package face

import (
	"context"

	"github.com/bindery-sync/bindery/sources/gdata/entry"
)

// groupContext gives the groups that categories of contacts stand for.
func (c *call) groupContext(_ context.Context) (entry.Context, error) {
	return entry.Context{Version: c.version, GroupBase: groupFeed.feedPath(c.user, "base")}, nil
}
