package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources/syncml/san"
)

// A caller is a data directory with a phone in it, and the commands that call it.
type caller struct {
	t     *testing.T
	data  string
	phone string
	store string
	out   string
	said  string
}

// newCaller makes an account with a phone that is bound to the account's datastore.
func newCaller(t *testing.T) *caller {
	c := &caller{t: t, data: filepath.Join(t.TempDir(), "data")}
	c.inside(func(h *house) error {
		a, err := h.bindings.CreateAccount(t.Context(), bindings.NewAccount{Name: "ada", Password: "an invented password"})
		if err != nil {
			return err
		}
		stores, err := h.bindings.Clients(t.Context(), a.ID, "datastore")
		if err != nil {
			return err
		}
		c.store = stores[0].ID
		c.phone, err = h.bindings.Phones(h.bindings.Syncs(h.kinds, h.log), true).Register(t.Context(), a.ID, "IMEI:001")
		return err
	})
	return c
}

func (c *caller) inside(fn func(*house) error) {
	c.t.Helper()
	term := terminal{in: os.Stdin, out: io.Discard, err: io.Discard}
	if err := place(c.data).enter(c.t.Context(), quiet(&term), fn); err != nil {
		c.t.Fatal(err)
	}
}

// run runs a command and wants its exit status. Words of the input are for commands that read it.
func (c *caller) run(want int, input string, args ...string) {
	c.t.Helper()
	in := filepath.Join(c.t.TempDir(), "in")
	if err := os.WriteFile(in, []byte(input), 0o600); err != nil {
		c.t.Fatal(err)
	}
	f, err := os.Open(in)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var out, said strings.Builder
	code := run(c.t.Context(), append([]string{"--data", c.data}, args...), terminal{in: f, out: &out, err: &said})
	if c.out, c.said = out.String(), said.String(); code != want {
		c.t.Fatalf("%q ended with %d, want %d\n%s%s", args, code, want, c.out, c.said)
	}
}

// wants checks the last command's output and complaints.
func (c *caller) wants(text, pattern string) {
	c.t.Helper()
	if !regexp.MustCompile(pattern).MatchString(text) {
		c.t.Errorf("not %q in\n%s", pattern, text)
	}
}

// phoneOpening is the first message of a phone's session: basic log-in and a sync of the address book.
func phoneOpening(session, mode int) string {
	return fmt.Sprintf(`<SyncML xmlns="SYNCML:SYNCML1.1"><SyncHdr><VerDTD>1.1</VerDTD><VerProto>SyncML/1.1</VerProto><SessionID>%d</SessionID>`+
		`<MsgID>1</MsgID><Target><LocURI>http://sync.example.org/syncml</LocURI></Target><Source><LocURI>IMEI:001</LocURI></Source>`+
		`<Cred><Meta><Type xmlns="syncml:metinf">syncml:auth-basic</Type></Meta><Data>YWRhOmFuIGludmVudGVkIHBhc3N3b3Jk</Data></Cred></SyncHdr>`+
		`<SyncBody><Alert><CmdID>1</CmdID><Data>%d</Data><Item><Target><LocURI>./card</LocURI></Target><Source><LocURI>./Contacts</LocURI></Source>`+
		`<Meta><Anchor xmlns="syncml:metinf"><Next>%d</Next></Anchor></Meta></Item></Alert><Final/></SyncBody></SyncML>`, session, mode, session)
}

