package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// removeMany deletes the files [from, to) of fill.
func (w *syncWorld) removeMany(dir string, from, to int) {
	w.t.Helper()
	for i := from; i < to; i++ {
		w.remove(dir, fmt.Sprintf("file-%04d.vcf", i))
	}
}

// A script, or a finger that slips, deletes 95 % of a folder of a thousand: the other folder keeps all of
// them until a person has decided.
func TestRule_8_2_SyncMostOfAFolderIsGone(t *testing.T) {
	w := newSyncWorld(t)
	names := w.fill(w.a, "", 1000)
	w.sync(exitDone)
	w.removeMany(w.a, 0, 950)
	held := w.sync(exitHeld)["Contacts"]
	if held.State != "held" || held.Plan == "" || held.Held != 950 || held.Target != (jsonSides{}) {
		t.Errorf("report %+v", held)
	}
	w.once(w.b, names...)
	if again := w.sync(exitHeld)["Contacts"]; again.Plan != held.Plan || again.Held != 950 {
		t.Errorf("again %+v", again)
	}
	done := w.sync(exitDone, "--approve", held.Plan)["Contacts"]
	if done.State != "done" || done.Plan != "" || done.Source.DeletesIn != 950 || done.Target.DeletesOut != 950 {
		t.Errorf("approved %+v", done)
	}
	w.once(w.a, names[950:]...)
	w.once(w.b, names[950:]...)
	w.rest(exitDone)
	w.sync(exitUsage, "--approve", held.Plan)
	w.sync(exitFailed, "--approve", "nosuch")
}

// A folder that was emptied is no folder whose items were deleted, however few they were.
func TestRule_8_1_SyncEmptiedFolder(t *testing.T) {
	for _, n := range []int{1, 5, 40} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			w := newSyncWorld(t)
			names := w.fill(w.a, "", n)
			w.sync(exitDone)
			for file := range w.read(w.b) {
				w.remove(w.b, file)
			}
			r := w.sync(exitHeld)["Contacts"]
			if r.Held != n || r.State != "held" {
				t.Errorf("report %+v", r)
			}
			w.once(w.a, names...)
			if back := w.sync(exitDone, "--reject", r.Plan)["Contacts"]; back.Target.AddsOut != n {
				t.Errorf("rejected %+v", back)
			}
			w.once(w.a, names...)
			w.once(w.b, names...)
			w.rest(exitDone)
		})
	}
}

// What a user does every day is no disaster.
func TestRule_8_1_SyncFewDeletionsPass(t *testing.T) {
	w := newSyncWorld(t)
	names := w.fill(w.a, "", 1000)
	w.sync(exitDone)
	w.removeMany(w.a, 0, 12)
	if r := w.sync(exitDone)["Contacts"]; r.Target.DeletesOut != 12 || r.Held != 0 {
		t.Errorf("report %+v", r)
	}
	w.once(w.b, names[12:]...)
}

func TestRule_8_1_SyncAllChanged(t *testing.T) {
	w := newSyncWorld(t)
	w.fill(w.a, "", 30)
	w.sync(exitDone)
	for file, data := range w.read(w.a) {
		w.write(w.a, file, strings.Replace(data, "FN:Person", "FN:Broken", 1))
	}
	good := fmt.Sprint(w.read(w.b))
	r := w.sync(exitHeld)["Contacts"]
	if r.Held != 30 || fmt.Sprint(w.read(w.b)) != good {
		t.Errorf("report %+v", r)
	}
	if r = w.sync(exitDone, "--approve", r.Plan)["Contacts"]; r.Target.ReplacesOut != 30 {
		t.Errorf("approved %+v", r)
	}
	if got := w.names(w.b); got["Broken 0007"] != 1 {
		t.Errorf("the other side holds %v", got)
	}
	w.rest(exitDone)
}

// The text names what was held, why, and the two commands; each of them works as it is printed.
func TestRule_8_2_SyncTellsWhatToDo(t *testing.T) {
	for _, flag := range []string{"--approve", "--reject"} {
		t.Run(flag, func(t *testing.T) {
			w := newSyncWorld(t)
			w.a = filepath.Join(filepath.Dir(w.a), "Ada's people")
			if err := os.Mkdir(w.a, 0o700); err != nil {
				t.Fatal(err)
			}
			names := w.fill(w.a, "", 20)
			w.sync(exitDone)
			w.removeMany(w.a, 0, 15)
			var out bytes.Buffer
			args := []string{"--data", w.dataDir, "sync", w.a, w.b}
			if code := run(t.Context(), args, terminal{in: os.Stdin, out: &out, err: &out}); code != exitHeld {
				t.Fatalf("exit status %d: %s", code, out.String())
			}
			text := out.String()
			for _, want := range []string{"15 items were deleted in " + w.a, "more than a fifth", `"Person 0000"`, "10 more", `'\''`} {
				if !strings.Contains(text, want) {
					t.Errorf("%q is not said: %s", want, text)
				}
			}
			_, line, _ := strings.Cut(text, "sync "+flag+" ")
			plan, _, _ := strings.Cut(line, " ")
			w.sync(exitDone, flag, plan)
			if flag == "--approve" {
				names = names[15:]
			}
			w.once(w.a, names...)
			w.once(w.b, names...)
		})
	}
}

// A plan is decided where it was held.
func TestRule_8_2_SyncOtherFoldersPlan(t *testing.T) {
	w := newSyncWorld(t)
	w.fill(w.a, "", 20)
	w.sync(exitDone)
	w.removeMany(w.a, 0, 20)
	plan := w.sync(exitHeld)["Contacts"].Plan
	b := w.b
	w.b += "-other"
	if err := os.Mkdir(w.b, 0o700); err != nil {
		t.Fatal(err)
	}
	w.sync(exitUsage, "--approve", plan)
	w.b = b
	w.a, w.b = w.b, w.a // either order
	w.sync(exitDone, "--approve", plan)
	w.once(w.a)
	w.once(w.b)
}
