package main

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/sources/dav"
)

// fillServer puts n people into the address book, under UIDs that begin with prefix.
func (w *davWorld) fillServer(prefix string, n int) []string {
	w.t.Helper()
	names := people(n)
	for i, name := range names {
		uid := fmt.Sprint(prefix, i)
		w.put(uid+".vcf", person(uid, name, fmt.Sprintf("TEL;TYPE=CELL:+1 555 %07d", i)))
	}
	return names
}

// many is more than the guard lets pass.
const many = 14

// Somebody, or a script, deletes 95 % on one side: the other keeps all until a person has decided.
func TestSyncAddressMostIsDeleted(t *testing.T) {
	for _, tt := range []struct {
		name   string
		remove func(w *davWorld, i int)
	}{
		{"in the folder", func(w *davWorld, i int) { w.remove(w.a, fmt.Sprintf("file-%04d.vcf", i)) }},
		{"at the server", func(w *davWorld, i int) { w.drop(nameAt(w, fmt.Sprintf("Person %04d", i))) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newDAVWorld(t)
			names := w.fill(w.a, "p-", many)
			w.sync(exitDone)
			w.both(names...)
			for i := range many - 3 {
				tt.remove(w, i)
			}
			r := w.sync(exitHeld)["Contacts"]
			if r.Held != many-3 || r.State != "held" || len(w.people())+len(w.names(w.a)) != many+3 {
				t.Errorf("%+v", r)
			}
			if text := w.explained(); !strings.Contains(text, "--approve "+r.Plan) || !strings.Contains(text, w.b) {
				t.Errorf("the explanation cannot be copied: %s", text)
			}
			if again := w.sync(exitHeld)["Contacts"]; again.Plan != r.Plan {
				t.Errorf("again %+v", again)
			}
			w.sync(exitDone, "--approve", r.Plan)
			w.both(names[many-3:]...)
			w.still(exitDone)
		})
	}
}

// nameAt finds the address of a person at the server.
func nameAt(w *davWorld, name string) string {
	for at, data := range w.held(davBook) {
		if strings.Contains(data, "\nFN:"+name+"\r") {
			return at
		}
	}
	w.t.Fatalf("the server has no %s", name)
	return ""
}

// explained gives what a sync says to a person.
func (w *davWorld) explained() string {
	w.t.Helper()
	var out strings.Builder
	run(w.t.Context(), []string{"--data", w.dataDir, "sync", w.a, w.b}, terminal{in: os.Stdin, out: &out, err: io.Discard})
	return out.String()
}

// A side that is emptied is held, however little it held, and comes back when that is refused.
func TestSyncAddressEmptied(t *testing.T) {
	for _, n := range []int{1, many} {
		for _, side := range []string{"folder", "server"} {
			t.Run(fmt.Sprint(n, " ", side), func(t *testing.T) {
				w := newDAVWorld(t)
				names := w.fill(w.a, "p-", n)
				w.sync(exitDone)
				if side == "folder" {
					w.removeMany(w.a, 0, n)
				} else {
					for at := range w.held(davBook) {
						w.drop(at)
					}
				}
				r := w.sync(exitHeld)["Contacts"]
				if r.Held != n || len(w.people())+len(w.names(w.a)) != n {
					t.Errorf("%+v", r)
				}
				w.sync(exitDone, "--reject", r.Plan)
				w.both(names...)
				w.still(exitDone)
			})
		}
	}
}

// The same people are on both sides, under other UIDs or none: none is doubled.
func TestSyncAddressSamePeople(t *testing.T) {
	for _, prefix := range []string{"b-", ""} {
		t.Run("UIDs "+prefix, func(t *testing.T) {
			w := newDAVWorld(t)
			w.fillServer("a-", many)
			names := w.fill(w.a, prefix, many)
			r := w.sync(exitDone)["Contacts"]
			if r.Duplicates != many || r.Source.AddsOut+r.Target.AddsOut != 0 {
				t.Errorf("%+v", r)
			}
			w.both(names...)
			w.still(exitDone)
		})
	}
}

// Cards without a UID are taken by the server under one, and stay as they were in the folder.
func TestSyncAddressWithoutUID(t *testing.T) {
	w := newDAVWorld(t)
	w.write(w.a, "ada.vcf", person("", "Ada"))
	w.write(w.a, "ben.vcf", person("", "Ben"))
	before := w.read(w.a)
	w.sync(exitDone)
	w.both("Ada", "Ben")
	for _, data := range w.held(davBook) {
		if !strings.Contains(data, "\nUID:") {
			t.Errorf("no UID: %s", data)
		}
	}
	if !maps.Equal(before, w.read(w.a)) {
		t.Errorf("the folder was changed: %q", w.read(w.a))
	}
	w.still(exitDone)
}

