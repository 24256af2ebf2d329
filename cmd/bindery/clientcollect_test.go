package main

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
)

// inBook gives the UIDs of the contacts in an address book of ada's, sorted.
func inBook(t *testing.T, url string) []string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "REPORT", url, strings.NewReader(`<c:addressbook-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav"><d:prop><c:address-data/></d:prop></c:addressbook-query>`))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth("ada", "correct horse")
	r.Header.Set("Content-Type", "application/xml")
	r.Header.Set("Depth", "1")
	res, err := http.DefaultClient.Do(r)
	if err != nil || res.StatusCode != http.StatusMultiStatus {
		t.Fatal(err, res)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var uids []string
	for _, m := range regexp.MustCompile(`UID:(\w+)`).FindAllStringSubmatch(string(text), -1) {
		uids = append(uids, m[1])
	}
	slices.Sort(uids)
	return uids
}

// TestOtherCollections gives an account on another server other collections, and the first ones again: with the real
// server, engine and database nothing is deleted anywhere, and nothing is there twice.
func TestOtherCollections(t *testing.T) {
	t.Setenv(allowPrivateEnv, "127.0.0.1")
	far, near := &caller{t: t, data: filepath.Join(t.TempDir(), "far")}, &caller{t: t, data: filepath.Join(t.TempDir(), "near")}
	for _, c := range []*caller{far, near} {
		c.run(exitDone, "correct horse\n", "account", "add", "ada", "--password-stdin")
	}
	there := serve(t, far.data)
	books := there.url + "/dav/addressbooks/ada/"
	put := func(book, uid, name string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, books+book+"/"+uid+".vcf", strings.NewReader(card(uid, name, "NOTE:met in spring")))
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth("ada", "correct horse")
		res, err := http.DefaultClient.Do(r)
		if err != nil || res.StatusCode != http.StatusCreated {
			t.Fatal(err, res)
		}
		_ = res.Body.Close()
	}
	for book, name := range map[string]string{"family": "Family", "club": "Club"} {
		makeBook(t, books+book+"/", name, "ada", "correct horse")
	}
	put("family", "a1", "Anna Berg")
	put("family", "a2", "Otto Adler")
	put("club", "a2", "Otto Adler") // the same person in both
	put("club", "c3", "Cem Carl")
	near.run(exitDone, "correct horse\n", "client", "add", "dav", strings.Replace(there.url, "://", "://ada@", 1), "--password-stdin", "--contacts", "Family", "--uuid", examplePhone)
	near.run(exitDone, "", "client", "list", "--output", "json")
	store := regexp.MustCompile(`"uuid":"([^"]+)","kind":"datastore"`).FindStringSubmatch(near.out)[1]
	near.run(exitDone, "", "binding", "add", examplePhone, store)
	sync := func() {
		t.Helper()
		near.run(exitDone, "", "sync", "client:"+examplePhone, "client:"+store)
	}
	holds := func(family, club string, here int) {
		t.Helper()
		file := filepath.Join(t.TempDir(), "all.vcf")
		near.run(exitDone, "", "export", "--as-file", "--client", store, file)
		text, err := os.ReadFile(file)
		if n := strings.Count(string(text), "BEGIN:VCARD"); err != nil || n != here {
			t.Errorf("%d contacts here, wanted %d: %v\n%s", n, here, err, text)
		}
		for book, want := range map[string]string{"family": family, "club": club} {
			if got := strings.Join(inBook(t, books+book+"/"), " "); got != want {
				t.Errorf("%s holds %q, wanted %q", book, got, want)
			}
		}
	}
	sync()
	holds("a1 a2", "a2 c3", 2)
	for _, tc := range []struct {
		code int
		says string
		args []string
	}{
		{exitDone, books + "club/", []string{"--look"}},
		{exitUsage, "--yes", []string{"--contacts", "Club"}},
		{exitFailed, `is called "Friends"`, []string{"--contacts", "Friends", "--yes"}},
		{exitUsage, "with --class", []string{"--make", "--yes"}},
		{exitUsage, "it has no Photos", []string{"--without", "Photos", "--yes"}},
		{exitDone, "nothing is to be changed", []string{"--contacts", "Family"}},
		{exitDone, "Contacts: " + books + "club/ instead of " + books + "family/\nNothing is deleted", []string{"--contacts", "Club", "--yes"}},
	} {
		near.run(tc.code, "", append([]string{"client", "set", examplePhone}, tc.args...)...)
		if said := near.said + near.out; !strings.Contains(said, tc.says) || strings.Contains(said, "horse") {
			t.Errorf("bindery client set %q says: %s", tc.args, said)
		}
	}
	sync()
	holds("a1 a2", "a1 a2 c3", 3)
	near.run(exitDone, "", "client", "set", examplePhone, "--contacts", "Family", "--class", "Events", "--yes")
	sync()
	holds("a1 a2 c3", "a1 a2 c3", 3)
	near.run(exitDone, "", "client", "set", examplePhone, "--without", "Contacts", "--yes")
	sync()
	holds("a1 a2 c3", "a1 a2 c3", 3)
	near.run(exitDone, "", "client", "set", examplePhone, "--contacts", "Club", "--yes")
	sync()
	sync()
	holds("a1 a2 c3", "a1 a2 c3", 3)

	// While a sync is at work nothing is changed under it.
	h, err := place(near.data).open(t.Context(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	owner, err := h.ownerOf(t.Context(), examplePhone)
	if err == nil {
		_, err = h.bindings.Journal().Lease(t.Context(), engine.Ref{Owner: owner, Binding: 1, Class: dataclass.Contacts}, "", false)
	}
	if err := errors.Join(err, h.close()); err != nil {
		t.Fatal(err)
	}
	near.run(exitFailed, "", "client", "set", examplePhone, "--contacts", "Family", "--yes")
	near.wants(near.said, "is going on; try again")
}
