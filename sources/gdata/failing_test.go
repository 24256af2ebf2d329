package gdata_test

import (
	"net/http"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/gdata/gdatatest"
)

// A server that fails at one write by its own fault keeps the others, and is written to again later; one that fails at
// every write is asked for no more.
func TestWritesThatTheServerFailsAt(t *testing.T) {
	for _, status := range []int{500, 502, 504} {
		w := newWorld(t, dataclass.Contacts)
		w.NoBatch = true
		ids := w.user("one", "two", "three", "four", "five")
		w.look()
		w.Trouble(&gdatatest.Trouble{Method: http.MethodPut, Path: "/" + string(ids[0]), Do: gdatatest.Status(status)})
		w.Trouble(&gdatatest.Trouble{Method: http.MethodDelete, Path: "/" + string(ids[2]), Do: gdatatest.Status(status)})
		ops := []sources.Op{w.op(sources.Replace, ids[0], card("uno")), w.op(sources.Replace, ids[1], card("dos")), w.op(sources.Delete, ids[2], dataclass.Body{})}
		res, err := w.apply(ops...)
		w.must(err)
		for i, want := range []error{sources.ErrElsewhere, nil, sources.ErrElsewhere} {
			if want == nil && res[i].State != sources.Done || want != nil && !isErr(res[i].Err, want) {
				t.Errorf("%d, op %d: %+v", status, i, res[i])
			}
		}
		w.Honest()
		w.done(w.apply(ops[0], ops[2]))
		w.holds(4)
		w.Trouble(&gdatatest.Trouble{Method: http.MethodPut, Do: gdatatest.Status(status)})
		if _, err := w.apply(w.op(sources.Replace, ids[0], card("a")), w.op(sources.Replace, ids[1], card("b")), w.op(sources.Replace, ids[3], card("c"))); !isErr(err, sources.ErrElsewhere) {
			t.Errorf("%d to everything: %v", status, err)
		}
	}
}
