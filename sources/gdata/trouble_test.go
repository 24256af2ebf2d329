package gdata_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/gdata"
	"github.com/bindery-sync/bindery/sources/gdata/gdatatest"
)

var bothClasses = []dataclass.Class{dataclass.Contacts, dataclass.Events}

// Whatever a server answers to a look, nothing is told to be deleted, and the next look shows what there is to be seen.
func TestTroubleWhileReading(t *testing.T) {
	for name, c := range map[string]struct {
		do gdatatest.Way
		// err is the class of the error of a look for changes; none means that the look may end well.
		err  error
		none bool
	}{
		"500":                             {do: gdatatest.Status(500)},
		"not found":                       {do: gdatatest.Status(404)},
		"truncated":                       {do: gdatatest.Truncated, err: dataclass.ErrMalformed},
		"not XML":                         {do: gdatatest.Rewrite(func([]byte) []byte { return []byte("<html><body>Sign in") }), err: dataclass.ErrMalformed},
		"an empty answer":                 {do: gdatatest.Rewrite(func([]byte) []byte { return nil }), err: dataclass.ErrMalformed},
		"another document":                {do: gdatatest.Rewrite(func([]byte) []byte { return []byte("<entry xmlns='http://www.w3.org/2005/Atom'/>") }), err: dataclass.ErrMalformed},
		"no entries where it says some":   {do: gdatatest.Empty, err: dataclass.ErrMalformed},
		"no entries and no numbers":       {do: gdatatest.EmptyWithoutNumbers, none: true},
		"one id for all entries":          {do: gdatatest.Twice, err: dataclass.ErrMalformed},
		"entries without ids":             {do: gdatatest.Rewrite(func(b []byte) []byte { return []byte(strings.ReplaceAll(string(b), "/base/", "/base//")) }), none: true},
		"pages that lead back":            {do: gdatatest.Looping, err: dataclass.ErrMalformed},
		"a body without end":              {do: gdatatest.Endless, err: dataclass.ErrTooBig},
		"a dead line":                     {do: gdatatest.Down},
		"wants to be left alone":          {do: gdatatest.Status(503, "Retry-After", "3600"), err: sources.ErrBusy},
		"wants to be left alone for ever": {do: gdatatest.Status(429, "Retry-After", "5"), err: sources.ErrBusy},
		"refuses the credentials":         {do: gdatatest.Status(401), err: sources.ErrAuth},
		"forbids":                         {do: gdatatest.Status(403), err: sources.ErrAuth},
		"redirects for ever":              {do: gdatatest.Status(302, "Location", "/feeds/contacts"), err: dataclass.ErrMalformed},
		"sends us to another server":      {do: gdatatest.Status(302, "Location", "https://evil.example.com/feeds/contacts"), err: dataclass.ErrMalformed},
	} {
		for _, class := range bothClasses {
			t.Run(name+"/"+string(class), func(t *testing.T) {
				w := newWorld(t, class)
				first := w.user("one", "two", "three")
				w.shows(w.look(), first...)
				more := w.user("four", "five")
				w.must(w.Delete(class, first[0]))
				for _, since := range []sources.Cursor{w.since, ""} {
					w.Trouble(&gdatatest.Trouble{Do: c.do})
					list, _, err := w.try(since)
					if !c.none && !isErr(err, c.err) {
						t.Fatalf("since %q: error %v, want %v", since, err, c.err)
					}
					for id, ch := range list {
						if ch.Verb == sources.Delete && id != first[0] {
							t.Fatalf("item %s is told to be deleted", id)
						}
					}
					w.Honest()
				}
				list := w.look()
				if list[first[0]].Verb != sources.Delete {
					t.Fatal("the deletion is not told afterwards")
				}
				delete(list, first[0])
				w.shows(list, more...)
			})
		}
	}
}

// A page that fails in the middle of many leaves the look without effect.
func TestALaterPageFails(t *testing.T) {
	w := newWorldWith(t, dataclass.Contacts, gdata.Options{PageSize: 10})
	w.Fill(35)
	for _, do := range []gdatatest.Way{
		gdatatest.Status(500), gdatatest.Truncated, gdatatest.EmptyWithoutNumbers, gdatatest.Down,
	} {
		w.Trouble(&gdatatest.Trouble{Do: do, After: 2})
		if list, _, err := w.try(""); err == nil && len(list) != 35 {
			t.Fatalf("a listing of 35 ends well with %d", len(list))
		}
		w.Honest()
	}
	if n := len(w.look()); n != 35 {
		t.Fatalf("%d items are told afterwards, want 35", n)
	}
}

