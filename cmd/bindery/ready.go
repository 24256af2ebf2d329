package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"
)

// Where the server can be watched.
const (
	healthPath  = "/healthz"
	readyPath   = "/readyz"
	metricsPath = "/metrics"
)

// How long it is believed that the database takes writes, and how long it may take to find out.
const (
	readyFor  = 5 * time.Second
	readyWait = 5 * time.Second
)

// What a server that is not ready says.
var (
	errDraining  = errors.New("the server is stopping: it ends what is under way")
	errNoWriting = errors.New("the database takes no writes; the server's log says why")
)

// A readiness knows whether the server takes work. Its tables are up to date before there is one.
type readiness struct {
	// write tries to write to the database.
	write func(context.Context) error
	// failed is told of an error of it.
	failed func(error)
	now    func() time.Time

	mu       sync.Mutex
	draining bool
	asked    time.Time
	err      error
}

// drain says that the server is stopping.
func (r *readiness) drain() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.draining = true
}

// check returns an error, which is a sentence for anybody, unless the server takes work. However often it is asked, the
// database is written to every few seconds at most.
func (r *readiness) check(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.draining {
		return errDraining
	}
	if now := r.now(); r.asked.IsZero() || now.Sub(r.asked) >= readyFor || now.Before(r.asked) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readyWait)
		defer cancel()
		r.err = nil
		if err := r.write(ctx); err != nil {
			r.failed(err)
			r.err = errNoWriting
		}
		r.asked = r.now()
	}
	return r.err
}

// ServeHTTP answers whether the server takes work: 200, or 503 and a sentence.
func (r *readiness) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if !onlyLook(w, req) {
		return
	}
	if err := r.check(req.Context()); err != nil {
		w.Header().Set("Retry-After", "5")
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	sayOK(w)
}

// health answers that the server takes requests.
func health(w http.ResponseWriter, r *http.Request) {
	if onlyLook(w, r) {
		sayOK(w)
	}
}

// onlyLook refuses whatever is neither GET nor HEAD.
func onlyLook(w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return true
	}
	w.Header().Set("Allow", "GET, HEAD")
	http.Error(w, "this address is only for GET", http.StatusMethodNotAllowed)
	return false
}

func sayOK(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, "ok\n") // a prober that hung up wants no answer
}