// What both sides changed of one person without touching the same is on both afterwards.
func TestSyncAddressMerge(t *testing.T) {
	for _, winner := range []string{"source", "target"} {
		t.Run(winner, func(t *testing.T) {
			w := newDAVWorld(t)
			w.write(w.a, "ada.vcf", person("ada", "Ada"))
			w.sync(exitDone)
			at := nameAt(w, "Ada")
			w.write(w.a, "ada.vcf", person("ada", "Ada", "NICKNAME:Countess", "TITLE:Source"))
			w.put(at, person("ada", "Ada", "ROLE:Author", "TITLE:Target"))
			r := w.sync(exitDone, "--conflict", winner)["Contacts"]
			title := map[string]string{"source": "Source", "target": "Target"}[winner]
			for side, data := range map[string]string{"folder": w.read(w.a)["ada.vcf"], "server": w.held(davBook)[at]} {
				for _, line := range []string{"NICKNAME:Countess", "ROLE:Author", "TITLE:" + title} {
					if strings.Count(data, line) != 1 {
						t.Errorf("%s: no %s in %s", side, line, data)
					}
				}
			}
			if r.Conflicts != 1 {
				t.Errorf("%+v", r)
			}
			w.still(exitDone)
		})
	}
}

// An item that one side deleted and the other edited stays, edited.
func TestSyncAddressDeleteAgainstEdit(t *testing.T) {
	for _, side := range []string{"folder", "server"} {
		t.Run("deleted in the "+side, func(t *testing.T) {
			w := newDAVWorld(t)
			names := w.fill(w.a, "p-", 3)
			w.sync(exitDone)
			at, edited := nameAt(w, names[0]), person("p-0", names[0], "TITLE:Edited")
			if side == "folder" {
				w.remove(w.a, "file-0000.vcf")
				w.put(at, edited)
			} else {
				w.drop(at)
				w.write(w.a, "file-0000.vcf", edited)
			}
			w.sync(exitDone)
			w.both(names...)
			if all := fmt.Sprint(w.read(w.a), w.held(davBook)); strings.Count(all, "TITLE:Edited") != 2 {
				t.Errorf("the edit is lost: %s", all)
			}
			w.still(exitDone)
		})
	}
}

// Two files with one UID, which a collection may hold once: nothing stops, and whoever is not taken stays where he is.
func TestSyncAddressOneUIDTwice(t *testing.T) {
	for _, tt := range []struct {
		name, second string
		code         int
	}{
		{"a copy", "Ada", exitDone},
		{"another person", "Zoe", exitPartly},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newDAVWorld(t)
			w.write(w.a, "ada.vcf", person("one", "Ada"))
			w.write(w.a, "again.vcf", person("one", tt.second))
			names := w.fill(w.a, "p-", 5)
			before := w.read(w.a)
			for range 4 {
				code := exitDone
				if tt.second == "Zoe" {
					code = exitPartly
				}
				w.syncs(code, exitDone)
			}
			got := w.people()
			for _, name := range names {
				if got[name] != 1 {
					t.Errorf("the server holds %s %d times", name, got[name])
				}
			}
			if got["Ada"]+got[tt.second] < 1 {
				t.Errorf("neither of the two is there: %v", got)
			}
			if !maps.Equal(before, w.read(w.a)) {
				t.Errorf("the folder was changed: %q", w.read(w.a))
			}
		})
	}
}

// syncs runs the command and wants one of some exit statuses.
func (w *davWorld) syncs(codes ...int) {
	w.t.Helper()
	var errs strings.Builder
	got := run(w.t.Context(), w.args(), terminal{in: os.Stdin, out: io.Discard, err: &errs})
	if !slices.Contains(codes, got) {
		w.t.Fatalf("exit status %d, want one of %d: %s", got, codes, errs.String())
	}
}

// Garbage goes nowhere, and stops nobody.
func TestSyncAddressGarbage(t *testing.T) {
	w := newDAVWorld(t)
	names := w.fill(w.a, "p-", 2)
	w.write(w.a, "garbage.vcf", "garbage\n")
	w.write(w.a, "empty.vcf", "")
	if r := w.sync(exitPartly)["Contacts"]; r.Quarantined != 2 {
		t.Errorf("%+v", r)
	}
	if got := w.people(); len(got) != 2 || got[names[0]] != 1 {
		t.Errorf("the server holds %v", got)
	}
	w.sync(exitDone)
	if w.read(w.a)["garbage.vcf"] != "garbage\n" {
		t.Error("the garbage is gone")
	}
}

