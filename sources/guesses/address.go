package guesses

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// Address gives the IP address that a request comes from, without the port.
func Address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// network is the part of an address that one customer has: an IPv6 address' first 64 bits.
func network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if a = a.Unmap().WithZone(""); a.Is4() {
		return a.String()
	}
	p, _ := a.Prefix(64) // an IPv6 address has 64 bits
	return p.String()
}

// Behind gives a handler for a server that stands behind proxies: a request from one of them counts as
// coming from the last address in X-Forwarded-For that is none of theirs. What others write there is
// ignored.
func Behind(proxies []netip.Prefix, next http.Handler) http.Handler {
	if len(proxies) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if from := forwarded(r, proxies); from != "" {
			r = r.WithContext(r.Context())
			r.RemoteAddr = net.JoinHostPort(from, "0")
		}
		next.ServeHTTP(w, r)
	})
}

func forwarded(r *http.Request, proxies []netip.Prefix) string {
	if !trusted(Address(r), proxies) {
		return ""
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop := strings.TrimSpace(hops[i])
		a, err := netip.ParseAddr(hop)
		if err != nil {
			return ""
		}
		if !trusted(hop, proxies) {
			return a.String()
		}
	}
	return ""
}

func trusted(address string, proxies []netip.Prefix) bool {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	for _, p := range proxies {
		if p.Contains(a.Unmap().WithZone("")) {
			return true
		}
	}
	return false
}
