package dav

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
)

// read reads an answer of at most a megabyte, and gives the hrefs.
func read(body io.Reader) (hrefs []string, err error) {
	_, err = multistatus(&http.Response{StatusCode: 207, Body: io.NopCloser(body)}, bound{1 << 20, 1 << 20}, func(r response) error {
		hrefs = append(hrefs, r.href)
		return nil
	})
	return hrefs, err
}

const whole = `<?xml version="1.0"?><multistatus xmlns="DAV:"><response><href>/a</href><status>HTTP/1.1 404 Not Found</status></response></multistatus>`

// endless repeats something for ever.
func endless(s string) io.Reader { return &repeated{s: s} }

type repeated struct {
	s  string
	at int
}

// Read implements io.Reader.
func (r *repeated) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = r.s[r.at]
		r.at = (r.at + 1) % len(r.s)
	}
	return len(p), nil
}

func TestHostileAnswers(t *testing.T) {
	open := `<multistatus xmlns="DAV:">`
	for name, c := range map[string]struct {
		body io.Reader
		want error
	}{
		"whole":               {strings.NewReader(whole + " \n<!-- end -->"), nil},
		"a byte less":         {strings.NewReader(whole[:len(whole)-1]), nil},
		"cut at a response":   {strings.NewReader(strings.TrimSuffix(whole, "</multistatus>")), nil},
		"another root":        {strings.NewReader(strings.ReplaceAll(whole, "multistatus", "html")), dataclass.ErrMalformed},
		"another namespace":   {strings.NewReader(strings.ReplaceAll(whole, "DAV:", "dav")), dataclass.ErrMalformed},
		"two roots":           {strings.NewReader(whole + open + "</multistatus>"), nil},
		"entities":            {strings.NewReader(`<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]>` + open + "<response><href>&c;</href></response></multistatus>"), dataclass.ErrMalformed},
		"an unknown entity":   {strings.NewReader(open + "<response><href>&c;</href></response></multistatus>"), dataclass.ErrMalformed},
		"nothing":             {strings.NewReader(""), io.ErrUnexpectedEOF},
		"deep":                {strings.NewReader(open + strings.Repeat("<a>", 100) + strings.Repeat("</a>", 100) + "</multistatus>"), dataclass.ErrMalformed},
		"endlessly deep":      {io.MultiReader(strings.NewReader(open), endless("<a>")), dataclass.ErrMalformed},
		"endlessly many":      {io.MultiReader(strings.NewReader(open), endless("<response/>")), dataclass.ErrTooBig},
		"an endless text":     {io.MultiReader(strings.NewReader(open+"<response>"), endless("x")), dataclass.ErrTooBig},
		"endless blanks":      {endless(" "), dataclass.ErrTooBig},
		"an endless tag":      {io.MultiReader(strings.NewReader(open+"<a"), endless(` b="c"`)), dataclass.ErrTooBig},
		"not UTF-8":           {strings.NewReader(open + "<response><href>\xff</href></response></multistatus>"), dataclass.ErrMalformed},
		"an unknown encoding": {strings.NewReader(`<?xml version="1.0" encoding="klingon"?>` + open + "</multistatus>"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			hrefs, err := read(c.body)
			if name == "whole" {
				if err != nil || len(hrefs) != 1 || hrefs[0] != "/a" {
					t.Errorf("%v %v", hrefs, err)
				}
				return
			}
			if err == nil || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add(whole)
	f.Add(`<d:multistatus xmlns:d="DAV:"><d:response><d:href>/a%2fb</d:href><d:propstat><d:prop><d:getetag>"1"</d:getetag></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response><d:sync-token>1</d:sync-token></d:multistatus>`)
	f.Fuzz(func(t *testing.T, body string) {
		hrefs, err := read(strings.NewReader(body))
		if err == nil && !strings.Contains(body, "multistatus") {
			t.Errorf("%q is an answer", body)
		}
		for _, h := range hrefs {
			base := &url.URL{Scheme: "https", Host: "example.org", Path: "/dav/"}
			p, ok := hrefIn(base, h)
			if !ok {
				continue
			}
			if again, ok := hrefIn(base, p); !ok || again != p {
				t.Errorf("%q is %q is %q", h, p, again)
			}
			if id := idOf(p); !validID(id) {
				t.Errorf("%q is no id", id)
			}
		}
	})
}

func TestHrefs(t *testing.T) {
	base := &url.URL{Scheme: "https", Host: "example.org:8443", Path: "/dav/me/"}
	for href, want := range map[string]string{
		"/dav/me/a.vcf": "/dav/me/a.vcf",
		"a.vcf":         "/dav/me/a.vcf",
		" https://example.org:8443/dav/me/a.vcf\n": "/dav/me/a.vcf",
		"http://EXAMPLE.org/dav/me/a.vcf":          "/dav/me/a.vcf", // behind a proxy
		"/dav/me/%61%40b%3a.vcf":                   "/dav/me/a@b:.vcf",
		"/dav/me/a%2Fb%2f.vcf":                     "/dav/me/a%2Fb%2F.vcf",
		"/dav/me/Ø b.vcf":                          "/dav/me/%C3%98%20b.vcf",
		"/dav/me/%c3%98+b.vcf":                     "/dav/me/%C3%98+b.vcf",
		"https://evil.org/dav/me/a.vcf":            "",
		"//evil.org/a.vcf":                         "",
		"mailto:ann@example.org":                   "",
		"https://ann@example.org/a":                "",
		"%zz":                                      "",
		"/" + strings.Repeat("a", 5000):            "",
	} {
		if got, ok := hrefIn(base, href); ok != (want != "") || ok && got != want {
			t.Errorf("%q is %q %t, want %q", href, got, ok, want)
		}
	}
	for href, want := range map[string]string{"/a/b.vcf": "b.vcf", "/a/%C3%98.vcf": "Ø.vcf", "/a/b%2Fc": "b/c"} {
		if got := idOf(href); got != want {
			t.Errorf("id %q", got)
		}
	}
	for _, href := range []string{"/a/%00", "/a/%ff", "/a/" + strings.Repeat("b", 300), "/a/%2Fb"} {
		if id := idOf(href); len(id) != 22 {
			t.Errorf("id %q of %q", id, href)
		}
	}
}

func TestRevisions(t *testing.T) {
	const is = "BEGIN:VCARD\r\nREV:1\r\nNOTE:a\r\n  b\r\nPRODID:-//x\r\n  y\r\nEND:VCARD\r\n"
	for text, same := range map[string]bool{
		strings.ReplaceAll(is, "\r\n", "\n"):         true,
		strings.Replace(is, "REV:1", "REV;X=Y:2", 1): true,
		strings.Replace(is, "  y", "  another", 1):   true,
		is + "\r\n":                                   true,
		strings.Replace(is, "  b", "  c", 1):          false,
		strings.Replace(is, "REV:1", "REVISION:1", 1): false,
		strings.Replace(is, "NOTE:a", "NOTE:A", 1):    false,
	} {
		if (revision([]byte(is)) == revision([]byte(text))) != same {
			t.Errorf("%q: same %t", text, !same)
		}
	}
}

func TestEntityTags(t *testing.T) {
	for tag, want := range map[string]string{"": "*", `"a"`: `"a"`, `W/"a"`: `"a"`} {
		if got := condition(tag); got != want {
			t.Errorf("%s: %s", tag, got)
		}
	}
	for tag, want := range map[string]string{`"a-gzip"`: `"a"`, `"a--gzip"`: `"a"`, `"a;gzip"`: `"a"`, `"a"`: `"a"`, "": ""} {
		if got := unpacked(tag); got != want {
			t.Errorf("%s: %s", tag, got)
		}
	}
}
