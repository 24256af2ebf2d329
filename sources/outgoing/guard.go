// Package outgoing is the HTTP client for addresses that users choose: other people's servers, webhooks. Whoever may
// name an address could otherwise have this server ask machines that only it can reach.
//
// A Guard looks at the address that a connection is really about to be made to, after names were resolved, so that it
// does not matter how an address is written, what a name resolves to at the second look, or where a redirect leads.
// Private, loopback, link-local and other special addresses are refused unless the administrator allows them, and so
// are plain HTTP and unusual ports below 1024 anywhere else. Proxies of the environment are not used: they would connect
// in our stead. Answers are bounded in size and in time.
package outgoing

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// Errors that a caller branches on. They arrive wrapped; their texts name nothing that was found out about the address.
var (
	// ErrRefused: the guard does not let anybody ask this address.
	ErrRefused = errors.New("address is refused")
	// ErrTooBig: the body of an answer is longer than Options.MaxBody.
	ErrTooBig = errors.New("answer is too big")
)

// What Options say by default.
const (
	DefaultMaxBody = 64 << 20
	DefaultTimeout = 2 * time.Minute
)

// Bounds of what happens before the body.
const (
	dialTimeout   = 10 * time.Second
	headerTimeout = time.Minute
	maxHeader     = 64 << 10
	maxRedirects  = 5
	maxURL        = 2048
)

// Options say what a Guard lets through. The zero value allows nothing but HTTPS to the public internet.
type Options struct {
	// Allow are networks that may be asked although they are not public, and by plain HTTP and on every port.
	Allow []netip.Prefix
	// MaxBody is how many bytes the body of an answer may have, after decompression; by default DefaultMaxBody.
	MaxBody int64
	// Timeout bounds one request with all its redirects and the body of the answer; by default DefaultTimeout.
	Timeout time.Duration
	// Resolver finds the addresses of names; by default the system's.
	Resolver *net.Resolver
}

// A Guard decides which addresses may be asked. It is safe for concurrent use.
type Guard struct {
	o      Options
	secure *http.Transport
	plain  *http.Transport
}

// New makes a Guard.
func New(o Options) *Guard {
	if o.MaxBody <= 0 {
		o.MaxBody = DefaultMaxBody
	}
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	g := &Guard{o: o}
	g.secure, g.plain = g.transport(g.admits), g.transport(g.allowed)
	return g
}

// transport makes connections to those addresses that ok lets through.
func (g *Guard) transport(ok func(netip.AddrPort) bool) *http.Transport {
	d := &net.Dialer{Timeout: dialTimeout, Resolver: g.o.Resolver, Control: func(network, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || !strings.HasPrefix(network, "tcp") || !ok(at) {
			return ErrRefused
		}
		return nil
	}}
	return &http.Transport{
		DialContext: d.DialContext, TLSHandshakeTimeout: dialTimeout, ResponseHeaderTimeout: headerTimeout,
		MaxResponseHeaderBytes: maxHeader, MaxIdleConns: 64, MaxIdleConnsPerHost: 16, IdleConnTimeout: time.Minute,
		ForceAttemptHTTP2: true,
	}
}

