package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// addsDAV gives an example that adds an account on a DAV server a server to find, with an address book Family, and its
// password.
func (w *exampleWorld) addsDAV(t *testing.T, args []string) (out []string, in string) {
	t.Helper()
	d := newDAVWorld(t)
	t.Setenv(allowPrivateEnv, "127.0.0.1")
	t.Setenv("HOME", w.root)
	for _, a := range args {
		if strings.Contains(a, ".example.org") {
			a = d.at("nora", "/")
		}
		out = append(out, a)
	}
	if slices.Contains(args, "Family") {
		makeBook(t, "http://"+d.host+"/dav/addressbooks/nora/family/", "Family", "nora", davPassword)
	}
	for option, value := range map[string][]string{"--account": {"--account", "ada"}, "--password-stdin": {"--password-stdin"}} {
		if !slices.Contains(args, option) {
			out = append(out, value...)
		}
	}
	in = filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(in, []byte(davPassword+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return out, in
}

// isOfCollections reports whether an option of "client set" is about the collections of a client on a DAV server.
func isOfCollections(arg string) bool {
	return slices.Contains([]string{"--look", "--contacts", "--class", "--without"}, arg)
}

// movesDAV gives an example that chooses other collections a client on a DAV server, which has the address book Club and has
// the client's contacts and tasks so far.
func (w *exampleWorld) movesDAV(t *testing.T, args []string) []string {
	t.Helper()
	d := newDAVWorld(t)
	t.Setenv(allowPrivateEnv, "127.0.0.1")
	t.Setenv("HOME", w.root)
	makeBook(t, "http://"+d.host+"/dav/addressbooks/nora/club/", "Club", "nora", davPassword)
	const moved = "0190a000-0000-7000-8000-0000000000da"
	add := []string{"client", "add", "dav", d.at("nora", "/"), "--account", "ada", "--password-stdin", "--contacts", "Contacts", "--class", "Contacts,Tasks", "--uuid", moved}
	(&caller{t: t, data: filepath.Join(w.root, "bindery-data")}).run(exitDone, davPassword+"\n", add...)
	args[2] = moved
	return append(args, "--yes")
}
