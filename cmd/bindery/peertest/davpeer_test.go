package peertest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A davPeer is a CardDAV server with one address book that is full beforehand, and a client with one connection to it.
type davPeer struct {
	meter
	t testing.TB
	// name is what tables call it, url where its address book is.
	name, url string
	client    *http.Client
	// again stops the server and starts it. Stop only stops it; it is nil for a Bindery.
	again, stop func()
	// hrefs are the addresses of the contacts, in the order that the server tells.
	hrefs []string
	peak  int64
}

// davUser is who owns the address book, on every server; it is the password too.
const davUser = "ann"

func newDAVPeer(t testing.TB, name string) *davPeer {
	one := &http.Transport{MaxConnsPerHost: 1, DisableCompression: true}
	t.Cleanup(one.CloseIdleConnections)
	return &davPeer{t: t, name: name, client: &http.Client{Transport: one}}
}

// ask sends one request and gives the status and the body. An error is one of the connection, or of the context.
func (p *davPeer) ask(ctx context.Context, method, url, body string, headers ...string) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.SetBasicAuth(davUser, davUser)
	req.Header.Set("Content-Type", "application/xml; charset=utf-8")
	for _, h := range headers {
		key, value, _ := strings.Cut(h, ": ")
		req.Header.Set(key, value)
	}
	res, err := p.client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = res.Body.Close() }() // it was read
	var all bytes.Buffer
	_, err = all.ReadFrom(res.Body)
	return res.StatusCode, all.Bytes(), err
}

var hrefPattern = regexp.MustCompile(`<(?:\w+:)?href>([^<]*)</`)

// learn asks for the addresses of the n contacts that have to be there.
func (p *davPeer) learn(n int) {
	p.t.Helper()
	_, body, err := p.ask(context.Background(), "PROPFIND", p.url, davBody("d:propfind", "", "getetag"), "Depth: 1")
	if err != nil {
		p.t.Fatal(err)
	}
	p.hrefs = nil
	for _, m := range hrefPattern.FindAllSubmatch(body, -1) {
		if h := string(m[1]); !strings.HasSuffix(h, "/") {
			p.hrefs = append(p.hrefs, h)
		}
	}
	if len(p.hrefs) != n {
		p.t.Fatalf("%s has %d contacts instead of %d\n%.2000s", p.name, len(p.hrefs), n, body)
	}
}

// root is where the server is.
func (p *davPeer) root() string {
	scheme, rest, _ := strings.Cut(p.url, "://")
	host, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + host
}

