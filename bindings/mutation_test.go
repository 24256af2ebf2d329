//go:build mutants

package bindings

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestMutants takes one guard away at a time; the test that the mutant names must fail then. It is for "make
// long":
//
//	go test -tags mutants -run TestMutants -timeout 60m ./bindings
func TestMutants(t *testing.T) {
	only := os.Getenv("BINDERY_MUTANT")
	for _, m := range mutants {
		if only != "" && !strings.Contains(m.name, only) {
			continue
		}
		t.Run(m.name, func(t *testing.T) { m.run(t) })
	}
}

func (m mutant) run(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(root, filepath.FromSlash(m.file))
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(text), m.old) != 1 {
		t.Fatalf("%q stands %d times in %s", m.old, strings.Count(string(text), m.old), m.file)
	}
	dir := t.TempDir()
	changed, overlay := filepath.Join(dir, "mutant.go"), filepath.Join(dir, "overlay.json")
	rule, err := json.Marshal(map[string]any{"Replace": map[string]string{path: changed}})
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{changed: []byte(strings.Replace(string(text), m.old, m.with, 1)), overlay: rule} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pkg := m.pkg
	if pkg == "" {
		pkg = "bindings"
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "test", "-overlay", overlay, "-vet=off", "-timeout", "2m", "-failfast", "-run", "^"+m.test+"$", "./"+pkg)
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	switch {
	case strings.Contains(string(out), "build failed"), strings.Contains(string(out), "no tests to run"):
		t.Errorf("%s", out)
	case err == nil:
		t.Errorf("%s does not notice", m.test)
	}
}
