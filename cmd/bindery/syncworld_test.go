package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A syncWorld is two folders and a data directory.
type syncWorld struct {
	t             testing.TB
	a, b, dataDir string
	// stderr is what the last sync said there.
	stderr string
}

func newSyncWorld(t testing.TB) *syncWorld {
	t.Helper()
	root := t.TempDir()
	w := &syncWorld{t: t, a: filepath.Join(root, "a"), b: filepath.Join(root, "b"), dataDir: filepath.Join(root, "state")}
	for _, dir := range []string{w.a, w.b} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func (w *syncWorld) args(more ...string) []string {
	return append(append([]string{"--data", w.dataDir, "sync", "--output", "json"}, more...), w.a, w.b)
}

// sync runs the command, wants an exit status, and gives its reports by dataclass.
func (w *syncWorld) sync(code int, more ...string) map[string]jsonReport {
	w.t.Helper()
	var out, errs bytes.Buffer
	got := run(w.t.Context(), w.args(more...), terminal{in: os.Stdin, out: &out, err: &errs})
	w.stderr = errs.String()
	if got != code {
		w.t.Fatalf("exit status %d, want %d: %s%s", got, code, out.String(), w.stderr)
	}
	return w.reports(out.Bytes())
}

func (w *syncWorld) reports(out []byte) map[string]jsonReport {
	w.t.Helper()
	all := map[string]jsonReport{}
	for line := range bytes.Lines(out) {
		var r jsonReport
		dec := json.NewDecoder(bytes.NewReader(line))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&r); err != nil {
			w.t.Fatalf("report %q: %v", line, err)
		}
		all[r.Class] = r
	}
	return all
}

func (w *syncWorld) write(dir, name, data string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *syncWorld) remove(dir, name string) {
	w.t.Helper()
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		w.t.Fatal(err)
	}
}

// read gives the content of every file of a folder, hidden ones too.
func (w *syncWorld) read(dir string) map[string]string {
	w.t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		w.t.Fatal(err)
	}
	all := map[string]string{}
	for _, f := range list {
		data, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			w.t.Fatal(err)
		}
		all[f.Name()] = string(data)
	}
	return all
}

// names counts the people in a folder by name. Anything else is there under its file's name.
func (w *syncWorld) names(dir string) map[string]int {
	w.t.Helper()
	count := map[string]int{}
	for file, data := range w.read(dir) {
		_, rest, ok := strings.Cut(data, "\nFN:")
		name, _, _ := strings.Cut(rest, "\r")
		if !ok || strings.HasPrefix(file, ".") {
			name = file
		}
		count[name]++
	}
	return count
}

// once checks that a folder holds each of these people once, and nothing else.
func (w *syncWorld) once(dir string, people ...string) {
	w.t.Helper()
	got := w.names(dir)
	for _, name := range people {
		if got[name] != 1 {
			w.t.Errorf("%s holds %s %d times", filepath.Base(dir), name, got[name])
		}
	}
	if len(got) != len(people) {
		w.t.Errorf("%s holds %d people, want %d: %.500v", filepath.Base(dir), len(got), len(people), got)
	}
}

// rest checks that another sync has nothing to do.
func (w *syncWorld) rest(code int) {
	w.t.Helper()
	before := [2]map[string]string{w.read(w.a), w.read(w.b)}
	for class, r := range w.sync(code) {
		if (r.Source != jsonSides{} || r.Target != jsonSides{} || r.Conflicts != 0 || r.Duplicates != 0) {
			w.t.Errorf("%s: a sync with nothing to do: %+v", class, r)
		}
	}
	for i, dir := range []string{w.a, w.b} {
		if after := w.read(dir); fmt.Sprint(after) != fmt.Sprint(before[i]) {
			w.t.Errorf("a sync with nothing to do changed %s", filepath.Base(dir))
		}
	}
}

// person is an invented card; more are further lines.
func person(uid, name string, more ...string) string {
	lines := []string{"BEGIN:VCARD", "VERSION:3.0"}
	if uid != "" {
		lines = append(lines, "UID:"+uid)
	}
	lines = append(lines, "N:"+name+";Test;;;", "FN:"+name)
	return strings.Join(append(append(lines, more...), "END:VCARD", ""), "\r\n")
}

func people(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("Person %04d", i)
	}
	return names
}

// fill writes n people, under UIDs that begin with prefix; without one they have none.
func (w *syncWorld) fill(dir, prefix string, n int) []string {
	w.t.Helper()
	names := people(n)
	for i, name := range names {
		uid := ""
		if prefix != "" {
			uid = fmt.Sprint(prefix, i)
		}
		w.write(dir, fmt.Sprintf("file-%04d.vcf", i), person(uid, name, fmt.Sprintf("TEL;TYPE=CELL:+1 555 %07d", i)))
	}
	return names
}
