package filedir_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/faulty"
	"github.com/bindery-sync/bindery/sources/filedir"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// TestCrashAtEveryStep: whichever step the process dies before, an engine that repeats its ops has each
// item once and as it was to be, and the next look leaves no temporary file. What a user edits between
// the crash and the repetition survives it.
func TestCrashAtEveryStep(t *testing.T) {
	for _, edits := range []bool{false, true} {
		for n := 1; ; n++ {
			if !crashAt(t, n, edits) {
				if n < 15 {
					t.Errorf("only %d steps", n)
				}
				break
			}
		}
	}
}

// crashAt reports whether there is an n-th step to die before.
func crashAt(t *testing.T, n int, edits bool) bool {
	t.Helper()
	h := newHouse(t, filedir.Options{})
	c := h.client(t, "ann", "")
	c.write("old.vcf", card("old", "Old"))
	c.write("gone.vcf", card("gone", "Gone"))
	list, cur := c.changes(dataclass.Contacts, "")
	ops := []sources.Op{
		add("k1", card("new", "New")), add("k2", card("no safe name!", "Unsafe")), add("k3", card("new", "Namesake")),
		{Key: "k4", Verb: sources.Replace, ID: "old.vcf", IfRev: list[1].Rev, Body: contacts(card("old", "Replaced"))},
		{Key: "k5", Verb: sources.Delete, ID: "gone.vcf", IfRev: list[0].Rev},
	}
	points := faulty.CrashAt(n)
	crashed, names := die(t, h, c, points, ops), c.files()
	if crashed && edits {
		edit(t, c)
	}
	s := c.begin(dataclass.Contacts, cur)
	for _, name := range c.files() {
		if strings.HasPrefix(name, ".") {
			t.Errorf("step %d (%s): %s was left, of %q", n, points.Where(), name, names)
		}
	}
	results, err := s.Apply(t.Context(), ops)
	if err = errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	checkEnd(t, c, results, fmt.Sprintf("step %d (%s)", n, points.Where()), crashed && edits)
	return crashed
}

// die applies ops in a process that dies at one of the points. Its lock dies with it.
func die(t *testing.T, h *house, c *client, points *faulty.Points, ops []sources.Op) bool {
	t.Helper()
	store, err := sqlstore.Open(t.Context(), sqlstore.Options{
		Path: filepath.Join(h.root, "x.db"), Unsafe: true, Fault: func(p sqlstore.Point) error { return points.Hit(string(p)) },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	f := filedir.New(store, filedir.Options{Unsafe: true, Fault: points.Hit})
	src, err := f.Kind().Open(t.Context(), sources.Client{Owner: c.owner, ID: c.id, Origin: "engine"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := src.Begin(t.Context(), dataclass.Contacts, "")
	if err == nil {
		_, err = s.Apply(t.Context(), ops)
		_ = s.Close()
	}
	if points.Crashed() != errors.Is(err, faulty.ErrCrash) {
		t.Fatalf("crash at %s: %v", points.Where(), err)
	}
	return points.Crashed()
}

// edit is a user who finds new.vcf and changes it at once.
func edit(t *testing.T, c *client) {
	t.Helper()
	if _, err := os.Stat(c.at("new.vcf")); err == nil {
		c.write("new.vcf", card("new", "Edited"))
	}
}

func checkEnd(t *testing.T, c *client, results []sources.Result, where string, edited bool) {
	t.Helper()
	got := map[string]int{}
	held, err := c.List(dataclass.Contacts)
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range held {
		_, rest, _ := strings.Cut(string(body.Data), "FN:")
		name, _, _ := strings.Cut(rest, "\r")
		got[name]++
	}
	if edited && got["Edited"] > 0 {
		got["New"], got["Edited"] = got["New"]+got["Edited"], 0
	}
	for _, name := range []string{"New", "Unsafe", "Namesake", "Replaced"} {
		if got[name] != 1 {
			t.Errorf("%s: %s is there %d times", where, name, got[name])
		}
	}
	if len(held) != 4 {
		t.Errorf("%s: %d items: %v", where, len(held), got)
	}
	ids := map[sources.ID]bool{}
	for i, r := range results[:3] {
		if _, there := held[r.ID]; r.State != sources.Done || !there || ids[r.ID] {
			t.Errorf("%s: add %d gives %+v", where, i, r)
		}
		ids[r.ID] = true
	}
}
