package push_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/sources/syncml/push"
)

// stand answers as its path says, and keeps the last request.
type stand struct {
	*httptest.Server
	last *http.Request
	body string
}

func newStand(t *testing.T, code int, answer string) *stand {
	t.Helper()
	s := &stand{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		s.last, s.body = r, string(b)
		if r.URL.Path == "/elsewhere" {
			return
		}
		if code >= 300 && code < 400 {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(s.Close)
	return s
}

func TestHTTP(t *testing.T) {
	s := newStand(t, 202, "queued")
	h := push.HTTP{URL: s.URL + "/send?to={address}&x={base64}", Header: http.Header{"Authorization": {"Bearer hidden"}, "X-To": {"{address}"}}}
	if err := h.Push(t.Context(), call); err != nil {
		t.Fatal(err)
	}
	if s.last.Method != "POST" || s.last.URL.Query().Get("to") != "+3585550100" || s.last.URL.Query().Get("x") != "AAE=" {
		t.Errorf("%s %s", s.last.Method, s.last.URL)
	}
	if s.body != "\x00\x01" || s.last.Header.Get("Content-Type") != "a/b" || s.last.Header.Get("X-To") != "+3585550100" ||
		s.last.Header.Get("Authorization") != "Bearer hidden" {
		t.Errorf("%q with %v", s.body, s.last.Header)
	}
	h = push.HTTP{URL: s.URL, Template: `{"to":"{address}","type":"{type}","hex":"{hex}"}`, Header: http.Header{"Content-Type": {"application/json"}}}
	if err := h.Push(t.Context(), call); err != nil {
		t.Fatal(err)
	}
	if s.body != `{"to":"+3585550100","type":"a/b","hex":"0001"}` || strings.Join(s.last.Header.Values("Content-Type"), ",") != "application/json" {
		t.Errorf("%q with %v", s.body, s.last.Header)
	}
}

// The class of an answer decides whether it is tried again. A redirection is no success, and no error tells
// the address, which may hold a password.
func TestHTTPAnswers(t *testing.T) {
	for code, want := range map[int]error{
		200: nil, 204: nil, 302: push.ErrRefused, 307: push.ErrRefused, 400: push.ErrRefused, 401: push.ErrRefused, 404: push.ErrRefused,
		408: push.ErrFailed, 429: push.ErrFailed, 500: push.ErrFailed, 503: push.ErrFailed,
	} {
		answer := "credit is used up"
		if code == 204 {
			answer = ""
		}
		s := newStand(t, code, answer)
		err := push.HTTP{URL: s.URL + "/?key=hidden"}.Push(t.Context(), call)
		if !errors.Is(err, want) || (err == nil) != (want == nil) {
			t.Errorf("%d: %v", code, err)
		}
		if err != nil && (!strings.Contains(err.Error(), answer) || strings.Contains(err.Error(), "hidden")) {
			t.Errorf("%d: %v", code, err)
		}
		if s.last.URL.Path != "/" {
			t.Errorf("%d: went on to %s", code, s.last.URL)
		}
	}
	s := newStand(t, 200, "")
	s.Close()
	for url, want := range map[string]error{s.URL + "/?key=hidden": push.ErrFailed, "http://h:bad/?key=hidden": push.ErrRefused} {
		err := push.HTTP{URL: url}.Push(t.Context(), call)
		if !errors.Is(err, want) || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%v", err)
		}
	}
	long := newStand(t, 500, strings.Repeat("x", 1<<20))
	if err := (push.HTTP{URL: long.URL, Client: long.Client()}).Push(t.Context(), call); len(err.Error()) > 400 {
		t.Errorf("an error of %d bytes", len(err.Error()))
	}
}
