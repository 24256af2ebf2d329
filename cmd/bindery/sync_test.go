package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
)

// The same people under other ids are the same people.
func TestSyncOtherUIDsMakeNoDuplicates(t *testing.T) {
	for name, prefix := range map[string]string{"other UIDs": "b-", "no UIDs": ""} {
		t.Run(name, func(t *testing.T) {
			w := newSyncWorld(t)
			names := w.fill(w.a, "a-", 1000)
			w.fill(w.b, prefix, 1000)
			r := w.sync(exitDone)["Contacts"]
			if r.Duplicates != 1000 || r.Removed != 1000 || r.Source.AddsIn != 1000 || r.Target.AddsIn != 1000 || r.Source.AddsOut+r.Target.AddsOut != 0 {
				t.Errorf("report %+v", r)
			}
			w.once(w.a, names...)
			w.once(w.b, names...)
			w.rest(exitDone)
		})
	}
}

// What both sides changed in different places is joined, whoever wins conflicts.
func TestSyncMergesEditsOfOneCard(t *testing.T) {
	for _, winner := range []string{"source", "target"} {
		t.Run(winner, func(t *testing.T) {
			w := newSyncWorld(t)
			w.write(w.a, "ada.vcf", person("ada", "Ada"))
			w.sync(exitDone)
			w.write(w.a, "ada.vcf", person("ada", "Ada", "NICKNAME:Addie"))
			w.write(w.b, "ada.vcf", person("ada", "Ada", "ROLE:Tester"))
			if r := w.sync(exitDone, "--conflict", winner)["Contacts"]; r.Conflicts != 0 || r.Source.ReplacesOut != 1 || r.Target.ReplacesOut != 1 {
				t.Errorf("report %+v", r)
			}
			for _, dir := range []string{w.a, w.b} {
				if got := w.read(dir)["ada.vcf"]; !strings.Contains(got, "NICKNAME:Addie") || !strings.Contains(got, "ROLE:Tester") {
					t.Errorf("%s holds %q", filepath.Base(dir), got)
				}
			}
			w.rest(exitDone)
		})
	}
}

// An edit survives the deletion on the other side, in both directions and whoever wins conflicts.
func TestSyncEditSurvivesDelete(t *testing.T) {
	for _, winner := range []string{"source", "target"} {
		t.Run(winner, func(t *testing.T) {
			w := newSyncWorld(t)
			w.write(w.a, "ada.vcf", person("ada", "Ada"))
			w.write(w.a, "ben.vcf", person("ben", "Ben"))
			w.sync(exitDone)
			w.remove(w.a, "ada.vcf")
			w.write(w.b, "ada.vcf", person("ada", "Ada", "ROLE:Tester"))
			w.remove(w.b, "ben.vcf")
			w.write(w.a, "ben.vcf", person("ben", "Ben", "ROLE:Tester"))
			if r := w.sync(exitDone, "--conflict", winner)["Contacts"]; r.Conflicts != 2 || r.Source.AddsOut != 1 || r.Target.AddsOut != 1 {
				t.Errorf("report %+v", r)
			}
			for _, dir := range []string{w.a, w.b} {
				w.once(dir, "Ada", "Ben")
				if all := w.read(dir); strings.Count(strings.Join(values(all), ""), "ROLE:Tester") != 2 {
					t.Errorf("%s lost an edit: %q", filepath.Base(dir), all)
				}
			}
			w.rest(exitDone)
		})
	}
}

func values(m map[string]string) (all []string) {
	for _, v := range m {
		all = append(all, v)
	}
	return all
}

// Two files with one UID are two items, whatever their UID says; the others are not held up.
func TestSyncTwoFilesWithOneUID(t *testing.T) {
	w := newSyncWorld(t)
	w.write(w.a, "one.vcf", person("same", "Ada"))
	w.write(w.a, "two.vcf", person("same", "Ben"))
	w.write(w.a, "three.vcf", person("other", "Cleo"))
	w.sync(exitDone)
	w.once(w.a, "Ada", "Ben", "Cleo")
	w.once(w.b, "Ada", "Ben", "Cleo")
	w.rest(exitDone)
}

