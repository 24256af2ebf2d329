package outgoing_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/bindery-sync/bindery/sources/outgoing"
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

// TestRefusedAddresses writes special addresses in every way that some resolver or dialer understands.
func TestRefusedAddresses(t *testing.T) {
	hit := 0
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hit++ }))
	defer srv.Close()
	_, port, err := net.SplitHostPort(srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c := outgoing.New(outgoing.Options{Timeout: 5 * time.Second, Resolver: names(t, "127.0.0.1")}).Client(nil)
	for _, host := range []string{
		"127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "0", "0.0.0.0",
		"[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::127.0.0.1]",
		"[64:ff9b::7f00:1]", "[2002:7f00:1::]", "localhost", "rebind.example.org", "10.0.0.1", "172.31.0.1", "192.168.1.1",
		"169.254.169.254", "[fe80::1]", "[fd00::1]", "100.64.0.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "[ff02::1]",
	} {
		for _, scheme := range []string{"http", "https"} {
			res, err := c.Get(scheme + "://" + host + ":" + port + "/")
			if err == nil {
				_ = res.Body.Close()
				t.Errorf("%s://%s was asked", scheme, host)
			}
		}
	}
	if hit > 0 {
		t.Errorf("the server on loopback was asked %d times", hit)
	}
}

// names answers every name by one address, as somebody does who wants a name to mean another machine at the second look.
func names(t *testing.T, addr string) *net.Resolver {
	t.Helper()
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pc.Close() })
	go answerNames(pc, netip.MustParseAddr(addr).As4())
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", pc.LocalAddr().String())
	}}
}

func answerNames(pc net.PacketConn, addr [4]byte) {
	buf := make([]byte, 1500)
	for {
		n, from, err := pc.ReadFrom(buf)
		if err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
			continue
		}
		m.Response, m.Additionals = true, nil
		if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
			m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 1}, Body: &dnsmessage.AResource{A: addr}}}
		}
		if out, err := m.Pack(); err == nil {
			_, _ = pc.WriteTo(out, from)
		}
	}
}

// TestAllowed has an administrator allow the machine itself: by its address and by a name.
func TestAllowed(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "fine") }))
	defer srv.Close()
	_, port, _ := net.SplitHostPort(srv.Listener.Addr().String())
	g := outgoing.New(outgoing.Options{Allow: loopback, Resolver: names(t, "127.0.0.1")})
	defer g.CloseIdle()
	for _, host := range []string{"127.0.0.1", "pim.example.org"} {
		res, err := g.Client(nil).Get("http://" + host + ":" + port)
		if err != nil {
			t.Fatalf("%s: %v", host, err)
		}
		body, err := io.ReadAll(res.Body)
		if err != nil || string(body) != "fine" {
			t.Errorf("%s: %q, %v", host, body, err)
		}
		_ = res.Body.Close()
	}
}

// TestRedirects leads from an allowed server to where nobody may go, and out of a request that writes.
func TestRedirects(t *testing.T) {
	asked := map[string]int{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked[r.Method+" "+r.URL.Path]++
		if to := r.URL.Query().Get("to"); to != "" {
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusTemporaryRedirect)
		}
	}))
	defer srv.Close()
	g := outgoing.New(outgoing.Options{Allow: loopback})
	defer g.CloseIdle()
	c := g.Client(nil)
	for _, to := range []string{"http://10.0.0.1/", "http://169.254.169.254/latest", "http://[::1]:1/", "file:///etc/passwd", "gopher://127.0.0.1/", "http://example.org/", "http://u:p@127.0.0.1/"} {
		if res, err := c.Get(srv.URL + "/a?to=" + to); err == nil {
			_ = res.Body.Close()
			t.Errorf("redirect to %s: %d", to, res.StatusCode)
		} else if !errors.Is(err, outgoing.ErrRefused) && !strings.Contains(err.Error(), "unsupported") && !strings.Contains(err.Error(), "lookup") {
			t.Errorf("redirect to %s: %v", to, err)
		}
	}
	res, err := c.Post(srv.URL+"/w?to=/elsewhere", "text/plain", strings.NewReader("secret"))
	if err != nil || res.StatusCode != http.StatusTemporaryRedirect || asked["POST /elsewhere"] != 0 {
		t.Errorf("a POST that is redirected: %v, %v, asked %v", res, err, asked)
	}
	_ = res.Body.Close()
	res, err = c.Get(srv.URL + "/a?to=/b")
	if err != nil || asked["GET /b"] != 1 {
		t.Errorf("a redirect to the same server: %v", err)
	}
	_ = res.Body.Close()
	if res, err = c.Get(srv.URL + "/loop?to=/loop%3Fto%3D/loop%253Fto%253D/loop"); err == nil {
		_ = res.Body.Close()
	}
	if n := asked["GET /loop"]; n < 3 {
		t.Errorf("a chain of redirects was followed %d times: %v", n, err)
	}
}

