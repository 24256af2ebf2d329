package peertest

import (
	"archive/zip"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// once asks that nobody is there twice, and no strangers.
func (w *doors) once(t *testing.T) {
	t.Helper()
	for i, d := range w.door {
		seen := map[int]bool{}
		for _, one := range d.look(t) {
			if n := one.numberOf(); seen[n] || n < 0 {
				t.Errorf("%s has twice, or does not know, person %d: %v\n%s", doorNames[i], n, one, w.about(n))
			}
			seen[one.numberOf()] = true
		}
	}
}

// judge asks that all doors show the same, and what their users did.
func (w *doors) judge(t *testing.T) {
	t.Helper()
	w.once(t)
	all := w.every(t)
	end := all[2] // a folder holds everything
	for i := range all {
		for n, one := range end {
			if diff := cmp.Diff(one.within(w.lacks[i]...), all[i][n].within(w.lacks[i]...)); diff != "" {
				t.Errorf("person %d: folder (-) and %s (+):\n%s\n%s", n, doorNames[i], diff, w.about(n))
			}
		}
		for n := range all[i] {
			if _, ok := end[n]; !ok {
				t.Errorf("person %d is on %s and not in the folder\n%s", n, doorNames[i], w.about(n))
			}
		}
	}
	for n, h := range w.model.people {
		one, there := end[n]
		bad, lost := h.judge(one, there, w.all)
		for _, b := range bad {
			t.Errorf("person %d: %s\n%s", n, b, w.about(n))
		}
		for _, d := range lost {
			w.lost = append(w.lost, told{n, needle(d)})
		}
	}
	if !t.Failed() {
		w.history(t)
		w.model.rest(end)
		w.story = nil
	}
}

// about tells what was done to a person.
func (w *doors) about(n int) string {
	var b strings.Builder
	if h := w.model.people[n]; h != nil {
		for _, d := range h.deeds {
			fmt.Fprintln(&b, d)
		}
	}
	for _, l := range w.story {
		if l.n == n || l.n == -1 {
			b.WriteString(l.line + "\n")
		}
	}
	return b.String()
}

// needle is what a value begins with, wherever it is written.
func needle(d *deed) string {
	switch d.slot {
	case "note":
		return d.value[:strings.Index(d.value, ":")+1]
	case "start":
		return d.value[:8]
	case "street", "org", "title", "nick", "x", "etitle":
		return d.value[:strings.IndexAny(d.value, ",;G")]
	}
	return d.value
}

// history asks that what lost a conflict was kept.
func (w *doors) history(t *testing.T) {
	t.Helper()
	if len(w.lost) == 0 {
		return
	}
	file := filepath.Join(t.TempDir(), "ann.zip")
	w.server.Command(t, "", "account", "export", "ann", file)
	z, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = z.Close() }()
	var kept strings.Builder
	for _, f := range z.File {
		if !strings.Contains(f.Name, "history") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&kept, r); err != nil {
			t.Fatal(err)
		}
		_ = r.Close()
	}
	text := strings.NewReplacer("\r\n ", "", "\n ", "", "-", "").Replace(kept.String())
	for _, l := range w.lost {
		if !strings.Contains(text, strings.ReplaceAll(l.line, "-", "")) {
			t.Errorf("the history does not have %s\n%s", l.line, w.about(l.n))
		}
	}
	w.kept += len(w.lost)
	w.lost = nil
}
