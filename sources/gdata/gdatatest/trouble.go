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
	// Do is what it does.
	Do Way

	met int
}

// A Way answers a request in place of the server, which it can ask.
type Way struct {
	answer func(r *http.Request, ask Ask) (*http.Response, error)
}

// An Ask asks the server, which is honest.
type Ask = func(*http.Request) (*http.Response, error)

// Do makes a Way of a function.
func Do(answer func(r *http.Request, ask Ask) (*http.Response, error)) Way { return Way{answer} }

// Answer answers a request.
func (w Way) Answer(r *http.Request, ask Ask) (*http.Response, error) { return w.answer(r, ask) }

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

func respond(r *http.Request, status int, body string, header ...string) *http.Response {
	resp := &http.Response{StatusCode: status, Header: http.Header{}, Request: r, Body: io.NopCloser(strings.NewReader(body)), ProtoMajor: 1, ProtoMinor: 1}
	for i := 0; i+1 < len(header); i += 2 {
		resp.Header.Set(header[i], header[i+1])
	}
	return resp
}

// Status answers with a status and headers, and does nothing.
func Status(status int, header ...string) Way {
	return Do(func(r *http.Request, _ Ask) (*http.Response, error) {
		return respond(r, status, "no", header...), nil
	})
}

// Rewrite changes the body of the honest answer.
func Rewrite(edit func(body []byte) []byte) Way {
	return Do(func(r *http.Request, ask Ask) (*http.Response, error) {
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
	})
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
var Looping = Do(looping)

func looping(r *http.Request, ask Ask) (*http.Response, error) {
	next := `<link rel="next" href="` + Host + r.URL.Path + `?again=` + strconv.Itoa(int(again.Add(1))) + `"/><entry`
	return Rewrite(func(body []byte) []byte { return bytes.Replace(body, []byte("<entry"), []byte(next), 1) }).Answer(r, ask)
}

var again atomic.Int64

// errLine is what the line says when an answer is lost.
var errLine = errors.New("connection reset")

// Lost carries the request out and loses the answer.
var Lost = Do(lost)

func lost(r *http.Request, ask Ask) (*http.Response, error) {
	resp, err := ask(r)
	if err == nil {
		err = errors.Join(errLine, resp.Body.Close())
	}
	return nil, err
}

// Down loses the request.
var Down = Do(down)

func down(*http.Request, Ask) (*http.Response, error) { return nil, errLine }

// Endless sends a body that has no end.
var Endless = Do(withoutEnd)

func withoutEnd(r *http.Request, _ Ask) (*http.Response, error) {
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
var Redirected = Do(redirected)

func redirected(r *http.Request, ask Ask) (*http.Response, error) {
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
var Interrupted = Do(interrupted)

func interrupted(r *http.Request, ask Ask) (*http.Response, error) {
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
	}).Answer(half, ask)
}
