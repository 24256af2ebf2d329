package engine

import (
	"cmp"
	"slices"

	"github.com/bindery-sync/bindery/sources"
)

// inOrder puts the ops of a deferred side into the order in which it is to get them: a phone that is nearly
// full is told first what to delete, then what to change, and of what is new it gets the newest first.
func inOrder(list []Intent) {
	slices.SortStableFunc(list, func(a, b Intent) int {
		if c := cmp.Compare(turnOf[a.Op.Verb], turnOf[b.Op.Verb]); c != 0 || a.Op.Verb != sources.Add {
			return c
		}
		return cmp.Compare(b.Link, a.Link)
	})
}

// turnOf orders the verbs of ops.
var turnOf = map[sources.Verb]int{sources.Delete: 0, sources.Replace: 1, sources.Add: 2}