// openSession posts it to a server and gives the reply.
func openSession(t *testing.T, url string, session, mode int) string {
	t.Helper()
	res, err := http.Post(url+"/syncml", "application/vnd.syncml+xml", strings.NewReader(phoneOpening(session, mode)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 {
		t.Fatalf("HTTP %d, %v", res.StatusCode, err)
	}
	return string(b)
}

// The whole way through a gateway: the phone synchronises once, is called, understands the call and comes
// while the gateway still holds it; everybody can see that it came.
func TestAlertThroughHTTPGateway(t *testing.T) {
	c := newCaller(t)
	r := serve(t, c.data)
	openSession(t, r.url, 70, 201)
	var asked []san.Notification
	gateway := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil || req.URL.Query().Get("to") != "+3585550100" || req.Header.Get("Authorization") != "Bearer hidden" {
			t.Errorf("%v, %s", err, req.URL)
		}
		n, err := san.Decode(req.Header.Get("Content-Type"), body)
		if err != nil {
			t.Error(err)
			return
		}
		asked = append(asked, n)
		mode := n.Syncs[0].Mode // as some phones do, it repeats the server's code
		if reply := openSession(t, r.url, int(n.SessionID), mode); !strings.Contains(reply, "<Alert>") {
			t.Errorf("the server answers\n%s", reply)
		}
	}))
	defer gateway.Close()
	c.run(exitDone, "a shared word\n", "client", "set", c.phone, "--push-address=+3585550100", "--server-id=home", "--alert-version=1.2", "--server-password-stdin")
	c.wants(c.out, `server password +set`)
	c.run(exitUsage, "", "client", "set", c.phone, "--alert-version", "9")
	c.wants(c.said, `there are 1\.0, 1\.1 and 1\.2, and no "9"`)
	c.run(exitFailed, "", "alert", c.phone, "--database", "nosuch", "--push-command", "true")
	c.wants(c.said, `there is no such database: "nosuch"`)
	push := []string{"alert", c.phone, "--push-url", gateway.URL + "/?to={address}", "--push-header", "Authorization: Bearer hidden"}
	c.run(exitDone, "", push...)
	c.wants(c.out, `^alert sent to IMEI:001; the phone begins the sync itself\n$`)
	want := []san.Notification{{Version: "1.2", UI: san.UIBackground, SessionID: 1, Server: "home",
		Syncs: []san.Sync{{Mode: san.TwoWay, Type: "text/x-vcard", URI: "./card"}}}}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Error(diff)
	}
	c.run(exitDone, "", "client", "list")
	c.wants(c.out, `syncml +ada +IMEI:001 +- +20\S+Z +20\S+Z by its session id\n`)
	c.run(exitDone, "", "client", "set", c.phone)
	c.wants(c.out, `push address +\+3585550100\nserver id +home\nalert version +1.2\nserver password +set\nalerted +20\S+Z\nanswered +20\S+Z by its session id\nfailed +-\n`)

	// A sync that the server is asked to start is the phone's: it is called for it.
	t.Setenv("BINDERY_PUSH_URL", gateway.URL+"/?to={address}")
	t.Setenv("BINDERY_PUSH_HEADER", "Authorization: Bearer hidden")
	c.run(exitDone, "", "sync", "--mode", "refresh-from-source", "client:"+c.store, "client:"+c.phone)
	c.wants(c.out, `^alert sent to IMEI:001`)
	if last := asked[len(asked)-1]; len(asked) != 2 || last.SessionID != 2 || last.Syncs[0].Mode != san.RefreshFromServer {
		t.Errorf("%+v", asked)
	}
	c.run(exitUsage, "", "sync", "--dry-run", "client:"+c.store, "client:"+c.phone)
	c.wants(c.said, `is a phone: what it has to say`)
	r.end(t)
}