// A dry run writes nothing, to no side and not to the data directory.
func TestSyncAddressDryRun(t *testing.T) {
	w := newDAVWorld(t)
	w.write(w.a, "ada.vcf", person("ada", "Ada"))
	w.put("ben.vcf", person("ben", "Ben"))
	before := fmt.Sprint(w.read(w.a), w.held(davBook))
	w.requests()
	r := w.sync(exitDone, "--dry-run")["Contacts"]
	if r.State != statePlanned || r.Source.AddsOut != 1 || r.Target.AddsOut != 1 {
		t.Errorf("%+v", r)
	}
	for _, asked := range w.requests() {
		if method, _, _ := strings.Cut(asked, " "); !slices.Contains([]string{"PROPFIND", "REPORT", "GET", "HEAD", "OPTIONS"}, method) {
			t.Errorf("asked %s", asked)
		}
	}
	if after := fmt.Sprint(w.read(w.a), w.held(davBook)); after != before {
		t.Errorf("%s became %s", before, after)
	}
	if _, err := os.Stat(w.dataDir); err == nil {
		t.Error("there is a data directory")
	}
	w.b = w.at("nora", "/dav/addressbooks/nora/none/")
	w.sync(exitUsage, "--dry-run", "--make")
	if code, _ := w.do("PROPFIND", "/dav/addressbooks/nora/none/", ""); code == http.StatusMultiStatus {
		t.Errorf("a collection was made: %d", code)
	}
}

// What a sync overwrote or deleted comes back, to the server too.
func TestSyncAddressRestore(t *testing.T) {
	w := newDAVWorld(t)
	names := w.fill(w.a, "p-", 3)
	w.sync(exitDone)
	w.remove(w.a, "file-0000.vcf")
	r := w.sync(exitDone)["Contacts"]
	w.both(names[1:]...)
	var errs strings.Builder
	if code := run(t.Context(), []string{"--data", w.dataDir, "restore", "--sync", fmt.Sprint(r.Log)}, terminal{in: os.Stdin, out: io.Discard, err: &errs}); code != exitDone {
		t.Fatalf("restore: %d: %s", code, errs.String())
	}
	w.sync(exitDone)
	w.both(names...)
	w.still(exitDone)
	t.Setenv(passwordEnv, "")
	if code := run(t.Context(), []string{"--data", w.dataDir, "restore", "--sync", fmt.Sprint(r.Log)}, terminal{in: os.Stdin, out: io.Discard, err: &errs}); code != exitUsage {
		t.Errorf("restored without a password: %d", code)
	}
}

// A client that stands for an address is that address.
func TestSyncAddressByItsClient(t *testing.T) {
	w := newDAVWorld(t)
	w.write(w.a, "ada.vcf", person("ada", "Ada"))
	w.sync(exitDone)
	h, err := place(w.dataDir).openMade(t)
	if err != nil {
		t.Fatal(err)
	}
	a, err := h.bindings.AccountByName(t.Context(), localName)
	if err != nil {
		t.Fatal(err)
	}
	list, err := h.bindings.Clients(t.Context(), a.ID, dav.KindName)
	if err != nil || len(list) != 1 {
		t.Fatalf("%v, %v", list, err)
	}
	w.b = "client:" + list[0].ID
	w.still(exitDone)
	w.write(w.a, "ben.vcf", person("ben", "Ben"))
	w.sync(exitDone, "--dry-run")
	w.sync(exitDone)
	w.both("Ada", "Ben")
}

// Nothing to do is one request.
func TestSyncAddressNothingToDo(t *testing.T) {
	w := newDAVWorld(t)
	w.fill(w.a, "p-", 3)
	w.sync(exitDone)
	w.sync(exitDone)
	w.requests()
	w.sync(exitDone)
	if got := w.requests(); len(got) != 1 {
		t.Errorf("asked %q", got)
	}
}

// Two addresses are kept in step like any two sides, and one collection is not kept in step with itself.
func TestSyncTwoAddresses(t *testing.T) {
	w := newDAVWorld(t)
	w.put("ada.vcf", person("ada", "Ada"))
	w.a = w.at("paul", "/dav/addressbooks/paul/contacts/")
	if r := w.sync(exitDone, "--class", "Contacts")["Contacts"]; r.Source.AddsOut != 1 || r.Target.AddsIn != 1 {
		t.Errorf("%+v", r)
	}
	w.put("ada.vcf", person("ada", "Ada", "TITLE:Edited"))
	if r := w.sync(exitDone)["Contacts"]; r.Source.ReplacesOut != 1 {
		t.Errorf("%+v", r)
	}
	w.a = w.at("nora", "/dav/")
	w.sync(exitUsage)
	if !strings.Contains(w.stderr, "lead to the same collection") {
		t.Error(w.stderr)
	}
}

