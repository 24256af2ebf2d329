package peertest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Bounds of one row of a table of figures.
const (
	davPatience = 60 * time.Second // for one request
	davShare    = 10 * time.Second // after which it is not repeated
)

// BenchmarkDAV puts the same contacts, 1,000 and 10,000 (BINDERY_SIZES says others), into the built server, Radicale and
// xandikos, asks each of them the same over one connection, and prints a table: the median time of a request and the
// processor time that the server spent on each. What is not answered within a minute is given up.
func BenchmarkDAV(b *testing.B) {
	exe, err := Build(b.TempDir(), []string{"GOFLAGS=-buildvcs=false"})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		for _, n := range davSizes(b, "1000,10000") {
			compareDAV(b, exe, n)
		}
	}
}

// davSizes reads BINDERY_SIZES.
func davSizes(b *testing.B, std string) (out []int) {
	b.Helper()
	if s := os.Getenv("BINDERY_SIZES"); s != "" {
		std = s
	}
	for s := range strings.SplitSeq(std, ",") {
		n, err := strconv.Atoi(s)
		if err != nil {
			b.Fatal(err)
		}
		out = append(out, n)
	}
	return out
}

func compareDAV(b *testing.B, exe string, n int) {
	b.Helper()
	cards := filepath.Join(b.TempDir(), "cards")
	if err := vdirFill(cards, vdirContacts, n); err != nil {
		b.Fatal(err)
	}
	peers := []*davPeer{davBindery(b, exe, cards)}
	if os.Getenv("BINDERY_ALONE") == "" {
		for _, other := range []struct {
			program string
			start   func(testing.TB, string) *davPeer
		}{{"radicale", davRadicale}, {"xandikos", davXandikos}} {
			if _, err := exec.LookPath(other.program); err != nil {
				Missing(b, other.program)
			}
			peers = append(peers, other.start(b, cards))
		}
	}
	table := map[string]string{}
	head := fmt.Sprintf("| %d contacts |", n)
	for _, p := range peers {
		p.watch(b)
		head += " " + p.name + " |"
		for _, f := range p.play(n) {
			table[f.what] += " " + f.String() + " |"
		}
		table["peak memory"] += fmt.Sprintf(" %d MiB |", p.peak>>20)
	}
	b.Logf("load %s", strings.Join(strings.Fields(loadOf(b))[:3], " "))
	b.Log(head)
	for _, op := range append(davOps(n), davOp{what: "peak memory"}) {
		b.Log("| " + op.what + " |" + table[op.what])
	}
}

