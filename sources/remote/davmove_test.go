package remote_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/remote"
)

// moving makes Remotes that note what was moved, and fail if refuse says so.
func (w *world) moving(moved *[]string, refuse *error) *remote.Remotes {
	return remote.New(w.db, remote.Options{
		Secrets: fakeSecrets{}, Guard: w.guard, Now: func() time.Time { return w.clock },
		Moved: func(_ context.Context, owner, client string, classes []dataclass.Class) error {
			*moved = append(*moved, fmt.Sprint(owner, " ", client, " ", classes))
			return *refuse
		},
	})
}

func (w *world) collections(m *remote.Remotes) string {
	w.t.Helper()
	at, err := m.Account(w.t.Context(), "ann", "phone")
	w.ok(err)
	return fmt.Sprint(at.Server.Collections)
}

// The user's fears: the password goes to somebody else while other collections are looked for, half of a change is stored,
// and a change that nobody was told of.
func TestSetCollections(t *testing.T) {
	w := newWorld(t)
	w.speakDAV(map[string]string{"/home/book/": book, "/home/cal/": calendar("VEVENT"), "/home/work/": calendar("VEVENT")})
	var moved []string
	var refuse error
	m := w.moving(&moved, &refuse)
	f, err := m.Find(t.Context(), w.nora())
	w.ok(err)
	w.ok(m.AttachFound(t.Context(), "ann", f, map[dataclass.Class]remote.Choice{
		dataclass.Contacts: {URL: w.URL + "/home/book/"}, dataclass.Events: {URL: w.URL + "/home/cal/"},
	}, named("phone")))
	before := w.collections(m)
	f, err = m.Look(t.Context(), "ann", "phone")
	if w.ok(err); len(f.Collections) != 3 {
		t.Errorf("%+v", f.Collections)
	}
	set := func(c map[dataclass.Class]remote.Choice) ([]dataclass.Class, error) {
		return m.SetCollections(t.Context(), "ann", "phone", f, c)
	}
	work := map[dataclass.Class]remote.Choice{dataclass.Events: {URL: w.URL + "/home/work/"}}
	for name, c := range map[string]map[dataclass.Class]remote.Choice{
		"of another sort":    {dataclass.Contacts: {URL: w.URL + "/home/cal/"}},
		"not there":          {dataclass.Events: {URL: w.URL + "/home/other/"}},
		"on another server":  {dataclass.Events: {URL: "https://other.example.org/home/work/"}},
		"nothing left":       {dataclass.Events: {}, dataclass.Contacts: {}},
		"not a class":        {"Photos": {URL: w.URL + "/home/work/"}},
		"made, and not that": {dataclass.Contacts: {Make: "New"}},
	} {
		if _, err := set(c); !errors.Is(err, remote.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got, err := set(map[dataclass.Class]remote.Choice{dataclass.Events: {URL: w.URL + "/home/cal"}}); err != nil || len(got) != 0 {
		t.Errorf("as it is: %v, %v", got, err)
	}
	refuse = errors.New("a sync is at work")
	if _, err := set(work); !errors.Is(err, refuse) || w.collections(m) != before {
		t.Errorf("refused: %v, %s", err, w.collections(m))
	}
	w.fault, refuse = errors.New("the disk is full"), nil
	if _, err := set(work); !errors.Is(err, w.fault) {
		t.Errorf("%v", err)
	}
	if w.fault = nil; w.collections(m) != before {
		t.Errorf("half a change: %s", w.collections(m))
	}
	moved = nil
	got, err := set(work)
	if w.ok(err); fmt.Sprint(got, moved) != "[Events] [ann phone [Events]]" || w.collections(m) == before {
		t.Errorf("%v %v %s", got, moved, w.collections(m))
	}
	if _, err := m.SetCollections(t.Context(), "bob", "phone", f, work); !errors.Is(err, remote.ErrNotFound) {
		t.Errorf("by somebody else: %v", err)
	}
	if _, err := m.Look(t.Context(), "bob", "phone"); !errors.Is(err, remote.ErrNotFound) {
		t.Errorf("looked at by somebody else: %v", err)
	}
	w.mustNotHold(password)
}

// While other collections are looked for nobody is asked but the server of those that the client has: a principal
// somewhere else is passed over.
func TestLookAsksNobodyElse(t *testing.T) {
	w := newDAVWorld(t)
	m := w.open()
	w.attachedDAV(m, w.nora())
	other := newPeer(t)
	w.ok(w.db.Update(t.Context(), func(_ context.Context, tx *gorm.DB) error {
		return tx.Exec("UPDATE remote_dav SET principal = ?, address = ?", other.URL+"/p/", other.URL).Error
	}))
	f, err := m.Look(t.Context(), "ann", "phone")
	if err != nil || len(f.Collections) != 2 || len(other.requests()) > 0 {
		t.Errorf("%+v, %v", f.Collections, err)
	}
	w.ok(m.Forget(t.Context(), "ann", "phone"))
	if _, err := m.Look(t.Context(), "ann", "phone"); err == nil {
		t.Error("without credentials it finds something")
	}
}
