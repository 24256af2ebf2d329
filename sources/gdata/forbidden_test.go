package gdata_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/gdata/gdatatest"
)

// A server that forbids one entry does not refuse the credentials: others are read and written, and nobody has to sign in
// again. One that does not know us any more does.
func TestForbidden(t *testing.T) {
	w := newWorld(t, dataclass.Contacts)
	w.NoBatch = true
	ids := w.user("one", "two")
	w.look()
	at := "/" + string(ids[0])
	write := func() ([]sources.Result, error) {
		return w.apply(w.op(sources.Replace, ids[0], card("uno")), w.op(sources.Replace, ids[1], card("dos")))
	}
	w.Trouble(&gdatatest.Trouble{Method: http.MethodPut, Path: at, Do: gdatatest.Status(403)})
	results, err := write()
	w.must(err)
	if errors.Is(results[0].Err, sources.ErrAuth) || !errors.Is(results[0].Err, sources.ErrUnsupported) || results[1].State != sources.Done {
		t.Errorf("a write that is forbidden: %v, beside it %v", results[0].Err, results[1].Err)
	}
	w.Honest()
	w.Trouble(&gdatatest.Trouble{Method: http.MethodGet, Path: at, Do: gdatatest.Status(403)})
	if _, err := write(); !isErr(err, sources.ErrElsewhere) || errors.Is(err, sources.ErrAuth) {
		t.Errorf("an entry that may not be read: %v", err)
	}
	for _, method := range []string{http.MethodGet, http.MethodPut} {
		w.Honest()
		w.Trouble(&gdatatest.Trouble{Method: method, Path: at, Do: gdatatest.Status(401)})
		if _, err := write(); !isErr(err, sources.ErrAuth) {
			t.Errorf("%s answered 401: %v", method, err)
		}
	}
}
