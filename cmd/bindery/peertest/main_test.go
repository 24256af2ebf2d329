package peertest

import (
	"fmt"
	"os"
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
	built.once.Do(func() { built.exe, built.err = Build(built.dir, nil) })
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.exe
}