// A folder's new dataclass finds its collection when it comes up.
func TestSyncAddressNewDataclass(t *testing.T) {
	w := newDAVWorld(t)
	w.b = w.at("nora", "/dav/")
	w.write(w.a, "ada.vcf", person("ada", "Ada"))
	w.sync(exitDone)
	w.write(w.a, "e.ics", calendarItem("VEVENT", "e"))
	if r := w.sync(exitDone)["Events"]; r.Target.AddsOut != 1 {
		t.Errorf("%+v", r)
	}
	if got := w.held("/dav/calendars/nora/events/"); len(got) != 1 {
		t.Errorf("%q", got)
	}
	if got := w.collections(); len(got) != 2 {
		t.Errorf("%q", got)
	}
}

// A collection that is gone is an error; where it is now is found when that is asked for, and nothing is lost.
func TestSyncAddressMoved(t *testing.T) {
	w := newDAVWorld(t)
	names := w.fill(w.a, "p-", 3)
	const book = `<?xml version="1.0"?><d:mkcol xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav"><d:set><d:prop><d:resourcetype><d:collection/><c:addressbook/></d:resourcetype></d:prop></d:set></d:mkcol>`
	w.do("MKCOL", "/dav/addressbooks/nora/first/", book, "Content-Type", "application/xml")
	w.b = w.at("nora", "/dav/addressbooks/nora/first/")
	w.sync(exitDone)
	w.do(http.MethodDelete, "/dav/addressbooks/nora/first/", "")
	w.sync(exitFailed)
	w.sync(exitUsage, "--find-again")
	w.once(w.a, names...)
	r := w.sync(exitHeld, "--find-again", "--make")["Contacts"] // as one that was emptied
	w.once(w.a, names...)
	w.sync(exitDone, "--reject", r.Plan)
	w.once(w.a, names...)
	if got := w.held("/dav/addressbooks/nora/first/"); len(got) != 3 {
		t.Errorf("%d are there again: %q", len(got), got)
	}
}

// An answer that cannot be believed ends the sync, and nothing is deleted because of it.
func TestSyncAddressBadAnswers(t *testing.T) {
	whole := func(status int, kind, text string) func(http.ResponseWriter, *http.Request, http.Handler) {
		return func(rw http.ResponseWriter, _ *http.Request, _ http.Handler) {
			rw.Header().Set("Content-Type", kind)
			rw.WriteHeader(status)
			_, _ = io.WriteString(rw, text)
		}
	}
	w := newDAVWorld(t)
	names := w.fill(w.a, "p-", many)
	w.sync(exitDone)
	for _, tt := range []struct {
		name string
		meet func(http.ResponseWriter, *http.Request, http.Handler)
	}{
		{"refused", whole(http.StatusUnauthorized, "text/plain", "")},
		{"forbidden", whole(http.StatusForbidden, "text/plain", "")},
		{"gone", whole(http.StatusNotFound, "text/plain", "")},
		{"gone for ever", whole(http.StatusGone, "text/plain", "")},
		{"not known how", whole(http.StatusNotImplemented, "text/html", "<html>")},
		{"a web site", whole(http.StatusOK, "text/html", "<!DOCTYPE html><html><body>Please log in</body></html>")},
		{"nothing", whole(http.StatusOK, "", "")},
		{"cut", whole(http.StatusMultiStatus, "application/xml", `<?xml version="1.0"?><d:multistatus xmlns:d="DAV:"><d:response>`)},
		{"another document", whole(http.StatusMultiStatus, "application/xml", `<feed xmlns="http://www.w3.org/2005/Atom"/>`)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			one := *w.syncWorld
			one.t = t
			w.meets(tt.meet)
			defer w.meets(nil)
			before := fmt.Sprint(one.read(w.a))
			one.sync(exitFailed)
			one.sync(exitFailed, "--mode", "slow")
			if fmt.Sprint(one.read(w.a)) != before || strings.Contains(one.stderr, davPassword) {
				t.Errorf("the folder was changed: %s", one.stderr)
			}
		})
	}
	w.still(exitDone)
	w.both(names...)
}
