package engine

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/sources"
)

func TestOrderOfOps(t *testing.T) {
	op := func(link LinkID, v sources.Verb) Intent { return Intent{Link: link, Op: sources.Op{Verb: v}} }
	list := []Intent{op(1, sources.Add), op(2, sources.Replace), op(3, sources.Delete), op(4, sources.Add), op(5, sources.Replace), op(6, sources.Delete)}
	inOrder(list)
	var got []LinkID
	for _, in := range list {
		got = append(got, in.Link)
	}
	if diff := cmp.Diff([]LinkID{3, 6, 2, 5, 4, 1}, got); diff != "" {
		t.Error(diff)
	}
}
