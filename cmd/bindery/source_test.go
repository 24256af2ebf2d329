package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSourceCommands registers a server, puts a client on it, and takes both away. What is secret comes from the standard
// input or a file, and is not said.
func TestSourceCommands(t *testing.T) {
	far := httptest.NewServer(http.HandlerFunc(farAway))
	defer far.Close()
	t.Setenv(allowPrivateEnv, "127.0.0.1/32")
	s := &caller{t: t, data: filepath.Join(t.TempDir(), "data")}
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("an invented password\nmore\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.run(exitDone, "correct horse\n", "account", "add", "ada", "--password-stdin")
	for _, tc := range []struct {
		code  int
		stdin string
		says  string
		args  []string
	}{
		{exitFailed, "", "is refused", []string{"source", "add", "inside", "https://10.0.0.1"}},
		{exitFailed, "", "is refused", []string{"source", "add", "world", "http://8.8.8.8/"}},
		{exitFailed, "", "no address for", []string{"source", "add", "x", "--contacts", far.URL + "/", "--class", "Events"}},
		{exitDone, "", "registered source family", []string{"source", "add", "family", far.URL}},
		{exitFailed, "", "already a source named family", []string{"source", "add", "family", far.URL}},
		{exitDone, "", "Contacts,Events", []string{"source", "list"}},
		{exitUsage, "", "name the source with --source", []string{"client", "add", "gdata"}},
		{exitFailed, "wrong\n", "refuses these credentials", []string{"client", "add", "gdata", "--source", "family", "--user", "nora", "--password-stdin"}},
		{exitUsage, "", "no terminal to ask", []string{"client", "add", "gdata", "--source", "family", "--user", "nora"}},
		{exitUsage, "", "of the kind gdata", []string{"client", "add", "datastore", "--user", "nora"}},
		{exitDone, "", "registered gdata", []string{"client", "add", "gdata", "--source", "family", "--user", "nora", "--password-file", secret, "--uuid", examplePhone, "--title", "Nora"}},
		{exitFailed, "", "are on this source", []string{"source", "rm", "--yes", "family"}},
		{exitFailed, "wrong\n", "refuses these credentials", []string{"client", "set", examplePhone, "--password-stdin"}},
		{exitDone, "an invented password\n", `title "Nora"`, []string{"client", "set", examplePhone, "--password-stdin"}},
		{exitDone, "", "removed gdata", []string{"client", "rm", "--yes", examplePhone}},
		{exitUsage, "", "has to be registered anew", []string{"source", "rm", "family"}},
		{exitDone, "", "removed source family", []string{"source", "rm", "--yes", "family"}},
		{exitFailed, "", "no such source", []string{"source", "rm", "--yes", "family"}},
	} {
		s.run(tc.code, tc.stdin, tc.args...)
		said := s.out + s.said
		if !strings.Contains(said, tc.says) || strings.Contains(said, "invented password") {
			t.Errorf("bindery %q says: %s", tc.args, said)
		}
	}
}

// TestAllowPrivateSources refuses what is no network.
func TestAllowPrivateSources(t *testing.T) {
	s := &caller{t: t, data: filepath.Join(t.TempDir(), "data")}
	s.run(exitUsage, "", "serve", "--allow-private-sources", "10.0.0.0/8,all")
	s.wants(s.said, `"all" is neither a network`)
	t.Setenv(allowPrivateEnv, "everything")
	s.run(exitUsage, "correct horse\n", "account", "add", "ada", "--password-stdin")
	s.wants(s.said, allowPrivateEnv)
}
