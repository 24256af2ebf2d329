package peertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A davFolder is a folder that "bindery sync" keeps in step with a collection of another server.
type davFolder struct {
	t    *testing.T
	exe  string
	peer *davPeer
	dir  string
	at   string // the address that the command is given
}

func newDAVFolder(t *testing.T, exe string, peer *davPeer, at string) *davFolder {
	t.Helper()
	f := &davFolder{t: t, exe: exe, peer: peer, dir: filepath.Join(t.TempDir(), "folder"), at: at}
	if err := os.Mkdir(f.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return f
}

// command is one sync of the folder.
func (f *davFolder) command(options ...string) *exec.Cmd {
	args := append([]string{"--data", f.dir + "-state", "sync"}, options...)
	cmd := exec.CommandContext(context.Background(), f.exe, append(args, f.dir, strings.Replace(f.at, "://", "://"+davUser+"@", 1))...)
	cmd.Env = append(os.Environ(), "BINDERY_PASSWORD="+davUser)
	return cmd
}

// sync wants an exit status.
func (f *davFolder) sync(code int, options ...string) string {
	f.t.Helper()
	cmd := f.command(options...)
	out, err := cmd.CombinedOutput()
	if got := cmd.ProcessState.ExitCode(); got != code {
		f.t.Fatalf("%s: exit status %d, want %d: %v\n%s", f.peer.name, got, code, err, out)
	}
	return string(out)
}

// write writes a file, or removes it if there is nothing to write.
func (f *davFolder) write(name, data string) {
	f.t.Helper()
	path := filepath.Join(f.dir, name)
	if data == "" {
		if err := os.Remove(path); err != nil {
			f.t.Fatal(err)
		}
		return
	}
	put(f.t, path, []byte(data))
}

// files gives the lines of every file that say what it is about, by UID.
func (f *davFolder) files() map[string]string {
	f.t.Helper()
	out := make(map[string]string)
	list, err := filepath.Glob(filepath.Join(f.dir, "*"))
	if err != nil {
		f.t.Fatal(err)
	}
	for _, path := range list {
		data, err := os.ReadFile(path)
		if err != nil {
			f.t.Fatal(err)
		}
		uid, about := gist(data)
		out[uid] = about
	}
	return out
}

// held gives the same of what the server has in a collection, and where it is.
func (f *davFolder) held(collection string) (about, at map[string]string) {
	f.t.Helper()
	_, body, err := f.peer.ask(f.t.Context(), "PROPFIND", collection, davBody("d:propfind", "", "getetag"), "Depth: 1")
	if err != nil {
		f.t.Fatal(err)
	}
	base, err := url.Parse(collection)
	if err != nil {
		f.t.Fatal(err)
	}
	about, at = make(map[string]string), make(map[string]string)
	for _, m := range hrefPattern.FindAllSubmatch(body, -1) {
		u, err := base.Parse(string(m[1]))
		if err != nil || strings.HasSuffix(u.Path, "/") {
			continue
		}
		status, data, err := f.peer.ask(f.t.Context(), http.MethodGet, u.String(), "")
		if err != nil || status != http.StatusOK {
			f.t.Fatalf("GET %s: %d, %v", u, status, err)
		}
		uid, text := gist(data)
		about[uid], at[uid] = text, u.String()
	}
	return about, at
}

// gist is what an item is about: servers arrange the rest as they like.
func gist(data []byte) (uid, about string) {
	for line := range bytes.Lines(data) {
		name, value, _ := strings.Cut(strings.TrimSpace(string(line)), ":")
		switch name {
		case "UID":
			uid = value
		case "FN", "TITLE", "ROLE", "SUMMARY", "NICKNAME":
			about += name + ":" + value + " "
		}
	}
	return uid, about
}

// same wants both sides to be about the same n items.
func (f *davFolder) same(step, collection string, n int) map[string]string {
	f.t.Helper()
	mine := f.files()
	theirs, at := f.held(collection)
	if len(mine) != n || !maps.Equal(mine, theirs) {
		f.t.Fatalf("%s, %s: want %d items\n%q\n%q", f.peer.name, step, n, mine, theirs)
	}
	return at
}

// store puts an item at the server.
func (f *davFolder) store(at, data string) {
	f.t.Helper()
	kind := "text/vcard"
	if strings.HasSuffix(at, ".ics") {
		kind = "text/calendar"
	}
	status, text, err := f.peer.ask(f.t.Context(), http.MethodPut, at, data, "Content-Type: "+kind)
	if err != nil || status >= 300 {
		f.t.Fatalf("PUT %s: %d, %v: %s", at, status, err, text)
	}
}

func davCard(uid, name string, more ...string) string {
	return "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:" + uid + "\r\nN:" + name + ";Test;;;\r\nFN:" + name + "\r\n" + strings.Join(append(more, "END:VCARD", ""), "\r\n")
}

func davEntry(kind, uid, summary string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Invented//Test//EN\r\nBEGIN:" + kind + "\r\nUID:" + uid +
		"\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260102T100000Z\r\nSUMMARY:" + summary + "\r\nEND:" + kind + "\r\nEND:VCALENDAR\r\n"
}

// davPeers start the servers of others that are installed.
func davPeers(t *testing.T) map[string]func(testing.TB, string) *davPeer {
	t.Helper()
	all := map[string]func(testing.TB, string) *davPeer{"radicale": davRadicale, "xandikos": davXandikos}
	for name := range all {
		if _, err := exec.LookPath(name); err != nil {
			Missing(t, name)
		}
	}
	return all
}

// TestSyncFolderWithServers keeps a folder in step with the address book of Radicale and of xandikos by "bindery sync",
// registered nowhere: people who are on both sides under other UIDs, edits of both at once, deletions against edits, a
// program that is killed, a folder that is emptied.
func TestSyncFolderWithServers(t *testing.T) {
	exe := program(t)
	for name, start := range davPeers(t) {
		t.Run(name, func(t *testing.T) {
			cards := t.TempDir()
			for i := range 3 {
				uid := fmt.Sprint("server-", i)
				put(t, filepath.Join(cards, uid+".vcf"), []byte(davCard(uid, invented[i], fmt.Sprintf("TEL;TYPE=CELL:+1 555 01000%02d", 37*i))))
			}
			peer := start(t, cards)
			f := newDAVFolder(t, exe, peer, peer.url)
			for i := 1; i < 20; i++ { // two are the same people
				f.write(fmt.Sprintf("%d.vcf", i), davCard(fmt.Sprint("mine-", i), invented[i], fmt.Sprintf("TEL;TYPE=CELL:+1 555 01000%02d", 37*i)))
			}
			killed := f.command()
			if err := killed.Start(); err != nil {
				t.Fatal(err)
			}
			time.AfterFunc(700*time.Millisecond, func() { _ = killed.Process.Kill() }) // it may be done
			var exit *exec.ExitError
			if err := killed.Wait(); err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			f.sync(0)
			f.people("first", peer.url, 20)
			f.edits(peer.url)
			f.emptied(peer.url, 19)
		})
	}
}

// invented are names that nobody takes for each other.
var invented = strings.Fields("Ada Boris Chloe Dmitri Eleanor Farid Gunther Hortensia Ingrid Joaquim Katarzyna Ludmilla Mehmet Nikolai Ophelia Percival Quentin Rosalind Svetlana Thorwald")

// people wants both sides to have the same n people, whatever their UIDs are.
func (f *davFolder) people(step, collection string, n int) {
	f.t.Helper()
	count := func(all map[string]string) map[string]int {
		out := make(map[string]int)
		for _, about := range all {
			out[about]++
		}
		return out
	}
	theirs, _ := f.held(collection)
	if a, b := count(f.files()), count(theirs); len(a) != n || !maps.Equal(a, b) {
		f.t.Fatalf("%s, %s: want %d people\n%v\n%v", f.peer.name, step, n, a, b)
	}
}

// edits changes, deletes and adds on both sides at once.
func (f *davFolder) edits(collection string) {
	f.t.Helper()
	_, at := f.held(collection)
	f.write("5.vcf", davCard("mine-5", invented[5], "NICKNAME:Five"))
	f.store(at["mine-5"], davCard("mine-5", invented[5], "ROLE:Author"))
	f.write("6.vcf", "")
	f.store(at["mine-6"], davCard("mine-6", invented[6], "TITLE:Edited"))
	f.write("7.vcf", davCard("mine-7", invented[7], "TITLE:Edited"))
	for _, uid := range []string{"mine-7", "mine-8"} {
		if status, _, err := f.peer.ask(f.t.Context(), http.MethodDelete, at[uid], ""); err != nil || status >= 300 {
			f.t.Fatalf("DELETE: %d, %v", status, err)
		}
	}
	f.write("9.vcf", "")
	f.write("new.vcf", davCard("new-1", "Newcomer"))
	f.sync(0)
	f.people("edits", collection, 19)
	all := fmt.Sprint(f.files())
	for text, n := range map[string]int{"NICKNAME:Five": 1, "ROLE:Author": 1, "TITLE:Edited": 2, "Newcomer": 1, invented[8]: 0, invented[9]: 0} {
		if strings.Count(all, text) != n {
			f.t.Errorf("%s: %q is there %d times: %s", f.peer.name, text, strings.Count(all, text), all)
		}
	}
	if out := f.sync(0, "--output", "json"); strings.Contains(out, `_in":1`) || strings.Contains(out, `_out":1`) {
		f.t.Errorf("%s: a sync with nothing to do: %s", f.peer.name, out)
	}
}

// emptied deletes everything in the folder: the server keeps it.
func (f *davFolder) emptied(collection string, n int) {
	f.t.Helper()
	for name := range f.names() {
		f.write(name, "")
	}
	f.sync(3)
	if theirs, _ := f.held(collection); len(theirs) != n {
		f.t.Errorf("%s: %d of %d are left", f.peer.name, len(theirs), n)
	}
}

func (f *davFolder) names() map[string]bool {
	f.t.Helper()
	list, err := os.ReadDir(f.dir)
	if err != nil {
		f.t.Fatal(err)
	}
	out := make(map[string]bool)
	for _, e := range list {
		out[e.Name()] = true
	}
	return out
}

// TestSyncFolderMakesCalendar makes a calendar at a server that has none, and keeps events and tasks in it; and finds an
// address book behind the address of the server alone.
func TestSyncFolderMakesCalendar(t *testing.T) {
	exe := program(t)
	for name, start := range davPeers(t) {
		t.Run(name, func(t *testing.T) {
			cards := t.TempDir()
			put(t, filepath.Join(cards, "ben.vcf"), []byte(davCard("ben", "Ben")))
			peer := start(t, cards)
			home := map[string]string{"radicale": "/ann/", "xandikos": "/ann/calendars/"}[name]
			f := newDAVFolder(t, exe, peer, peer.root()+home+"invented/")
			f.write("e.ics", davEntry("VEVENT", "e", "Meeting"))
			f.write("t.ics", davEntry("VTODO", "t", "Milk"))
			f.sync(2)
			f.sync(0, "--make")
			at := f.same("first", f.at, 2)
			f.store(at["e"], davEntry("VEVENT", "e", "Moved"))
			f.write("t.ics", davEntry("VTODO", "t", "Bread"))
			f.sync(0)
			f.same("edits", f.at, 2)
			if all := fmt.Sprint(f.files()); !strings.Contains(all, "Moved") || !strings.Contains(all, "Bread") {
				t.Error(all)
			}

			book := newDAVFolder(t, exe, peer, peer.root())
			book.write("ada.vcf", davCard("ada", "Ada"))
			book.sync(0)
			book.same("found", peer.url, 2)
		})
	}
}