func loadOf(t testing.TB) string {
	t.Helper()
	data, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// A davOp is a request that is measured.
type davOp struct {
	what  string
	times int
	// cold has the server started anew before, and somebody signed in.
	cold bool
	// before is not measured.
	before func(p *davPeer, i int)
	// do gives the request, and what may be answered.
	do func(p *davPeer, i int) davAsked
}

type davAsked struct {
	method, url, body string
	headers           []string
}

// A davFigure is what became of a davOp at one server.
type davFigure struct {
	what   string
	median time.Duration
	cpu    time.Duration
	bytes  int
	// failed is why there is no figure.
	failed string
}

// String gives the cell of a table.
func (f davFigure) String() string {
	if f.failed != "" {
		return f.failed
	}
	return fmt.Sprintf("%s (%s)", millis(f.median), millis(f.cpu))
}

// millis spells a time in milliseconds with the digits that mean something.
func millis(d time.Duration) string {
	ms := float64(d.Microseconds()) / 1000
	switch {
	case ms < 10:
		return fmt.Sprintf("%.2f", ms)
	case ms < 100:
		return fmt.Sprintf("%.1f", ms)
	}
	return fmt.Sprintf("%.0f", ms)
}

var tokenPattern = regexp.MustCompile(`<(?:\w+:)?sync-token>([^<]*)</`)

// token asks where the address book stands.
func (p *davPeer) token() string {
	_, body, err := p.ask(context.Background(), "PROPFIND", p.url, davBody("d:propfind", "", "sync-token"), "Depth: 0")
	m := tokenPattern.FindSubmatch(body)
	if err != nil || m == nil {
		p.t.Fatalf("%s tells no token: %v\n%.1000s", p.name, err, body)
	}
	return string(m[1])
}

func syncAfter(token string) string {
	return davBody("d:sync-collection", "<d:sync-token>"+token+"</d:sync-token><d:sync-level>1</d:sync-level>", "getetag")
}

// newCard makes a contact that no server has yet.
func newCard(i int) string {
	return vdirContact(rand.New(rand.NewPCG(99, uint64(i))), 1_000_000+i)
}

func multigetOf(hrefs []string) string {
	var list strings.Builder
	for _, h := range hrefs {
		list.WriteString("<d:href>" + h + "</d:href>")
	}
	return davBody("card:addressbook-multiget", list.String(), "getetag", "card:address-data")
}

// davOps are the requests that are measured, in that order, of an address book of n contacts.
func davOps(n int) []davOp {
	etags := davBody("d:propfind", "", "getetag", "getcontenttype", "resourcetype")
	hundred := func(p *davPeer) []string {
		var out []string
		for i := range 100 {
			out = append(out, p.hrefs[i*(n/100)])
		}
		return out
	}
	was := ""
	fresh := func(p *davPeer, i int) string { return fmt.Sprintf("%snew-%d.vcf", p.url, i) }
	report := func(p *davPeer, body string) davAsked {
		return davAsked{"REPORT", p.url, body, []string{"Depth: 1"}}
	}
	put := func(p *davPeer, i int) davAsked {
		return davAsked{"PUT", fresh(p, i), newCard(i), []string{"Content-Type: text/vcard", "If-None-Match: *"}}
	}
	list := func(p *davPeer, _ int) davAsked { return davAsked{"PROPFIND", p.url, etags, []string{"Depth: 1"}} }
	return []davOp{
		{what: "PROPFIND depth 1, cold", times: 1, cold: true, do: list},
		{what: "PROPFIND depth 1", times: 11, do: list},
		{what: "PROPFIND depth 0, ctag and token", times: 101, do: func(p *davPeer, _ int) davAsked {
			return davAsked{"PROPFIND", p.url, davBody("d:propfind", "", "cs:getctag", "sync-token"), []string{"Depth: 0"}}
		}},
		{what: "multiget of 100", times: 31, do: func(p *davPeer, _ int) davAsked { return report(p, multigetOf(hundred(p))) }},
		{what: "multiget of all", times: 5, do: func(p *davPeer, _ int) davAsked { return report(p, multigetOf(p.hrefs)) }},
		{what: "sync-collection, initial", times: 7, do: func(p *davPeer, _ int) davAsked { return report(p, syncAfter("")) }},
		{what: "sync-collection, no change", times: 101, before: func(p *davPeer, i int) {
			if i == 0 {
				was = p.token()
			}
		}, do: func(p *davPeer, _ int) davAsked { return report(p, syncAfter(was)) }},
		{what: "sync-collection, 1 change", times: 31, before: func(p *davPeer, i int) {
			was = p.token()
			p.want(put(p, 1_000+i))
		}, do: func(p *davPeer, _ int) davAsked { return report(p, syncAfter(was)) }},
		{what: "PUT of a new contact", times: 301, do: func(p *davPeer, i int) davAsked { return put(p, 10_000+i) }},
		{what: "GET", times: 301, do: func(p *davPeer, i int) davAsked {
			return davAsked{"GET", p.root() + p.hrefs[i%len(p.hrefs)], "", nil}
		}},
		{what: "addressbook-query, FN contains", times: 31, do: func(p *davPeer, _ int) davAsked {
			filter := `<card:filter><card:prop-filter name="FN"><card:text-match collation="i;unicode-casemap" match-type="contains">ada muster</card:text-match></card:prop-filter></card:filter>`
			return report(p, davBody("card:addressbook-query", filter, "getetag"))
		}},
		{what: "DELETE", times: 101, do: func(p *davPeer, i int) davAsked {
			return davAsked{"DELETE", p.root() + p.hrefs[i], "", nil}
		}},
	}
}

// want asks for something that has to work.
func (p *davPeer) want(a davAsked) {
	p.t.Helper()
	if status, body, err := p.ask(context.Background(), a.method, a.url, a.body, a.headers...); err != nil || status >= 300 {
		p.t.Fatalf("%s: %s %s: %d %v\n%.500s", p.name, a.method, a.url, status, err, body)
	}
}

// play measures everything.
func (p *davPeer) play(n int) []davFigure {
	p.t.Helper()
	p.learn(n)
	var out []davFigure
	for _, op := range davOps(n) {
		out = append(out, p.one(op))
		_, peak := p.read()
		p.peak = max(p.peak, peak)
	}
	return out
}

// one measures one request, as often as there is time for.
func (p *davPeer) one(op davOp) davFigure {
	p.t.Helper()
	if op.cold {
		p.again()
		p.want(davAsked{"PROPFIND", p.root() + "/", davBody("d:propfind", "", "current-user-principal"), []string{"Depth: 0"}})
	}
	f := davFigure{what: op.what}
	var took []time.Duration
	for began := time.Now(); len(took) < op.times && time.Since(began) < davShare; {
		if op.before != nil {
			op.before(p, len(took))
		}
		asked := op.do(p, len(took))
		cpu, err := cpuOf(p.pid)
		if err != nil {
			p.t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), davPatience)
		begin := time.Now()
		status, body, err := p.ask(ctx, asked.method, asked.url, asked.body, asked.headers...)
		took = append(took, time.Since(begin))
		cancel()
		if f.failed = p.verdict(status, body, err); f.failed != "" {
			return f
		}
		after, err := cpuOf(p.pid)
		if err != nil {
			p.t.Fatal(err)
		}
		f.cpu += after - cpu
		f.bytes = len(body)
	}
	slices.Sort(took)
	f.median, f.cpu = took[len(took)/2], f.cpu/time.Duration(len(took))
	return f
}

// verdict says why an answer is none; "" for one that counts. Bindery has to answer everything.
func (p *davPeer) verdict(status int, body []byte, err error) string {
	p.t.Helper()
	why := ""
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		p.again() // it is still at work
		why = fmt.Sprintf("not in %d s", int(davPatience.Seconds()))
	case err != nil:
		why = "broken off"
	case status >= http.StatusBadRequest:
		why = fmt.Sprintf("HTTP %d", status)
	}
	if why != "" && p.name == "Bindery" {
		p.t.Fatalf("%s: %v\n%.1000s", why, err, body)
	}
	return why
}

// TestDAVBench has the benchmark run through once, of a hundred contacts, so that it still can.
func TestDAVBench(t *testing.T) {
	const n = 100
	cards := filepath.Join(t.TempDir(), "cards")
	if err := vdirFill(cards, vdirContacts, n); err != nil {
		t.Fatal(err)
	}
	p := davBindery(t, program(t), cards)
	p.watch(t)
	p.learn(n)
	for _, op := range davOps(n) {
		op.times = 1
		if f := p.one(op); f.median <= 0 || f.failed != "" {
			t.Errorf("%s: %+v", op.what, f)
		}
	}
}