// TestAnswersAreBounded sends more than is taken: a body of known and one of unknown length, and one that is small only
// while it is compressed.
func TestAnswersAreBounded(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Query().Get("n"))
		for range n {
			_, _ = w.Write(make([]byte, 100))
		}
	}))
	defer srv.Close()
	g := outgoing.New(outgoing.Options{Allow: loopback, MaxBody: 1000})
	defer g.CloseIdle()
	for n, want := range map[int]error{0: nil, 10: nil, 11: outgoing.ErrTooBig, 1000: outgoing.ErrTooBig} {
		res, err := g.Client(nil).Get(srv.URL + "?n=" + strconv.Itoa(n))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if !errors.Is(err, want) || len(body) > 1000 || want == nil && len(body) != n*100 {
			t.Errorf("%d00 bytes: got %d, %v", n, len(body), err)
		}
		_ = res.Body.Close()
	}
}

// TestTimeout has a body that never ends.
func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := outgoing.New(outgoing.Options{}).Client(trickle{})
		began := time.Now()
		res, err := c.Get("https://pim.example.org/")
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.Copy(io.Discard, res.Body)
		if err == nil || time.Since(began) > outgoing.DefaultTimeout+time.Minute {
			t.Errorf("after %s: %v", time.Since(began), err)
		}
		_ = res.Body.Close()
	})
}

// trickle answers with a byte each second, for ever.
type trickle struct{}

func (trickle) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: slow{r.Context()}, Request: r, Header: http.Header{}}, nil
}

type slow struct{ ctx context.Context }

func (s slow) Read(p []byte) (int, error) {
	select {
	case <-s.ctx.Done():
		return 0, s.ctx.Err()
	case <-time.After(time.Second):
		return copy(p, "x"), nil
	}
}

func (slow) Close() error { return nil }

func TestCheckURL(t *testing.T) {
	closed, open := outgoing.New(outgoing.Options{}), outgoing.New(outgoing.Options{Allow: outgoing.Private()})
	for _, tc := range []struct {
		url          string
		closed, open bool
	}{
		{"https://pim.example.org/feeds", true, true},
		{"https://pim.example.org:8443/feeds", true, true},
		{"http://pim.example.org/", true, true}, // what the name resolves to decides
		{"https://192.168.1.2/", false, true},
		{"http://127.0.0.1:8080/", false, true},
		{"https://[::ffff:127.0.0.1]/", false, true},
		{"https://169.254.169.254/", false, false},
		{"http://8.8.8.8/", false, false},
		{"https://8.8.8.8:22/", false, false},
		{"https://8.8.8.8/", true, true},
		{"https://u:p@pim.example.org/", false, false},
		{"https:///feeds", false, false},
		{"pim.example.org", false, false},
		{"file:///etc/passwd", false, false},
		{"javascript:alert(1)", false, false},
		{"https://pim.example.org/#x", false, false},
		{"https://pim.example.org/a b", false, false},
		{"https://pim.example.org/" + strings.Repeat("x", 3000), false, false},
		{"", false, false},
	} {
		if err := closed.CheckURL(tc.url); (err == nil) != tc.closed || err != nil && !errors.Is(err, outgoing.ErrRefused) {
			t.Errorf("%.80s: %v", tc.url, err)
		}
		if err := open.CheckURL(tc.url); (err == nil) != tc.open {
			t.Errorf("%.80s with private networks allowed: %v", tc.url, err)
		}
	}
}

func TestParseAllow(t *testing.T) {
	for _, tc := range []struct {
		in   string
		want int
	}{{"private", len(outgoing.Private())}, {"10.1.2.3/8", 1}, {"::ffff:10.0.0.1", 1}, {"fe80::1%eth0", 1}, {"10.0.0.0/40", -1}, {"all", -1}, {"", -1}} {
		got, err := outgoing.ParseAllow([]string{tc.in})
		if (err != nil) != (tc.want < 0) || err == nil && len(got) != tc.want {
			t.Errorf("%q: %v, %v", tc.in, got, err)
		}
	}
}

// TestRedirectsEnd leads in a circle.
func TestRedirectsEnd(t *testing.T) {
	n := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n++
		http.Redirect(w, r, "/again", http.StatusFound)
	}))
	defer srv.Close()
	g := outgoing.New(outgoing.Options{Allow: loopback})
	defer g.CloseIdle()
	res, err := g.Client(nil).Get(srv.URL)
	if err == nil {
		_ = res.Body.Close()
	}
	if !errors.Is(err, outgoing.ErrRefused) || n > 10 {
		t.Errorf("asked %d times: %v", n, err)
	}
}
