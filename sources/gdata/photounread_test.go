package gdata_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/gdata/gdatatest"
)

// A server that fails to give pictures keeps no contact from being told of: without its picture, and with a word that this
// is no wish of the user. The picture comes as soon as it can be read.
func TestPhotoUnread(t *testing.T) {
	for _, status := range []int{500, 502, 503} {
		w := newWorld(t, dataclass.Contacts)
		ids := w.user("one", "two")
		w.must(w.SetPhoto(ids[0], picture, "image/jpeg"))
		w.Trouble(&gdatatest.Trouble{Path: "/photos/" + string(ids[0]), Do: gdatatest.Status(status)})
		for try, told := range [][]sources.ID{ids, ids[:1], ids[:1]} {
			list := w.look()
			w.shows(list, told...)
			if ch := list[ids[0]]; !ch.PhotoUnread {
				t.Errorf("%d, look %d: it is told that there is no picture", status, try)
			}
			w.hasPhoto(list[ids[0]].Body, nil)
		}
		op := w.op(sources.Replace, ids[0], card("uno", photo(picture[1:])))
		if res, err := w.apply(op); err != nil || !isErr(res[0].Err, sources.ErrBusy) {
			t.Errorf("%d: a write ends with %v, %v", status, res, err)
		}
		w.Honest()
		list := w.look()
		w.hasPhoto(list[ids[0]].Body, picture)
		if list[ids[0]].PhotoUnread {
			t.Error("what was read is told to be unread")
		}
		w.shows(w.look())
	}
}

// Pictures that cannot be read cost few requests, however many they are.
func TestManyPhotosUnread(t *testing.T) {
	w := newWorld(t, dataclass.Contacts)
	var ids []sources.ID
	for i := range 30 {
		ids = append(ids, w.user(fmt.Sprint("n", i))...)
		w.must(w.SetPhoto(ids[i], picture, "image/jpeg"))
	}
	asked := 0
	w.Trouble(&gdatatest.Trouble{Do: gdatatest.Do(func(r *http.Request, ask gdatatest.Ask) (*http.Response, error) {
		if strings.HasPrefix(r.URL.Path, "/photos/") {
			asked++
			return gdatatest.Status(500).Answer(r, ask)
		}
		return ask(r)
	})})
	w.shows(w.look(), ids...)
	if asked > 10 {
		t.Errorf("asked %d times", asked)
	}
	w.Honest()
	for _, ch := range w.look() {
		w.hasPhoto(ch.Body, picture)
	}
}
