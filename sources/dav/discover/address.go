package discover

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// address is what a person typed.
type address struct {
	// home is the site that was named: scheme and host, and the path if one was given.
	home *url.URL
	// named tells that a path was given, mail that it is a mail address.
	named, mail bool
}

// Home gives the site that an address names, which is whom credentials are for: see SameSite. It asks nobody, and returns
// an ErrAddress for what is no address of anything.
func Home(address string) (*url.URL, error) {
	a, err := parse(address)
	return a.home, err
}

// User gives the name that an address holds: all of a mail address, or what stands before the @ of a URL; "" if it holds
// none.
func User(address string) string {
	address = strings.TrimSpace(address)
	if !strings.Contains(address, "://") {
		if strings.Contains(address, "@") && !strings.Contains(address, "/") {
			return address
		}
		return ""
	}
	u, err := url.Parse(address)
	if err != nil || u.User == nil {
		return ""
	}
	return u.User.Username()
}

// parse reads what a person typed. Without a scheme it is HTTPS; plain HTTP is never guessed.
func parse(text string) (address, error) {
	text = strings.TrimSpace(text)
	bad := &Error{Class: ErrAddress}
	if text == "" || len(text) > maxAddress || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return address{}, bad
	}
	var a address
	if !strings.Contains(text, "://") {
		if at := strings.LastIndexByte(text, '@'); at >= 0 && !strings.Contains(text, "/") {
			a.mail, text = true, text[at+1:]
		}
		text = "https://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.RawQuery != "" {
		return address{}, bad
	}
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	u.Host = strings.ToLower(u.Host)
	if u.Path == "" {
		u.Path = "/"
	}
	a.home, a.named = u, u.Path != "/"
	return a, nil
}

// SameSite reports whether credentials that are for one address may be sent to another: it is the same server; or by
// HTTPS another port or host of the same site, which is the part of a name that somebody registers, such as example.org
// of dav.example.org. Plain HTTP and literal addresses only are what they are.
func SameSite(home, u *url.URL) bool {
	if home.Scheme == u.Scheme && authority(home) == authority(u) {
		return true
	}
	a, b := strings.ToLower(home.Hostname()), strings.ToLower(u.Hostname())
	if u.Scheme != "https" || b == "" {
		return false
	}
	if a == b {
		return true
	}
	if _, err := netip.ParseAddr(a); err == nil || home.Scheme != "https" {
		return false
	}
	site, err := publicsuffix.EffectiveTLDPlusOne(a)
	other, err2 := publicsuffix.EffectiveTLDPlusOne(b)
	return err == nil && err2 == nil && site == other
}

// authority gives host and port.
func authority(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return strings.ToLower(u.Hostname()) + ":" + port
}

// same reports whether two addresses are one resource.
func same(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && authority(a) == authority(b) && strings.TrimSuffix(a.Path, "/") == strings.TrimSuffix(b.Path, "/")
}

// A step is one way to find where an account begins.
type step struct {
	// service is carddav or caldav, "" for both.
	service string
	// places gives the addresses to look at.
	places func(ctx context.Context) []*url.URL
}

// steps are the ways to look, in their order: the address itself if it has a path; for a mail address what DNS says (RFC
// 6764 section 6); the well-known places; DNS; the root.
func (f *finder) steps() []step {
	at := func(path string) func(context.Context) []*url.URL {
		return func(context.Context) []*url.URL {
			return []*url.URL{f.from.home.ResolveReference(&url.URL{Path: path})}
		}
	}
	var out []step
	if f.from.named {
		out = append(out, step{"", at(f.from.home.Path)})
	}
	for _, service := range []string{"carddav", "caldav"} {
		known, dns := step{service, at("/.well-known/" + service)}, step{service, f.dns(service)}
		if f.from.mail {
			known, dns = dns, known
		}
		out = append(out, known, dns)
	}
	return append(out, step{"", at("/")})
}

// dns gives what the SRV and TXT records of a service say (RFC 6764). A name of a server that is none in DNS, as a
// literal address, has none.
func (f *finder) dns(service string) func(ctx context.Context) []*url.URL {
	return func(ctx context.Context) []*url.URL {
		name := f.from.home.Hostname()
		if _, err := netip.ParseAddr(name); err == nil || f.o.Resolver == nil || !strings.Contains(name, ".") || f.from.home.Port() != "" {
			return nil
		}
		full := service
		if f.from.home.Scheme == "https" {
			full += "s"
		}
		_, list, err := f.o.Resolver.LookupSRV(ctx, full, "tcp", name)
		if err != nil {
			return nil
		}
		path := f.txtPath(ctx, "_"+full+"._tcp."+name, "/.well-known/"+service)
		var out []*url.URL
		for _, s := range list[:min(len(list), maxHomes)] {
			host := strings.ToLower(strings.TrimSuffix(s.Target, "."))
			if host == "" { // section 4: the service is not offered
				continue
			}
			if port := int(s.Port); port != 443 || f.from.home.Scheme != "https" {
				host = net.JoinHostPort(host, strconv.Itoa(port))
			}
			out = append(out, &url.URL{Scheme: f.from.home.Scheme, Host: host, Path: path})
		}
		return out
	}
}

// txtPath gives the path that a TXT record names (RFC 6764 section 4), or the other one.
func (f *finder) txtPath(ctx context.Context, name, otherwise string) string {
	texts, err := f.o.Resolver.LookupTXT(ctx, name)
	if err != nil {
		return otherwise
	}
	i := slices.IndexFunc(texts, func(s string) bool { return strings.HasPrefix(s, "path=/") })
	if i < 0 || len(texts[i]) > maxAddress {
		return otherwise
	}
	return strings.TrimPrefix(texts[i], "path=")
}
