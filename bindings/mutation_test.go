//go:build mutants

package bindings

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestMutants takes one guard away at a time; the test that the mutant names passes as long as the guard is there and must
// fail then. All of them are built into one program for each package that has such tests, and a file says which of
// them lives: to build for each one anew took hours. It is for "make long":
//
//	go test -tags mutants -run TestMutants -timeout 60m ./bindings
//
// BINDERY_MUTANT takes only those whose names match its value, a regular expression.
func TestMutants(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	only, err := regexp.Compile(os.Getenv("BINDERY_MUTANT"))
	if err != nil {
		t.Fatal(err)
	}
	rig := &mutantRig{root: root, dir: t.TempDir(), built: map[string]program{}, sound: map[string]error{}}
	rig.write(t)
	for i, m := range mutants {
		if only.MatchString(m.name) {
			t.Run(m.name, func(t *testing.T) { rig.run(t, m, i) })
		}
	}
}

// A mutantRig is the module with all its mutants in it, of which none or one lives.
type mutantRig struct {
	root, dir string
	overlay   string
	// built are the test programs, by package; sound is how each test ended while no mutant lived.
	built map[string]program
	sound map[string]error
}

// A program is a test program, or why there is none.
type program struct {
	exe string
	err error
}

// write makes the sources with the mutants in them.
func (r *mutantRig) write(t *testing.T) {
	t.Helper()
	byFile, rules := map[string][]numbered{}, map[string]string{}
	for i, m := range mutants {
		byFile[m.file] = append(byFile[m.file], numbered{i, m})
	}
	put := func(path string, text []byte) {
		to := filepath.Join(r.dir, strings.ReplaceAll(path, "/", "-"))
		if err := os.WriteFile(to, text, 0o600); err != nil {
			t.Fatal(err)
		}
		rules[filepath.Join(r.root, filepath.FromSlash(path))] = to
	}
	for file, those := range byFile {
		text, err := os.ReadFile(filepath.Join(r.root, filepath.FromSlash(file)))
		if err != nil {
			t.Fatal(err)
		}
		woven, pkg, err := weaveMutants(text, those)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		put(file, woven)
		put(filepath.Dir(file)+"/zz_mutant_alive.go", fmt.Appendf(nil, aliveSource, pkg, r.alive()))
	}
	data, err := json.Marshal(map[string]any{"Replace": rules})
	if err != nil {
		t.Fatal(err)
	}
	r.overlay = filepath.Join(r.dir, "overlay.json")
	if err := os.WriteFile(r.overlay, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// aliveSource is what every package with mutants gets besides. It asks a file, which programs find that tests start with an
// environment of their own, too.
const aliveSource = `package %s

import "os"

var mutantAlive = func() string {
	number, _ := os.ReadFile(%q)
	return string(number)
}()
`

// alive is the file that says which mutant lives.
func (r *mutantRig) alive() string { return filepath.Join(r.dir, "alive") }

// program gives the test program of a package.
func (r *mutantRig) program(t *testing.T, pkg string) string {
	t.Helper()
	p, ok := r.built[pkg]
	if !ok {
		p.exe = filepath.Join(r.dir, strings.ReplaceAll(pkg, "/", "-")+".test")
		cmd := exec.CommandContext(t.Context(), "go", "test", "-c", "-o", p.exe, "-overlay", r.overlay, "-vet=off", "./"+pkg)
		cmd.Dir = r.root
		if out, err := cmd.CombinedOutput(); err != nil {
			p.err = fmt.Errorf("%w\n%s", err, out)
		}
		r.built[pkg] = p
	}
	if p.err != nil {
		t.Fatal(p.err)
	}
	return p.exe
}

// test runs a test while the mutant of a number lives, or none.
func (r *mutantRig) test(t *testing.T, pkg, name, alive string) ([]byte, error) {
	t.Helper()
	exe := r.program(t, pkg)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, exe, "-test.timeout", "2m", "-test.failfast", "-test.run", "^"+name+"$")
	cmd.Dir = filepath.Join(r.root, filepath.FromSlash(pkg))
	if err := os.WriteFile(r.alive(), []byte(alive), 0o600); err != nil {
		t.Fatal(err)
	}
	return cmd.CombinedOutput()
}

// run asks that the test of a mutant notices it.
func (r *mutantRig) run(t *testing.T, m mutant, i int) {
	pkg := m.pkg
	if pkg == "" {
		pkg = "bindings"
	}
	key := pkg + " " + m.test
	if _, asked := r.sound[key]; !asked {
		out, err := r.test(t, pkg, m.test, "")
		if bytes.Contains(out, []byte("no tests to run")) {
			err = fmt.Errorf("there is no test %s in %s", m.test, pkg)
		}
		if err != nil {
			err = fmt.Errorf("without any mutant: %w\n%s", err, out)
		}
		r.sound[key] = err
	}
	if err := r.sound[key]; err != nil {
		t.Fatal(err)
	}
	if _, err := r.test(t, pkg, m.test, fmt.Sprint(i)); err == nil {
		t.Errorf("%s does not notice", m.test)
	}
}
