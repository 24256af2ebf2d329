package gdatatest

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
)

// A Trouble is one way to misbehave.
type Trouble struct {
	// Method and Path choose the requests that it befalls; empty ones choose all. A Path that begins with "/" is what
	// the path of the request ends with.
	Method, Path string
	// After is how many of these requests are answered honestly first, Times how many it befalls after that; 0 means all.
	After, Times int
	// Do answers a request in place of the server, which it can ask.
	Do func(r *http.Request, honest func(*http.Request) (*http.Response, error)) (*http.Response, error)

	met int
}

// Trouble makes the server misbehave until it is asked to be honest.
func (s *Server) Trouble(list ...*Trouble) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trouble = append(s.trouble, list...)
}

// Honest ends all trouble.
func (s *Server) Honest() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trouble = nil
}

// meets gives the trouble that befalls a request.
func (s *Server) meets(r *http.Request) *Trouble {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.trouble {
		if t.Method != "" && t.Method != r.Method || !strings.HasSuffix(r.URL.Path, t.Path) {
			continue
		}
		t.met++
		if t.met > t.After && (t.Times == 0 || t.met <= t.After+t.Times) {
			return t
		}
	}
	return nil
}

type honest = func(*http.Request) (*http.Response, error)

func respond(r *http.Request, status int, body string, header ...string) *http.Response {
	resp := &http.Response{StatusCode: status, Header: http.Header{}, Request: r, Body: io.NopCloser(strings.NewReader(body)), ProtoMajor: 1, ProtoMinor: 1}
	for i := 0; i+1 < len(header); i += 2 {
		resp.Header.Set(header[i], header[i+1])
	}
	return resp
}

// Status answers with a status and headers, and does nothing.
func Status(status int, header ...string) func(*http.Request, honest) (*http.Response, error) {
	return func(r *http.Request, _ honest) (*http.Response, error) {
		return respond(r, status, "no", header...), nil
	}
}

// Rewrite changes the body of the honest answer.
func Rewrite(edit func(body []byte) []byte) func(*http.Request, honest) (*http.Response, error) {
	return func(r *http.Request, ask honest) (*http.Response, error) {
		resp, err := ask(r)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			return nil, err
		}
		resp.Body = io.NopCloser(bytes.NewReader(edit(body)))
		return resp, nil
	}
}

// Truncated sends two thirds of the honest answer.
var Truncated = Rewrite(func(body []byte) []byte { return body[:len(body)*2/3] })

var entries = regexp.MustCompile(`(?s)<entry.*</entry>`)

// Empty sends a feed without its entries, and without next pages; it says how many there are.
var Empty = Rewrite(func(body []byte) []byte { return entries.ReplaceAll(body, nil) })

// EmptyWithoutNumbers sends a feed without entries and numbers.
var EmptyWithoutNumbers = Rewrite(func(body []byte) []byte {
	return regexp.MustCompile(`<openSearch:[^<]*</openSearch:[a-zA-Z]*>`).ReplaceAll(entries.ReplaceAll(body, nil), nil)
})

// Twice sends every entry a second time under the id of the first one.
var Twice = Rewrite(func(body []byte) []byte {
	id := regexp.MustCompile(`/base/[^<]*<`)
	first := id.Find(body)
	return id.ReplaceAll(body, first)
})

// Looping sends pages that lead on and on, and show the same.
func Looping(r *http.Request, ask honest) (*http.Response, error) {
	next := `<link rel="next" href="` + Host + r.URL.Path + `?again=` + strconv.Itoa(int(again.Add(1))) + `"/><entry`
	return Rewrite(func(body []byte) []byte { return bytes.Replace(body, []byte("<entry"), []byte(next), 1) })(r, ask)
}

var again atomic.Int64

// errLine is what the line says when an answer is lost.
var errLine = errors.New("connection reset")

// Lost carries the request out and loses the answer.
func Lost(r *http.Request, ask honest) (*http.Response, error) {
	resp, err := ask(r)
	if err == nil {
		err = errors.Join(errLine, resp.Body.Close())
	}
	return nil, err
}

// Down loses the request.
func Down(*http.Request, honest) (*http.Response, error) { return nil, errLine }

// Endless sends a body that has no end.
func Endless(r *http.Request, _ honest) (*http.Response, error) {
	resp := respond(r, http.StatusOK, "")
	resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(`<feed xmlns="http://www.w3.org/2005/Atom"><title>`), endless{}))
	return resp, nil
}

type endless struct{}

// Read implements io.Reader.
func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// Redirected sends every request without a session to the same address with one.
func Redirected(r *http.Request, ask honest) (*http.Response, error) {
	if r.URL.Query().Get("gsessionid") == "s1" {
		return ask(r)
	}
	u := *r.URL
	q := u.Query()
	q.Set("gsessionid", "s1")
	u.RawQuery = q.Encode()
	return respond(r, http.StatusFound, "", "Location", u.String()), nil
}

// Interrupted breaks a batch off behind its first half: what came before was done, what comes after was not.
func Interrupted(r *http.Request, ask honest) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	all := regexp.MustCompile(`(?s)<entry.*?</entry>`).FindAllIndex(body, -1)
	if len(all) < 2 {
		r.Body = io.NopCloser(bytes.NewReader(body))
		return ask(r)
	}
	cut := all[len(all)/2][0]
	half := r.Clone(r.Context())
	half.Body = io.NopCloser(bytes.NewReader(append(append([]byte{}, body[:cut]...), "</feed>"...)))
	n := strconv.Itoa(len(all) / 2)
	return Rewrite(func(b []byte) []byte {
		return bytes.Replace(b, []byte("</feed>"), []byte(`<entry><batch:interrupted reason="broken" success="`+n+`" failures="0" parsed="`+n+`"/></entry></feed>`), 1)
	})(half, ask)
}
