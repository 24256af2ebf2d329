package peertest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources/sqlstore"
	"github.com/bindery-sync/bindery/sources/syncml/phonetest"
)

// socketsAtOnce bounds the connections that the phones of a load have open together.
const socketsAtOnce = 250

// A load is many phones, each of an account of its own, and what they measured.
type load struct {
	url    string
	client *http.Client
	phones []*phonetest.Phone
	mu     sync.Mutex
	took   []time.Duration
	errs   []error
}

// loadSize gives what the environment says, or a default.
func loadSize(b *testing.B, name string, missing int) int {
	b.Helper()
	s := os.Getenv(name)
	if s == "" {
		return missing
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// BenchmarkPhones lets 1,000 phones with 200 contacts each sync at once with the built server, over loopback:
// their first sync, one without changes, and one with two changes each. BINDERY_PHONES and BINDERY_CONTACTS
// say other sizes. It reports sessions per second, the 99th percentile of what one message took, waiting for
// a socket included, and the server's peak memory and CPU time: BENCHMARKS.md.
func BenchmarkPhones(b *testing.B) {
	phones, contacts := loadSize(b, "BINDERY_PHONES", 1000), loadSize(b, "BINDERY_CONTACTS", 200)
	exe, err := Build(b.TempDir(), []string{"GOFLAGS=-buildvcs=false"})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		b.StopTimer()
		server := Start(b, exe)
		server.accounts(b, phones)
		l := newLoad(server.URL, phones, contacts)
		b.StartTimer()
		for _, round := range []string{"first", "no-op", "changes"} {
			l.round(b, round)
			if round == "no-op" {
				l.change()
			}
		}
		usage := server.Stop(b)
		b.ReportMetric(float64(usage.Maxrss)/1024, "peak-MiB")
		b.ReportMetric(float64(usage.Utime.Nano()+usage.Stime.Nano())/1e9, "cpu-s")
	}
}

// accounts makes accounts u0, u1 and so on, each with its name for a password.
func (s *Server) accounts(b *testing.B, n int) {
	b.Helper()
	db, err := sqlstore.Open(b.Context(), sqlstore.Options{Path: s.data + "/bindery.db"})
	if err != nil {
		b.Fatal(err)
	}
	secrets, err := bindings.LoadSecrets(s.data, "", nil)
	if err != nil {
		b.Fatal(err)
	}
	store := bindings.Open(db, bindings.Options{Secrets: secrets})
	var failed error
	for i := range n {
		name := fmt.Sprintf("u%d", i)
		_, err := store.CreateAccount(b.Context(), bindings.NewAccount{Name: name, Password: name})
		failed = errors.Join(failed, err)
	}
	if err := errors.Join(failed, db.Close()); err != nil {
		b.Fatal(err)
	}
}

func newLoad(url string, phones, contacts int) *load {
	l := &load{url: url, client: &http.Client{Timeout: 5 * time.Minute,
		Transport: &http.Transport{MaxConnsPerHost: socketsAtOnce, MaxIdleConnsPerHost: socketsAtOnce, DisableCompression: true}}}
	for i := range phones {
		m := phonetest.Plain
		m.Binary = i%2 == 0
		m.Resends = 0
		p := phonetest.New(m, fmt.Sprintf("IMEI:%015d", i), l)
		p.Server, p.User, p.Password = url, fmt.Sprintf("u%d", i), fmt.Sprintf("u%d", i)
		p.Breach = func(what string) { l.fail(errors.New(what)) }
		for c := range contacts {
			card, err := phonetest.ParseCard(string(Contact(i*contacts + c)))
			if err != nil {
				l.fail(err)
			}
			p.Add(card)
		}
		l.phones = append(l.phones, p)
	}
	return l
}

func (l *load) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.errs = append(l.errs, err)
}

// Post implements phonetest.Line.
func (l *load) Post(contentType, url string, body []byte) (phonetest.Reply, error) {
	began := time.Now()
	res, err := l.client.Post(url, contentType, bytes.NewReader(body))
	if err != nil {
		return phonetest.Reply{}, err
	}
	defer func() { _ = res.Body.Close() }()
	out, err := io.ReadAll(res.Body)
	l.mu.Lock()
	l.took = append(l.took, time.Since(began))
	l.mu.Unlock()
	return phonetest.Reply{Status: res.StatusCode, Type: res.Header.Get("Content-Type"), Body: out}, err
}

// round lets every phone sync, all at once.
func (l *load) round(b *testing.B, name string) {
	b.Helper()
	l.took = nil
	began := time.Now()
	var all sync.WaitGroup
	for _, p := range l.phones {
		all.Go(func() {
			if _, err := p.Sync(200); err != nil {
				l.fail(fmt.Errorf("%s: %w", p.User, err))
			}
		})
	}
	all.Wait()
	seconds := time.Since(began).Seconds()
	slices.Sort(l.took)
	if len(l.took) > 0 {
		b.ReportMetric(l.took[len(l.took)*99/100].Seconds(), name+"-p99-s")
		b.ReportMetric(l.took[len(l.took)/2].Seconds(), name+"-p50-s")
	}
	b.ReportMetric(float64(len(l.phones))/seconds, name+"-sessions/s")
	for i, err := range l.errs {
		if i < 5 {
			b.Error(err)
		}
	}
	if len(l.errs) > 0 {
		b.Fatalf("%s: %d errors", name, len(l.errs))
	}
}

// change edits two contacts of each phone.
func (l *load) change() {
	for _, p := range l.phones {
		n := 0
		for luid, c := range p.Items() {
			if n++; n > 2 {
				break
			}
			c.Values = append(c.Values, phonetest.Value{Kind: phonetest.Tel, Type: "HOME", Text: "+1 777 000000" + luid})
			p.Edit(luid, c)
		}
	}
}
