package gdata_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/gdata/gdatatest"
)

// manyAdds are more Adds than are made ready together, among them contacts with a picture and one in a group that is not
// there yet, and a Replace of the item was.
func (w *world) manyAdds(was sources.ID) []sources.Op {
	const n = 250
	ops := make([]sources.Op, n)
	for i := range ops {
		name := fmt.Sprint("item ", i)
		switch body := w.sample(name); {
		case i == 130:
			ops[i] = w.op(sources.Replace, was, body)
		case w.class == dataclass.Contacts && i == 220:
			ops[i] = w.op(sources.Add, "", card(name, "CATEGORIES:Chess"))
		case w.class == dataclass.Contacts && i%60 == 7:
			ops[i] = w.op(sources.Add, "", card(name, photo(picture[i%5:])))
		default:
			ops[i] = w.op(sources.Add, "", body)
		}
	}
	return ops
}

// Of many Adds that are on their way at once each is carried out once, whatever becomes of those before and behind it.
func TestManyAdds(t *testing.T) {
	for name, trouble := range map[string]*gdatatest.Trouble{
		"no trouble":                       nil,
		"the answer to a batch is lost":    {Path: "/batch", Do: gdatatest.Lost, After: 1, Times: 1},
		"a batch is lost":                  {Path: "/batch", Do: gdatatest.Down, After: 2, Times: 1},
		"a batch is interrupted":           {Path: "/batch", Do: gdatatest.Interrupted, After: 1, Times: 2},
		"no batches any more":              {Path: "/batch", Do: gdatatest.Status(404), After: 1},
		"the last answer is cut":           {Path: "/batch", Do: gdatatest.Truncated, After: 2, Times: 1},
		"no batches from the first one on": {Path: "/batch", Do: gdatatest.Status(501)},
	} {
		for _, class := range bothClasses {
			t.Run(fmt.Sprintf("%s/%s", name, class), func(t *testing.T) {
				w := newWorld(t, class)
				ids := w.user("a")
				w.look()
				if trouble != nil {
					again := *trouble
					w.Trouble(&again)
				}
				ops := w.manyAdds(ids[0])
				results := w.repeat(ops)
				all := w.holds(len(ops))
				for i, r := range results {
					if !same(ops[i].Body, all[r.ID]) {
						t.Errorf("op %d is not under %s", i, r.ID)
					}
				}
				if class == dataclass.Contacts {
					w.hasPhoto(all[results[67].ID], picture[67%5:])
				}
				w.Honest()
				w.shows(w.look())
			})
		}
	}
}

// What cannot be sent at all, and what the server refuses, fails by itself: all others are there.
func TestManyAddsSomeRefused(t *testing.T) {
	w := newWorld(t, dataclass.Contacts)
	ids := w.user("a")
	w.look()
	ops := w.manyAdds(ids[0])
	ops[40].Body = dataclass.Body{Type: "text/vcard", Data: []byte("no card")}
	ops[41].Body.Data = []byte(strings.Replace(string(ops[41].Body.Data), "item 41", strings.Repeat("x", 5<<20), 1))
	results, err := w.apply(ops...)
	w.must(err)
	for i, r := range results {
		if want := i != 40 && i != 41; want != (r.State == sources.Done) {
			t.Errorf("op %d: %v, %v", i, r.State, r.Err)
		}
	}
	if !errors.Is(results[40].Err, sources.ErrUnsupported) || !errors.Is(results[41].Err, sources.ErrTooBig) {
		t.Errorf("errors %v and %v", results[40].Err, results[41].Err)
	}
	w.holds(len(ops) - 2)
}