// A server that is away for a moment is asked again, after the time that it asks for.
func TestComesBack(t *testing.T) {
	for _, do := range []gdatatest.Way{
		gdatatest.Status(503, "Retry-After", "7"), gdatatest.Status(429, "Retry-After", "7"), gdatatest.Status(500), gdatatest.Status(502), gdatatest.Down,
	} {
		w := newWorld(t, dataclass.Contacts)
		ids := w.user("one")
		w.Trouble(&gdatatest.Trouble{Do: do, Times: 3})
		w.shows(w.look(), ids...)
		if len(w.house.waits) != 3 {
			t.Errorf("waited %v", w.house.waits)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	w := newWorld(t, dataclass.Contacts)
	w.user("one")
	w.Trouble(&gdatatest.Trouble{Do: gdatatest.Status(503, "Retry-After", "7"), Times: 2}, &gdatatest.Trouble{Method: http.MethodPost, Do: gdatatest.Status(429, "Retry-After", "20"), Times: 1})
	w.look()
	w.done(w.apply(w.op(sources.Add, "", card("two"))))
	if want := []time.Duration{7 * time.Second, 7 * time.Second, 20 * time.Second}; !slices.Equal(w.house.waits, want) {
		t.Errorf("waited %v, want %v", w.house.waits, want)
	}
	w.holds(2)
}

// Pages that are too big to be read are asked for in smaller ones.
func TestBigPages(t *testing.T) {
	w := newWorld(t, dataclass.Contacts)
	var ids []sources.ID
	for i := range 60 {
		id, err := w.Put(w.class, card(fmt.Sprint(i), "NOTE:"+strings.Repeat("long ", 80<<10)))
		w.must(err)
		ids = append(ids, id)
	}
	w.shows(w.look(), ids...)
}

// A server that has lost its entries, but not its feed, deletes nothing by that.
func TestEntriesNotFound(t *testing.T) {
	for _, class := range bothClasses {
		w := newWorld(t, class)
		ids := w.user("one", "two", "three")
		w.look()
		w.Trouble(&gdatatest.Trouble{Path: "/batch", Do: gdatatest.Status(404)})
		for _, id := range ids {
			w.Trouble(&gdatatest.Trouble{Path: string(id), Do: gdatatest.Status(404)})
			w.must(w.Edit(class, id, w.sample("new")))
		}
		other, old := w.Source("another engine"), w.since
		s, err := other.Begin(t.Context(), class, old) // notes the changes, and takes their entries with it
		w.must(err)
		w.must(s.Close())
		w.shows(w.look())
		w.Honest()
		w.since = old
		w.shows(w.look(), ids...)
	}
}

// A sync in which nothing changed is one request for each class.
func TestNothingToDo(t *testing.T) {
	for _, class := range bothClasses {
		w := newWorld(t, class)
		w.AddSystemGroup()
		w.user("one", "two")
		w.look()
		w.SetClock(w.Clock().Add(time.Hour))
		w.shows(w.look())
		w.Requests()
		w.shows(w.look())
		if got := w.Requests(); len(got) != 1 {
			t.Errorf("%s: requests %q", class, got)
		}
	}
}

// Redirects keep method and body, and the session is kept.
func TestRedirects(t *testing.T) {
	w := newWorld(t, dataclass.Events)
	w.Trouble(&gdatatest.Trouble{Do: gdatatest.Redirected})
	ids := w.user("one", "two")
	w.shows(w.look(), ids...)
	w.Requests()
	w.done(w.apply(w.op(sources.Replace, ids[0], w.sample("uno")), w.op(sources.Delete, ids[1], dataclass.Body{}), w.op(sources.Add, "", w.sample("tres"))))
	if got := w.Requests(); len(got) != 3 {
		t.Errorf("requests %q", got)
	}
	w.holds(2)
}

// After 410, and after its clock went back, a server cannot tell what changed: the cursor is lost, and nothing is deleted.
func TestCursorLost(t *testing.T) {
	for name, c := range map[string]func(w *world){
		"gone":                   func(w *world) { w.Trouble(&gdatatest.Trouble{Do: gdatatest.Status(410), Times: 2}) },
		"refused":                func(w *world) { w.Trouble(&gdatatest.Trouble{Do: gdatatest.Status(400), Times: 1}) },
		"older than tombstones":  func(w *world) { w.SetClock(w.Clock().Add(40 * 24 * time.Hour)) },
		"the clock went back":    func(w *world) { w.SetClock(w.Clock().Add(-2 * 365 * 24 * time.Hour)) },
		"the address is another": func(w *world) { w.house.moved = "?x=1" },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, dataclass.Contacts)
			ids := w.user("one", "two", "three")
			w.look()
			c(w)
			ids = append(ids, w.user("four")...)
			if _, _, err := w.try(w.since); !errors.Is(err, sources.ErrCursorLost) {
				t.Fatalf("error %v, want that the cursor is lost", err)
			}
			if _, _, err := w.try(w.since); !errors.Is(err, sources.ErrCursorLost) {
				t.Fatalf("the second time: error %v, want that the cursor is lost", err)
			}
			w.since = ""
			w.shows(w.look(), ids...)
			w.shows(w.look())
			five := w.user("five")
			w.shows(w.look(), five...)
		})
	}
}

