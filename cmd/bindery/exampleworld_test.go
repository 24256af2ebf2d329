package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources/syncml/phonetest"
)

// An exampleWorld is a folder in which the examples of the manual make sense: a server's data, a phone that was there,
// and something of all that waits for a person.
type exampleWorld struct {
	*salvage
	root string
	// words are what the examples say and what it is here; numbers are those of a command, by the words it begins with.
	words   []string
	numbers map[string]map[string]string
}

func newExampleWorld(t *testing.T) *exampleWorld {
	root := t.TempDir()
	s := newSalvage(t, phonetest.Plain)
	if err := os.Rename(s.data, filepath.Join(root, "bindery-data")); err != nil {
		t.Fatal(err)
	}
	s.data, s.folder, s.file = filepath.Join(root, "bindery-data"), filepath.Join(root, "contacts"), filepath.Join(root, "backups", "bindery.db")
	w := &exampleWorld{salvage: s, root: root}
	for _, dir := range []string{"contacts", "old", "held", "backups", "mnt/stick/contacts", "calendar"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	w.files(map[string]string{
		"password": "an invented password\n", "gateway.sh": "#!/bin/sh\ncat > /dev/null\n",
		"old-phone.vcf": string(demoCard("x", "Otto Oldphone")), "old/broken.vcf": "no card at all", "old/anna.vcf": card("anna-a", "Anna Berg", "TEL:+49 30 1234567"),
		"contacts/anna.vcf": card("anna-b", "Anna Berg", "EMAIL:anna@berg.example"),
		"calendar/one.ics":  "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:one\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260102T100000Z\r\nSUMMARY:Meeting\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
	})
	cert, key, _ := certificate(t)
	w.rename(cert, "cert.pem")
	w.rename(key, "key.pem")
	w.live()
	return w
}

func card(uid, name, line string) string {
	given, family, _ := strings.Cut(name, " ")
	return fmt.Sprintf("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:%s\r\nN:%s;%s;;;\r\nFN:%s\r\n%s\r\nEND:VCARD\r\n", uid, family, given, name, line)
}

func (w *exampleWorld) files(all map[string]string) {
	w.t.Helper()
	for name, text := range all {
		if err := os.WriteFile(filepath.Join(w.root, name), []byte(text), 0o700); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *exampleWorld) rename(from, to string) {
	w.t.Helper()
	if err := os.Rename(from, filepath.Join(w.root, to)); err != nil {
		w.t.Fatal(err)
	}
}

// live is what happened here.
func (w *exampleWorld) live() {
	w.t.Helper()
	w.fill() // binding 1 is the phone's, 2 that of contacts
	for _, n := range []string{"+1 555 0190", "+1 555 0191"} {
		w.handset.Edit(w.luid("Ada"), someone("Ada Example", n))
		w.settle(true)
	}
	w.phone = w.clientOf("syncml")
	w.run(exitDone, "", "client", "set", w.phone, "--push-address", "+3585550100")
	w.run(exitPartly, "", "sync", "--class", "Contacts", "client:"+w.store, filepath.Join(w.root, "old"))
	held := filepath.Join(w.root, "held")
	w.run(exitDone, "", "sync", "--class", "Contacts", "client:"+w.store, held)
	names, err := filepath.Glob(filepath.Join(held, "*.vcf"))
	for _, n := range names {
		err = errors.Join(err, os.Remove(n))
	}
	if err != nil {
		w.t.Fatal(err)
	}
	w.run(exitHeld, "", "sync", "--class", "Contacts", "client:"+w.store, held)
	w.halt()
	w.elsewhere()
	second, removed := w.add("datastore"), w.add("syncml")
	w.run(exitDone, "", "binding", "add", second, w.store)
	w.run(exitDone, "", "binding", "rm", "--yes", "5")
	w.run(exitDone, "", "client", "rm", "--yes", removed)
	third := w.add("datastore")
	w.run(exitDone, "", "schedule", "add", "2", "--every", "24h")
	w.run(exitDone, "", "token", "add", "--account", "ada", "x", "--output", "json")
	w.words = append(w.words, exampleStore, w.store, examplePhone, w.phone, exampleRemoved, removed, exampleSecond, third,
		"TOKEN-ID", w.field("id"), "192.0.2.10:8080", "127.0.0.1:0", "192.0.2.10:8443", "127.0.0.1:0")
	w.number()
}

// elsewhere registers other servers, one of which has a client.
func (w *exampleWorld) elsewhere() {
	w.t.Helper()
	w.t.Setenv(allowPrivateEnv, "127.0.0.1")
	far := httptest.NewServer(http.HandlerFunc(farAway))
	w.t.Cleanup(far.Close)
	for _, name := range []string{"family", "club"} {
		w.run(exitDone, "", "source", "add", "--account", "ada", name, far.URL)
	}
	w.run(exitDone, "an invented password\n", "client", "add", "--account", "ada", "gdata", "--source", "family", "--user", "nora", "--password-stdin", "--title", "Nora", "--output", "json")
	w.words = append(w.words, "https://pim.example.org", far.URL, "0190a000-0000-7000-8000-000000000005", w.field("uuid"))
}

// farAway answers as a server with feeds does that nora signs in to.
func farAway(w http.ResponseWriter, r *http.Request) {
	if user, password, _ := r.BasicAuth(); user != "nora" || password != "an invented password" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	_, _ = io.WriteString(w, `<feed xmlns="http://www.w3.org/2005/Atom"/>`)
}

// number finds what the numbers of examples stand for.
func (w *exampleWorld) number() {
	w.t.Helper()
	first := func(args ...string) string {
		w.run(exitDone, "", append(args, "--output", "json")...)
		return w.field("id")
	}
	w.run(exitDone, "", "hold", "--output", "json")
	w.words = append(w.words, "PLAN", w.field("plan"))
	w.run(exitDone, "", "history", "--binding", "2", "--output", "json")
	log, one := w.field("log_id"), w.field("id")
	w.out = strings.SplitN(w.out, "\n", 2)[1]
	two := w.field("id")
	w.numbers = map[string]map[string]string{
		"review": {"3": first("review")}, "quarantine": {"5": first("quarantine", "list")},
		"history": {"17": one, "18": two, "7": log}, "restore": {"17": one, "18": two, "7": log},
	}
	w.words = append(w.words, "~/", w.root+"/", "/var/lib/bindery", w.data, "/mnt/", w.root+"/mnt/", "/var/backups/", w.root+"/backups/")
}

// field reads a field of the first line that the last command printed.
func (w *exampleWorld) field(name string) string {
	w.t.Helper()
	var v map[string]any
	line, _, _ := strings.Cut(w.out, "\n")
	dec := json.NewDecoder(strings.NewReader(line))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil || v[name] == nil {
		w.t.Fatalf("no %s in %q: %v", name, w.out, err)
	}
	return fmt.Sprint(v[name])
}

func (w *exampleWorld) add(kind string) string {
	w.t.Helper()
	w.run(exitDone, "", "client", "add", "--account", "ada", "--output", "json", kind)
	return w.field("uuid")
}

func (w *exampleWorld) clientOf(kind string) (id string) {
	w.t.Helper()
	w.inside(func(h *house) error {
		return h.each(w.t.Context(), func(a bindings.Account) error {
			list, err := h.bindings.Clients(w.t.Context(), a.ID, kind)
			if len(list) > 0 {
				id = list[0].ID
			}
			return err
		})
	})
	return id
}

// copied is the world in another folder, for one example.
func (w *exampleWorld) copied(t *testing.T) *exampleWorld {
	t.Helper()
	root := t.TempDir()
	if err := os.CopyFS(root, os.DirFS(w.root)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(root, "bindery-data"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"bindery.db", "secret.key"} {
		if err := os.Chmod(filepath.Join(root, "bindery-data", name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// Folders are known by their paths.
	alter(t, filepath.Join(root, "bindery-data", databaseFile), "UPDATE filedir_folders SET path = '"+root+"' || substr(path, "+fmt.Sprint(len(w.root)+1)+")")
	c := *w
	c.root, c.words = root, append([]string{}, w.words...)
	for i, s := range c.words {
		c.words[i] = strings.Replace(s, w.root+"/", root+"/", 1)
	}
	return &c
}

// shellWords splits a line as a shell does, as far as examples go.
var shellWords = regexp.MustCompile(`'[^']*'|\S+`)

// line gives the words of an example as they are here, and where its input comes from and its output goes to.
func (w *exampleWorld) line(example string) (args []string, in, out string) {
	words := shellWords.FindAllString(example, -1)[1:]
	for i := 0; i < len(words); i++ {
		word := strings.Trim(words[i], "'")
		switch word {
		case "<":
			i++
			in = filepath.Join(w.root, words[i])
			continue
		case ">":
			i++
			out = filepath.Join(w.root, words[i])
			continue
		}
		if n := w.numbers[words[0]][word]; n != "" {
			word = n
		}
		args = append(args, strings.NewReplacer(w.words...).Replace(word))
	}
	return args, in, out
}
