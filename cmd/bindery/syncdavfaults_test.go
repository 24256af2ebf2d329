package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// cutOff ends the line in the place of an answer.
func cutOff(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }

// failing answers that the server failed.
func failing(rw http.ResponseWriter, _ *http.Request, _ http.Handler) {
	rw.WriteHeader(http.StatusInternalServerError)
}

// first gives only the first request something else.
func first(fn func(http.ResponseWriter, *http.Request, http.Handler)) func(http.ResponseWriter, *http.Request, http.Handler) {
	n := 0
	return func(rw http.ResponseWriter, r *http.Request, face http.Handler) {
		if n++; n == 1 {
			fn(rw, r, face)
			return
		}
		face.ServeHTTP(rw, r)
	}
}

// A server that fails at the first question has not said that there is no collection: a script must not hear that the
// command line is wrong, and nothing is made in the place of what is there.
func TestSyncAddressFirstRequestFails(t *testing.T) {
	w := newDAVWorld(t)
	w.write(w.a, "a.vcf", person("a", "Ada"))
	for _, tt := range []struct {
		name string
		meet func(http.ResponseWriter, *http.Request, http.Handler)
		says string
	}{
		{"cut", cutOff, "does not answer"},
		{"500", failing, "answers that it failed (500"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			one := *w.syncWorld
			one.t = t
			defer w.meets(nil)
			for _, options := range [][]string{nil, {"--make"}, {"--dry-run"}} {
				w.meets(first(tt.meet))
				one.sync(exitFailed, options...)
				if !strings.Contains(one.stderr, tt.says) {
					t.Errorf("%q says %s", options, one.stderr)
				}
			}
		})
	}
	if got := w.remembered(); len(got) > 0 {
		t.Errorf("%q", got)
	}
	for _, r := range w.requests() {
		if strings.HasPrefix(r, "MK") || strings.HasPrefix(r, "PUT") {
			t.Errorf("%s", r)
		}
	}
	w.sync(exitDone)
	w.both("Ada")
}

// TestSyncAddressFaultsAreSaid says of a pair that is known what the server did, in words that are about a server.
func TestSyncAddressFaultsAreSaid(t *testing.T) {
	w := newDAVWorld(t)
	w.write(w.a, "a.vcf", person("a", "Ada"))
	w.sync(exitDone)
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	status := func(code int) func(http.ResponseWriter, *http.Request, http.Handler) {
		return func(rw http.ResponseWriter, _ *http.Request, _ http.Handler) { rw.WriteHeader(code) }
	}
	for _, tt := range []struct {
		name string
		meet func(http.ResponseWriter, *http.Request, http.Handler)
		says string
	}{
		{"another password", status(http.StatusUnauthorized), "the server refuses this user and password"},
		{"forbidden", status(http.StatusForbidden), "the server does not let this user in there: list Contacts: the server answered 403 Forbidden"},
		{"a web site", status(http.StatusOK), "the server answered 200 and not 207"},
		{"another server", func(rw http.ResponseWriter, r *http.Request, _ http.Handler) {
			http.Redirect(rw, r, other.URL+"/dav/", http.StatusPermanentRedirect)
		}, "the server leads to another one: " + other.URL + "/dav/; if that is right, name that address"},
		{"onto itself", func(rw http.ResponseWriter, r *http.Request, _ http.Handler) {
			http.Redirect(rw, r, r.URL.Path, http.StatusPermanentRedirect)
		}, "in a circle"},
		{"busy", func(rw http.ResponseWriter, _ *http.Request, _ http.Handler) {
			rw.Header().Set("Retry-After", "600")
			rw.WriteHeader(http.StatusServiceUnavailable)
		}, "the server answered 503 Service Unavailable; try again later"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			one := *w.syncWorld
			one.t = t
			w.meets(tt.meet)
			defer w.meets(nil)
			one.sync(exitFailed)
			for _, wrong := range []string{"malformed item", "use last response", "by the client"} {
				if strings.Contains(one.stderr, wrong) {
					t.Errorf("says %s", one.stderr)
				}
			}
			if !strings.Contains(one.stderr, tt.says) {
				t.Errorf("says %s", one.stderr)
			}
		})
	}
	w.still(exitDone)
}
