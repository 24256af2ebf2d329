package engine

import "github.com/bindery-sync/bindery/sources"

// A listing of everything shows also what this binding wrote itself. Where the side cannot say all that it was sent, what it
// says of it differs from what it is believed to hold, each time, and is no word of its user's: a look at what changed would
// not have shown it. A slow sync gives what a fast one gives (docs/engine.md 7.1, P9).

// findStanding finds in listings the items that are as the binding's last write left them: the side says whose write
// was the last (Change.Own), and the revision is the one that the write gave. Without a revision nothing tells, nor while
// it is not known what became of an op; a refresh goes by what the items say.
func (r *run) findStanding() {
	if r.job.Way == Refresh {
		return
	}
	for _, s := range bothSides {
		if !r.sides[s].listing {
			continue
		}
		for i := range r.sides[s].digests {
			d := &r.sides[s].digests[i]
			l := r.byItem[s][d.ID]
			d.Stands = l != nil && d.stands(l, s) && len(r.tried[s][l.ID]) == 0
		}
	}
}

// stands reports whether the item of a link is as the last write left it, and says something else than was written.
func (d *Digest) stands(l *Link, s Side) bool {
	return d.Own && d.Rev != "" && d.Rev == l.Rev[s] && d.Verb != sources.Delete &&
		!d.Bad && !d.Slow && !d.Renewed && !d.Contradicted && !l.Shadow[s].IsZero() && d.Print != l.Shadow[s]
}

// leaveStanding lets a decision be what it would be if the side had not shown what stands there: what was written counts, and
// not what the side can say of it. Where nothing is believed that was written (Decision.Union), what the side says counts.
func (d *Decision) leaveStanding(l *Link) {
	for _, s := range bothSides {
		if put := d.Put[s]; put != nil && put.Stands && put.ID == l.Item[s] && !d.Union {
			d.Put[s] = nil
		}
	}
}
