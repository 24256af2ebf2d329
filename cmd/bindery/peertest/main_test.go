package peertest

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// built is where TestMain keeps the program that tests run.
var built struct {
	dir  string
	once sync.Once
	exe  string
	err  error
}

func TestMain(m *testing.M) { os.Exit(withBuildDir(m)) }

func withBuildDir(m *testing.M) int {
	dir, err := os.MkdirTemp("", "peertest-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	built.dir = dir
	return m.Run()
}

// program builds the program, once, as the tests themselves were built: with GOFLAGS.
func program(t *testing.T) string {
	t.Helper()
	dependOnSources(t)
	built.once.Do(func() { built.exe, built.err = Build(built.dir, nil) })
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.exe
}

// dependOnSources lists every directory of the module. That tells "go test", which sees what a test opens
// but not what it builds, that an old result is void when a source file has changed.
func dependOnSources(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir("../../..", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && (d.Name() == ".git" || d.Name() == "testdata") {
			return fs.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
