package named

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// maxAddress is how many bytes an address may have.
const maxAddress = 2048

// IsAddress reports whether an argument means a server and not a folder: it begins with http:// or https://.
func IsAddress(arg string) bool {
	scheme, _, ok := strings.Cut(arg, "://")
	return ok && (strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https"))
}

// Parse reads an address as a person writes it, with or without a user, and spells it in the one way in which all that
// mean the same are spelled: scheme and host in lower case, names of other scripts in ASCII, without the port that goes
// without saying, with a slash at the end. The password is what the address says, known tells whether it says one. An
// error never shows the address, which may hold a password.
func Parse(text string) (p Place, password string, known bool, err error) {
	u, err := url.Parse(text)
	switch {
	case err != nil, len(text) > maxAddress, !IsAddress(text), u.Opaque != "", strings.ContainsFunc(text, unwritten):
		return Place{}, "", false, errors.New("no address like https://user@host/path/")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(text, "#"):
		return Place{}, "", false, errors.New("an address may hold neither ? nor #")
	}
	host, err := hostOf(u)
	if err != nil {
		return Place{}, "", false, err
	}
	if u.User != nil {
		p.User = u.User.Username()
		password, known = u.User.Password()
	}
	if strings.ContainsFunc(p.User+password, unicode.IsControl) || strings.Contains(p.User, ":") {
		return Place{}, "", false, errors.New("a user's name may hold neither a colon nor control characters")
	}
	p.Address = u.Scheme + "://" + host + spelled(u)
	return p, password, known, nil
}

// unwritten are the characters that no address has.
func unwritten(r rune) bool { return r <= ' ' || r == 0x7f }

// hostOf spells the host, and the port if it is not the scheme's.
func hostOf(u *url.URL) (string, error) {
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	at, err := netip.ParseAddr(host)
	switch {
	case err == nil && at.Is6():
		host = "[" + at.String() + "]"
	case err == nil:
		host = at.String()
	case host == "" || strings.Contains(host, ".."):
		return "", errors.New("no name of a host")
	case strings.ContainsFunc(host, foreign):
		if host, err = idna.Lookup.ToASCII(host); err != nil {
			return "", errors.New("no name of a host")
		}
	}
	port := strings.TrimLeft(u.Port(), "0")
	switch n, err := strconv.ParseUint("0"+port, 10, 16); {
	case err != nil || n == 0 && u.Port() != "":
		return "", errors.New("no number of a port")
	case n != 0 && port != map[string]string{"http": "80", "https": "443"}[u.Scheme]:
		host += ":" + port
	}
	return host, nil
}

// foreign are the characters that a name of a host has only where it is to be written in ASCII. An underline is not for
// the public internet, but machines at home have it.
func foreign(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '.' || r == '_')
}

// spelled gives the path in the one way in which it is escaped, without the steps . and .., with a slash at the end.
func spelled(u *url.URL) string {
	var kept []string
	for _, step := range strings.Split(strings.Trim(u.EscapedPath(), "/"), "/") {
		if plain, err := url.PathUnescape(step); err == nil {
			step = strings.ReplaceAll(url.PathEscape(plain), "%40", "@")
		}
		switch step {
		case "", ".":
		case "..":
			kept = kept[:max(0, len(kept)-1)]
		default:
			kept = append(kept, step)
		}
	}
	if len(kept) == 0 {
		return "/"
	}
	return "/" + strings.Join(kept, "/") + "/"
}

// Host gives the name of the host without its port.
func (p Place) Host() string {
	u, err := url.Parse(p.Address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// Secure reports whether what is sent there can be read by nobody on the way: by HTTPS, or on this machine.
func (p Place) Secure() bool {
	if strings.HasPrefix(p.Address, "https:") {
		return true
	}
	host := p.Host()
	at, err := netip.ParseAddr(host)
	return err == nil && at.IsLoopback() || host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// String is the place as it can be typed: the address with the user. It has no password.
func (p Place) String() string {
	scheme, rest, _ := strings.Cut(p.Address, "://")
	if p.User == "" {
		return p.Address
	}
	return fmt.Sprintf("%s://%s@%s", scheme, url.User(p.User), rest)
}

// Same reports whether two addresses are spelled alike, whoever one is there.
func Same(a, b string) bool {
	x, _, _, err := Parse(a)
	y, _, _, other := Parse(b)
	return err == nil && other == nil && x.Address == y.Address
}
