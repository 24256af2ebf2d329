package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSyncRenamedFiles: a renamed file is the item that it was. Nothing is held, and an edit on the other side
// meets it.
func TestSyncRenamedFiles(t *testing.T) {
	w := newSyncWorld(t)
	names := w.fill(w.a, "a-", 40)
	w.write(w.a, "ada.vcf", person("ada", "Ada"))
	w.sync(exitDone)
	for name := range w.read(w.a) {
		if err := os.Rename(filepath.Join(w.a, name), filepath.Join(w.a, "r-"+name)); err != nil {
			t.Fatal(err)
		}
	}
	w.write(w.b, "ada.vcf", person("ada", "Ada", "ROLE:Tester"))
	if r := w.sync(exitDone)["Contacts"]; r.Target.DeletesOut != 0 || r.Target.AddsOut != 0 || r.Source.ReplacesOut != 1 {
		t.Errorf("report %+v", r)
	}
	for _, dir := range []string{w.a, w.b} {
		w.once(dir, append(names[:len(names):len(names)], "Ada")...)
	}
	if got := w.read(w.a)["r-ada.vcf"]; !strings.Contains(got, "ROLE:Tester") {
		t.Errorf("the renamed file lacks the edit: %q", got)
	}
	w.rest(exitDone)
}

// TestSyncNumberedExport: files whose names are numbers get other people when somebody is put in between.
// Nobody gets what was written about somebody else.
func TestSyncNumberedExport(t *testing.T) {
	w := newSyncWorld(t)
	export := func(people ...string) {
		for i, n := range people {
			w.write(w.a, fmt.Sprintf("%d.vcf", i), person(strings.ToLower(n), n))
		}
	}
	export("Ada", "Cora", "Dan")
	w.sync(exitDone)
	w.write(w.b, "cora.vcf", person("cora", "Cora", "NOTE:Cora's own"))
	export("Ada", "Ben", "Cora", "Dan")
	w.sync(exitDone)
	for _, dir := range []string{w.a, w.b} {
		w.once(dir, "Ada", "Ben", "Cora", "Dan")
		for name, text := range w.read(dir) {
			if strings.Contains(text, "NOTE:") != strings.Contains(text, "Cora") || strings.Contains(text, "UID:cora") != strings.Contains(text, "FN:Cora") {
				t.Errorf("%s of %s: %q", name, filepath.Base(dir), text)
			}
		}
	}
	w.rest(exitDone)
}

// TestSyncRefreshFromAnotherEmptyFolder: a refresh empties no folder because a disk is not mounted. That the
// user emptied the folder itself is obeyed.
func TestSyncRefreshFromAnotherEmptyFolder(t *testing.T) {
	w := newSyncWorld(t)
	names := w.fill(w.a, "a-", 20)
	w.sync(exitDone)
	if err := os.Rename(w.a, w.a+".away"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(w.a, 0o700); err != nil {
		t.Fatal(err)
	}
	r := w.sync(exitHeld, "--mode", "refresh-from-source")["Contacts"]
	if r.Plan == "" || r.Held != 20 {
		t.Errorf("report %+v", r)
	}
	w.once(w.b, names...)
	w.sync(exitDone, "--mode", "refresh-from-source", "--approve", r.Plan)
	if left := w.read(w.b); len(left) != 0 {
		t.Errorf("approved, but %d are left", len(left))
	}
}

func TestSyncRefreshFromAnEmptiedFolder(t *testing.T) {
	w := newSyncWorld(t)
	w.fill(w.a, "a-", 20)
	w.sync(exitDone)
	for name := range w.read(w.a) {
		w.remove(w.a, name)
	}
	w.sync(exitDone, "--mode", "refresh-from-source")
	if left := w.read(w.b); len(left) != 0 {
		t.Errorf("%d are left", len(left))
	}
}
