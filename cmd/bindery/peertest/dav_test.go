package peertest

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// davRoot gives where the DAV face of a server is.
func davRoot(t *testing.T, s *Server) string {
	t.Helper()
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u.Scheme + "://" + u.Host
}

// runPeer runs a program in a directory and gives what it prints; it has to end well.
func runPeer(t *testing.T, dir string, env []string, stdin, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(context.Background(), name, args...)
	cmd.Dir, cmd.Env, cmd.Stdin = dir, append(os.Environ(), env...), strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// TestLitmus runs the WebDAV suite of that name on the plain files of an account.
func TestLitmus(t *testing.T) {
	if _, err := exec.LookPath("litmus"); err != nil {
		Missing(t, "litmus")
	}
	s := Start(t, program(t))
	s.Account(t, "ann")
	for _, group := range []string{"basic", "http", "props", "copymove"} {
		out := runPeer(t, t.TempDir(), []string{"TESTS=" + group}, "", "litmus", davRoot(t, s)+"/dav/files/ann/", "ann", "ann")
		if !strings.Contains(out, "0 failed. 100.0%") || strings.Contains(out, "SKIPPED") {
			t.Errorf("%s:\n%s", group, out)
		}
	}
}

// TestPythonCalDAV has a CalDAV library find, make, fill, search and synchronise calendars.
func TestPythonCalDAV(t *testing.T) {
	if err := exec.CommandContext(t.Context(), "/usr/bin/python3", "-c", "import caldav").Run(); err != nil {
		Missing(t, "python3-caldav")
	}
	s := Start(t, program(t))
	s.Account(t, "ann")
	out := runPeer(t, "testdata", nil, "", "/usr/bin/python3", "caldav_client.py", davRoot(t, s)+"/dav/", "ann")
	if !strings.HasSuffix(strings.TrimSpace(out), "all done") {
		t.Error(out)
	}
}

// A davDevice is a vdirsyncer with folders of its own, in step with an account on the server.
type davDevice struct {
	t              *testing.T
	exe, dir, conf string
}

const davPair = `[pair %[1]s]
a = "%[1]s_local"
b = "%[1]s_server"
collections = ["from b"]
conflict_resolution = "b wins"

[storage %[1]s_local]
type = "filesystem"
path = %[2]q
fileext = %[3]q

[storage %[1]s_server]
type = %[4]q
url = %[5]q
username = "ann"
password = "ann"

`

func newDAVDevice(t *testing.T, exe, root string) *davDevice {
	t.Helper()
	d := &davDevice{t: t, exe: exe, dir: t.TempDir()}
	var b strings.Builder
	fmt.Fprintf(&b, "[general]\nstatus_path = %q\n\n", filepath.Join(d.dir, "status"))
	for _, p := range []struct{ name, ext, kind string }{{"cards", ".vcf", "carddav"}, {"entries", ".ics", "caldav"}} {
		path := filepath.Join(d.dir, p.name)
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, davPair, p.name, path, p.ext, p.kind, root+"/")
	}
	d.conf = filepath.Join(d.dir, "config")
	if err := os.WriteFile(d.conf, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	runPeer(t, d.dir, nil, strings.Repeat("y\n", 20), exe, "-c", d.conf, "discover")
	return d
}

func (d *davDevice) sync() {
	d.t.Helper()
	runPeer(d.t, d.dir, nil, "", d.exe, "-c", d.conf, "sync")
}

// write writes an item into one of the folders; without content it removes it.
func (d *davDevice) write(path, content string) {
	d.t.Helper()
	path = filepath.Join(d.dir, path)
	err := os.WriteFile(path, []byte(content), 0o600)
	if content == "" {
		err = os.Remove(path)
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

// items gives what the folders hold, by collection and name.
func (d *davDevice) items() map[string]string {
	d.t.Helper()
	all := make(map[string]string)
	for _, pattern := range []string{"cards/*/*", "entries/*/*"} {
		names, err := filepath.Glob(filepath.Join(d.dir, pattern))
		if err != nil {
			d.t.Fatal(err)
		}
		for _, n := range names {
			data, err := os.ReadFile(n)
			if err != nil {
				d.t.Fatal(err)
			}
			all[filepath.Base(filepath.Dir(n))+"/"+filepath.Base(n)] = string(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")))
		}
	}
	return all
}

// TestVdirsyncerDAV keeps the folders of two devices in step through the server: contacts, events, tasks and notes, both
// ways, with deletions and a conflict, and over a restart.
func TestVdirsyncerDAV(t *testing.T) {
	exe := needVdirsyncer(t)
	s := Start(t, program(t))
	s.Account(t, "ann")
	root := davRoot(t, s)
	one, two := newDAVDevice(t, exe, root), newDAVDevice(t, exe, root)
	card := func(uid, name string) string {
		return "BEGIN:VCARD\nVERSION:3.0\nUID:" + uid + "\nFN:" + name + "\nN:" + name + ";;;;\nX-ODD;Q=\"a;b\":kept\\, as it is\nEND:VCARD\n"
	}
	entry := func(kind, uid, line string) string {
		return "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//invented//EN\nBEGIN:" + kind + "\nUID:" + uid + "\nDTSTAMP:20260101T000000Z\n" + line + "\nEND:" + kind + "\nEND:VCALENDAR\n"
	}
	one.write("cards/contacts/c1.vcf", card("c1", "Ann"))
	one.write("entries/events/e1.ics", entry("VEVENT", "e1", "DTSTART:20260504T100000Z\nRRULE:FREQ=WEEKLY"))
	one.write("entries/events/e2.ics", entry("VEVENT", "e2", "DTSTART:20260505T100000Z"))
	one.write("entries/tasks/t1.ics", entry("VTODO", "t1", "SUMMARY:Milk"))
	two.write("entries/notes/n1.ics", entry("VJOURNAL", "n1", "SUMMARY:Idea"))
	same := func(step string, want int) {
		t.Helper()
		one.sync()
		two.sync()
		one.sync()
		a, b := one.items(), two.items()
		if len(a) != want || !maps.Equal(a, b) {
			t.Fatalf("%s: %d and %d items, wanted %d\n%q\n%q", step, len(a), len(b), want, a, b)
		}
	}
	same("first", 5)
	if got := two.items()["contacts/c1.vcf"]; got != card("c1", "Ann") {
		t.Errorf("the card became %q", got)
	}
	one.write("cards/contacts/c1.vcf", card("c1", "Anna"))
	one.write("entries/events/e1.ics", "")
	two.write("cards/contacts/c2.vcf", card("c2", "Bob"))
	s.Restart(t)
	same("changes", 5)
	one.write("cards/contacts/c2.vcf", card("c2", "Robert"))
	two.write("cards/contacts/c2.vcf", card("c2", "Bobby"))
	same("conflict", 5)
	if got := two.items()["contacts/c2.vcf"]; got != card("c2", "Robert") {
		t.Errorf("the conflict ended as %q", got)
	}
}
