package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAddDAV adds an account on another server by what a person knows of it, and never says the password.
func TestAddDAV(t *testing.T) {
	t.Setenv(allowPrivateEnv, "127.0.0.1")
	far, near := &caller{t: t, data: filepath.Join(t.TempDir(), "far")}, &caller{t: t, data: filepath.Join(t.TempDir(), "near")}
	for _, c := range []*caller{far, near} {
		c.run(exitDone, "correct horse\n", "account", "add", "ada", "--password-stdin")
	}
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("correct horse\nmore\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	there := serve(t, far.data)
	books := there.url + "/dav/addressbooks/ada/"
	makeBook(t, books+"family/", "Family")
	withUser := strings.Replace(there.url, "://", "://ada@", 1)
	for _, tc := range []struct {
		code int
		in   string
		says string
		args []string
	}{
		{exitUsage, "", "say where it is", []string{"--password-stdin"}},
		{exitUsage, "", "no terminal to ask", []string{withUser}},
		{exitFailed, "wrong\n", "refuses this user and password", []string{withUser, "--password-stdin"}},
		{exitFailed, "correct horse\n", "is refused", []string{"http://ada@192.168.7.1/", "--password-stdin"}},
		{exitFailed, "correct horse\n", "no address of a server", []string{"not an address", "--user", "ada", "--password-stdin"}},
		{exitDone, "correct horse\n", books + "family/", []string{withUser, "--password-stdin", "--look"}},
		{exitUsage, "correct horse\n", "(--contacts)", []string{withUser, "--password-stdin"}},
		{exitFailed, "correct horse\n", `is called "friends"`, []string{withUser, "--password-stdin", "--contacts", "friends"}},
		{exitFailed, "correct horse\n", "is no dataclass", []string{withUser, "--password-stdin", "--class", "Photos"}},
		{exitDone, "correct horse\n", "Contacts: " + books + "family/", []string{withUser, "--password-stdin", "--contacts", "Family", "--class", "Events", "--uuid", examplePhone}},
		{exitDone, "correct horse\n", "Contacts: " + books + "family/\nregistered", []string{books + "family/", "--user", "ada", "--password-file", secret}},
	} {
		near.run(tc.code, tc.in, append([]string{"client", "add", "dav"}, tc.args...)...)
		said := near.said + near.out
		if !strings.Contains(said, tc.says) || strings.Contains(said, "horse") {
			t.Errorf("bindery client add dav %q says: %s", tc.args, said)
		}
	}
	near.run(exitFailed, "wrong\n", "client", "set", examplePhone, "--password-stdin")
	near.wants(near.said, "refuses this user and password")
	far.run(exitDone, "another horse\n", "account", "passwd", "ada", "--password-stdin")
	near.run(exitDone, "another horse\n", "client", "set", examplePhone, "--password-stdin")
	near.run(exitDone, "", "client", "rm", "--yes", examplePhone)
}

// makeBook makes an address book as ada.
func makeBook(t *testing.T, url, name string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "MKCOL", url, strings.NewReader(`<d:mkcol xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav"><d:set><d:prop>`+
		`<d:resourcetype><d:collection/><c:addressbook/></d:resourcetype><d:displayname>`+name+`</d:displayname></d:prop></d:set></d:mkcol>`))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth("ada", "correct horse")
	r.Header.Set("Content-Type", "application/xml")
	res, err := http.DefaultClient.Do(r)
	if err != nil || res.StatusCode != http.StatusCreated {
		t.Fatal(err, res)
	}
	_ = res.Body.Close()
}
