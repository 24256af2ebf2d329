package peertest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// post sends one message as a phone does and gives the reply, or an error if the connection broke.
func post(t *testing.T, url, body string) (string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	return string(b), err
}

func TestProxyFaults(t *testing.T) {
	for _, c := range []struct {
		name          string
		fault         Fault
		handled       int64 // how often the server sees the message
		broken, equal bool
	}{
		{"none", None, 1, false, true},
		{"lose request", LoseRequest, 0, true, true},
		{"lose reply", LoseReply, 1, true, true},
		{"repeat", Repeat, 2, false, false},
		{"twice", Twice, 2, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var n atomic.Int64
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = fmt.Fprintf(w, "%s %d", r.URL.Path, n.Add(1)) // a server that answers differently each time
			}))
			defer s.Close()
			p := NewProxy(t, s.URL+"/syncml")
			p.Play(func(int) Fault { return c.fault }, nil)
			got, err := post(t, p.URL, "message")
			if (err != nil) != c.broken {
				t.Errorf("reply %q, error %v; want broken: %v", got, err, c.broken)
			}
			if n.Load() != c.handled {
				t.Errorf("the server saw it %d times, want %d", n.Load(), c.handled)
			}
			log := p.Log()
			if len(log) != 1 || string(log[0].Request) != "message" || log[0].Differs == c.equal {
				t.Errorf("log %+v", log)
			}
		})
	}
}

func TestProxyNumbersMessages(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }))
	defer s.Close()
	p := NewProxy(t, s.URL)
	var seen []int
	p.Play(func(n int) Fault {
		if n == 2 {
			return LoseReply
		}
		return None
	}, func(n int) { seen = append(seen, n) })
	for n := 1; n <= 3; n++ {
		if _, err := post(t, p.URL, "x"); (err != nil) != (n == 2) {
			t.Errorf("message %d: %v", n, err)
		}
	}
	if fmt.Sprint(seen) != "[1 2 3]" || len(p.Log()) != 3 {
		t.Errorf("numbers %v, log of %d", seen, len(p.Log()))
	}
	p.Play(nil, nil)
	if len(p.Log()) != 0 {
		t.Error("Play keeps the old log")
	}
}