// A file that is no item stays where it is, says so, and stops nothing; it goes on when it can be read.
func TestSyncGarbageIsSetAside(t *testing.T) {
	w := newSyncWorld(t)
	w.write(w.a, "bad.vcf", "garbage\n")
	w.write(w.a, "empty.vcf", "")
	w.write(w.a, "ada.vcf", person("ada", "Ada"))
	if r := w.sync(exitPartly)["Contacts"]; r.Quarantined != 2 || r.State != "done" {
		t.Errorf("report %+v", r)
	}
	w.once(w.b, "Ada")
	w.rest(exitDone) // it is not new any more
	w.write(w.a, "bad.vcf", person("bad", "Ben"))
	w.sync(exitDone)
	w.once(w.b, "Ada", "Ben")
	w.write(w.a, "ada.vcf", "garbage\n") // a linked item
	w.sync(exitPartly)
	w.once(w.b, "Ada", "Ben")
	w.write(w.b, "ada.vcf", person("ada", "Ada", "ROLE:Tester")) // edited meanwhile on the good side
	w.sync(exitDone)                                             // what waits for the bad one is no news
	if got := w.read(w.a)["ada.vcf"]; got != "garbage\n" {
		t.Errorf("what cannot be read was overwritten: %q", got)
	}
	w.write(w.a, "ada.vcf", person("ada", "Ada"))
	w.sync(exitDone)
	if got := w.read(w.a)["ada.vcf"]; !strings.Contains(got, "ROLE:Tester") {
		t.Errorf("the edit was lost: %q", got)
	}
	w.rest(exitDone)
}

// The side that a mode names is that of the command line, whichever of the two the binding calls its source.
func TestSyncModes(t *testing.T) {
	for _, swap := range []bool{false, true} {
		for mode, tc := range map[string]struct {
			code         int
			first, other []string // who is there after, on the side of the first argument and on the other
		}{
			"one-way-from-source": {202, []string{"Ada", "One"}, []string{"Ada", "One", "Two"}},
			"one-way-from-target": {204, []string{"Ada", "One", "Two"}, []string{"Ada", "Two"}},
			"refresh-from-source": {203, []string{"Ada", "One"}, []string{"Ada", "One"}},
			"refresh-from-target": {205, []string{"Ada", "Two"}, []string{"Ada", "Two"}},
		} {
			t.Run(fmt.Sprint(mode, " swapped ", swap), func(t *testing.T) {
				w := newSyncWorld(t)
				w.write(w.a, "ada.vcf", person("ada", "Ada"))
				w.sync(exitDone)
				if swap {
					w.a, w.b = w.b, w.a
				}
				w.write(w.a, "one.vcf", person("one", "One"))
				w.write(w.b, "two.vcf", person("two", "Two"))
				if r := w.sync(exitDone, "--mode", mode)["Contacts"]; r.Mode != tc.code {
					t.Errorf("report %+v", r)
				}
				w.once(w.a, tc.first...)
				w.once(w.b, tc.other...)
			})
		}
	}
}

// A folder that cannot be listed stops the sync; nothing is deleted because of it.
func TestSyncMissingFolder(t *testing.T) {
	w := newSyncWorld(t)
	names := w.fill(w.a, "a-", 20)
	w.sync(exitDone)
	if err := os.Rename(w.b, w.b+".away"); err != nil {
		t.Fatal(err)
	}
	w.sync(exitFailed)
	w.once(w.a, names...)
	if err := os.Rename(w.b+".away", w.b); err != nil {
		t.Fatal(err)
	}
	w.rest(exitDone)
	if err := os.Rename(w.b, w.b+".away"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(w.b, 0o700); err != nil { // as where a disk is not mounted
		t.Fatal(err)
	}
	w.sync(exitDone)
	w.once(w.a, names...)
}

// One who finds another at work is told whom, and changes nothing.
func TestSyncBusy(t *testing.T) {
	w := newSyncWorld(t)
	w.fill(w.a, "a-", 3)
	w.sync(exitDone)
	unlock, err := place(w.dataDir).occupy(1)
	if err != nil {
		t.Fatal(err)
	}
	w.sync(exitFailed)
	if want := "process " + strings.TrimSpace(pidOf(t, w.dataDir)); !strings.Contains(w.stderr, want) {
		t.Errorf("said %q, want %q in it", w.stderr, want)
	}
	if err := os.Truncate(filepath.Join(w.dataDir, "sync-1.lock"), 0); err != nil { // it has just begun
		t.Fatal(err)
	}
	w.sync(exitFailed)
	if !strings.Contains(w.stderr, "by another process; try") {
		t.Errorf("said %q of one that has not written its number", w.stderr)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	w.rest(exitDone)
}

func pidOf(t *testing.T, dir string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "sync-1.lock"))
	if err != nil || len(data) == 0 {
		t.Fatalf("lock file: %q, %v", data, err)
	}
	return string(data)
}

