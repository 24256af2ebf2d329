package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// writes hands on each Write.
type writes chan string

// Write implements io.Writer.
func (w writes) Write(p []byte) (int, error) {
	w <- string(p)
	return len(p), nil
}

// A running server, started by its command line in this process.
type running struct {
	url, greeting string
	stop          context.CancelFunc
	code          chan int
}

// serve runs "bindery serve" on a free port of the loopback until the test ends.
func serve(t *testing.T, data string, args ...string) *running {
	t.Helper()
	return serveLine(t, append([]string{"--data", data, "serve", "--listen", "127.0.0.1:0"}, args...))
}

// serveLine runs a command line that is one of "bindery serve" until the test ends.
func serveLine(t *testing.T, all []string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := &running{stop: cancel, code: make(chan int, 1)}
	out := make(writes)
	go func() {
		r.code <- run(ctx, all, terminal{in: os.Stdin, out: out, err: io.Discard})
	}()
	select {
	case r.greeting = <-out:
	case code := <-r.code:
		t.Fatalf("serve ended with %d", code)
	}
	t.Cleanup(cancel)
	url := regexp.MustCompile(`SyncML URL +(\S+)/syncml\n`).FindStringSubmatch(r.greeting)
	if url == nil {
		t.Fatalf("no SyncML URL in\n%s", r.greeting)
	}
	r.url = url[1]
	return r
}

// end stops the server and wants it to end well.
func (r *running) end(t *testing.T) {
	t.Helper()
	r.stop()
	if code := <-r.code; code != exitDone {
		t.Errorf("serve ended with %d", code)
	}
}

// get asks for a path and gives status and body.
func get(t *testing.T, client *http.Client, method, url string, as ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(as) == 2 {
		req.SetBasicAuth(as[0], as[1])
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func TestServe(t *testing.T) {
	t.Setenv(adminPasswordEnv, "an invented password")
	data := filepath.Join(t.TempDir(), "data")
	r := serve(t, data)
	for _, c := range []struct {
		name, method, path string
		as                 []string
		want               int
	}{
		{"health", "GET", "/healthz", nil, 200},
		{"health, only looked at", "HEAD", "/healthz", nil, 200},
		{"health is not to be changed", "POST", "/healthz", nil, 405},
		{"phones post", "GET", "/syncml", nil, 405},
		{"a slash at the end", "GET", "/syncml/", nil, 405},
		{"the API wants a log-in", "GET", "/v2/syncengine/", nil, 401},
		{"and takes admin's", "GET", "/v2/syncengine/", []string{"admin", "an invented password"}, 200},
		{"and no other", "GET", "/v2/syncengine/", []string{"admin", "admin"}, 401},
		{"so do feeds of Google Data", "GET", "/m8/feeds/contacts/default/full", nil, 401},
		{"and show contacts", "GET", "/m8/feeds/contacts/admin/full", []string{"admin", "an invented password"}, 200},
		{"and events", "GET", "/calendar/feeds/default/private/full", []string{"admin", "an invented password"}, 200},
		{"nothing there", "GET", "/v2/nothing", []string{"admin", "an invented password"}, 404},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, body := get(t, http.DefaultClient, c.method, r.url+c.path, c.as...); got != c.want {
				t.Errorf("%s %s: %d, want %d\n%s", c.method, c.path, got, c.want, body)
			}
		})
	}
	if info, err := os.Stat(data); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("data directory: %v, %v", info.Mode(), err)
	}
	r.end(t)
}

// waitFor is a run in the background that notes whether it was waited for.
type waitFor struct{ err error }

// Wait implements runs.
func (w waitFor) Wait(ctx context.Context) error {
	if _, ok := ctx.Deadline(); !ok || ctx.Err() != nil {
		return errors.New("waits for ever, or not at all")
	}
	return w.err
}

