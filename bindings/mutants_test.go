package bindings

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A mutant takes one guard of the engine, or of what it rests on, away. TestMutants (build tag mutants) does
// it and has the named test fail.
type mutant struct {
	name      string
	file      string // from the module's root
	old, with string
	// test is the one that must fail, in the package pkg, by default bindings.
	test, pkg string
}

// mutants are all of them, in the order of their floors.
var mutants = slices.Concat(mutantsOfItems, mutantsOfPhones, mutantsOfEngine, mutantsOfRooms)

// TestMutantsAreThere: every mutant still finds the text that it changes, once, and names a test.
func TestMutantsAreThere(t *testing.T) {
	for _, m := range mutants {
		text, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(m.file)))
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), m.old); n != 1 || m.test == "" || m.with == m.old {
			t.Errorf("%s: %q stands %d times in %s", m.name, m.old, n, m.file)
		}
	}
}
