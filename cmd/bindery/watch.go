package main

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/cmd/bindery/metrics"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/guesses"
)

// Who may read /metrics.
const (
	metricsLoopback = "loopback"
	metricsPublic   = "public"
	metricsOff      = "off"
)

// A watch are the addresses by which a server is watched, and what counts its answers.
type watch struct {
	ready   *readiness
	metrics *metrics.Metrics
	// who is metricsLoopback, metricsPublic or metricsOff.
	who string
	// admin returns a sources.ErrAuth unless a request is an administrator's.
	admin func(r *http.Request) error
	now   func() time.Time
}

// around puts the addresses of the watch before next, and counts what next answers.
func (o *watch) around(next http.Handler) http.Handler {
	show := o.metrics.Handler()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path := strings.TrimSuffix(r.URL.Path, "/"); {
		case path == healthPath:
			health(w, r)
		case path == readyPath:
			o.ready.ServeHTTP(w, r)
		case path == metricsPath && o.who != metricsOff:
			o.figures(w, r, show)
		default:
			o.count(w, r, next)
		}
	})
}

// figures answers with the metrics, to whom they are for.
func (o *watch) figures(w http.ResponseWriter, r *http.Request, show http.Handler) {
	if !onlyLook(w, r) {
		return
	}
	if o.who == metricsPublic || local(r) {
		show.ServeHTTP(w, r)
		return
	}
	switch err := o.admin(r); {
	case err == nil:
		show.ServeHTTP(w, r)
	case errors.Is(err, sources.ErrAuth):
		w.Header().Set("WWW-Authenticate", `Bearer realm="Bindery"`)
		http.Error(w, "the metrics are for programs on this machine, and for whoever has the token of an administrator", http.StatusUnauthorized)
	default:
		http.Error(w, "something went wrong in the server", http.StatusInternalServerError)
	}
}

// local reports whether a request comes from this machine. One that was handed on by a proxy does not: whoever it comes
// from is elsewhere.
func local(r *http.Request) bool {
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"} {
		if r.Header.Get(name) != "" {
			return false
		}
	}
	a, err := netip.ParseAddr(guesses.Address(r))
	return err == nil && a.Unmap().IsLoopback()
}

// byAdminsToken returns a sources.ErrAuth unless a request has the token of an administrator. Tokens are too long to be
// guessed.
func (h *house) byAdminsToken(r *http.Request) error {
	scheme, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return sources.ErrAuth
	}
	token, err := h.bindings.Bearer(r.Context(), strings.TrimSpace(secret))
	if err != nil {
		return err
	}
	account, err := h.bindings.Account(r.Context(), token.Owner)
	if err == nil && !account.Admin || errors.Is(err, bindings.ErrNotFound) {
		return sources.ErrAuth
	}
	return err
}

// count has next answer, and counts that.
func (o *watch) count(w http.ResponseWriter, r *http.Request, next http.Handler) {
	face, began, seen := faceOf(r), o.now(), &statusWriter{ResponseWriter: w}
	defer func() { o.metrics.Answered(face, seen.answered(), o.now().Sub(began)) }()
	next.ServeHTTP(seen, r)
}

// faceOf names the face that a request is for.
func faceOf(r *http.Request) string {
	path := r.URL.Path
	switch {
	case forDAV(r):
		return "dav"
	case strings.TrimSuffix(path, "/") == syncMLPath:
		return "syncml"
	case isGData(path):
		return "gdata"
	case path == "/v2" || strings.HasPrefix(path, "/v2/"):
		return "api"
	}
	return "other"
}

// A statusWriter remembers the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (s *statusWriter) WriteHeader(status int) {
	if s.status == 0 && status >= 200 {
		s.status = status
	}
	s.ResponseWriter.WriteHeader(status)
}

// Unwrap gives http.ResponseController what is inside.
func (s *statusWriter) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// answered is the status; who writes without saying one says 200.
func (s *statusWriter) answered() int {
	if s.status == 0 {
		return http.StatusOK
	}
	return s.status
}

// watchedBy makes the watch of a house.
func (h *house) watchedBy(c *serveCmd, b *bindings.Background) *watch {
	h.meters.Attend(b.Queued, h.bindings.Notices().Waiting)
	return &watch{
		ready:   &readiness{write: h.db.Writable, now: time.Now, failed: func(err error) { h.log.Error("not ready", "error", err) }},
		metrics: h.meters, who: c.Metrics, admin: h.byAdminsToken, now: time.Now,
	}
}

// turnEvery is how often the server looks what needs a person.
const turnEvery = 30 * time.Second

// notify has what needs a person kept and told, until ctx ends.
func (f faces) notify(ctx context.Context) {
	tick := time.NewTicker(turnEvery)
	defer tick.Stop()
	for {
		f.report(ctx, "look what needs a person", f.notices.Turn(ctx))
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
