package discover_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/dav/discover"
)

// basic signs in.
type basic struct{ user, password string }

// RoundTrip implements http.RoundTripper.
func (b basic) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.SetBasicAuth(b.user, b.password)
	return http.DefaultTransport.RoundTrip(r)
}

// freeAddress gives an address of this machine that nobody listens at.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// start runs a server until the test is over, and waits until it listens.
func start(t *testing.T, at string, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = io.Discard, io.Discard
	if err := cmd.Start(); err != nil {
		t.Fatalf("%s is not here; .ci/install installs it: %v", name, err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for ctx.Err() == nil {
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp", at)
		if err == nil {
			_ = c.Close()
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("%s does not listen at %s", name, at)
}

// radicale starts Radicale with the account ada, and gives its address.
func radicale(t *testing.T) string {
	at, dir := freeAddress(t), t.TempDir()
	users := filepath.Join(dir, "users")
	if err := os.WriteFile(users, []byte("ada:secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, at, "radicale", "--config", "", "--server-hosts", at, "--auth-type", "htpasswd", "--auth-htpasswd-filename", users,
		"--auth-htpasswd-encryption", "plain", "--storage-filesystem-folder", filepath.Join(dir, "data"))
	return "http://" + at + "/"
}

// xandikos starts Xandikos, which lets everybody in, and gives its address.
func xandikos(t *testing.T) string {
	at, dir := freeAddress(t), t.TempDir()
	host, port, _ := net.SplitHostPort(at)
	start(t, at, "xandikos", "--directory", dir, "--listen-address", host, "--port", port, "--current-user-principal", "/ada/", "--defaults")
	return "http://" + at + "/"
}

// TestPeers finds an account on servers of other projects, makes a collection for each dataclass, and finds those.
func TestPeers(t *testing.T) {
	for _, peer := range []struct {
		name  string
		start func(t *testing.T) string
		// has is how many collections there are at first.
		has int
	}{{"radicale", radicale, 0}, {"xandikos", xandikos, 2}} {
		t.Run(peer.name, func(t *testing.T) {
			t.Parallel()
			at := peer.start(t)
			c := &http.Client{Transport: basic{"ada", "secret"}}
			a, err := discover.Find(t.Context(), c, discover.Options{}, at)
			if err != nil || len(a.Collections) != peer.has || len(a.Troubles) > 0 {
				t.Fatalf("%v %+v", err, a)
			}
			var made []string
			for _, class := range []dataclass.Class{dataclass.Contacts, dataclass.Events, dataclass.Tasks, dataclass.Notes, dataclass.Contacts} {
				name := fmt.Sprintf("%s <&> Ø", class)
				col, err := discover.Make(t.Context(), c, a, class, name)
				if err != nil || !col.Holds(class) || col.ReadOnly || col.Name != name {
					t.Fatalf("%s: %v %+v", class, err, col)
				}
				made = append(made, col.URL)
			}
			again, err := discover.Find(t.Context(), c, discover.Options{}, at)
			if err != nil || len(again.Collections) != peer.has+len(made) || len(again.Classes()) != 4 {
				t.Fatalf("%v %+v", err, again)
			}
			for _, u := range made {
				if !slices.ContainsFunc(again.Collections, func(c discover.Collection) bool { return c.URL == u }) {
					t.Errorf("%s was made and is not found in\n%s", u, summary(again))
				}
				one, err := discover.Find(t.Context(), c, discover.Options{}, u)
				if err != nil || len(one.Collections) != 1 || !strings.HasPrefix(u, one.Collections[0].URL) {
					t.Errorf("%s: %v %+v", u, err, one)
				}
			}
		})
	}
}
