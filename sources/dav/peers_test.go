package dav_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/dav"
	"github.com/bindery-sync/bindery/sources/sourcetest"
)

// peer is somebody else's server, which the test started.
type peer struct {
	t    testing.TB
	root string
	mu   sync.Mutex
	n    int
	// cards and calendars are the paths of new collections, with the number of the account.
	cards, calendars string
}

// startPeer starts a program that listens to a port, until the test ends.
func startPeer(t testing.TB, program string, args func(port, dir string) []string) *peer {
	t.Helper()
	exe, err := exec.LookPath(program)
	if err != nil {
		if os.Getenv("BINDERY_REQUIRE_PEERS") == "1" {
			t.Fatalf("%s is missing", program)
		}
		t.Skipf("%s is missing", program)
	}
	free, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host := free.Addr().String()
	_, port, _ := net.SplitHostPort(host)
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(context.Background(), exe, args(port, t.TempDir())...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()         // its status is that it was killed
	})
	for range 1200 {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", host)
		if err == nil {
			_ = conn.Close() // it was only a look
			return &peer{t: t, root: "http://" + host}
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s does not answer", program)
	return nil
}

func radicale(t testing.TB) *peer {
	p := startPeer(t, "radicale", func(port, dir string) []string {
		conf := filepath.Join(t.TempDir(), "config")
		text := fmt.Sprintf("[server]\nhosts = 127.0.0.1:%s\n[auth]\ntype = none\n[storage]\nfilesystem_folder = %s\n[logging]\nlevel = critical\n", port, dir)
		if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return []string{"--config", conf}
	})
	p.cards, p.calendars = "/user%d/cards/", "/user%d/calendar/"
	return p
}

func xandikos(t testing.TB) *peer {
	p := startPeer(t, "xandikos", func(port, dir string) []string {
		return []string{"-d", dir, "--defaults", "--current-user-principal", "/user/", "-l", "127.0.0.1", "-p", port}
	})
	p.cards, p.calendars = "/user/contacts/cards%d/", "/user/calendars/calendar%d/"
	return p
}

// account makes an address book and a calendar for all other classes.
func (p *peer) account() *account {
	p.mu.Lock()
	p.n++
	n := p.n
	p.mu.Unlock()
	transport := &http.Transport{IdleConnTimeout: 200 * time.Millisecond, MaxIdleConnsPerHost: 8}
	a := &account{http: &http.Client{Transport: signed{transport, fmt.Sprint("user", n)}}}
	cards, calendars := p.root+fmt.Sprintf(p.cards, n), p.root+fmt.Sprintf(p.calendars, n)
	for method, make := range map[string][2]string{
		"MKCOL": {cards, `<mkcol xmlns="DAV:"><set><prop><resourcetype><collection/><addressbook xmlns="urn:ietf:params:xml:ns:carddav"/></resourcetype></prop></set></mkcol>`},
		"MKCALENDAR": {calendars, `<C:mkcalendar xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><set><prop><displayname>all</displayname><C:supported-calendar-component-set>` +
			`<C:comp name="VEVENT"/><C:comp name="VTODO"/><C:comp name="VJOURNAL"/></C:supported-calendar-component-set></prop></set></C:mkcalendar>`},
	} {
		status, answer, err := a.ask(method, make[0], []byte(make[1]), "Content-Type: application/xml")
		if err := want(err, status, answer, 201); err != nil {
			p.t.Error(method, err)
		}
	}
	a.collections = map[dataclass.Class]string{dataclass.Contacts: cards, dataclass.Events: calendars, dataclass.Tasks: calendars, dataclass.Notes: calendars}
	return a
}

// conformPeer runs the suite against a peer: against all classes if there is time, else against some and with little.
func conformPeer(t *testing.T, p *peer, some ...dataclass.Class) {
	h, o := newHouse(t, dav.Options{MaxItemSize: 1 << 20}), sourcetest.Options{Many: 300, Bulk: 310}
	o.Caps = h.d.Caps()
	if os.Getenv("BINDERY_LONG") == "" {
		o.Many, o.Bulk, o.Brief = 30, 8, true
		o.Caps.Classes = some
	}
	conform(t, h, o, p.account)
}

// The peers are asked one after the other: the suite looks for goroutines that were left, and takes those of another test
// for some.
func TestConformanceRadicale(t *testing.T) {
	conformPeer(t, radicale(t), dataclass.Contacts, dataclass.Events)
}

func TestConformanceXandikos(t *testing.T) {
	conformPeer(t, xandikos(t), dataclass.Contacts)
}