// The end of the program waits for what goes on, although its own context is over.
func TestSettle(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, want := range []error{nil, context.DeadlineExceeded} {
		if err := (faces{runs: waitFor{want}, background: new(bindings.Syncs).Background(slog.New(slog.DiscardHandler), nil)}).settle(ctx); !errors.Is(err, want) || (err == nil) != (want == nil) {
			t.Errorf("settle: %v, want %v", err, want)
		}
	}
}

// A datastore client shows how many items it holds, of all dataclasses.
func TestServeCountsItems(t *testing.T) {
	t.Setenv(adminPasswordEnv, "an invented password")
	data := place(filepath.Join(t.TempDir(), "data"))
	err := data.enter(t.Context(), quiet(&terminal{err: io.Discard}), func(h *house) error {
		a, err := h.bindings.CreateAccount(t.Context(), bindings.NewAccount{Name: "ada", Password: "invented"})
		if err != nil {
			return err
		}
		list, err := h.bindings.Clients(t.Context(), a.ID, "datastore")
		if err != nil {
			return err
		}
		items := h.items.Items(a.ID, list[0].ID)
		for id, b := range map[sources.ID]dataclass.Body{
			"1": {Type: "text/vcard;version=3.0", Data: []byte("BEGIN:VCARD\r\nVERSION:3.0\r\nN:A;B;;;\r\nFN:B A\r\nEND:VCARD\r\n")},
			"2": {Type: "text/vcard;version=3.0", Data: []byte("BEGIN:VCARD\r\nVERSION:3.0\r\nN:C;D;;;\r\nFN:D C\r\nEND:VCARD\r\n")},
		} {
			if _, err := items.Put(t.Context(), dataclass.Contacts, id, "", b); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	r := serve(t, string(data))
	if code, body := get(t, http.DefaultClient, "GET", r.url+"/v2/services/datastore/", "ada", "invented"); code != 200 ||
		!strings.Contains(body, "Content lines: 2<") {
		t.Errorf("%d\n%s", code, body)
	}
	r.end(t)
}

func TestServeGreets(t *testing.T) {
	t.Setenv(adminPasswordEnv, "")
	data := filepath.Join(t.TempDir(), "data")
	r := serve(t, data)
	made := regexp.MustCompile(`account +admin, password (\S{20,}) \(shown this once\)\n`).FindStringSubmatch(r.greeting)
	if made == nil {
		t.Fatalf("no generated password in\n%s", r.greeting)
	}
	for _, want := range []string{
		`web pages +` + r.url + `/v2/syncengine/\n`, `new user .* --data \S+ account add NAME\n`,
		`phones .* --listen \d+\.\d+\.\d+\.\d+:\d+\n`,
	} {
		if !regexp.MustCompile(want).MatchString(r.greeting) {
			t.Errorf("%s is missing in\n%s", want, r.greeting)
		}
	}
	if code, _ := get(t, http.DefaultClient, "GET", r.url+"/v2/syncengine/", "admin", made[1]); code != 200 {
		t.Errorf("log-in with the generated password: %d", code)
	}
	r.end(t)

	again := serve(t, data)
	if !strings.Contains(again.greeting, "account     admin\n") {
		t.Errorf("the second start shows\n%s", again.greeting)
	}
	if code, _ := get(t, http.DefaultClient, "GET", again.url+"/v2/syncengine/", "admin", made[1]); code != 200 {
		t.Errorf("log-in after a restart: %d", code)
	}
	again.end(t)
}

// Accounts, clients and bindings are administered while the server runs, which knows them at once.
func TestAdministerWhileServing(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	r := serve(t, data)
	command := func(stdin string, args ...string) string {
		t.Helper()
		in, err := os.CreateTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = in.Close() }()
		if _, err := in.WriteString(stdin); err != nil {
			t.Fatal(err)
		}
		if _, err := in.Seek(0, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		if code := run(t.Context(), append([]string{"--data", data}, args...), terminal{in: in, out: &out, err: &out}); code != exitDone {
			t.Fatalf("%q ended with %d: %s", args, code, out.String())
		}
		return out.String()
	}
	login := func(password string) int {
		t.Helper()
		code, _ := get(t, http.DefaultClient, "GET", r.url+"/v2/syncengine/", "ada", password)
		return code
	}
	command("first\n", "account", "add", "ada", "--password-stdin")
	if code := login("first"); code != 200 {
		t.Errorf("a new account logs in: %d", code)
	}
	command("second\n", "account", "passwd", "ada", "--password-stdin")
	if before, after := login("first"), login("second"); before != 401 || after != 200 {
		t.Errorf("old password %d, new password %d", before, after)
	}
	if list := command("", "account", "list"); !strings.Contains(list, "ada") || !strings.Contains(list, "admin") {
		t.Errorf("accounts\n%s", list)
	}
	r.end(t)
}

func TestBindingCommands(t *testing.T) {
	data := place(t.TempDir())
	var owner, phone, store string
	err := data.enter(t.Context(), quiet(&terminal{err: io.Discard}), func(h *house) error {
		a, err := h.bindings.CreateAccount(t.Context(), bindings.NewAccount{Name: "ada", Password: "invented"})
		if err != nil {
			return err
		}
		owner = a.ID
		c, err := h.bindings.CreateClient(t.Context(), owner, bindings.NewClient{Kind: "syncml", DeviceID: "phone-1", Title: "Old phone"})
		if err != nil {
			return err
		}
		phone = c.ID
		list, err := h.bindings.Clients(t.Context(), owner, "datastore")
		store = list[0].ID
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"clients", []string{"client", "list"}, 0, phone + ` +syncml +ada +phone-1 +Old phone +- +-\n`},
		{"bind", []string{"binding", "add", phone, store, "--conflict", "target"}, 0, `^created binding 1\n`},
		{"again", []string{"binding", "add", phone, store}, 4, `bound already`},
		{"list", []string{"binding", "list"}, 0, `\n1 +ada +` + phone + ` +syncml +` + store + ` +datastore +target\n`},
		{"remove", []string{"binding", "rm", "--yes", "1"}, 0, `^removed binding 1\n`},
		{"remove again", []string{"binding", "rm", "--yes", "1"}, 4, `there is no binding 1`},
		{"none left", []string{"binding", "list"}, 0, `^ID [^\n]*\n$`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out strings.Builder
			code := run(t.Context(), append([]string{"--data", string(data)}, c.args...), terminal{in: os.Stdin, out: &out, err: &out})
			if code != c.code || !regexp.MustCompile(c.want).MatchString(out.String()) {
				t.Errorf("exit status %d, want %d and %s:\n%s", code, c.code, c.want, out.String())
			}
		})
	}
}

func TestGreetingOnTheNetwork(t *testing.T) {
	lan := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 10), Port: 8080}
	loopback := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080}
	for _, c := range []struct {
		name         string
		cmd          serveCmd
		addr         net.Addr
		url          string
		phones, open bool
	}{
		{"loopback", serveCmd{}, loopback, "http://127.0.0.1:8080", true, false},
		{"network in the clear", serveCmd{}, lan, "http://192.0.2.10:8080", false, true},
		{"network with TLS", serveCmd{TLS: tlsOptions{Cert: "c", Key: "k"}}, lan, "https://192.0.2.10:8080", false, false},
		{"behind a TLS proxy", serveCmd{BaseURL: "https://sync.example.org"}, lan, "https://sync.example.org", false, false},
		{"behind a plain proxy", serveCmd{BaseURL: "http://sync.example.org"}, lan, "http://sync.example.org", false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := c.cmd.greeting(c.addr, "data", firstAccount{name: "admin"})
			if g.url != c.url || (g.phones != "") != c.phones || g.open != c.open {
				t.Errorf("%+v", g)
			}
			if strings.Contains(g.String(), "WARNING") != c.open {
				t.Errorf("warning: want %v\n%s", c.open, g)
			}
		})
	}
}
