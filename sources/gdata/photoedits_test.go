package gdata_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/gdata/gdatatest"
)

// halfPhoto is a contact of which an edit was written, and the picture that goes with it was not.
func halfPhoto(t *testing.T, had, wants []byte, do gdatatest.Way) (*world, sources.ID) {
	t.Helper()
	w := newWorld(t, dataclass.Contacts)
	id := w.user("one")[0]
	if had != nil {
		w.must(w.SetPhoto(id, had, "image/jpeg"))
	}
	w.look()
	w.Trouble(&gdatatest.Trouble{Path: "/photos/" + string(id), Do: gdatatest.Do(func(r *http.Request, ask gdatatest.Ask) (*http.Response, error) {
		if r.Method == http.MethodGet {
			return ask(r)
		}
		return do.Answer(r, ask)
	})})
	body := card("one", "NOTE:new", "CATEGORIES:Chess")
	if wants != nil {
		body = card("one", "NOTE:new", "CATEGORIES:Chess", photo(wants))
	}
	op := w.op(sources.Replace, id, body)
	op.IfRev = w.rev(id)
	if _, err := w.apply(op); err == nil {
		t.Fatal("the edit ends well")
	}
	return w, id
}

// A contact is never shown with a new note and the old picture: the picture is put, or deleted, before anything is shown.
func TestPhotoHalfWritten(t *testing.T) {
	other := bytes.Replace(picture, []byte{7}, []byte{8}, 1)
	for name, c := range map[string]struct{ had, wants []byte }{
		"changed": {picture, other}, "first": {nil, picture}, "removed": {picture, nil},
	} {
		for way, do := range map[string]gdatatest.Way{"down": gdatatest.Down, "lost": gdatatest.Lost, "500": gdatatest.Status(500)} {
			t.Run(name+", "+way, func(t *testing.T) {
				w, id := halfPhoto(t, c.had, c.wants, do)
				for range 2 {
					if list, _, err := w.try(w.since); err == nil {
						w.hasPhoto(list[id].Body, c.wants)
					}
				}
				w.Honest()
				list := w.look()
				w.hasPhoto(list[id].Body, c.wants)
				if !strings.Contains(string(list[id].Body.Data), "NOTE:new") {
					t.Errorf("the note is missing in\n%s", list[id].Body.Data)
				}
				w.hasPhoto(w.holds(1)[id], c.wants)
				w.shows(w.look())
			})
		}
	}
}

// A picture that the user of the server put there since the line broke stays, and so does a deletion of the contact.
func TestPhotoHalfWrittenAndEdited(t *testing.T) {
	other, third := bytes.Replace(picture, []byte{7}, []byte{8}, 1), bytes.Replace(picture, []byte{7}, []byte{9}, 1)
	w, id := halfPhoto(t, picture, other, gdatatest.Down)
	w.Honest()
	w.must(w.SetPhoto(id, third, "image/jpeg"))
	w.hasPhoto(w.look()[id].Body, third)
	w.hasPhoto(w.holds(1)[id], third)

	w, id = halfPhoto(t, picture, other, gdatatest.Down)
	w.Honest()
	w.must(w.Delete(w.class, id))
	if list := w.look(); len(list) != 1 || list[id].Verb != sources.Delete {
		t.Errorf("the look shows %v", list)
	}
	w.holds(0)
}

// An edit of which nothing arrived is none, and its picture is not put.
func TestPhotoEditThatNeverArrived(t *testing.T) {
	w := newWorld(t, dataclass.Contacts)
	id := w.user("one")[0]
	w.look()
	w.Trouble(&gdatatest.Trouble{Method: http.MethodPut, Do: gdatatest.Down})
	if _, err := w.apply(w.op(sources.Replace, id, card("one", "NOTE:new", photo(picture)))); err == nil {
		t.Fatal("the edit ends well")
	}
	w.Honest()
	w.shows(w.look())
	w.hasPhoto(w.holds(1)[id], nil)
}
