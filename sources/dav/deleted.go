package dav

import (
	"context"
	"fmt"

	"github.com/bindery-sync/bindery/sources"
)

// errStays means that a server took a deletion and still has the item.
var errStays = fmt.Errorf("%w: the server took the deletion and still has the item", sources.ErrUnsupported)

// lookAfter asks for items whose deletion a server took, until it is believed. One that stands there as it was is refused:
// nothing would ever tell of it again, for it did not change. What cannot be asked for is believed.
func (w *writer) lookAfter(ctx context.Context, jobs []*job) {
	at := make(map[string]*job)
	var hrefs []string
	for _, j := range jobs {
		if j.op.Verb == sources.Delete && j.wrote && !j.ended() && j.etag != "" && len(hrefs) < enoughFaith-w.knows.Deletes {
			at[j.href], hrefs = j, append(hrefs, j.href)
		}
	}
	if len(hrefs) == 0 || ctx.Err() != nil {
		return
	}
	gone := 0
	err := w.wire.bodies(ctx, &w.knows, hrefs, func(f found) error {
		if f.gone {
			gone++
			return nil
		}
		if j := at[f.href]; f.broken != nil {
			return nil
		} else if f.etag == "" || condition(f.etag) == condition(j.etag) {
			w.knows.Deletes, j.wrote = 0, false
			j.fail(errStays)
		}
		return nil
	})
	if err == nil && gone == len(hrefs) {
		w.knows.Deletes += gone
	}
}