// davBody makes the body of a request for properties of DAV:, or with a prefix card:, with something behind them.
func davBody(root, rest string, names ...string) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="utf-8"?><` + root + ` xmlns:d="DAV:" xmlns:card="urn:ietf:params:xml:ns:carddav" xmlns:cs="http://calendarserver.org/ns/"><d:prop>`)
	for _, n := range names {
		if !strings.Contains(n, ":") {
			n = "d:" + n
		}
		b.WriteString("<" + n + "/>")
	}
	b.WriteString(`</d:prop>` + rest + `</` + root + `>`)
	return b.String()
}

// davBindery starts the built program with the contacts of a folder in the account's address book.
func davBindery(t testing.TB, exe, cards string) *davPeer {
	t.Helper()
	s := Start(t, exe)
	s.Account(t, davUser)
	s.Command(t, "", "import", "--account", davUser, cards)
	p := newDAVPeer(t, "Bindery")
	p.url = strings.TrimSuffix(s.URL, "/syncml") + "/dav/addressbooks/" + davUser + "/contacts/"
	p.pid = s.cmd.Process.Pid
	p.again = func() {
		s.Stop(t)
		s.start(t)
		p.setPID(s.cmd.Process.Pid)
	}
	return p
}

// setPID says which process is measured from now on.
func (m *meter) setPID(pid int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pid = pid
}

// davRadicale starts Radicale with the contacts of a folder, flushing what it writes to the disk, as it does by itself.
func davRadicale(t testing.TB, cards string) *davPeer {
	t.Helper()
	dir := t.TempDir()
	copyCards(t, cards, radicaleBook(dir))
	return davRadicaleIn(t, dir)
}

// radicaleBook is the folder of the address book of a Radicale that has its data in dir.
func radicaleBook(dir string) string {
	return filepath.Join(dir, "collection-root", davUser, "contacts")
}

// davRadicaleIn starts Radicale with the data in dir.
func davRadicaleIn(t testing.TB, dir string) *davPeer {
	t.Helper()
	port := portOf(t)
	book := radicaleBook(dir)
	if err := os.MkdirAll(book, 0o700); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(book, ".Radicale.props"), []byte(`{"tag": "VADDRESSBOOK"}`))
	conf := filepath.Join(dir, "config")
	put(t, conf, fmt.Appendf(nil, "[server]\nhosts = 127.0.0.1:%s\n[auth]\ntype = none\n[storage]\nfilesystem_folder = %s\n[logging]\nlevel = error\n", port, dir))
	p := newDAVPeer(t, "Radicale")
	p.url = "http://127.0.0.1:" + port + "/" + davUser + "/contacts/"
	p.runAs(port, "/usr/bin/python3", "/usr/bin/radicale", "-C", conf)
	return p
}

// davXandikos starts xandikos with the contacts of a folder in its repository.
func davXandikos(t testing.TB, cards string) *davPeer {
	t.Helper()
	dir := t.TempDir()
	port := portOf(t)
	p := newDAVPeer(t, "xandikos")
	p.url = "http://127.0.0.1:" + port + "/" + davUser + "/contacts/addressbook/"
	args := []string{"/usr/bin/xandikos", "-d", dir, "--defaults", "--autocreate", "-p", port, "-l", "127.0.0.1", "--current-user-principal", "/" + davUser + "/"}
	stop := p.runAs(port, "/usr/bin/python3", args...)
	stop()
	book := filepath.Join(dir, davUser, "contacts", "addressbook")
	copyCards(t, cards, book)
	for _, git := range [][]string{{"add", "-A"}, {"-c", "user.name=nobody", "-c", "user.email=nobody@example.org", "commit", "-q", "-m", "all"}} {
		if out, err := exec.CommandContext(context.Background(), "git", append([]string{"-C", book}, git...)...).CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", git, err, out)
		}
	}
	p.again()
	return p
}

// runAs runs the server until the test ends, and again when it is told so. The function that it gives stops it.
func (p *davPeer) runAs(port, program string, args ...string) (stop func()) {
	p.t.Helper()
	var cmd *exec.Cmd
	stop = func() {
		if cmd != nil {
			_ = cmd.Process.Kill() // it may have ended
			_ = cmd.Wait()         // its status is that it was killed
			cmd = nil
		}
	}
	p.again = func() {
		p.t.Helper()
		stop()
		p.client.CloseIdleConnections()
		cmd = exec.CommandContext(context.Background(), program, args...)
		if err := cmd.Start(); err != nil {
			p.t.Fatal(err)
		}
		p.setPID(cmd.Process.Pid)
		for range 200 {
			conn, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", "127.0.0.1:"+port)
			if err == nil {
				_ = conn.Close() // it was only a look
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
		p.t.Fatalf("%s does not answer", p.name)
	}
	p.t.Cleanup(func() { stop() })
	p.again()
	p.stop = stop
	return stop
}

func portOf(t testing.TB) string {
	t.Helper()
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	return strconv.Itoa(port)
}

func copyCards(t testing.TB, from, to string) {
	t.Helper()
	if err := os.MkdirAll(to, 0o700); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(from, "*.vcf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		in, err := os.Open(n)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(in)
		if err := in.Close(); err != nil {
			t.Fatal(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(to, filepath.Base(n)), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
