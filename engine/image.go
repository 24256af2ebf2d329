package engine

import (
	"context"
	"fmt"

	"github.com/bindery-sync/bindery/sources"
)

// A slow package is a list, and no word of its user's. What a phone cannot hold as it was sent is in the list otherwise than
// as it is believed to be, each time. Against a deletion by the other side such an item must not count as an edit, or it would
// come back.

// findImages finds, in slow packages, the items of links that the other side deleted or deletes, that say nothing new: merged,
// they leave the link's item as it is.
func (r *run) findImages(ctx context.Context) error {
	for _, s := range bothSides {
		list := r.maybeImages(s)
		for len(list) > 0 {
			n := min(len(list), r.engine.batchSize())
			if err := r.findImagesOf(ctx, s, list[:n]); err != nil {
				return err
			}
			list = list[n:]
		}
	}
	return nil
}

// maybeImages gives those that differ from what they are believed to be, as if they were to be merged.
func (r *run) maybeImages(s Side) []Decision {
	deleted := make(map[LinkID]bool)
	for i := range r.sides[s.Other()].digests {
		if d := &r.sides[s.Other()].digests[i]; d.Verb == sources.Delete {
			if l := r.byItem[s.Other()][d.ID]; l != nil {
				deleted[l.ID] = true
			}
		}
	}
	var list []Decision
	for i := range r.sides[s].digests {
		d := &r.sides[s].digests[i]
		l := r.byItem[s][d.ID]
		if l == nil || !d.Slow || d.Bad || d.Renewed || d.Contradicted || d.Verb == sources.Delete || d.Print == l.Shadow[s] {
			continue
		}
		if deleted[l.ID] || l.Doomed {
			dec := Decision{Act: Merge, Link: l.ID}
			dec.Put[s] = d
			list = append(list, dec)
		}
	}
	return list
}

func (r *run) findImagesOf(ctx context.Context, s Side, list []Decision) error {
	threads, err := r.threads(ctx, list)
	if err != nil {
		return fmt.Errorf("read what was deleted: %w", err)
	}
	for _, t := range threads {
		if t.d.Act != Merge || t.d.Put[s] == nil {
			continue // gone meanwhile
		}
		c, err := weave(t)
		t.d.Put[s].Image = err == nil && c.link.Link.Base == t.old.Link.Base
	}
	return nil
}
