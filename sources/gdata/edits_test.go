package gdata_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/gdata/gdatatest"
)

// broken is a series that the server had with exceptions, and an edit of it that met trouble.
func broken(t *testing.T, drops, noBatch bool, trouble ...*gdatatest.Trouble) (w *world, id sources.ID, before, wanted dataclass.Body) {
	t.Helper()
	w = newWorld(t, dataclass.Events)
	w.DropsExceptions, w.NoBatch = drops, noBatch
	before = series("s", 9, map[int]string{2: "Moved", 4: "", 6: "Moved too"})
	wanted = series("s", 14, map[int]string{2: "Moved again", 4: "", 6: "Moved too"})
	id, err := w.Put(w.class, before)
	w.must(err)
	w.look()
	w.Trouble(trouble...)
	op := w.op(sources.Replace, id, wanted)
	op.IfRev = w.rev(id)
	if results, err := w.apply(op); err == nil && results[0].State == sources.Done {
		t.Fatal("the edit ends well")
	}
	return w, id, before, wanted
}

// rev gives the revision of an item as it is now.
func (w *world) rev(id sources.ID) sources.Revision {
	w.Helper()
	list, _, err := w.try("")
	w.must(err)
	return list[id].Rev
}

// cuts are the ways in which a line breaks behind the first request of an edit.
var cuts = map[string][]*gdatatest.Trouble{
	"all is dead after the series": {{Method: http.MethodPut, Do: gdatatest.Lost}, {Method: http.MethodPost, Do: gdatatest.Down, After: 1}},
	"the exceptions are lost":      {{Method: http.MethodPost, Do: gdatatest.Down, After: 1}},
	"their answer is lost":         {{Method: http.MethodPost, Do: gdatatest.Lost, After: 1}},
	"500 to the exceptions":        {{Method: http.MethodPost, Do: gdatatest.Status(500), After: 1}},
}

// Half of an edit of a series is nobody's wish: the look after it fails, or shows what the edit wanted.
func TestEditHalfWritten(t *testing.T) {
	for name, trouble := range cuts {
		for _, drops := range []bool{false, true} {
			t.Run(name+map[bool]string{true: ", drops exceptions"}[drops], func(t *testing.T) {
				w, id, _, wanted := broken(t, drops, false, again(trouble)...)
				for range 2 {
					if list, _, err := w.try(w.since); err == nil && !same(plain(wanted), plain(list[id].Body)) {
						t.Fatalf("a look under way shows\n%s", list[id].Body.Data)
					}
				}
				w.Honest()
				list := w.look()
				w.is(list[id].Body, wanted)
				w.is(w.holds(1)[id], wanted)
				w.shows(w.look())
				w.done(w.apply(w.op(sources.Delete, id, dataclass.Body{})))
				w.holds(0)
				if left := w.IDs(gdatatest.Events); len(left) != 0 {
					t.Errorf("left behind: %q", left)
				}
			})
		}
	}
}

func again(list []*gdatatest.Trouble) []*gdatatest.Trouble {
	out := make([]*gdatatest.Trouble, len(list))
	for i, tr := range list {
		c := *tr
		out[i] = &c
	}
	return out
}

// Without batches the line may break behind each request.
func TestEditHalfWrittenOneByOne(t *testing.T) {
	for _, drops := range []bool{false, true} {
		for n := range 4 {
			met := 0
			cut := &gdatatest.Trouble{Do: gdatatest.Do(func(r *http.Request, ask gdatatest.Ask) (*http.Response, error) {
				if r.Method == http.MethodGet && met <= n {
					return ask(r)
				}
				switch met++; {
				case met <= n:
					return ask(r)
				case met == n+1:
					return gdatatest.Lost.Answer(r, ask)
				}
				return gdatatest.Down.Answer(r, ask)
			})}
			w := newWorld(t, dataclass.Events)
			w.DropsExceptions, w.NoBatch = drops, true
			wanted := series("s", 14, map[int]string{2: "Moved again", 4: "", 6: "Moved too"})
			id, err := w.Put(w.class, series("s", 9, map[int]string{2: "Moved", 4: "", 6: "Moved too"}))
			w.must(err)
			w.look()
			w.Trouble(cut)
			_, _ = w.apply(w.op(sources.Replace, id, wanted))
			w.Honest()
			if ch, told := w.look()[id]; told {
				w.is(ch.Body, wanted)
			}
			w.is(w.holds(1)[id], wanted)
		}
	}
}

