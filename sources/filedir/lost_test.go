package filedir_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/filedir"
)

// TestRule_8_4_FailedListing: a folder that cannot be listed is an error and nothing else.
func TestRule_8_4_FailedListing(t *testing.T) {
	spoils := map[string]func(dir string) error{
		"missing": os.RemoveAll,
		"a file": func(dir string) error {
			return errors.Join(os.RemoveAll(dir), os.WriteFile(dir, nil, 0o600))
		},
	}
	if os.Geteuid() != 0 { // nothing is forbidden to root
		spoils["unreadable"] = func(dir string) error { return os.Chmod(dir, 0o100) }
		spoils["unsearchable"] = func(dir string) error { return os.Chmod(dir, 0o400) }
	}
	for name, spoil := range spoils {
		t.Run(name, func(t *testing.T) {
			c := newHouse(t, filedir.Options{}).client(t, "ann", "")
			c.write("a.vcf", card("1", "Ada"))
			_, cur := c.look(dataclass.Contacts, "")
			if err := spoil(c.dir); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.Chmod(c.dir, 0o700) })
			for _, since := range []sources.Cursor{"", cur} {
				_, err := c.Source("engine").Begin(t.Context(), dataclass.Contacts, since)
				if !errors.Is(err, filedir.ErrUnavailable) {
					t.Errorf("begin since %q: %v", since, err)
				}
			}
		})
	}
}

// TestEmptied: files that were deleted from the folder are deleted items; whether so many may go is not
// for the folder to judge.
func TestEmptied(t *testing.T) {
	c := newHouse(t, filedir.Options{}).client(t, "ann", "")
	c.write("a.vcf", card("1", "Ada"))
	c.write("b.vcf", card("2", "Ben"))
	_, cur := c.look(dataclass.Contacts, "")
	if err := errors.Join(os.Remove(c.at("a.vcf")), os.Remove(c.at("b.vcf"))); err != nil {
		t.Fatal(err)
	}
	got, _ := c.look(dataclass.Contacts, cur)
	want(t, "an emptied folder", got, "delete a.vcf", "delete b.vcf")
}

// TestAnotherFolder: a folder of the same name that holds nothing of what was known is another one, as
// when a disk is not mounted: nothing was deleted, nothing is known.
func TestAnotherFolder(t *testing.T) {
	for name, keep := range map[string]bool{"empty": false, "restored": true} {
		t.Run(name, func(t *testing.T) {
			c := newHouse(t, filedir.Options{}).client(t, "ann", "")
			c.write("a.vcf", card("1", "Ada"))
			c.write("b.vcf", card("2", "Ben"))
			_, cur := c.look(dataclass.Contacts, "")
			old := c.dir + ".old"
			if err := errors.Join(os.Rename(c.dir, old), os.Mkdir(c.dir, 0o700)); err != nil {
				t.Fatal(err)
			}
			if keep {
				c.write("a.vcf", card("1", "Ada"))
				got, _ := c.look(dataclass.Contacts, cur)
				want(t, "a restored folder", got, "delete b.vcf")
				return
			}
			_, err := c.Source("engine").Begin(t.Context(), dataclass.Contacts, cur)
			if !errors.Is(err, sources.ErrCursorLost) {
				t.Errorf("begin in another folder: %v", err)
			}
		})
	}
}

func TestBusy(t *testing.T) {
	h := newHouse(t, filedir.Options{})
	c := h.client(t, "ann", "")
	s := c.begin(dataclass.Contacts, "")
	_, err := c.Source("engine").Begin(t.Context(), dataclass.Notes, "")
	if !errors.Is(err, sources.ErrBusy) {
		t.Errorf("second session: %v", err)
	}
	if _, err := h.f.Survey(t.Context(), c.owner, c.id); !errors.Is(err, sources.ErrBusy) {
		t.Errorf("survey: %v", err)
	}
	// The same folder for another database, as of another user of the machine.
	other := newHouse(t, filedir.Options{})
	if err := other.f.Register(t.Context(), "bob", "1", c.dir); err != nil {
		t.Fatal(err)
	}
	if _, err := other.f.Survey(t.Context(), "bob", "1"); !errors.Is(err, sources.ErrBusy) {
		t.Errorf("another database: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := other.f.Survey(t.Context(), "bob", "1"); err != nil {
		t.Errorf("after close: %v", err)
	}
}

// TestTombstonesEnd: a deleted item is forgotten after a year, and so are the cursors that had not read it.
func TestTombstonesEnd(t *testing.T) {
	now := time.Now()
	c := newHouse(t, filedir.Options{Now: func() time.Time { return now }}).client(t, "ann", "")
	c.write("a.vcf", card("1", "Ada"))
	_, old := c.look(dataclass.Contacts, "")
	if err := os.Remove(c.at("a.vcf")); err != nil {
		t.Fatal(err)
	}
	_, good := c.look(dataclass.Contacts, old)
	now = now.Add(300 * 24 * time.Hour)
	got, _ := c.look(dataclass.Contacts, old)
	want(t, "before a year is over", got, "delete a.vcf")
	now = now.Add(100 * 24 * time.Hour)
	got, _ = c.look(dataclass.Contacts, good)
	want(t, "since the deletion", got)
	if _, err := c.Source("engine").Begin(t.Context(), dataclass.Contacts, old); !errors.Is(err, sources.ErrCursorLost) {
		t.Errorf("a year later: %v", err)
	}
}

func TestRegistered(t *testing.T) {
	h := newHouse(t, filedir.Options{})
	c := h.client(t, "ann", "")
	if id, err := h.f.Find(t.Context(), "ann", c.dir); err != nil || id != c.id {
		t.Errorf("find: %q, %v", id, err)
	}
	for _, probe := range [][2]string{{"bob", c.dir}, {"ann", c.dir + "x"}} {
		if _, err := h.f.Find(t.Context(), probe[0], probe[1]); !errors.Is(err, filedir.ErrUnknown) {
			t.Errorf("find %q: %v", probe, err)
		}
	}
	if path, err := h.f.Path(t.Context(), "ann", c.id); err != nil || path != c.dir {
		t.Errorf("path: %q, %v", path, err)
	}
	if _, err := h.f.Kind().Open(t.Context(), sources.Client{Owner: "bob", ID: c.id}); !errors.Is(err, filedir.ErrUnknown) {
		t.Errorf("open: %v", err)
	}
	if err := h.f.Register(t.Context(), "ann", "second", c.dir); err == nil {
		t.Error("one folder has two clients")
	}
	if err := h.f.Register(t.Context(), "ann", c.id, filepath.Join(h.root, "elsewhere")); err == nil {
		t.Error("one client has two folders")
	}
}