// allowed reports whether the administrator allows an address.
func (g *Guard) allowed(at netip.AddrPort) bool {
	addr := at.Addr().Unmap().WithZone("")
	for _, p := range g.o.Allow {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// admits reports whether an address may be asked by HTTPS.
func (g *Guard) admits(at netip.AddrPort) bool {
	if g.allowed(at) {
		return true
	}
	port := at.Port()
	return public(at.Addr()) && (port == 443 || port >= 1024)
}

// special are networks that are not public although package netip takes them for it: special purposes of RFC 6890 and
// its successors, and the ways in which IPv6 addresses stand for IPv4 ones.
var special = prefixes("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23",
	"2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10", "::/96")

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, text := range list {
		out[i] = netip.MustParsePrefix(text)
	}
	return out
}

// public reports whether an address is one of the public internet.
func public(addr netip.Addr) bool {
	if addr.Zone() != "" {
		return false
	}
	addr = addr.Unmap()
	if !addr.IsGlobalUnicast() || addr.IsPrivate() {
		return false
	}
	for _, p := range special {
		if p.Contains(addr) {
			return false
		}
	}
	return true
}

// Private are the networks that the word "private" stands for where an administrator allows them: those of RFC 1918, RFC
// 4193 and RFC 6598, and the machine itself. Link-local addresses are not among them, for behind them are the
// credentials of machines in a cloud.
func Private() []netip.Prefix {
	return prefixes("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "::1/128", "fc00::/7")
}

// ParseAllow reads a list of networks, addresses and the word "private", as administrators write it.
func ParseAllow(list []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, text := range list {
		if text == "private" {
			out = append(out, Private()...)
			continue
		}
		if a, err := netip.ParseAddr(text); err == nil {
			a = a.Unmap().WithZone("")
			out = append(out, netip.PrefixFrom(a, a.BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("%.64q is neither a network like 10.0.0.0/8, nor an address, nor the word private", text)
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

// CheckURL returns an ErrRefused for what is no absolute http or https address without a name and a password in it, and
// for a literal address that is refused. It asks nobody: what a name resolves to is looked at when it is asked.
func (g *Guard) CheckURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil, len(text) > maxURL, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "", u.User != nil, u.Fragment != "":
		return fmt.Errorf("no address of a server: %w", ErrRefused)
	case strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		return fmt.Errorf("no address of a server: %w", ErrRefused)
	}
	addr, err := netip.ParseAddr(u.Hostname())
	if err != nil {
		return nil
	}
	port := netip.AddrPortFrom(addr, portOf(u))
	if u.Scheme == "http" && !g.allowed(port) || !g.admits(port) {
		return fmt.Errorf("%s address: %w", u.Scheme, ErrRefused)
	}
	return nil
}

func portOf(u *url.URL) uint16 {
	if u.Port() == "" {
		return map[string]uint16{"http": 80, "https": 443}[u.Scheme]
	}
	at, err := netip.ParseAddrPort("[::]:" + u.Port())
	if err != nil {
		return 0
	}
	return at.Port()
}

// RoundTrip implements http.RoundTripper: it asks only whom the Guard lets through, and bounds the answer.
func (g *Guard) RoundTrip(r *http.Request) (*http.Response, error) {
	t := g.secure
	switch {
	case r.URL.Scheme == "http":
		t = g.plain
	case r.URL.Scheme != "https":
		return nil, closing(r, fmt.Errorf("scheme %.16q: %w", r.URL.Scheme, ErrRefused))
	}
	if r.URL.User != nil {
		return nil, closing(r, fmt.Errorf("a name and a password in an address: %w", ErrRefused))
	}
	res, err := t.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	res.Body = &bounded{ReadCloser: res.Body, left: g.o.MaxBody}
	return res, nil
}

// closing closes the body of a request that is not sent, as an http.RoundTripper has to.
func closing(r *http.Request, err error) error {
	if r.Body != nil {
		err = errors.Join(err, r.Body.Close())
	}
	return err
}

// Client gives an HTTP client over next, or over the Guard itself if next is nil. It follows a few redirects of GET and
// HEAD; a redirect of anything else is the answer, so that nothing written is sent elsewhere. It keeps no cookies.
func (g *Guard) Client(next http.RoundTripper) *http.Client {
	if next == nil {
		next = g
	}
	return &http.Client{Transport: next, Timeout: g.o.Timeout, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		switch {
		case via[0].Method != http.MethodGet && via[0].Method != http.MethodHead:
			return http.ErrUseLastResponse
		case len(via) > maxRedirects:
			return fmt.Errorf("after %d redirects: %w", maxRedirects, ErrRefused)
		case via[len(via)-1].URL.Scheme == "https" && r.URL.Scheme != "https":
			return fmt.Errorf("redirect to plain HTTP: %w", ErrRefused)
		}
		return nil
	}}
}

// CloseIdle closes the connections that nobody uses.
func (g *Guard) CloseIdle() {
	g.secure.CloseIdleConnections()
	g.plain.CloseIdleConnections()
}

// bounded is a body that ends with ErrTooBig instead of going on for ever.
type bounded struct {
	io.ReadCloser
	left int64
}

// Read implements io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, ErrTooBig
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return n - 1, ErrTooBig
	}
	return n, err
}
