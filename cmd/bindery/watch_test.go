package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources/syncml/devicerule"
)

// A prober asks the faces of a house as somebody at an address.
type prober struct {
	t     *testing.T
	house *house
	faces faces
}

// newProber opens a house with the accounts ada, an administrator, and ben.
func newProber(t *testing.T, c *serveCmd) *prober {
	t.Helper()
	h, err := place(t.TempDir()).open(t.Context(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.close() })
	return &prober{t, h, h.faces(c, devicerule.Table{}, nil)}
}

func (p *prober) ask(path, from string, header ...string) *httptest.ResponseRecorder {
	p.t.Helper()
	r := httptest.NewRequestWithContext(p.t.Context(), http.MethodGet, path, nil)
	r.RemoteAddr = net.JoinHostPort(from, "40000")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	p.faces.handler.ServeHTTP(w, r)
	return w
}

// token makes an account and a token of its own, and gives what a program sends.
func (p *prober) token(name string, admin bool) string {
	p.t.Helper()
	a, err := p.house.bindings.CreateAccount(p.t.Context(), bindings.NewAccount{Name: name, Password: "correct horse", Admin: admin})
	if err != nil {
		p.t.Fatal(err)
	}
	_, secret, err := p.house.bindings.CreateToken(p.t.Context(), a.ID, bindings.NewToken{Label: "prometheus"})
	if err != nil {
		p.t.Fatal(err)
	}
	return "Bearer " + secret
}

// The metrics are for this machine and for administrators, unless somebody decided otherwise.
func TestMetricsAreNotForEverybody(t *testing.T) {
	p := newProber(t, &serveCmd{Metrics: metricsLoopback})
	ada, ben := p.token("ada", true), p.token("ben", false)
	for name, tc := range map[string]struct {
		who, from string
		header    []string
		want      int
	}{
		"this machine":                {metricsLoopback, "127.0.0.1", nil, 200},
		"this machine by IPv6":        {metricsLoopback, "::1", nil, 200},
		"a proxy on this machine":     {metricsLoopback, "127.0.0.1", []string{"X-Forwarded-For", "198.51.100.7"}, 401},
		"a proxy of another sort":     {metricsLoopback, "127.0.0.1", []string{"Forwarded", "for=198.51.100.7"}, 401},
		"elsewhere":                   {metricsLoopback, "198.51.100.7", nil, 401},
		"elsewhere, an administrator": {metricsLoopback, "198.51.100.7", []string{"Authorization", ada}, 200},
		"elsewhere, somebody":         {metricsLoopback, "198.51.100.7", []string{"Authorization", ben}, 401},
		"elsewhere, a password":       {metricsLoopback, "198.51.100.7", []string{"Authorization", "Basic YWRhOmNvcnJlY3QgaG9yc2U="}, 401},
		"public":                      {metricsPublic, "198.51.100.7", nil, 200},
		"off":                         {metricsOff, "127.0.0.1", []string{"Authorization", ada}, 404},
	} {
		p.faces.watch.who = tc.who
		header := tc.header
		if tc.who == metricsOff {
			header = append(header, "Accept", "*/*")
		}
		got := p.ask(metricsPath, tc.from, header...)
		if got.Code != tc.want || strings.Contains(got.Body.String(), "go_goroutines") != (tc.want == 200) {
			t.Errorf("%s: %d %.100q, want %d", name, got.Code, got.Body.String(), tc.want)
		}
	}
}

// What is asked is counted by face and status, and nothing that a user wrote is in the figures.
func TestRequestsAreCounted(t *testing.T) {
	p := newProber(t, &serveCmd{Metrics: metricsLoopback})
	p.ask("/v2/secret-of-a-user", "198.51.100.7")
	p.ask("/syncml", "198.51.100.7")
	p.ask("/wp-login.php", "198.51.100.7")
	got := p.ask(metricsPath, "127.0.0.1").Body.String()
	for _, want := range []string{
		`bindery_http_requests_total{code="401",face="api"} 1`, `bindery_http_requests_total{code="405",face="syncml"} 1`,
		`bindery_http_requests_total{code="401",face="other"} 1`, `bindery_open_notices{kind="hold"} 0`, `bindery_waiting_readable 1`,
		`bindery_background_syncs{state="waiting"} 0`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	if strings.Contains(got, "secret-of-a-user") || strings.Contains(got, "wp-login") {
		t.Error("the figures show what was asked")
	}
}

// A server is ready as long as its database takes writes and it is not told to stop; health only says that it answers.
func TestReady(t *testing.T) {
	p := newProber(t, &serveCmd{})
	ready := p.faces.watch.ready
	clock, writes := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), 0
	var broken error
	ready.now = func() time.Time { return clock }
	write := ready.write
	ready.write = func(ctx context.Context) error {
		writes++
		return errors.Join(broken, write(ctx))
	}
	want := func(what string, status int, text string) {
		t.Helper()
		if got := p.ask(readyPath, "198.51.100.7"); got.Code != status || strings.TrimSpace(got.Body.String()) != text {
			t.Errorf("%s: %d %q, want %d %q", what, got.Code, got.Body.String(), status, text)
		}
		if got := p.ask(healthPath, "198.51.100.7"); got.Code != 200 {
			t.Errorf("%s: health is answered %d", what, got.Code)
		}
	}
	want("at first", 200, "ok")
	broken = errors.New("disk full at /var/lib")
	want("at once", 200, "ok")
	if writes != 1 {
		t.Errorf("%d writes", writes)
	}
	clock = clock.Add(readyFor)
	want("a disk that is full", 503, errNoWriting.Error())
	broken, clock = nil, clock.Add(readyFor)
	want("a disk that is not", 200, "ok")
	p.faces.drain()
	want("while it stops", 503, errDraining.Error())
}

func TestSdNotify(t *testing.T) {
	name := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	t.Setenv("NOTIFY_SOCKET", name)
	sdNotify(sdReady)
	got := make([]byte, 100)
	n, err := conn.Read(got)
	if err != nil || string(got[:n]) != "READY=1" {
		t.Errorf("%q, %v", got[:n], err)
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	sdNotify(sdStopping) // nobody listens
}
