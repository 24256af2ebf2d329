package main

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources/syncml/phonetest"
)

// A salvage is a datastore between a phone and a folder, whose database is brought back from a backup.
type salvage struct {
	*caller
	folder, file string
	server       *running
	handset      *phonetest.Phone
}

func newSalvage(t *testing.T, m phonetest.Model) *salvage {
	w := &salvage{caller: &caller{t: t, data: filepath.Join(t.TempDir(), "data")}, folder: t.TempDir(), file: filepath.Join(t.TempDir(), "backup")}
	w.inside(func(h *house) error {
		a, err := h.bindings.CreateAccount(t.Context(), bindings.NewAccount{Name: "ada", Password: "secret"})
		if err != nil {
			return err
		}
		stores, err := h.bindings.Clients(t.Context(), a.ID, "datastore")
		w.store = stores[0].ID
		return err
	})
	w.handset = phonetest.New(m, "IMEI:490000000000009", w)
	w.handset.User = "ada"
	w.handset.Breach = func(what string) { t.Error(what) }
	return w
}

// Post implements phonetest.Line.
func (w *salvage) Post(contentType, _ string, body []byte) (phonetest.Reply, error) {
	if w.server == nil {
		return phonetest.Reply{}, errors.New("nobody there")
	}
	res, err := http.Post(w.server.url+"/syncml", contentType, bytes.NewReader(body))
	if err != nil {
		return phonetest.Reply{}, err
	}
	defer func() { _ = res.Body.Close() }()
	out, err := io.ReadAll(res.Body)
	return phonetest.Reply{Status: res.StatusCode, Type: res.Header.Get("Content-Type"), Body: out}, err
}

func (w *salvage) start() { w.server = serve(w.t, w.data) }

func (w *salvage) halt() {
	w.server.end(w.t)
	w.server = nil
}

// call lets the phone sync, and gives the mode.
func (w *salvage) call() int {
	w.t.Helper()
	r, err := w.handset.Sync(200)
	if err != nil {
		w.t.Fatal(err)
	}
	return r.Mode
}

// file syncs the folder.
func (w *salvage) files() {
	w.t.Helper()
	w.run(exitDone, "", "sync", "--class", "Contacts", "client:"+w.store, w.folder)
}

// settle syncs until everybody has everything.
func (w *salvage) settle(phoneFirst bool) {
	w.t.Helper()
	if phoneFirst {
		w.call()
	}
	for range 2 {
		w.files()
		w.call()
	}
	w.files()
}

func someone(name string, tels ...string) phonetest.Contact {
	given, family, _ := strings.Cut(name, " ")
	c := phonetest.Contact{Given: given, Family: family}
	for _, n := range tels {
		c.Values = append(c.Values, phonetest.Value{Kind: phonetest.Tel, Text: n, Type: "CELL"})
	}
	return c
}

// put writes a contact into the folder.
func (w *salvage) put(file string, c phonetest.Contact) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.folder, file+".vcf"), []byte(c.Card30()), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// held gives who is on the phone and in the folder, with their numbers, sorted.
func (w *salvage) holdsNow() (phone, folder []string) {
	w.t.Helper()
	for _, c := range w.handset.Items() {
		phone = append(phone, c.Given+" "+c.Family+" "+strings.Join(c.Texts(phonetest.Tel), ","))
	}
	names, err := filepath.Glob(filepath.Join(w.folder, "*.vcf"))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			w.t.Fatal(err)
		}
		c, err := phonetest.ParseCard(string(data))
		if err != nil {
			w.t.Fatal(err)
		}
		folder = append(folder, c.Given+" "+c.Family+" "+strings.Join(c.Texts(phonetest.Tel), ","))
	}
	slices.Sort(phone)
	slices.Sort(folder)
	return phone, folder
}

func (w *salvage) wantHeld(want ...string) {
	w.t.Helper()
	phone, folder := w.holdsNow()
	if diff := cmp.Diff(want, folder); diff != "" {
		w.t.Errorf("folder (-want +has):\n%s", diff)
	}
	for i, s := range want {
		name, tel, _ := strings.Cut(s, " +")
		stored := w.handset.Stored(someone(name, "+"+tel))
		want[i] = stored.Given + " " + stored.Family + " " + strings.Join(stored.Texts(phonetest.Tel), ",")
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, phone); diff != "" {
		w.t.Errorf("phone (-want +has):\n%s", diff)
	}
}

// luid finds a contact on the phone.
func (w *salvage) luid(given string) string {
	w.t.Helper()
	items := w.handset.Items()
	for _, id := range slices.Sorted(maps.Keys(items)) {
		if items[id].Given == given {
			return id
		}
	}
	w.t.Fatalf("the phone has no %s: %v", given, items)
	return ""
}

