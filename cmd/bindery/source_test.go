package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
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
		{exitUsage, "", "of the kind gdata and dav", []string{"client", "add", "datastore", "--user", "nora"}},
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

// TestTwoServers keeps the contacts and events of two servers in step, through a changed password.
func TestTwoServers(t *testing.T) {
	t.Setenv(allowPrivateEnv, "127.0.0.1")
	far, near := &caller{t: t, data: filepath.Join(t.TempDir(), "far")}, &caller{t: t, data: filepath.Join(t.TempDir(), "near")}
	for _, c := range []*caller{far, near} {
		c.run(exitDone, "correct horse\n", "account", "add", "ada", "--password-stdin")
	}
	book := filepath.Join(t.TempDir(), "book.vcf")
	if err := os.WriteFile(book, []byte(card("1", "Anna Berg", "TEL:+4315550100")+card("2", "Otto Adler", "EMAIL:otto@adler.example")), 0o600); err != nil {
		t.Fatal(err)
	}
	far.run(exitDone, "", "import", book)
	there := serve(t, far.data)
	near.run(exitDone, "", "source", "add", "other", there.url)
	near.run(exitDone, "correct horse\n", "client", "add", "gdata", "--source", "other", "--user", "ada", "--password-stdin", "--uuid", examplePhone)
	near.run(exitDone, "", "client", "list", "--output", "json")
	store := regexp.MustCompile(`"uuid":"([^"]+)","kind":"datastore"`).FindStringSubmatch(near.out)[1]
	near.run(exitDone, "", "binding", "add", examplePhone, store)
	here := serve(t, near.data)
	if code, said := post(t, here.url+"/v2/syncengine/1/synchronization/"); code != http.StatusOK || strings.Count(said, "<entry") != 2 {
		t.Fatalf("%d %s", code, said)
	}
	_, held := get(t, http.DefaultClient, http.MethodGet, here.url+"/v2/services/datastore/content/"+store+"/Contacts?file=vcf", "ada", "correct horse")
	for _, want := range []string{"Anna", "+4315550100", "Otto", "otto@adler.example"} {
		if !strings.Contains(held, want) {
			t.Errorf("no %s here: %s", want, held)
		}
	}

	far.run(exitDone, "another horse\n", "account", "passwd", "ada", "--password-stdin")
	code, said := post(t, here.url+"/v2/syncengine/1/synchronization/")
	if code < 400 || strings.Contains(said, "horse") {
		t.Errorf("by the old password: %d %s", code, said)
	}
	state := func() string {
		_, text := get(t, http.DefaultClient, http.MethodGet, here.url+"/v2/services/gdata/"+examplePhone, "ada", "correct horse")
		return text
	}
	if text := state(); !strings.Contains(text, ">must be authorised again<") {
		t.Errorf("%s", text)
	}
	near.run(exitDone, "another horse\n", "client", "set", examplePhone, "--password-stdin")
	if code, said := post(t, here.url+"/v2/syncengine/1/synchronization/"); code != http.StatusOK {
		t.Errorf("by the new password: %d %s", code, said)
	}
	if text := state(); !strings.Contains(text, ">authorised<") {
		t.Errorf("%s", text)
	}
}

// post starts something as ada.
func post(t *testing.T, url string) (int, string) {
	t.Helper()
	return get(t, http.DefaultClient, http.MethodPost, url, "ada", "correct horse")
}
