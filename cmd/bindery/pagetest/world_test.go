package pagetest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/sources/syncml/phonetest"
)

// The account of the world, which the program makes for folders that are kept in step.
const (
	account  = "local"
	password = "an invented password"
)

// A world is a server with two folders that are bound, and a phone that is bound to a datastore. Something of
// everything has happened there: a conflict, a doubtful pair, an item that nobody can read, a held plan.
type world struct {
	t    *testing.T
	dir  string
	base string // of the server's addresses, without a slash at the end
}

// newWorld makes the world and starts its server. In a calm one nothing is held.
func newWorld(t *testing.T, calm bool) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir()}
	for i := range 14 {
		w.write("a", fmt.Sprintf("p%02d.vcf", i), card(fmt.Sprintf("p%02d", i), fmt.Sprintf("Example%02d;Person", i), fmt.Sprintf("TEL:+4315550%02d", i)))
	}
	w.write("a", "anna-a.vcf", card("anna-a", "Berg;Anna", "TEL:+49301234567"))
	w.write("b", "anna-b.vcf", card("anna-b", "Berg;Anna", "EMAIL:anna@berg.example"))
	w.write("a", "bad.vcf", "BEGIN:VCARD\nVERSION:3.0\nhalf a card\n")
	w.sync()
	w.write("a", "p00.vcf", card("p00", "Example00;Person", "TEL:+431555111"))
	w.write("b", "p00.vcf", card("p00", "Example00;Person", "TEL:+431555222"))
	w.sync()
	for i := 1; i < 14 && !calm; i++ {
		if err := os.Remove(filepath.Join(w.dir, "a", fmt.Sprintf("p%02d.vcf", i))); err != nil {
			t.Fatal(err)
		}
	}
	w.sync()
	w.command(password+"\n", 0, "account", "passwd", account, "--password-stdin")
	w.elsewhere()
	w.serve()
	w.phone()
	w.removed()
	w.api(http.MethodPost, w.base+"/v2/syncengine/schedules/",
		`<entry xmlns="http://www.w3.org/2005/Atom" xmlns:b="urn:bindery:sync:1"><b:binding>1</b:binding><b:interval>6h</b:interval></entry>`)
	return w
}

// elsewhere makes accounts on another server, which answers as one with Google Data feeds does, and has an address book.
func (w *world) elsewhere() {
	w.t.Helper()
	far := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method != "PROPFIND" {
			_, _ = io.WriteString(rw, `<feed xmlns="http://www.w3.org/2005/Atom"/>`)
			return
		}
		rw.WriteHeader(http.StatusMultiStatus)
		_, _ = io.WriteString(rw, `<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav"><d:response><d:href>/book/</d:href><d:propstat><d:prop>`+
			`<d:resourcetype><d:collection/><c:addressbook/></d:resourcetype></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response></d:multistatus>`)
	}))
	w.t.Cleanup(far.Close)
	w.t.Setenv("BINDERY_ALLOW_PRIVATE_SOURCES", "127.0.0.1")
	w.command("", 0, "source", "add", "family", far.URL)
	w.command(password+"\n", 0, "client", "add", "gdata", "--source", "family", "--user", "nora", "--password-stdin", "--title", "Nora's club")
	w.command(password+"\n", 0, "client", "add", "dav", far.URL+"/book/", "--user", "nora", "--password-stdin", "--title", "Nora's address book")
}

// card makes a contact in vCard 3.0.
func card(uid, name string, lines ...string) string {
	family, given, _ := strings.Cut(name, ";")
	return "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:" + uid + "\r\nN:" + family + ";" + given + ";;;\r\nFN:" + given + " " + family + "\r\n" +
		strings.Join(lines, "\r\n") + "\r\nEND:VCARD\r\n"
}

// write writes a file into one of the two folders.
func (w *world) write(folder, name, text string) {
	w.t.Helper()
	path := filepath.Join(w.dir, folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		w.t.Fatal(err)
	}
}

// command runs a command of the program, which may end with a status up to worst.
func (w *world) command(stdin string, worst int, args ...string) string {
	w.t.Helper()
	cmd := exec.CommandContext(w.t.Context(), built.exe, append([]string{"--data", filepath.Join(w.dir, "data")}, args...)...)
	cmd.Dir, cmd.Stdin = w.dir, strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() > worst {
		w.t.Fatalf("bindery %q: %v\n%s", args, err, out)
	}
	return string(out)
}

// sync keeps the folders in step; what waits for a person makes its status other than 0.
func (w *world) sync() {
	w.t.Helper()
	w.command("", 3, "sync", "--class", "Contacts", "a", "b")
}

// serve starts the server, which is killed when the test ends.
func (w *world) serve() {
	w.t.Helper()
	cmd := exec.CommandContext(w.t.Context(), built.exe, "serve", "--data", filepath.Join(w.dir, "data"), "--listen", "127.0.0.1:0")
	cmd.Dir = w.dir
	log := new(bytes.Buffer)
	cmd.Stderr = log
	out, err := cmd.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended by itself
		_ = cmd.Wait()         // its status is that it was killed
		if w.t.Failed() {
			w.t.Logf("the server's log:\n%s", log)
		}
	})
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if _, address, ok := strings.Cut(lines.Text(), "SyncML URL"); ok {
			w.base = strings.TrimSuffix(strings.TrimSpace(address), "/syncml")
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return
		}
	}
	w.t.Fatal("the server did not say its address")
}

// Post implements phonetest.Line.
func (w *world) Post(contentType, url string, body []byte) (phonetest.Reply, error) {
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return phonetest.Reply{}, err
	}
	req.Header.Set("Content-Type", contentType)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return phonetest.Reply{}, err
	}
	defer func() { _ = res.Body.Close() }()
	reply, err := io.ReadAll(res.Body)
	return phonetest.Reply{Status: res.StatusCode, Type: res.Header.Get("Content-Type"), Body: reply}, err
}

// phone lets a phone log in and bring its contacts.
func (w *world) phone() {
	w.t.Helper()
	m := phonetest.Plain
	m.Basic = true // the account of folders has no password for MD5
	p := phonetest.New(m, "IMEI:49-015420-323751-8", w)
	p.User, p.Password, p.Server = account, password, w.base+"/syncml"
	p.Breach = func(what string) { w.t.Errorf("the phone does not take this: %s", what) }
	luid := p.Add(phonetest.Contact{Family: "Example", Given: "Ada", Values: []phonetest.Value{
		{Kind: phonetest.Tel, Type: "CELL", Text: "+43155501"}, {Kind: phonetest.Note, Text: "first"},
	}})
	for i := range 2 {
		if _, err := p.Sync(200); err != nil {
			w.t.Fatal(err)
		}
		if i == 0 {
			p.Edit(luid, phonetest.Contact{Family: "Example", Given: "Ada", Values: []phonetest.Value{
				{Kind: phonetest.Tel, Type: "CELL", Text: "+43155502"}, {Kind: phonetest.Note, Text: "second"},
			}})
		}
	}
}

// removed makes a datastore and removes it.
func (w *world) removed() {
	w.t.Helper()
	made := w.api(http.MethodPost, w.base+"/v2/services/datastore", `<entry xmlns="http://www.w3.org/2005/Atom"><title>old</title></entry>`)
	w.api(http.MethodDelete, made.Get("Location"), "")
}

// api does something as a program does, and gives the header of the answer.
func (w *world) api(method, address, body string) http.Header {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.SetBasicAuth(account, password)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode >= 300 {
		w.t.Fatalf("%s %s: %s", method, address, res.Status)
	}
	return res.Header
}