// fill gives phone and folder seven contacts, and makes a backup.
func (w *salvage) fill() {
	w.t.Helper()
	w.start()
	for i, name := range []string{"Ada Example", "Ben Sample", "Cleo Muster", "Dan Invented", "Gala Placeholder", "Hans Dummy", "Ina Fiction"} {
		w.handset.Add(someone(name, "+1 555 012"+string(rune('0'+i))))
	}
	w.settle(true)
	w.run(exitDone, "", "backup", w.file)
}

// A database is lost, and the backup is some syncs old. What happened since comes back from the phone and from the
// folder, once, whoever comes first; also deletions, which the folder still knows of.
func TestRule_12_BackupIsOlder(t *testing.T) {
	for name, c := range map[string]struct {
		model      phonetest.Model
		phoneFirst bool
		lost       bool // the database that was replaced cannot be read
		// cut is what becomes of Eve, whose name the phone cut: without a base the conflict winner decides (7.3). The longer
		// name is in the history.
		cut string
	}{
		"the phone comes first":                  {phonetest.Plain, true, false, ""},
		"the folder comes first":                 {phonetest.Plain, false, false, ""},
		"a phone that cuts names":                {phonetest.Truncating, true, false, "Eve Nobody-With-A- +1 555 0104"},
		"a phone that numbers anew":              {phonetest.S60, false, true, ""},
		"nothing is left of the newer database":  {phonetest.Plain, true, true, ""},
		"a phone that takes short names for new": {phonetest.P800, true, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newSalvage(t, c.model)
			w.fill()
			w.put("eve", someone("Eve Nobody-With-A-Long-Name", "+1 555 0104"))
			w.handset.Add(someone("Finn Testperson", "+1 555 0105"))
			w.handset.Edit(w.luid("Ada"), someone("Ada Example", "+1 555 0199"))
			w.handset.Delete(w.luid("Cleo"))
			w.settle(true)
			want := []string{"Ada Example +1 555 0199", "Ben Sample +1 555 0121", "Dan Invented +1 555 0123",
				"Eve Nobody-With-A-Long-Name +1 555 0104", "Finn Testperson +1 555 0105", "Gala Placeholder +1 555 0124", "Hans Dummy +1 555 0125", "Ina Fiction +1 555 0126"}
			w.wantHeld(slices.Clone(want)...)
			w.halt()
			if c.lost {
				if err := os.WriteFile(filepath.Join(w.data, databaseFile), []byte("what a broken disk leaves"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			w.run(exitDone, "", "restore-backup", "--yes", w.file)
			w.start()
			w.settle(c.phoneFirst)
			if c.cut != "" {
				want[3] = c.cut
				w.run(exitDone, "", "history", "Long-Name")
				w.wants(w.out, "Eve Nobody-With-A-Long-Name")
			}
			w.wantHeld(slices.Clone(want)...)
			w.run(exitDone, "", "review", "--output", "json")
			if w.out != "" {
				t.Errorf("doubtful: %s", w.out)
			}
			w.run(exitDone, "", "sync", "--class", "Contacts", "--output", "json", "client:"+w.store, w.folder)
			w.wants(w.out, `"sync_mode":200,.*"source":{"adds_in":0,"replaces_in":0,"deletes_in":0,"adds_out":0,"replaces_out":0,"deletes_out":0}`)
			if mode := w.call(); mode != 200 {
				t.Errorf("at rest the phone's sync is %d", mode)
			}
			w.halt()
		})
	}
}

// A phone that was not heard of since the backup knows as much as the database: its sync is an ordinary one, and what
// its user deleted stays deleted.
func TestRule_12_PhoneThatWasNotHeardOf(t *testing.T) {
	for name, lost := range map[string]bool{"the newer database tells": false, "nothing is known": true} {
		t.Run(name, func(t *testing.T) {
			w := newSalvage(t, phonetest.Plain)
			w.fill()
			w.put("eve", someone("Eve Nobody", "+1 555 0104"))
			w.files()
			w.halt()
			w.handset.Delete(w.luid("Ben"))
			if lost {
				if err := os.Remove(filepath.Join(w.data, databaseFile)); err != nil {
					t.Fatal(err)
				}
			}
			w.run(exitDone, "", "restore-backup", "--yes", w.file)
			w.start()
			mode := w.call()
			w.settle(true)
			w.halt()
			want := []string{"Ada Example +1 555 0120", "Ben Sample +1 555 0121", "Cleo Muster +1 555 0122", "Dan Invented +1 555 0123", "Eve Nobody +1 555 0104", "Gala Placeholder +1 555 0124", "Hans Dummy +1 555 0125", "Ina Fiction +1 555 0126"}
			if !lost {
				want = slices.Delete(want, 1, 2)
			}
			if slow := mode != 200; slow != lost {
				t.Errorf("mode %d", mode)
			}
			w.wantHeld(want...)
		})
	}
}