// An edit of which nothing arrived is none.
func TestEditThatNeverArrived(t *testing.T) {
	w, id, before, _ := broken(t, true, false, &gdatatest.Trouble{Method: http.MethodPut, Do: gdatatest.Down})
	w.Honest()
	w.shows(w.look())
	w.is(w.holds(1)[id], before)
}

// What the server refuses half of for good is taken back: the look shows the item as it was, or nothing.
func TestEditRefusedInHalf(t *testing.T) {
	w, id, before, _ := broken(t, true, false, &gdatatest.Trouble{Method: http.MethodPost, After: 1, Times: 1, Do: gdatatest.Status(404)},
		&gdatatest.Trouble{Method: http.MethodPost, Do: refuse("Moved again")})
	list, _, err := w.try(w.since)
	w.must(err)
	if ch, told := list[id]; told {
		w.is(ch.Body, before)
	}
	w.is(w.holds(1)[id], before)
	w.Honest()
}

// An item of which the server refused half can be read in the same session: it is as it was.
func TestEditRefusedAndRead(t *testing.T) {
	w := newWorld(t, dataclass.Events)
	w.DropsExceptions = true
	before := series("s", 9, map[int]string{2: "Moved", 6: "Moved too"})
	id, err := w.Put(w.class, before)
	w.must(err)
	w.look()
	w.Trouble(&gdatatest.Trouble{Method: http.MethodPost, Do: refuse("Refused")})
	s, err := w.Source("engine").Begin(t.Context(), w.class, w.since)
	w.must(err)
	defer func() { w.must(s.Close()) }()
	w.NoBatch = true
	results, err := s.Apply(t.Context(), []sources.Op{w.op(sources.Replace, id, series("s", 14, map[int]string{2: "Refused", 6: "Moved too"}))})
	w.must(err)
	if results[0].State != sources.Failed {
		t.Fatalf("the edit ends with %+v", results[0])
	}
	for ch, err := range s.Read(t.Context(), []sources.ID{id}) {
		w.must(err)
		w.is(ch.Body, before)
	}
	w.is(w.holds(1)[id], before)
}

// refuse refuses whatever speaks of something.
func refuse(text string) gdatatest.Way {
	return gdatatest.Do(func(r *http.Request, ask gdatatest.Ask) (*http.Response, error) {
		var body bytes.Buffer
		if _, err := body.ReadFrom(r.Body); err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body.Bytes()))
		if strings.Contains(body.String(), text) {
			return gdatatest.Status(400).Answer(r, ask)
		}
		return ask(r)
	})
}

// What a user did to the series or to an exception since the line broke stays, and the rest is finished.
func TestEditHalfWrittenAndEdited(t *testing.T) {
	w, id, _, _ := broken(t, true, false, &gdatatest.Trouble{Method: http.MethodPost, Do: gdatatest.Down, After: 1})
	w.Honest()
	renamed := series("s", 14, nil)
	renamed.Data = []byte(strings.Replace(string(renamed.Data), "Meeting s", "Renamed", 1))
	w.must(w.Edit(w.class, id, renamed))
	got := string(w.look()[id].Body.Data)
	for _, want := range []string{"SUMMARY:Renamed", "SUMMARY:Moved again", "SUMMARY:Moved too"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing in\n%s", want, got)
		}
	}
	w.is(w.holds(1)[id], w.rest(id))
}

// rest gives an item as a look at everything shows it.
func (w *world) rest(id sources.ID) dataclass.Body {
	w.Helper()
	list, _, err := w.try("")
	w.must(err)
	return list[id].Body
}

// A series that was deleted since the line broke stays deleted.
func TestEditHalfWrittenAndDeleted(t *testing.T) {
	w, id, _, _ := broken(t, true, false, &gdatatest.Trouble{Method: http.MethodPost, Do: gdatatest.Down, After: 1})
	w.Honest()
	w.must(w.Delete(w.class, id))
	if list := w.look(); len(list) != 1 || list[id].Verb != sources.Delete {
		t.Errorf("the look shows %v", list)
	}
	w.holds(0)
}