// A clock that is wrong by years, however it is wrong, hides no change.
func TestWrongClock(t *testing.T) {
	for _, off := range []time.Duration{2 * 365 * 24 * time.Hour, -2 * 365 * 24 * time.Hour} {
		w := newWorld(t, dataclass.Events)
		w.SetClock(w.Clock().Add(off))
		w.shows(w.look())
		ids := w.user("one", "two")
		w.shows(w.look(), ids...)
		w.must(w.Edit(w.class, ids[0], w.sample("uno")))
		w.shows(w.look(), ids[0])
	}
}

// A feed that says a time two years ahead of the server that sends it is asked for what changed since the earlier one.
func TestFeedAheadOfItsServer(t *testing.T) {
	w := newWorld(t, dataclass.Contacts)
	ids := w.user("one")
	ahead := gdatatest.Rewrite(func(b []byte) []byte {
		return []byte(strings.Replace(string(b), "<updated>2026", "<updated>2028", 1))
	})
	w.Trouble(&gdatatest.Trouble{Do: ahead})
	w.shows(w.look(), ids...)
	more := w.user("two")
	w.shows(w.look(), more...)
}

// Entity tags that say nothing hide no change, invent none, and overwrite no edit.
func TestWrongETags(t *testing.T) {
	for tags, name := range map[gdatatest.ETags]string{gdatatest.ConstantETags: "constant", gdatatest.RestlessETags: "restless", gdatatest.NoETags: "none"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, dataclass.Contacts)
			w.ETags = tags
			ids := w.user("one", "two")
			first := w.look()
			w.shows(first, ids...)
			w.shows(w.look())
			w.must(w.Edit(w.class, ids[0], card("uno")))
			stale := w.op(sources.Replace, ids[0], card("mine"))
			stale.IfRev = first[ids[0]].Rev
			results, err := w.apply(stale)
			w.must(err)
			if !errors.Is(results[0].Err, sources.ErrConflict) {
				t.Errorf("an op on an older state: %v, want a conflict", results[0].Err)
			}
			w.shows(w.look(), ids[0])
			results, err = w.apply(w.op(sources.Replace, ids[1], card("dos")))
			w.must(err)
			want := "dos"
			if tags == gdatatest.RestlessETags { // nothing can be written under a tag that is no more
				if want = "two"; !errors.Is(results[0].Err, sources.ErrConflict) {
					t.Errorf("a write under a tag that is no more: %v", results[0].Err)
				}
			} else {
				w.done(results, nil)
			}
			if all := w.holds(2); !same(card(want), all[ids[1]]) || !same(card("uno"), all[ids[0]]) {
				t.Error("the server holds something else")
			}
		})
	}
}

