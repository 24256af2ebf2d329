package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/bindery-sync/bindery/bindings"
)

// The kinds of notices, each with the gauge of what it is about; "" for one that has none of its own.
var matters = []struct{ kind, name, help string }{
	{bindings.NoticeHold, "held_items", "Deletions and changes that were held and wait for a person."},
	{bindings.NoticeDoubts, "doubtful_pairs", "Pairs of items of which a person is to say whether they are one."},
	{bindings.NoticeUnreadable, "quarantined_unreadable_items", "Items in quarantine that cannot be read or merged."},
	{bindings.NoticeRefused, "quarantined_refused_items", "Items in quarantine that a Sync Client does not take."},
	{bindings.NoticeFailing, "", ""}, {bindings.NoticeSignIn, "", ""}, {bindings.NoticeSilent, "", ""},
}

// readTime bounds how long the database is asked for one reading.
const readTime = 5 * time.Second

// waits is a collector that counts what waits when somebody reads.
type waits struct {
	queued  func() (working, waiting int)
	waiting func(context.Context) (bindings.Waiting, error)
}

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("bindery_"+name, help, labels, nil)
}

var (
	noticesDesc    = desc("open_notices", "Matters that need a person, by kind.", "kind")
	dueDesc        = desc("due_starts", "Syncs that the server is to start by itself, are due and have not begun.")
	backgroundDesc = desc("background_syncs", "Syncs that nobody waits for, by state (working, waiting).", "state")
	readDesc       = desc("waiting_readable", "1 if what waits could be read from the database, else 0.")
)

// Describe implements prometheus.Collector.
func (w *waits) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{noticesDesc, dueDesc, backgroundDesc, readDesc} {
		out <- d
	}
	for _, m := range matters {
		if m.name != "" {
			out <- desc(m.name, m.help)
		}
	}
}

// Collect implements prometheus.Collector.
func (w *waits) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, n int, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(n), labels...)
	}
	working, waiting := w.queued()
	gauge(backgroundDesc, working, "working")
	gauge(backgroundDesc, waiting, "waiting")
	ctx, cancel := context.WithTimeout(context.Background(), readTime)
	defer cancel()
	all, err := w.waiting(ctx)
	if err != nil {
		gauge(readDesc, 0)
		return
	}
	gauge(readDesc, 1)
	gauge(dueDesc, all.Due)
	for _, m := range matters {
		gauge(noticesDesc, all.Matters[m.kind], m.kind)
		if m.name != "" {
			gauge(desc(m.name, m.help), all.Items[m.kind])
		}
	}
}
