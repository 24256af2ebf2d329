package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/bindery-sync/bindery"

// floors are the folders of the house from the ground up: each imports only what lies below it or on its
// own floor; what is only read lies below all of them. ARCHITECTURE.md draws the picture.
var floors = []string{"docs", "dataclass", "sources", "engine", "bindings", "atom", "cmd"}

// keepers are the modules that only some rooms may import.
var keepers = map[string][]string{
	"gorm.io":                        {"sources/sqlstore", "sources/datastore", "sources/filedir", "sources/gdata", "sources/ledger", "sources/remote", "sources/syncml", "sources/dav", "bindings"},
	"github.com/mattn/go-sqlite3":    {"sources/sqlstore"},
	"github.com/gorilla/mux":         {"atom", "sources/syncml"},
	"github.com/emersion/go-vcard":   {"dataclass"},
	"github.com/emersion/go-ical":    {"dataclass"},
	"github.com/teambition/rrule-go": {"dataclass/recur", "dataclass/zone"},
	"github.com/prometheus":          {"cmd/bindery/metrics"},
}

// A pkg is what the go command says about one package.
type pkg struct {
	ImportPath                string
	Imports, Deps             []string
	TestImports, XTestImports []string
	Standard                  bool
}

// packages lists what the program and its tests consist of.
func packages(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json", module+"/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		if room(p.ImportPath) != "" {
			all = append(all, p)
		}
	}
}

// room gives the path below the module, or "" for a package of somebody else.
func room(path string) string {
	rest, ok := strings.CutPrefix(path, module+"/")
	if !ok {
		return ""
	}
	return rest
}

// floor gives how high a package of ours lies; -1 if it lies in none of the six folders.
func floor(path string) int {
	top, _, _ := strings.Cut(room(path), "/")
	return slices.Index(floors, top)
}

// upward lists those of the imports that lie above the package.
func upward(p pkg, imports []string) []string {
	var bad []string
	for _, dep := range imports {
		if room(dep) != "" && floor(dep) > floor(p.ImportPath) {
			bad = append(bad, dep)
		}
	}
	return bad
}

// trespass lists the modules that the package imports and does not keep.
func trespass(p pkg) []string {
	var bad []string
	for _, dep := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
		for module, rooms := range keepers {
			inside := func(r string) bool { return room(p.ImportPath) == r || strings.HasPrefix(room(p.ImportPath), r+"/") }
			if (dep == module || strings.HasPrefix(dep, module+"/")) && !slices.ContainsFunc(rooms, inside) {
				bad = append(bad, dep)
			}
		}
	}
	return bad
}

func TestFloors(t *testing.T) {
	all := packages(t)
	if len(all) < 5 {
		t.Fatalf("only %d packages found", len(all))
	}
	for _, p := range all {
		if floor(p.ImportPath) < 0 {
			t.Errorf("%s lies in none of the folders %q", p.ImportPath, floors)
			continue
		}
		for _, dep := range upward(p, slices.Concat(p.Deps, p.TestImports, p.XTestImports)) {
			t.Errorf("%s points up to %s", p.ImportPath, dep)
		}
		for _, dep := range trespass(p) {
			t.Errorf("%s must not import %s", p.ImportPath, dep)
		}
	}
}

// The rules themselves can fail.
func TestFloorsSeeTrespass(t *testing.T) {
	p := pkg{
		ImportPath: module + "/engine",
		Imports:    []string{"gorm.io/gorm", module + "/sources", "fmt"},
		Deps:       []string{module + "/bindings", module + "/dataclass"},
	}
	if got := upward(p, p.Deps); !slices.Equal(got, []string{module + "/bindings"}) {
		t.Errorf("upward %q", got)
	}
	if got := trespass(p); !slices.Equal(got, []string{"gorm.io/gorm"}) {
		t.Errorf("trespass %q", got)
	}
	if floor(module+"/helpers") != -1 || floor(module+"/cmd/bindery") != 6 {
		t.Error("floor does not know its folders")
	}
}
