// Package peertest drives a real SyncML phone, the SyncEvolution client, against a running server: one
// simulated device with its own home and its own folder of vCards, as many of them as a test wants, and
// a proxy between phone and server that loses or repeats messages by their number.
//
// It is test code: nothing of the program imports it.
package peertest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// RequireEnv is the variable that turns a skip into a failure when it is "1": where everything that
// tests drive must be installed, a test that cannot run is a fault.
const RequireEnv = "BINDERY_REQUIRE_PEERS"

// Missing ends a test that cannot run because program is not installed: it skips, or fails under
// RequireEnv.
func Missing(t testing.TB, program string) {
	t.Helper()
	if os.Getenv(RequireEnv) == "1" {
		t.Fatalf("%s is not installed, and %s=1 forbids to skip", program, RequireEnv)
	}
	t.Skipf("%s is not installed", program)
}

// A Client is the SyncEvolution program, ready to run.
type Client struct {
	exe  string
	shim string
}

// Need finds SyncEvolution and a C compiler and makes the client ready, or ends the test as Missing says.
func Need(t testing.TB) *Client {
	t.Helper()
	exe, err := exec.LookPath("syncevolution")
	if err != nil {
		Missing(t, "syncevolution")
	}
	cc, err := exec.LookPath("cc")
	if err != nil {
		Missing(t, "cc")
	}
	return &Client{exe: exe, shim: buildShim(t, cc)}
}

// buildShim compiles testdata/curlshim.c; its head says why it is needed.
func buildShim(t testing.TB, cc string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "curlshim.so")
	cmd := exec.CommandContext(context.Background(), cc,
		"-shared", "-fPIC", "-O2", "-o", out, "testdata/curlshim.c", "-ldl")
	if msg, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("compile curlshim.c: %v\n%s", err, msg)
	}
	return out
}