// 100,000 entries are listed whole, in bounded memory.
func TestManyEntries(t *testing.T) {
	const n, size = 100_000, 5000
	w := newWorldWith(t, dataclass.Contacts, gdata.Options{PageSize: size})
	var page strings.Builder
	w.Trouble(&gdatatest.Trouble{Do: gdatatest.Do(func(r *http.Request, _ gdatatest.Ask) (*http.Response, error) {
		start, _ := strconv.Atoi(r.URL.Query().Get("start-index"))
		page.Reset()
		page.WriteString(`<feed xmlns="http://www.w3.org/2005/Atom" xmlns:gd="http://schemas.google.com/g/2005"><updated>2026-11-20T09:00:00Z</updated>`)
		if start+size < n {
			fmt.Fprintf(&page, `<link rel="next" href="?start-index=%d"/>`, start+size)
		}
		for i := range size {
			fmt.Fprintf(&page, `<entry gd:etag="&quot;%d&quot;"><id>x/%d</id><link rel="edit" href="/feeds/contacts/%d"/><gd:name><gd:fullName>Person %d</gd:fullName></gd:name></entry>`, i, start+i, start+i, start+i)
		}
		page.WriteString(`</feed>`)
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(page.String()))}, nil
	})})
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	s, err := w.Source("engine").Begin(t.Context(), w.class, "")
	w.must(err)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 100<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
	count := 0
	for ch, err := range s.Changes(t.Context()) {
		w.must(err)
		if ch.Verb != sources.Add {
			t.Fatalf("item %s: %s", ch.ID, ch.Verb)
		}
		if count++; count == n/5 {
			break // the rest is the same
		}
	}
	w.must(s.Close())
	if count != n/5 {
		t.Errorf("%d items", count)
	}
}

// repeat applies ops until each has an answer that is known, as the engine does, and counts the attempts.
func (w *world) repeat(ops []sources.Op) []sources.Result {
	w.Helper()
	out := make([]sources.Result, len(ops))
	for try := 0; ; try++ {
		var left []int
		for i, r := range out {
			if r.State != sources.Done {
				left = append(left, i)
			}
		}
		if len(left) == 0 {
			return out
		}
		if try == 300 {
			w.Fatalf("%d ops still fail: %v", len(left), out[left[0]].Err)
		}
		var some []sources.Op
		for _, i := range left {
			some = append(some, ops[i])
		}
		results, err := w.apply(some...)
		for i, r := range results {
			if err == nil {
				out[left[i]] = r
			}
		}
	}
}

// Whatever becomes of the requests of a write, an op that is repeated is carried out once.
func TestTroubleWhileWriting(t *testing.T) {
	type trouble = gdatatest.Trouble
	for name, list := range map[string][]*trouble{
		"the answer to a batch is lost":         {{Path: "/batch", Do: gdatatest.Lost, Times: 2}},
		"the batch is lost":                     {{Path: "/batch", Do: gdatatest.Down, Times: 2}},
		"the answer to a batch is cut":          {{Path: "/batch", Do: gdatatest.Truncated, Times: 2}},
		"the answer to a batch is empty":        {{Path: "/batch", Do: gdatatest.Empty, Times: 2}},
		"a batch is interrupted":                {{Path: "/batch", Do: gdatatest.Interrupted}},
		"500 to a batch":                        {{Path: "/batch", Do: gdatatest.Status(500), Times: 1}},
		"503 to a batch":                        {{Path: "/batch", Do: gdatatest.Status(503), Times: 1}},
		"no batches (404)":                      {{Path: "/batch", Do: gdatatest.Status(404)}},
		"no batches (501)":                      {{Path: "/batch", Do: gdatatest.Status(501)}},
		"no batches (403)":                      {{Path: "/batch", Do: gdatatest.Status(403)}},
		"batches too big":                       {{Path: "/batch", Do: gdatatest.Status(413)}},
		"no batches, answers to posts lost":     {{Path: "/batch", Do: gdatatest.Status(404)}, {Method: http.MethodPost, Do: gdatatest.Lost, Times: 3}},
		"no batches, answers to puts lost":      {{Path: "/batch", Do: gdatatest.Status(404)}, {Method: http.MethodPut, Do: gdatatest.Lost, Times: 3}},
		"no batches, answers to deletes lost":   {{Path: "/batch", Do: gdatatest.Status(404)}, {Method: http.MethodDelete, Do: gdatatest.Lost, Times: 2}},
		"no batches, 503 to posts":              {{Path: "/batch", Do: gdatatest.Status(404)}, {Method: http.MethodPost, Do: gdatatest.Status(503), Times: 3}},
		"no batches, posts answered by nothing": {{Path: "/batch", Do: gdatatest.Status(404)}, {Method: http.MethodPost, Do: gdatatest.Rewrite(func([]byte) []byte { return nil })}},
	} {
		for _, class := range bothClasses {
			for _, drops := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%s/drops marks: %t", name, class, drops), func(t *testing.T) {
					w := newWorld(t, class)
					w.DropsMarks = drops
					ids := w.user("a", "b", "c", "d")
					w.look()
					for _, tr := range list {
						again := *tr
						w.Trouble(&again)
					}
					ops := []sources.Op{
						w.op(sources.Add, "", w.sample("e")), w.op(sources.Replace, ids[0], w.sample("A")), w.op(sources.Delete, ids[1], dataclass.Body{}),
						w.op(sources.Add, "", w.sample("f")), w.op(sources.Replace, ids[2], w.sample("C")), w.op(sources.Add, "", w.sample("g")),
					}
					results := w.repeat(ops)
					all := w.holds(6)
					for i, want := range map[int]string{0: "e", 1: "A", 3: "f", 4: "C", 5: "g"} {
						if !same(w.sample(want), all[results[i].ID]) {
							t.Errorf("op %d: the server does not hold %s under %s", i, want, results[i].ID)
						}
					}
					w.Honest()
					for id, ch := range w.look() {
						if ch.Verb == sources.Delete && id != ids[1] {
							t.Errorf("item %s is told to be deleted", id)
						}
					}
				})
			}
		}
	}
}