// The same by a program, which is no shell; a program that fails is told of, and remembered.
func TestAlertThroughCommand(t *testing.T) {
	c := newCaller(t)
	dir := t.TempDir()
	script := filepath.Join(dir, "push.sh")
	text := "#!/bin/sh\ncat > '" + dir + "/alert'\nprintf '%s %s %s' \"$BINDERY_PUSH_ADDRESS\" \"$BINDERY_PUSH_CONTENT_TYPE\" \"$1\" > '" + dir + "/how'\n"
	if err := os.WriteFile(script, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	c.run(exitDone, "", "client", "set", c.phone, "--push-address=+3585550100", "--alert-version=1.1")
	c.run(exitDone, "", "alert", c.phone, "--database", "card", "--mode", "one-way-from-client", "--push-command", script, "--push-arg=$(id);{address}")
	body, err := os.ReadFile(filepath.Join(dir, "alert"))
	if err != nil {
		t.Fatal(err)
	}
	n, err := san.Decode(san.TypeMessage, body)
	if err != nil || n.Syncs[0] != (san.Sync{Mode: san.OneWayFromClient, Type: "text/x-vcard", URI: "card"}) {
		t.Errorf("%+v, %v", n, err)
	}
	how, err := os.ReadFile(filepath.Join(dir, "how"))
	if err != nil || string(how) != "+3585550100 application/vnd.syncml+wbxml $(id);+3585550100" {
		t.Errorf("%s, %v", how, err)
	}
	c.run(exitDone, "", "client", "set", c.phone)
	c.wants(c.out, `answered +no\nfailed +-\n`)

	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "no credit left", http.StatusPaymentRequired)
	}))
	defer refusing.Close()
	c.run(exitFailed, "", "alert", c.phone, "--database", "card", "--push-url", refusing.URL+"/?key=hidden")
	c.wants(c.said, `the gateway refused the notification: HTTP 402 .*no credit left`)
	c.run(exitDone, "", "client", "set", c.phone)
	c.wants(c.out, `answered +failed\nfailed +.*no credit left`)
	if strings.Contains(c.out+c.said, "hidden") {
		t.Errorf("the gateway's key is shown: %s", c.out)
	}
}

// What stands in the way is said with what to do about it.
func TestAlertSaysWhatIsMissing(t *testing.T) {
	c := newCaller(t)
	c.run(exitFailed, "", "alert", c.phone)
	c.wants(c.said, `it has no address; set it: bindery client set `+c.phone+` --push-address`)
	c.run(exitDone, "", "client", "set", c.phone, "--push-address=1")
	c.run(exitFailed, "", "alert", c.phone)
	c.wants(c.said, `--push-command or \$BINDERY_PUSH_COMMAND, or an HTTP gateway with --push-url`)
	c.run(exitFailed, "", "alert", c.phone, "--class", "Notes", "--push-command", "true")
	c.wants(c.said, `bindery alert `+c.phone+` --database NAME`)
	c.run(exitFailed, "", "alert", c.phone, "--push-command", "no-such-program")
	c.wants(c.said, `--push-command: .*no-such-program`)
	c.run(exitFailed, "", "sync", "client:"+c.phone, "client:"+c.store)
	c.wants(c.said, `\$BINDERY_PUSH_COMMAND`)
	c.run(exitUsage, "", "alert", c.store)
	c.wants(c.said, `is a datastore, no phone`)
	c.run(exitUsage, "", "client", "set", c.store, "--push-address=1")
	c.run(exitFailed, "", "alert", "0190a000-0000-7000-8000-000000000001")
	c.wants(c.said, `no account has the Sync Client`)
	c.run(exitUsage, "", "alert", c.phone, "--class", "Recipes")
	c.run(exitUsage, "", "client", "set", c.phone, "--push-address=--help")
	c.run(exitUsage, "", "client", "set", c.phone, "--alert-version=2")
	c.run(exitUsage, "", "sync", "client:"+c.phone, t.TempDir())
	c.wants(c.said, `is a phone, and not bound to the other side`)
	t.Setenv("BINDERY_PUSH_TIMEOUT", "soon")
	c.run(exitUsage, "", "sync", "client:"+c.phone, "client:"+c.store)
	for _, bad := range [][]string{
		{"--push-command=a", "--push-url=http://b"}, {"--push-arg=a"}, {"--push-header=A: b"}, {"--push-body=x"}, {"--push-url=gopher://x"},
		{"--push-url=http://x", "--push-header=nothing"}, {"--push-url=http://x", "--push-header=a b: hidden"}, {"--push-url=http://x", "--push-timeout=-1s"},
	} {
		for _, command := range [][]string{{"alert", c.phone}, {"serve"}} {
			c.run(exitUsage, "", append(command, append([]string{"--push-timeout=1s"}, bad...)...)...)
			if strings.Contains(c.said, "hidden") {
				t.Errorf("%q shows it: %s", bad, c.said)
			}
		}
	}
}
