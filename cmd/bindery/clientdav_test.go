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
	makeBook(t, books+"family/", "Family", "ada", "correct horse")
	elsewhere := httptest.NewServer(http.RedirectHandler(there.url+"/dav/", http.StatusMovedPermanently))
	defer elsewhere.Close()
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
		{exitFailed, "correct horse\n", "(--trust 127.0.0.1:", []string{elsewhere.URL, "--user", "ada", "--password-stdin"}},
		{exitDone, "correct horse\n", "registered dav", []string{elsewhere.URL, "--user", "ada", "--password-stdin", "--trust", there.url, "--contacts", "Family"}},
	} {
		near.run(tc.code, tc.in, append([]string{"client", "add", "dav"}, tc.args...)...)
		said := near.said + near.out
		if !strings.Contains(said, tc.says) || strings.Contains(said, "horse") {
			t.Errorf("bindery client add dav %q says: %s", tc.args, said)
		}
	}
	dir := t.TempDir()
	for name, data := range map[string]string{
		"ann.vcf": "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:a\r\nFN:Ann Abel\r\nN:Abel;Ann;;;\r\nEND:VCARD\r\n",
		"tea.ics": "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VTODO\r\nUID:t\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:Tea\r\nEND:VTODO\r\nEND:VCALENDAR\r\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	near.run(exitDone, "", "sync", dir, "client:"+examplePhone)
	near.wants(near.said, "holds no Tasks")
	near.run(exitFailed, "wrong\n", "client", "set", examplePhone, "--password-stdin")
	near.wants(near.said, "refuses this user and password")
	far.run(exitDone, "another horse\n", "account", "passwd", "ada", "--password-stdin")
	near.run(exitDone, "another horse\n", "client", "set", examplePhone, "--password-stdin")
	near.run(exitDone, "", "client", "rm", "--yes", examplePhone)
}

// makeBook makes an address book as ada.
func makeBook(t *testing.T, url, name, user, password string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "MKCOL", url, strings.NewReader(`<d:mkcol xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav"><d:set><d:prop>`+
		`<d:resourcetype><d:collection/><c:addressbook/></d:resourcetype><d:displayname>`+name+`</d:displayname></d:prop></d:set></d:mkcol>`))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(user, password)
	r.Header.Set("Content-Type", "application/xml")
	res, err := http.DefaultClient.Do(r)
	if err != nil || res.StatusCode != http.StatusCreated {
		t.Fatal(err, res)
	}
	_ = res.Body.Close()
}

// TestTwoDAVServers keeps contacts and events of two servers in step, through a changed password.
func TestTwoDAVServers(t *testing.T) {
	t.Setenv(allowPrivateEnv, "127.0.0.1")
	far, near := &caller{t: t, data: filepath.Join(t.TempDir(), "far")}, &caller{t: t, data: filepath.Join(t.TempDir(), "near")}
	for _, c := range []*caller{far, near} {
		c.run(exitDone, "correct horse\n", "account", "add", "ada", "--password-stdin")
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"book.vcf": card("1", "Anna Berg", "TEL:+4315550100") + card("2", "Otto Adler", "EMAIL:otto@adler.example"),
		"cal.ics": "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x//EN\r\nBEGIN:VEVENT\r\nUID:e1\r\nDTSTAMP:20261101T000000Z\r\nDTSTART:20261124T080000Z\r\n" +
			"DTEND:20261124T090000Z\r\nSUMMARY:Dentist\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		far.run(exitDone, "", "import", filepath.Join(dir, name))
	}
	there := serve(t, far.data)
	near.run(exitDone, "correct horse\n", "client", "add", "dav", there.url, "--user", "ada", "--password-stdin", "--uuid", examplePhone)
	near.run(exitDone, "", "client", "list", "--output", "json")
	store := regexp.MustCompile(`"uuid":"([^"]+)","kind":"datastore"`).FindStringSubmatch(near.out)[1]
	near.run(exitDone, "", "binding", "add", examplePhone, store)
	here := serve(t, near.data)
	if code, said := post(t, here.url+"/v2/syncengine/1/synchronization/"); code != http.StatusOK || strings.Count(said, "<entry") != 4 {
		t.Fatalf("%d %s", code, said)
	}
	ask := func(path string) string {
		_, text := get(t, http.DefaultClient, http.MethodGet, here.url+path, "ada", "correct horse")
		return text
	}
	held := ask("/v2/services/datastore/content/"+store+"/Contacts?file=vcf") + ask("/v2/services/datastore/content/"+store+"/Events?file=ics")
	for _, want := range []string{"+4315550100", "otto@adler.example", "SUMMARY:Dentist"} {
		if !strings.Contains(held, want) {
			t.Errorf("no %s here: %s", want, held)
		}
	}

	far.run(exitDone, "another horse\n", "account", "passwd", "ada", "--password-stdin")
	if code, said := post(t, here.url+"/v2/syncengine/1/synchronization/"); code < 400 || strings.Contains(said, "horse") {
		t.Errorf("by the old password: %d %s", code, said)
	}
	if text := ask("/v2/services/dav/" + examplePhone); !strings.Contains(text, ">must be authorised again<") {
		t.Errorf("%s", text)
	}
	near.run(exitDone, "another horse\n", "client", "set", examplePhone, "--password-stdin")
	if code, said := post(t, here.url+"/v2/syncengine/1/synchronization/"); code != http.StatusOK {
		t.Errorf("by the new password: %d %s", code, said)
	}
	if text := ask("/v2/services/dav/" + examplePhone); !strings.Contains(text, ">authorised<") {
		t.Errorf("%s", text)
	}
}
