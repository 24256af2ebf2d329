package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tree gives every file below the world's folders and data directory, with its content and time.
func (w *syncWorld) tree() string {
	w.t.Helper()
	var out strings.Builder
	for _, root := range []string{w.a, w.b, w.dataDir} {
		err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
			if os.IsNotExist(err) {
				return nil
			}
			if err != nil || d.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			fmt.Fprintf(&out, "%s %x\n", path, sha256.Sum256(data))
			return err
		})
		if err != nil {
			w.t.Fatal(err)
		}
	}
	return out.String()
}

// dry makes a dry run, which may change no byte anywhere.
func (w *syncWorld) dry(code int, more ...string) jsonReport {
	w.t.Helper()
	before := w.tree()
	r := w.sync(code, append([]string{"--dry-run"}, more...)...)["Contacts"]
	if after := w.tree(); after != before {
		w.t.Errorf("a dry run wrote:\n%s\nbefore\n%s", after, before)
	}
	return r
}

// same asks that a sync does what the dry run before it said.
func (w *syncWorld) same(dry, real jsonReport) {
	w.t.Helper()
	if dry.State != "planned" || dry.Log != 0 {
		w.t.Errorf("dry run %+v", dry)
	}
	dry.State, dry.Log = real.State, real.Log
	if dry != real {
		w.t.Errorf("the dry run said\n%+v\nthe sync did\n%+v", dry, real)
	}
}

func TestSyncDryRun(t *testing.T) {
	w := newSyncWorld(t)
	w.fill(w.a, "u-", 30)
	w.write(w.a, ".bindery-left.tmp", "left by a process that died")
	first := w.dry(exitDone)
	if first.Target.AddsOut != 30 || first.Mode != 201 {
		t.Errorf("first %+v", first)
	}
	if _, err := os.Stat(w.dataDir); !os.IsNotExist(err) {
		t.Errorf("a dry run made the data directory: %v", err)
	}
	w.same(first, w.sync(exitDone)["Contacts"])
	w.remove(w.b, "u-0.vcf")
	w.remove(w.b, "u-1.vcf")
	w.write(w.a, "file-0005.vcf", person("u-5", "Person 0005", "ROLE:Tester"))
	w.write(w.b, "u-5.vcf", person("u-5", "Person 0005", "ROLE:Baker"))
	w.write(w.b, "new.vcf", person("new", "New"))
	w.write(w.b, "bad.vcf", "garbage")
	next := w.dry(exitDone)
	if next.Conflicts != 1 || next.Quarantined != 1 || next.Source.AddsOut != 1 || next.Source.DeletesOut != 2 {
		t.Errorf("next %+v", next)
	}
	w.same(next, w.sync(exitPartly)["Contacts"])
	w.same(w.dry(exitDone), w.sync(exitDone)["Contacts"])
}

func TestSyncDryRunWouldBeHeld(t *testing.T) {
	w := newSyncWorld(t)
	w.fill(w.a, "", 40)
	w.sync(exitDone)
	w.removeMany(w.a, 0, 30)
	if r := w.dry(exitHeld); r.State != "held" || r.Held != 30 || r.Plan != "" {
		t.Errorf("report %+v", r)
	}
	held := w.sync(exitHeld)["Contacts"]
	if r := w.dry(exitHeld); r.Plan != held.Plan {
		t.Errorf("report %+v", r)
	}
	if r := w.dry(exitDone, "--approve", held.Plan); r.Target.DeletesOut != 30 || r.State != "planned" {
		t.Errorf("report %+v", r)
	}
	if r := w.sync(exitHeld)["Contacts"]; r.Plan != held.Plan {
		t.Errorf("the dry run approved: %+v", r)
	}
}

func TestSyncDryRunText(t *testing.T) {
	w := newSyncWorld(t)
	w.fill(w.a, "", dryShown+5)
	var out bytes.Buffer
	args := []string{"--data", w.dataDir, "sync", "--dry-run", w.a, w.b}
	if code := run(t.Context(), args, terminal{in: os.Stdin, out: &out, err: &out}); code != exitDone {
		t.Fatalf("exit status %d: %s", code, out.String())
	}
	for _, want := range []string{"planned", `add      ` + w.b + `  "Person 0000"`, "and 5 more"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not said: %s", want, out.String())
		}
	}
	if strings.Count(out.String(), "Person") != dryShown {
		t.Errorf("not %d items are named: %s", dryShown, out.String())
	}
}