// A folder and the datastore of an account.
func TestSyncRegisteredClient(t *testing.T) {
	w := newSyncWorld(t)
	p := place(w.dataDir)
	var account bindings.Account
	var client string
	enter := func(fn func(h *house) error) {
		t.Helper()
		if err := p.enter(t.Context(), quiet(&terminal{err: os.Stderr}), fn); err != nil {
			t.Fatal(err)
		}
	}
	enter(func(h *house) (err error) {
		if account, err = h.bindings.CreateAccount(t.Context(), bindings.NewAccount{Name: "ada", Password: "invented"}); err != nil {
			return err
		}
		list, err := h.bindings.Clients(t.Context(), account.ID, "")
		if err != nil {
			return err
		}
		client = list[0].ID
		phone, err := h.bindings.CreateClient(t.Context(), account.ID, bindings.NewClient{Kind: "syncml", DeviceID: "invented"})
		w.b = "client:" + phone.ID
		return err
	})
	w.sync(exitUsage)
	w.fill(w.a, "a-", 3)
	w.b = "client:" + strings.ToUpper(client)
	if r := w.sync(exitDone)["Contacts"]; r.Target.AddsOut != 3 {
		t.Errorf("report %+v", r)
	}
	enter(func(h *house) error {
		it, err := h.items.Items(account.ID, client).Put(t.Context(), dataclass.Notes, "", "",
			dataclass.Body{Type: "text/plain", Data: []byte("a note")})
		if err == nil && it.ID == "" {
			t.Error("no id")
		}
		return err
	})
	if r := w.sync(exitDone)["Notes"]; r.Source.AddsOut != 1 {
		t.Errorf("report %+v", r)
	}
	if got := len(w.read(w.a)); got != 4 {
		t.Errorf("%d files", got)
	}
}

func TestWorse(t *testing.T) {
	order := []int{exitDone, exitPartly, exitHeld, exitFailed, exitUsage}
	for i, a := range order {
		for j, b := range order {
			if got := worse(a, b); got != order[max(i, j)] {
				t.Errorf("worse(%d, %d) = %d", a, b, got)
			}
		}
	}
}

// The bar is for terminals only: what it draws goes nowhere else.
func TestProgress(t *testing.T) {
	var out bytes.Buffer
	p := &progress{out: &out}
	p.start(dataclass.Contacts)
	p.move(10, 5)
	if got := out.String(); !strings.Contains(got, "Contacts  [###############...............] 5 of 10") {
		t.Errorf("drawn %q", got)
	}
	if got := drawBar("Notes", 7, 0); !strings.Contains(got, "["+strings.Repeat(".", barWidth)+"]") {
		t.Errorf("drawn %q", got)
	}
	if got := drawBar("Notes", 7, 5); !strings.Contains(got, "["+strings.Repeat("#", barWidth)+"]") {
		t.Errorf("drawn %q", got)
	}
	if newProgress(&terminal{err: &out}).out != nil {
		t.Error("a bar without a terminal")
	}
}

// The same people under other ids, each side with details that the other lacks: they are joined, not doubled.
func TestSyncOtherUIDsAndOtherDetails(t *testing.T) {
	for name, prefix := range map[string]string{"other UIDs": "b-", "no UIDs": ""} {
		t.Run(name, func(t *testing.T) {
			w := newSyncWorld(t)
			names := people(50)
			for i, n := range names {
				tel := fmt.Sprintf("TEL;TYPE=CELL:+4755500%03d", i)
				uid := prefix
				if prefix != "" {
					uid = fmt.Sprint(prefix, i)
				}
				w.write(w.a, fmt.Sprintf("%03d.vcf", i), person(fmt.Sprint("a-", i), n, tel, "NICKNAME:Nick"))
				w.write(w.b, fmt.Sprintf("x%03d.vcf", i), person(uid, n, tel, "ROLE:Tester"))
			}
			if r := w.sync(exitDone)["Contacts"]; r.Duplicates != 50 || r.Source.AddsOut+r.Target.AddsOut != 0 {
				t.Errorf("report %+v", r)
			}
			for _, dir := range []string{w.a, w.b} {
				w.once(dir, names...)
				all := strings.Join(values(w.read(dir)), "")
				if n, m := strings.Count(all, "NICKNAME:Nick"), strings.Count(all, "ROLE:Tester"); n != 50 || m != 50 {
					t.Errorf("%s holds %d nicknames and %d roles", filepath.Base(dir), n, m)
				}
			}
			w.rest(exitDone)
		})
	}
}
