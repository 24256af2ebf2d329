// Package metrics counts what happens in a server, for Prometheus. It has a registry of its own; what is counted is told by
// the rooms through small interfaces of theirs (bindings.Observer, sources.Meter), which a *Metrics implements, or is
// asked for when somebody reads.
//
// Every value of a label is one of a few words that the program knows: no name, address or text of a user is among them,
// and whatever the program does not know is counted as "other".
package metrics

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
)

// other stands for a label's value that the program does not know.
const other = "other"

// Metrics are the figures of one server. It is safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	kinds    func() []string
	waits    *waits

	syncs    *prometheus.CounterVec
	took     *prometheus.HistogramVec
	failures *prometheus.CounterVec
	asked    *prometheus.CounterVec
	limited  *prometheus.CounterVec
	http     *prometheus.CounterVec
	httpTook *prometheus.HistogramVec
}

// Options say what a server is.
type Options struct {
	// Kinds gives the names of the kinds that are registered.
	Kinds func() []string
	// Version is the release.
	Version string
}

// Attend has what waits counted whenever somebody reads: queued tells how many syncs that nobody waits for are at work and
// how many wait, waiting the rest. It is to be called before anybody reads.
func (m *Metrics) Attend(queued func() (working, waiting int), waiting func(context.Context) (bindings.Waiting, error)) {
	m.waits.queued, m.waits.waiting = queued, waiting
}

// New makes the figures of a server.
func New(o Options) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(), kinds: o.Kinds, waits: &waits{
			queued:  func() (int, int) { return 0, 0 },
			waiting: func(context.Context) (bindings.Waiting, error) { return bindings.Waiting{}, nil },
		},
		syncs: counter("syncs_total", "Syncs of one binding and dataclass that ended, by the kinds of source and target, dataclass and outcome (done, held, abandoned).",
			"source", "target", "dataclass", "outcome"),
		took: histogram("sync_duration_seconds", "How long they took; for phones with the time in which nobody said anything.",
			[]float64{.01, .03, .1, .3, 1, 3, 10, 30, 100, 300, 1000}, "source", "target"),
		failures: counter("sync_failures_total", "Times that a sync could not begin or go on, by dataclass and class of the error. It may have been taken up again.",
			"dataclass", "error"),
		asked: counter("source_requests_total", "Requests to Sync Clients that are asked over the network, by kind and class of the error (none for those that went well).",
			"kind", "error"),
		limited: counter("source_rate_limits_total", "Times that such a client said that it is asked too often, by kind.", "kind"),
		http:    counter("http_requests_total", "HTTP requests that were answered, by face and status.", "face", "code"),
		httpTook: histogram("http_request_duration_seconds", "How long that took, by face.",
			[]float64{.001, .003, .01, .03, .1, .3, 1, 3, 10, 30}, "face"),
	}
	m.registry.MustRegister(m.syncs, m.took, m.failures, m.asked, m.limited, m.http, m.httpTook,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.waits, info(o.Version))
	return m
}

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "bindery", Name: name, Help: help}, labels)
}

func histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: "bindery", Name: name, Help: help, Buckets: buckets}, labels)
}

func info(version string) prometheus.Collector {
	g := prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: "bindery", Name: "build_info", Help: "1, with the release as a label.", ConstLabels: prometheus.Labels{"version": version},
	})
	g.Set(1)
	return g
}

// Handler answers with all figures, in the formats of Prometheus.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: 2, Timeout: 10 * time.Second})
}

// Gatherer gives what Handler prints, for tests.
func (m *Metrics) Gatherer() prometheus.Gatherer { return m.registry }

// SyncEnded implements bindings.Observer.
func (m *Metrics) SyncEnded(e bindings.SyncEnd) {
	from, to := m.kind(e.Kinds[0]), m.kind(e.Kinds[1])
	m.syncs.WithLabelValues(from, to, class(e.Class), oneOf(e.State, engine.StateDone, engine.StateHeld, engine.StateAbandoned)).Inc()
	m.took.WithLabelValues(from, to).Observe(e.Took.Seconds())
}

// SyncFailed implements bindings.Observer.
func (m *Metrics) SyncFailed(c dataclass.Class, err error) {
	m.failures.WithLabelValues(class(c), Class(err)).Inc()
}

// Asked implements sources.Meter.
func (m *Metrics) Asked(kind string, err error) {
	m.asked.WithLabelValues(m.kind(kind), Class(err)).Inc()
}

// Limited implements sources.Meter.
func (m *Metrics) Limited(kind string, _ time.Duration) {
	m.limited.WithLabelValues(m.kind(kind)).Inc()
}

// Answered counts one HTTP request.
func (m *Metrics) Answered(face string, status int, took time.Duration) {
	code := other
	if http.StatusText(status) != "" {
		code = strconv.Itoa(status)
	}
	m.http.WithLabelValues(face, code).Inc()
	m.httpTook.WithLabelValues(face).Observe(took.Seconds())
}

// kind gives a kind that is registered.
func (m *Metrics) kind(name string) string { return oneOf(name, m.kinds()...) }

func class(c dataclass.Class) string {
	if known, err := dataclass.ParseClass(string(c)); err == nil {
		return string(known)
	}
	return other
}

func oneOf(s string, known ...string) string {
	if slices.Contains(known, s) {
		return s
	}
	return other
}

// classes are the classes of errors that are told apart, the first that fits.
var classes = []struct {
	err  error
	name string
}{
	{sources.ErrAuth, "auth"}, {sources.ErrBusy, "busy"}, {sources.ErrQuota, "quota"}, {sources.ErrTooBig, "too_big"},
	{sources.ErrUnsupported, "unsupported"}, {sources.ErrCursorLost, "cursor_lost"}, {sources.ErrConflict, "conflict"},
	{sources.ErrGone, "gone"}, {sources.ErrUnknownOutcome, "unknown_outcome"}, {engine.ErrFenced, "fenced"}, {engine.ErrBusy, "busy"},
	{context.DeadlineExceeded, "timeout"}, {context.Canceled, "canceled"},
}

// Class names the class of an error; "none" for nil.
func Class(err error) string {
	if err == nil {
		return "none"
	}
	for _, c := range classes {
		if errors.Is(err, c.err) {
			return c.name
		}
	}
	return other
}