// A server that fails in every way at random has each item once in the end.
func TestTroubleAtRandom(t *testing.T) {
	for seed := range uint64(8) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		class := bothClasses[seed%2]
		w := newWorld(t, class)
		w.DropsMarks = seed%4 > 1
		ways := []gdatatest.Way{
			gdatatest.Lost, gdatatest.Down, gdatatest.Truncated, gdatatest.Empty, gdatatest.Status(500), gdatatest.Status(503), gdatatest.Interrupted,
			gdatatest.Status(412), gdatatest.Status(409), gdatatest.Status(429, "Retry-After", "1"),
		}
		w.Trouble(&gdatatest.Trouble{Do: gdatatest.Do(func(r *http.Request, ask gdatatest.Ask) (*http.Response, error) {
			way := ways[rnd.IntN(len(ways))]
			if rnd.IntN(3) > 0 || strings.HasSuffix(r.URL.Path, "/batch") == (rnd.IntN(8) == 0) {
				return ask(r)
			}
			return way.Answer(r, ask)
		})})
		var ops []sources.Op
		for i := range 40 {
			ops = append(ops, w.op(sources.Add, "", w.sample(fmt.Sprint("item ", i))))
		}
		results := w.repeat(ops)
		all := w.holds(40)
		for i, r := range results {
			if !same(ops[i].Body, all[r.ID]) {
				t.Errorf("seed %d: op %d is not under %s", seed, i, r.ID)
			}
		}
		w.Honest()
		for id, ch := range w.look() {
			if ch.Verb == sources.Delete {
				t.Errorf("seed %d: item %s is told to be deleted", seed, id)
			}
		}
	}
}

// What a server refuses to write is a failure of that op, of the class that the status stands for.
func TestRefusals(t *testing.T) {
	for status, want := range map[int]error{
		400: sources.ErrUnsupported, 403: sources.ErrUnsupported, 409: sources.ErrConflict, 412: sources.ErrConflict, 413: sources.ErrTooBig, 422: sources.ErrUnsupported,
		501: sources.ErrUnsupported, 507: sources.ErrQuota,
	} {
		w := newWorld(t, dataclass.Contacts)
		w.NoBatch = true
		ids := w.user("one")
		w.look()
		w.Trouble(&gdatatest.Trouble{Method: http.MethodPut, Do: gdatatest.Status(status)})
		results, err := w.apply(w.op(sources.Replace, ids[0], card("uno")), w.op(sources.Add, "", card("two")))
		w.must(err)
		if !errors.Is(results[0].Err, want) || results[1].State != sources.Done {
			t.Errorf("%d: %v and %v", status, results[0].Err, results[1].Err)
		}
		if !same(card("one"), w.holds(2)[ids[0]]) {
			t.Errorf("%d: the server holds something else", status)
		}
	}
}
