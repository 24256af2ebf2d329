package named_test

import (
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/sources/dav/named"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		name, in             string
		address, user, typed string
		password             string
	}{
		{name: "plain", in: "https://pim.example.org/dav/", address: "https://pim.example.org/dav/", typed: "https://pim.example.org/dav/"},
		{name: "no path", in: "https://pim.example.org", address: "https://pim.example.org/", typed: "https://pim.example.org/"},
		{name: "no slash at the end", in: "https://pim.example.org/dav", address: "https://pim.example.org/dav/"},
		{name: "capitals", in: "HTTPS://PIM.Example.ORG/Dav/", address: "https://pim.example.org/Dav/"},
		{name: "port that goes without saying", in: "https://pim.example.org:443/", address: "https://pim.example.org/"},
		{name: "the other scheme's port", in: "http://pim.example.org:443/", address: "http://pim.example.org:443/"},
		{name: "port", in: "http://127.0.0.1:5232/", address: "http://127.0.0.1:5232/"},
		{name: "port with a zero", in: "http://127.0.0.1:05232/", address: "http://127.0.0.1:5232/"},
		{name: "port that goes without saying, with zeros", in: "https://pim.example.org:000443/", address: "https://pim.example.org/"},
		{name: "dot behind the host", in: "https://pim.example.org./", address: "https://pim.example.org/"},
		{name: "another script", in: "https://B\u00fccher.example/", address: "https://xn--bcher-kva.example/"},
		{name: "machine at home", in: "http://my_nas:5232", address: "http://my_nas:5232/"},
		{name: "IPv6", in: "https://[0:0::1]:8443/a", address: "https://[::1]:8443/a/"},
		{name: "steps", in: "https://pim.example.org/a/./b/../c//d", address: "https://pim.example.org/a/c/d/"},
		{name: "steps out", in: "https://pim.example.org/../../a", address: "https://pim.example.org/a/"},
		{name: "needless escapes", in: "https://pim.example.org/%64av/%7ean/a%2Fb/c%20d", address: "https://pim.example.org/dav/~an/a%2Fb/c%20d/"},
		{name: "user", in: "https://nora@pim.example.org/", address: "https://pim.example.org/", user: "nora", typed: "https://nora@pim.example.org/"},
		{name: "user with a host", in: "https://nora%40example.org@pim.example.org/", address: "https://pim.example.org/", user: "nora@example.org", typed: "https://nora%40example.org@pim.example.org/"},
		{name: "the same, unescaped", in: "https://nora@example.org@pim.example.org/", address: "https://pim.example.org/", user: "nora@example.org"},
		{name: "spaces", in: "https://no%20ra:a%20b@pim.example.org/", address: "https://pim.example.org/", user: "no ra", password: "a b", typed: "https://no%20ra@pim.example.org/"},
		{name: "password", in: "https://nora:a%3Ab%2F@pim.example.org/", address: "https://pim.example.org/", user: "nora", password: "a:b/", typed: "https://nora@pim.example.org/"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, password, known, err := named.Parse(tt.in)
			if err != nil || p.Address != tt.address || p.User != tt.user || password != tt.password || known != (password != "") {
				t.Errorf("%+v, %q, %v, %v", p, password, known, err)
			}
			if tt.typed != "" && p.String() != tt.typed {
				t.Errorf("typed as %s", p)
			}
			again, _, _, err := named.Parse(p.String())
			if err != nil || again != p {
				t.Errorf("read again: %+v, %v", again, err)
			}
		})
	}
}

// TestParseRefused says of nothing what it was: there may be a password in it.
func TestParseRefused(t *testing.T) {
	for name, in := range map[string]string{
		"no host": "https:///sesame", "opaque": "https:sesame", "another scheme": "ftp://sesame/", "a folder": "./sesame",
		"query": "https://pim.example.org/?sesame", "empty query": "https://sesame/?", "fragment": "https://pim.example.org/#sesame",
		"empty fragment": "https://sesame/#", "space": "https://pim.example.org/sesame b", "line": "https://pim.example.org/\nsesame",
		"bad escape": "https://pim.example.org/%zzsesame", "bad port": "https://nora:sesame@pim.example.org:port/",
		"port that is too great": "https://nora:sesame@pim.example.org:65536/", "no port": "https://nora:sesame@pim.example.org:0/",
		"colon in the name": "https://no%3Ara:sesame@pim.example.org/", "control character": "https://nora:sesame%0a@pim.example.org/",
		"no name of a host": "https://nora:sesame@a..b/", "long": "https://pim.example.org/sesame" + strings.Repeat("a", 3000),
	} {
		p, password, known, err := named.Parse(in)
		if err == nil || p != (named.Place{}) || password != "" || known {
			t.Errorf("%s: %+v, %v", name, p, err)
		} else if strings.Contains(err.Error(), "sesame") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestIsAddress(t *testing.T) {
	for in, want := range map[string]bool{
		"https://a/": true, "HTTP://a/": true, "nora@host": false, "./https": false, "https:": false, "carddavs://a/": false,
		"client:https://": false, "": false, "contacts": false,
	} {
		if got := named.IsAddress(in); got != want {
			t.Errorf("%q: %v", in, got)
		}
	}
}

func TestSecure(t *testing.T) {
	for in, want := range map[string]bool{
		"https://pim.example.org/": true, "http://127.0.0.1:80/": true, "http://[::1]/": true, "http://localhost:5232/": true,
		"http://pim.localhost/": true, "http://pim.example.org/": false, "http://192.168.1.2/": false, "http://localhost.example.org/": false,
		"http://127.0.0.1.example.org/": false,
	} {
		p, _, _, err := named.Parse(in)
		if err != nil || p.Secure() != want {
			t.Errorf("%s: %v, %v", in, p.Secure(), err)
		}
	}
}

func TestSame(t *testing.T) {
	if !named.Same("https://nora@Pim.example.org", "https://pim.example.org:443/") {
		t.Error("two spellings of one address")
	}
	for _, b := range []string{"https://pim.example.org/a", "http://pim.example.org/", "nonsense", ""} {
		if named.Same("https://pim.example.org", b) || named.Same(b, "nonsense") {
			t.Errorf("%q", b)
		}
	}
}
